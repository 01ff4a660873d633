#include "gateway/cli_api.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/form.h"
#include "base/mem.h"
#include "config/config.h"
#include "gateway/api.h"
#include "gateway/clock.h"
#include "gateway/secrets.h"
#include "gateway/staff.h"
#include "gateway/world.h"

#define ANSWER_MAX (4 * 1024 * 1024) /* bytes */
#define PATH_MAX_BYTES 8192

struct cli_api {
    const char *command;
    CURL *curl;
    char base[512];                   /* "http://127.0.0.1:8080" */
    char unix_path[ADDRESS_UNIX_MAX]; /* "" for TCP */
    char authorization[STAFF_OPERATOR_TOKEN + 32];
    struct buf answer;
};

/* Who runs this command, as the audit log will have it. */
static struct slice operator_name(char out[STAFF_NAME])
{
    const struct passwd *me = getpwuid(getuid());
    if (!me || !staff_is_name(slice_of(me->pw_name)) || !slice_copy(slice_of(me->pw_name), out, STAFF_NAME))
        slice_copy(SLICE("operator"), out, STAFF_NAME);
    return slice_of(out);
}

static bool make_operator(struct cli_api *api, const struct config *config, int *exit_code)
{
    char path[PATH_MAX], name[STAFF_NAME], token[STAFF_OPERATOR_TOKEN];
    struct secrets secrets;
    struct faults faults;
    snprintf(path, sizeof(path), "%s/secrets/person_key", config->state_dir);
    if (access(path, R_OK)) {
        fprintf(stderr,
                "chaski %s: %s cannot be read: run this as the daemon's user, once `chaski serve` has run, or set "
                "CHASKI_TOKEN\n",
                api->command, path);
        *exit_code = EXIT_CONFIG;
        return false;
    }
    faults_init(&faults);
    bool good = !secrets_read(config->state_dir, &secrets, &faults) &&
                !staff_operator_token(secrets_person_key(&secrets), operator_name(name), clock_ms(), token);
    faults_print(&faults, stderr);
    faults_release(&faults);
    if (good)
        snprintf(api->authorization, sizeof(api->authorization), "Authorization: Bearer %s", token);
    *exit_code = EXIT_CONFIG;
    sodium_memzero(&secrets, sizeof(secrets));
    sodium_memzero(token, sizeof(token));
    return good;
}

/* Where a daemon that listens on all addresses, or on a socket, is asked from here. */
static bool find_daemon(struct cli_api *api, const char *listen, int *exit_code)
{
    struct listen_address address;
    *exit_code = EXIT_CONFIG;
    if (!listen_address_parse(slice_of(listen), &address))
        return false;
    if (address.unix_path[0]) {
        slice_copy(slice_of(address.unix_path), api->unix_path, sizeof(api->unix_path));
        snprintf(api->base, sizeof(api->base), "http://localhost");
    } else if (slice_starts(slice_of(listen), "0.0.0.0:") || slice_starts(slice_of(listen), "[::]:")) {
        snprintf(api->base, sizeof(api->base), "http://127.0.0.1:%u", address.port);
    } else {
        snprintf(api->base, sizeof(api->base), "http://%s", listen);
    }
    return true;
}

static bool prepare(struct cli_api *api, const char *config_file, const char *server, int *exit_code)
{
    const char *token = getenv("CHASKI_TOKEN");
    struct world *world = NULL;
    bool good = true;
    if (!server || !*server)
        server = getenv("CHASKI_SERVER");
    if (!server || !token) {
        *exit_code = EXIT_CONFIG;
        if (!(world = world_open_or_tell(config_file, 0, NULL)))
            return false;
    }
    if (server)
        snprintf(api->base, sizeof(api->base), "%s", server);
    else
        good = find_daemon(api, world->config->listen, exit_code);
    if (good && token)
        snprintf(api->authorization, sizeof(api->authorization), "Authorization: Bearer %.*s", STAFF_OPERATOR_TOKEN - 1,
                 token);
    else if (good)
        good = make_operator(api, world->config, exit_code);
    world_close(world);
    return good;
}

struct cli_api *cli_api_open(const char *config, const char *server, const char *command, int *exit_code)
{
    struct cli_api *api = mem_alloc(sizeof(*api));
    *exit_code = EXIT_TEMPORARY;
    if (!api)
        return NULL;
    api->command = command;
    buf_init(&api->answer, ANSWER_MAX);
    if (prepare(api, config, server, exit_code) && (api->curl = curl_easy_init()))
        return api;
    cli_api_close(api);
    return NULL;
}

static size_t take(char *bytes, size_t size, size_t count, void *ctx)
{
    struct buf *answer = ctx;
    buf_add(answer, bytes, size * count);
    return answer->error ? 0 : size * count;
}

