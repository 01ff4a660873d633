/* The command line: commands as rows, options as rows, help from both.
 *
 * Every command has a file cmd_NAME.c with one `const struct command`. Output goes to stdout, messages to stderr.
 * Exit codes are those of sysexits(3), as DESIGN 1.1 fixes them.
 * Proved by tests/blackbox/gateway-cli.test.mjs. */
#ifndef GATEWAY_CLI_H
#define GATEWAY_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/slice.h"
#include "gateway/cli_help.h"

enum exit_code {
    EXIT_GOOD = 0,
    EXIT_USAGE = 64,
    EXIT_DATA = 65,    /* bad input data */
    EXIT_SERVICE = 69, /* a service is unreachable */
    EXIT_INTERNAL = 70,
    EXIT_TEMPORARY = 75,
    EXIT_CONFIG = 78 /* bad configuration */
};

#define LINE_MAX_BYTES (64 * 1024) /* of one input line; longer ones are bad input */

/* One option. Exactly one of `text` and `flag` is not NULL. */
struct option_row {
    const char *name;     /* "lang" is --lang */
    char letter;          /* 'c' is -c; 0 none */
    const char *argument; /* "FILE", shown in help; NULL for a flag */
    const char *sentence;
    const char **text; /* receives the argument */
    bool *flag;        /* receives true */
};

struct command {
    const char *name;      /* "text segments" for a command of two words */
    const char *arguments; /* "TYPE [--lang es]", shown in help */
    const char *sentence;  /* one line of help */
    int (*run)(const struct command *self, int argc,
               char **argv); /* argv[0] is the first word after the command's name */
};

/* Reads options anywhere among the words; `options` ends with a row without a name, and --help and `--` are
 * understood. What is left over is put into `words` (at most `word_max`). Returns the number of words, or -1 after
 * --help was printed (*exit_code is EXIT_GOOD) or an error was explained with "did you mean" on stderr (*exit_code is
 * EXIT_USAGE). */
int cli_parse(const struct command *self, const struct option_row *options, int argc, char **argv, const char **words,
              int word_max, int *exit_code);

/* Takes every `OPTION ARGUMENT` and `OPTION=ARGUMENT` out of the words ("--data"), since a table of options knows each
 * option once; the first `max` arguments are put into `out`. One more, and one without an argument, stay, for
 * cli_parse() to explain. Returns how many words are left. */
int cli_take_each(int argc, char **argv, const char *option, const char **out, size_t max);

/* Calls `each` for every line of `in`, without its end (LF or CR LF); flushes stdout after each line unless `in` is a
 * regular file. Stops when `each` returns something other than EXIT_GOOD, and returns that; a line above
 * LINE_MAX_BYTES or with a NUL is EXIT_DATA. Stops also when stdout takes no more: EXIT_GOOD when its reader has
 * gone, else EXIT_TEMPORARY. The process must ignore SIGPIPE. */
int cli_each_line(FILE *in, int (*each)(void *ctx, struct slice line), void *ctx);

/* Reads a whole file of at most `max` bytes; "-" is standard input. On success *out is the caller's (mem_free on
 * out->ptr). Returns ERR_NOT_FOUND, ERR_IO, ERR_LIMIT or ERR_NOMEM. */
MUST_USE enum error cli_read_file(const char *path, size_t max, struct slice *out);

/* Tells whether to colour and draw bars on a stream: a terminal, TERM not "dumb", NO_COLOR not set. */
bool cli_is_fancy(FILE *stream);

/* Has a word typed again ("to erase") before what cannot be undone is done. Returns false after telling why it is not:
 * another word, or nobody who could be asked, where --yes is meant. Blocks. */
bool cli_confirm(const struct command *self, const char *what_for, const char *word);

extern const struct command command_audience_count, command_audience_rebuild;
extern const struct command command_audit, command_broadcast_cancel, command_broadcast_change,
    command_broadcast_confirm, command_broadcast_create, command_broadcast_list, command_broadcast_pause,
    command_broadcast_preview, command_broadcast_recipients, command_broadcast_resume, command_broadcast_show,
    command_broadcast_test, command_broadcast_undo, command_catalogue_check, command_catalogue_diff,
    command_catalogue_export, command_catalogue_import, command_catalogue_restore, command_catalogue_versions,
    command_catalogue_list, command_catalogue_show, command_catalogue_remove,
    command_channel_list, command_channel_test, command_chat, command_check, command_classify, command_completion,
    command_consent_log, command_contact_correct, command_contact_erase, command_contact_export, command_contact_import,
    command_contact_list, command_contact_media, command_contact_merge, command_contact_show, command_dataset_build,
    command_dataset_diff, command_dataset_dump, command_flow_check, command_flow_draw, command_flow_test,
    command_flow_texts, command_model_challenge, command_model_compare, command_model_drift, command_model_evaluate,
    command_model_import, command_model_list, command_model_promote, command_model_reference, command_model_rollback,
    command_model_show, command_model_unchallenge, command_outbox_list, command_outbox_resolve, command_parse,
    command_recommend, command_replay, command_request_add, command_request_done, command_request_list,
    command_segment_delete, command_segment_list, command_segment_save, command_serve, command_text_segments,
    command_ticket_answer, command_ticket_close, command_ticket_list, command_ticket_show, command_ticket_take,
    command_train, command_training_attend, command_training_cancel, command_training_change, command_training_create,
    command_training_invite, command_training_list, command_training_people, command_training_show, command_user_add,
    command_user_change, command_user_list, command_user_revoke, command_user_revoke_token, command_user_token,
    command_user_tokens, command_version, command_webhook_change, command_webhook_create, command_webhook_delete,
    command_webhook_deliveries, command_webhook_list, command_webhook_replay, command_webhook_rotate,
    command_webhook_show, command_webhook_test;

#endif
