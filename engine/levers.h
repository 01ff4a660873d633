/* Levers, measured: how many more firms live that have a thing which owners can change, all else that is known alike.
 *
 * For each lever a logistic regression of survival on all facts of a panel and the lever; the figure is the mean, over
 * the panel's firms, of P(lives) with the lever less P(lives) without it; the interval is a bootstrap over firms. An
 * association: whoever rents a shop may have been the sturdier before. Only the courses were drawn by lot. Must not
 * know: files, cards. Failure policy: ERR_NOMEM, ERR_VALUE where the firms do not tell. Part of training, not linked
 * into serving. Proved by tests/unit/test_engine_growth.c. */
#ifndef ENGINE_LEVERS_H
#define ENGINE_LEVERS_H

#include "engine/growth.h"
#include "engine/train.h"

#define LEVERS_RESAMPLES 500

struct lever_firm {
    struct growth_facts facts; /* whole */
    bool lives;
};

/* Measures all levers; the seed draws the bootstrap's samples. Blocks for seconds. */
MUST_USE enum error levers_measure(const struct lever_firm *firms, size_t count, uint64_t seed,
                                   struct train_interval out[LEVERS]);

#endif
