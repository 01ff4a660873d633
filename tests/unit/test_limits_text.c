#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "gateway/limits.h"

static void what_is_written_is_read_again(void **state)
{
    static const char *const channels[] = {"c1 0", "c1 1795402800000123", "c1 5 1:1",
                                           "c1 0 1994892:250 1994893:4294967295", "c1 253402300799999000 281558111:1"};
    static const char *const persons[] = {"", "p1 1 0 0", "p1 0 0 1|2 3", "|2 3", "p1 0 5 0|0 1",
                                          "p1 253402300799999000 253402300799999 253402300799999|119999 2147483647"};
    (void)state;
    for (size_t i = 0; i < COUNT(channels); i++) {
        struct limit_channel channel;
        char again[LIMIT_CHANNEL_TEXT];
        assert_int_equal(limit_channel_decode(slice_of(channels[i]), &channel), OK);
        assert_int_equal(limit_channel_encode(&channel, again), strlen(channels[i]));
        assert_string_equal(again, channels[i]);
    }
    for (size_t i = 0; i < COUNT(persons); i++) {
        struct limit_person person;
        char again[LIMIT_PERSON_TEXT];
        assert_int_equal(limit_person_decode(slice_of(persons[i]), &person), OK);
        assert_int_equal(limit_person_encode(&person, again), strlen(persons[i]));
        assert_string_equal(again, persons[i]);
    }
}

static void nothing_is_a_new_state(void **state)
{
    struct limit_channel channel = {.tat_us = 5, .bucket_count = 3};
    struct limit_person person = {.month = 7};
    (void)state;
    assert_int_equal(limit_channel_decode(SLICE_NONE, &channel), OK);
    assert_int_equal(limit_person_decode(SLICE_NONE, &person), OK);
    assert_int_equal(channel.tat_us, 0);
    assert_int_equal(channel.bucket_count, 0);
    assert_int_equal(person.month, 0);
}

static void the_largest_states_fit(void **state)
{
    struct limit_channel channel = {.tat_us = LIMIT_TIME_MAX_MS * 1000, .bucket_count = LIMIT_BUCKETS}, read;
    char text[LIMIT_CHANNEL_TEXT];
    (void)state;
    for (uint32_t i = 0; i < LIMIT_BUCKETS; i++)
        channel.buckets[i] =
            (struct limit_bucket){(uint32_t)(LIMIT_TIME_MAX_MS / LIMIT_BUCKET_MS) - LIMIT_BUCKETS + i, UINT32_MAX};
    size_t len = limit_channel_encode(&channel, text);
    assert_true(len < LIMIT_CHANNEL_TEXT);
    assert_int_equal(limit_channel_decode((struct slice){text, len}, &read), OK);
    assert_memory_equal(&channel, &read, sizeof(read));
}

static void garbage_is_refused_and_changes_nothing(void **state)
{
    static const char *const texts[] = {
        " ",
        "c",
        "c1",
        "c1 ",
        "c2 0",
        "p1 0",
        "C1 0",
        "c1  0",
        "c1 0 ",
        "c1 -1",
        "c1 +1",
        "c1 01",
        "c1 0x1",
        "c1 253402300799999001",
        "c1 99999999999999999999",
        "c1 0 1",
        "c1 0 1:",
        "c1 0 :1",
        "c1 0 1:0",
        "c1 0 1:01",
        "c1 0 1:4294967296",
        "c1 0 2:1 1:1",
        "c1 0 1:1 1:1",
        "c1 0 1:1:1",
        "c1 0 1:1 ",
        "c1 0\n",
        "c1 0 281558112:1",
        "p1",
        "p1 1",
        "p1 1 1",
        "p1 0 0 0",
        "p1 0 1 0 ",
        "p1 0 1 0 0",
        "p1 0 253402300800000 0",
        "p1 0 0 253402300800000",
        "p1 0 1 -1",
        "p1 1  0 0",
        "|",
        "p1 1 0 0|",
        "p1 1 0 0|0 0",
        "|0 0",
        "|1",
        "|1 1 1",
        "|120000 0",
        "|1 2147483648",
        "|1 01",
        "|1 1|1 1",
        " |1 1",
        "p2 1 0 0",
    };
    struct limit_channel channel, channel_before;
    struct limit_person person, person_before;
    (void)state;
    memset(&channel, 0x5a, sizeof(channel));
    memset(&person, 0x5a, sizeof(person));
    channel_before = channel;
    person_before = person;
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (limit_channel_decode(slice_of(texts[i]), &channel) != ERR_SYNTAX ||
            limit_person_decode(slice_of(texts[i]), &person) != ERR_SYNTAX)
            fail_msg("taken: \"%s\"", texts[i]);
    }
    assert_int_equal(limit_channel_decode((struct slice){"c1 0\0", 5}, &channel), ERR_SYNTAX);
    assert_memory_equal(&channel, &channel_before, sizeof(channel));
    assert_memory_equal(&person, &person_before, sizeof(person));
}

static void more_buckets_than_a_day_has_are_refused(void **state)
{
    char text[4096] = "c1 0";
    struct limit_channel channel;
    (void)state;
    for (int i = 1; i <= LIMIT_BUCKETS + 1; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, " %d:1", i);
        assert_int_equal(limit_channel_decode(slice_of(text), &channel), i <= LIMIT_BUCKETS ? OK : ERR_SYNTAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(nothing_is_a_new_state),
        cmocka_unit_test(the_largest_states_fit),
        cmocka_unit_test(garbage_is_refused_and_changes_nothing),
        cmocka_unit_test(more_buckets_than_a_day_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
