/* Facts: everything that was kept comes back, in fewer bytes; what is no record is refused. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/facts.h"

#define ARENA_MAX (1024 * 1024)
#define NOW_MS 1795402800000

static struct arena *arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_MAX);
    buf_init(&out, FACTS_BYTES_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    buf_release(&out);
    return 0;
}

static void expect_same(const struct origin *a, const struct origin *b)
{
    if (!slice_eq(a->slot, b->slot) || !slice_eq(a->value, b->value) || !slice_eq(a->raw, b->raw) ||
        a->confidence != b->confidence || a->at_ms != b->at_ms || !slice_eq(a->rule, b->rule) ||
        !slice_eq(a->message_id, b->message_id))
        fail_msg("%.*s %.*s came back otherwise", (int)a->slot.len, a->slot.ptr, (int)a->message_id.len,
                 a->message_id.ptr);
}

static const struct origin rows[] = {
    {SLICE("consent"), SLICE("yes"), SLICE("si"), 1, NOW_MS, SLICE("1"), SLICE("SM0123456789abcdef0123456789abcdef")},
    {SLICE("activity"), SLICE("vendo pan"), SLICE("vendo pan"), 1, NOW_MS + 60000, SLICE("industry v0001"),
     SLICE("wamid.HBgLNTE5ODc2NTQzMjEVAgASGBQzQTg=")},
    {SLICE("stage"), SLICE("growth"), SLICE("mas\nclientes"), 0.97, NOW_MS + 70000, SLICE("stage rule"),
     SLICE("3f2504e0-4f89-11d3-9a0c-0305e82c3301")},
    {SLICE("outlook"), SLICE("estable"), SLICE("mas\nclientes"), 0.5, NOW_MS + 70000, SLICE("stage rule"),
     SLICE("3f2504e0-4f89-11d3-9a0c-0305e82c3301")},
    {SLICE("trend"), SLICE(""), SLICE("?"), 0, NOW_MS - 5, SLICE("stage rule"), SLICE("12345678")},
    {SLICE("ruc"), SLICE("no"), SLICE(""), 0.0001, 0, SLICE(""), SLICE("0123456789abcde")},
    {SLICE("goal"), SLICE("other"), SLICE("otro"), 1, INT64_MAX, SLICE("1"), SLICE("")},
    {SLICE("region"), SLICE("08"), SLICE("cusco"), 0.29, NOW_MS, SLICE("1"),
     SLICE("wamid.HBgLNTE5ODc2NTQzMjEVAgASGBQzQTg=")},
    {SLICE("notices"), SLICE("yes"), SLICE("yes"), 1, NOW_MS, SLICE("1"),
     SLICE("wamid.HBgLNTE5ODc2NTQzMjEVAgASGBQ0QkM=")},
    {SLICE("workers"), SLICE("2"), SLICE("2"), 1, NOW_MS, SLICE("1"), SLICE("SM0123456789abcdef0123456789abcdef")},
    {SLICE("equipo"), SLICE("2"), SLICE("2"), 1, NOW_MS, SLICE("1"), SLICE("SMfedcba9876543210fedcba9876543210")},
};

static void what_was_kept_comes_back(void **state)
{
    struct facts facts = {.count = 0}, back;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        facts_set(&facts, &rows[i]);
    facts_write(&facts, &out);
    assert_int_equal(out.error, OK);
    assert_int_equal(facts_read(buf_slice(&out), arena, &back), OK);
    assert_int_equal(back.count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_same(&rows[i], &back.list[i]);
    assert_int_equal(facts_read(SLICE_NONE, arena, &back), OK);
    assert_int_equal(back.count, 0);
}

/* What is only added to goes behind the bytes that it was read from; else all is written. Either way the same comes. */
static void a_record_grows_as_if_it_were_written_anew(void **state)
{
    static const char *const forgotten[] = {"nothing", "activity", "workers"}; /* none; one that was read; one added */
    (void)state;
    for (size_t i = 0; i < COUNT(forgotten); i++) {
        struct facts whole = {.count = 0}, grown, few = {.count = 0};
        struct buf first, second;
        buf_init(&first, FACTS_BYTES_MAX);
        buf_init(&second, FACTS_BYTES_MAX);
        for (size_t row = 0; row < COUNT(rows); row++)
            facts_set(&whole, &rows[row]);
        for (size_t row = 0; row < 3; row++)
            facts_set(&few, &rows[row]);
        facts_write(&few, &first);
        assert_int_equal(facts_read(buf_slice(&first), arena, &grown), OK);
        for (size_t row = 3; row < COUNT(rows); row++)
            facts_set(&grown, &rows[row]);
        facts_forget(&whole, slice_of(forgotten[i]));
        facts_forget(&grown, slice_of(forgotten[i]));
        buf_clear(&out);
        facts_write(&whole, &out);
        facts_write(&grown, &second);
        assert_true(slice_eq(buf_slice(&out), buf_slice(&second)));
        buf_release(&first);
        buf_release(&second);
    }
}

