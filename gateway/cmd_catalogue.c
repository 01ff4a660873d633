/* chaski catalogue: what owners can be pointed to, as the API has it, and files of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/mem.h"
#include "engine/catalogue_check.h"
#include "gateway/cli_api.h"
#include "gateway/clock.h"

#define BODY_MAX (4u * 1024 * 1024) /* bytes */
#define LINE_ROOM 4096

static const char *const attention_columns[] = {"state", "id", "checked_on", "valid_until", "confidence", "name", NULL};

/* Tells whether a file is CSV, by --format or else by its name. Returns false in *good after telling what is wrong. */
static bool is_csv(const struct command *self, const char *path, const char *format, bool *good)
{
    const char *dot = strrchr(path, '.');
    *good = !format || strcmp(format, "csv") == 0 || strcmp(format, "yaml") == 0;
    if (!*good)
        fprintf(stderr, "chaski %s: --format must be yaml or csv\n", self->name);
    return format ? strcmp(format, "csv") == 0 : dot && strcmp(dot, ".csv") == 0;
}

/* Reads a file and checks it. Returns NULL after telling every fault by file, line and column; *bytes is then empty,
 * and else the caller's. */
static struct catalogue *read_file(const struct command *self, const char *path, bool csv, struct slice *bytes)
{
    struct faults faults;
    struct catalogue *made = NULL;
    enum error error = cli_read_file(path, CATALOGUE_FILE_MAX, bytes);
    faults_init(&faults);
    if (error) {
        *bytes = SLICE_NONE;
        fprintf(stderr, "chaski %s: %s cannot be read: %s\n", self->name, path, error_text(error));
    } else if (!(made = (csv ? catalogue_read_csv : catalogue_read)(path, *bytes, &faults))) {
        mem_free((char *)bytes->ptr);
        *bytes = SLICE_NONE;
    }
    faults_print(&faults, stderr);
    faults_release(&faults);
    return made;
}

/* ---- check ---- */

static void print_attention(const struct resource *resource, enum catalogue_state state, bool json)
{
    struct buf text;
    cJSON *item = NULL;
    buf_init(&text, LINE_ROOM);
    catalogue_put_attention(&text, resource, state);
    if (!text.error && !json_parse(buf_slice(&text), LINE_ROOM, &item)) {
        if (json)
            puts(buf_text(&text));
        else
            cli_api_columns(item, attention_columns);
    }
    cJSON_Delete(item);
    buf_release(&text);
}

static int check_file(const struct command *self, const char *path, const char *format, int64_t now_ms, bool json)
{
    struct slice bytes;
    bool good;
    const bool csv = is_csv(self, path, format, &good);
    if (!good)
        return EXIT_USAGE;
    struct catalogue *catalogue = read_file(self, path, csv, &bytes);
    if (!catalogue)
        return EXIT_DATA;
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const enum catalogue_state state = catalogue_state(catalogue_at(catalogue, i), now_ms);
        if (state != CATALOGUE_GOOD)
            print_attention(catalogue_at(catalogue, i), state, json);
    }
    catalogue_free(catalogue);
    mem_free((char *)bytes.ptr);
    return EXIT_GOOD;
}

static int run_check(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *path = NULL, *format = NULL, *now = NULL;
    int64_t now_ms = clock_ms();
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"format", 0, "yaml|csv", "of the file (by its name)", &format, NULL},
        {"now", 0, "YYYY-MM-DD", "the day to hold a file's dates against (today)", &now, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &path, 1, &code);
    if (count < 0)
        return code;
    if (now && (civil_parse(slice_of(now), &now_ms) || count == 0)) {
        fprintf(stderr, "chaski catalogue check: --now must be a day like 2026-11-23, and goes with a file\n");
        return EXIT_USAGE;
    }
    return count ? check_file(self, path, format, now ? now_ms - LIMA_OFFSET_S * INT64_C(1000) : now_ms, asking.json)
                 : cli_api_list(self, &asking, "/catalogue/check", attention_columns, SIZE_MAX);
}

/* ---- export ---- */

static int run_export(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *format = "yaml", *version = NULL;
    char path[128], word[32] = "";
    cJSON *file;
    uint64_t number = 0;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"format", 0, "yaml|csv", "of what is printed (yaml)", &format, NULL},
        {"version", 0, "N", "one of before (the newest)", &version, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    if (count < 0)
        return code;
    if ((strcmp(format, "yaml") != 0 && strcmp(format, "csv") != 0) ||
        (version && !slice_u64(slice_of(version), INT64_MAX, &number))) {
        fprintf(stderr, "chaski catalogue export: --format must be yaml or csv, --version a number\n");
        return EXIT_USAGE;
    }
    if (version)
        snprintf(word, sizeof(word), "&version=%" PRIu64, number);
    snprintf(path, sizeof(path), "/catalogue/export?format=%s%s", format, word);
    code = cli_api_once(self, &asking, "GET", path, SLICE_NONE, &file);
    if (!code && asking.json)
        cli_api_print(file);
    else if (!code)
        fwrite(json_string(file, "text").ptr, 1, json_string(file, "text").len, stdout);
    cJSON_Delete(file);
    return code;
}

