#include "engine/ranker.h"

#include <math.h>
#include <stdio.h>

#include "tests/unit/model_kit.h"

#define DAY_MS INT64_C(1795435200000) /* 2026-11-23, noon in Lima */

static struct catalogue *catalogue;
static char bytes[CATALOGUE_FILE_MAX];
static struct slice catalogue_text;

static int read_catalogue(void **state)
{
    struct faults faults;
    FILE *in = fopen("models/catalogue.yaml", "rb");
    (void)state;
    if (!in)
        return -1;
    catalogue_text = (struct slice){bytes, fread(bytes, 1, sizeof(bytes), in)};
    fclose(in);
    faults_init(&faults);
    catalogue = catalogue_read("models/catalogue.yaml", catalogue_text, &faults);
    faults_release(&faults);
    return catalogue ? 0 : -1;
}

static int free_catalogue(void **state)
{
    (void)state;
    catalogue_free(catalogue);
    return 0;
}

static struct business owner(const char *goal)
{
    struct business b;
    business_init(&b);
    assert_int_equal(business_set(&b, SLICE("goal"), slice_of(goal)), OK);
    assert_int_equal(business_set(&b, SLICE("ruc"), SLICE("no")), OK);
    assert_int_equal(business_set(&b, SLICE("industry"), SLICE("comercio")), OK);
    assert_int_equal(business_set(&b, SLICE("region"), SLICE("15")), OK);
    return b;
}

/* Answers in which owners who want credit like one resource and dislike another, and those who want to learn the other
 * way round. */
static void put_answers(struct buf *out, size_t rows)
{
    buf_adds(out, "resource\tuseful\tpropensity\twho\tat\tstage\tgoal\tindustry\tregion\truc\tsales\n");
    for (size_t i = 0; i < rows; i++) {
        bool finance = i & 1, cajas = i & 2;
        bool likes = finance == cajas ? i % 10 != 0 : i % 10 == 0;
        buf_addf(out, "%s\t%d\t0.25\tp%zu\t2026-11-23\t\t%s\tcomercio\t15\tno\t\n", cajas ? "cajas" : "cde", likes, i,
                 finance ? "finance" : "training");
    }
}

static enum error train(struct slice rows, struct faults *faults, struct train_result *out)
{
    struct train_job job = {.data = {{"answers.tsv", rows}},
                            .data_count = 1,
                            .own = {{"models/catalogue.yaml", catalogue_text}},
                            .version = "v0001",
                            .seed = 7};
    return trainer_ranker.run(&job, faults, out);
}

static struct linear *learned(size_t rows)
{
    struct faults faults;
    struct train_result result;
    struct buf table;
    buf_init(&table, 1024 * 1024);
    put_answers(&table, rows);
    faults_init(&faults);
    assert_int_equal(train(buf_slice(&table), &faults, &result), OK);
    struct linear *model = result.model;
    result.model = NULL;
    assert_non_null(strstr(buf_text(&result.card), "\"auc\""));
    train_result_release(&result);
    faults_release(&faults);
    buf_release(&table);
    return model;
}

static struct ranker_belief belief_of(const struct linear *model, const char *goal, const char *id)
{
    struct profile profile;
    struct business b = owner(goal);
    struct prediction stage = {0};
    profile_make(&b, &stage, DAY_MS, &profile);
    const struct resource *r = catalogue_find(catalogue, slice_of(id));
    return ranker_believe(model, &profile, r, recommend_score(r, &profile));
}

static void what_owners_liked_is_likelier_for_those_like_them(void **state)
{
    struct linear *model = learned(800);
    (void)state;
    assert_true(ranker_is(model));
    assert_true(belief_of(model, "finance", "cajas").odds > 0.5);
    assert_true(belief_of(model, "finance", "cde").odds < 0);
    assert_true(belief_of(model, "training", "cajas").odds < 0);
    assert_true(belief_of(model, "training", "cde").odds > 0.5);
    linear_free(model);
}

