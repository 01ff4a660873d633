/* chaski training invite: a broadcast that people sign up by answering. */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "gateway/cmd_broadcast.h"
#include "gateway/training.h"

#define INVITATION "{{title}}: {{when}}, {{where}}. Responde 1 para apuntarte o 2 si no vas."
#define WORDS_ARENA 65536

/* Writes the words of an invitation: staff's, or the usual ones, with what is known of the training. */
static struct slice words_of(const cJSON *training, const char *text, struct arena *arena)
{
    static const struct training_values none = {0};
    struct training t = {.code = json_string(training, "code"),
                         .title = json_string(training, "title"),
                         .place = json_string(training, "place"),
                         .link = json_string(training, "link")};
    struct slice words;
    t.texts[TRAINING_SEAT] = slice_of(text ? text : INVITATION);
    if (civil_parse(json_string(training, "starts_at"), &t.starts_ms) ||
        training_say(&t, TRAINING_SEAT, "es", &none, arena, &words))
        return SLICE_NONE;
    return words;
}

/* Puts the channels that can send by themselves, or those that are named, into a draft. */
static int put_channels(const struct command *self, const struct cli_asking *asking, const char *names, cJSON *draft)
{
    cJSON *list = cJSON_AddArrayToObject(draft, "channels"), *page = NULL;
    const cJSON *item;
    struct slice rest = slice_of(names ? names : ""), name;
    char text[64];
    while (names && slice_cut(&rest, ',', &name))
        if (slice_copy(slice_trim(name), text, sizeof(text)))
            cJSON_AddItemToArray(list, cJSON_CreateString(text));
    if (names)
        return EXIT_GOOD;
    int code = cli_api_once(self, asking, "GET", "/channels", SLICE_NONE, &page);
    cJSON_ArrayForEach(item, json_array(page, "items"))
    {
        const bool sends = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "sends"));
        if (sends && !slice_is(json_string(item, "kind"), "ussd") &&
            slice_copy(json_string(item, "name"), text, sizeof(text)))
            cJSON_AddItemToArray(list, cJSON_CreateString(text));
    }
    cJSON_Delete(page);
    return code;
}

static cJSON *make_draft(const cJSON *training, const char *text, const char *start, struct arena *arena)
{
    const struct slice words = words_of(training, text, arena), audience = json_string(training, "audience");
    const struct slice code = json_string(training, "code"), id = json_string(training, "id");
    const struct slice deadline = json_string(training, "deadline_at");
    const struct slice until = deadline.len ? deadline : json_string(training, "starts_at"); /* nobody signs up later */
    char name[32];
    if (!words.ptr || !id.ptr)
        return NULL;
    cJSON *draft = cJSON_CreateObject();
    snprintf(name, sizeof(name), "%.*s", (int)code.len, code.ptr);
    cJSON_AddStringToObject(draft, "name", name);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(draft, "texts"), "es", words.ptr);
    cJSON_AddStringToObject(draft, "training", id.ptr);
    cJSON_AddStringToObject(draft, "audience", audience.len ? audience.ptr : "all");
    if (start)
        cJSON_AddStringToObject(draft, "start_at", start);
    cJSON_AddStringToObject(draft, "until_at", until.ptr);
    return draft;
}

struct given {
    const char *text, *channels, *start;
    bool dry_run, yes;
};

static int invite(const struct command *self, const struct cli_asking *asking, const char *id,
                  const struct given *given)
{
    char path[CLI_API_PATH];
    cJSON *training = NULL, *draft = NULL;
    struct arena *arena = arena_new(WORDS_ARENA);
    cli_api_path("/trainings/", id, "", path);
    int code = arena ? cli_api_once(self, asking, "GET", path, SLICE_NONE, &training) : EXIT_TEMPORARY;
    if (!code && !slice_is(json_string(training, "state"), "open")) {
        fprintf(stderr, "chaski %s: nobody can sign up for it any more\n", self->name);
        code = EXIT_DATA;
    }
    if (!code && !(draft = make_draft(training, given->text, given->start, arena)))
        code = EXIT_TEMPORARY;
    if (!code)
        code = put_channels(self, asking, given->channels, draft);
    if (!code)
        code = cmd_broadcast_send(self, asking, draft, given->dry_run, given->yes);
    cJSON_Delete(draft);
    cJSON_Delete(training);
    arena_free(arena);
    return code;
}

static int run_invite(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct given given = {0};
    const char *id = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"text", 0, "TEXT", "what it says, with {{title}}, {{when}}, {{where}}, {{code}}", &given.text, NULL},
        {"channels", 0, "NAMES", "by which, joined by commas (all that send by themselves)", &given.channels, NULL},
        {"start", 0, "TIME", "when, in Lima unless it has a zone (once it is confirmed)", &given.start, NULL},
        {"dry-run", 0, NULL, "tell what it would say and cost, and keep nothing", NULL, &given.dry_run},
        {"yes", 0, NULL, "confirm it without asking back", NULL, &given.yes},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count == 1)
        return invite(self, &asking, id, &given);
    fprintf(stderr, "chaski %s: give an id: `chaski training list` has them\n", self->name);
    return EXIT_USAGE;
}

const struct command command_training_invite = {"training invite", "ID [--text TEXT] [--dry-run] [--yes]",
                                                "has a broadcast invite its audience, who sign up by answering 1",
                                                run_invite};
