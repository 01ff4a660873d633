#include "gateway/store_redis_batch.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/store_redis_parts.h"

#define BATCH_BYTES_MAX (4 * 1024 * 1024) /* of its keys and arguments */
#define BATCH_BYTES_USUAL 8192
#define RUNS_BYTES (BATCH_ENTRIES_MAX * 3 + SLICE_DECIMAL_SIZE) /* two digits at most, and what is between */

/* Keys or arguments among a batch's bytes, as the protocol writes them. */
struct piece {
    size_t at, len, count;
};

/* A message's part; `next` is the number of the next one of its run. */
struct part {
    void (*done)(void);
    void *ctx;
    struct piece id, keys, args;
    size_t next;
};

struct run {
    uint64_t number;
    struct piece keys, args;
    size_t first, last, count; /* its parts */
};

/* What is gathered, or under way. */
struct batch {
    struct batch *next; /* gathered after it */
    batch_told *told;
    char owner[STORE_OWNER_MAX];
    int64_t now_ms;
    struct buf bytes;
    struct part parts[BATCH_ENTRIES_MAX];
    struct run runs[BATCH_ENTRIES_MAX];
    size_t count, run_count;
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
    buf_release(&batch->bytes);
    mem_free(batch);
}

/* Tells each its part of the answer, which comes run by run. */
static void on_answer(void *ctx, const redisReply *reply)
{
    struct batch *batch = ctx;
    bool whole = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == batch->count;
    size_t told = 0;
    for (size_t i = 0; i < batch->run_count; i++) {
        size_t at = batch->runs[i].first;
        for (size_t left = batch->runs[i].count; left; left--, at = batch->parts[at].next, told++)
            batch->told(whole ? reply->element[told] : reply, batch->parts[at].done, batch->parts[at].ctx);
    }
    free_batch(batch);
}

/* How many parts each run has: "3 1 15". */
static struct slice write_runs(const struct batch *batch, char out[RUNS_BYTES])
{
    char number[SLICE_DECIMAL_SIZE], *to = out;
    for (size_t i = 0; i < batch->run_count; i++) {
        if (i)
            *to++ = ' ';
        slice_pack(&to, slice_decimal((int64_t)batch->runs[i].count, number));
    }
    return (struct slice){out, (size_t)(to - out)};
}

static void add_piece(struct arguments *a, const struct batch *batch, const struct piece *piece)
{
    arguments_written(a, slice_part(buf_slice(&batch->bytes), piece->at, piece->at + piece->len), piece->count);
}

/* The keys of each run, then those of its messages. */
static void add_keys(struct arguments *a, const struct batch *batch)
{
    for (const struct run *run = batch->runs; run < batch->runs + batch->run_count; run++) {
        add_piece(a, batch, &run->keys);
        for (size_t left = run->count, at = run->first; left; left--, at = batch->parts[at].next)
            add_piece(a, batch, &batch->parts[at].keys);
    }
}

/* The arguments of each run, then the ids of its messages, then what else is said of these. */
static void add_args(struct arguments *a, const struct batch *batch)
{
    for (const struct run *run = batch->runs; run < batch->runs + batch->run_count; run++) {
        add_piece(a, batch, &run->args);
        for (size_t left = run->count, at = run->first; left; left--, at = batch->parts[at].next)
            add_piece(a, batch, &batch->parts[at].id);
        for (size_t left = run->count, at = run->first; left; left--, at = batch->parts[at].next)
            add_piece(a, batch, &batch->parts[at].args);
    }
}

static size_t count_keys(const struct batch *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->run_count; i++)
        count += batch->runs[i].keys.count;
    for (size_t i = 0; i < batch->count; i++)
        count += batch->parts[i].keys.count;
    return count;
}

