/* chaski contact import: people and facts of a list that staff have. */
#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "gateway/cli_api.h"

#define FILE_BYTES_MAX (1024 * 1024)

static const char more_help[] =
    "\n"
    "FILE is a CSV of at most 5000 people; `-` is standard input. Its first line names the columns: number, and slots "
    "of\n"
    "the flow (activity, industry, region, sales …). What a person told herself stays. Nobody is written to because "
    "she\n"
    "is in a list: she must write first, and agree. With a fault in it, line and column told, nothing is done.\n";

static void print_result(const cJSON *result)
{
    static const char *const names[] = {"rows", "made", "changed", "unchanged", "opted_out", "erased"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        printf("%s\t%.0f\n", names[i], cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(result, names[i])));
}

static int import(const struct command *self, const struct cli_asking *asking, struct slice bytes, bool dry_run)
{
    struct buf body;
    cJSON *result = NULL;
    if (!utf8_valid(bytes)) {
        fprintf(stderr, "chaski %s: the file is not UTF-8: save it as CSV UTF-8\n", self->name);
        return EXIT_DATA;
    }
    buf_init(&body, 3 * FILE_BYTES_MAX);
    buf_addc(&body, '{');
    json_put_name(&body, "csv");
    json_put_string(&body, bytes);
    buf_adds(&body, dry_run ? ",\"dry_run\":true}" : "}");
    int code =
        body.error ? EXIT_TEMPORARY : cli_api_once(self, asking, "POST", "/contacts/import", buf_slice(&body), &result);
    if (!code && asking->json)
        cli_api_print(result);
    else if (!code)
        print_result(result);
    buf_release(&body);
    cJSON_Delete(result);
    return code;
}

static int run_import(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *path = NULL;
    bool dry_run = false;
    struct slice bytes;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"dry-run", 0, NULL, "only tell what would be done", NULL, &dry_run},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &path, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (count == 0) {
        fprintf(stderr, "chaski contact import: give a file, whose first line has number and slots of the flow\n");
        return EXIT_USAGE;
    }
    enum error error = cli_read_file(path, FILE_BYTES_MAX, &bytes);
    if (error) {
        fprintf(stderr, "chaski contact import: %s: %s\n", path, error_text(error));
        return EXIT_DATA;
    }
    code = import(self, &asking, bytes, dry_run);
    mem_free((char *)bytes.ptr);
    return code;
}

const struct command command_contact_import = {
    "contact import", "FILE [--dry-run] [--json]",
    "takes people and facts of a CSV; nobody is written to before she writes herself", run_import};
