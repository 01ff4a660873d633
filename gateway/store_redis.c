/* The store in Redis, a contact's turn: gateway/lua/contact.lua. A hot contact is not read again (contact_cache.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/message_class.h"
#include "gateway/store_redis_parts.h"

#define SEEN_BYTES 16 /* of the digest that stands for a contact */

/* A call under way; a copy of the contact's name keeps the cache in step when it ends. */
struct loading {
    struct store_redis *store;
    store_loaded *done;
    void *ctx;
    char contact[CONTACT_MAX];
};

/* What is stored if it goes well: its slices lie behind the struct. */
struct committing {
    struct store_redis *store;
    store_committed *done;
    void *ctx;
    char contact[CONTACT_MAX];
    struct stored then;
    bool erases;
};

void arguments_add(struct arguments *a, struct slice value)
{
    if (a->count < REDIS_ARGS_MAX)
        a->list[a->count++] = value;
    else
        a->overflow = true;
}

void arguments_number(struct arguments *a, int64_t value)
{
    if (a->number_count == sizeof(a->numbers) / sizeof(a->numbers[0])) {
        a->overflow = true;
        return;
    }
    char *text = a->numbers[a->number_count++];
    snprintf(text, sizeof(a->numbers[0]), "%lld", (long long)value);
    arguments_add(a, slice_of(text));
}

void arguments_begin(struct arguments *a, const char *verb, const char *function, unsigned keys)
{
    a->count = a->number_count = 0;
    a->overflow = false;
    arguments_add(a, slice_of(verb));
    arguments_add(a, slice_of(function));
    arguments_number(a, keys);
}

enum error arguments_send(struct arguments *a, struct redis *redis, redis_done *done, void *ctx)
{
    return a->overflow ? ERR_LIMIT : redis_command(redis, a->list, a->count, done, ctx);
}

struct slice reply_text(const redisReply *reply, size_t at)
{
    if (reply->type != REDIS_REPLY_ARRAY || at >= reply->elements || !reply->element[at]->str)
        return SLICE_NONE;
    return (struct slice){reply->element[at]->str, reply->element[at]->len};
}

int64_t reply_number(const redisReply *reply, size_t at)
{
    uint64_t number = 0;
    if (reply->type == REDIS_REPLY_ARRAY && at < reply->elements && reply->element[at]->type == REDIS_REPLY_INTEGER)
        return reply->element[at]->integer;
    slice_u64(reply_text(reply, at), INT64_MAX, &number);
    return (int64_t)number;
}

enum error reply_error(const redisReply *reply)
{
    static const char own[] = "user_function";
    bool fault = reply && reply->type == REDIS_REPLY_ERROR &&
                 slice_starts((struct slice){reply->str, reply->len}, "ERR") &&
                 memmem(reply->str, reply->len, own, sizeof(own) - 1);
    return fault ? ERR_SYNTAX : reply_good(reply) ? OK : ERR_UNAVAILABLE;
}

bool reply_good(const redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        char text[128];
        log_event(LOG_ERROR, "redis refused a function", "why=%s",
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
    }
    return reply && reply->type != REDIS_REPLY_ERROR;
}

static bool is_answer(const redisReply *reply)
{
    return reply_good(reply) && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
}

/* Reads the five fields that start at element `at`: version, birth, state, session, text. */
static void read_held(const redisReply *reply, size_t at, struct stored *out)
{
    out->version = (uint64_t)reply_number(reply, at);
    out->born_ms = reply_number(reply, at + 1);
    out->state = reply_text(reply, at + 2);
    out->session = reply_text(reply, at + 3);
    out->ussd_text = reply_text(reply, at + 4);
}

static void on_loaded(void *ctx, const redisReply *reply)
{
    struct loading loading = *(struct loading *)ctx;
    struct stored stored = {0};
    mem_free(ctx);
    if (!is_answer(reply)) {
        enum error error = reply_error(reply);
        loading.done(loading.ctx, error ? error : ERR_UNAVAILABLE, NULL);
        return;
    }
    read_held(reply, 1, &stored);
    contact_cache_put(loading.store->cache, slice_of(loading.contact), &stored);
    if (reply->element[0]->type == REDIS_REPLY_STRING)
        stored = (struct stored){.repeated = true, .reply = reply_text(reply, 0)};
    loading.done(loading.ctx, OK, &stored);
}

