/* sim SEEDS [FIRST] [DAYS] [trace|first]: runs the simulation and tells what it found ("first": and ends there); sim
 * baja HISTORIES: BAJA against its model. */
#include <time.h>

#include "tests/sim/all.h"

int main(int argc, char **argv)
{
    unsigned long seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 100,
                  first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    double days = argc > 3 ? strtod(argv[3], NULL) : 1;
    bool trace = argc > 4 && strcmp(argv[4], "trace") == 0, one = argc > 4 && strcmp(argv[4], "first") == 0;
    unsigned long bad = 0;
    struct sim_figures sum = {0};
    struct world *world = world_open_or_tell("config/chaski.yaml", WORLD_FLOWS | WORLD_ENGINE, NULL);
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
            seeds = one ? seed - first + 1 : seeds;
        }
        if (seeds == 1)
            printf("digest %016llx\n", (unsigned long long)digest);
        uint64_t *to = (uint64_t *)&sum;
        const uint64_t *from = (const uint64_t *)&did;
        for (size_t i = 0; i < sizeof(sum) / sizeof(*to); i++)
            to[i] += from[i];
    }
    double cpu_s = (double)clock() / CLOCKS_PER_SEC;
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {{"written", sum.inbound},       {"repeated after acceptance", sum.repeats},
                {"webhooks", sum.hooks},        {"timers fired", sum.timers},
                {"notices", sum.notices},       {"calls", sum.sends},
                {"taken", sum.accepted},        {"in doubt", sum.doubts},
                {"receipts", sum.receipts},     {"crashes", sum.crashes},
                {"stood still", sum.pauses},    {"drained", sum.drains},
                {"clock jumped", sum.jumps},    {"outages", sum.outages},
                {"connections lost", sum.lost}, {"refused by the store", sum.refusals},
                {"hops of USSD", sum.hops},     {"events", sum.steps}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        printf("%s%s %llu", i ? ", " : "", rows[i].what, (unsigned long long)rows[i].count);
    puts("");
    printf("%lu seeds, %.1f virtual days, %.1f s CPU, %.0f virtual days per CPU minute, %lu seeds with a violation\n",
           seeds, days * (double)seeds, cpu_s, days * (double)seeds / cpu_s * 60, bad);
    world_close(world);
    return bad != 0;
}
