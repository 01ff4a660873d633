/* Tokens: listed, made and revoked, by administrators for anybody, and by everybody for themselves. */
#include <stdio.h>

#include "gateway/api_users.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define DAYS_USUAL 90

/* Whose tokens a path is about. Returns false after answering when they are not the caller's to touch. */
static bool may(struct api_call *call)
{
    if (call->role == ROLE_ADMIN || slice_is(call->path[0], call->who))
        return true;
    api_problem(call, 403, "Only administrators see and change other people's tokens.", "");
    return false;
}

static void put_token(struct buf *out, struct slice digest, const struct staff_token *token)
{
    buf_addc(out, '{');
    api_put_text(out, "id", slice_part(digest, 0, STAFF_TOKEN_ID - 1));
    api_put_text(out, "user", slice_of(token->user));
    api_put_text(out, "label", slice_of(token->label));
    api_put_time(out, "created_at", token->created_ms);
    api_put_time(out, "expires_at", token->expires_ms);
}

static void list_token(struct api_call *call, struct api_page *page, struct slice id, struct slice record)
{
    const struct staff_user *user = call->own;
    struct staff_token token;
    if (!staff_token_read(record, &token) || !slice_is(call->path[0], token.user) ||
        !staff_token_good(&token, user, call->exchange->request.now_ms) || !api_page_takes(page, id))
        return;
    put_token(&page->body, id, &token);
    buf_addc(&page->body, '}');
}

static void on_tokens(struct api_call *call, const redisReply *reply)
{
    api_page_records(call, reply, STAFF_TOKEN_ID - 1, list_token);
}

static void read_tokens(struct api_call *call, const redisReply *reply)
{
    const struct slice args[] = {SLICE("HGETALL"), STAFF_TOKENS};
    struct staff_user *user = call->own = arena_alloc(call->exchange->arena, sizeof(*user));
    if (!user) {
        api_unavailable(call);
        return;
    }
    if (!staff_user_read(api_reply(reply), user))
        *user = (struct staff_user){.revoked = true}; /* nobody has none */
    api_redis(call, args, 2, on_tokens);
}

void api_tokens_list(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGET"), STAFF_USERS, call->path[0]};
    if (may(call))
        api_redis(call, args, 3, read_tokens);
}

/* ---- making one ---- */

struct making {
    char text[STAFF_TOKEN], digest[SHA256_HEX], record[STAFF_RECORD];
    struct staff_token token;
    const char *what;
};

static void on_made(struct api_call *call, const redisReply *reply)
{
    const struct making *making = call->own;
    struct buf body;
    (void)reply; /* a digest of 256 random bits is nobody else's */
    buf_init(&body, 4096);
    put_token(&body, slice_of(making->digest), &making->token);
    api_put_text(&body, "token", slice_of(making->text));
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

static void on_forgotten(struct api_call *call, const redisReply *reply)
{
    struct making *making = call->own;
    struct buf more;
    (void)reply;
    buf_init(&more, 512);
    buf_addc(&more, '{');
    api_put_text(&more, "id", slice_part(slice_of(making->digest), 0, STAFF_TOKEN_ID - 1));
    api_put_time(&more, "expires_at", making->token.expires_ms);
    buf_addc(&more, '}');
    api_act(call, STAFF_TOKENS, making->digest, SLICE_NONE, staff_token_write(&making->token, making->record),
            making->what, making->token.user, buf_slice(&more), on_made);
    buf_release(&more);
}

void api_token_give(struct api_call *call, const char *user, struct slice label, int64_t expires_ms, const char *what)
{
    char now[SLICE_DECIMAL_SIZE];
    struct making *making = call->own = arena_alloc(call->exchange->arena, sizeof(*making));
    if (!making || staff_token_make(making->text, making->digest)) {
        api_unavailable(call);
        return;
    }
    making->what = what;
    making->token.created_ms = call->exchange->request.now_ms;
    making->token.expires_ms = expires_ms;
    slice_copy(slice_of(user), making->token.user, sizeof(making->token.user));
    slice_copy(label, making->token.label, sizeof(making->token.label));
    const struct slice args[] = {SLICE("FCALL"), SLICE("chaski_forget_expired"), SLICE("1"), STAFF_TOKENS,
                                 slice_decimal(making->token.created_ms, now)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_forgotten);
}

static void on_user(struct api_call *call, const redisReply *reply)
{
    char name[STAFF_NAME];
    struct staff_user user;
    int64_t days = DAYS_USUAL;
    if (!staff_user_read(api_reply(reply), &user) || user.revoked || !slice_copy(call->path[0], name, sizeof(name))) {
        api_problem(call, 404, "There is no such user, or it is revoked.", "");
        return;
    }
    if (json_int(call->body, "days", &days) && days < 1)
        days = DAYS_USUAL;
    api_token_give(call, name, api_text(call, "label"), call->exchange->request.now_ms + days * DAY_MS, "token.create");
}

void api_tokens_create(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGET"), STAFF_USERS, call->path[0]};
    const struct slice label = api_text(call, "label");
    if (label.len >= STAFF_LABEL || memchr(label.ptr ? label.ptr : "", '\n', label.len))
        api_field_problem(call, 422, "The label is none.", "label", "must have at most 64 bytes, on one line");
    else if (may(call))
        api_redis(call, args, 3, on_user);
}

/* ---- revoking one ---- */

static void on_revoked(struct api_call *call, const redisReply *reply)
{
    (void)reply; /* if it has gone meanwhile, it has gone */
    api_answer_nothing(call);
}

void api_token_revoke(struct api_call *call, struct slice digest, struct slice record, const char *user)
{
    char field[SHA256_HEX];
    struct buf more;
    slice_copy(digest, field, sizeof(field));
    buf_init(&more, 256);
    buf_addc(&more, '{');
    api_put_text(&more, "id", slice_part(digest, 0, STAFF_TOKEN_ID - 1));
    buf_addc(&more, '}');
    api_act(call, STAFF_TOKENS, field, record, SLICE_NONE, "token.revoke", user, buf_slice(&more), on_revoked);
    buf_release(&more);
}

static void on_searched(struct api_call *call, const redisReply *reply)
{
    struct staff_token token;
    const struct slice id = call->path[1];
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const struct slice digest = api_reply(reply->element[i]), record = api_reply(reply->element[i + 1]);
        if (slice_eq(slice_part(digest, 0, STAFF_TOKEN_ID - 1), id) && staff_token_read(record, &token) &&
            slice_is(call->path[0], token.user)) {
            api_token_revoke(call, digest, record, token.user);
            return;
        }
    }
    api_problem(call, 404, "There is no such token.", "");
}

void api_tokens_revoke(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGETALL"), STAFF_TOKENS};
    if (may(call))
        api_redis(call, args, 2, on_searched);
}
