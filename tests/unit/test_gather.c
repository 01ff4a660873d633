/* When commands that wait for company go. */
#include "tests/unit/unit.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/gather.h"

static struct event_base *base;
static struct gather *gather;
static unsigned went;

static void on_go(void *ctx)
{
    assert_ptr_equal(ctx, &went);
    went++;
}

static int set_up(void **state)
{
    (void)state;
    went = 0;
    base = event_base_new();
    gather = gather_new(base, on_go, &went);
    return gather ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gather_free(gather);
    event_base_free(base);
    return 0;
}

static void add(unsigned count)
{
    while (count--)
        gather_add(gather);
}

static void answer(unsigned count)
{
    while (count--)
        gather_answered(gather);
}

static void turn_loop(void)
{
    event_base_loop(base, EVLOOP_NONBLOCK);
}

static void whoever_finds_nothing_on_its_way_goes_at_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        add(1 + i % (GATHER_FULL - 1));
        assert_int_equal(went, i); /* never from inside */
        turn_loop();
        assert_int_equal(went, i + 1);
        answer(1 + i % (GATHER_FULL - 1));
    }
    turn_loop();
    assert_int_equal(went, 100); /* nothing waits, so nothing goes */
}

static void what_came_meanwhile_goes_together_when_all_is_answered(void **state)
{
    (void)state;
    add(3);
    turn_loop();
    assert_int_equal(went, 1);
    for (unsigned i = 0; i < 3; i++) {
        add(2);
        turn_loop();
        assert_int_equal(went, 1);
        answer(1);
    }
    assert_int_equal(went, 1); /* never from inside */
    turn_loop();
    assert_int_equal(went, 2);
    answer(6);
    add(1);
    turn_loop();
    assert_int_equal(went, 3);
}

static void whoever_has_no_answer_holds_nobody_up_for_long(void **state)
{
    (void)state;
    add(1);
    turn_loop();
    int64_t from_ms = clock_steady_ms();
    add(2);
    turn_loop();
    assert_int_equal(went, 1);
    event_base_loop(base, EVLOOP_ONCE);
    assert_int_equal(went, 2);
    assert_true(clock_steady_ms() - from_ms >= GATHER_WAIT_MS - 1);
}

static void enough_go_whatever_is_on_its_way(void **state)
{
    (void)state;
    add(1);
    turn_loop();
    add(GATHER_FULL - 1);
    turn_loop();
    assert_int_equal(went, 1);
    add(1);
    turn_loop();
    assert_int_equal(went, 2);
    turn_loop(); /* and the wait that had begun is over with it */
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 1);
    assert_int_equal(went, 2);
}

static void whoever_fails_while_it_waits_leaves_nobody_behind(void **state)
{
    (void)state;
    add(4);
    turn_loop();
    add(3);
    answer(3); /* these three, or three of the four: nobody tells */
    turn_loop();
    assert_int_equal(went, 1);
    answer(1);
    turn_loop();
    assert_int_equal(went, 2);
    answer(3);
    add(1);
    turn_loop();
    assert_int_equal(went, 3);
}

static void a_lack_of_memory_makes_none(void **state)
{
    (void)state;
    mem_fail_after(0);
    assert_null(gather_new(base, on_go, &went));
    mem_fail_after(-1);
    gather_free(NULL);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(whoever_finds_nothing_on_its_way_goes_at_once),
        ROW(what_came_meanwhile_goes_together_when_all_is_answered),
        ROW(whoever_has_no_answer_holds_nobody_up_for_long),
        ROW(enough_go_whatever_is_on_its_way),
        ROW(whoever_fails_while_it_waits_leaves_nobody_behind),
        ROW(a_lack_of_memory_makes_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
