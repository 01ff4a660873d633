/* Whoever asks: logging in and out, one's own account. */
#include "gateway/api_users.h"

#include <stdio.h>

#define LOGIN_MS (12 * 3600 * 1000LL)
#define TRIES_OF_ONE "5"   /* failed logins of a name from a place, in STAFF_TRY_MS */
#define TRIES_OF_ALL "100" /* of a name from anywhere: who guesses from many places is stopped too */

struct login {
    char name[STAFF_NAME];
    char here[KEY_MAX], anywhere[KEY_MAX]; /* the counters' keys */
    bool may;
};

/* ---- logging in ---- */

static void refuse(struct api_call *call)
{
    api_problem(call, 401, "Name and password do not fit together, or the user is revoked.", "");
}

static void on_counters_gone(struct api_call *call, const redisReply *reply)
{
    const struct login *login = call->own;
    (void)reply;
    api_token_give(call, login->name, SLICE("login"), call->exchange->request.now_ms + LOGIN_MS, "login");
}

static void on_compared(void *ctx, bool is, const char *made)
{
    struct api_call *call = ctx;
    const struct login *login = call->own;
    const struct slice args[] = {SLICE("DEL"), slice_of(login->here)};
    (void)made;
    if (!is || !login->may) {
        refuse(call);
        return;
    }
    slice_copy(slice_of(login->name), call->who, sizeof(call->who));
    api_redis(call, args, 2, on_counters_gone);
}

static void on_user(struct api_call *call, const redisReply *reply)
{
    struct login *login = call->own;
    struct staff_user user = {0};
    login->may = staff_user_read(api_reply(reply), &user) && !user.revoked;
    /* Nobody's password takes as long to compare: the time does not tell which names there are. */
    if (slow_hash_compare(call->api->slow, api_text(call, "password"), slice_of(login->may ? user.hash : ""),
                          on_compared, call))
        api_problem(call, 429, "Too many passwords are being looked at: try again in a moment.", "");
}

static void on_counted(struct api_call *call, const redisReply *reply)
{
    const struct login *login = call->own;
    const struct slice args[] = {SLICE("HGET"), STAFF_USERS, slice_of(login->name)};
    if (reply->integer > 0)
        api_wait_problem(call, reply->integer, "Too many logins failed: wait.");
    else
        api_redis(call, args, 3, on_user);
}

/* Names what counts failed logins: by digests, so that a mistyped password in the name's place is not kept. */
static bool name_counters(struct api_call *call, struct slice name, struct login *out)
{
    unsigned char bytes[SHA256_BYTES];
    char hex[SHA256_HEX];
    if (hmac_sha256(call->api->key, name, bytes))
        return false;
    hex_encode(bytes, sizeof(bytes), hex);
    snprintf(out->anywhere, sizeof(out->anywhere), "ck:{staff}:tries:%s", hex);
    snprintf(out->here, sizeof(out->here), "ck:{staff}:tries:%s:%s", hex, call->from);
    return true;
}

void api_login(struct api_call *call)
{
    const struct slice name = api_text(call, "name");
    struct login *login = call->own = arena_alloc(call->exchange->arena, sizeof(*login));
    if (!login || !name_counters(call, name, login)) {
        api_unavailable(call);
        return;
    }
    if (staff_is_name(name))
        slice_copy(name, login->name, sizeof(login->name));
    char window[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("FCALL"),        SLICE("chaski_try"),       SLICE("2"),
                                 slice_of(login->here), slice_of(login->anywhere), slice_decimal(STAFF_TRY_MS, window),
                                 SLICE(TRIES_OF_ONE),   SLICE(TRIES_OF_ALL)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_counted);
}

/* ---- logging out ---- */

static void on_token(struct api_call *call, const redisReply *reply)
{
    struct staff_token token;
    if (staff_token_read(api_reply(reply), &token))
        api_token_revoke(call, slice_of(call->token), api_reply(reply), token.user);
    else
        api_answer_nothing(call);
}

void api_logout(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGET"), STAFF_TOKENS, slice_of(call->token)};
    if (call->is_operator)
        api_answer_nothing(call); /* it is signed, and ends by itself */
    else
        api_redis(call, args, 3, on_token);
}

/* ---- one's own account ---- */

void api_me_show(struct api_call *call)
{
    struct buf body;
    buf_init(&body, 1024);
    buf_addc(&body, '{');
    api_put_text(&body, "name", slice_of(call->who));
    api_put_text(&body, "role", slice_of(role_name(call->role)));
    json_put_name(&body, "is_operator");
    buf_adds(&body, call->is_operator ? "true}\n" : "false}\n");
    api_answer(call, &body);
}

struct renewal {
    struct slice before;
    struct staff_user user;
    char after[STAFF_RECORD];
};

static void on_written(struct api_call *call, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_NIL)
        api_answer_nothing(call);
    else
        api_problem(call, 409, "Somebody changed this user at the same time: try again.", "");
}

static void on_made(void *ctx, bool is, const char *made)
{
    struct api_call *call = ctx;
    struct renewal *renewal = call->own;
    (void)is;
    if (!*made) {
        api_unavailable(call);
        return;
    }
    slice_copy(slice_of(made), renewal->user.hash, sizeof(renewal->user.hash));
    api_act(call, STAFF_USERS, call->who, renewal->before, staff_user_write(&renewal->user, renewal->after),
            "user.password", call->who, SLICE_NONE, on_written);
}

static void on_old_compared(void *ctx, bool is, const char *made)
{
    struct api_call *call = ctx;
    (void)made;
    if (!is)
        api_field_problem(call, 403, "The present password is another.", "old_password", "must be the present one");
    else if (slow_hash_make(call->api->slow, api_text(call, "new_password"), on_made, call))
        api_problem(call, 429, "Too many passwords are being hashed: try again in a moment.", "");
}

static void on_self(struct api_call *call, const redisReply *reply)
{
    struct renewal *renewal = call->own = arena_alloc(call->exchange->arena, sizeof(*renewal));
    if (!renewal || !staff_user_read(api_reply(reply), &renewal->user) ||
        !(renewal->before = arena_copy(call->exchange->arena, api_reply(reply))).ptr)
        api_unavailable(call);
    else if (!renewal->user.hash[0])
        api_problem(call, 409, "You have no password: an administrator gives the first one.", "");
    else if (slow_hash_compare(call->api->slow, api_text(call, "old_password"), slice_of(renewal->user.hash),
                               on_old_compared, call))
        api_problem(call, 429, "Too many passwords are being looked at: try again in a moment.", "");
}

void api_me_password(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGET"), STAFF_USERS, slice_of(call->who)};
    if (call->is_operator)
        api_problem(call, 409, "An operator of this machine has no password.", "");
    else if (api_text(call, "new_password").len > PASSWORD_MAX)
        api_field_problem(call, 422, "The password is too long.", "new_password", "must have at most 256 bytes");
    else
        api_redis(call, args, 3, on_self);
}
