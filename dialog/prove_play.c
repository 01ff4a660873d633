/* Plays a path through the step itself, with values that stand for their classes. */
#include <string.h>

#include "dialog/edges.h"
#include "dialog/guard.h"
#include "dialog/prove_parts.h"
#include "dialog/state.h"
#include "dialog/substitute.h"
#include "dialog/value.h"

#define PLAY_NOW_MS 1795435200000 /* 2026-11-23T12:00:00Z */
#define PLAY_BYTES (1 << 20)
#define NEEDS_MAX 16
#define NONSENSE "%%" /* nothing to any recogniser; a 7 would be some people */
#define VALUE_BYTES 512

/* A conversation being played. */
struct play {
    struct prover *p;
    struct state state;
    enum channel_kind channel; /* USSD once she has dialled */
    int64_t now_ms;
    struct trail *trail; /* NULL: nobody asks */
    struct outcome outcome;
    unsigned found[NEEDS_MAX]; /* what the engine says in this step, in order */
    size_t found_count;
    char payload[VALUE_BYTES];
    bool was_out;
};

static void give_advice(struct advice *advice, enum need need, unsigned argument)
{
    static const char *const keys[] = {"otros", "comercio", "restaurante"};
    memset(advice, 0, sizeof(*advice));
    unsigned found = argument & 0xFF;
    bool followed = found != FOUND_ANY;
    advice->kind = need;
    advice->sure = argument >> 8 & 1;
    advice->label_count = need == NEED_INDUSTRY && followed ? found & 15u : 0;
    advice->resource_count = need == NEED_RESOURCES && followed ? found >> 4 : 0;
    for (size_t i = 0; i < ADVICE_LABELS_MAX; i++) {
        state_keep(slice_of(keys[i]), advice->labels[i].key, ADVICE_KEY);
        state_keep(slice_of(keys[i]), advice->labels[i].name, ADVICE_KEY);
        state_keep(slice_of(keys[i]), advice->resources[i].id, ADVICE_KEY);
        state_keep(slice_of(keys[i]), advice->resources[i].text, ADVICE_TEXT);
    }
    memcpy(advice->stage, "growth", 7);
}

/* Takes one step of the conversation. Its memory is taken back: only the state stays. */
static bool step(struct play *play, const struct event *event)
{
    struct arena *arena = play->p->arena;
    struct arena_mark mark = arena_mark(arena);
    struct advice *advice = arena_alloc(arena, sizeof(*advice));
    const struct step_company company = {.trail = play->trail};
    size_t needs = 0;
    enum error error = advice ? OK : ERR_NOMEM;
    play->now_ms += 1000;
    for (bool first = true; !error && (first || play->outcome.need != NEED_NOTHING); first = false) {
        error = dialog_step_along(play->p->flows, &play->state, event, play->channel, first ? NULL : advice,
                                  play->now_ms, arena, &company, &play->outcome);
        if (error)
            break;
        if (play->outcome.need != NEED_NOTHING)
            give_advice(advice, play->outcome.need, needs < play->found_count ? play->found[needs] : 0);
        error = ++needs > NEEDS_MAX ? ERR_LIMIT : OK;
    }
    arena_rewind(arena, mark);
    return !error;
}

/* Says something. Who is handed over to staff by it is handed back: to the walk that is one move. */
static bool say(struct play *play, struct slice words)
{
    struct event event = {
        .kind = EVENT_TEXT, .from = SLICE("+51900000000"), .id = SLICE("p"), .text = words, .follows = true};
    struct event back = {.kind = EVENT_STAFF, .payload = SLICE("close prover")};
    if (!step(play, &event))
        return false;
    return !play->state.ticket.opened_ms || step(play, &back);
}

