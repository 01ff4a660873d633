/* Paths: the answers that lead somewhere, written down. */
#include "dialog/prove_parts.h"
#include "dialog/value.h"

#define PATH_STEPS_MAX 200

static const char *const command_words[FLOW_COMMAND_COUNT] = {"MENU",   "AYUDA",  "MIS DATOS", "CORREGIR",
                                                              "BORRAR", "ASESOR", "IDIOMA"};

/* Tells whether a question is answered with words of one's own that no guard tells apart. */
static bool any_words(const struct prover *p, const struct flow_state *state, unsigned class)
{
    const struct domain *domain = &p->domains[state->slot];
    return p->flow->slots[state->slot].type == TYPE_TEXT && !state->option_count &&
           slice_is(domain->example[class], "palabras");
}

/* The value that stands for a class at a question: one of its options', where it has one. */
static struct slice value_of(const struct prover *p, const struct flow_state *state, unsigned class)
{
    const struct domain *domain = &p->domains[state->slot];
    for (size_t i = 0; i < state->option_count; i++) {
        const struct part *value = &state->options[i].value;
        if (value->kind == REF_WORDS && prove_class_of(domain, value->words) == class)
            return value->words;
    }
    return domain->example[class];
}

static const char *answer_text(struct prover *p, const struct spot *at, unsigned class)
{
    const struct flow_state *state = &p->flow->states[at->state];
    struct slice value = value_of(p, state, class);
    const char *name = p->flow->slots[state->slot].name;
    if (any_words(p, state, class))
        return prove_text(p, "%s (words)", name);
    return prove_text(p, "%s %.*s", name, (int)value.len, value.ptr);
}

static const char *engine_text(struct prover *p, const struct spot *at, unsigned argument)
{
    unsigned found = argument & 0xFF, sure = argument >> 8;
    if (p->flow->states[at->state].need == NEED_INDUSTRY)
        return found == 0 || found == FOUND_ANY ? NULL
                                                : prove_text(p, "(%u trade%s found, %s)", found & 15u,
                                                             (found & 15u) == 1 ? "" : "s", sure ? "sure" : "not sure");
    return (found >> 4) == 0 ? NULL : prove_text(p, "(%u found)", found >> 4);
}

static const char *step_text(struct prover *p, const struct node *from, const struct node *node)
{
    const struct flow *flow = p->flow;
    const struct flow_state *state = from->spot.state >= 0 ? &flow->states[from->spot.state] : NULL;
    switch ((enum move_kind)node->kind) {
    case MOVE_BEGIN:
        return from->parent ? "(writes again)" : NULL;
    case MOVE_ANSWER:
        return answer_text(p, &from->spot, node->argument);
    case MOVE_OTHERWISE:
        return prove_text(p, "%s not understood x%u", flow->slots[state->slot].name, state->tries);
    case MOVE_COMMAND:
        if (node->argument >= FLOW_COMMAND_COUNT)
            return flow->keywords[node->argument - FLOW_COMMAND_COUNT].example.ptr;
        return command_words[node->argument];
    case MOVE_BACK:
        return "ATRAS";
    case MOVE_BAJA:
        return "BAJA";
    case MOVE_TIMER:
        return prove_text(p, "(timer %s)", flow->timers[node->argument].name);
    case MOVE_SILENCE:
        return "(a long silence)";
    case MOVE_REDIAL:
        return "(dials again)";
    case MOVE_ENGINE:
        return engine_text(p, &from->spot, node->argument);
    case MOVE_NONE:
        return NULL;
    }
    return NULL;
}

const char *prove_path(struct prover *p, const struct walk *walk, uint32_t node, bool *sure)
{
    uint32_t chain[PATH_STEPS_MAX * 4];
    size_t count = 0;
    const char *path = NULL;
    *sure = false;
    for (uint32_t at = node; at && count < sizeof(chain) / sizeof(chain[0]); at = walk->nodes[at].parent)
        chain[count++] = at;
    for (size_t i = count; i-- > 0;) {
        const struct node *now = &walk->nodes[chain[i]];
        const char *step = now->parent ? step_text(p, &walk->nodes[now->parent], now) : NULL;
        if (step)
            path = path ? prove_text(p, "%s > %s", path, step) : step;
    }
    if (!count)
        return NULL;
    *sure = prove_play(p, walk, chain, count);
    return path ? path : "hola";
}

/* A step of a way over transitions alone. */
struct hop {
    int from;
    bool answered, otherwise;
    int command; /* FLOW_NONE: by a transition, or at the start */
};

static void come_to(struct hop *hops, int *queue, size_t *count, int to, struct hop hop)
{
    if (to < 0 || hops[to].answered || hops[to].from != FLOW_NONE || hops[to].command != FLOW_NONE)
        return;
    hops[to] = hop;
    hops[to].answered = true;
    queue[(*count)++] = to;
}

static const char *way_text(const struct flow *flow, const struct hop *hops, int to, struct arena *arena)
{
    const char *text = NULL;
    while (to >= 0) {
        const struct hop *hop = &hops[to];
        const struct flow_state *from = hop->from >= 0 ? &flow->states[hop->from] : NULL;
        bool named = from && from->slot >= 0 && (size_t)from->slot < flow->slot_count && from->ask;
        const char *step = hop->command != FLOW_NONE ? command_words[hop->command] : NULL;
        if (named)
            step = arena_printf(arena, "%s %s", flow->slots[from->slot].name,
                                hop->otherwise ? "not understood" : "(some answer)");
        if (step)
            text = text ? arena_printf(arena, "%s > %s", step, text) : step;
        to = hop->from;
    }
    return text ? text : "hola";
}

const char *prove_way_to_line(const struct flow *flow, const char *file, unsigned line, struct arena *arena)
{
    int target = FLOW_NONE;
    for (size_t i = 0; i < flow->state_count; i++)
        if (flow->states[i].line && flow->states[i].line <= line && strcmp(flow->states[i].file, file) == 0)
            target = (int)i;
    struct hop *hops = arena_array(arena, flow->state_count + 1, sizeof(*hops));
    int *queue = arena_array(arena, flow->state_count + 1, sizeof(*queue));
    if (target == FLOW_NONE || !hops || !queue)
        return NULL;
    const struct hop none = {.from = FLOW_NONE, .command = FLOW_NONE};
    size_t count = 0;
    for (size_t i = 0; i < flow->state_count; i++)
        hops[i] = none;
    come_to(hops, queue, &count, flow->first, none);
    come_to(hops, queue, &count, flow->start, none);
    come_to(hops, queue, &count, flow->returning, none);
    come_to(hops, queue, &count, flow->redial, none);
    for (int i = 0; i < FLOW_COMMAND_COUNT; i++)
        come_to(hops, queue, &count, flow->commands[i], (struct hop){.from = FLOW_NONE, .command = i});
    for (size_t i = 0; i < count; i++) {
        const struct flow_state *state = &flow->states[queue[i]];
        struct hop hop = {.from = queue[i], .command = FLOW_NONE};
        for (size_t j = 0; j < state->next_count; j++)
            come_to(hops, queue, &count, state->next[j].to, hop);
        hop.otherwise = true;
        if (state->otherwise)
            come_to(hops, queue, &count, state->otherwise->to, hop);
    }
    return hops[target].answered ? way_text(flow, hops, target, arena) : NULL;
}
