/* How big a business is in the law's eyes: yearly sales against the tax unit (UIT) of the year.
 *
 * The UIT changes every January, so it is a table with dates and the day is an argument. Must not know: the
 * catalogue. Proved by tests/unit/test_size.c. Source: Ley 30056 and DS 013-2013-PRODUCE art. 5 (150 and 1700 UIT),
 * kept by Ley 32353; values of the UIT from the yearly decrees, 2026 from DS 301-2025-EF (reference peru.md 1.1,
 * 1.3). */
#ifndef ENGINE_SIZE_H
#define ENGINE_SIZE_H

#include <stdint.h>

enum size { SIZE_UNKNOWN, SIZE_MICRO, SIZE_PEQUENA, SIZE_LARGER };

/* Gives the UIT, in soles, of the day's year in Lima. Before the table its first value, after it its last: a new
 * year's value is known in December. */
double uit_soles(int64_t day_ms);

/* Gives the size for sales in soles a month; SIZE_UNKNOWN below 0. */
enum size size_of(double sales_month, int64_t day_ms);

#endif
