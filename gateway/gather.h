/* Group commit: says when commands that wait are to go, so that many share one write and one fsync.
 *
 * An fsync for every few commits makes a disk stand still long before it is full, and then everybody waits. So what is
 * added while others are on their way waits until these are answered, and goes together: the server does not stand idle
 * while something waits, and the slower its disk is, the more go at once. A lane that hangs holds up the others by
 * GATHER_WAIT_MS at most. It counts and has a timer; it must not know what a command is. Failure policy: none can fail.
 * Proved by tests/unit/test_gather.c. */
#ifndef GATEWAY_GATHER_H
#define GATEWAY_GATHER_H

#include <event2/event.h>

#define GATHER_WAIT_MS 20 /* then they go, whatever is on its way */
#define GATHER_FULL 32    /* as many go, whatever is on its way */

struct gather;

/* Called from the loop, never from inside gather_add() or gather_answered(): what waits goes now. */
typedef void gather_go(void *ctx);

/* Makes one, without anything that waits. Returns NULL without memory. */
struct gather *gather_new(struct event_base *base, gather_go *go, void *ctx);

/* Counts one that waits: go() is called at the end of this turn of the loop if nothing is on its way, else when all
 * of that is answered, when the wait is over or when enough wait. */
void gather_add(struct gather *gather);

/* Counts one that was answered, or failed, since it was added. */
void gather_answered(struct gather *gather);

/* Frees it; go() is not called any more. NULL is none. */
void gather_free(struct gather *gather);

#endif
