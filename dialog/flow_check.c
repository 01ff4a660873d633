/* What only a whole flow shows: states that nobody reaches, rounds that never wait for a person. */
#include "dialog/flow_load.h"
#include "dialog/pattern.h"

/* Tells whether nobody gets past a state without the engine being asked for `need`. */
static bool asks_engine(const struct loader *l, const struct flow_state *state, enum need need)
{
    bool passed_over = state->slot != FLOW_NONE && !state->ask_known && !l->slots[state->slot].transient;
    return need != NEED_NOTHING && state->need == need && !passed_over;
}

/* Marks all states that can be reached from one, over every transition, without recursion, and without asking the
 * engine for `unasked` (NEED_NOTHING: in any way). */
static void reach(struct loader *l, int from, enum need unasked, bool *reached, int *waiting)
{
    size_t count = 0;
    if (from >= 0 && !reached[from]) {
        reached[from] = true;
        waiting[count++] = from;
    }
    while (count > 0) {
        const struct flow_state *state = &l->states[waiting[--count]];
        if (asks_engine(l, state, unasked))
            continue;
        for (size_t i = 0; i <= state->next_count; i++) {
            const struct transition *way = i < state->next_count ? &state->next[i] : state->otherwise;
            if (!way || way->to < 0 || reached[way->to])
                continue;
            reached[way->to] = true;
            waiting[count++] = way->to;
        }
    }
}

/* Gives for each state whether one who is in no session can come to it; NULL without memory. */
static const bool *reach_all(struct loader *l, enum need unasked)
{
    bool *reached = load_make(l, l->flow->state_count, sizeof(*reached));
    int *waiting = load_make(l, l->flow->state_count, sizeof(*waiting));
    if (!reached || !waiting)
        return NULL;
    reach(l, l->flow->first, unasked, reached, waiting);
    reach(l, l->flow->start, unasked, reached, waiting);
    reach(l, l->flow->returning, unasked, reached, waiting);
    reach(l, l->flow->redial, unasked, reached, waiting);
    for (int i = 0; i < FLOW_COMMAND_COUNT; i++)
        reach(l, l->flow->commands[i], unasked, reached, waiting);
    for (size_t i = 0; i < l->flow->keyword_count; i++)
        reach(l, l->flow->keywords[i].to, unasked, reached, waiting);
    for (size_t i = 0; i < l->flow->timer_count; i++)
        reach(l, l->flow->timers[i].to, unasked, reached, waiting);
    return reached;
}

/* Tells whether what the engine said last is read by nobody once a session is over. */
static bool is_for_session(struct loader *l, enum need need)
{
    const bool *reached = reach_all(l, need);
    bool read = !reached || load_flow_reads(l->flow, need);
    for (size_t i = 0; !read && i < l->flow->state_count; i++)
        read = reached[i] && !asks_engine(l, &l->states[i], need) && load_state_reads(&l->states[i], need);
    return !read;
}

/* Finds the questions behind which nobody reads the engine's labels: only who goes back does. An aside leads to the
 * question below. */
static void find_past_labels(struct loader *l)
{
    size_t count = l->flow->state_count;
    bool *reached = load_make(l, count, sizeof(*reached));
    int *waiting = load_make(l, count, sizeof(*waiting));
    bool always = !reached || !waiting || load_flow_reads(l->flow, NEED_INDUSTRY);
    for (size_t i = 0; !always && i < count; i++) {
        bool read = l->states[i].aside || !l->states[i].ask;
        memset(reached, 0, count * sizeof(*reached));
        reach(l, (int)i, NEED_INDUSTRY, reached, waiting);
        for (size_t j = 0; !read && j < count; j++)
            read = reached[j] && !asks_engine(l, &l->states[j], NEED_INDUSTRY) &&
                   load_state_reads(&l->states[j], NEED_INDUSTRY);
        l->states[i].past_labels = !read;
    }
}

static void check_reached(struct loader *l)
{
    const bool *reached = reach_all(l, NEED_NOTHING);
    for (size_t i = 0; reached && i < l->flow->state_count; i++)
        if (!reached[i])
            faults_add(l->faults, l->states[i].file, l->states[i].line, l->states[i].column,
                       "nobody can reach state %s: lead a transition to it, or remove it", l->states[i].name);
}

/* Tells whether the step may go through a state without waiting for the person. */
static bool passes(const struct loader *l, const struct flow_state *state)
{
    return !state->end && (state->slot == FLOW_NONE || (!state->ask_known && !l->slots[state->slot].transient));
}

/* Follows states that do not wait for as many moves as there are states: what it then stands on lies on a round. */
static const struct flow_state *on_round(const struct loader *l, const bool *waits, size_t from)
{
    for (size_t moves = 0; moves < l->flow->state_count; moves++) {
        size_t j = 0;
        while (l->states[from].next[j].to < 0 || waits[l->states[from].next[j].to])
            j++;
        from = (size_t)l->states[from].next[j].to;
    }
    return &l->states[from];
}

