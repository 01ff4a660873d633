/* Webhooks: /hooks/CHANNEL, from the provider's bytes to its answer.
 *
 * Authenticate on raw bytes, decode, then one turn or receipt an event, in order; the answer goes out when all of it
 * is in Redis. While Redis is away, what a provider would not send again is put into the spool, and acknowledged once
 * it is on disk. What another failure answers is the adapter's to say (a USSD step always gets an END text), so that
 * each provider repeats, or does not. Proved by tests/blackbox/webhooks.test.mjs (signatures, repeats, malformed
 * bodies), conversation.test.mjs and redis-away.test.mjs. */
#ifndef GATEWAY_HOOKS_H
#define GATEWAY_HOOKS_H

#include "gateway/intake.h"
#include "gateway/http.h"

/* The route's handler ("/hooks/", ctx is a struct hooks) and its body limit by channel, HTTP_NO_PATH where there is no
 * such channel. */
void hooks_handle(void *ctx, struct http_exchange *exchange);
size_t hooks_body_max(void *ctx, struct slice rest);

#endif