/* Tells what a problem says, field by field. */
static int tell_problem(const struct cli_api *api, long status, const cJSON *problem)
{
    const struct slice detail = json_string(problem, "detail"), title = json_string(problem, "title");
    const struct slice sentence = detail.ptr ? detail : title.ptr ? title : SLICE("the daemon did not say why");
    const cJSON *error;
    fprintf(stderr, "chaski %s: %.*s (%ld)\n", api->command, (int)sentence.len, sentence.ptr, status);
    cJSON_ArrayForEach(error, json_array(problem, "errors"))
    {
        const struct slice field = json_string(error, "field"), rule = json_string(error, "rule");
        fprintf(stderr, "  %.*s %.*s\n", (int)field.len, field.len ? field.ptr : "", (int)rule.len,
                rule.len ? rule.ptr : "");
    }
    return status == 401 || status == 403 ? EXIT_CONFIG
           : status == 429                ? EXIT_TEMPORARY
           : status >= 500                ? EXIT_SERVICE
                                          : EXIT_DATA;
}

/* A daemon that was asked and did not answer to the end is there: whoever reads that it is to be started looks in the
 * wrong place. */
static int tell_silence(const struct cli_api *api, CURLcode code)
{
    const char *remedy = code == CURLE_PARTIAL_FILE
                             ? "cut its answer off: it may be ending, or the answer was taken too slowly; try again"
                         : code == CURLE_OPERATION_TIMEDOUT
                             ? "did not answer in time: try again, or see its log"
                             : "cannot be asked: start it with `chaski serve`, or name another with --server";
    fprintf(stderr, "chaski %s: the daemon at %s %s (%s)\n", api->command,
            api->unix_path[0] ? api->unix_path : api->base, remedy, curl_easy_strerror(code));
    return EXIT_SERVICE;
}

/* Tells what a daemon answered that is no success. */
static int tell_answer(const struct cli_api *api, long status)
{
    cJSON *problem = NULL;
    if (api->answer.len && json_parse(buf_slice(&api->answer), ANSWER_MAX, &problem))
        problem = NULL;
    const int exit_code = tell_problem(api, status, problem);
    cJSON_Delete(problem);
    return exit_code;
}

struct asked {
    const char *method, *path, *if_match; /* NULL: none */
    struct slice body;
    size_t max; /* bytes of the answer */
    long deadline_s;
};

