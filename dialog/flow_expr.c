/* Expressions over numbers, compiled: `compute`, and the comparisons of guards. */
#include <string.h>

#include "dialog/expr.h"
#include "dialog/guard_reader.h"
#include "dialog/value.h"

#define NUMBER_MOST 1000000000

int load_computed_index(const struct loader *l, struct slice name)
{
    for (size_t i = 0; i < l->flow->computed_count; i++)
        if (slice_is(name, l->flow->computed[i].name))
            return (int)i;
    return FLOW_NONE;
}

static enum unit unit_of(enum slot_type type)
{
    return type == TYPE_MONEY     ? UNIT_SOLES
           : type == TYPE_TENURE  ? UNIT_MONTHS
           : type == TYPE_WORKERS ? UNIT_PEOPLE
                                  : UNIT_CUSTOMERS;
}

static const char *const unit_names[] = {"a plain number", "soles a month", "months", "people", "customers a week"};

static struct expr *make(struct guard_reader *in, enum expr_kind kind)
{
    struct expr *expr = load_make(in->l, 1, sizeof(*expr));
    if (expr)
        *expr = (struct expr){.kind = kind, .size = 1};
    in->bad = in->bad || !expr;
    return expr;
}

/* Reads "12" or "-12". */
static bool number_of(struct slice word, double *out)
{
    uint64_t number;
    bool minus = slice_starts(word, "-");
    if (!slice_u64(slice_part(word, minus, word.len), NUMBER_MOST, &number))
        return false;
    *out = minus ? -(double)number : (double)number;
    return true;
}

/* Finds the unit of two joined by an operator, or adds a fault at the operator. */
static enum unit joined(struct guard_reader *in, enum expr_kind kind, enum unit a, enum unit b)
{
    if (kind == EXPR_DIVIDE)
        return a == b ? UNIT_NONE : b == UNIT_NONE ? a : UNIT_NONE;
    if (kind == EXPR_MULTIPLY && a != UNIT_NONE && b != UNIT_NONE)
        GUARD_FAULT(in, "%s cannot be multiplied by %s: one of the two must be a plain number", unit_names[a],
                    unit_names[b]);
    else if (kind != EXPR_MULTIPLY && a != b && a != UNIT_NONE && b != UNIT_NONE)
        GUARD_FAULT(in, "%s and %s are not of one kind: join only like numbers", unit_names[a], unit_names[b]);
    return a != UNIT_NONE ? a : b;
}

static const struct expr *join(struct guard_reader *in, enum expr_kind kind, const struct expr *a, const struct expr *b)
{
    struct expr *expr = in->bad ? NULL : make(in, kind);
    if (!expr || in->bad)
        return NULL;
    expr->left = a;
    expr->right = b;
    expr->unit = joined(in, kind, a->unit, b->unit);
    expr->size = a->size + b->size + 1;
    if (expr->size > EXPR_SIZE_MAX)
        GUARD_FAULT(in, "this is computed of more than %d numbers, those of `compute` among them: make it simpler",
                    EXPR_SIZE_MAX);
    return in->bad ? NULL : expr;
}

static const struct expr *read_slot(struct guard_reader *in)
{
    int slot = load_slot_index(in->l, in->word);
    if (slot == FLOW_NONE) {
        GUARD_FAULT(in, "'%.*s' is no number: name a slot, a number of `compute` above, or min(…), max(…)",
                    (int)in->word.len, in->word.ptr);
        return NULL;
    }
    enum slot_type type = in->l->slots[slot].type;
    if (!value_is_numeric(type))
        GUARD_FAULT(in, "%.*s is %s and has no number to compute with", (int)in->word.len, in->word.ptr,
                    slot_type_name(type));
    struct expr *expr = make(in, EXPR_SLOT);
    if (!expr)
        return NULL;
    expr->slot = (unsigned)slot;
    expr->unit = unit_of(type);
    guard_advance(in);
    return expr;
}

static const struct expr *read_two(struct guard_reader *in, enum expr_kind kind)
{
    guard_advance(in);
    guard_expect(in, "(");
    const struct expr *a = in->bad ? NULL : expr_read(in);
    guard_expect(in, ",");
    const struct expr *b = in->bad ? NULL : expr_read(in);
    guard_expect(in, ")");
    return join(in, kind, a, b);
}

static const struct expr *read_factor(struct guard_reader *in)
{
    double number;
    int computed = load_computed_index(in->l, in->word);
    if (guard_take(in, "(")) {
        const struct expr *inner = expr_read(in);
        guard_expect(in, ")");
        return inner;
    }
    if (slice_is(in->word, "min") || slice_is(in->word, "max"))
        return read_two(in, slice_is(in->word, "min") ? EXPR_MIN : EXPR_MAX);
    if (computed != FLOW_NONE) {
        guard_advance(in);
        return in->l->flow->computed[computed].is;
    }
    if (!number_of(in->word, &number))
        return read_slot(in);
    struct expr *expr = make(in, EXPR_NUMBER);
    if (expr)
        expr->number = number;
    guard_advance(in);
    return expr;
}

static const struct expr *read_product(struct guard_reader *in)
{
    const struct expr *left = read_factor(in);
    while (!in->bad && (slice_is(in->word, "*") || slice_is(in->word, "/"))) {
        enum expr_kind kind = slice_is(in->word, "*") ? EXPR_MULTIPLY : EXPR_DIVIDE;
        guard_advance(in);
        const struct expr *right = read_factor(in);
        left = join(in, kind, left, right);
    }
    return left;
}

