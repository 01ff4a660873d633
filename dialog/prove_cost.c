/* Costs: what a whole conversation can send, from the first message to its end, and the rounds that have no end.
 *
 * Stops are the questions and the ends. The least is the shortest way over them; the most is the longest, on which each
 * question stands once with all its tries, so that a round counts once, whole. */
#include <string.h>

#include "dialog/prove_says.h"

#define ROUND_NAMES 6 /* of a round's states that are named */

typedef uint64_t stops[STATE_WORDS];

/* The stops of a flow and how they lie. */
struct map {
    const struct says *s;
    stops *next;   /* of each stop: those that come next */
    stops *behind; /* ... sooner or later */
    bool *closes;  /* it can end by going back to a question, where none lies below */
    struct prove_turn *most;
    size_t *segments_least;
    struct prove_turn *memo; /* of each stop: the longest way from it */
    bool *done;
    uint32_t set; /* slots that transitions and states set */
    int *waiting;
    bool *reached;
};

static bool has(const stops set, size_t i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static void put(stops set, size_t i)
{
    set[i / 64] |= 1ull << (i % 64);
}

static bool is_stop(const struct flow_state *state)
{
    return state->ask || state->end;
}

/* Tells whether a question can be passed over. At a first contact nothing is known but what the flow itself has set. */
static bool passes(const struct map *map, const struct flow_state *state, bool first_contact)
{
    if (!state->ask)
        return true;
    bool known = !first_contact || (map->set & SLOT_BIT(state->slot));
    return known && !state->ask_known && !map->s->p->flow->slots[state->slot].transient;
}

static uint32_t slots_set(const struct flow *flow)
{
    uint32_t slots = 0;
    for (size_t i = 0; i < flow->state_count; i++) {
        const struct flow_state *state = &flow->states[i];
        for (unsigned k = 0; k < flow->slot_count && state->hears; k++)
            slots |= flow->slots[k].heard ? SLOT_BIT(k) : 0;
        for (size_t k = 0; k < state->set.count; k++)
            slots |= SLOT_BIT(state->set.items[k].slot);
        for (size_t j = 0; j <= state->next_count; j++) {
            const struct transition *way = j < state->next_count ? &state->next[j] : state->otherwise;
            for (size_t k = 0; way && k < way->set.count; k++)
                slots |= SLOT_BIT(way->set.items[k].slot);
        }
    }
    return slots;
}

/* Notes the stops that a state leads to, over states that do not wait; a question may be known. */
static void flood(struct map *map, int from, bool entered, stops out, bool *closes)
{
    const struct prover *p = map->s->p;
    size_t count = 0;
    bool first = true;
    memset(map->reached, 0, p->flow->state_count * sizeof(*map->reached));
    map->waiting[count++] = from;
    while (count > 0) {
        int at = map->waiting[--count];
        const struct flow_state *state = &p->flow->states[at];
        bool asks = first && !entered, goes_on = passes(map, state, entered);
        first = false;
        if (!asks && is_stop(state))
            put(out, (size_t)at);
        for (size_t i = 0; i <= state->next_count; i++) {
            bool dead = i < state->next_count && p->dead[at][i];
            const struct transition *way = i < state->next_count ? &state->next[i] : state->otherwise;
            if (!way || dead || state->end || (!asks && (!goes_on || i == state->next_count)))
                continue;
            *closes = *closes || way->to == TO_RESUME;
            if (way->to < 0 || map->reached[way->to])
                continue;
            map->reached[way->to] = true;
            map->waiting[count++] = way->to;
        }
    }
}

static void add_turn(struct prove_turn *sum, struct prove_turn turn)
{
    sum->messages += turn.messages;
    sum->segments += turn.segments;
    sum->followed += turn.followed;
}

static struct prove_turn larger_turn(struct prove_turn a, struct prove_turn b)
{
    return (struct prove_turn){.messages = a.messages > b.messages ? a.messages : b.messages,
                               .segments = a.segments > b.segments ? a.segments : b.segments,
                               .followed = a.followed > b.followed ? a.followed : b.followed};
}

/* How often an answer can be asked back before that takes a try: for its period, and then for an unusual amount. */
static size_t doubts_of(const struct flow *flow, const struct flow_state *state)
{
    const struct slot *slot = &flow->slots[state->slot];
    bool lacks_period = (slot->type == TYPE_MONEY || slot->type == TYPE_CUSTOMERS) && !state->period.len;
    return lacks_period && slot->has_usual ? 2 : 1;
}

/* What one stop sends at most, with all its tries, each of them in doubt first, and what was told beside the last. */
static struct prove_turn most_of(const struct says *s, size_t index, struct size before)
{
    const struct flow_state *state = &s->p->flow->states[index];
    struct prove_turn turn = says_turn(s, says_and(before, s->own[index]));
    if (!state->ask)
        return turn;
    struct prove_turn again = says_turn(s, s->again[index]);
    size_t more = (1 + doubts_of(s->p->flow, state)) * state->tries - 1 + state->hears;
    turn.messages += more * again.messages;
    turn.segments += more * again.segments;
    return turn;
}

static void close_over(struct map *map, size_t count)
{
    for (size_t via = 0; via < count; via++)
        for (size_t i = 0; i < count; i++)
            for (size_t w = 0; has(map->behind[i], via) && w < STATE_WORDS; w++)
                map->behind[i][w] |= map->behind[via][w];
}

static bool same_round(const struct map *map, size_t a, size_t b)
{
    return a == b || (has(map->behind[a], b) && has(map->behind[b], a));
}

/* The longest way from a stop: its round whole, then the longest from any stop behind the round. Its depth is bounded
 * by the number of rounds. */
static void longest(struct map *map, size_t index)
{
    size_t count = map->s->p->flow->state_count;
    struct prove_turn own = {0}, behind = {0};
    if (map->done[index])
        return;
    for (size_t i = 0; i < count; i++) {
        if (same_round(map, index, i)) {
            add_turn(&own, map->most[i]);
        } else if (has(map->behind[index], i)) {
            longest(map, i);
            behind = larger_turn(behind, map->memo[i]);
        }
    }
    add_turn(&own, behind);
    map->memo[index] = own;
    map->done[index] = true;
}

/* The shortest ways to an end, in turns and in segments, from each stop. */
static void shortest(struct map *map, size_t *turns, size_t *segments)
{
    const struct flow *flow = map->s->p->flow;
    for (size_t i = 0; i < flow->state_count; i++)
        turns[i] = segments[i] = flow->states[i].end || map->closes[i] ? 0 : SIZE_MAX / 2;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = flow->state_count; i-- > 0;)
            for (size_t j = 0; j < flow->state_count; j++) {
                if (!has(map->next[i], j))
                    continue;
                /* an end need say nothing */
                size_t said = map->s->own[j].texts || flow->states[j].ask ? 1 : 0;
                size_t more = said ? map->segments_least[j] : 0;
                if (turns[j] + said < turns[i] || segments[j] + more < segments[i])
                    changed = true;
                turns[i] = turns[j] + said < turns[i] ? turns[j] + said : turns[i];
                segments[i] = segments[j] + more < segments[i] ? segments[j] + more : segments[i];
            }
    }
}

