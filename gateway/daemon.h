/* The daemon: one process that serves.
 *
 * Reads as phases: configure, prepare, work, drain, clean up. Owns the loop and everything on it. Failure policy:
 * what cannot be prepared is told and nothing is started; what fails later costs a message, never the process.
 * Proved by tests/blackbox/conversation.test.mjs and redis.test.mjs (Redis away, SIGTERM and resume). */
#ifndef GATEWAY_DAEMON_H
#define GATEWAY_DAEMON_H

#include <stdbool.h>

#define DRAIN_MS 20000 /* from SIGTERM to the end, at most */

struct daemon_options {
    const char *config; /* NULL: the usual places */
    bool sample;        /* play the sample conversation after the start */
    bool once;          /* and end after it */
};

/* Serves until SIGTERM or SIGINT (a second one ends at once). Returns an exit code. Blocks. */
int daemon_run(const struct daemon_options *options);

#endif
