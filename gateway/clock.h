/* Clocks: the only place where time is read. Everything below takes it as an argument.
 *
 * Must not know: who asks, and why. Nothing here fails. Proved by tests/unit/test_clock.c. */
#ifndef GATEWAY_CLOCK_H
#define GATEWAY_CLOCK_H

#include <stdint.h>

/* Gives the wall clock, in ms since 1970-01-01 UTC; it may step. */
int64_t clock_ms(void);

/* Gives a clock that never steps, in ms since some moment: for deadlines and durations. */
int64_t clock_steady_ms(void);

#endif
