/* Working days of Peru: when what the law gives so many days for is due.
 *
 * Days are those of Lima; Saturdays, Sundays and national holidays (holidays.h) do not count, and neither does the day
 * of the request. Must not know: clocks. Nothing here fails. Proved by tests/unit/test_workday.c. */
#ifndef GATEWAY_WORKDAY_H
#define GATEWAY_WORKDAY_H

#include <stdint.h>

struct holidays;

/* Gives the end of the `days`-th working day after an instant: the first instant that is too late. Units: ms since 1970
 * UTC. */
int64_t workday_after(const struct holidays *holidays, int64_t ms, unsigned days);

#endif
