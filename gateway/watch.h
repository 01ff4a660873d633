/* Watching the models: what a turn tells of them, as a value that is counted once the turn is committed.
 *
 * Thinking stays pure: a turn that lost a conflict and is computed again, or one that is replayed, counts nothing.
 * What is noted are words of closed sets, never a person's. Must not know: Redis, the conversation. Failure policy:
 * nothing fails; more than WATCH_TICKS_MAX are left out. Proved by tests/unit/test_watch.c and
 * tests/blackbox/challenger.test.mjs. */
#ifndef GATEWAY_WATCH_H
#define GATEWAY_WATCH_H

#include "dialog/dialog.h"
#include "engine/engine.h"
#include "gateway/metrics.h"

#define WATCH_TICKS_MAX 32

/* One more of a counter. The labels are constants, or the engine's. */
struct tick {
    enum metric metric;
    const char *a, *b;
};

struct sighting {
    struct tick ticks[WATCH_TICKS_MAX];
    size_t count;
};

/* Note what was answered, and what challengers would have (engine/shadow.h). */
void watch_industry(const struct engine *engine, struct slice text, const struct prediction *said,
                    struct sighting *out);
void watch_profile(const struct engine *engine, const struct business *business, const struct prediction *stage,
                   const struct prediction *outlook, struct sighting *out);
void watch_resources(const struct engine *engine, const struct business *business, const struct recommend_ask *ask,
                     const struct advice *said, struct sighting *out);

/* Notes what an owner made of the industry found: `before` is the state that the turn began with, `effects` are what
 * came of it, and no model was asked in it. */
void watch_trade(const struct state *before, const struct effect *effects, size_t count, struct sighting *out);

/* Counts what was noted. */
void watch_count(const struct sighting *sighting);

/* Tells the metrics the references in the cards of the versions in use. A card without one, or that cannot be read,
 * tells nothing. Blocks on the disk. */
void watch_references(const char *registry);

#endif
