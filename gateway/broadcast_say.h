/* What one person gets of a broadcast: by which channel and in which words; or why nothing.
 *
 * Of the channels that a broadcast names, in their order, the first that can reach the person. Asked when she is fed to
 * the outbox, so that what she decided since she was chosen counts; the send gate decides once more. Pure: the world
 * and the instant are arguments. Must not know: Redis, ledgers. Failure policy: what fails for lack of memory is told,
 * and nothing is decided. Proved by tests/unit/test_broadcast_say.c and tests/blackbox/broadcast.test.mjs. */
#ifndef GATEWAY_BROADCAST_SAY_H
#define GATEWAY_BROADCAST_SAY_H

#include "gateway/broadcast.h"
#include "gateway/notice.h"
#include "gateway/world.h"

/* A person as her shard has her. */
struct broadcast_person {
    struct slice who;  /* empty: the shard has forgotten her */
    struct slice line; /* the contact's, or its name alone (gateway/contact_line.h); empty: there is no such contact */
    bool opted_out;
    struct slice state;  /* encoded, behind what the line's name leaves of the line */
    struct slice limits; /* what her channels share: gateway/limits.h; empty: nothing yet */
};

struct broadcast_said {
    const char *excluded; /* why she gets nothing; NULL: she gets the rest */
    struct slice entry;   /* for the outbox; in the arena */
    int64_t cost;         /* in 1/BROADCAST_PEN of the currency; 0 where no price is set */
};

/* Reads a broadcast's notice, and checks it on each of its channels (those that the configuration has). Owner: the
 * result lies in the arena and borrows of the world. Returns OK; ERR_VALUE with faults, the field in each one's `file`;
 * or ERR_NOMEM. */
MUST_USE enum error broadcast_notice(const struct world *world, const struct broadcast *broadcast, struct arena *arena,
                                     struct faults *faults, struct notice *out);

/* Decides what a person gets. Returns OK or ERR_NOMEM. */
MUST_USE enum error broadcast_say(const struct world *world, const struct broadcast *broadcast,
                                  const struct notice *notice, const struct broadcast_person *person, int64_t now_ms,
                                  struct arena *arena, struct broadcast_said *out);

#endif
