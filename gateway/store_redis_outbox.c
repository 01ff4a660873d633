/* The store in Redis, around sending: leases, streams, receipts and limits of gateway/lua/outbox.lua and lease.lua. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/store_redis_parts.h"

/* A call under way. */
struct asking {
    union {
        store_counted *counted;
        store_leased *leased;
        store_ended *ended;
        store_swapped *swapped;
        store_tallied *tallied;
    } done;
    void *ctx;
};

/* A reading under way, and which shard each of its keys belongs to. */
struct reading {
    store_read_done *done;
    void *ctx;
    size_t count;
    unsigned shards[SHARDS];
    char keys[SHARDS][32];
};

/* A receipt that names only the provider's id. */
struct receiving {
    struct store_redis *store;
    store_ended *done;
    void *ctx;
    unsigned shard;
    char status[16], code[64], part[256];
};

static const char *const stream_names[STORE_STREAMS] = {[STREAM_REPLIES] = "outbox", [STREAM_BULK] = "bulk"};

static struct redis *redis_of(struct store *store)
{
    return ((struct store_redis *)store)->redis;
}

/* Sends a call that has one answer; `asking` says whom to tell. */
static enum error ask(struct store *store, struct arguments *a, struct asking asking, redis_done *done)
{
    struct asking *kept = mem_alloc(sizeof(*kept));
    if (!kept)
        return ERR_NOMEM;
    *kept = asking;
    enum error error = arguments_send(a, redis_of(store), done, kept);
    if (error)
        mem_free(kept);
    return error;
}

static struct asking take(void *ctx)
{
    struct asking asking = *(struct asking *)ctx;
    mem_free(ctx);
    return asking;
}

static bool is_number(const redisReply *reply)
{
    return reply_good(reply) && reply->type == REDIS_REPLY_INTEGER;
}

static void on_counted(void *ctx, const redisReply *reply)
{
    struct asking asking = take(ctx);
    bool good = is_number(reply);
    asking.done.counted(asking.ctx, good ? OK : ERR_UNAVAILABLE, good ? (size_t)reply->integer : 0);
}

enum error store_redis_attend(struct store *store, struct slice owner, int64_t now_ms, bool leaves, store_counted *done,
                              void *ctx)
{
    struct arguments a;
    arguments_begin(&a, "FCALL", "chaski_attend", 1);
    arguments_add(&a, SLICE("ck:workers"));
    arguments_add(&a, owner);
    arguments_number(&a, now_ms);
    arguments_add(&a, leaves ? SLICE("1") : SLICE("0"));
    return ask(store, &a, (struct asking){.done.counted = done, .ctx = ctx}, on_counted);
}

static void on_leased(void *ctx, const redisReply *reply)
{
    struct asking asking = take(ctx);
    bool good = is_number(reply);
    asking.done.leased(asking.ctx, good ? OK : ERR_UNAVAILABLE, good ? (uint64_t)reply->integer : 0);
}

enum error store_redis_lease(struct store *store, unsigned shard, struct slice owner, int64_t keep_ms,
                             store_leased *done, void *ctx)
{
    char keys[2][KEY_MAX];
    struct arguments a;
    arguments_begin(&a, "FCALL", "chaski_lease", 2);
    arguments_add(&a, key_write(keys[0], shard, "lease", SLICE_NONE));
    arguments_add(&a, key_write(keys[1], shard, "fence", SLICE_NONE));
    arguments_add(&a, owner);
    arguments_number(&a, keep_ms);
    return ask(store, &a, (struct asking){.done.leased = done, .ctx = ctx}, on_leased);
}

/* A stream entry's fields come as name, value, name, value. */
static struct slice field(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (strcmp(fields->element[i]->str, name) == 0)
            return (struct slice){fields->element[i + 1]->str, fields->element[i + 1]->len};
    return SLICE_NONE;
}

static bool read_entry(const redisReply *item, unsigned shard, struct store_entry *out)
{
    uint64_t again = 0;
    if (item->elements != 2 || item->element[1]->type != REDIS_REPLY_ARRAY)
        return false; /* deleted by hand: nothing is left of it */
    slice_u64(field(item->element[1], "again"), INT64_MAX, &again);
    *out = (struct store_entry){.shard = shard,
                                .id = {item->element[0]->str, item->element[0]->len},
                                .class = field(item->element[1], "class"),
                                .json = field(item->element[1], "entry"),
                                .again_ms = (int64_t)again};
    return true;
}

