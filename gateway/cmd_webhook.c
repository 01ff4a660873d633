/* chaski webhook: partners' systems that are told what happens. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cli_api.h"

#define BODY_MAX (16 * 1024)

/* Reads the options and `wanted` words. Returns false with *code set when that is all. */
static bool read_words(const struct command *self, const struct option_row *options, int argc, char **argv,
                       const char **words, int wanted, int *code)
{
    int count = cli_parse(self, options, argc, argv, words, wanted, code);
    if (count == wanted)
        return true;
    if (count >= 0) {
        fprintf(stderr, "chaski %s: give %s: `chaski webhook list` has the ids\n", self->name, self->arguments);
        *code = EXIT_USAGE;
    }
    return false;
}

/* Asks once, and prints what comes: as JSON, or by `print`. */
static int ask(const struct command *self, const struct cli_asking *asking, const char *method, const char *path,
               struct slice body, void (*print)(const cJSON *answer))
{
    cJSON *answer;
    int code = cli_api_once(self, asking, method, path, body, &answer);
    if (!code && answer && asking->json)
        cli_api_print(answer);
    else if (!code && answer && print)
        print(answer);
    cJSON_Delete(answer);
    return code;
}

static const char *const columns[] = {"id", "url", "state", "off_why", "purpose", "created_by", NULL};

static int run_list(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/webhooks", columns, SIZE_MAX);
}

static void print_secret(const cJSON *answer)
{
    static const char *const shown[] = {"id", "secret", NULL};
    cli_api_columns(answer, shown);
}

static void print_row(const cJSON *answer)
{
    cli_api_columns(answer, columns);
}

/* What may be said of a webhook. */
struct wishes {
    const char *url, *description, *events, *purpose;
    bool numbers, no_numbers, on, off;
};

#define WISH_ROWS(w)                                                                                                   \
    {"events",    0,   "LIST", "of contact.updated, contact.withdrawn, diagnosis.done, training.signed_up, as a,b",    \
     &(w).events, NULL},                                                                                               \
        {"purpose", 0, "PURPOSE", "the consent that a person must have given", &(w).purpose, NULL},                    \
        {"description", 0, "TEXT", "whose it is", &(w).description, NULL},                                             \
    {                                                                                                                  \
        "numbers", 0, NULL, "it is told phone numbers too", NULL, &(w).numbers                                         \
    }

static void put_text(struct buf *body, const char *name, const char *text)
{
    if (!text)
        return;
    json_put_name(body, name);
    json_put_string(body, slice_of(text));
}

static void put_events(struct buf *body, const char *joined)
{
    struct slice rest = slice_of(joined), event, events[16];
    size_t count = 0;
    while (count < 16 && slice_cut(&rest, ',', &event))
        events[count++] = slice_trim(event);
    json_put_strings(body, "events", events, count);
}

static void put_wishes(struct buf *body, const struct wishes *w)
{
    buf_addc(body, '{');
    put_text(body, "url", w->url);
    put_text(body, "description", w->description);
    put_text(body, "purpose", w->purpose);
    if (w->events)
        put_events(body, w->events);
    if (w->numbers || w->no_numbers) {
        json_put_name(body, "numbers");
        buf_adds(body, w->numbers ? "true" : "false");
    }
    put_text(body, "state", w->on ? "on" : w->off ? "off" : NULL);
    buf_addc(body, '}');
}

static int run_create(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct wishes wishes = {.events = "contact.updated,contact.withdrawn,diagnosis.done,training.signed_up"};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), WISH_ROWS(wishes), {0}};
    struct buf body;
    int code, count = cli_parse(self, options, argc, argv, &wishes.url, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski webhook create: give an address, as: https://crm.example.pe/chaski\n");
        return EXIT_USAGE;
    }
    buf_init(&body, BODY_MAX);
    put_wishes(&body, &wishes);
    code = ask(self, &asking, "POST", "/webhooks", buf_slice(&body), print_secret);
    buf_release(&body);
    return code;
}

static int run_change(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct wishes wishes = {.url = NULL};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking),
                                         WISH_ROWS(wishes),
                                         {"no-numbers", 0, NULL, "it is told none any more", NULL, &wishes.no_numbers},
                                         {"url", 0, "URL", "another address", &wishes.url, NULL},
                                         {"on", 0, NULL, "it is told what happens from now on", NULL, &wishes.on},
                                         {"off", 0, NULL, "it is told nothing", NULL, &wishes.off},
                                         {0}};
    char path[CLI_API_PATH];
    struct buf body;
    int code;
    if (!read_words(self, options, argc, argv, &id, 1, &code))
        return code;
    cli_api_path("/webhooks/", id, "", path);
    buf_init(&body, BODY_MAX);
    put_wishes(&body, &wishes);
    code = ask(self, &asking, "PATCH", path, buf_slice(&body), print_row);
    buf_release(&body);
    return code;
}

