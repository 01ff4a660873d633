/* The store: what Chaski remembers of people and of what it says, and the one commit of a turn.
 *
 * Two implementations of one interface: Redis (store_redis.c) for the daemon, memory (store_memory.c) for `chat`, tests
 * and the simulation. A commit does everything or nothing, against the version that the turn was computed from; a
 * message id that was committed once gives what was recorded of it (STORE_REMEMBER_S) and changes nothing. People and
 * their messages lie in shards (keys.h). Who sends a shard's messages holds its lease; each lease has a token that only
 * rises, and what begins a send names it, so that a process that lost its lease begins nothing (fencing).
 * Must not know: what a state means, HTTP. Failure policy: ERR_UNAVAILABLE means that nobody knows whether it was
 * done; each operation may be told again without harm. An operation that returns OK calls back exactly once (the
 * memory store may do so before it returns; a store that is closed first need not); one that returns an error never
 * does.
 * Proved by tests/unit/test_store_memory.c, tests/unit/test_store_redis.c,
 * tests/unit/test_store_twin.c and tests/blackbox/redis.test.mjs. */
#ifndef GATEWAY_STORE_H
#define GATEWAY_STORE_H

#include "base/error.h"
#include "base/slice.h"
#include "gateway/profile.h"

#define STORE_REMEMBER_S (8 * 86400) /* Meta repeats a webhook for 7 days */
#define STORE_JOURNAL_DAYS 90        /* free text is kept this long */
#define STORE_ROWS_MAX 64            /* messages, consents, requests or timers of one turn, each */
#define STORE_ID_MAX 32              /* bytes of an outbox id and its NUL: "1700000000000-0" */
#define STORE_OWNER_MAX 33           /* bytes of the word that names a process, and its NUL */
#define STORE_READ_MAX 256           /* entries of one reading */
#define STORE_LIMITS_MAX 128         /* bytes of what limits know of a person, and its NUL */
#define STORE_PARTS_MAX 10           /* provider ids of one message */
#define STORE_DUE_MAX 64             /* due timers of one reading */
#define STORE_WISHES_MAX 4           /* of trainings, of one turn */

/* ---- a contact's turn ---- */

/* What is held of a contact, and whether the message was seen. Slices are good during the callback. */
struct stored {
    bool repeated;        /* the message was committed before: there are these two, and nothing else */
    struct slice turn;    /* what its journal has of it; empty when its words went to the outbox, or were forgotten, */
    struct slice reply;   /* but for the turn that forgot them, whose answer is kept */
    uint64_t version;     /* 0 for a contact never seen */
    int64_t born_ms;      /* when it was first seen: an erased contact that comes again is another; 0 never */
    struct slice state;   /* encoded; empty for a contact never seen */
    struct slice digest;  /* of the state (quick_digest_write()); empty where the store does not know it */
    struct slice session; /* the last USSD session, and its accumulated text */
    struct slice ussd_text;
    struct slice facts; /* facts.h; empty when there are none */
    struct slice held;  /* the store's own: what the commit gives back, to be compared with, */
    struct slice ids;   /* and by which it knows a message that is new */
    struct slice who;   /* a keyed hash of the contact, which tells nothing of it; empty in memory */
};

/* An entry of the outbox. */
struct store_row {
    struct slice name;  /* the class (message_class.h) */
    struct slice value; /* JSON */
};

struct store_timer {
    struct slice name; /* letters, digits, - and _ */
    int64_t due_ms;    /* wall clock; 0: not any more */
};

/* A line of the consent log, which outlives the contact and names it only by stored.who. */
struct store_consent {
    struct slice purpose, value; /* what for; yes or no */
    struct slice question;       /* what was asked, or the words that took it back */
    struct slice message_id;     /* the provider's */
    struct slice flow;           /* that asked, "NAME/VERSION/DIGEST"; empty: none did */
};

