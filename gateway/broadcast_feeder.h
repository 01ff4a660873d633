/* The feeder: gives a broadcast's people to the outbox, a few seconds' worth ahead of what is sent.
 *
 * Each worker feeds the shards whose lease it holds. It looks every FEEDER_LOOK_MS at the broadcasts that are live:
 * lets their instants come (confirmed, holding), freezes in each shard who gets one, feeds, shuts a shard's gate where
 * one was paused or cancelled (what was fed and did not go is taken back then), and tells when the last shard is
 * through. All that matters is one Function call each (gateway/lua/cast.lua) that names the lease or what it expects,
 * so that a process may die between any two, and two may do the same at once. Must not know: the outbox, HTTP. Failure
 * policy: what fails is done again with the next look. Proved by tests/unit/test_broadcast_ledger.c and
 * tests/blackbox/broadcast.test.mjs. */
#ifndef GATEWAY_BROADCAST_FEEDER_H
#define GATEWAY_BROADCAST_FEEDER_H

#include "gateway/loop.h"
#include "gateway/redis.h"
#include "gateway/store.h"
#include "gateway/world.h"

#define FEEDER_LOOK_MS 250
#define FEEDER_AHEAD_S 4    /* of the channel's rate, over all shards */
#define FEEDER_AHEAD_MAX 64 /* people of one shard */

struct feeder;

/* Starts one; `owner` is the process's word (shards.h). What is given outlives it. NULL without memory. */
struct feeder *feeder_open(struct loop *loop, struct redis *redis, struct store *store, const struct world *world,
                           struct slice owner);

/* A shard's lease came (its token) or went (0). */
void feeder_shard(void *feeder, unsigned shard, uint64_t token);

/* Begins nothing any more. */
void feeder_stop(struct feeder *feeder);

/* Frees it, after Redis's client. NULL is allowed. */
void feeder_close(struct feeder *feeder);

#endif
