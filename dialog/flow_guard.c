/* Guards of a flow, compiled: a recursive descent over a line of at most a few hundred bytes. */
#include <string.h>

#include "base/suggest.h"
#include "dialog/guard.h"
#include "dialog/guard_reader.h"
#include "dialog/value.h"

#define GUARD_VALUES_MAX 24

static bool is_word_byte(char c)
{
    return c == '_' || c == '.' || c == '/' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

void guard_advance(struct guard_reader *in)
{
    in->rest = slice_trim(in->rest);
    size_t len = 0;
    while (len < in->rest.len && is_word_byte(in->rest.ptr[len]))
        len++;
    if (len == 0 && in->rest.len > 0)
        len = in->rest.len > 1 && strchr("!<>", in->rest.ptr[0]) && in->rest.ptr[1] == '=' ? 2 : 1;
    in->word = slice_part(in->rest, 0, len);
    in->rest = slice_part(in->rest, len, in->rest.len);
}

unsigned guard_column(const struct guard_reader *in)
{
    size_t left = in->rest.len + in->word.len;
    struct slice whole = slice_trim(in->node->text);
    return in->node->column + (unsigned)(whole.len - left) + in->node->quoted;
}

bool guard_take(struct guard_reader *in, const char *word)
{
    if (!slice_is(in->word, word))
        return false;
    guard_advance(in);
    return true;
}

void guard_expect(struct guard_reader *in, const char *word)
{
    if (in->bad || guard_take(in, word))
        return;
    if (in->word.len)
        GUARD_FAULT(in, "'%s' is needed before '%.*s' in this guard", word, (int)in->word.len, in->word.ptr);
    else
        GUARD_FAULT(in, "'%s' is needed at the end of this guard", word);
}

static struct guard *make_guard(struct guard_reader *in, enum guard_kind kind)
{
    struct guard *guard = load_make(in->l, 1, sizeof(*guard));
    if (guard)
        guard->kind = kind;
    else
        in->bad = true;
    return guard;
}

/* Takes a slot's name. Returns 0 after a fault. */
static unsigned take_slot(struct guard_reader *in)
{
    int slot = load_slot_index(in->l, in->word);
    if (slot == FLOW_NONE) {
        const char **known = load_make(in->l, in->l->flow->slot_count + 1, sizeof(*known));
        for (size_t i = 0; known && i < in->l->flow->slot_count; i++)
            known[i] = in->l->slots[i].name;
        GUARD_FAULT(in,
                    "'%.*s' is no slot%s: a guard speaks of slots, `known(slot)`, `have(reference)`, `sure`, `open`",
                    (int)in->word.len, in->word.ptr, known ? load_hint(in->l, in->word, known) : "");
        return 0;
    }
    guard_advance(in);
    return (unsigned)slot;
}

/* Checks that a slot can have a value at all. */
static void check_value(struct guard_reader *in, const struct slot *slot)
{
    const char *const *words = value_words(slot->type);
    if (!value_valid(slot->type, in->word)) {
        GUARD_FAULT(in, "'%.*s' is no value of %s, which is %s%s", (int)in->word.len, in->word.ptr, slot->name,
                    slot_type_name(slot->type), words ? load_hint(in->l, in->word, words) : "");
        return;
    }
    if (slot->type != TYPE_TEXT || slot->name_count == 0)
        return;
    const char **known = load_make(in->l, slot->name_count + 1, sizeof(*known));
    for (size_t i = 0; known && i < slot->name_count; i++) {
        known[i] = slot->names[i].value.ptr;
        if (slice_eq(slot->names[i].value, in->word))
            return;
    }
    if (known)
        GUARD_FAULT(in, "'%.*s' is not among the `names` of %s%s", (int)in->word.len, in->word.ptr, slot->name,
                    load_hint(in->l, in->word, known));
}

static void take_value(struct guard_reader *in, struct guard *guard, struct slice *values)
{
    if (in->bad)
        return;
    if (guard->value_count == GUARD_VALUES_MAX) {
        GUARD_FAULT(in, "a guard compares with at most %d values", GUARD_VALUES_MAX);
        return;
    }
    check_value(in, &in->l->slots[guard->slot]);
    values[guard->value_count++] = in->word;
    if (!in->bad)
        guard_advance(in);
}

static struct guard *read_equal(struct guard_reader *in, unsigned slot, bool many)
{
    struct guard *guard = make_guard(in, GUARD_EQUAL);
    struct slice *values = load_make(in->l, GUARD_VALUES_MAX, sizeof(*values));
    if (!guard || !values)
        return NULL;
    guard->slot = slot;
    guard->values = values;
    if (many)
        guard_expect(in, "(");
    take_value(in, guard, values);
    while (many && !in->bad && guard_take(in, ","))
        take_value(in, guard, values);
    if (many)
        guard_expect(in, ")");
    return guard;
}

static struct guard *read_order(struct guard_reader *in, unsigned slot, struct slice operation)
{
    struct guard *guard = make_guard(in, operation.ptr[0] == '<' ? GUARD_LESS : GUARD_GREATER);
    if (!guard)
        return NULL;
    guard->slot = slot;
    guard->or_equal = operation.len == 2;
    bool minus = slice_starts(in->word, "-");
    uint64_t number;
    if (!value_is_numeric(in->l->slots[slot].type))
        GUARD_FAULT(in, "%s is %s and has no number to compare: use = or in (...)", in->l->slots[slot].name,
                    slot_type_name(in->l->slots[slot].type));
    else if (!slice_u64(slice_part(in->word, minus, in->word.len), 1000000000, &number))
        GUARD_FAULT(in, "'%.*s' is no whole number: compare with soles a month, months, people or customers a week",
                    (int)in->word.len, in->word.ptr);
    else
        guard->number = minus ? -(double)number : (double)number;
    guard_advance(in);
    return guard;
}

static struct guard *negate(struct guard_reader *in, struct guard *inner)
{
    struct guard *guard = make_guard(in, GUARD_NOT);
    if (guard)
        guard->left = inner;
    return guard;
}

static struct guard *read_comparison(struct guard_reader *in)
{
    unsigned slot = take_slot(in);
    struct slice operation = in->word;
    if (in->bad)
        return NULL;
    if (guard_take(in, "="))
        return read_equal(in, slot, false);
    if (guard_take(in, "!="))
        return negate(in, read_equal(in, slot, false));
    if (guard_take(in, "in"))
        return read_equal(in, slot, true);
    if (guard_take(in, "<") || guard_take(in, "<=") || guard_take(in, ">") || guard_take(in, ">="))
        return read_order(in, slot, operation);
    GUARD_FAULT(in, "behind the slot %s an operator is needed: one of = != < <= > >= in", in->l->slots[slot].name);
    return NULL;
}

/* What `have(...)` may ask for. */
static const struct {
    const char *name;
    struct part part;
} things[] = {
    {"label1", {.kind = REF_LABEL_KEY, .index = 0}}, {"label2", {.kind = REF_LABEL_KEY, .index = 1}},
    {"label3", {.kind = REF_LABEL_KEY, .index = 2}}, {"r1", {.kind = REF_RESOURCE_ID, .index = 0}},
    {"r2", {.kind = REF_RESOURCE_ID, .index = 1}},   {"r3", {.kind = REF_RESOURCE_ID, .index = 2}},
};

static struct part take_thing(struct guard_reader *in)
{
    for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
        if (guard_take(in, things[i].name))
            return things[i].part;
    GUARD_FAULT(in, "'%.*s' is nothing to have: ask for label1 to label3 or r1 to r3", (int)in->word.len, in->word.ptr);
    return (struct part){.kind = REF_WORDS};
}

/* Reads the inside of `known(...)` or `have(...)`. */
static struct guard *read_call(struct guard_reader *in, enum guard_kind kind)
{
    struct guard *guard = make_guard(in, kind);
    guard_expect(in, "(");
    if (!guard || in->bad)
        return NULL;
    if (kind == GUARD_KNOWN && load_computed_index(in->l, in->word) != FLOW_NONE) {
        guard->kind = GUARD_COUNTS;
        guard->first = expr_read(in);
    } else if (kind == GUARD_KNOWN)
        guard->slot = take_slot(in);
    else
        guard->have = take_thing(in);
    guard_expect(in, ")");
    return guard;
}

static struct guard *read_or(struct guard_reader *in);

static struct guard *read_atom(struct guard_reader *in)
{
    if (expr_begins(in))
        return (struct guard *)expr_read_comparison(in);
    if (guard_take(in, "(")) {
        struct guard *inner = read_or(in);
        guard_expect(in, ")");
        return inner;
    }
    if (guard_take(in, "known"))
        return read_call(in, GUARD_KNOWN);
    if (guard_take(in, "have"))
        return read_call(in, GUARD_HAVE);
    if (guard_take(in, "open"))
        return make_guard(in, GUARD_OPEN);
    if (slice_is(in->word, "sure")) {
        if (!in->sure)
            GUARD_FAULT(in, "`sure` has a meaning only in `next` of a state with `needs: industry`");
        guard_advance(in);
        return make_guard(in, GUARD_SURE);
    }
    return read_comparison(in);
}

static struct guard *read_not(struct guard_reader *in)
{
    if (++in->depth > GUARD_DEPTH_MAX)
        GUARD_FAULT(in, "this guard is nested deeper than %d: make two states of it", GUARD_DEPTH_MAX);
    struct guard *guard = NULL;
    if (!in->bad)
        guard = guard_take(in, "not") ? negate(in, read_not(in)) : read_atom(in);
    in->depth--;
    return guard;
}

static struct guard *read_and(struct guard_reader *in)
{
    struct guard *left = read_not(in);
    while (!in->bad && guard_take(in, "and")) {
        struct guard *both = make_guard(in, GUARD_AND);
        struct guard *right = read_not(in);
        if (!both)
            return NULL;
        both->left = left;
        both->right = right;
        left = both;
    }
    return left;
}

static struct guard *read_or(struct guard_reader *in)
{
    struct guard *left = read_and(in);
    while (!in->bad && guard_take(in, "or")) {
        struct guard *either = make_guard(in, GUARD_OR);
        struct guard *right = read_and(in);
        if (!either)
            return NULL;
        either->left = left;
        either->right = right;
        left = either;
    }
    return left;
}

const struct guard *load_guard(struct loader *l, const struct yaml_node *node, bool sure)
{
    if (!node)
        return NULL;
    if (node->kind != YAML_SCALAR || slice_trim(node->text).len == 0) {
        yaml_fault(l->faults, l->file, node, "a guard is needed here, as in `when: sales = UNKNOWN or tenure < 3`");
        return NULL;
    }
    struct guard_reader in = {.l = l, .node = node, .rest = slice_trim(node->text), .sure = sure};
    guard_advance(&in);
    struct guard *guard = read_or(&in);
    if (!in.bad && in.word.len > 0)
        GUARD_FAULT(&in, "'%.*s' does not continue this guard: join conditions with `and` or `or`", (int)in.word.len,
                    in.word.ptr);
    return in.bad ? NULL : guard;
}
