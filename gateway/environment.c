#include "gateway/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/catalogue_kept.h"
#include "gateway/redis_url.h"

#define REDIS_MAJOR_MIN 7

extern char **environ;

/* Finds the deepest part of a path that exists: what would have to be written to make the rest. */
static void existing_part(const char *path, char out[PATH_MAX])
{
    struct stat status;
    snprintf(out, PATH_MAX, "%s", path);
    while (stat(out, &status) && errno == ENOENT) {
        char *slash = strrchr(out, '/');
        if (!slash) {
            snprintf(out, PATH_MAX, ".");
            return;
        }
        slash[slash == out] = '\0';
    }
}

static void check_state_dir(const struct config *config, struct faults *faults)
{
    char existing[PATH_MAX];
    struct stat status;
    existing_part(config->state_dir, existing);
    if (stat(existing, &status) || !S_ISDIR(status.st_mode))
        config_fault(config, faults, "state_dir",
                     "state_dir is %s, and %s is not a directory: name a directory that this user can write",
                     config->state_dir, existing);
    else if (access(existing, W_OK | X_OK))
        config_fault(
            config, faults, "state_dir",
            "state_dir is %s, and this user cannot write to %s (%s): chown it to the user that runs chaski, or "
            "name another",
            config->state_dir, existing, strerror(errno));
}

/* Reads the major version off the text behind `mark`, as in "v=7.0.15" or "redis_version:7.0.15". Returns -1 where
 * there is none. */
static int major_version(const char *text, const char *mark)
{
    const char *at = text ? strstr(text, mark) : NULL;
    uint64_t major;
    if (!at)
        return -1;
    struct slice digits = slice_of(at + strlen(mark));
    return slice_u64(slice_part(digits, 0, slice_find(digits, '.')), 1000, &major) ? (int)major : -1;
}

