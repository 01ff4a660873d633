/* The ranker: how likely a resource is of use to a business, and how sure that is.
 *
 * A linear model over crosses of facts and resource (this resource for this goal, this kind for this trade ...) beside
 * the rules' score (recommend.h), which is its prior: where nobody has answered yet the crosses weigh nothing and the
 * order is the rules'. The model has two outputs: the log-odds, and their variance, both sums over the same features.
 * Exploration is Thompson sampling: each resource gets one draw from its own distribution, and the draws order the
 * page. A draw is made of the seed and the resource's id alone, so that the same event gives the same page, and a
 * recorded one replays. Must not know: eligibility, which no score overrides (recommend.h), and where seeds come from.
 * Pure; nothing is allocated. Proved by tests/unit/test_ranker.c; what it learns, by `make ranker`. */
#ifndef ENGINE_RANKER_H
#define ENGINE_RANKER_H

#include "engine/linear.h"
#include "engine/recommend.h"

#define RANKER_SCHEME 1u         /* raise it with any change of ranker_features() */
#define RANKER_DIMENSION 8192u   /* crosses are hashed; the first feature is the rules' score */
#define RANKER_FEATURES 16       /* each pair of business and resource has at most that many */
#define RANKER_ODDS "odds"       /* label of the output that has the log-odds */
#define RANKER_DOUBT "doubt"     /* label of the output that has their variance */
#define RANKER_PRIOR_VALUE 4.0f  /* the rules' score counts so many times: it is hardly held back */
#define RANKER_PRIOR_SPREAD 0.25 /* variance of a cross's weight before anybody answered */

/* Of the standard deviation that is drawn with: crosses of one resource tell much the same, and their variances, added
 * as if they did not, are too large. Found with `make ranker`: more costs more than it finds out. */
#define RANKER_BOLDNESS 0.5

/* What is believed of one resource for one business. */
struct ranker_belief {
    double odds;   /* logarithm; 0 is one in two */
    double spread; /* standard deviation of that */
};

/* Makes the features of a business (its profile) and a resource with its score by the rules. Returns how many. */
size_t ranker_features(const struct profile *profile, const struct resource *resource, double rules,
                       struct feature out[RANKER_FEATURES]);

/* Tells whether a model's outputs are the ranker's two. */
bool ranker_is(const struct linear *model);

/* Works out what the model believes. */
struct ranker_belief ranker_believe(const struct linear *model, const struct profile *profile,
                                    const struct resource *resource, double rules);

/* Draws log-odds: the same belief, seed and resource give the same number on every machine. */
double ranker_draw(const struct ranker_belief *belief, uint64_t seed, const struct resource *resource);

/* Gives another seed from a seed, for the `number`th draw beside the one that counts. */
uint64_t ranker_seed(uint64_t seed, uint64_t number);

/* Turns log-odds into a probability. */
double ranker_probability(double odds);

#endif
