/* The graph: nodes by what their states do, edges by what leads along them. */
#include "dialog/draw.h"

#include <string.h>

#include "base/utf8.h"

#define WRAP_CHARS 30 /* of a line in a node */
#define EDGE_CHARS 22 /* of a line at an edge */
#define TEXT_CHARS 90 /* of a text that is shown; more is cut */
#define LABELS_MAX 3  /* of the guards at one edge */
#define LABEL_BYTES 4096
#define HOUR_MS 3600000LL
#define MINUTE_MS 60000LL

/* How each kind of state is drawn. */
enum look { LOOK_QUESTION, LOOK_MESSAGE, LOOK_DECISION, LOOK_ENGINE, LOOK_END };

static const char *const looks[] = {
    [LOOK_QUESTION] = "shape=box, style=\"rounded,filled\", fillcolor=\"#dcebfa\"",
    [LOOK_MESSAGE] = "shape=note, style=filled, fillcolor=\"#fff6d5\"",
    [LOOK_DECISION] = "shape=hexagon, style=filled, fillcolor=\"#eeeeee\", margin=\"0.02,0.02\"",
    [LOOK_ENGINE] = "shape=component, style=filled, fillcolor=\"#e9e0f5\"",
    [LOOK_END] = "shape=box, peripheries=2, style=filled, fillcolor=\"#f9dcdc\"",
};

static enum look look_of(const struct flow_state *state)
{
    if (state->ask)
        return LOOK_QUESTION;
    if (state->end)
        return LOOK_END;
    if (state->need != NEED_NOTHING)
        return LOOK_ENGINE;
    return state->say ? LOOK_MESSAGE : LOOK_DECISION;
}

/* Appends text inside a dot string, in lines of about so many characters. */
static void put_wrapped(struct slice text, size_t width, struct buf *out)
{
    struct slice whole = utf8_prefix(text, TEXT_CHARS), rest = whole;
    uint32_t code_point;
    size_t column = 0;
    while (utf8_next(&rest, &code_point)) {
        bool blank = code_point == ' ' || code_point == '\n';
        if (blank && (column >= width || code_point == '\n')) {
            buf_adds(out, "\\n");
            column = 0;
            continue;
        }
        if (code_point == '"' || code_point == '\\')
            buf_addc(out, '\\');
        utf8_put(out, code_point);
        column++;
    }
    if (whole.len < text.len)
        buf_adds(out, " …");
}

static struct slice words_of(const struct flow *flow, const struct text *text)
{
    return flow_wording(flow, text, flow->langs[flow->offered[0]], CHANNEL_WHATSAPP)->source;
}

static void put_state(const struct flow *flow, const struct flow_state *state, struct buf *out)
{
    static const char *const needs[] = {"", "trade of the words", "stage and outlook", "resources", "trainings"};
    buf_addf(out, "  \"%s\" [%s, label=\"%s", state->name, looks[look_of(state)], state->name);
    if (state->say) {
        buf_adds(out, "\\n");
        put_wrapped(words_of(flow, state->say), WRAP_CHARS, out);
    }
    if (state->need != NEED_NOTHING)
        buf_addf(out, "\\nengine: %s", needs[state->need]);
    if (state->request)
        buf_addf(out, "\\nasks staff: %s", state->request);
    if (state->erase)
        buf_adds(out, "\\nerases all");
    if (state->ask) {
        buf_adds(out, "\\n");
        put_wrapped(words_of(flow, state->ask), WRAP_CHARS, out);
        buf_addf(out, "\\n[%s", flow->slots[state->slot].name);
        if (state->option_count)
            buf_addf(out, ", %zu options", state->option_count);
        buf_adds(out, "]");
    }
    buf_adds(out, "\"];\n");
}

/* Appends what an edge says: its guard, or that it is the way when none holds. */
static void put_way_label(const struct flow *flow, const struct flow_state *state, const struct transition *way,
                          struct buf *out)
{
    struct buf guard;
    if (way == state->otherwise) {
        buf_addf(out, "not understood ×%u", state->tries);
        return;
    }
    if (!way->when) {
        buf_adds(out, state->next_count > 1 ? "else" : "");
        return;
    }
    buf_init(&guard, LABEL_BYTES);
    draw_guard(flow, way->when, &guard);
    put_wrapped(buf_slice(&guard), EDGE_CHARS, out);
    out->error = out->error ? out->error : guard.error;
    buf_release(&guard);
}

