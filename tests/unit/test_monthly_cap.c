/* The monthly cap is the person's: what one channel sent counts on the others, by the limits' rules and the store's
 * compare-and-set together. On the memory store; tests/unit/test_store_twin.c holds Redis to the same. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "gateway/keys.h"
#include "gateway/limits.h"
#include "gateway/store.h"

#define PERSON "+51987654321"
#define NOON_MS INT64_C(1796058000000) /* in Lima, in the midst of a month */

static const struct limit_rules rules = {.burst = 1, .pair_burst = 1, .monthly_cap = 2};

static struct store *store;
static uint64_t token;
static unsigned messages;

/* What a process knows of the person on a channel. */
struct known {
    const char *channel;
    char text[LIMIT_PERSON_TEXT];
};

static void on_committed(void *ctx, enum error error, const struct stored *stored)
{
    (void)ctx;
    (void)stored;
    assert_int_equal(error, OK);
}

static void on_leased(void *ctx, enum error error, uint64_t given)
{
    (void)ctx;
    assert_int_equal(error, OK);
    token = given;
}

static int open_store(void **state)
{
    const struct commit c = {.contact = SLICE(PERSON), .message_id = SLICE("sms:1"), .state = SLICE("s")};
    (void)state;
    store = store_memory_new();
    assert_non_null(store);
    assert_int_equal(store_lease(store, shard_of(SLICE(PERSON)), SLICE("me"), 600000, on_leased, NULL), OK);
    assert_int_equal(store_commit(store, &c, on_committed, NULL), OK);
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    store_close(store);
    return 0;
}

static enum leave leave; /* the last intent's, and what it told of the person */
static char held[LIMIT_PERSON_TEXT];

static void on_intended(void *ctx, enum error error, const struct leave_given *given)
{
    (void)ctx;
    assert_int_equal(error, OK);
    leave = given->leave;
    slice_copy(given->person.limits, held, sizeof(held));
}

/* Asks the limits by what is known, and the store where they allow it. Returns what holds the message; LIMIT_NONE when
 * it went, with what is known moved on; LIMIT_REASONS when what is known was old, and is new now. */
static enum limit_reason try_to_send(struct known *known, enum message_class class)
{
    struct limit_channel channel = {0};
    struct limit_person person;
    const struct limit_message message = {.class = class, .segments = 1, .due_ms = NOON_MS};
    struct limit_answer answer;
    char then[LIMIT_PERSON_TEXT], id[STORE_ID_MAX];
    assert_int_equal(limit_person_decode(slice_of(known->text), &person), OK);
    limit_admit(&rules, &channel, &person, &message, NOON_MS, &answer);
    if (answer.at_ms > NOON_MS)
        return answer.reason;
    limit_person_encode(&answer.person, then);
    snprintf(id, sizeof(id), "%u-0", ++messages);
    const struct intent intent = {.shard = shard_of(SLICE(PERSON)),
                                  .id = slice_of(id),
                                  .contact = SLICE(PERSON),
                                  .channel = slice_of(known->channel),
                                  .token = token,
                                  .owner = SLICE("me"),
                                  .now_ms = NOON_MS,
                                  .limited = true,
                                  .limits_before = slice_of(known->text),
                                  .limits_then = slice_of(then)};
    assert_int_equal(store_intend(store, &intent, on_intended, NULL), OK);
    slice_copy(slice_of(leave == LEAVE_LIMITS ? held : then), known->text, sizeof(known->text));
    return leave == LEAVE_LIMITS ? LIMIT_REASONS : LIMIT_NONE;
}

static void what_one_channel_sent_counts_on_the_other(void **state)
{
    struct known sms = {.channel = "sms"}, wa = {.channel = "wa"};
    (void)state;
    assert_int_equal(try_to_send(&sms, CLASS_NOTICE), LIMIT_NONE);
    assert_int_equal(try_to_send(&wa, CLASS_REMINDER), LIMIT_REASONS);
    assert_int_equal(try_to_send(&wa, CLASS_REMINDER), LIMIT_NONE);
    assert_int_equal(try_to_send(&wa, CLASS_NOTICE), LIMIT_CAP);
    assert_int_equal(try_to_send(&sms, CLASS_NOTICE), LIMIT_REASONS);
    assert_int_equal(try_to_send(&sms, CLASS_NOTICE), LIMIT_CAP);
}

