/* The embedded Redis: a private redis-server of our own.
 *
 * `redis.url: embedded` runs one redis-server on a unix socket under state_dir, with AOF on and fsynced at every
 * write, no TCP port, and no eviction. The master starts it, tells it which of its children ended, starts it again when
 * it is due, and ends it. It ends with the daemon, also when the daemon is killed; one that outlives a killed daemon is
 * waited for, so that never two write one AOF. Must not know: what is kept in it. Proved by
 * tests/unit/test_embedded_redis.c and tests/blackbox/redis.test.mjs. */
#ifndef GATEWAY_EMBEDDED_REDIS_H
#define GATEWAY_EMBEDDED_REDIS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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

/* Writes the path of the socket that an instance on `state_dir` listens on, running or not, for who is not its parent.
 * Returns ERR_NOT_FOUND when there is no such directory, ERR_LIMIT when the path does not fit. */
MUST_USE enum error embedded_redis_find(const char *state_dir, char *out, size_t size);

/* Takes notice of a child that was waited for. Returns true when it was the server, which is due to be started again
 * soon. Units: `now_ms` by the steady clock. */
bool embedded_redis_ended(struct embedded_redis *redis, pid_t process, int status, int64_t now_ms);

/* Tells when it is to be started again, by the steady clock in milliseconds; 0 when it is not. */
int64_t embedded_redis_due_ms(const struct embedded_redis *redis);

/* Starts it again when it is due; when that fails, it is due again later. Does not wait until it answers. */
void embedded_redis_start_again(struct embedded_redis *redis, int64_t now_ms);

/* For a forked process that has nothing to do with it: lets go of the locks, which the master keeps, and frees this
 * copy. */
void embedded_redis_forget(struct embedded_redis *redis);

/* Ends it: SIGTERM, so that it writes what it has, then waits up to EMBEDDED_STOP_MS. Frees the instance. Blocks. */
void embedded_redis_stop(struct embedded_redis *redis);

#endif
