/* Spool replay: a spooled webhook, through the same path as one that comes in.
 *
 * It was authenticated before it was spooled: it is decoded and delivered. Its provider has long had its answer, so
 * that what is said goes by the outbox, on a synchronous channel too. One person's replays go one by one: the next one
 * waits (ERR_CONFLICT) until the one before is committed, or is first again when that failed. Must not know: files.
 * Proved by tests/unit/test_spool_replay.c and tests/blackbox/redis-away.test.mjs. */
#ifndef GATEWAY_SPOOL_REPLAY_H
#define GATEWAY_SPOOL_REPLAY_H

#include "gateway/intake.h"
#include "gateway/spool.h"

struct spool_replays {
    const struct hooks *hooks;
    struct replaying *under_way; /* NULL at first */
};

/* Gives the spool its user; `replays` outlives the spool. */
struct spool_user spool_replay_user(struct spool_replays *replays);

#endif
