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

static int run_add(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL}, *at = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"at", 0, "TIME", "when she asked, in Lima unless it has a zone (now)", &at, NULL},
        {0}};
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count != 2) {
        fprintf(stderr, "chaski request add: give a number and what was asked: information (8 working days), mydata "
                        "(20), rectify or erase (10)\n");
        return EXIT_USAGE;
    }
    cJSON *made = NULL, *draft = cJSON_CreateObject();
    cJSON_AddStringToObject(draft, "number", words[0]);
    cJSON_AddStringToObject(draft, "kind", words[1]);
    if (at)
        cJSON_AddStringToObject(draft, "at", at);
    char *body = cJSON_PrintUnformatted(draft);
    code = cli_api_once(self, &asking, "POST", "/requests", slice_of(body ? body : ""), &made);
    if (!code && asking.json)
        cli_api_print(made);
    else if (!code)
        printf("%s\t%s\n", json_string(made, "id").ptr, json_string(made, "due_at").ptr);
    cJSON_free(body);
    cJSON_Delete(draft);
    cJSON_Delete(made);
    return code;
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
const struct command command_request_add = {"request add", "NUMBER KIND [--at TIME]",
                                            "enters what somebody asked otherwise than by text", run_add};
const struct command command_request_done = {"request done", "ID", "takes a request off the list: it was answered",
                                             run_done};
