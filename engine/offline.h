/* Offline evaluation: what a ranker would have earned where another one was in use.
 *
 * Rows are those of `chaski dataset build ranker`: what was shown to whom, how likely that was, and whether it was of
 * use. A version is asked what it would show to each of these people; a row counts by how much likelier the version
 * shows its resource than it was shown (inverse propensity), and the sum of useful ones is divided by the sum of these
 * weights (self-normalised), which gives the share of shown resources that are of use. Intervals are bootstrapped over
 * people, whose rows hang together.
 *
 * What it takes for true: that a resource is of the same use whatever stands beside it, and that those who answered
 * are like those who did not. It cannot tell of what was never shown: `covered` is the share of what the version shows
 * that the log has, about 1 where it has all; below OFFLINE_COVERED_LEAST the estimate is of another version. Must not
 * know: files, the registry. Failure policy: a row that is not of its form is a fault with file and line. Proved by
 * tests/unit/test_offline.c (simulated logs whose truth is known) and tests/blackbox/retrain.test.mjs. */
#ifndef ENGINE_OFFLINE_H
#define ENGINE_OFFLINE_H

#include "engine/catalogue.h"
#include "engine/linear.h"
#include "engine/train.h"
#include "engine/trainer.h"

#define OFFLINE_COVERED_LEAST 0.8

enum offline_policy {
    OFFLINE_LOGGED, /* whatever was in use */
    OFFLINE_RULES,  /* the rules' score alone */
    OFFLINE_FIRST,  /* a version */
    OFFLINE_SECOND, /* another one */
    OFFLINE_POLICIES
};

struct offline_value {
    struct train_interval reward; /* useful ones among resources shown, 0 to 1 */
    double effective;             /* rows that the weights are worth: (sum of weights)^2 / sum of their squares */
    double covered;               /* mean weight */
};

struct offline {
    size_t rows, people, gone; /* gone: rows of resources that the catalogue has no longer, left out */
    struct offline_value of[OFFLINE_POLICIES];
    struct train_interval gain; /* of the second over the first; where there is none, of the first over the log */
};

/* Evaluates one version, or two (`second` NULL: one). `seed` draws the pages of each and the bootstrap. Returns OK;
 * ERR_SYNTAX, ERR_VALUE or ERR_NOT_FOUND with faults; ERR_NOMEM. */
MUST_USE enum error offline_evaluate(const struct train_file *rows, const struct catalogue *catalogue,
                                     const struct linear *first, const struct linear *second, uint64_t seed,
                                     struct faults *faults, struct offline *out);

#endif
