/* chaski user: who may use the API and console. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/cli_api.h"

#define BODY_MAX 4096

static void put_member(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    json_put_name(out, name);
    json_put_string(out, slice_of(value));
}

/* Reads a password from the first line of stdin, unseen where that is a terminal. Returns false after telling why. */
static bool read_password(const struct command *self, char *out, size_t size)
{
    if (isatty(STDIN_FILENO)) {
        const char *typed = getpass("password: ");
        if (!typed || !slice_copy(slice_of(typed), out, size))
            out[0] = '\0';
    } else if (!fgets(out, (int)size, stdin)) {
        out[0] = '\0';
    }
    out[strcspn(out, "\r\n")] = '\0';
    if (!out[0])
        fprintf(stderr, "chaski %s: there is no password on the first line of stdin\n", self->name);
    return out[0] != '\0';
}

/* Prints a token that was made: the text alone on stdout, so that it can be put where it belongs. */
static void print_token(const struct cli_asking *asking, const cJSON *token)
{
    const struct slice text = json_string(token, "token"), id = json_string(token, "id");
    const struct slice until = json_string(token, "expires_at");
    if (asking->json) {
        cli_api_print(token);
        return;
    }
    printf("%.*s\n", (int)text.len, text.len ? text.ptr : "");
    fprintf(stderr, "token %.*s, good until %.*s: it is shown this once\n", (int)id.len, id.len ? id.ptr : "",
            (int)until.len, until.len ? until.ptr : "");
}

static int make_token(const struct command *self, const struct cli_asking *asking, const char *name, const char *label,
                      const char *days)
{
    char path[CLI_API_PATH];
    struct buf body;
    cJSON *token;
    uint64_t number = 90;
    if (days && !slice_u64(slice_of(days), 366, &number)) {
        fprintf(stderr, "chaski %s: --days must be a whole number from 1 to 366\n", self->name);
        return EXIT_USAGE;
    }
    buf_init(&body, BODY_MAX);
    buf_addc(&body, '{');
    put_member(&body, "label", label ? label : "command line");
    buf_addf(&body, ",\"days\":%" PRIu64 "}", number);
    cli_api_path("/users/", name, "/tokens", path);
    int code = cli_api_once(self, asking, "POST", path, buf_slice(&body), &token);
    buf_release(&body);
    if (!code)
        print_token(asking, token);
    cJSON_Delete(token);
    return code;
}

static int run_add(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *role = NULL, *name = NULL, *label = NULL, *days = NULL;
    bool with_password = false;
    char password[512] = "";
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"role", 'r', "ROLE", "viewer, sender, editor, engineer or admin", &role, NULL},
        {"password", 0, NULL, "read a password from stdin, for logging in, and make no token", NULL, &with_password},
        {"label", 0, "TEXT", "what the token is for", &label, NULL},
        {"days", 0, "N", "how long the token is good, 1 to 366 (90)", &days, NULL},
        {0},
    };
    struct buf body;
    cJSON *user;
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0)
        return code;
    if (count != 1 || !role) {
        fprintf(stderr, "chaski user add: give a name and --role viewer, sender, editor, engineer or admin\n");
        return EXIT_USAGE;
    }
    if (with_password && !read_password(self, password, sizeof(password)))
        return EXIT_DATA;
    buf_init(&body, BODY_MAX);
    buf_addc(&body, '{');
    put_member(&body, "name", name);
    put_member(&body, "role", role);
    put_member(&body, "password", with_password ? password : NULL);
    buf_addc(&body, '}');
    code = cli_api_once(self, &asking, "POST", "/users", buf_slice(&body), &user);
    buf_release(&body);
    if (!code && with_password && asking.json)
        cli_api_print(user);
    cJSON_Delete(user);
    return code || with_password ? code : make_token(self, &asking, name, label, days);
}

static const char *const user_columns[] = {"name", "role", "state", "created_at", NULL};

static int run_list(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    int code, count = cli_parse(self, options, argc, argv, NULL, 0, &code);
    return count < 0 ? code : cli_api_list(self, &asking, "/users", user_columns, SIZE_MAX);
}

static int run_revoke(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *name = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    cJSON *user;
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski user revoke: give a user's name\n");
        return EXIT_USAGE;
    }
    cli_api_path("/users/", name, "", path);
    code = cli_api_once(self, &asking, "PATCH", path, SLICE("{\"state\":\"revoked\"}"), &user);
    if (!code && asking.json)
        cli_api_print(user);
    cJSON_Delete(user);
    return code;
}

