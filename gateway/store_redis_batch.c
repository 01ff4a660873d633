#include "gateway/store_redis_batch.h"

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/store.h"
#include "gateway/store_redis_parts.h"

#define BATCH_BYTES_MAX (4 * 1024 * 1024) /* of its keys, and of its arguments */
#define BATCH_BYTES_USUAL 4096
#define RUNS_BYTES (BATCH_ENTRIES_MAX * 3 + SLICE_DECIMAL_SIZE) /* two digits at most, and what is between */

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
    struct written keys, args;
    size_t count;
    uint64_t run; /* of the part added last */
    unsigned runs[BATCH_ENTRIES_MAX]; /* how many parts each has */
    size_t run_count;
};

struct batcher {
    struct redis *redis;
    const char *function;
    batch_told *told;
    struct batch *first, *last; /* gathered; only the last takes more */
    unsigned sent;              /* batches so far: they take turns with the lanes */
    struct event *flush;
};

static void free_batch(struct batch *batch)
{
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

/* How many parts each run has: "3 1 15". */
static struct slice write_runs(const struct batch *batch, char out[RUNS_BYTES])
{
    char number[SLICE_DECIMAL_SIZE], *to = out;
    for (size_t i = 0; i < batch->run_count; i++) {
        if (i)
            *to++ = ' ';
        slice_pack(&to, slice_decimal(batch->runs[i], number));
    }
    return (struct slice){out, (size_t)(to - out)};
}

static void send_batch(struct batcher *batcher, struct batch *batch)
{
    struct arguments a;
    char runs[RUNS_BYTES];
    arguments_begin(&a, "FCALL", batcher->function, (unsigned)batch->keys.count);
    arguments_written(&a, buf_slice(&batch->keys.bytes), batch->keys.count);
    arguments_add(&a, slice_of(batch->owner));
    arguments_number(&a, batch->now_ms);
    arguments_add(&a, write_runs(batch, runs));
    arguments_written(&a, buf_slice(&batch->args.bytes), batch->args.count);
    if (arguments_send(&a, redis_lane(batcher->redis, batcher->sent++), on_answer, batch))
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
    if (begin_written(&batch->keys) && begin_written(&batch->args))
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
    const struct written keys = batch->keys, args = batch->args;
    bool begins = !batch->run_count || batch->run != part->run;
    if (batch->count == BATCH_ENTRIES_MAX)
        return ERR_LIMIT;
    if (begins)
        write_all(&batch->keys, part->run_keys, part->run_key_count);
    write_all(&batch->keys, part->keys, part->key_count);
    write_all(&batch->args, part->args, part->arg_count);
    enum error error = batch->keys.bytes.error ? batch->keys.bytes.error : batch->args.bytes.error;
    if (error) {
        unwrite(&batch->keys, &keys);
        unwrite(&batch->args, &args);
        return error;
    }
    batch->run = part->run;
    batch->run_count += begins;
    batch->runs[batch->run_count - 1]++;
    return OK;
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