/* Presses the option "STATE:VALUE" of the open question. */
static bool press(struct play *play, struct slice value)
{
    struct event event = {
        .kind = EVENT_CHOICE, .from = SLICE("+51900000000"), .id = SLICE("p"), .text = SLICE("x"), .follows = true};
    size_t len = strlen(play->state.at);
    if (len + 1 + value.len >= sizeof(play->payload))
        return false;
    memcpy(play->payload, play->state.at, len);
    play->payload[len] = ':';
    memcpy(play->payload + len + 1, value.ptr, value.len);
    play->payload[len + 1 + value.len] = '\0';
    event.payload = slice_of(play->payload);
    return step(play, &event);
}

/* Gives the value of an option on offer that is of the class; empty when there is none. */
static struct slice option_of(const struct play *play, const struct flow_state *at, unsigned class)
{
    const struct prover *p = play->p;
    for (size_t i = 0; i < at->option_count; i++) {
        struct slice value = part_value(p->flow, &play->state, &at->options[i].value);
        if (value.len && prove_class_of(&p->domains[at->slot], value) == class &&
            guard_holds(p->flow, &play->state, at->options[i].when, false))
            return value;
    }
    return SLICE_NONE;
}

static bool answer(struct play *play, const struct flow_state *at, unsigned class)
{
    const struct prover *p = play->p;
    struct slice option = option_of(play, at, class), value = p->domains[at->slot].example[class];
    enum slot_type type = p->flow->slots[at->slot].type;
    struct buf words;
    if (option.len)
        return press(play, option);
    if (slice_is(value, VALUE_REFUSED))
        return say(play, SLICE("prefiero no decirlo"));
    if (type != TYPE_TEXT && slice_is(value, VALUE_UNKNOWN))
        return say(play, SLICE("no sé"));
    buf_init(&words, VALUE_BYTES);
    if (type == TYPE_TEXT || type == TYPE_RUC)
        buf_addslice(&words, value);
    else if (type == TYPE_TENURE && slice_is(value, "-1"))
        buf_adds(&words, "todavía no");
    else
        value_speak(p->flow->tongues[0], type, value, &words);
    bool good = !words.error && say(play, buf_slice(&words));
    buf_release(&words);
    if (good && play->state.doubt.slot[0])
        good = press(play, SLICE("?yes"));
    return good;
}

static bool dial_again(struct play *play)
{
    struct event event = {.kind = EVENT_BEGIN, .from = SLICE("+51900000000"), .id = SLICE("p"), .follows = true};
    play->channel = CHANNEL_USSD;
    play->now_ms += play->p->flow->redial_after_ms;
    return step(play, &event);
}

static bool fire(struct play *play, const char *name)
{
    char payload[DIALOG_NAME];
    memcpy(payload, name, sizeof(payload));
    for (int i = 0; i < 3; i++) { /* one that the person was faster than sets itself again */
        const struct timer *timer = state_timer(&play->state, slice_of(payload));
        if (!timer || timer->due_ms == 0)
            return i > 0;
        struct event event = {.kind = EVENT_TIMER, .payload = slice_of(payload), .at_ms = timer->due_ms};
        play->now_ms = play->now_ms > timer->due_ms ? play->now_ms : timer->due_ms;
        if (!step(play, &event))
            return false;
    }
    return true;
}

static bool make_move(struct play *play, const struct node *node)
{
    static const char *const commands[FLOW_COMMAND_COUNT] = {"menu",   "ayuda",  "mis datos", "corregir",
                                                             "borrar", "asesor", "idioma"};
    const struct flow *flow = play->p->flow;
    int index = play->state.at[0] ? flow_state_index(flow, slice_of(play->state.at)) : FLOW_NONE;
    const struct flow_state *at = index == FLOW_NONE ? NULL : &flow->states[index];
    bool good = true;
    switch ((enum move_kind)node->kind) {
    case MOVE_BEGIN:
        return say(play, play->state.opted_out ? SLICE("alta") : SLICE("hola"));
    case MOVE_ANSWER:
        return at && at->ask && answer(play, at, node->argument);
    case MOVE_OTHERWISE:
        play->state.misread = DIALOG_MISREAD_MAX; /* staff were asked already: else the third would be theirs */
        for (unsigned i = 0; at && i < at->tries && good; i++)
            good = say(play, SLICE(NONSENSE));
        return at && good;
    case MOVE_COMMAND:
        return say(play, node->argument < FLOW_COMMAND_COUNT
                             ? slice_of(commands[node->argument])
                             : flow->keywords[node->argument - FLOW_COMMAND_COUNT].example);
    case MOVE_BACK:
        return say(play, SLICE("atras"));
    case MOVE_BAJA:
        return say(play, SLICE("baja"));
    case MOVE_TIMER:
        return fire(play, flow->timers[node->argument].name);
    case MOVE_SILENCE:
        play->now_ms += flow->expire_after_ms;
        return true;
    case MOVE_REDIAL:
        return dial_again(play);
    default:
        return true;
    }
}

