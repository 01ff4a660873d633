/* chaski audience, chaski contact list: whom a query means. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/form.h"
#include "gateway/cli_api.h"

#define CURSOR_SIZE 64 /* bytes */

/* Who is meant: a query, or the name of a segment that has one. */
struct whom {
    const char *query, *segment;
};

#define WHOM_ROWS(w)                                                                                                   \
    {"query", 'q', "QUERY", "who is meant, as: region = 08 and seen < 30d", &(w).query, NULL},                         \
    {                                                                                                                  \
        "segment", 0, "NAME", "the query that is kept under this name", &(w).segment, NULL                             \
    }

/* Gives the query, everybody's where none is given. Returns an exit code. */
static int find_query(const struct command *self, const struct cli_asking *asking, struct whom *whom,
                      char room[CLI_QUERY_SIZE])
{
    int code = cli_api_whom(self, asking, whom->query, whom->segment, room, &whom->query);
    if (!whom->query)
        whom->query = "all";
    if (code || strlen(whom->query) < CLI_QUERY_SIZE)
        return code;
    fprintf(stderr, "chaski %s: the query has %zu bytes: %d at most\n", self->name, strlen(whom->query),
            CLI_QUERY_SIZE - 1);
    return EXIT_DATA;
}

static void print_count(const cJSON *count)
{
    static const char *const names[] = {"people", "matched", "recipients"};
    const struct slice auc = json_string(count, "auc");
    const cJSON *reason;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        printf("%s\t%.0f\n", names[i], cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(count, names[i])));
    cJSON_ArrayForEach(reason, cJSON_GetObjectItemCaseSensitive(count, "excluded"))
        printf("%s\t%.0f\n", reason->string, reason->valuedouble);
    if (auc.len) /* only where people are chosen by their outlook */
        printf("auc\t%.*s\n", (int)auc.len, auc.ptr);
}

static int count_query(const struct command *self, const struct cli_asking *asking, const char *query, bool template,
                       const char *purpose)
{
    cJSON *count;
    struct buf body;
    buf_init(&body, 8 * CLI_QUERY_SIZE);
    buf_addc(&body, '{');
    json_put_name(&body, "query");
    json_put_string(&body, slice_of(query));
    buf_adds(&body, template ? ",\"template\":true" : "");
    if (purpose) {
        json_put_name(&body, "purpose");
        json_put_string(&body, slice_of(purpose));
    }
    buf_addc(&body, '}');
    int code = cli_api_once(self, asking, "POST", "/audience/count", buf_slice(&body), &count);
    if (!code && asking->json)
        cli_api_print(count);
    else if (!code)
        print_count(count);
    buf_release(&body);
    cJSON_Delete(count);
    return code;
}

static int run_count(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct whom whom = {0};
    bool template = false;
    const char *purpose = NULL;
    char room[CLI_QUERY_SIZE];
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        WHOM_ROWS(whom),
        {"template", 0, NULL, "WhatsApp may go outside its window, by a template", NULL, &template},
        {"purpose", 0, "WORD", "what is sent: avisos_capacitacion (usual) or ofertas_aliados", &purpose, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    if (count < 0)
        return code;
    code = find_query(self, &asking, &whom, room);
    return code ? code : count_query(self, &asking, whom.query, template, purpose);
}

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"number", "first_seen_at", "stage", "industry", "region", NULL};
    struct cli_asking asking = {0};
    struct whom whom = {0};
    char room[CLI_QUERY_SIZE];
    struct buf path;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), WHOM_ROWS(whom), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    if (count < 0)
        return code;
    if ((code = find_query(self, &asking, &whom, room)))
        return code;
    buf_init(&path, 4 * CLI_QUERY_SIZE);
    buf_adds(&path, "/contacts?query=");
    form_encode(slice_of(whom.query), &path);
    code = cli_api_list(self, &asking, buf_text(&path), columns, SIZE_MAX);
    buf_release(&path);
    return code;
}

/* ---- the index ---- */

/* Asks for a page and adds up what it tells. Returns an exit code, with the next cursor in `cursor` (empty: none). */
static int rebuild_page(struct cli_api *api, bool dry_run, char cursor[CURSOR_SIZE], int64_t sums[2])
{
    char body[CURSOR_SIZE + 64];
    cJSON *page = NULL;
    int64_t looked_at = 0, wrong = 0;
    snprintf(body, sizeof(body), cursor[0] ? "{\"dry_run\":%s,\"cursor\":\"%s\"}" : "{\"dry_run\":%s%s}",
             dry_run ? "true" : "false", cursor);
    int code = cli_api_ask(api, "POST", "/audience/rebuild", slice_of(body), NULL, &page);
    if (!code && json_int(page, "looked_at", &looked_at) && json_int(page, "wrong", &wrong)) {
        sums[0] += looked_at;
        sums[1] += wrong;
    }
    if (code || !slice_copy(json_string(page, "next"), cursor, CURSOR_SIZE))
        cursor[0] = '\0';
    cJSON_Delete(page);
    return code;
}

static int run_rebuild(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    bool dry_run = false;
    char cursor[CURSOR_SIZE] = "";
    int64_t sums[2] = {0};
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"dry-run", 0, NULL, "only count what is wrong", NULL, &dry_run},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    if (count < 0)
        return code;
    struct cli_api *api = cli_api_open(asking.config, asking.server, self->name, &code);
    if (!api)
        return code;
    do {
        code = rebuild_page(api, dry_run, cursor, sums);
    } while (!code && cursor[0]);
    cli_api_close(api);
    if (!code && asking.json)
        printf("{\"looked_at\":%" PRId64 ",\"wrong\":%" PRId64 "}\n", sums[0], sums[1]);
    else if (!code)
        printf("looked_at\t%" PRId64 "\nwrong\t%" PRId64 "\n", sums[0], sums[1]);
    return code;
}

const struct command command_audience_rebuild = {
    "audience rebuild", "[--dry-run] [--json]",
    "compares what people are found by with their records, and sets it right", run_rebuild};
const struct command command_audience_count = {
    "audience count", "[--query QUERY | --segment NAME] [--template] [--purpose WORD]",
    "counts whom a query means, and why some of them are not written to", run_count};
const struct command command_contact_list = {"contact list", "[--query QUERY | --segment NAME] [--json]",
                                             "lists people: number, first message, stage, industry, region", run_list};
