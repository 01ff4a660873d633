/* The API: /api/v1 for the console, the command line and other programs.
 *
 * One table of routes (api_routes.c) says of each: method, path, who may, what it takes, what it answers. Serving,
 * checking bodies and the OpenAPI document come from it, so that none can differ from the others. Every request passes
 * the same way: route, token, role, query and body, Idempotency-Key, then its handler; every error is a problem+json
 * (RFC 9457) that names field and rule. Must not know: what a turn does, channels' formats. Failure policy: Redis away
 * is 503; an act and the line about it in the audit log are written together or not at all. Proved by
 * tests/unit/test_api.c and tests/blackbox/api.test.mjs. */
#ifndef GATEWAY_API_H
#define GATEWAY_API_H

#include "gateway/http.h"
#include "gateway/redis.h"
#include "gateway/store.h"
#include "gateway/turn.h"
#include "gateway/world.h"

#define API_BODY_MAX (256 * 1024)        /* bytes of a request's body */
#define API_UPLOAD_MAX (2 * 1024 * 1024) /* of one that brings a whole file, as JSON */
#define API_MEDIA_MAX (16 * 1024 * 1024) /* of what a person sent: WhatsApp's limit for recordings and videos */

struct api;

/* Makes one; all is borrowed and must outlive it. `key` signs operators' tokens and stands for people in the audit
 * log. Returns NULL without memory. */
struct api *api_open(struct event_base *base, const struct world *world, struct redis *redis, struct turns *turns,
                     struct slice key);

/* Gives it what calls partners' systems; it outlives every request. */
struct webhooks;
void api_use_webhooks(struct api *api, struct webhooks *webhooks);

/* Gives it what calls providers; freed before api_stop(). */
struct sender;
void api_use_sender(struct api *api, struct sender *sender);

/* Gives it what makes two numbers one; it outlives every request. */
struct merger;
void api_use_merger(struct api *api, struct merger *merger);

/* Answers whoever waits for a password to be hashed; before Redis is closed, because an answer may be kept there. NULL
 * is allowed. Blocks for some tens of milliseconds. */
void api_stop(struct api *api);

/* Frees it; after Redis is closed, so that every request is answered. NULL is allowed. */
void api_close(struct api *api);

/* The route's handler and limit; ctx is a struct api. */
void api_handle(void *ctx, struct http_exchange *exchange);
size_t api_body_max(void *ctx, struct slice rest);

/* Appends the OpenAPI 3.1 document. */
void api_put_openapi(struct buf *out);

#endif
