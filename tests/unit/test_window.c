/* WhatsApp's window: until when, and the template that goes after it. */
#include "tests/unit/unit.h"

#include "gateway/window.h"

#define DAY INT64_C(86400000)

static struct channel channel_of(const char *provider, enum channel_kind kind, const struct setting *settings,
                                 size_t count)
{
    return (struct channel){
        .name = "wa", .adapter = adapter_named(provider), .kind = kind, .settings = settings, .setting_count = count};
}

static void the_window_is_whatsapps_alone(void **state)
{
    const struct channel wa = channel_of("whatsapp_cloud", CHANNEL_WHATSAPP, NULL, 0);
    const struct channel sms = channel_of("twilio", CHANNEL_SMS, NULL, 0);
    (void)state;
    assert_true(window_until_ms(&wa, 1000) == 1000 + DAY - 30000);
    assert_true(window_until_ms(&wa, 0) == 0);
    assert_true(window_until_ms(&sms, 0) == WINDOW_NONE);
}

static void a_setting_that_is_none_is_told(void **state)
{
    static const struct {
        const char *provider, *name, *value, *language, *sids, *told;
    } rows[] = {
        {"whatsapp_cloud", "answer_template", "respuesta", "es", "", NULL},
        {"whatsapp_cloud", "answer_template", "respuesta text", "es_PE", "", NULL},
        {"whatsapp_cloud", "reminder_template", " recordatorio  title when where code text", "es", "", NULL},
        {"whatsapp_cloud", "answer_template", "Respuesta", "es", "", "small letters"},
        {"whatsapp_cloud", "answer_template", "respuesta title", "es", "", "'title': its parameters may be text"},
        {"whatsapp_cloud", "training_template", "aviso titulo", "es", "", "'titulo'"},
        {"whatsapp_cloud", "training_template", "aviso text text text text text text text text text", "es", "",
         "at most 8"},
        {"whatsapp_cloud", "training_template", "aviso", "spanish", "", "template_language"},
        {"twilio", "answer_template", "respuesta", "es", "", "respuesta=HX"},
        {"twilio", "answer_template", "respuesta", "es", "respuesta=HX00000000000000000000000000000001", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct setting settings[] = {
            {rows[i].name, rows[i].value}, {"template_language", rows[i].language}, {"content_sids", rows[i].sids}};
        const struct channel channel = channel_of(rows[i].provider, CHANNEL_WHATSAPP, settings, COUNT(settings));
        char why[256] = "";
        bool fault = false;
        for (enum window_words words = 0; words < WINDOW_WORDS; words++)
            fault = window_fault(&channel, words, why, sizeof(why)) || fault;
        assert_int_equal(fault, rows[i].told != NULL);
        if (rows[i].told && !strstr(why, rows[i].told))
            fail_msg("%s: %s", rows[i].value, why);
    }
    const struct setting settings[] = {{"answer_template", "respuesta"}, {"template_language", "es"}};
    const struct channel sms = channel_of("twilio", CHANNEL_SMS, settings, COUNT(settings));
    char why[256];
    assert_true(window_fault(&sms, WINDOW_ANSWER, why, sizeof(why)));
    assert_false(window_has(&sms, WINDOW_ANSWER));
}

static const struct message_template *fill(const struct channel *channel, enum window_words words,
                                           const struct slice values[WINDOW_PARAMS], struct arena *arena)
{
    const struct message_template *made = NULL;
    assert_int_equal(window_template(channel, words, values, arena, &made), OK);
    return made;
}

static void each_parameter_is_one_line_and_none_is_empty(void **state)
{
    const struct setting settings[] = {{"training_template", "aviso text"},
                                       {"reminder_template", "recordatorio when title where"},
                                       {"template_language", "es_PE"}};
    const struct channel channel = channel_of("whatsapp_cloud", CHANNEL_WHATSAPP, settings, COUNT(settings));
    const struct slice values[WINDOW_PARAMS] = {
        [WINDOW_TEXT] = SLICE(" Uno,\n\n dos "), [WINDOW_TITLE] = SLICE("Caja"), [WINDOW_WHEN] = SLICE("viernes")};
    struct arena *arena = arena_new(1 << 16);
    (void)state;
    const struct message_template *made = fill(&channel, WINDOW_TRAINING, values, arena);
    assert_true(slice_is(made->name, "aviso") && slice_is(made->language, "es_PE"));
    assert_int_equal(made->param_count, 1);
    assert_true(slice_is(made->params[0], "Uno, dos"));
    made = fill(&channel, WINDOW_REMINDER, values, arena);
    assert_true(slice_is(made->name, "recordatorio"));
    assert_int_equal(made->param_count, 3);
    assert_true(slice_is(made->params[0], "viernes") && slice_is(made->params[1], "Caja"));
    assert_true(slice_is(made->params[2], "-"));
    assert_null(fill(&channel, WINDOW_ANSWER, values, arena));
    arena_free(arena);
}

static void a_reminder_without_its_own_goes_as_what_trainings_have(void **state)
{
    const struct setting settings[] = {{"training_template", "aviso"}, {"template_language", "es"}};
    const struct channel channel = channel_of("whatsapp_cloud", CHANNEL_WHATSAPP, settings, COUNT(settings));
    char text[2 * WINDOW_TEXT_CHARS];
    const struct slice values[WINDOW_PARAMS] = {[WINDOW_TEXT] = {text, sizeof(text)}};
    struct arena *arena = arena_new(1 << 16);
    (void)state;
    memset(text, 'a', sizeof(text));
    const struct message_template *made = fill(&channel, WINDOW_REMINDER, values, arena);
    assert_true(slice_is(made->name, "aviso"));
    assert_int_equal(made->params[0].len, WINDOW_TEXT_CHARS);
    arena_free(arena);
}

static void without_memory_it_says_so(void **state)
{
    const struct setting settings[] = {{"training_template", "aviso"}, {"template_language", "es"}};
    const struct channel channel = channel_of("whatsapp_cloud", CHANNEL_WHATSAPP, settings, COUNT(settings));
    const struct slice values[WINDOW_PARAMS] = {[WINDOW_TEXT] = SLICE("Hola")};
    const struct message_template *made = NULL;
    struct arena *arena = arena_new(64);
    (void)state;
    assert_int_equal(window_template(&channel, WINDOW_TRAINING, values, arena, &made), ERR_NOMEM);
    assert_null(made);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_is_whatsapps_alone),
        cmocka_unit_test(a_setting_that_is_none_is_told),
        cmocka_unit_test(each_parameter_is_one_line_and_none_is_empty),
        cmocka_unit_test(a_reminder_without_its_own_goes_as_what_trainings_have),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
