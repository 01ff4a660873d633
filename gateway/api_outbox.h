/* The outbox in the API: its rows of api_routes.c, and what they take and answer. A message's number and words are for
 * who may send; others see what stands for the person. Failure policy: as api.h. Proved by
 * tests/blackbox/outbox-command.test.mjs. */
#ifndef GATEWAY_API_OUTBOX_H
#define GATEWAY_API_OUTBOX_H

#include "gateway/api_parts.h"

extern const struct api_field api_outbox_query[];
extern const struct api_shape api_outbox_message, api_outbox_verdict, api_outbox_resolved;

/* The handlers: each answers its call, or has somebody answer it. */
void api_outbox_list(struct api_call *call);
void api_outbox_resolve(struct api_call *call);

/* clang-format off */
#define API_OUTBOX_ROUTES                                                                                              \
    {.method = "GET", .path = "/outbox", .id = "listOutbox",                                                           \
     .sentence = "Lists what waits to be sent, is in doubt, or failed for good; written down in the audit log",        \
     .roles = ROLE_EVERY, .status = 200, .query = api_outbox_query, .answer = &api_outbox_message, .is_list = true,    \
     .run = api_outbox_list},                                                                                          \
    {.method = "POST", .path = "/outbox/{id}/resolve", .id = "resolveMessage",                                         \
     .sentence = "Decides about a message that is in doubt or dead",                                                   \
     .roles = ROLE_SENDER | ROLE_ENGINEER | ROLE_ADMIN, .status = 200, .body = &api_outbox_verdict,                    \
     .answer = &api_outbox_resolved, .run = api_outbox_resolve}
/* clang-format on */

#endif