/* Changes what is given of a user, and leaves the rest. */
static int run_change(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *name = NULL, *role = NULL;
    bool with_password = false, active = false;
    char path[CLI_API_PATH], password[512] = "";
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"role", 'r', "ROLE", "viewer, sender, editor, engineer or admin", &role, NULL},
        {"password", 0, NULL, "read a new password from stdin", NULL, &with_password},
        {"active", 0, NULL, "take back that the user was revoked; tokens do not come back", NULL, &active},
        {0},
    };
    struct buf body;
    cJSON *user;
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0)
        return code;
    if (count != 1 || (!role && !with_password && !active)) {
        fprintf(stderr, "chaski user change: give a user's name and --role ROLE, --password or --active\n");
        return EXIT_USAGE;
    }
    if (with_password && !read_password(self, password, sizeof(password)))
        return EXIT_DATA;
    buf_init(&body, BODY_MAX);
    buf_addc(&body, '{');
    put_member(&body, "role", role);
    put_member(&body, "state", active ? "active" : NULL);
    put_member(&body, "password", with_password ? password : NULL);
    buf_addc(&body, '}');
    cli_api_path("/users/", name, "", path);
    code = cli_api_once(self, &asking, "PATCH", path, buf_slice(&body), &user);
    buf_release(&body);
    if (!code && asking.json)
        cli_api_print(user);
    else if (!code)
        cli_api_columns(user, user_columns);
    cJSON_Delete(user);
    return code;
}

static int run_tokens(const struct command *self, int argc, char **argv)
{
    static const char *const columns[] = {"id", "label", "created_at", "expires_at", NULL};
    struct cli_asking asking = {0};
    const char *name = NULL;
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char path[CLI_API_PATH];
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski user tokens: give a user's name\n");
        return EXIT_USAGE;
    }
    cli_api_path("/users/", name, "/tokens", path);
    return cli_api_list(self, &asking, path, columns, SIZE_MAX);
}

static int run_revoke_token(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *words[2] = {NULL, NULL};
    const struct option_row options[] = {CLI_ASKING_ROWS(asking), {0}};
    char tokens[CLI_API_PATH], path[CLI_API_PATH];
    cJSON *nothing;
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count != 2) {
        fprintf(stderr, "chaski user revoke-token: give a user's name and an id of `chaski user tokens NAME`\n");
        return EXIT_USAGE;
    }
    cli_api_path("/users/", words[0], "/tokens/", tokens);
    cli_api_path(tokens, words[1], "", path);
    code = cli_api_once(self, &asking, "DELETE", path, SLICE_NONE, &nothing);
    cJSON_Delete(nothing);
    return code;
}

static int run_token(const struct command *self, int argc, char **argv)
{
    struct cli_asking asking = {0};
    const char *name = NULL, *label = NULL, *days = NULL;
    const struct option_row options[] = {
        CLI_ASKING_ROWS(asking),
        {"label", 0, "TEXT", "what it is for", &label, NULL},
        {"days", 0, "N", "how long it is good, 1 to 366 (90)", &days, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski user token: give a user's name\n");
        return EXIT_USAGE;
    }
    return make_token(self, &asking, name, label, days);
}

const struct command command_user_add = {"user add", "NAME --role ROLE [--password] [--label TEXT] [--days N]",
                                         "makes a user of the API and console, and a token, shown once", run_add};
const struct command command_user_list = {"user list", "[--json]", "lists users: name, role, state, since when",
                                          run_list};
const struct command command_user_change = {"user change", "NAME [--role ROLE] [--password] [--active]",
                                            "gives a user another role or password, or takes a revoking back",
                                            run_change};
const struct command command_user_tokens = {"user tokens", "NAME [--json]",
                                            "lists a user's tokens: id, what for, since when, until when", run_tokens};
const struct command command_user_revoke_token = {"user revoke-token", "NAME ID",
                                                  "ends one token of a user, at once", run_revoke_token};
const struct command command_user_revoke = {"user revoke", "NAME", "ends a user's tokens and password, at once",
                                            run_revoke};
const struct command command_user_token = {"user token", "NAME [--label TEXT] [--days N]",
                                           "makes another token of a user, shown once", run_token};
