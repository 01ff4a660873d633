#include "tests/unit/model_kit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "engine/business.h"
#include "engine/stage.h"
#include "engine/vocabulary.h"

static struct registry_model model;

static int load(void **state)
{
    (void)state;
    return kit_load("stage", STAGE_SCHEME, &model);
}

static int unload(void **state)
{
    (void)state;
    registry_release(&model);
    return 0;
}

static struct business business_of(int tenure, const char *trend, double sales)
{
    struct business b;
    business_init(&b);
    b.tenure_months = tenure;
    b.sales_month = sales;
    snprintf(b.trend, sizeof(b.trend), "%s", trend);
    return b;
}

static void the_rule_is_the_table(void **state)
{
    /* clang-format off */
    static const struct {
        int tenure;
        const char *trend;
        double sales;
        const char *stage; /* "" when the facts are not whole */
    } rows[] = {
        {-1, "", -1, "startup"},        {-1, "down", 500, "startup"},     {0, "up", -1, "startup"},
        {11, "up", 900, "startup"},     {11, "same", 900, "startup"},     {11, "down", 900, "decline"},
        {12, "up", 900, "growth"},      {41, "up", 900, "growth"},        {41, "same", 900, "startup"},
        {41, "down", 900, "decline"},   {42, "up", 900, "growth"},        {42, "same", 900, "established"},
        {42, "same", -1, "established"}, {400, "down", 90000, "decline"}, {41, "up", 0, "startup"},
        {42, "up", 0, "decline"},       {42, "", 0, "decline"},           {5, "", 0, "startup"},
        {5, "", 900, ""},               {60, "", -1, ""},                 {TENURE_UNKNOWN, "up", 900, ""},
        {TENURE_UNKNOWN, "down", 0, ""}, {TENURE_UNKNOWN, "", -1, ""},
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct business b = business_of(rows[i].tenure, rows[i].trend, rows[i].sales);
        int stage = stage_rule(&b);
        assert_string_equal(stage == WORD_NONE ? "" : stages.words[stage].key, rows[i].stage);
    }
}

static void whole_facts_are_decided_by_the_rule(void **state)
{
    struct prediction p;
    struct business b = business_of(60, "down", 2000);
    (void)state;
    stage_predict(model.weights, model.version, &b, &p);
    assert_int_equal(p.count, STAGE_COUNT);
    assert_string_equal(p.guesses[0].label, "decline");
    assert_true(p.guesses[0].probability > 0.999 && p.sure);
    assert_true(kit_chance(&p, "growth") < 1e-9);
    assert_string_equal(p.version, "stage rule");
    assert_string_equal(p.reasons[0], "abierto hace 60 meses");
    assert_string_equal(p.reasons[1], "sus ventas bajan");
    assert_string_equal(p.reasons[2], "");
}

