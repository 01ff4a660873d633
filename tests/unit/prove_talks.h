/* Random conversations against what was proved: no turn sends more than its bound, no whole conversation costs more or
 * less than its interval. */
#ifndef TESTS_PROVE_TALKS_H
#define TESTS_PROVE_TALKS_H

#include "tests/unit/prove_flows.h"

#include "base/sms.h"
#include "base/utf8.h"
#include "dialog/guard.h"
#include "dialog/value.h"

#define TALK_TURNS 30
#define TALK_MESSAGES 64

/* A flow, its proof, and what conversations over it came nearest to. */
struct proved {
    struct flows *flows;
    const struct flow *flow;
    struct proof proof;
    struct arena *arena;
};

struct random_talk {
    const struct proved *proved;
    struct made dice;
    struct state state;
    struct channel_traits channel;
    int lang; /* always the first: nobody can change it yet */
    int64_t now_ms;
    struct arena *arena;
    struct effect effects[TALK_EFFECTS];
    size_t effect_count;
    bool ended;
    size_t messages, segments, units; /* of the last turn */
    size_t total_messages, total_segments;
    bool follows; /* USSD: a text can follow by SMS */
    size_t followed, total_followed;
    size_t redials; /* that were asked whether to go on */
    int left;       /* the question that is open below, after one; FLOW_NONE: none was */
    bool plain; /* no command, no timer, no silence; each question once */
    bool asked[FLOW_STATES_MAX];
    size_t turns;
};

static inline uint64_t dice(struct random_talk *t, uint64_t below)
{
    return made_any(&t->dice, below);
}

static inline const struct advice *random_advice(struct random_talk *t, enum need need)
{
    static struct advice advice;
    static const char *const keys[] = {"comercio", "restaurante", "otros"};
    memset(&advice, 0, sizeof(advice));
    advice.kind = need;
    advice.sure = dice(t, 2);
    advice.label_count = dice(t, 4);
    advice.resource_count = dice(t, 4);
    memcpy(advice.stage, "established", 12);
    memcpy(advice.outlook, "por crecer", 11);
    if (dice(t, 2))
        memcpy(advice.lever, "place", 6);
    for (size_t i = 0; i < 3; i++) {
        struct advice_resource *r = &advice.resources[i];
        state_keep(slice_of(keys[i]), advice.labels[i].key, ADVICE_KEY);
        memset(advice.labels[i].name, 'n', dice(t, LABEL_NAME_CHARS) + 1);
        advice.labels[i].name[0] = (char)('A' + i);
        memset(r->id, 'r', dice(t, ADVICE_KEY - 2) + 1);
        memset(r->text, 't', dice(t, RESOURCE_TEXT_CHARS) + 1);
        r->text[3] = r->text[3] && dice(t, 2) ? ':' : r->text[3];
        memset(r->reason, 'q', dice(t, RESOURCE_REASON_CHARS) + 1);
        memset(r->contact, 'c', dice(t, RESOURCE_CONTACT_CHARS) + 1);
        for (size_t j = 5; j < RESOURCE_CONTACT_CHARS; j += 4 + dice(t, 9)) {
            r->text[j] = r->text[j] ? ' ' : '\0';
            r->reason[j < 59 ? j : 58] = r->reason[j < 59 ? j : 58] ? ' ' : '\0';
            r->contact[j] = r->contact[j] ? ' ' : '\0';
        }
    }
    return &advice;
}

/* Counts what the turn sends: of USSD all pages, as a person would see who asks for each. */
static inline void count_messages(struct random_talk *t)
{
    struct message *messages = NULL;
    size_t count = 0;
    struct effect more = {.kind = EFFECT_SAY};
    t->messages = t->segments = t->units = 0;
    assert_int_equal(
        dialog_render(t->effects, t->effect_count, &t->channel, t->ended, &t->state, t->arena, &messages, &count), OK);
    for (;;) {
        for (size_t i = 0; i < count; i++) {
            struct sms_size size = sms_measure(messages[i].text);
            bool wide = t->channel.kind == CHANNEL_WHATSAPP;
            t->units += wide ? utf8_count(messages[i].text) : size.units;
            t->segments += t->channel.kind == CHANNEL_SMS ? size.segments : 1;
            t->messages++;
        }
        if (t->channel.kind == CHANNEL_USSD && t->state.page_from > 0)
            t->units -= 8; /* "0 Atras" is no part of the text */
        if (t->channel.kind != CHANNEL_USSD || !state_has_more_pages(&t->state))
            return;
        t->units -= 7; /* nor is "98 Mas" */
        more.text = arena_copy(t->arena, slice_of(t->state.pending));
        more.page = PAGE_NEXT;
        assert_int_equal(dialog_render(&more, 1, &t->channel, t->ended, &t->state, t->arena, &messages, &count), OK);
        assert_true(t->messages < TALK_MESSAGES);
    }
}

