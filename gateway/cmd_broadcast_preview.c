/* chaski broadcast preview: what a notice would say, cost and take, as the API tells it. */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/mem.h"
#include "gateway/cmd_broadcast.h"
#include "gateway/notice.h"

static const char more_help[] =
    "\n"
    "FILE is a JSON object: texts ({\"es\": \"Hola {{activity|amiga}}\", \"es.sms\": …}), template, channels, "
    "audience,\n"
    "numbers, people, start_at, until_at; `-` is standard input. Options stand in place of its fields.\n"
    "docs/broadcasts.md tells all of it.\n";

/* What is given instead of a file's fields. */
struct given {
    const char *text, *channels, *audience, *people, *start, *until;
};

static void replace(cJSON *draft, const char *name, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(draft, name);
    cJSON_AddItemToObject(draft, name, value);
}

static cJSON *words_of(const char *joined)
{
    cJSON *list = cJSON_CreateArray();
    struct slice rest = slice_of(joined), word;
    while (slice_cut(&rest, ',', &word)) {
        char name[64];
        if (slice_copy(slice_trim(word), name, sizeof(name)))
            cJSON_AddItemToArray(list, cJSON_CreateString(name));
    }
    return list;
}

/* Lays what was given over the draft. Returns false after a message. */
static bool lay_over(const struct command *self, const struct given *given, cJSON *draft)
{
    uint64_t people;
    if (given->text) {
        cJSON *texts = cJSON_CreateObject();
        cJSON_AddStringToObject(texts, "es", given->text);
        replace(draft, "texts", texts);
    }
    if (given->channels)
        replace(draft, "channels", words_of(given->channels));
    if (given->audience)
        replace(draft, "audience", cJSON_CreateString(given->audience));
    if (given->start)
        replace(draft, "start_at", cJSON_CreateString(given->start));
    if (given->until)
        replace(draft, "until_at", cJSON_CreateString(given->until));
    if (!given->people)
        return true;
    if (!slice_u64(slice_of(given->people), INT32_MAX, &people)) {
        fprintf(stderr, "chaski %s: --people %s: it must be a whole number\n", self->name, given->people);
        return false;
    }
    replace(draft, "people", cJSON_CreateNumber((double)people));
    return true;
}

/* Reads the draft's file; without one it is empty. Returns NULL after a message. */
static cJSON *read_draft(const struct command *self, const char *path, int *code)
{
    struct slice bytes;
    cJSON *draft = NULL;
    if (!path)
        return cJSON_CreateObject();
    enum error error = cli_read_file(path, NOTICE_BYTES_MAX, &bytes);
    if (error) {
        fprintf(stderr, "chaski %s: %s: %s\n", self->name, path, error_text(error));
        *code = EXIT_DATA;
        return NULL;
    }
    error = json_parse(bytes, NOTICE_BYTES_MAX, &draft);
    mem_free((char *)bytes.ptr);
    if (!error && cJSON_IsObject(draft))
        return draft;
    fprintf(stderr, "chaski %s: %s: it must be one JSON object, as {\"texts\": {\"es\": \"Hola\"}}\n", self->name,
            path);
    cJSON_Delete(draft);
    *code = EXIT_DATA;
    return NULL;
}

/* ---- for people ---- */

static int64_t whole(const cJSON *item, const char *name)
{
    int64_t number = 0;
    return json_int(item, name, &number) ? number : 0;
}

static void print_text(const cJSON *item, const char *name)
{
    const struct slice text = json_string(item, name);
    printf("%.*s", (int)text.len, text.len ? text.ptr : "");
}

static void print_cost(const cJSON *item, const char *currency)
{
    const cJSON *cost = cJSON_GetObjectItemCaseSensitive(item, "cost");
    if (cost)
        printf(", %s %.4f", strcmp(currency, "USD") == 0 ? "US$" : "S/", cost->valuedouble);
    else
        printf(", price not set");
}

