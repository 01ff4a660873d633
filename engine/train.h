/* Training: rows in, a calibrated linear model and honest figures out.
 *
 * A thin wrapper over liblinear (no other file includes it) and the measures that every card carries. Knows nothing of
 * what features or labels mean. Deterministic: only solvers that draw no random numbers are used, and the bootstrap has
 * its own generator, so the same rows, options and seed give the same bytes. Failure policy: no memory of ours is
 * ERR_NOMEM; liblinear's own allocations are not checked by it, which is why nothing here runs in the daemon. Proved by
 * tests/unit/test_train.c. */
#ifndef ENGINE_TRAIN_H
#define ENGINE_TRAIN_H

#include "base/buf.h"
#include "engine/linear.h"

struct train_set;

/* Makes an empty set of rows. Returns NULL without memory; free with train_set_free(). */
struct train_set *train_set_new(void);
void train_set_free(struct train_set *set);

/* Adds a copy of one row. Returns ERR_NOMEM. */
MUST_USE enum error train_set_add(struct train_set *set, const struct feature *features, size_t count, size_t label);

/* Tells how many rows there are. */
size_t train_set_rows(const struct train_set *set);

enum train_solver {
    TRAIN_LOGISTIC, /* one logistic regression per label against the rest */
    TRAIN_SVM       /* the same with the squared hinge */
};

struct train_options {
    enum train_solver solver;
    double c;         /* cost of an error; above 0 */
    double tolerance; /* the solver's stopping criterion, e.g. 0.01 */
    double balance;   /* 0: rows weigh alike; 1: labels weigh alike; between: a label's rows weigh by (mean count /
                         count)^balance */
};

/* Fits a model of the given shape (temperature, shift and threshold are set to 1, 0 and 0). A label without rows never
 * wins. Returns OK with *out the caller's, ERR_VALUE when a row's label or feature is outside the shape or fewer than
 * two labels have rows, ERR_NOMEM. Blocks: for minutes with tens of thousands of rows. */
MUST_USE enum error train_fit(const struct train_set *set, const struct linear_shape *shape,
                              const struct train_options *options, struct linear **out);

/* Finds, on rows that the model did not see, the temperature (and the shift, where the model's link has one) with the
 * least log loss, and the lowest threshold from which on the answers are right at least as often as `precision` says;
 * sets them in the model. */
MUST_USE enum error train_calibrate(struct linear *model, const struct train_set *held_out, double precision);

#define TRAIN_BINS 10

struct train_interval {
    double value;
    double low, high; /* 95 % by bootstrap over rows */
};

struct train_metrics {
    size_t rows;
    struct train_interval accuracy;
    struct train_interval top3;     /* the right label is among the best three */
    struct train_interval macro_f1; /* mean over labels that have rows */
    struct train_interval auc;      /* of the second label, where there are exactly two; else 0 */
    double log_loss;                /* mean, natural logarithm */
    double ece;                     /* expected calibration error over TRAIN_BINS bins of the best probability */
    double brier;                   /* mean squared error over labels */
    double sure_share;              /* of rows at or above the threshold */
    double sure_accuracy;           /* among those; 0 when there are none */
    size_t confusion[ENGINE_LABELS_MAX][ENGINE_LABELS_MAX]; /* [true][given] */
    size_t bin_rows[TRAIN_BINS];
    double bin_probability[TRAIN_BINS]; /* mean in the bin */
    double bin_accuracy[TRAIN_BINS];
};

#define TRAIN_RESAMPLES 1000

/* Measures a model on rows; `seed` draws the bootstrap's samples. Returns ERR_VALUE without rows, ERR_NOMEM. */
MUST_USE enum error train_measure(const struct linear *model, const struct train_set *set, uint64_t seed,
                                  struct train_metrics *out);

/* Tells whether the model's best label is the row's; `row` is below train_set_rows(). Labels count by their place, so
 * the set must have been made for the model's list of labels. */
bool train_is_right(const struct linear *model, const struct train_set *set, size_t row);

/* Appends the measures as one JSON object, with the confusion matrix under the model's labels. */
void train_put_metrics(const struct linear_shape *shape, const struct train_metrics *metrics, struct buf *out);

/* The generator of all that is drawn in training: the same seed gives the same numbers everywhere (SplitMix64). */
struct train_random {
    uint64_t state; /* begins as the seed */
};
uint64_t train_draw(struct train_random *random);

/* Draws a number below `bound` (above 0). */
size_t train_draw_below(struct train_random *random, size_t bound);

#endif