/* What partners' systems are told of a turn (webhook_event.h). A store in memory has none to tell, and drops it. */
#define STORE_EVENTS_MAX 4
struct store_event {
    struct slice type, data; /* a word; a JSON object */
    uint32_t purposes;       /* bits: whom it may be told, by what the person agreed to */
};

enum opt { OPT_UNCHANGED, OPT_OUT, OPT_IN };

/* One turn's outcome. Borrowed for the call. */
struct commit {
    struct slice contact;    /* E.164 or a provider's user id */
    struct slice held, who;  /* as loaded; empty for a contact never seen */
    struct slice ids;        /* as loaded */
    struct slice channel;    /* the channel's name: where its timers speak */
    enum channel_kind kind;  /* of that channel; counts with inbound_ms */
    struct slice message_id; /* channel name, colon, provider's id */
    bool named;              /* the journal entry's head has it (gateway/journal_pack.h) */
    uint64_t expected;       /* the version that the turn was computed from, */
    int64_t born_ms;         /* and the birth; 0 with version 0 */
    struct slice state, session, ussd_text, journal;
    struct slice digest; /* of the state */
    struct slice reply;  /* of a turn that erases: what is answered, for the journal does not outlive it */
    struct slice facts;  /* as they are after the turn */
    bool learned;        /* they are not what they were before it */
    struct profile known_before,
        known;             /* what they are found by, before the turn and after it; traits are the store's */
    struct slice language; /* that is spoken after the turn; empty: as before */
    int64_t now_ms;
    int64_t inbound_ms; /* when the person wrote on this channel, by the provider's clock; 0: it was no person */
    enum opt opt;
    bool erase;               /* forget the contact, and the words of its earlier replies, once this one is recorded */
    int64_t ticket_ms;        /* the ticket opened then changes; 0: none does */
    struct slice ticket;      /* its line among the open ones from now on, JSON; empty: it is closed */
    struct store_timer fired; /* the timer that this turn answers: gone with the commit; name empty: none */
    struct store_row outbox[STORE_ROWS_MAX];
    struct store_consent consents[STORE_ROWS_MAX];
    struct slice requests[STORE_ROWS_MAX];
    struct store_timer timers[STORE_ROWS_MAX];
    struct store_event events[STORE_EVENTS_MAX];
    struct slice wishes[STORE_WISHES_MAX]; /* of trainings, JSON: the trainer takes them, in Redis alone */
    size_t outbox_count, consent_count, request_count, timer_count, event_count, wish_count;
};

/* OK with what is held; ERR_UNAVAILABLE. */
typedef void store_loaded(void *ctx, enum error error, const struct stored *stored);

/* OK; ERR_CONFLICT with the newer contact, or with `repeated`; ERR_UNAVAILABLE. */
typedef void store_committed(void *ctx, enum error error, const struct stored *newer);

/* ---- leases of shards ---- */

/* OK with the token, 0 when another process holds the lease; ERR_UNAVAILABLE. */
typedef void store_leased(void *ctx, enum error error, uint64_t token);

/* OK with the number of processes that told of themselves lately, this one among them; ERR_UNAVAILABLE. */
typedef void store_counted(void *ctx, enum error error, size_t count);

/* ---- the outbox ---- */

/* The two streams of a shard: a shard's replies never wait for what is in bulk. Their ids, "MS-N", are of one shard's
 * records, so that they must not meet: bulk's N begin at STORE_BULK_NUMBER. */
enum store_stream { STREAM_REPLIES, STREAM_BULK, STORE_STREAMS };
#define STORE_BULK_NUMBER 4294967296

/* Where to go on reading: behind `after` ("0-0" from the beginning). */
struct store_cursor {
    unsigned shard;
    char after[STORE_ID_MAX];
};

struct store_entry {
    unsigned shard;
    struct slice id, class, json;
    int64_t again_ms; /* a person had it sent again at that instant, which its deadline counts from; 0: never */
};

/* OK with entries in each shard's order, their slices good during the callback; ERR_UNAVAILABLE. */
typedef void store_read_done(void *ctx, enum error error, const struct store_entry *entries, size_t count);

