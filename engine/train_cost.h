/* The cost of an error, chosen by cross-validation rather than by hand.
 *
 * A row is tested by a model that learned from the other folds; the scores of all tested rows are given the temperature
 * (and shift) that suits them best, so that costs are told apart by what they order and not by how loudly they speak;
 * the cost with the least log loss wins, the smaller one where two are alike. Rows of one business, or of one place,
 * must lie in one fold, or what is tested was learned by heart. Deterministic. Failure policy: as train.h. Proved by
 * tests/unit/test_train.c. */
#ifndef ENGINE_TRAIN_COST_H
#define ENGINE_TRAIN_COST_H

#include "engine/train.h"

#define TRAIN_COSTS 6
#define TRAIN_FOLDS_MAX 16
#define TRAIN_NO_FOLD 255 /* a row that every model learns from, and none is tested on */

struct train_cost {
    double c;
    double log_loss; /* mean over tested rows */
    double accuracy; /* share of them whose best label is right */
};

struct train_costs {
    double c;                             /* that was chosen */
    struct train_cost tried[TRAIN_COSTS]; /* from the smallest */
    size_t rows;                          /* that were tested; 0: too few for that, and nothing was tried */
};

/* Sets options->c, or leaves it where there is nothing to test, or too little to learn from beside it. `folds` holds a
 * fold below TRAIN_FOLDS_MAX, or TRAIN_NO_FOLD, for each of the set's rows. Returns OK or ERR_NOMEM. Blocks for
 * TRAIN_COSTS times as many fits as there are folds. */
MUST_USE enum error train_choose_cost(const struct train_set *set, const uint8_t *folds,
                                      const struct linear_shape *shape, struct train_options *options,
                                      struct train_costs *out);

/* Appends what was tried to a card, as an object under "cost". */
void train_put_costs(const struct train_costs *costs, struct buf *card);

#endif
