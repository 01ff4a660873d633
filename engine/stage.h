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
 * more than at the start, so "up" says nothing yet. Where these facts are whole the rule decides: age and trend, or age
 * alone of one that is not open or sells nothing; who tells how sales go has some. Otherwise a linear model gives
 * P(stage | the facts given): it learned from the rule on whole fact sets of real owners with facts taken away at
 * random (stage_train.c). Its file also has how common each whole fact set is, from which stage_questions() says what
 * would be worth asking. Invariants: falling sales never make growth likelier, rising never decline; more months never
 * make a startup. Pure; nothing is allocated. Proved by tests/unit/test_engine_stage.c. */
#ifndef ENGINE_STAGE_H
#define ENGINE_STAGE_H

#include "engine/engine.h"
#include "engine/linear.h"

#define STAGE_FIRST_YEAR 12 /* months */
#define STAGE_NEW_MONTHS 42 /* Source: Global Entrepreneurship Monitor, established business ownership */

#define STAGE_SCHEME 2u /* raise it with any change of stage_features() or of the columns below */
#define STAGE_FEATURES 4

/* The columns of the model: what liblinear fits; one a stage, by which the rule has its way; and one a whole fact set,
 * whose weight for the first label is the logarithm of its share. Features are of the first two sorts. */
#define STAGE_FITTED 136u
#define STAGE_AT_RULED STAGE_FITTED
#define STAGE_AT_SETS (STAGE_AT_RULED + 4u)
#define STAGE_SETS (4u * 4u * 7u * 4u * 2u)
#define STAGE_DIMENSION (STAGE_AT_SETS + STAGE_SETS)

/* The facts that are looked at, each as a small number; how many there are, which is also the number of "unknown". */
enum stage_fact { STAGE_TENURE, STAGE_TREND, STAGE_SALES, STAGE_WORKERS, STAGE_RUC, STAGE_FACTS };
extern const unsigned stage_values[STAGE_FACTS];
extern const char *const stage_slots[STAGE_FACTS]; /* their names in DESIGN 1.4 */

struct stage_set {
    unsigned value[STAGE_FACTS];
};

/* Takes the facts of a business as small numbers. */
void stage_set_of(const struct business *business, struct stage_set *out);

/* Tells whether a fact set is whole and can be: who sells has a trend, who sells nothing has none ("unknown" here), and
 * who is not open sells nothing. */
bool stage_set_whole(const struct stage_set *set);

/* Gives the place of a whole fact set among STAGE_SETS; the fact set of a place, which need not be one that can be. */
uint32_t stage_set_place(const struct stage_set *set);
void stage_set_at(uint32_t place, struct stage_set *out);

/* Gives the stage by the definition, or WORD_NONE (vocabulary.h) when its facts are not whole. */
int stage_rule(const struct business *business);
int stage_rule_of(const struct stage_set *set);

/* Makes the features of what is known; unknown is a value of its own. Returns how many. */
size_t stage_features(const struct stage_set *set, struct feature out[STAGE_FEATURES]);

/* Predicts: all four stages, best first; by the rule ("stage rule", sure) or by the model, whose version is given. */
void stage_predict(const struct linear *model, const char *version, const struct business *business,
                   struct prediction *out);

/* Tells how much each fact that is unknown would tell of the stage: the expected information, over how common fact sets
 * are that have the known ones. Most first; none where the rule decides already. Refused sales are no question.
 * Returns how many. */
size_t stage_questions(const struct linear *model, const struct business *business,
                       struct engine_question out[STAGE_FACTS]);

#endif
