#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/linear.h"

/* Three labels over four features: feature i speaks for label i, feature 3 for none. */
static const struct linear_shape small = {.name = "small",
                                          .scheme = 7,
                                          .dimension = 4,
                                          .classes = 3,
                                          .labels = {"uno", "dos", "tres"},
                                          .temperature = 2,
                                          .threshold = 0.5};
static const double small_weights[] = {4, 0, -1, 0, 2, 0, -3, 0, 1, 0, 0, 0};
static const double small_bias[] = {0.5, 0, -0.25};

static struct linear *make_small(void)
{
    struct linear *model = NULL;
    assert_int_equal(linear_make(&small, small_weights, small_bias, &model), OK);
    return model;
}

static void write_small(struct buf *out)
{
    struct linear *model = make_small();
    buf_init(out, LINEAR_FILE_MAX);
    linear_write(model, out);
    assert_int_equal(out->error, OK);
    linear_free(model);
}

static void scores_are_bias_plus_weights(void **state)
{
    static const struct {
        struct feature features[2];
        size_t count;
        double scores[3];
    } rows[] = {
        {{{0, 0}}, 0, {0.5, 0, -0.25}},
        {{{0, 1}}, 1, {4.5, 0, -1.25}},
        {{{1, 0.5f}, {2, 2}}, 2, {-5.5, 1, 1.75}},
        {{{3, 9}}, 1, {0.5, 0, -0.25}},
        {{{4, 9}, {UINT32_MAX, 9}}, 2, {0.5, 0, -0.25}}, /* beyond the dimension */
    };
    struct linear *model = make_small();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        double scores[ENGINE_LABELS_MAX];
        linear_scores(model, rows[i].features, rows[i].count, scores);
        for (size_t c = 0; c < 3; c++)
            assert_true(fabs(scores[c] - rows[i].scores[c]) < 1e-3);
    }
    linear_free(model);
}

static void probabilities_follow_the_temperature(void **state)
{
    static const double scores[] = {2, 0};
    double probabilities[2];
    (void)state;
    linear_softmax(scores, 2, 1, probabilities);
    assert_true(fabs(probabilities[0] - 0.880797) < 1e-6);
    linear_softmax(scores, 2, 2, probabilities);
    assert_true(fabs(probabilities[0] - 0.731059) < 1e-6);
    assert_true(fabs(probabilities[0] + probabilities[1] - 1) < 1e-12);
    linear_softmax((const double[]){1e5, -1e5}, 2, 0.01, probabilities);
    assert_true(probabilities[0] == 1 && probabilities[1] == 0);
}

/* sigmoid(2 - 1) = 0.731059 and sigmoid(-2 - 1) = 0.047426, of their sum. */
static void sigmoids_are_shared_out(void **state)
{
    struct linear_shape shape = small;
    struct linear *model = NULL, *again = NULL;
    struct faults faults;
    struct buf bytes;
    double probabilities[ENGINE_LABELS_MAX];
    (void)state;
    shape.link = LINEAR_SIGMOIDS;
    shape.classes = 2;
    shape.shift = -1;
    linear_probabilities(&shape, (const double[]){4, -4}, probabilities);
    assert_true(fabs(probabilities[0] - 0.731059 / 0.778485) < 1e-6);
    assert_true(fabs(probabilities[0] + probabilities[1] - 1) < 1e-12);
    linear_probabilities(&shape, (const double[]){-1e9, -1e9 - 2}, probabilities);
    assert_true(fabs(probabilities[0] - 0.731059) < 1e-6);
    shape.classes = 3;
    assert_int_equal(linear_make(&shape, small_weights, small_bias, &model), OK);
    buf_init(&bytes, LINEAR_FILE_MAX);
    linear_write(model, &bytes);
    faults_init(&faults);
    assert_int_equal(linear_read("m", buf_slice(&bytes), &faults, &again), OK);
    assert_int_equal(linear_shape(again)->link, LINEAR_SIGMOIDS);
    assert_true(linear_shape(again)->shift == -1);
    shape.link = LINEAR_SOFTMAX;
    linear_free(model);
    assert_int_equal(linear_make(&shape, small_weights, small_bias, &model), ERR_VALUE);
    faults_release(&faults);
    buf_release(&bytes);
    linear_free(again);
}

