/* What the two halves of the outbox share: outbox.c (lines of parcels, and who goes next) and outbox_send.c (one
 * parcel's way: leave, call, result), and nobody else. Proved by tests/unit/test_outbox.c. */
#ifndef GATEWAY_OUTBOX_PARTS_H
#define GATEWAY_OUTBOX_PARTS_H

#include "base/arena.h"
#include "base/mem.h"
#include "gateway/outbox.h"
#include "gateway/outbox_entry.h"
#include "gateway/outbox_reader.h"

#define OUTBOX_LINES 4096 /* hash buckets of people on channels */
#define OUTBOX_CODE_MAX 64
#define OUTBOX_PROVIDER_ID_MAX 256
#define OUTBOX_SCRATCH_MAX (2 * SENDER_ANSWER_MAX) /* bytes: a call, or an answer read */

/* A message on its way; its phase tells what it waits for. */
enum phase {
    PHASE_QUEUED,  /* its turn, or the store */
    PHASE_PACING,  /* its place in the channel's pace */
    PHASE_PACED,   /* its line: the other stream's message is under way */
    PHASE_ASKING,  /* the answer to its intent */
    PHASE_CALLING, /* the provider */
    PHASE_TELLING, /* its end must reach the store */
    PHASE_RESTING  /* its alarm, before another try */
};

struct parcel {
    struct parcel *next; /* behind it in its queue */
    struct line *line;
    struct outbox_entry *entry;
    enum phase phase;
    bool gone; /* its shard went: it ends with what is under way */
    struct pace_place place;
    struct alarm *alarm;
    int64_t asked_ms; /* steady clock: when leave was asked for last */
    int64_t tries;
    struct send_end end; /* to tell; its texts lie below */
    char code[OUTBOX_CODE_MAX];
    struct provider_ids *ids; /* from its intent to its end; NULL otherwise */
};

/* Room for what an answer may name: a page, so only what is under way has it. */
struct provider_ids {
    char texts[STORE_PARTS_MAX][OUTBOX_PROVIDER_ID_MAX];
};
_Static_assert(sizeof(struct provider_ids) <= MEM_PAGE, "it is put on a page");

/* A person's messages on one channel. */
struct line {
    struct line *next; /* in the bucket */
    struct outbox *outbox;
    struct parcel *first[STORE_STREAMS], *last[STORE_STREAMS];
    struct parcel *current; /* under way; NULL: none */
    struct pace_person person;
};

/* What a shard is known to hold aside. */
struct shard_state {
    struct outbox *outbox;
    uint64_t token;   /* 0: not ours */
    size_t under_way; /* parcels whose end must be told by us */
    struct tally tally;
};

struct outbox {
    struct outbox_parts parts;
    struct outbox_reader *reader;
    struct pacer *pacer;
    struct line *lines[OUTBOX_LINES];
    size_t held[STORE_STREAMS], under_way;
    struct tally aside;    /* of all our shards; its `waiting` is not kept */
    struct arena *scratch; /* for one call or one answer: whoever needs it empties it first */
    struct shard_state shards[SHARDS];
    int64_t backoff_first_ms;
    char owner[STORE_OWNER_MAX];
    bool draining, closing;
};

/* Goes to a phase, and counts what is under way. */
void parcel_enter(struct parcel *parcel, enum phase phase);

/* Waits, then tries from the beginning. */
void parcel_rest(struct parcel *parcel, int64_t wait_ms);

/* Asks leave for the call, and goes on from there to its end. */
void parcel_send(struct parcel *parcel);

/* Tells an end without a call. */
void parcel_give_up(struct parcel *parcel, enum send_state state, const char *code);

/* Tells the end again, because nobody heard it. */
void parcel_tell(struct parcel *parcel);

/* Takes a parcel off its line, and moves the next one. */
void parcel_finish(struct parcel *parcel);

/* Moves a line: its next parcel, if none is under way. */
void line_advance(struct line *line);

/* Counts again what a shard holds aside. */
void outbox_count(struct outbox *outbox, unsigned shard);

#endif
