#include <stdio.h>
#include <string.h>

#include "gateway/cli.h"
#include "gateway/daemon.h"

static int run(const struct command *self, int argc, char **argv)
{
    struct daemon_options daemon = {0};
    const char *workers = NULL;
    const struct option_row options[] = {
        {"config", 'c', "FILE", "the configuration", &daemon.config, NULL},
        {"workers", 0, "N", "worker processes: 1 in this version", &workers, NULL},
        {"sample", 0, NULL, "plays a sample conversation through the webhook", NULL, &daemon.sample},
        {"once", 0, NULL, "with --sample: ends after it", NULL, &daemon.once},
        {0},
    };
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0)
        return code;
    if (workers && strcmp(workers, "1") != 0 && strcmp(workers, "auto") != 0) {
        fprintf(stderr, "chaski serve: --workers %s: this version runs one worker process; leave it out, or give 1\n",
                workers);
        return EXIT_USAGE;
    }
    return daemon_run(&daemon);
}

const struct command command_serve = {"serve", "[-c FILE] [--workers N]", "runs the daemon, in the foreground", run};
