/* chaski broadcast create, confirm: a draft is made, its people are counted, and their number is typed to confirm. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/form.h"
#include "base/mem.h"
#include "gateway/broadcast.h"
#include "gateway/cmd_broadcast.h"

#define FILE_MAX (256 * 1024)
#define PATH_SIZE 256

/* What is given beside the file. */
struct given {
    const char *audience, *numbers, *start, *until, *budget;
    bool yes, dry_run;
};

static void replace(cJSON *draft, const char *name, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(draft, name);
    cJSON_AddItemToObject(draft, name, value);
}

static bool read_file(const struct command *self, const char *path, struct slice *out)
{
    enum error error = cli_read_file(path, FILE_MAX, out);
    if (error)
        fprintf(stderr, "chaski %s: %s: %s\n", self->name, path, error_text(error));
    return !error;
}

static cJSON *read_draft(const struct command *self, const char *path)
{
    struct slice bytes;
    cJSON *draft = NULL;
    if (!read_file(self, path, &bytes))
        return NULL;
    enum error error = json_parse(bytes, FILE_MAX, &draft);
    mem_free((char *)bytes.ptr);
    if (!error && cJSON_IsObject(draft))
        return draft;
    fprintf(stderr,
            "chaski %s: %s: it must be one JSON object, as {\"name\": \"feria\", \"texts\": {\"es\": \"Hola\"}, "
            "\"channels\": [\"sms\"]}\n",
            self->name, path);
    cJSON_Delete(draft);
    return NULL;
}

/* Puts a file of numbers, one a line, into the draft. */
static bool take_numbers(const struct command *self, const char *path, cJSON *draft)
{
    struct slice bytes, rest, line;
    if (!read_file(self, path, &bytes))
        return false;
    cJSON *list = cJSON_CreateArray();
    rest = bytes;
    while (slice_cut(&rest, '\n', &line)) {
        char number[64];
        if (slice_copy(slice_trim(line), number, sizeof(number)) && number[0])
            cJSON_AddItemToArray(list, cJSON_CreateString(number));
    }
    mem_free((char *)bytes.ptr);
    replace(draft, "numbers", list);
    return true;
}

/* Lays what was given over the draft: whom the file names gives way to whom the command line does. */
static bool lay_over(const struct command *self, const struct given *given, cJSON *draft)
{
    if (given->audience)
        cJSON_DeleteItemFromObjectCaseSensitive(draft, "numbers");
    else if (given->numbers)
        cJSON_DeleteItemFromObjectCaseSensitive(draft, "audience");
    if (given->audience)
        replace(draft, "audience", cJSON_CreateString(given->audience));
    if (given->start)
        replace(draft, "start_at", cJSON_CreateString(given->start));
    if (given->until)
        replace(draft, "until_at", cJSON_CreateString(given->until));
    if (given->budget) {
        char *end;
        const double budget = strtod(given->budget, &end);
        if (end == given->budget || *end) {
            fprintf(stderr, "chaski %s: --budget %s: it must be a number\n", self->name, given->budget);
            return false;
        }
        replace(draft, "budget", cJSON_CreateNumber(budget));
    }
    return !given->numbers || take_numbers(self, given->numbers, draft);
}

/* ---- confirming ---- */

/* Has the number typed. Returns false after telling why nothing is confirmed. */
static bool typed(const struct command *self, const char *id, int64_t people)
{
    char line[32] = "", number[SLICE_DECIMAL_SIZE];
    if (!isatty(STDIN_FILENO)) {
        fprintf(
            stderr,
            "chaski %s: broadcast %s is previewed and goes to nobody yet: confirm it with `chaski broadcast confirm "
            "%s`, or give --yes where nobody can be asked\n",
            self->name, id, id);
        return false;
    }
    fprintf(stderr, "It goes to %" PRId64 " people. Type that number to confirm: ", people);
    if (!fgets(line, sizeof(line), stdin))
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (slice_is(slice_decimal(people, number), line))
        return true;
    fprintf(stderr, "chaski %s: that is another number: nothing is confirmed\n", self->name);
    return false;
}

static int print_and_free(const struct cli_asking *asking, cJSON *broadcast, int code)
{
    if (!code && asking->json) {
        cli_api_print(broadcast);
    } else if (!code) {
        const struct slice id = json_string(broadcast, "id"), state = json_string(broadcast, "state");
        int64_t people = 0;
        if (!json_int(broadcast, "people", &people))
            people = 0;
        printf("%.*s\t%.*s\t%" PRId64 "\n", (int)id.len, id.len ? id.ptr : "", (int)state.len,
               state.len ? state.ptr : "", people);
    }
    cJSON_Delete(broadcast);
    return code;
}

