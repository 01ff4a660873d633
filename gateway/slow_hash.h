/* Slow hashes: passwords hashed and compared beside the event loop.
 *
 * One thread does them one after the other, so that a login costs the people who are being answered nothing, and a
 * flood of logins costs one core at most. Passwords are copied, and their copies wiped when they are done. Must not
 * know: who logs in. Failure policy: with SLOW_HASH_WAITING jobs before it, a job is refused; without a thread all are.
 * Proved by tests/unit/test_slow_hash.c. */
#ifndef GATEWAY_SLOW_HASH_H
#define GATEWAY_SLOW_HASH_H

#include <event2/event.h>

#include "base/password.h"

#define SLOW_HASH_WAITING 16

struct slow_hash;

/* What became of a job, in the loop: `is` of a comparison; `made` the text of a hash, "" when it failed. */
typedef void slow_hash_done(void *ctx, bool is, const char *made);

/* Starts the thread at the first job. Returns NULL without memory. */
struct slow_hash *slow_hash_open(struct event_base *base);

/* Compares a password with a hash ("" nobody's). Returns ERR_LIMIT, ERR_NOMEM, ERR_UNAVAILABLE (too many wait, or no
 * thread), and then never calls back. */
MUST_USE enum error slow_hash_compare(struct slow_hash *slow, struct slice password, struct slice hash,
                                      slow_hash_done *done, void *ctx);

/* Hashes a password. Returns as above. */
MUST_USE enum error slow_hash_make(struct slow_hash *slow, struct slice password, slow_hash_done *done, void *ctx);

/* Waits for the job under way; what still waits, and it, are called back as failed. NULL is allowed. Blocks for some
 * tens of milliseconds. */
void slow_hash_close(struct slow_hash *slow);

#endif
