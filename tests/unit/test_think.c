/* Thinking over the shipped flow and models: steps and engine together, the same every time, on each kind of phone. */
#include "tests/unit/shipped_world.h"

#include <string.h>

#include "base/mem.h"
#include "base/sms.h"
#include "dialog/state.h"
#include "gateway/think.h"

#define NOW_MS 1795435200000 /* 2026-11-23T12:00:00Z */
#define ARENA_MAX (2 * 1024 * 1024)

/* A phone: its channel, and what is stored of it. */
struct phone {
    struct channel channel;
    struct buf state;
    struct arena *arena;
    struct thought thought; /* the last one */
    bool reset;
};

static void phone_init(struct phone *phone, enum channel_kind kind)
{
    *phone = (struct phone){
        .channel = {.name = "test", .kind = kind, .interactive = kind == CHANNEL_WHATSAPP, .sync = true},
        .arena = arena_new(ARENA_MAX),
    };
    buf_init(&phone->state, DIALOG_STATE_BYTES);
}

static void phone_release(struct phone *phone)
{
    buf_release(&phone->state);
    arena_free(phone->arena);
}

static enum error think_once(struct phone *phone, const struct event *event)
{
    arena_reset(phone->arena);
    return think(&world->mind, &phone->channel, buf_slice(&phone->state), event, NOW_MS, phone->arena, &phone->thought,
                 &phone->reset);
}

static void say(struct phone *phone, const char *text)
{
    const struct event event = {.kind = text[0] ? EVENT_TEXT : EVENT_BEGIN,
                                .from = SLICE("+51987654321"),
                                .id = SLICE("1"),
                                .text = slice_of(text),
                                .at_ms = NOW_MS};
    struct buf over;
    assert_int_equal(think_once(phone, &event), OK);
    buf_init(&over, DIALOG_STATE_BYTES);
    state_encode_over(&phone->thought.state, phone->thought.before, &over);
    buf_clear(&phone->state);
    state_encode(&phone->thought.state, &phone->state);
    assert_int_equal(phone->state.error, OK);
    assert_true(slice_eq(buf_slice(&over), buf_slice(&phone->state)));
    buf_release(&over);
}

/* clang-format off */
static const char *const script[] = {
    "hola", "1", "vendo jugos y desayunos en un puesto del mercado", "si", "hace 2 anios", "3000 al mes", "igual",
    "unos 20 al dia", "yo solo", "no", "cusco", "prestamo",
};
/* clang-format on */

/* Going back, setting right, asking for something else and being forgotten: say() holds what is written over the state
 * before against what is written anew. */
static void whatever_is_said_is_written_over_the_state_before(void **state)
{
    /* clang-format off */
    static const char *const said[] = {
        "atras", "hola", "2 mil", "menu", "atras", "atras", "2500 al mes", "mis datos", "corregir", "ventas",
        "4000 al mes", "no", "blabla", "si", "1", "ayuda", "atras", "atras", "atras", "lima", "corregir", "region",
        "puno", "baja", "alta", "hola", "borrar", "si", "hola", "si", "tengo una bodega en cusco hace 3 años", "si",
        "si", "borrar", "1", "hola",
    };
    /* clang-format on */
    (void)state;
    for (size_t first = 0; first <= COUNT(script); first++) {
        struct phone phone;
        phone_init(&phone, first % 2 ? CHANNEL_SMS : CHANNEL_USSD);
        for (size_t i = 0; i < first; i++)
            say(&phone, script[i]);
        for (size_t i = 0; i < COUNT(said); i++)
            say(&phone, said[(i + first) % COUNT(said)]);
        phone_release(&phone);
    }
}

static void a_conversation_comes_to_advice(void **state)
{
    bool industry = false, resources = false;
    struct phone phone;
    (void)state;
    phone_init(&phone, CHANNEL_SMS);
    for (size_t i = 0; i < COUNT(script); i++) {
        say(&phone, script[i]);
        assert_true(phone.thought.message_count > 0);
        for (size_t a = 0; a < phone.thought.advice_count; a++) {
            const struct advice *advice = &phone.thought.advices[a];
            industry = industry || (advice->kind == NEED_INDUSTRY && advice->label_count > 0 && advice->version[0]);
            resources = resources || (advice->kind == NEED_RESOURCES && advice->resource_count == 3);
        }
    }
    assert_true(industry);
    assert_true(resources);
    assert_int_equal(phone.thought.state.resource_count, 3);
    phone_release(&phone);
}

/* A state remembers which resources were given: their words are the catalogue's when they are said again, and as much
 * as was said goes into the journal. */
static void what_was_recommended_is_said_again(void **state)
{
    struct phone phone;
    char text[ADVICE_TEXT], contact[ADVICE_TEXT], id[ADVICE_KEY];
    (void)state;
    phone_init(&phone, CHANNEL_SMS);
    for (size_t i = 0; i < COUNT(script); i++)
        say(&phone, script[i]);
    const struct advice *given = &phone.thought.advices[phone.thought.advice_count - 1];
    assert_int_equal(given->kind, NEED_RESOURCES);
    state_keep(slice_of(given->resources[1].id), id, sizeof(id));
    state_keep(slice_of(given->resources[1].text), text, sizeof(text));
    state_keep(slice_of(given->resources[1].contact), contact, sizeof(contact));
    say(&phone, "2");
    assert_int_equal(phone.thought.advice_count, 1);
    const struct advice *again = &phone.thought.advices[0];
    assert_int_equal(again->kind, NEED_TEXTS);
    assert_int_equal(again->resource_count, 3);
    assert_string_equal(again->resources[1].contact, contact);
    assert_string_equal(again->resources[1].text, "");
    assert_string_equal(again->resources[0].contact, "");
    say(&phone, "otra vez");
    again = &phone.thought.advices[0];
    assert_string_equal(again->resources[1].text, text);
    assert_string_equal(again->resources[1].contact, "");
    say(&phone, "seguir");
    say(&phone, "si"); /* what is judged are their ids */
    assert_string_equal(phone.thought.advices[0].resources[1].id, id);
    phone_release(&phone);
}

