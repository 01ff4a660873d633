/* Logs simulated with owners whose tastes are known: what the evaluation says of another ranker is held against what
 * that ranker earns when it is really used. */
#include "engine/offline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/business.h"
#include "engine/ranker.h"
#include "engine/stage.h"
#include "tests/unit/model_kit.h"

#define DAY "2026-11-23"
#define DAY_MS INT64_C(1795435200000) /* noon in Lima */
#define OWNERS 1500

static struct catalogue *catalogue;
static char bytes[CATALOGUE_FILE_MAX];

static int read_catalogue(void **state)
{
    struct faults faults;
    FILE *in = fopen("models/catalogue.yaml", "rb");
    (void)state;
    if (!in)
        return -1;
    const struct slice text = {bytes, fread(bytes, 1, sizeof(bytes), in)};
    fclose(in);
    faults_init(&faults);
    catalogue = catalogue_read("models/catalogue.yaml", text, &faults);
    faults_release(&faults);
    return catalogue ? 0 : -1;
}

static int free_catalogue(void **state)
{
    (void)state;
    catalogue_free(catalogue);
    return 0;
}

static double draw(struct train_random *random)
{
    return (double)(train_draw(random) >> 11) / 9007199254740992.0;
}

/* A ranker with weights drawn from a seed, as sure of each as `doubt` says. */
static struct linear *ranker_of(uint64_t seed, double size, double doubt)
{
    const struct linear_shape shape = {.name = "ranker",
                                       .scheme = RANKER_SCHEME,
                                       .dimension = RANKER_DIMENSION,
                                       .classes = 2,
                                       .labels = {RANKER_ODDS, RANKER_DOUBT},
                                       .temperature = 1};
    const double bias[] = {0, 0};
    struct train_random random = {seed};
    struct linear *model = NULL;
    double *weights = mem_alloc(2 * RANKER_DIMENSION * sizeof(*weights));
    assert_non_null(weights);
    for (uint32_t i = 0; i < RANKER_DIMENSION; i++) {
        weights[2 * i] = i ? size * (draw(&random) - 0.5) : 0;
        weights[2 * i + 1] = i ? doubt : 0;
    }
    assert_int_equal(linear_make(&shape, weights, bias, &model), OK);
    mem_free(weights);
    return model;
}

struct owner {
    struct business facts;
    struct prediction stage;
    const char *goal, *industry, *region, *ruc, *trend;
};

static const char *pick(const struct vocabulary *v, struct train_random *random)
{
    return v->words[train_draw_below(random, v->count)].key;
}

static void draw_owner(struct train_random *random, struct owner *out)
{
    *out = (struct owner){.goal = pick(&goals, random),
                          .industry = pick(&industries, random),
                          .region = train_draw_below(random, 2) ? "15" : pick(&regions, random),
                          .ruc = train_draw_below(random, 3) ? "no" : "yes",
                          .trend = pick(&trends, random)};
    const char *const facts[][2] = {{"goal", out->goal},    {"industry", out->industry}, {"region", out->region},
                                    {"ruc", out->ruc},      {"trend", out->trend},       {"tenure", "30"},
                                    {"sales", "3000/month"}};
    business_init(&out->facts);
    for (size_t i = 0; i < COUNT(facts); i++)
        assert_int_equal(business_set(&out->facts, slice_of(facts[i][0]), slice_of(facts[i][1])), OK);
    stage_predict(NULL, "", &out->facts, &out->stage);
}

/* How likely she finds it of use: nothing that a ranker here knows. */
static double taste(const struct owner *o, const char *id)
{
    uint64_t mixed = ranker_seed(slice_hash(slice_of(id)), slice_hash(slice_of(o->goal)));
    double odds = 3 * ((double)(mixed >> 11) / 9007199254740992.0) - 2;
    return 1 / (1 + exp(-odds));
}

static size_t page_of(const struct linear *model, const struct owner *o, uint64_t seed,
                      struct recommendation page[RECOMMEND_PAGE])
{
    const struct recommend_ask ask = {.today_ms = DAY_MS, .seed = seed};
    return recommend(&(struct recommender){catalogue, model, NULL}, &o->stage, &o->facts, &ask, page, RECOMMEND_PAGE);
}

