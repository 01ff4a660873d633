/* The outbox's policy: what a send that ended means for a message.
 *
 * The closed taxonomy of sends as a table, and the back-off between tries. Pure: time and chance are arguments. Must
 * not know: the store, providers, lines of messages. Proved by tests/unit/test_outbox_policy.c. */
#ifndef GATEWAY_OUTBOX_POLICY_H
#define GATEWAY_OUTBOX_POLICY_H

#include "adapters/adapter.h"
#include "gateway/message_class.h"
#include "gateway/store.h"

/* Half an hour or so of back-off: a bad quarter of an hour at the provider loses nothing. */
#define OUTBOX_TRIES_MAX 16
#define OUTBOX_BACKOFF_FIRST_MS 1000
#define OUTBOX_BACKOFF_LAST_MS (5 * 60 * 1000)
#define OUTBOX_LATER_MS (60 * 60 * 1000) /* SEND_LATER */

/* What a channel does with a message whose fate nobody knows. */
enum doubt_policy { DOUBT_HOLD, DOUBT_RESEND };

/* What the judge knows of a message. */
struct outbox_case {
    enum message_class class;
    enum doubt_policy doubt;
    int64_t committed_ms, now_ms; /* wall clock */
    int64_t tries;                /* this one among them */
    int64_t backoff_first_ms;
    unsigned char chance; /* 0 to 255 */
};

/* How a send goes on. */
struct outbox_verdict {
    enum send_state state;
    const char *outcome; /* the metric's word */
    int64_t due_ms;      /* WAIT: the instant of the next try */
};

/* Judges a send. What would wait beyond its class's deadline, or failed OUTBOX_TRIES_MAX times for a passing reason, is
 * dead. */
struct outbox_verdict outbox_judge(const struct send_result *result, const struct outbox_case *of);

/* Gives the metrics' word for a class. Never NULL. */
const char *outbox_word(enum send_class class);

/* Tells whether a message is too old to be sent at all. */
bool outbox_is_too_old(enum message_class class, int64_t committed_ms, int64_t now_ms);

/* Gives the wait after `tries` tries: it doubles from `first_ms` to OUTBOX_BACKOFF_LAST_MS. Half of it is fixed and
 * half is chance (0 to 255), so that many that failed together do not come back together. */
int64_t outbox_backoff_ms(int64_t first_ms, int64_t tries, unsigned char chance);

#endif