/* What limits know of a person on one channel, and the person's last message there. The text's meaning is limits.h's,
 * but for this: what is behind its first '|' is one and the same on all channels of the person. */
struct store_person {
    struct slice limits; /* "" at first; no '|' where nothing is behind it */
    int64_t inbound_ms;  /* 0 never */
};

/* Asks leave to call the provider, and writes that we are about to. */
struct intent {
    unsigned shard;
    enum store_stream stream;
    struct slice id, contact, channel;
    uint64_t token;     /* of the shard's lease */
    struct slice owner; /* the asking process: a word of its own, which another never has */
    int64_t now_ms;
    bool after_opt_out;                      /* a confirmation: goes even so */
    bool resend;                             /* the channel's policy: call again what another process left open */
    bool limited;                            /* the two below count */
    struct slice limits_before, limits_then; /* compare and set; what is shared only where the two differ in it */
};

enum leave {
    LEAVE_GO,     /* also when this process asks again, because it did not hear the answer */
    LEAVE_DROP,   /* the person opted out or was erased, and this is no confirmation */
    LEAVE_DOUBT,  /* another process had leave and did not tell the end (and the person opted out, or: resend) */
    LEAVE_DONE,   /* it has its final state: read while its result was being written */
    LEAVE_SENT,   /* another process did not tell the end, and a receipt did: it went */
    LEAVE_LOST,   /* the lease is another's */
    LEAVE_LATER,  /* an earlier try wants to wait: until due_ms */
    LEAVE_LIMITS, /* `limits_before` is not what is held: see person */
    LEAVES
};

struct leave_given {
    enum leave leave;
    int64_t due_ms;             /* LATER */
    int64_t tries;              /* GO: this one counted */
    struct store_person person; /* LIMITS */
};

/* OK with the answer; ERR_UNAVAILABLE. */
typedef void store_intended(void *ctx, enum error error, const struct leave_given *given);

/* What became of a message. */
enum send_state {
    SEND_STATE_WAIT,
    SEND_STATE_SENT,
    SEND_STATE_DEAD,
    SEND_STATE_DOUBT,
    SEND_STATE_DROPPED,
    SEND_STATES
};

struct send_end {
    unsigned shard;
    enum store_stream stream;
    struct slice id, class, channel, json;
    uint64_t token; /* for an end without a call (dropped, dead, doubt); a call's own end counts by its owner */
    struct slice owner;
    int64_t now_ms;
    enum send_state state;
    int64_t due_ms;    /* WAIT: when it is tried again */
    struct slice code; /* the reason, for people */
    unsigned parts;    /* SENT: of how many parts receipts will tell; 0 or 1: of the whole */
    struct slice provider_ids[STORE_PARTS_MAX];
    size_t provider_id_count;
    bool referred; /* receipts name our id: the provider's ids are kept, and nothing is found by them */
};

/* OK when it is written, or was before; ERR_CONFLICT when the lease is another's and nothing was written;
 * ERR_UNAVAILABLE. */
typedef void store_ended(void *ctx, enum error error);

/* A receipt: by our own reference (id not empty), or by "channel:provider's id". */
struct receipt_row {
    unsigned shard;
    struct slice id;   /* outbox id; empty: unknown */
    struct slice name; /* "channel:provider's id" */
    struct slice part; /* the part that it tells of; empty: the whole */
    struct slice status, code;
};

/* How many entries of a shard wait, are in doubt, and are dead. */
struct tally {
    size_t waiting, doubt, dead;
};

/* OK with the numbers; ERR_UNAVAILABLE. */
typedef void store_tallied(void *ctx, enum error error, const struct tally *tally);

/* ---- timers ---- */

struct due_timer {
    unsigned shard;
    struct slice name, channel, contact;
    int64_t due_ms;
};

/* OK with timers, the earliest first (fewer than are due when there are many); ERR_UNAVAILABLE. */
typedef void store_due_done(void *ctx, enum error error, const struct due_timer *timers, size_t count);

