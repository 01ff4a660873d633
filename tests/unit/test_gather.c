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

static void whoever_is_alone_or_with_a_few_goes_at_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        add(GATHER_COMPANY - 1);
        assert_int_equal(went, i); /* never from inside */
        turn_loop();
        assert_int_equal(went, i + 1);
        answer(GATHER_COMPANY - 1);
    }
}

static void company_goes_together_after_the_wait(void **state)
{
    (void)state;
    add(GATHER_COMPANY - 1);
    turn_loop();
    assert_int_equal(went, 1);
    int64_t from_ms = clock_steady_ms();
    add(1); /* the others have no answer yet */
    turn_loop();
    assert_int_equal(went, 1);
    add(GATHER_COMPANY);
    event_base_loop(base, EVLOOP_ONCE);
    assert_int_equal(went, 2);
    assert_true(clock_steady_ms() - from_ms >= GATHER_WAIT_MS - 1);
    answer(2 * GATHER_COMPANY);
    add(1); /* those who came before were many, so more may come */
    turn_loop();
    assert_int_equal(went, 2);
    event_base_loop(base, EVLOOP_ONCE);
    assert_int_equal(went, 3);
    answer(1);
    add(1); /* nobody came */
    turn_loop();
    assert_int_equal(went, 4);
}

static void enough_go_before_the_wait_is_over(void **state)
{
    (void)state;
    add(GATHER_FULL);
    turn_loop();
    assert_int_equal(went, 1);
    add(GATHER_FULL - 1);
    turn_loop();
    assert_int_equal(went, 1);
    add(2);
    turn_loop();
    assert_int_equal(went, 2);
    turn_loop(); /* and the wait that had begun is over with it */
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 1);
    assert_int_equal(went, 2);
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
        ROW(whoever_is_alone_or_with_a_few_goes_at_once),
        ROW(company_goes_together_after_the_wait),
        ROW(enough_go_before_the_wait_is_over),
        ROW(a_lack_of_memory_makes_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
