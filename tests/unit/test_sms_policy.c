#include "tests/unit/unit.h"

#include "base/sms_policy.h"

static void words_and_policies_are_one(void **state)
{
    static const struct {
        const char *words;
        struct sms_policy policy;
    } rows[] = {
        {"", {0}},
        {"cheapest", {.manner = SMS_CHEAPEST}},
        {"exact", {.manner = SMS_EXACT}},
        {"plain es", {.spanish_shift = true}},
        {"plain wide", {.wide_reference = true}},
        {"plain 255", {.segments_max = 255}},
        {"cheapest es wide 2", {SMS_CHEAPEST, true, true, 2}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_policy back;
        struct buf out;
        buf_init(&out, 100);
        sms_policy_put(&rows[i].policy, &out);
        assert_string_equal(buf_text(&out), rows[i].words);
        assert_true(sms_policy_parse(slice_of(rows[i].words), &back));
        assert_int_equal(back.manner, rows[i].policy.manner);
        assert_int_equal(back.spanish_shift, rows[i].policy.spanish_shift);
        assert_int_equal(back.wide_reference, rows[i].policy.wide_reference);
        assert_int_equal(back.segments_max, rows[i].policy.segments_max);
        assert_int_equal(sms_policy_segments(&back), back.segments_max ? back.segments_max : 3);
        buf_release(&out);
    }
}

static void other_words_are_none(void **state)
{
    static const char *const rows[] = {
        "plain",
        " ",
        "cheap",
        "es",
        "cheapest ",
        "cheapest  es",
        "cheapest wide es",
        "cheapest es es",
        "cheapest 0",
        "cheapest 256",
        "cheapest 02",
        "cheapest 2 3",
        "cheapest 2 ",
        "Plain es",
        "cheapest -1",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_policy policy = {.segments_max = 7};
        if (sms_policy_parse(slice_of(rows[i]), &policy))
            fail_msg("\"%s\"", rows[i]);
        assert_int_equal(policy.segments_max, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_policies_are_one),
        cmocka_unit_test(other_words_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
