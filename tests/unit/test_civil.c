#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/civil.h"

static void instants_have_dates(void **state)
{
    static const struct {
        int64_t ms;
        int offset_s;
        struct civil expected;
    } rows[] = {
        {0, 0, {1970, 1, 1, 0, 0, 0, 0, 4}},
        {-1, 0, {1969, 12, 31, 23, 59, 59, 999, 3}},
        {0, LIMA_OFFSET_S, {1969, 12, 31, 19, 0, 0, 0, 3}},
        {1795402800000, 0, {2026, 11, 23, 3, 0, 0, 0, 1}},
        {1795402800000, LIMA_OFFSET_S, {2026, 11, 22, 22, 0, 0, 0, 0}},
        {951782400123, 0, {2000, 2, 29, 0, 0, 0, 123, 2}},
        {951868800000, 0, {2000, 3, 1, 0, 0, 0, 0, 3}},
        {4107542400000, 0, {2100, 3, 1, 0, 0, 0, 0, 1}},
        {4107542399999, 0, {2100, 2, 28, 23, 59, 59, 999, 0}},
        {-62167219200000, 0, {0, 1, 1, 0, 0, 0, 0, 6}},
        {-62167219200001, 0, {-1, 12, 31, 23, 59, 59, 999, 5}},
        {INT64_MAX, 0, {292278994, 8, 17, 7, 12, 55, 807, 0}},
        {INT64_MIN, 0, {-292275055, 5, 16, 16, 47, 4, 192, 0}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct civil c = civil_from_ms(rows[i].ms, rows[i].offset_s);
        if (memcmp(&c, &rows[i].expected, sizeof(c)) != 0)
            fail_msg("row %zu: %d-%02d-%02d %02d:%02d:%02d.%03d day %d", i, c.year, c.month, c.day, c.hour, c.minute,
                     c.second, c.millisecond, c.weekday);
    }
}

/* The C library counts the same days, over 800 years at a step that meets every weekday, month and hour. */
static void the_c_library_agrees(void **state)
{
    (void)state;
    for (int64_t s = -12000000000; s < 13000000000; s += 86400 * 3 + 3607) {
        struct tm tm;
        time_t t = (time_t)s;
        struct civil c = civil_from_ms(s * 1000, 0);
        gmtime_r(&t, &tm);
        if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday || c.hour != tm.tm_hour ||
            c.minute != tm.tm_min || c.second != tm.tm_sec || c.weekday != tm.tm_wday)
            fail_msg("%lld", (long long)s);
        assert_int_equal(civil_to_ms(&c, 0), s * 1000);
    }
}

