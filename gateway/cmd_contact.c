/* chaski contact: one person's data, as the API has them. */
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "gateway/cli_api.h"

#define BODY_MAX 2048
#define CSV_MAX (16u * 1024 * 1024) /* bytes */

/* Reads the options that every command here takes, and the number. Returns false with *code set when that is all. */
static bool read_words(const struct command *self, const struct option_row *options, int argc, char **argv,
                       const char **number, int *code)
{
    int count = cli_parse(self, options, argc, argv, number, 1, code);
    if (count == 1)
        return true;
    if (count == 0) {
        fprintf(stderr, "chaski %s: give a number, as +51987654321\n", self->name);
        *code = EXIT_USAGE;
    }
    return false;
}

static void print_facts(const cJSON *contact)
{
    static const char *const names[] = {"slot", "value", "at", "said", "auc"};
    const cJSON *fact;
    cJSON_ArrayForEach(fact, json_array(contact, "facts"))
    {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            const struct slice text = json_string(fact, names[i]);
            if (i < 4 || text.len) /* only of an outlook */
                printf("%s%.*s", i ? "\t" : "", (int)text.len, text.len ? text.ptr : "");
        }
        putchar('\n');
    }
}

static int run_show(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *number = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *contact;
    int code;
    if (!read_words(self, options, argc, argv, &number, &code))
        return code;
    cli_api_path("/contacts/", number, "", path);
    code = cli_api_once(self, &asking, "GET", path, SLICE_NONE, &contact);
    if (!code && asking.json)
        cli_api_print(contact);
    else if (!code)
        print_facts(contact);
    cJSON_Delete(contact);
    return code;
}

/* ---- export ---- */

#define CSV_COLUMNS 10

/* A kind of row, and what of it stands in each column; NULL: nothing. */
struct csv_kind {
    const char *list, *cells[CSV_COLUMNS - 1];
};

static const char *const csv_columns[CSV_COLUMNS] = {"kind", "name",    "value", "said",       "answered",
                                                     "at",   "channel", "rule",  "message_id", "auc"};

/* "said" of a fact are her own words, of a turn what was answered. */
static const struct csv_kind of_contact[] = {
    {"channels", {"channel", NULL, NULL, NULL, "last_message_at"}},
    {"timers", {"name", NULL, NULL, NULL, "due_at", "channel"}},
    {"facts", {"slot", "value", "said", NULL, "at", NULL, "rule", "message_id", "auc"}},
};
static const struct csv_kind of_person[] = {
    {"turns", {"event", "staff", "heard", "said", "at", "channel"}},
    {"consents", {"purpose", "value", NULL, "question", "at", "channel", "flow", "message_id"}},
};

/* Puts a text into a cell, or a list's texts, a line each. Returns ERR_NOMEM where they are too long. */
static enum error put_cell(struct buf *out, const cJSON *item, const char *name)
{
    const cJSON *value = name ? cJSON_GetObjectItemCaseSensitive(item, name) : NULL, *part;
    struct buf lines;
    if (!cJSON_IsArray(value)) {
        csv_put(out, name ? json_string(item, name) : SLICE_NONE, false);
        return OK;
    }
    buf_init(&lines, CSV_MAX);
    cJSON_ArrayForEach(part, value)
    {
        if (lines.len)
            buf_addc(&lines, '\n');
        buf_adds(&lines, cJSON_IsString(part) ? part->valuestring : "");
    }
    const enum error error = lines.error;
    csv_put(out, buf_slice(&lines), false);
    buf_release(&lines);
    return error;
}

/* Appends the rows of some kinds, each named by its list without the s. */
static enum error put_rows(struct buf *out, const cJSON *of, const struct csv_kind *kinds, size_t count)
{
    enum error error = OK;
    for (const struct csv_kind *kind = kinds; kind < kinds + count; kind++) {
        const cJSON *item;
        cJSON_ArrayForEach(item, json_array(of, kind->list))
        {
            csv_put(out, slice_part(slice_of(kind->list), 0, strlen(kind->list) - 1), true);
            for (size_t i = 0; i < CSV_COLUMNS - 1 && !error; i++)
                error = put_cell(out, item, kind->cells[i]);
            csv_end(out);
        }
    }
    return error;
}

/* Prints all that is kept as CSV: the person's number first, and whether nothing may be sent. Returns an exit code. */
static int print_csv(const cJSON *whole)
{
    const cJSON *contact = cJSON_GetObjectItemCaseSensitive(whole, "contact");
    const struct slice person[CSV_COLUMNS] = {
        SLICE("person"), json_string(contact, "number"),
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(contact, "opted_out")) ? SLICE("opted_out") : SLICE_NONE,
        SLICE_NONE, SLICE_NONE, json_string(contact, "first_seen_at")};
    struct buf out;
    buf_init(&out, CSV_MAX);
    for (size_t i = 0; i < CSV_COLUMNS; i++)
        csv_put(&out, slice_of(csv_columns[i]), i == 0);
    csv_end(&out);
    for (size_t i = 0; i < CSV_COLUMNS; i++)
        csv_put(&out, person[i], i == 0);
    csv_end(&out);
    enum error error = put_rows(&out, contact, of_contact, sizeof(of_contact) / sizeof(of_contact[0]));
    if (!error)
        error = put_rows(&out, whole, of_person, sizeof(of_person) / sizeof(of_person[0]));
    const bool whole_csv = !error && !out.error;
    if (whole_csv)
        fwrite(out.ptr, 1, out.len, stdout);
    else
        fprintf(stderr, "chaski contact export: this is more than %u bytes of CSV: take --format json\n", CSV_MAX);
    buf_release(&out);
    return whole_csv ? EXIT_GOOD : EXIT_TEMPORARY;
}

