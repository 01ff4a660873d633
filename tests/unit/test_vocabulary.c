#include "tests/unit/unit.h"

#include "base/utf8.h"
#include "engine/engine.h"
#include "engine/recommend.h"

static const struct vocabulary *const all[] = {&stages,  &goals,  &industries, &regions,
                                               &regimes, &trends, &kinds,      &tags};

static void lists_have_the_sizes_that_the_engine_counts_on(void **state)
{
    (void)state;
    assert_int_equal(stages.count, STAGE_COUNT);
    assert_int_equal(goals.count, GOAL_COUNT);
    assert_int_equal(industries.count, INDUSTRY_COUNT);
    assert_int_equal(regions.count, REGION_COUNT);
    assert_int_equal(kinds.count, KIND_COUNT);
    assert_int_equal(word_number(&stages, SLICE("decline")), STAGE_DECLINE);
    assert_int_equal(word_number(&goals, SLICE("debts")), GOAL_DEBTS);
    assert_int_equal(word_number(&kinds, SLICE("emergency")), KIND_EMERGENCY);
}

static void keys_are_unique_fit_and_find_themselves(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(all); v++) {
        assert_true(all[v]->count < 32);
        assert_null(all[v]->words[all[v]->count].key);
        for (size_t i = 0; i < all[v]->count; i++) {
            struct slice key = slice_of(all[v]->words[i].key);
            assert_true(key.len < ENGINE_KEY);
            assert_int_equal(word_number(all[v], key), i);
            assert_true(utf8_valid(slice_of(all[v]->words[i].phrase)));
        }
        assert_int_equal(word_number(all[v], SLICE("")), WORD_NONE);
        assert_int_equal(word_number(all[v], SLICE("no such word")), WORD_NONE);
    }
}

static void reasons_are_short_enough_to_be_said(void **state)
{
    static const struct vocabulary *const said[] = {&stages, &goals, &industries, &tags};
    (void)state;
    for (size_t v = 0; v < COUNT(said); v++)
        for (size_t i = 0; i < said[v]->count; i++)
            assert_true(utf8_count(slice_of(said[v]->words[i].phrase)) <= RECOMMEND_REASON_MAX);
}

static void slips_get_the_nearest_key(void **state)
{
    (void)state;
    assert_string_equal(word_suggest(&stages, SLICE("grwth")), "growth");
    assert_string_equal(word_suggest(&industries, SLICE("bodega_alimento")), "bodega_alimentos");
    assert_null(word_suggest(&goals, SLICE("happiness")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_have_the_sizes_that_the_engine_counts_on),
        cmocka_unit_test(keys_are_unique_fit_and_find_themselves),
        cmocka_unit_test(reasons_are_short_enough_to_be_said),
        cmocka_unit_test(slips_get_the_nearest_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