/* ---- a channel's limits ---- */

/* OK; ERR_CONFLICT with what is held; ERR_UNAVAILABLE. */
typedef void store_swapped(void *ctx, enum error error, struct slice held);

/* ---- what people are found by ---- */

/* OK with the columns' strings in the order asked for (profile.h: profile_write()), which may end early; what is behind
 * an end is 0. Slices are good during the callback. ERR_UNAVAILABLE. */
typedef void store_columns_read(void *ctx, enum error error, const struct slice *columns, size_t count);

/* OK with contacts in the order of their numbers, the first being the one asked from; empty: erased. Fewer than asked
 * for: there are no more. Slices are good during the callback. ERR_UNAVAILABLE. */
typedef void store_people_read(void *ctx, enum error error, const struct slice *contacts, size_t count);

struct store;

struct store_methods {
    enum error (*load)(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                       void *ctx);
    enum error (*commit)(struct store *store, const struct commit *commit, store_committed *done, void *ctx);
    void (*close)(struct store *store);
    enum error (*attend)(struct store *store, struct slice owner, int64_t now_ms, bool leaves, store_counted *done,
                         void *ctx);
    enum error (*lease)(struct store *store, unsigned shard, struct slice owner, int64_t keep_ms, store_leased *done,
                        void *ctx);
    enum error (*read)(struct store *store, enum store_stream stream, const struct store_cursor *cursors, size_t count,
                       size_t most, store_read_done *done, void *ctx);
    enum error (*intend)(struct store *store, const struct intent *intent, store_intended *done, void *ctx);
    enum error (*end)(struct store *store, const struct send_end *end, store_ended *done, void *ctx);
    enum error (*receive)(struct store *store, const struct receipt_row *receipt, store_ended *done, void *ctx);
    enum error (*tally)(struct store *store, unsigned shard, store_tallied *done, void *ctx);
    enum error (*due)(struct store *store, unsigned shard, int64_t now_ms, store_due_done *done, void *ctx);
    enum error (*postpone)(struct store *store, const struct due_timer *timer, int64_t due_ms, store_ended *done,
                           void *ctx);
    enum error (*swap)(struct store *store, struct slice channel, struct slice before, struct slice then,
                       store_swapped *done, void *ctx);
    enum error (*columns)(struct store *store, unsigned shard, const enum profile_column *columns, size_t count,
                          store_columns_read *done, void *ctx);
    enum error (*people)(struct store *store, unsigned shard, uint32_t from, size_t most, store_people_read *done,
                         void *ctx);
    void (*look_anew)(struct store *store, struct slice contact); /* NULL: nothing is ever kept beside the store */
};

/* The head of every implementation. */
struct store {
    const struct store_methods *methods;
};

/* Loads a contact, and whether `message_id` was seen (which the commit finds out too, if this does not). */
static inline MUST_USE enum error store_load(struct store *store, struct slice contact, struct slice message_id,
                                             store_loaded *done, void *ctx)
{
    return store->methods->load(store, contact, message_id, done, ctx);
}

/* Has the next load of a contact see what other processes committed. A turn need not: what it was computed from is
 * compared when it commits; what is shown to staff is not. */
static inline void store_look_anew(struct store *store, struct slice contact)
{
    if (store->methods->look_anew)
        store->methods->look_anew(store, contact);
}

/* Commits a turn. */
static inline MUST_USE enum error store_commit(struct store *store, const struct commit *commit, store_committed *done,
                                               void *ctx)
{
    return store->methods->commit(store, commit, done, ctx);
}

/* Tells that a process is there (or `leaves`), and how many are: told again well within STORE_ATTENDANCE_MS. */
#define STORE_ATTENDANCE_MS 6000
static inline MUST_USE enum error store_attend(struct store *store, struct slice owner, int64_t now_ms, bool leaves,
                                               store_counted *done, void *ctx)
{
    return store->methods->attend(store, owner, now_ms, leaves, done, ctx);
}

