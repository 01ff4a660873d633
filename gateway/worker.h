/* A worker: one process that serves, one of several.
 *
 * Owns an event loop and everything on it: HTTP on the socket that all workers share, webhooks, turns, the sender, the
 * connections to Redis, the outbox. It takes connections once Redis is fit, or after a second without it, so that
 * /readyz can tell; nobody is refused meanwhile, for the socket keeps who comes. Must not know: other workers, how it
 * was started, the embedded Redis. Failure policy: what cannot be prepared ends the process, and the master starts
 * another; what fails later costs a message. Proved by tests/blackbox/workers.test.mjs and redis.test.mjs. */
#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include <signal.h>

#include "gateway/redis_url.h"
#include "gateway/world.h"

#define DRAIN_MS 20000 /* from the signal to the end, at most */

#define WORKER_END SIGTERM       /* the daemon ends: finish what is under way; a second one ends at once */
#define WORKER_RETIRE SIGUSR1    /* others serve from now on: finish, and give idle clients time to notice */
#define WORKER_IS_READY SIGRTMIN /* to the parent: Redis is fit and connections are taken */

struct worker_options {
    const struct world *world;
    const struct redis_url *url;
    const char *redis_socket; /* the embedded Redis's; NULL: the url tells */
    struct slice person_key;
    int listener;                   /* the shared socket; the worker's to close */
    const char *word, *word_before; /* this process's, and that of the dead one that it replaces; "" none */
};

/* Serves until WORKER_END or WORKER_RETIRE, which must be blocked when it is called; it unblocks all signals once they
 * are watched. Returns an exit code. Blocks. */
int worker_run(const struct worker_options *options);

#endif
