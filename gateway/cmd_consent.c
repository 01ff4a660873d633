/* chaski consent: what a person agreed to and took back. */
#include <stdint.h>
#include <stdio.h>

#include "gateway/cli_api.h"

static int run_log(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"at", "purpose", "value", "channel", "message_id", "flow", "question", NULL};
    struct cli_asking asking = {0};
    const char *number = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    int code;
    int count = cli_parse(self, options, argc, argv, &number, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski consent log: give a number, as +51987654321\n");
        return EXIT_USAGE;
    }
    cli_api_path("/contacts/", number, "/consents", path);
    return cli_api_list(self, &asking, path, columns, SIZE_MAX);
}

const struct command command_consent_log = {"consent log", "NUMBER [--json]",
                                            "proves what a person agreed to and took back, also after she was erased",
                                            run_log};
