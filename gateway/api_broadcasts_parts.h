/* What the handlers of broadcasts share: api_broadcasts.c (the record: shown, listed, written),
 * api_broadcast_edit.c (drafts), api_broadcast_acts.c (what happens to it) and api_recipients.c (its ledger), and
 * nobody else. Proved by tests/blackbox/broadcast.test.mjs. */
#ifndef GATEWAY_API_BROADCASTS_PARTS_H
#define GATEWAY_API_BROADCASTS_PARTS_H

#include "gateway/api_broadcasts.h"
#include "gateway/broadcast_audience.h"

#define CAST_RECORDS SLICE("ck:{staff}:casts")
#define CAST_LIVE SLICE("ck:{staff}:casts:live")

/* What is added up of a ledger, in the order of chaski_cast_sums. */
enum cast_sum {
    SUM_PEOPLE,
    SUM_QUEUED,
    SUM_SENT,
    SUM_DELIVERED,
    SUM_READ,
    SUM_FAILED,
    SUM_DROPPED,
    SUM_DOUBT,
    SUM_EXCLUDED,
    SUM_COST
};
#define CAST_SUMS 10
extern const char *const cast_sums[];

/* A call about one broadcast: what call->own is. All lies in the call's arena. */
struct casting {
    char id[BROADCAST_ID];
    struct slice record;     /* as it was read; empty: it is new */
    struct broadcast b;      /* as it was read, then as it is to be */
    int64_t sums[CAST_SUMS]; /* once cast_count() has called back */
    void (*then)(struct api_call *call);
    struct audience_rules rules; /* while its people are counted */
    void *more;                  /* the handler's */
};

/* Reads the broadcast that the path names into call->own, and goes on; where there is none the call is answered. */
void cast_find(struct api_call *call, void (*then)(struct api_call *call));

/* Adds up its ledger into casting->sums, and goes on. */
void cast_count(struct api_call *call, void (*then)(struct api_call *call));

/* Counts who gets it into casting->sums[SUM_PEOPLE]: of a list its ledger's, else whom its query means and may be
 * written to. Goes on, or answers where the query is none any more. */
void cast_count_people(struct api_call *call, void (*then)(struct api_call *call));

/* Writes the record as it is to be, with `what` in the audit log, and answers with it. */
void cast_write(struct api_call *call, const char *what);

/* Answers with it, its ledger added up. */
void cast_answer(struct api_call *call);

#endif
