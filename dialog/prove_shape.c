/* The shape of a flow: what does not depend on anybody's answers. */
#include <string.h>

#include "dialog/prove_parts.h"

#define LABELS 1u
#define RESOURCES 2u

static unsigned finds_of_part(const struct part *part)
{
    switch (part->kind) {
    case REF_LABEL_KEY:
    case REF_LABEL_NAME:
        return LABELS;
    case REF_RESOURCE_ID:
    case REF_RESOURCE_TEXT:
    case REF_RESOURCE_REASON:
    case REF_RESOURCE_CONTACT:
        return RESOURCES;
    default:
        return 0;
    }
}

static unsigned finds_of_guard(const struct guard *guard)
{
    if (!guard)
        return 0;
    unsigned own = guard->kind == GUARD_HAVE ? finds_of_part(&guard->have) : 0;
    return own | finds_of_guard(guard->left) | finds_of_guard(guard->right);
}

static unsigned finds_of_assigns(struct assigns assigns)
{
    unsigned finds = 0;
    for (size_t i = 0; i < assigns.count; i++)
        finds |= finds_of_part(&assigns.items[i].value);
    return finds;
}

static unsigned finds_of_state(const struct flow_state *state)
{
    unsigned finds = finds_of_assigns(state->set);
    for (size_t i = 0; i < state->next_count; i++)
        finds |= finds_of_guard(state->next[i].when) | finds_of_assigns(state->next[i].set);
    if (state->otherwise)
        finds |= finds_of_assigns(state->otherwise->set);
    for (size_t i = 0; i < state->option_count; i++)
        finds |= finds_of_guard(state->options[i].when) | finds_of_part(&state->options[i].value);
    return finds;
}

/* What lies behind a state by one transition; FLOW_NONE behind the last. */
static int behind(const struct flow_state *state, size_t i)
{
    if (i < state->next_count)
        return state->next[i].to;
    return i == state->next_count && state->otherwise ? state->otherwise->to : FLOW_NONE;
}

/* Carries what is asked about back to where the engine's finds come from. */
static void keep_finds(struct prover *p)
{
    const struct flow *flow = p->flow;
    for (size_t i = 0; i < flow->state_count; i++) {
        p->keeps[i] = (uint8_t)finds_of_state(&flow->states[i]);
        p->needs |= p->keeps[i];
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < flow->state_count; i++) {
            uint8_t keeps = p->keeps[i];
            for (size_t j = 0; j <= flow->states[i].next_count; j++) {
                int to = behind(&flow->states[i], j);
                enum need need = to >= 0 ? flow->states[to].need : NEED_NOTHING;
                unsigned anew = need == NEED_INDUSTRY ? LABELS : need == NEED_RESOURCES ? RESOURCES : 0;
                keeps = (uint8_t)(keeps | (to >= 0 ? p->keeps[to] & ~anew : 0));
            }
            changed = changed || keeps != p->keeps[i];
            p->keeps[i] = keeps;
        }
    }
}

/* What a transition changes, unless it leaves the asides and with them the question below. */
static uint32_t changed_by(const struct flow *flow, const struct transition *way)
{
    uint32_t slots = 0;
    if (!way || (way->to >= 0 && !flow->states[way->to].aside))
        return 0;
    for (size_t i = 0; i < way->set.count; i++)
        slots |= SLOT_BIT(way->set.items[i].slot);
    for (size_t i = 0; i < way->forget.count; i++)
        slots |= SLOT_BIT(way->forget.items[i]);
    return slots;
}

static void find_aside_changes(struct prover *p)
{
    for (size_t i = 0; i < p->flow->state_count; i++) {
        const struct flow_state *state = &p->flow->states[i];
        if (!state->aside)
            continue;
        const struct transition own = {.set = state->set, .forget = state->forget, .to = TO_RESUME};
        p->aside_changes |= changed_by(p->flow, &own) | changed_by(p->flow, state->otherwise);
        p->aside_changes |= state->slot == FLOW_NONE ? 0 : SLOT_BIT(state->slot);
        for (size_t j = 0; j < state->next_count; j++)
            p->aside_changes |= changed_by(p->flow, &state->next[j]);
    }
}

/* Marks the questions that come next behind one, over states that do not wait and questions that may be known. */
static void flood(struct prover *p, size_t from, int *waiting, bool *reached)
{
    const struct flow *flow = p->flow;
    size_t count = 0;
    memset(reached, 0, flow->state_count * sizeof(*reached));
    waiting[count++] = (int)from;
    while (count > 0) {
        const struct flow_state *state = &flow->states[waiting[--count]];
        bool first = state == &flow->states[from];
        for (size_t j = 0; j <= state->next_count; j++) {
            int to = behind(state, j);
            if (to < 0 || reached[to] || (j == state->next_count && !first))
                continue;
            const struct flow_state *next = &flow->states[to];
            reached[to] = true;
            if (next->ask)
                p->before[to][from / 64] |= 1ull << (from % 64);
            if (!next->ask || (!next->ask_known && !flow->slots[next->slot].transient))
                waiting[count++] = to;
        }
    }
}

void prove_shape(struct prover *p)
{
    const struct flow *flow = p->flow;
    int *waiting = prove_make(p, flow->state_count + 1, sizeof(*waiting));
    bool *reached = prove_make(p, flow->state_count, sizeof(*reached));
    if (!waiting || !reached)
        return;
    keep_finds(p);
    find_aside_changes(p);
    for (size_t i = 0; i < flow->state_count; i++)
        if (flow->states[i].ask && !flow->states[i].aside)
            flood(p, i, waiting, reached);
}
