#include "tests/unit/unit.h"

#include "base/civil.h"
#include "gateway/workday.h"
#include "tests/unit/peru_holidays.h"

static void days_that_nobody_works_do_not_count(void **state)
{
    /* Worked out by hand on the calendars of 2026 and 2027. */
    static const struct {
        const char *asked, *late;
        unsigned days;
    } rows[] = {
        {"2026-11-23T10:00:00-05:00", "2026-11-25T00:00:00-05:00", 1},  /* Monday: by the end of Tuesday */
        {"2026-11-27T23:59:59-05:00", "2026-12-01T00:00:00-05:00", 1},  /* Friday: Monday */
        {"2026-11-28T00:00:00-05:00", "2026-12-01T00:00:00-05:00", 1},  /* Saturday: Monday */
        {"2026-12-07T09:00:00-05:00", "2026-12-12T00:00:00-05:00", 2},  /* over the 8th and 9th, holidays */
        {"2026-12-04T09:00:00-05:00", "2026-12-22T00:00:00-05:00", 9},  /* the 7th, 10th, 11th, 14th to 18th, 21st */
        {"2026-12-23T09:00:00-05:00", "2027-01-13T00:00:00-05:00", 12}, /* over Christmas and New Year */
        {"2026-11-24T03:00:00Z", "2026-11-25T00:00:00-05:00", 1},       /* in Lima it is still the 23rd */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t asked, late;
        assert_int_equal(civil_parse(slice_of(rows[i].asked), &asked), OK);
        assert_int_equal(civil_parse(slice_of(rows[i].late), &late), OK);
        if (workday_after(&peru, asked, rows[i].days) != late)
            fail_msg("row %zu: off by %lld days", i,
                     (long long)(workday_after(&peru, asked, rows[i].days) - late) / 86400000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(days_that_nobody_works_do_not_count)};
    if (!peru_holidays_load())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
