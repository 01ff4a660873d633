/* Health: /livez, /readyz and /metrics.
 *
 * Alive means that the loop turns; ready means that a message would be taken: Redis fit, flows and models loaded, not
 * draining. How many webhooks wait in the spool is told beside. Proved by tests/blackbox/health.test.mjs. */
#ifndef GATEWAY_HEALTH_H
#define GATEWAY_HEALTH_H

#include "gateway/http.h"
#include "gateway/redis.h"
#include "gateway/spool.h"
#include "gateway/world.h"

struct health {
    const struct world *world;
    struct redis *redis;
    const struct spool *spool; /* NULL: none */
    bool draining;
};

/* The routes' handlers; ctx is a struct health. */
void health_live(void *ctx, struct http_exchange *exchange);
void health_ready(void *ctx, struct http_exchange *exchange);
void health_metrics(void *ctx, struct http_exchange *exchange);

#endif
