#include "gateway/store_redis_batch.h"

#include <stdio.h>

#include "base/mem.h"
#include "gateway/store.h"

#define BATCH_BYTES_MAX (4 * 1024 * 1024)
#define HEAD_ARGS 6 /* FCALL, the function, the number of keys; process, now, how many */

struct asker {
    void (*done)(void);
    void *ctx;
};

/* What is gathered, or under way. */
struct batch {
    struct batch *next; /* gathered after it */
    batch_told *told;
    struct arena *arena; /* holds it */
    char owner[STORE_OWNER_MAX];
    int64_t now_ms;
    struct asker askers[BATCH_ENTRIES_MAX];
    struct slice sends[BATCH_ENTRIES_MAX], keys[REDIS_ARGS_MAX], args[REDIS_ARGS_MAX];
    size_t count, key_count, arg_count;
};

struct batcher {
    struct redis *redis;
    const char *function;
    batch_told *told;
    struct batch *first, *last; /* gathered; only the last takes more */
    struct event *flush;
};

/* Tells each its part of the answer. */
static void on_answer(void *ctx, const redisReply *reply)
{
    struct batch *batch = ctx;
    bool whole = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == batch->count;
    for (size_t i = 0; i < batch->count; i++)
        batch->told(whole ? reply->element[i] : reply, batch->askers[i].done, batch->askers[i].ctx);
    arena_free(batch->arena);
}

static void send_batch(const struct batcher *batcher, struct batch *batch)
{
    struct slice list[REDIS_ARGS_MAX];
    char keys[16], count[16], now[24];
    size_t n = 0;
    snprintf(keys, sizeof(keys), "%zu", batch->count + batch->key_count);
    snprintf(count, sizeof(count), "%zu", batch->count);
    snprintf(now, sizeof(now), "%lld", (long long)batch->now_ms);
    list[n++] = SLICE("FCALL");
    list[n++] = slice_of(batcher->function);
    list[n++] = slice_of(keys);
    for (size_t i = 0; i < batch->count; i++)
        list[n++] = batch->sends[i];
    for (size_t i = 0; i < batch->key_count; i++)
        list[n++] = batch->keys[i];
    list[n++] = slice_of(batch->owner);
    list[n++] = slice_of(now);
    list[n++] = slice_of(count);
    for (size_t i = 0; i < batch->arg_count; i++)
        list[n++] = batch->args[i];
    if (redis_command(batcher->redis, list, n, on_answer, batch))
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
    struct arena *arena = arena_new(BATCH_BYTES_MAX);
    struct batch *batch = arena ? arena_alloc(arena, sizeof(*batch)) : NULL;
    if (!batch) {
        arena_free(arena);
        return NULL;
    }
    batch->arena = arena;
    batch->told = batcher->told;
    slice_copy(owner, batch->owner, sizeof(batch->owner));
    return batch;
}

static size_t args_with(const struct batch *batch, const struct batch_part *part)
{
    return HEAD_ARGS + batch->count + 1 + batch->key_count + part->key_count + batch->arg_count + part->arg_count;
}

static bool copy_all(struct arena *arena, const struct slice *from, size_t count, struct slice *to)
{
    for (size_t i = 0; i < count; i++)
        if (!(to[i] = arena_copy(arena, from[i])).ptr)
            return false;
    return true;
}

/* What was copied of a part that did not fit is not counted, and so not sent. */
static bool put(struct batch *batch, const struct batch_part *part)
{
    if (batch->count == BATCH_ENTRIES_MAX || args_with(batch, part) > REDIS_ARGS_MAX ||
        !copy_all(batch->arena, &part->send, 1, &batch->sends[batch->count]) ||
        !copy_all(batch->arena, part->keys, part->key_count, &batch->keys[batch->key_count]) ||
        !copy_all(batch->arena, part->args, part->arg_count, &batch->args[batch->arg_count]))
        return false;
    batch->key_count += part->key_count;
    batch->arg_count += part->arg_count;
    return true;
}

enum error batcher_add(struct batcher *batcher, struct slice owner, int64_t now_ms, const struct batch_part *part,
                       void (*done)(void), void *ctx)
{
    if (!redis_up(batcher->redis))
        return ERR_UNAVAILABLE;
    struct batch *batch = batcher->last;
    if (!batch || !slice_is(owner, batch->owner) || !put(batch, part)) {
        if (!(batch = new_batch(batcher, owner)))
            return ERR_NOMEM;
        if (!put(batch, part)) {
            arena_free(batch->arena);
            return ERR_LIMIT;
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
        arena_free(batch->arena);
    }
    event_free(batcher->flush);
    mem_free(batcher);
}
