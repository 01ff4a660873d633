#include "gateway/redis_join.h"

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/redis_bytes.h"

#define ALONE_BYTES_MAX (16 * 1024 * 1024) /* of one part's keys, and of its arguments */
#define SIZE_BYTES 5                       /* of a part, in the first argument */

struct asker {
    redis_done *done;
    void *ctx;
};

/* Who hears what of a call's answer. */
struct join_call {
    unsigned count;
    struct asker askers[JOIN_PARTS_MAX];
};

struct join {
    const char *function; /* of all parts; NULL: there is none */
    struct buf keys, args, bytes; /* the last: of the call that was taken last */
    unsigned key_count, arg_count;
    char sizes[SIZE_BYTES * JOIN_PARTS_MAX];
    struct join_call *call; /* NULL: no parts */
};

struct join *join_new(void)
{
    struct join *join = mem_alloc(sizeof(*join));
    if (!join)
        return NULL;
    *join = (struct join){.function = NULL};
    buf_init(&join->keys, ALONE_BYTES_MAX);
    buf_init(&join->args, ALONE_BYTES_MAX);
    buf_init(&join->bytes, 3 * (size_t)ALONE_BYTES_MAX);
    return join;
}

void join_free(struct join *join)
{
    if (!join)
        return;
    buf_release(&join->keys);
    buf_release(&join->args);
    buf_release(&join->bytes);
    mem_free(join->call);
    mem_free(join);
}

static void empty(struct buf *bytes)
{
    if (bytes->capacity > (size_t)4 * JOIN_BYTES_MAX) /* of a rare part */
        buf_release(bytes);
    else
        buf_clear(bytes);
}

static bool has_room(const struct join *join, const struct redis_part *part)
{
    return !join->call || (join->function == part->function && join->call->count < JOIN_PARTS_MAX &&
                            join->keys.len + part->keys.len <= JOIN_BYTES_MAX &&
                            join->args.len + part->args.len <= JOIN_BYTES_MAX);
}

/* Adds the part's bytes, or nothing of them. */
static enum error add_bytes(struct join *join, const struct redis_part *part)
{
    const size_t keys_len = join->keys.len, args_len = join->args.len;
    buf_addslice(&join->keys, part->keys);
    buf_addslice(&join->args, part->args);
    enum error error = join->keys.error ? join->keys.error : join->args.error;
    if (!error)
        return OK;
    join->keys.len = keys_len;
    join->args.len = args_len;
    join->keys.error = join->args.error = OK;
    return error;
}

enum error join_add(struct join *join, const struct redis_part *part, redis_done *done, void *ctx)
{
    if (part->key_count > UINT8_MAX || part->arg_count > UINT16_MAX || !has_room(join, part))
        return ERR_LIMIT;
    struct join_call *call = join->call ? join->call : mem_alloc(sizeof(*call));
    enum error error = call ? add_bytes(join, part) : ERR_NOMEM;
    if (error) {
        if (call != join->call)
            mem_free(call);
        return error;
    }
    if (!join->call) {
        call->count = join->key_count = join->arg_count = 0;
        join->function = part->function;
        join->call = call;
    }
    char *size = join->sizes + (size_t)SIZE_BYTES * call->count;
    size[0] = (char)part->key_count;
    size[1] = (char)(part->arg_count >> 8);
    size[2] = (char)part->arg_count;
    size[3] = (char)(part->kind >> 8);
    size[4] = (char)part->kind;
    join->key_count += part->key_count;
    join->arg_count += part->arg_count;
    call->askers[call->count++] = (struct asker){done, ctx};
    return OK;
}

unsigned join_count(const struct join *join)
{
    return join->call ? join->call->count : 0;
}

struct join_call *join_take(struct join *join, struct slice *bytes)
{
    enum { OTHERS = 4 }; /* FCALL, the Function, the number of keys, the sizes */
    char number[SLICE_DECIMAL_SIZE];
    struct join_call *call = join->call;
    struct buf *out = &join->bytes;
    empty(out);
    redis_put_head(out, OTHERS + join->key_count + join->arg_count);
    redis_put_argument(out, SLICE("FCALL"));
    redis_put_argument(out, slice_of(join->function));
    redis_put_argument(out, slice_decimal(join->key_count, number));
    buf_addslice(out, buf_slice(&join->keys));
    redis_put_argument(out, (struct slice){join->sizes, (size_t)SIZE_BYTES * call->count});
    buf_addslice(out, buf_slice(&join->args));
    *bytes = out->error ? SLICE_NONE : buf_slice(out);
    empty(&join->keys);
    empty(&join->args);
    join->call = NULL;
    return call;
}

void join_answered(void *ctx, const redisReply *reply)
{
    struct join_call *call = ctx;
    const bool whole = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == call->count;
    const redisReply *common = reply && reply->type == REDIS_REPLY_ERROR ? reply : NULL;
    for (unsigned i = 0; i < call->count; i++)
        call->askers[i].done(call->askers[i].ctx, whole ? reply->element[i] : common);
    mem_free(call);
}

void join_forget(struct join_call *call)
{
    mem_free(call);
}