/* Lets a ranker serve owners who answer, and writes down what `chaski dataset build` would. */
static void simulate(const struct linear *model, uint64_t seed, struct buf *out)
{
    struct train_random random = {seed};
    struct recommendation page[RECOMMEND_PAGE];
    buf_adds(out, "who\tat\tresource\tuseful\torigin\tpropensity\tranker\tshown\tstage\tgoal\tindustry\tregion\truc\t"
                  "regime\tsales\ttenure\tworkers\ttrend\ttags\n");
    for (size_t i = 0; i < OWNERS; i++) {
        struct owner o;
        draw_owner(&random, &o);
        size_t count = page_of(model, &o, i + 1, page);
        for (size_t k = 0; k < count; k++) {
            bool useful = draw(&random) < taste(&o, page[k].id);
            buf_addf(out,
                     "p%zu\t" DAY
                     "\t%s\t%d\tsaid\t%.4f\tranker v0001\t\t%s\t%s\t%s\t%s\t%s\t\t3000/month\t30\t\t%s\t\n",
                     i, page[k].id, useful, page[k].propensity > 0 ? page[k].propensity : 1, o.stage.guesses[0].label,
                     o.goal, o.industry, o.region, o.ruc, o.trend);
        }
    }
}

/* What a ranker earns when it is in use, of other owners: the truth. */
static double earns(const struct linear *model, uint64_t seed)
{
    struct train_random random = {seed};
    struct recommendation page[RECOMMEND_PAGE];
    double sum = 0, shown = 0;
    for (size_t i = 0; i < 4 * OWNERS; i++) {
        struct owner o;
        draw_owner(&random, &o);
        size_t count = page_of(model, &o, model ? i + 1 : 0, page);
        for (size_t k = 0; k < count; k++)
            sum += taste(&o, page[k].id);
        shown += (double)count;
    }
    return sum / shown;
}

/* A ranker that learned of another log. */
static struct linear *trained(const struct linear *logging)
{
    struct faults faults;
    struct train_result result;
    struct buf log;
    buf_init(&log, 64 * 1024 * 1024);
    simulate(logging, 7, &log);
    const struct train_job job = {.data = {{"rows.tsv", buf_slice(&log)}},
                                  .data_count = 1,
                                  .own = {{"models/catalogue.yaml", {bytes, strlen(bytes)}}},
                                  .version = "v0001",
                                  .seed = 7};
    faults_init(&faults);
    assert_int_equal(trainer_ranker.run(&job, &faults, &result), OK);
    struct linear *model = result.model;
    result.model = NULL;
    train_result_release(&result);
    faults_release(&faults);
    buf_release(&log);
    return model;
}

static void expect_near(const char *what, const struct offline_value *value, double truth)
{
    if (truth < value->reward.low || truth > value->reward.high)
        fail_msg("%s: %.4f (%.4f to %.4f), in truth %.4f", what, value->reward.value, value->reward.low,
                 value->reward.high, truth);
}

static void another_ranker_is_told_from_the_log_of_one(void **state)
{
    struct linear *logging = ranker_of(1, 1, 2), *first = ranker_of(2, 2, 0.5);
    struct linear *second = trained(logging);
    struct faults faults;
    struct offline found;
    struct buf log;
    (void)state;
    buf_init(&log, 64 * 1024 * 1024);
    simulate(logging, 4, &log);
    assert_int_equal(log.error, OK);
    const struct train_file file = {"rows.tsv", buf_slice(&log)};
    faults_init(&faults);
    assert_int_equal(offline_evaluate(&file, catalogue, first, second, 5, &faults, &found), OK);
    assert_int_equal(found.people, OWNERS);
    assert_int_equal(found.rows, 3 * OWNERS);
    double truth[OFFLINE_POLICIES] = {[OFFLINE_LOGGED] = earns(logging, 6),
                                      [OFFLINE_RULES] = earns(NULL, 6),
                                      [OFFLINE_FIRST] = earns(first, 6),
                                      [OFFLINE_SECOND] = earns(second, 6)};
    static const char *const names[] = {"logged", "rules", "first", "second"};
    for (size_t p = 0; p < OFFLINE_POLICIES; p++) {
        printf("%-7s %.4f (%.4f to %.4f), in truth %.4f; worth %.0f of %zu rows, covered %.3f\n", names[p],
               found.of[p].reward.value, found.of[p].reward.low, found.of[p].reward.high, truth[p],
               found.of[p].effective, found.rows, found.of[p].covered);
        expect_near(names[p], &found.of[p], truth[p]);
    }
    assert_true(found.of[OFFLINE_LOGGED].effective > found.rows - 0.5);
    assert_true(found.of[OFFLINE_FIRST].effective < (double)found.rows);
    double gain = truth[OFFLINE_SECOND] - truth[OFFLINE_FIRST];
    assert_true(found.gain.low <= gain && gain <= found.gain.high);
    assert_true(gain > 0.05 && found.gain.low > 0); /* a better one is seen to be better */
    faults_release(&faults);
    buf_release(&log);
    linear_free(logging);
    linear_free(first);
    linear_free(second);
}

