/* Challengers: each kind of verdict, for each model, and nothing of it in an answer. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/features.h"
#include "engine/growth.h"
#include "engine/ranker.h"
#include "engine/shadow.h"
#include "engine/stage.h"

#define DAY_MS INT64_C(1795435200000) /* 2026-11-23, noon in Lima */
#define FILE_MAX (4u * 1024 * 1024)

/* A copy of the shipped registry, for challengers of our own. */
static char root[64];

/* Runs a command of the shell, in which $R is that copy. */
static void run(const char *command)
{
    assert_int_equal(system(command), 0);
}

static int copy_registry(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/chaski-shadow-XXXXXX");
    if (!mkdtemp(root) || setenv("R", root, 1))
        return -1;
    run("cp -r models/registry/* $R && rm -rf $R/ranker $R/*/challenger");
    return 0;
}

static int remove_registry(void **state)
{
    (void)state;
    run("rm -r $R");
    return 0;
}

/* Makes v0099 of a model the challenger: no weight but `weight` for feature 0's first output, and these biases. */
static void challenge(const struct linear_shape *shape, double weight, const double *bias)
{
    struct linear *model;
    struct buf bytes;
    char path[256];
    double *weights = mem_alloc(shape->dimension * shape->classes * sizeof(*weights));
    assert_non_null(weights);
    weights[0] = weight;
    assert_int_equal(linear_make(shape, weights, bias, &model), OK);
    buf_init(&bytes, FILE_MAX);
    linear_write(model, &bytes);
    assert_int_equal(bytes.error, OK);
    snprintf(path, sizeof(path), "mkdir -p %s/%s/v0099 && echo v0099 >%s/%s/challenger", root, shape->name, root,
             shape->name);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/%s/v0099/model.bin", root, shape->name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    fclose(file);
    buf_release(&bytes);
    linear_free(model);
    mem_free(weights);
}

static struct engine *open_engine(void)
{
    struct faults faults;
    faults_init(&faults);
    struct engine *engine = engine_open(root, "models/industries.yaml", "models/catalogue.yaml", &faults);
    faults_print(&faults, stdout);
    faults_release(&faults);
    assert_non_null(engine);
    return engine;
}

/* The shape of a model with those labels that is sure from `threshold` on. */
static struct linear_shape shape_of(const char *name, const struct vocabulary *labels, uint32_t scheme,
                                    uint32_t dimension, double threshold)
{
    struct linear_shape shape = {.scheme = scheme, .dimension = dimension, .temperature = 1, .threshold = threshold};
    snprintf(shape.name, sizeof(shape.name), "%s", name);
    shape.classes = labels->count;
    for (size_t i = 0; i < labels->count; i++)
        snprintf(shape.labels[i], ENGINE_KEY, "%s", labels->words[i].key);
    return shape;
}

static void a_text_is_given_to_the_challenger_too(void **state)
{
    static const struct {
        const char *always; /* what the challenger says */
        double threshold;
        enum shadow verdict;
    } rows[] = {
        {"restaurante", 0.5, SHADOW_AGREES},
        {"transporte", 0.5, SHADOW_DIFFERS},
        {"restaurante", 1, SHADOW_ABSTAINS},
    };
    const struct slice text = SLICE("Tengo una pollería en Comas");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        double bias[ENGINE_LABELS_MAX] = {0};
        struct linear_shape shape =
            shape_of("industry", &industries, FEATURES_SCHEME, FEATURES_DIMENSION, rows[i].threshold);
        bias[word_number(&industries, slice_of(rows[i].always))] = 5;
        challenge(&shape, 0, bias);
        struct engine *engine = open_engine();
        struct prediction said;
        struct shadows shadows = {{SHADOW_NONE}};
        engine_industry(engine, text, &said);
        assert_string_equal(said.guesses[0].label, "restaurante");
        shadow_industry(engine, text, said.guesses[0].label, &shadows);
        assert_int_equal(shadows.of[PART_INDUSTRY], rows[i].verdict);
        assert_string_equal(engine_challenger(engine, PART_INDUSTRY), "industry v0099");
        assert_null(engine_challenger(engine, PART_STAGE));
        shadow_industry(engine, SLICE("…"), "otros", &shadows); /* without a word nobody is sure */
        assert_int_equal(shadows.of[PART_INDUSTRY], SHADOW_ABSTAINS);
        engine_close(engine);
    }
}

static void set(struct business *b, const char *slot, const char *value)
{
    assert_int_equal(business_set(b, slice_of(slot), slice_of(value)), OK);
}

