#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/train.h"
#include "engine/train_cost.h"

static const struct linear_shape three = {
    .name = "made-up", .scheme = 1, .dimension = 6, .classes = 3, .labels = {"uno", "dos", "tres"}, .temperature = 1};
static const struct train_options plain = {.solver = TRAIN_LOGISTIC, .c = 10, .tolerance = 0.001, .balance = 0};

/* Rows whose label is their largest feature, one in ten mislabelled; features 3 to 5 are noise. */
static struct train_set *make_rows(size_t rows, size_t labels, uint64_t seed)
{
    struct train_random random = {seed};
    struct train_set *set = train_set_new();
    assert_non_null(set);
    for (size_t i = 0; i < rows; i++) {
        size_t truth = train_draw_below(&random, labels);
        struct feature features[2] = {{(uint32_t)truth, 1}, {3 + (uint32_t)train_draw_below(&random, 3), 0.5f}};
        if (train_draw_below(&random, 10) == 0)
            truth = (truth + 1) % labels;
        assert_int_equal(train_set_add(set, features, 2, truth), OK);
    }
    assert_int_equal(train_set_rows(set), rows);
    return set;
}

static void learns_what_can_be_learned(void **state)
{
    static const enum train_solver solvers[] = {TRAIN_LOGISTIC, TRAIN_SVM};
    (void)state;
    for (size_t i = 0; i < COUNT(solvers); i++) {
        struct train_options options = plain;
        struct train_set *train = make_rows(600, 3, 1), *test = make_rows(400, 3, 2);
        struct train_metrics m;
        struct linear *model;
        options.solver = solvers[i];
        assert_int_equal(train_fit(train, &three, &options, &model), OK);
        assert_int_equal(train_calibrate(model, test, 0.85), OK);
        assert_int_equal(train_measure(model, test, 1, &m), OK);
        assert_int_equal(m.rows, 400);
        assert_true(m.accuracy.value > 0.86 && m.accuracy.value < 0.94);
        assert_true(m.accuracy.low < m.accuracy.value && m.accuracy.value < m.accuracy.high);
        assert_true(m.accuracy.high - m.accuracy.low > 0.03 && m.accuracy.high - m.accuracy.low < 0.09);
        assert_true(m.top3.value == 1);
        assert_true(m.ece < 0.05);
        assert_true(m.sure_share > 0.99);
        linear_free(model);
        train_set_free(train);
        train_set_free(test);
    }
}

/* A model whose labels are each set against the rest says how sure it is at least as truly by sigmoids. */
static void sigmoids_are_calibrated(void **state)
{
    double ece[2], log_loss[2];
    (void)state;
    for (int link = LINEAR_SOFTMAX; link <= LINEAR_SIGMOIDS; link++) {
        struct train_options options = plain;
        struct train_set *train = make_rows(600, 3, 1), *held = make_rows(600, 3, 2), *test = make_rows(2000, 3, 3);
        struct linear_shape shape = three;
        struct train_metrics m;
        struct linear *model;
        options.solver = TRAIN_SVM;
        shape.link = (enum linear_link)link;
        assert_int_equal(train_fit(train, &shape, &options, &model), OK);
        assert_int_equal(train_calibrate(model, held, 0.85), OK);
        assert_int_equal(train_measure(model, test, 1, &m), OK);
        ece[link] = m.ece;
        log_loss[link] = m.log_loss;
        linear_free(model);
        train_set_free(train);
        train_set_free(held);
        train_set_free(test);
    }
    assert_true(ece[LINEAR_SIGMOIDS] < 0.03 && ece[LINEAR_SOFTMAX] < 0.05);
    assert_true(log_loss[LINEAR_SIGMOIDS] < log_loss[LINEAR_SOFTMAX] + 0.005);
}

