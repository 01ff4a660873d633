#include "tests/unit/unit.h"

#include "base/civil.h"
#include "engine/size.h"

static int64_t day(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(civil_parse(slice_of(text), &ms), 0);
    return ms;
}

static void the_unit_follows_the_year_in_lima(void **state)
{
    static const struct {
        const char *day;
        double soles;
    } rows[] = {
        {"2019-06-01", 4300},           {"2020-06-01", 4300},           {"2024-12-31T12:00:00Z", 5150},
        {"2025-06-01", 5350},           {"2026-01-01T04:59:59Z", 5350}, /* still New Year's Eve in Lima */
        {"2026-01-01T05:00:00Z", 5500}, {"2026-11-23", 5500},           {"2031-01-02", 5500},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(uit_soles(day(rows[i].day)) == rows[i].soles);
}

static void sizes_change_at_150_and_1700_units(void **state)
{
    static const struct {
        double sales_month;
        enum size size;
    } rows[] = {
        {-1, SIZE_UNKNOWN},    {0, SIZE_MICRO},        {68750, SIZE_MICRO},
        {68751, SIZE_PEQUENA}, {779166, SIZE_PEQUENA}, {779168, SIZE_LARGER},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(size_of(rows[i].sales_month, day("2026-11-23")), rows[i].size);
    assert_int_equal(size_of(68000, day("2025-06-01")), SIZE_PEQUENA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unit_follows_the_year_in_lima),
        cmocka_unit_test(sizes_change_at_150_and_1700_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
