/* Phone numbers: one written form, E.164 with the plus sign.
 *
 * Providers write one number in five ways; a contact is keyed by exactly one. Knows Peru's numbering plan
 * (+51, nine digits, mobiles begin with 9), nothing of channels. Source: reference providers.md part 0.7,
 * peru.md part 3.2. Proved by tests/unit/test_phone.c and tests/fuzz/fuzz_phone.c. */
#ifndef BASE_PHONE_H
#define BASE_PHONE_H

#include "base/error.h"
#include "base/slice.h"

#define PHONE_MAX 17 /* bytes of "+", 15 digits and the NUL */

/* Writes the E.164 form of a number as providers give it: "+51987654321", "51987654321", "0051987654321",
 * "987654321" (a Peruvian mobile), " 51987654321" (a plus that form decoding made a blank), with blanks,
 * dashes, dots and brackets between digits, and the invisible characters that copying brings along. Returns
 * OK, or ERR_VALUE with out[0] NUL: empty, letters, a short code, fewer than 8 or more than 15 digits, or a
 * zero where the country begins. */
MUST_USE enum error phone_normalise(struct slice raw, char out[PHONE_MAX]);

/* Tells whether an E.164 number is a Peruvian mobile, the only kind here that can text. */
bool phone_is_peru_mobile(const char *e164);

#endif
