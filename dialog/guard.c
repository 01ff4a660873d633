#include "dialog/guard.h"

#include <string.h>

#include "dialog/expr.h"
#include "dialog/substitute.h"
#include "dialog/value.h"

static struct slice fact_of(const struct flow *flow, const struct state *state, unsigned slot)
{
    return state_fact(state, flow->slots[slot].name);
}

static bool equals(const struct flow *flow, const struct state *state, const struct guard *guard)
{
    struct slice fact = fact_of(flow, state, guard->slot);
    bool number_of_ruc = flow->slots[guard->slot].type == TYPE_RUC && fact.len == 11;
    for (size_t i = 0; fact.len && i < guard->value_count; i++)
        if (slice_eq(fact, guard->values[i]) || (number_of_ruc && slice_is(guard->values[i], "yes")))
            return true;
    return false;
}

static bool compares(const struct flow *flow, const struct state *state, const struct guard *guard)
{
    double number;
    if (!value_number(flow->slots[guard->slot].type, fact_of(flow, state, guard->slot), &number))
        return false;
    if (number == guard->number)
        return guard->or_equal;
    return (number < guard->number) == (guard->kind == GUARD_LESS);
}

bool guard_holds(const struct flow *flow, const struct state *state, const struct guard *guard, bool sure)
{
    double a, b;
    if (!guard)
        return true;
    switch (guard->kind) {
    case GUARD_OR:
        return guard_holds(flow, state, guard->left, sure) || guard_holds(flow, state, guard->right, sure);
    case GUARD_AND:
        return guard_holds(flow, state, guard->left, sure) && guard_holds(flow, state, guard->right, sure);
    case GUARD_NOT:
        return !guard_holds(flow, state, guard->left, sure);
    case GUARD_KNOWN:
        return fact_of(flow, state, guard->slot).len > 0;
    case GUARD_EQUAL:
        return equals(flow, state, guard);
    case GUARD_LESS:
    case GUARD_GREATER:
        return compares(flow, state, guard);
    case GUARD_COMPARE:
        return expr_value(flow, state, guard->first, &a) && expr_value(flow, state, guard->second, &b) &&
               expr_compare(a, guard->comparison, b);
    case GUARD_COUNTS:
        return expr_value(flow, state, guard->first, &a);
    case GUARD_HAVE:
        if (guard->have.kind == REF_RESOURCE_ID) /* which it is need not be known for that */
            return guard->have.index < state->resource_count;
        return part_is_there(flow, state, &guard->have);
    case GUARD_SURE:
        return sure;
    case GUARD_OPEN:
        return state->below[0] != '\0';
    }
    return false;
}
