/* Joined calls: parts that each would be a call of the same Function, in one call.
 *
 * A call costs the server more by the call than by what is in it: to begin the script, to find what it is, to put its
 * writes into a transaction of the log. So the parts that wait for a lane's next write (gather.h) go in one; each is
 * decided about by itself, and its asker hears its own answer. More than some ten cost the script more than they spare,
 * and what a server does not read with its first look at a connection waits for its next fsync.
 * The Function gets the keys of all parts; as its first argument five bytes a part: how many keys it has, how many
 * arguments, and of which kind it is (16 bits, which cost less than an argument would), the higher byte first; then the
 * arguments of all. It answers with as many elements as parts. Must not
 * know: what a part means. Failure policy: without one answer a part each hears the error, or NULL where there is none.
 * Proved by tests/unit/test_redis.c and tests/unit/test_store_redis.c. */
#ifndef GATEWAY_REDIS_JOIN_H
#define GATEWAY_REDIS_JOIN_H

#include "gateway/redis.h"

#define JOIN_PARTS_MAX 10
#define JOIN_BYTES_MAX (12 * 1024) /* of keys, and of arguments: what joins no more; a part alone may have more */

struct join;

/* Makes a join without parts. NULL without memory. */
struct join *join_new(void);

/* Frees it; NULL is allowed. Whoever asked must have been told. */
void join_free(struct join *join);

/* Adds a part, copied. Returns ERR_LIMIT, having added nothing, when what is there must go first; ERR_NOMEM. */
MUST_USE enum error join_add(struct join *join, const struct redis_part *part, redis_done *done, void *ctx);

/* Gives how many parts wait. */
unsigned join_count(const struct join *join);

/* Takes the parts out, at least one, and gives the call that they make: its bytes, as the protocol has them, good until
 * the next part is added, or none without memory. Who asked is the result, for join_answered() or join_forget(). */
struct join_call *join_take(struct join *join, struct slice *bytes);

/* A redis_done: tells each part's asker, and frees the call. */
void join_answered(void *call, const redisReply *reply);

/* Frees a call of which nobody is told. */
void join_forget(struct join_call *call);

#endif
