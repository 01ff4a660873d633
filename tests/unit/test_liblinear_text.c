#include "tests/unit/unit.h"

#include <linear.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/liblinear_text.h"
#include "engine/train.h"

#define ROWS 300
#define DIMENSION 6

static const struct linear_shape three = {
    .name = "made-up", .dimension = DIMENSION, .classes = 3, .labels = {"uno", "dos", "tres"}, .temperature = 1};

static void be_quiet(const char *text)
{
    (void)text;
}

/* What liblinear's own program does with a dump: rows of two features and an end, labels 0 to `labels` - 1. */
static struct model *train_plainly(int labels, int solver, double bias, struct feature_node nodes[ROWS][4])
{
    static double truth[ROWS];
    static struct feature_node *rows[ROWS];
    struct train_random random = {5};
    for (size_t i = 0; i < ROWS; i++) {
        size_t label = train_draw_below(&random, (size_t)labels);
        size_t n = 0;
        nodes[i][n++] = (struct feature_node){(int)label + 1, 1};
        nodes[i][n++] = (struct feature_node){4 + (int)train_draw_below(&random, 3), 0.5};
        if (bias >= 0)
            nodes[i][n++] = (struct feature_node){DIMENSION + 1, bias};
        nodes[i][n] = (struct feature_node){-1, 0};
        truth[i] = (double)(train_draw_below(&random, 10) ? label : (label + 1) % (size_t)labels);
        rows[i] = nodes[i];
    }
    struct problem problem = {.l = ROWS, .n = DIMENSION + (bias >= 0), .y = truth, .x = rows, .bias = bias};
    struct parameter parameter = {.solver_type = solver, .eps = 0.001, .C = 3};
    set_print_string_function(be_quiet);
    assert_null(check_parameter(&problem, &parameter));
    return train(&problem, &parameter);
}

/* Writes as liblinear's program does, and reads the file here. */
static struct linear *pass_through_a_file(const struct model *fitted)
{
    static char bytes[65536];
    char path[] = "/tmp/chaski-liblinear-XXXXXX";
    struct faults faults;
    struct linear *model = NULL;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    assert_int_equal(save_model(path, fitted), 0);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    remove(path);
    faults_init(&faults);
    assert_int_equal(liblinear_text_read(path, (struct slice){bytes, len}, &three, &faults, &model), OK);
    assert_int_equal(faults.total, 0);
    faults_release(&faults);
    return model;
}

static void expect_the_same(const struct model *fitted, const struct linear *model, const struct feature_node *nodes)
{
    struct feature features[2];
    double scores[ENGINE_LABELS_MAX], values[3];
    size_t best = 0;
    for (size_t i = 0; i < 2; i++)
        features[i] = (struct feature){(uint32_t)nodes[i].index - 1, (float)nodes[i].value};
    linear_scores(model, features, 2, scores);
    for (size_t c = 1; c < three.classes; c++)
        if (scores[c] > scores[best])
            best = c;
    assert_int_equal((int)predict_values(fitted, nodes, values), (int)best);
    for (int k = 0; fitted->nr_class == 3 && k < 3; k++)
        assert_true(fabs(scores[fitted->label[k]] - values[k]) < 1e-3);
}

static void what_liblinear_trains_predicts_the_same_here(void **state)
{
    static const struct {
        int labels, solver;
        double bias;
    } rows[] = {{3, L2R_LR, 1}, {3, L2R_L2LOSS_SVC, -1}, {3, L2R_L1LOSS_SVC_DUAL, 1}, {2, L2R_LR, 1}, {2, L1R_LR, -1}};
    static struct feature_node nodes[ROWS][4];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct model *fitted = train_plainly(rows[i].labels, rows[i].solver, rows[i].bias, nodes);
        struct linear *model = pass_through_a_file(fitted);
        for (size_t row = 0; row < ROWS; row++)
            expect_the_same(fitted, model, nodes[row]);
        linear_free(model);
        free_and_destroy_model(&fitted);
    }
}

#define HEAD "solver_type L2R_LR\nnr_class 3\nlabel 2 0 1\nnr_feature 1\nbias -1\nw\n"

static void what_is_no_model_is_a_fault(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
    } rows[] = {
        {"", 1},
        {"solver_type MCSVM_CS\n", 1},
        {"solver_type L2R_L2LOSS_SVR\n", 1},
        {"solver_type L2R_LR\nnr_class 4\n", 2},
        {"solver_type L2R_LR\nnr_class 3\nlabel 0 0 1\n", 3},
        {"solver_type L2R_LR\nnr_class 3\nlabel 0 3 1\n", 3},
        {"solver_type L2R_LR\nnr_class 3\nlabel 0 2\n", 3},
        {"solver_type L2R_LR\nnr_class 3\nlabel 2 0 1\nnr_feature 7\n", 4},
        {"solver_type L2R_LR\nnr_class 3\nlabel 2 0 1\nnr_feature 1\nbias x\n", 5},
        {"solver_type L2R_LR\nnr_class 3\nlabel 2 0 1\nnr_feature 1\nbias 1\nv\n", 6},
        {HEAD, 7},
        {HEAD "1 2\n", 7},
        {HEAD "1 2 nan\n", 7},
        {HEAD "1 2 1e31\n", 7},
        {HEAD "1 2 3\n4 5 6\n", 8},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        struct linear *model = NULL;
        faults_init(&faults);
        assert_int_equal(liblinear_text_read("f", slice_of(rows[i].text), &three, &faults, &model), ERR_SYNTAX);
        assert_null(model);
        assert_int_equal(faults.total, 1);
        assert_int_equal(faults.items[0].line, rows[i].line);
        faults_release(&faults);
    }
}

static void no_memory_fails_the_read_alone(void **state)
{
    enum error error;
    long successes = 0;
    (void)state;
    do {
        struct faults faults;
        struct linear *model = NULL;
        faults_init(&faults);
        mem_fail_after(successes++);
        error = liblinear_text_read("f", SLICE(HEAD "1 2 3\n"), &three, &faults, &model);
        mem_fail_after(-1);
        assert_true(error == OK ? model != NULL : error == ERR_NOMEM && !model && faults.total == 1);
        linear_free(model);
        faults_release(&faults);
    } while (error);
    assert_true(successes > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_liblinear_trains_predicts_the_same_here),
        cmocka_unit_test(what_is_no_model_is_a_fault),
        cmocka_unit_test(no_memory_fails_the_read_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