static void send_batch(struct batcher *batcher, struct batch *batch)
{
    struct arguments a;
    char runs[RUNS_BYTES];
    arguments_begin(&a, "FCALL", batcher->function, (unsigned)count_keys(batch));
    add_keys(&a, batch);
    arguments_add(&a, slice_of(batch->owner));
    arguments_number(&a, batch->now_ms);
    arguments_add(&a, write_runs(batch, runs));
    add_args(&a, batch);
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

static struct batch *new_batch(const struct batcher *batcher, struct slice owner)
{
    struct batch *batch = mem_alloc(sizeof(*batch));
    if (!batch)
        return NULL;
    batch->told = batcher->told;
    slice_copy(owner, batch->owner, sizeof(batch->owner));
    buf_init(&batch->bytes, BATCH_BYTES_MAX);
    if (buf_reserve(&batch->bytes, BATCH_BYTES_USUAL))
        return batch;
    free_batch(batch);
    return NULL;
}

static struct piece write_piece(struct buf *bytes, const struct slice *from, size_t count)
{
    struct piece piece = {.at = bytes->len, .count = count};
    for (size_t i = 0; i < count; i++) {
        buf_addc(bytes, '$');
        buf_addi(bytes, (int64_t)from[i].len);
        buf_add(bytes, "\r\n", 2);
        buf_addslice(bytes, from[i]);
        buf_add(bytes, "\r\n", 2);
    }
    piece.len = bytes->len - piece.at;
    return piece;
}

/* Gives the part's run, or room for it behind the others, not counted yet. */
static struct run *need_run(struct batch *batch, struct batch_part *part)
{
    const struct piece args = write_piece(&batch->bytes, part->run_args, part->run_arg_count);
    struct run *run = batch->runs + batch->run_count, *end = run;
    while (run-- > batch->runs) {
        if (run->number != part->run || run->args.len != args.len || batch->bytes.error ||
            memcmp(batch->bytes.ptr + run->args.at, batch->bytes.ptr + args.at, args.len) != 0)
            continue;
        batch->bytes.len = args.at; /* they are there */
        return run;
    }
    *end = (struct run){.number = part->run, .args = args, .first = batch->count};
    part->name_run(part);
    end->keys = write_piece(&batch->bytes, part->run_keys, part->run_key_count);
    return end;
}

/* Adds a part wholly, or nothing of it. */
static enum error put(struct batch *batch, struct batch_part *part, void (*done)(void), void *ctx)
{
    struct buf *bytes = &batch->bytes;
    size_t before = bytes->len;
    if (batch->count == BATCH_ENTRIES_MAX)
        return ERR_LIMIT;
    struct run *run = need_run(batch, part);
    struct part made = {.done = done, .ctx = ctx};
    made.id = write_piece(bytes, &part->id, 1);
    made.keys = write_piece(bytes, part->keys, part->key_count);
    made.args = write_piece(bytes, part->args, part->arg_count);
    enum error error = bytes->error;
    if (error) {
        bytes->len = before;
        bytes->error = OK;
        return error;
    }
    if (run->count)
        batch->parts[run->last].next = batch->count;
    batch->run_count += !run->count;
    run->count++;
    run->last = batch->count;
    batch->parts[batch->count++] = made;
    return OK;
}

enum error batcher_add(struct batcher *batcher, struct slice owner, int64_t now_ms, struct batch_part *part,
                       void (*done)(void), void *ctx)
{
    if (!redis_up(batcher->redis))
        return ERR_UNAVAILABLE;
    struct batch *batch = batcher->last;
    if (!batch || !slice_is(owner, batch->owner) || put(batch, part, done, ctx)) {
        if (!(batch = new_batch(batcher, owner)))
            return ERR_NOMEM;
        enum error error = put(batch, part, done, ctx);
        if (error) {
            free_batch(batch);
            return error;
        }
        *(batcher->first ? &batcher->last->next : &batcher->first) = batch;
        batcher->last = batch;
        event_active(batcher->flush, EV_TIMEOUT, 0);
    }
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
