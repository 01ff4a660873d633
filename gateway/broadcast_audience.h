/* A broadcast's audience: its query, with the rules of who may be written to by its channels.
 *
 * Whoever agreed to notices and can be reached counts as one of its people; that she is again found so when she is fed
 * is broadcast_say()'s. Must not know: ledgers. Proved by tests/blackbox/broadcast.test.mjs. */
#ifndef GATEWAY_BROADCAST_AUDIENCE_H
#define GATEWAY_BROADCAST_AUDIENCE_H

#include "gateway/audience.h"
#include "gateway/broadcast_say.h"

/* Gives the rules for a broadcast's channels at an instant. */
struct audience_rules broadcast_rules(const struct world *world, const struct broadcast *broadcast, int64_t now_ms);

/* Names who of a shard gets it, each ended by a line end; good during the call back. ERR_UNAVAILABLE, ERR_NOMEM. */
typedef void broadcast_named(void *ctx, enum error error, struct slice names);

/* Finds them. What is given must stay until the call back, which comes exactly once where this returns OK, perhaps
 * before. Returns OK, ERR_SYNTAX where the query is none any more, ERR_NOMEM or ERR_UNAVAILABLE. */
MUST_USE enum error broadcast_people(struct store *store, unsigned shard, struct slice query,
                                     const struct audience_rules *rules, broadcast_named *done, void *ctx);

#endif
