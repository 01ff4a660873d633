/* One person, several phones: whatever the channels on which a conversation is held, in any order, the same answers
 * give the same facts and the same consents.
 *
 * Each round makes up answers to the shipped flow on SMS alone, and gives them again with the phone changed at random
 * between any two: a USSD session that is dialled, turned over page by page, or hung up; WhatsApp with buttons, pressed
 * or typed; WhatsApp without; SMS. What is not understood, said first on another phone, is answered by where one was,
 * counts as no try and gives no question up: so who says such a thing comes to the question first. INTERLEAVE=10000
 * plays so many rounds (make interleave does). */
#include "tests/unit/talk.h"

#include <stdlib.h>

#include "dialog/flow.h"

#define ROUNDS 400
#define SEED 0x2545f4914f6cdd1du
#define ANSWERS_MAX 80
#define OTHERS 8 /* answers in a hundred that mean nothing */

/* An answer: the option of this place where the question has options, else words. */
struct answer {
    int option; /* -1: words */
    const char *words;
    bool lost; /* it may not have been understood */
};

struct result {
    char facts[8192];
    bool ended;
};

static struct flows *flows;
static struct talk talk;
static uint64_t seed_now;
static size_t changes; /* of the phone */

static uint64_t any(uint64_t below)
{
    seed_now ^= seed_now >> 12;
    seed_now ^= seed_now << 25;
    seed_now ^= seed_now >> 27;
    return (seed_now * 0x2545f4914f6cdd1du >> 33) % below;
}

static const struct channel_traits channels[] = {
    {.kind = CHANNEL_SMS},
    {.kind = CHANNEL_USSD, .page_units = 182},
    {.kind = CHANNEL_USSD, .page_units = 120},
    {.kind = CHANNEL_WHATSAPP, .interactive = true},
    {.kind = CHANNEL_WHATSAPP},
};

/* What may be said where there are no options, whatever is asked: some of it fits, some is asked back, some is not
 * understood. */
static const char *const words[] = {
    "vendo abarrotes",
    "tengo una pollería",
    "hace 2 años",
    "3 meses",
    "todavía no",
    "desde el 2019",
    "1500",
    "80 al día",
    "no sé",
    "5 soles",
    "20 al dia",
    "unos 20",
    "yo solo",
    "somos 6",
    "cusco",
    "lima norte",
    "Marte",
    "si",
    "no",
    "prefiero no decirlo",
    "10",
    "mi ruc es 20512333797",
    "ayuda",
    "menu",
    "atras",
    "corregir",
    "gracias",
};

static void do_event(enum event_kind kind, const char *text, struct slice payload)
{
    static char kept[256];
    assert_true(slice_copy(payload, kept, sizeof(kept))); /* it lies in the last turn's arena */
    const struct event event = {.kind = kind,
                                .from = SLICE("+51987654321"),
                                .id = SLICE("m"),
                                .text = slice_of(text),
                                .payload = slice_of(kept)};
    talk.now_ms += 1000 + (int64_t)any(60000);
    talk_turn(&talk, &event);
}

static const struct flow_state *open_question(void)
{
    const struct flow *flow = flows_find(flows, talk.state.flow, talk.state.version);
    int at = flow ? flow_state_index(flow, slice_of(talk.state.at)) : FLOW_NONE;
    return at == FLOW_NONE ? NULL : &flow->states[at];
}

/* Reads the pages to the last. */
static void turn_pages(void)
{
    for (int i = 0; talk.channel.kind == CHANNEL_USSD && state_has_more_pages(&talk.state); i++) {
        assert_true(i < 200);
        do_event(EVENT_TEXT, talk.state.page_from && any(4) == 0 ? "0" : "98", SLICE(""));
    }
}

