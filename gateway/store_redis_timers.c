/* The store in Redis, timers: the end of gateway/lua/contact.lua.
 *
 * A shard's sorted set says only when to look at a contact again; contacts whose time is far lie in lists, of which the
 * set has the names. So a reading has two steps: whose time has come, and then, of each contact, which timers are due,
 * and of each list its contacts put into the set, which is read again. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/store_redis_parts.h"

#define READING_MAX (256 * 1024) /* bytes */
#define SPAN_MARK '\n'           /* what a list's name in the set begins with; a number follows */
#define SPAN_MS INT64_C(4194304) /* as in contact.lua */

/* A reading under way; it lies in its arena. */
struct due_reading {
    struct store_redis *store;
    struct arena *arena;
    store_due_done *done;
    void *ctx;
    unsigned shard;
    int64_t now_ms;
    bool full;      /* there may be more contacts whose time has come */
    size_t waiting; /* those that were asked for and did not answer yet */
    enum error error;
    size_t count;
    struct due_timer list[STORE_DUE_MAX];
};

/* A contact that is asked for. */
struct due_contact {
    struct due_reading *reading;
    struct slice who;
};

static int compare(const void *left, const void *right)
{
    const struct due_timer *a = left, *b = right;
    int order = (a->due_ms > b->due_ms) - (a->due_ms < b->due_ms);
    order = order ? order : slice_compare(a->name, b->name);
    order = order ? order : slice_compare(a->channel, b->channel);
    return order ? order : slice_compare(a->contact, b->contact);
}

static enum error look(struct due_reading *reading);

static void finish(struct due_reading *reading, enum error error)
{
    if (!error && !reading->count && reading->full && !(error = look(reading)))
        return; /* all of them were moved */
    qsort(reading->list, reading->count, sizeof(reading->list[0]), compare);
    reading->done(reading->ctx, error, reading->list, error ? 0 : reading->count);
    arena_free(reading->arena);
}

static void take_timers(struct due_contact *contact, const redisReply *reply)
{
    struct due_reading *reading = contact->reading;
    for (size_t i = 0; i + 2 < reply->elements && reading->count < STORE_DUE_MAX; i += 3) {
        struct due_timer *timer = &reading->list[reading->count];
        *timer = (struct due_timer){.shard = reading->shard,
                                    .name = arena_copy(reading->arena, reply_text(reply, i)),
                                    .channel = arena_copy(reading->arena, reply_text(reply, i + 1)),
                                    .contact = contact->who,
                                    .due_ms = reply_number(reply, i + 2)};
        if (!timer->name.ptr || !timer->channel.ptr)
            reading->error = ERR_NOMEM;
        else
            reading->count++;
    }
}

static void on_contact(void *ctx, const redisReply *reply)
{
    struct due_contact *contact = ctx;
    struct due_reading *reading = contact->reading;
    if (!reply_good(reply) || reply->type != REDIS_REPLY_ARRAY)
        reading->error = ERR_UNAVAILABLE;
    else if (reply->elements)
        take_timers(contact, reply);
    else
        contact_cache_drop(reading->store->cache, contact->who); /* its line was changed */
    if (!--reading->waiting)
        finish(reading, reading->error);
}

static enum error ask_contact(struct due_reading *reading, struct slice who)
{
    struct due_contact *contact = arena_alloc(reading->arena, sizeof(*contact));
    struct arguments a;
    if (!contact || !(contact->who = arena_copy(reading->arena, who)).ptr)
        return ERR_NOMEM;
    contact->reading = reading;
    arguments_begin(&a, "FCALL", "chaski_due", 2);
    arguments_key(&a, reading->shard, "timers", SLICE_NONE);
    arguments_key(&a, reading->shard, "contact", who);
    arguments_add(&a, who);
    arguments_number(&a, reading->now_ms);
    return arguments_send(&a, reading->store->redis, on_contact, contact);
}

static void on_unpacked(void *ctx, const redisReply *reply)
{
    struct due_reading *reading = ctx;
    if (!reply_good(reply))
        reading->error = ERR_UNAVAILABLE;
    reading->full = true;
    if (!--reading->waiting)
        finish(reading, reading->error);
}