/* Takes away, again and again, the states whose every passing way leads to taken ones; what is left goes in rounds. */
static void check_rounds(struct loader *l)
{
    size_t count = l->flow->state_count;
    bool *waits = load_make(l, count, sizeof(*waits));
    bool changed = waits != NULL;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            bool all = true;
            for (size_t j = 0; passes(l, &l->states[i]) && j < l->states[i].next_count; j++)
                all = all && (l->states[i].next[j].to < 0 || waits[l->states[i].next[j].to]);
            changed = changed || (all && !waits[i]);
            waits[i] = waits[i] || all;
        }
    }
    for (size_t i = 0; waits && i < count; i++)
        if (!waits[i]) {
            const struct flow_state *round = on_round(l, waits, i);
            faults_add(
                l->faults, round->file, round->line, round->column,
                "from state %s the flow can go round without ever waiting for the person: let one state on the way "
                "ask with `known: ask`",
                round->name);
            return;
        }
}

/* Gathers whether any option of any question gives a transient choice this value. */
static bool some_option_gives(const struct loader *l, unsigned slot, struct slice value)
{
    for (size_t i = 0; i < l->flow->state_count; i++) {
        const struct flow_state *state = &l->states[i];
        for (size_t j = 0; state->slot == (int)slot && j < state->option_count; j++)
            if (state->options[j].value.kind == REF_WORDS && slice_eq(state->options[j].value.words, value))
                return true;
    }
    return false;
}

static void check_guard(struct loader *l, const struct transition *way, const struct guard *guard)
{
    if (!guard)
        return;
    check_guard(l, way, guard->left);
    check_guard(l, way, guard->right);
    if (guard->kind != GUARD_EQUAL || l->slots[guard->slot].type != TYPE_CHOICE)
        return;
    for (size_t i = 0; i < guard->value_count; i++)
        if (!some_option_gives(l, guard->slot, guard->values[i]))
            faults_add(l->faults, way->file, way->line, way->column,
                       "no option gives %s the value '%.*s': this guard never holds", l->slots[guard->slot].name,
                       (int)guard->values[i].len, guard->values[i].ptr);
}

/* Tells whether some question keeps its answer for a purpose. */
static bool is_kept(const struct loader *l, struct slice purpose)
{
    for (size_t i = 0; i < l->flow->state_count; i++) {
        const struct flow_state *state = &l->states[i];
        if (slice_eq(state->consent, purpose) && state->slot != FLOW_NONE && !l->slots[state->slot].transient)
            return true;
    }
    return false;
}

/* A consent that is not kept is a first yes: another question has to ask for the second. */
static void check_consents(struct loader *l)
{
    for (size_t i = 0; i < l->flow->state_count; i++) {
        const struct flow_state *state = &l->states[i];
        if (state->consent.len && !is_kept(l, state->consent))
            faults_add(l->faults, state->file, state->line, state->column,
                       "nobody can confirm a yes to %.*s: let another question have this consent and fill a slot that "
                       "is not transient",
                       (int)state->consent.len, state->consent.ptr);
    }
}

/* Makes the keys of all that is wished with. */
static void load_wish_keys(struct loader *l)
{
    struct pattern_keys *keys = load_make(l, 1, sizeof(*keys));
    for (size_t i = 0; keys && i < l->flow->keyword_count; i++)
        for (size_t j = 0; l->flow->keywords[i].wish && j < l->flow->keywords[i].words.count; j++)
            if (pattern_keys_add(l->arena, &l->flow->keywords[i].words.patterns[j], keys))
                l->out_of_memory = true;
    l->flow->wish_keys = keys;
}

/* Finds the words that are about a training: those that lead to a state which wishes something of one, at once or by
 * its ways on. */
static void find_wishes(struct loader *l)
{
    for (size_t i = 0; i < l->flow->keyword_count; i++) {
        struct keyword *keyword = &((struct keyword *)l->flow->keywords)[i];
        const struct flow_state *to = keyword->to == FLOW_NONE ? NULL : &l->states[keyword->to];
        keyword->wish = to ? to->training : NULL;
        for (size_t j = 0; to && !keyword->wish && j < to->next_count; j++)
            keyword->wish = to->next[j].to >= 0 ? l->states[to->next[j].to].training : NULL;
    }
}

/* What was recommended may be gone when it is said again. */
static void check_gone(struct loader *l)
{
    if (l->tells && !l->flow->phrases[PHRASE_GONE])
        faults_add(l->faults, l->tells->file, l->tells->line, l->tells->column,
                   "`texts` has no 'gone', which is said in place of what was recommended once the catalogue has it no "
                   "more: write it");
}

void load_check(struct loader *l)
{
    check_gone(l);
    find_wishes(l);
    load_wish_keys(l);
    check_reached(l);
    check_consents(l);
    check_rounds(l);
    find_past_labels(l);
    l->flow->labels_for_session = is_for_session(l, NEED_INDUSTRY);
    l->flow->resources_for_session = is_for_session(l, NEED_RESOURCES);
    for (size_t i = 0; i < l->flow->state_count; i++)
        for (size_t j = 0; j < l->states[i].next_count; j++)
            check_guard(l, &l->states[i].next[j], l->states[i].next[j].when);
}
