/* Classes: each slot's values, parted by all that the flow ever asks about them.
 *
 * The candidates are the values that the flow names, the words of the type, and numbers at and beside each bound;
 * guard_holds() itself parts them, so that a class is exactly what the step cannot tell apart. */
#include <string.h>

#include "dialog/expr.h"
#include "dialog/guard.h"
#include "dialog/places.h"
#include "dialog/prove_parts.h"
#include "dialog/state.h"
#include "dialog/value.h"

#define NUMBER_MOST 999999999L
#define CANDIDATES_FIRST 16
#define WORDS_ANY "palabras"

static void add_candidate(struct prover *p, unsigned slot, struct slice value, bool told)
{
    struct domain *domain = &p->domains[slot];
    for (size_t i = 0; i < domain->count; i++)
        if (slice_eq(domain->items[i].value, value)) {
            domain->items[i].told = domain->items[i].told || told;
            return;
        }
    if (domain->count == domain->room) {
        size_t room = domain->room ? 2 * domain->room : CANDIDATES_FIRST;
        struct candidate *grown = arena_grow(p->arena, domain->items, domain->count, room, sizeof(*grown));
        p->out_of_memory = p->out_of_memory || !grown;
        if (!grown)
            return;
        domain->items = grown;
        domain->room = room;
    }
    domain->items[domain->count++] = (struct candidate){.value = value, .told = told};
}

static bool in_bounds(const struct slot *slot, struct slice value)
{
    double number;
    if (!value_number(slot->type, value, &number))
        return true;
    return (!slot->has_min || number >= slot->min) && (!slot->has_max || number <= slot->max);
}

/* Adds a number as the type writes it; `half` is for the middle between it and the next. */
static void add_number(struct prover *p, unsigned slot, double number, bool half)
{
    const struct slot *named = &p->flow->slots[slot];
    long whole = (long)number, least = named->type == TYPE_TENURE ? -1 : 0;
    const char *text;
    if (number < (double)least || number > (double)NUMBER_MOST || (half && (whole < 0 || named->type == TYPE_TENURE)))
        return;
    if (named->type == TYPE_TENURE)
        text = whole > 9999 ? NULL : prove_text(p, "%ld", whole);
    else if (named->type == TYPE_WORKERS)
        text = half ? prove_text(p, "%ld..%ld", whole, whole + 1) : prove_text(p, "%ld", whole);
    else
        text = prove_text(p, "%ld%s/%s", whole, half ? ".5" : "", named->type == TYPE_MONEY ? "month" : "week");
    if (text && value_valid(named->type, slice_of(text)))
        add_candidate(p, slot, slice_of(text), in_bounds(named, slice_of(text)));
}

static void add_numbers_at(struct prover *p, unsigned slot, double number)
{
    add_number(p, slot, number, false);
    add_number(p, slot, number - 1, false);
    add_number(p, slot, number + 1, false);
    add_number(p, slot, number, true);
    add_number(p, slot, number - 1, true);
}

static void add_numbers(struct prover *p, unsigned slot)
{
    const struct slot *named = &p->flow->slots[slot];
    add_number(p, slot, named->type == TYPE_MONEY ? 1500 : 3, false);
    add_numbers_at(p, slot, 0);
    if (named->has_min)
        add_numbers_at(p, slot, named->min);
    if (named->has_max)
        add_numbers_at(p, slot, named->max);
    if (named->type != TYPE_TENURE)
        add_candidate(p, slot, SLICE(VALUE_UNKNOWN), true);
}

/* What people say of a type, whatever the flow asks about it. */
static void add_words(struct prover *p, unsigned slot)
{
    enum slot_type type = p->flow->slots[slot].type;
    const char *const *words = value_words(type);
    for (; words && *words; words++)
        if (strcmp(*words, "maybe") != 0 && strcmp(*words, "INVALID") != 0)
            add_candidate(p, slot, slice_of(*words), true);
    if (type == TYPE_RUC)
        add_candidate(p, slot, SLICE("20512333797"), true);
    if (type == TYPE_TEXT)
        add_candidate(p, slot, SLICE(WORDS_ANY), true);
    if (type == TYPE_MONEY)
        add_candidate(p, slot, SLICE(VALUE_REFUSED), false);
    for (unsigned code = 1; type == TYPE_REGION && code <= 25; code++) {
        const char *text = prove_text(p, "%02u", code);
        if (text)
            add_candidate(p, slot, slice_of(text), true);
    }
    if (value_is_numeric(type))
        add_numbers(p, slot);
}

