/* Peru's departments: their INEI codes, names, and where their capitals lie.
 *
 * Codes and names: reference peru_regions.csv. Coordinates: general knowledge, to a tenth of a degree, good enough to
 * guess a department that is then asked back, and for nothing else: it is right of four towns in five. No borders are
 * at hand; what they would change is only how often the guess is right. Proved by tests/unit/test_value.c. */
#ifndef DIALOG_PLACES_H
#define DIALOG_PLACES_H

#include "base/slice.h"

/* Gives a department's name by its INEI code, or NULL for a code that is none. */
const char *place_name(struct slice code);

/* Gives the code of the department whose capital is nearest to a point (degrees), or NULL when none is within 400
 * km. */
const char *place_nearest(double latitude, double longitude);

#endif
