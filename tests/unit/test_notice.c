/* Notices: what is refused and why, what each person reads on each channel, and what that costs. */
#include "tests/unit/shipped_world.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/state.h"
#include "gateway/notice.h"

#define SENDER "Chaski"
#define LEAVE "Para no recibir: BAJA"
#define NOON INT64_C(1796144400000)

static struct world *both; /* with Spanish and English on */
static struct arena *arena;

static const struct setting sms_settings[] = {{"price", "0.05"}};
static const struct setting exact_settings[] = {{"sms_text", "exact"}};
static const struct setting wa_settings[] = {
    {"price", "0.03"}, {"price_utility", "0.11"}, {"content_sids", "feria=HX00000000000000000000000000000001"}};

static struct channel channel_of(enum channel_kind kind, const struct setting *settings, size_t count)
{
    struct channel channel = {.name = kind == CHANNEL_SMS    ? "sms"
                                      : kind == CHANNEL_USSD ? "ussd"
                                                             : "wa",
                              .adapter = adapter_named(kind == CHANNEL_USSD ? "africastalking_ussd" : "twilio"),
                              .kind = kind,
                              .settings = settings,
                              .setting_count = count};
    channel.sms = adapter_sms_policy(&channel);
    return channel;
}

static const struct flow *flow_of(const struct world *of)
{
    return flows_find(of->mind.flows, "", "");
}

static enum error read_over(const struct world *of, const char *json, struct faults *faults, struct notice *out)
{
    cJSON *tree = NULL;
    assert_int_equal(json_parse(slice_of(json), NOTICE_BYTES_MAX, &tree), OK);
    enum error error = notice_read(tree, flow_of(of), SENDER, LEAVE, arena, faults, out);
    cJSON_Delete(tree);
    return error;
}

/* Reads what must be good. */
static struct notice read_good(const char *json)
{
    struct notice notice;
    struct faults faults;
    faults_init(&faults);
    enum error error = read_over(world, json, &faults, &notice);
    faults_print(&faults, stderr);
    assert_int_equal(error, OK);
    faults_release(&faults);
    return notice;
}

static const struct {
    const char *json;
    const char *field, *words; /* of the one fault */
} refused[] = {
    {"{\"name\":\"\",\"texts\":{\"es\":\"Hola\"}}", "name", "1 to 80 characters"},
    {"{\"name\":3,\"texts\":{\"es\":\"Hola\"}}", "name", "1 to 80 characters"},
    {"{\"name\":\"a\\nb\",\"texts\":{\"es\":\"Hola\"}}", "name", "one line"},
    {"{\"name\":\"a\"}", "texts", "by language"},
    {"{\"name\":\"a\",\"texts\":\"Hola\"}", "texts", "by language"},
    {"{\"name\":\"a\",\"texts\":{}}", "texts", "by language"},
    {"{\"name\":\"a\",\"texts\":{\"es\":3}}", "texts.es", "in quotes"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"a\",\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\",\"f\":\"\",\"g\":"
     "\"\",\"h\":\"\","
     "\"i\":\"\",\"j\":\"\",\"k\":\"\",\"l\":\"\",\"m\":\"\",\"n\":\"\",\"o\":\"\",\"p\":\"\",\"q\":\"\",\"r\":\"\","
     "\"s\":\"\",\"t\":\"\","
     "\"u\":\"\",\"v\":\"\",\"w\":\"\",\"x\":\"\",\"y\":\"\",\"z\":\"\",\"aa\":\"\",\"ab\":\"\",\"ac\":\"\",\"ad\":"
     "\"\",\"ae\":\"\",\"af\":\"\"}}",
     "texts", "at most 32 texts"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\" \"}}", "texts.es", "1 to 8000 bytes"},
    {"{\"name\":\"a\",\"texts\":{\"es.sms\":\"Hola\"}}", "texts", "no 'es'"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\",\"xx\":\"Hi\"}}", "texts.xx", "not a language"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\",\"es.fax\":\"Hi\"}}", "texts.es.fax", "sms, ussd or whatsapp"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\\n{{activty|negocio}}\"}}", "texts.es", "did you mean 'activity'"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\\n{{r1.text}}\"}}", "texts.es", "no fact of a person"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\\n{{opcion}}\"}}", "texts.es", "no fact of a person"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\\n{{activity\"}}", "texts.es", "close the reference"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Para {{activity}}\"}}", "texts.es", "{{activity|tu negocio}}"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":3}", "template", "an object"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":{\"name\":\"feria\",\"language\":\"es\"}}",
     "template.category", "utility or marketing"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":{\"name\":\"feria\",\"language\":\"es\",\"category\":"
     "\"free\"}}",
     "template.category", "utility or marketing"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":{\"name\":\"Feria\",\"language\":\"es\",\"category\":"
     "\"utility\"}}",
     "template.name", "small letters"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":{\"name\":\"feria\",\"category\":\"utility\"}}",
     "template", "no language"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":{\"name\":\"feria\",\"language\":\"es\",\"params\":"
     "[\"{{sails}}\"],\"category\":\"utility\"}}",
     "template.params", "did you mean 'sales'"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":{\"name\":\"feria\",\"language\":\"es\",\"parms\":[],"
     "\"category\":\"utility\"}}",
     "template.parms", "did you mean 'params'"},
    {"{\"name\":\"a\",\"texts\":{\"es\":\"Hola\"},\"template\":{\"name\":\"feria\",\"language\":\"es\",\"buttons\":"
     "true,\"category\":\"utility\"}}",
     "template.buttons", "text, in quotes"},
};

static void what_is_wrong_is_told_with_field_and_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct notice notice;
        struct faults faults;
        faults_init(&faults);
        assert_int_equal(read_over(world, refused[i].json, &faults, &notice), ERR_VALUE);
        if (faults.count != 1 || strcmp(faults.items[0].file, refused[i].field) != 0 ||
            !strstr(faults.items[0].text, refused[i].words))
            faults_print(&faults, stderr);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].file, refused[i].field);
        assert_non_null(strstr(faults.items[0].text, refused[i].words));
        faults_release(&faults);
    }
}