/* The state is changed as if another catalogue had given the second. */
static void what_is_gone_is_said_to_be_gone(void **state)
{
    struct phone phone;
    struct state then;
    (void)state;
    phone_init(&phone, CHANNEL_SMS);
    for (size_t i = 0; i < COUNT(script); i++)
        say(&phone, script[i]);
    assert_int_equal(state_decode(buf_slice(&phone.state), &then), OK);
    then.shown[then.shown_count - 2] ^= 0x5555;
    state_touch_advice(&then);
    buf_clear(&phone.state);
    state_encode(&then, &phone.state);
    say(&phone, "2");
    assert_true(slice_starts(phone.thought.messages[0].text, "Contacto del 2: Este apoyo ya no esta disponible."));
    say(&phone, "3");
    assert_true(slice_starts(phone.thought.messages[0].text, "Contacto del 3: "));
    assert_false(slice_starts(phone.thought.messages[0].text, "Contacto del 3: Este apoyo ya no"));
    phone_release(&phone);
}

static void who_has_no_fixed_place_is_advised_one(void **state)
{
    static const struct {
        const char *activity, *lever;
    } rows[] = {{"vendo jugos y desayunos en mi carrito", "place"},
                {"vendo jugos y desayunos en un puesto del mercado", ""}};
    (void)state;
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct phone phone;
        bool profile = false;
        phone_init(&phone, CHANNEL_SMS);
        for (size_t i = 0; i < COUNT(script); i++) {
            say(&phone, i == 2 ? rows[r].activity : script[i]);
            for (size_t a = 0; a < phone.thought.advice_count; a++) {
                const struct advice *advice = &phone.thought.advices[a];
                if (advice->kind != NEED_PROFILE)
                    continue;
                profile = true;
                assert_string_equal(advice->lever, rows[r].lever);
            }
        }
        assert_true(profile);
        phone_release(&phone);
    }
}

static void the_same_gives_the_same(void **state)
{
    struct phone one, two;
    (void)state;
    phone_init(&one, CHANNEL_WHATSAPP);
    phone_init(&two, CHANNEL_WHATSAPP);
    for (size_t i = 0; i < COUNT(script); i++) {
        say(&one, script[i]);
        say(&two, script[i]);
        assert_true(slice_eq(buf_slice(&one.state), buf_slice(&two.state)));
        assert_int_equal(one.thought.message_count, two.thought.message_count);
        for (size_t m = 0; m < one.thought.message_count; m++)
            assert_true(slice_eq(one.thought.messages[m].text, two.thought.messages[m].text));
    }
    phone_release(&one);
    phone_release(&two);
}

static void a_ussd_phone_gets_one_screen_that_fits(void **state)
{
    struct phone phone;
    (void)state;
    phone_init(&phone, CHANNEL_USSD);
    say(&phone, "");
    for (size_t i = 1; i < COUNT(script); i++) {
        say(&phone, script[i]);
        for (size_t pages = 0; state_has_more_pages(&phone.thought.state) && pages < 20; pages++)
            say(&phone, "98");
        assert_int_equal(phone.thought.message_count, 1);
        struct sms_size measure = sms_measure(phone.thought.messages[0].text);
        assert_int_equal(measure.encoding, SMS_GSM7);
        assert_true(measure.units <= USSD_SEPTETS_MAX);
    }
    phone_release(&phone);
}

static void a_state_that_is_none_begins_anew_and_says_so(void **state)
{
    struct phone phone;
    (void)state;
    phone_init(&phone, CHANNEL_SMS);
    say(&phone, "hola");
    assert_false(phone.reset);
    say(&phone, "1");
    assert_false(phone.reset);
    buf_clear(&phone.state);
    buf_adds(&phone.state, "no state of ours");
    say(&phone, "hola");
    assert_true(phone.reset);
    assert_true(slice_is(phone.thought.awaiting, "consent"));
    phone_release(&phone);
}

static void without_memory_it_fails_alone(void **state)
{
    const struct event event = {
        .kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("1"), .text = SLICE("hola")};
    enum error error = ERR_NOMEM;
    (void)state;
    for (long successes = 0; error; successes++) {
        struct phone phone;
        phone_init(&phone, CHANNEL_SMS);
        mem_fail_after(successes);
        error = think_once(&phone, &event);
        mem_fail_after(-1);
        phone_release(&phone);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(successes < 1000);
    }
    for (size_t max = 1024; max < ARENA_MAX; max *= 2) {
        struct phone phone;
        phone_init(&phone, CHANNEL_SMS);
        arena_free(phone.arena);
        phone.arena = arena_new(max);
        error = think_once(&phone, &event);
        phone_release(&phone);
        assert_true(error == OK || error == ERR_NOMEM || error == ERR_LIMIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_comes_to_advice),
        cmocka_unit_test(whatever_is_said_is_written_over_the_state_before),
        cmocka_unit_test(what_was_recommended_is_said_again),
        cmocka_unit_test(what_is_gone_is_said_to_be_gone),
        cmocka_unit_test(who_has_no_fixed_place_is_advised_one),
        cmocka_unit_test(the_same_gives_the_same),
        cmocka_unit_test(a_ussd_phone_gets_one_screen_that_fits),
        cmocka_unit_test(a_state_that_is_none_begins_anew_and_says_so),
        cmocka_unit_test(without_memory_it_fails_alone),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