static void the_model_answers_where_facts_are_missing(void **state)
{
    static const struct {
        const char *facts, *best;
        bool sure;
    } rows[] = {
        {"{\"trend\": \"down\"}", "decline", true},
        {"{\"trend\": \"down\", \"sales\": 3000, \"workers\": 1, \"ruc\": false}", "decline", true},
        {"{\"trend\": \"up\", \"sales\": 3000}", "growth", true},
        {"{\"tenure\": 120, \"sales\": 3000}", "established", false},
        {"{\"tenure\": 3, \"sales\": 900}", "startup", false},
        {"{}", "", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct business b;
        struct prediction p;
        char why[BUSINESS_WHY_MAX];
        cJSON *tree = NULL;
        double sum = 0;
        assert_int_equal(json_parse(slice_of(rows[i].facts), 1000, &tree), OK);
        assert_int_equal(business_from_json(tree, &b, why), OK);
        cJSON_Delete(tree);
        stage_predict(model.weights, model.version, &b, &p);
        assert_string_equal(p.version, "stage v0004");
        for (size_t k = 0; k < p.count; k++)
            sum += p.guesses[k].probability;
        assert_true(fabs(sum - 1) < 1e-6);
        if (*rows[i].best)
            assert_string_equal(p.guesses[0].label, rows[i].best);
        if (p.sure != rows[i].sure)
            fail_msg("%s: sure is %d at %.3f", rows[i].facts, p.sure, p.guesses[0].probability);
    }
}

static const int tenures[] = {TENURE_UNKNOWN, -1, 3, 20, 60};
static const double amounts[] = {-1, 0, 500, 2000, 3000, 7000, 9000, 30000};
static const double teams[] = {-1, 1, 2, 4, 9};

/* Gives the next of all combinations of what else is known. */
static bool next_facts(size_t *at, struct business *b)
{
    if (*at == COUNT(amounts) * COUNT(teams) * 3)
        return false;
    b->sales_month = amounts[*at % COUNT(amounts)];
    b->workers = teams[*at / COUNT(amounts) % COUNT(teams)];
    b->has_ruc = (int)(*at / COUNT(amounts) / COUNT(teams)) - 1;
    (*at)++;
    return true;
}

static struct prediction with_trend(struct business b, const char *trend)
{
    struct prediction p;
    snprintf(b.trend, sizeof(b.trend), "%s", trend);
    stage_predict(model.weights, model.version, &b, &p);
    return p;
}

/* What must not turn round, whatever else is known. */
static void falling_sales_are_never_growth(void **state)
{
    (void)state;
    for (size_t t = 0; t < COUNT(tenures); t++) {
        struct business b = business_of(tenures[t], "", -1);
        for (size_t at = 0; next_facts(&at, &b);) {
            struct prediction up = with_trend(b, "up"), same = with_trend(b, "same"), down = with_trend(b, "down");
            assert_true(kit_chance(&up, "growth") >= kit_chance(&same, "growth"));
            assert_true(kit_chance(&up, "growth") >= kit_chance(&down, "growth"));
            assert_true(kit_chance(&down, "decline") >= kit_chance(&same, "decline"));
            assert_true(kit_chance(&down, "decline") >= kit_chance(&up, "decline"));
            assert_true(kit_chance(&same, "established") >= kit_chance(&down, "established"));
        }
    }
}

static void more_months_never_make_a_startup(void **state)
{
    static const char *const told[] = {"", "up", "same", "down"};
    (void)state;
    for (size_t t = 1; t + 1 < COUNT(tenures); t++) {
        struct business b = business_of(0, "", -1);
        for (size_t at = 0; next_facts(&at, &b);)
            for (size_t k = 0; k < COUNT(told); k++) {
                b.tenure_months = tenures[t];
                struct prediction now = with_trend(b, told[k]);
                b.tenure_months = tenures[t + 1];
                struct prediction later = with_trend(b, told[k]);
                assert_true(kit_chance(&later, "startup") <= kit_chance(&now, "startup"));
                if (tenures[t + 1] >= STAGE_NEW_MONTHS) /* below, nobody is, and what is left to it is noise */
                    assert_true(kit_chance(&later, "established") >= kit_chance(&now, "established"));
            }
    }
}

static size_t ask(const char *facts, struct engine_question out[STAGE_FACTS])
{
    struct business b;
    char why[BUSINESS_WHY_MAX];
    cJSON *tree = NULL;
    assert_int_equal(json_parse(slice_of(facts), 1000, &tree), OK);
    assert_int_equal(business_from_json(tree, &b, why), OK);
    cJSON_Delete(tree);
    return stage_questions(model.weights, &b, out);
}

static void the_question_that_tells_most_comes_first(void **state)
{
    static const struct {
        const char *facts;
        size_t count;
        const char *first;  /* "" for none */
        double least, most; /* bits */
    } rows[] = {
        {"{}", 5, "trend", 1, 1.6},
        {"{\"tenure\": 60}", 4, "trend", 1.3, 1.7},
        {"{\"tenure\": 60, \"sales\": 3000, \"workers\": 2, \"ruc\": true}", 1, "trend", 1.3, 1.6},
        {"{\"tenure\": 20, \"sales\": \"REFUSED\"}", 3, "trend", 1.3, 1.7},
        {"{\"trend\": \"same\"}", 4, "tenure", 0.5, 1},
        {"{\"trend\": \"up\"}", 4, "tenure", 0.1, 0.7},
        {"{\"trend\": \"down\"}", 4, "tenure", 0, 0.001},
        {"{\"tenure\": 60, \"trend\": \"up\"}", 0, "", 0, 0},
        {"{\"tenure\": -1}", 0, "", 0, 0},
        {"{\"tenure\": 5, \"sales\": 0}", 0, "", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct engine_question found[STAGE_FACTS];
        size_t count = ask(rows[i].facts, found);
        assert_int_equal(count, rows[i].count);
        if (!count)
            continue;
        if (strcmp(found[0].slot, rows[i].first) != 0 || found[0].bits < rows[i].least || found[0].bits > rows[i].most)
            fail_msg("%s: %s %.3f bits", rows[i].facts, found[0].slot, found[0].bits);
        for (size_t k = 0; k + 1 < count; k++)
            assert_true(found[k].bits >= found[k + 1].bits && found[k + 1].bits >= 0);
    }
}

/* Sales, workers and a RUC tell something of the stage only through the age: less than either age or trend. */
static void no_answer_tells_more_than_there_is_to_know(void **state)
{
    struct business b = business_of(TENURE_UNKNOWN, "", -1);
    (void)state;
    for (size_t at = 0; next_facts(&at, &b);)
        for (size_t t = 0; t < COUNT(tenures); t++) {
            struct engine_question found[STAGE_FACTS];
            b.tenure_months = tenures[t];
            size_t count = stage_questions(model.weights, &b, found);
            assert_true(count == 0 || found[0].bits <= 2);
            for (size_t k = 0; k < count; k++)
                assert_true(isfinite(found[k].bits) && found[k].bits >= 0);
        }
}

static void a_whole_fact_set_has_one_place(void **state)
{
    size_t whole = 0;
    (void)state;
    for (uint32_t place = 0; place < STAGE_SETS; place++) {
        struct stage_set set;
        struct feature features[STAGE_FEATURES];
        stage_set_at(place, &set);
        assert_int_equal(stage_set_place(&set), place);
        if (!stage_set_whole(&set))
            continue;
        whole++;
        int stage = stage_rule_of(&set);
        assert_int_not_equal(stage, WORD_NONE);
        assert_int_equal(stage_features(&set, features), 1);
        assert_int_equal(features[0].index, STAGE_AT_RULED + (uint32_t)stage);
    }
    /* not open 1, else three ages by (sales by trend, and none): each with workers and RUC */
    assert_int_equal(whole, (1 + 3 * (6 * 3 + 1)) * 4 * 2);
}

/* Made-up owners in the survey's columns, enough of each kind. */
static void write_survey(struct buf *out)
{
    static const char *const departments[] = {"La Paz", "Oruro", "Tarija"};
    buf_adds(out, "years_own_account\tworkers\tnit\tmonthly_sales_bs\tdepto\n");
    for (unsigned i = 0; i < 900; i++)
        buf_addf(out, "%u.%u\t%u\t%s\t%u\t%s\n", i % 13, i % 10, 1 + i % 4, i % 3 ? "no" : "general",
                 300 + 97 * (i % 89), departments[i % 3]);
    buf_adds(out, "5\t\tno\t100\tLa Paz\n");
}

static void training_is_repeatable_and_says_what_it_is(void **state)
{
    struct buf survey, first, second;
    struct faults faults;
    struct train_result result;
    cJSON *card = NULL;
    int64_t businesses = 0;
    (void)state;
    buf_init(&survey, 100000);
    buf_init(&first, 10000);
    buf_init(&second, 10000);
    faults_init(&faults);
    write_survey(&survey);
    assert_int_equal(kit_train(&trainer_stage, buf_slice(&survey), &faults, &result), OK);
    linear_write(result.model, &first);
    assert_int_equal(json_parse(buf_slice(&result.card), 1000000, &card), OK);
    assert_true(json_int(card, "businesses", &businesses) && businesses == 900);
    assert_true(strstr(json_string(card, "made_up").ptr, "fixed seed") != NULL);
    assert_true(strstr(json_string(card, "labels").ptr, "no stage labels anywhere") != NULL);
    assert_int_equal(cJSON_GetArraySize(json_array(card, "agreement_with_the_rule_by_number_of_facts_missing")), 6);
    cJSON_Delete(card);
    train_result_release(&result);
    assert_int_equal(kit_train(&trainer_stage, buf_slice(&survey), &faults, &result), OK);
    linear_write(result.model, &second);
    train_result_release(&result);
    assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
    assert_int_equal(faults.total, 0);
    faults_release(&faults);
    buf_release(&survey);
    buf_release(&first);
    buf_release(&second);
}

/* A hundred corrections: whoever has a RUC, of whom no age is known, is established, says staff. */
static void staff_teach_it_from_the_first_hundred(void **state)
{
    struct buf survey, staff;
    struct faults faults;
    double chance[2];
    (void)state;
    buf_init(&survey, 100000);
    buf_init(&staff, 100000);
    faults_init(&faults);
    write_survey(&survey);
    buf_adds(&staff, "who\tat\tcorrected\tby\ttenure\ttrend\tsales\tworkers\truc\n");
    for (unsigned i = 0; i < 100; i++)
        buf_addf(&staff, "p%u\t2026-11-23\testablished\tstaff\t\t\t\t\tyes\n", i);
    for (size_t taught = 0; taught < 2; taught++) {
        struct train_job job = {.data = {{"facts.tsv", buf_slice(&survey)}, {"rows.tsv", buf_slice(&staff)}},
                                .data_count = 1 + taught,
                                .version = "v0001",
                                .seed = 7};
        struct train_result result;
        struct prediction p;
        struct business b = business_of(TENURE_UNKNOWN, "", -1);
        b.has_ruc = 1;
        assert_int_equal(trainer_stage.run(&job, &faults, &result), OK);
        stage_predict(result.model, "stage v0001", &b, &p);
        chance[taught] = kit_chance(&p, "established");
        assert_true((strstr(buf_text(&result.summary), "100 corrections by staff; of 0") != NULL) == (taught == 1));
        train_result_release(&result);
    }
    if (chance[1] < chance[0] + 0.05)
        fail_msg("established: %.3f, taught %.3f", chance[0], chance[1]);
    buf_clear(&staff);
    buf_adds(&staff, "who\tcorrected\ttrend\nx\tgrowth\tup\ny\tbig\tup\n");
    struct train_job job = {.data = {{"facts.tsv", buf_slice(&survey)}, {"rows.tsv", buf_slice(&staff)}},
                            .data_count = 2,
                            .version = "v0001"};
    struct train_result result;
    assert_int_equal(trainer_stage.run(&job, &faults, &result), ERR_VALUE);
    assert_string_equal(faults.items[0].text, "corrected must be startup, growth, established or decline");
    assert_int_equal(faults.items[0].line, 3);
    faults_release(&faults);
    buf_release(&survey);
    buf_release(&staff);
}

static void other_files_are_refused_with_a_reason(void **state)
{
    static const struct refused_file rows[] = {
        {"", "there are no rows"},
        {"years\n1\n", "there is no column \"years_own_account\""},
        {"years_own_account\tworkers\tnit\tmonthly_sales_bs\tdepto\n5\t1\tno\t100\tLa Paz\n",
         "nothing could be learned from it"},
    };
    (void)state;
    kit_expect_refused(&trainer_stage, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_is_the_table),
        cmocka_unit_test(whole_facts_are_decided_by_the_rule),
        cmocka_unit_test(the_model_answers_where_facts_are_missing),
        cmocka_unit_test(falling_sales_are_never_growth),
        cmocka_unit_test(more_months_never_make_a_startup),
        cmocka_unit_test(the_question_that_tells_most_comes_first),
        cmocka_unit_test(no_answer_tells_more_than_there_is_to_know),
        cmocka_unit_test(a_whole_fact_set_has_one_place),
        cmocka_unit_test(training_is_repeatable_and_says_what_it_is),
        cmocka_unit_test(staff_teach_it_from_the_first_hundred),
        cmocka_unit_test(other_files_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
