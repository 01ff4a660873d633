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
                assert_string_equal(p.version, "growth v0004");
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
    struct growth_facts nothing = {.years = -1, .registered = -1, .fixed_place = -1, .sales = -1, .workers = -1};
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
                                 .fixed_place = 1,
                                 .sales = 1e12,
                                 .workers = 1e9,
                                 .trained_finance = true,
                                 .trained_marketing = true,
                                 .checkin = true};
    struct feature features[GROWTH_FEATURES];
    (void)state;
    size_t count = growth_features(&facts, features);
    assert_in_range(count, 6, GROWTH_FEATURES);
    for (size_t i = 0; i < count; i++) {
        assert_in_range(features[i].index, 0, GROWTH_FITTED - 1);
        assert_true(isfinite(features[i].value));
    }
}

/* A made-up panel where the young close, and growth is a toss. */
static void write_panel(struct buf *out)
{
    struct train_random random = {1};
    buf_adds(
        out,
        "years\tregistered\tfixed_shop\tsales\temployees\ttrained_finance\ttrained_marketing\talive_14m\tsales_14m\n");
    for (unsigned i = 0; i < 300; i++) {
        unsigned years = i % 20, fixed = i % 7 < 3;
        bool lives = years > 4 || train_draw_below(&random, 2);
        if (!fixed)
            lives = lives && train_draw_below(&random, 4);
        size_t sales = 1000 + train_draw_below(&random, 5000);
        buf_addf(out, "%u.5\t%u\t%u\t%zu\t%u\t%u\t0\t%d\t%zu\n", years, i % 2, fixed, sales, i % 5, i % 3 == 0, lives,
                 lives ? sales * (train_draw_below(&random, 2) + 1) : 0);
    }
    buf_adds(out, "3\t1\t1\t2000\t0\t0\t0\t\t\n");
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

static void a_place_goes_with_less_risk(void **state)
{
    struct business b;
    struct prediction with, without, unknown;
    (void)state;
    business_init(&b);
    b.tenure_months = 24;
    growth_predict(closing.weights, growth.weights, growth.version, &b, &unknown);
    snprintf(b.activity, sizeof(b.activity), "vendo jugos en mi puesto del mercado");
    growth_predict(closing.weights, growth.weights, growth.version, &b, &with);
    snprintf(b.activity, sizeof(b.activity), "soy ambulante, vendo jugos");
    growth_predict(closing.weights, growth.weights, growth.version, &b, &without);
    assert_true(kit_chance(&with, "riesgo") < kit_chance(&unknown, "riesgo"));
    assert_true(kit_chance(&unknown, "riesgo") < kit_chance(&without, "riesgo"));
}

static void the_models_know_how_little_they_know(void **state)
{
    struct engine_interval whole = growth_auc(closing.weights, true), less = growth_auc(closing.weights, false);
    struct engine_interval grows = growth_auc(growth.weights, true);
    (void)state;
    assert_true(0.5 < less.low && less.low < less.value && less.value < less.high);
    assert_true(whole.value > less.value && whole.high < 0.9);
    assert_true(grows.low < grows.value && grows.value < 0.65); /* above it would be leakage */
}

/* Of the shipped levers only the place can be told from chance. */
static void a_lever_is_one_that_she_lacks(void **state)
{
    static const struct {
        const char *activity, *industry;
        int tenure, ruc, place;
        const char *lever; /* "" none */
    } rows[] = {
        {"vendo emoliente en mi carrito", "restaurante", 24, 0, -1, "place"},
        {"vendo ropa", "comercio", 24, 0, 0, "place"},
        {"vendo emoliente en mi carrito", "restaurante", TENURE_UNKNOWN, -1, -1, "place"},
        {"vendo emoliente en mi carrito", "restaurante", -1, 0, -1, ""},
        {"vendo emoliente en mi carrito", "restaurante", 24, 0, 1, ""},
        {"vendo jugos", "restaurante", 24, 0, -1, ""},
        {"tengo una bodega", "bodega_alimentos", 24, 0, -1, ""},
        {"reparto en triciclo", "transporte", 24, 0, -1, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct business b;
        struct engine_lever lever = {.key = ""};
        business_init(&b);
        snprintf(b.activity, sizeof(b.activity), "%s", rows[i].activity);
        snprintf(b.industry, sizeof(b.industry), "%s", rows[i].industry);
        b.tenure_months = rows[i].tenure;
        b.has_ruc = rows[i].ruc;
        b.fixed_place = rows[i].place;
        bool given = growth_lever(closing.weights, &b, &lever);
        assert_string_equal(lever.key, rows[i].lever);
        assert_int_equal(given, rows[i].lever[0] != '\0');
        if (given)
            assert_true(0 < lever.survival.low && lever.survival.low < lever.survival.value &&
                        lever.survival.value < lever.survival.high && lever.survival.high < 100);
    }
}

static bool card_tells(const cJSON *card, const char *name)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, json_array(card, "levers")) if (slice_is(json_string(row, "lever"), name)) return slice_is(
        json_string(row, "told"), "yes");
    fail_msg("no lever %s", name);
    return false;
}