/* A usual conversation's facts: a JSON object each took 2,200 bytes. */
static void it_takes_few_bytes(void **state)
{
    struct facts facts = {.count = 0};
    char slots[12][8], ids[12][40];
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        snprintf(slots[i], sizeof(slots[i]), "slot%02zu", i);
        snprintf(ids[i], sizeof(ids[i]), "SM%032zx", i * 7919);
        facts_set(&facts, &(struct origin){slice_of(slots[i]), SLICE("1500/month"), SLICE("1500 al mes"), 0.95,
                                           NOW_MS + (int64_t)i * 30000, SLICE("1"), slice_of(ids[i])});
    }
    facts_write(&facts, &out);
    assert_in_range(out.len, 12 * 40, 12 * 55);
}

static void a_slot_has_one_fact(void **state)
{
    struct facts facts = {.count = 0};
    struct origin again = rows[0];
    char names[FACTS_MAX][8], words[2 * FACTS_RAW_MAX];
    (void)state;
    facts_set(&facts, &rows[0]);
    facts_set(&facts, &rows[1]);
    again.value = SLICE("no");
    facts_set(&facts, &again);
    assert_int_equal(facts.count, 2);
    assert_true(slice_is(facts.list[1].slot, "consent") && slice_is(facts.list[1].value, "no"));
    facts_forget(&facts, SLICE("activity"));
    facts_forget(&facts, SLICE("activity"));
    assert_int_equal(facts.count, 1);
    for (size_t i = 0; i < FACTS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "s%zu", i);
        again.slot = slice_of(names[i]);
        facts_set(&facts, &again);
    }
    assert_int_equal(facts.count, FACTS_MAX);
    assert_true(slice_is(facts.list[0].slot, "s0")); /* the one learned first went */
    memset(words, 'x', sizeof(words));
    memcpy(words + FACTS_RAW_MAX - 1, "\xc3\xb1", 2);
    again.raw = (struct slice){words, sizeof(words)};
    facts_set(&facts, &again);
    assert_int_equal(facts.list[FACTS_MAX - 1].raw.len, FACTS_RAW_MAX - 1); /* not half a character */
}

static void what_is_no_record_is_refused(void **state)
{
    static const struct slice bad[] = {
        SLICE("F"),
        SLICE("{\"value\":\"x\"}"),
        SLICE("F\x01"), /* a format that there is not any more */
        SLICE("F\x02\x01"),
        SLICE("F\x02\x01s"),                               /* no flags */
        SLICE("F\x02\x01s\x40\x01v\x01r\x64"),             /* flags that there are not */
        SLICE("F\x02\x01s\x05\x01v\x66"),                  /* hundredths that there are not */
        SLICE("F\x02\x01s\x05\x01v\x65\xff\xff\x03"),      /* surer than sure */
        SLICE("F\x02\x01s\x15\x7f\x7fv"),                  /* a value beyond the end */
        SLICE("F\x02\x01s\x15\xff"),                       /* a word that there is not */
        SLICE("F\x02\x01s\x31\x01v\x00\x01r"),             /* an id like one that there is not */
        SLICE("F\x02\x01s\x11\x01v\x00\x01r\x01\x02z"),    /* an id that has more of the one before than that has */
        SLICE("F\x02\x01s\x11\x01v\x00\x01r\x00\x01\x7f"), /* a run beyond the end */
    };
    struct facts facts = {.count = 0}, back;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (facts_read(bad[i], arena, &back) != ERR_SYNTAX)
            fail_msg("row %zu was read", i);
    for (size_t i = 0; i < 3; i++)
        facts_set(&facts, &rows[i]);
    facts_write(&facts, &out);
    for (size_t len = 3, whole = 0; len < out.len; len++)
        if (facts_read((struct slice){out.ptr, len}, arena, &back) == OK)
            assert_true(++whole <= 2); /* where a fact ends */
}

static void without_memory_it_is_an_error(void **state)
{
    struct facts facts = {.count = 0}, back;
    enum error error = ERR_NOMEM;
    (void)state;
    facts_set(&facts, &rows[0]);
    facts_write(&facts, &out);
    for (long successes = 0; error; successes++) {
        struct arena *fresh = arena_new(ARENA_MAX);
        mem_fail_after(successes);
        error = facts_read(buf_slice(&out), fresh, &back);
        mem_fail_after(-1);
        arena_free(fresh);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(successes < 20);
    }
    mem_fail_after(0);
    struct buf none;
    buf_init(&none, FACTS_BYTES_MAX);
    facts_write(&facts, &none);
    mem_fail_after(-1);
    assert_int_equal(none.error, ERR_NOMEM);
    buf_release(&none);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_was_kept_comes_back),     ROW(a_record_grows_as_if_it_were_written_anew),
        ROW(it_takes_few_bytes),           ROW(a_slot_has_one_fact),
        ROW(what_is_no_record_is_refused), ROW(without_memory_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
