/* The master: the process that `chaski serve` starts, which serves nobody itself.
 *
 * It checks the world, runs the embedded Redis, opens the socket that all workers share (so that nobody is refused
 * while a worker is being replaced), forks the workers and waits for signals; no loop, no threads. A worker that ends
 * by itself is started again (restart.h). SIGHUP reads a whole new world: if it has faults, the old one serves on;
 * else fresh workers are forked with it, and once all of them are ready the old ones finish and go. SIGTERM and SIGINT
 * end the workers in order, then Redis; a second one ends at once. Workers die with a master that is killed. Must not
 * know: HTTP, turns. Failure policy: what cannot be prepared is told and nothing is started; later, nothing ends the
 * master but those two signals. Proved by tests/blackbox/workers.test.mjs and redis.test.mjs. */
#ifndef GATEWAY_MASTER_H
#define GATEWAY_MASTER_H

#include <stdbool.h>

struct master_options {
    const char *config; /* NULL: the usual places */
    int workers;        /* processes; 0: as configured */
    bool auto_workers;  /* one a core, whatever is configured */
    bool sample;        /* play the sample conversation once ready */
    bool once;          /* and end after it */
};

/* Serves until SIGTERM or SIGINT. Returns an exit code. Blocks. */
int master_run(const struct master_options *options);

#endif
