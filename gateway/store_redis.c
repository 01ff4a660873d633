/* The store in Redis, a contact's turn: gateway/lua/contact.lua and commit.lua. A hot contact is not read again
 * (contact_cache.h). */
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "gateway/consent_row.h"
#include "gateway/contact_line.h"
#include "gateway/keys.h"
#include "gateway/store_redis_parts.h"

#define WHO_BYTES CONSENT_WHO /* of the digest that stands for a contact */
#define WHO_SIZE (2 * WHO_BYTES + 1)
#define OPEN_MAX 32 /* turns whose ids are in the journal only: reading a contact reads their entries */
#define IDS_MAX 128 /* ids that are known of a contact */

/* A call under way; a copy of the contact's name keeps the cache in step when it ends. */
struct loading {
    struct store_redis *store;
    store_loaded *done;
    void *ctx;
    char contact[CONTACT_MAX], who[WHO_SIZE];
};

/* What is stored if it goes well. */
struct committing {
    struct store_redis *store;
    store_committed *done;
    void *ctx;
    struct kept_contact *then;
    bool erases;
    char who[WHO_SIZE];
};

/* The ids of a contact are known as their hashes, four bytes each, one behind the other; an id whose hash is not among
 * them is new. ptr NULL: they are not known. A hash too many costs a commit that asks, and nothing else. */
static struct slice put_hash(uint32_t *ids, size_t count, struct slice id)
{
    ids[count] = slice_hash(id);
    return (struct slice){(const char *)ids, (count + 1) * sizeof(ids[0])};
}

static bool has_hash(struct slice ids, struct slice id)
{
    const uint32_t hash = slice_hash(id);
    for (size_t at = 0; at < ids.len; at += sizeof(hash))
        if (memcmp(ids.ptr + at, &hash, sizeof(hash)) == 0)
            return true;
    return false;
}

/* Adds the message of a commit to what is known; room is IDS_MAX. */
static struct slice next_ids(const struct commit *c, uint32_t *room)
{
    const size_t count = c->ids.len / sizeof(room[0]);
    if ((c->held.len && !c->ids.ptr) || count >= IDS_MAX)
        return SLICE_NONE;
    if (count)
        memcpy(room, c->ids.ptr, c->ids.len);
    return put_hash(room, count, c->message_id);
}

/* Reads what a contact's ids are, a line each, as element `at`. */
static struct slice read_ids(const redisReply *reply, size_t at, uint32_t *room)
{
    struct slice rest = reply_text(reply, at), id, ids = {(const char *)room, 0};
    if (!rest.ptr)
        return SLICE_NONE;
    for (size_t count = 0; slice_cut(&rest, '\n', &id); count++) {
        if (count == IDS_MAX)
            return SLICE_NONE;
        ids = put_hash(room, count, id);
    }
    return ids;
}

static bool is_answer(const redisReply *reply)
{
    return reply_good(reply) && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
}

/* Reads the five fields that start at element `at`: line, state, session, text, facts. */
static enum error read_held(const redisReply *reply, size_t at, const char *who, struct stored *out)
{
    struct contact_line line;
    out->held = reply_text(reply, at);
    enum error error = contact_line_read(out->held, &line);
    if (error)
        return error;
    out->version = line.version;
    out->born_ms = line.born_ms;
    out->state = reply_text(reply, at + 1);
    out->session = reply_text(reply, at + 2);
    out->ussd_text = reply_text(reply, at + 3);
    out->facts = reply_text(reply, at + 4);
    out->who = slice_of(who);
    return OK;
}

static void on_loaded(void *ctx, const redisReply *reply)
{
    struct loading loading = *(struct loading *)ctx;
    struct stored stored = {0};
    uint32_t ids[IDS_MAX];
    enum error error = reply_error(reply);
    mem_free(ctx);
    if (!error)
        error = is_answer(reply) ? read_held(reply, 2, loading.who, &stored) : ERR_UNAVAILABLE;
    if (error) {
        loading.done(loading.ctx, error, NULL);
        return;
    }
    stored.ids = read_ids(reply, 7, ids);
    contact_cache_put(loading.store->cache, slice_of(loading.contact), &stored);
    if (reply->element[0]->type == REDIS_REPLY_STRING)
        stored = (struct stored){.repeated = true, .reply = reply_text(reply, 0), .turn = reply_text(reply, 1)};
    loading.done(loading.ctx, OK, &stored);
}

