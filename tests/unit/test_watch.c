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

static void what_was_asked_and_answered_is_counted_by_bin(void **state)
{
    struct sighting seen = {.count = 0};
    const struct prediction said = {.count = 1, .sure = true, .guesses = {{"restaurante", 0.8}}};
    (void)state;
    watch_industry(world->mind.engine, SLICE("Tengo una pollería"), &said, &seen);
    watch_count(&seen);
    expect("\nchaski_model_seen_total{feature=\"industry_words\",bin=\"3\"} 1\n");
    expect("\nchaski_model_seen_total{feature=\"industry_confidence\",bin=\"0.7-0.9\"} 1\n");
    expect("\nchaski_model_seen_total{feature=\"industry_answer\",bin=\"restaurante\"} 1\n");
}

static void an_owner_confirms_corrects_or_finds_none(void **state)
{
    static const char *const values[] = {"agro", "comercio", "otros", "otros"};
    static struct state before;
    struct sighting seen = {.count = 0};
    (void)state;
    state_init(&before);
    struct effect effect = {.kind = EFFECT_FACT, .slot = SLICE("industry"), .value = SLICE("agro")};
    watch_trade(&before, &effect, 1, &seen); /* nothing was offered */
    assert_int_equal(seen.count, 0);
    before.label_count = 1;
    snprintf(before.labels[0].key, ADVICE_KEY, "agro");
    for (size_t i = 0; i < COUNT(values); i++) {
        effect.value = slice_of(values[i]);
        watch_trade(&before, &effect, 1, &seen);
    }
    effect.slot = SLICE("sales");
    watch_trade(&before, &effect, 1, &seen);
    watch_count(&seen);
    expect("\nchaski_model_trades_total{outcome=\"confirmed\"} 1\n");
    expect("\nchaski_model_trades_total{outcome=\"corrected\"} 1\n");
    expect("\nchaski_model_trades_total{outcome=\"none\"} 2\n");
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
        cmocka_unit_test_setup(what_was_asked_and_answered_is_counted_by_bin, fresh),
        cmocka_unit_test_setup(an_owner_confirms_corrects_or_finds_none, fresh),
        cmocka_unit_test_setup(more_than_there_is_room_for_is_left_out, fresh),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
