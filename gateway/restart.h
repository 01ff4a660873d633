/* When to start a worker again that ended by itself.
 *
 * At once, the first time; one that again and again dies young waits longer each time, so that a fault that every
 * start meets does not eat the machine. Pure. Proved by tests/unit/test_restart.c. */
#ifndef GATEWAY_RESTART_H
#define GATEWAY_RESTART_H

#include <stdint.h>

#define RESTART_YOUNG_MS 1000 /* who lived less died young */
#define RESTART_FIRST_MS 100
#define RESTART_MAX_MS 5000

struct restart {
    unsigned young; /* deaths in a row that came young; 0 at first */
};

/* Takes notice of a death after `lived_ms`. Returns how long to wait before the next start, in milliseconds. */
int64_t restart_wait_ms(struct restart *restart, int64_t lived_ms);

#endif
