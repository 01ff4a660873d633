/* The shards that this process works on: leases with fencing tokens.
 *
 * Every process tells each SHARDS_TICK_MS that it is there, learns how many are, and takes leases until it has its fair
 * share of the SHARDS; it renews what it has and gives back what is too much. Who dies loses its leases when they run
 * out, so that others have its shards within SHARDS_TAKEN_OVER_MS. A token that is not in Redis any more lets nothing
 * begin there, so what is known here may be late without harm. Must not know: what is done with a shard. Failure
 * policy: without the store nothing changes. Proved by tests/unit/test_shards.c and tests/blackbox/workers.test.mjs. */
#ifndef GATEWAY_SHARDS_H
#define GATEWAY_SHARDS_H

#include "gateway/keys.h"
#include "gateway/loop.h"
#include "gateway/store.h"

#define SHARDS_TICK_MS 1000
#define SHARDS_LEASE_MS 5000
#define SHARDS_TAKEN_OVER_MS 10000
#define SHARDS_WORD 17 /* bytes of a process's word and its NUL: chance, as hex */

struct shards;

/* Tells that a shard came (its token is new) or went (token 0). */
typedef void shards_changed(void *ctx, unsigned shard, uint64_t token);

/* Tells whether a shard may be given back now: nothing of it is under way. */
typedef bool shards_idle(void *ctx, unsigned shard);

/* Starts; `owner` is this process's word (below STORE_OWNER_MAX bytes, copied). NULL without memory. */
struct shards *shards_open(struct loop *loop, struct store *store, struct slice owner, shards_changed *changed,
                           shards_idle *idle, void *ctx);

/* Gives the leases of a process that is known to be dead back in its name, once the store is there, so that nobody
 * waits for them to run out. What it was calling is in doubt all the same. */
void shards_inherit(struct shards *shards, struct slice owner_before);

/* Gives a shard's token, 0 when it is not ours; and the process's word. */
uint64_t shards_token(const struct shards *shards, unsigned shard);
struct slice shards_owner(const struct shards *shards);

/* Begins at once what the next tick would: call when the store came up. */
void shards_hurry(struct shards *shards);

/* Gives all back and takes none any more; shards_left() tells when that is done (or cannot be). */
void shards_leave(struct shards *shards);
bool shards_left(const struct shards *shards);

/* Stops acting: what is leased runs out by itself. */
void shards_abandon(struct shards *shards);

/* Frees it; the store must not call back any more. NULL is allowed. */
void shards_close(struct shards *shards);

#endif
