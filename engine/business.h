/* Facts from outside, as the engine's struct business.
 *
 * The canonical values of DESIGN 1.4 (and, in JSON, plain numbers in the unit that the engine keeps) become numbers
 * with sentinels. One table has a row for each slot. Must not know: how an owner said it (dialog/), what follows from
 * it (recommend.h, stage.h). Failure policy: a value that is not of its slot's type changes nothing and is named.
 * Proved by tests/unit/test_business.c and tests/fuzz/fuzz_business.c. business_init() and business_set() stand in
 * engine.h. */
#ifndef ENGINE_BUSINESS_H
#define ENGINE_BUSINESS_H

#include "base/json.h"
#include "engine/engine.h"

#define BUSINESS_WHY_MAX 200

/* Makes a business from a JSON object whose keys are slots' names: strings are canonical values, numbers are months
 * (tenure), soles a month (sales), people (workers), customers a week, a RUC; booleans are yes and no; null is
 * unknown; other slots are ignored. Returns ERR_VALUE with *out unchanged and `why` naming slot, rule and remedy when
 * something is of another type. */
MUST_USE enum error business_from_json(const cJSON *object, struct business *out, char why[BUSINESS_WHY_MAX]);

/* Tells what is known of the tax number: 1 has one, 0 has none, -1 unknown. A regime other than "none" implies one. */
int business_ruc(const struct business *business);

/* Tells what is known of a fixed place (a shop, a workshop, a stall): 1 has one, 0 has none, -1 unknown. Nobody is
 * asked: it is a fact from staff, or the owner's words say it. */
int business_place(const struct business *business);

#endif
