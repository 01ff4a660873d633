/* When bulk is through: rows by hand, and against the limits themselves, which send the same one by one. */
#include "tests/unit/unit.h"

#include "gateway/bulk_time.h"
#include "tests/unit/peru_holidays.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
/* Monday 23 November 2026, 08:00 in Lima. */
#define MONDAY_8 INT64_C(1795438800000)

static const struct limit_rules usual = {
    .segment_us = 1000000, .burst = 1, .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E, .holidays = &peru};

static void rows_by_hand(void **state)
{
    static const struct {
        uint64_t segments, day_max;
        int64_t from_ms, ends_ms;
    } rows[] = {
        {0, 0, MONDAY_8, MONDAY_8},
        {1, 0, MONDAY_8, MONDAY_8},
        {3601, 0, MONDAY_8, MONDAY_8 + HOUR_MS},
        {43200, 0, MONDAY_8, MONDAY_8 + 12 * HOUR_MS - 1000},             /* a day's, to the second */
        {43201, 0, MONDAY_8, MONDAY_8 + DAY_MS},                          /* one more: on Tuesday */
        {1, 0, MONDAY_8 + 13 * HOUR_MS, MONDAY_8 + DAY_MS},               /* asked at night */
        {1, 0, MONDAY_8 + 6 * DAY_MS, MONDAY_8 + 7 * DAY_MS},             /* a Sunday */
        {1, 0, MONDAY_8 + 15 * DAY_MS, MONDAY_8 + 17 * DAY_MS},           /* 8 and 9 December are holidays */
        {2500, 1000, MONDAY_8, MONDAY_8 + 2 * DAY_MS + 499 * 1000},       /* the tier of a WhatsApp number */
        {1, 0, MONDAY_8 + 12 * HOUR_MS - 1, MONDAY_8 + 12 * HOUR_MS - 1}, /* the last instant of the hours */
        {2, 0, MONDAY_8 + 12 * HOUR_MS - 1, MONDAY_8 + DAY_MS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(bulk_ends(&usual, rows[i].segments, rows[i].day_max, rows[i].from_ms), rows[i].ends_ms);
}

static void without_hours_or_rate(void **state)
{
    const struct limit_rules always = {.segment_us = 500000, .burst = 1, .bulk_days = LIMIT_WEEK};
    const struct limit_rules fast = {.burst = 1, .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E};
    const struct limit_rules never = {.segment_us = 1, .bulk_from_min = 480, .bulk_to_min = 1200};
    (void)state;
    assert_int_equal(bulk_ends(&always, 1000001, 0, MONDAY_8), MONDAY_8 + INT64_C(500000000));
    assert_int_equal(bulk_ends(&fast, 1000000, 0, MONDAY_8), MONDAY_8);
    assert_int_equal(bulk_ends(&never, 1, 0, MONDAY_8), LIMIT_NEVER);
    assert_int_equal(bulk_begins(&never, MONDAY_8), LIMIT_NEVER);
    assert_int_equal(bulk_ends(&usual, UINT64_MAX / 2, 0, MONDAY_8), LIMIT_NEVER);
}

/* Sends so many segments as the outbox does: each as soon as the limits let it go. */
static int64_t sent_by_limits(const struct limit_rules *rules, unsigned segments, int64_t now_ms)
{
    struct limit_channel channel = {0};
    const struct limit_person person = {0};
    const struct limit_message message = {.class = CLASS_NOTICE, .segments = 1, .due_ms = LIMIT_TIME_MAX_MS};
    struct limit_answer answer;
    for (unsigned i = 0; i < segments; i++) {
        limit_admit(rules, &channel, &person, &message, now_ms, &answer);
        for (; answer.at_ms > now_ms; limit_admit(rules, &channel, &person, &message, now_ms, &answer))
            now_ms = answer.at_ms;
        channel = answer.channel;
    }
    return now_ms;
}

static void the_limits_end_when_it_says(void **state)
{
    static const struct {
        int64_t segment_us;
        unsigned segments;
        int64_t from_ms;
    } rows[] = {{250000, 1000, MONDAY_8},
                {60000000, 1500, MONDAY_8 + 3 * HOUR_MS},
                {100000000, 2000, MONDAY_8 + 5 * DAY_MS},
                {333334, 500, MONDAY_8 + 12 * HOUR_MS - 50000}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct limit_rules rules = usual;
        rules.segment_us = rows[i].segment_us;
        int64_t told = bulk_ends(&rules, rows[i].segments, 0, rows[i].from_ms);
        int64_t done = sent_by_limits(&rules, rows[i].segments, rows[i].from_ms);
        assert_in_range(told - done + 1000, 0, 2000); /* the limits' own rounding to milliseconds */
    }
}

/* The most that go before an instant: one more would end at it or later. */
static void as_many_fit_as_end_before(void **state)
{
    static const int64_t spans_ms[] = {0,           1,      500,         HOUR_MS,    12 * HOUR_MS - 1, 12 * HOUR_MS,
                                       DAY_MS - 1, DAY_MS, DAY_MS + 1, 9 * DAY_MS, 17 * DAY_MS};
    static const uint64_t day_most[] = {0, 1, 1000};
    static const int64_t each_us[] = {1000000, 333334, 60000000};
    (void)state;
    for (size_t i = 0; i < COUNT(spans_ms) * COUNT(day_most) * COUNT(each_us); i++) {
        struct limit_rules rules = usual;
        rules.segment_us = each_us[i % COUNT(each_us)];
        const uint64_t most = day_most[i / COUNT(each_us) % COUNT(day_most)];
        const int64_t until_ms = MONDAY_8 + spans_ms[i / COUNT(each_us) / COUNT(day_most)];
        const uint64_t fit = bulk_fits(&rules, most, MONDAY_8, until_ms);
        assert_true(fit == 0 || bulk_ends(&rules, fit, most, MONDAY_8) < until_ms);
        assert_true(bulk_ends(&rules, fit + 1, most, MONDAY_8) >= until_ms);
    }
}

static void any_number_or_none_fits(void **state)
{
    const struct limit_rules fast = {.burst = 1, .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E};
    const struct limit_rules never = {.segment_us = 1, .bulk_from_min = 480, .bulk_to_min = 1200};
    (void)state;
    assert_true(bulk_fits(&fast, 0, MONDAY_8, MONDAY_8 + 1) == UINT64_MAX);
    assert_true(bulk_fits(&fast, 0, MONDAY_8, MONDAY_8 + 3 * DAY_MS) == UINT64_MAX);
    assert_int_equal(bulk_fits(&fast, 0, MONDAY_8 - HOUR_MS, MONDAY_8), 0); /* the hours begin too late */
    assert_int_equal(bulk_fits(&never, 0, MONDAY_8, MONDAY_8 + DAY_MS), 0);
    assert_true(bulk_fits(&usual, 0, MONDAY_8, LIMIT_TIME_MAX_MS) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_by_hand),
        cmocka_unit_test(without_hours_or_rate),
        cmocka_unit_test(the_limits_end_when_it_says),
        cmocka_unit_test(as_many_fit_as_end_before),
        cmocka_unit_test(any_number_or_none_fits),
    };
    if (!peru_holidays_load())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
