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
        assert_string_equal(p.version, "stage v0001");
        for (size_t k = 0; k < p.count; k++)
            sum += p.guesses[k].probability;
        assert_true(fabs(sum - 1) < 1e-6);
        if (*rows[i].best)
            assert_string_equal(p.guesses[0].label, rows[i].best);
        if (p.sure != rows[i].sure)
            fail_msg("%s: sure is %d at %.3f", rows[i].facts, p.sure, p.guesses[0].probability);
    }
}

/* What must not turn round, whatever else is known. */
static void more_of_a_fact_never_turns_the_answer_round(void **state)
{
    static const int tenures[] = {TENURE_UNKNOWN, -1, 3, 20, 60};
    static const double sales[] = {-1, 500, 3000, 30000};
    static const double workers[] = {-1, 1, 4};
    (void)state;
    for (size_t t = 0; t < COUNT(tenures); t++)
        for (size_t s = 0; s < COUNT(sales); s++)
            for (size_t w = 0; w < COUNT(workers); w++) {
                struct prediction up, same, down, later;
                struct business b = business_of(tenures[t], "up", sales[s]);
                b.workers = workers[w];
                stage_predict(model.weights, model.version, &b, &up);
                snprintf(b.trend, sizeof(b.trend), "same");
                stage_predict(model.weights, model.version, &b, &same);
                snprintf(b.trend, sizeof(b.trend), "down");
                stage_predict(model.weights, model.version, &b, &down);
                assert_true(kit_chance(&up, "growth") >= kit_chance(&same, "growth"));
                assert_true(kit_chance(&up, "growth") >= kit_chance(&down, "growth"));
                assert_true(kit_chance(&down, "decline") >= kit_chance(&same, "decline"));
                assert_true(kit_chance(&down, "decline") >= kit_chance(&up, "decline"));
                if (t == 0 || t + 1 == COUNT(tenures))
                    continue;
                b.trend[0] = '\0';
                stage_predict(model.weights, model.version, &b, &same);
                b.tenure_months = tenures[t + 1];
                stage_predict(model.weights, model.version, &b, &later);
                assert_true(kit_chance(&later, "startup") <= kit_chance(&same, "startup"));
                if (tenures[t + 1] >= STAGE_NEW_MONTHS)
                    assert_true(kit_chance(&later, "established") >= kit_chance(&same, "established"));
            }
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
        cmocka_unit_test(more_of_a_fact_never_turns_the_answer_round),
        cmocka_unit_test(training_is_repeatable_and_says_what_it_is),
        cmocka_unit_test(other_files_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
