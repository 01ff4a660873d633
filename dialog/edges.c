#include "dialog/edges.h"

static unsigned retries(const struct flow_state *state)
{
    return state->ask && state->tries ? state->tries - 1 : 0;
}

static uint32_t edges_from(const struct flow_state *state)
{
    return (uint32_t)(state->next_count + state->option_count + retries(state) + (state->ask ? 1 : 0));
}

const struct edges *edges_of(const struct flow *flow, struct arena *arena)
{
    struct edges *edges = arena_alloc(arena, sizeof(*edges));
    uint32_t *base = arena_array(arena, flow->state_count + 1, sizeof(*base));
    if (!edges || !base)
        return NULL;
    for (size_t i = 0; i < flow->state_count; i++)
        base[i + 1] = base[i] + edges_from(&flow->states[i]);
    edges->flow = flow;
    edges->base = base;
    edges->count = base[flow->state_count] + (uint32_t)(flow->timer_count + EDGE_COMMANDS + flow->alert_count);
    return edges;
}

uint32_t edge_number(const struct edges *edges, enum edge_kind kind, int state, unsigned index)
{
    const struct flow *flow = edges->flow;
    const struct flow_state *from = state == FLOW_NONE ? NULL : &flow->states[state];
    uint32_t base = edges->base[from ? (size_t)state : flow->state_count];
    switch (kind) {
    case EDGE_NEXT:
    case EDGE_TIMER:
        return base + index;
    case EDGE_OPTION:
        return base + (uint32_t)(from ? from->next_count : 0) + index;
    case EDGE_RETRY:
        return base + (uint32_t)(from ? from->next_count + from->option_count : 0) + index;
    case EDGE_OTHERWISE:
        return from ? edges->base[state + 1] - 1 : base;
    case EDGE_COMMAND:
        return base + (uint32_t)flow->timer_count + index;
    case EDGE_ALERT:
        return base + (uint32_t)flow->timer_count + EDGE_COMMANDS + index;
    }
    return 0;
}

static struct edge_told of_flow(const struct flow *flow, uint32_t at)
{
    struct edge_told told = {.kind = EDGE_TIMER, .state = FLOW_NONE, .index = at};
    if (at < flow->timer_count) {
        told.line = flow->timers[at].line;
        told.column = flow->timers[at].column;
        return told;
    }
    at -= (uint32_t)flow->timer_count;
    told.kind = at < EDGE_COMMANDS ? EDGE_COMMAND : EDGE_ALERT;
    told.index = at < EDGE_COMMANDS ? at : at - EDGE_COMMANDS;
    return told;
}

struct edge_told edge_tell(const struct edges *edges, uint32_t number)
{
    const struct flow *flow = edges->flow;
    size_t state = 0;
    if (number >= edges->base[flow->state_count])
        return of_flow(flow, number - edges->base[flow->state_count]);
    while (number >= edges->base[state + 1])
        state++;
    const struct flow_state *from = &flow->states[state];
    uint32_t at = number - edges->base[state];
    struct edge_told told = {.state = (int)state, .line = from->line, .column = from->column, .index = at};
    if (at < from->next_count) {
        told.kind = EDGE_NEXT;
        told.line = from->next[at].line;
        told.column = from->next[at].column;
        return told;
    }
    at -= (uint32_t)from->next_count;
    told.kind = at < from->option_count ? EDGE_OPTION : EDGE_RETRY;
    told.index = at < from->option_count ? at : at - (unsigned)from->option_count;
    if (told.kind == EDGE_OPTION) {
        told.line = from->options[at].line;
        told.column = from->options[at].column;
    } else if (told.index == retries(from)) {
        told.kind = EDGE_OTHERWISE;
        told.index = 0;
    }
    return told;
}

static void put_target(const struct flow *flow, int to, struct buf *out)
{
    buf_addf(out, " -> %s", to >= 0 ? flow->states[to].name : "resume");
}

void edge_put(const struct edges *edges, uint32_t number, struct buf *out)
{
    const struct flow *flow = edges->flow;
    struct edge_told told = edge_tell(edges, number);
    const struct flow_state *from = told.state == FLOW_NONE ? NULL : &flow->states[told.state];
    if (from)
        buf_adds(out, from->name);
    switch (told.kind) {
    case EDGE_NEXT:
        put_target(flow, from->next[told.index].to, out);
        break;
    case EDGE_OTHERWISE:
        buf_adds(out, " otherwise");
        put_target(flow, from->otherwise->to, out);
        break;
    case EDGE_OPTION:
        buf_addf(out, ": option %u", told.index + 1);
        break;
    case EDGE_RETRY:
        buf_addf(out, ": retry %u", told.index + 1);
        break;
    case EDGE_TIMER:
        buf_addf(out, "timer %s", flow->timers[told.index].name);
        break;
    case EDGE_COMMAND:
        buf_addf(out, "command %s", edge_command(told.index));
        break;
    case EDGE_ALERT:
        buf_addf(out, "alert %u", told.index + 1);
        break;
    }
}

void trail_note(struct trail *trail, const struct flow *flow, enum edge_kind kind, int state, unsigned index)
{
    if (trail && trail->edges->flow == flow && trail->count < TRAIL_MAX)
        trail->taken[trail->count++] = edge_number(trail->edges, kind, state, index);
}
