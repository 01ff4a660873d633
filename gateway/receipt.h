/* Receipts: what providers tell later about a message of ours.
 *
 * A receipt moves its message's record forward, never back, whatever the order and number, and settles a doubt. One
 * that comes before the send call's own answer is kept a few minutes. Proved by tests/unit/test_outbox.c and
 * tests/blackbox/outbox.test.mjs. */
#ifndef GATEWAY_RECEIPT_H
#define GATEWAY_RECEIPT_H

#include "adapters/adapter.h"
#include "gateway/store.h"

/* Takes one receipt (an EVENT_STATUS; borrowed for the call); `done` is told OK when it is on disk or means nothing to
 * us. Returns an error, and then never calls back, when the store could not be asked. */
MUST_USE enum error receipt_take(struct store *store, const struct channel *channel, const struct event *receipt,
                                 store_ended *done, void *ctx);

#endif
