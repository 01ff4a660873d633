/* The embedded Redis: a private redis-server of our own.
 *
 * `redis.url: embedded` runs one redis-server on a unix socket under state_dir, with AOF on and fsynced at every
 * write, no TCP port, and no eviction. It is started before the loop runs, watched and restarted while it runs, and
 * ended with the daemon, also when the daemon is killed; one that outlives a killed daemon is waited for, so that
 * never two write one AOF. Must not know: what is kept in it. Proved by tests/unit/test_embedded_redis.c and
 * tests/blackbox/redis.test.mjs. */
#ifndef GATEWAY_EMBEDDED_REDIS_H
#define GATEWAY_EMBEDDED_REDIS_H

#include <event2/event.h>

#include "base/error.h"

#define EMBEDDED_START_MS 30000 /* a large AOF takes a while to load */
#define EMBEDDED_STOP_MS 10000

struct embedded_redis;

/* Starts redis-server with its files in `state_dir`/redis and waits until it answers. Returns NULL with a fault that
 * says what to do: not installed, directory not writable, another daemon runs on this state_dir, path of the socket
 * above 107 bytes. Blocks. */
struct embedded_redis *embedded_redis_start(const char *state_dir, struct faults *faults);

/* Gives the path of its socket; the instance's. */
const char *embedded_redis_socket(const struct embedded_redis *redis);

/* Restarts it from the loop whenever it ends by itself. Returns ERR_NOMEM. */
MUST_USE enum error embedded_redis_watch(struct embedded_redis *redis, struct event_base *base);

/* Ends it: SIGTERM, so that it writes what it has, then waits up to EMBEDDED_STOP_MS. Frees the instance. Blocks. */
void embedded_redis_stop(struct embedded_redis *redis);

#endif