static void levers_are_told_from_chance(void **state)
{
    struct buf panel;
    struct faults faults;
    struct train_result result;
    cJSON *card = NULL;
    (void)state;
    buf_init(&panel, 100000);
    faults_init(&faults);
    write_panel(&panel);
    assert_int_equal(kit_train(&trainer_closing, buf_slice(&panel), &faults, &result), OK);
    assert_int_equal(json_parse(buf_slice(&result.card), 1000000, &card), OK);
    assert_true(card_tells(card, "place"));
    assert_false(card_tells(card, "formalise"));
    assert_false(card_tells(card, "training"));
    cJSON_Delete(card);
    train_result_release(&result);
    faults_release(&faults);
    buf_release(&panel);
}

/* Check-ins as `chaski dataset build growth` writes them, of owners of whom those that sell much sell more. */
static void write_checkins(struct buf *out, unsigned count)
{
    buf_adds(out, "who\tat\toutcome\tby\tasked_at\tstage\tsales\ttenure\tworkers\truc\n");
    buf_adds(out, "p000\t2026-11-24\tdown\tcheckin\t2026-10-23\tgrowth\t900/month\t24\t1\tno\n");
    for (unsigned i = 0; i < count; i++)
        buf_addf(out, "p%03u\t2026-12-24\t%s\tcheckin\t2026-11-23\tgrowth\t%u/month\t24\t%u\tno\n", i,
                 i % 2   ? "up"
                 : i % 4 ? "same"
                         : "down",
                 i % 2 ? 6000 : 900, 1 + i % 3);
}

static void check_ins_teach_it_from_the_first_hundred(void **state)
{
    static const struct {
        unsigned count;
        bool taught;
    } rows[] = {{99, false}, {100, true}};
    struct buf panel, checkins;
    struct faults faults;
    (void)state;
    buf_init(&panel, 100000);
    buf_init(&checkins, 100000);
    faults_init(&faults);
    write_panel(&panel);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&checkins);
        write_checkins(&checkins, rows[i].count);
        struct train_job job = {.data = {{"panel.tsv", buf_slice(&panel)}, {"rows.tsv", buf_slice(&checkins)}},
                                .data_count = 2,
                                .version = "v0001",
                                .seed = 7};
        struct train_result result;
        int64_t used = 0;
        cJSON *card = NULL;
        assert_int_equal(trainer_growth.run(&job, &faults, &result), OK);
        assert_int_equal(json_parse(buf_slice(&result.card), 1000000, &card), OK);
        assert_true(json_int(card, "checkins", &used));
        assert_int_equal(used, rows[i].taught ? rows[i].count : 0);
        cJSON_Delete(card);
        struct growth_facts little = {.years = 2, .fixed_place = -1, .sales = 900 / GROWTH_TYPICAL_SOLES, .workers = 1};
        struct growth_facts much = little;
        struct feature features[GROWTH_FEATURES];
        struct prediction p, q;
        much.sales = 6000 / GROWTH_TYPICAL_SOLES;
        linear_predict(result.model, features, growth_features(&little, features), &p);
        linear_predict(result.model, features, growth_features(&much, features), &q);
        assert_int_equal(kit_chance(&q, "grows") > kit_chance(&p, "grows") + 0.4, rows[i].taught);
        assert_int_equal(growth_auc(result.model, true).value > 0.9, rows[i].taught);
        train_result_release(&result);
    }
    faults_release(&faults);
    buf_release(&panel);
    buf_release(&checkins);
}

static void other_files_are_refused_with_a_reason(void **state)
{
    static const struct refused_file rows[] = {
        {"", "there are no rows"},
        {"years\n1\n", "there is no column \"registered\""},
        {"years\tregistered\tfixed_shop\tsales\temployees\ttrained_finance\ttrained_marketing\talive_14m\tsales_"
         "14m\n1\t1\t1\t5\t0\t0\t0\t1\t9\n",
         "nothing could be learned from it"},
        {"who\tat\toutcome\tsales\nx\t2026-11-23\tup\t900/month\n", "who closed answers no check-in"},
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
        cmocka_unit_test(a_place_goes_with_less_risk),
        cmocka_unit_test(the_models_know_how_little_they_know),
        cmocka_unit_test(a_lever_is_one_that_she_lacks),
        cmocka_unit_test(levers_are_told_from_chance),
        cmocka_unit_test(check_ins_teach_it_from_the_first_hundred),
        cmocka_unit_test(training_finds_what_is_there_and_nothing_more),
        cmocka_unit_test(other_files_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
