/* Watching the catalogue: a worker takes what staff changed, within a second, between two turns.
 *
 * Looks at the version in Redis each second, and at once when Redis comes up. A new version is read, checked whole and
 * put in the place of the one in use; where it has a fault, or a flow says otherwise (mentions.h), that is told in the
 * log and by chaski_catalogue_good, and a faulty one is not taken. Turns keep nothing of a catalogue, so that none is
 * lost or mixed. Counts how entries stand (engine/catalogue_check.h) in chaski_catalogue_entries. Must not know: the
 * API. Failure policy: what is in use serves on. Proved by tests/blackbox/catalogue.test.mjs. */
#ifndef GATEWAY_CATALOGUE_WATCH_H
#define GATEWAY_CATALOGUE_WATCH_H

#include "gateway/redis.h"
#include "gateway/world.h"

#define CATALOGUE_LOOK_MS 1000

struct catalogue_watch;

/* Makes one; all is borrowed and must outlive it, and the world's engine is changed by it. `looked` is called after
 * each look that was answered, the first one before a turn needs be taken. Returns NULL without memory. */
struct catalogue_watch *catalogue_watch_open(struct event_base *base, struct redis *redis, const struct world *world,
                                             void (*looked)(void *ctx), void *ctx);

/* Looks at once: Redis came up. */
void catalogue_watch_now(struct catalogue_watch *watch);

/* Frees it, after Redis is closed; NULL is allowed. */
void catalogue_watch_close(struct catalogue_watch *watch);

#endif