static void a_reply_neither_counts_nor_waits_for_what_the_other_channel_sent(void **state)
{
    struct known sms = {.channel = "sms"}, wa = {.channel = "wa"};
    (void)state;
    assert_int_equal(try_to_send(&sms, CLASS_NOTICE), LIMIT_NONE);
    assert_int_equal(try_to_send(&wa, CLASS_REPLY), LIMIT_NONE);
    assert_int_equal(try_to_send(&sms, CLASS_REPLY), LIMIT_NONE);
    assert_int_equal(try_to_send(&sms, CLASS_NOTICE), LIMIT_NONE);
    assert_int_equal(try_to_send(&sms, CLASS_NOTICE), LIMIT_CAP);
}

static void a_channels_own_part_is_not_the_others(void **state)
{
    const struct intent paced = {.shard = shard_of(SLICE(PERSON)),
                                 .id = SLICE("900-0"),
                                 .contact = SLICE(PERSON),
                                 .channel = SLICE("wa"),
                                 .token = token,
                                 .owner = SLICE("me"),
                                 .now_ms = NOON_MS,
                                 .limited = true,
                                 .limits_then = SLICE("p1 5 0 0|24323 1")};
    struct known sms = {.channel = "sms"};
    (void)state;
    assert_int_equal(store_intend(store, &paced, on_intended, NULL), OK);
    assert_int_equal(leave, LEAVE_GO);
    assert_int_equal(try_to_send(&sms, CLASS_NOTICE), LIMIT_REASONS);
    assert_string_equal(sms.text, "|24323 1");
}

/* 30 November 2026, a Monday, at an hour and minute in Lima; the month ends with it. */
#define EVE(hour, minute) (INT64_C(1796014800000) + ((hour) * INT64_C(60) + (minute)) * 60000)

static void nothing_goes_into_another_month_or_beyond_its_last_moment(void **state)
{
    static const struct {
        const char *name;
        int64_t count, until_ms, now_ms, at_ms;
        enum limit_reason reason;
    } rows[] = {
        {"the cap is met", 4, 0, EVE(12, 0), LIMIT_NEVER, LIMIT_CAP},
        {"it is another month when day comes", 4, 0, EVE(21, 0), EVE(32, 0), LIMIT_QUIET},
        {"before the last moment", 0, EVE(12, 1), EVE(12, 0), EVE(12, 0), LIMIT_NONE},
        {"at the last moment", 0, EVE(12, 0), EVE(12, 0), LIMIT_NEVER, LIMIT_EXPIRED},
        {"what would wait beyond it does not wait", 0, EVE(32, 0), EVE(20, 0), LIMIT_NEVER, LIMIT_EXPIRED},
        {"the last moment and the deadline are past", 0, EVE(1, 0), EVE(120, 0), LIMIT_NEVER, LIMIT_EXPIRED},
        {"the last moment is in the month after", 4, EVE(48, 0), EVE(21, 0), EVE(32, 0), LIMIT_QUIET},
    };
    const struct limit_rules hours = {
        .burst = 1, .pair_burst = 1, .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E, .monthly_cap = 4};
    const struct limit_channel channel = {0};
    struct limit_answer answer;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct limit_person person = {.month = 2026 * 12 + 10, .month_count = rows[i].count};
        const struct limit_message message = {
            .class = CLASS_NOTICE, .segments = 1, .due_ms = EVE(0, 0), .until_ms = rows[i].until_ms};
        limit_admit(&hours, &channel, &person, &message, rows[i].now_ms, &answer);
        if (answer.at_ms != rows[i].at_ms || answer.reason != rows[i].reason)
            fail_msg("%s: %s", rows[i].name, limit_reason_name(answer.reason));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_one_channel_sent_counts_on_the_other, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_reply_neither_counts_nor_waits_for_what_the_other_channel_sent, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(a_channels_own_part_is_not_the_others, open_store, close_store),
        cmocka_unit_test(nothing_goes_into_another_month_or_beyond_its_last_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
