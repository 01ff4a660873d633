/* The pace of channels: when a message's limits let it go.
 *
 * One queue a channel, replies before bulk. What a limit counts of a channel lies in the store, shared by all
 * processes, and is changed by compare-and-set; what it counts of a person lies with the person and is set together
 * with the INTENT. The rules themselves are one pure function (limits.h). A message takes its place only when it may go
 * now, so that a reply never waits behind bulk that came before it; and only PACE_UNDER_WAY_MAX of a channel are
 * under way from this process at once, so that a reply waits behind no more than those. Must not know: lines,
 * providers. Failure policy: without the store nothing goes. Proved by tests/unit/test_limits.c (the rules),
 * tests/unit/test_outbox.c and tests/blackbox/outbox.test.mjs. */
#ifndef GATEWAY_PACE_H
#define GATEWAY_PACE_H

#include "adapters/adapter.h"
#include "gateway/limits.h"
#include "gateway/loop.h"
#include "gateway/message_class.h"
#include "gateway/store.h"

#define PACE_UNDER_WAY_MAX 256 /* of one channel in one process: from PACE_GO to pacer_release() */

struct pace;
struct pacer;

/* What is known of a person on a channel. */
struct pace_person {
    bool known; /* false: the store must be asked first */
    char text[LIMIT_PERSON_TEXT];
    int64_t inbound_ms;
};

/* A message's place: its own memory, kept by its parcel. */
struct pace_place {
    struct pace_place *next;         /* the pacer's */
    const struct channel *channel;   /* NULL: not configured any more */
    const struct limit_rules *rules; /* NULL: nothing is limited */
    const struct pace_person *person;
    enum message_class class;
    const struct message *message;
    int64_t committed_ms, until_ms; /* until_ms: as of limit_message */
    void *ctx;         /* the parcel */
    bool queued;       /* the pacer's */
    struct pace *slot; /* the pacer's: it counts as under way there; NULL: it does not */
    int64_t refund_ms; /* the pacer's */
    bool template;     /* PACE_GO: free words may not go any more, the message's template may */
    bool limited;      /* the person's limits count: compare and set with the intent */
    char person_then[LIMIT_PERSON_TEXT];
};

enum pace_word {
    PACE_GO,   /* now: its place in the channel's count is taken, and it is under way */
    PACE_WAIT, /* not before at_ms: come again then */
    PACE_NEVER
};

struct pace_answer {
    enum pace_word word;
    int64_t at_ms;
    const char *reason; /* what holds it */
};

/* Tells what was found; the place has left the pacer. It may come from within pacer_join(). */
typedef void pace_told(void *ctx, const struct pace_answer *answer);

/* Makes a pacer. NULL without memory. */
struct pacer *pacer_new(struct loop *loop, struct store *store, pace_told *told);
void pacer_free(struct pacer *pacer);

/* Puts a place at the end of its channel's queue for its class; takes it out again. */
void pacer_join(struct pacer *pacer, struct pace_place *place);
void pacer_leave(struct pacer *pacer, struct pace_place *place);

/* Notes that a place is no more under way, if it was: the next one may go, from the loop. */
void pacer_release(struct pace_place *place);

/* The store came up: looks at all queues. */
void pacer_store_up(struct pacer *pacer);

/* What the intent's compare-and-set says of the person: what is expected ("?" while nobody knows) and what it becomes.
 */
struct slice pace_person_before(const struct pace_person *person);
struct slice pace_person_then(const struct pace_place *place);

/* Keeps what the store holds of a person. */
void pace_person_set(struct pace_person *person, const struct store_person *held);

/* Notes that a place's intent was written, and with it what the person's limits became. */
void pacer_gone(struct pacer *pacer, const struct pace_place *place, struct pace_person *person);

#endif