static void fields_carry_over(void **state)
{
    static const struct {
        struct civil c;
        int offset_s;
        const char *expected;
    } rows[] = {
        {{.year = 2026, .month = 11, .day = 23}, 0, "2026-11-23T00:00:00.000Z"},
        {{.year = 2026, .month = 11, .day = 23, .hour = 8}, LIMA_OFFSET_S, "2026-11-23T13:00:00.000Z"},
        {{.year = 2026, .month = 13, .day = 1}, 0, "2027-01-01T00:00:00.000Z"},
        {{.year = 2026, .month = 0, .day = 1}, 0, "2025-12-01T00:00:00.000Z"},
        {{.year = 2026, .month = -11, .day = 1}, 0, "2025-01-01T00:00:00.000Z"},
        {{.year = 2026, .month = 3, .day = 0}, 0, "2026-02-28T00:00:00.000Z"},
        {{.year = 2024, .month = 2, .day = 30}, 0, "2024-03-01T00:00:00.000Z"},
        {{.year = 2026, .month = 1, .day = 1, .hour = 25, .minute = -1, .second = 61}, 0, "2026-01-02T01:00:01.000Z"},
        {{.year = 2026, .month = 1, .day = 1, .millisecond = -1}, 0, "2025-12-31T23:59:59.999Z"},
        {{.year = 2147483647, .month = 2147483647, .day = 2147483647}, 0, "9999-12-31T23:59:59.999Z"},
        {{.year = -2147483647, .month = -2147483647, .day = -2147483647}, 0, "0000-01-01T00:00:00.000Z"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[CIVIL_TEXT];
        civil_format(civil_to_ms(&rows[i].c, rows[i].offset_s), text);
        assert_string_equal(text, rows[i].expected);
    }
}

static void written_dates_are_read(void **state)
{
    static const struct {
        const char *text;
        enum error error;
        const char *expected;
    } rows[] = {
        {"2026-11-23", OK, "2026-11-23T00:00:00.000Z"},
        {"2026-11-23T03:00:00Z", OK, "2026-11-23T03:00:00.000Z"},
        {"2026-11-23t03:00:00z", OK, "2026-11-23T03:00:00.000Z"},
        {"2026-11-23 03:00:00", OK, "2026-11-23T03:00:00.000Z"},
        {"2026-11-23T03:00:00.5Z", OK, "2026-11-23T03:00:00.500Z"},
        {"2026-11-23T03:00:00.123456789", OK, "2026-11-23T03:00:00.123Z"},
        {"2026-11-23T03:00:00-05:00", OK, "2026-11-23T08:00:00.000Z"},
        {"2020-05-20T12:34:56.789+0000", OK, "2020-05-20T12:34:56.789Z"},
        {"2026-11-23T03:00:00+05:30", OK, "2026-11-22T21:30:00.000Z"},
        {"2024-02-29", OK, "2024-02-29T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", OK, "9999-12-31T23:59:59.999Z"},
        {"0000-01-01", OK, "0000-01-01T00:00:00.000Z"},
        {"", ERR_SYNTAX, NULL},
        {"2026", ERR_SYNTAX, NULL},
        {"2026-11", ERR_SYNTAX, NULL},
        {"26-11-23", ERR_SYNTAX, NULL},
        {"2026/11/23", ERR_SYNTAX, NULL},
        {"2026-1-23", ERR_SYNTAX, NULL},
        {"-026-11-23", ERR_SYNTAX, NULL},
        {"2026-11-23T", ERR_SYNTAX, NULL},
        {"2026-11-23Z", ERR_SYNTAX, NULL},
        {"2026-11-23T03", ERR_SYNTAX, NULL},
        {"2026-11-23T03:00", ERR_SYNTAX, NULL},
        {"2026-11-23T03:00:00.Z", ERR_SYNTAX, NULL},
        {"2026-11-23T03:00:00 Z", ERR_SYNTAX, NULL},
        {"2026-11-23T03:00:00ZZ", ERR_SYNTAX, NULL},
        {"2026-11-23T03:00:00+05", ERR_SYNTAX, NULL},
        {"2026-11-23T03:00:00+05:0", ERR_SYNTAX, NULL},
        {"2026-11-23T03:00:00+24:00:", ERR_SYNTAX, NULL},
        {" 2026-11-23", ERR_SYNTAX, NULL},
        {"2026-11-23 ", ERR_SYNTAX, NULL},
        {"2026-00-23", ERR_VALUE, NULL},
        {"2026-13-01", ERR_VALUE, NULL},
        {"2026-11-00", ERR_VALUE, NULL},
        {"2026-11-31", ERR_VALUE, NULL},
        {"2026-02-29", ERR_VALUE, NULL},
        {"1900-02-29", ERR_VALUE, NULL},
        {"2026-12-32", ERR_VALUE, NULL},
        {"2026-11-23T24:00:00Z", ERR_VALUE, NULL},
        {"2026-11-23T23:60:00Z", ERR_VALUE, NULL},
        {"2026-11-23T23:59:60Z", ERR_VALUE, NULL},
        {"2026-11-23T03:00:00+24:00", ERR_VALUE, NULL},
        {"2026-11-23T03:00:00-00:60", ERR_VALUE, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = 42;
        char text[CIVIL_TEXT];
        enum error error = civil_parse(slice_of(rows[i].text), &ms);
        if (error != rows[i].error)
            fail_msg("%s: %s", rows[i].text, error_text(error));
        if (error) {
            assert_int_equal(ms, 42);
            continue;
        }
        civil_format(ms, text);
        assert_string_equal(text, rows[i].expected);
    }
    int64_t ms;
    assert_int_equal(civil_parse(SLICE("2026-11-23\0"), &ms), ERR_SYNTAX);
    assert_int_equal(civil_parse(SLICE_NONE, &ms), ERR_SYNTAX);
}

static void what_a_person_types_is_limas(void **state)
{
    static const struct {
        const char *text, *expected; /* NULL: an error */
        enum error error;
    } rows[] = {
        {"2026-12-01T09:00", "2026-12-01T14:00:00.000Z", OK},
        {"2026-12-01 09:00", "2026-12-01T14:00:00.000Z", OK},
        {"2026-12-01T09:00:30", "2026-12-01T14:00:30.000Z", OK},
        {"2026-12-01", "2026-12-01T05:00:00.000Z", OK},
        {"2026-12-01T09:00:00Z", "2026-12-01T09:00:00.000Z", OK},
        {"2026-12-01T09:00:00-03:00", "2026-12-01T12:00:00.000Z", OK},
        {"2026-02-30T09:00", NULL, ERR_VALUE},
        {"2026-12-01T25:00", NULL, ERR_VALUE},
        {"mañana", NULL, ERR_SYNTAX},
        {"", NULL, ERR_SYNTAX},
        {"2026-12-01T09:00                                      ", NULL, ERR_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = 42;
        char text[CIVIL_TEXT];
        enum error error = civil_parse_lima(slice_of(rows[i].text), &ms);
        if (error != rows[i].error)
            fail_msg("%s: %s", rows[i].text, error_text(error));
        civil_format(ms, text);
        if (rows[i].expected)
            assert_string_equal(text, rows[i].expected);
        else
            assert_int_equal(ms, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_have_dates),
        cmocka_unit_test(the_c_library_agrees),
        cmocka_unit_test(fields_carry_over),
        cmocka_unit_test(written_dates_are_read),
        cmocka_unit_test(what_a_person_types_is_limas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
