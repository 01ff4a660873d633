#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "gateway/cli.h"
#include "gateway/master.h"

/* Reads what --workers says. Returns false when it is neither a number of workers nor auto. */
static bool read_workers(const char *text, struct master_options *out)
{
    uint64_t workers = 0;
    out->auto_workers = strcmp(text, "auto") == 0;
    if (!out->auto_workers && (!slice_u64(slice_of(text), CONFIG_WORKERS_MAX, &workers) || workers == 0))
        return false;
    out->workers = (int)workers;
    return true;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct master_options master = {0};
    const char *workers = NULL;
    const struct option_row options[] = {
        {"config", 'c', "FILE", "the configuration", &master.config, NULL},
        {"workers", 0, "N", "worker processes: auto (one a core) or 1 to 64, before what is configured", &workers,
         NULL},
        {"sample", 0, NULL, "plays a sample conversation through the webhook", NULL, &master.sample},
        {"once", 0, NULL, "with --sample: ends after it", NULL, &master.once},
        {0},
    };
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0)
        return code;
    if (master.once && !master.sample) {
        fprintf(stderr, "chaski serve: --once ends after the sample conversation: give --sample too\n");
        return EXIT_USAGE;
    }
    if (workers && !read_workers(workers, &master)) {
        fprintf(stderr, "chaski serve: --workers %s: it must be auto or a whole number from 1 to %d\n", workers,
                CONFIG_WORKERS_MAX);
        return EXIT_USAGE;
    }
    return master_run(&master);
}

const struct command command_serve = {"serve", "[-c FILE] [--workers N] [--sample [--once]]",
                                      "runs the daemon, in the foreground", run};
