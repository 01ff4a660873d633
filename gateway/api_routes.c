/* The API's table: each route once, with all that is known of it. */
#include "gateway/api_parts.h"

#define NAME_FIELD(text)                                                                                               \
    {                                                                                                                  \
        "name", API_TEXT, true, 1, STAFF_NAME - 1, NULL, text                                                          \
    }
#define PASSWORD_FIELD(name, required, text)                                                                           \
    {                                                                                                                  \
        name, API_TEXT, required, PASSWORD_MIN, PASSWORD_MAX, NULL, text                                               \
    }

static const char *const states[] = {"active", "revoked", NULL};
static const char *const kinds[] = {"sms", "ussd", "whatsapp", NULL};

static const struct api_field page_query[] = {
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before"},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given"},
    {0}};

static const struct api_field me_fields[] = {
    NAME_FIELD("who asks"),
    {"role", API_TEXT, true, 0, 0, role_names, "what the user may do"},
    {"is_operator", API_TRUTH, true, 0, 0, NULL, "whether it is an operator of the daemon's machine, who is no user"},
    {0}};
static const struct api_shape me = {"Me", "Who asks.", me_fields};

static const struct api_field login_fields[] = {
    NAME_FIELD("the user's name"), {"password", API_TEXT, true, 1, PASSWORD_MAX, NULL, "the password"}, {0}};
static const struct api_shape login = {"Login", "Name and password.", login_fields};

static const struct api_field renewal_fields[] = {
    {"old_password", API_TEXT, true, 1, PASSWORD_MAX, NULL, "the present one"},
    PASSWORD_FIELD("new_password", true, "the one that takes its place"),
    {0}};
static const struct api_shape renewal = {"PasswordChange", "One's own password, anew.", renewal_fields};

static const struct api_field user_fields[] = {
    NAME_FIELD("lower-case letters, digits, dots, - and _, a letter first"),
    {"role", API_TEXT, true, 0, 0, role_names, "what the user may do"},
    {"state", API_TEXT, true, 0, 0, states, "a revoked user's tokens and password are worth nothing"},
    {"has_password", API_TRUTH, true, 0, 0, NULL, "whether the user can log in with a password"},
    {"created_at", API_TIME, true, 0, 0, NULL, "when it was made"},
    {0}};
static const struct api_shape user = {"User", "Somebody of the staff, or a program.", user_fields};

static const struct api_field new_user_fields[] = {
    NAME_FIELD("lower-case letters, digits, dots, - and _, a letter first"),
    {"role", API_TEXT, true, 0, 0, role_names, "what the user may do"},
    PASSWORD_FIELD("password", false, "for logging in; a program needs none"),
    {0}};
static const struct api_shape new_user = {"NewUser", "A user to be made.", new_user_fields};

static const struct api_field user_change_fields[] = {
    {"role", API_TEXT, false, 0, 0, role_names, "what the user may do from now on"},
    {"state", API_TEXT, false, 0, 0, states, "revoked: every token of the user ends at once"},
    PASSWORD_FIELD("password", false, "a new one"),
    {0}};
static const struct api_shape user_change = {"UserChange", "What is to be another of a user.", user_change_fields};

static const struct api_field token_fields[] = {{"id", API_TEXT, true, 0, 0, NULL, "what to revoke it by"},
                                                {"user", API_TEXT, true, 0, 0, NULL, "whose it is"},
                                                {"label", API_TEXT, true, 0, 0, NULL, "what it is for"},
                                                {"created_at", API_TIME, true, 0, 0, NULL, "when it was made"},
                                                {"expires_at", API_TIME, true, 0, 0, NULL, "when it ends by itself"},
                                                {0}};
static const struct api_shape token = {"Token", "A token, without its text.", token_fields};

static const struct api_field shown_token_fields[] = {
    {"id", API_TEXT, true, 0, 0, NULL, "what to revoke it by"},
    {"user", API_TEXT, true, 0, 0, NULL, "whose it is"},
    {"label", API_TEXT, true, 0, 0, NULL, "what it is for"},
    {"created_at", API_TIME, true, 0, 0, NULL, "when it was made"},
    {"expires_at", API_TIME, true, 0, 0, NULL, "when it ends by itself"},
    {"token", API_TEXT, true, 0, 0, NULL, "its text, shown this once"},
    {0}};
static const struct api_shape shown_token = {"ShownToken", "A token, with its text.", shown_token_fields};

static const struct api_field new_token_fields[] = {
    {"label", API_TEXT, true, 1, STAFF_LABEL - 1, NULL, "what it is for, on one line"},
    {"days", API_WHOLE, false, 1, 366, NULL, "how long it is good; 90 where it is not given"},
    {0}};
static const struct api_shape new_token = {"NewToken", "A token to be made.", new_token_fields};