/* ---- what changes ---- */

static void print_change(const cJSON *row)
{
    const struct slice id = json_string(row, "id"), change = json_string(row, "change");
    const struct slice field = json_string(row, "field");
    const struct slice before = json_string(row, "before"), after = json_string(row, "after");
    const char sign = slice_is(change, "added") ? '+' : slice_is(change, "removed") ? '-' : '~';
    printf("%c %.*s", sign, (int)id.len, id.len ? id.ptr : "");
    if (field.len)
        printf("\t%.*s\t%.*s\t%.*s", (int)field.len, field.ptr, (int)before.len, before.len ? before.ptr : "",
               (int)after.len, after.len ? after.ptr : "");
    putchar('\n');
}

static void print_changes(cJSON *page, bool json)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, json_array(page, "items"))
    {
        if (json)
            cli_api_print(row);
        else
            print_change(row);
    }
    cJSON_Delete(page);
}

static void put_truth(struct buf *body, const char *name, bool truth)
{
    json_put_name(body, name);
    buf_adds(body, truth ? "true" : "false");
}

static int run_import(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *path = NULL, *format = NULL;
    bool dry = false, replace = false, good = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"format", 0, "yaml|csv", "of the file (by its name)", &format, NULL},
        {"dry-run", 0, NULL, "only show what would change", NULL, &dry},
        {"replace", 0, NULL, "take away what is not in the file; else it stays", NULL, &replace},
        {0},
    };
    struct slice bytes;
    struct buf body;
    cJSON *page = NULL;
    int code, count = cli_parse(self, options, argc, argv, &path, 1, &code);
    if (count < 0)
        return code;
    if (count != 1)
        fprintf(stderr, "chaski catalogue import: give a file of YAML or CSV\n");
    const bool csv = count == 1 && is_csv(self, path, format, &good);
    if (!good)
        return EXIT_USAGE;
    struct catalogue *catalogue = read_file(self, path, csv, &bytes);
    if (!catalogue)
        return EXIT_DATA;
    catalogue_free(catalogue);
    buf_init(&body, BODY_MAX);
    buf_addf(&body, "{\"format\":\"%s\",\"text\":", csv ? "csv" : "yaml");
    json_put_string(&body, bytes);
    put_truth(&body, "dry_run", dry);
    put_truth(&body, "replace", replace);
    buf_addc(&body, '}');
    code = EXIT_TEMPORARY;
    if (!body.error)
        code = cli_api_once(self, &asking, "POST", "/catalogue/import", buf_slice(&body), &page);
    print_changes(page, asking.json);
    buf_release(&body);
    mem_free((char *)bytes.ptr);
    return code;
}

static int run_diff(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[128] = "/catalogue/diff";
    cJSON *page;
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    for (int i = 0; i < count; i++) {
        uint64_t version;
        if (!slice_u64(slice_of(words[i]), INT64_MAX, &version)) {
            fprintf(stderr, "chaski catalogue diff: versions are numbers\n");
            return EXIT_USAGE;
        }
        snprintf(path + strlen(path), sizeof(path) - strlen(path), i ? "&to=%" PRIu64 : "?from=%" PRIu64, version);
    }
    if (count < 0)
        return code;
    code = cli_api_once(self, &asking, "GET", path, SLICE_NONE, &page);
    print_changes(page, asking.json);
    return code;
}

/* ---- versions ---- */

static int run_versions(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"version", "at", "who", "what", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/catalogue/versions", columns, SIZE_MAX);
}

static int run_restore(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *word = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[128];
    uint64_t version;
    cJSON *made;
    int code, count = cli_parse(self, options, argc, argv, &word, 1, &code);
    if (count < 0)
        return code;
    if (count != 1 || !slice_u64(slice_of(word), INT64_MAX, &version)) {
        fprintf(stderr, "chaski catalogue restore: give a version's number\n");
        return EXIT_USAGE;
    }
    snprintf(path, sizeof(path), "/catalogue/versions/%" PRIu64 "/restore", version);
    code = cli_api_once(self, &asking, "POST", path, SLICE_NONE, &made);
    if (!code)
        cli_api_print(made);
    cJSON_Delete(made);
    return code;
}

const struct command command_catalogue_check = {
    "catalogue check", "[FILE] [--now DAY] [--json]",
    "lists entries that are expired, end soon or were not checked for long; of a file, its faults too", run_check};
const struct command command_catalogue_diff = {"catalogue diff", "[FROM [TO]] [--json]",
                                               "shows what differs between two versions (the newest two)", run_diff};
const struct command command_catalogue_export = {"catalogue export", "[--format yaml|csv] [--version N]",
                                                 "prints the catalogue as a file", run_export};
const struct command command_catalogue_import = {"catalogue import", "FILE [--replace] [--dry-run]",
                                                 "takes entries from a file, all or none, and shows what changes",
                                                 run_import};
const struct command command_catalogue_restore = {"catalogue restore", "N", "makes version N the newest again",
                                                  run_restore};
const struct command command_catalogue_versions = {"catalogue versions", "[--json]",
                                                   "lists versions: number, when, who, by which act", run_versions};