/* Counts what follows by SMS, in segments. */
static inline void count_followed(struct random_talk *t)
{
    struct message *messages = NULL;
    size_t count = 0;
    t->followed = 0;
    assert_int_equal(dialog_render_follow(t->effects, t->effect_count, &(struct sms_policy){.manner = SMS_PLAIN},
                                          t->arena, &messages, &count),
                     OK);
    for (size_t i = 0; i < count; i++)
        t->followed += sms_measure(messages[i].text).segments;
    t->total_followed += t->followed;
}

static inline void check_bounds(const struct random_talk *t, const char *said)
{
    const struct flow *flow = t->proved->flow;
    int at = t->state.at[0] ? flow_state_index(flow, slice_of(t->state.at)) : (int)flow->state_count;
    const struct prove_turn *most = &t->proved->proof.turns[t->lang][t->channel.kind][at];
    if (t->followed > most->followed)
        fail_msg("%s: '%s' led to '%s': %zu segments follow by SMS, not %zu", flow->name, said, t->state.at,
                 t->followed, most->followed);
    if (t->units > most->units || t->messages > most->messages || t->segments > most->segments)
        fail_msg("%s: '%s' led to '%s' on channel %d: %zu units (%zu), %zu messages (%zu), %zu segments (%zu)",
                 flow->name, said, t->state.at, t->channel.kind, t->units, most->units, t->messages, most->messages,
                 t->segments, most->segments);
}

/* What the prover takes for granted: no fact lies outside of its slot's bounds. */
static inline void check_facts(const struct random_talk *t)
{
    const struct flow *flow = t->proved->flow;
    for (size_t i = 0; i < flow->slot_count; i++) {
        const struct slot *slot = &flow->slots[i];
        double number;
        if (!(slot->has_min || slot->has_max) || !value_number(slot->type, state_fact(&t->state, slot->name), &number))
            continue;
        if ((slot->has_min && number < slot->min) || (slot->has_max && number > slot->max))
            fail_msg("%s became %g, outside of its bounds", slot->name, number);
    }
}

static inline void random_step(struct random_talk *t, const struct event *event)
{
    static struct outcome outcome;
    const struct advice *advice = NULL;
    arena_reset(t->arena);
    t->effect_count = 0;
    for (int rounds = 0; rounds < 32; rounds++) {
        enum error error =
            dialog_step(t->proved->flows, &t->state, event, t->channel.kind, advice, t->now_ms, t->arena, &outcome);
        assert_int_equal(error, OK);
        t->ended = outcome.ended;
        assert_true(t->effect_count + outcome.effect_count < TALK_EFFECTS);
        for (size_t i = 0; i < outcome.effect_count; i++)
            t->effects[t->effect_count + i] = outcome.effects[i];
        t->effect_count += outcome.effect_count;
        if (outcome.need == NEED_NOTHING)
            break;
        advice = random_advice(t, outcome.need);
    }
    count_messages(t);
    t->total_messages += t->messages;
    t->total_segments += t->segments;
    count_followed(t);
    check_bounds(t, event->text.len ? "words" : "an event");
    check_facts(t);
}