static bool is_act(const struct node *node)
{
    return node->kind != MOVE_NONE && node->kind != MOVE_ENGINE;
}

/* Tells whether the conversation stands where the walk says. */
static bool stands(const struct play *play, const struct node *node)
{
    if (node->kind == MOVE_SILENCE)
        return true;
    if (node->spot.phase == AT_REST)
        return play->state.at[0] == '\0';
    if (node->spot.phase != WAITING)
        return true;
    return strcmp(play->state.at, play->p->flow->states[node->spot.state].name) == 0;
}

static bool play_all(struct play *play, const struct walk *walk, const uint32_t *chain, size_t count)
{
    for (size_t i = count; i > 0;) {
        const struct node *act = &walk->nodes[chain[--i]];
        play->found_count = 0;
        while (i > 0 && !is_act(&walk->nodes[chain[i - 1]])) {
            const struct node *node = &walk->nodes[chain[--i]];
            if (node->kind == MOVE_ENGINE && play->found_count < NEEDS_MAX)
                play->found[play->found_count++] = node->argument;
        }
        if ((act->kind != MOVE_NONE && !make_move(play, act)) || !stands(play, &walk->nodes[chain[i]]))
            return false;
    }
    return true;
}

static void begin(struct play *play, struct prover *p)
{
    *play = (struct play){.p = p, .now_ms = PLAY_NOW_MS, .channel = CHANNEL_WHATSAPP};
    state_init(&play->state);
    state_keep(slice_of(p->flow->name), play->state.flow, sizeof(play->state.flow));
    state_keep(slice_of(p->flow->version), play->state.version, sizeof(play->state.version));
}

/* Tells whether a keyword that is said at a question leads away from it. */
static bool interrupts(struct prover *p, struct play *play, const struct edges *edges, const struct flow_state *at,
                       unsigned keyword)
{
    struct trail trail = {.edges = edges};
    begin(play, p);
    play->trail = &trail;
    state_keep(slice_of(at->name), play->state.at, sizeof(play->state.at));
    bool found = false;
    if (!say(play, p->flow->keywords[keyword].example))
        return false;
    for (size_t i = 0; i < trail.count; i++)
        found = found || trail.taken[i] == edge_number(edges, EDGE_KEYWORD, FLOW_NONE, keyword);
    return found;
}

void prove_keywords(struct prover *p)
{
    p->interrupts = prove_make(p, p->flow->state_count, sizeof(*p->interrupts));
    struct play *play = prove_make(p, 1, sizeof(*play));
    const struct edges *edges = edges_of(p->flow, p->arena);
    p->out_of_memory = p->out_of_memory || !edges;
    for (size_t i = 0; !p->out_of_memory && i < p->flow->state_count; i++)
        for (unsigned j = 0; j < p->flow->keyword_count && p->flow->states[i].ask; j++)
            if (interrupts(p, play, edges, &p->flow->states[i], j))
                p->interrupts[i] |= UINT32_C(1) << j;
}

bool prove_play(struct prover *p, const struct walk *walk, const uint32_t *chain, size_t count)
{
    struct arena_mark mark = arena_mark(p->arena);
    struct play *play = prove_make(p, 1, sizeof(*play));
    if (!play)
        return false;
    begin(play, p);
    bool good = play_all(play, walk, chain, count);
    arena_rewind(p->arena, mark);
    return good;
}
