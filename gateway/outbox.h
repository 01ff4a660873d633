/* The outbox: what was committed to be said, said once.
 *
 * Reads the shards' streams through a consumer group, keeps each contact's messages in order (one under way, the
 * others wait behind it), asks leave and writes INTENT before a provider is called, writes RESULT after, and retries
 * what is transient with back-off and jitter. What an earlier process called without telling us the end, or what the
 * provider never answered, is in doubt: it is put aside in the stream `doubt`, never guessed. What failed for good is
 * in the stream `dead`.
 * Must not know: conversations. Failure policy: without Redis nothing is sent; entries stay where they are.
 * Proved by tests/unit/test_outbox.c and tests/blackbox/outbox.test.mjs. */
#ifndef GATEWAY_OUTBOX_H
#define GATEWAY_OUTBOX_H

#include "adapters/adapter.h"
#include "gateway/outbox_policy.h"
#include "gateway/redis.h"
#include "gateway/sender.h"

#define OUTBOX_HELD_MAX 4096 /* entries in memory; above, no more are read */

struct outbox;

/* Finds a channel by name; NULL when it is not configured any more. */
typedef const struct channel *outbox_channel(void *ctx, struct slice name);

/* Starts the outbox over two clients (`reader` blocks on the streams, `redis` does the rest), both outlive it. NULL
 * without memory. */
struct outbox *outbox_open(struct event_base *base, struct redis *redis, struct redis *reader, struct sender *sender,
                           outbox_channel *channel, void *ctx);

/* Tells it that its client, or its reader's client, came up: what waited for Redis goes on. */
void outbox_redis_up(struct outbox *outbox);
void outbox_reader_up(struct outbox *outbox);

/* Stops reading and begins nothing new; what is under way goes on to its end. */
void outbox_drain(struct outbox *outbox);

/* For tests: the wait before the second try. Units: milliseconds. */
void outbox_set_patience(struct outbox *outbox, int64_t backoff_first_ms);

/* Lets go of everything: from now on it takes no answer and makes no call. Calls under way are in doubt for the next
 * process. */
void outbox_abandon(struct outbox *outbox);

/* Tells how many messages are under way (leave asked for, provider called, result not yet in Redis), and how many
 * entries are in memory. A process that ends while any is under way leaves it in doubt. */
size_t outbox_in_flight(const struct outbox *outbox);
size_t outbox_held(const struct outbox *outbox);

/* Frees it. Abandon it, then close both clients and the sender first, so that nothing calls back. */
void outbox_close(struct outbox *outbox);

#endif
