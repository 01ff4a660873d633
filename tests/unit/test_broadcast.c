/* The broadcast's state machine, held against its rules over random histories, and its record. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/broadcast.h"

#define HOLD_MS 60000

static struct arena *arena;
static struct buf text;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(256 * 1024);
    buf_init(&text, BROADCAST_RECORD_MAX);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    buf_release(&text);
    return 0;
}

/* A way through it, event by event; "-" before an event: it is refused. */
static void ways_through_it(void **state)
{
    static const char letters[] = "epcudzRxf"; /* the events, in their order */
    static const struct {
        const char *events, *states; /* the state after each, by its first two letters */
    } rows[] = {
        {"pcdf", "prhosedo"},
        {"cp", "drpr"},
        {"pepc", "prdrprho"},
        {"pcup", "prhoprpr"},
        {"pcdzRf", "prhosepasedo"},
        {"pcdxzRf", "prhosecacacaca"},
        {"x", "ca"},
        {"pcx", "prhoca"},
        {"pce", "prhoho"},
        {"pcde", "prhosese"},
        {"pcdu", "prhosese"},
        {"pcdzfd", "prhosepapapa"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct broadcast b = {.people = -1};
        for (size_t at = 0; rows[i].events[at]; at++) {
            const enum broadcast_state before = b.state;
            const enum broadcast_event event = (enum broadcast_event)(strchr(letters, rows[i].events[at]) - letters);
            bool moved = broadcast_apply(&b, event, 1000 * (int64_t)at, HOLD_MS);
            if (strncmp(broadcast_states[b.state], rows[i].states + 2 * at, 2) != 0)
                fail_msg("row %zu, event %zu: %s", i, at, broadcast_states[b.state]);
            assert_true(moved || b.state == before);
        }
    }
}

static void a_start_far_away_is_waited_for(void **state)
{
    struct broadcast b = {.state = BROADCAST_PREVIEWED, .start_ms = 1000000};
    (void)state;
    assert_true(broadcast_apply(&b, BROADCAST_CONFIRM, 100000, HOLD_MS));
    assert_int_equal(b.state, BROADCAST_CONFIRMED);
    assert_int_equal(b.due_ms, 1000000 - HOLD_MS);
    assert_true(broadcast_apply(&b, BROADCAST_DUE, b.due_ms, HOLD_MS));
    assert_int_equal(b.state, BROADCAST_HOLDING);
    assert_int_equal(b.due_ms, 1000000);
    b = (struct broadcast){.state = BROADCAST_PREVIEWED, .start_ms = 150000};
    assert_true(broadcast_apply(&b, BROADCAST_CONFIRM, 100000, HOLD_MS));
    assert_int_equal(b.state, BROADCAST_HOLDING);
    assert_int_equal(b.due_ms, 100000 + HOLD_MS); /* the hold is never shorter */
}

/* Whatever comes: nothing is sent that was not confirmed and held for HOLD_MS since, an end is an end, and only what
 * is live waits for an instant. */
static void no_history_breaks_the_rules(void **state)
{
    (void)state;
    srand(20261128);
    for (size_t run = 0; run < 20000; run++) {
        struct broadcast b = {.people = -1};
        int64_t now_ms = 1000000, held_ms = -1;
        for (size_t i = 0; i < 30; i++) {
            const struct broadcast before = b;
            const enum broadcast_event event = (enum broadcast_event)(rand() % BROADCAST_EVENTS);
            now_ms += rand() % 40000;
            if (event == BROADCAST_DUE && (!b.due_ms || now_ms < b.due_ms))
                continue;
            if (event == BROADCAST_EDIT)
                b.start_ms = rand() % 2 ? now_ms + rand() % 300000 : 0;
            if (!broadcast_apply(&b, event, now_ms, HOLD_MS)) {
                assert_int_equal(b.state, before.state);
                assert_int_equal(b.since_ms, before.since_ms);
                b.start_ms = before.start_ms;
                continue;
            }
            if (b.state == BROADCAST_HOLDING && before.state != BROADCAST_HOLDING)
                held_ms = now_ms;
            if (b.state == BROADCAST_SENDING && before.state != BROADCAST_PAUSED) {
                assert_int_equal(before.state, BROADCAST_HOLDING);
                assert_true(held_ms >= 0 && now_ms - held_ms >= HOLD_MS && now_ms >= b.start_ms);
            }
            assert_true(before.state != BROADCAST_DONE && before.state != BROADCAST_CANCELLED);
            assert_int_equal(b.due_ms != 0, b.state == BROADCAST_CONFIRMED || b.state == BROADCAST_HOLDING);
            assert_true(!b.due_ms || broadcast_is_live(&b));
        }
    }
}

static struct broadcast sample(void)
{
    return (struct broadcast){.state = BROADCAST_PAUSED,
                              .created_ms = 1700000000000,
                              .since_ms = 1700000000001,
                              .start_ms = 0,
                              .budget = 1234567,
                              .people = -1,
                              .is_list = true,
                              .by = SLICE("ana"),
                              .confirmed_by = SLICE(""),
                              .name = SLICE("Ferias \"de\" mayo"),
                              .audience = SLICE("region = 08"),
                              .notice = SLICE("{\"texts\":{\"es\":\"Hola\"}}"),
                              .reason = SLICE("budget"),
                              .channels = {SLICE("wa"), SLICE("sms")},
                              .channel_count = 2};
}

static void records_are_read_back(void **state)
{
    struct broadcast b = sample(), read;
    struct buf again;
    (void)state;
    broadcast_write(&b, &text);
    assert_int_equal(text.error, OK);
    assert_int_equal(broadcast_read(buf_slice(&text), arena, &read), OK);
    buf_init(&again, BROADCAST_RECORD_MAX);
    broadcast_write(&read, &again);
    assert_string_equal(buf_text(&text), buf_text(&again));
    assert_int_equal(read.people, -1);
    assert_true(slice_is(read.channels[1], "sms") && read.is_list);
    buf_release(&again);
}

static void what_is_no_record_is_refused(void **state)
{
    static const char *const rows[] = {"", "{}", "[]", "{\"state\":\"sent\"}",
                                       "{\"state\":\"draft\",\"created\":\"x\"}"};
    struct broadcast read;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(broadcast_read(slice_of(rows[i]), arena, &read), ERR_SYNTAX);
}

static void missing_memory_is_told(void **state)
{
    struct broadcast b = sample(), read;
    (void)state;
    broadcast_write(&b, &text);
    for (long n = 0; n < 10; n++) {
        mem_fail_after(n);
        enum error error = broadcast_read(buf_slice(&text), arena, &read);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
    }
    struct arena *none = arena_new(8);
    assert_int_equal(broadcast_read(buf_slice(&text), none, &read), ERR_NOMEM);
    arena_free(none);
}

static void ids_are_numbers(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {{"1", true}, {"1000000", true}, {"1000001", false}, {"0", false}, {"01", false},
                {"", false}, {"-1", false},     {"1 ", false},      {"x", false}, {"99999999999999999999", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(broadcast_is_id(slice_of(rows[i].text)), rows[i].is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_through_it),
        cmocka_unit_test(a_start_far_away_is_waited_for),
        cmocka_unit_test(no_history_breaks_the_rules),
        cmocka_unit_test_setup_teardown(records_are_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_record_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_memory_is_told, set_up, tear_down),
        cmocka_unit_test(ids_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
