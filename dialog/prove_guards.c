/* Guards: transitions and options that nobody ever gets, questions without an option, states that nobody reaches. */
#include <string.h>

#include "dialog/prove_parts.h"

#define ROUNDS 3 /* of following more slots, until it is decided */

uint32_t prove_few(const struct prover *p, uint32_t first, uint32_t wanted, size_t most)
{
    uint32_t few = 0;
    size_t combinations = 1;
    for (int round = 0; round < 2; round++)
        for (unsigned slot = 0; slot < p->flow->slot_count; slot++) {
            bool asked = (round ? wanted : first) & SLOT_BIT(slot);
            if (!asked || (few & SLOT_BIT(slot)) || combinations * p->domains[slot].class_count > most)
                continue;
            combinations *= p->domains[slot].class_count;
            few |= SLOT_BIT(slot);
        }
    return few;
}

bool prove_walk_exact(struct prover *p, uint32_t followed)
{
    p->second.exact = true;
    p->second.followed = followed;
    p->second.noted = p->exact;
    prove_walk(&p->second);
    return !p->second.full;
}

static void forget_noted(struct prover *p)
{
    for (size_t i = 0; i < p->flow->state_count; i++) {
        const struct flow_state *state = &p->flow->states[i];
        struct noted *noted = &p->may[i];
        memset(noted->taken, 0, state->next_count);
        memset(noted->held, 0, state->next_count);
        memset(noted->offered, 0, state->option_count);
        noted->entered = noted->waited = noted->bare = noted->timeless = false;
    }
}

bool prove_walk_more(struct prover *p, uint32_t followed, bool finds)
{
    bool grown = true;
    p->second.exact = false;
    p->second.finds = finds;
    p->second.followed = followed;
    p->second.noted = p->may;
    for (size_t i = 0; i < p->flow->state_count; i++)
        p->asked[i] = p->exact[i].waited;
    while (grown) { /* ATRAS leads only to questions that were asked: a walk shows which more may be */
        forget_noted(p);
        prove_walk(&p->second);
        grown = false;
        for (size_t i = 0; i < p->flow->state_count && !p->out_of_memory; i++) {
            grown = grown || (p->may[i].waited && !p->asked[i]);
            p->asked[i] = p->asked[i] || p->may[i].waited;
        }
    }
    return !p->second.full;
}

static bool is_conditional(const struct option *option)
{
    return option->when || option->value.kind != REF_WORDS;
}

/* Tells whether all options of a question that must be chosen from hang on something. */
static bool may_be_bare(const struct prover *p, const struct flow_state *state)
{
    bool all = state->option_count > 0;
    for (size_t i = 0; i < state->option_count; i++)
        all = all && is_conditional(&state->options[i]);
    enum slot_type type = all ? p->flow->slots[state->slot].type : TYPE_COMMAND;
    return type == TYPE_CHOICE || type == TYPE_TEXT;
}

/* Counts what no walk has seen of a state, and none has shown to be impossible. `may`: of what may be, else of all. */
static size_t open_of(const struct prover *p, size_t index, bool may)
{
    const struct flow_state *state = &p->flow->states[index];
    const struct noted *exact = &p->exact[index], *other = &p->may[index];
    size_t open = 0;
    for (size_t i = 0; i < state->next_count; i++)
        open += state->next[i].when && !exact->taken[i] && !p->dead[index][i] && (!may || other->taken[i]);
    for (size_t i = 0; i < state->option_count; i++)
        open += is_conditional(&state->options[i]) && !exact->offered[i] && (!may || other->offered[i]);
    open += may_be_bare(p, state) && !exact->bare && (!may || other->bare);
    return open;
}

/* Adds the slots of the guards of those states that lead to one, over so many transitions. */
static uint32_t slots_before(const struct prover *p, size_t index, unsigned hops)
{
    uint64_t near[STATE_WORDS] = {0}, more[STATE_WORDS];
    uint32_t slots = p->sites[index].slots;
    near[index / 64] |= 1ull << (index % 64);
    for (unsigned hop = 0; hop < hops; hop++) {
        memcpy(more, near, sizeof(more));
        for (size_t i = 0; i < p->flow->state_count; i++) {
            const struct flow_state *state = &p->flow->states[i];
            for (size_t j = 0; j <= state->next_count; j++) {
                const struct transition *way = j < state->next_count ? &state->next[j] : state->otherwise;
                if (!way || way->to < 0 || !(near[way->to / 64] >> (way->to % 64) & 1))
                    continue;
                more[i / 64] |= 1ull << (i % 64);
                slots |= p->sites[i].slots;
                if (state->slot != FLOW_NONE)
                    slots |= SLOT_BIT(state->slot);
            }
        }
        memcpy(near, more, sizeof(near));
    }
    return slots;
}

