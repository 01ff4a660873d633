#include "gateway/restart.h"

int64_t restart_wait_ms(struct restart *restart, int64_t lived_ms)
{
    int64_t wait_ms = RESTART_FIRST_MS;
    restart->young = lived_ms < RESTART_YOUNG_MS ? restart->young + 1 : 0;
    if (restart->young <= 1)
        return 0;
    for (unsigned i = 2; i < restart->young && wait_ms < RESTART_MAX_MS; i++)
        wait_ms *= 2;
    return wait_ms < RESTART_MAX_MS ? wait_ms : RESTART_MAX_MS;
}