/* Asks, so that the answer lies in api->answer. Returns EXIT_GOOD with *status, or another after telling why. */
static int perform(struct cli_api *api, const struct asked *asked, long *status)
{
    char url[2048], match[80];
    struct curl_slist *headers = curl_slist_append(NULL, api->authorization);
    snprintf(url, sizeof(url), "%s/api/v1%s", api->base, asked->path);
    snprintf(match, sizeof(match), "If-Match: %s", asked->if_match ? asked->if_match : "");
    if (asked->body.len)
        headers = curl_slist_append(headers, "Content-Type: application/json");
    if (asked->if_match)
        headers = curl_slist_append(headers, match);
    buf_clear(&api->answer);
    api->answer.max = asked->max;
    curl_easy_reset(api->curl);
    curl_easy_setopt(api->curl, CURLOPT_URL, url);
    curl_easy_setopt(api->curl, CURLOPT_CUSTOMREQUEST, asked->method);
    curl_easy_setopt(api->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(api->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(api->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(api->curl, CURLOPT_TIMEOUT, asked->deadline_s);
    curl_easy_setopt(api->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(api->curl, CURLOPT_WRITEDATA, &api->answer);
    if (api->unix_path[0])
        curl_easy_setopt(api->curl, CURLOPT_UNIX_SOCKET_PATH, api->unix_path);
    if (asked->body.len || strcmp(asked->method, "POST") == 0) {
        curl_easy_setopt(api->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)asked->body.len);
        curl_easy_setopt(api->curl, CURLOPT_POSTFIELDS, asked->body.len ? asked->body.ptr : "");
    }
    CURLcode code = headers ? curl_easy_perform(api->curl) : CURLE_OUT_OF_MEMORY;
    curl_slist_free_all(headers);
    if (code)
        return tell_silence(api, code);
    curl_easy_getinfo(api->curl, CURLINFO_RESPONSE_CODE, status);
    return EXIT_GOOD;
}

static bool is_good(long status)
{
    return status >= 200 && status < 300;
}

int cli_api_ask(struct cli_api *api, const char *method, const char *path, struct slice body, const char *if_match,
                cJSON **out)
{
    const struct asked asked = {method, path, if_match, body, ANSWER_MAX, CLI_API_DEADLINE_S};
    long status = 0;
    *out = NULL;
    int exit_code = perform(api, &asked, &status);
    if (exit_code)
        return exit_code;
    if (is_good(status) && (!api->answer.len || !json_parse(buf_slice(&api->answer), ANSWER_MAX, out)))
        return EXIT_GOOD;
    return tell_answer(api, status);
}

/* Writes a file that is not there yet, or nothing. */
static int write_new(const struct cli_api *api, const char *file)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t at = 0;
    if (fd < 0) {
        fprintf(stderr, "chaski %s: %s cannot be written: %s\n", api->command, file, strerror(errno));
        return EXIT_DATA;
    }
    while (at < api->answer.len) {
        ssize_t written = write(fd, api->answer.ptr + at, api->answer.len - at);
        if (written < 0 && errno != EINTR)
            break;
        at += written > 0 ? (size_t)written : 0;
    }
    const bool whole = at == api->answer.len;
    const int why = errno;
    if (close(fd) == 0 && whole)
        return EXIT_GOOD;
    fprintf(stderr, "chaski %s: %s cannot be written: %s\n", api->command, file, strerror(whole ? errno : why));
    unlink(file);
    return EXIT_TEMPORARY;
}

int cli_api_save(struct cli_api *api, const char *path, const char *file)
{
    const struct asked asked = {"GET", path, NULL, SLICE_NONE, API_MEDIA_MAX, CLI_API_FILE_DEADLINE_S};
    long status = 0;
    int exit_code = perform(api, &asked, &status);
    if (exit_code)
        return exit_code;
    return is_good(status) ? write_new(api, file) : tell_answer(api, status);
}

void cli_api_close(struct cli_api *api)
{
    if (!api)
        return;
    if (api->curl)
        curl_easy_cleanup(api->curl);
    buf_release(&api->answer);
    sodium_memzero(api->authorization, sizeof(api->authorization));
    mem_free(api);
}

int cli_api_once(const struct command *self, const struct cli_asking *asking, const char *method, const char *path,
                 struct slice body, cJSON **out)
{
    int code;
    struct cli_api *api = cli_api_open(asking->config, asking->server, self->name, &code);
    *out = NULL;
    if (!api)
        return code;
    code = cli_api_ask(api, method, path, body,
                       strcmp(method, "PATCH") == 0 || strcmp(method, "DELETE") == 0 ? "*" : NULL, out);
    cli_api_close(api);
    return code;
}

int cli_api_whom(const struct command *self, const struct cli_asking *asking, const char *query, const char *segment,
                 char room[CLI_QUERY_SIZE], const char **whom)
{
    cJSON *kept;
    char path[CLI_API_PATH];
    *whom = query;
    if (!segment)
        return EXIT_GOOD;
    if (query) {
        fprintf(stderr, "chaski %s: whom it means is said twice: give a query or a segment\n", self->name);
        return EXIT_USAGE;
    }
    cli_api_path("/segments/", segment, "", path);
    int code = cli_api_once(self, asking, "GET", path, SLICE_NONE, &kept);
    if (!code && !slice_copy(json_string(kept, "query"), room, CLI_QUERY_SIZE))
        code = EXIT_DATA;
    *whom = room;
    cJSON_Delete(kept);
    return code;
}

void cli_api_print(const cJSON *item)
{
    char *text = cJSON_PrintUnformatted(item);
    if (text)
        puts(text);
    cJSON_free(text);
}

void cli_api_columns(const cJSON *item, const char *const *columns)
{
    for (size_t i = 0; columns[i]; i++) {
        const struct slice text = json_string(item, columns[i]);
        int64_t number;
        printf("%s%.*s", i ? "\t" : "", (int)text.len, text.len ? text.ptr : "");
        if (!text.ptr && json_int(item, columns[i], &number))
            printf("%lld", (long long)number);
    }
    putchar('\n');
}

int cli_api_list(const struct command *self, const struct cli_asking *asking, const char *path,
                 const char *const *columns, size_t most)
{
    int code;
    char next[PATH_MAX_BYTES];
    struct cli_api *api = cli_api_open(asking->config, asking->server, self->name, &code);
    size_t shown = 0;
    bool more = api != NULL;
    const char joint = strchr(path, '?') ? '&' : '?';
    snprintf(next, sizeof(next), "%s%climit=200", path, joint);
    while (more) {
        cJSON *page = NULL;
        const cJSON *item;
        code = cli_api_ask(api, "GET", next, SLICE_NONE, NULL, &page);
        cJSON_ArrayForEach(item, json_array(page, "items"))
        {
            if (shown++ >= most)
                break;
            if (asking->json)
                cli_api_print(item);
            else
                cli_api_columns(item, columns);
        }
        const struct slice cursor = json_string(page, "next");
        more = !code && cursor.ptr && shown < most;
        struct buf url;
        buf_init(&url, sizeof(next) - 1);
        buf_addf(&url, "%s%climit=200&cursor=", path, joint);
        form_encode(cursor, &url);
        snprintf(next, sizeof(next), "%s", buf_text(&url));
        buf_release(&url);
        cJSON_Delete(page);
    }
    cli_api_close(api);
    return code;
}

void cli_api_path(const char *list, const char *id, const char *behind, char out[CLI_API_PATH])
{
    struct buf path;
    buf_init(&path, CLI_API_PATH - 1);
    buf_adds(&path, list);
    form_encode(slice_of(id), &path);
    buf_adds(&path, behind);
    snprintf(out, CLI_API_PATH, "%s", buf_text(&path));
    buf_release(&path);
}