static const struct transition *way_of(const struct flow_state *state, size_t i)
{
    return i < state->next_count ? &state->next[i] : state->otherwise;
}

/* Tells whether a way leads from the box of commands out of it, or into it: an edge over half the picture would cross
 * all others, so that it ends at the name of where it leads. */
static bool is_far(const struct flow *flow, const struct flow_state *state, const struct transition *way)
{
    return way->to >= 0 && state->aside != flow->states[way->to].aside;
}

static bool is_first_there(const struct flow_state *state, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (way_of(state, i)->to == way_of(state, index)->to)
            return false;
    return true;
}

/* Draws one edge for all of a state's transitions that lead to the same place; wrong answers have their own where they
 * lead somewhere else. */
static void put_edge(const struct flow *flow, const struct flow_state *state, size_t index, struct buf *out)
{
    const struct transition *way = way_of(state, index);
    bool wrong = index == state->next_count;
    size_t labels = 0;
    if (!is_first_there(state, index))
        return;
    if (is_far(flow, state, way))
        buf_addf(out, "  \"%s\" -> \"%s to %s\" [label=\"", state->name, state->name, flow->states[way->to].name);
    else if (way->to >= 0)
        buf_addf(out, "  \"%s\" -> \"%s\" [label=\"", state->name, flow->states[way->to].name);
    else
        buf_addf(out, "  \"%s\" -> \"%s back\" [label=\"", state->name, state->name);
    for (size_t i = index; i < state->next_count + (wrong ? 1 : 0); i++) {
        if (way_of(state, i)->to != way->to || ++labels > LABELS_MAX)
            continue;
        buf_adds(out, labels > 1 ? "\\n" : "");
        put_way_label(flow, state, way_of(state, i), out);
    }
    if (labels > LABELS_MAX)
        buf_addf(out, "\\nor %zu more", labels - LABELS_MAX);
    buf_addf(out, "\"%s%s];\n", wrong ? ", style=dashed, color=\"#999999\", fontcolor=\"#777777\"" : "",
             is_far(flow, state, way) ? ", color=\"#5b87b5\"" : "");
}

static size_t ways(const struct flow_state *state)
{
    return state->next_count + (state->otherwise ? 1 : 0);
}

/* Draws a state, and what stands for the question below, if it leads back there, and for states in the other part. */
static void put_node(const struct flow *flow, const struct flow_state *state, struct buf *out)
{
    bool back = false;
    put_state(flow, state, out);
    for (size_t i = 0; i < ways(state); i++)
        back = back || way_of(state, i)->to == TO_RESUME;
    if (back)
        buf_addf(out, "  \"%s back\" [shape=plaintext, label=\"↩ resume\", fontcolor=\"#777777\"];\n", state->name);
    for (size_t i = 0; i < ways(state); i++)
        if (is_far(flow, state, way_of(state, i)) && is_first_there(state, i))
            buf_addf(out, "  \"%s to %s\" [shape=plaintext, label=\"→ %s\", fontcolor=\"#2b5f95\"];\n", state->name,
                     flow->states[way_of(state, i)->to].name, flow->states[way_of(state, i)->to].name);
}

static void put_entry(const char *name, const char *label, int to, const struct flow *flow, struct buf *out)
{
    buf_addf(out, "  \"entry %s\" [shape=cds, style=filled, fillcolor=\"#d9f0d9\", label=\"%s\"];\n", name, label);
    buf_addf(out, "  \"entry %s\" -> \"%s\";\n", name, flow->states[to].name);
}