/* Reads all pages of a list into an array of `whole`. */
static int gather(struct cli_api *api, const char *number, const char *name, cJSON *whole)
{
    char path[CLI_API_PATH], behind[CLI_API_PATH / 2], cursor[64] = "";
    cJSON *all = cJSON_AddArrayToObject(whole, name);
    int code = EXIT_GOOD;
    do {
        cJSON *page = NULL;
        snprintf(behind, sizeof(behind), "/%s?limit=200%s%s", name, cursor[0] ? "&cursor=" : "", cursor);
        cli_api_path("/contacts/", number, behind, path);
        code = cli_api_ask(api, "GET", path, SLICE_NONE, NULL, &page);
        cJSON *items = cJSON_GetObjectItemCaseSensitive(page, "items");
        while (items && items->child)
            cJSON_AddItemToArray(all, cJSON_DetachItemViaPointer(items, items->child));
        if (!slice_copy(json_string(page, "next"), cursor, sizeof(cursor)))
            cursor[0] = '\0';
        cJSON_Delete(page);
    } while (!code && cursor[0]);
    return code;
}

static int export(struct cli_api *api, const char *number, bool csv)
{
    char path[CLI_API_PATH];
    cJSON *whole = cJSON_CreateObject(), *contact = NULL;
    cli_api_path("/contacts/", number, "", path);
    int code = cli_api_ask(api, "GET", path, SLICE_NONE, NULL, &contact);
    cJSON_AddItemToObject(whole, "contact", contact);
    if (!code)
        code = gather(api, number, "turns", whole);
    if (!code)
        code = gather(api, number, "consents", whole);
    if (!code && csv)
        code = print_csv(whole);
    else if (!code)
        cli_api_print(whole);
    cJSON_Delete(whole);
    return code;
}

static int run_export(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *number = NULL, *format = "json";
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"format", 0, "json|csv", "all as one object, or as rows of a table (json)", &format, NULL},
        {0},
    };
    int code;
    if (!read_words(self, options, argc, argv, &number, &code))
        return code;
    bool csv = strcmp(format, "csv") == 0;
    if (!csv && strcmp(format, "json") != 0) {
        fprintf(stderr, "chaski contact export: --format must be json or csv\n");
        return EXIT_USAGE;
    }
    struct cli_api *api = cli_api_open(asking.config, asking.server, self->name, &code);
    if (api)
        code = export(api, number, csv);
    cli_api_close(api);
    return code;
}

/* ---- setting right ---- */

static int run_correct(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[3] = {NULL, NULL, NULL};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH], facts[CLI_API_PATH];
    struct buf body;
    cJSON *fact;
    int code, count = cli_parse(self, options, argc, argv, words, 3, &code);
    if (count < 0)
        return code;
    if (count != 3) {
        fprintf(stderr,
                "chaski contact correct: give a number, a slot and its value, as +51987654321 sales 1500/month\n");
        return EXIT_USAGE;
    }
    cli_api_path("/contacts/", words[0], "/facts/", facts);
    cli_api_path(facts, words[1], "", path);
    buf_init(&body, BODY_MAX);
    buf_addc(&body, '{');
    json_put_name(&body, "value");
    json_put_string(&body, slice_of(words[2]));
    buf_addc(&body, '}');
    code = cli_api_once(self, &asking, "PATCH", path, buf_slice(&body), &fact);
    if (!code && asking.json)
        cli_api_print(fact);
    buf_release(&body);
    cJSON_Delete(fact);
    return code;
}

/* ---- erasing ---- */

static int run_erase(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *number = NULL;
    bool yes = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"yes", 0, NULL, "without asking back", NULL, &yes},
        {0},
    };
    char path[CLI_API_PATH];
    cJSON *nothing;
    int code;
    if (!read_words(self, options, argc, argv, &number, &code))
        return code;
    if (!yes && !cli_confirm(self, "to erase", number))
        return EXIT_USAGE;
    cli_api_path("/contacts/", number, "", path);
    code = cli_api_once(self, &asking, "DELETE", path, SLICE_NONE, &nothing);
    cJSON_Delete(nothing);
    return code;
}

const struct command command_contact_show = {"contact show", "NUMBER [--json]",
                                             "shows what is known of a person: slot, value, when, her words", run_show};
const struct command command_contact_export = {"contact export", "NUMBER [--format json|csv]",
                                               "prints all that is kept of a person: facts, 90 days of turns, consents",
                                               run_export};
const struct command command_contact_erase = {
    "contact erase", "NUMBER [--yes]", "forgets a person, as BORRAR does; the consent log stays, without the number",
    run_erase};
const struct command command_contact_correct = {"contact correct", "NUMBER SLOT VALUE",
                                                "sets a fact right, also in a conversation under way", run_correct};
