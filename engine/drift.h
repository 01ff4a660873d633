/* Drift: what models are given and what they answer, in bins, and how far two distributions of these are apart.
 *
 * A model's card holds the distribution that it is held against, its reference (`chaski model reference`); the daemon
 * counts the same bins in use. How far they are apart is the population stability index, the sum over bins of (seen -
 * expected) * ln(seen / expected): below 0.1 nothing, above 0.25 another population. Whether a part of a word is known
 * to the industry model is no feature here: nearly all of its hashed places are taken, so that everything is; how sure
 * it is tells instead. Bins are constants, and no feature has more than DRIFT_BINS_MAX. Must not know: metrics, files.
 * Pure. Proved by tests/unit/test_drift.c. */
#ifndef ENGINE_DRIFT_H
#define ENGINE_DRIFT_H

#include <stdbool.h>

#include "base/json.h"
#include "engine/engine.h"

enum drift_feature {
    DRIFT_WORDS,      /* of a text that the industry is asked of */
    DRIFT_CONFIDENCE, /* probability of the industry answered */
    DRIFT_INDUSTRY,   /* the industry answered */
    DRIFT_TENURE,     /* this and the next ones: facts that the stage is asked of */
    DRIFT_SALES,
    DRIFT_TREND,
    DRIFT_WORKERS,
    DRIFT_RUC,
    DRIFT_STAGE,   /* the stage answered */
    DRIFT_OUTLOOK, /* the outlook answered */
    DRIFT_COUNT
};

#define DRIFT_BINS_MAX 16
#define DRIFT_FLOOR 0.001 /* a share below it counts as that much: an empty bin is not infinitely far */

/* Gives a feature's name ("industry_words"; its model's comes first), and a bin's; NULL from the first bin on that it
 * has not. */
const char *drift_name(enum drift_feature feature);
const char *drift_bin(enum drift_feature feature, size_t bin);

/* Tells whether a feature is of that model: "industry", "stage" or "growth". */
bool drift_is_of(enum drift_feature feature, const char *model);

/* The bins that one question and its answer are in. */
struct drift_marks {
    struct {
        enum drift_feature feature;
        size_t bin;
    } items[DRIFT_COUNT];
    size_t count;
};

/* Find them. */
void drift_of_text(struct slice text, const struct prediction *said, struct drift_marks *out);
void drift_of_business(const struct business *business, const struct prediction *stage,
                       const struct prediction *outlook, struct drift_marks *out);

/* How often each bin was met. */
struct drift_counts {
    double bins[DRIFT_COUNT][DRIFT_BINS_MAX];
};
void drift_add(struct drift_counts *counts, const struct drift_marks *marks);

/* Gives the sum of a feature's bins. */
double drift_total(const struct drift_counts *counts, enum drift_feature feature);

/* Gives the index of a feature over the shares of both; negative where either has none. */
double drift_index(const struct drift_counts *expected, const struct drift_counts *seen, enum drift_feature feature);

/* Makes {"FEATURE": {"BIN": share, …}, …} of the features of a model that were met, the caller's; NULL without memory.
 * Reads such an object into shares; what it does not know it leaves out. */
cJSON *drift_write(const struct drift_counts *counts, const char *model);
void drift_read(const cJSON *object, struct drift_counts *out);

#endif
