#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/sms.h"
#include "base/utf8.h"
#include "dialog/state.h"

static const struct channel_traits sms = {.kind = CHANNEL_SMS};
static const struct channel_traits ussd = {.kind = CHANNEL_USSD, .page_units = USSD_SEPTETS_MAX};
static const struct channel_traits short_ussd = {.kind = CHANNEL_USSD, .page_units = 60};
static const struct channel_traits whatsapp = {.kind = CHANNEL_WHATSAPP, .interactive = true};
static const struct channel_traits plain_whatsapp = {.kind = CHANNEL_WHATSAPP};

static struct arena *arena;
static struct state conversation;
static struct message *messages;
static size_t count;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 24);
    state_init(&conversation);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct effect say(const char *text)
{
    return (struct effect){.kind = EFFECT_SAY, .text = slice_of(text)};
}

static struct effect ask(const char *text, const char *const *titles)
{
    struct effect effect = say(text);
    for (; titles[effect.option_count]; effect.option_count++)
        effect.options[effect.option_count] = (struct message_option){.id = slice_of(titles[effect.option_count]),
                                                                      .title = slice_of(titles[effect.option_count])};
    effect.list_button = SLICE("Ver opciones");
    return effect;
}

static void render(const struct channel_traits *traits, const struct effect *effects, size_t effect_count, bool ended)
{
    assert_int_equal(dialog_render(effects, effect_count, traits, ended, &conversation, arena, &messages, &count), OK);
}

static void expect_text(size_t i, const char *text)
{
    assert_true(i < count);
    char copy[4096];
    assert_true(slice_copy(messages[i].text, copy, sizeof(copy)));
    assert_string_equal(copy, text);
}

static const char *const yes_no[] = {"Sí", "No", NULL};
static const char *const four[] = {"Uno", "Dos", "Tres", "Cuatro", NULL};

static void sms_numbers_the_options_and_stays_in_gsm7(void **state)
{
    (void)state;
    struct effect effects[] = {say("Perú está aquí 🙂 — ¿sí?"), ask("¿Aceptas?", yes_no)};
    render(&sms, effects, 2, false);
    assert_int_equal(count, 1);
    expect_text(0, "Peru esta aqui  - ¿si?\n¿Aceptas?\n1 Si\n2 No");
    assert_int_equal(messages[0].kind, MESSAGE_TEXT);
    assert_false(messages[0].ends);
}

static void sms_marks_letters_where_numbers_are_answers(void **state)
{
    (void)state;
    struct effect effect = ask("¿Ventas?", four);
    effect.letters = true;
    effect.text = SLICE("¿Cuánto?");
    render(&sms, &effect, 1, false);
    expect_text(0, "¿Cuanto?\nA Uno\nB Dos\nC Tres\nD Cuatro");
}

/* Two texts go in one message where that costs no segment more, and a message never has more than three. */
static void sms_joins_where_it_saves(void **state)
{
    static const struct {
        size_t first, second;
        size_t messages;
    } rows[] = {
        {100, 50, 1},  /* 151: one segment for two */
        {100, 60, 1},  /* 161: two segments either way, and one message */
        {160, 160, 2}, /* 321: three segments would be one more */
        {150, 150, 1}, /* 301: two */
        {459, 20, 2},  /* more than three segments */
        {1000, 20, 3}, /* cut at 459 */
    };
    char first[1200], second[1200];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(first, 'a', rows[i].first);
        first[rows[i].first] = '\0';
        memset(second, 'b', rows[i].second);
        second[rows[i].second] = '\0';
        struct effect effects[] = {say(first), say(second)};
        render(&sms, effects, 2, false);
        if (count != rows[i].messages)
            fail_msg("row %zu: %zu messages", i, count);
        size_t letters = 0;
        for (size_t m = 0; m < count; m++) {
            assert_true(sms_measure(messages[m].text).segments <= 3);
            letters += messages[m].text.len;
        }
        assert_true(letters >= rows[i].first + rows[i].second);
    }
}

