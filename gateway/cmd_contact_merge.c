/* chaski contact merge: two numbers of one person made one. */
#include <stdio.h>

#include "gateway/cli_api.h"

#define BODY_MAX 256

static const char more_help[] =
    "\n"
    "NUMBER stays. Facts of the other are taken that are not known of NUMBER, or newer; so are its places in "
    "trainings.\n"
    "Consents are not: she agrees on each number by herself. Then the other is erased, as BORRAR does: who writes "
    "from\n"
    "there begins anew. It must have no open ticket or request.\n";

static void print_slots(const cJSON *merged, const char *name)
{
    const cJSON *slot;
    cJSON_ArrayForEach(slot, json_array(merged, name)) printf("%s\t%s\n", name, cJSON_GetStringValue(slot));
}

/* Prints what was done, or would be: what, slot, value, what was known before. */
static void print_merged(const cJSON *merged)
{
    const cJSON *fact;
    cJSON_ArrayForEach(fact, json_array(merged, "facts"))
    {
        const struct slice slot = json_string(fact, "slot"), value = json_string(fact, "value");
        const struct slice before = json_string(fact, "instead_of");
        printf("fact\t%.*s\t%.*s\t%.*s\n", (int)slot.len, slot.len ? slot.ptr : "", (int)value.len,
               value.len ? value.ptr : "", (int)before.len, before.len ? before.ptr : "");
    }
    print_slots(merged, "older");
    print_slots(merged, "left");
    printf("trainings\t%.0f\n", cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(merged, "trainings")));
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(merged, "opted_out")))
        printf("opted_out\tthe number that stays: she is not written to there\n");
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(merged, "from_opted_out")))
        printf("opted_out\tthe other\n");
}

static int ask(struct cli_api *api, const char *number, const char *from, bool dry_run, cJSON **merged)
{
    char path[CLI_API_PATH];
    struct buf body;
    buf_init(&body, BODY_MAX);
    cli_api_path("/contacts/", number, "/merge", path);
    buf_addc(&body, '{');
    json_put_name(&body, "from");
    json_put_string(&body, slice_of(from));
    buf_adds(&body, dry_run ? ",\"dry_run\":true}" : "}");
    int code = EXIT_USAGE;
    if (body.error)
        fprintf(stderr, "chaski contact merge: that is no number\n");
    else
        code = cli_api_ask(api, "POST", path, buf_slice(&body), NULL, merged);
    buf_release(&body);
    return code;
}

static int merge(const struct command *self, const struct cli_asking *asking, const char *const numbers[2],
                 bool dry_run, bool yes)
{
    cJSON *merged = NULL;
    int code;
    struct cli_api *api = cli_api_open(asking->config, asking->server, self->name, &code);
    if (!api)
        return code;
    const bool looks = dry_run || !yes;
    code = ask(api, numbers[0], numbers[1], looks, &merged);
    if (!code && looks && !dry_run) {
        print_merged(merged);
        cJSON_Delete(merged);
        merged = NULL;
        code = cli_confirm(self, "to merge and erase it", numbers[1]) ? ask(api, numbers[0], numbers[1], false, &merged)
                                                                      : EXIT_USAGE;
    }
    if (!code && asking->json)
        cli_api_print(merged);
    else if (!code && (dry_run || yes))
        print_merged(merged);
    cJSON_Delete(merged);
    cli_api_close(api);
    return code;
}

static int run_merge(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *numbers[2] = {NULL, NULL};
    bool dry_run = false, yes = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"from", 0, "NUMBER", "her other number, which is erased", &numbers[1], NULL},
        {"dry-run", 0, NULL, "only tell what would be done", NULL, &dry_run},
        {"yes", 0, NULL, "without asking back", NULL, &yes},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, numbers, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (count == 0 || !numbers[1]) {
        fprintf(stderr, "chaski contact merge: give the number that stays, and --from the other\n");
        return EXIT_USAGE;
    }
    return merge(self, &asking, numbers, dry_run, yes);
}

const struct command command_contact_merge = {
    "contact merge", "NUMBER --from NUMBER [--dry-run] [--yes] [--json]",
    "makes two numbers of one person one: takes the other's facts, then erases it", run_merge};
