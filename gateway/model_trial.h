/* A trial: labelled texts on which versions of a model are measured, or compared with one another.
 *
 * Tables as `chaski train` reads them; each distinct text counts once. What it says of a version is honest only for
 * rows that the version was not trained on: that is the caller's to see to. Only models of texts (industry) can be
 * tried so. Failure policy: what cannot be read is told on stderr, and the verb returns an exit code. Proved by
 * tests/blackbox/model.test.mjs. */
#ifndef GATEWAY_MODEL_TRIAL_H
#define GATEWAY_MODEL_TRIAL_H

#include "engine/compare.h"
#include "engine/corpus.h"
#include "engine/registry.h"
#include "engine/trainer.h"

struct trial {
    struct slice files[TRAINER_FILES_MAX]; /* owned bytes */
    struct corpus corpus;
    struct train_set *set; /* owned: the features of each distinct text */
};

/* Reads the tables; `data` ends with NULL. Returns EXIT_GOOD, or another code after telling why. Free with
 * trial_close() in every case. */
int trial_open(const char *name, const char *const *data, struct trial *out);
void trial_close(struct trial *trial);

/* Measures a version. Returns as trial_open(); *shape is what the version says of itself. */
int trial_measure(const struct trial *trial, const char *registry, const char *name, const char *version,
                  struct linear_shape *shape, struct train_metrics *out);

/* Compares two versions. Returns as trial_open(). */
int trial_compare(const struct trial *trial, const char *registry, const char *name, const char *first,
                  const char *second, struct compare *out);

#endif