static void add_of_guard(struct prover *p, const struct guard *guard)
{
    if (!guard)
        return;
    add_of_guard(p, guard->left);
    add_of_guard(p, guard->right);
    bool text = guard->kind == GUARD_EQUAL && p->flow->slots[guard->slot].type == TYPE_TEXT;
    for (size_t i = 0; i < guard->value_count && guard->kind == GUARD_EQUAL; i++)
        add_candidate(p, guard->slot, guard->values[i], text);
    if (guard->kind == GUARD_LESS || guard->kind == GUARD_GREATER)
        add_numbers_at(p, guard->slot, guard->number);
}

static void add_part(struct prover *p, unsigned slot, const struct part *value)
{
    if (value->kind == REF_WORDS && value->words.len)
        add_candidate(p, slot, value->words, p->flow->slots[slot].type == TYPE_TEXT);
    for (size_t i = 0; value->kind == REF_SLOT && i < p->domains[value->index].count; i++)
        add_candidate(p, slot, p->domains[value->index].items[i].value, false);
    if (value->kind != REF_WORDS && value->kind != REF_SLOT)
        add_candidate(p, slot, SLICE("otros"), false);
}

static void add_of_way(struct prover *p, const struct transition *way)
{
    add_of_guard(p, way->when);
    for (size_t i = 0; i < way->set.count; i++)
        add_part(p, way->set.items[i].slot, &way->set.items[i].value);
}

static void add_of_state(struct prover *p, const struct flow_state *state)
{
    for (size_t i = 0; i < state->set.count; i++)
        add_part(p, state->set.items[i].slot, &state->set.items[i].value);
    for (size_t i = 0; i < state->next_count; i++)
        add_of_way(p, &state->next[i]);
    if (state->otherwise)
        add_of_way(p, state->otherwise);
    for (size_t i = 0; i < state->option_count; i++) {
        add_of_guard(p, state->options[i].when);
        add_part(p, (unsigned)state->slot, &state->options[i].value);
    }
}

/* Parts a slot's classes in two by what a leaf says of each candidate. */
static void part_by(struct prover *p, struct state *scratch, const struct guard *leaf)
{
    struct domain *domain = &p->domains[leaf->slot];
    unsigned split[CLASSES_MAX + 1] = {0}, kept = 0;
    bool seen[CLASSES_MAX + 1][2] = {{false}};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < domain->count; i++) {
            struct candidate *item = &domain->items[i];
            if (!state_set_fact(scratch, p->flow->slots[leaf->slot].name, item->value, 1))
                continue;
            bool holds = guard_holds(p->flow, scratch, leaf, false);
            if (round == 0) {
                seen[item->class][holds] = true;
            } else if (holds && seen[item->class][0]) {
                if (!split[item->class] && domain->class_count + kept < CLASSES_MAX)
                    split[item->class] = domain->class_count + kept++;
                domain->blurred = domain->blurred || !split[item->class];
                item->class = split[item->class] ? split[item->class] : item->class;
            }
        }
    domain->class_count += kept;
    state_forget_fact(scratch, p->flow->slots[leaf->slot].name);
}

static void part_by_leaves(struct prover *p, struct state *scratch, const struct guard *guard)
{
    if (!guard)
        return;
    part_by_leaves(p, scratch, guard->left);
    part_by_leaves(p, scratch, guard->right);
    if (guard->kind == GUARD_EQUAL || guard->kind == GUARD_LESS || guard->kind == GUARD_GREATER)
        part_by(p, scratch, guard);
}

/* Sums up a slot's classes once they are parted. */
static void sum_up(struct domain *domain)
{
    for (size_t i = 0; i < domain->count; i++) {
        const struct candidate *item = &domain->items[i];
        bool refused = slice_is(item->value, VALUE_REFUSED);
        domain->all |= CLASS_BIT(item->class);
        if (refused)
            domain->refused = CLASS_BIT(item->class);
        if (domain->example[item->class].len == 0 || (item->told && !(domain->told >> item->class & 1)))
            domain->example[item->class] = item->value;
        if (item->told)
            domain->told |= CLASS_BIT(item->class);
    }
}

unsigned prove_class_of(const struct domain *domain, struct slice value)
{
    for (size_t i = 0; i < domain->count; i++)
        if (slice_eq(domain->items[i].value, value))
            return domain->items[i].class;
    return CLASS_NONE;
}

