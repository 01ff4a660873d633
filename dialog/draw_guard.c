/* Guards, written again as a flow's file has them. */
#include "dialog/draw.h"
#include "dialog/expr.h"

static bool is_composed(const struct guard *guard)
{
    return guard->kind == GUARD_OR || guard->kind == GUARD_AND;
}

/* Brackets only where the meaning hangs on them. */
static void put_inner(const struct flow *flow, const struct guard *inner, bool bracketed, struct buf *out)
{
    if (bracketed)
        buf_addc(out, '(');
    draw_guard(flow, inner, out);
    if (bracketed)
        buf_addc(out, ')');
}

static void put_equal(const struct flow *flow, const struct guard *guard, bool not, struct buf *out)
{
    const char *slot = flow->slots[guard->slot].name;
    if (guard->value_count == 1) {
        buf_addf(out, "%s %s ", slot, not ? "!=" : "=");
        buf_addslice(out, guard->values[0]);
        return;
    }
    buf_addf(out, "%s%s in (", not ? "not " : "", slot);
    for (size_t i = 0; i < guard->value_count; i++) {
        buf_adds(out, i ? ", " : "");
        buf_addslice(out, guard->values[i]);
    }
    buf_addc(out, ')');
}

static void put_not(const struct flow *flow, const struct guard *inner, struct buf *out)
{
    if (inner->kind == GUARD_EQUAL) {
        put_equal(flow, inner, true, out);
        return;
    }
    buf_adds(out, "not ");
    put_inner(flow, inner, is_composed(inner), out);
}

/* A number that has a name is shown by it. */
static const char *name_of(const struct flow *flow, const struct expr *expr)
{
    for (size_t i = 0; i < flow->computed_count; i++)
        if (flow->computed[i].is == expr)
            return flow->computed[i].name;
    return "?";
}

static void put_expr(const struct flow *flow, const struct expr *expr, bool inside, struct buf *out)
{
    static const char *const signs[] = {
        [EXPR_ADD] = " + ", [EXPR_SUBTRACT] = " - ", [EXPR_MULTIPLY] = " * ", [EXPR_DIVIDE] = " / "};
    bool call = expr->kind == EXPR_MIN || expr->kind == EXPR_MAX;
    if (expr->kind == EXPR_NUMBER)
        buf_addf(out, "%.0f", expr->number);
    else if (expr->kind == EXPR_SLOT)
        buf_adds(out, flow->slots[expr->slot].name);
    else if (expr->kind == EXPR_BOUNDED)
        buf_adds(out, name_of(flow, expr));
    else {
        buf_adds(out, expr->kind == EXPR_MIN ? "min(" : expr->kind == EXPR_MAX ? "max(" : inside ? "(" : "");
        put_expr(flow, expr->left, !call, out);
        buf_adds(out, call ? ", " : signs[expr->kind]);
        put_expr(flow, expr->right, !call, out);
        buf_adds(out, call || inside ? ")" : "");
    }
}

void draw_guard(const struct flow *flow, const struct guard *guard, struct buf *out)
{
    const char *slot = flow->slots[guard->slot].name;
    switch (guard->kind) {
    case GUARD_OR:
        draw_guard(flow, guard->left, out);
        buf_adds(out, " or ");
        draw_guard(flow, guard->right, out);
        break;
    case GUARD_AND:
        put_inner(flow, guard->left, guard->left->kind == GUARD_OR, out);
        buf_adds(out, " and ");
        put_inner(flow, guard->right, guard->right->kind == GUARD_OR, out);
        break;
    case GUARD_NOT:
        put_not(flow, guard->left, out);
        break;
    case GUARD_KNOWN:
        buf_addf(out, "known(%s)", slot);
        break;
    case GUARD_EQUAL:
        put_equal(flow, guard, false, out);
        break;
    case GUARD_LESS:
        buf_addf(out, "%s %s %.0f", slot, guard->or_equal ? "<=" : "<", guard->number);
        break;
    case GUARD_GREATER:
        buf_addf(out, "%s %s %.0f", slot, guard->or_equal ? ">=" : ">", guard->number);
        break;
    case GUARD_COMPARE:
        put_expr(flow, guard->first, false, out);
        buf_addf(out, " %s ", expr_sign(guard->comparison));
        put_expr(flow, guard->second, false, out);
        break;
    case GUARD_COUNTS:
        buf_adds(out, "known(");
        put_expr(flow, guard->first, false, out);
        buf_addc(out, ')');
        break;
    case GUARD_HAVE:
        buf_addf(out, "have(%s%u)", guard->have.kind == REF_RESOURCE_ID ? "r" : "label", guard->have.index + 1);
        break;
    case GUARD_SURE:
        buf_adds(out, "sure");
        break;
    case GUARD_OPEN:
        buf_adds(out, "open");
        break;
    }
}