/* Words that are an answer, or none, to a type. */
static inline const char *random_words(struct random_talk *t, enum slot_type type)
{
    static const char *const answers[][6] = {
        [TYPE_TEXT] = {"tengo una bodega en Cusco hace 3 años y vendo 200 soles al día", "tengo una pollería",
                       "coso [polos] y {gorras} €", "reparo motos ㎯㎯㎯㎯㎯", "Ñandú, cuyes y más",
                       "hago pan ½ ⅷ … somos 4, con RUC, en Puno"},
        [TYPE_MONEY] = {"1500 al mes", "80 al día, atiendo a 20 clientes diarios en Madre de Dios", "500", "no sé",
                        "prefiero no decirlo", "S/ 12,345.50 al mes"},
        [TYPE_TENURE] = {"2 años", "8 meses con la tienda, y tengo RUC", "todavía no", "desde 2019", "recién",
                         "hace 11 años y 11 meses"},
        [TYPE_WORKERS] = {"yo solo", "3", "unos 20", "no sé", "entre 2 y 5", "somos 8"},
        [TYPE_CUSTOMERS] = {"20 al día", "100 a la semana", "no sé", "50", "9000", "entre 10 y 20 al día"},
        [TYPE_YESNO] = {"si", "no", "claro", "todavía no", "ya", "quizás"},
        [TYPE_RUC] = {"si", "no", "20512333797", "20512333798", "no tengo", "sí tengo"},
        [TYPE_REGIME] = {"rus", "rer", "mype", "general", "no sé", "ninguno"},
        [TYPE_REGION] = {"lima", "cusco", "Madre de Dios", "huancayo", "marte", "puno"},
        [TYPE_TREND] = {"vendo mas", "igual", "menos", "no sé", "suben", "lo mismo"},
        [TYPE_GOAL] = {"dinero", "mas clientes", "capacitarme", "exportar", "deudas", "otra cosa"},
        [TYPE_COMMAND] = {"hola", "gracias", "ok", "98", "x", "?"},
        [TYPE_CHOICE] = {"1", "2", "3", "4", "uno", "lo segundo"},
    };
    return answers[type][dice(t, 6)];
}

static inline struct event random_event(struct random_talk *t, char payload[128])
{
    static const char *const noise[] = {"7%7",  "",      "xyzzy",     "😀",          "hola", "gracias",
                                        "menu", "ayuda", "atras",     "baja",       "alta", "borrar",
                                        "1",    "2",     "mis datos", "no entiendo", "cursos", "clave secreta"};
    const struct flow *flow = t->proved->flow;
    int index = t->state.at[0] ? flow_state_index(flow, slice_of(t->state.at)) : FLOW_NONE;
    const struct flow_state *at = index == FLOW_NONE ? NULL : &flow->states[index];
    struct event event = {.kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("m"), .follows = t->follows};
    uint64_t how = dice(t, 20);
    event.text = slice_of("hola");
    if (!at)
        return event;
    if (t->channel.kind == CHANNEL_USSD && dice(t, 12) == 0) {
        event.kind = EVENT_BEGIN;
        event.text = SLICE_NONE;
        return event;
    }
    if (at->slot == FLOW_NONE) { /* handed over to staff, which costs what no interval speaks of */
        event.text = slice_of(how < 10 ? "seguir" : noise[dice(t, COUNT(noise))]);
        t->plain = false;
        return event;
    }
    if (t->state.doubt.slot[0] && how < 17) {
        event.text = slice_of(how < 12 ? "1" : "2");
    } else if (at->option_count && how < 12) {
        const struct part *value = &at->options[dice(t, at->option_count)].value;
        const char *word = value->kind == REF_WORDS              ? value->words.ptr
                           : value->index < t->state.label_count ? t->state.labels[value->index].key
                                                                 : "x";
        size_t len = value->kind == REF_WORDS ? value->words.len : strlen(word);
        snprintf(payload, 128, "%s:%.*s", at->name, (int)len, word);
        event.kind = EVENT_CHOICE;
        event.payload = slice_of(payload);
        event.text = SLICE("un título");
    } else if (how < 17) {
        event.text = slice_of(random_words(t, flow->slots[at->slot].type));
    } else if (how == 17) {
        event.text = SLICE("7%7");
    } else {
        event.text = slice_of(noise[dice(t, COUNT(noise))]);
        t->plain = false;
    }
    return event;
}

/* Keeps account of a dial: one that is asked whether to go on, and goes on, is a cost of its own; any other makes the
 * conversation one that no interval speaks of. Returns whether there is nothing else to keep account of. */
