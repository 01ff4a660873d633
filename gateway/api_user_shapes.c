/* Users, their tokens and what they did, as the API takes and shows them. */
#include "gateway/api_shapes.h"
#include "gateway/api_users.h"

/* clang-format off */
#define PASSWORD_FIELD(name, required, text) {name, API_TEXT, required, PASSWORD_MIN, PASSWORD_MAX, NULL, text, NULL}
/* clang-format on */

static const char *const states[] = {"active", "revoked", NULL};

static const struct api_field me_fields[] = {
    NAME_FIELD("who asks"),
    ONE_OF("role", role_names, "what the user may do"),
    SHOWN("is_operator", API_TRUTH, "whether it is an operator of the daemon's machine, who is no user"),
    {0}};
const struct api_shape api_me = {"Me", "Who asks.", me_fields};

static const struct api_field login_fields[] = {
    NAME_FIELD("the user's name"), {"password", API_TEXT, true, 1, PASSWORD_MAX, NULL, "the password", NULL}, {0}};
const struct api_shape api_login_shape = {"Login", "Name and password.", login_fields};

static const struct api_field renewal_fields[] = {
    {"old_password", API_TEXT, true, 1, PASSWORD_MAX, NULL, "the present one", NULL},
    PASSWORD_FIELD("new_password", true, "the one that takes its place"),
    {0}};
const struct api_shape api_renewal = {"PasswordChange", "One's own password, anew.", renewal_fields};

static const struct api_field user_fields[] = {
    NAME_FIELD("lower-case letters, digits, dots, - and _, a letter first"),
    ONE_OF("role", role_names, "what the user may do"),
    ONE_OF("state", states, "a revoked user's tokens and password are worth nothing, also when she is taken back"),
    SHOWN("has_password", API_TRUTH, "whether the user can log in with a password"),
    SHOWN("created_at", API_TIME, "when it was made"),
    {0}};
const struct api_shape api_user = {"User", "Somebody of the staff, or a program.", user_fields};

static const struct api_field new_user_fields[] = {
    NAME_FIELD("lower-case letters, digits, dots, - and _, a letter first"),
    ONE_OF("role", role_names, "what the user may do"),
    PASSWORD_FIELD("password", false, "for logging in; a program needs none"),
    {0}};
const struct api_shape api_new_user = {"NewUser", "A user to be made.", new_user_fields};

static const struct api_field user_change_fields[] = {
    {"role", API_TEXT, false, 0, 0, role_names, "what the user may do from now on", NULL},
    {"state", API_TEXT, false, 0, 0, states, "revoked: every token of the user ends at once", NULL},
    PASSWORD_FIELD("password", false, "a new one"),
    {0}};
const struct api_shape api_user_change = {"UserChange", "What is to be another of a user.", user_change_fields};

static const struct api_field token_fields[] = {SHOWN("id", API_TEXT, "what to revoke it by"),
                                                SHOWN("user", API_TEXT, "whose it is"),
                                                SHOWN("label", API_TEXT, "what it is for"),
                                                SHOWN("created_at", API_TIME, "when it was made"),
                                                SHOWN("expires_at", API_TIME, "when it ends by itself"),
                                                {0}};
const struct api_shape api_token = {"Token", "A token, without its text.", token_fields};

static const struct api_field shown_token_fields[] = {SHOWN("id", API_TEXT, "what to revoke it by"),
                                                      SHOWN("user", API_TEXT, "whose it is"),
                                                      SHOWN("label", API_TEXT, "what it is for"),
                                                      SHOWN("created_at", API_TIME, "when it was made"),
                                                      SHOWN("expires_at", API_TIME, "when it ends by itself"),
                                                      SHOWN("token", API_TEXT, "its text, shown this once"),
                                                      {0}};
const struct api_shape api_shown_token = {"ShownToken", "A token, with its text.", shown_token_fields};

static const struct api_field new_token_fields[] = {
    {"label", API_TEXT, true, 1, STAFF_LABEL - 1, NULL, "what it is for, on one line", NULL},
    {"days", API_WHOLE, false, 1, 366, NULL, "how long it is good; 90 where it is not given", NULL},
    {0}};
const struct api_shape api_new_token = {"NewToken", "A token to be made.", new_token_fields};

static const struct api_field entry_fields[] = {
    SHOWN("id", API_TEXT, "the entry's"),
    SHOWN("at", API_TIME, "when it was done"),
    SHOWN("who", API_TEXT, "by whom"),
    SHOWN("what", API_TEXT, "what"),
    SHOWN("whom", API_TEXT, "on whom, or on what"),
    SHOWN("from", API_TEXT, "from which address; empty where it is not known"),
    MAYBE("more", API_MAP, "what else is to be known"),
    {0}};
const struct api_shape api_audit_entry = {"AuditEntry", "An act.", entry_fields};
