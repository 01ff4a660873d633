#include "gateway/redis.h"

#include <hiredis/async.h>
#include <hiredis/adapters/libevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/gather.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/redis_bytes.h"
#include "gateway/redis_join.h"
#include "lua_library.h"

#define LIBRARY_VERSION 21 /* of gateway/lua/head.lua */
#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS 5000
#define WATCH_MS 500
#define COMMAND_MAX (256 * 1024 * 1024) /* bytes */
#define COMMAND_KEPT (16 * 1024)        /* bytes of memory that are kept from command to command */
#define PROBE_MS 1000 /* between two tries to write, while the server refuses writes */

enum phase { PHASE_DOWN, PHASE_CONNECTING, PHASE_CHECKING, PHASE_UP };

struct command {
    struct redis *redis;
    struct command *older, *newer; /* the list of commands under way */
    redis_done *done;
    void *ctx;
    int64_t started_ms;  /* steady clock */
    int64_t deadline_ms; /* steady clock */
    unsigned gathered;   /* for how many it counts among those */
};

struct redis {
    struct event_base *base;
    struct redis_options options;
    redis_changed *changed;
    void *ctx;
    redisAsyncContext *async; /* NULL while down */
    enum phase phase;
    const char *trouble;
    const char *weakness; /* "" none */
    const char *refusing; /* why the server answers but takes no write; NULL: it takes them, as far as we know */
    int64_t probed_ms;    /* steady clock: the last try to write while it refuses */
    struct event *retry, *watch;
    int64_t retry_ms;
    struct command *oldest, *newest;
    int64_t connect_by_ms; /* steady clock: CONNECTING and no longer */
    int dispatching;       /* hiredis forbids freeing a context from inside its callbacks */
    bool connecting;       /* inside on_connect */
    const char *doomed;    /* why the connection must go, found inside on_connect; NULL it need not */
    bool closing;
    struct redis *first; /* whose lane it is; NULL: it is nobody's */
    struct redis *lanes[REDIS_LANES_MAX];
    struct gather *gather; /* when what the lanes hold is written; NULL: there are none */
    unsigned filling;      /* the lane whose call takes the next part */
    bool holds;            /* a lane: commands that are not written yet */
    struct join *join;     /* what is to be one command of these */
    struct buf bytes;      /* of the command that is sent now */
};

static void connect_now(struct redis *redis);
static struct join_call *write_joined(struct redis *redis);
static void tell_unwritten(struct join_call *call);

static void forget_command(struct command *command)
{
    struct redis *redis = command->redis;
    *(command->older ? &command->older->newer : &redis->oldest) = command->newer;
    *(command->newer ? &command->newer->older : &redis->newest) = command->older;
    for (; command->gathered; command->gathered--)
        gather_answered(redis->first->gather);
    mem_free(command);
}

static void go_down(struct redis *redis, const char *why)
{
    bool was_up = redis->phase == PHASE_UP;
    redis->phase = PHASE_DOWN;
    redis->trouble = why;
    redis->doomed = NULL;
    tell_unwritten(write_joined(redis)); /* nothing is: what waits to be joined went with the connection */
    if (!redis->options.skip_checks)
        metric_set(METRIC_REDIS_UP, NULL, NULL, 0);
    if (redis->closing)
        return;
    if (was_up && !redis->options.skip_checks)
        log_event(LOG_WARNING, "redis is lost", "why=\"%s\"", why);
    unsigned char jitter;
    random_bytes(&jitter, 1);
    int64_t wait_ms = redis->retry_ms / 2 + redis->retry_ms / 2 * jitter / 255;
    struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};
    event_add(redis->retry, &wait);
    redis->retry_ms = redis->retry_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : redis->retry_ms * 2;
    if (was_up && redis->changed)
        redis->changed(redis->ctx, false);
}

/* Drops the connection: hiredis calls back what is under way with NULL, then on_disconnect. */
static void drop(struct redis *redis, const char *why)
{
    redis->trouble = why;
    if (redis->connecting) {
        redis->doomed = why; /* hiredis goes on with the context behind on_connect: on_watch drops it */
    } else if (redis->async && !redis->dispatching) {
        redisAsyncContext *async = redis->async;
        redis->async = NULL;
        redisAsyncFree(async);
        if (redis->phase != PHASE_DOWN)
            go_down(redis, why);
    } else if (redis->async) {
        redisAsyncDisconnect(redis->async);
    }
}

