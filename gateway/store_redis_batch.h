/* Batches of the store in Redis: intents and ends of one turn of the loop, in one call of a Function.
 *
 * A message's intent and end cost Redis and us more by the call than by what is written. So they are gathered while the
 * loop's events of this turn are worked off, and go when these are done (or a batch is full). They take turns with the
 * client's lanes (redis_lane()), for a server reads 20 KB of each connection before it synchronises: a message's end is
 * told when its intent was answered, so that none needs another's order, and those of one run go together, because the
 * Function's commands are one set a run. Each is decided about and answered by itself, as if it had been asked alone. A
 * batch may hold messages of several shards, which one server takes; in a cluster there would be one for each. Must not
 * know: what an answer means. Failure policy: a batch that cannot be sent, or that nobody answers, is told to each as
 * ERR_UNAVAILABLE, from the loop. Proved by tests/unit/test_outbox_lua.c, tests/unit/test_outbox.c and
 * tests/unit/test_store_twin.c. */
#ifndef GATEWAY_STORE_REDIS_BATCH_H
#define GATEWAY_STORE_REDIS_BATCH_H

#include "gateway/keys.h"
#include "gateway/redis.h"
#include "gateway/store.h"

#define BATCH_ENTRIES_MAX 64
#define BATCH_RUN_KEYS_MAX 3
#define BATCH_RUN_ARGS_MAX 2
#define BATCH_KEYS_MAX 1  /* of one message, besides those of its run */
#define BATCH_ARGS_MAX 16 /* as above */

/* One message's part of a batch, copied as it is added. What it shares with others of its run (those with the same
 * number and the same run_args, so with the same run_keys too) goes once, in front of them all. */
struct batch_part {
    uint64_t run;
    unsigned shard;
    enum store_stream stream;
    void (*name_run)(struct batch_part *part); /* writes run_keys; asked where the run begins, and nowhere else */
    struct slice run_keys[BATCH_RUN_KEYS_MAX], run_args[BATCH_RUN_ARGS_MAX];
    struct slice id, keys[BATCH_KEYS_MAX], args[BATCH_ARGS_MAX];
    size_t run_key_count, run_arg_count, key_count, arg_count;
    char names[BATCH_RUN_KEYS_MAX][KEY_MAX]; /* room for run_keys */
};

/* Tells one message's answer: NULL when nobody knows. */
typedef void batch_told(const redisReply *answer, void (*done)(void), void *ctx);

struct batcher;

/* Makes a batcher of a Function over a client that outlives it. NULL without memory. */
struct batcher *batcher_new(struct redis *redis, const char *function, batch_told *told);

/* Frees it; NULL is allowed. What it has gathered and not sent calls nobody back. */
void batcher_free(struct batcher *batcher);

/* Adds a message's part. `told` is called with its answer and `done` and `ctx` once, never from within. Returns
 * ERR_LIMIT when it is too much for a call, ERR_UNAVAILABLE without a connection, ERR_NOMEM; then never calls back. */
MUST_USE enum error batcher_add(struct batcher *batcher, struct slice owner, int64_t now_ms, struct batch_part *part,
                                void (*done)(void), void *ctx);

#endif
