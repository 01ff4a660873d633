/* The API for a command: asked as anybody asks it, over HTTP.
 *
 * It goes to --server, else to $CHASKI_SERVER, else to where the configuration's daemon listens; with $CHASKI_TOKEN,
 * or, on the daemon's own machine, with an operator's token made of the key in state_dir/secrets, which only the
 * daemon's user can read. Must not know: what is asked. Failure policy: what goes wrong is told on stderr, a problem
 * with its fields and rules, once, and without the token. Proved by tests/blackbox/api-command.test.mjs. */
#ifndef GATEWAY_CLI_API_H
#define GATEWAY_CLI_API_H

#include "base/json.h"
#include "gateway/cli.h"

#define CLI_API_DEADLINE_S 30       /* of one request */
#define CLI_API_FILE_DEADLINE_S 180 /* of one for a file, which the daemon has to fetch first */

struct cli_api;

/* What every command takes that asks the API. */
struct cli_asking {
    const char *config, *server;
    bool json;
};

#define CLI_ASKING_ROWS(a)                                                                                             \
    {"config", 'c', "FILE", "the configuration", &(a).config, NULL},                                                   \
        {"server", 0, "URL", "the daemon to ask, where it is another than the configuration's", &(a).server, NULL},    \
    {                                                                                                                  \
        "json", 0, NULL, "JSON as the API answers it", NULL, &(a).json                                                 \
    }

/* Gets ready to ask; reads the configuration (NULL: the usual places) where the environment does not tell where to ask
 * and as whom. `command` is the command's name, for messages. Returns NULL after telling why, with *exit_code set. */
struct cli_api *cli_api_open(const char *config, const char *server, const char *command, int *exit_code);

/* Asks and waits. `body` is JSON, empty for none; `if_match` is an ETag or "*", NULL for none. On success *out is the
 * answer's JSON, the caller's (cJSON_Delete), or NULL where there is none. Returns an exit code, after telling what
 * went wrong: EXIT_DATA for what the API refuses, EXIT_SERVICE where it is not there. Blocks. */
int cli_api_ask(struct cli_api *api, const char *method, const char *path, struct slice body, const char *if_match,
                cJSON **out);

/* Asks once, from opening to closing; a PATCH or DELETE is of whatever is there (If-Match: *). Returns as
 * cli_api_ask(). */
int cli_api_once(const struct command *self, const struct cli_asking *asking, const char *method, const char *path,
                 struct slice body, cJSON **out);

/* Asks for a file by a GET, and writes it to `file`, which must not be there yet and is for its owner only. Returns an
 * exit code, after telling what went wrong: as cli_api_ask(), or EXIT_DATA where there can be no such file. Blocks. */
int cli_api_save(struct cli_api *api, const char *path, const char *file);

/* Prints `most` items of a list, page by page (`path` may have a query), `columns` (ended by NULL) of each or all as
 * JSON. Returns an exit code. */
int cli_api_list(const struct command *self, const struct cli_asking *asking, const char *path,
                 const char *const *columns, size_t most);

/* Writes a list's path ("/tickets/"), an id as a path has it, and what comes behind. Cut to what fits, which no id that
 * there is needs. */
#define CLI_API_PATH 512
void cli_api_path(const char *list, const char *id, const char *behind, char out[CLI_API_PATH]);

/* Finds who is meant: by a query, or by the one that is kept as a segment, which is asked for and then lies in `room`;
 * *whom is NULL where neither is given. Returns an exit code, after telling what went wrong, as that both are given. */
#define CLI_QUERY_SIZE 2001 /* bytes of a query with its NUL */
int cli_api_whom(const struct command *self, const struct cli_asking *asking, const char *query, const char *segment,
                 char room[CLI_QUERY_SIZE], const char **whom);

/* Prints an item as a line of JSON. */
void cli_api_print(const cJSON *item);

/* Prints columns (ended by NULL) of an item, texts and whole numbers, as a line. */
void cli_api_columns(const cJSON *item, const char *const *columns);

/* Ends it; NULL is allowed. */
void cli_api_close(struct cli_api *api);

#endif