/* Writes the key of a contact's seen messages, which names nobody. */
static enum error seen_key(const struct store_redis *self, struct slice contact, char key[KEY_MAX], struct slice *out)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SEEN_BYTES + 1];
    if (hmac_sha256(self->person_key, contact, digest))
        return ERR_NOMEM;
    hex_encode(digest, SEEN_BYTES, hex);
    *out = key_write(key, shard_of(contact), "seen", slice_of(hex));
    return OK;
}

static enum error load(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                       void *ctx)
{
    struct store_redis *self = (struct store_redis *)store;
    unsigned shard = shard_of(contact);
    char keys[2][KEY_MAX];
    struct slice seen;
    struct arguments a;
    const struct stored *hot = redis_up(self->redis) ? contact_cache_get(self->cache, contact) : NULL;
    if (hot) {
        done(ctx, OK, hot);
        return OK;
    }
    if (seen_key(self, contact, keys[1], &seen))
        return ERR_NOMEM;
    arguments_begin(&a, "FCALL_RO", "chaski_load", 2);
    arguments_add(&a, key_write(keys[0], shard, "contact", contact));
    arguments_add(&a, seen);
    arguments_add(&a, message_id);
    struct loading *loading = mem_alloc(sizeof(*loading));
    if (!loading)
        return ERR_NOMEM;
    *loading = (struct loading){.store = self, .done = done, .ctx = ctx};
    slice_copy(contact, loading->contact, sizeof(loading->contact));
    enum error error = arguments_send(&a, self->redis, on_loaded, loading);
    if (error)
        mem_free(loading);
    return error;
}

static void on_committed(void *ctx, const redisReply *reply)
{
    struct committing *committing = ctx;
    struct contact_cache *cache = committing->store->cache;
    struct slice contact = slice_of(committing->contact), verdict;
    struct stored newer = {0};
    enum error error = reply_error(reply);
    if (!error && !is_answer(reply))
        error = ERR_UNAVAILABLE;
    verdict = error ? SLICE_NONE : reply_text(reply, 0);
    if (slice_is(verdict, "ok")) {
        if (!committing->erases)
            contact_cache_put(cache, contact, &committing->then);
    } else if (slice_is(verdict, "seen")) {
        newer.repeated = true;
        newer.reply = reply_text(reply, 1);
        error = ERR_CONFLICT;
    } else if (!error) {
        read_held(reply, 1, &newer);
        contact_cache_put(cache, contact, &newer);
        error = ERR_CONFLICT;
    }
    committing->done(committing->ctx, error, error == ERR_CONFLICT ? &newer : NULL);
    mem_free(committing);
}

static void add_facts(struct arguments *a, const struct commit *c)
{
    arguments_number(a, (int64_t)c->fact_count);
    for (size_t i = 0; i < c->fact_count; i++) {
        arguments_add(a, c->facts[i].name);
        arguments_add(a, c->facts[i].value);
    }
}

static void add_outbox(struct arguments *a, const struct commit *c)
{
    arguments_number(a, (int64_t)c->outbox_count);
    for (size_t i = 0; i < c->outbox_count; i++) {
        enum message_class class = CLASS_REPLY;
        bool bulk = message_class_find(c->outbox[i].name, &class) && message_class(class)->bulk;
        arguments_add(a, c->outbox[i].name);
        arguments_add(a, bulk ? SLICE("1") : SLICE("0"));
        arguments_add(a, c->outbox[i].value);
    }
}

