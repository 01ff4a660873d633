/* The store in Redis, what people are found by: columns and lists of people, as gateway/lua/index.lua writes
 * them. Plain reads: nothing is to be decided. */
#include <stdio.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/store_redis_parts.h"

struct index_reading {
    union {
        store_columns_read *columns;
        store_people_read *people;
    } done;
    void *ctx;
};

static bool is_list(const redisReply *reply)
{
    return reply_good(reply) && reply->type == REDIS_REPLY_ARRAY && reply->elements <= STORE_PEOPLE_MAX;
}

static enum error ask(struct store *store, const struct slice *args, size_t count, struct index_reading reading,
                      redis_done *done)
{
    struct index_reading *kept = mem_alloc(sizeof(*kept));
    if (!kept)
        return ERR_NOMEM;
    *kept = reading;
    enum error error = redis_command(((struct store_redis *)store)->redis, args, count, done, kept);
    if (error)
        mem_free(kept);
    return error;
}

static void on_columns(void *ctx, const redisReply *reply)
{
    const struct index_reading reading = *(struct index_reading *)ctx;
    struct slice columns[PROFILE_COLUMNS];
    mem_free(ctx);
    if (!is_list(reply) || reply->elements > PROFILE_COLUMNS) {
        reading.done.columns(reading.ctx, ERR_UNAVAILABLE, NULL, 0);
        return;
    }
    for (size_t i = 0; i < reply->elements; i++)
        columns[i] = reply_text(reply, i);
    reading.done.columns(reading.ctx, OK, columns, reply->elements);
}

enum error store_redis_columns(struct store *store, unsigned shard, const enum profile_column *columns, size_t count,
                               store_columns_read *done, void *ctx)
{
    char keys[PROFILE_COLUMNS][KEY_MAX];
    struct slice args[PROFILE_COLUMNS + 1] = {SLICE("MGET")};
    for (size_t i = 0; i < count; i++)
        args[i + 1] = key_write(keys[i], shard, "index", slice_of(profile_columns[columns[i]].name));
    return ask(store, args, count + 1, (struct index_reading){.done.columns = done, .ctx = ctx}, on_columns);
}

/* A phone number lies there without its plus, another name behind a =. */
static void on_people(void *ctx, const redisReply *reply)
{
    const struct index_reading reading = *(struct index_reading *)ctx;
    static char names[STORE_PEOPLE_MAX][CONTACT_MAX + 1];
    struct slice contacts[STORE_PEOPLE_MAX];
    mem_free(ctx);
    if (!is_list(reply)) {
        reading.done.people(reading.ctx, ERR_UNAVAILABLE, NULL, 0);
        return;
    }
    for (size_t i = 0; i < reply->elements; i++) {
        struct slice name = reply_text(reply, i);
        contacts[i] = name;
        if (slice_starts(name, "=")) {
            contacts[i] = slice_part(name, 1, name.len);
        } else if (name.len && name.len < CONTACT_MAX) {
            int len = snprintf(names[i], sizeof(names[i]), "+%.*s", (int)name.len, name.ptr);
            contacts[i] = (struct slice){names[i], (size_t)len};
        }
    }
    reading.done.people(reading.ctx, OK, contacts, reply->elements);
}

enum error store_redis_people(struct store *store, unsigned shard, uint32_t from, size_t most, store_people_read *done,
                              void *ctx)
{
    char key[KEY_MAX], first[SLICE_DECIMAL_SIZE], last[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("LRANGE"), key_write(key, shard, "index", SLICE("people")),
                                 slice_decimal(from, first), slice_decimal((int64_t)from + (int64_t)most - 1, last)};
    return ask(store, args, 4, (struct index_reading){.done.people = done, .ctx = ctx}, on_people);
}
