/* Reproductions: recorded turns as conversations that a person can read and `chaski flow test` can play.
 *
 * The format is gateway/script.h's. They say what was recorded, so that they fail where a conversation goes otherwise
 * now; where turns before one are not known, another conversation begins. Peruvian mobile numbers become a made-up one
 * everywhere, in words as in facts. Who the person is never comes here: entries do not say it. Waits below a second
 * are left out. Must not know: files. Failure policy: what does not fit sticks in the buffer's error. Proved by
 * tests/unit/test_journal_replay.c and tests/blackbox/replay.test.mjs. */
#ifndef GATEWAY_REPRO_H
#define GATEWAY_REPRO_H

#include "gateway/journal.h"

#define REPRO_MAX (16 * 1024 * 1024) /* bytes of a scenario */
#define REPRO_OPTIONS_MAX 32         /* remembered of one turn, to be pressed */

struct repro_option {
    char id[160], title[160];
};

struct repro {
    struct buf out;
    bool begun;
    uint64_t version;                               /* of the contact behind the last turn written */
    int64_t at_ms;                                  /* where the conversation's clock stands */
    enum channel_kind kind;                         /* of the last turn */
    bool interactive;                               /* of the last turn */
    bool follows;                                   /* whether its channel has follow_by */
    struct sms_policy sms;                          /* of the last turn */
    struct repro_option options[REPRO_OPTIONS_MAX]; /* of the last turn's messages */
    size_t option_count;
};

/* Prepares an empty scenario. */
void repro_init(struct repro *repro);

/* Frees the scenario. */
void repro_release(struct repro *repro);

/* Adds a turn to repro->out, unless the state before it is not known. */
void repro_turn(struct repro *repro, const struct journal_entry *entry);

/* Appends text in which each Peruvian mobile number is a made-up one. */
void repro_mask(struct buf *out, struct slice text);

#endif
