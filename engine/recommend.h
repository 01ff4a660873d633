/* The recommender: which resources fit this business, best first, and why.
 *
 * Three steps. Eligibility is hard: no score and no model can bring back what a rule left out. The score orders what
 * is left; its weights stand in one table (recommend.c), and a ranker (ranker.h), where one was trained, makes of that
 * score what owners' answers taught. Diversity: in each page of three at most two of one kind, as long as there is
 * another kind; what the owner was shown before comes behind all else, the latest last. Pure: the same facts, day and
 * seed give the same answer; nothing is allocated. Must not know: dialogue, models' insides. Proved by
 * tests/unit/test_recommend.c (rows, and properties over 20,000 made-up businesses).
 *
 * What is unknown: a resource for some regions, industries or tags is offered only where they are known to hold. What
 * an owner can find out in the text itself (RUC, regime, size, workers, time open) leaves a resource out only when it
 * is known not to hold; with RUC unknown such a resource ranks lower. */
#ifndef ENGINE_RECOMMEND_H
#define ENGINE_RECOMMEND_H

#include "engine/catalogue.h"
#include "engine/engine.h"
#include "engine/speech.h"

#define RECOMMEND_PAGE 3           /* what one answer shows */
#define RECOMMEND_SAME_KIND 2      /* most of one kind in a page */
#define RECOMMEND_STAGE_LEAST 0.10 /* a stage less probable than this is none of the business's */
#define RECOMMEND_REASON_MAX 60    /* characters */
#define RECOMMEND_DRAWS 100        /* that a propensity is counted from */

/* What the rules and the score look at, worked out once per business. */
struct profile {
    double stage[STAGE_COUNT];   /* probabilities */
    int industry;                /* number or WORD_NONE */
    int region;                  /* number or WORD_NONE */
    int regime;                  /* number or WORD_NONE */
    int goal;                    /* enum goal; WORD_NONE also for "other" */
    int has_ruc;                 /* 1, 0, -1 unknown */
    unsigned tags;               /* bits */
    unsigned size;               /* bit SIZES_…; 0 larger than pequena */
    double sales_month, workers; /* below 0 unknown */
    int tenure_months;           /* TENURE_UNKNOWN */
    int64_t day_ms;
    const struct speech *speech; /* that reasons are given in; NULL: Spanish */
};

/* Works out a profile. `stage` is the engine's; one without guesses counts every stage alike. Sales that are unknown
 * count as micro, which nearly all are (peru.md 1.3). */
void profile_make(const struct business *business, const struct prediction *stage, int64_t day_ms, struct profile *out);

/* Tells whether no rule leaves the resource out. */
bool recommend_eligible(const struct resource *resource, const struct profile *profile);

/* Gives the score, 0 to 1, of an eligible resource. */
double recommend_score(const struct resource *resource, const struct profile *profile);

struct linear;

/* What recommendations come from. */
struct recommender {
    const struct catalogue *catalogue;
    const struct linear *ranker; /* NULL: the rules' score orders, and nothing is drawn */
    const struct speech *speech; /* that texts and reasons are given in; NULL: Spanish */
};

/* Fills out[0..max) best first, each with one to three reasons. With a ranker and a seed the draws choose; within each
 * three the likeliest stands first. Returns how many there are. */
size_t recommend(const struct recommender *with, const struct prediction *stage, const struct business *business,
                 const struct recommend_ask *ask, struct recommendation *out, size_t max);

/* Gives how likely a page for this profile has the resource, over draws that begin with ask->seed: 0 or 1 where nothing
 * is drawn. */
double recommend_chance(const struct recommender *with, const struct profile *profile, const struct recommend_ask *ask,
                        const struct resource *resource);

#endif