/* What matters is that it comes in time. */
static void on_pong(void *ctx, const redisReply *reply)
{
    (void)ctx;
    (void)reply;
}

/* What a server answers that is there and takes no write. Source: Redis 7's shared error replies (server.c). */
static const struct {
    const char *code, *why;
} refusals[] = {
    {"OOM ", "the server refuses writes, its memory is full: raise `maxmemory` in redis.conf, or free some"},
    {"MISCONF ", "the server refuses writes, it cannot write to its disk: see its log, and free space there"},
    {"READONLY ", "the server refuses writes, it is a replica: point redis.url at the primary"},
    {"NOREPLICAS ", "the server refuses writes, it has too few replicas: start them, or lower `min-replicas-to-write`"},
    {"MASTERDOWN ", "the server refuses to serve, its primary is gone: bring that back, or promote the replica"},
};

static void note_refusal(struct redis *redis, const redisReply *reply)
{
    if (redis->first)
        redis = redis->first; /* which tries until writes are taken again */
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (!slice_starts((struct slice){reply->str, reply->len}, refusals[i].code))
            continue;
        if (redis->refusing != refusals[i].why && !redis->options.skip_checks)
            log_event(LOG_ERROR, "redis refuses writes", "why=\"%s\"", refusals[i].why);
        redis->refusing = refusals[i].why;
    }
}

static void on_probe(void *ctx, const redisReply *reply)
{
    struct redis *redis = ctx;
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        return;
    if (redis->refusing && !redis->options.skip_checks)
        log_event(LOG_INFO, "redis takes writes again", "was=\"%s\"", redis->refusing);
    redis->refusing = NULL;
}

static void on_reply(redisAsyncContext *async, void *reply, void *data)
{
    struct command *command = data;
    struct redis *redis = command->redis;
    redis_done *done = command->done;
    void *ctx = command->ctx;
    (void)async;
    if (reply && (redis->first || !redis->options.skip_checks) && done != on_pong)
        metric_observe(METRIC_REDIS_SECONDS, NULL, (double)(clock_steady_ms() - command->started_ms) / 1000);
    forget_command(command);
    if (reply && ((redisReply *)reply)->type == REDIS_REPLY_ERROR)
        note_refusal(redis, reply);
    redis->dispatching++;
    done(ctx, reply);
    redis->dispatching--;
}

/* Makes the command that a reply will end. NULL without memory. */
static struct command *new_command(struct redis *redis, int64_t deadline_ms, redis_done *done, void *ctx)
{
    struct command *command = mem_alloc(sizeof(*command));
    if (!command)
        return NULL;
    int64_t now_ms = clock_steady_ms();
    *command = (struct command){.redis = redis,
                                .older = redis->newest,
                                .done = done,
                                .ctx = ctx,
                                .started_ms = now_ms,
                                .deadline_ms = now_ms + deadline_ms};
    *(redis->newest ? &redis->newest->newer : &redis->oldest) = command;
    redis->newest = command;
    return command;
}

static enum error send_command(struct redis *redis, const struct slice *args, size_t count, int64_t deadline_ms,
                               redis_done *done, void *ctx)
{
    struct buf *bytes = &redis->bytes;
    if (!redis->async || count > REDIS_ARGS_MAX)
        return redis->async ? ERR_LIMIT : ERR_UNAVAILABLE;
    buf_clear(bytes);
    redis_put_head(bytes, count);
    for (size_t i = 0; i < count; i++)
        redis_put_argument(bytes, args[i]);
    struct command *command = bytes->error ? NULL : new_command(redis, deadline_ms, done, ctx);
    enum error error = command ? OK : bytes->error ? bytes->error : ERR_NOMEM;
    if (command && redisAsyncFormattedCommand(redis->async, on_reply, command, bytes->ptr, bytes->len) != REDIS_OK) {
        forget_command(command);
        error = ERR_UNAVAILABLE;
    }
    if (bytes->capacity > COMMAND_KEPT)
        buf_release(bytes);
    return error;
}

