/* The store: what Chaski remembers of people, and the one commit of a turn.
 *
 * Two implementations of one interface: Redis (store_redis.c) for the daemon, memory (store_memory.c) for `chat` and
 * tests. A commit does everything or nothing, against the version that the turn was computed from; a message id that
 * was committed once gives its recorded reply for ever after (STORE_REMEMBER_S) and changes nothing.
 * Must not know: what a state means. Failure policy: ERR_UNAVAILABLE means that nobody knows whether it was done;
 * committing the same turn again is safe. Calls back exactly once; the memory store does so before it returns.
 * Proved by tests/unit/test_store_memory.c and tests/blackbox/redis.test.mjs. */
#ifndef GATEWAY_STORE_H
#define GATEWAY_STORE_H

#include "base/error.h"
#include "base/slice.h"

#define STORE_REMEMBER_S (8 * 86400) /* Meta repeats a webhook for 7 days */
#define STORE_JOURNAL_DAYS 90        /* free text is kept this long */
#define STORE_ROWS_MAX 64            /* facts, messages, consents or requests of one turn, each */

/* What is held of a contact, and whether the message was seen. Slices are good during the callback. */
struct stored {
    bool repeated; /* the message was committed before: `reply` is what was answered, the rest is empty */
    struct slice reply;
    uint64_t version;     /* 0 for a contact never seen */
    struct slice state;   /* encoded; empty for a contact never seen */
    struct slice session; /* the last USSD session, and its accumulated text */
    struct slice ussd_text;
};

struct store_row {
    struct slice name;  /* a fact's slot, or an outbox entry's class: reply or confirmation */
    struct slice value; /* JSON; a fact's is empty to forget it */
};

enum opt { OPT_UNCHANGED, OPT_OUT, OPT_IN };

/* One turn's outcome. Borrowed for the call. */
struct commit {
    struct slice contact;    /* E.164 or a provider's user id */
    struct slice message_id; /* channel name, colon, provider's id */
    uint64_t expected;       /* the version that the turn was computed from */
    struct slice state, reply, session, ussd_text, journal;
    int64_t now_ms;
    enum opt opt;
    bool erase; /* forget the contact, and the words of its earlier replies, once this one is recorded */
    struct store_row facts[STORE_ROWS_MAX], outbox[STORE_ROWS_MAX];
    struct slice consents[STORE_ROWS_MAX], requests[STORE_ROWS_MAX];
    size_t fact_count, outbox_count, consent_count, request_count;
};

/* OK with what is held; ERR_UNAVAILABLE. */
typedef void store_loaded(void *ctx, enum error error, const struct stored *stored);

/* OK; ERR_CONFLICT with the newer contact, or with `repeated`; ERR_UNAVAILABLE. */
typedef void store_committed(void *ctx, enum error error, const struct stored *newer);

struct store;

struct store_methods {
    enum error (*load)(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                       void *ctx);
    enum error (*commit)(struct store *store, const struct commit *commit, store_committed *done, void *ctx);
    void (*close)(struct store *store);
};

/* The head of every implementation. */
struct store {
    const struct store_methods *methods;
};

/* Loads a contact, and whether `message_id` was seen. Returns an error, and then never calls back, when it could not
 * even ask. */
static inline MUST_USE enum error store_load(struct store *store, struct slice contact, struct slice message_id,
                                             store_loaded *done, void *ctx)
{
    return store->methods->load(store, contact, message_id, done, ctx);
}

/* Commits a turn. Returns an error, and then never calls back, when it could not even ask. */
static inline MUST_USE enum error store_commit(struct store *store, const struct commit *commit, store_committed *done,
                                               void *ctx)
{
    return store->methods->commit(store, commit, done, ctx);
}

/* Frees a store. */
static inline void store_close(struct store *store)
{
    if (store)
        store->methods->close(store);
}

/* Makes an empty store in memory that keeps contacts, and the last STORE_MEMORY_SEEN message ids. NULL without
 * memory. */
#define STORE_MEMORY_SEEN 4096
struct store *store_memory_new(void);

/* Makes a store in Redis over a client that outlives it. NULL without memory. */
struct redis;
struct store *store_redis_new(struct redis *redis);

#endif
