/* A trial of rankers: versions evaluated on the rows of a log (engine/offline.h).
 *
 * What gateway/model_trial.h is for models of texts. Failure policy: what cannot be read is told on stderr, and the
 * verb returns an exit code. Proved by tests/blackbox/retrain.test.mjs. */
#ifndef GATEWAY_RANKER_TRIAL_H
#define GATEWAY_RANKER_TRIAL_H

#include "engine/compare.h"
#include "engine/offline.h"

/* Evaluates a version, or two (`second` NULL: one), on a rows.tsv of `chaski dataset build ranker`. Returns EXIT_GOOD,
 * or another code after telling why. */
int ranker_trial(const char *registry, const char *catalogue, const char *first, const char *second, const char *rows,
                 struct offline *out);

/* Tells whether the second is better than the first by more than luck: by the interval of the difference. One whose
 * pages the log has too little of is never better. */
enum compare_verdict ranker_verdict(const struct offline *found);

/* Prints what was found; `second` NULL where there was one version. */
void ranker_print(const struct offline *found, const char *first, const char *second, bool json);

#endif