static const struct api_field entry_fields[] = {
    {"id", API_TEXT, true, 0, 0, NULL, "the entry's"},
    {"at", API_TIME, true, 0, 0, NULL, "when it was done"},
    {"who", API_TEXT, true, 0, 0, NULL, "by whom"},
    {"what", API_TEXT, true, 0, 0, NULL, "what"},
    {"whom", API_TEXT, true, 0, 0, NULL, "on whom, or on what"},
    {"from", API_TEXT, true, 0, 0, NULL, "from which address; empty where it is not known"},
    {"more", API_MAP, false, 0, 0, NULL, "what else is to be known"},
    {0}};
static const struct api_shape entry = {"AuditEntry", "An act.", entry_fields};

static const struct api_field channel_fields[] = {
    {"name", API_TEXT, true, 0, 0, NULL, "as the configuration has it"},
    {"provider", API_TEXT, true, 0, 0, NULL, "whose protocol it speaks"},
    {"kind", API_TEXT, true, 0, 0, kinds, "what phones see"},
    {"answers_in_webhook", API_TRUTH, true, 0, 0, NULL, "whether replies go out with the webhook's answer"},
    {"sends", API_TRUTH, true, 0, 0, NULL, "whether it can send by itself"},
    {0}};
static const struct api_shape channel = {"Channel", "A way to people's phones.", channel_fields};

const struct api_route api_routes[] = {
    {.method = "POST",
     .path = "/login",
     .id = "logIn",
     .sentence = "Gives a token of 12 hours for name and password",
     .status = 201,
     .body = &login,
     .answer = &shown_token,
     .is_secret = true,
     .run = api_login},
    {.method = "POST",
     .path = "/logout",
     .id = "logOut",
     .sentence = "Revokes the token that it is asked with",
     .roles = ROLE_EVERY,
     .status = 204,
     .run = api_logout},
    {.method = "GET",
     .path = "/me",
     .id = "showMe",
     .sentence = "Tells who asks",
     .roles = ROLE_EVERY,
     .status = 200,
     .answer = &me,
     .run = api_me_show},
    {.method = "POST",
     .path = "/me/password",
     .id = "changeMyPassword",
     .sentence = "Changes one's own password",
     .roles = ROLE_EVERY,
     .status = 204,
     .body = &renewal,
     .run = api_me_password},
    {.method = "GET",
     .path = "/users",
     .id = "listUsers",
     .sentence = "Lists users by name",
     .roles = ROLE_ADMIN,
     .status = 200,
     .query = page_query,
     .answer = &user,
     .is_list = true,
     .run = api_users_list},
    {.method = "POST",
     .path = "/users",
     .id = "createUser",
     .sentence = "Makes a user",
     .roles = ROLE_ADMIN,
     .status = 201,
     .body = &new_user,
     .answer = &user,
     .is_versioned = true,
     .run = api_users_create},
    {.method = "GET",
     .path = "/users/{name}",
     .id = "showUser",
     .sentence = "Shows a user",
     .roles = ROLE_ADMIN,
     .status = 200,
     .answer = &user,
     .is_versioned = true,
     .run = api_users_show},
    {.method = "PATCH",
     .path = "/users/{name}",
     .id = "changeUser",
     .sentence = "Changes a user's role or password, revokes the user, or takes that back",
     .roles = ROLE_ADMIN,
     .status = 200,
     .body = &user_change,
     .answer = &user,
     .is_versioned = true,
     .run = api_users_change},
    {.method = "GET",
     .path = "/users/{name}/tokens",
     .id = "listTokens",
     .sentence = "Lists a user's tokens: one's own, or as an administrator anybody's",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = page_query,
     .answer = &token,
     .is_list = true,
     .run = api_tokens_list},
    {.method = "POST",
     .path = "/users/{name}/tokens",
     .id = "createToken",
     .sentence = "Makes a token: one's own, or as an administrator anybody's",
     .roles = ROLE_EVERY,
     .status = 201,
     .body = &new_token,
     .answer = &shown_token,
     .is_secret = true,
     .run = api_tokens_create},
    {.method = "DELETE",
     .path = "/users/{name}/tokens/{id}",
     .id = "revokeToken",
     .sentence = "Revokes a token: one's own, or as an administrator anybody's",
     .roles = ROLE_EVERY,
     .status = 204,
     .run = api_tokens_revoke},
    {.method = "GET",
     .path = "/audit",
     .id = "listAudit",
     .sentence = "Lists what was done, the newest first",
     .roles = ROLE_ADMIN,
     .status = 200,
     .query = page_query,
     .answer = &entry,
     .is_list = true,
     .run = api_audit_list},
    {.method = "GET",
     .path = "/channels",
     .id = "listChannels",
     .sentence = "Lists channels, without their secrets",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = page_query,
     .answer = &channel,
     .is_list = true,
     .run = api_channels_list},
    {0},
};
