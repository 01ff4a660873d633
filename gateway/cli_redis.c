#include "gateway/cli_redis.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/embedded_redis.h"
#include "gateway/redis_url.h"

struct cli_redis {
    const char *command;
    redisContext *context; /* owned */
};

static redisContext *connect_to(const struct redis_url *url, const char *socket)
{
    const struct timeval patience = {CLI_REDIS_DEADLINE_MS / 1000, CLI_REDIS_DEADLINE_MS % 1000 * 1000};
    redisContext *context = url->place == REDIS_TCP ? redisConnectWithTimeout(url->host, url->port, patience)
                                                    : redisConnectUnixWithTimeout(socket, patience);
    if (context && !context->err && redisSetTimeout(context, patience) == REDIS_OK)
        return context;
    if (context)
        redisFree(context);
    return NULL;
}

/* Tells only the first word of the server's error: the rest may repeat an argument. */
static redisReply *judge(const struct cli_redis *redis, redisReply *reply)
{
    if (!reply) {
        fprintf(stderr, "chaski %s: Redis did not answer within %d s: look whether it hangs, and try again\n",
                redis->command, CLI_REDIS_DEADLINE_MS / 1000);
    } else if (reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr,
                "chaski %s: Redis refused a command (%.*s): NOAUTH, WRONGPASS and NOPERM are redis.url's, "
                "LOADING passes by itself\n",
                redis->command, (int)strcspn(reply->str, " "), reply->str);
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
}

static bool greet(struct cli_redis *redis, const struct redis_url *url)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", url->database);
    const struct slice auth[] = {SLICE("AUTH"), slice_of(url->user[0] ? url->user : "default"),
                                 slice_of(url->password)};
    const struct slice select[] = {SLICE("SELECT"), slice_of(number)};
    redisReply *reply = NULL;
    if (url->password[0]) {
        if (!(reply = cli_redis_command(redis, auth, 3)))
            return false;
        freeReplyObject(reply);
    }
    if (url->database) {
        if (!(reply = cli_redis_command(redis, select, 2)))
            return false;
        freeReplyObject(reply);
    }
    return true;
}

static int tell_unreachable(const struct config *config, const struct redis_url *url, const char *command)
{
    if (url->place == REDIS_EMBEDDED)
        fprintf(stderr,
                "chaski %s: no daemon runs on state_dir %s, and its embedded Redis runs only with it: start `chaski "
                "serve` first, or give redis.url\n",
                command, config->state_dir);
    else
        fprintf(stderr, "chaski %s: Redis cannot be reached: is redis-server running, and redis.url right?\n", command);
    return EXIT_SERVICE;
}

struct cli_redis *cli_redis_open(const struct config *config, const char *command, int *exit_code)
{
    struct redis_url url;
    char socket[PATH_MAX] = "";
    const char *why;
    *exit_code = EXIT_SERVICE;
    if (redis_url_parse(slice_of(config->redis_url), &url, &why)) {
        fprintf(stderr, "%s: redis.url: %s\n", config->file, why);
        *exit_code = EXIT_CONFIG;
        return NULL;
    }
    if (url.place == REDIS_UNIX)
        snprintf(socket, sizeof(socket), "%s", url.host);
    if (url.place == REDIS_EMBEDDED && embedded_redis_find(config->state_dir, socket, sizeof(socket))) {
        tell_unreachable(config, &url, command);
        return NULL;
    }
    struct cli_redis *redis = mem_alloc(sizeof(*redis));
    if (!redis) {
        fprintf(stderr, "chaski %s: %s\n", command, error_text(ERR_NOMEM));
        return NULL;
    }
    *redis = (struct cli_redis){command, connect_to(&url, socket)};
    if (!redis->context)
        tell_unreachable(config, &url, command);
    if (redis->context && greet(redis, &url))
        return redis;
    cli_redis_close(redis);
    return NULL;
}

redisReply *cli_redis_command(struct cli_redis *redis, const struct slice *args, size_t count)
{
    const char *texts[CLI_REDIS_ARGS_MAX];
    size_t lens[CLI_REDIS_ARGS_MAX];
    assert(count <= CLI_REDIS_ARGS_MAX);
    for (size_t i = 0; i < count; i++) {
        texts[i] = args[i].ptr ? args[i].ptr : "";
        lens[i] = args[i].len;
    }
    return judge(redis, redisCommandArgv(redis->context, (int)count, texts, lens));
}

void cli_redis_close(struct cli_redis *redis)
{
    if (!redis)
        return;
    if (redis->context)
        redisFree(redis->context);
    mem_free(redis);
}
