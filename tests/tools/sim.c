/* sim SEEDS [FIRST] [DAYS] [trace]: runs the simulation and tells what it found; sim baja HISTORIES: BAJA against its
 * model. */
#include <time.h>

#include "tests/sim/all.h"

int main(int argc, char **argv)
{
    unsigned long seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 100,
                  first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    double days = argc > 3 ? strtod(argv[3], NULL) : 1;
    bool trace = argc > 4;
    unsigned long bad = 0;
    struct sim_figures sum = {0};
    struct world *world = world_open_or_tell("config/chaski.yaml", WORLD_FLOWS | WORLD_ENGINE);
    if (!world)
        return 2;
    log_open(LOG_ERROR, SLICE("0123456789abcdef"));
    if (argc > 2 && strcmp(argv[1], "baja") == 0) {
        char why[256] = "";
        bad = sim_baja(&world->mind, 1, first, why);
        printf("BAJA: %lu histories, %lu violations %s\n", first, bad, why);
        world_close(world);
        return bad != 0;
    }
    for (unsigned long seed = first; seed < first + seeds; seed++) {
        struct sim_figures did;
        uint64_t digest;
        char why[256];
        if (!sim_run(&world->mind, seed, days, trace, &did, &digest, why)) {
            bad++;
            printf("seed %lu: %s\n", seed, why);
        }
        if (seeds == 1)
            printf("digest %016llx\n", (unsigned long long)digest);
        uint64_t *to = (uint64_t *)&sum;
        const uint64_t *from = (const uint64_t *)&did;
        for (size_t i = 0; i < sizeof(sum) / sizeof(*to); i++)
            to[i] += from[i];
    }
    double cpu_s = (double)clock() / CLOCKS_PER_SEC;
    printf("written %llu (repeated after acceptance %llu), webhooks %llu, timers %llu, notices %llu, calls %llu, taken "
           "%llu, "
           "in doubt %llu, receipts %llu, crashes %llu, outages %llu, connections lost %llu, events %llu\n",
           (unsigned long long)sum.inbound, (unsigned long long)sum.repeats, (unsigned long long)sum.hooks,
           (unsigned long long)sum.timers, (unsigned long long)sum.notices, (unsigned long long)sum.sends,
           (unsigned long long)sum.accepted, (unsigned long long)sum.doubts, (unsigned long long)sum.receipts,
           (unsigned long long)sum.crashes, (unsigned long long)sum.outages, (unsigned long long)sum.lost,
           (unsigned long long)sum.steps);
    printf("%lu seeds, %.1f virtual days, %.1f s CPU, %.0f virtual days per CPU minute, %lu seeds with a violation\n",
           seeds, days * (double)seeds, cpu_s, days * (double)seeds / cpu_s * 60, bad);
    world_close(world);
    return bad != 0;
}
