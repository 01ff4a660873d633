/* The outbox: what was committed to be said, said once.
 *
 * Reads the streams of the shards whose lease this process holds, keeps each person's messages on a channel in order
 * (one under way, the others wait behind it; replies before bulk), waits until every limit lets a message go (pace.h),
 * asks leave and writes INTENT before a provider is called, writes RESULT after, and retries what is transient with
 * back-off and jitter. What an earlier process called without telling us the end, or what the provider never answered,
 * is in doubt: the channel's policy says whether it is put aside in the stream `doubt` or called again; it is never
 * guessed. What failed for good is in the stream `dead`. Both wait there for a person's decision.
 * Must not know: conversations, Redis, libevent. Failure policy: without the store nothing is sent; entries stay where
 * they are. Proved by tests/unit/test_outbox.c and tests/blackbox/outbox.test.mjs. */
#ifndef GATEWAY_OUTBOX_H
#define GATEWAY_OUTBOX_H

#include "adapters/adapter.h"
#include "gateway/outbox_policy.h"
#include "gateway/pace.h"
#include "gateway/sender.h"
#include "gateway/shards.h"

#define OUTBOX_HELD_MAX 4096 /* entries of each stream in memory; above, no more are read */

struct outbox;

/* Finds a channel by name; NULL when it is not configured any more. */
typedef const struct channel *outbox_channel(void *ctx, struct slice name);

/* Calls a provider: sender_call(), or what stands for it in a simulation. */
typedef enum error outbox_caller(void *caller, const struct http_call *call, sender_done *done, void *ctx);

/* What an outbox works with; all of it outlives it. */
struct outbox_parts {
    struct loop *loop;
    struct store *store;
    outbox_caller *call;
    void *caller;
    outbox_channel *channel;
    void *ctx;
    const struct limit_rules *(*rules)(void *ctx, const struct channel *channel); /* NULL: nothing is limited */
};

/* Starts an outbox for the shards that outbox_shard() tells of. NULL without memory. */
struct outbox *outbox_open(const struct outbox_parts *parts, struct slice owner);

/* A shard's lease came (its token) or went (0). */
void outbox_shard(struct outbox *outbox, unsigned shard, uint64_t token);

/* Tells whether nothing of a shard is under way: its lease may be given back. */
bool outbox_idle(const struct outbox *outbox, unsigned shard);

/* Tells it that the store came up: what waited for it goes on. */
void outbox_store_up(struct outbox *outbox);

/* Tells it that something was committed in a shard: it need not wait for its next look. */
void outbox_nudge(struct outbox *outbox, unsigned shard);

/* Stops reading and begins nothing new; what is under way goes on to its end. */
void outbox_drain(struct outbox *outbox);

/* For tests: the wait before the second try. Units: milliseconds. */
void outbox_set_patience(struct outbox *outbox, int64_t backoff_first_ms);

/* Lets go of everything: from now on it takes no answer and makes no call. Calls under way are in doubt for the next
 * process. */
void outbox_abandon(struct outbox *outbox);

/* Tells how many messages are under way (leave asked for, provider called, result not yet in the store), and how many
 * entries are in memory. A process that ends while any is under way leaves it in doubt. */
size_t outbox_in_flight(const struct outbox *outbox);
size_t outbox_held(const struct outbox *outbox);

/* Frees it. Abandon it, then close the store's client and the sender first, so that nothing calls back. */
void outbox_close(struct outbox *outbox);

#endif