static enum error unpack_span(struct due_reading *reading, struct slice mark)
{
    struct slice name = slice_part(mark, 1, mark.len);
    struct arguments a;
    uint64_t span;
    if (!slice_u64(name, INT64_MAX / SPAN_MS, &span))
        return ERR_SYNTAX;
    arguments_begin(&a, "FCALL", "chaski_unpack", 2);
    arguments_key(&a, reading->shard, "timers", SLICE_NONE);
    arguments_key(&a, reading->shard, "timers", name);
    arguments_add(&a, mark);
    arguments_number(&a, (int64_t)span * SPAN_MS);
    arguments_number(&a, STORE_DUE_MAX);
    return arguments_send(&a, reading->store->redis, on_unpacked, reading);
}

static void on_look(void *ctx, const redisReply *reply)
{
    struct due_reading *reading = ctx;
    if (!reply_good(reply) || reply->type != REDIS_REPLY_ARRAY) {
        finish(reading, ERR_UNAVAILABLE);
        return;
    }
    reading->full = reply->elements >= STORE_DUE_MAX;
    for (size_t i = 0; i < reply->elements && !reading->error; i++) {
        struct slice who = reply_text(reply, i);
        bool is_span = who.len && who.ptr[0] == SPAN_MARK;
        reading->error = is_span ? unpack_span(reading, who) : ask_contact(reading, who);
        reading->waiting += !reading->error;
    }
    if (!reading->waiting)
        finish(reading, reading->error);
}

static enum error look(struct due_reading *reading)
{
    char key[KEY_MAX], now[SLICE_DECIMAL_SIZE], most[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("ZRANGE"),  key_write(key, reading->shard, "timers", SLICE_NONE),
                                 SLICE("-inf"),    slice_decimal(reading->now_ms, now),
                                 SLICE("BYSCORE"), SLICE("LIMIT"),
                                 SLICE("0"),       slice_decimal(STORE_DUE_MAX, most)};
    return redis_command(reading->store->redis, args, sizeof(args) / sizeof(args[0]), on_look, reading);
}

enum error store_redis_due(struct store *store, unsigned shard, int64_t now_ms, store_due_done *done, void *ctx)
{
    struct arena *arena = arena_new(READING_MAX);
    struct due_reading *reading = arena ? arena_bytes(arena, sizeof(*reading)) : NULL;
    enum error error = ERR_NOMEM;
    if (reading) {
        memset(reading, 0, offsetof(struct due_reading, list)); /* which is large, and told by its count */
        reading->store = (struct store_redis *)store;
        reading->arena = arena;
        reading->done = done;
        reading->ctx = ctx;
        reading->shard = shard;
        reading->now_ms = now_ms;
        error = look(reading);
    }
    if (error)
        arena_free(arena);
    return error;
}

/* A postponing under way. */
struct postponing {
    struct store_redis *store;
    store_ended *done;
    void *ctx;
    char contact[CONTACT_MAX];
};

static void on_postponed(void *ctx, const redisReply *reply)
{
    struct postponing postponing = *(struct postponing *)ctx;
    bool good = reply_good(reply) && reply->type == REDIS_REPLY_INTEGER;
    mem_free(ctx);
    contact_cache_drop(postponing.store->cache, slice_of(postponing.contact)); /* its line was changed */
    postponing.done(postponing.ctx, good ? OK : ERR_UNAVAILABLE);
}

enum error store_redis_postpone(struct store *store, const struct due_timer *timer, int64_t due_ms, store_ended *done,
                                void *ctx)
{
    struct arguments a;
    struct postponing *postponing = mem_alloc(sizeof(*postponing));
    if (!postponing)
        return ERR_NOMEM;
    *postponing = (struct postponing){.store = (struct store_redis *)store, .done = done, .ctx = ctx};
    slice_copy(timer->contact, postponing->contact, sizeof(postponing->contact));
    arguments_begin(&a, "FCALL", "chaski_postpone", 2);
    arguments_key(&a, timer->shard, "timers", SLICE_NONE);
    arguments_key(&a, timer->shard, "contact", timer->contact);
    arguments_add(&a, timer->name);
    arguments_add(&a, timer->channel);
    arguments_add(&a, timer->contact);
    arguments_number(&a, timer->due_ms);
    arguments_number(&a, due_ms);
    enum error error = arguments_send(&a, postponing->store->redis, on_postponed, postponing);
    if (error)
        mem_free(postponing);
    return error;
}
