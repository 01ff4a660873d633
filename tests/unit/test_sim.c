/* A small part of the simulation (make sim has the large one): some seeds, the same digest again, BAJA against its
 * model. */
#include "tests/unit/shipped_world.h"

#include "tests/sim/all.h"

#define SEEDS 12
#define DAYS 0.5

static void nothing_is_violated(void **state)
{
    struct sim_figures did;
    uint64_t digest, again, crashes = 0;
    char why[256];
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        if (!sim_run(&world->mind, seed, DAYS, false, &did, &digest, why))
            fail_msg("seed %llu: %s", (unsigned long long)seed, why);
        crashes += did.crashes;
    }
    assert_true(sim_run(&world->mind, SEEDS, DAYS, false, &did, &again, why));
    assert_true(digest == again);
    print_message("%d seeds, %llu crashes, no violation\n", SEEDS, (unsigned long long)crashes);
}

static void another_seed_is_another_run(void **state)
{
    struct sim_figures did;
    uint64_t one, two;
    char why[256];
    (void)state;
    assert_true(sim_run(&world->mind, 1, 0.02, false, &did, &one, why));
    assert_true(sim_run(&world->mind, 2, 0.02, false, &did, &two, why));
    assert_true(one != two);
}

static void baja_is_as_its_model_says(void **state)
{
    char why[256] = "";
    (void)state;
    if (sim_baja(&world->mind, 1, 2000, why))
        fail_msg("%s", why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_violated),
        cmocka_unit_test(another_seed_is_another_run),
        cmocka_unit_test(baja_is_as_its_model_says),
    };
    log_open(LOG_ERROR, SLICE("0123456789abcdef"));
    return cmocka_run_group_tests(tests, open_world, close_world);
}