static void answers_make_sure(void **state)
{
    struct linear *few = learned(60), *many = learned(2000);
    (void)state;
    double seldom = belief_of(few, "finance", "cajas").spread, often = belief_of(many, "finance", "cajas").spread;
    assert_true(often < seldom);
    assert_true(belief_of(many, "finance", "rnp").spread > 1.2 * often); /* of which nobody was asked */
    linear_free(few);
    linear_free(many);
}

static void the_same_seed_draws_the_same(void **state)
{
    const struct ranker_belief belief = {0.3, 1};
    const struct resource *r = catalogue_at(catalogue, 0), *other = catalogue_at(catalogue, 1);
    double sum = 0, squares = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        double drawn = ranker_draw(&belief, seed, r);
        assert_true(drawn == ranker_draw(&belief, seed, r));
        sum += drawn;
        squares += drawn * drawn;
    }
    double mean = sum / 20000;
    assert_true(fabs(mean - 0.3) < 0.02);
    assert_true(fabs(sqrt(squares / 20000 - mean * mean) - RANKER_BOLDNESS) < 0.02);
    assert_true(fabs(ranker_draw(&belief, 1, r) - ranker_draw(&belief, 1, other)) > 0);
}

static bool is_among(const char *id, const struct recommendation *page, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(page[i].id, id) == 0)
            return true;
    return false;
}

/* How often a resource stands in a page must be what its propensity says. */
static void propensities_are_what_draws_give(void **state)
{
    struct linear *model = learned(200);
    struct business b = owner("finance");
    struct prediction stage = {0};
    struct recommendation first[RECOMMEND_PAGE], page[RECOMMEND_PAGE];
    size_t seen[RECOMMEND_PAGE] = {0};
    struct recommend_ask ask = {.today_ms = DAY_MS, .seed = 99};
    (void)state;
    assert_int_equal(recommend(&(struct recommender){catalogue, model, NULL}, &stage, &b, &ask, first, RECOMMEND_PAGE),
                     RECOMMEND_PAGE);
    for (ask.seed = 1000; ask.seed < 2000; ask.seed++) {
        size_t count = recommend(&(struct recommender){catalogue, model, NULL}, &stage, &b, &ask, page, RECOMMEND_PAGE);
        for (size_t i = 0; i < RECOMMEND_PAGE; i++)
            seen[i] += is_among(first[i].id, page, count);
    }
    for (size_t i = 0; i < RECOMMEND_PAGE; i++) {
        assert_true(first[i].propensity > 0 && first[i].propensity <= 1);
        assert_true(fabs((double)seen[i] / 1000 - first[i].propensity) < 0.15);
        assert_true(i == 0 || first[i - 1].score >= first[i].score);
    }
    ask.seed = 0;
    recommend(&(struct recommender){catalogue, model, NULL}, &stage, &b, &ask, page, RECOMMEND_PAGE);
    assert_true(page[0].propensity == 0);
    linear_free(model);
}

static void no_draw_brings_back_what_a_rule_left_out(void **state)
{
    struct linear *model = learned(60);
    struct business b = owner("finance");
    struct prediction stage = {0};
    struct profile profile;
    struct recommendation page[RECOMMEND_PAGE];
    (void)state;
    profile_make(&b, &stage, DAY_MS, &profile);
    for (uint64_t seed = 1; seed < 500; seed++) {
        const struct recommend_ask ask = {.today_ms = DAY_MS, .seed = seed};
        size_t count = recommend(&(struct recommender){catalogue, model, NULL}, &stage, &b, &ask, page, RECOMMEND_PAGE),
               same = 0;
        enum kind kind = KIND_COUNT;
        for (size_t i = 0; i < count; i++) {
            const struct resource *r = catalogue_find(catalogue, slice_of(page[i].id));
            assert_true(recommend_eligible(r, &profile));
            same += i && r->kind == kind;
            kind = r->kind;
        }
        assert_true(same < 2);
    }
    linear_free(model);
}

