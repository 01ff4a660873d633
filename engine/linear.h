/* Linear models: one flat file, read whole, checked whole, then only read from.
 *
 * A model has up to 16 labels and one row of 16-bit weights per feature, so that a feature costs half a cache line. The
 * file is little-endian: header, labels, bias and scale per label, weights, checksum; the layout stands in linear.c.
 * Scores become probabilities by the link of the shape, with temperature and shift as fitted on held-out data; below
 * the threshold the model is not sure. Must not know: what a feature means, where files lie. Invariants: a model never
 * changes after it was read; prediction allocates nothing and reads no index without a bound. Failure policy: a damaged
 * file is a fault with remedy at load, never at prediction. Proved by tests/unit/test_linear.c and
 * tests/fuzz/fuzz_model.c. */
#ifndef ENGINE_LINEAR_H
#define ENGINE_LINEAR_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "engine/engine.h"

#define LINEAR_DIMENSION_MAX (1u << 18)
#define LINEAR_NAME 16
#define LINEAR_FILE_MAX (12u * 1024 * 1024) /* bytes: above the largest file that the limits allow */

/* One thing that is there: its index below the model's dimension, and how much of it. */
struct feature {
    uint32_t index;
    float value;
};

/* How scores become probabilities that sum to 1. */
enum linear_link {
    LINEAR_SOFTMAX, /* the labels compete: exp(score / temperature), divided by their sum */
    LINEAR_SIGMOIDS /* each label for itself: sigmoid(score / temperature + shift), divided by their sum */
};

/* What a model says of itself. */
struct linear_shape {
    char name[LINEAR_NAME];                     /* "industry": a file under another name is refused */
    uint32_t scheme;                            /* version of the code that makes its features; others are refused */
    uint32_t dimension;                         /* features have indices below this */
    size_t classes;                             /* 2 to ENGINE_LABELS_MAX */
    char labels[ENGINE_LABELS_MAX][ENGINE_KEY]; /* in the order of scores */
    enum linear_link link;                      /* the file's first bytes say which */
    double temperature;                         /* above 0; scores are divided by it */
    double shift;                               /* -100 to 100; 0 where the link has none */
    double threshold;                           /* 0 to 1: the least probability that is sure */
};

struct linear;

/* Makes a model from trained weights, `weights[index * shape->classes + class]`, rounding them to 16 bits. Returns OK
 * with *out the caller's, ERR_VALUE for a shape or weight out of bounds, ERR_NOMEM. */
MUST_USE enum error linear_make(const struct linear_shape *shape, const double *weights, const double *bias,
                                struct linear **out);

/* Reads a model from a file's bytes (`file` is for faults). Returns OK with *out the caller's; ERR_SYNTAX or ERR_VALUE,
 * with a fault that names the rule and the remedy; ERR_NOMEM. Limits are checked before anything is allocated. */
MUST_USE enum error linear_read(const char *file, struct slice bytes, struct faults *faults, struct linear **out);

/* Appends the file's bytes. The same model gives the same bytes on every machine. */
void linear_write(const struct linear *model, struct buf *out);

/* Frees a model; NULL is allowed. */
void linear_free(struct linear *model);

/* Gives what the model says of itself; good as long as the model. */
const struct linear_shape *linear_shape(const struct linear *model);

/* Sets how scores become probabilities, after training and before the model is written. Returns ERR_VALUE, with nothing
 * changed, out of bounds. */
MUST_USE enum error linear_calibrate(struct linear *model, double temperature, double shift, double threshold);

/* Computes a score for each label. Features at or above the dimension count nothing. */
void linear_scores(const struct linear *model, const struct feature *features, size_t count,
                   double scores[ENGINE_LABELS_MAX]);

/* Turns scores into probabilities that sum to 1, by a shape's link, temperature and shift. */
void linear_probabilities(const struct linear_shape *shape, const double *scores, double *probabilities);

/* Turns scores into probabilities that sum to 1, with a temperature: the link LINEAR_SOFTMAX. */
void linear_softmax(const double *scores, size_t classes, double temperature, double *probabilities);

/* Gives the weight of one feature for one label (with value 1), for the reasons; 0 out of bounds. */
double linear_weight(const struct linear *model, uint32_t index, size_t class_index);

/* Gives the place of a label, or ENGINE_LABELS_MAX when the model has none such. */
size_t linear_class(const struct linear *model, struct slice label);

/* Fills guesses (best first, ties in label order), count and sure; leaves reasons empty and the version untouched. */
void linear_predict(const struct linear *model, const struct feature *features, size_t count, struct prediction *out);

#endif
