#include "tests/unit/unit.h"

#include "gateway/holiday.h"

static void the_days_of_two_years(void **state)
{
    static const int days_2026[] = {101, 402, 403, 501,  607,  629,  723,  728,
                                    729, 806, 830, 1008, 1101, 1208, 1209, 1225};
    (void)state;
    for (int month = 1; month <= 12; month++) {
        for (int day = 1; day <= 31; day++) {
            bool expected = false;
            for (size_t i = 0; i < COUNT(days_2026); i++)
                expected = expected || days_2026[i] == month * 100 + day;
            if (holiday_pe(2026, month, day) != expected)
                fail_msg("2026-%02d-%02d", month, day);
        }
    }
}

/* Good Fridays as calendars print them; the farthest that Easter can be are among them (22 March, 25 April). */
static void good_friday_follows_easter(void **state)
{
    static const int rows[][3] = {
        {1818, 3, 20}, {1943, 4, 23}, {1954, 4, 16}, {1981, 4, 17}, {2000, 4, 21}, {2008, 3, 21}, {2024, 3, 29},
        {2025, 4, 18}, {2026, 4, 3},  {2027, 3, 26}, {2028, 4, 14}, {2029, 3, 30}, {2030, 4, 19}, {2038, 4, 23},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(holiday_pe(rows[i][0], rows[i][1], rows[i][2]));
        assert_true(holiday_pe(rows[i][0], rows[i][1], rows[i][2] - 1));
        assert_false(holiday_pe(rows[i][0], rows[i][1], rows[i][2] - 2));
        assert_false(holiday_pe(rows[i][0], rows[i][1], rows[i][2] + 1));
    }
}

static void a_law_makes_a_holiday_from_its_year_on(void **state)
{
    (void)state;
    assert_false(holiday_pe(2023, 6, 7));
    assert_true(holiday_pe(2024, 6, 7));
    assert_false(holiday_pe(2021, 12, 9));
    assert_true(holiday_pe(2022, 12, 9));
    assert_true(holiday_pe(0, 12, 25));
    assert_false(holiday_pe(-1, 4, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_days_of_two_years),
        cmocka_unit_test(good_friday_follows_easter),
        cmocka_unit_test(a_law_makes_a_holiday_from_its_year_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
