/* Outgoing: what a worker does without being asked. Its shards, and for each of them the outbox and the timers.
 *
 * Wires the three together and gives the worker one thing to start, to nudge and to end in order: nothing new is begun,
 * what is under way ends, the leases are given back, so that the next process need not wait for them to run out. Must
 * not know: HTTP, Redis. Proved by tests/unit/test_outbox.c and tests/blackbox/workers.test.mjs. */
#ifndef GATEWAY_OUTGOING_H
#define GATEWAY_OUTGOING_H

#include "gateway/outbox.h"
#include "gateway/timers.h"

struct outgoing;

/* Starts as the process of that word; `before` is the word of a process that is known to be dead and that this one
 * replaces (empty: none). `parts` is copied, what it points to outlives this, as do the turns. NULL without memory. */
struct outgoing *outgoing_open(const struct outbox_parts *parts, struct turns *turns, struct slice word,
                               struct slice before);

/* Has somebody else told of shards that come and go from now on: a broadcast's feeder. */
void outgoing_tell(struct outgoing *outgoing, shards_changed *also, void *ctx);

/* The store came up. */
void outgoing_store_up(struct outgoing *outgoing);

/* Something was committed in a shard. */
void outgoing_nudge(struct outgoing *outgoing, unsigned shard);

/* Begins nothing new. */
void outgoing_drain(struct outgoing *outgoing);

/* Tells how much is under way; once that is nothing, outgoing_leave() gives the leases back, and tells whether that is
 * done: ask again until it is. */
size_t outgoing_in_flight(const struct outgoing *outgoing);
bool outgoing_leave(struct outgoing *outgoing);

/* How many messages are in memory. */
size_t outgoing_held(const struct outgoing *outgoing);

/* Lets go of everything: takes no answer any more. */
void outgoing_abandon(struct outgoing *outgoing);

/* Frees it. Abandon it, and end the store's client and the sender first. NULL is allowed. */
void outgoing_close(struct outgoing *outgoing);

#endif
