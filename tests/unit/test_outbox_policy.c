#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/outbox_policy.h"

#define NOW_MS 1795402800000
#define DAY_MS 86400000

static void each_ending_goes_on_as_its_row_says(void **state)
{
    static const struct {
        enum send_class class;
        int64_t retry_after_ms, age_ms;
        int64_t tries;
        enum doubt_policy doubt;
        enum send_state expected;
        int64_t wait_ms; /* WAIT */
    } rows[] = {
        {SEND_OK, 0, 0, 1, DOUBT_HOLD, SEND_STATE_SENT, 0},
        {SEND_TRANSIENT, 0, 0, 1, DOUBT_HOLD, SEND_STATE_WAIT, 500},
        {SEND_TRANSIENT, 0, 0, 3, DOUBT_HOLD, SEND_STATE_WAIT, 2000},
        {SEND_TRANSIENT, 0, 0, OUTBOX_TRIES_MAX - 1, DOUBT_HOLD, SEND_STATE_WAIT, OUTBOX_BACKOFF_LAST_MS / 2},
        {SEND_TRANSIENT, 0, 0, OUTBOX_TRIES_MAX, DOUBT_HOLD, SEND_STATE_DEAD, 0},
        {SEND_THROTTLED, 7000, 0, OUTBOX_TRIES_MAX, DOUBT_HOLD, SEND_STATE_WAIT, 7000},
        {SEND_LATER, 0, 0, 1, DOUBT_HOLD, SEND_STATE_WAIT, OUTBOX_LATER_MS},
        {SEND_MESSAGE, 0, 0, 1, DOUBT_HOLD, SEND_STATE_DEAD, 0},
        {SEND_RECIPIENT, 0, 0, 1, DOUBT_HOLD, SEND_STATE_DEAD, 0},
        {SEND_CHANNEL, 0, 0, 1, DOUBT_HOLD, SEND_STATE_WAIT, OUTBOX_LATER_MS},
        {SEND_MALFORMED, 0, 0, 1, DOUBT_HOLD, SEND_STATE_DOUBT, 0},
        {SEND_UNKNOWN, 0, 0, 1, DOUBT_HOLD, SEND_STATE_DOUBT, 0},
        {SEND_UNKNOWN, 0, 0, 1, DOUBT_RESEND, SEND_STATE_WAIT, 500},
        {SEND_UNKNOWN, 0, 0, OUTBOX_TRIES_MAX, DOUBT_RESEND, SEND_STATE_DEAD, 0},
        {SEND_TRANSIENT, 0, DAY_MS - 500, 1, DOUBT_HOLD, SEND_STATE_WAIT, 500},
        {SEND_TRANSIENT, 0, DAY_MS - 499, 1, DOUBT_HOLD, SEND_STATE_DEAD, 0},
        {SEND_THROTTLED, 2, DAY_MS - 1, 1, DOUBT_HOLD, SEND_STATE_DEAD, 0}, /* it would wait beyond the deadline */
        {SEND_OK, 0, DAY_MS + 1, 1, DOUBT_HOLD, SEND_STATE_SENT, 0},
        {SEND_UNKNOWN, 0, DAY_MS + 1, 1, DOUBT_HOLD, SEND_STATE_DOUBT, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct send_result result = {.class = rows[i].class, .retry_after_ms = rows[i].retry_after_ms};
        const struct outbox_case of = {.class = CLASS_REPLY,
                                       .doubt = rows[i].doubt,
                                       .committed_ms = NOW_MS - rows[i].age_ms,
                                       .now_ms = NOW_MS,
                                       .tries = rows[i].tries,
                                       .backoff_first_ms = OUTBOX_BACKOFF_FIRST_MS};
        struct outbox_verdict verdict = outbox_judge(&result, &of);
        assert_int_equal(verdict.state, rows[i].expected);
        if (verdict.state == SEND_STATE_WAIT)
            assert_int_equal(verdict.due_ms - NOW_MS, rows[i].wait_ms);
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

/* Each class has a deadline of its own: a try that would come later than that is the last. */
static void each_class_ends_at_its_deadline(void **state)
{
    (void)state;
    for (int class = 0; class < MESSAGE_CLASSES; class ++) {
        const struct send_result result = {.class = SEND_TRANSIENT};
        struct outbox_case of = {.class = (enum message_class) class,
                                 .now_ms = NOW_MS,
                                 .tries = 1,
                                 .backoff_first_ms = OUTBOX_BACKOFF_FIRST_MS};
        of.committed_ms = NOW_MS + OUTBOX_BACKOFF_FIRST_MS / 2 - message_class(of.class)->deadline_ms;
        assert_int_equal(outbox_judge(&result, &of).state, SEND_STATE_WAIT);
        of.committed_ms--;
        assert_int_equal(outbox_judge(&result, &of).state, SEND_STATE_DEAD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ending_goes_on_as_its_row_says),
        cmocka_unit_test(the_back_off_doubles_to_its_limit),
        cmocka_unit_test(each_class_ends_at_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