const struct expr *expr_read(struct guard_reader *in)
{
    if (++in->depth > GUARD_DEPTH_MAX)
        GUARD_FAULT(in, "this is nested deeper than %d: give a part of it a name in `compute`", GUARD_DEPTH_MAX);
    const struct expr *left = in->bad ? NULL : read_product(in);
    while (!in->bad && (slice_is(in->word, "+") || slice_is(in->word, "-"))) {
        enum expr_kind kind = slice_is(in->word, "+") ? EXPR_ADD : EXPR_SUBTRACT;
        guard_advance(in);
        const struct expr *right = read_product(in);
        left = join(in, kind, left, right);
    }
    in->depth--;
    return in->bad ? NULL : left;
}

static bool is_among(struct slice word, const char *const *words)
{
    for (; *words; words++)
        if (slice_is(word, *words))
            return true;
    return false;
}

static const char *const operators[] = {"+", "-", "*", "/", NULL};
static const char *const orders[] = {"<", "<=", ">", ">=", NULL};

static bool begins_number(const struct guard_reader *in)
{
    return load_computed_index(in->l, in->word) != FLOW_NONE || slice_is(in->word, "min") || slice_is(in->word, "max");
}

/* Moves behind the bracket that closes the one under the eye. */
static void skip_brackets(struct guard_reader *in)
{
    unsigned open = 0;
    do {
        open += slice_is(in->word, "(");
        open -= slice_is(in->word, ")");
        guard_advance(in);
    } while (open && in->word.len);
}

bool expr_begins(const struct guard_reader *in)
{
    struct guard_reader ahead = *in;
    double number;
    if (begins_number(in) || number_of(in->word, &number))
        return true;
    if (slice_is(ahead.word, "(")) {
        skip_brackets(&ahead);
        return is_among(ahead.word, operators) || is_among(ahead.word, orders);
    }
    if (load_slot_index(in->l, in->word) == FLOW_NONE)
        return false;
    guard_advance(&ahead);
    if (is_among(ahead.word, operators))
        return true;
    bool order = is_among(ahead.word, orders);
    guard_advance(&ahead);
    if (!order || begins_number(&ahead) || slice_is(ahead.word, "(") || load_slot_index(in->l, ahead.word) != FLOW_NONE)
        return order;
    guard_advance(&ahead);
    return is_among(ahead.word, operators);
}

const struct guard *expr_read_comparison(struct guard_reader *in)
{
    struct guard *guard = load_make(in->l, 1, sizeof(*guard));
    const struct expr *first = guard ? expr_read(in) : NULL;
    int comparison = COMPARE_EQUAL;
    if (!first)
        return NULL;
    while (comparison <= COMPARE_GREATER_EQUAL && !slice_is(in->word, expr_sign((enum comparison)comparison)))
        comparison++;
    if (comparison > COMPARE_GREATER_EQUAL) {
        GUARD_FAULT(in, "behind a number that is computed an operator is needed: one of = != < <= > >=");
        return NULL;
    }
    guard_advance(in);
    const struct expr *second = expr_read(in);
    if (!second)
        return NULL;
    (void)joined(in, EXPR_SUBTRACT, first->unit, second->unit);
    guard->kind = GUARD_COMPARE;
    guard->first = first;
    guard->second = second;
    guard->comparison = (enum comparison)comparison;
    return guard;
}

/* Reads one number of `compute`: a definition, and the bounds that it is held to. */
static void load_one(struct loader *l, const struct yaml_node *key, const struct yaml_node *node, struct computed *out)
{
    static const char *const keys[] = {"is", "min", "max", NULL};
    load_name(l, key, "number", out->name);
    if (!load_keys(l, node, "a computed number", keys))
        return;
    const struct yaml_node *is = load_scalar(l, node, "is");
    struct guard_reader in = {.l = l, .node = is, .rest = is ? slice_trim(is->text) : SLICE_NONE};
    struct expr *bounded = make(&in, EXPR_BOUNDED);
    bool least = bounded && load_number(l, node, "min", &bounded->least);
    bool most = bounded && load_number(l, node, "max", &bounded->most);
    if (!is || !yaml_get(node, "min") || !yaml_get(node, "max"))
        yaml_fault(l->faults, l->file, node,
                   "a number needs `is`, `min` and `max`, as in {is: sales - costs, min: "
                   "-100000, max: 100000}: texts are as long as these");
    else if (least && most && bounded->least > bounded->most)
        yaml_fault(l->faults, l->file, node, "`min` is above `max`: swap them");
    if (flow_slot_index(l->flow, key->text) != FLOW_NONE || slice_is(key->text, "min") || slice_is(key->text, "max"))
        yaml_fault(l->faults, l->file, key, "%s means something else already: give this number another name",
                   out->name);
    if (!is || !bounded)
        return;
    guard_advance(&in);
    bounded->left = expr_read(&in);
    if (!in.bad && in.word.len > 0)
        GUARD_FAULT(&in, "'%.*s' does not continue this: numbers are joined with + - * / between blanks",
                    (int)in.word.len, in.word.ptr);
    bounded->unit = bounded->left ? bounded->left->unit : UNIT_NONE;
    bounded->size = bounded->left ? bounded->left->size + 1 : 1;
    out->is = bounded;
}

void load_computed(struct loader *l, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_MAP || node->count > FLOW_COMPUTED_MAX) {
        yaml_fault(l->faults, l->file, node, "`compute` must be a map of at most %d named numbers", FLOW_COMPUTED_MAX);
        return;
    }
    struct computed *computed = load_make(l, node->count, sizeof(*computed));
    l->flow->computed = computed;
    for (size_t i = 0; computed && i < node->count; i++) {
        load_one(l, node->pairs[i].key, node->pairs[i].value, &computed[i]);
        if (!computed[i].is || !computed[i].is->left)
            memset(computed[i].name, 0, sizeof(computed[i].name)); /* what refers to it has its own fault */
        l->flow->computed_count = i + 1;
    }
}
