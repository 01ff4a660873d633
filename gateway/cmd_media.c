/* chaski contact media: what a person sent besides words, listed, and fetched into a file. */
#include <stdio.h>

#include "gateway/cli_api.h"

static void print_media(const cJSON *turn)
{
    static const char *const columns[] = {"id", "kind", "type", "name", NULL};
    const struct slice at = json_string(turn, "at"), channel = json_string(turn, "channel");
    const cJSON *media = json_object(turn, "media");
    if (!media)
        return;
    printf("%.*s\t%.*s\t", (int)at.len, at.ptr, (int)channel.len, channel.ptr);
    cli_api_columns(media, columns);
}

/* Goes through all her turns, the newest first. */
static int list(struct cli_api *api, const char *number, bool json)
{
    char path[CLI_API_PATH], behind[CLI_API_PATH / 2], cursor[64] = "";
    int code = EXIT_GOOD;
    do {
        cJSON *page = NULL;
        const cJSON *turn;
        snprintf(behind, sizeof(behind), "/turns?limit=200%s%s", cursor[0] ? "&cursor=" : "", cursor);
        cli_api_path("/contacts/", number, behind, path);
        code = cli_api_ask(api, "GET", path, SLICE_NONE, NULL, &page);
        cJSON_ArrayForEach(turn, json_array(page, "items"))
        {
            if (!json)
                print_media(turn);
            else if (json_object(turn, "media"))
                cli_api_print(turn);
        }
        if (!slice_copy(json_string(page, "next"), cursor, sizeof(cursor)))
            cursor[0] = '\0';
        cJSON_Delete(page);
    } while (!code && cursor[0]);
    return code;
}

static int save(struct cli_api *api, const char *number, const char *id, const char *file)
{
    char media[CLI_API_PATH], path[CLI_API_PATH];
    cli_api_path("/contacts/", number, "/media/", media);
    cli_api_path(media, id, "", path);
    return cli_api_save(api, path, file);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL}, *file = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking), {"out", 'o', "FILE", "where it goes; must not be there yet", &file, NULL}, {0}};
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (!count || (count == 2) != (file != NULL)) {
        fprintf(stderr, "chaski contact media: give a number for the list, or a number, an ID of the list and --out "
                        "FILE, as +51987654321 0123456789abcdef --out nota.ogg\n");
        return EXIT_USAGE;
    }
    struct cli_api *api = cli_api_open(asking.config, asking.server, self->name, &code);
    if (api)
        code = file ? save(api, words[0], words[1], file) : list(api, words[0], asking.json);
    cli_api_close(api);
    return code;
}

const struct command command_contact_media = {
    "contact media", "NUMBER [ID --out FILE]",
    "lists recordings, pictures and files that a person sent (when, channel, id, kind, type, name), or fetches one",
    run};