/* What stands for a contact where its name must not be. */
static enum error write_who(const struct store_redis *self, struct slice contact, char out[WHO_SIZE])
{
    unsigned char digest[SHA256_BYTES];
    if (hmac_sha256(self->person_key, contact, digest))
        return ERR_NOMEM;
    hex_encode(digest, WHO_BYTES, out);
    return OK;
}

static enum error load(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                       void *ctx)
{
    struct store_redis *self = (struct store_redis *)store;
    unsigned shard = shard_of(contact);
    struct arguments a;
    const struct stored *hot = redis_up(self->redis) ? contact_cache_get(self->cache, contact) : NULL;
    if (hot) {
        done(ctx, OK, hot);
        return OK;
    }
    struct loading *loading = mem_alloc(sizeof(*loading));
    if (!loading || write_who(self, contact, loading->who)) {
        mem_free(loading);
        return ERR_NOMEM;
    }
    loading->store = self;
    loading->done = done;
    loading->ctx = ctx;
    slice_copy(contact, loading->contact, sizeof(loading->contact));
    arguments_begin(&a, "FCALL_RO", "chaski_load", 3);
    arguments_key(&a, shard, "contact", contact);
    arguments_key(&a, shard, "seen", slice_of(loading->who));
    arguments_key(&a, shard, "turns", contact);
    arguments_add(&a, message_id);
    enum error error = arguments_send(&a, self->redis, on_loaded, loading);
    if (error)
        mem_free(loading);
    return error;
}

/* Keeps what the contact is now; of a new one the number that it was given too, for which its line has room. Of one who
 * was erased ids may be left that nobody here knows. */
static void keep(struct committing *committing, bool is_first, int64_t number, int64_t ids)
{
    if (is_first && ids > 1)
        contact_cache_doubt(committing->then);
    if (committing->erases ||
        (is_first && !contact_cache_number(committing->then, (uint32_t)number))) /* it is read again then */
        return;
    contact_cache_keep(committing->store->cache, committing->then);
    committing->then = NULL;
}

/* Takes a commit's answer: 1, "first" with the number and how many ids are remembered, "seen" with reply and turn,
 * "conflict" with the newer contact. */
static enum error take_verdict(struct committing *committing, const redisReply *reply, struct stored *newer)
{
    struct contact_cache *cache = committing->store->cache;
    enum error error = reply_error(reply);
    if (error)
        return error;
    const bool is_first = is_answer(reply) && slice_is(reply_text(reply, 0), "first");
    if (reply->type == REDIS_REPLY_INTEGER || is_first) {
        keep(committing, is_first, is_first ? reply_number(reply, 1) : 0, is_first ? reply_number(reply, 2) : 0);
        return OK;
    }
    if (!is_answer(reply))
        return ERR_UNAVAILABLE;
    if (slice_is(reply_text(reply, 0), "seen")) {
        newer->repeated = true;
        newer->reply = reply_text(reply, 1);
        newer->turn = reply_text(reply, 2);
        return ERR_CONFLICT;
    }
    if ((error = read_held(reply, 1, committing->who, newer)))
        return error;
    newer->ids = contact_cache_ids(committing->then, newer); /* where only a timer's place is another */
    contact_cache_put(cache, contact_cache_name(committing->then), newer);
    return ERR_CONFLICT;
}

static void on_committed(void *ctx, const redisReply *reply)
{
    struct committing *committing = ctx;
    struct stored newer = {0};
    enum error error = take_verdict(committing, reply, &newer);
    committing->done(committing->ctx, error, error == ERR_CONFLICT ? &newer : NULL);
    contact_cache_discard(committing->then);
    mem_free(committing);
}

/* What the person is found by, before and after: a new one always differs. After she is erased nothing may stay,
 * whatever it was. */
