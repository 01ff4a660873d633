/* Broadcasts in the API: the rows of api_routes.c, and what they take and answer (api_broadcast_shapes.c). Failure
 * policy: as api.h. Proved by tests/blackbox/broadcast.test.mjs. */
#ifndef GATEWAY_API_BROADCASTS_H
#define GATEWAY_API_BROADCASTS_H

#include "gateway/api_parts.h"

extern const struct api_shape api_recipient, api_new_broadcast, api_broadcast_change, api_broadcast_confirmation,
    api_broadcast_trial, api_broadcast;
extern const struct api_field api_recipients_query[];

/* The handlers: each answers its call, or has somebody answer it. */
void api_broadcasts_list(struct api_call *call);
void api_broadcasts_create(struct api_call *call);
void api_broadcasts_show(struct api_call *call);
void api_broadcasts_change(struct api_call *call);
void api_broadcasts_preview(struct api_call *call);
void api_broadcasts_confirm(struct api_call *call);
void api_broadcasts_undo(struct api_call *call);
void api_broadcasts_pause(struct api_call *call);
void api_broadcasts_resume(struct api_call *call);
void api_broadcasts_cancel(struct api_call *call);
void api_broadcasts_test(struct api_call *call);
void api_recipients_list(struct api_call *call);

/* clang-format off */
#define API_BROADCAST_ROUTES                                                                                           \
    {.method = "GET", .path = "/broadcasts", .id = "listBroadcasts",                                                   \
     .sentence = "Lists broadcasts, the newest first", .roles = ROLE_EVERY, .status = 200, .query = api_page_query,    \
     .answer = &api_broadcast, .is_list = true, .run = api_broadcasts_list},                                           \
    {.method = "POST", .path = "/broadcasts", .id = "createBroadcast", .sentence = "Makes a draft",                    \
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 201, .body = &api_new_broadcast,                       \
     .answer = &api_broadcast, .is_versioned = true, .run = api_broadcasts_create},                                    \
    {.method = "GET", .path = "/broadcasts/{id}", .id = "showBroadcast",                                               \
     .sentence = "Shows a broadcast with the sums of its ledger", .roles = ROLE_EVERY, .status = 200,                  \
     .answer = &api_broadcast, .is_versioned = true, .run = api_broadcasts_show},                                      \
    {.method = "PATCH", .path = "/broadcasts/{id}", .id = "changeBroadcast",                                           \
     .sentence = "Changes a draft; while it is sent, its budget alone",                                                \
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 200, .body = &api_broadcast_change,                    \
     .answer = &api_broadcast, .is_versioned = true, .run = api_broadcasts_change},                                    \
    {.method = "POST", .path = "/broadcasts/{id}/preview", .id = "previewBroadcast",                                   \
     .sentence = "Counts the people of a draft, which confirming it repeats",                                          \
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 200, .answer = &api_broadcast, .is_versioned = true,   \
     .run = api_broadcasts_preview},                                                                                   \
    {.method = "POST", .path = "/broadcasts/{id}/confirm", .id = "confirmBroadcast",                                   \
     .sentence = "Confirms what was previewed: it is held for a while, then sent", .roles = ROLE_SENDER | ROLE_ADMIN,  \
     .status = 200, .body = &api_broadcast_confirmation, .answer = &api_broadcast, .is_versioned = true,               \
     .run = api_broadcasts_confirm},                                                                                   \
    {.method = "POST", .path = "/broadcasts/{id}/undo", .id = "undoBroadcast",                                         \
     .sentence = "Takes a confirmation back before anything was sent", .roles = ROLE_SENDER | ROLE_ADMIN,              \
     .status = 200, .answer = &api_broadcast, .is_versioned = true, .run = api_broadcasts_undo},                       \
    {.method = "POST", .path = "/broadcasts/{id}/pause", .id = "pauseBroadcast",                                       \
     .sentence = "Holds back who did not get it yet", .roles = ROLE_SENDER | ROLE_ADMIN, .status = 200,                \
     .answer = &api_broadcast, .is_versioned = true, .run = api_broadcasts_pause},                                     \
    {.method = "POST", .path = "/broadcasts/{id}/resume", .id = "resumeBroadcast",                                     \
     .sentence = "Goes on with what was paused", .roles = ROLE_SENDER | ROLE_ADMIN, .status = 200,                     \
     .answer = &api_broadcast, .is_versioned = true, .run = api_broadcasts_resume},                                    \
    {.method = "POST", .path = "/broadcasts/{id}/cancel", .id = "cancelBroadcast",                                     \
     .sentence = "Ends it for good: who did not get it yet gets nothing", .roles = ROLE_SENDER | ROLE_ADMIN,           \
     .status = 200, .answer = &api_broadcast, .is_versioned = true, .run = api_broadcasts_cancel},                     \
    {.method = "POST", .path = "/broadcasts/{id}/test", .id = "testBroadcast",                                         \
     .sentence = "Sends it to one person, at once", .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 204,    \
     .body = &api_broadcast_trial, .run = api_broadcasts_test},                                                        \
    {.method = "GET", .path = "/broadcasts/{id}/recipients", .id = "listRecipients",                                   \
     .sentence = "Lists who gets it, and what became of each", .roles = ROLE_EVERY, .status = 200,                     \
     .query = api_recipients_query, .answer = &api_recipient, .is_list = true, .run = api_recipients_list}
/* clang-format on */

#endif