/* Marks an option as the channel has it: by pressing, or by its mark. */
static void choose(int option, bool letters)
{
    const struct message *last = talk.message_count ? &talk.messages[talk.message_count - 1] : NULL;
    char mark[12];
    if (last && (size_t)option < last->option_count && any(3)) {
        struct slice id = last->options[option].id;
        do_event(EVENT_CHOICE, "un título", id);
        return;
    }
    snprintf(mark, sizeof(mark), letters ? "%c" : "%d", letters ? 'A' + option : option + 1);
    do_event(EVENT_TEXT, mark, SLICE(""));
}

static void give(const struct answer *answer)
{
    const struct flow_state *at = open_question();
    turn_pages();
    if (answer->option < 0)
        do_event(EVENT_TEXT, answer->words, SLICE(""));
    else
        choose(answer->option, at && at->letters && !talk.state.doubt.slot[0]);
}

/* Takes another phone, or the same again. Who comes first, is shown where the conversation was. */
static void change_phone(bool comes_first)
{
    if (talk.channel.kind == CHANNEL_USSD && any(2))
        do_event(EVENT_ABORT, "", SLICE(""));
    talk.channel = channels[any(COUNT(channels))];
    changes++;
    if (talk.channel.kind == CHANNEL_USSD)
        do_event(EVENT_BEGIN, "", SLICE(""));
    else if (comes_first || any(2))
        do_event(EVENT_TEXT, "hola", SLICE(""));
}

/* How many options are on offer, as the last text lists them. */
static int options_shown(bool letters)
{
    const struct slice text = talk.messages[talk.message_count - 1].text;
    int count = 0;
    for (size_t i = 0; i + 2 < text.len; i++) {
        bool at_start = i == 0 || text.ptr[i - 1] == '\n';
        count += at_start && text.ptr[i] == (letters ? 'A' : '1') + count && text.ptr[i + 1] == ' ';
    }
    return count;
}

static struct answer make_up(void)
{
    const struct flow_state *at = open_question();
    bool doubted = talk.state.doubt.slot[0];
    int count = options_shown(at->letters && !doubted);
    if (any(100) < OTHERS)
        return (struct answer){-1, "xyzzy", false};
    if (count && any(10))
        return (struct answer){(int)any((uint64_t)count), NULL, false};
    return (struct answer){-1, words[any(COUNT(words))], false};
}

/* Effects of consents in order, then the facts by the flow's slots, but for those that live for the session. */
static void note_consents(struct buf *out)
{
    for (size_t i = 0; i < talk.effect_count; i++)
        if (talk.effects[i].kind == EFFECT_CONSENT)
            buf_addf(out, "consent %.*s %.*s\n", (int)talk.effects[i].slot.len, talk.effects[i].slot.ptr,
                     (int)talk.effects[i].value.len, talk.effects[i].value.ptr);
}

static void note_facts(struct buf *out, struct result *result)
{
    const struct flow *flow = flows_find(flows, "", "");
    for (size_t i = 0; i < flow->slot_count; i++) {
        struct slice value = state_fact(&talk.state, flow->slots[i].name);
        if (!flow->slots[i].transient && value.len)
            buf_addf(out, "%s %.*s\n", flow->slots[i].name, (int)value.len, value.ptr);
    }
    assert_true(slice_copy(buf_slice(out), result->facts, sizeof(result->facts)));
    result->ended = talk.state.at[0] == '\0';
}

static void begin(const struct advice *advice)
{
    talk_end(&talk);
    talk_begin(&talk, flows);
    talk.repeat_every = 16;
    talk.industry = advice[0];
    talk.profile = advice[1];
    talk.resources = advice[2];
}

