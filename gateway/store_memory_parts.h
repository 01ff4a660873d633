/* What the parts of the store in memory share: store_memory.c (turns, timers), store_memory_index.c (what people are
 * found by) and store_memory_outbox.c (leases, the outbox, receipts, limits), and nobody else but the tests, which may
 * look at a message's record.
 *
 * The executable twin of gateway/lua: where it differs from what a Function does, one of the two is wrong. What no
 * operation of store.h reads back (consents, requests) is not kept; records do not expire.
 * Proved by tests/unit/test_store_memory.c and tests/unit/test_store_twin.c. */
#ifndef GATEWAY_STORE_MEMORY_PARTS_H
#define GATEWAY_STORE_MEMORY_PARTS_H

#include "gateway/keys.h"
#include "gateway/loop.h"
#include "gateway/store.h"

/* A contact on one channel. */
struct memory_person {
    struct memory_person *next;
    char *channel;
    char *limits;       /* of this channel alone; NULL: "" */
    int64_t inbound_ms; /* 0 never */
};

struct memory_contact {
    struct memory_contact *next;
    char *name, *state, *session, *ussd_text, *facts; /* owned; NUL-terminated copies */
    size_t state_len, facts_len;
    uint64_t version;
    int64_t born_ms;
    bool opted_out;
    uint32_t number; /* in the shard's `people` */
    uint32_t traits; /* as in a contact's line */
    struct profile profile;
    char *limits; /* shared by the channels; NULL: "" */
    struct memory_person *persons;
};

struct memory_timer {
    struct memory_timer *next;
    char *name, *channel, *contact;
    int64_t due_ms;
};

struct memory_entry {
    struct memory_entry *next;
    uint64_t ms, number; /* of the id */
    char *class, *json;
    size_t json_len;
    int64_t again_ms;
};

struct memory_stream {
    struct memory_entry *first, *last;
    uint64_t ms, number; /* of the newest id */
};

/* A message's record, as Lua's hash `send`. The first states are enum send_state. */
enum { MEMORY_INTENT = SEND_STATES, MEMORY_RESENT, MEMORY_NEW };

/* Deliveries in their order; failed is beside it. */
enum memory_delivery {
    MEMORY_NOTHING,
    MEMORY_QUEUED,
    MEMORY_SENT,
    MEMORY_DELIVERED,
    MEMORY_READ,
    MEMORY_PLAYED,
    MEMORY_FAILED
};

struct memory_part {
    struct memory_part *next;
    char *name;
    enum memory_delivery delivery;
};

struct memory_send {
    struct memory_send *next;
    char id[STORE_ID_MAX];
    unsigned state;
    char by[STORE_OWNER_MAX];
    int64_t due_ms, tries;
    unsigned parts;
    enum memory_delivery delivery;
    struct memory_part *heard; /* of several parts */
};

/* A provider's id: whose it is, or what came before it was known. */
struct memory_name {
    struct memory_name *next;
    char *name, *part;
    char id[STORE_ID_MAX];         /* "": not known yet */
    enum memory_delivery delivery; /* the early receipt */
    int64_t until_ms;              /* and how long it is kept */
};

/* Who has which number. */
struct memory_people {
    struct memory_contact **list; /* NULL: erased */
    size_t count, room;
};

struct memory_shard {
    struct memory_people people;
    struct memory_stream streams[STORE_STREAMS];
    struct memory_timer *timers;
    struct memory_send *sends;
    struct memory_name *names;
    char holder[STORE_OWNER_MAX]; /* of the lease; "" nobody */
    int64_t leased_until_ms;
    uint64_t token;
    struct tally tally;
};

struct memory_worker {
    struct memory_worker *next;
    char owner[STORE_OWNER_MAX];
    int64_t told_ms;
};

struct memory_limits {
    struct memory_limits *next;
    char *channel, *held;
};

struct memory_seen {
    char *id, *reply, *turn, *who; /* owned; NULL id: free */
    size_t turn_len;               /* bytes */
    uint32_t hash;                 /* of id */
};

struct store_memory {
    struct store head;
    struct loop *loop; /* NULL: it is always 0 o'clock */
    struct memory_contact *contacts;
    struct memory_seen seen[STORE_MEMORY_SEEN];
    size_t next_seen;
    struct memory_shard shards[SHARDS];
    struct memory_worker *workers;
    struct memory_limits *limits;
};

/* Finds a contact, or a contact on a channel; NULL when there is none. */
struct memory_contact *memory_contact_find(struct store_memory *self, struct slice name);
struct memory_person *memory_person_find(struct memory_contact *contact, struct slice channel);

/* Makes a person that is in no list. NULL without memory. */
struct memory_person *memory_person_new(struct slice channel);
void memory_person_free(struct memory_person *person);

/* Makes room for one more, so that memory_people_add() cannot fail. Returns false without memory. */
bool memory_people_reserve(struct store_memory *self, unsigned shard);

/* Gives a contact its number. */
void memory_people_add(struct store_memory *self, struct memory_contact *contact);

/* Takes a contact from its number, which nobody gets again; frees the lists. */
void memory_people_forget(struct store_memory *self, const struct memory_contact *contact);
void memory_people_free(struct store_memory *self);

/* Changes what a contact is found by as a commit says. */
void memory_profile_commit(struct memory_contact *contact, const struct commit *commit);

/* The operations of store_memory_index.c: see store.h. */
enum error memory_columns(struct store *store, unsigned shard, const enum profile_column *columns, size_t count,
                          store_columns_read *done, void *ctx);
enum error memory_people_read(struct store *store, unsigned shard, uint32_t from, size_t most, store_people_read *done,
                              void *ctx);

/* Makes an entry that is in no stream (NULL without memory), puts it at a stream's end, frees it. */
struct memory_entry *memory_entry_new(struct slice class, struct slice json, int64_t again_ms);
void memory_entry_append(struct store_memory *self, unsigned shard, enum store_stream stream,
                         struct memory_entry *entry);
void memory_entry_free(struct memory_entry *entry);

/* Frees what store_memory_outbox.c keeps. */
void memory_outbox_free(struct store_memory *self);

/* Finds a message's record; NULL when there is none. */
const struct memory_send *memory_send_find(const struct store_memory *self, unsigned shard, struct slice id);

/* The operations of store_memory_outbox.c: see store.h. */
enum error memory_attend(struct store *store, struct slice owner, int64_t now_ms, bool leaves, store_counted *done,
                         void *ctx);
enum error memory_lease(struct store *store, unsigned shard, struct slice owner, int64_t keep_ms, store_leased *done,
                        void *ctx);
enum error memory_read(struct store *store, enum store_stream stream, const struct store_cursor *cursors, size_t count,
                       size_t most, store_read_done *done, void *ctx);
enum error memory_intend(struct store *store, const struct intent *intent, store_intended *done, void *ctx);
enum error memory_end(struct store *store, const struct send_end *end, store_ended *done, void *ctx);
enum error memory_receive(struct store *store, const struct receipt_row *receipt, store_ended *done, void *ctx);
enum error memory_tally(struct store *store, unsigned shard, store_tallied *done, void *ctx);
enum error memory_swap(struct store *store, struct slice channel, struct slice before, struct slice then,
                       store_swapped *done, void *ctx);

#endif
