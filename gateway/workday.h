/* Working days of Peru: when what the law gives so many days for is due.
 *
 * Days are those of Lima; Saturdays, Sundays and national holidays (holiday.h) do not count, and neither does the day
 * of the request. Source: reference peru.md part 4 (8 days for information, 20 for access, 10 for rectification and
 * cancellation). Must not know: clocks. Nothing here fails. Proved by tests/unit/test_workday.c. */
#ifndef GATEWAY_WORKDAY_H
#define GATEWAY_WORKDAY_H

#include <stdint.h>

#define WORKDAYS_ACCESS 20
#define WORKDAYS_RECTIFY 10

/* Gives the end of the `days`-th working day after an instant: the first instant that is too late. Units: ms since 1970
 * UTC. */
int64_t workday_after(int64_t ms, unsigned days);

#endif
