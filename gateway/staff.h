/* Staff: the records of users, tokens and acts, as Redis has them, and the tokens' texts.
 *
 *     ck:{staff}:users    name → "ROLE CREATED ENDED STATE HASH"   STATE is active or revoked, HASH - without password;
 *                                                                  tokens made until ENDED, 0 never, are worth nothing
 *     ck:{staff}:tokens   digest → "EXPIRES CREATED USER LABEL"    the digest is SHA-256 of the token, in hex
 *     ck:{staff}:audit    stream, append-only: field act, a JSON object (api_audit.c)
 *     ck:{staff}:tries:…  failed logins, gone after STAFF_TRY_MS
 *     ck:{staff}:done:…   answers to requests that named an Idempotency-Key, gone after a day
 *
 * A token is 256 random bits behind "chk_", so that scanners of leaked secrets know it; it is shown once. Whoever can
 * read state_dir/secrets rules this machine anyway, and needs no user: an operator's token is signed with the key
 * there, and good for minutes (staff_operator_token()). Must not know: HTTP, Redis's client. Failure policy: a record
 * that is none is read as nobody's. Pure but for the random source. Proved by tests/unit/test_staff.c. */
#ifndef GATEWAY_STAFF_H
#define GATEWAY_STAFF_H

#include "base/crypto.h"
#include "base/password.h"

#define STAFF_NAME 33            /* bytes of a user's name and its NUL */
#define STAFF_LABEL 65           /* bytes of a token's label and its NUL */
#define STAFF_TOKEN 48           /* bytes of a token and its NUL */
#define STAFF_OPERATOR_TOKEN 160 /* bytes of an operator's token and its NUL */
#define STAFF_OPERATOR_MS (5 * 60 * 1000)
#define STAFF_RECORD 512 /* bytes of a record and its NUL */
#define STAFF_TRY_MS (15 * 60 * 1000)
#define STAFF_TOKEN_ID 13 /* bytes by which people name a token (its digest's beginning), and the NUL */

/* What somebody may do. A user has one role; a route takes several. */
enum role { ROLE_VIEWER = 1, ROLE_SENDER = 2, ROLE_EDITOR = 4, ROLE_ENGINEER = 8, ROLE_ADMIN = 16 };
#define ROLE_EVERY (ROLE_VIEWER | ROLE_SENDER | ROLE_EDITOR | ROLE_ENGINEER | ROLE_ADMIN)

/* Their names, ended by NULL, in the order of the bits. */
extern const char *const role_names[];

/* Gives a role's bit, 0 for what is none; and its name, "" for what is none. */
unsigned role_of(struct slice name);
const char *role_name(unsigned role);

struct staff_user {
    unsigned role;
    int64_t created_ms;
    int64_t ended_ms; /* when the user was last revoked; 0 never */
    bool revoked;
    char hash[PASSWORD_HASH]; /* "" where there is no password */
};

struct staff_token {
    int64_t expires_ms, created_ms;
    char user[STAFF_NAME], label[STAFF_LABEL];
};

/* Tells whether a text may be a user's name: lower-case letters, digits, dot, - and _, a letter first. */
bool staff_is_name(struct slice name);

/* Reads a record. Returns false, with *out in no state to be used, for what is none. */
bool staff_user_read(struct slice record, struct staff_user *out);
bool staff_token_read(struct slice record, struct staff_token *out);

/* Revokes a user for good: what there is of tokens and password does not come back with the user. */
void staff_user_revoke(struct staff_user *user, int64_t now_ms);

/* Tells whether a token of this user is worth something now. */
bool staff_token_good(const struct staff_token *token, const struct staff_user *user, int64_t now_ms);

/* Writes a record and gives it. */
struct slice staff_user_write(const struct staff_user *user, char out[STAFF_RECORD]);
struct slice staff_token_write(const struct staff_token *token, char out[STAFF_RECORD]);

/* Makes a token, and its digest as hex. Returns ERR_NOMEM. */
MUST_USE enum error staff_token_make(char out[STAFF_TOKEN], char digest[SHA256_HEX]);

/* Gives the digest of what claims to be a token. Returns ERR_REFUSED for what cannot be one, ERR_NOMEM. */
MUST_USE enum error staff_token_digest(struct slice token, char digest[SHA256_HEX]);

/* Makes an operator's token, for `user` of this machine, which is good from now on for STAFF_OPERATOR_MS. Returns
 * ERR_VALUE for a name that staff_is_name() does not take, ERR_NOMEM. */
MUST_USE enum error staff_operator_token(struct slice key, struct slice user, int64_t now_ms,
                                         char out[STAFF_OPERATOR_TOKEN]);

/* Tells whether a token is an operator's, made with that key and still good, and then whose. */
bool staff_is_operator(struct slice key, struct slice token, int64_t now_ms, char user[STAFF_NAME]);

#endif
