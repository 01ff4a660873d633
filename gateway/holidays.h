/* The national holidays: models/holidays.yaml as a table.
 *
 * A row is a day of every year (day: 12-25), a day so many days from Easter Sunday (easter: -2) or one single day that
 * a law or a decree adds (day: 2027-03-19); the first two may hold from and to a year. The file, not this program, says
 * which days they are: staff mend it and send SIGHUP. Must not know: clocks, what a holiday holds back. Failure policy:
 * the file is read whole and checked whole, and each fault has file:line:col and remedy. Proved by
 * tests/unit/test_holidays.c and tests/fuzz/fuzz_holidays.c. */
#ifndef GATEWAY_HOLIDAYS_H
#define GATEWAY_HOLIDAYS_H

#include "base/error.h"
#include "base/slice.h"

#define HOLIDAYS_MAX 250        /* rows of a file: fewer than weekdays of a year, so that one is left to work on */
#define HOLIDAY_FIRST_YEAR 1583 /* before it there is no Gregorian Easter */
#define HOLIDAY_LAST_YEAR 9999
#define HOLIDAY_EASTER_MOST 80 /* days from Easter Sunday, before or after: all of one year */

struct holiday {
    short month, day;            /* from 1; month 0: `day` counts from Easter Sunday */
    short first_year, last_year; /* in which it holds */
};

struct holidays {
    size_t count;
    struct holiday items[HOLIDAYS_MAX];
};

/* Reads the file's bytes. Returns OK, or ERR_SYNTAX, ERR_VALUE or ERR_NOMEM with faults and *out unchanged. */
MUST_USE enum error holidays_read(const char *file, struct slice bytes, struct faults *faults, struct holidays *out);

/* Tells whether a date of the Gregorian calendar is one of them. Months and days count from 1. NULL has none. */
bool holidays_has(const struct holidays *holidays, int year, int month, int day);

#endif
