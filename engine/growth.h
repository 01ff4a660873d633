/* The outlook of a business: riesgo, estable, por crecer, from two small models.
 *
 * `closing` gives P(closed within 14 months), `growth` P(sales at least a fifth higher after 14 months, if it lives).
 * The outlook is their product: riesgo, then the rest parted. Both learned from 530 microfirms of South Africa, the
 * one panel at hand with facts, outcomes and free terms of use: closing can be told a little, growth hardly at all;
 * the cards say how little. For staff, never said to an owner as a verdict. Money is only looked at relative to a
 * typical owner's, so that currencies compare. Invariants: a fact that is unknown adds nothing; a training course
 * never counts in use. Pure; nothing is allocated. Proved by tests/unit/test_engine_growth.c. */
#ifndef ENGINE_GROWTH_H
#define ENGINE_GROWTH_H

#include "engine/engine.h"
#include "engine/linear.h"

#define GROWTH_SCHEME 1u /* raise it with any change of growth_features() */
#define GROWTH_DIMENSION 11u
#define GROWTH_FEATURES 11 /* at most */

/* Typical sales in soles a month, that sales are compared with. Source: median of the owners in INE Bolivia, Encuesta
 * de Hogares 2019 (3146 bolivianos) at that year's rates; a stand-in until there are figures of our own owners. */
#define GROWTH_TYPICAL_SOLES 1520.0

/* What the models look at. */
struct growth_facts {
    double years;                            /* below 0 unknown */
    int registered;                          /* 1, 0, -1 unknown */
    double sales;                            /* as a multiple of typical sales; below 0 unknown */
    double workers;                          /* owner included; below 0 unknown */
    bool trained_finance, trained_marketing; /* in the training data only */
};

/* Takes the facts of a business, as they are in use. One that is not open yet has no years, sales or workers. */
void growth_facts_of(const struct business *business, struct growth_facts *out);

/* Makes the features of what is known. Returns how many. */
size_t growth_features(const struct growth_facts *facts, struct feature out[GROWTH_FEATURES]);

/* Predicts the three outlooks, best first. Sure only where both models that speak for the best one are. Reasons are
 * facts. */
void growth_predict(const struct linear *closing, const struct linear *growth, const char *version,
                    const struct business *business, struct prediction *out);

#endif
