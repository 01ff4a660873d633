/* The two clocks: one tells the time of day, the other only ever goes on. */
#include "tests/unit/unit.h"

#include <time.h>

#include "gateway/clock.h"

static void the_wall_clock_is_the_systems(void **state)
{
    int64_t before_s = time(NULL), now_ms = clock_ms(), after_s = time(NULL);
    (void)state;
    assert_true(now_ms >= (before_s - 1) * 1000); /* time() may lag by a tick */
    assert_true(now_ms < (after_s + 2) * 1000);
}

static void the_steady_clock_goes_on_by_milliseconds(void **state)
{
    const struct timespec wait = {.tv_nsec = 20 * 1000 * 1000};
    int64_t last_ms = clock_steady_ms(), start_ms = last_ms;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now_ms = clock_steady_ms();
        assert_true(now_ms >= last_ms);
        last_ms = now_ms;
    }
    nanosleep(&wait, NULL);
    assert_true(clock_steady_ms() - start_ms >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wall_clock_is_the_systems),
        cmocka_unit_test(the_steady_clock_goes_on_by_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
