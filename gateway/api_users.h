/* Users in the API: who asks, logging in, users, tokens and the audit log; the rows of api_routes.c, and what they take
 * and answer (api_user_shapes.c). Failure policy: as api.h. Proved by tests/blackbox/api.test.mjs. */
#ifndef GATEWAY_API_USERS_H
#define GATEWAY_API_USERS_H

#include "gateway/api_parts.h"

extern const struct api_shape api_me, api_login_shape, api_renewal, api_user, api_new_user, api_user_change, api_token,
    api_shown_token, api_new_token, api_audit_entry;

/* The handlers: each answers its call, or has somebody answer it. */
void api_login(struct api_call *call);
void api_logout(struct api_call *call);
void api_me_show(struct api_call *call);
void api_me_password(struct api_call *call);
void api_users_list(struct api_call *call);
void api_users_create(struct api_call *call);
void api_users_show(struct api_call *call);
void api_users_change(struct api_call *call);
void api_tokens_list(struct api_call *call);
void api_tokens_create(struct api_call *call);
void api_tokens_revoke(struct api_call *call);
void api_audit_list(struct api_call *call);

/* clang-format off */
#define API_USER_ROUTES                                                                                                \
    {.method = "POST", .path = "/login", .id = "logIn",                                                                \
     .sentence = "Gives a token of 12 hours for name and password", .status = 201, .body = &api_login_shape,           \
     .answer = &api_shown_token, .is_secret = true, .run = api_login},                                                 \
    {.method = "POST", .path = "/logout", .id = "logOut", .sentence = "Revokes the token that it is asked with",       \
     .roles = ROLE_EVERY, .status = 204, .run = api_logout},                                                           \
    {.method = "GET", .path = "/me", .id = "showMe", .sentence = "Tells who asks", .roles = ROLE_EVERY,                \
     .status = 200, .answer = &api_me, .run = api_me_show},                                                            \
    {.method = "POST", .path = "/me/password", .id = "changeMyPassword", .sentence = "Changes one's own password",     \
     .roles = ROLE_EVERY, .status = 204, .body = &api_renewal, .run = api_me_password},                                \
    {.method = "GET", .path = "/users", .id = "listUsers", .sentence = "Lists users by name", .roles = ROLE_ADMIN,     \
     .status = 200, .query = api_page_query, .answer = &api_user, .is_list = true, .run = api_users_list},             \
    {.method = "POST", .path = "/users", .id = "createUser", .sentence = "Makes a user", .roles = ROLE_ADMIN,          \
     .status = 201, .body = &api_new_user, .answer = &api_user, .is_versioned = true, .run = api_users_create},        \
    {.method = "GET", .path = "/users/{name}", .id = "showUser", .sentence = "Shows a user", .roles = ROLE_ADMIN,      \
     .status = 200, .answer = &api_user, .is_versioned = true, .run = api_users_show},                                 \
    {.method = "PATCH", .path = "/users/{name}", .id = "changeUser",                                                   \
     .sentence = "Changes a user's role or password, revokes the user, or takes that back", .roles = ROLE_ADMIN,       \
     .status = 200, .body = &api_user_change, .answer = &api_user, .is_versioned = true, .run = api_users_change},     \
    {.method = "GET", .path = "/users/{name}/tokens", .id = "listTokens",                                              \
     .sentence = "Lists a user's tokens: one's own, or as an administrator anybody's", .roles = ROLE_EVERY,            \
     .status = 200, .query = api_page_query, .answer = &api_token, .is_list = true, .run = api_tokens_list},           \
    {.method = "POST", .path = "/users/{name}/tokens", .id = "createToken",                                            \
     .sentence = "Makes a token: one's own, or as an administrator anybody's", .roles = ROLE_EVERY, .status = 201,     \
     .body = &api_new_token, .answer = &api_shown_token, .is_secret = true, .run = api_tokens_create},                 \
    {.method = "DELETE", .path = "/users/{name}/tokens/{id}", .id = "revokeToken",                                     \
     .sentence = "Revokes a token: one's own, or as an administrator anybody's", .roles = ROLE_EVERY, .status = 204,   \
     .run = api_tokens_revoke},                                                                                        \
    {.method = "GET", .path = "/audit", .id = "listAudit", .sentence = "Lists what was done, the newest first",        \
     .roles = ROLE_ADMIN, .status = 200, .query = api_page_query, .answer = &api_audit_entry, .is_list = true,         \
     .run = api_audit_list}
/* clang-format on */

#endif
