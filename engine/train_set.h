/* The rows of a training set, as train.c keeps them and train_measure.c and train_cost.c read them, and how scores of
 * such rows become probabilities; nobody else includes this. Scores are ENGINE_LABELS_MAX numbers a row.
 * Proved by tests/unit/test_train.c. */
#ifndef ENGINE_TRAIN_SET_H
#define ENGINE_TRAIN_SET_H

#include "engine/train.h"

struct train_set {
    struct feature *features; /* owned: all rows' features, one after the other */
    size_t feature_count, feature_room;
    size_t *ends;   /* owned: where each row's features end */
    uint8_t *truth; /* owned: each row's label */
    size_t rows, row_room;
};

/* Gives a row's features, borrowed from the set until a row is added. */
const struct feature *train_set_row(const struct train_set *set, size_t row, size_t *count);

/* Sets temperature and shift in the shape to those with the least log loss; with a shift, each is searched in turn
 * until both rest. */
void train_fit_link(const struct train_set *set, const double *scores, struct linear_shape *shape);

/* Gives the mean log loss of the rows, natural logarithm. */
double train_log_loss(const struct train_set *set, const double *scores, const struct linear_shape *shape);

#endif
