/* What time alone brings about: timers that come for ever, and what is said after WhatsApp's window. */
#include <string.h>

#include "dialog/prove_parts.h"

#define WINDOW_MS (24 * 3600000LL) /* in which WhatsApp takes free words. Source: providers.md part 1.5 */

/* What may come about after a timer led to its state, before the person answers. */
struct silence {
    bool *lived;         /* states */
    unsigned leads;      /* bit of each timer that counts from one of them */
    unsigned back;       /* ... and of those by which it comes from each of them to the next, at last to itself */
    bool asks, hands_on; /* a question that is reminded of is open then; the staff has a ticket */
};

static bool live(struct silence *silence, int *waiting, size_t *count, int to)
{
    silence->asks = silence->asks || to == TO_RESUME;
    if (to < 0 || silence->lived[to])
        return false;
    silence->lived[to] = true;
    waiting[(*count)++] = to;
    return true;
}

/* Goes on from the state that a timer leads to, over states that do not wait and questions that may be known. */
static void flood(struct prover *p, int from, int *waiting, struct silence *silence)
{
    const struct flow *flow = p->flow;
    size_t count = 0;
    live(silence, waiting, &count, from);
    while (count > 0) {
        int at = waiting[--count];
        const struct flow_state *state = &flow->states[at];
        silence->asks = silence->asks || (state->ask && !state->quiet);
        silence->hands_on = silence->hands_on || state->hands_over;
        if (state->ask && (state->ask_known || flow->slots[state->slot].transient))
            continue;
        for (size_t i = 0; i < state->next_count; i++)
            if (!p->dead[at][i])
                live(silence, waiting, &count, state->next[i].to);
    }
}

/* Tells whether a timer can be set by what another one leads to. */
static bool is_led_to(const struct silence *silence, const struct flow_timer *timer)
{
    if (timer->from == FROM_ANSWER)
        return silence->asks && timer->say;
    if (timer->from == FROM_TICKET)
        return silence->hands_on;
    return silence->lived[timer->from];
}

/* Follows timers from one to the next. Returns false without memory. */
static bool follow_silences(struct prover *p, struct silence *silences)
{
    const struct flow *flow = p->flow;
    int *waiting = prove_make(p, flow->state_count + 1, sizeof(*waiting));
    for (size_t i = 0; waiting && i < flow->timer_count; i++) {
        silences[i].lived = prove_make(p, flow->state_count, sizeof(bool));
        if (!silences[i].lived)
            return false;
        if (flow->timers[i].to >= 0)
            flood(p, flow->timers[i].to, waiting, &silences[i]);
        for (size_t j = 0; j < flow->timer_count; j++)
            silences[i].leads |= is_led_to(&silences[i], &flow->timers[j]) ? 1u << j : 0;
    }
    for (size_t i = 0; i < flow->timer_count; i++)
        silences[i].back = flow->timers[i].again ? silences[i].leads : 0;
    for (size_t round = 0; round < flow->timer_count; round++)
        for (size_t i = 0; i < flow->timer_count; i++)
            for (size_t j = 0; j < flow->timer_count; j++)
                silences[i].back |= silences[i].back >> j & 1 ? silences[j].back : 0;
    return waiting != NULL;
}

/* The slots that decide about a round: of its timers' guards, and of those on its way. */
static uint32_t slots_of(const struct prover *p, const struct silence *silences, unsigned round)
{
    uint32_t slots = 0;
    for (size_t i = 0; i < p->flow->timer_count; i++) {
        if (!(round >> i & 1))
            continue;
        slots |= prove_slots(p->flow->timers[i].when);
        for (size_t j = 0; j < p->flow->state_count; j++)
            slots |= silences[i].lived[j] ? p->sites[j].slots : 0;
    }
    return slots;
}

/* Takes the ends off every way, from both sides, until rounds and what lies between two of them are left. */
static void peel(struct walk *walk, bool *left, bool *comes, bool *goes)
{
    memset(left, true, walk->count * sizeof(*left));
    for (bool changed = true; changed;) {
        changed = false;
        memset(comes, false, walk->count * sizeof(*comes));
        memset(goes, false, walk->count * sizeof(*goes));
        for (uint32_t i = 0; i < walk->edge_count; i++) {
            const struct edge *edge = &walk->edges[i];
            if (left[edge->from] && left[edge->to])
                goes[edge->from] = comes[edge->to] = true;
        }
        for (uint32_t i = 0; i < walk->count; i++)
            if (left[i] && !(comes[i] && goes[i])) {
                left[i] = false;
                changed = true;
            }
    }
}

/* The timers that rounds are made of. */
static unsigned timers_on(const struct walk *walk, const bool *left)
{
    const struct flow *flow = walk->p->flow;
    unsigned timers = 0;
    for (uint32_t i = 0; i < walk->edge_count; i++) {
        const struct edge *edge = &walk->edges[i];
        const struct spot *from = &walk->nodes[edge->from].spot, *to = &walk->nodes[edge->to].spot;
        bool fires = (from->phase == WAITING || from->phase == AT_REST) && to->phase == ENTERING;
        for (size_t j = 0; fires && left[edge->from] && left[edge->to] && j < flow->timer_count; j++)
            if (((from->timers & ~to->timers) >> j & 1) && flow->timers[j].to == to->state)
                timers |= 1u << j;
    }
    return timers;
}

