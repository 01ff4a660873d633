/* Read receipts: tells the provider that a person's message was read, once its turn is committed.
 *
 * Best effort: one call for each message, while fewer than SEEN_MAX are under way; nothing waits for it, nothing is
 * repeated, and no promise hangs on it. What is lost is two blue ticks. Must not know: Redis, turns. Failure policy: a
 * call that fails is counted and forgotten. Proved by tests/blackbox/read-receipts.test.mjs. */
#ifndef GATEWAY_SEEN_H
#define GATEWAY_SEEN_H

#include "adapters/adapter.h"
#include "gateway/sender.h"

#define SEEN_MAX 64            /* calls under way in one process */
#define SEEN_BYTES (16 * 1024) /* of one call */

/* Outlives its sender; zero but for `sender` at first. */
struct seen {
    struct sender *sender;
    size_t under_way;
};

/* Marks an event of a channel as read, where its adapter and its settings have that. */
void seen_mark(struct seen *seen, const struct channel *channel, const struct event *event);

#endif