uint64_t prove_assigned(const struct prover *p, unsigned slot, const struct part *value, const struct spot *spot)
{
    const struct domain *domain = &p->domains[slot];
    const struct domain *other = &p->domains[value->kind == REF_SLOT ? value->index : slot];
    uint64_t classes = 0;
    unsigned class;
    if (spot->found == FOUND_ANY && value->kind != REF_WORDS && value->kind != REF_SLOT)
        return domain->all | CLASS_BIT(CLASS_NONE);
    switch (value->kind) {
    case REF_WORDS:
        class = prove_class_of(domain, value->words);
        return class ? CLASS_BIT(class) : domain->all;
    case REF_SLOT:
        class = spot->class_of[value->index];
        for (size_t i = 0; i < other->count; i++)
            if (class == CLASS_ANY || other->items[i].class == class)
                classes |= CLASS_BIT(prove_class_of(domain, other->items[i].value));
        return class == CLASS_NONE ? CLASS_BIT(CLASS_NONE) : class == CLASS_ANY ? classes | 1 : classes;
    case REF_LABEL_KEY:
    case REF_LABEL_NAME:
        return value->index < (spot->found & 15u) ? domain->all : CLASS_BIT(CLASS_NONE);
    case REF_RESOURCE_ID:
    case REF_RESOURCE_TEXT:
    case REF_RESOURCE_REASON:
    case REF_RESOURCE_CONTACT:
        return value->index < (unsigned)(spot->found >> 4) ? domain->all : CLASS_BIT(CLASS_NONE);
    default:
        return domain->all | CLASS_BIT(CLASS_NONE);
    }
}

uint32_t prove_slots(const struct guard *guard)
{
    if (!guard)
        return 0;
    uint32_t slots = prove_slots(guard->left) | prove_slots(guard->right);
    bool leaf = guard->kind == GUARD_KNOWN || guard->kind == GUARD_EQUAL || guard->kind == GUARD_LESS ||
                guard->kind == GUARD_GREATER;
    slots |= expr_slots(guard->first) | expr_slots(guard->second);
    return leaf ? slots | SLOT_BIT(guard->slot) : slots;
}

/* Tells whether a comparison holds for no values inside the slots' bounds. */
static bool never_compares(const struct flow *flow, const struct guard *guard)
{
    struct interval_of a = expr_bounds(flow, guard->first), b = expr_bounds(flow, guard->second);
    switch (guard->comparison) {
    case COMPARE_EQUAL:
        return a.most < b.least || a.least > b.most;
    case COMPARE_NOT_EQUAL:
        return a.least == a.most && b.least == b.most && a.least == b.least;
    case COMPARE_LESS:
        return a.least >= b.most;
    case COMPARE_LESS_EQUAL:
        return a.least > b.most;
    case COMPARE_GREATER:
        return a.most <= b.least;
    case COMPARE_GREATER_EQUAL:
        return a.most < b.least;
    }
    return false;
}

static const struct test *compile(struct prover *p, struct state *scratch, const struct guard *guard)
{
    struct test *test = guard ? prove_make(p, 1, sizeof(*test)) : NULL;
    if (!test)
        return NULL;
    test->guard = guard;
    test->numbers = expr_slots(guard->first) | expr_slots(guard->second);
    test->never = guard->kind == GUARD_COMPARE && never_compares(p->flow, guard);
    test->left = compile(p, scratch, guard->left);
    test->right = compile(p, scratch, guard->right);
    const struct domain *domain = &p->domains[guard->slot];
    if (guard->kind == GUARD_KNOWN)
        test->holds = domain->all;
    bool asks = guard->kind == GUARD_EQUAL || guard->kind == GUARD_LESS || guard->kind == GUARD_GREATER;
    for (unsigned class = 1; asks && class < domain->class_count; class ++)
        if (state_set_fact(scratch, p->flow->slots[guard->slot].name, domain->example[class], 1) &&
            guard_holds(p->flow, scratch, guard, false))
            test->holds |= CLASS_BIT(class);
    if (asks)
        state_forget_fact(scratch, p->flow->slots[guard->slot].name);
    test->unsure = asks && domain->blurred;
    return test;
}

static void compile_site(struct prover *p, struct state *scratch, size_t index)
{
    const struct flow_state *state = &p->flow->states[index];
    struct site *site = &p->sites[index];
    site->next = prove_make(p, state->next_count, sizeof(*site->next));
    site->options = prove_make(p, state->option_count, sizeof(*site->options));
    if (!site->next || !site->options)
        return;
    for (size_t i = 0; i < state->next_count; i++) {
        site->next[i] = compile(p, scratch, state->next[i].when);
        site->slots |= prove_slots(state->next[i].when);
    }
    for (size_t i = 0; i < state->option_count; i++) {
        const struct option *option = &state->options[i];
        site->options[i] = compile(p, scratch, option->when);
        site->slots |= prove_slots(option->when);
        if (option->value.kind == REF_SLOT)
            site->slots |= SLOT_BIT(option->value.index);
    }
}

static void gather(struct prover *p)
{
    const struct flow *flow = p->flow;
    for (unsigned i = 0; i < flow->slot_count; i++)
        add_words(p, i);
    for (int round = 0; round < 3; round++) /* a value that is handed on twice */
        for (size_t i = 0; i < flow->state_count; i++)
            add_of_state(p, &flow->states[i]);
    for (size_t i = 0; i < flow->timer_count; i++)
        add_of_guard(p, flow->timers[i].when);
    for (unsigned i = 0; i < flow->slot_count; i++) {
        p->domains[i].class_count = 2;
        for (size_t j = 0; j < p->domains[i].count; j++)
            p->domains[i].items[j].class = 1;
    }
}

