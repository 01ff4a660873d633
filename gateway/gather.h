/* Group commit: says when commands that wait are to go, so that many share one write and one fsync.
 *
 * An fsync for every few commits makes a disk stand still long before it is full, and then everybody waits. So what is
 * added waits for others, GATHER_WAIT_MS at most, but only in company: alone, or with a few, nothing waits, for then
 * others would not come. It counts and has a timer; it must not know what a command is. Failure policy: none can fail.
 * Proved by tests/unit/test_gather.c. */
#ifndef GATEWAY_GATHER_H
#define GATEWAY_GATHER_H

#include <event2/event.h>

#define GATHER_WAIT_MS 3 /* what company costs at most */
#define GATHER_COMPANY 6 /* commands that wait or are unanswered, or went together last, are company */
#define GATHER_FULL 32   /* as many go, however short they have waited */

struct gather;

/* Called from the loop, never from inside gather_add(): what waits goes now. */
typedef void gather_go(void *ctx);

/* Makes one, without anything that waits. Returns NULL without memory. */
struct gather *gather_new(struct event_base *base, gather_go *go, void *ctx);

/* Counts one that waits: go() is called at the end of this turn of the loop, or after the wait. */
void gather_add(struct gather *gather);

/* Counts one that was answered, or failed, since it was added. */
void gather_answered(struct gather *gather);

/* Frees it; go() is not called any more. NULL is none. */
void gather_free(struct gather *gather);

#endif
