#include "gateway/store_redis_batch.h"

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/store.h"
#include "gateway/store_redis_parts.h"

#define BATCH_BYTES_MAX (4 * 1024 * 1024) /* of its keys, and of its arguments */
#define BATCH_BYTES_USUAL 4096

struct asker {
    void (*done)(void);
    void *ctx;
};

/* Arguments, as the protocol writes them. */
struct written {
    struct buf bytes;
    size_t count;
};

/* What is gathered, or under way. */
struct batch {
    struct batch *next; /* gathered after it */
    batch_told *told;
    char owner[STORE_OWNER_MAX];
    int64_t now_ms;
    struct asker askers[BATCH_ENTRIES_MAX];
    struct written sends, keys, args;
    size_t count;
};

struct batcher {
    struct redis *redis;
    const char *function;
    batch_told *told;
    struct batch *first, *last; /* gathered; only the last takes more */
    struct event *flush;
};

static void free_batch(struct batch *batch)
{
    buf_release(&batch->sends.bytes);
    buf_release(&batch->keys.bytes);
    buf_release(&batch->args.bytes);
    mem_free(batch);
}

/* Tells each its part of the answer. */
static void on_answer(void *ctx, const redisReply *reply)
{
    struct batch *batch = ctx;
    bool whole = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == batch->count;
    for (size_t i = 0; i < batch->count; i++)
        batch->told(whole ? reply->element[i] : reply, batch->askers[i].done, batch->askers[i].ctx);
    free_batch(batch);
}

static void send_batch(const struct batcher *batcher, struct batch *batch)
{
    struct arguments a;
    arguments_begin(&a, "FCALL", batcher->function, (unsigned)(batch->count + batch->keys.count));
    arguments_written(&a, buf_slice(&batch->sends.bytes), batch->sends.count);
    arguments_written(&a, buf_slice(&batch->keys.bytes), batch->keys.count);
    arguments_add(&a, slice_of(batch->owner));
    arguments_number(&a, batch->now_ms);
    arguments_number(&a, (int64_t)batch->count);
    arguments_written(&a, buf_slice(&batch->args.bytes), batch->args.count);
    if (arguments_send(&a, batcher->redis, on_answer, batch))
        on_answer(batch, NULL);
}

static void on_flush(evutil_socket_t fd, short what, void *ctx)
{
    struct batcher *batcher = ctx;
    struct batch *batch = batcher->first;
    (void)fd;
    (void)what;
    batcher->first = batcher->last = NULL;
    for (struct batch *next; batch; batch = next) {
        next = batch->next;
        send_batch(batcher, batch);
    }
}

static bool begin_written(struct written *written)
{
    buf_init(&written->bytes, BATCH_BYTES_MAX);
    return buf_reserve(&written->bytes, BATCH_BYTES_USUAL);
}

static struct batch *new_batch(const struct batcher *batcher, struct slice owner)
{
    struct batch *batch = mem_alloc(sizeof(*batch));
    if (!batch)
        return NULL;
    batch->told = batcher->told;
    slice_copy(owner, batch->owner, sizeof(batch->owner));
    if (begin_written(&batch->sends) && begin_written(&batch->keys) && begin_written(&batch->args))
        return batch;
    free_batch(batch);
    return NULL;
}

static void write_all(struct written *written, const struct slice *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_addc(&written->bytes, '$');
        buf_addi(&written->bytes, (int64_t)from[i].len);
        buf_add(&written->bytes, "\r\n", 2);
        buf_addslice(&written->bytes, from[i]);
        buf_add(&written->bytes, "\r\n", 2);
    }
    written->count += count;
}

/* Takes back what was written behind `before`. */
static void unwrite(struct written *written, const struct written *before)
{
    written->bytes.len = before->bytes.len;
    written->bytes.error = OK;
    written->count = before->count;
}

/* Adds a part wholly, or nothing of it. */
static enum error put(struct batch *batch, const struct batch_part *part)
{
    const struct written sends = batch->sends, keys = batch->keys, args = batch->args;
    if (batch->count == BATCH_ENTRIES_MAX)
        return ERR_LIMIT;
    write_all(&batch->sends, &part->send, 1);
    write_all(&batch->keys, part->keys, part->key_count);
    write_all(&batch->args, part->args, part->arg_count);
    enum error error = batch->sends.bytes.error  ? batch->sends.bytes.error
                       : batch->keys.bytes.error ? batch->keys.bytes.error
                                                 : batch->args.bytes.error;
    if (error) {
        unwrite(&batch->sends, &sends);
        unwrite(&batch->keys, &keys);
        unwrite(&batch->args, &args);
    }
    return error;
}

enum error batcher_add(struct batcher *batcher, struct slice owner, int64_t now_ms, const struct batch_part *part,
                       void (*done)(void), void *ctx)
{
    if (!redis_up(batcher->redis))
        return ERR_UNAVAILABLE;
    struct batch *batch = batcher->last;
    if (!batch || !slice_is(owner, batch->owner) || put(batch, part)) {
        if (!(batch = new_batch(batcher, owner)))
            return ERR_NOMEM;
        enum error error = put(batch, part);
        if (error) {
            free_batch(batch);
            return error;
        }
        *(batcher->first ? &batcher->last->next : &batcher->first) = batch;
        batcher->last = batch;
        event_active(batcher->flush, EV_TIMEOUT, 0);
    }
    batch->askers[batch->count++] = (struct asker){done, ctx};
    batch->now_ms = now_ms;
    return OK;
}

struct batcher *batcher_new(struct redis *redis, const char *function, batch_told *told)
{
    struct batcher *batcher = mem_alloc(sizeof(*batcher));
    if (!batcher)
        return NULL;
    *batcher = (struct batcher){.redis = redis, .function = function, .told = told};
    batcher->flush = event_new(redis_base(redis), -1, 0, on_flush, batcher);
    if (batcher->flush)
        return batcher;
    mem_free(batcher);
    return NULL;
}

void batcher_free(struct batcher *batcher)
{
    if (!batcher)
        return;
    for (struct batch *batch = batcher->first, *next; batch; batch = next) {
        next = batch->next;
        free_batch(batch);
    }
    event_free(batcher->flush);
    mem_free(batcher);
}