/* An act that has no more to say than which webhook. */
static int act(const struct command *self, int argc, char **argv, const char *method, const char *behind,
               void (*print)(const cJSON *answer))
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    int code;
    if (!read_words(self, options, argc, argv, &id, 1, &code))
        return code;
    cli_api_path("/webhooks/", id, behind, path);
    return ask(self, &asking, method, path, SLICE_NONE, print);
}

static int run_show(const struct command *self, int argc, char **argv)
{
    return act(self, argc, argv, "GET", "", cli_api_print);
}

static int run_delete(const struct command *self, int argc, char **argv)
{
    return act(self, argc, argv, "DELETE", "", NULL);
}

static int run_rotate(const struct command *self, int argc, char **argv)
{
    return act(self, argc, argv, "POST", "/rotate", print_secret);
}

/* Has a webhook called at once, and tells how that ended: EXIT_SERVICE where it did not go well. */
static int call_now(const struct command *self, const struct cli_asking *asking, const char *path)
{
    static const char *const shown[] = {"status", "took_ms", "why", NULL};
    cJSON *answer;
    int code = cli_api_once(self, asking, "POST", path, SLICE_NONE, &answer);
    if (!code && asking->json)
        cli_api_print(answer);
    else if (!code)
        cli_api_columns(answer, shown);
    if (!code && !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")))
        code = EXIT_SERVICE;
    cJSON_Delete(answer);
    return code;
}

static int run_test(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    int code;
    if (!read_words(self, options, argc, argv, &id, 1, &code))
        return code;
    cli_api_path("/webhooks/", id, "/test", path);
    return call_now(self, &asking, path);
}

static int run_deliveries(const struct command *self, int argc, char **argv)
{
    static const char *const shown[] = {"id", "at", "event", "type", "outcome", "tries", "status", "why", NULL};
    struct cli_asking asking = {0};
    const char *id = NULL;
    bool dead = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking), {"dead", 0, NULL, "only those that were given up", NULL, &dead}, {0}};
    char path[CLI_API_PATH];
    int code;
    if (!read_words(self, options, argc, argv, &id, 1, &code))
        return code;
    cli_api_path("/webhooks/", id, dead ? "/deliveries?state=dead" : "/deliveries", path);
    return cli_api_list(self, &asking, path, shown, SIZE_MAX);
}

static int run_replay(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL}, *since = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking), {"since", 0, "TIME", "all that happened from then on", &since, NULL}, {0}};
    char path[CLI_API_PATH];
    struct buf body;
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count != (since ? 1 : 2)) {
        fprintf(stderr,
                "chaski webhook replay: give an id and --since TIME, or an id and a delivery of `chaski webhook "
                "deliveries --dead`\n");
        return EXIT_USAGE;
    }
    if (!since) {
        char deliveries[CLI_API_PATH];
        cli_api_path("/webhooks/", words[0], "/deliveries/", deliveries);
        cli_api_path(deliveries, words[1], "/replay", path);
        return call_now(self, &asking, path);
    }
    cli_api_path("/webhooks/", words[0], "/replay", path);
    buf_init(&body, BODY_MAX);
    buf_addc(&body, '{');
    put_text(&body, "since", since);
    buf_addc(&body, '}');
    code = ask(self, &asking, "POST", path, buf_slice(&body), print_row);
    buf_release(&body);
    return code;
}

const struct command command_webhook_list = {
    "webhook list", "[--json]", "lists partners' webhooks: id, address, on or off and why, purpose, who made it",
    run_list};
const struct command command_webhook_create = {"webhook create", "URL [--events LIST] [--purpose PURPOSE] [--numbers]",
                                               "makes a webhook and prints its id and secret, once", run_create};
const struct command command_webhook_show = {"webhook show", "ID", "shows a webhook", run_show};
const struct command command_webhook_change = {"webhook change", "ID [--url URL] [--on|--off] …", "changes a webhook",
                                               run_change};
const struct command command_webhook_delete = {"webhook delete", "ID", "takes a webhook away", run_delete};
const struct command command_webhook_rotate = {
    "webhook rotate", "ID", "gives a webhook another secret and prints it; the one before signs too, for a day",
    run_rotate};
const struct command command_webhook_test = {"webhook test", "ID", "calls a webhook and tells how that ended",
                                             run_test};
const struct command command_webhook_deliveries = {"webhook deliveries", "ID [--dead]",
                                                   "lists how deliveries ended, the newest first", run_deliveries};
const struct command command_webhook_replay = {"webhook replay", "ID (DELIVERY | --since TIME)",
                                               "tells a webhook again what was given up, or all that happened since",
                                               run_replay};
