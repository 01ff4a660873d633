/* The engine in another language: what ships has every text, a slip is named at its place, what lacks is Spanish. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/engine.h"
#include "engine/recommend.h"

static const char catalogue_text[] =
    "resources:\n  - {id: uno, name: N, kind: training, provider: P, text: Texto, contact: Aqui, goals: [training],\n"
    "     stages: all, industries: all, regions: ['08'], formality: any, size: any, checked_on: 2026-11-23,\n"
    "     valid_until: open, confidence: A, sources: [s]}\n";

static struct catalogue *read_catalogue(void)
{
    struct faults faults;
    faults_init(&faults);
    struct catalogue *catalogue = catalogue_read("c.yaml", slice_of(catalogue_text), &faults);
    faults_print(&faults, stdout);
    assert_non_null(catalogue);
    faults_release(&faults);
    return catalogue;
}

static void says_what_it_has_and_spanish_else(void **state)
{
    struct faults faults;
    struct catalogue *catalogue = read_catalogue();
    struct prediction stage = {.count = 0};
    struct recommendation given[3];
    struct business business;
    (void)state;
    faults_init(&faults);
    struct speech *speech = speech_read("x.yaml",
                                        SLICE("industries: {comercio: Trade}\nreasons: {region: {in: 'works in #'}}\n"
                                              "resources: {uno: {text: A text}}\n"),
                                        catalogue, &faults);
    assert_non_null(speech);
    business_init(&business);
    assert_true(business_set(&business, SLICE("region"), SLICE("08")) == OK);
    assert_true(business_set(&business, SLICE("goal"), SLICE("training")) == OK);
    assert_int_equal(recommend(&(struct recommender){catalogue, NULL, speech}, &stage, &business,
                               &(struct recommend_ask){.today_ms = 1795435200000}, given, 3),
                     1);
    assert_string_equal(given[0].text, "A text");
    assert_string_equal(given[0].contact, "Aqui");
    assert_string_equal(given[0].reasons[0], "porque quieres capacitarte");
    assert_string_equal(given[0].reasons[1], "works in Cusco");
    assert_string_equal(speech_industry(speech, "comercio", "Comercio"), "Trade");
    assert_string_equal(speech_industry(speech, "agro", "Agro"), "Agro");
    speech_free(speech);
    catalogue_free(catalogue);
    faults_release(&faults);
}

static void each_slip_is_named(void **state)
{
    static const struct {
        const char *yaml, *fault;
    } rows[] = {
        {"", "x.yaml:1:1: must be a map of industries, reasons and resources"},
        {"industry: {}\n", "x.yaml:1:1: there is no key \"industry\""},
        {"industries: {comerco: x}\n", "x.yaml:1:14: there is no industry \"comerco\"; did you mean comercio"},
        {"industries: {comercio: a name that is far too long for a row}\n", "comercio has 37 characters: at most 24"},
        {"reasons: {goals: {}}\n", "there are no reasons \"goals\""},
        {"reasons: {goal: {finance: [x]}}\n", "finance must be words in one line"},
        {"resources: {dos: x}\n", "x.yaml:1:13: the catalogue has no resource \"dos\""},
        {"resources: {uno: {txt: x}}\n", "a resource has `text` and `contact` here"},
        {"resources: {uno: \xE2\x98\xBA}\n", "no plain SMS can carry"},
    };
    struct catalogue *catalogue = read_catalogue();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        char text[2048];
        FILE *told = fmemopen(text, sizeof(text), "w");
        faults_init(&faults);
        assert_null(speech_read("x.yaml", slice_of(rows[i].yaml), catalogue, &faults));
        faults_print(&faults, told);
        fclose(told);
        if (!strstr(text, rows[i].fault))
            fail_msg("'%s' is not in: %s", rows[i].fault, text);
        faults_release(&faults);
    }
    catalogue_free(catalogue);
}

/* English ships whole: every resource and industry has its own. */
static void english_lacks_nothing(void **state)
{
    struct faults faults;
    struct business business;
    struct recommendation spanish[60], english[60];
    (void)state;
    faults_init(&faults);
    struct engine *engine = engine_open("models/registry", "models/industries.yaml", "models/catalogue.yaml", &faults);
    assert_non_null(engine);
    bool spoken = engine_speak(engine, "en", "models/languages/en.yaml", &faults);
    faults_print(&faults, stdout);
    assert_true(spoken);
    business_init(&business);
    size_t count =
        engine_recommend(engine, &business, &(struct recommend_ask){.language = "es", .today_ms = 1795435200000},
                         spanish, COUNT(spanish));
    assert_true(count > 20);
    assert_int_equal(engine_recommend(engine, &business,
                                      &(struct recommend_ask){.language = "en", .today_ms = 1795435200000}, english,
                                      COUNT(english)),
                     count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(spanish[i].id, english[i].id);
        assert_string_not_equal(spanish[i].text, english[i].text);
        assert_string_not_equal(spanish[i].reasons[0], english[i].reasons[0]);
    }
    assert_string_equal(engine_industry_name(engine, "en", "comercio"), "Trade");
    assert_string_equal(engine_industry_name(engine, "qu", "comercio"), "Comercio");
    engine_close(engine);
    faults_release(&faults);
}

static void without_memory_reading_fails(void **state)
{
    struct catalogue *catalogue = read_catalogue();
    struct speech *speech = NULL;
    (void)state;
    for (long n = 0; !speech; n++) {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(n);
        speech = speech_read("x.yaml", SLICE("resources: {uno: {text: a, contact: b}}\n"), catalogue, &faults);
        mem_fail_after(-1);
        faults_release(&faults);
        assert_true(n < 1000);
    }
    speech_free(speech);
    catalogue_free(catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_has_and_spanish_else),
        cmocka_unit_test(each_slip_is_named),
        cmocka_unit_test(english_lacks_nothing),
        cmocka_unit_test(without_memory_reading_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