/* Counts a draft's people, has their number typed unless `yes`, and confirms it. */
static int confirm(const struct command *self, struct cli_api *api, const struct cli_asking *asking, const char *id,
                   bool yes)
{
    char path[PATH_SIZE], body[64];
    cJSON *broadcast = NULL;
    int64_t people = 0;
    snprintf(path, sizeof(path), "/broadcasts/%s/preview", id);
    int code = cli_api_ask(api, "POST", path, SLICE_NONE, NULL, &broadcast);
    if (code || !json_int(broadcast, "people", &people) || !(yes || typed(self, id, people)))
        return print_and_free(asking, broadcast, code);
    cJSON_Delete(broadcast);
    snprintf(path, sizeof(path), "/broadcasts/%s/confirm", id);
    snprintf(body, sizeof(body), "{\"people\":%" PRId64 "}", people);
    code = cli_api_ask(api, "POST", path, slice_of(body), NULL, &broadcast);
    return print_and_free(asking, broadcast, code);
}

static int run_confirm(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    bool yes = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"yes", 0, NULL, "without asking back", NULL, &yes},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count == 0 || !broadcast_is_id(slice_of(id))) {
        fprintf(stderr, "chaski broadcast confirm: give an id: `chaski broadcast list` has them\n");
        return EXIT_USAGE;
    }
    struct cli_api *api = cli_api_open(asking.config, asking.server, self->name, &code);
    if (api)
        code = confirm(self, api, &asking, id, yes);
    cli_api_close(api);
    return code;
}

/* ---- creating ---- */

/* Tells what it would say and cost, and keeps nothing. */
static int try_out(struct cli_api *api, const struct cli_asking *asking, cJSON *draft)
{
    cJSON *preview = NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(draft, "budget");
    cJSON_DeleteItemFromObjectCaseSensitive(draft, "training");
    char *body = cJSON_PrintUnformatted(draft);
    int code = cli_api_ask(api, "POST", "/broadcasts/preview", slice_of(body), NULL, &preview);
    cJSON_free(body);
    if (!code)
        cmd_broadcast_tell(asking, preview);
    cJSON_Delete(preview);
    return code;
}

static int create(const struct command *self, struct cli_api *api, const struct cli_asking *asking, cJSON *draft,
                  const struct given *given)
{
    char id[BROADCAST_ID];
    cJSON *made = NULL;
    if (given->dry_run)
        return try_out(api, asking, draft);
    char *body = cJSON_PrintUnformatted(draft);
    int code = cli_api_ask(api, "POST", "/broadcasts", slice_of(body), NULL, &made);
    cJSON_free(body);
    if (!code && !slice_copy(json_string(made, "id"), id, sizeof(id)))
        code = EXIT_SERVICE;
    cJSON_Delete(made);
    return code ? code : confirm(self, api, asking, id, given->yes);
}

static int send(const struct command *self, const struct cli_asking *asking, cJSON *draft, const struct given *given)
{
    int code;
    struct cli_api *api = cli_api_open(asking->config, asking->server, self->name, &code);
    if (api)
        code = create(self, api, asking, draft, given);
    cli_api_close(api);
    return code;
}

int cmd_broadcast_send(const struct command *self, const struct cli_asking *asking, cJSON *draft, bool dry_run,
                       bool yes)
{
    const struct given given = {.yes = yes, .dry_run = dry_run};
    return send(self, asking, draft, &given);
}

static int run_create(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct given given = {0};
    const char *path = NULL, *segment = NULL;
    char room[CLI_QUERY_SIZE];
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"numbers", 0, "FILE", "to whom: a number a line", &given.numbers, NULL},
        {"audience", 0, "QUERY", "to whom: a query over what is known of people", &given.audience, NULL},
        {"segment", 0, "NAME", "to whom: the query that is kept under this name", &segment, NULL},
        {"start", 0, "TIME", "when, in Lima unless it has a zone (once it is confirmed)", &given.start, NULL},
        {"until", 0, "TIME", "from when on nobody more gets it", &given.until, NULL},
        {"budget", 0, "SOLES", "what it may cost at most", &given.budget, NULL},
        {"dry-run", 0, NULL, "tell what it would say and cost, and keep nothing", NULL, &given.dry_run},
        {"yes", 0, NULL, "confirm it without asking back", NULL, &given.yes},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &path, 1, &code);
    if (count < 0)
        return code;
    if (count == 0) {
        fprintf(stderr, "chaski broadcast create: give a file, as docs/broadcasts.md tells\n");
        return EXIT_USAGE;
    }
    if ((code = cli_api_whom(self, &asking, given.audience, segment, room, &given.audience)))
        return code;
    cJSON *draft = read_draft(self, path);
    if (!draft || !lay_over(self, &given, draft)) {
        cJSON_Delete(draft);
        return EXIT_DATA;
    }
    code = send(self, &asking, draft, &given);
    cJSON_Delete(draft);
    return code;
}

const struct command command_broadcast_create = {
    "broadcast create", "FILE [--numbers FILE | --audience QUERY | --segment NAME] [--yes]",
    "makes a broadcast of a notice, counts its people and confirms it once their number is typed", run_create};
const struct command command_broadcast_confirm = {"broadcast confirm", "ID [--yes]",
                                                  "counts a draft's people and confirms it once their number is typed",
                                                  run_confirm};