static void what_was_shown_comes_last(void **state)
{
    struct business b = owner("finance");
    struct prediction stage = {0};
    struct recommendation page[4 * RECOMMEND_PAGE];
    uint16_t shown[4 * RECOMMEND_PAGE];
    struct recommend_ask ask = {.today_ms = DAY_MS, .shown = shown};
    (void)state;
    for (size_t round = 0; round < 4; round++) {
        size_t count = recommend(&(struct recommender){catalogue, NULL, NULL}, &stage, &b, &ask, page, RECOMMEND_PAGE);
        assert_int_equal(count, RECOMMEND_PAGE);
        for (size_t i = 0; i < count; i++) {
            uint16_t number = engine_shown(slice_of(page[i].id));
            for (size_t k = 0; k < ask.shown_count; k++)
                assert_int_not_equal(number, shown[k]);
        }
        for (size_t i = 0; i < count; i++)
            shown[ask.shown_count++] = engine_shown(slice_of(page[i].id));
    }
}

#define HEAD "resource\tuseful\tpropensity\twho\tat\tstage\tgoal\tindustry\tregion\truc\tsales\n"

static void rows_that_are_none_are_refused(void **state)
{
    static const struct refused_file rows[] = {
        {"", "there are no rows"},
        {"resource\tuseful\ncajas\t1\n", "there is no column"},
        {HEAD "cajas\t2\t1\tp\t2026-11-23\t\t\t\t\t\t\n", "useful must be 0 or 1"},
        {HEAD "cajas\t1\t0\tp\t2026-11-23\t\t\t\t\t\t\n", "propensity must be"},
        {HEAD "cajas\t1\t1\tp\tyesterday\t\t\t\t\t\t\n", "at must be the day"},
        {HEAD "cajas\t1\t1\tp\t2026-11-23\t\t\t\t\t\tmany\n", "sales must be a value"},
        {HEAD "cajas\t1\t1\tp\t2026-11-23\t\t\t\t\t\t\n", "nothing could be learned from it"},
        {HEAD "gone\t1\t1\tp\t2026-11-23\t\t\t\t\t\t\n", "nothing could be learned from it"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct faults faults;
        struct train_result result;
        faults_init(&faults);
        assert_int_not_equal(train(slice_of(rows[i].text), &faults, &result), OK);
        assert_null(result.model);
        if (!faults.count || strncmp(faults.items[0].text, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("row %zu: %s", i, faults.count ? faults.items[0].text : "no fault");
        faults_release(&faults);
    }
}

/* Whoever they are: their names are hashes in life, so that no small set may depend on how they fall. */
static void two_people_are_enough(void **state)
{
    (void)state;
    for (unsigned name = 0; name < 200; name++) {
        char rows[512];
        struct faults faults;
        struct train_result result;
        snprintf(rows, sizeof(rows),
                 HEAD "cajas\t1\t1\tp%u\t2026-11-23\t\t\t\t\t\t\ncde\t0\t1\tp%u\t2026-11-23\t\t\t\t\t\t\n"
                      "cajas\t1\t1\tq%u\t2026-11-23\t\t\t\t\t\t\ncde\t0\t1\tq%u\t2026-11-23\t\t\t\t\t\t\n",
                 name, name, name, name);
        faults_init(&faults);
        assert_int_equal(train(slice_of(rows), &faults, &result), OK);
        linear_free(result.model);
        result.model = NULL;
        train_result_release(&result);
        faults_release(&faults);
    }
}

static void the_same_answers_give_the_same_bytes(void **state)
{
    struct linear *models[2] = {learned(300), learned(300)};
    struct buf files[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        buf_init(&files[i], LINEAR_FILE_MAX);
        linear_write(models[i], &files[i]);
        linear_free(models[i]);
    }
    assert_true(slice_eq(buf_slice(&files[0]), buf_slice(&files[1])));
    buf_release(&files[0]);
    buf_release(&files[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_owners_liked_is_likelier_for_those_like_them),
        cmocka_unit_test(answers_make_sure),
        cmocka_unit_test(the_same_seed_draws_the_same),
        cmocka_unit_test(propensities_are_what_draws_give),
        cmocka_unit_test(no_draw_brings_back_what_a_rule_left_out),
        cmocka_unit_test(what_was_shown_comes_last),
        cmocka_unit_test(rows_that_are_none_are_refused),
        cmocka_unit_test(two_people_are_enough),
        cmocka_unit_test(the_same_answers_give_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, read_catalogue, free_catalogue);
}
