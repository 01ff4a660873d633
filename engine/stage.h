/* The stage of a business: a definition, and what is likely when its facts are not whole.
 *
 * Nobody anywhere has labelled stages. Stage is a definition over three facts, in one table (stage.c):
 *
 *                    sales up      the same       down
 *   not yet open     startup       startup        startup
 *   under 12 months  startup       startup        decline
 *   under 42 months  growth        startup        decline
 *   42 and above     growth        established    decline
 *
 * and a business that sells nothing at all is a startup under 42 months, in decline above. 42 months is where the
 * Global Entrepreneurship Monitor parts new from established businesses; under a year every business that lives sells
 * more than at the start, so "up" says nothing yet. Where these facts are whole the rule decides. Otherwise a linear
 * model gives P(stage | the facts given): it learned from the rule on whole fact sets of real owners with facts taken
 * away at random (stage_train.h). Invariants: falling sales never make growth likelier, rising never decline; more
 * months never make a startup. Pure; nothing is allocated. Proved by tests/unit/test_engine_stage.c. */
#ifndef ENGINE_STAGE_H
#define ENGINE_STAGE_H

#include "engine/engine.h"
#include "engine/linear.h"

#define STAGE_FIRST_YEAR 12 /* months */
#define STAGE_NEW_MONTHS 42 /* Source: Global Entrepreneurship Monitor, established business ownership */

#define STAGE_SCHEME 1u /* raise it with any change of stage_features() */
#define STAGE_DIMENSION 76u
#define STAGE_FEATURES 4 /* each business has that many */

/* Gives the stage by the definition, or WORD_NONE (vocabulary.h) when its facts are not whole. */
int stage_rule(const struct business *business);

/* Makes the features of what is known; unknown is a value of its own. */
void stage_features(const struct business *business, struct feature out[STAGE_FEATURES]);

/* Predicts: all four stages, best first; by the rule ("stage rule", sure) or by the model, whose version is given. */
void stage_predict(const struct linear *model, const char *version, const struct business *business,
                   struct prediction *out);

#endif
