/* chaski channel: the ways to people's phones that the running daemon has. */
#include <stdint.h>
#include <stdio.h>

#include "gateway/cli_api.h"

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"name", "provider", "kind", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/channels", columns, SIZE_MAX);
}

static int run_test(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"status", "took_ms", "why", NULL};
    struct cli_asking asking = {0};
    const char *name = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *answer;
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski channel test: give a channel's name: `chaski channel list` has them\n");
        return EXIT_USAGE;
    }
    cli_api_path("/channels/", name, "/test", path);
    code = cli_api_once(self, &asking, "POST", path, SLICE_NONE, &answer);
    if (!code && asking.json)
        cli_api_print(answer);
    else if (!code)
        cli_api_columns(answer, columns);
    if (!code && !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")))
        code = EXIT_SERVICE;
    cJSON_Delete(answer);
    return code;
}

const struct command command_channel_list = {"channel list", "[--json]",
                                             "lists channels of the running daemon: name, provider, kind", run_list};
const struct command command_channel_test = {
    "channel test", "NAME [--json]",
    "asks a channel's provider whether its credentials are good: status, time, what went wrong", run_test};
