/* What a turn tells of the models becomes metrics, once. */
#include "tests/unit/shipped_world.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/watch.h"

static void expect(const char *line)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    metrics_write(&out);
    if (!strstr(buf_text(&out), line))
        fail_msg("missing: %s", line);
    buf_release(&out);
}

static int fresh(void **state)
{
    (void)state;
    metrics_reset();
    return 0;
}

static void answers_are_counted_by_how_sure_they_were(void **state)
{
    struct sighting seen = {.count = 0};
    struct prediction said = {.count = 1, .sure = true, .guesses = {{"restaurante", 0.9}}};
    struct prediction stage = {.count = 1, .guesses = {{"growth", 1}}, .version = "stage rule"};
    struct business business;
    (void)state;
    business_init(&business);
    watch_industry(world->mind.engine, SLICE("Tengo una pollería"), &said, &seen);
    said.sure = false;
    watch_industry(world->mind.engine, SLICE("vendo"), &said, &seen);
    watch_profile(world->mind.engine, &business, &stage, &said, &seen);
    snprintf(stage.version, sizeof(stage.version), "stage v0001");
    watch_profile(world->mind.engine, &business, &stage, &said, &seen);
    watch_count(&seen);
    watch_count(&seen);
    expect("\nchaski_model_answers_total{model=\"industry\",outcome=\"sure\"} 2\n");
    expect("\nchaski_model_answers_total{model=\"industry\",outcome=\"unsure\"} 2\n");
    expect("\nchaski_model_answers_total{model=\"stage\",outcome=\"rule\"} 2\n");
    expect("\nchaski_model_answers_total{model=\"stage\",outcome=\"unsure\"} 2\n");
    expect("\nchaski_model_answers_total{model=\"growth\",outcome=\"unsure\"} 4\n");
}

static void more_than_there_is_room_for_is_left_out(void **state)
{
    struct sighting seen = {.count = 0};
    const struct prediction said = {.count = 1, .sure = true, .guesses = {{"agro", 0.9}}};
    (void)state;
    for (int i = 0; i < 2 * WATCH_TICKS_MAX; i++)
        watch_industry(world->mind.engine, SLICE("papa"), &said, &seen);
    assert_int_equal(seen.count, WATCH_TICKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(answers_are_counted_by_how_sure_they_were, fresh),
        cmocka_unit_test_setup(more_than_there_is_room_for_is_left_out, fresh),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
