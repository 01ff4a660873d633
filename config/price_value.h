/* Prices as settings: what a message costs, and by which numbers that differs.
 *
 * A price is a decimal of at most four places, kept as a whole number of its ten-thousandths: no sum is ever rounded. A
 * list of prices names beginnings of numbers ("+51=0.0450,+1=0.0300"). Must not know: channels, currencies. Proved by
 * tests/unit/test_price.c. */
#ifndef CONFIG_PRICE_VALUE_H
#define CONFIG_PRICE_VALUE_H

#include <stdint.h>

#include "base/slice.h"

#define PRICE_ONE 10000             /* ten-thousandths */
#define PRICE_MAX (100 * PRICE_ONE) /* of one segment or message */
#define PRICE_PREFIXES_MAX 32       /* of one list */
#define PRICE_PREFIX_DIGITS 15

/* Reads "0.045". Returns false, with *out unchanged, for anything but 0 to 100 with at most four decimals. Units:
 * ten-thousandths. */
bool price_value(struct slice text, int64_t *out);

/* Takes the first "+51=0.0450" off a list. Returns false at its end, and for what is none: *rest is then not empty. */
bool price_next(struct slice *rest, struct slice *prefix, int64_t *price);

/* Tells whether a text is a list of prices, of 1 to PRICE_PREFIXES_MAX, none twice. */
bool price_list(struct slice text);

#endif