/* Hands bytes to hiredis, which on a lane is not let ask the loop to write them: write_lanes() will. */
static int put_written(struct redis *redis, struct command *command, struct slice bytes)
{
    redisAsyncContext *async = redis->async;
    void (*add_write)(void *) = async->ev.addWrite;
    if (redis->first)
        async->ev.addWrite = NULL;
    int status = redisAsyncFormattedCommand(async, on_reply, command, bytes.ptr, bytes.len);
    async->ev.addWrite = add_write;
    return status;
}

/* Makes what waits to be joined one command. Returns whom to tell that it could not be; NULL: nobody. */
static struct join_call *write_joined(struct redis *redis)
{
    struct slice bytes;
    const unsigned count = join_count(redis->join);
    if (!count)
        return NULL;
    struct join_call *call = join_take(redis->join, &bytes);
    const bool writes = redis->phase == PHASE_UP && redis->async && bytes.len;
    struct command *command = writes ? new_command(redis, REDIS_DEADLINE_MS, join_answered, call) : NULL;
    if (command && put_written(redis, command, bytes) == REDIS_OK) {
        command->gathered = redis->first ? count : 0;
        return NULL;
    }
    if (command)
        forget_command(command);
    for (unsigned i = 0; i < count && redis->first; i++)
        gather_answered(redis->first->gather);
    return call;
}

static void tell_unwritten(struct join_call *call)
{
    if (call)
        join_answered(call, NULL);
}

/* Writes what was gathered. Nothing of hiredis is running, so a lane that breaks here may be freed. */
static void write_lanes(void *ctx)
{
    struct redis *redis = ctx;
    for (unsigned i = 0; i < redis->options.lanes; i++) {
        struct redis *lane = redis->lanes[i];
        if (!lane || !lane->holds)
            continue;
        lane->holds = false;
        tell_unwritten(write_joined(lane));
        if (lane->async)
            redisAsyncHandleWrite(lane->async);
    }
    redis->filling++;
}

enum error redis_written(struct redis *redis, struct slice bytes, redis_done *done, void *ctx)
{
    if (redis->phase != PHASE_UP || !redis->async)
        return ERR_UNAVAILABLE;
    struct command *command = new_command(redis, REDIS_DEADLINE_MS, done, ctx);
    if (!command)
        return ERR_NOMEM;
    if (put_written(redis, command, bytes) != REDIS_OK) {
        forget_command(command);
        return ERR_UNAVAILABLE;
    }
    if (redis->first) {
        command->gathered = 1;
        redis->holds = true;
        gather_add(redis->first->gather);
    }
    return OK;
}

enum error redis_joined(struct redis *redis, const struct redis_part *part, redis_done *done, void *ctx)
{
    if (redis->phase != PHASE_UP || !redis->async)
        return ERR_UNAVAILABLE;
    enum error error = join_add(redis->join, part, done, ctx);
    if (error == ERR_LIMIT && join_count(redis->join)) {
        tell_unwritten(write_joined(redis));
        error = join_add(redis->join, part, done, ctx);
    }
    if (error)
        return error;
    if (redis->first) {
        redis->holds = true;
        gather_add(redis->first->gather);
        return OK;
    }
    struct join_call *call = write_joined(redis);
    if (call)
        join_forget(call);
    return call ? ERR_UNAVAILABLE : OK;
}

enum error redis_command(struct redis *redis, const struct slice *args, size_t count, redis_done *done, void *ctx)
{
    return redis_blocking_command(redis, args, count, REDIS_DEADLINE_MS, done, ctx);
}

enum error redis_blocking_command(struct redis *redis, const struct slice *args, size_t count, int64_t deadline_ms,
                                  redis_done *done, void *ctx)
{
    return redis->phase == PHASE_UP ? send_command(redis, args, count, deadline_ms, done, ctx) : ERR_UNAVAILABLE;
}

/* The steps of a fresh connection: each sends one command; its reply is judged, then the next step runs. The table is
 * the order. */
struct step {
    const char *args[6];
    const char *(*judge)(struct redis *redis, const redisReply *reply); /* NULL: go on; else the trouble */
    bool (*wanted)(const struct redis *redis);
};

struct step_run {
    struct redis *redis;
    size_t at;
};

static const char *judge_ok(struct redis *redis, const redisReply *reply)
{
    (void)redis;
    return reply->type == REDIS_REPLY_ERROR ? "the server refused our password or database" : NULL;
}

