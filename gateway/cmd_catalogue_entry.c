/* chaski catalogue list, show, remove: single entries of the running daemon's catalogue. Adding and changing one is
 * importing a file that has it: cmd_catalogue.c. */
#include <stdint.h>
#include <stdio.h>

#include "gateway/cli_api.h"

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"id", "kind", "checked_on", "valid_until", "name", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/catalogue", columns, SIZE_MAX);
}

static int no_id(const struct command *self)
{
    fprintf(stderr, "chaski %s: give an entry's id: `chaski catalogue list` has them\n", self->name);
    return EXIT_USAGE;
}

/* Prints a field a line; of a list, its texts. */
static void print_entry(const cJSON *entry)
{
    const cJSON *field, *word;
    cJSON_ArrayForEach(field, entry)
    {
        printf("%s\t", field->string);
        if (cJSON_IsString(field))
            printf("%s", field->valuestring);
        else if (cJSON_IsNumber(field))
            printf("%.0f", field->valuedouble);
        cJSON_ArrayForEach(word, field) printf("%s%s", word == field->child ? "" : ", ", word->valuestring);
        putchar('\n');
    }
}

static int run_show(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *entry;
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 1)
        return count < 0 ? code : no_id(self);
    cli_api_path("/catalogue/", id, "", path);
    code = cli_api_once(self, &asking, "GET", path, SLICE_NONE, &entry);
    if (!code && asking.json)
        cli_api_print(entry);
    else if (!code)
        print_entry(entry);
    cJSON_Delete(entry);
    return code;
}

/* It can be undone: the version before is there to be restored. */
static int run_remove(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *nothing;
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 1)
        return count < 0 ? code : no_id(self);
    cli_api_path("/catalogue/", id, "", path);
    code = cli_api_once(self, &asking, "DELETE", path, SLICE_NONE, &nothing);
    cJSON_Delete(nothing);
    return code;
}

const struct command command_catalogue_list = {
    "catalogue list", "[--json]", "lists entries: id, kind, when checked, until when it counts, name", run_list};
const struct command command_catalogue_show = {"catalogue show", "ID [--json]", "shows an entry", run_show};
const struct command command_catalogue_remove = {
    "catalogue remove", "ID", "takes an entry away, in a new version", run_remove};
