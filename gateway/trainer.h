/* The trainer: what people's turns wish of trainings is done, and they are told what became of it.
 *
 * A turn's commit leaves its wish in the person's shard. Each worker looks, every TRAINER_LOOK_MS, at the shards whose
 * lease it holds: finds out which training a wish means, has it done in the roster by one Function call
 * (gateway/lua/training.lua, which knows what was done), and takes it away. What is to be told lies beside the roster,
 * by shard; it is told by a turn of the person's (EVENT_STAFF) whose id is the telling's own, and is taken away once
 * that is committed. So a process may die between any two steps, and two may do the same at once: nobody gets two
 * seats, and nobody is told twice. Has everybody with a seat reminded on the day before, and told of the certificate on
 * the day after. Must not know: HTTP, providers. Failure policy: what fails is done again with the next look. Proved by
 * tests/unit/test_training_roster.c, tests/blackbox/trainings.test.mjs and tests/faults/trainings.mjs. */
#ifndef GATEWAY_TRAINER_H
#define GATEWAY_TRAINER_H

#include "gateway/loop.h"
#include "gateway/redis.h"
#include "gateway/turn.h"
#include "gateway/world.h"

#define TRAINER_LOOK_MS 500

struct trainer;

/* Starts one. What is given outlives it. NULL without memory. */
struct trainer *trainer_open(struct loop *loop, struct redis *redis, struct turns *turns, const struct world *world);

/* A shard's lease came (its token) or went (0). */
void trainer_shard(void *trainer, unsigned shard, uint64_t token);

/* Finds out what training a person was invited to: turn.h. `trainer` is a struct trainer. */
MUST_USE enum error trainer_invited(void *trainer, struct slice contact, turn_invited *done, void *ctx);

/* Writes the next trainings that a person could sign up for into an advice: turn.h. */
MUST_USE enum error trainer_offered(void *trainer, const struct stored *stored, int64_t now_ms, struct advice *out);

/* Begins nothing any more. */
void trainer_stop(struct trainer *trainer);

/* Frees it, after Redis's client. NULL is allowed. */
void trainer_close(struct trainer *trainer);

#endif