static void compare_profiles(const struct commit *c, const struct contact_line *held, const struct contact_line *then,
                             struct upkeep *out)
{
    const struct profile nobody = {{0}};
    out->before = c->known_before;
    out->then = c->known;
    if (c->held.len)
        profile_put_line(&out->before, held->traits, held->born_ms);
    profile_put_line(&out->then, then->traits, then->born_ms);
    if (c->erase) {
        out->then = nobody;
        for (unsigned i = 0; i < PROFILE_COLUMNS; i++)
            out->before.columns[i] = UINT32_MAX;
    }
    for (unsigned i = 0; i < PROFILE_COLUMNS; i++)
        out->marks += out->before.columns[i] != out->then.columns[i];
}

/* Tells whether Redis must say that the message is new. Not where all ids are known with the line that is compared, and
 * the journal holds this one; but where a repeat is told something else than what the journal has. */
static bool must_ask(const struct commit *c, const struct contact_line *line)
{
    bool known = c->held.len && c->ids.ptr && !has_hash(c->ids, c->message_id);
    return !known || !c->named || c->erase || c->outbox_count || line->open + 1 >= OPEN_MAX;
}

/* Gives the line that the commit makes of the one it was computed from. */
static enum error next_line(const struct commit *c, char out[CONTACT_LINE_MAX], struct slice *then,
                            struct upkeep *upkeep)
{
    struct contact_line held, line;
    enum error error = contact_line_read(c->held, &held);
    line = held;
    if (error || (error = contact_line_commit(&line, c)))
        return error;
    *upkeep = (struct upkeep){.asks = must_ask(c, &line),
                              .tends = line.tend_ms != held.tend_ms,
                              .moves = line.place_ms != held.place_ms,
                              .place_ms = line.place_ms,
                              .number = line.number};
    line.open = upkeep->asks ? 0 : line.open + 1;
    compare_profiles(c, &held, &line, upkeep);
    return contact_line_write(&line, out, then);
}

/* Keeps what the contact will be if the commit goes well. NULL without memory. */
static struct committing *new_committing(struct store_redis *self, const struct commit *c, struct slice then)
{
    struct committing *made = mem_alloc(sizeof(*made));
    uint32_t ids[IDS_MAX];
    if (!made)
        return NULL;
    if (!slice_copy(c->who, made->who, sizeof(made->who)) || !c->who.len)
        if (write_who(self, c->contact, made->who)) {
            mem_free(made);
            return NULL;
        }
    const struct stored stored = {.version = c->expected + 1,
                                  .born_ms = c->born_ms ? c->born_ms : c->now_ms,
                                  .state = c->state,
                                  .digest = c->digest,
                                  .session = c->session,
                                  .ussd_text = c->ussd_text,
                                  .facts = c->facts,
                                  .held = then,
                                  .ids = next_ids(c, ids),
                                  .who = slice_of(made->who)};
    made->then = contact_cache_make(c->contact, &stored);
    made->store = self;
    made->erases = c->erase;
    if (made->then)
        return made;
    mem_free(made);
    return NULL;
}

static enum error commit(struct store *store, const struct commit *c, store_committed *done, void *ctx)
{
    static const char function[] = "chaski_commit";
    struct store_redis *self = (struct store_redis *)store;
    char line[CONTACT_LINE_MAX];
    struct slice then;
    struct upkeep upkeep;
    struct arguments a;
    enum error error = next_line(c, line, &then, &upkeep);
    if (error)
        return error;
    struct committing *committing = new_committing(self, c, then);
    if (!committing)
        return ERR_NOMEM;
    committing->done = done;
    committing->ctx = ctx;
    store_redis_write(&a, c, slice_of(committing->who), then, &upkeep);
    contact_cache_drop(self->cache, c->contact); /* nobody knows what it is until the answer comes */
    error = arguments_join(&a, redis_filling_lane(self->redis), function, on_committed, committing);
    if (error) {
        contact_cache_discard(committing->then);
        mem_free(committing);
    }
    return error;
}

static void look_anew(struct store *store, struct slice contact)
{
    contact_cache_drop(((struct store_redis *)store)->cache, contact);
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
                                                 store_redis_swap,
                                                 store_redis_columns,
                                                 store_redis_people,
                                                 look_anew};
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
