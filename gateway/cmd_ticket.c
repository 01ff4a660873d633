/* chaski ticket: whom a person is to answer. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/cli_api.h"

#define BODY_MAX (64 * 1024)

/* Reads the options and `wanted` words. Returns false with *code set when that is all. */
static bool read_words(const struct command *self, const struct option_row *options, int argc, char **argv,
                       const char **words, int wanted, int *code)
{
    int count = cli_parse(self, options, argc, argv, words, wanted, code);
    if (count == wanted)
        return true;
    if (count >= 0) {
        fprintf(stderr, "chaski %s: give %s: `chaski ticket list` has the ids\n", self->name, self->arguments);
        *code = EXIT_USAGE;
    }
    return false;
}

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"id", "number", "channel", "opened_at", "waits_since", "taken_by", NULL};
    static const char *const ended[] = {"id", "number", "channel", "opened_at", "closed_at", "taken_by", NULL};
    struct cli_asking asking = {0};
    bool mine = false, free = false, closed = false;
    char path[CLI_API_PATH];
    const struct option_row options[] = {CLI_ASKING_ROWS(asking),
                                         {"mine", 0, NULL, "only those that you take care of", NULL, &mine},
                                         {"free", 0, NULL, "only those that nobody takes care of", NULL, &free},
                                         {"closed", 0, NULL, "those closed in the last 90 days", NULL, &closed},
                                         {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    if (count < 0)
        return code;
    snprintf(path, sizeof(path), "/tickets?state=%s%s", closed ? "closed" : "open",
             mine   ? "&taken_by=me"
             : free ? "&taken_by=nobody"
                    : "");
    return cli_api_list(self, &asking, path, closed ? ended : columns, SIZE_MAX);
}

/* A turn as lines: who, and what was said. */
static void print_turn(const cJSON *turn)
{
    static const char *const media_columns[] = {"id", "kind", "type", "name", NULL};
    const struct slice at = json_string(turn, "at"), channel = json_string(turn, "channel");
    const struct slice heard = json_string(turn, "heard"), staff = json_string(turn, "staff");
    const struct slice event = json_string(turn, "event");
    const cJSON *media = json_object(turn, "media"), *said;
    const struct slice what = heard.len ? heard : staff.len ? staff : event;
    printf("%.*s\t%.*s\t%s\t%.*s\n", (int)at.len, at.ptr, (int)channel.len, channel.ptr, staff.len ? "*" : ">",
           (int)what.len, what.ptr);
    if (media) {
        printf("\t\t+\t");
        cli_api_columns(media, media_columns);
    }
    cJSON_ArrayForEach(said, json_array(turn, "said"))
        printf("\t\t<\t%s\n", cJSON_IsString(said) ? said->valuestring : "");
}

/* How an answer goes, or why none can. */
static void print_way(const cJSON *ticket)
{
    const struct slice why = json_string(ticket, "cannot_answer"), until = json_string(ticket, "window_until");
    const struct slice as = json_string(ticket, "answer_as"), on = json_string(ticket, "answer_on");
    if (until.len)
        fprintf(stderr, "WhatsApp takes free words until %.*s.\n", (int)until.len, until.ptr);
    if (why.len)
        fprintf(stderr, "%.*s\n", (int)why.len, why.ptr);
    else
        fprintf(stderr, "An answer goes on %.*s%s.\n", (int)on.len, on.ptr,
                slice_is(as, "template") ? ", as its template" : "");
}

static int run_show(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *ticket;
    int code;
    if (!read_words(self, options, argc, argv, &id, 1, &code))
        return code;
    cli_api_path("/tickets/", id, "", path);
    code = cli_api_once(self, &asking, "GET", path, SLICE_NONE, &ticket);
    const cJSON *turns = json_array(ticket, "turns");
    if (!code && asking.json)
        cli_api_print(ticket);
    for (int i = !code && !asking.json ? cJSON_GetArraySize(turns) : 0; i-- > 0;)
        print_turn(cJSON_GetArrayItem(turns, i));
    if (!code && !asking.json)
        print_way(ticket);
    cJSON_Delete(ticket);
    return code;
}

/* Acts on a ticket; `name` and `value` are the body's one member, NULL: none. */
static int act(const struct command *self, const struct cli_asking *asking, const char *id, const char *behind,
               const char *name, const char *value)
{
    char path[CLI_API_PATH];
    struct buf body;
    cJSON *ticket;
    buf_init(&body, BODY_MAX);
    if (name) {
        buf_addc(&body, '{');
        json_put_name(&body, name);
        json_put_string(&body, slice_of(value));
        buf_addc(&body, '}');
    }
    cli_api_path("/tickets/", id, behind, path);
    int code = cli_api_once(self, asking, "POST", path, buf_slice(&body), &ticket);
    buf_release(&body);
    if (!code && asking->json && ticket)
        cli_api_print(ticket);
    cJSON_Delete(ticket);
    return code;
}

/* Gives the name that the API knows whoever asks by. */
static int ask_who(const struct command *self, const struct cli_asking *asking, char out[64])
{
    cJSON *me;
    int code = cli_api_once(self, asking, "GET", "/me", SLICE_NONE, &me);
    if (!code && !slice_copy(json_string(me, "name"), out, 64))
        code = EXIT_DATA;
    cJSON_Delete(me);
    return code;
}

static int run_take(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL, *to = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking), {"to", 0, "USER", "who is to take care of it (you)", &to, NULL}, {0}};
    char me[64] = "";
    int code;
    if (!read_words(self, options, argc, argv, &id, 1, &code))
        return code;
    if (!to && (code = ask_who(self, &asking, me)))
        return code;
    return act(self, &asking, id, "/assign", "to", to ? to : me);
}

static int run_answer(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code;
    if (!read_words(self, options, argc, argv, words, 2, &code))
        return code;
    return act(self, &asking, words[0], "/answer", "text", words[1]);
}

static int run_close(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code;
    if (!read_words(self, options, argc, argv, &id, 1, &code))
        return code;
    return act(self, &asking, id, "/close", NULL, NULL);
}

const struct command command_ticket_list = {
    "ticket list", "[--mine|--free] [--json]",
    "lists whom a person is to answer: id, number, channel, since when, since when she waits, who takes care",
    run_list};
const struct command command_ticket_show = {
    "ticket show", "ID",
    "shows a ticket's conversation: > she, + her recordings and pictures, < what was said, * staff; and how an answer "
    "goes",
    run_show};
const struct command command_ticket_take = {"ticket take", "ID", "says who takes care of a ticket: you, or --to USER",
                                            run_take};
const struct command command_ticket_answer = {
    "ticket answer", "ID TEXT", "sends words to a ticket's person, as a reply in her conversation", run_answer};
const struct command command_ticket_close = {"ticket close", "ID", "closes a ticket: the flow goes on where it stood",
                                             run_close};