static const char *config_value(const redisReply *reply)
{
    bool pair = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
    return pair && reply->element[1]->str ? reply->element[1]->str : "";
}

#define UNTOLD "the server does not tell its settings: let this user do CONFIG GET (ACL: +config|get)"

static const char *judge_aof(struct redis *redis, const redisReply *reply)
{
    (void)redis;
    if (reply->type == REDIS_REPLY_ERROR)
        return UNTOLD;
    return strcmp(config_value(reply), "yes") == 0 ? NULL : "appendonly is off: set `appendonly yes` in redis.conf";
}

static const char *judge_fsync(struct redis *redis, const redisReply *reply)
{
    const char *value = config_value(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        return UNTOLD;
    if (strcmp(value, "always") == 0 || (redis->options.relaxed && strcmp(value, "everysec") == 0))
        return NULL;
    return "appendfsync is not always: set it in redis.conf, or `durability: relaxed` below `redis:` to accept "
           "everysec";
}

static const char *judge_eviction(struct redis *redis, const redisReply *reply)
{
    (void)redis;
    if (reply->type == REDIS_REPLY_ERROR)
        return UNTOLD;
    return strcmp(config_value(reply), "noeviction") == 0
               ? NULL
               : "maxmemory-policy evicts keys: set `maxmemory-policy noeviction` in redis.conf";
}

/* Never a trouble: see docs/RELIABILITY.md for what "yes", Redis' own default, can do after a torn write. */
static const char *judge_truncation(struct redis *redis, const redisReply *reply)
{
    const char *value = config_value(reply), *was = redis->weakness;
    redis->weakness = "";
    if (strcmp(value, "no") != 0)
        redis->weakness = value[0] ? "aof-load-truncated is yes, so that half of a torn transaction may be read back: "
                                     "set `aof-load-truncated no` in redis.conf"
                                   : "the server does not tell whether aof-load-truncated is no, so that it could not "
                                     "be checked: set it in redis.conf";
    if (redis->weakness[0] && redis->weakness != was)
        log_event(LOG_WARNING, "redis is set weakly", "why=\"%s\"", redis->weakness);
    metric_set(METRIC_REDIS_WEAK, NULL, NULL, redis->weakness[0] != '\0');
    return NULL;
}

/* A server that is loading or a replica answers the version call with an error too; both come right by trying again. */
static const char *judge_version(struct redis *redis, const redisReply *reply)
{
    (void)redis;
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer > LIBRARY_VERSION)
        return "the Function library in Redis is newer than this chaski: run the newer chaski";
    return NULL;
}

static const char *judge_load(struct redis *redis, const redisReply *reply)
{
    (void)redis;
    return reply->type == REDIS_REPLY_ERROR
               ? "the Function library cannot be loaded: Redis 7.0 or later, writable and done loading, is needed"
               : NULL;
}

static bool has_password(const struct redis *redis)
{
    return redis->options.password != NULL;
}

static bool checks(const struct redis *redis)
{
    return !redis->options.skip_checks;
}

static const struct step steps[] = {
    {{"AUTH", "$user", "$password"}, judge_ok, has_password},
    {{"SELECT", "$database"}, judge_ok, NULL},
    {{"CONFIG", "GET", "appendonly"}, judge_aof, checks},
    {{"CONFIG", "GET", "appendfsync"}, judge_fsync, checks},
    {{"CONFIG", "GET", "maxmemory-policy"}, judge_eviction, checks},
    {{"CONFIG", "GET", "aof-load-truncated"}, judge_truncation, checks},
    {{"FCALL", "chaski_version", "0"}, judge_version, checks},
    {{"FUNCTION", "LOAD", "REPLACE", "$library"}, judge_load, checks},
};

static void next_step(struct redis *redis, size_t at);

static void step_done(void *ctx, const redisReply *reply)
{
    struct step_run *run = ctx;
    struct redis *redis = run->redis;
    size_t at = run->at;
    mem_free(run);
    if (!reply)
        return;
    const char *trouble = steps[at].judge(redis, reply);
    if (trouble) {
        if (redis->trouble != trouble)
            log_event(LOG_ERROR, "redis is not fit", "why=\"%s\"", trouble);
        drop(redis, trouble);
    } else {
        next_step(redis, at + 1);
    }
}

