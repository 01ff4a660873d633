/* The store in Redis: each call is one Function of gateway/lua/contact.lua. */
#include "gateway/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/redis.h"

struct store_redis {
    struct store head;
    struct redis *redis;
};

struct loading {
    store_loaded *done;
    void *ctx;
};

struct committing {
    store_committed *done;
    void *ctx;
};

static struct slice reply_text(const redisReply *reply, size_t at)
{
    if (reply->type != REDIS_REPLY_ARRAY || at >= reply->elements || !reply->element[at]->str)
        return SLICE_NONE;
    return (struct slice){reply->element[at]->str, reply->element[at]->len};
}

/* Fills the four fields that start at element `at`: version, state, session, text. */
static void read_held(const redisReply *reply, size_t at, struct stored *out)
{
    if (!slice_u64(reply_text(reply, at), UINT64_MAX / 10 - 1, &out->version))
        out->version = 0;
    out->state = reply_text(reply, at + 1);
    out->session = reply_text(reply, at + 2);
    out->ussd_text = reply_text(reply, at + 3);
}

static bool is_answer(const redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0)
        return true;
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        char text[128];
        log_event(LOG_ERROR, "redis refused a function", "why=%s",
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
    }
    return false;
}

static void on_loaded(void *ctx, const redisReply *reply)
{
    struct loading loading = *(struct loading *)ctx;
    struct stored stored = {0};
    mem_free(ctx);
    if (!is_answer(reply)) {
        loading.done(loading.ctx, ERR_UNAVAILABLE, NULL);
        return;
    }
    stored.repeated = reply->element[0]->type == REDIS_REPLY_STRING;
    stored.reply = reply_text(reply, 0);
    read_held(reply, 1, &stored);
    loading.done(loading.ctx, OK, &stored);
}

static enum error load(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                       void *ctx)
{
    struct store_redis *self = (struct store_redis *)store;
    unsigned shard = shard_of(contact);
    char keys[2][KEY_MAX];
    struct slice args[] = {
        SLICE("FCALL_RO"),
        SLICE("chaski_load"),
        SLICE("2"),
        key_write(keys[0], shard, "contact", contact),
        key_write(keys[1], shard, "seen", message_id),
    };
    struct loading *loading = mem_alloc(sizeof(*loading));
    if (!loading)
        return ERR_NOMEM;
    *loading = (struct loading){done, ctx};
    enum error error = redis_command(self->redis, args, sizeof(args) / sizeof(args[0]), on_loaded, loading);
    if (error)
        mem_free(loading);
    return error;
}

static void on_committed(void *ctx, const redisReply *reply)
{
    struct committing committing = *(struct committing *)ctx;
    struct stored newer = {0};
    mem_free(ctx);
    if (!is_answer(reply)) {
        committing.done(committing.ctx, ERR_UNAVAILABLE, NULL);
        return;
    }
    struct slice verdict = reply_text(reply, 0);
    if (slice_is(verdict, "ok")) {
        committing.done(committing.ctx, OK, NULL);
    } else if (slice_is(verdict, "seen")) {
        newer.repeated = true;
        newer.reply = reply_text(reply, 1);
        committing.done(committing.ctx, ERR_CONFLICT, &newer);
    } else {
        read_held(reply, 1, &newer);
        committing.done(committing.ctx, ERR_CONFLICT, &newer);
    }
}

/* The flat argument list of chaski_commit. Numbers are written into `text`. */
struct arguments {
    struct slice list[REDIS_ARGS_MAX];
    size_t count;
    char numbers[16][24];
    size_t number_count;
};

static void add(struct arguments *a, struct slice value)
{
    if (a->count < REDIS_ARGS_MAX)
        a->list[a->count++] = value;
}

static void add_number(struct arguments *a, uint64_t value)
{
    char *text = a->numbers[a->number_count++];
    snprintf(text, sizeof(a->numbers[0]), "%llu", (unsigned long long)value);
    add(a, slice_of(text));
}

static void add_rows(struct arguments *a, const struct store_row *rows, size_t count)
{
    add_number(a, count);
    for (size_t i = 0; i < count; i++) {
        add(a, rows[i].name);
        add(a, rows[i].value);
    }
}

static void add_texts(struct arguments *a, const struct slice *texts, size_t count)
{
    add_number(a, count);
    for (size_t i = 0; i < count; i++)
        add(a, texts[i]);
}

static enum error commit(struct store *store, const struct commit *c, store_committed *done, void *ctx)
{
    static const char *const opts[] = {[OPT_UNCHANGED] = "", [OPT_OUT] = "1", [OPT_IN] = "0"};
    static const char *const kinds[] = {"contact", "facts", "seen", "journal", "outbox", "consent", "requests", "ids"};
    const struct slice names[] = {c->contact, c->contact, c->message_id, c->contact,
                                  SLICE_NONE, SLICE_NONE, SLICE_NONE,    c->contact};
    struct store_redis *self = (struct store_redis *)store;
    unsigned shard = shard_of(c->contact);
    char keys[8][KEY_MAX];
    struct arguments a = {.count = 0};
    add(&a, SLICE("FCALL"));
    add(&a, SLICE("chaski_commit"));
    add(&a, SLICE("8"));
    for (size_t i = 0; i < 8; i++)
        add(&a, key_write(keys[i], shard, kinds[i], names[i]));
    add_number(&a, c->expected);
    add(&a, c->state);
    add(&a, c->reply);
    add_number(&a, STORE_REMEMBER_S);
    add_number(&a, (uint64_t)c->now_ms);
    add_number(&a, STORE_JOURNAL_DAYS);
    add(&a, c->session);
    add(&a, c->ussd_text);
    add(&a, slice_of(opts[c->opt]));
    add(&a, c->erase ? SLICE("1") : SLICE("0"));
    add(&a, c->journal);
    add_rows(&a, c->facts, c->fact_count);
    add_rows(&a, c->outbox, c->outbox_count);
    add_texts(&a, c->consents, c->consent_count);
    add_texts(&a, c->requests, c->request_count);

    struct committing *committing = mem_alloc(sizeof(*committing));
    if (!committing)
        return ERR_NOMEM;
    *committing = (struct committing){done, ctx};
    enum error error = redis_command(self->redis, a.list, a.count, on_committed, committing);
    if (error)
        mem_free(committing);
    return error;
}

static void close_store(struct store *store)
{
    mem_free(store);
}

struct store *store_redis_new(struct redis *redis)
{
    static const struct store_methods methods = {load, commit, close_store};
    struct store_redis *self = mem_alloc(sizeof(*self));
    if (!self)
        return NULL;
    *self = (struct store_redis){{&methods}, redis};
    return &self->head;
}