/* What people read. */
static const struct {
    const char *text;         /* es */
    const char *slot, *value; /* that she told; NULL: nothing */
    enum channel_kind channel;
    const char *said;
} rows[] = {
    {"Hoy hay feria", NULL, NULL, CHANNEL_SMS, "Chaski: Hoy hay feria\nPara no recibir: BAJA"},
    {"Chaski avisa: hay feria", NULL, NULL, CHANNEL_SMS, "Chaski avisa: hay feria\nPara no recibir: BAJA"},
    {"CHASKI. Hay feria. Escribe baja para salir", NULL, NULL, CHANNEL_SMS,
     "CHASKI. Hay feria. Escribe baja para salir"},
    {"Ropa rebajada hoy", NULL, NULL, CHANNEL_SMS, "Chaski: Ropa rebajada hoy\nPara no recibir: BAJA"},
    {"Feria en el Perú", NULL, NULL, CHANNEL_SMS, "Chaski: Feria en el Peru\nPara no recibir: BAJA"},
    {"Feria en el Perú", NULL, NULL, CHANNEL_WHATSAPP, "Chaski: Feria en el Perú\nPara no recibir: BAJA"},
    {"Curso para {{activity|tu negocio}}", NULL, NULL, CHANNEL_SMS,
     "Chaski: Curso para tu negocio\nPara no recibir: BAJA"},
    {"Curso para {{activity|tu negocio}}", "activity", "vendo jugos", CHANNEL_SMS,
     "Chaski: Curso para vendo jugos\nPara no recibir: BAJA"},
    {"Curso para {{activity|tu negocio}}", "activity", "vendo *jugos*", CHANNEL_WHATSAPP,
     "Chaski: Curso para vendo \xE2\x88\x97jugos\xE2\x88\x97\nPara no recibir: BAJA"},
    {"Hay curso\nVendes {{sales}}", NULL, NULL, CHANNEL_SMS, "Chaski: Hay curso\nPara no recibir: BAJA"},
    {"Hay curso\nVendes {{sales}}", "sales", "1500/month", CHANNEL_SMS,
     "Chaski: Hay curso\nVendes S/ 1500 al mes\nPara no recibir: BAJA"},
    {"Hay curso\nVendes {{sales}}", "sales", "REFUSED", CHANNEL_SMS, "Chaski: Hay curso\nPara no recibir: BAJA"},
    {"Hay curso en {{region|tu zona}}", "region", "UNKNOWN", CHANNEL_SMS,
     "Chaski: Hay curso en tu zona\nPara no recibir: BAJA"},
    {"{{industry}}\nHay curso", NULL, NULL, CHANNEL_SMS, "Chaski:\nHay curso\nPara no recibir: BAJA"},
    {"{{industry}}\nHay curso", "industry", "agro", CHANNEL_SMS,
     "Chaski:\nagro, crianza y pesca\nHay curso\nPara no recibir: BAJA"},
    {"Hola{{activity|}}", NULL, NULL, CHANNEL_SMS, "Chaski: Hola\nPara no recibir: BAJA"},
};