/* Holds the conversation on SMS, making its answers up. */
static size_t converse(const struct advice *advice, struct answer *answers, struct result *result)
{
    struct buf noted;
    size_t count = 0;
    buf_init(&noted, 65536);
    begin(advice);
    do_event(EVENT_TEXT, "hola", SLICE(""));
    while (open_question() && count < ANSWERS_MAX) {
        const struct flow_state *at = open_question();
        unsigned tries = talk.state.tries, misread = talk.state.misread;
        bool held = talk.state.ticket.holds;
        answers[count] = held ? (struct answer){-1, "seguir", false} : make_up();
        give(&answers[count]);
        answers[count++].lost = talk.state.tries > tries || (talk.state.tries == 0 && tries + 1 == at->tries) ||
                                talk.state.misread > misread || (talk.state.ticket.holds && !held);
        bool told_beside = talk.state.doubt.slot[0] && !talk.state.doubt.value[0]; /* asked back as the question ends */
        answers[count - 1].lost = answers[count - 1].lost || (tries + 1 == at->tries && told_beside);
        note_consents(&noted);
    }
    note_facts(&noted, result);
    buf_release(&noted);
    return count;
}

/* Gives the same answers, on any phone each. */
static void converse_anywhere(const struct advice *advice, const struct answer *answers, size_t count,
                              struct result *result)
{
    struct buf noted;
    buf_init(&noted, 65536);
    begin(advice);
    talk.channel = channels[any(COUNT(channels))];
    do_event(talk.channel.kind == CHANNEL_USSD ? EVENT_BEGIN : EVENT_TEXT, "hola", SLICE(""));
    for (size_t i = 0; i < count; i++) {
        if (any(2))
            change_phone(answers[i].lost);
        give(&answers[i]);
        note_consents(&noted);
    }
    note_facts(&noted, result);
    buf_release(&noted);
}

static void think_of_advice(struct advice advice[3])
{
    static const char *const keys[] = {"comercio", "restaurante", "otros"};
    memset(advice, 0, 3 * sizeof(*advice));
    advice[0].kind = NEED_INDUSTRY;
    advice[0].sure = any(2);
    advice[0].label_count = any(4);
    advice[1].kind = NEED_PROFILE;
    state_keep(SLICE("growth"), advice[1].stage, ADVICE_KEY);
    advice[2].kind = NEED_RESOURCES;
    advice[2].resource_count = any(4);
    for (size_t i = 0; i < 3; i++) {
        struct advice_resource *r = &advice[2].resources[i];
        state_keep(slice_of(keys[i]), advice[0].labels[i].key, ADVICE_KEY);
        state_keep(slice_of(keys[i]), advice[0].labels[i].name, ADVICE_KEY);
        advice[0].labels[i].probability = 0.3;
        state_keep(slice_of(keys[i]), r->id, ADVICE_KEY);
        state_keep(SLICE("Un apoyo que se cuenta en unas cuantas palabras, sin prisa."), r->text, ADVICE_TEXT);
        state_keep(SLICE("porque quieres vender más"), r->reason, ADVICE_TEXT);
        state_keep(SLICE("gob.pe, 0-801-12-100"), r->contact, ADVICE_TEXT);
    }
}

static void any_phones_give_the_same_facts(void **state)
{
    static struct answer answers[ANSWERS_MAX];
    static struct result alone, mixed;
    static struct advice advice[3];
    const char *asked = getenv("INTERLEAVE");
    long rounds = asked ? strtol(asked, NULL, 10) : ROUNDS, ended = 0;
    size_t given = 0;
    (void)state;
    assert_true(rounds > 0);
    for (long i = 0; i < rounds; i++) {
        seed_now = SEED + (uint64_t)i * 0x9e3779b97f4a7c15u;
        think_of_advice(advice);
        size_t count = converse(advice, answers, &alone);
        converse_anywhere(advice, answers, count, &mixed);
        given += count;
        ended += alone.ended;
        if (strcmp(alone.facts, mixed.facts) != 0 || alone.ended != mixed.ended)
            fail_msg("round %ld: by SMS alone\n%son several phones\n%s", i, alone.facts, mixed.facts);
    }
    printf("%ld conversations, %ld to their end, %zu answers, %zu changes of the phone: the same facts\n", rounds,
           ended, given, changes);
    assert_true(ended > rounds / 2);
    talk_end(&talk);
}

int main(void)
{
    flows = talk_flows();
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_phones_give_the_same_facts)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(flows);
    return failed;
}