static void two_labels_have_an_area(void **state)
{
    struct linear_shape shape = three;
    struct train_set *set = make_rows(500, 2, 3);
    struct train_metrics m;
    struct linear *model;
    double probabilities[2], scores[ENGINE_LABELS_MAX];
    (void)state;
    shape.classes = 2;
    assert_int_equal(train_fit(set, &shape, &plain, &model), OK);
    linear_scores(model, &(struct feature){1, 1}, 1, scores);
    linear_softmax(scores, 2, 1, probabilities);
    assert_true(probabilities[1] > 0.85 && probabilities[1] < 0.95); /* nine in ten are labelled so */
    assert_int_equal(train_measure(model, set, 1, &m), OK);
    assert_true(m.auc.value > 0.85 && m.auc.value < 0.95);
    assert_true(m.auc.low < m.auc.value && m.auc.value < m.auc.high);
    linear_free(model);
    train_set_free(set);
}

static void the_same_rows_give_the_same_bytes(void **state)
{
    struct buf bytes[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct train_set *set = make_rows(300, 3, 5);
        struct train_metrics m;
        struct linear *model;
        buf_init(&bytes[i], LINEAR_FILE_MAX);
        assert_int_equal(train_fit(set, &three, &plain, &model), OK);
        assert_int_equal(train_calibrate(model, set, 0.9), OK);
        assert_int_equal(train_measure(model, set, 7, &m), OK);
        linear_write(model, &bytes[i]);
        train_put_metrics(linear_shape(model), &m, &bytes[i]);
        linear_free(model);
        train_set_free(set);
    }
    assert_true(bytes[0].len > 0 && slice_eq(buf_slice(&bytes[0]), buf_slice(&bytes[1])));
    buf_release(&bytes[0]);
    buf_release(&bytes[1]);
}

static void a_label_without_rows_never_wins(void **state)
{
    struct train_set *set = make_rows(200, 2, 3);
    struct prediction p;
    struct linear *model;
    (void)state;
    assert_int_equal(train_fit(set, &three, &plain, &model), OK);
    linear_predict(model, &(struct feature){2, 1}, 1, &p);
    assert_string_equal(p.guesses[2].label, "tres");
    assert_true(p.guesses[2].probability < 1e-9);
    linear_free(model);
    train_set_free(set);
}

