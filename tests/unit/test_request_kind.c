/* Kinds of requests: the law's 8, 20 and 10 working days, over holidays that come from the file. */
#include "tests/unit/unit.h"

#include "base/civil.h"
#include "gateway/request_kind.h"
#include "tests/unit/peru_holidays.h"

static void each_kind_has_the_days_that_the_law_gives(void **state)
{
    /* Asked on Friday 4 December 2026; the 8th, the 9th, the 25th and the 1st of January are holidays. */
    static const struct {
        const char *kind, *late;
    } rows[] = {{"information", "2026-12-19T00:00:00-05:00"},
                {"rectify", "2026-12-23T00:00:00-05:00"},
                {"erase", "2026-12-23T00:00:00-05:00"},
                {"mydata", "2027-01-08T00:00:00-05:00"}};
    int64_t asked, late;
    (void)state;
    assert_int_equal(civil_parse(SLICE("2026-12-04T09:00:00-05:00"), &asked), OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct request_kind *kind = request_kind(slice_of(rows[i].kind));
        assert_non_null(kind);
        assert_int_equal(civil_parse(slice_of(rows[i].late), &late), OK);
        if (request_late_ms(kind, &peru, asked) != late)
            fail_msg("%s: off by %lld days", rows[i].kind,
                     (long long)(request_late_ms(kind, &peru, asked) - late) / 86400000);
    }
    assert_null(request_kind(SLICE("agent")));
    assert_null(request_kind(SLICE_NONE));
}

static void a_day_that_the_file_adds_moves_what_is_due(void **state)
{
    static const struct holidays one = {1, {{11, 25, 2026, 2026}}}, none = {0};
    const struct request_kind *kind = request_kind(SLICE("information"));
    int64_t asked;
    (void)state;
    assert_int_equal(civil_parse(SLICE("2026-11-23T10:00:00-05:00"), &asked), OK);
    assert_int_equal(request_late_ms(kind, &one, asked) - request_late_ms(kind, &none, asked), 86400000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_kind_has_the_days_that_the_law_gives),
                                       cmocka_unit_test(a_day_that_the_file_adds_moves_what_is_due)};
    if (!peru_holidays_load())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
