/* Dates and times as values: nothing here reads a clock.
 *
 * Instants are int64_t milliseconds since 1970-01-01 UTC; civil time is a date and a time of day at a fixed
 * offset (Peru is UTC-5 all year). The calendar is the Gregorian one, also before it was decreed; leap
 * seconds do not exist. Proved by tests/unit/test_civil.c and tests/fuzz/fuzz_civil.c. */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include "base/error.h"
#include "base/slice.h"

#define LIMA_OFFSET_S (-5 * 3600)
#define CIVIL_TEXT 25 /* bytes of "2026-11-23T03:00:00.000Z" and the NUL */

struct civil {
    int year, month, day;     /* month and day from 1 */
    int hour, minute, second; /* second 0 to 59 */
    int millisecond;
    int weekday; /* 0 Sunday to 6; filled by civil_from_ms() */
};

/* Turns any instant into civil time at an offset in seconds east of UTC. */
struct civil civil_from_ms(int64_t ms, int offset_s);

/* Turns civil time at an offset into an instant. Fields out of range carry over, as mktime's do; the weekday
 * is not looked at. Limits: an instant beyond int64_t is given as the farthest one. */
int64_t civil_to_ms(const struct civil *c, int offset_s);

/* Writes an instant as RFC 3339 in UTC with milliseconds. Limits: the years 0000 to 9999; an instant outside
 * is written as the nearest one inside. */
void civil_format(int64_t ms, char out[CIVIL_TEXT]);

/* Reads "2026-11-23", "2026-11-23T03:00:00Z", with a blank for the T, with a fraction (cut to milliseconds),
 * with Z, +hh:mm, +hhmm or no zone (then UTC). Returns ERR_SYNTAX for another shape, ERR_VALUE for a date,
 * time or zone that does not exist; *out_ms is then unchanged. Source: RFC 3339; the forms of providers.md
 * parts 2 to 7. */
MUST_USE enum error civil_parse(struct slice text, int64_t *out_ms);

/* As above, of a time that a person in Lima typed: what has no zone is Lima's, "2026-12-01T09:00" needs no seconds, and
 * "2026-12-01" is that day's beginning. Limits: a text of 40 bytes; a longer one is ERR_SYNTAX. */
MUST_USE enum error civil_parse_lima(struct slice text, int64_t *out_ms);

#endif
