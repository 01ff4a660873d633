#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "gateway/metrics.h"

static struct buf out;

static int fresh(void **state)
{
    (void)state;
    metrics_reset();
    buf_init(&out, 1 << 20);
    return 0;
}

static int cleanup(void **state)
{
    (void)state;
    buf_release(&out);
    return 0;
}

static void assert_written(const char *line)
{
    if (!strstr(buf_text(&out), line))
        fail_msg("missing: %s\nin:\n%s", line, buf_text(&out));
}

static size_t count_lines(const char *prefix)
{
    size_t count = 0;
    struct slice rest = buf_slice(&out), line;
    while (slice_cut(&rest, '\n', &line))
        count += slice_starts(line, prefix);
    return count;
}

static void counts_and_gauges_by_label(void **state)
{
    (void)state;
    metric_add(METRIC_WEBHOOKS, "sms", "accepted", 1);
    metric_add(METRIC_WEBHOOKS, "sms", "accepted", 2);
    metric_add(METRIC_WEBHOOKS, "wa", "refused", 1);
    metric_set(METRIC_OUTBOX_DEPTH, NULL, NULL, 7);
    metric_set(METRIC_OUTBOX_DEPTH, NULL, NULL, 3.5);
    metrics_write(&out);
    assert_int_equal(out.error, OK);
    assert_written("# TYPE chaski_webhooks_total counter\n");
    assert_written("\nchaski_webhooks_total{channel=\"sms\",outcome=\"accepted\"} 3\n");
    assert_written("\nchaski_webhooks_total{channel=\"wa\",outcome=\"refused\"} 1\n");
    assert_written("\nchaski_outbox_messages 3.5\n");
    assert_written("\nchaski_turn_conflicts_total 0\n");
    assert_written("\nchaski_build_info{version=\"" CHASKI_VERSION "\"} 1\n");
}

static void histograms_add_up(void **state)
{
    (void)state;
    metric_observe(METRIC_TURN_SECONDS, "sms", 0.001);
    metric_observe(METRIC_TURN_SECONDS, "sms", 0.003);
    metric_observe(METRIC_TURN_SECONDS, "sms", 99);
    metrics_write(&out);
    assert_written("\nchaski_turn_seconds_bucket{channel=\"sms\",le=\"0.001\"} 1\n");
    assert_written("\nchaski_turn_seconds_bucket{channel=\"sms\",le=\"0.0025\"} 1\n");
    assert_written("\nchaski_turn_seconds_bucket{channel=\"sms\",le=\"0.005\"} 2\n");
    assert_written("\nchaski_turn_seconds_bucket{channel=\"sms\",le=\"10\"} 2\n");
    assert_written("\nchaski_turn_seconds_bucket{channel=\"sms\",le=\"+Inf\"} 3\n");
    assert_written("\nchaski_turn_seconds_sum{channel=\"sms\"} 99.004\n");
    assert_written("\nchaski_turn_seconds_count{channel=\"sms\"} 3\n");
    assert_written("\nchaski_redis_command_seconds_count 0\n");
}

static void label_values_are_escaped(void **state)
{
    (void)state;
    metric_add(METRIC_TURNS, "a\"b\\c\nd", NULL, 1);
    metrics_write(&out);
    assert_written("\nchaski_turns_total{channel=\"a\\\"b\\\\c\\nd\"} 1\n");
}

static void too_many_series_become_other(void **state)
{
    char name[16], longest[128];
    (void)state;
    for (int i = 0; i < 2 * METRIC_SERIES_MAX; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        metric_add(METRIC_TURNS, name, NULL, 1);
    }
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    metric_add(METRIC_RECEIPTS, longest, "read", 1);
    metrics_write(&out);
    assert_int_equal(count_lines("chaski_turns_total{"), METRIC_SERIES_MAX);
    assert_written("\nchaski_turns_total{channel=\"other\"} 65\n");
    assert_written("\nchaski_receipts_total{channel=\"other\",status=\"other\"} 1\n");
}

static void tells_of_the_process(void **state)
{
    static const char *const names[] = {"process_cpu_seconds_total ", "process_start_time_seconds ",
                                        "process_resident_memory_bytes ", "process_open_fds "};
    (void)state;
    metrics_write(&out);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(count_lines(names[i]), 1);
    assert_null(strstr(buf_text(&out), "process_resident_memory_bytes 0\n"));
    assert_null(strstr(buf_text(&out), "process_open_fds 0\n"));
}