/* Adds one stream's part of an answer to the list. */
static size_t read_stream(const struct reading *reading, const redisReply *stream, struct store_entry *out,
                          size_t count, size_t room)
{
    size_t at = 0;
    if (stream->elements != 2 || stream->element[1]->type != REDIS_REPLY_ARRAY)
        return count;
    while (at < reading->count && strcmp(reading->keys[at], stream->element[0]->str) != 0)
        at++;
    for (size_t i = 0; at < reading->count && i < stream->element[1]->elements && count < room; i++)
        count += read_entry(stream->element[1]->element[i], reading->shards[at], &out[count]);
    return count;
}

static void on_read(void *ctx, const redisReply *reply)
{
    struct reading *reading = ctx;
    size_t room = 0, count = 0;
    struct store_entry *entries = NULL;
    bool good = reply_good(reply);
    for (size_t i = 0; good && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        if (reply->element[i]->elements == 2)
            room += reply->element[i]->element[1]->elements;
    if (room && !(entries = mem_alloc(room * sizeof(*entries))))
        good = false;
    for (size_t i = 0; good && room && i < reply->elements; i++)
        count = read_stream(reading, reply->element[i], entries, count, room);
    reading->done(reading->ctx, good ? OK : ERR_UNAVAILABLE, entries, count);
    mem_free(entries);
    mem_free(reading);
}

enum error store_redis_read(struct store *store, enum store_stream stream, const struct store_cursor *cursors,
                            size_t count, size_t most, store_read_done *done, void *ctx)
{
    char key[KEY_MAX], number[16];
    struct slice args[4 + 2 * SHARDS];
    struct reading *reading = mem_alloc(sizeof(*reading));
    if (!reading)
        return ERR_NOMEM;
    *reading = (struct reading){.done = done, .ctx = ctx, .count = count < SHARDS ? count : SHARDS};
    snprintf(number, sizeof(number), "%zu", most < STORE_READ_MAX ? most : (size_t)STORE_READ_MAX);
    const struct slice head[] = {SLICE("XREAD"), SLICE("COUNT"), slice_of(number), SLICE("STREAMS")};
    memcpy(args, head, sizeof(head));
    for (size_t i = 0; i < reading->count; i++) {
        reading->shards[i] = cursors[i].shard;
        slice_copy(key_write(key, cursors[i].shard, stream_names[stream], SLICE_NONE), reading->keys[i],
                   sizeof(reading->keys[i]));
        args[4 + i] = slice_of(reading->keys[i]);
        args[4 + reading->count + i] = slice_of(cursors[i].after);
    }
    enum error error = redis_command(redis_of(store), args, 4 + 2 * reading->count, on_read, reading);
    if (error)
        mem_free(reading);
    return error;
}

/* A receipt that moves nothing was taken all the same. */
static void on_received(void *ctx, const redisReply *reply)
{
    struct asking asking = take(ctx);
    asking.done.ended(asking.ctx, is_number(reply) ? OK : ERR_UNAVAILABLE);
}

static enum error write_receipt(struct store *store, unsigned shard, struct slice id, struct slice part,
                                struct slice status, struct slice code, store_ended *done, void *ctx)
{
    char keys[2][KEY_MAX];
    struct arguments a;
    arguments_begin(&a, "FCALL", "chaski_receipt", 2);
    arguments_add(&a, key_sends(keys[0], shard, id));
    arguments_add(&a, key_write(keys[1], shard, "doubt", SLICE_NONE));
    arguments_add(&a, id);
    arguments_add(&a, part);
    arguments_add(&a, status);
    arguments_add(&a, code);
    return ask(store, &a, (struct asking){.done.ended = done, .ctx = ctx}, on_received);
}

static void on_kept(void *ctx, const redisReply *reply)
{
    struct receiving receiving = *(struct receiving *)ctx;
    struct slice known, id;
    mem_free(ctx);
    if (!reply_good(reply) || reply->type != REDIS_REPLY_STRING) {
        receiving.done(receiving.ctx, is_number(reply) ? OK : ERR_UNAVAILABLE);
        return;
    }
    known = (struct slice){reply->str, reply->len};
    if (!slice_cut(&known, ' ', &id))
        id = SLICE_NONE;
    if (receiving.part[0])
        known = slice_of(receiving.part);
    if (write_receipt(&receiving.store->head, receiving.shard, id, known, slice_of(receiving.status),
                      slice_of(receiving.code), receiving.done, receiving.ctx))
        receiving.done(receiving.ctx, ERR_UNAVAILABLE);
}

/* One call finds the message or keeps the receipt, so that the send call's end cannot come in between. */
static enum error find_or_keep(struct store *store, const struct receipt_row *r, store_ended *done, void *ctx)
{
    char keys[3][KEY_MAX];
    struct arguments a;
    struct receiving *receiving = mem_alloc(sizeof(*receiving));
    if (!receiving)
        return ERR_NOMEM;
    *receiving = (struct receiving){.store = (struct store_redis *)store, .done = done, .ctx = ctx, .shard = r->shard};
    slice_copy(r->status, receiving->status, sizeof(receiving->status));
    slice_copy(r->code, receiving->code, sizeof(receiving->code));
    slice_copy(r->part, receiving->part, sizeof(receiving->part));
    arguments_begin(&a, "FCALL", "chaski_receipt_early", 3);
    arguments_add(&a, key_write(keys[0], r->shard, "sends", SLICE_NONE));
    arguments_add(&a, key_write(keys[1], r->shard, "early", SLICE_NONE));
    arguments_add(&a, key_write(keys[2], r->shard, "receipt", r->name));
    arguments_add(&a, r->name);
    arguments_add(&a, r->status);
    arguments_add(&a, r->code);
    enum error error = arguments_send(&a, redis_of(store), on_kept, receiving);
    if (error)
        mem_free(receiving);
    return error;
}

enum error store_redis_receive(struct store *store, const struct receipt_row *r, store_ended *done, void *ctx)
{
    return r->id.len ? write_receipt(store, r->shard, r->id, r->part, r->status, r->code, done, ctx)
                     : find_or_keep(store, r, done, ctx);
}

static void on_tallied(void *ctx, const redisReply *reply)
{
    struct asking asking = take(ctx);
    struct tally tally = {0};
    bool good = reply_good(reply) && reply->type == REDIS_REPLY_ARRAY;
    if (good)
        tally = (struct tally){(size_t)reply_number(reply, 0), (size_t)reply_number(reply, 1),
                               (size_t)reply_number(reply, 2)};
    asking.done.tallied(asking.ctx, good ? OK : ERR_UNAVAILABLE, &tally);
}

enum error store_redis_tally(struct store *store, unsigned shard, store_tallied *done, void *ctx)
{
    static const char *const kinds[] = {"outbox", "bulk", "doubt", "dead"};
    char keys[4][KEY_MAX];
    struct arguments a;
    arguments_begin(&a, "FCALL_RO", "chaski_tally", 4);
    for (size_t i = 0; i < 4; i++)
        arguments_add(&a, key_write(keys[i], shard, kinds[i], SLICE_NONE));
    return ask(store, &a, (struct asking){.done.tallied = done, .ctx = ctx}, on_tallied);
}

static void on_swapped(void *ctx, const redisReply *reply)
{
    struct asking asking = take(ctx);
    if (is_number(reply))
        asking.done.swapped(asking.ctx, OK, SLICE_NONE);
    else if (reply_good(reply) && reply->type == REDIS_REPLY_STRING)
        asking.done.swapped(asking.ctx, ERR_CONFLICT, (struct slice){reply->str, reply->len});
    else
        asking.done.swapped(asking.ctx, ERR_UNAVAILABLE, SLICE_NONE);
}

enum error store_redis_swap(struct store *store, struct slice channel, struct slice before, struct slice then,
                            store_swapped *done, void *ctx)
{
    char key[KEY_MAX];
    struct arguments a;
    snprintf(key, sizeof(key), "ck:{c-%.*s}:limits", (int)channel.len, channel.ptr);
    arguments_begin(&a, "FCALL", "chaski_swap", 1);
    arguments_add(&a, slice_of(key));
    arguments_add(&a, before);
    arguments_add(&a, then);
    return ask(store, &a, (struct asking){.done.swapped = done, .ctx = ctx}, on_swapped);
}
