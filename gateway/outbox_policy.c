#include "gateway/outbox_policy.h"

#include <math.h>
#include <string.h>

static const struct outbox_verdict verdicts[] = {
    [SEND_OK] = {"sent", "ok", 0},
    [SEND_TRANSIENT] = {"wait", "transient", 0},
    [SEND_THROTTLED] = {"wait", "throttled", 0},
    [SEND_LATER] = {"wait", "later", OUTBOX_LATER_MS},
    [SEND_MESSAGE] = {"dead", "message", 0},
    [SEND_RECIPIENT] = {"dead", "recipient", 0},
    [SEND_CHANNEL] = {"wait", "channel", OUTBOX_LATER_MS}, /* somebody mends a token; the deadline bounds the wait */
    [SEND_MALFORMED] = {"doubt", "malformed", 0},
    [SEND_UNKNOWN] = {"doubt", "unknown", 0},
};

bool outbox_is_too_old(int64_t committed_ms, int64_t now_ms)
{
    return now_ms > committed_ms + OUTBOX_REPLY_DEADLINE_MS;
}

struct outbox_verdict outbox_judge(const struct send_result *result, int64_t committed_ms, int64_t now_ms)
{
    struct outbox_verdict verdict = verdicts[result->class];
    if (result->retry_after_ms)
        verdict.wait_ms = result->retry_after_ms;
    if (strcmp(verdict.state, "wait") == 0 && outbox_is_too_old(committed_ms, now_ms + verdict.wait_ms))
        verdict.state = "dead";
    return verdict;
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

int64_t outbox_pace_book(struct outbox_paces *paces, const char *channel, double rate, int64_t now_ms)
{
    size_t i = 0;
    if (rate <= 0)
        return 0;
    while (i < paces->count && strcmp(paces->items[i].channel, channel) != 0)
        i++;
    if (i == CONFIG_CHANNELS_MAX)
        return 0; /* there are no more channels than that */
    if (i == paces->count) {
        paces->items[paces->count].channel = channel;
        paces->items[paces->count++].free_ms = now_ms;
    }
    int64_t at_ms = paces->items[i].free_ms > now_ms ? paces->items[i].free_ms : now_ms;
    paces->items[i].free_ms = at_ms + (int64_t)ceil(1000 / rate); /* rounded up: never faster */
    return at_ms - now_ms;
}
