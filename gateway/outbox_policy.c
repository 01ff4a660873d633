#include "gateway/outbox_policy.h"

static const struct {
    enum send_state state;
    const char *outcome;
    int64_t wait_ms; /* WAIT: 0 is back-off by tries, which are counted */
} rows[] = {
    [SEND_OK] = {SEND_STATE_SENT, "ok", 0},
    [SEND_TRANSIENT] = {SEND_STATE_WAIT, "transient", 0},
    [SEND_THROTTLED] = {SEND_STATE_WAIT, "throttled", 0},
    [SEND_LATER] = {SEND_STATE_WAIT, "later", OUTBOX_LATER_MS},
    [SEND_MESSAGE] = {SEND_STATE_DEAD, "message", 0},
    [SEND_RECIPIENT] = {SEND_STATE_DEAD, "recipient", 0},
    [SEND_CHANNEL] = {SEND_STATE_WAIT, "channel", OUTBOX_LATER_MS}, /* somebody mends a token */
    [SEND_MALFORMED] = {SEND_STATE_DOUBT, "malformed", 0},
    [SEND_UNKNOWN] = {SEND_STATE_DOUBT, "unknown", 0},
};

const char *outbox_word(enum send_class class)
{
    return rows[class].outcome;
}

bool outbox_is_too_old(enum message_class class, int64_t committed_ms, int64_t now_ms)
{
    return now_ms > committed_ms + message_class(class)->deadline_ms;
}

int64_t outbox_backoff_ms(int64_t first_ms, int64_t tries, unsigned char chance)
{
    int64_t ms = first_ms;
    for (int64_t i = 1; i < tries && ms < OUTBOX_BACKOFF_LAST_MS; i++)
        ms *= 2;
    if (ms > OUTBOX_BACKOFF_LAST_MS)
        ms = OUTBOX_BACKOFF_LAST_MS;
    return ms / 2 + ms / 2 * chance / 255;
}

struct outbox_verdict outbox_judge(const struct send_result *result, const struct outbox_case *of)
{
    int64_t asked_ms = send_retry_after_ms(result, of->tries > 0 ? (unsigned)of->tries - 1 : 0);
    int64_t wait_ms = asked_ms ? asked_ms : rows[result->class].wait_ms;
    struct outbox_verdict verdict = {rows[result->class].state, rows[result->class].outcome, 0};
    if (verdict.state == SEND_STATE_DOUBT && of->doubt == DOUBT_RESEND)
        verdict.state = SEND_STATE_WAIT;
    if (verdict.state != SEND_STATE_WAIT)
        return verdict;
    if (!wait_ms && of->tries >= OUTBOX_TRIES_MAX)
        verdict.state = SEND_STATE_DEAD;
    if (!wait_ms)
        wait_ms = outbox_backoff_ms(of->backoff_first_ms, of->tries, of->chance);
    verdict.due_ms = of->now_ms + wait_ms;
    if (outbox_is_too_old(of->class, of->committed_ms, verdict.due_ms))
        verdict.state = SEND_STATE_DEAD;
    return verdict;
}
