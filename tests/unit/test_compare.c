#include "tests/unit/unit.h"

#include <math.h>

#include "base/mem.h"
#include "engine/compare.h"

/* Rows of which so many only the first, only the second, both and neither got right. */
static size_t fill(enum compare_row *rows, size_t first, size_t second, size_t both, size_t neither)
{
    const size_t counts[] = {
        [COMPARE_FIRST] = first, [COMPARE_SECOND] = second, [COMPARE_BOTH] = both, [COMPARE_NEITHER] = neither};
    size_t at = 0;
    for (enum compare_row row = COMPARE_NEITHER; row <= COMPARE_BOTH; row++)
        for (size_t i = 0; i < counts[row]; i++)
            rows[at++] = row;
    return at;
}

/* The p values are sums of binomial coefficients, worked out by hand: 2 (1 + 10) / 2^10 for 1 against 9. */
static void luck_is_told_from_a_difference(void **state)
{
    static const struct {
        size_t first, second;
        double p;
        enum compare_verdict verdict;
    } table[] = {
        {0, 0, 1, COMPARE_NO_DIFFERENCE},
        {5, 5, 1, COMPARE_NO_DIFFERENCE},
        {2, 8, 112.0 / 1024, COMPARE_NO_DIFFERENCE},
        {1, 9, 22.0 / 1024, COMPARE_BETTER},
        {9, 1, 22.0 / 1024, COMPARE_WORSE},
        {0, 6, 2.0 / 64, COMPARE_BETTER},
        {0, 5, 2.0 / 32, COMPARE_NO_DIFFERENCE},
    };
    enum compare_row rows[200];
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct compare result;
        size_t count = fill(rows, table[i].first, table[i].second, 80, 10);
        assert_int_equal(compare_rows(rows, count, 1, &result), OK);
        assert_true(fabs(result.p - table[i].p) < 1e-9);
        assert_int_equal(result.verdict, table[i].verdict);
        assert_int_equal(result.rows, count);
        assert_int_equal(result.counts[COMPARE_FIRST], table[i].first);
        assert_int_equal(result.counts[COMPARE_BOTH], 80);
        assert_true(result.gain.low <= result.gain.value && result.gain.value <= result.gain.high);
    }
}

static void the_interval_is_that_of_the_difference(void **state)
{
    enum compare_row rows[1000];
    struct compare a, b;
    size_t count = fill(rows, 40, 90, 770, 100);
    (void)state;
    assert_int_equal(compare_rows(rows, count, 3, &a), OK);
    assert_int_equal(compare_rows(rows, count, 3, &b), OK);
    assert_true(fabs(a.gain.value - 0.05) < 1e-12);
    /* Its standard error is sqrt((0.13 - 0.05^2) / 1000) = 0.0113. */
    assert_true(fabs(a.gain.low - (0.05 - 1.96 * 0.0113)) < 0.004);
    assert_true(fabs(a.gain.high - (0.05 + 1.96 * 0.0113)) < 0.004);
    assert_true(a.gain.low == b.gain.low && a.gain.high == b.gain.high);
    assert_string_equal(compare_text(a.verdict), "better");
}

static void many_rows_do_not_overflow(void **state)
{
    enum compare_row *rows = mem_alloc(20000 * sizeof(*rows));
    struct compare result;
    (void)state;
    assert_non_null(rows);
    assert_int_equal(compare_rows(rows, fill(rows, 9000, 9300, 1000, 700), 1, &result), OK);
    /* The normal approximation with continuity: z = (300 - 1) / sqrt(18300) = 2.2103, p = 0.0271. */
    assert_true(fabs(result.p - 0.0271) < 0.0003);
    mem_free(rows);
}

static void nothing_is_no_comparison(void **state)
{
    enum compare_row rows[] = {COMPARE_BOTH};
    struct compare result;
    (void)state;
    assert_int_equal(compare_rows(rows, 0, 1, &result), ERR_VALUE);
    mem_fail_after(0);
    assert_int_equal(compare_rows(rows, 1, 1, &result), ERR_NOMEM);
    mem_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(luck_is_told_from_a_difference),
        cmocka_unit_test(the_interval_is_that_of_the_difference),
        cmocka_unit_test(many_rows_do_not_overflow),
        cmocka_unit_test(nothing_is_no_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
