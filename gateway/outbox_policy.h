/* The outbox's policy: what a send that ended, or a channel's rate, means for a message.
 *
 * The closed taxonomy of sends as a table, the back-off between tries, and the pace that a channel's rate allows. Pure:
 * time and chance are arguments. Must not know: Redis, providers, lines of messages. Proved by
 * tests/unit/test_outbox_policy.c. */
#ifndef GATEWAY_OUTBOX_POLICY_H
#define GATEWAY_OUTBOX_POLICY_H

#include "adapters/adapter.h"
#include "config/config.h"

/* Half an hour or so of back-off: a bad quarter of an hour at the provider loses nothing. */
#define OUTBOX_TRIES_MAX 16
#define OUTBOX_BACKOFF_FIRST_MS 1000
#define OUTBOX_BACKOFF_LAST_MS (5 * 60 * 1000)
#define OUTBOX_LATER_MS (60 * 60 * 1000) /* SEND_LATER */

/* A reply that is a day old is not sent: WhatsApp's window, and sense. */
#define OUTBOX_REPLY_DEADLINE_MS (24 * 60 * 60 * 1000)

/* How a send goes on. */
struct outbox_verdict {
    const char *state;   /* for chaski_result: sent, wait, dead or doubt */
    const char *outcome; /* the metric's word */
    int64_t wait_ms;     /* wait: until the next try; 0: back-off by tries */
};

/* Judges a send of a message that was committed at `committed_ms` (wall clock, as now_ms). What would wait beyond
 * OUTBOX_REPLY_DEADLINE_MS is dead. */
struct outbox_verdict outbox_judge(const struct send_result *result, int64_t committed_ms, int64_t now_ms);

/* Tells whether a reply is too old to be sent at all. */
bool outbox_is_too_old(int64_t committed_ms, int64_t now_ms);

/* Gives the wait after `tries` tries: it doubles from `first_ms` to OUTBOX_BACKOFF_LAST_MS. Half of it is fixed and
 * half is chance (0 to 255), so that many that failed together do not come back together. */
int64_t outbox_backoff_ms(int64_t first_ms, int64_t tries, unsigned char chance);

/* When the next message of each channel may go; all zero at first. */
struct outbox_paces {
    struct {
        const char *channel; /* borrowed */
        int64_t free_ms;     /* steady clock */
    } items[CONFIG_CHANNELS_MAX];
    size_t count;
};

/* Books the channel's next place at `rate` messages/s (0: no limit). Returns how long to wait for it, in ms. */
int64_t outbox_pace_book(struct outbox_paces *paces, const char *channel, double rate, int64_t now_ms);

#endif
