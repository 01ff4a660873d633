/* The national holidays of Peru, as a table and the days that follow Easter.
 *
 * What Decreto Legislativo 713, article 6, and its amendments make holidays for everybody; the days off that a decree
 * gives to public offices alone are none. The list and the laws' numbers are general knowledge of 2026, not read in the
 * official gazette: compare them with it when a year begins. Must not know: clocks, what a holiday holds back. Proved
 * by tests/unit/test_holiday.c. */
#ifndef GATEWAY_HOLIDAY_H
#define GATEWAY_HOLIDAY_H

#include <stdbool.h>

/* Tells whether a date of the Gregorian calendar is a national holiday. Months and days count from 1. Limits: a year
 * below 1583 has no Easter. */
bool holiday_pe(int year, int month, int day);

#endif
