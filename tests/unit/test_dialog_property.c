/* What must hold for any conversation: 20,000 random ones over the shipped flow, on three channels, from a fixed seed.
 *
 * Time passes, and timers fire in it, in time or late. None fails; a timer says nothing by USSD nor to who is out;
 * somebody who is not out always gets an answer; every message is inside its channel's limits; the state survives its
 * encoding byte for byte; the same inputs give the same bytes; and from wherever a conversation stands, nonsense alone
 * leads on. */
#include "tests/unit/talk.h"

#include "base/sms.h"
#include "base/utf8.h"

#define CONVERSATIONS 20000
#define SEED 0x9e3779b97f4a7c15u
#define TURNS_SHORT 8 /* of seven conversations in eight */
#define TURNS_LONG 40
#define PAYLOAD 256

static uint64_t seed_now;
static const struct flows *flows;
static struct talk talk;
static size_t fires_counted; /* timers that said something */

/* xorshift64*: repeatable everywhere. */
static uint64_t any(uint64_t below)
{
    seed_now ^= seed_now >> 12;
    seed_now ^= seed_now << 25;
    seed_now ^= seed_now >> 27;
    return (seed_now * 0x2545f4914f6cdd1du >> 33) % below;
}

/* clang-format off */
static const char *const words[] = {
    "hola", "si", "no", "1", "2", "3", "4", "5", "6", "9", "10", "0", "98", "mas", "a", "b", "F", "e", "z", "sí",
    "No", "SI", "menu", "ayuda", "atras", "ATRÁS", "baja", "alta", "mis datos", "borrar", "corregir", "asesor",
    "idioma", "gracias", "seguir", "otra cosa", "ninguno", "hace 2 años", "3 meses", "todavía no", "desde el 2019",
    "toda la vida", "recién", "1500", "80 al día", "entre 500 y 800 a la semana", "un palo al año", "no sé",
    "prefiero no decirlo", "0", "5 soles", "999999999", "S/ 1,500.50 mensual", "suben", "bajan", "igual",
    "20 al dia", "unos 20", "yo solo", "somos 6", "10 en planilla", "mi ruc es 20512333797", "20512333798", "rer",
    "no tengo", "cusco", "lima norte", "Marte", "quiero vender mas", "financiamiento",
    "vendo abarrotes en mi bodega", "tengo una pollería 🍗🍗", "ñandú áéíóú ¿¡", "😀", "🇵🇪🇵🇪", "", " ", "\n\n",
    "xyzzy", "asdfgh", "{{r1.text}}", "bienvenida:yes", "|", "a|b|c", "1)", "(2)", "2.", "\xc2\xa0", "ok", "ya",
    "quizás", "depende", "no entiendo", "lunes", "semana", "al mes", "1 año y medio", "-1", "1e9", "0.5", "½", "٣",
    "Ⅳ", "Прывітанне", "你好", "me están extorsionando", "quiero que eliminen mi numero", "mi nombre está mal",
    "vendo ropa [online] ^~|€ {x}",
};
/* clang-format on */

static char long_words[3000];

/* Advice of every length up to what the contract allows, in letters that cost. */
static void put_letters(char *out, size_t size, size_t chars)
{
    static const char *const letters[] = {"a", "e", " ", "ñ", "á", "o", "Í", "€", "s", "n", "ç", "—"};
    size_t len = 0;
    memset(out, 0, size);
    for (size_t i = 0; i < chars; i++) {
        const char *letter = letters[any(COUNT(letters))];
        if (len + strlen(letter) >= size)
            return;
        memcpy(out + len, letter, strlen(letter));
        len += strlen(letter);
    }
}

static void think_of_advice(void)
{
    static const char *const keys[] = {"comercio", "restaurante", "otros"};
    talk.industry.sure = any(2);
    talk.industry.label_count = any(4);
    for (size_t i = 0; i < talk.industry.label_count; i++) {
        state_keep(slice_of(keys[i]), talk.industry.labels[i].key, ADVICE_KEY);
        talk.industry.labels[i].name[0] = (char)('A' + i);
        put_letters(talk.industry.labels[i].name + 1, ADVICE_KEY - 1, any(24));
        talk.industry.labels[i].probability = (double)any(100) / 100;
    }
    static const char *const stages[] = {"startup", "growth", "established", "decline", ""};
    state_keep(slice_of(stages[any(5)]), talk.profile.stage, ADVICE_KEY);
    talk.profile.stage_probability = 0.5;
    state_keep(SLICE("por crecer"), talk.profile.outlook, ADVICE_KEY);
    state_keep(any(2) ? SLICE("place") : SLICE(""), talk.profile.lever, ADVICE_KEY);
    talk.resources.resource_count = any(4);
    for (size_t i = 0; i < talk.resources.resource_count; i++) {
        struct advice_resource *r = &talk.resources.resources[i];
        state_keep(SLICE("cde"), r->id, ADVICE_KEY);
        put_letters(r->text, ADVICE_TEXT, any(130));
        put_letters(r->reason, ADVICE_TEXT, any(70));
        put_letters(r->contact, ADVICE_TEXT, any(130));
    }
}

