/* The turn: one inbound event, from the store and back.
 *
 * Load, think, commit: the life of a message, steps 3 to 5 of ARCHITECTURE.md. A contact's turns go one after the other
 * (turn_queue.h). A conflict (somebody committed
 * meanwhile) thinks again over the newer state, so that messages of one person take effect one by one; a message seen
 * before gives its recorded answer. Must not know: HTTP, providers' bytes. Failure policy: ERR_UNAVAILABLE leaves
 * everything as it was or wholly done; the provider's repeat settles which. Proved by tests/unit/test_turn.c and
 * tests/blackbox/webhooks.test.mjs. */
#ifndef GATEWAY_TURN_H
#define GATEWAY_TURN_H

#include "gateway/store.h"
#include "gateway/think.h"
#include "gateway/turn_queue.h"
#include "gateway/webhook_event.h"

#define TURN_TRIES_MAX 32                /* conflicts in a row before a turn gives up as ERR_CONFLICT */
#define TURN_BYTES_MAX (2 * 1024 * 1024) /* that one thought may use */

/* Told the training that somebody was invited to last and when, "ID MS"; empty: none. Good during the call. */
typedef void turn_invited(void *ctx, struct slice invitation);

/* What turns share; outlives them. */
struct turns {
    const struct mind *mind; /* swapped as a whole on reload */
    struct store *store;
    struct turn_queue queue; /* empty at first */
    void (*said)(void *ctx, unsigned shard); /* told of a commit that put something into the shard's outbox; NULL:
                                              * nobody needs to know */
    void *said_ctx;
    /* Shown each thought before it is committed; it is gone once the commit is on its way, or done where the store
     * commits at once. NULL: nobody looks. */
    void (*thinks)(void *ctx, const struct thought *thought);
    void *thinks_ctx;
    const struct webhook_wants *wants; /* what partners' systems want to be told; NULL: nothing */
    /* Finds out what training a person was invited to, where "1" may mean that; calls back once. Returns an error, and
     * then never does, where nobody can be: she was not. NULL: nobody ever is. */
    enum error (*invited)(void *ctx, struct slice contact, turn_invited *done, void *done_ctx);
    void *invited_ctx;
    /* Writes the trainings that somebody could sign up for, who is as the store has her. Returns OK or ERR_NOMEM. NULL:
     * there are none. */
    enum error (*offers)(void *ctx, const struct stored *stored, int64_t now_ms, struct advice *out);
    void *offers_ctx;
};

struct turn_result {
    enum error error;         /* OK, or nothing was answered */
    bool repeated;            /* `response` is the recorded one; no thought */
    struct response response; /* for the webhook */
};

/* Called once; what it is given is good until the arena goes. */
typedef void turn_done(void *ctx, const struct turn_result *result);

/* Starts a turn, at once or when the contact's turns before it have ended; event, channel and arena must outlive it.
 * Returns an error, and then never calls back, when it could not start. With the memory store it calls back before it
 * returns. */
MUST_USE enum error turn_start(struct turns *turns, const struct channel *channel, const struct event *event,
                               int64_t now_ms, struct arena *arena, turn_done *done, void *ctx);

/* As turn_start(), of what was decided over the contact as it was at `version` (0: whatever it is): the turn ends as
 * ERR_CONFLICT, with nothing done, where it is another. */
MUST_USE enum error turn_start_at(struct turns *turns, const struct channel *channel, const struct event *event,
                                  uint64_t version, int64_t now_ms, struct arena *arena, turn_done *done, void *ctx);

#endif