/* What the rules showed was never chosen by a draw, so that another ranker's page is mostly not in the log. */
static void a_log_without_draws_says_that_it_does_not_cover(void **state)
{
    struct linear *other = ranker_of(2, 2, 0.5);
    struct faults faults;
    struct offline found;
    struct buf log;
    (void)state;
    buf_init(&log, 64 * 1024 * 1024);
    simulate(NULL, 4, &log);
    const struct train_file file = {"rows.tsv", buf_slice(&log)};
    faults_init(&faults);
    assert_int_equal(offline_evaluate(&file, catalogue, other, NULL, 5, &faults, &found), OK);
    assert_true(found.of[OFFLINE_FIRST].covered < 0.6);
    assert_true(fabs(found.of[OFFLINE_RULES].covered - 1) < 1e-9);
    assert_true(fabs(found.of[OFFLINE_RULES].reward.value - found.of[OFFLINE_LOGGED].reward.value) < 1e-12);
    faults_release(&faults);
    buf_release(&log);
    linear_free(other);
}

#define HEAD                                                                                                           \
    "who\tat\tresource\tuseful\tpropensity\tshown\tstage\ttags\tgoal\tindustry\tregion\truc\tregime\tsales\ttenure\t"  \
    "workers\ttrend\n"
#define ROW(at, resource, useful, propensity, shown, tags, goal)                                                       \
    HEAD "a\t" at "\t" resource "\t" useful "\t" propensity "\t" shown "\t\t" tags "\t" goal "\t\t\t\t\t\t\t\t\n"

static void a_row_that_is_not_of_its_form_is_a_fault(void **state)
{
    static const struct refused_file rows[] = {
        {HEAD, "there are no rows"},
        {"who\tat\na\t2026-11-23\n", "there is no column \"resource\""},
        {ROW("yesterday", "cde", "1", "0.5", "", "", ""), "at must be"},
        {ROW(DAY, "cde", "2", "0.5", "", "", ""), "useful must be"},
        {ROW(DAY, "cde", "1", "0", "", "", ""), "propensity must be"},
        {ROW(DAY, "cde", "1", "0.5", "70000", "", ""), "shown must be"},
        {ROW(DAY, "cde", "1", "0.5", "", "rich", ""), "tags must be"},
        {ROW(DAY, "cde", "1", "0.5", "", "", "fame"), "goal must be"},
        {ROW(DAY, "none-such", "1", "0.5", "", "", ""), "resource must be"},
    };
    struct linear *model = ranker_of(1, 1, 1);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct train_file file = {"rows.tsv", slice_of(rows[i].text)};
        struct faults faults;
        struct offline out;
        faults_init(&faults);
        assert_int_not_equal(offline_evaluate(&file, catalogue, model, NULL, 1, &faults, &out), OK);
        assert_true(faults.count > 0);
        if (!strstr(faults.items[0].text, rows[i].fault))
            fail_msg("%s: %s", rows[i].fault, faults.items[0].text);
        faults_release(&faults);
    }
    linear_free(model);
}

static void without_memory_nothing_is_told(void **state)
{
    const struct train_file file = {"rows.tsv", SLICE(ROW(DAY, "cde", "1", "0.5", "1,2", "", "finance"))};
    struct linear *model = ranker_of(1, 1, 1);
    enum error error = ERR_NOMEM;
    (void)state;
    for (long successes = 0; error; successes++) {
        struct faults faults;
        struct offline out;
        faults_init(&faults);
        mem_fail_after(successes);
        error = offline_evaluate(&file, catalogue, model, NULL, 1, &faults, &out);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(successes < 50);
        faults_release(&faults);
    }
    linear_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_ranker_is_told_from_the_log_of_one),
        cmocka_unit_test(a_log_without_draws_says_that_it_does_not_cover),
        cmocka_unit_test(a_row_that_is_not_of_its_form_is_a_fault),
        cmocka_unit_test(without_memory_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, read_catalogue, free_catalogue);
}
