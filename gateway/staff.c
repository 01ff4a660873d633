#include "gateway/staff.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#define TOKEN_PREFIX "chk_"
#define TOKEN_BYTES 32
#define OPERATOR_PREFIX "chop_"

const char *const role_names[] = {"viewer", "sender", "editor", "engineer", "admin", NULL};

unsigned role_of(struct slice name)
{
    for (unsigned i = 0; role_names[i]; i++)
        if (slice_is(name, role_names[i]))
            return 1u << i;
    return 0;
}

const char *role_name(unsigned role)
{
    for (unsigned i = 0; role_names[i]; i++)
        if (role == 1u << i)
            return role_names[i];
    return "";
}

bool staff_is_name(struct slice name)
{
    if (!name.len || name.len >= STAFF_NAME || name.ptr[0] < 'a' || name.ptr[0] > 'z')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_')
            return false;
    }
    return true;
}

static bool cut_time(struct slice *rest, int64_t *out)
{
    struct slice text;
    uint64_t ms;
    if (!slice_cut(rest, ' ', &text) || !slice_u64(text, INT64_MAX, &ms))
        return false;
    *out = (int64_t)ms;
    return true;
}

bool staff_user_read(struct slice record, struct staff_user *out)
{
    struct slice role, state, hash;
    if (!slice_cut(&record, ' ', &role) || !(out->role = role_of(role)) || !cut_time(&record, &out->created_ms) ||
        !cut_time(&record, &out->ended_ms) || !slice_cut(&record, ' ', &state) || !slice_cut(&record, ' ', &hash) ||
        record.ptr)
        return false;
    out->revoked = !slice_is(state, "active");
    return slice_copy(slice_is(hash, "-") ? SLICE_NONE : hash, out->hash, sizeof(out->hash));
}

bool staff_token_read(struct slice record, struct staff_token *out)
{
    struct slice user;
    return cut_time(&record, &out->expires_ms) && cut_time(&record, &out->created_ms) &&
           slice_cut(&record, ' ', &user) && record.ptr && staff_is_name(user) &&
           slice_copy(user, out->user, sizeof(out->user)) && slice_copy(record, out->label, sizeof(out->label));
}

void staff_user_revoke(struct staff_user *user, int64_t now_ms)
{
    user->revoked = true;
    user->ended_ms = now_ms;
    user->hash[0] = '\0';
}

bool staff_token_good(const struct staff_token *token, const struct staff_user *user, int64_t now_ms)
{
    return !user->revoked && token->expires_ms > now_ms && token->created_ms > user->ended_ms;
}

struct slice staff_user_write(const struct staff_user *user, char out[STAFF_RECORD])
{
    int len = snprintf(out, STAFF_RECORD, "%s %" PRId64 " %" PRId64 " %s %s", role_name(user->role), user->created_ms,
                       user->ended_ms, user->revoked ? "revoked" : "active", user->hash[0] ? user->hash : "-");
    return (struct slice){out, (size_t)len};
}

struct slice staff_token_write(const struct staff_token *token, char out[STAFF_RECORD])
{
    int len = snprintf(out, STAFF_RECORD, "%" PRId64 " %" PRId64 " %s %s", token->expires_ms, token->created_ms,
                       token->user, token->label);
    return (struct slice){out, (size_t)len};
}

enum error staff_token_digest(struct slice token, char digest[SHA256_HEX])
{
    unsigned char bytes[SHA256_BYTES];
    if (token.len != STAFF_TOKEN - 1 || !slice_starts(token, TOKEN_PREFIX))
        return ERR_REFUSED;
    enum error error = sha256(token, bytes);
    if (!error)
        hex_encode(bytes, sizeof(bytes), digest);
    return error;
}

enum error staff_token_make(char out[STAFF_TOKEN], char digest[SHA256_HEX])
{
    unsigned char bytes[TOKEN_BYTES];
    const size_t prefix = sizeof(TOKEN_PREFIX) - 1;
    _Static_assert(sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) +
                           sizeof(TOKEN_PREFIX) - 1 ==
                       STAFF_TOKEN,
                   "a token fills its room");
    random_bytes(bytes, sizeof(bytes));
    memcpy(out, TOKEN_PREFIX, prefix);
    sodium_bin2base64(out + prefix, STAFF_TOKEN - prefix, bytes, sizeof(bytes),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof(bytes));
    return staff_token_digest(slice_of(out), digest);
}

/* What an operator's token signs, and how it begins: "chop_EXPIRES_USER". */
static enum error sign(struct slice key, struct slice claim, char out[SHA256_HEX])
{
    unsigned char bytes[SHA256_BYTES];
    enum error error = hmac_sha256(key, claim, bytes);
    if (!error)
        hex_encode(bytes, sizeof(bytes), out);
    return error;
}

enum error staff_operator_token(struct slice key, struct slice user, int64_t now_ms, char out[STAFF_OPERATOR_TOKEN])
{
    char signature[SHA256_HEX];
    if (!staff_is_name(user))
        return ERR_VALUE;
    int len = snprintf(out, STAFF_OPERATOR_TOKEN, OPERATOR_PREFIX "%" PRId64 "_%.*s", now_ms + STAFF_OPERATOR_MS,
                       (int)user.len, user.ptr);
    enum error error = sign(key, (struct slice){out, (size_t)len}, signature);
    if (!error)
        snprintf(out + len, STAFF_OPERATOR_TOKEN - (size_t)len, "_%s", signature);
    return error;
}

bool staff_is_operator(struct slice key, struct slice token, int64_t now_ms, char user[STAFF_NAME])
{
    char signature[SHA256_HEX];
    uint64_t expires;
    struct slice rest, text;
    if (!slice_starts(token, OPERATOR_PREFIX) || token.len >= STAFF_OPERATOR_TOKEN || token.len <= SHA256_HEX)
        return false;
    const struct slice claim = slice_part(token, 0, token.len - SHA256_HEX);
    if (token.ptr[claim.len] != '_' || sign(key, claim, signature) ||
        !bytes_equal(slice_of(signature), slice_part(token, claim.len + 1, token.len)))
        return false;
    rest = slice_part(claim, sizeof(OPERATOR_PREFIX) - 1, claim.len);
    return slice_cut(&rest, '_', &text) && slice_u64(text, INT64_MAX, &expires) && (int64_t)expires > now_ms &&
           (int64_t)expires <= now_ms + STAFF_OPERATOR_MS && staff_is_name(rest) && slice_copy(rest, user, STAFF_NAME);
}
