/* What the parts of the trainer share: trainer.c (looking, and what comes of time), trainer_wish.c (what people want)
 * and trainer_tell.c (what they are told), and nobody else. Proved by tests/blackbox/trainings.test.mjs. */
#ifndef GATEWAY_TRAINER_PARTS_H
#define GATEWAY_TRAINER_PARTS_H

#include <stdlib.h>

#include "gateway/keys.h"
#include "gateway/trainer.h"
#include "gateway/training.h"

#define TRAINER_KEPT_MAX 1024                    /* trainings that are known: those of the last TRAINER_KEPT_MS */
#define TRAINER_KEPT_MS (INT64_C(60) * 86400000) /* behind their beginning */
#define TRAINER_WORK_ARENA (4 * 1024 * 1024)     /* bytes, of one wish or one telling */
#define TRAININGS_KEY SLICE("ck:{staff}:trainings")

/* A training as it is known. */
struct trainer_item {
    char id[TRAINING_ID];
    struct training t;
    struct query *audience; /* NULL: everybody */
    bool busy;              /* what comes of time is being asked for */
    struct trainer *trainer;
};

/* A shard of ours: at most one of its wishes and one of its tellings are under way. */
struct trainer_shard {
    struct trainer *trainer;
    unsigned shard;
    bool ours;
    struct wish *wish;       /* NULL: none */
    struct telling *telling; /* NULL: none */
};

struct trainer {
    struct loop *loop;
    struct redis *redis;
    struct turns *turns;
    const struct world *world;
    struct alarm *look;
    bool looking, stopped;
    char version[SLICE_DECIMAL_SIZE]; /* of the trainings as they are known; "" none was read */
    struct arena *arena;              /* of the items */
    struct trainer_item *items;
    size_t item_count;
    struct trainer_shard shards[SHARDS];
};

/* Gives a training by its id; NULL where none is known. */
const struct trainer_item *trainer_find(const struct trainer *trainer, struct slice id);

/* A person, as somebody who may be offered a training. */
struct trainer_person {
    bool known;
    uint64_t version;
    bool wants_notices;     /* agreed to them, and said so twice */
    struct state *state;    /* in the arena */
    struct profile profile; /* what she is found by */
};

/* Reads what the store has of her. Returns OK, ERR_NOMEM, or ERR_SYNTAX for what cannot be read. */
MUST_USE enum error trainer_person_read(const struct stored *stored, struct arena *arena, struct trainer_person *out);

/* Gives those that she could sign up for now, in the order of their beginning, and how many there are (`most` at
 * most). */
size_t trainer_offers(const struct trainer *trainer, const struct trainer_person *person, int64_t now_ms,
                      const struct trainer_item **out, size_t most);

/* Begins with the next wish of a shard, and the next thing to be told; nothing where one is under way. */
void trainer_wish(struct trainer_shard *shard);
void trainer_tell(struct trainer_shard *shard);

/* Frees what is under way. */
void trainer_wish_free(struct trainer_shard *shard);
void trainer_tell_free(struct trainer_shard *shard);

/* Tells whether a reply is an error, and logs it. */
bool trainer_failed(const redisReply *reply);

#endif
