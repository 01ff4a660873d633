/* Webhooks in the API: the rows of api_routes.c, what they take and answer, and what their two files share:
 * api_webhooks.c (endpoints as records) and api_webhook_acts.c (secrets, trying out, deliveries, telling again). URLs
 * may hold tokens, so that only those who may make endpoints see them. Failure policy: as api.h. Proved by
 * tests/blackbox/partners.test.mjs. */
#ifndef GATEWAY_API_WEBHOOKS_H
#define GATEWAY_API_WEBHOOKS_H

#include "gateway/api_parts.h"
#include "gateway/webhooks.h"

extern const struct api_shape api_webhook, api_webhook_shown, api_webhook_new, api_webhook_change, api_webhook_call,
    api_webhook_delivery, api_webhook_since;
extern const struct api_field api_webhook_query[], api_webhook_page[];

/* The handlers: each answers its call, or has somebody answer it. */
void api_webhooks_list(struct api_call *call);
void api_webhooks_create(struct api_call *call);
void api_webhooks_show(struct api_call *call);
void api_webhooks_change(struct api_call *call);
void api_webhooks_delete(struct api_call *call);
void api_webhooks_rotate(struct api_call *call);
void api_webhooks_test(struct api_call *call);
void api_webhooks_replay(struct api_call *call);
void api_webhook_deliveries_list(struct api_call *call);
void api_webhook_deliveries_replay(struct api_call *call);

/* clang-format off */
#define API_WEBHOOK_ROLES (ROLE_ENGINEER | ROLE_ADMIN)
#define API_WEBHOOK_ROUTES                                                                                             \
    {.method = "GET", .path = "/webhooks", .id = "listWebhooks", .sentence = "Lists partners' webhooks",              \
     .roles = API_WEBHOOK_ROLES, .status = 200, .query = api_webhook_page, .answer = &api_webhook, .is_list = true,    \
     .run = api_webhooks_list},                                                                                        \
    {.method = "POST", .path = "/webhooks", .id = "createWebhook",                                                     \
     .sentence = "Makes a webhook; its secret is shown once", .roles = API_WEBHOOK_ROLES, .status = 201,               \
     .body = &api_webhook_new, .answer = &api_webhook_shown, .is_versioned = true, .is_secret = true,                  \
     .run = api_webhooks_create},                                                                                      \
    {.method = "GET", .path = "/webhooks/{id}", .id = "showWebhook", .sentence = "Shows a webhook",                    \
     .roles = API_WEBHOOK_ROLES, .status = 200, .answer = &api_webhook, .is_versioned = true,                          \
     .run = api_webhooks_show},                                                                                        \
    {.method = "PATCH", .path = "/webhooks/{id}", .id = "changeWebhook",                                               \
     .sentence = "Changes a webhook; one that is switched on again is told what happens from then on",                 \
     .roles = API_WEBHOOK_ROLES, .status = 200, .body = &api_webhook_change, .answer = &api_webhook,                   \
     .is_versioned = true, .run = api_webhooks_change},                                                                \
    {.method = "DELETE", .path = "/webhooks/{id}", .id = "deleteWebhook", .sentence = "Takes a webhook away",          \
     .roles = API_WEBHOOK_ROLES, .status = 204, .is_versioned = true, .run = api_webhooks_delete},                     \
    {.method = "POST", .path = "/webhooks/{id}/rotate", .id = "rotateWebhookSecret",                                   \
     .sentence = "Gives a webhook another secret, shown once; the one before signs too, for a day",                    \
     .roles = API_WEBHOOK_ROLES, .status = 200, .answer = &api_webhook_shown, .is_secret = true,                       \
     .run = api_webhooks_rotate},                                                                                      \
    {.method = "POST", .path = "/webhooks/{id}/test", .id = "testWebhook",                                             \
     .sentence = "Calls a webhook with an event webhook.test, and tells how that ended",                               \
     .roles = API_WEBHOOK_ROLES, .status = 200, .answer = &api_webhook_call, .run = api_webhooks_test},                \
    {.method = "POST", .path = "/webhooks/{id}/replay", .id = "replayWebhook",                                         \
     .sentence = "Has a webhook told again what happened since an instant, of the last seven days",                    \
     .roles = API_WEBHOOK_ROLES, .status = 200, .body = &api_webhook_since, .answer = &api_webhook,                    \
     .run = api_webhooks_replay},                                                                                      \
    {.method = "GET", .path = "/webhooks/{id}/deliveries", .id = "listWebhookDeliveries",                              \
     .sentence = "Lists how the last deliveries ended, the newest first",                                              \
     .roles = API_WEBHOOK_ROLES, .status = 200, .query = api_webhook_query, .answer = &api_webhook_delivery,           \
     .is_list = true, .run = api_webhook_deliveries_list},                                                             \
    {.method = "POST", .path = "/webhooks/{id}/deliveries/{delivery}/replay", .id = "replayWebhookDelivery",           \
     .sentence = "Calls a webhook at once with an event that was given up, and tells how that ended",                  \
     .roles = API_WEBHOOK_ROLES, .status = 200, .answer = &api_webhook_call, .run = api_webhook_deliveries_replay}
/* clang-format on */

/* An act on an endpoint, while it goes on. */
struct webhook_act {
    char id[WEBHOOK_ID];
    const char *what;      /* for the audit log */
    struct slice before;   /* its record; empty: it is being made */
    struct webhook now;    /* what it says, and then what it is to say */
    struct slice after;    /* the record then; empty: none */
    int64_t began_ms;      /* steady clock: of a call */
    struct slice delivery; /* a dead one that is told again: its id, */
    unsigned shard;        /* where its event lies, */
    struct slice entry;    /* under which id, */
    struct webhook_event event;
    int status;                          /* and what was answered */
    void (*then)(struct api_call *call); /* goes on once it is found */
};

/* Begins an act on the endpoint that the path names, and calls `then` once its record is read; else the call is
 * answered. */
void webhook_find(struct api_call *call, const char *what, void (*then)(struct api_call *call));

/* Writes the act's record as `now` says, with its line in the audit log, and answers with it; with its secret where the
 * route has one. */
void webhook_keep(struct api_call *call);

#endif
