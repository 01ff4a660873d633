/* The holidays: the file that ships against calendars, each slip at its place, and years by rule. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/peru_holidays.h"

static void the_days_of_a_year(void **state)
{
    static const int days_2026[] = {101, 402, 403, 501,  607,  629,  723,  728,
                                    729, 806, 830, 1008, 1101, 1208, 1209, 1225};
    (void)state;
    for (int month = 1; month <= 12; month++) {
        for (int day = 1; day <= 31; day++) {
            bool expected = false;
            for (size_t i = 0; i < COUNT(days_2026); i++)
                expected = expected || days_2026[i] == month * 100 + day;
            if (day <= 30 && holidays_has(&peru, 2026, month, day) != expected)
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
        assert_true(holidays_has(&peru, rows[i][0], rows[i][1], rows[i][2]));
        assert_true(holidays_has(&peru, rows[i][0], rows[i][1], rows[i][2] - 1));
        assert_false(holidays_has(&peru, rows[i][0], rows[i][1], rows[i][2] - 2));
        assert_false(holidays_has(&peru, rows[i][0], rows[i][1], rows[i][2] + 1));
    }
}

static void a_law_makes_a_holiday_from_its_year_on(void **state)
{
    (void)state;
    assert_false(holidays_has(&peru, 2023, 6, 7));
    assert_true(holidays_has(&peru, 2024, 6, 7));
    assert_false(holidays_has(&peru, 2021, 12, 9));
    assert_true(holidays_has(&peru, 2022, 12, 9));
    assert_true(holidays_has(&peru, HOLIDAY_FIRST_YEAR, 12, 25));
    assert_false(holidays_has(&peru, HOLIDAY_FIRST_YEAR - 1, 12, 25));
    assert_false(holidays_has(&peru, HOLIDAY_LAST_YEAR + 1, 12, 25));
    assert_false(holidays_has(NULL, 2026, 12, 25));
}

static void rows_of_each_kind(void **state)
{
    static const char text[] = "holidays:\n"
                               "  - {day: 2027-03-19, name: A single day, law: DS 1}\n"
                               "  - {day: 02-29, name: Of leap years}\n"
                               "  - {day: 05-02, name: For three years, from: 2026, to: 2028}\n"
                               "  - {day: 05-02, name: And again, from: 2030}\n"
                               "  - {easter: 60, name: Corpus Christi}\n"
                               "  - {easter: -80, name: The first that may be}\n"
                               "  - {easter: 0, name: Easter Sunday}\n";
    static const struct {
        int year, month, day;
        bool is;
    } rows[] = {
        {2027, 3, 19, true}, {2026, 3, 19, false}, {2028, 3, 19, false}, {2028, 2, 29, true}, {2027, 3, 1, false},
        {2025, 5, 2, false}, {2026, 5, 2, true},   {2028, 5, 2, true},   {2029, 5, 2, false}, {2030, 5, 2, true},
        {2026, 6, 4, true},  {2027, 5, 27, true},  {2026, 6, 5, false},  {1818, 1, 1, true},  {2026, 1, 15, true},
        {2026, 4, 5, true},  {2026, 4, 6, false},  {1943, 4, 25, true},  {1943, 2, 4, true},
    };
    struct faults faults;
    struct holidays holidays;
    (void)state;
    faults_init(&faults);
    assert_int_equal(holidays_read("h.yaml", slice_of(text), &faults, &holidays), OK);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (holidays_has(&holidays, rows[i].year, rows[i].month, rows[i].day) != rows[i].is)
            fail_msg("row %zu", i);
    faults_release(&faults);
}

static const struct {
    const char *yaml, *fault;
} slips[] = {
    {"", "h.yaml:1:1: must hold one list, holidays, and nothing else"},
    {"holidays: []\n", "must hold one list, holidays"},
    {"holidays: 3\n", "must hold one list, holidays"},
    {"holidays:\n  - {day: 12-25, name: N}\nfestivos: []\n", "h.yaml:1:1: must hold one list, holidays"},
    {"holidays:\n  - 12-25\n", "h.yaml:2:5: a holiday must be a map: write {day: 12-25, name: Navidad}"},
    {"holidays:\n  - {days: 12-25, name: N}\n",
     "h.yaml:2:6: a holiday has no \"days\"; did you mean day: use day or easter, from, to, name and law"},
    {"holidays:\n  - {day: 12-25}\n", "h.yaml:2:5: the holiday has no name"},
    {"holidays:\n  - {day: 12-25, name: [x]}\n", "h.yaml:2:24: name must be a text"},
    {"holidays:\n  - {name: N}\n", "h.yaml:2:5: the holiday has no day: give one of them, day or easter"},
    {"holidays:\n  - {day: 12-25, easter: -2, name: N}\n", "the holiday has a day and easter: give one of them"},
    {"holidays:\n  - {day: 02-30, name: N}\n", "h.yaml:2:11: there is no day \"02-30\": write 12-25 for every year"},
    {"holidays:\n  - {day: 25-12, name: N}\n", "there is no day \"25-12\""},
    {"holidays:\n  - {day: 2027-02-29, name: N}\n", "there is no day \"2027-02-29\""},
    {"holidays:\n  - {day: 1500-01-01, name: N}\n", "there is no day \"1500-01-01\""},
    {"holidays:\n  - {day: 2027-1-1, name: N}\n", "there is no day \"2027-1-1\""},
    {"holidays:\n  - {easter: 81, name: N}\n",
     "h.yaml:2:14: easter is \"81\": it counts days from Easter Sunday, -80 to 80; Good Friday is -2"},
    {"holidays:\n  - {easter: --2, name: N}\n", "easter is \"--2\""},
    {"holidays:\n  - {day: 12-25, name: N, from: 24}\n",
     "h.yaml:2:33: from must be a year, 1583 to 9999: the first one"},
    {"holidays:\n  - {day: 12-25, name: N, from: 2027, to: 2026}\n", "from is 2027 and to is 2026"},
    {"holidays:\n  - {day: 2027-12-25, name: N, to: 2028}\n", "a single day has no from or to"},
    {"holidays:\n  - {day: 12-25, name: N}\n  - {day: 2027-12-25, name: M}\n",
     "h.yaml:3:5: the same day is in line 2: remove one of them"},
    {"holidays: [\n", "h.yaml:2:1: "},
};

static void each_slip_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(slips); i++) {
        struct faults faults;
        struct holidays holidays = {.count = 77};
        char text[2048] = "";
        FILE *told = fmemopen(text, sizeof(text), "w");
        faults_init(&faults);
        assert_int_not_equal(holidays_read("h.yaml", slice_of(slips[i].yaml), &faults, &holidays), OK);
        assert_int_equal(holidays.count, 77);
        faults_print(&faults, told);
        fclose(told);
        if (!strstr(text, slips[i].fault))
            fail_msg("'%s' is not in: %s", slips[i].fault, text);
        faults_release(&faults);
    }
}

static void more_than_fit_are_refused(void **state)
{
    static char text[(HOLIDAYS_MAX + 1) * 40 + 16];
    struct faults faults;
    struct holidays holidays;
    size_t len = 0;
    (void)state;
    len += (size_t)sprintf(text, "holidays:\n");
    for (int i = 0; i <= HOLIDAYS_MAX; i++)
        len += (size_t)sprintf(text + len, "  - {day: %d-01-02, name: N}\n", 2000 + i);
    faults_init(&faults);
    assert_int_equal(holidays_read("h.yaml", (struct slice){text, len}, &faults, &holidays), ERR_VALUE);
    assert_non_null(strstr(faults.items[0].text, "there are 251 holidays: at most 250 fit"));
    faults_release(&faults);
}

static void without_memory_it_fails_and_says_so(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        struct faults faults;
        struct holidays holidays = {.count = 77};
        faults_init(&faults);
        mem_fail_after(n);
        enum error error = holidays_read("h.yaml", SLICE("holidays: [{day: 12-25, name: N}]\n"), &faults, &holidays);
        mem_fail_after(-1);
        size_t found = faults.total;
        faults_release(&faults);
        if (!error) {
            assert_int_equal(holidays.count, 1);
            assert_true(n > 0);
            return;
        }
        assert_int_equal(error, ERR_NOMEM);
        assert_true(found > 0);
        assert_int_equal(holidays.count, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_days_of_a_year),
        cmocka_unit_test(good_friday_follows_easter),
        cmocka_unit_test(a_law_makes_a_holiday_from_its_year_on),
        cmocka_unit_test(rows_of_each_kind),
        cmocka_unit_test(each_slip_is_named),
        cmocka_unit_test(more_than_fit_are_refused),
        cmocka_unit_test(without_memory_it_fails_and_says_so),
    };
    if (!peru_holidays_load())
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
