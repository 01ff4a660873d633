/* Comparing two models: is the difference on the same rows more than luck?
 *
 * Only rows on which exactly one of the two was right tell them apart. McNemar's exact test asks how often a fair coin
 * would split those rows as unevenly; a bootstrap over all rows gives the interval of the difference. Must not know:
 * models, files. Deterministic: the seed draws the samples. Proved by tests/unit/test_compare.c.
 * Source: Q. McNemar, Psychometrika 12 (1947), in its exact binomial form. */
#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H

#include "engine/train.h"

#define COMPARE_LEVEL 0.05 /* a difference is real when luck would make one so large in fewer cases than this */

/* What a row said of the two models. */
enum compare_row { COMPARE_NEITHER, COMPARE_FIRST, COMPARE_SECOND, COMPARE_BOTH };

enum compare_verdict { COMPARE_NO_DIFFERENCE, COMPARE_BETTER, COMPARE_WORSE }; /* the second, beside the first */

struct compare {
    size_t rows;
    size_t counts[4];           /* by enum compare_row */
    double p;                   /* two-sided, 0 to 1 */
    struct train_interval gain; /* accuracy of the second less that of the first */
    enum compare_verdict verdict;
};

/* Compares. `rows[i]` tells who was right on row i. Returns ERR_VALUE without rows, ERR_NOMEM. */
MUST_USE enum error compare_rows(const enum compare_row *rows, size_t count, uint64_t seed, struct compare *out);

/* Gives the verdict in words: "better", "worse", "no real difference". */
const char *compare_text(enum compare_verdict verdict);

#endif
