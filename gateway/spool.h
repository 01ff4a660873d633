/* The spool: webhooks that nobody would send again, kept on disk while Redis is away.
 *
 * state_dir/spool holds a file a webhook (spool_file.h), named SEQUENCE-BYTES-CHANNEL: names sort in order of arrival
 * across worker processes. A file is written beside, fsynced, renamed, and its folder fsynced, before spool_put()
 * returns OK; only then may a provider be told that its message was taken. While the spool holds any of a channel,
 * that channel's new webhooks go behind them. One process, whoever holds the lock, replays: the oldest first, several
 * people's at a time, one person's one by one; a file goes when its replay was committed, so that a crash replays
 * again what is known by its id. What is not whole is moved to damaged/, what fails for a reason of its own to failed/,
 * both are told, and neither holds others up. Must not know: turns, adapters, Redis. Failure policy: what cannot be
 * written is refused, and nobody is told otherwise; a folder that cannot be used is tried again. Blocks on the disk
 * for each file. Proved by tests/unit/test_spool.c and tests/blackbox/redis-away.test.mjs. */
#ifndef GATEWAY_SPOOL_H
#define GATEWAY_SPOOL_H

#include <event2/event.h>

#include "gateway/spool_count.h"
#include "gateway/spool_file.h"

#define SPOOL_FILES_MAX 100000                 /* files that it holds */
#define SPOOL_BYTES_MAX (1024LL * 1024 * 1024) /* bytes of them all */
#define SPOOL_FREE_PERCENT 5                   /* of the disk that it leaves to others */
#define SPOOL_WINDOW 32                        /* replays under way at a time */
#define SPOOL_ARENA_MAX (4 * SPOOL_FILE_MAX)   /* bytes of one replay's memory: the file and what is decoded */

struct spool;

/* Called once when a replay has ended: OK, it is committed; ERR_UNAVAILABLE, ERR_NOMEM and ERR_CONFLICT, again later;
 * any other error is the message's own. */
typedef void spool_replayed(void *ctx, enum error error);

/* Who takes what is replayed. */
struct spool_user {
    /* Tells whether a replay may succeed now: Redis is there. */
    bool (*ready)(void *ctx);

    /* Starts a replay; the message lies in the arena, which lives until `done`. Returns OK, and then calls `done` once,
     * perhaps before it returns; ERR_CONFLICT when it must wait until another replay has ended; else an error as
     * above. */
    enum error (*start)(void *ctx, const struct spool_message *message, struct arena *arena, spool_replayed *done,
                        void *done_ctx);
    void *ctx;
};

/* Opens state_dir/spool on the loop, counts what lies there, and replays it by and by. A folder that cannot be used is
 * told, and tried again; state_dir is borrowed. Returns NULL without memory. */
struct spool *spool_open(struct event_base *base, const char *state_dir, const struct spool_user *user);

/* Lets go of everything; replays under way must have ended, or never call back. NULL is allowed. */
void spool_close(struct spool *spool);

/* Begins no more replays and lets another process replay, once those under way have ended. */
void spool_drain(struct spool *spool);

/* Tells how many replays are under way. */
size_t spool_in_flight(const struct spool *spool);

/* Tells it that a replay that had to wait may go now. */
void spool_redis_up(struct spool *spool);

/* Takes a webhook's place in the order of arrival, and gives it back when it was answered otherwise than by
 * spool_put(). */
void spool_arrive(struct spool *spool, struct spool_place *place);
void spool_leave(struct spool *spool, struct spool_place *place);

/* Tells whether webhooks of that channel wait, so that a new one must go behind them. */
bool spool_holds(const struct spool *spool, struct slice channel);

/* Puts an authentic webhook on disk, and gives its place back. Returns OK: it is there, and may be answered as taken;
 * ERR_LIMIT, ERR_IO, ERR_NOMEM: it is not. */
MUST_USE enum error spool_put(struct spool *spool, struct spool_place *place, struct slice channel,
                              const struct request *request, struct arena *arena);

/* Tells how many webhooks wait, of all processes. */
int64_t spool_messages(const struct spool *spool);

/* For tests: makes the first two limits lower. */
void spool_set_limits(struct spool *spool, int64_t files, int64_t bytes);

#endif
