#include "tests/unit/unit.h"

#include "dialog/merged.h"
#include "gateway/merge.h"
#include "tests/unit/shipped_world.h"

#define NOW_MS INT64_C(1795435200000)

static struct origin fact(const char *slot, const char *value, int64_t at_ms)
{
    return (struct origin){.slot = slice_of(slot),
                           .value = slice_of(value),
                           .raw = SLICE("sus palabras"),
                           .confidence = 0.5,
                           .at_ms = at_ms,
                           .rule = SLICE("diagnostico 1"),
                           .message_id = SLICE("SM1")};
}

static struct facts facts_of(const struct origin *rows, size_t count)
{
    struct facts facts = {.count = 0};
    for (size_t i = 0; i < count; i++)
        facts_set(&facts, &rows[i]);
    return facts;
}

static const struct flow *flow(void)
{
    return flows_find(world->mind.flows, "", "");
}

static void the_newer_wins_and_consents_stay(void **state)
{
    const struct origin mine[] = {fact("sales", "900/month", 20), fact("trend", "up", 10), fact("goal", "finance", 30),
                                  fact("consent", "no", 5)};
    const struct origin other[] = {fact("sales", "1500/month", 10), fact("trend", "down", 11),
                                   fact("goal", "finance", 40),     fact("region", "08", 1),
                                   fact("consent", "yes", 50),      fact("no_such_slot", "1", 50),
                                   fact("tenure", "24", 50)};
    const struct facts into = facts_of(mine, 4), from = facts_of(other, 7);
    struct merge_plan plan;
    (void)state;
    merge_plan(flow(), &into, &from, NOW_MS, &plan);
    assert_int_equal(plan.taken_count, 3);
    assert_true(slice_is(plan.taken[0].fact->slot, "trend"));
    assert_true(slice_is(plan.taken[0].instead->value, "up"));
    assert_true(slice_is(plan.taken[1].fact->slot, "region"));
    assert_null(plan.taken[1].instead);
    assert_true(slice_is(plan.taken[2].fact->slot, "tenure"));
    assert_int_equal(plan.older_count, 1);
    assert_true(slice_is(plan.older[0]->slot, "sales"));
    assert_int_equal(plan.left_count, 2);
    assert_true(slice_is(plan.left[0]->slot, "consent"));
}

static void the_text_keeps_where_a_fact_is_from(void **state)
{
    const struct origin other[] = {fact("region", "08", 1), fact("tenure", "24", 50)};
    const struct facts into = {.count = 0}, from = facts_of(other, 2);
    struct arena *arena = arena_new(1024 * 1024);
    struct merge_plan plan;
    struct merged_fact read;
    struct slice text;
    (void)state;
    merge_plan(flow(), &into, &from, NOW_MS, &plan);
    assert_int_equal(merge_text(&plan, arena, &text), OK);
    assert_true(merged_find(text, SLICE("tenure"), &read));
    assert_true(slice_is(read.raw, "sus palabras") && slice_is(read.rule, "diagnostico 1"));
    assert_true(slice_is(read.message_id, "SM1"));
    assert_int_equal(read.at_ms, 50);
    merge_plan(flow(), &from, &from, NOW_MS, &plan);
    assert_int_equal(plan.taken_count + plan.older_count, 0);
    assert_int_equal(merge_text(&plan, arena, &text), OK);
    assert_int_equal(text.len, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newer_wins_and_consents_stay),
        cmocka_unit_test(the_text_keeps_where_a_fact_is_from),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