static void find_dead_transitions(struct prover *p, size_t index)
{
    const struct flow_state *state = &p->flow->states[index];
    const struct noted *exact = &p->exact[index], *may = &p->may[index];
    for (size_t i = 0; i < state->next_count; i++) {
        const struct transition *way = &state->next[i];
        if (!way->when || exact->taken[i] || may->taken[i] || p->dead[index][i])
            continue;
        p->dead[index][i] = true;
        const char *to = way->to >= 0 ? p->flow->states[way->to].name : "the question below";
        unsigned before = i > 0 ? state->next[i - 1].line : way->line;
        if (may->held[i])
            prove_find(p, PROVE_SHADOWED, true, way->file, way->line, way->column,
                       prove_text(p,
                                  "nobody goes on to %s by this transition: whenever its guard holds, one above it (up "
                                  "to line %u) holds too and comes first; put it higher, or remove it",
                                  to, before),
                       &p->first, p->first.seen[index].entered);
        else
            prove_find(p, PROVE_NEVER, true, way->file, way->line, way->column,
                       prove_text(p,
                                  "the guard of this transition to %s never holds in state %s: correct it, or remove "
                                  "the transition",
                                  to, state->name),
                       &p->first, p->first.seen[index].entered);
    }
}

static void find_dead_options(struct prover *p, size_t index)
{
    const struct flow_state *state = &p->flow->states[index];
    for (size_t i = 0; i < state->option_count; i++) {
        const struct option *option = &state->options[i];
        if (!is_conditional(option) || p->exact[index].offered[i] || p->may[index].offered[i])
            continue;
        prove_find(p, PROVE_NEVER, true, option->file, option->line, option->column,
                   prove_text(p, "this option is never on offer in state %s: its %s; correct it, or remove the option",
                              state->name, option->when ? "guard never holds" : "value is never known"),
                   &p->first, p->first.seen[index].waited);
        p->exact[index].offered[i] = true; /* said once */
    }
}

static void find_bare(struct prover *p, const struct walk *walk, bool *said)
{
    for (size_t i = 0; i < p->flow->state_count; i++) {
        const struct flow_state *state = &p->flow->states[i];
        if (!walk->seen[i].bare || said[i])
            continue;
        said[i] = true;
        prove_find(p, PROVE_HIDDEN, true, state->file, state->line, state->column,
                   prove_text(p,
                              "all options of state %s can be hidden at once, and then nobody can answer it: give it "
                              "one without `when` that is always there",
                              state->name),
                   walk, walk->seen[i].bare);
    }
}

/* Decides what the first walk left open of a state. */
static void decide(struct prover *p, size_t index, bool *said_bare)
{
    bool finds = (p->keeps[index] & p->needs) != 0;
    for (unsigned round = 0; round < ROUNDS && open_of(p, index, false) && !p->out_of_memory; round++) {
        uint32_t slots = prove_few(p, p->sites[index].slots, slots_before(p, index, round), COMBINATIONS_MAX);
        prove_walk_exact(p, slots);
        find_bare(p, &p->second, said_bare);
        if (open_of(p, index, false) == 0)
            return;
        bool whole = prove_walk_more(p, slots, finds);
        if (whole && (p->may[index].entered || p->may[index].waited)) {
            find_dead_transitions(p, index);
            find_dead_options(p, index);
        }
        if (whole && open_of(p, index, true) == 0)
            return;
    }
    p->out->whole = p->out->whole && open_of(p, index, false) == 0;
}

static void find_unreachable(struct prover *p)
{
    bool missing = false;
    for (size_t i = 0; i < p->flow->state_count; i++)
        missing = missing || !(p->exact[i].entered || p->exact[i].waited);
    if (!missing || !prove_walk_more(p, 0, false))
        return;
    for (size_t i = 0; i < p->flow->state_count; i++) {
        const struct flow_state *state = &p->flow->states[i];
        if (p->exact[i].entered || p->exact[i].waited || p->may[i].entered || p->may[i].waited)
            continue;
        prove_find(p, PROVE_UNREACHABLE, true, state->file, state->line, state->column,
                   prove_text(p,
                              "nobody can reach state %s: the guards of what leads there never let it happen; correct "
                              "them, or remove the state",
                              state->name),
                   NULL, 0);
    }
}

/* Two options that channels would show alike: the later is left out. */
static void find_alike(struct prover *p, size_t index)
{
    const struct flow_state *state = &p->flow->states[index];
    for (size_t i = 1; i < state->option_count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct option *option = &state->options[i], *before = &state->options[j];
            const struct wording *one = option->title->variants[0][VARIANT_PLAIN];
            const struct wording *other = before->title->variants[0][VARIANT_PLAIN];
            bool fixed = option->value.kind == REF_WORDS && before->value.kind == REF_WORDS && !before->when;
            bool same = fixed && (slice_eq(option->value.words, before->value.words) ||
                                  (one && other && slice_eq(one->source, other->source)));
            if (!same)
                continue;
            prove_find(p, PROVE_SHADOWED, true, option->file, option->line, option->column,
                       prove_text(p,
                                  "this option is never shown: the one of line %u has the same value or title, and "
                                  "channels refuse two alike; change one of them",
                                  before->line),
                       &p->first, p->first.seen[index].waited);
            break;
        }
}

void prove_guards(struct prover *p)
{
    size_t count = p->flow->state_count;
    bool *said_bare = prove_make(p, count, sizeof(*said_bare));
    if (!said_bare)
        return;
    find_bare(p, &p->first, said_bare);
    for (size_t i = 0; i < count && !p->out_of_memory; i++) {
        find_alike(p, i);
        if (open_of(p, i, false))
            decide(p, i, said_bare);
    }
    if (!p->out_of_memory)
        find_unreachable(p);
}
