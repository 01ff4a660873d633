/* Trainings of the API, shared by api_trainings.c (the record), api_training_edit.c (made, changed, cancelled) and
 * api_training_people.c (who signed up, who came), and nobody else. Failure policy: as api.h. Proved by
 * tests/blackbox/trainings.test.mjs. */
#ifndef GATEWAY_API_TRAININGS_H
#define GATEWAY_API_TRAININGS_H

#include "gateway/api_parts.h"
#include "gateway/broadcast.h"
#include "gateway/keys.h"
#include "gateway/training.h"

#define STAFF_TRAININGS SLICE("ck:{staff}:trainings")

/* What is counted of a training: the roster's sums, then its invitations'. */
enum training_sum {
    TRAINING_SUM_SEAT,
    TRAINING_SUM_WAITING,
    TRAINING_SUM_LEFT,
    TRAINING_SUM_CAME,
    TRAINING_SUM_ANSWERED,
    TRAINING_SUM_SIGNED,
    TRAINING_SUMS
};

#define TRAINING_CASTS_MAX 32 /* invitations that are added up */
#define TRAINING_REACHED 4

/* A call about one training: what call->own is. All lies in the call's arena. */
struct training_call {
    char id[TRAINING_ID];
    struct slice record; /* as it was read; empty: it is new */
    struct training t;   /* as it was read, then as it is to be */
    int64_t sums[TRAINING_SUMS];
    int64_t reached[TRAINING_REACHED]; /* by its invitations: people, and to how many it went, came, was read by */
    char casts[TRAINING_CASTS_MAX][BROADCAST_ID];
    size_t cast_count, cast_at; /* its invitations, and how many were added up */
    char (*keys)[KEY_MAX];      /* SHARDS */
    char key[64];
    void (*then)(struct api_call *call);
    void *more; /* the handler's */
};

/* Reads the training that the path names into call->own, and goes on; where there is none the call is answered. */
void training_find(struct api_call *call, void (*then)(struct api_call *call));

/* Writes the record as it is to be, with `what` in the audit log, and answers with it. */
void training_save(struct api_call *call, const char *what);

/* Answers with it and its sums. */
void training_answer(struct api_call *call);

/* Writes the key of a part of a training, as "ck:{staff}:training:12:people". */
struct slice training_key(struct training_call *own, const char *part);

#endif
