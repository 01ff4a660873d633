#include "tests/unit/model_kit.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "engine/business.h"
#include "engine/growth.h"
#include "engine/train.h"

static struct registry_model closing, growth;

static int load(void **state)
{
    (void)state;
    int error = kit_load("closing", GROWTH_SCHEME, &closing);
    return error ? error : kit_load("growth", GROWTH_SCHEME, &growth);
}

static int unload(void **state)
{
    (void)state;
    registry_release(&closing);
    registry_release(&growth);
    return 0;
}

static struct prediction outlook(int tenure, double sales, double workers, int ruc)
{
    struct prediction p;
    struct business b;
    business_init(&b);
    b.tenure_months = tenure;
    b.sales_month = sales;
    b.workers = workers;
    b.has_ruc = ruc;
    growth_predict(closing.weights, growth.weights, growth.version, &b, &p);
    return p;
}

static void outlooks_are_three_and_sum_to_one(void **state)
{
    static const int tenures[] = {TENURE_UNKNOWN, -1, 0, 12, 120, 600};
    static const double amounts[] = {-1, 0, 1, 500, 20000, 1e9};
    (void)state;
    for (size_t t = 0; t < COUNT(tenures); t++)
        for (size_t s = 0; s < COUNT(amounts); s++)
            for (size_t w = 0; w < COUNT(amounts); w++) {
                struct prediction p = outlook(tenures[t], amounts[s], amounts[w], (int)(s + w) % 3 - 1);
                assert_int_equal(p.count, 3);
                double sum = kit_chance(&p, "riesgo") + kit_chance(&p, "estable") + kit_chance(&p, "por crecer");
                assert_true(fabs(sum - 1) < 1e-9);
                for (size_t i = 0; i + 1 < p.count; i++)
                    assert_true(p.guesses[i].probability >= p.guesses[i + 1].probability);
                assert_string_equal(p.version, "growth v0001");
            }
}

static void the_young_are_at_more_risk_than_the_old(void **state)
{
    (void)state;
    struct prediction young = outlook(3, 500, 1, 0), old = outlook(180, 500, 1, 0);
    assert_true(kit_chance(&young, "riesgo") > kit_chance(&old, "riesgo"));
    young = outlook(3, -1, -1, -1);
    old = outlook(180, -1, -1, -1);
    assert_true(kit_chance(&young, "riesgo") > kit_chance(&old, "riesgo"));
    assert_string_equal(old.reasons[0], "tiempo abierto");
    assert_string_equal(old.reasons[1], "");
}

static void what_is_unknown_adds_nothing(void **state)
{
    struct growth_facts nothing = {.years = -1, .registered = -1, .sales = -1, .workers = -1};
    struct feature features[GROWTH_FEATURES];
    struct business b;
    (void)state;
    assert_int_equal(growth_features(&nothing, features), 0);
    business_init(&b);
    b.tenure_months = -1;
    b.sales_month = 500;
    b.workers = 2;
    struct growth_facts facts;
    growth_facts_of(&b, &facts);
    assert_int_equal(growth_features(&facts, features), 0);
    struct prediction p = outlook(TENURE_UNKNOWN, -1, -1, -1);
    assert_false(p.sure);
    assert_string_equal(p.reasons[0], "");
}

static void features_are_bounded_and_of_the_known(void **state)
{
    struct growth_facts facts = {.years = 50,
                                 .registered = 1,
                                 .sales = 1e12,
                                 .workers = 1e9,
                                 .trained_finance = true,
                                 .trained_marketing = true};
    struct feature features[GROWTH_FEATURES];
    (void)state;
    size_t count = growth_features(&facts, features);
    assert_in_range(count, 6, GROWTH_FEATURES);
    for (size_t i = 0; i < count; i++) {
        assert_in_range(features[i].index, 0, GROWTH_DIMENSION - 1);
        assert_true(isfinite(features[i].value));
    }
}

/* A made-up panel where the young close, and growth is a toss. */
static void write_panel(struct buf *out)
{
    struct train_random random = {1};
    buf_adds(out, "years\tregistered\tsales\temployees\ttrained_finance\ttrained_marketing\talive_14m\tsales_14m\n");
    for (unsigned i = 0; i < 300; i++) {
        unsigned years = i % 20;
        bool lives = years > 4 || train_draw_below(&random, 2);
        size_t sales = 1000 + train_draw_below(&random, 5000);
        buf_addf(out, "%u.5\t%u\t%zu\t%u\t%u\t0\t%d\t%zu\n", years, i % 2, sales, i % 5, i % 3 == 0, lives,
                 lives ? sales * (train_draw_below(&random, 2) + 1) : 0);
    }
    buf_adds(out, "3\t1\t2000\t0\t0\t0\t\t\n");
}

static void training_finds_what_is_there_and_nothing_more(void **state)
{
    static const struct {
        const struct trainer *trainer;
        double low, high; /* the area under the curve must lie between */
    } rows[] = {{&trainer_closing, 0.7, 1}, {&trainer_growth, 0.3, 0.65}};
    struct buf panel, bytes, again;
    struct faults faults;
    (void)state;
    buf_init(&panel, 100000);
    buf_init(&bytes, 10000);
    buf_init(&again, 10000);
    faults_init(&faults);
    write_panel(&panel);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct train_result result;
        cJSON *card = NULL;
        assert_int_equal(kit_train(rows[i].trainer, buf_slice(&panel), &faults, &result), OK);
        assert_string_equal(linear_shape(result.model)->name, rows[i].trainer->name);
        assert_int_equal(json_parse(buf_slice(&result.card), 1000000, &card), OK);
        const cJSON *auc = cJSON_GetObjectItemCaseSensitive(json_object(card, "auc"), "value");
        if (!cJSON_IsNumber(auc) || auc->valuedouble < rows[i].low || auc->valuedouble > rows[i].high)
            fail_msg("%s: auc %f", rows[i].trainer->name, auc ? auc->valuedouble : -1);
        assert_true(strstr(json_string(card, "limits").ptr, "South African") != NULL);
        cJSON_Delete(card);
        buf_clear(&bytes);
        linear_write(result.model, &bytes);
        train_result_release(&result);
        assert_int_equal(kit_train(rows[i].trainer, buf_slice(&panel), &faults, &result), OK);
        buf_clear(&again);
        linear_write(result.model, &again);
        train_result_release(&result);
        assert_true(slice_eq(buf_slice(&bytes), buf_slice(&again)));
    }
    faults_release(&faults);
    buf_release(&panel);
    buf_release(&bytes);
    buf_release(&again);
}

static void other_files_are_refused_with_a_reason(void **state)
{
    static const struct refused_file rows[] = {
        {"", "there are no rows"},
        {"years\n1\n", "there is no column \"registered\""},
        {"years\tregistered\tsales\temployees\ttrained_finance\ttrained_marketing\talive_14m\tsales_"
         "14m\n1\t1\t5\t0\t0\t0\t1\t9\n",
         "nothing could be learned from it"},
    };
    (void)state;
    kit_expect_refused(&trainer_closing, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outlooks_are_three_and_sum_to_one),
        cmocka_unit_test(the_young_are_at_more_risk_than_the_old),
        cmocka_unit_test(what_is_unknown_adds_nothing),
        cmocka_unit_test(features_are_bounded_and_of_the_known),
        cmocka_unit_test(training_finds_what_is_there_and_nothing_more),
        cmocka_unit_test(other_files_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