/* What the policy allows is chosen for a whole message, however many texts it gathered. */
static void sms_is_written_as_its_policy_says(void **state)
{
    static const char accents[] = "Tú vendes más según el día, y aquí está cómo: “sí”.";
    static const struct {
        const char *name;
        struct sms_policy policy;
        const char *first, *second; /* said */
        const char *messages;       /* joined by | */
    } rows[] = {
        {"plain", {0}, "Tú 😀", "más", "Tu \nmas"},
        {"cheapest keeps what costs the same", {.manner = SMS_CHEAPEST}, "Tú 😀", "más", "Tú 😀\nmás"},
        {"two short texts stay two of one each",
         {.manner = SMS_CHEAPEST},
         accents,
         accents,
         "Tu vendes mas segun el dia, y aqui esta como: \"si\".\n"
         "Tu vendes mas segun el dia, y aqui esta como: \"si\"."},
        {"exact",
         {.manner = SMS_EXACT},
         accents,
         accents,
         "Tú vendes más según el día, y aquí está cómo: “sí”.\nTú vendes más según el día, y aquí está cómo: “sí”."},
        {"exact in one segment",
         {.manner = SMS_EXACT, .segments_max = 1},
         accents,
         accents,
         "Tú vendes más según el día, y aquí está cómo: “sí”.|Tú vendes más según el día, y aquí está cómo: “sí”."},
        {"the shift keeps accents in one segment",
         {.manner = SMS_CHEAPEST, .spanish_shift = true},
         accents,
         accents,
         "Tú vendes más según el día, y aquí está cómo: \"sí\".\n"
         "Tú vendes más según el día, y aquí está cómo: \"sí\"."},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct channel_traits traits = {.kind = CHANNEL_SMS, .sms = rows[i].policy};
        struct effect effects[] = {say(rows[i].first), say(rows[i].second)};
        struct buf out;
        buf_init(&out, 1000);
        render(&traits, effects, 2, false);
        for (size_t m = 0; m < count; m++) {
            buf_adds(&out, m ? "|" : "");
            buf_addslice(&out, messages[m].text);
        }
        if (strcmp(buf_text(&out), rows[i].messages) != 0)
            fail_msg("%s: %s", rows[i].name, buf_text(&out));
        buf_release(&out);
    }
}

/* However long: no message above the policy's segments, none lost. */
static void sms_stays_inside_its_segments(void **state)
{
    char text[4000];
    (void)state;
    for (size_t len = 1; len < sizeof(text) - 8; len += 37) {
        for (unsigned how = 0; how < 12; how++) {
            const struct channel_traits traits = {.kind = CHANNEL_SMS,
                                                  .sms = {(enum sms_manner)(how % 3), how & 4, how & 8, 1 + len % 4}};
            size_t at = 0, letters = 0;
            arena_reset(arena);
            for (; at < len; at += strlen(text + at))
                strcpy(text + at, at % 7 ? "a" : at % 3 ? "ó" : at % 5 ? " " : "\n");
            struct effect effect = say(text);
            render(&traits, &effect, 1, false);
            for (size_t m = 0; m < count; m++) {
                assert_true(sms_measure_as(messages[m].text, &traits.sms).segments <= traits.sms.segments_max);
                for (size_t c = 0; c < messages[m].text.len; c++)
                    letters += messages[m].text.ptr[c] == 'a';
            }
            for (size_t c = 0; c < at; c++)
                letters -= text[c] == 'a';
            assert_int_equal(letters, 0);
        }
    }
}

static void sms_keeps_a_reason_with_what_it_is_for(void **state)
{
    char text[600];
    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + 300, "\n2) ", 4);
    memcpy(text + 450, "\n(porque si)\n", 13);
    text[520] = '\0';
    struct effect effects[] = {say(text)};
    render(&sms, effects, 1, false);
    assert_int_equal(count, 2);
    assert_true(slice_starts(messages[1].text, "2) a"));
}

/* Turns a USSD text's page, as a step would. */
static void turn(enum page_turn page, bool ended)
{
    char whole[DIALOG_PENDING];
    memcpy(whole, conversation.pending, sizeof(whole));
    struct effect effect = say(whole);
    effect.page = page;
    render(&short_ussd, &effect, 1, ended);
}

