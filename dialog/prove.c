/* The prover as a whole: its memory, its phases, its findings. */
#include "dialog/prove.h"

#include <stdarg.h>
#include <string.h>

#include "dialog/prove_parts.h"

#define NODES_MAX (1u << 14)
#define EDGES_MAX (1u << 17)
#define FINDINGS_FIRST 16
#define TEXT_BYTES 2048

static const char *const rule_names[PROVE_RULE_COUNT] = {
    [PROVE_UNREACHABLE] = "unreachable", [PROVE_TRAP] = "trap",         [PROVE_FALLBACK] = "fallback",
    [PROVE_TIMEOUT] = "timeout",         [PROVE_HIDDEN] = "hidden",     [PROVE_NEVER] = "never",
    [PROVE_SHADOWED] = "shadowed",       [PROVE_TYPE] = "type",         [PROVE_TEMPLATE] = "template",
    [PROVE_SCREEN] = "screen",           [PROVE_SEGMENTS] = "segments", [PROVE_LOST] = "lost",
    [PROVE_TRANSLATION] = "translation", [PROVE_ENDLESS] = "endless",
};

const char *prove_rule_name(enum prove_rule rule)
{
    return rule_names[rule];
}

void *prove_make(struct prover *p, size_t count, size_t size)
{
    void *made = arena_array(p->arena, count ? count : 1, size);
    p->out_of_memory = p->out_of_memory || !made;
    return made;
}

const char *prove_text(struct prover *p, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct slice whole = {text, len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1};
    struct slice copy = arena_copy(p->arena, whole);
    p->out_of_memory = p->out_of_memory || !copy.ptr;
    return copy.ptr;
}

/* Makes room for one more finding. */
static struct finding *next_finding(struct prover *p)
{
    struct proof *out = p->out;
    if (out->count == p->finding_room) {
        size_t room = p->finding_room ? 2 * p->finding_room : FINDINGS_FIRST;
        struct finding *grown = arena_grow(p->arena, out->findings, out->count, room, sizeof(*grown));
        p->out_of_memory = p->out_of_memory || !grown;
        if (!grown)
            return NULL;
        out->findings = grown;
        p->finding_room = room;
    }
    return &out->findings[out->count++];
}

struct finding *prove_find(struct prover *p, enum prove_rule rule, bool error, const char *file, unsigned line,
                           unsigned column, const char *text, const struct walk *walk, uint32_t node)
{
    struct finding *finding = text ? next_finding(p) : NULL;
    if (!finding)
        return NULL;
    *finding = (struct finding){.rule = rule,
                                .error = error,
                                .file = file,
                                .line = line,
                                .column = column,
                                .lang = PROVE_ANY,
                                .channel = PROVE_ANY,
                                .text = text};
    finding->path = walk && node ? prove_path(p, walk, node, &finding->path_sure) : NULL;
    p->out->errors += error;
    p->out->warnings += !error;
    return finding;
}

static void make_noted(struct prover *p, struct noted *noted)
{
    for (size_t i = 0; i < p->flow->state_count && !p->out_of_memory; i++) {
        const struct flow_state *state = &p->flow->states[i];
        noted[i].taken = prove_make(p, state->next_count, sizeof(bool));
        noted[i].held = prove_make(p, state->next_count, sizeof(bool));
        noted[i].offered = prove_make(p, state->option_count, sizeof(bool));
    }
}

static void make_room(struct prover *p)
{
    size_t count = p->flow->state_count;
    p->sites = prove_make(p, count, sizeof(*p->sites));
    p->exact = prove_make(p, count, sizeof(*p->exact));
    p->may = prove_make(p, count, sizeof(*p->may));
    p->dead = prove_make(p, count, sizeof(*p->dead));
    p->keeps = prove_make(p, count, sizeof(*p->keeps));
    p->asked = prove_make(p, count, sizeof(*p->asked));
    p->before = prove_make(p, count, sizeof(*p->before));
    p->edges = prove_make(p, EDGES_MAX, sizeof(*p->edges));
    p->edge_room = EDGES_MAX;
    prove_walk_make(p, &p->first, NODES_MAX);
    prove_walk_make(p, &p->second, NODES_MAX);
    if (p->out_of_memory)
        return;
    make_noted(p, p->exact);
    make_noted(p, p->may);
    for (size_t i = 0; i < count && !p->out_of_memory; i++)
        p->dead[i] = prove_make(p, p->flow->states[i].next_count, sizeof(bool));
}

/* The main flow's file first, then by name. */
static bool comes_before(const struct prover *p, const struct finding *a, const struct finding *b)
{
    int order = a->file == b->file ? 0 : strcmp(a->file, b->file);
    bool main_a = strcmp(a->file, p->flow->file) == 0, main_b = strcmp(b->file, p->flow->file) == 0;
    if (order && main_a != main_b)
        return main_a;
    return order ? order < 0 : a->line < b->line;
}

/* By place, the order of finding kept within one. */
static void sort(const struct prover *p, struct finding *findings, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct finding moved = findings[i];
        size_t j = i;
        for (; j > 0 && comes_before(p, &moved, &findings[j - 1]); j--)
            findings[j] = findings[j - 1];
        findings[j] = moved;
    }
}

/* Tells what was met, for whoever wants to go there. */
static void tell_met(struct prover *p)
{
    size_t count = p->flow->state_count, slots = p->flow->slot_count;
    struct prove_met *met = prove_make(p, count, sizeof(*met));
    struct prove_values *values = prove_make(p, slots, sizeof(*values));
    for (size_t i = 0; met && i < count; i++)
        met[i] = (struct prove_met){
            .waited = p->exact[i].waited, .taken = p->exact[i].taken, .offered = p->exact[i].offered};
    for (size_t i = 0; values && i < slots; i++) /* the first class is no fact */
        values[i] = (struct prove_values){p->domains[i].example + 1, p->domains[i].class_count - 1};
    p->out->met = met;
    p->out->values = values;
}

enum error prove(const struct flows *flows, const struct flow *flow, struct arena *arena, struct proof *out)
{
    static void (*const phases[])(struct prover * p) = {prove_shape,   prove_keywords, prove_classes, prove_first,
                                                        prove_guards,  prove_traps,    prove_time,    prove_fits,
                                                        prove_lengths, tell_met};
    struct prover *p = arena_alloc(arena, sizeof(*p));
    if (!p)
        return ERR_NOMEM;
    *out = (struct proof){.whole = true};
    p->flows = flows;
    p->flow = flow;
    p->arena = arena;
    p->out = out;
    make_room(p);
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && !p->out_of_memory; i++)
        phases[i](p);
    sort(p, out->findings, out->count);
    return p->out_of_memory ? ERR_NOMEM : OK;
}