static void each_reads_her_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf json;
        struct state person;
        struct notice_said said;
        const struct channel channel = channel_of(rows[i].channel, NULL, 0);
        buf_init(&json, 4096);
        buf_adds(&json, "{\"name\":\"n\",\"texts\":{\"es\":");
        json_put_string(&json, slice_of(rows[i].text));
        buf_adds(&json, "}}");
        struct notice notice = read_good(buf_text(&json));
        state_init(&person);
        if (rows[i].slot)
            assert_true(state_set_fact(&person, rows[i].slot, slice_of(rows[i].value), 1));
        assert_int_equal(notice_render(&notice, &channel, &person, arena, &said), OK);
        char text[512];
        assert_true(slice_copy(said.message.text, text, sizeof(text)));
        assert_string_equal(text, rows[i].said);
        assert_int_equal(said.segments, 1);
        assert_false(said.shortened);
        buf_release(&json);
    }
}

static void a_language_and_a_kind_have_their_own(void **state)
{
    static const struct {
        const char *lang;
        enum channel_kind channel;
        const char *begin;
    } who[] = {{"es", CHANNEL_SMS, "Chaski: corto"},
               {"es", CHANNEL_WHATSAPP, "Chaski: largo"},
               {"en", CHANNEL_SMS, "Chaski: hello"},
               {"", CHANNEL_SMS, "Chaski: corto"}};
    struct notice notice;
    struct faults faults;
    (void)state;
    faults_init(&faults);
    assert_int_equal(read_over(both,
                               "{\"name\":\"n\",\"texts\":{\"es\":\"largo\",\"es.sms\":\"corto\",\"en\":\"hello\"}}",
                               &faults, &notice),
                     OK);
    for (size_t i = 0; i < COUNT(who); i++) {
        struct state person;
        struct notice_said said;
        const struct channel channel = channel_of(who[i].channel, NULL, 0);
        state_init(&person);
        slice_copy(slice_of(who[i].lang), person.lang, sizeof(person.lang));
        assert_int_equal(notice_render(&notice, &channel, &person, arena, &said), OK);
        assert_true(slice_starts(said.message.text, who[i].begin));
    }
    faults_release(&faults);
}

static void words_that_make_it_too_long_are_left_out(void **state)
{
    char text[600], json[800], words[300];
    struct state person;
    struct notice_said said;
    const struct channel channel = channel_of(CHANNEL_SMS, NULL, 0);
    (void)state;
    memset(text, 'a', 424); /* with sender and way out 454 of 459 septets */
    text[424] = '\0';
    snprintf(json, sizeof(json), "{\"name\":\"n\",\"texts\":{\"es\":\"%s\\n{{activity}}\"}}", text);
    struct notice notice = read_good(json);
    memset(words, 'b', 50);
    words[50] = '\0';
    state_init(&person);
    assert_true(state_set_fact(&person, "activity", SLICE("ok"), 1));
    assert_int_equal(notice_render(&notice, &channel, &person, arena, &said), OK);
    assert_false(said.shortened);
    assert_true(state_set_fact(&person, "activity", slice_of(words), 1));
    assert_int_equal(notice_render(&notice, &channel, &person, arena, &said), OK);
    assert_true(said.shortened);
    assert_int_equal(said.segments, 3);
    assert_int_equal(slice_find(said.message.text, 'b'),
                     slice_find(said.message.text, '\n') + sizeof("\nPara no reci") - 1);
}