static void ussd_shows_a_page_and_keeps_the_rest(void **state)
{
    (void)state;
    struct effect effects[] = {say("uno dos tres cuatro cinco seis siete ocho nueve diez once"), ask("¿Más?", yes_no)};
    render(&short_ussd, effects, 2, true);
    assert_int_equal(count, 1);
    expect_text(0, "uno dos tres cuatro cinco seis siete ocho nueve diez\n98 Mas");
    assert_false(messages[0].ends);
    assert_string_equal(conversation.pending + conversation.page_to, "once\n¿Mas?\n1 Si\n2 No");
    assert_true(conversation.pending_ends);

    turn(PAGE_NEXT, true);
    expect_text(0, "once\n¿Mas?\n1 Si\n2 No");
    assert_true(messages[0].ends);
    assert_string_equal(conversation.pending, "");
}

/* A turn that says nothing, such as a timer's that is stale, leaves the screen and what waits behind it. */
static void ussd_that_says_nothing_keeps_the_rest(void **state)
{
    (void)state;
    struct effect effects[] = {say("uno dos tres cuatro cinco seis siete ocho nueve diez once"), ask("¿Más?", yes_no)};
    render(&short_ussd, effects, 2, true);
    render(&short_ussd, effects, 0, false);
    assert_int_equal(count, 0);
    assert_true(state_has_more_pages(&conversation));
    assert_true(conversation.pending_ends);
    turn(PAGE_NEXT, true);
    expect_text(0, "once\n¿Mas?\n1 Si\n2 No");
}

/* Turned to the end and back again, the pages are the same, and each but the first leads back. */
static void ussd_pages_turn_back(void **state)
{
    static const char *const pages[] = {"uno dos tres cuatro cinco seis siete ocho nueve diez\n98 Mas",
                                        "once doce trece catorce quince dieciséis\n0 Atras\n98 Mas",
                                        "¿Mas?\n1 Si\n2 No\n0 Atras"};
    struct effect effects[] = {
        say("uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis"),
        ask("¿Más?", yes_no)};
    (void)state;
    render(&short_ussd, effects, 2, false);
    expect_text(0, pages[0]);
    for (size_t i = 1; i < COUNT(pages); i++) {
        turn(PAGE_NEXT, false);
        expect_text(0, pages[i]);
        assert_true(sms_measure(messages[0].text).units <= 60);
        assert_int_equal(state_has_more_pages(&conversation), i + 1 < COUNT(pages));
    }
    for (size_t i = COUNT(pages) - 1; i > 0; i--) {
        turn(PAGE_BACK, false);
        expect_text(0, pages[i - 1]);
    }
    assert_int_equal(conversation.page_from, 0);
}

static void ussd_cuts_at_a_line_where_one_is_near(void **state)
{
    (void)state;
    struct effect lines = say("una primera línea que llena media página\ncorta\nuna segunda que ya no cabe entera");
    render(&short_ussd, &lines, 1, false);
    expect_text(0, "una primera linea que llena media pagina\ncorta\n98 Mas");
    assert_string_equal(conversation.pending + conversation.page_to, "una segunda que ya no cabe entera");
    struct effect early = say("corta\nuna segunda que ya no cabe entera en lo que queda de la página");
    render(&short_ussd, &early, 1, false);
    expect_text(0, "corta\nuna segunda que ya no cabe entera en lo que\n98 Mas");
}

static void ussd_takes_exactly_what_fits(void **state)
{
    char text[256];
    (void)state;
    memset(text, 'x', 182);
    text[182] = '\0';
    struct effect effect = say(text);
    render(&ussd, &effect, 1, false);
    assert_int_equal(messages[0].text.len, 182);
    assert_string_equal(conversation.pending, "");
    text[182] = 'x';
    text[183] = '\0';
    effect = say(text);
    render(&ussd, &effect, 1, false);
    assert_true(sms_measure(messages[0].text).units <= 182);
    assert_true(strlen(conversation.pending) > 0);
}

