/* What the parts of the store in Redis share: store_redis.c (turns), store_redis_commit.c (how a commit is written),
 * store_redis_index.c (columns, people), store_redis_timers.c, store_redis_send.c (intents and ends),
 * store_redis_outbox.c (leases, the outbox, receipts, limits) and store_redis_call.c (how Functions are called), and
 * nobody else.
 *
 * Each operation is one Function of gateway/lua. Proved by tests/unit/test_store_redis.c. */
#ifndef GATEWAY_STORE_REDIS_PARTS_H
#define GATEWAY_STORE_REDIS_PARTS_H

#include "gateway/contact_cache.h"
#include "gateway/redis.h"
#include "gateway/store.h"
#include "gateway/store_redis_batch.h"

struct store_redis {
    struct store head;
    struct redis *redis;
    struct slice person_key;
    struct contact_cache *cache;
    struct batcher *intents, *ends;
};

/* A call of a Function while it is written: one at a time, from its begin to its send. */
struct arguments {
    size_t count;     /* arguments */
    size_t len;       /* bytes written */
    size_t key_count; /* of a part: those of the arguments that are its keys, and where their bytes end */
    size_t keys_end;
    uint16_t kind; /* of a part: see there */
    enum error error; /* OK, ERR_LIMIT, ERR_NOMEM: sticks, and the call is not made */
};

/* Begins a call: FCALL, the name, the number of keys. */
void arguments_begin(struct arguments *a, const char *verb, const char *function, unsigned keys);

/* Adds a value, a decimal number, a value of several parts, or a key (keys.h). */
void arguments_add(struct arguments *a, struct slice value);
void arguments_number(struct arguments *a, int64_t value);
void arguments_joined(struct arguments *a, const struct slice *parts, size_t count);
void arguments_key(struct arguments *a, unsigned shard, const char *kind, struct slice name);

/* Adds `count` values that are written as the protocol has them. */
void arguments_written(struct arguments *a, struct slice written, size_t count);

/* Sends the call. Returns the error of the arguments, else what redis_command() does. */
MUST_USE enum error arguments_send(struct arguments *a, struct redis *redis, redis_done *done, void *ctx);

/* Begins a part of a call (redis_join.h) instead, with its keys; says that these are all, so that what follows are its
 * arguments; and sends it. Returns the error of the arguments, else what redis_joined() does. */
void arguments_begin_part(struct arguments *a);
void arguments_end_keys(struct arguments *a);
MUST_USE enum error arguments_join(struct arguments *a, struct redis *redis, const char *function, redis_done *done,
                                   void *ctx);

/* What a line's change asks for beside the contact. */
struct upkeep {
    bool asks;         /* whether the message is new, and its id is written down; else its journal entry is all */
    bool tends, moves; /* look through what is old; another place among the timers */
    int64_t place_ms;
    uint32_t number;             /* the person's; 0 of a new one: the store gives it */
    struct profile before, then; /* what the person is found by */
    size_t marks;                /* how many columns of it differ */
};

/* Writes a commit as a part of a call of chaski_commit; `who` stands for the contact, `then` is its line. */
void store_redis_write(struct arguments *a, const struct commit *c, struct slice who, struct slice then,
                       const struct upkeep *upkeep);

/* Gives an element of an array reply as text, empty when there is none; and as a number, 0 when it is none. */
struct slice reply_text(const redisReply *reply, size_t at);
int64_t reply_number(const redisReply *reply, size_t at);

/* Gives what a call's reply says of the call: OK; ERR_UNAVAILABLE when there is none, or the server took nothing;
 * ERR_SYNTAX when our own Function failed on these arguments, which it would do again. */
enum error reply_error(const redisReply *reply);

/* Tells whether a reply is there and no error; logs an error. */
bool reply_good(const redisReply *reply);

/* How the answers of the two batchers are told. */
batch_told store_redis_intended, store_redis_ended;

/* The operations of store_redis_index.c, store_redis_timers.c, store_redis_outbox.c and store_redis_send.c: see
 * store.h. */
enum error store_redis_attend(struct store *store, struct slice owner, int64_t now_ms, bool leaves, store_counted *done,
                              void *ctx);
enum error store_redis_lease(struct store *store, unsigned shard, struct slice owner, int64_t keep_ms,
                             store_leased *done, void *ctx);
enum error store_redis_read(struct store *store, enum store_stream stream, const struct store_cursor *cursors,
                            size_t count, size_t most, store_read_done *done, void *ctx);
enum error store_redis_intend(struct store *store, const struct intent *intent, store_intended *done, void *ctx);
enum error store_redis_end(struct store *store, const struct send_end *end, store_ended *done, void *ctx);
enum error store_redis_receive(struct store *store, const struct receipt_row *receipt, store_ended *done, void *ctx);
enum error store_redis_tally(struct store *store, unsigned shard, store_tallied *done, void *ctx);
enum error store_redis_due(struct store *store, unsigned shard, int64_t now_ms, store_due_done *done, void *ctx);
enum error store_redis_postpone(struct store *store, const struct due_timer *timer, int64_t due_ms, store_ended *done,
                                void *ctx);
enum error store_redis_swap(struct store *store, struct slice channel, struct slice before, struct slice then,
                            store_swapped *done, void *ctx);
enum error store_redis_columns(struct store *store, unsigned shard, const enum profile_column *columns, size_t count,
                               store_columns_read *done, void *ctx);
enum error store_redis_people(struct store *store, unsigned shard, uint32_t from, size_t most, store_people_read *done,
                              void *ctx);

#endif
