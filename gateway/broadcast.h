/* A broadcast: one notice to many people, from draft to done, as a value.
 *
 * The record that lies in Redis, and the state machine that it goes through:
 *
 *     draft ⇄ previewed → confirmed → holding → sending ⇄ paused → done
 *                ↑____________|__________|  undo          and cancelled, from any but the last two
 *
 * confirmed waits for its hour; holding is BROADCAST hold's last minute in which it can be taken back; only while it is
 * sending is anything given to the outbox. What is not in the table is refused, and changes nothing. Who gets it and
 * what became of each is the ledger's (gateway/lua/cast.lua), not this record's. Pure: time is an argument. Must not
 * know: Redis, HTTP, what a notice says. Failure policy: a record that is none is refused whole. Proved by
 * tests/unit/test_broadcast.c. */
#ifndef GATEWAY_BROADCAST_H
#define GATEWAY_BROADCAST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

#define BROADCAST_CHANNELS_MAX 4 /* that one names, in the order of preference */
#define BROADCAST_NAME_MAX 80    /* characters */
#define BROADCAST_RECORD_MAX (64 * 1024)
#define BROADCAST_ID 12 /* bytes of an id, which is a number from 1 on, and its NUL */
#define BROADCAST_ID_MAX 1000000
#define BROADCAST_PEN 10000 /* units of money in a sol */

enum broadcast_state {
    BROADCAST_DRAFT,
    BROADCAST_PREVIEWED, /* its people were counted as it is now */
    BROADCAST_CONFIRMED,
    BROADCAST_HOLDING,
    BROADCAST_SENDING,
    BROADCAST_PAUSED,
    BROADCAST_DONE,
    BROADCAST_CANCELLED
};
#define BROADCAST_STATES 8

enum broadcast_event {
    BROADCAST_EDIT,
    BROADCAST_PREVIEW,
    BROADCAST_CONFIRM,
    BROADCAST_UNDO,
    BROADCAST_DUE, /* its instant has come */
    BROADCAST_PAUSE,
    BROADCAST_RESUME,
    BROADCAST_CANCEL,
    BROADCAST_FINISH /* nobody waits any more */
};
#define BROADCAST_EVENTS 9

/* The states' names, ended by NULL, in their order. */
extern const char *const broadcast_states[];

struct broadcast {
    enum broadcast_state state;
    int64_t created_ms, since_ms;  /* when it was made; when it came into this state */
    int64_t start_ms;              /* when it is to be sent; 0: as soon as it is confirmed */
    int64_t until_ms;              /* from when on nobody more gets it; 0: there is no such time */
    int64_t due_ms;                /* confirmed, holding: when that ends; else 0 */
    int64_t budget;                /* most that it may cost, in 1/BROADCAST_PEN soles; 0: no cap */
    int64_t people;                /* counted at the last preview or confirmation; -1: never */
    bool is_list;                  /* its people were given one by one; false: `audience` tells who */
    struct slice by, confirmed_by; /* names of users; confirmed_by empty: nobody */
    struct slice name, audience;
    struct slice purpose; /* what its people agreed to: one of profile_bulk_purposes */
    struct slice training; /* that it invites to; empty: none */
    struct slice notice; /* what is said: a JSON object (broadcast_say.h) */
    struct slice reason; /* why it paused by itself; empty: it did not */
    struct slice channels[BROADCAST_CHANNELS_MAX];
    size_t channel_count;
};

/* Tells what an event makes of a state. Returns false, with *next unchanged, where it is not permitted. */
bool broadcast_next(enum broadcast_state state, enum broadcast_event event, enum broadcast_state *next);

/* Lets an event happen: state, since_ms, due_ms. `hold_ms` is how long it is held. CONFIRM ends in holding where its
 * start is no farther away than that. Returns false, with nothing changed, where it is not permitted. */
bool broadcast_apply(struct broadcast *broadcast, enum broadcast_event event, int64_t now_ms, int64_t hold_ms);

/* Tells whether the workers have something to do for it: it waits for its instant, sends, is to be held back, or to be
 * closed in each shard. */
bool broadcast_is_live(const struct broadcast *broadcast);

/* Reads a record; texts lie in the arena. Returns OK, ERR_SYNTAX or ERR_NOMEM. */
MUST_USE enum error broadcast_read(struct slice record, struct arena *arena, struct broadcast *out);

/* Appends a record. Failure sticks in out->error. */
void broadcast_write(const struct broadcast *broadcast, struct buf *out);

/* Reads an id, a number in its shortest form. Returns false for what is none. */
bool broadcast_is_id(struct slice text);

#endif