static void sum_conversation(struct map *map, const stops first, bool closes)
{
    struct prover *p = map->s->p;
    size_t count = p->flow->state_count;
    size_t *turns = prove_make(p, count, sizeof(*turns)), *segments = prove_make(p, count, sizeof(*segments));
    struct prove_cost cost = {.messages = {SIZE_MAX / 2, 0}, .segments = {SIZE_MAX / 2, 0}};
    struct prove_turn most = {0};
    if (!turns || !segments)
        return;
    shortest(map, turns, segments);
    for (size_t i = 0; i < count; i++) {
        if (!has(first, i))
            continue;
        longest(map, i);
        size_t said = map->s->own[i].texts ? 1 : 0, least = said ? map->segments_least[i] : 0;
        cost.messages.least = turns[i] + said < cost.messages.least ? turns[i] + said : cost.messages.least;
        cost.segments.least = segments[i] + least < cost.segments.least ? segments[i] + least : cost.segments.least;
        most = larger_turn(most, map->memo[i]);
    }
    /* who ends by going back where nothing lies open hears at most what was said on the way, and the closing words */
    add_turn(&most, says_turn(map->s, says_and(map->s->resumed, map->s->opening)));
    cost.messages.most = most.messages;
    cost.segments.most = most.segments;
    cost.followed.most = most.followed;
    if (closes || cost.messages.least > SIZE_MAX / 4)
        cost.messages.least = cost.segments.least = 0;
    p->out->costs[map->s->lang_index][map->s->channel] = cost;
}

