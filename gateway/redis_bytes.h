/* Commands as Redis's protocol has them: an array of bulk strings.
 *
 * Must not know: connections, what a command means. Failure sticks in the buffer. Proved by
 * tests/unit/test_redis_join.c and tests/unit/test_redis.c. */
#ifndef GATEWAY_REDIS_BYTES_H
#define GATEWAY_REDIS_BYTES_H

#include "base/buf.h"

/* Appends the head of a command of `count` arguments. */
void redis_put_head(struct buf *out, size_t count);

/* Appends an argument. */
void redis_put_argument(struct buf *out, struct slice text);

#endif
