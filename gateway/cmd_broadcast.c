/* chaski broadcast: what staff do with one over the API, but for making and confirming it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/broadcast.h"
#include "gateway/cli_api.h"

#define BODY_MAX 1024

static void print_short(const cJSON *broadcast)
{
    const struct slice id = json_string(broadcast, "id"), state = json_string(broadcast, "state");
    const struct slice reason = json_string(broadcast, "reason"), due = json_string(broadcast, "due_at");
    printf("%.*s\t%.*s", (int)id.len, id.len ? id.ptr : "", (int)state.len, state.len ? state.ptr : "");
    if (reason.len)
        printf("\t%.*s", (int)reason.len, reason.ptr);
    if (due.len)
        printf("\tuntil %.*s", (int)due.len, due.ptr);
    putchar('\n');
}

/* Has an act done to the broadcast that the words name, and prints what it is then. */
static int act(const struct command *self, int argc, char **argv, const char *behind)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *broadcast = NULL;
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count == 0) {
        fprintf(stderr, "chaski %s: give an id: `chaski broadcast list` has them\n", self->name);
        return EXIT_USAGE;
    }
    cli_api_path("/broadcasts/", id, behind, path);
    code = cli_api_once(self, &asking, "POST", path, SLICE_NONE, &broadcast);
    if (!code && asking.json)
        cli_api_print(broadcast);
    else if (!code)
        print_short(broadcast);
    cJSON_Delete(broadcast);
    return code;
}

/* Puts a cap that is given into a change. Returns false after a message. */
static bool put_budget(const struct command *self, const char *given, cJSON *change)
{
    char *end = NULL;
    const double budget = given ? strtod(given, &end) : 0;
    if (given && (end == given || *end)) {
        fprintf(stderr, "chaski %s: --budget %s: it must be a number\n", self->name, given);
        return false;
    }
    if (given)
        cJSON_AddNumberToObject(change, "budget", budget);
    return true;
}

static void put_text(cJSON *change, const char *name, const char *given)
{
    if (given)
        cJSON_AddStringToObject(change, name, given);
}

static int run_change(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL, *budget = NULL, *name = NULL, *start = NULL, *until = NULL, *audience = NULL;
    const char *segment = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"budget", 0, "SOLES", "what it may cost at most (0: no cap), while it is sent too", &budget, NULL},
        {"name", 0, "NAME", "of a draft: what staff call it", &name, NULL},
        {"audience", 0, "QUERY", "of a draft: to whom", &audience, NULL},
        {"segment", 0, "NAME", "of a draft: to whom the query kept under this name means", &segment, NULL},
        {"start", 0, "TIME", "of a draft: when, in Lima unless it has a zone (empty: once it is confirmed)", &start,
         NULL},
        {"until", 0, "TIME", "of a draft: from when on nobody more gets it (empty: no such time)", &until, NULL},
        {0},
    };
    char path[CLI_API_PATH], room[CLI_QUERY_SIZE];
    cJSON *broadcast = NULL;
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count == 0 || !(budget || name || start || until || audience || segment)) {
        fprintf(stderr, "chaski broadcast change: give an id (`chaski broadcast list` has them) and what is to be "
                        "another: --budget, --name, --audience, --segment, --start or --until\n");
        return EXIT_USAGE;
    }
    if ((code = cli_api_whom(self, &asking, audience, segment, room, &audience)))
        return code;
    cJSON *change = cJSON_CreateObject();
    put_text(change, "name", name);
    put_text(change, "audience", audience);
    put_text(change, "start_at", start);
    put_text(change, "until_at", until);
    if (!put_budget(self, budget, change)) {
        cJSON_Delete(change);
        return EXIT_USAGE;
    }
    char *body = cJSON_PrintUnformatted(change);
    cli_api_path("/broadcasts/", id, "", path);
    code = cli_api_once(self, &asking, "PATCH", path, slice_of(body ? body : ""), &broadcast);
    if (!code && asking.json)
        cli_api_print(broadcast);
    else if (!code)
        print_short(broadcast);
    cJSON_free(body);
    cJSON_Delete(change);
    cJSON_Delete(broadcast);
    return code;
}

static int run_undo(const struct command *self, int argc, char **argv)
{
    return act(self, argc, argv, "/undo");
}

static int run_pause(const struct command *self, int argc, char **argv)
{
    return act(self, argc, argv, "/pause");
}

static int run_resume(const struct command *self, int argc, char **argv)
{
    return act(self, argc, argv, "/resume");
}

static int run_cancel(const struct command *self, int argc, char **argv)
{
    return act(self, argc, argv, "/cancel");
}

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"id", "state", "name", "created_by", "created_at", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/broadcasts", columns, SIZE_MAX);
}

static int run_recipients(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"number", "person", "state", "reason", NULL};
    struct cli_asking asking = {0};
    const char *id = NULL, *state = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"state", 0, "STATE", "only those: queued, sent, delivered, read, failed, dropped, doubt or excluded", &state,
         NULL},
        {0},
    };
    char path[CLI_API_PATH], of_state[CLI_API_PATH];
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count == 0) {
        fprintf(stderr, "chaski broadcast recipients: give an id: `chaski broadcast list` has them\n");
        return EXIT_USAGE;
    }
    cli_api_path("/broadcasts/", id, state ? "/recipients?state=" : "/recipients", path);
    if (state)
        cli_api_path(path, state, "", of_state);
    return cli_api_list(self, &asking, state ? of_state : path, columns, SIZE_MAX);
}

static int run_test(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    struct buf body;
    cJSON *nothing;
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count != 2) {
        fprintf(stderr, "chaski broadcast test: give an id, and a number as +51987654321\n");
        return EXIT_USAGE;
    }
    cli_api_path("/broadcasts/", words[0], "/test", path);
    buf_init(&body, BODY_MAX);
    buf_addc(&body, '{');
    json_put_name(&body, "number");
    json_put_string(&body, slice_of(words[1]));
    buf_addc(&body, '}');
    code = cli_api_once(self, &asking, "POST", path, buf_slice(&body), &nothing);
    buf_release(&body);
    cJSON_Delete(nothing);
    return code;
}

const struct command command_broadcast_list = {
    "broadcast list", "[--json]", "lists broadcasts, the newest first: id, state, name, by whom, when", run_list};
const struct command command_broadcast_recipients = {
    "broadcast recipients", "ID [--state STATE] [--json]", "lists who gets a broadcast, and what became of each",
    run_recipients};
const struct command command_broadcast_change = {
    "broadcast change", "ID [--budget SOLES] [--json]",
    "gives a draft another budget, name, audience or start; of what is sent the budget alone", run_change};
const struct command command_broadcast_undo = {"broadcast undo", "ID [--json]",
                                               "takes a confirmation back before anything was sent", run_undo};
const struct command command_broadcast_pause = {"broadcast pause", "ID [--json]", "holds back who did not get it yet",
                                                run_pause};
const struct command command_broadcast_resume = {"broadcast resume", "ID [--json]", "goes on with what was paused",
                                                 run_resume};
const struct command command_broadcast_cancel = {"broadcast cancel", "ID [--json]",
                                                 "ends it for good: who did not get it yet gets nothing", run_cancel};
const struct command command_broadcast_test = {"broadcast test", "ID NUMBER", "sends it to one person, at once",
                                               run_test};