static const struct channel_traits channels[] = {
    {.kind = CHANNEL_SMS},
    {.kind = CHANNEL_USSD, .page_units = USSD_SEPTETS_MAX},
    {.kind = CHANNEL_WHATSAPP, .interactive = true},
    {.kind = CHANNEL_WHATSAPP},
    {.kind = CHANNEL_USSD, .page_units = 140},
};

static void check_sms(const struct message *message)
{
    struct sms_size size = sms_measure(message->text);
    assert_int_equal(message->kind, MESSAGE_TEXT);
    assert_int_equal(message->option_count, 0);
    assert_int_equal(size.encoding, SMS_GSM7);
    assert_true(size.segments <= 3);
}

static void check_ussd(const struct message *message)
{
    struct sms_size size = sms_measure(message->text);
    bool more = state_has_more_pages(&talk.state);
    assert_int_equal(talk.message_count, 1);
    assert_int_equal(message->kind, MESSAGE_TEXT);
    assert_int_equal(size.encoding, SMS_GSM7);
    assert_true(size.units <= talk.channel.page_units);
    assert_int_equal(message->ends, talk.outcome.ended && !more);
    assert_int_equal(more,
                     message->text.len > 6 && memcmp(message->text.ptr + message->text.len - 6, "98 Mas", 6) == 0);
}

static void check_options(const struct message *message)
{
    bool list = message->kind == MESSAGE_LIST;
    assert_in_range(message->option_count, 1, list ? MESSAGE_ROWS_MAX : MESSAGE_BUTTONS_MAX);
    assert_true(utf8_count(message->text) <= MESSAGE_BODY_CHARS);
    assert_int_equal(list, message->list_button.len > 0);
    assert_true(utf8_count(message->list_button) <= MESSAGE_BUTTON_CHARS);
    for (size_t i = 0; i < message->option_count; i++) {
        const struct message_option *option = &message->options[i];
        assert_in_range(option->id.len, 1, 200);
        assert_in_range(utf8_count(option->title), 1, list ? MESSAGE_ROW_CHARS : MESSAGE_BUTTON_CHARS);
        assert_true(utf8_count(option->description) <= MESSAGE_DESCRIPTION_CHARS);
        for (size_t j = 0; j < i; j++) {
            assert_false(slice_eq(option->id, message->options[j].id));
            assert_false(slice_eq(option->title, message->options[j].title));
        }
    }
}

/* What follows by SMS is within an SMS' bounds, and follows only where it can. */
static void check_following(void)
{
    struct message *messages = NULL;
    size_t count = 0;
    assert_int_equal(dialog_render_follow(talk.effects, talk.effect_count, &(struct sms_policy){.manner = SMS_PLAIN},
                                          talk.arena, &messages, &count),
                     OK);
    for (size_t i = 0; i < count; i++)
        check_sms(&messages[i]);
    assert_true(count == 0 || (talk.channel.kind == CHANNEL_USSD && talk.follows));
}

static void check_messages(void)
{
    check_following();
    for (size_t i = 0; i < talk.message_count; i++) {
        const struct message *message = &talk.messages[i];
        assert_true(slice_trim(message->text).len > 0);
        assert_true(utf8_valid(message->text));
        if (talk.channel.kind == CHANNEL_SMS)
            check_sms(message);
        else if (talk.channel.kind == CHANNEL_USSD)
            check_ussd(message);
        else if (message->kind != MESSAGE_TEXT)
            check_options(message);
        else
            assert_true(utf8_count(message->text) <= (talk.channel.interactive ? MESSAGE_TEXT_CHARS : 1600));
    }
}

/* Presses a button of the last message, or of an older one that still hangs in the chat. */
static bool press(struct event *event, char payload[PAYLOAD])
{
    const struct message *last = talk.message_count ? &talk.messages[talk.message_count - 1] : NULL;
    if (last && last->option_count && any(8)) {
        const struct message_option *option = &last->options[any(last->option_count)];
        assert_true(slice_copy(option->id, payload, PAYLOAD));
    }
    event->payload = slice_of(payload);
    event->text = SLICE("un título");
    return payload[0] != '\0';
}

/* Does something random, and tells whether an answer is owed for it. */
static bool act(char payload[PAYLOAD])
{
    static const enum event_kind kinds[] = {EVENT_TEXT,     EVENT_TEXT,   EVENT_TEXT,  EVENT_TEXT,
                                            EVENT_CHOICE,   EVENT_CHOICE, EVENT_MEDIA, EVENT_UNSUPPORTED,
                                            EVENT_LOCATION, EVENT_BEGIN,  EVENT_ABORT};
    struct event event = {.kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("m")};
    event.follows = talk.channel.kind == CHANNEL_USSD && talk.follows;
    if (any(4) == 0)
        event.kind = kinds[any(COUNT(kinds))];
    if (talk.channel.interactive && any(3) > 0)
        event.kind = EVENT_CHOICE;
    if (event.kind == EVENT_CHOICE && !press(&event, payload))
        event.kind = EVENT_TEXT;
    if (event.kind == EVENT_TEXT || event.kind == EVENT_MEDIA || event.kind == EVENT_BEGIN)
        event.text = any(60) ? slice_of(words[any(COUNT(words))]) : slice_of(long_words);
    event.latitude = -(double)any(20);
    event.longitude = -60 - (double)any(25);
    bool was_out = talk.state.opted_out;
    bool held = talk.state.ticket.holds && strcmp(talk.state.at, "menu.asesor") == 0;
    talk_turn(&talk, &event);
    return event.kind != EVENT_ABORT && !was_out && (!held || talk.channel.kind == CHANNEL_USSD);
}

