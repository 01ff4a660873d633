/* Guards: the small total expressions that choose a transition.
 *
 *     expression := and { "or" and }        and := not { "and" not }        not := "not" not | "(" expression ")" |
 *     atom
 *     atom := SLOT ("=" | "!=") VALUE | SLOT "in" "(" VALUE { "," VALUE } ")" | SLOT ("<" | "<=" | ">" | ">=") NUMBER
 *           | sum COMPARISON sum (dialog/expr.h) | "known" "(" SLOT | COMPUTED ")" | "have" "(" REFERENCE ")" | "sure"
 * | "open"
 *
 * Numbers are in value_number()'s units: soles a month, months, people, customers a week. A comparison with a fact
 * that is unknown, refused or has no number is false, so that every guard has an answer for every state; type errors
 * are faults at load. Proved by tests/unit/test_flow.c (faults) and test_step.c (truth). */
#ifndef DIALOG_GUARD_H
#define DIALOG_GUARD_H

#include "dialog/flow.h"

/* Tells whether a guard holds in a state; a NULL guard always does. `sure` is the engine's certainty in the advice
 * just given. */
bool guard_holds(const struct flow *flow, const struct state *state, const struct guard *guard, bool sure);

#endif
