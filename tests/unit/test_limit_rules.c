#include "tests/unit/unit.h"

#include "gateway/limit_rules.h"

static struct limit_rules rules_of(enum channel_kind kind, double rate, struct config config)
{
    static const struct setting settings[] = {{"burst", "5"}, {"daily_tier", "1000"}};
    const struct channel channel = {
        .name = "c", .kind = kind, .rate = rate, .settings = settings, .setting_count = COUNT(settings)};
    struct limit_rules rules;
    limit_rules_read(&config, &channel, NULL, &rules);
    return rules;
}

static const struct config usual = {
    .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = CONFIG_MON_SAT, .monthly_cap = 8};

static void an_sms_channel_has_its_rate_and_the_hours(void **state)
{
    struct limit_rules rules = rules_of(CHANNEL_SMS, 3, usual);
    (void)state;
    assert_int_equal(rules.segment_us, 333334); /* rounded up: never faster */
    assert_int_equal(rules.burst, 5);
    assert_int_equal(rules.bulk_from_min, 480);
    assert_int_equal(rules.bulk_to_min, 1200);
    assert_int_equal(rules.bulk_days, 0x7E);
    assert_int_equal(rules.monthly_cap, 8);
    assert_int_equal(rules.pair_ms + rules.window_ms + rules.daily_tier, 0);
    assert_int_equal(rules_of(CHANNEL_SMS, 0, usual).segment_us, 0);
}

static void whatsapp_has_metas_own_too(void **state)
{
    struct limit_rules rules = rules_of(CHANNEL_WHATSAPP, 80, usual);
    (void)state;
    assert_int_equal(rules.pair_ms, 6000);
    assert_int_equal(rules.pair_burst, 45);
    assert_int_equal(rules.window_ms, 86400000);
    assert_int_equal(rules.daily_tier, 1000);
}

static void all_day_is_no_limit(void **state)
{
    const struct config config = {.bulk_from_min = 0, .bulk_to_min = 1440, .bulk_days = CONFIG_ALL_DAYS};
    struct limit_rules rules = rules_of(CHANNEL_SMS, 1, config);
    (void)state;
    assert_int_equal(rules.bulk_from_min + rules.bulk_to_min, 0);
    assert_int_equal(rules.bulk_days, LIMIT_WEEK);
    assert_int_equal(rules.monthly_cap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_sms_channel_has_its_rate_and_the_hours),
        cmocka_unit_test(whatsapp_has_metas_own_too),
        cmocka_unit_test(all_day_is_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
