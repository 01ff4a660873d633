/* Merging two numbers, in the API: its row of api_routes.c, and what it takes and answers. It erases a number, so that
 * who may erase may merge. Failure policy: as api.h. Proved by tests/blackbox/merge.test.mjs. */
#ifndef GATEWAY_API_MERGE_H
#define GATEWAY_API_MERGE_H

#include "gateway/api_parts.h"

extern const struct api_shape api_merge, api_merged;

/* The handler: answers its call, or has somebody answer it. */
void api_contacts_merge(struct api_call *call);

/* clang-format off */
#define API_MERGE_ROUTES                                                                                               \
    {.method = "POST", .path = "/contacts/{number}/merge", .id = "mergeContacts",                                      \
     .sentence = "Takes in what is known of another number of hers, which is then erased; its consents are not taken", \
     .roles = ROLE_ADMIN, .status = 200, .body = &api_merge, .answer = &api_merged, .run = api_contacts_merge}
/* clang-format on */

#endif