/* Walks where nobody answers, as far as the timers of these rounds lead. Returns those that come again and again. */
static unsigned walk_silently(struct prover *p, uint32_t slots)
{
    struct walk *walk = &p->second;
    bool whole = false;
    walk->edges = p->edges;
    walk->edge_room = p->edge_room;
    walk->silent = true;
    for (size_t most = COMBINATIONS_MAX; !whole && most > 0 && !p->out_of_memory; most /= 4)
        whole = prove_walk_more(p, prove_few(p, slots, 0, most), most > COMBINATIONS_MAX / 16);
    walk->silent = false;
    p->out->whole = p->out->whole && whole;
    bool *left = prove_make(p, walk->count, sizeof(*left)), *comes = prove_make(p, walk->count, sizeof(*comes));
    bool *goes = prove_make(p, walk->count, sizeof(*goes));
    unsigned timers = 0;
    if (whole && left && comes && goes) {
        peel(walk, left, comes, goes);
        timers = timers_on(walk, left);
    }
    walk->edges = NULL;
    return timers;
}

/* Where the first walk came to a state by time after the last answer; else where it came there at all. */
static uint32_t way_to(const struct prover *p, int state, bool by_time)
{
    const struct seen *seen = &p->first.seen[state];
    uint32_t best = 0;
    for (uint32_t i = 1; by_time && i < p->first.count; i++) {
        const struct node *node = &p->first.nodes[i];
        if (node->spot.state != state || node->spot.phase != ENTERING ||
            (best && node->depth >= p->first.nodes[best].depth))
            continue;
        while (node->kind == MOVE_NONE || node->kind == MOVE_ENGINE)
            node = &p->first.nodes[node->parent];
        if (node->kind == MOVE_TIMER)
            best = i;
    }
    return best ? best : seen->entered ? seen->entered : seen->waited;
}

/* One timer of each round is told, the one that comes first. */
static void find_endless(struct prover *p, const struct silence *silences)
{
    const struct flow *flow = p->flow;
    unsigned rounds = 0, told = 0;
    for (size_t i = 0; i < flow->timer_count; i++)
        rounds |= silences[i].back >> i & 1 ? 1u << i : 0;
    unsigned endless = rounds ? walk_silently(p, slots_of(p, silences, rounds)) : 0;
    for (size_t i = 0; i < flow->timer_count; i++) {
        const struct flow_timer *timer = &flow->timers[i];
        if (!(endless >> i & 1) || (told >> i & 1))
            continue;
        told |= silences[i].back;
        prove_find(p, PROVE_ENDLESS, true, timer->file, timer->line, timer->column,
                   prove_text(p,
                              "timer %s writes for ever to who never answers: time alone leads back to state %s, which "
                              "sets it again; let it count from a state that only an answer leads to, let its `when` "
                              "hold so many times, or leave `again` out",
                              timer->name, flow->states[timer->from].name),
                   &p->first, way_to(p, timer->from, false));
    }
}

/* How long after the person's last message a timer can fire, at most: its own time and that of those before it. */
static int64_t longest(const struct flow *flow, const struct silence *silences, size_t timer, unsigned been)
{
    int64_t before_ms = 0;
    been |= 1u << timer;
    for (size_t i = 0; i < flow->timer_count; i++) {
        if ((been >> i & 1) || !(silences[i].leads >> timer & 1))
            continue;
        int64_t ms = longest(flow, silences, i, been);
        before_ms = ms > before_ms ? ms : before_ms;
    }
    return before_ms + flow->timers[timer].after_ms;
}

static void check_window(struct prover *p, const struct silence *silences, size_t index)
{
    const struct flow_timer *timer = &p->flow->timers[index];
    bool alone = timer->after_ms >= WINDOW_MS;
    if (timer->end || timer->template || longest(p->flow, silences, index, 0) < WINDOW_MS)
        return;
    int from = timer->from >= 0 ? timer->from : p->flow->first;
    prove_find(p, PROVE_TEMPLATE, false, timer->file, timer->line, timer->column,
               prove_text(p,
                          "timer %s speaks 24 hours or more after the person's message%s, when WhatsApp takes "
                          "nothing but an approved template: give it one (`template`), or it stays unsaid there",
                          timer->name, alone ? "" : ", with the time of the timer before it"),
               &p->first, way_to(p, from, !alone));
}

void prove_time(struct prover *p)
{
    struct silence silences[DIALOG_TIMERS_MAX] = {{0}};
    if (!follow_silences(p, silences))
        return;
    find_endless(p, silences);
    for (size_t i = 0; i < p->flow->timer_count; i++)
        check_window(p, silences, i);
}
