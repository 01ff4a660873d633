/* Mentions: what flows say by hand of the catalogue's resources is what the catalogue says.
 *
 * A flow names with `mentions` the resources that a state's or an alert's own words speak of. Each must be in the
 * catalogue, and its contact, piece by piece, in the words of every language and kind of channel: who changes one is
 * told of the other. Must not know: files, commands. Failure policy: each difference is a fault at the place of the id.
 * Proved by tests/unit/test_mentions.c. */
#ifndef GATEWAY_MENTIONS_H
#define GATEWAY_MENTIONS_H

#include "dialog/flow.h"
#include "engine/engine.h"

/* Adds a fault for each mention of a flow that the catalogue does not bear out. */
void mentions_check(const struct flow *flow, const struct engine *engine, struct faults *faults);

#endif