static void a_template_is_filled_and_priced(void **state)
{
    struct state person;
    struct notice_said said;
    const struct channel sms = channel_of(CHANNEL_SMS, sms_settings, COUNT(sms_settings));
    const struct channel wa = channel_of(CHANNEL_WHATSAPP, wa_settings, COUNT(wa_settings));
    struct notice notice = read_good(
        "{\"name\":\"n\",\"texts\":{\"es\":\"Feria\"},\"template\":{\"name\":\"feria\",\"language\":\"es_PE\","
        "\"params\":[\"{{activity|tu negocio}}\",\"{{region}}\"],\"category\":\"utility\"}}");
    (void)state;
    state_init(&person);
    assert_int_equal(notice_render(&notice, &wa, &person, arena, &said), OK);
    const struct message_template *template = said.message.template;
    assert_non_null(template);
    assert_true(slice_is(template->name, "feria") && slice_is(template->language, "es_PE"));
    assert_int_equal(template->param_count, 2);
    assert_true(slice_is(template->params[0], "tu negocio") && slice_is(template->params[1], "-"));
    assert_int_equal(notice_price(&notice, &wa, &said, SLICE("+51987654321"), true), 300);
    assert_int_equal(notice_price(&notice, &wa, &said, SLICE("+51987654321"), false), 1100);
    assert_int_equal(notice_render(&notice, &sms, &person, arena, &said), OK);
    assert_null(said.message.template);
    assert_int_equal(notice_price(&notice, &sms, &said, SLICE("+51987654321"), false), 500);
}

static void the_way_is_by_who_wrote_where_and_when(void **state)
{
    const struct channel sms = channel_of(CHANNEL_SMS, NULL, 0), ussd = channel_of(CHANNEL_USSD, NULL, 0);
    const struct channel wa = channel_of(CHANNEL_WHATSAPP, wa_settings, COUNT(wa_settings));
    const struct channel bare = channel_of(CHANNEL_WHATSAPP, NULL, 0);
    const int64_t day = 86400000;
    struct notice with =
        read_good("{\"name\":\"n\",\"texts\":{\"es\":\"Feria\"},\"template\":{\"name\":\"feria\",\"language\":\"es\","
                  "\"category\":\"utility\"}}");
    struct notice without = read_good("{\"name\":\"n\",\"texts\":{\"es\":\"Feria\"}}");
    struct state person;
    struct notice_said said;
    (void)state;
    state_init(&person);
    assert_int_equal(notice_way(&with, &sms, 0, NOON), NOTICE_WORDS);
    assert_int_equal(notice_way(&with, &wa, 0, NOON), NOTICE_NEVER);
    assert_int_equal(notice_way(&with, &sms, 1, NOON), NOTICE_WORDS);
    assert_int_equal(notice_way(&with, &ussd, NOON, NOON), NOTICE_NEVER);
    assert_int_equal(notice_way(&with, &wa, NOON - day / 2, NOON), NOTICE_WORDS);
    assert_int_equal(notice_way(&with, &wa, NOON - day, NOON), NOTICE_TEMPLATE);
    assert_int_equal(notice_way(&without, &wa, NOON - day, NOON), NOTICE_SHUT);
    assert_int_equal(notice_way(&with, &bare, NOON - day, NOON), NOTICE_SHUT);
    assert_int_equal(notice_render(&with, &ussd, &person, arena, &said), ERR_UNSUPPORTED);
}

