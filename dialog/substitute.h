/* Substitution: a wording and a state give the words a person reads.
 *
 * On WhatsApp a person's own words cannot format anything: marks in them become letters that look alike. A line in
 * which a reference has nothing to say is left out, so that three resources or one need one text. Every reference is
 * cut to the length that the load declared, so that a wording never grows above its chars_max. Proved by
 * tests/unit/test_step.c. */
#ifndef DIALOG_SUBSTITUTE_H
#define DIALOG_SUBSTITUTE_H

#include "dialog/flow.h"

/* Gives the canonical value behind a part: words themselves, a fact, a key, an id; empty when there is none. Borrowed
 * from flow or state. */
struct slice part_value(const struct flow *flow, const struct state *state, const struct part *part);

/* Gives what of a resource a part tells, as a TELLS() bit; 0 for other parts. */
unsigned part_tells(const struct part *part);

/* Tells whether a part has anything to say. */
bool part_is_there(const struct flow *flow, const struct state *state, const struct part *part);

/* Substitutes a wording into the arena. Returns ERR_NOMEM or ERR_LIMIT, with *out unchanged. */
MUST_USE enum error substitute(const struct flow *flow, const struct state *state, const struct wording *wording,
                               enum channel_kind channel, struct arena *arena, struct slice *out);

/* Fills a template's parameters: each is one line, and "-" where it has nothing to say. Returns as above; the result
 * lies in the arena. */
MUST_USE enum error substitute_template(const struct flow *flow, const struct state *state,
                                        const struct flow_template *from, struct arena *arena,
                                        const struct message_template **out);

#endif
