/* chaski training people, attend: who signed up, and who came. */
#include <stdint.h>
#include <stdio.h>

#include "base/form.h"
#include "gateway/cli_api.h"

#define NUMBERS_MAX 500

static int usage(const struct command *self, const char *what)
{
    fprintf(stderr, "chaski %s: give %s\n", self->name, what);
    return EXIT_USAGE;
}

static int run_people(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"place", "number", "person", "state", "channel", NULL};
    struct cli_asking asking = {0};
    const char *id = NULL, *state = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking), {"state", 0, "STATE", "only those: seat, waiting, left, came", &state, NULL}, {0}};
    char path[CLI_API_PATH], behind[CLI_API_PATH / 2] = "/people";
    int code, count = cli_parse(self, options, argc, argv, &id, 1, &code);
    if (count < 0)
        return code;
    if (count != 1)
        return usage(self, "an id: `chaski training list` has them");
    if (state) {
        struct buf query;
        buf_init(&query, sizeof(behind) - 1);
        buf_adds(&query, "/people?state=");
        form_encode(slice_of(state), &query);
        snprintf(behind, sizeof(behind), "%s", buf_text(&query));
        buf_release(&query);
    }
    cli_api_path("/trainings/", id, behind, path);
    return cli_api_list(self, &asking, path, columns, SIZE_MAX);
}

/* Prints how many were marked; those who are not among its people go to stderr. */
static int print_marked(const struct command *self, const struct cli_asking *asking, const cJSON *answer)
{
    const cJSON *unknown = json_array(answer, "unknown"), *item;
    static const char *const columns[] = {"marked", NULL};
    if (asking->json)
        cli_api_print(answer);
    else
        cli_api_columns(answer, columns);
    cJSON_ArrayForEach(item, unknown)
        fprintf(stderr, "chaski %s: %s is not among its people\n", self->name, item->valuestring);
    return cJSON_GetArraySize(unknown) ? EXIT_DATA : EXIT_GOOD;
}

static int run_attend(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[1 + NUMBERS_MAX] = {NULL};
    bool absent = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking), {"absent", 0, NULL, "they did not come: takes a mark back", NULL, &absent}, {0}};
    char path[CLI_API_PATH];
    cJSON *answer = NULL, *body = cJSON_CreateObject(), *numbers = cJSON_AddArrayToObject(body, "numbers");
    int code, count = cli_parse(self, options, argc, argv, words, 1 + NUMBERS_MAX, &code);
    for (int i = 1; i < count; i++)
        cJSON_AddItemToArray(numbers, cJSON_CreateString(words[i]));
    if (absent)
        cJSON_AddFalseToObject(body, "came");
    if (count >= 0 && count < 2) {
        code = usage(self, "an id, and the numbers of those who came, as +51987654321");
    } else if (count >= 2) {
        char *text = cJSON_PrintUnformatted(body);
        cli_api_path("/trainings/", words[0], "/attendance", path);
        code = cli_api_once(self, &asking, "POST", path, slice_of(text ? text : ""), &answer);
        cJSON_free(text);
        code = code ? code : print_marked(self, &asking, answer);
    }
    cJSON_Delete(body);
    cJSON_Delete(answer);
    return code;
}

const struct command command_training_people = {
    "training people", "ID [--state STATE] [--json]",
    "lists who signed up for a training, in their order: place, number, state, channel", run_people};
const struct command command_training_attend = {"training attend", "ID NUMBER… [--absent]",
                                                "notes who came to a training", run_attend};