static void whatsapp_has_buttons_to_three_and_a_list_from_four(void **state)
{
    (void)state;
    struct effect effects[] = {say("Hola."), ask("¿Sí?", yes_no)};
    render(&whatsapp, effects, 2, false);
    assert_int_equal(count, 1);
    assert_int_equal(messages[0].kind, MESSAGE_BUTTONS);
    assert_int_equal(messages[0].option_count, 2);
    expect_text(0, "Hola.\n\n¿Sí?");
    struct effect list = ask("¿Cuál?", four);
    render(&whatsapp, &list, 1, false);
    assert_int_equal(messages[0].kind, MESSAGE_LIST);
    assert_int_equal(messages[0].option_count, 4);
    assert_true(slice_is(messages[0].list_button, "Ver opciones"));
    struct effect described = ask("¿Sí?", yes_no);
    described.options[0].description = SLICE("lo que significa");
    render(&whatsapp, &described, 1, false);
    assert_int_equal(messages[0].kind, MESSAGE_LIST);
}

static void whatsapp_without_buttons_numbers_too(void **state)
{
    (void)state;
    struct effect effect = ask("¿Sí?", yes_no);
    render(&plain_whatsapp, &effect, 1, false);
    assert_int_equal(messages[0].kind, MESSAGE_TEXT);
    expect_text(0, "¿Sí?\n1 Sí\n2 No");
}

static void whatsapp_sends_a_long_body_first(void **state)
{
    char text[5001];
    (void)state;
    memset(text, 'x', 1000);
    text[1000] = '\0';
    struct effect effects[] = {say(text), ask("¿Sí?", yes_no), say("fin")};
    render(&whatsapp, effects, 1 + 1, false);
    assert_int_equal(count, 1);
    memset(text, 'x', 1020);
    text[1020] = '\0';
    effects[0] = say(text);
    render(&whatsapp, effects, 2, false);
    assert_int_equal(count, 2);
    assert_int_equal(messages[0].kind, MESSAGE_TEXT);
    assert_int_equal(messages[1].kind, MESSAGE_BUTTONS);
    memset(text, 'y', 5000);
    text[5000] = '\0';
    struct effect longest = say(text);
    render(&whatsapp, &longest, 1, false);
    assert_int_equal(count, 2);
    assert_int_equal(utf8_count(messages[0].text), 4096);
}

static void other_effects_are_not_messages(void **state)
{
    (void)state;
    struct effect effects[] = {{.kind = EFFECT_FACT}, {.kind = EFFECT_END}};
    const struct channel_traits *const all[] = {&sms, &ussd, &whatsapp};
    for (size_t i = 0; i < COUNT(all); i++) {
        render(all[i], effects, 2, true);
        assert_int_equal(count, 0);
    }
}

static void without_memory_it_fails_alone(void **state)
{
    const struct channel_traits *const all[] = {&sms, &short_ussd, &whatsapp, &plain_whatsapp};
    struct effect effects[] = {say("Perú 🙂 uno dos tres cuatro cinco seis siete ocho nueve diez"),
                               ask("¿Sí?", four)};
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        enum error error = ERR_NOMEM;
        for (long n = 0; error; n++) {
            struct arena *small = arena_new(1 << 24);
            struct message *out = NULL;
            size_t out_count = 0;
            assert_non_null(small);
            mem_fail_after(n);
            error = dialog_render(effects, 2, all[i], false, &conversation, small, &out, &out_count);
            mem_fail_after(-1);
            arena_free(small);
            assert_true(error == OK || error == ERR_NOMEM);
            assert_true(n < 1000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sms_numbers_the_options_and_stays_in_gsm7, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sms_marks_letters_where_numbers_are_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sms_joins_where_it_saves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sms_is_written_as_its_policy_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sms_stays_inside_its_segments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sms_keeps_a_reason_with_what_it_is_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ussd_shows_a_page_and_keeps_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ussd_that_says_nothing_keeps_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ussd_pages_turn_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ussd_cuts_at_a_line_where_one_is_near, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ussd_takes_exactly_what_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whatsapp_has_buttons_to_three_and_a_list_from_four, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whatsapp_without_buttons_numbers_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whatsapp_sends_a_long_body_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_effects_are_not_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_it_fails_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