/* Takes or renews a shard's lease for `keep_ms` by the store's own clock; 0 gives it back. */
static inline MUST_USE enum error store_lease(struct store *store, unsigned shard, struct slice owner, int64_t keep_ms,
                                              store_leased *done, void *ctx)
{
    return store->methods->lease(store, shard, owner, keep_ms, done, ctx);
}

/* Reads up to `most` (STORE_READ_MAX) entries of each cursor's shard. Entries stay until their end is told. */
static inline MUST_USE enum error store_read(struct store *store, enum store_stream stream,
                                             const struct store_cursor *cursors, size_t count, size_t most,
                                             store_read_done *done, void *ctx)
{
    return store->methods->read(store, stream, cursors, count, most, done, ctx);
}

/* Asks leave for a call. */
static inline MUST_USE enum error store_intend(struct store *store, const struct intent *intent, store_intended *done,
                                               void *ctx)
{
    return store->methods->intend(store, intent, done, ctx);
}

/* Tells what became of a message. One that comes late (another process put the message in doubt meanwhile) settles
 * the doubt. */
static inline MUST_USE enum error store_end(struct store *store, const struct send_end *end, store_ended *done,
                                            void *ctx)
{
    return store->methods->end(store, end, done, ctx);
}

/* Takes a receipt: moves a message's delivery forward, never back; settles a doubt; keeps one that comes before its
 * message's end for some minutes. */
static inline MUST_USE enum error store_receive(struct store *store, const struct receipt_row *receipt,
                                                store_ended *done, void *ctx)
{
    return store->methods->receive(store, receipt, done, ctx);
}

/* Counts a shard's entries. */
static inline MUST_USE enum error store_tally(struct store *store, unsigned shard, store_tallied *done, void *ctx)
{
    return store->methods->tally(store, shard, done, ctx);
}

/* Reads up to STORE_DUE_MAX timers of a shard that are due. They stay until a commit names them as fired. */
static inline MUST_USE enum error store_due(struct store *store, unsigned shard, int64_t now_ms, store_due_done *done,
                                            void *ctx)
{
    return store->methods->due(store, shard, now_ms, done, ctx);
}

/* Moves a timer that is still set for timer->due_ms to `due_ms`; 0 takes it away. */
static inline MUST_USE enum error store_postpone(struct store *store, const struct due_timer *timer, int64_t due_ms,
                                                 store_ended *done, void *ctx)
{
    return store->methods->postpone(store, timer, due_ms, done, ctx);
}

/* Sets what limits know of a channel to `then` if it is `before` ("" at first). */
static inline MUST_USE enum error store_swap(struct store *store, struct slice channel, struct slice before,
                                             struct slice then, store_swapped *done, void *ctx)
{
    return store->methods->swap(store, channel, before, then, done, ctx);
}

/* Reads columns of a shard, each once. Limits: PROFILE_COLUMNS of them. */
static inline MUST_USE enum error store_columns(struct store *store, unsigned shard, const enum profile_column *columns,
                                                size_t count, store_columns_read *done, void *ctx)
{
    return store->methods->columns(store, shard, columns, count, done, ctx);
}

/* Reads who has the numbers from `from` on in a shard, up to `most` (STORE_PEOPLE_MAX) of them. */
#define STORE_PEOPLE_MAX 512
static inline MUST_USE enum error store_people(struct store *store, unsigned shard, uint32_t from, size_t most,
                                               store_people_read *done, void *ctx)
{
    return store->methods->people(store, shard, from, most, done, ctx);
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

/* Gives a store in memory its clock, by which leases run out and ids are written; without one it is always 0
 * o'clock. */
struct loop;
void store_memory_set_loop(struct store *store, struct loop *loop);

/* Makes a store in Redis over a client that outlives it, as does `person_key`: what must outlive an erased person (that
 * a message was seen) lies under a hash with that key. NULL without memory. */
struct redis;
struct store *store_redis_new(struct redis *redis, struct slice person_key);

#endif
