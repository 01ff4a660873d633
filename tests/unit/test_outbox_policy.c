#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/outbox_policy.h"

static void each_ending_goes_on_as_its_row_says(void **state)
{
    static const struct {
        enum send_class class;
        int64_t retry_after_ms, age_ms;
        const char *expected;
        int64_t wait_ms;
    } rows[] = {
        {SEND_OK, 0, 0, "sent", 0},
        {SEND_TRANSIENT, 0, 0, "wait", 0},
        {SEND_THROTTLED, 7000, 0, "wait", 7000},
        {SEND_LATER, 0, 0, "wait", OUTBOX_LATER_MS},
        {SEND_MESSAGE, 0, 0, "dead", 0},
        {SEND_RECIPIENT, 0, 0, "dead", 0},
        {SEND_CHANNEL, 0, 0, "wait", OUTBOX_LATER_MS},
        {SEND_MALFORMED, 0, 0, "doubt", 0},
        {SEND_UNKNOWN, 0, 0, "doubt", 0},
        {SEND_TRANSIENT, 0, OUTBOX_REPLY_DEADLINE_MS, "wait", 0},
        {SEND_TRANSIENT, 0, OUTBOX_REPLY_DEADLINE_MS + 1, "dead", 0},
        {SEND_THROTTLED, 2, OUTBOX_REPLY_DEADLINE_MS - 1, "dead", 2}, /* it would wait beyond the deadline */
        {SEND_OK, 0, OUTBOX_REPLY_DEADLINE_MS + 1, "sent", 0},
        {SEND_UNKNOWN, 0, OUTBOX_REPLY_DEADLINE_MS + 1, "doubt", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct send_result result = {.class = rows[i].class, .retry_after_ms = rows[i].retry_after_ms};
        struct outbox_verdict verdict = outbox_judge(&result, 1000, 1000 + rows[i].age_ms);
        assert_string_equal(verdict.state, rows[i].expected);
        assert_int_equal(verdict.wait_ms, rows[i].wait_ms);
        assert_true(verdict.outcome[0]);
    }
}

static void the_back_off_doubles_to_its_limit(void **state)
{
    static const struct {
        int64_t tries;
        unsigned char chance;
        int64_t expected;
    } rows[] = {
        {1, 0, 500},
        {1, 255, 1000},
        {2, 0, 1000},
        {4, 255, 8000},
        {9, 255, 256000},
        {10, 255, OUTBOX_BACKOFF_LAST_MS},
        {16, 0, OUTBOX_BACKOFF_LAST_MS / 2},
        {1000000, 255, OUTBOX_BACKOFF_LAST_MS},
        {0, 255, 1000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(outbox_backoff_ms(OUTBOX_BACKOFF_FIRST_MS, rows[i].tries, rows[i].chance), rows[i].expected);
}

/* Against a counter of its own: in no second more than the rate, and no place wasted. */
static void a_rate_holds_over_every_second(void **state)
{
    struct outbox_paces paces = {.count = 0};
    int64_t places[1000];
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++)
        places[i] = outbox_pace_book(&paces, "sms", 8, 1000);
    for (size_t i = 8; i < COUNT(places); i++) {
        assert_true(places[i] - places[i - 8] >= 1000);
        assert_int_equal(places[i] - places[i - 1], 125);
    }
    int64_t third[4];
    for (size_t i = 0; i < 4; i++)
        third[i] = outbox_pace_book(&paces, "odd", 3, 1000);
    assert_true(third[3] - third[0] >= 1000); /* 333.3 ms apart is 334 */
    assert_int_equal(outbox_pace_book(&paces, "wa", 8, 1000), 0);
    assert_int_equal(outbox_pace_book(&paces, "free", 0, 1000), 0);
    assert_int_equal(outbox_pace_book(&paces, "sms", 8, 1000 + 1000 * 125 + 5000),
                     0); /* what was not used is not saved up */
    assert_int_equal(outbox_pace_book(&paces, "sms", 8, 1000 + 1000 * 125 + 5000), 125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ending_goes_on_as_its_row_says),
        cmocka_unit_test(the_back_off_doubles_to_its_limit),
        cmocka_unit_test(a_rate_holds_over_every_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
