#include "dialog/expr.h"

#include "dialog/value.h"

#define AMOUNT_MOST 1e11 /* of a fact, in its unit: nine digits a day, by the month */

static double clamp(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

static bool combine(enum expr_kind kind, double a, double b, double *out)
{
    double value = 0;
    switch (kind) {
    case EXPR_ADD:
        value = a + b;
        break;
    case EXPR_SUBTRACT:
        value = a - b;
        break;
    case EXPR_MULTIPLY:
        value = a * b;
        break;
    case EXPR_DIVIDE:
        if (b == 0)
            return false;
        value = a / b;
        break;
    case EXPR_MIN:
        value = a < b ? a : b;
        break;
    case EXPR_MAX:
        value = a > b ? a : b;
        break;
    case EXPR_NUMBER:
    case EXPR_SLOT:
    case EXPR_BOUNDED:
        return false;
    }
    *out = clamp(value, -EXPR_MOST, EXPR_MOST);
    return true;
}

bool expr_value(const struct flow *flow, const struct state *state, const struct expr *expr, double *out)
{
    double a, b;
    if (expr->kind == EXPR_NUMBER) {
        *out = expr->number;
        return true;
    }
    if (expr->kind == EXPR_SLOT)
        return value_number(flow->slots[expr->slot].type, state_fact(state, flow->slots[expr->slot].name), out);
    if (!expr_value(flow, state, expr->left, &a))
        return false;
    if (expr->kind == EXPR_BOUNDED) {
        *out = clamp(a, expr->least, expr->most);
        return true;
    }
    return expr_value(flow, state, expr->right, &b) && combine(expr->kind, a, b, out);
}

bool expr_compare(double a, enum comparison comparison, double b)
{
    switch (comparison) {
    case COMPARE_EQUAL:
        return a == b;
    case COMPARE_NOT_EQUAL:
        return a != b;
    case COMPARE_LESS:
        return a < b;
    case COMPARE_LESS_EQUAL:
        return a <= b;
    case COMPARE_GREATER:
        return a > b;
    case COMPARE_GREATER_EQUAL:
        return a >= b;
    }
    return false;
}

const char *expr_sign(enum comparison comparison)
{
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    return signs[comparison];
}

void expr_speak(double number, struct buf *out)
{
    double whole = number < 0 ? -(double)(int64_t)(0.5 - number) : (double)(int64_t)(number + 0.5);
    buf_addf(out, "%.0f", whole == 0 ? 0.0 : whole);
}

static size_t digits_of(double number)
{
    size_t digits = 1 + (number < 0);
    for (number = number < 0 ? -number : number; number >= 10; number /= 10)
        digits++;
    return digits;
}

size_t expr_chars_max(const struct expr *bounded)
{
    size_t least = digits_of(bounded->least), most = digits_of(bounded->most);
    return least > most ? least : most;
}

static struct interval_of slot_bounds(const struct slot *slot)
{
    return (struct interval_of){slot->has_min ? slot->min : -1, slot->has_max ? slot->max : AMOUNT_MOST};
}

/* Bounds lie at the corners of what is combined; dividing by what may be near zero has none. */
static struct interval_of corners(enum expr_kind kind, struct interval_of a, struct interval_of b)
{
    struct interval_of all = {EXPR_MOST, -EXPR_MOST};
    if (kind == EXPR_DIVIDE && b.least <= 0 && b.most >= 0)
        return (struct interval_of){-EXPR_MOST, EXPR_MOST};
    for (int i = 0; i < 4; i++) {
        double value = 0;
        if (!combine(kind, i & 1 ? a.most : a.least, i & 2 ? b.most : b.least, &value))
            continue;
        all.least = value < all.least ? value : all.least;
        all.most = value > all.most ? value : all.most;
    }
    return all;
}

struct interval_of expr_bounds(const struct flow *flow, const struct expr *expr)
{
    if (expr->kind == EXPR_NUMBER)
        return (struct interval_of){expr->number, expr->number};
    if (expr->kind == EXPR_SLOT)
        return slot_bounds(&flow->slots[expr->slot]);
    struct interval_of a = expr_bounds(flow, expr->left);
    if (expr->kind == EXPR_BOUNDED)
        return (struct interval_of){clamp(a.least, expr->least, expr->most), clamp(a.most, expr->least, expr->most)};
    return corners(expr->kind, a, expr_bounds(flow, expr->right));
}

uint32_t expr_slots(const struct expr *expr)
{
    if (!expr || expr->kind == EXPR_NUMBER)
        return 0;
    if (expr->kind == EXPR_SLOT)
        return 1u << expr->slot;
    return expr_slots(expr->left) | expr_slots(expr->right);
}