/* Whatever is counted, every metric is announced once, with help, before its samples. */
static void every_sample_has_a_head(void **state)
{
    struct slice rest, line, name = SLICE_NONE;
    (void)state;
    metric_add(METRIC_HTTP_REQUESTS, "200", NULL, 1);
    metric_observe(METRIC_TURN_SECONDS, "sms", 1);
    metrics_write(&out);
    rest = buf_slice(&out);
    while (slice_cut(&rest, '\n', &line) && line.len) {
        if (slice_starts(line, "# HELP "))
            name = slice_part(line, 7, 7 + slice_find(slice_part(line, 7, line.len), ' '));
        else if (!slice_starts(line, "# TYPE "))
            assert_true(line.len > name.len && memcmp(line.ptr, name.ptr, name.len) == 0);
    }
    assert_int_equal(count_lines("# HELP "), count_lines("# TYPE "));
}

/* What three processes count, written by the first one. */
static void slots_are_summed_by_their_rule(void **state)
{
    (void)state;
    assert_int_equal(metrics_share(3), OK);
    for (size_t slot = 0; slot < 3; slot++) {
        metrics_take(slot);
        metric_add(METRIC_TURNS, "sms", NULL, 1 + (double)slot);
        metric_add(METRIC_TURNS, slot == 1 ? "wa" : "ussd", NULL, 1);
        metric_observe(METRIC_TURN_SECONDS, "sms", slot == 2 ? 99 : 0.001);
        metric_set(METRIC_OUTBOX_DEPTH, NULL, NULL, 5);
        metric_set(METRIC_REDIS_UP, NULL, NULL, slot != 1);
    }
    metric_set(METRIC_WORKERS, NULL, NULL, 3);
    metrics_write(&out);
    assert_written("\nchaski_turns_total{channel=\"sms\"} 6\n");
    assert_written("\nchaski_turns_total{channel=\"ussd\"} 2\n");
    assert_written("\nchaski_turns_total{channel=\"wa\"} 1\n");
    assert_written("\nchaski_turn_seconds_bucket{channel=\"sms\",le=\"10\"} 2\n");
    assert_written("\nchaski_turn_seconds_count{channel=\"sms\"} 3\n");
    assert_written("\nchaski_turn_seconds_sum{channel=\"sms\"} 99.002\n");
    assert_written("\nchaski_outbox_messages 15\n");
    assert_written("\nchaski_redis_up 0\n");
    assert_written("\nchaski_workers 3\n");
    assert_int_equal(count_lines("# HELP chaski_turns_total"), 1);
}

/* The counts stay, the gauges go; the next owner counts on. */
static void a_slot_outlives_its_owner(void **state)
{
    (void)state;
    assert_int_equal(metrics_share(2), OK);
    metrics_take(1);
    metric_add(METRIC_TURNS, "sms", NULL, 4);
    metric_observe(METRIC_REDIS_SECONDS, NULL, 1);
    metric_set(METRIC_OUTBOX_DEPTH, NULL, NULL, 7);
    metric_set(METRIC_REDIS_UP, NULL, NULL, 0);
    metrics_take(0);
    metric_set(METRIC_REDIS_UP, NULL, NULL, 1);
    metrics_leave(1);
    metrics_write(&out);
    assert_written("\nchaski_turns_total{channel=\"sms\"} 4\n");
    assert_written("\nchaski_redis_command_seconds_count 1\n");
    assert_written("\nchaski_outbox_messages 0\n");
    assert_written("\nchaski_redis_up 1\n");
    metrics_take(1);
    metric_add(METRIC_TURNS, "sms", NULL, 1);
    buf_clear(&out);
    metrics_write(&out);
    assert_written("\nchaski_turns_total{channel=\"sms\"} 5\n");
    assert_written("\nchaski_outbox_messages 0\n");
    assert_written("\nchaski_redis_up 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_and_gauges_by_label, fresh, cleanup),
        cmocka_unit_test_setup_teardown(histograms_add_up, fresh, cleanup),
        cmocka_unit_test_setup_teardown(label_values_are_escaped, fresh, cleanup),
        cmocka_unit_test_setup_teardown(too_many_series_become_other, fresh, cleanup),
        cmocka_unit_test_setup_teardown(tells_of_the_process, fresh, cleanup),
        cmocka_unit_test_setup_teardown(every_sample_has_a_head, fresh, cleanup),
        cmocka_unit_test_setup_teardown(slots_are_summed_by_their_rule, fresh, cleanup),
        cmocka_unit_test_setup_teardown(a_slot_outlives_its_owner, fresh, cleanup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
