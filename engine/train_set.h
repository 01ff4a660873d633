/* The rows of a training set, as train.c keeps them and train_measure.c reads them; nobody else includes this.
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

#endif
