/* chaski outbox: what waits, what nobody knows the fate of, what failed for good; and what a person decides about it.
 * As the API has them: deciding is an act of staff, and is written down with who did it. */
#include <stdio.h>
#include <string.h>

#include "gateway/cli_api.h"
#include "gateway/outbox_entry.h"

#define PATH_SIZE 128

/* People's words and numbers are in the object only, where they are asked for. */
static int list(const struct command *self, const struct cli_asking *asking, const char *path)
{
    static const char *const columns[] = {"id", "state", "class", "channel", "code", NULL};
    return cli_api_list(self, asking, path, columns, SIZE_MAX);
}

static int run_list(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    bool doubt = false, dead = false;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"in-doubt", 0, NULL, "only those whose fate the provider never told", NULL, &doubt},
        {"dead", 0, NULL, "only those that failed for good", NULL, &dead},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    if (count < 0)
        return code;
    if (!doubt && !dead)
        return list(self, &asking, "/outbox");
    code = doubt ? list(self, &asking, "/outbox?state=in-doubt") : EXIT_GOOD;
    return !code && dead ? list(self, &asking, "/outbox?state=dead") : code;
}

static void print_resolved(const cJSON *resolved, const char *reference, const char *verdict)
{
    const struct slice as = json_string(resolved, "sent_as");
    if (as.len)
        printf("%s: sent again as %.*s\n", reference, (int)as.len, as.ptr);
    else
        printf("%s: %s\n", reference, strcmp(verdict, "sent") == 0 ? "counts as sent" : "dropped");
}

static int run_resolve(const struct command *self, int argc, char **argv)
{
    static const char *const verdicts[] = {"sent", "resend", "drop"};
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[PATH_SIZE], body[PATH_SIZE], id[STORE_ID_MAX];
    unsigned shard;
    cJSON *resolved;
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    bool known = false;
    if (count < 0)
        return code;
    for (size_t i = 0; count == 2 && i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
        known = known || strcmp(words[1], verdicts[i]) == 0;
    if (count != 2 || !known || !outbox_reference_read(slice_of(words[0]), &shard, id)) {
        fprintf(stderr, "chaski outbox resolve: give an id such as 17-1795402800000-0, and sent, resend or drop\n");
        return EXIT_USAGE;
    }
    snprintf(path, sizeof(path), "/outbox/%s/resolve", words[0]);
    snprintf(body, sizeof(body), "{\"verdict\":\"%s\"}", words[1]);
    code = cli_api_once(self, &asking, "POST", path, slice_of(body), &resolved);
    if (!code && asking.json)
        cli_api_print(resolved);
    else if (!code)
        print_resolved(resolved, words[0], words[1]);
    cJSON_Delete(resolved);
    return code;
}

const struct command command_outbox_list = {"outbox list", "[--in-doubt] [--dead] [--json]",
                                            "lists what waits to be sent, what is in doubt, and what failed for good",
                                            run_list};
const struct command command_outbox_resolve = {"outbox resolve", "ID sent|resend|drop",
                                               "decides about a message that is in doubt or dead", run_resolve};
