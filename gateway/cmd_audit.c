/* chaski audit: what staff did, the newest first. */
#include <stdint.h>
#include <stdio.h>

#include "gateway/cli_api.h"

static int run_audit(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"at", "who", "what", "whom", "from", NULL};
    struct cli_asking asking = {0};
    const char *most = NULL;
    uint64_t number = 50;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"most", 'n', "N", "how many, the newest first (50)", &most, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    if (count < 0)
        return code;
    if (most && !slice_u64(slice_of(most), SIZE_MAX, &number)) {
        fprintf(stderr, "chaski audit: --most must be a whole number\n");
        return EXIT_USAGE;
    }
    return cli_api_list(self, &asking, "/audit", columns, (size_t)number);
}

const struct command command_audit = {"audit", "[--most N] [--json]",
                                      "lists what staff did: when, who, what, on whom, from where", run_audit};
