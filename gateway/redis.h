/* Redis: a pipelined connection on the event loop, and lanes beside it.
 *
 * hiredis' asynchronous client, with what a daemon needs around it: it reconnects by itself with back-off, gives
 * every command a deadline, checks on each connection that the server keeps what it acknowledges (AOF, no eviction),
 * warns of what is only weak, and loads our Function library. Commands written in one turn of the loop share one write
 * and, with appendfsync always, one fsync.
 * An idle connection is pinged, so that a server that hangs is found out before a message needs it. Must not know:
 * contacts, messages. Failure policy: every command calls back exactly once; what was under way when a connection
 * broke calls back with NULL, and nobody knows whether it was done: callers repeat only what is safe to repeat. The
 * process must ignore SIGPIPE. Proved by tests/unit/test_redis.c and tests/blackbox/redis.test.mjs. */
#ifndef GATEWAY_REDIS_H
#define GATEWAY_REDIS_H

#include <event2/event.h>
#include <hiredis/hiredis.h>

#include "base/error.h"
#include "base/slice.h"

#define REDIS_DEADLINE_MS 5000 /* of a command, and of connecting; then the connection counts as dead */
#define REDIS_SLOW_MS 1000     /* a command unanswered for longer tells of a server that hangs */
#define REDIS_ARGS_MAX 512
#define REDIS_LANES_MAX 8

struct redis;

struct redis_options {
    const char *unix_path; /* NULL: use host and port */
    const char *host;
    int port;
    const char *user;     /* NULL: the default user */
    const char *password; /* NULL none */
    int database;
    bool relaxed;     /* accept appendfsync everysec */
    bool skip_checks; /* a second connection of a process whose first one has checked */
    unsigned lanes;   /* further connections, for redis_lane(): 0 to REDIS_LANES_MAX */
};

/* Called with the reply, good during the call, or NULL when there is none. An error reply of the server is a reply
 * (REDIS_REPLY_ERROR). */
typedef void redis_done(void *ctx, const redisReply *reply);

/* Called when the server becomes usable, and when it is lost. */
typedef void redis_changed(void *ctx, bool up);

/* Starts a client that connects from the loop; the options' texts must outlive it. Returns NULL without memory.
 * Blocks while a `host` that is a name is looked up, here and at each reconnection: give an address where names are
 * slow. */
struct redis *redis_open(struct event_base *base, const struct redis_options *options, redis_changed *changed,
                         void *ctx);

/* Ends the client; commands under way call back with NULL. */
void redis_close(struct redis *redis);

/* Gives one of the lanes, for a command that needs to be in order only with those of the same `number`. What is sent on
 * lanes by redis_written() is gathered (gather.h), to share one fsync of appendfsync always; and as a server reads some
 * 30 KB of each connection before it synchronises (PROTO_IOBUF_LEN in Redis 7's networking.c), more of it does over
 * several. Lanes go by the first connection's checks and tell it of refusals; one that is away is stood in for by the
 * first, which is given where there are none. */
struct redis *redis_lane(struct redis *redis, unsigned number);

/* As redis_lane(), for redis_joined() of what needs no order: one lane's call is filled before another's is begun, so
 * that few calls and writes have what many say. */
struct redis *redis_filling_lane(struct redis *redis);

/* Gives the loop that it runs on. */
struct event_base *redis_base(const struct redis *redis);

/* Tells whether commands are sent, and in a short phrase what is wrong ("" when nothing is): no connection, a server
 * that keeps a command waiting above REDIS_SLOW_MS, or one that answers and refuses writes. The latter is found by any
 * command's error reply, and ends when a probe that is written each second is taken. */
bool redis_up(const struct redis *redis);
const char *redis_trouble(const struct redis *redis);

/* Tells what the server is set to less well than it should be, with the remedy, or that it does not tell; "" nothing.
 * It is used all the same: what a managed server allows is not its user's to choose. Known once it was up. */
const char *redis_weakness(const struct redis *redis);

/* Sends a command of binary-safe arguments. Returns ERR_UNAVAILABLE, and then never calls back, when there is no
 * connection. */
MUST_USE enum error redis_command(struct redis *redis, const struct slice *args, size_t count, redis_done *done,
                                  void *ctx);

/* As redis_command(), of a command that is already written as the protocol's bytes (an array of bulk strings). */
MUST_USE enum error redis_written(struct redis *redis, struct slice bytes, redis_done *done, void *ctx);

/* One of several calls of a Function that may go as one (redis_join.h): its keys and arguments, as the protocol has
 * them. */
struct redis_part {
    const char *function; /* parts with the same pointer go together */
    struct slice keys, args;
    unsigned key_count, arg_count; /* up to 255, and 65,535 */
    uint16_t kind;                 /* what the Function is told of the part beside them */
};

/* As redis_command(), of a part: on a lane it joins those that wait for the next write, else it goes at once. `done` is
 * called with the part's own answer, which may be an error of its own. */
MUST_USE enum error redis_joined(struct redis *redis, const struct redis_part *part, redis_done *done, void *ctx);

/* As redis_command(), with a deadline of its own for a command that blocks on the server. */
MUST_USE enum error redis_blocking_command(struct redis *redis, const struct slice *args, size_t count,
                                           int64_t deadline_ms, redis_done *done, void *ctx);

#endif