static void predicts_best_first_and_says_when_unsure(void **state)
{
    struct linear *model = make_small();
    struct prediction p = {.version = "small v0001"};
    (void)state;
    linear_predict(model, &(struct feature){2, 5}, 1, &p);
    assert_int_equal(p.count, 3);
    assert_string_equal(p.guesses[0].label, "tres");
    assert_string_equal(p.guesses[1].label, "dos");
    assert_string_equal(p.guesses[2].label, "uno");
    assert_true(p.sure);
    assert_string_equal(p.reasons[0], "");
    assert_string_equal(p.version, "small v0001");
    linear_predict(model, NULL, 0, &p);
    assert_string_equal(p.guesses[0].label, "uno");
    assert_false(p.sure);
    assert_int_equal(linear_calibrate(model, 2, 0, 0.3), OK);
    linear_predict(model, NULL, 0, &p);
    assert_true(p.sure);
    linear_free(model);
}

static void finds_labels_and_weights(void **state)
{
    struct linear *model = make_small();
    (void)state;
    assert_int_equal(linear_class(model, SLICE("dos")), 1);
    assert_int_equal(linear_class(model, SLICE("do")), ENGINE_LABELS_MAX);
    assert_true(fabs(linear_weight(model, 2, 0) + 3) < 1e-3);
    assert_true(fabs(linear_weight(model, 0, 0) - 4) < 1e-3);
    assert_true(linear_weight(model, 4, 0) == 0 && linear_weight(model, 0, 3) == 0);
    linear_free(model);
}

static void what_is_written_is_read_again(void **state)
{
    struct buf first, second;
    struct faults faults;
    struct linear *model;
    (void)state;
    write_small(&first);
    faults_init(&faults);
    assert_int_equal(linear_read("small.bin", buf_slice(&first), &faults, &model), OK);
    assert_int_equal(faults.total, 0);
    assert_int_equal(linear_shape(model)->scheme, 7);
    assert_string_equal(linear_shape(model)->name, "small");
    assert_string_equal(linear_shape(model)->labels[2], "tres");
    buf_init(&second, LINEAR_FILE_MAX);
    linear_write(model, &second);
    assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
    linear_free(model);
    buf_release(&first);
    buf_release(&second);
}

static void refuses_shapes_out_of_bounds(void **state)
{
    struct linear_shape shapes[7];
    struct linear *model = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++)
        shapes[i] = small;
    shapes[0].classes = 1;
    shapes[1].classes = ENGINE_LABELS_MAX + 1;
    shapes[2].dimension = 0;
    shapes[3].temperature = 0;
    shapes[4].threshold = 1.5;
    shapes[5].name[0] = 0;
    shapes[6].labels[1][0] = 0;
    for (size_t i = 0; i < COUNT(shapes); i++)
        assert_int_equal(linear_make(&shapes[i], small_weights, small_bias, &model), ERR_VALUE);
    assert_int_equal(linear_make(&small, (const double[12]){NAN}, small_bias, &model), ERR_VALUE);
    assert_int_equal(linear_make(&small, small_weights, (const double[3]){0, INFINITY, 0}, &model), ERR_VALUE);
    assert_null(model);
}

/* Every single byte changed, every length cut: each is noticed, and each fault names the file. */
static void damage_is_a_fault(void **state)
{
    struct buf file;
    struct linear *model = NULL;
    (void)state;
    write_small(&file);
    for (size_t i = 0; i < file.len; i++) {
        struct faults faults;
        faults_init(&faults);
        file.ptr[i] ^= 0x41;
        assert_int_equal(linear_read("small.bin", buf_slice(&file), &faults, &model), ERR_VALUE);
        file.ptr[i] ^= 0x41;
        assert_int_equal(faults.total, 1);
        assert_string_equal(faults.items[0].file, "small.bin");
        assert_non_null(strstr(faults.items[0].text, "train it again"));
        faults_release(&faults);
        faults_init(&faults);
        assert_int_equal(linear_read("small.bin", (struct slice){file.ptr, i}, &faults, &model), ERR_VALUE);
        faults_release(&faults);
    }
    assert_null(model);
    buf_release(&file);
}

static void no_memory_fails_the_read_alone(void **state)
{
    struct buf file;
    struct linear *model = NULL;
    long successes = 0;
    enum error error;
    (void)state;
    write_small(&file);
    do {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(successes++);
        error = linear_read("small.bin", buf_slice(&file), &faults, &model);
        mem_fail_after(-1);
        assert_true(error == OK || (error == ERR_NOMEM && !model && faults.total == 1));
        faults_release(&faults);
    } while (error);
    assert_true(successes > 2);
    linear_free(model);
    buf_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_bias_plus_weights),   cmocka_unit_test(probabilities_follow_the_temperature),
        cmocka_unit_test(sigmoids_are_shared_out),        cmocka_unit_test(predicts_best_first_and_says_when_unsure),
        cmocka_unit_test(finds_labels_and_weights),       cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(refuses_shapes_out_of_bounds),   cmocka_unit_test(damage_is_a_fault),
        cmocka_unit_test(no_memory_fails_the_read_alone),
    };
    return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
