/* Showing a replay's first difference, to a person or as JSON.
 *
 * Text is for a terminal: what was recorded cannot move its cursor. Must not know: where entries come from. Failure
 * policy: sticks in the buffer. Proved by tests/blackbox/replay.test.mjs. */
#ifndef GATEWAY_REPLAY_SHOW_H
#define GATEWAY_REPLAY_SHOW_H

#include "gateway/replay.h"

/* Appends lines that tell the turn (its `number` from 1), what the person said, what was expected, what came, and which
 * flow or models are others now. */
void replay_show(struct buf *out, unsigned long number, const struct journal_entry *entry, const struct replayed *got);

/* Appends the same as one JSON object. */
void replay_show_json(struct buf *out, unsigned long number, const struct journal_entry *entry,
                      const struct replayed *got);

#endif
