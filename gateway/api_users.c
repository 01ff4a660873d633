/* Users: who they are; made, changed and revoked by administrators. */
#include "gateway/api_users.h"

static void put_user(struct buf *out, struct slice name, const struct staff_user *user)
{
    buf_addc(out, '{');
    api_put_text(out, "name", name);
    api_put_text(out, "role", slice_of(role_name(user->role)));
    api_put_text(out, "state", user->revoked ? SLICE("revoked") : SLICE("active"));
    json_put_name(out, "has_password");
    buf_adds(out, user->hash[0] ? "true" : "false");
    api_put_time(out, "created_at", user->created_ms);
    buf_addc(out, '}');
}

static void answer_user(struct api_call *call, struct slice name, struct slice record)
{
    struct staff_user user;
    struct buf body;
    if (!staff_user_read(record, &user)) {
        api_problem(call, 404, "There is no such user.", "");
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    put_user(&body, name, &user);
    buf_addc(&body, '\n');
    api_answer_item(call, &body, record);
}

static void list_user(struct api_call *call, struct api_page *page, struct slice name, struct slice record)
{
    struct staff_user user;
    (void)call;
    if (staff_user_read(record, &user) && api_page_takes(page, name))
        put_user(&page->body, name, &user);
}

static void on_users(struct api_call *call, const redisReply *reply)
{
    api_page_records(call, reply, STAFF_NAME, list_user);
}

void api_users_list(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGETALL"), STAFF_USERS};
    api_redis(call, args, 2, on_users);
}

static void on_shown(struct api_call *call, const redisReply *reply)
{
    answer_user(call, call->path[0], api_reply(reply));
}

void api_users_show(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGET"), STAFF_USERS, call->path[0]};
    api_redis(call, args, 3, on_shown);
}

/* ---- making and changing ---- */

struct change {
    const char *what;
    char name[STAFF_NAME];
    struct slice before; /* its record as it was read; empty: none */
    struct staff_user user;
    char after[STAFF_RECORD];
};

static void on_changed(struct api_call *call, const redisReply *reply)
{
    const struct change *change = call->own;
    if (reply->type == REDIS_REPLY_NIL)
        answer_user(call, slice_of(change->name), slice_of(change->after));
    else if (!change->before.len)
        api_field_problem(call, 409, "This user exists.", "name", "must be a name that nobody has or had");
    else
        api_problem(call, 412, "Somebody changed it at the same time: read it again.", "");
}

static void write_change(struct api_call *call)
{
    struct change *change = call->own;
    struct buf more;
    buf_init(&more, 1024);
    buf_addc(&more, '{');
    api_put_text(&more, "role", slice_of(role_name(change->user.role)));
    api_put_text(&more, "state", change->user.revoked ? SLICE("revoked") : SLICE("active"));
    json_put_name(&more, "password");
    buf_adds(&more, api_text(call, "password").len ? "\"set\"}" : "\"as before\"}");
    const struct slice after = staff_user_write(&change->user, change->after);
    api_act(call, STAFF_USERS, change->name, change->before, after, change->what, change->name, buf_slice(&more),
            on_changed);
    buf_release(&more);
}

static void on_hashed(void *ctx, bool is, const char *made)
{
    struct api_call *call = ctx;
    struct change *change = call->own;
    (void)is;
    if (!*made) {
        api_unavailable(call);
        return;
    }
    slice_copy(slice_of(made), change->user.hash, sizeof(change->user.hash));
    write_change(call);
}

/* Puts the body's fields over the user, and writes it. */
static void apply(struct api_call *call)
{
    struct change *change = call->own;
    const struct slice role = api_text(call, "role"), state = api_text(call, "state");
    const struct slice password = api_text(call, "password");
    if (role.len)
        change->user.role = role_of(role);
    if (slice_is(state, "revoked"))
        staff_user_revoke(&change->user, call->exchange->request.now_ms);
    else if (state.len)
        change->user.revoked = false;
    if (!password.len)
        write_change(call);
    else if (password.len > PASSWORD_MAX)
        api_field_problem(call, 422, "The password is too long.", "password", "must have at most 256 bytes");
    else if (slow_hash_make(call->api->slow, password, on_hashed, call))
        api_problem(call, 429, "Too many passwords are being hashed: try again in a moment.", "");
}

void api_users_create(struct api_call *call)
{
    const struct slice name = api_text(call, "name");
    struct change *change = call->own = arena_alloc(call->exchange->arena, sizeof(*change));
    if (!staff_is_name(name)) {
        api_field_problem(call, 422, "The name is none.", "name",
                          "must be up to 32 lower-case letters, digits, dots, - and _, a letter first");
    } else if (!change) {
        api_unavailable(call);
    } else {
        slice_copy(name, change->name, sizeof(change->name));
        change->what = "user.create";
        change->user.created_ms = call->exchange->request.now_ms;
        apply(call);
    }
}

static void on_read(struct api_call *call, const redisReply *reply)
{
    struct change *change = call->own;
    if (!staff_user_read(api_reply(reply), &change->user)) {
        api_problem(call, 404, "There is no such user.", "");
        return;
    }
    if (!api_matches(call, api_reply(reply)))
        return;
    change->before = arena_copy(call->exchange->arena, api_reply(reply));
    if (change->before.ptr)
        apply(call);
    else
        api_unavailable(call);
}

void api_users_change(struct api_call *call)
{
    struct change *change = call->own = arena_alloc(call->exchange->arena, sizeof(*change));
    if (!staff_is_name(call->path[0])) {
        api_problem(call, 404, "There is no such user.", "");
    } else if (!change) {
        api_unavailable(call);
    } else {
        slice_copy(call->path[0], change->name, sizeof(change->name));
        change->what = "user.change";
        const struct slice args[] = {SLICE("HGET"), STAFF_USERS, call->path[0]};
        api_redis(call, args, 3, on_read);
    }
}
