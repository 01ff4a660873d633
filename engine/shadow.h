/* The shadow: what a challenger, a version under trial, would have answered where the champion did.
 *
 * `DIR/NAME/challenger` of the registry names it (`chaski model challenge`). It is asked the same after the champion
 * has answered, and all that comes of it is a word for a metric: no function here can change an answer, as it gets
 * that only to read. It costs what the champion's own answer costs, where there is a challenger, and else nothing. Must
 * not know: who counts. Pure. Proved by tests/unit/test_shadow.c and tests/blackbox/challenger.test.mjs. */
#ifndef ENGINE_SHADOW_H
#define ENGINE_SHADOW_H

#include <stdbool.h>

#include "engine/engine.h"

/* The models, one by one. */
enum engine_part { PART_INDUSTRY, PART_STAGE, PART_CLOSING, PART_GROWTH, PART_RANKER, PART_COUNT };

enum shadow {
    SHADOW_NONE,    /* there is no challenger, or a rule answered and no model */
    SHADOW_AGREES,  /* the same label; of the ranker: the same resources, in whatever order */
    SHADOW_DIFFERS, /* another one */
    SHADOW_ABSTAINS /* it is not sure */
};

/* What the challengers said beside one answer. */
struct shadows {
    enum shadow of[PART_COUNT];
};

/* Gives a challenger's version, "industry v0003", or NULL where there is none. */
const char *engine_challenger(const struct engine *engine, enum engine_part part);

/* Asks the challengers beside what the champions said: the industry's key of a text, stage and outlook of a business,
 * `count` resources of what was asked for. Sets the parts that were asked and leaves the others as they are. */
void shadow_industry(const struct engine *engine, struct slice text, const char *said, struct shadows *out);
void shadow_profile(const struct engine *engine, const struct business *business, const char *stage,
                    const char *outlook, struct shadows *out);
void shadow_resources(const struct engine *engine, const struct business *business, const struct recommend_ask *ask,
                      const char *const *said, size_t count, struct shadows *out);

#endif
