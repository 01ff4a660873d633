/* Bins of what models are asked and answer, and the distance of two distributions. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/drift.h"

static const char *bin_of(const struct drift_marks *marks, enum drift_feature feature)
{
    for (size_t i = 0; i < marks->count; i++)
        if (marks->items[i].feature == feature)
            return drift_bin(feature, marks->items[i].bin);
    return "";
}

static void texts_have_length_confidence_and_answer(void **state)
{
    static const struct {
        const char *text;
        double probability;
        const char *words, *confidence;
    } rows[] = {
        {"", 0.1, "0-1", "0-0.3"},
        {" -- ñandú! ", 0.1, "0-1", "0-0.3"},
        {"vendo-ropa, y: más", 0.1, "4-5", "0-0.3"},
        {"bodega", 0.3, "0-1", "0.3-0.5"},
        {"vendo ropa", 0.69, "2", "0.5-0.7"},
        {"vendo ropa usada en feria", 0.9, "4-5", "0.9-1"},
        {"uno dos tres cuatro cinco seis siete ocho nueve diez once", 1, "10-", "0.9-1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prediction said = {.count = 1, .guesses = {{"agro", rows[i].probability}}};
        struct drift_marks marks;
        drift_of_text(slice_of(rows[i].text), &said, &marks);
        assert_string_equal(bin_of(&marks, DRIFT_WORDS), rows[i].words);
        assert_string_equal(bin_of(&marks, DRIFT_CONFIDENCE), rows[i].confidence);
        assert_string_equal(bin_of(&marks, DRIFT_INDUSTRY), "agro");
    }
}

static void facts_have_bins_and_unknown_is_one(void **state)
{
    static const struct {
        const char *slot, *value;
        enum drift_feature feature;
        const char *bin;
    } rows[] = {
        {"tenure", "-1", DRIFT_TENURE, "not_open"},
        {"tenure", "0", DRIFT_TENURE, "0-11"},
        {"tenure", "41", DRIFT_TENURE, "12-41"},
        {"tenure", "42", DRIFT_TENURE, "42-"},
        {"sales", "999/month", DRIFT_SALES, "0-999"},
        {"sales", "1000/month", DRIFT_SALES, "1000-2999"},
        {"sales", "900000/month", DRIFT_SALES, "8000-"},
        {"sales", "REFUSED", DRIFT_SALES, "unknown"},
        {"trend", "down", DRIFT_TREND, "down"},
        {"trend", "UNKNOWN", DRIFT_TREND, "unknown"},
        {"workers", "1", DRIFT_WORKERS, "1"},
        {"workers", "11", DRIFT_WORKERS, "11-"},
        {"ruc", "no", DRIFT_RUC, "no"},
        {"ruc", "20123456786", DRIFT_RUC, "yes"},
    };
    struct business business;
    struct drift_marks marks;
    const struct prediction none = {.count = 0};
    (void)state;
    business_init(&business);
    drift_of_business(&business, &none, &none, &marks);
    assert_int_equal(marks.count, 5);
    for (size_t i = 0; i < marks.count; i++)
        assert_string_equal(drift_bin(marks.items[i].feature, marks.items[i].bin), "unknown");
    for (size_t i = 0; i < COUNT(rows); i++) {
        business_init(&business);
        assert_int_equal(business_set(&business, slice_of(rows[i].slot), slice_of(rows[i].value)), OK);
        drift_of_business(&business, &none, &none, &marks);
        assert_string_equal(bin_of(&marks, rows[i].feature), rows[i].bin);
    }
    const struct prediction stage = {.count = 1, .guesses = {{"decline", 1}}};
    const struct prediction outlook = {.count = 1, .guesses = {{"por crecer", 1}}};
    drift_of_business(&business, &stage, &outlook, &marks);
    assert_string_equal(bin_of(&marks, DRIFT_STAGE), "decline");
    assert_string_equal(bin_of(&marks, DRIFT_OUTLOOK), "por crecer");
}

/* All bins fit into the metric's series, of which the last is for what finds no place. */
static void every_feature_has_bins_of_its_own_name(void **state)
{
    size_t all = 0;
    (void)state;
    for (enum drift_feature f = 0; f < DRIFT_COUNT; f++) {
        size_t bins = 0;
        while (drift_bin(f, bins))
            bins++;
        assert_in_range(bins, 3, DRIFT_BINS_MAX);
        assert_true(drift_is_of(f, "industry") + drift_is_of(f, "stage") + drift_is_of(f, "growth") == 1);
        all += bins;
    }
    assert_in_range(all, 1, 63);
}

static void the_index_is_the_sum_over_bins(void **state)
{
    struct drift_counts expected = {0}, seen = {0};
    (void)state;
    assert_true(drift_index(&expected, &seen, DRIFT_WORDS) < 0);
    expected.bins[DRIFT_WORDS][1] = 0.5;
    expected.bins[DRIFT_WORDS][2] = 0.3;
    expected.bins[DRIFT_WORDS][3] = 0.2;
    assert_true(drift_index(&expected, &seen, DRIFT_WORDS) < 0);
    seen.bins[DRIFT_WORDS][1] = 1;
    seen.bins[DRIFT_WORDS][2] = 9;
    double wanted = (0.1 - 0.5) * log(0.1 / 0.5) + (0.9 - 0.3) * log(0.9 / 0.3) + (0.001 - 0.2) * log(0.001 / 0.2);
    assert_true(fabs(drift_index(&expected, &seen, DRIFT_WORDS) - wanted) < 1e-12);
    assert_true(fabs(wanted - 2.3573) < 1e-4); /* as tests/alerts/models.yaml has it */
    assert_true(fabs(drift_index(&seen, &seen, DRIFT_WORDS)) < 1e-12);
}

static void a_reference_is_written_and_read(void **state)
{
    struct drift_counts counts = {0}, back;
    (void)state;
    counts.bins[DRIFT_RUC][0] = 1;
    counts.bins[DRIFT_RUC][1] = 2;
    counts.bins[DRIFT_INDUSTRY][3] = 5;
    cJSON *stage = drift_write(&counts, "stage");
    assert_int_equal(cJSON_GetArraySize(stage), 1);
    drift_read(stage, &back);
    assert_true(back.bins[DRIFT_RUC][0] == 0.3333 && back.bins[DRIFT_RUC][1] == 0.6667);
    assert_true(drift_total(&back, DRIFT_INDUSTRY) == 0);
    cJSON_ReplaceItemInObjectCaseSensitive(cJSON_GetObjectItem(stage, "stage_ruc"), "yes", cJSON_CreateNumber(-1));
    drift_read(stage, &back);
    assert_true(back.bins[DRIFT_RUC][0] == 0);
    cJSON_Delete(stage);
    drift_read(NULL, &back);
    assert_true(drift_total(&back, DRIFT_RUC) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_length_confidence_and_answer), cmocka_unit_test(facts_have_bins_and_unknown_is_one),
        cmocka_unit_test(every_feature_has_bins_of_its_own_name),  cmocka_unit_test(the_index_is_the_sum_over_bins),
        cmocka_unit_test(a_reference_is_written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
