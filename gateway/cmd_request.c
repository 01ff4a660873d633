/* chaski request: what people asked of staff by text. */
#include <stdint.h>
#include <stdio.h>

#include "gateway/cli_api.h"

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"id", "kind", "number", "at", "due_at", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/requests", columns, SIZE_MAX);
}

static int run_done(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *nothing;
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski request done: give an id: `chaski request list` has them\n");
        return EXIT_USAGE;
    }
    cli_api_path("/requests/", id, "/done", path);
    code = cli_api_once(self, &asking, "POST", path, SLICE_NONE, &nothing);
    cJSON_Delete(nothing);
    return code;
}

const struct command command_request_list = {
    "request list", "[--json]", "lists what people asked of staff: id, kind, number, when, until when", run_list};
const struct command command_request_done = {"request done", "ID", "takes a request off the list: it was answered",
                                             run_done};