static void put_commands(const struct flow *flow, struct buf *out)
{
    static const char *const words[FLOW_COMMAND_COUNT] = {"MENU",   "AYUDA",  "MIS DATOS", "CORREGIR",
                                                          "BORRAR", "ASESOR", "IDIOMA"};
    for (int i = 0; i < FLOW_COMMAND_COUNT; i++) {
        char label[64];
        size_t len = 0;
        for (int j = 0; j < FLOW_COMMAND_COUNT; j++) {
            bool before = j < i && flow->commands[j] == flow->commands[i];
            if (before)
                len = sizeof(label);
            if (flow->commands[j] != flow->commands[i] || len + strlen(words[j]) + 3 >= sizeof(label))
                continue;
            len += (size_t)snprintf(label + len, sizeof(label) - len, "%s%s", len ? ", " : "", words[j]);
        }
        if (len < sizeof(label) && flow->commands[i] != FLOW_NONE)
            put_entry(words[i], label, flow->commands[i], flow, out);
    }
}

static void put_keywords(const struct flow *flow, struct buf *out)
{
    for (size_t i = 0; i < flow->keyword_count; i++) {
        char word[DIALOG_NAME];
        const struct slice example = flow->keywords[i].example;
        snprintf(word, sizeof(word), "%.*s", (int)example.len, example.ptr);
        put_entry(word, word, flow->keywords[i].to, flow, out);
    }
}

static void put_timers(const struct flow *flow, struct buf *out)
{
    for (size_t i = 0; i < flow->timer_count; i++) {
        const struct flow_timer *timer = &flow->timers[i];
        long long hours = (long long)(timer->after_ms / HOUR_MS);
        if (timer->to < 0)
            continue;
        buf_addf(out,
                 "  \"entry timer %s\" [shape=cds, style=\"filled,dotted\", fillcolor=\"#d9f0d9\", label=\"%s: %lld %s "
                 "after\\n%s\"];\n",
                 timer->name, timer->name, hours % 24 ? hours : hours / 24, hours % 24 ? "hours" : "days",
                 flow->states[timer->from].name);
        buf_addf(out, "  \"entry timer %s\" -> \"%s\" [style=dotted, color=\"#2e8b57\"];\n", timer->name,
                 flow->states[timer->to].name);
    }
}

static void put_redial(const struct flow *flow, struct buf *out)
{
    char label[64];
    if (flow->redial == FLOW_NONE)
        return;
    snprintf(label, sizeof(label), "dials again\\nafter %lld minutes", (long long)(flow->redial_after_ms / MINUTE_MS));
    put_entry("redial", label, flow->redial, flow, out);
}

static void put_nodes(const struct flow *flow, bool aside, struct buf *out)
{
    for (size_t i = 0; i < flow->state_count; i++)
        if (flow->states[i].aside == aside)
            put_node(flow, &flow->states[i], out);
}

void draw_flow(const struct flow *flow, struct buf *out)
{
    buf_addf(out, "digraph \"%s\" {\n", flow->name);
    buf_addf(out, "  label=\"flow %s, version %s\"; labelloc=t; fontname=\"Helvetica\"; fontsize=20;\n", flow->name,
             flow->version);
    buf_adds(out, "  rankdir=TB; nodesep=0.3; ranksep=0.35;\n"
                  "  node [fontname=\"Helvetica\", fontsize=10];\n"
                  "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#444444\"];\n");
    put_entry("first", "first message", flow->first, flow, out);
    put_nodes(flow, false, out);
    buf_adds(out, "  subgraph cluster_asides {\n  label=\"commands, coming back, timers: the open question stays "
                  "below\"; style=\"rounded,dashed\"; color=\"#999999\"; fontsize=12;\n");
    if (flow->states[flow->returning].aside)
        put_entry("again", "writes again", flow->returning, flow, out);
    put_commands(flow, out);
    put_keywords(flow, out);
    put_timers(flow, out);
    put_redial(flow, out);
    put_nodes(flow, true, out);
    buf_adds(out, "  }\n");
    if (!flow->states[flow->returning].aside)
        put_entry("again", "writes again", flow->returning, flow, out);
    for (size_t i = 0; i < flow->state_count; i++) /* outside of the box: an edge in it draws both its ends in */
        for (size_t j = 0; j < ways(&flow->states[i]); j++)
            put_edge(flow, &flow->states[i], j, out);
    buf_adds(out, "}\n");
}
