/* Receipts: what providers tell later about a message of ours.
 *
 * A receipt moves its message's record forward, never back, whatever the order and number. One that comes before the
 * send call's own answer is kept a few minutes. Proved by tests/blackbox/outbox.test.mjs. */
#ifndef GATEWAY_RECEIPT_H
#define GATEWAY_RECEIPT_H

#include "adapters/adapter.h"
#include "gateway/redis.h"

/* OK when the receipt is on disk or means nothing to us; ERR_UNAVAILABLE. */
typedef void receipt_done(void *ctx, enum error error);

/* Takes one receipt (an EVENT_STATUS; borrowed for the call). Returns an error, and then never calls back, when Redis
 * could not be asked. */
MUST_USE enum error receipt_take(struct redis *redis, const struct channel *channel, const struct event *receipt,
                                 receipt_done *done, void *ctx);

#endif