static struct slice step_argument(const struct redis *redis, const char *arg, char number[16])
{
    if (strcmp(arg, "$password") == 0)
        return slice_of(redis->options.password);
    if (strcmp(arg, "$user") == 0)
        return slice_of(redis->options.user ? redis->options.user : "default");
    if (strcmp(arg, "$library") == 0)
        return (struct slice){lua_library, sizeof(lua_library) - 1};
    if (strcmp(arg, "$database") == 0) {
        snprintf(number, 16, "%d", redis->options.database);
        return slice_of(number);
    }
    return slice_of(arg);
}

static void come_up(struct redis *redis)
{
    redis->phase = PHASE_UP;
    redis->trouble = "";
    redis->refusing = NULL;
    redis->retry_ms = RETRY_FIRST_MS;
    if (!redis->options.skip_checks)
        metric_set(METRIC_REDIS_UP, NULL, NULL, 1);
    if (redis->changed)
        redis->changed(redis->ctx, true);
}

static void next_step(struct redis *redis, size_t at)
{
    struct slice args[6];
    char number[16];
    size_t count = 0;
    while (at < sizeof(steps) / sizeof(steps[0]) && steps[at].wanted && !steps[at].wanted(redis))
        at++;
    if (at == sizeof(steps) / sizeof(steps[0])) {
        come_up(redis);
        return;
    }
    for (; steps[at].args[count]; count++)
        args[count] = step_argument(redis, steps[at].args[count], number);
    struct step_run *run = mem_alloc(sizeof(*run));
    if (run)
        *run = (struct step_run){redis, at};
    if (!run || send_command(redis, args, count, REDIS_DEADLINE_MS, step_done, run)) {
        mem_free(run);
        drop(redis, "no memory to set up the connection");
    }
}

static void on_connect(const redisAsyncContext *async, int status)
{
    struct redis *redis = async->data;
    if (status != REDIS_OK) {
        /* hiredis frees the context behind this call, without on_disconnect */
        redis->async = NULL;
        go_down(redis, "no connection: is redis-server running, and redis.url right?");
        return;
    }
    redis->phase = PHASE_CHECKING;
    redis->connecting = true;
    next_step(redis, 0);
    redis->connecting = false;
}

static void on_disconnect(const redisAsyncContext *async, int status)
{
    struct redis *redis = async->data;
    (void)status;
    if (redis->async != async)
        return;
    redis->async = NULL;
    go_down(redis, redis->trouble[0] ? redis->trouble : "the connection broke");
}

static void connect_now(struct redis *redis)
{
    const struct redis_options *o = &redis->options;
    redisAsyncContext *async = o->unix_path ? redisAsyncConnectUnix(o->unix_path) : redisAsyncConnect(o->host, o->port);
    if (!async || async->err) {
        if (async)
            redisAsyncFree(async);
        go_down(redis, "no connection: is redis-server running, and redis.url right?");
        return;
    }
    async->data = redis;
    redis->async = async;
    redis->phase = PHASE_CONNECTING;
    redis->connect_by_ms = clock_steady_ms() + REDIS_DEADLINE_MS;
    if (redisLibeventAttach(async, redis->base) != REDIS_OK ||
        redisAsyncSetConnectCallback(async, on_connect) != REDIS_OK ||
        redisAsyncSetDisconnectCallback(async, on_disconnect) != REDIS_OK)
        drop(redis, "the event loop did not take the connection");
}

static void on_retry(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    connect_now(ctx);
}

/* Tries whether the server takes writes again, so that it is known without a message's coming. */
static void probe(struct redis *redis, int64_t now_ms)
{
    const struct slice set[] = {SLICE("SET"), SLICE("ck:probe"), SLICE("1"), SLICE("EX"), SLICE("60")};
    if (!redis->refusing || now_ms - redis->probed_ms < PROBE_MS)
        return;
    if (redis_command(redis, set, sizeof(set) / sizeof(set[0]), on_probe, redis) == OK)
        redis->probed_ms = now_ms;
}

/* Replies come in order, but a blocking command may be older than one with less patience: look at all of a short
 * list. */
