/* Webhooks: /hooks/CHANNEL, from the provider's bytes to its answer.
 *
 * Authenticate on raw bytes, decode, then one turn or receipt an event, in order; the answer goes out when all of it
 * is in Redis. What a failure answers is the adapter's to say (a USSD step always gets an END text), so that each
 * provider repeats, or does not. Proved by tests/blackbox/webhooks.test.mjs (signatures, repeats, malformed
 * bodies) and conversation.test.mjs. */
#ifndef GATEWAY_HOOKS_H
#define GATEWAY_HOOKS_H

#include "gateway/http.h"
#include "gateway/redis.h"
#include "gateway/turn.h"
#include "gateway/world.h"

#define HOOK_ARENA_MAX (2 * 1024 * 1024) /* bytes that one event's turn may use */

/* What the handler needs; outlives the server. */
struct hooks {
    const struct world *world;
    struct turns *turns;
    struct redis *redis; /* for receipts */
};

/* The route's handler ("/hooks/", ctx is a struct hooks) and its body limit by channel. */
void hooks_handle(void *ctx, struct http_exchange *exchange);
size_t hooks_body_max(void *ctx, struct slice rest);

#endif
