/* Numbers computed of facts: typed, total, without loops.
 *
 *     sum := product { ("+" | "-") product }     product := factor { ("*" | "/") factor }
 *     factor := NUMBER | SLOT | COMPUTED | ("min" | "max") "(" sum "," sum ")" | "(" sum ")"
 *
 * Operators stand between blanks. A slot's number is in value_number()'s unit, and units are checked at load: soles are
 * neither added to nor compared with people. Where a fact is not known, was refused or has no number, and where
 * something is divided by zero, the whole is not known; a result beyond EXPR_MOST is EXPR_MOST, one of `compute`
 * beyond its bounds is the bound. Proved by tests/unit/test_expr.c. */
#ifndef DIALOG_EXPR_H
#define DIALOG_EXPR_H

#include "dialog/flow.h"

#define EXPR_MOST 1e12
#define EXPR_SIZE_MAX 200 /* operands and operators, those of what it names among them */

struct interval_of {
    double least, most;
};

/* Computes. Returns false, with *out unchanged, when it is not known. */
bool expr_value(const struct flow *flow, const struct state *state, const struct expr *expr, double *out);

/* Tells whether a comparison of two numbers holds. */
bool expr_compare(double a, enum comparison comparison, double b);

/* Gives bounds of all that an expression can be when it is known, by the bounds of its slots. */
struct interval_of expr_bounds(const struct flow *flow, const struct expr *expr);

/* Gives the slots that an expression reads, a bit each. */
uint32_t expr_slots(const struct expr *expr);

/* Appends a number as texts have it: whole, rounded. */
void expr_speak(double number, struct buf *out);

/* Gives the most characters that expr_speak() appends for a number of `compute`. */
size_t expr_chars_max(const struct expr *bounded);

/* Gives the sign of a comparison, as it is written. */
const char *expr_sign(enum comparison comparison);

#endif