static void on_watch(evutil_socket_t fd, short what, void *ctx)
{
    struct redis *redis = ctx;
    int64_t now_ms = clock_steady_ms();
    (void)fd;
    (void)what;
    if (redis->doomed || (redis->phase == PHASE_CONNECTING && redis->connect_by_ms <= now_ms)) {
        drop(redis, redis->doomed ? redis->doomed : "the server does not take the connection");
        return;
    }
    for (struct command *c = redis->oldest; c; c = c->newer) {
        if (c->deadline_ms <= now_ms) {
            drop(redis, "a command was not answered in time");
            return;
        }
    }
    probe(redis, now_ms);
    /* An idle client would learn only from the next message that the server hangs. */
    const struct slice ping = SLICE("PING");
    if (!redis->oldest && redis_command(redis, &ping, 1, on_pong, NULL))
        return;
}

static enum error open_lanes(struct redis *redis)
{
    struct redis_options options = redis->options;
    options.skip_checks = true;
    options.lanes = 0;
    if (redis->options.lanes && !(redis->gather = gather_new(redis->base, write_lanes, redis)))
        return ERR_NOMEM;
    for (unsigned i = 0; i < redis->options.lanes; i++) {
        if (!(redis->lanes[i] = redis_open(redis->base, &options, NULL, NULL)))
            return ERR_NOMEM;
        redis->lanes[i]->first = redis;
    }
    return OK;
}

struct redis *redis_open(struct event_base *base, const struct redis_options *options, redis_changed *changed,
                         void *ctx)
{
    struct redis *redis = mem_alloc(sizeof(*redis));
    struct timeval watch = {WATCH_MS / 1000, WATCH_MS % 1000 * 1000};
    if (!redis)
        return NULL;
    *redis = (struct redis){.base = base,
                            .options = *options,
                            .changed = changed,
                            .ctx = ctx,
                            .trouble = "not connected yet",
                            .weakness = "",
                            .retry_ms = RETRY_FIRST_MS};
    buf_init(&redis->bytes, COMMAND_MAX);
    redis->join = join_new();
    redis->retry = event_new(base, -1, 0, on_retry, redis);
    redis->watch = event_new(base, -1, EV_PERSIST, on_watch, redis);
    if (!redis->join || !redis->retry || !redis->watch || event_add(redis->watch, &watch)) {
        redis_close(redis);
        return NULL;
    }
    connect_now(redis);
    if (open_lanes(redis) == OK)
        return redis;
    redis_close(redis);
    return NULL;
}

struct redis *redis_lane(struct redis *redis, unsigned number)
{
    struct redis *lane = redis->options.lanes ? redis->lanes[number % redis->options.lanes] : NULL;
    return lane && lane->phase == PHASE_UP && redis->phase == PHASE_UP ? lane : redis;
}

struct redis *redis_filling_lane(struct redis *redis)
{
    struct redis *lane = redis_lane(redis, redis->filling);
    return join_count(lane->join) < JOIN_PARTS_MAX ? lane : redis_lane(redis, ++redis->filling);
}

void redis_close(struct redis *redis)
{
    if (!redis)
        return;
    for (unsigned i = 0; i < redis->options.lanes; i++) {
        struct redis *lane = redis->lanes[i];
        redis->lanes[i] = NULL; /* what calls back may ask for a lane */
        redis_close(lane);
    }
    gather_free(redis->gather);
    redis->closing = true;
    redis->changed = NULL;
    drop(redis, "closed");
    if (redis->retry)
        event_free(redis->retry);
    if (redis->watch)
        event_free(redis->watch);
    join_free(redis->join);
    buf_release(&redis->bytes);
    mem_free(redis);
}

struct event_base *redis_base(const struct redis *redis)
{
    return redis->base;
}

bool redis_up(const struct redis *redis)
{
    return redis->phase == PHASE_UP;
}

/* Tells whether a command has waited for long that nobody asked to block; the oldest such has waited longest. */
static bool is_slow(const struct redis *redis)
{
    const struct command *c = redis->oldest;
    while (c && c->deadline_ms - c->started_ms > REDIS_DEADLINE_MS)
        c = c->newer;
    return c && clock_steady_ms() - c->started_ms > REDIS_SLOW_MS;
}

const char *redis_weakness(const struct redis *redis)
{
    return redis->weakness;
}

const char *redis_trouble(const struct redis *redis)
{
    if (redis->phase != PHASE_UP)
        return redis->trouble;
    if (is_slow(redis))
        return "the server is slow: a command waits for its answer above a second";
    return redis->refusing ? redis->refusing : "";
}