static void add_texts(struct arguments *a, const struct slice *texts, size_t count)
{
    arguments_number(a, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        arguments_add(a, texts[i]);
}

static void add_timers(struct arguments *a, const struct commit *c)
{
    arguments_number(a, (int64_t)c->timer_count);
    for (size_t i = 0; i < c->timer_count; i++) {
        arguments_add(a, c->timers[i].name);
        arguments_number(a, c->timers[i].due_ms);
    }
}

static void add_commit(struct arguments *a, const struct commit *c)
{
    static const char *const opts[] = {[OPT_UNCHANGED] = "", [OPT_OUT] = "1", [OPT_IN] = "0"};
    arguments_add(a, c->contact);
    arguments_add(a, c->channel);
    arguments_add(a, c->message_id);
    arguments_number(a, (int64_t)c->expected);
    arguments_number(a, c->born_ms);
    arguments_add(a, c->state);
    arguments_add(a, c->reply);
    arguments_number(a, STORE_REMEMBER_S * INT64_C(1000));
    arguments_number(a, c->now_ms);
    arguments_number(a, STORE_JOURNAL_DAYS * INT64_C(86400000));
    arguments_add(a, c->session);
    arguments_add(a, c->ussd_text);
    arguments_number(a, c->inbound_ms);
    arguments_add(a, slice_of(opts[c->opt]));
    arguments_add(a, c->erase ? SLICE("1") : SLICE("0"));
    arguments_add(a, c->journal);
    arguments_add(a, c->fired.name);
    arguments_number(a, c->fired.due_ms);
    add_facts(a, c);
    add_outbox(a, c);
    add_texts(a, c->consents, c->consent_count);
    add_texts(a, c->requests, c->request_count);
    add_timers(a, c);
}

/* Keeps what the contact will be if the commit goes well. NULL without memory. */
static struct committing *new_committing(struct store_redis *self, const struct commit *c)
{
    struct committing *made = mem_alloc(sizeof(*made) + c->state.len + c->session.len + c->ussd_text.len + 1);
    if (!made)
        return NULL;
    char *to = (char *)(made + 1);
    made->store = self;
    made->erases = c->erase;
    made->then = (struct stored){.version = c->expected + 1,
                                 .born_ms = c->born_ms ? c->born_ms : c->now_ms,
                                 .state = slice_pack(&to, c->state),
                                 .session = slice_pack(&to, c->session),
                                 .ussd_text = slice_pack(&to, c->ussd_text)};
    slice_copy(c->contact, made->contact, sizeof(made->contact));
    return made;
}

static enum error commit(struct store *store, const struct commit *c, store_committed *done, void *ctx)
{
    static const char *const kinds[] = {"contact", "facts", "turns", "outbox", "bulk", "consent", "requests", "timers"};
    static const bool of_contact[] = {true, true, true, false, false, false, false, false};
    enum { KEYS = sizeof(kinds) / sizeof(kinds[0]) };
    struct store_redis *self = (struct store_redis *)store;
    unsigned shard = shard_of(c->contact);
    char keys[KEYS + 1][KEY_MAX];
    struct arguments a;
    struct slice seen;
    if (seen_key(self, c->contact, keys[KEYS], &seen))
        return ERR_NOMEM;
    arguments_begin(&a, "FCALL", "chaski_commit", KEYS + 1);
    arguments_add(&a, seen);
    for (size_t i = 0; i < KEYS; i++)
        arguments_add(&a, key_write(keys[i], shard, kinds[i], of_contact[i] ? c->contact : SLICE_NONE));
    add_commit(&a, c);
    struct committing *committing = new_committing(self, c);
    if (!committing)
        return ERR_NOMEM;
    committing->done = done;
    committing->ctx = ctx;
    contact_cache_drop(self->cache, c->contact); /* nobody knows what it is until the answer comes */
    enum error error = arguments_send(&a, self->redis, on_committed, committing);
    if (error)
        mem_free(committing);
    return error;
}

static void close_store(struct store *store)
{
    struct store_redis *self = (struct store_redis *)store;
    batcher_free(self->intents);
    batcher_free(self->ends);
    contact_cache_free(self->cache);
    mem_free(self);
}

struct store *store_redis_new(struct redis *redis, struct slice person_key)
{
    static const struct store_methods methods = {load,
                                                 commit,
                                                 close_store,
                                                 store_redis_attend,
                                                 store_redis_lease,
                                                 store_redis_read,
                                                 store_redis_intend,
                                                 store_redis_end,
                                                 store_redis_receive,
                                                 store_redis_tally,
                                                 store_redis_due,
                                                 store_redis_postpone,
                                                 store_redis_swap};
    struct store_redis *self = mem_alloc(sizeof(*self));
    if (!self)
        return NULL;
    *self = (struct store_redis){.head = {&methods},
                                 .redis = redis,
                                 .person_key = person_key,
                                 .cache = contact_cache_new(CONTACT_CACHE_MAX),
                                 .intents = batcher_new(redis, "chaski_intent", store_redis_intended),
                                 .ends = batcher_new(redis, "chaski_end", store_redis_ended)};
    if (self->cache && self->intents && self->ends)
        return &self->head;
    close_store(&self->head);
    return NULL;
}
