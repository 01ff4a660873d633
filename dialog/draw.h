/* Drawing: a flow as a graph, in Graphviz' dot language.
 *
 * Questions, messages, decisions, what the engine is asked and ends are drawn apart; edges carry the guard or how the
 * question was left; what belongs to commands and to coming back stands in a box of its own. Pure: it writes text, and
 * whoever has the `dot` program makes pictures of it. Proved by tests/unit/test_draw.c and
 * tests/blackbox/flow.test.mjs. */
#ifndef DIALOG_DRAW_H
#define DIALOG_DRAW_H

#include "base/buf.h"
#include "dialog/flow.h"

#define DRAW_BYTES (4 * 1024 * 1024) /* room enough for the largest flow */

/* Appends the graph of a flow that loaded without a fault, texts in the language that is spoken to who has not chosen.
 * Failure sticks in out->error.
 */
void draw_flow(const struct flow *flow, struct buf *out);

/* Appends a guard as the flow's file would have it. */
void draw_guard(const struct flow *flow, const struct guard *guard, struct buf *out);

#endif
