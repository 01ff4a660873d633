/* chaski segment: queries that have a name. */
#include <stdint.h>
#include <stdio.h>

#include "base/form.h"
#include "gateway/cli_api.h"

#define BODY_MAX (32 * 1024)

static void segment_path(const char *name, struct buf *out)
{
    buf_init(out, 512);
    buf_adds(out, "/segments/");
    form_encode(slice_of(name), out);
}

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"name", "query", "created_by", "auc", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/segments", columns, SIZE_MAX);
}

/* Makes it, or with `over` gives one that is there another query. */
static int save(const struct command *self, const struct cli_asking *asking, const char *name, const char *query,
                bool over)
{
    cJSON *made;
    struct buf path, body;
    segment_path(name, &path);
    buf_init(&body, BODY_MAX);
    buf_addc(&body, '{');
    if (!over) {
        json_put_name(&body, "name");
        json_put_string(&body, slice_of(name));
    }
    json_put_name(&body, "query");
    json_put_string(&body, slice_of(query));
    buf_addc(&body, '}');
    int code = cli_api_once(self, asking, over ? "PATCH" : "POST", over ? buf_text(&path) : "/segments",
                            buf_slice(&body), &made);
    if (!code && asking->json)
        cli_api_print(made);
    buf_release(&path);
    buf_release(&body);
    cJSON_Delete(made);
    return code;
}

static int run_save(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL};
    bool over = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"over", 0, NULL, "change the one that is there", NULL, &over},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count == 2)
        return save(self, &asking, words[0], words[1], over);
    fprintf(stderr, "chaski segment save: give a name and a query, as: cusco 'region = 08 and seen < 30d'\n");
    return EXIT_USAGE;
}

static int run_delete(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *name = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    struct buf path;
    cJSON *nothing;
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski segment delete: give a name: `chaski segment list` has them\n");
        return EXIT_USAGE;
    }
    segment_path(name, &path);
    code = cli_api_once(self, &asking, "DELETE", buf_text(&path), SLICE_NONE, &nothing);
    buf_release(&path);
    cJSON_Delete(nothing);
    return code;
}

const struct command command_segment_list = {"segment list", "[--json]",
                                             "lists segments: name, query, by whom; AUC, of outlooks", run_list};
const struct command command_segment_save = {"segment save", "NAME QUERY [--over]", "keeps a query under a name",
                                             run_save};
const struct command command_segment_delete = {"segment delete", "NAME", "takes a segment away", run_delete};