/* Runs `redis-server --version` and keeps the head of its answer. Returns false when it cannot be run. */
static bool ask_server_version(char *out, size_t size)
{
    char *argv[] = {(char[]){"redis-server"}, (char[]){"--version"}, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2], status = -1;
    size_t len = 0;
    pid_t child = 0;
    if (pipe2(ends, O_CLOEXEC))
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int failed = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (ssize_t got = 1; !failed && got > 0 && len + 1 < size; len += got > 0 ? (size_t)got : 0)
        got = read(ends[0], out + len, size - 1 - len);
    out[len] = '\0';
    close(ends[0]);
    return !failed && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void check_embedded(const struct config *config, struct faults *faults)
{
    char answer[512];
    if (!ask_server_version(answer, sizeof(answer)))
        config_fault(
            config, faults, "redis.url",
            "redis.url is embedded, and redis-server is not installed: `apt-get install redis-server`, or name "
            "a server of your own");
    else if (major_version(answer, "v=") < REDIS_MAJOR_MIN)
        config_fault(config, faults, "redis.url",
                     "redis.url is embedded, and the redis-server here is older than %d.0: install %d.0 or later, or "
                     "name a server of your own",
                     REDIS_MAJOR_MIN, REDIS_MAJOR_MIN);
}

/* Asks one thing and takes only an answer that is not an error. Returns NULL otherwise. */
static redisReply *ask(redisContext *redis, int argc, const char **argv)
{
    redisReply *reply = redisCommandArgv(redis, argc, argv, NULL);
    if (!reply || reply->type != REDIS_REPLY_ERROR)
        return reply;
    freeReplyObject(reply);
    return NULL;
}

/* The value in CONFIG GET's reply about one name, good as long as the reply; NULL when the server does not tell. */
static const char *setting_of(const redisReply *reply)
{
    bool told = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
    return told ? reply->element[1]->str : NULL;
}

/* What a server must be set to, and what it may be with `durability: relaxed`. */
static const struct {
    const char *name, *wanted;
    const char *relaxed; /* NULL: the same */
    const char *remedy;
} server_settings[] = {
    {"appendonly", "yes", NULL, "a restart would lose every conversation: set `appendonly yes` in its redis.conf"},
    {"appendfsync", "always", "everysec",
     "an answered message might not be on disk: set `appendfsync always` in its redis.conf, or durability: relaxed "
     "here"},
    {"maxmemory-policy", "noeviction", NULL,
     "it may throw conversations away: set `maxmemory-policy noeviction` in its redis.conf"},
};

/* What it should be set to, and what comes of it otherwise, when it is used all the same: gateway/redis.c too
 * warns of it. */
static void look_at_truncation(const struct config *config, redisContext *redis, struct faults *warnings)
{
    const char *argv[] = {"CONFIG", "GET", "aof-load-truncated"};
    redisReply *reply = ask(redis, 3, argv);
    const char *value = setting_of(reply);
    if (!value)
        config_fault(config, warnings, "redis.url",
                     "warning: Redis does not tell its aof-load-truncated: see that it is `no` in its redis.conf");
    else if (strcmp(value, "no") != 0)
        config_fault(config, warnings, "redis.url",
                     "warning: Redis has aof-load-truncated %.32s, and half of a torn transaction may be read back: "
                     "set `aof-load-truncated no` in its redis.conf",
                     value);
    freeReplyObject(reply);
}

static void check_server_settings(const struct config *config, redisContext *redis, struct faults *faults)
{
    for (size_t i = 0; i < sizeof(server_settings) / sizeof(server_settings[0]); i++) {
        const char *argv[] = {"CONFIG", "GET", server_settings[i].name};
        bool relaxed = server_settings[i].relaxed && config->durability == DURABILITY_RELAXED;
        redisReply *reply = ask(redis, 3, argv);
        const char *value = setting_of(reply);
        if (!value)
            config_fault(config, faults, "redis.url",
                         "Redis does not tell its %s: let this user do CONFIG GET (ACL: +config|get)",
                         server_settings[i].name);
        else if (strcmp(value, server_settings[i].wanted) != 0 &&
                 !(relaxed && strcmp(value, server_settings[i].relaxed) == 0))
            config_fault(config, faults, "redis.url", "Redis has %s %.32s, and %s", server_settings[i].name, value,
                         server_settings[i].remedy);
        freeReplyObject(reply);
    }
}

/* Greets the server: password, database. Returns false after a fault. */
static bool greet(const struct config *config, const struct redis_url *url, redisContext *redis, struct faults *faults)
{
    char database[16];
    const char *with_user[] = {"AUTH", url->user, url->password}, *without[] = {"AUTH", url->password};
    const char *select[] = {"SELECT", database};
    snprintf(database, sizeof(database), "%d", url->database);
    redisReply *reply = NULL;
    if (url->password[0]) {
        reply = url->user[0] ? ask(redis, 3, with_user) : ask(redis, 2, without);
        if (!reply)
            config_fault(config, faults, "redis.url",
                         "Redis refuses the user or password in redis.url: mend them (a %% in them is written %%25)");
    }
    if (reply || !url->password[0]) {
        freeReplyObject(reply);
        reply = ask(redis, 2, select);
        if (!reply)
            config_fault(config, faults, "redis.url",
                         "Redis refuses database %d: it may want a password (redis://:PASSWORD@HOST), or have fewer",
                         url->database);
    }
    bool good = reply != NULL;
    freeReplyObject(reply);
    return good;
}

static void check_version(const struct config *config, redisContext *redis, struct faults *faults)
{
    const char *argv[] = {"INFO", "server"};
    redisReply *reply = ask(redis, 2, argv);
    int major = reply ? major_version(reply->str, "redis_version:") : -1;
    if (major < REDIS_MAJOR_MIN)
        config_fault(config, faults, "redis.url", "Redis is older than %d.0, or does not tell: run %d.0 or later",
                     REDIS_MAJOR_MIN, REDIS_MAJOR_MIN);
    freeReplyObject(reply);
}

/* Holds what was read against the flows, as a worker does. */
static void check_kept(const struct world *world, const struct catalogue_kept *kept, struct faults *faults)
{
    char digest[DIGEST_TEXT] = "";
    struct faults own;
    struct catalogue *catalogue;
    faults_init(&own);
    if ((catalogue = catalogue_kept_make(kept, &own))) {
        engine_swap_catalogue((struct engine *)world->mind.engine, &catalogue, digest);
        world_check_mentions(world, &own);
    }
    for (size_t i = 0; i < own.count; i++)
        faults_add(faults, own.items[i].file, own.items[i].line, own.items[i].column,
                   "%s (with version %llu of the catalogue, which staff edited)", own.items[i].text,
                   (unsigned long long)kept->version);
    catalogue_free(catalogue);
    faults_release(&own);
}

static void check_catalogue(const struct world *world, redisContext *redis, struct faults *faults)
{
    const char *argv[] = {"HGETALL", CATALOGUE_KEY.ptr};
    struct arena *arena = arena_new(CATALOGUE_KEPT_ROOM);
    struct catalogue_kept *kept = arena ? arena_bytes(arena, sizeof(*kept)) : NULL;
    redisReply *reply = ask(redis, 2, argv);
    if (!kept || !reply || reply->type != REDIS_REPLY_ARRAY || catalogue_kept_read(reply, arena, kept))
        config_fault(world->config, faults, "redis.url", "the catalogue in Redis cannot be read: look at its log");
    else if (kept->version)
        check_kept(world, kept, faults);
    freeReplyObject(reply);
    arena_free(arena);
}

static void check_server(const struct world *world, const struct redis_url *url, struct faults *faults,
                         struct faults *warnings)
{
    const struct config *config = world->config;
    struct timeval wait = {ENVIRONMENT_WAIT_MS / 1000, ENVIRONMENT_WAIT_MS % 1000 * 1000};
    redisContext *redis = url->place == REDIS_UNIX ? redisConnectUnixWithTimeout(url->host, wait)
                                                   : redisConnectWithTimeout(url->host, url->port, wait);
    if (!redis || redis->err || redisSetTimeout(redis, wait)) {
        char port[16] = "";
        if (url->place == REDIS_TCP)
            snprintf(port, sizeof(port), ":%d", url->port);
        config_fault(config, faults, "redis.url",
                     "Redis does not answer at %s%s%s (%s): start it, or mend redis.url; `embedded` needs none",
                     url->place == REDIS_UNIX ? "unix:" : "", url->host, port, redis ? redis->errstr : "no memory");
    } else if (greet(config, url, redis, faults)) {
        check_version(config, redis, faults);
        check_server_settings(config, redis, faults);
        look_at_truncation(config, redis, warnings);
        if (world->mind.flows && world->mind.engine && !faults->total)
            check_catalogue(world, redis, faults);
    }
    if (redis)
        redisFree(redis);
}

void environment_check(const struct world *world, struct faults *faults, struct faults *warnings)
{
    const struct config *config = world->config;
    struct redis_url url;
    const char *why;
    check_state_dir(config, faults);
    if (redis_url_parse(slice_of(config->redis_url), &url, &why))
        return; /* check_redis_url() of cmd_check.c has told it */
    if (url.place == REDIS_EMBEDDED)
        check_embedded(config, faults);
    else
        check_server(world, &url, faults, warnings);
}
