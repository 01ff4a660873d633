/* When a worker is started again. */
#include "tests/unit/unit.h"

#include "gateway/restart.h"

static void who_dies_young_waits_longer_each_time(void **state)
{
    static const struct {
        int64_t lived_ms, wait_ms;
    } rows[] = {
        {5000, 0}, {10, 0},   {10, 100}, {999, 200}, {0, 400}, {0, 800},   {0, 1600}, {0, 3200},
        {0, 5000}, {0, 5000}, {1000, 0}, {1, 0},     {1, 100}, {70000, 0}, {1, 0},    {1, 100},
    };
    struct restart restart = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (restart_wait_ms(&restart, rows[i].lived_ms) != rows[i].wait_ms)
            fail_msg("row %zu", i);
    for (int i = 0; i < 1000; i++)
        assert_true(restart_wait_ms(&restart, 0) <= RESTART_MAX_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_dies_young_waits_longer_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
