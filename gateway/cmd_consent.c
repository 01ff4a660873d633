/* chaski consent: what a person agreed to and took back. */
#include <stdint.h>
#include <stdio.h>

#include "base/form.h"
#include "gateway/cli_api.h"

#define PATH_SIZE 512

static int run_log(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"at", "purpose", "value", "channel", "message_id", "flow", "question", NULL};
    struct cli_asking asking = {0};
    const char *number = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[PATH_SIZE];
    int code;
    int count = cli_parse(self, options, argc, argv, &number, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski consent log: give a number, as +51987654321\n");
        return EXIT_USAGE;
    }
    struct buf encoded;
    buf_init(&encoded, PATH_SIZE / 2);
    form_encode(slice_of(number), &encoded);
    snprintf(path, sizeof(path), "/contacts/%s/consents", buf_text(&encoded));
    buf_release(&encoded);
    return cli_api_list(self, &asking, path, columns, SIZE_MAX);
}

const struct command command_consent_log = {"consent log", "NUMBER [--json]",
                                            "proves what a person agreed to and took back, also after she was erased",
                                            run_log};