void prove_classes(struct prover *p)
{
    const struct flow *flow = p->flow;
    struct state *scratch = prove_make(p, 1, sizeof(*scratch));
    if (!scratch)
        return;
    gather(p);
    for (size_t i = 0; i < flow->state_count && !p->out_of_memory; i++) {
        for (size_t j = 0; j < flow->states[i].next_count; j++)
            part_by_leaves(p, scratch, flow->states[i].next[j].when);
        for (size_t j = 0; j < flow->states[i].option_count; j++)
            part_by_leaves(p, scratch, flow->states[i].options[j].when);
    }
    for (size_t i = 0; i < flow->timer_count; i++)
        part_by_leaves(p, scratch, flow->timers[i].when);
    for (size_t i = 0; i < flow->slot_count; i++)
        sum_up(&p->domains[i]);
    for (size_t i = 0; i < flow->state_count && !p->out_of_memory; i++)
        compile_site(p, scratch, i);
    for (size_t i = 0; i < flow->timer_count; i++) {
        p->timers[i] = compile(p, scratch, flow->timers[i].when);
        if (flow->timers[i].end)
            p->timer_slots |= prove_slots(flow->timers[i].when);
    }
}

/* What is computed of several facts is not told apart by their classes: it may hold, unless a fact is not there, or the
 * bounds of all of them forbid it. */
static enum truth of_numbers(const struct test *test, const struct spot *spot)
{
    if (test->never)
        return NO;
    for (unsigned slot = 0; slot < DIALOG_SLOTS_MAX; slot++)
        if ((test->numbers & SLOT_BIT(slot)) && spot->class_of[slot] == CLASS_NONE)
            return NO;
    return MAYBE;
}

static enum truth of_class(const struct test *test, unsigned class)
{
    if (class == CLASS_ANY || (test->unsure && class != CLASS_NONE))
        return MAYBE;
    return class != CLASS_NONE && (test->holds >> class & 1) ? YES : NO;
}

enum truth prove_truth(const struct test *test, const struct spot *spot)
{
    enum truth a, b;
    if (!test)
        return YES;
    const struct guard *guard = test->guard;
    switch (guard->kind) {
    case GUARD_OR:
    case GUARD_AND:
        a = prove_truth(test->left, spot);
        b = prove_truth(test->right, spot);
        if (guard->kind == GUARD_OR)
            return a == YES || b == YES ? YES : a == NO && b == NO ? NO : MAYBE;
        return a == NO || b == NO ? NO : a == YES && b == YES ? YES : MAYBE;
    case GUARD_NOT:
        a = prove_truth(test->left, spot);
        return a == MAYBE ? MAYBE : a == YES ? NO : YES;
    case GUARD_HAVE:
        if (spot->found == FOUND_ANY)
            return MAYBE;
        if (guard->have.kind == REF_RESOURCE_ID)
            return guard->have.index < (unsigned)(spot->found >> 4) ? YES : NO;
        return guard->have.index < (spot->found & 15u) ? YES : NO;
    case GUARD_SURE:
        return spot->sure == SURE_ANY ? MAYBE : spot->sure ? YES : NO;
    case GUARD_COMPARE:
    case GUARD_COUNTS:
        return of_numbers(test, spot);
    case GUARD_OPEN:
        return spot->below != FLOW_NONE ? YES : NO;
    default:
        return of_class(test, spot->class_of[guard->slot]);
    }
}

/* Gives the classes of the options on offer. */
static uint64_t offered(const struct prover *p, int state, const struct spot *spot, struct noted *noted)
{
    const struct flow_state *at = &p->flow->states[state];
    uint64_t classes = 0;
    for (size_t i = 0; i < at->option_count; i++) {
        uint64_t value = prove_assigned(p, (unsigned)at->slot, &at->options[i].value, spot) & ~CLASS_BIT(CLASS_NONE);
        if (!value || prove_truth(p->sites[state].options[i], spot) == NO)
            continue;
        classes |= value;
        noted[state].offered[i] = true;
    }
    return classes;
}

uint64_t prove_answers(const struct prover *p, int state, const struct spot *spot, struct noted *noted)
{
    const struct flow_state *at = &p->flow->states[state];
    const struct domain *domain = &p->domains[at->slot];
    enum slot_type type = p->flow->slots[at->slot].type;
    bool closed = type == TYPE_CHOICE || (type == TYPE_TEXT && at->option_count);
    uint64_t classes = at->option_count ? offered(p, state, spot, noted) : 0;
    noted[state].bare = noted[state].bare || (at->option_count && !classes && closed);
    if (!closed)
        classes |= domain->told | (at->refusal ? domain->refused : 0);
    return classes;
}