static void a_stage_is_asked_for_only_where_no_rule_decides(void **state)
{
    struct linear_shape shape = shape_of("stage", &stages, STAGE_SCHEME, STAGE_DIMENSION, 0.5);
    const double bias[] = {0, 0, 0, 5};
    struct business business;
    struct prediction said;
    (void)state;
    challenge(&shape, 0, bias);
    struct engine *engine = open_engine();
    for (int whole = 0; whole < 2; whole++) {
        struct shadows shadows = {{SHADOW_NONE}};
        business_init(&business);
        set(&business, "tenure", "60");
        set(&business, "sales", "3000/month");
        if (whole)
            set(&business, "trend", "same");
        engine_stage(engine, &business, &said);
        shadow_profile(engine, &business, said.guesses[0].label, "", &shadows);
        assert_int_equal(shadows.of[PART_STAGE], whole ? SHADOW_NONE : SHADOW_DIFFERS);
        assert_int_equal(shadows.of[PART_GROWTH], SHADOW_NONE);
    }
    engine_close(engine);
}

static void either_half_of_the_outlook_may_be_challenged(void **state)
{
    static const char *const names[] = {"closing", "growth"};
    struct business business;
    struct prediction said;
    (void)state;
    business_init(&business);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct linear_shape shape = {.scheme = GROWTH_SCHEME,
                                     .dimension = GROWTH_DIMENSION,
                                     .classes = 2,
                                     .labels = {"no", "yes"},
                                     .temperature = 1};
        struct shadows shadows = {{SHADOW_NONE}};
        const double bias[] = {-5, 5}; /* it closes; it grows */
        snprintf(shape.name, sizeof(shape.name), "%s", names[i]);
        challenge(&shape, 0, bias);
        struct engine *engine = open_engine();
        engine_growth(engine, &business, &said);
        assert_string_equal(said.guesses[0].label, "estable");
        shadow_profile(engine, &business, "", said.guesses[0].label, &shadows);
        assert_int_equal(shadows.of[PART_CLOSING], SHADOW_DIFFERS);
        assert_int_equal(shadows.of[PART_GROWTH], i ? SHADOW_DIFFERS : SHADOW_NONE);
        engine_close(engine);
    }
}

static void a_ranker_agrees_that_gives_the_same_resources(void **state)
{
    const struct recommend_ask ask = {.today_ms = DAY_MS, .seed = 5};
    const double bias[] = {0, 0};
    struct business business;
    struct recommendation page[RECOMMEND_PAGE];
    const char *ids[RECOMMEND_PAGE];
    (void)state;
    business_init(&business);
    set(&business, "goal", "finance");
    for (int against = 0; against < 2; against++) {
        struct linear_shape shape = {.name = "ranker",
                                     .scheme = RANKER_SCHEME,
                                     .dimension = RANKER_DIMENSION,
                                     .classes = 2,
                                     .labels = {RANKER_ODDS, RANKER_DOUBT},
                                     .temperature = 1};
        struct shadows shadows = {{SHADOW_NONE}};
        challenge(&shape, against ? -1 : 1, bias); /* feature 0 is the rules' score */
        struct engine *engine = open_engine();
        size_t count = engine_recommend(engine, &business, &ask, page, RECOMMEND_PAGE);
        assert_int_equal(count, RECOMMEND_PAGE);
        for (size_t i = 0; i < count; i++)
            ids[i] = page[count - 1 - i].id;
        shadow_resources(engine, &business, &ask, ids, count, &shadows);
        assert_int_equal(shadows.of[PART_RANKER], against ? SHADOW_DIFFERS : SHADOW_AGREES);
        engine_close(engine);
    }
}

static void a_challenger_that_is_not_whole_is_a_fault(void **state)
{
    static const char *const spoiled[] = {"echo v0098 >$R/industry/challenger", "echo x >$R/industry/challenger",
                                          "cp $R/stage/$(cat $R/stage/champion)/model.bin $R/industry/v0099/model.bin"};
    (void)state;
    for (size_t i = 0; i < COUNT(spoiled); i++) {
        struct faults faults;
        run("mkdir -p $R/industry/v0099 && echo v0099 >$R/industry/challenger");
        run(spoiled[i]);
        faults_init(&faults);
        assert_null(engine_open(root, "models/industries.yaml", "models/catalogue.yaml", &faults));
        assert_int_equal(faults.total, 1);
        faults_release(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_text_is_given_to_the_challenger_too, copy_registry, remove_registry),
        cmocka_unit_test_setup_teardown(a_stage_is_asked_for_only_where_no_rule_decides, copy_registry,
                                        remove_registry),
        cmocka_unit_test_setup_teardown(either_half_of_the_outlook_may_be_challenged, copy_registry, remove_registry),
        cmocka_unit_test_setup_teardown(a_ranker_agrees_that_gives_the_same_resources, copy_registry, remove_registry),
        cmocka_unit_test_setup_teardown(a_challenger_that_is_not_whole_is_a_fault, copy_registry, remove_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
