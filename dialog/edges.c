#include "dialog/edges.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unsigned retries(const struct flow_state *state)
{
    return state->ask && state->tries ? state->tries - 1 : 0;
}

static uint32_t edges_from(const struct flow_state *state)
{
    return (uint32_t)(state->next_count + state->option_count + retries(state) + (state->ask ? 1 : 0));
}

/* Kinds of edges that are the flow's, in the order of their numbers. */
static const enum edge_kind of_flow[] = {EDGE_TIMER, EDGE_COMMAND, EDGE_ALERT, EDGE_KEYWORD, EDGE_REDIAL};

/* Gives how many edges of a kind are the flow's. */
static uint32_t edges_of_kind(const struct flow *flow, enum edge_kind kind)
{
    switch (kind) {
    case EDGE_TIMER:
        return (uint32_t)flow->timer_count;
    case EDGE_COMMAND:
        return EDGE_COMMANDS;
    case EDGE_ALERT:
        return (uint32_t)flow->alert_count;
    case EDGE_KEYWORD:
        return (uint32_t)flow->keyword_count;
    case EDGE_REDIAL:
        return flow->redial == FLOW_NONE ? 0 : 1;
    default:
        return 0;
    }
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
    edges->count = base[flow->state_count];
    for (size_t i = 0; i < COUNT(of_flow); i++)
        edges->count += edges_of_kind(flow, of_flow[i]);
    return edges;
}

uint32_t edge_number(const struct edges *edges, enum edge_kind kind, int state, unsigned index)
{
    const struct flow *flow = edges->flow;
    const struct flow_state *from = state == FLOW_NONE ? NULL : &flow->states[state];
    uint32_t base = edges->base[from ? (size_t)state : flow->state_count];
    for (size_t i = 0; !from && i < COUNT(of_flow) && of_flow[i] != kind; i++)
        base += edges_of_kind(flow, of_flow[i]);
    switch (kind) {
    case EDGE_OPTION:
        return base + (uint32_t)(from ? from->next_count : 0) + index;
    case EDGE_RETRY:
        return base + (uint32_t)(from ? from->next_count + from->option_count : 0) + index;
    case EDGE_OTHERWISE:
        return from ? edges->base[state + 1] - 1 : base;
    default:
        return base + index;
    }
}

static struct edge_told tell_of_flow(const struct flow *flow, uint32_t at)
{
    size_t i = 0;
    for (; i + 1 < COUNT(of_flow) && at >= edges_of_kind(flow, of_flow[i]); i++)
        at -= edges_of_kind(flow, of_flow[i]);
    struct edge_told told = {.kind = of_flow[i], .state = FLOW_NONE, .index = at};
    if (told.kind == EDGE_TIMER) {
        told.line = flow->timers[at].line;
        told.column = flow->timers[at].column;
    }
    return told;
}

struct edge_told edge_tell(const struct edges *edges, uint32_t number)
{
    const struct flow *flow = edges->flow;
    size_t state = 0;
    if (number >= edges->base[flow->state_count])
        return tell_of_flow(flow, number - edges->base[flow->state_count]);
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
    case EDGE_KEYWORD:
        buf_addf(out, "keyword %.*s", (int)flow->keywords[told.index].example.len,
                 flow->keywords[told.index].example.ptr);
        break;
    case EDGE_REDIAL:
        buf_adds(out, "redial");
        break;
    }
}

void trail_note(struct trail *trail, const struct flow *flow, enum edge_kind kind, int state, unsigned index)
{
    if (trail && trail->edges->flow == flow && trail->count < TRAIL_MAX)
        trail->taken[trail->count++] = edge_number(trail->edges, kind, state, index);
}
