/* Intake: the events of one webhook, taken one after the other.
 *
 * A turn or a receipt an event; what means nothing is counted and passed by. The webhook that came in and the spooled
 * one that is replayed go through here alike. Must not know: HTTP, files. Failure policy: the first failure ends it;
 * what was taken before stays taken, and coming again changes nothing there (message ids are remembered). Proved by
 * tests/blackbox/webhooks.test.mjs and tests/blackbox/redis-away.test.mjs. */
#ifndef GATEWAY_INTAKE_H
#define GATEWAY_INTAKE_H

#include "gateway/redis.h"
#include "gateway/seen.h"
#include "gateway/turn.h"
#include "gateway/world.h"

#define HOOK_ARENA_MAX (2 * 1024 * 1024) /* bytes that one event's turn may hold, besides its thought */

/* What intakes need; outlives them. */
struct hooks {
    const struct world *world;
    struct turns *turns;
    struct store *store; /* for receipts */
    struct redis *redis; /* whether it is there */
    struct spool *spool; /* NULL: what Redis cannot take is refused */
    struct seen *seen;   /* NULL: nothing is marked as read */
};

/* A webhook under way, its caller's memory. */
struct intake {
    const struct hooks *hooks;
    const struct channel *channel;
    struct decoded decoded;
    size_t next;            /* event to take */
    struct arena *arena;    /* of the turn under way; reset between turns */
    struct response answer; /* the last turn's, in the arena; status 0: none yet */
    bool repeated;          /* the last turn was known */
    void (*done)(struct intake *intake, enum error error);
};

/* Takes all events; hooks, channel, decoded and done are filled in. Calls `done` once, perhaps before it returns; who
 * is called frees the arena. Returns ERR_NOMEM, and then never calls back, when it could not begin. */
MUST_USE enum error intake_start(struct intake *intake);

/* Tells whether a webhook holds anything that Redis must take. */
bool intake_matters(const struct decoded *decoded);

/* Counts a webhook by what became of it. */
void intake_count(const struct channel *channel, const char *outcome);

#endif
