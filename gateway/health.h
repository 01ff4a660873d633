/* Health: /livez, /readyz and /metrics.
 *
 * Alive means that the loop turns; ready means that a message would be taken: Redis fit, flows and models loaded, not
 * draining. Proved by tests/blackbox/health.test.mjs. */
#ifndef GATEWAY_HEALTH_H
#define GATEWAY_HEALTH_H

#include "gateway/http.h"
#include "gateway/redis.h"
#include "gateway/world.h"

struct health {
    const struct world *world;
    struct redis *redis;
    bool draining;
};

/* The routes' handlers; ctx is a struct health. */
void health_live(void *ctx, struct http_exchange *exchange);
void health_ready(void *ctx, struct http_exchange *exchange);
void health_metrics(void *ctx, struct http_exchange *exchange);

#endif
