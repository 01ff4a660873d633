/* Traps: questions that no answer leads out of, that who is never understood goes round in, that stay open for ever. */
#include <string.h>

#include "dialog/prove_parts.h"

/* Tells whether the step may go through a state without waiting. */
static bool passes(const struct prover *p, const struct flow_state *state)
{
    if (state->end || state->slot == FLOW_NONE)
        return !state->end;
    return !state->ask_known && !p->flow->slots[state->slot].transient;
}

static bool leads_out(const struct prover *p, int to, const bool *out)
{
    return to < 0 || to == p->flow->commands[FLOW_MENU] || out[to];
}

/* Whether a state's transitions lead out: all of them, or any. */
static bool next_out(const struct prover *p, size_t index, const bool *out, bool all)
{
    const struct flow_state *state = &p->flow->states[index];
    bool any = false, every = true;
    for (size_t i = 0; i < state->next_count; i++) {
        bool leads = leads_out(p, state->next[i].to, out);
        if (p->dead[index][i])
            continue;
        any = any || leads;
        every = every && leads;
    }
    return all ? every : any;
}

/* Marks the states that lead out for certain (`surely`: whatever holds, by wrong answers alone), or that may for who is
 * never understood. */
static void mark_out(struct prover *p, bool *out, bool surely)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < p->flow->state_count; i++) {
            const struct flow_state *state = &p->flow->states[i];
            if (out[i])
                continue;
            bool asked = state->ask && leads_out(p, state->otherwise->to, out);
            if (state->end)
                out[i] = true;
            else if (surely)
                out[i] = (!state->ask || asked) && (!passes(p, state) || next_out(p, i, out, true));
            else
                out[i] = state->ask ? asked : next_out(p, i, out, false);
            changed = changed || out[i];
        }
    }
}

/* Tells whether a state lies on a round of states that may not lead out. */
static bool on_round(const struct prover *p, size_t index, const bool *surely, int *waiting, bool *reached)
{
    size_t count = 0;
    memset(reached, 0, p->flow->state_count * sizeof(*reached));
    waiting[count++] = (int)index;
    while (count > 0) {
        const struct flow_state *state = &p->flow->states[waiting[--count]];
        for (size_t i = 0; i <= state->next_count; i++) {
            const struct transition *way = i < state->next_count ? &state->next[i] : state->otherwise;
            if (!way || way->to < 0 || surely[way->to] || reached[way->to])
                continue;
            reached[way->to] = true;
            waiting[count++] = way->to;
        }
    }
    return reached[index];
}

/* The slots of the guards on rounds that may not lead out. */
static uint32_t slots_of(struct prover *p, const bool *surely)
{
    uint32_t slots = 0;
    int *waiting = prove_make(p, p->flow->state_count + 1, sizeof(*waiting));
    bool *reached = prove_make(p, p->flow->state_count, sizeof(*reached));
    for (size_t i = 0; waiting && reached && i < p->flow->state_count; i++)
        if (!surely[i] && p->sites[i].slots && on_round(p, i, surely, waiting, reached))
            slots |= p->sites[i].slots;
    return slots;
}

/* Marks the nodes of a walk from which answers lead out, against the direction of its edges. */
static void mark_nodes(struct walk *walk)
{
    for (uint32_t i = 1; i < walk->count; i++)
        walk->nodes[i].leads_out = walk->nodes[i].leads_out || walk->nodes[i].spot.phase == AT_REST;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = walk->edge_count; i > 0; i--) {
            const struct edge *edge = &walk->edges[i - 1];
            if (walk->nodes[edge->to].leads_out && !walk->nodes[edge->from].leads_out)
                changed = walk->nodes[edge->from].leads_out = true;
        }
    }
}

/* Finds a node of an exact walk at the same question with the same classes of what is followed. */
static uint32_t same_in(const struct walk *walk, const struct spot *spot)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < walk->count; i++) {
        const struct spot *other = &walk->nodes[i].spot;
        bool same = other->phase == WAITING && other->state == spot->state;
        for (unsigned slot = 0; same && slot < DIALOG_SLOTS_MAX; slot++)
            same = spot->class_of[slot] == CLASS_ANY || spot->class_of[slot] == other->class_of[slot];
        if (same && (!best || walk->nodes[i].depth < walk->nodes[best].depth))
            best = i;
    }
    return best;
}

