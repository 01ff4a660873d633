/* The outlook of a business: riesgo, estable, por crecer, from two small models.
 *
 * `closing` gives P(closed within 14 months), `growth` P(sales at least a fifth higher after 14 months, if it lives).
 * The outlook is their product: riesgo, then the rest parted. Both learned from 530 microfirms of South Africa, the
 * one panel at hand with facts, outcomes and free terms of use: closing can be told a little, growth hardly at all;
 * the models' files say how little, and whoever shows an outlook shows that too. For staff, never said to an owner as a
 * verdict. What an owner hears instead is a lever: a thing that she can change and that goes with survival. Money is
 * only looked at relative to a typical owner's, so that currencies compare. Invariants: a fact that is unknown adds
 * nothing; a training course, and what a row came from, never count in use. Pure; nothing is allocated. Proved by
 * tests/unit/test_engine_growth.c. */
#ifndef ENGINE_GROWTH_H
#define ENGINE_GROWTH_H

#include "engine/engine.h"
#include "engine/linear.h"

#define GROWTH_SCHEME 2u   /* raise it with any change of growth_features() or of the columns below */
#define GROWTH_FITTED 13u  /* columns that features are of */
#define GROWTH_FEATURES 13 /* at most */

/* Figures, each as value, low, high in three columns' weights for the first label: the area under the curve with all
 * facts, the same without the place, then a row a lever, all 0 where it cannot be told from chance. */
#define GROWTH_AT_AUC GROWTH_FITTED
#define GROWTH_AT_AUC_NO_PLACE (GROWTH_AT_AUC + 3u)
#define GROWTH_AT_LEVERS (GROWTH_AT_AUC_NO_PLACE + 3u)
enum growth_lever { LEVER_PLACE, LEVER_FORMALISE, LEVER_TRAINING, LEVERS };
extern const char *const growth_lever_keys[LEVERS];
#define GROWTH_DIMENSION (GROWTH_AT_LEVERS + 3u * LEVERS)

/* Typical sales in soles a month, that sales are compared with. Source: median of the owners in INE Bolivia, Encuesta
 * de Hogares 2019 (3146 bolivianos) at that year's rates; a stand-in until there are figures of our own owners. */
#define GROWTH_TYPICAL_SOLES 1520.0

/* What the models look at. */
struct growth_facts {
    double years;                            /* below 0 unknown */
    int registered;                          /* 1, 0, -1 unknown */
    int fixed_place;                         /* 1, 0, -1 unknown */
    double sales;                            /* as a multiple of typical sales; below 0 unknown */
    double workers;                          /* owner included; below 0 unknown */
    bool trained_finance, trained_marketing; /* in the training data only */
    bool checkin;                            /* in the training data only: of our own, not of the panel */
};

/* Takes the facts of a business, as they are in use. One that is not open yet has no years, sales or workers. */
void growth_facts_of(const struct business *business, struct growth_facts *out);

/* Makes the features of what is known. Returns how many. */
size_t growth_features(const struct growth_facts *facts, struct feature out[GROWTH_FEATURES]);

/* Gives a model's area under the curve, as cross-validation found it, for firms whose place is known or is not. */
struct engine_interval growth_auc(const struct linear *model, bool place_known);

/* As engine_lever(). A lever that fits no trade like this one's (a fixed place for who drives or farms) is none. */
bool growth_lever(const struct linear *closing, const struct business *business, struct engine_lever *out);

/* Predicts the three outlooks, best first. Sure only where both models that speak for the best one are. Reasons are
 * facts. */
void growth_predict(const struct linear *closing, const struct linear *growth, const char *version,
                    const struct business *business, struct prediction *out);

#endif