/* Staff do something where there is a ticket, as the API lets them: never by USSD. Nothing is said but by an answer, or
 * by a close where the flow waited. That she was in a training is learned anyhow, and without a word. */
static void staff_act(void)
{
    static const char *const acts[] = {"take ana", "answer ana", "answer luis", "close ana", "end luis",
                                       "trained 12", "untrained 12"};
    const struct channel_traits channel = talk.channel;
    struct event event = {.kind = EVENT_STAFF, .from = SLICE("+51987654321"), .id = SLICE("s")};
    event.payload = slice_of(acts[any(COUNT(acts))]);
    event.text = slice_starts(event.payload, "answer") ? SLICE("Buenas, soy del equipo.") : SLICE_NONE;
    bool open = talk.state.ticket.opened_ms != 0, holds = talk.state.ticket.holds;
    bool anyhow = strstr(event.payload.ptr, "trained") != NULL;
    if (channel.kind == CHANNEL_USSD)
        talk.channel = channels[0];
    talk_turn(&talk, &event);
    if (anyhow)
        assert_int_equal(talk.effect_count, 1);
    assert_true(open || anyhow || talk.effect_count == 0);
    if (open && event.text.len)
        assert_int_equal(talk.message_count, 1);
    if (!event.text.len && !(holds && slice_starts(event.payload, "close")))
        assert_int_equal(talk.message_count, 0);
    check_messages();
    talk.channel = channel;
}

/* Lets time pass, and mostly fires what falls due in it; what does not fire now comes late. */
static void let_time_pass(void)
{
    char fired[DIALOG_NAME];
    int64_t until_ms = talk.now_ms + (int64_t)any(4) * (any(10) ? 60000 : 40000000) * (any(30) ? 1 : 30);
    bool fires = any(8) > 0;
    for (int i = 0; fires && talk_fire(&talk, until_ms, fired); i++) {
        struct channel_traits channel = talk.channel;
        assert_true(i < 100);
        assert_true(talk.message_count == 0 || (talk.told_on.kind != CHANNEL_USSD && !talk.state.opted_out));
        assert_true(talk.outcome.ended == (talk.state.at[0] == '\0'));
        talk.channel = talk.told_on;
        check_messages();
        talk.channel = channel;
        fires_counted += talk.message_count > 0;
    }
    talk.now_ms = until_ms > talk.now_ms ? until_ms : talk.now_ms;
}

static void converse(void)
{
    char payload[PAYLOAD] = "";
    talk_begin(&talk, flows);
    talk.channel = channels[any(COUNT(channels))];
    think_of_advice();
    talk.repeat_every = 8;
    talk.follows = any(2);
    for (uint64_t turns = 1 + any(any(8) ? TURNS_SHORT : TURNS_LONG); turns > 0; turns--) {
        bool owed = act(payload);
        if (owed && talk.message_count == 0)
            fail_msg("no answer at %s on channel %d", talk.state.at, talk.channel.kind);
        assert_true(talk.outcome.ended == (talk.state.at[0] == '\0') || talk.channel.kind == CHANNEL_USSD);
        check_messages();
        let_time_pass();
        if (talk.state.ticket.opened_ms ? any(4) == 0 : any(50) == 0)
            staff_act();
        if (any(30) == 0)
            talk.channel = channels[any(COUNT(channels))];
        if (any(40) == 0)
            think_of_advice();
    }
}

static void any_conversation_goes_well(void **state)
{
    (void)state;
    seed_now = SEED;
    for (int i = 0; i < CONVERSATIONS; i++) {
        converse();
        talk_end(&talk);
    }
    assert_true(fires_counted > 100);
}

/* From wherever it stands, whoever only writes nonsense gets on and reaches an end, where staff do their part. */
static void nonsense_alone_leads_on(void **state)
{
    (void)state;
    seed_now = SEED + 1;
    for (int i = 0; i < 300; i++) {
        converse();
        bool out = talk.state.opted_out;
        int turns = 0;
        while (talk.state.at[0] && !out && turns < 100) {
            talk_say(&talk, "7%7");
            if (talk.state.ticket.holds)
                staff_act();
            turns++;
        }
        assert_true(turns < 100);
        talk_end(&talk);
    }
}

int main(void)
{
    struct flows *loaded = talk_flows();
    flows = loaded;
    memset(long_words, 'x', sizeof(long_words) - 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_conversation_goes_well),
        cmocka_unit_test(nonsense_alone_leads_on),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(loaded);
    return failed;
}