/* Checks a text of 500 letters: too long by SMS. */
static void what_a_channel_cannot_carry_is_told(void **state)
{
    char text[501], json[700];
    struct faults faults;
    const struct channel sms = channel_of(CHANNEL_SMS, NULL, 0), ussd = channel_of(CHANNEL_USSD, NULL, 0);
    const struct channel wa = channel_of(CHANNEL_WHATSAPP, NULL, 0);
    (void)state;
    memset(text, 'a', 500);
    text[500] = '\0';
    snprintf(json, sizeof(json),
             "{\"name\":\"n\",\"texts\":{\"es\":\"%s\"},\"template\":{\"name\":\"feria\",\"language\":\"es\","
             "\"category\":\"utility\"}}",
             text);
    struct notice notice = read_good(json);
    faults_init(&faults);
    assert_int_equal(notice_check(&notice, &sms, &faults), ERR_VALUE);
    assert_int_equal(notice_check(&notice, &ussd, &faults), ERR_VALUE);
    assert_int_equal(notice_check(&notice, &wa, &faults), ERR_VALUE);
    assert_int_equal(faults.count, 3);
    assert_non_null(strstr(faults.items[0].text, "3 segments"));
    assert_non_null(strstr(faults.items[1].text, "cannot begin a message"));
    assert_non_null(strstr(faults.items[2].text, "content_sids"));
    faults_release(&faults);
}

static void what_is_worth_knowing_is_told(void **state)
{
    struct faults advice;
    struct notice notice;
    const struct channel sms = channel_of(CHANNEL_SMS, exact_settings, COUNT(exact_settings));
    const struct channel wa = channel_of(CHANNEL_WHATSAPP, NULL, 0);
    (void)state;
    faults_init(&advice);
    assert_int_equal(
        read_over(both, "{\"name\":\"n\",\"texts\":{\"es\":\"Fería para {{activity|ti}}\"}}", &advice, &notice), OK);
    assert_int_equal(notice_advise(&notice, &sms, &advice), OK);
    assert_int_equal(advice.count, 2);
    assert_string_equal(advice.items[0].file, "texts.en");
    assert_non_null(strstr(advice.items[1].text, "can grow to"));
    assert_int_equal(notice_advise(&notice, &wa, &advice), OK);
    assert_int_equal(advice.count, 4);
    assert_non_null(strstr(advice.items[3].text, "left out"));
    faults_release(&advice);
}

/* For every n the n-th allocation fails, of reading, checking and rendering: an error, and never a crash. */
static void without_memory_it_fails_whole(void **state)
{
    const char *json = "{\"name\":\"n\",\"texts\":{\"es\":\"Feria {{activity|aqui}}\"},"
                       "\"template\":{\"name\":\"feria\","
                       "\"language\":\"es\",\"params\":[\"{{sales}}\"],\"category\":\"utility\"}}";
    const struct channel wa = channel_of(CHANNEL_WHATSAPP, wa_settings, COUNT(wa_settings));
    struct state person;
    bool done = false;
    (void)state;
    state_init(&person);
    for (long n = 0; !done && n < 1000; n++) {
        cJSON *tree = NULL;
        struct notice notice;
        struct notice_said said;
        struct faults faults;
        faults_init(&faults);
        assert_int_equal(json_parse(slice_of(json), NOTICE_BYTES_MAX, &tree), OK);
        struct arena *own = arena_new(4 << 20);
        mem_fail_after(n);
        enum error error = notice_read(tree, flow_of(world), SENDER, LEAVE, own, &faults, &notice);
        if (!error)
            error = notice_check(&notice, &wa, &faults);
        if (!error)
            error = notice_render(&notice, &wa, &person, own, &said);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        done = error == OK;
        arena_free(own);
        faults_release(&faults);
        cJSON_Delete(tree);
    }
    assert_true(done);
}

static int open_all(void **state)
{
    struct faults faults;
    faults_init(&faults);
    both = world_open_in("config/chaski.yaml", WORLD_FLOWS, "es,en", &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    arena = arena_new(256 << 20);
    return both && arena ? open_world(state) : -1;
}

static int close_all(void **state)
{
    world_close(both);
    arena_free(arena);
    return close_world(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_told_with_field_and_remedy),
        cmocka_unit_test(each_reads_her_own),
        cmocka_unit_test(a_language_and_a_kind_have_their_own),
        cmocka_unit_test(words_that_make_it_too_long_are_left_out),
        cmocka_unit_test(a_template_is_filled_and_priced),
        cmocka_unit_test(the_way_is_by_who_wrote_where_and_when),
        cmocka_unit_test(what_a_channel_cannot_carry_is_told),
        cmocka_unit_test(what_is_worth_knowing_is_told),
        cmocka_unit_test(without_memory_it_fails_whole),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