static void refuses_rows_outside_the_shape(void **state)
{
    static const struct {
        struct feature feature;
        size_t label;
    } rows[] = {{{6, 1}, 1}, {{0, NAN}, 1}, {{0, 1}, 3}, {{0, 1}, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct train_set *set = train_set_new();
        struct linear *model = NULL;
        assert_int_equal(train_set_add(set, &(struct feature){0, 1}, 1, 0), OK);
        assert_int_equal(train_set_add(set, &rows[i].feature, 1, rows[i].label), OK);
        assert_int_equal(train_fit(set, &three, &plain, &model), ERR_VALUE);
        assert_int_equal(train_set_add(set, NULL, 0, ENGINE_LABELS_MAX), ERR_VALUE);
        assert_null(model);
        train_set_free(set);
    }
}

static void nothing_can_be_measured_on_no_rows(void **state)
{
    struct train_set *none = train_set_new(), *set = make_rows(100, 3, 3);
    struct train_metrics m;
    struct linear *model;
    (void)state;
    assert_int_equal(train_fit(set, &three, &plain, &model), OK);
    assert_int_equal(train_measure(model, none, 1, &m), ERR_VALUE);
    assert_int_equal(train_calibrate(model, none, 0.9), ERR_VALUE);
    linear_free(model);
    train_set_free(set);
    train_set_free(none);
}

/* Four rows that a model without weights gets half right, to compare with what a person works out. */
static void measures_are_what_their_names_say(void **state)
{
    struct linear_shape shape = {
        .name = "t", .dimension = 1, .classes = 2, .labels = {"a", "b"}, .temperature = 1, .threshold = 0.6};
    static const struct {
        float value;
        size_t truth;
    } rows[] = {{2, 1}, {1, 0}, {-1, 0}, {-2, 0}};
    const double weights[] = {0, 1}, bias[] = {0, 0};
    struct train_set *set = train_set_new();
    struct train_metrics m;
    struct linear *model;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(train_set_add(set, &(struct feature){0, rows[i].value}, 1, rows[i].truth), OK);
    assert_int_equal(linear_make(&shape, weights, bias, &model), OK);
    assert_int_equal(train_measure(model, set, 1, &m), OK);
    assert_true(fabs(m.accuracy.value - 0.75) < 1e-9);
    assert_true(fabs(m.auc.value - 1.0) < 1e-9);
    assert_true(fabs(m.macro_f1.value - (0.8 + 2.0 / 3) / 2) < 1e-9);
    assert_true(fabs(m.log_loss - (0.126928 + 1.313262 + 0.313262 + 0.126928) / 4) < 1e-4);
    assert_true(m.sure_share == 1 && fabs(m.sure_accuracy - 0.75) < 1e-9);
    assert_int_equal(m.confusion[0][1], 1);
    assert_int_equal(m.confusion[0][0], 2);
    assert_int_equal(m.confusion[1][1], 1);
    linear_free(model);
    train_set_free(set);
}

/* Few rows and much noise: a model that minds each error learns the noise, and another fold shows it. */
static void the_cost_is_chosen_on_rows_not_learned_from(void **state)
{
    static const struct linear_shape wide = {
        .name = "made-up", .scheme = 1, .dimension = 200, .classes = 2, .labels = {"uno", "dos"}, .temperature = 1};
    struct train_options options = plain;
    struct train_costs costs, again;
    struct train_random random = {7};
    struct train_set *set = train_set_new();
    uint8_t folds[160];
    size_t least = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(folds); i++) {
        size_t truth = train_draw_below(&random, 2);
        struct feature features[9] = {{(uint32_t)(train_draw_below(&random, 4) ? truth : 1 - truth), 1}};
        for (size_t k = 1; k < COUNT(features); k++)
            features[k] = (struct feature){(uint32_t)(2 + 24 * (k - 1) + train_draw_below(&random, 24)), 1};
        folds[i] = i % 10 == 9 ? TRAIN_NO_FOLD : (uint8_t)(i % 5);
        assert_int_equal(train_set_add(set, features, COUNT(features), truth), OK);
    }
    assert_int_equal(train_choose_cost(set, folds, &wide, &options, &costs), OK);
    assert_int_equal(costs.rows, 144);
    assert_true(options.c == costs.c && options.c < 1);
    for (size_t k = 0; k < TRAIN_COSTS; k++) {
        assert_true(k == 0 || costs.tried[k].c > costs.tried[k - 1].c);
        least = costs.tried[k].log_loss < costs.tried[least].log_loss ? k : least;
        assert_true(costs.tried[k].accuracy > 0.5 && costs.tried[k].accuracy < 0.9);
    }
    assert_true(costs.tried[least].c == costs.c);
    assert_int_equal(train_choose_cost(set, folds, &wide, &options, &again), OK);
    assert_memory_equal(&costs, &again, sizeof(costs));
    memset(folds, TRAIN_NO_FOLD, sizeof(folds));
    assert_int_equal(train_choose_cost(set, folds, &wide, &options, &costs), OK); /* nothing to test */
    assert_true(costs.rows == 0 && options.c == again.c);
    train_set_free(set);
}

static void no_memory_ends_it(void **state)
{
    struct train_set *set = make_rows(60, 3, 9);
    long successes = 0;
    enum error error;
    (void)state;
    do {
        struct linear *model = NULL;
        struct train_metrics m;
        mem_fail_after(successes++);
        error = train_fit(set, &three, &plain, &model);
        if (!error)
            error = train_calibrate(model, set, 0.9);
        if (!error)
            error = train_measure(model, set, 1, &m);
        mem_fail_after(-1);
        linear_free(model);
        assert_true(error == OK || error == ERR_NOMEM);
    } while (error && successes < 100);
    assert_in_range(successes, 5, 99);
    train_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_what_can_be_learned),
        cmocka_unit_test(sigmoids_are_calibrated),
        cmocka_unit_test(two_labels_have_an_area),
        cmocka_unit_test(the_same_rows_give_the_same_bytes),
        cmocka_unit_test(a_label_without_rows_never_wins),
        cmocka_unit_test(refuses_rows_outside_the_shape),
        cmocka_unit_test(nothing_can_be_measured_on_no_rows),
        cmocka_unit_test(measures_are_what_their_names_say),
        cmocka_unit_test(the_cost_is_chosen_on_rows_not_learned_from),
        cmocka_unit_test(no_memory_ends_it),
    };
    return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
