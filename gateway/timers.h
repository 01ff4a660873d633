/* Timers: reminders, expiries and check-ins, fired once.
 *
 * They are committed with a turn and lie in their shard by due time; the shard's process looks each TIMERS_LOOK_MS for
 * those that are due, without ever reading the others, and takes a turn for each. That turn's commit takes the timer
 * away, so one that was being fired when the process died is fired by the next, and never twice. Due by the wall clock:
 * after a step forward some come early, after one back late, each once. Must not know: what a timer means. Failure
 * policy: one that fails for its own reason is put off by TIMERS_PUT_OFF_MS and told; the others go on. Proved by
 * tests/unit/test_timers.c. */
#ifndef GATEWAY_TIMERS_H
#define GATEWAY_TIMERS_H

#include "gateway/shards.h"
#include "gateway/turn.h"

#define TIMERS_LOOK_MS 1000
#define TIMERS_PUT_OFF_MS (60 * 60 * 1000)
#define TIMERS_ARENA_MAX (2 * 1024 * 1024) /* bytes that one timer's turn may use */

struct timers;

/* Finds a channel by name; NULL when it is not configured any more. */
typedef const struct channel *timers_channel(void *ctx, struct slice name);

/* Starts; all of it outlives the timers. NULL without memory. */
struct timers *timers_open(struct loop *loop, struct store *store, struct turns *turns, timers_channel *channel,
                           void *ctx);

/* A shard's lease came (its token) or went (0). */
void timers_shard(struct timers *timers, unsigned shard, uint64_t token);

/* Tells how many turns of timers are under way, in all and of a shard. */
size_t timers_in_flight(const struct timers *timers);
bool timers_idle(const struct timers *timers, unsigned shard);

/* Fires no more. */
void timers_stop(struct timers *timers);

/* Frees it; the store must not call back any more. NULL is allowed. */
void timers_close(struct timers *timers);

#endif