static inline bool account_for_dial(struct random_talk *t, const char before[DIALOG_NAME], bool dials)
{
    const struct flow *flow = t->proved->flow;
    const char *asks = flow->redial == FLOW_NONE ? "" : flow->states[flow->redial].name;
    bool asked = strcmp(t->state.at, asks) == 0;
    if (dials && asked && strcmp(before, asks) != 0) {
        t->left = flow_state_index(flow, slice_of(before));
        t->redials++;
        return true;
    }
    if (dials)
        t->plain = false;
    if (t->left == FLOW_NONE || asked)
        return asked;
    if (flow_state_index(flow, slice_of(t->state.at)) != t->left)
        t->plain = false;
    t->left = FLOW_NONE;
    return true;
}

/* Keeps account of what makes a conversation one that the intervals speak of. */
static inline void keep_account(struct random_talk *t, const char before[DIALOG_NAME], bool doubted)
{
    const struct flow *flow = t->proved->flow;
    int index = t->state.at[0] ? flow_state_index(flow, slice_of(t->state.at)) : FLOW_NONE;
    if (index == FLOW_NONE)
        return;
    bool came = strcmp(before, t->state.at) != 0;
    if (came && t->asked[index])
        t->plain = false;
    /* the same question once more, from the start: a round of one */
    if (!came && t->state.tries == 0 && !t->state.doubt.slot[0] && !doubted)
        t->plain = false;
    t->asked[index] = true;
}

static inline void check_whole(const struct random_talk *t)
{
    const struct prove_cost *cost = &t->proved->proof.costs[t->lang][t->channel.kind];
    size_t messages = cost->messages.most + t->redials * t->proved->proof.redial.messages;
    size_t segments = cost->segments.most + t->redials * t->proved->proof.redial.segments;
    bool inside = t->total_messages >= cost->messages.least && t->total_messages <= messages &&
                  t->total_segments >= cost->segments.least && t->total_segments <= segments;
    if (t->total_followed > cost->followed.most)
        fail_msg("%s: %zu segments followed by SMS, not %zu", t->proved->flow->name, t->total_followed,
                 cost->followed.most);
    if (!inside)
        fail_msg("%s on channel %d: %zu messages (%zu to %zu), %zu segments (%zu to %zu)", t->proved->flow->name,
                 t->channel.kind, t->total_messages, cost->messages.least, cost->messages.most, t->total_segments,
                 cost->segments.least, cost->segments.most);
}

/* Holds one conversation. Returns whether it was whole and plain, and so compared with the intervals. */
static inline bool random_conversation(struct random_talk *t, const struct proved *proved, uint64_t seed)
{
    static const struct channel_traits channels[] = {{.kind = CHANNEL_SMS},
                                                     {.kind = CHANNEL_USSD, .page_units = USSD_SEPTETS_MAX},
                                                     {.kind = CHANNEL_WHATSAPP, .interactive = true},
                                                     {.kind = CHANNEL_WHATSAPP}};
    char payload[128], before[DIALOG_NAME];
    struct arena *arena = t->arena;
    memset(t, 0, sizeof(*t));
    t->arena = arena;
    t->proved = proved;
    t->dice.seed = seed * 0x9e3779b97f4a7c15u + 7;
    t->channel = channels[dice(t, COUNT(channels))];
    t->now_ms = TALK_NOW;
    t->plain = true;
    t->follows = t->channel.kind == CHANNEL_USSD && dice(t, 2);
    t->left = FLOW_NONE;
    state_init(&t->state);
    state_keep(slice_of(proved->flow->name), t->state.flow, sizeof(t->state.flow));
    for (int turn = 0; turn < TALK_TURNS; turn++) {
        memcpy(before, t->state.at, sizeof(before));
        bool doubted = t->state.doubt.slot[0] != '\0';
        struct event event = random_event(t, payload);
        t->now_ms += 60000;
        if (event.kind == EVENT_BEGIN && dice(t, 4))
            t->now_ms += proved->flow->redial_after_ms;
        if (dice(t, 40) == 0) {
            t->now_ms += 7 * 3600000LL;
            t->plain = false;
        }
        random_step(t, &event);
        t->turns++;
        if (!account_for_dial(t, before, event.kind == EVENT_BEGIN))
            keep_account(t, before, doubted);
        if (t->state.opted_out)
            t->plain = false;
        if (!t->state.at[0] && t->plain && proved->proof.whole) {
            check_whole(t);
            return true;
        }
    }
    return false;
}

#endif