/* Prints an instant as Lima's clocks show it. */
static void print_lima(const cJSON *item, const char *name)
{
    int64_t ms;
    if (civil_parse(json_string(item, name), &ms)) {
        printf("never");
        return;
    }
    const struct civil c = civil_from_ms(ms, LIMA_OFFSET_S);
    printf("%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

/* A template's own words lie with the provider: its name, and what fills it. */
static void print_template(const cJSON *sample)
{
    const cJSON *param;
    if (!json_string(sample, "template").len)
        return;
    printf("    template %s:", json_string(sample, "template").ptr);
    cJSON_ArrayForEach(param, json_array(sample, "params")) printf(" [%s]", param->valuestring);
    putchar('\n');
}

static void print_sample(const cJSON *sample, const char *currency)
{
    struct slice rest = json_string(sample, "text"), line;
    printf("  %.*s", (int)json_string(sample, "which").len, json_string(sample, "which").ptr);
    if (json_string(sample, "language").len)
        printf(" %s", json_string(sample, "language").ptr);
    if (json_string(sample, "encoding").len)
        printf(", %s, %lld units, segments %lld", json_string(sample, "encoding").ptr,
               (long long)whole(sample, "units"), (long long)whole(sample, "segments"));
    printf("%s", slice_is(json_string(sample, "goes_as"), "template") ? ", as the template" : "");
    print_cost(sample, currency);
    putchar('\n');
    print_template(sample);
    while (slice_cut(&rest, '\n', &line))
        printf("    | %.*s\n", (int)line.len, line.len ? line.ptr : "");
}

static void print_channel(const cJSON *channel, const char *currency)
{
    const cJSON *item;
    print_text(channel, "channel");
    printf(": people %lld, %s %lld", (long long)whole(channel, "people"),
           slice_is(json_string(channel, "kind"), "sms") ? "segments" : "messages",
           (long long)whole(channel, "segments"));
    if (whole(channel, "templates"))
        printf(", by template %lld", (long long)whole(channel, "templates"));
    print_cost(channel, currency);
    if (whole(channel, "people")) {
        printf(", from ");
        print_lima(channel, "begins_at");
        printf(" to ");
        print_lima(channel, "ends_at");
        printf(" (Lima)");
        if (whole(channel, "missed"))
            printf(", too late for %lld", (long long)whole(channel, "missed"));
    }
    putchar('\n');
    cJSON_ArrayForEach(item, json_array(channel, "samples")) print_sample(item, currency);
    cJSON_ArrayForEach(item, json_array(channel, "letters"))
    {
        printf("  letter: ");
        print_text(item, "means");
        putchar('\n');
    }
}

static void print_preview(const cJSON *preview)
{
    const cJSON *item;
    const struct slice currency = json_string(preview, "currency");
    printf("people %lld, recipients %lld (", (long long)whole(preview, "people"),
           (long long)whole(preview, "recipients"));
    print_text(preview, "basis");
    printf(", looked at %lld)", (long long)whole(preview, "looked_at"));
    print_cost(preview, currency.ptr ? currency.ptr : "");
    putchar('\n');
    if (json_string(preview, "auc").len) { /* only where people are chosen by their outlook */
        print_text(preview, "auc");
        putchar('\n');
    }
    cJSON_ArrayForEach(item, json_array(preview, "channels")) print_channel(item, currency.ptr ? currency.ptr : "");
    cJSON_ArrayForEach(item, json_array(preview, "excluded"))
    {
        printf("excluded: ");
        print_text(item, "reason");
        printf(" %lld\n", (long long)whole(item, "people"));
    }
    cJSON_ArrayForEach(item, json_array(preview, "advice"))
    {
        printf("%s: ", json_string(item, "field").ptr ? json_string(item, "field").ptr : "");
        print_text(item, "rule");
        putchar('\n');
    }
}

void cmd_broadcast_tell(const struct cli_asking *asking, const cJSON *preview)
{
    if (asking->json)
        cli_api_print(preview);
    else
        print_preview(preview);
}

static int ask(const struct command *self, const struct cli_asking *asking, const cJSON *draft)
{
    cJSON *preview = NULL;
    char *body = cJSON_PrintUnformatted(draft);
    int code = EXIT_TEMPORARY;
    if (body)
        code = cli_api_once(self, asking, "POST", "/broadcasts/preview", slice_of(body), &preview);
    if (!code)
        cmd_broadcast_tell(asking, preview);
    cJSON_free(body);
    cJSON_Delete(preview);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct given given = {0};
    const char *path = NULL, *segment = NULL;
    char room[CLI_QUERY_SIZE];
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"text", 0, "TEXT", "what is said, in Spanish", &given.text, NULL},
        {"channels", 0, "NAMES", "in the order of preference, separated by commas", &given.channels, NULL},
        {"audience", 0, "QUERY", "who gets it, as \"region = 08 and seen < 30d\"", &given.audience, NULL},
        {"segment", 0, "NAME", "who gets it: the query that is kept under this name", &segment, NULL},
        {"people", 0, "COUNT", "how many get it", &given.people, NULL},
        {"start", 0, "TIME", "when it is sent, as 2026-12-01T09:00 in Lima (now)", &given.start, NULL},
        {"until", 0, "TIME", "from when on nobody more gets it; in Lima", &given.until, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &path, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (!path && !given.text) {
        fprintf(stderr, "chaski %s: give a FILE, or --text and words\n", self->name);
        return EXIT_USAGE;
    }
    if ((code = cli_api_whom(self, &asking, given.audience, segment, room, &given.audience)))
        return code;
    cJSON *draft = read_draft(self, path, &code);
    if (!draft)
        return code;
    code = lay_over(self, &given, draft) ? ask(self, &asking, draft) : EXIT_USAGE;
    cJSON_Delete(draft);
    return code;
}

const struct command command_broadcast_preview = {
    "broadcast preview", "[FILE] [--text TEXT] [--json]",
    "tells what a notice would say, cost and take on each channel, before anybody gets it", run};
