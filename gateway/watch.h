/* Watching the models: what a turn tells of them, as a value that is counted once the turn is committed.
 *
 * Thinking stays pure: a turn that lost a conflict and is computed again, or one that is replayed, counts nothing.
 * What is noted are words of closed sets, never a person's. Must not know: Redis, the conversation. Failure policy:
 * nothing fails; more than WATCH_TICKS_MAX are left out. Proved by tests/unit/test_watch.c and
 * tests/blackbox/challenger.test.mjs. */
#ifndef GATEWAY_WATCH_H
#define GATEWAY_WATCH_H

#include "dialog/advice.h"
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

/* Counts what was noted. */
void watch_count(const struct sighting *sighting);

#endif