static void find_trap(struct prover *p, struct spot spot)
{
    const struct flow_state *state = &p->flow->states[spot.state];
    const char *text = prove_text(p,
                                  "question %s is a trap: no answer from here leads to an end or to the menu, only a "
                                  "command does; lead one transition, or `otherwise`, out of the round",
                                  state->name);
    uint32_t followed = 0;
    for (unsigned slot = 0; slot < p->flow->slot_count; slot++)
        followed |= spot.class_of[slot] == CLASS_ANY ? 0 : SLOT_BIT(slot);
    prove_walk_exact(p, followed);
    uint32_t node = same_in(&p->second, &spot);
    prove_find(p, PROVE_TRAP, node != 0, state->file, state->line, state->column, text, &p->second, node);
}

/* Looks for questions in which somebody stays whatever she answers: where the walk that allows too much knows no way
 * out either. One of each round is told, the one that comes first. */
static void find_traps(struct prover *p, const bool *surely, bool *told)
{
    struct walk *walk = &p->second;
    walk->edges = p->edges;
    walk->edge_room = p->edge_room;
    uint32_t slots = slots_of(p, surely);
    bool whole = prove_walk_more(p, prove_few(p, slots, 0, COMBINATIONS_MAX), true);
    for (size_t most = COMBINATIONS_MAX / 4; !whole && most > 0 && !p->out_of_memory; most /= 4)
        whole = prove_walk_more(p, prove_few(p, slots, 0, most), most > COMBINATIONS_MAX / 16);
    p->out->whole = p->out->whole && whole;
    if (whole)
        mark_nodes(walk);
    walk->edges = NULL;
    if (!whole)
        return;
    uint32_t first = 0;
    for (uint32_t i = 1; i < walk->count; i++) {
        const struct node *node = &walk->nodes[i];
        bool trapped = node->spot.phase == WAITING && !node->leads_out;
        if (trapped)
            told[node->spot.state] = true;
        if (trapped && (!first || node->depth < walk->nodes[first].depth))
            first = i;
    }
    if (first)
        find_trap(p, walk->nodes[first].spot);
}

static void find_fallbacks(struct prover *p, const bool *out, const bool *told)
{
    for (size_t i = 0; i < p->flow->state_count; i++) {
        const struct flow_state *state = &p->flow->states[i];
        if (!state->ask || out[i] || told[i] || !p->exact[i].waited)
            continue;
        prove_find(p, PROVE_FALLBACK, true, state->otherwise->file, state->otherwise->line, state->otherwise->column,
                   prove_text(p,
                              "who is never understood goes round from question %s for ever: let `otherwise` lead on "
                              "to a state that comes nearer to an end",
                              state->name),
                   &p->first, p->first.seen[i].waited);
    }
}

/* A flow without any timer that ends a session is told so once. */
static void find_timeouts(struct prover *p)
{
    const struct flow *flow = p->flow;
    bool ends = false;
    for (size_t i = 0; i < flow->timer_count; i++)
        ends = ends || flow->timers[i].end;
    for (size_t i = 0; i < flow->state_count; i++) {
        const struct flow_state *state = &flow->states[i];
        if (!p->first.seen[i].timeless)
            continue;
        prove_find(p, PROVE_TIMEOUT, false, state->file, state->line, state->column,
                   prove_text(p, "question %s%s stays open for as long as nobody writes: %s", state->name,
                              ends ? "" : ", as every other here,",
                              ends ? "let the `when` of a timer with `end: true` hold here too"
                                   : "give the flow a timer, as in `expire: {after: 72h, from: answer, end: true}`"),
                   &p->first, p->first.seen[i].timeless);
        if (!ends)
            return;
    }
}

void prove_traps(struct prover *p)
{
    size_t count = p->flow->state_count;
    bool *surely = prove_make(p, count, sizeof(*surely)), *out = prove_make(p, count, sizeof(*out));
    bool *told = prove_make(p, count, sizeof(*told));
    if (!surely || !out || !told)
        return;
    mark_out(p, surely, true);
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = all && surely[i];
    if (!all)
        find_traps(p, surely, told);
    mark_out(p, out, false);
    find_fallbacks(p, out, told);
    find_timeouts(p);
}