/* Names a round's states, the first few. */
static const char *names_of(struct map *map, size_t index)
{
    struct prover *p = map->s->p;
    const char *names = p->flow->states[index].name;
    size_t named = 1;
    for (size_t i = index + 1; i < p->flow->state_count && names; i++) {
        if (!same_round(map, index, i))
            continue;
        if (++named > ROUND_NAMES)
            return prove_text(p, "%s, ...", names);
        names = prove_text(p, "%s, %s", names, p->flow->states[i].name);
    }
    return names;
}

/* Notes the rounds: once for the flow, and what a pass costs on each channel in the first language. */
static void note_rounds(struct map *map)
{
    struct prover *p = map->s->p;
    size_t count = p->flow->state_count, kept = 0;
    if (map->s->lang_index > 0)
        return;
    if (!p->loops)
        p->loops = prove_make(p, count, sizeof(*p->loops));
    for (size_t i = 0; p->loops && i < count; i++) {
        bool first = has(map->behind[i], i) && p->flow->states[i].ask;
        for (size_t j = 0; j < i; j++)
            first = first && !same_round(map, i, j);
        if (!first)
            continue;
        struct prove_loop *loop = &p->loops[kept++];
        struct prove_cost *pass = &loop->pass[map->s->channel];
        loop->state = (int)i;
        loop->states = names_of(map, i);
        *pass = (struct prove_cost){.messages = {1, 0}, .segments = {1, 0}};
        struct prove_turn most = {0};
        for (size_t j = 0; j < count; j++)
            if (same_round(map, i, j))
                add_turn(&most, map->most[j]);
        pass->messages.most = most.messages;
        pass->segments.most = most.segments;
        pass->followed.most = most.followed;
    }
    p->out->loops = p->loops;
    p->out->loop_count = kept;
}

/* Notes what a dial costs that is asked whether to go on, in the language in which that is most. */
static void note_redial(const struct map *map)
{
    const struct says *s = map->s;
    const struct flow *flow = s->p->flow;
    struct prove_turn again = {0};
    if (s->channel != CHANNEL_USSD || flow->redial == FLOW_NONE)
        return;
    for (size_t i = 0; i < flow->state_count; i++)
        if (flow->states[i].ask && !flow->states[i].aside && !flow->states[i].quiet)
            again = larger_turn(again, most_of(s, i, s->resumed));
    add_turn(&again, map->most[flow->redial]);
    s->p->out->redial = larger_turn(s->p->out->redial, again);
}

static void make_map(struct map *map, struct prover *p, size_t count)
{
    map->next = prove_make(p, count, sizeof(*map->next));
    map->behind = prove_make(p, count, sizeof(*map->behind));
    map->closes = prove_make(p, count, sizeof(*map->closes));
    map->most = prove_make(p, count, sizeof(*map->most));
    map->segments_least = prove_make(p, count, sizeof(*map->segments_least));
    map->memo = prove_make(p, count, sizeof(*map->memo));
    map->done = prove_make(p, count, sizeof(*map->done));
    map->waiting = prove_make(p, count + 1, sizeof(*map->waiting));
    map->reached = prove_make(p, count, sizeof(*map->reached));
}

void prove_costs(struct says *s)
{
    struct prover *p = s->p;
    size_t count = p->flow->state_count;
    struct map map = {.s = s};
    stops first = {0};
    bool closes = false;
    make_map(&map, p, count);
    if (p->out_of_memory)
        return;
    map.set = slots_set(p->flow);
    for (size_t i = 0; i < count; i++) {
        if (!is_stop(&p->flow->states[i]))
            continue;
        if (p->flow->states[i].ask)
            flood(&map, (int)i, false, map.next[i], &map.closes[i]);
        memcpy(map.behind[i], map.next[i], sizeof(stops));
        map.most[i] = most_of(s, i, s->before[i]);
        map.segments_least[i] = says_segments_least(s, s->own[i].least);
    }
    close_over(&map, count);
    flood(&map, p->flow->first, true, first, &closes);
    sum_conversation(&map, first, closes);
    note_rounds(&map);
    note_redial(&map);
}
