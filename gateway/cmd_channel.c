/* chaski channel: the ways to people's phones that the running daemon has. */
#include <stdint.h>

#include "gateway/cli_api.h"

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"name", "provider", "kind", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/channels", columns, SIZE_MAX);
}

const struct command command_channel_list = {"channel list", "[--json]",
                                             "lists channels of the running daemon: name, provider, kind", run_list};
