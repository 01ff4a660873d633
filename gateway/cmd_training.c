/* chaski training: dates that people sign up for. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/cli_api.h"

#define FILE_MAX (64 * 1024)

static int usage(const struct command *self, const char *what)
{
    fprintf(stderr, "chaski %s: give %s\n", self->name, what);
    return EXIT_USAGE;
}

static int run_list(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"id", "code", "state", "starts_at", "seats", "title", NULL};
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/trainings", columns, SIZE_MAX);
}

static void print_counts(const cJSON *training)
{
    static const char *const names[] = {"seats",  "invited", "sent",    "delivered", "read", "answered",
                                        "signed", "seat",    "waiting", "left",      "came"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int64_t number;
        if (json_int(training, names[i], &number))
            printf("%s\t%" PRId64 "\n", names[i], number);
    }
}

static void print_training(const cJSON *training)
{
    static const char *const names[] = {"id",          "code",  "title", "state",    "starts_at",
                                        "deadline_at", "place", "link",  "audience", "door"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct slice text = json_string(training, names[i]);
        if (text.len)
            printf("%s\t%.*s\n", names[i], (int)text.len, text.ptr);
    }
    print_counts(training);
}

/* Asks, and prints the training that is answered. */
static int ask(const struct command *self, const struct cli_asking *asking, const char *method, const char *path,
               struct slice body)
{
    cJSON *training = NULL;
    int code = cli_api_once(self, asking, method, path, body, &training);
    if (!code && asking->json)
        cli_api_print(training);
    else if (!code)
        print_training(training);
    cJSON_Delete(training);
    return code;
}

static int run_show(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count != 1)
        return usage(self, "an id: `chaski training list` has them");
    cli_api_path("/trainings/", id, "", path);
    return ask(self, &asking, "GET", path, SLICE_NONE);
}

static int run_cancel(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *id = NULL;
    bool yes = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking), {"yes", 0, NULL, "without asking back", NULL, &yes}, {0}};
    char path[CLI_API_PATH];
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count != 1)
        return usage(self, "an id: `chaski training list` has them");
    if (!yes && !cli_confirm(self, "to cancel the training and to tell everybody who signed up", id))
        return EXIT_USAGE;
    cli_api_path("/trainings/", id, "/cancel", path);
    return ask(self, &asking, "POST", path, SLICE_NONE);
}

/* ---- making and changing ---- */

/* The options that are a training's fields, in place of a file's or over them. */
struct given {
    const char *code, *title, *starts, *deadline, *place, *link, *seats, *audience;
};

/* clang-format off */
#define GIVEN_ROWS(g) \
    {"code", 0, "WORD", "the word that people sign up by, as CAJA", &(g).code, NULL}, \
        {"title", 0, "TEXT", "what it is about", &(g).title, NULL}, \
        {"starts", 0, "TIME", "when it begins, in Lima unless it has a zone", &(g).starts, NULL}, \
        {"deadline", 0, "TIME", "until when one can sign up (until it begins)", &(g).deadline, NULL}, \
        {"place", 0, "TEXT", "where it is", &(g).place, NULL}, {"link", 0, "URL", "where it is", &(g).link, NULL}, \
        {"seats", 0, "N", "how many there are", &(g).seats, NULL}, \
    { \
        "audience", 0, "QUERY", "to whom it is offered (to everybody)", &(g).audience, NULL \
    }
/* clang-format on */

/* Reads a file's object; none is an empty one. NULL after telling why. */
static cJSON *read_object(const struct command *self, const char *path)
{
    struct slice bytes;
    cJSON *object = NULL;
    if (!path)
        return cJSON_CreateObject();
    enum error error = cli_read_file(path, FILE_MAX, &bytes);
    if (!error) {
        error = json_parse(bytes, FILE_MAX, &object);
        mem_free((char *)bytes.ptr);
    }
    if (!error && cJSON_IsObject(object))
        return object;
    fprintf(stderr, "chaski %s: %s: %s: it must be one JSON object\n", self->name, path,
            error_text(error ? error : ERR_VALUE));
    cJSON_Delete(object);
    return NULL;
}

static bool lay_over(const struct command *self, const struct given *given, cJSON *object)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"code", given->code},        {"title", given->title},
                 {"starts_at", given->starts}, {"deadline_at", given->deadline},
                 {"place", given->place},      {"link", given->link},
                 {"audience", given->audience}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!texts[i].value)
            continue;
        cJSON_DeleteItemFromObjectCaseSensitive(object, texts[i].name);
        cJSON_AddStringToObject(object, texts[i].name, texts[i].value);
    }
    uint64_t seats;
    if (!given->seats)
        return true;
    if (!slice_u64(slice_of(given->seats), UINT32_MAX, &seats)) {
        fprintf(stderr, "chaski %s: --seats %s: it must be a number\n", self->name, given->seats);
        return false;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(object, "seats");
    cJSON_AddNumberToObject(object, "seats", (double)seats);
    return true;
}

static int send_object(const struct command *self, const struct cli_asking *asking, const char *method,
                       const char *path, cJSON *object)
{
    char *body = object ? cJSON_PrintUnformatted(object) : NULL;
    int code = body ? ask(self, asking, method, path, slice_of(body)) : EXIT_DATA;
    cJSON_free(body);
    cJSON_Delete(object);
    return code;
}

static int run_create(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct given given = {0};
    const char *file = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), GIVEN_ROWS(given), {0}};
    int code, count = cli_parse(self, options, argc, argv, &file, 1, &code);
    if (count < 0)
        return code;
    cJSON *object = read_object(self, file);
    if (!object || !lay_over(self, &given, object)) {
        cJSON_Delete(object);
        return EXIT_DATA;
    }
    return send_object(self, &asking, "POST", "/trainings", object);
}

static int run_change(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    struct given given = {0};
    const char *words[2] = {NULL, NULL};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), GIVEN_ROWS(given), {0}};
    char path[CLI_API_PATH];
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count == 0)
        return usage(self, "an id, and what is to be another: a file, or options as --seats 40");
    cJSON *object = read_object(self, words[1]);
    if (!object || !lay_over(self, &given, object)) {
        cJSON_Delete(object);
        return EXIT_DATA;
    }
    cli_api_path("/trainings/", words[0], "", path);
    return send_object(self, &asking, "PATCH", path, object);
}

const struct command command_training_list = {
    "training list", "[--json]", "lists trainings, the newest first: id, code, state, when, seats, title", run_list};
const struct command command_training_show = {"training show", "ID [--json]",
                                              "shows a training, and how many signed up and came", run_show};
const struct command command_training_create = {
    "training create", "[FILE] [--code WORD --title TEXT --starts TIME --place TEXT --seats N]",
    "makes a training that people can sign up for", run_create};
const struct command command_training_change = {"training change", "ID [FILE] [--seats N]", "changes a training",
                                                run_change};
const struct command command_training_cancel = {"training cancel", "ID [--yes]",
                                                "cancels a training; who signed up is told", run_cancel};
