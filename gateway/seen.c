#include "gateway/seen.h"

#include "gateway/metrics.h"

static void on_done(void *ctx, const struct sender_answer *answer)
{
    struct seen *seen = ctx;
    bool good = answer->fate == SENDER_ANSWERED && answer->status >= 200 && answer->status < 300;
    seen->under_way--;
    metric_add(METRIC_SEEN, good ? "sent" : "failed", NULL, 1);
}

static enum error call(struct seen *seen, const struct channel *channel, const struct event *event, struct arena *arena)
{
    struct http_call http = {0};
    if (!arena)
        return ERR_NOMEM;
    enum error error = channel->adapter->seen(channel, event, arena, &http);
    return error ? error : sender_call(seen->sender, &http, on_done, seen);
}

void seen_mark(struct seen *seen, const struct channel *channel, const struct event *event)
{
    bool wanted = channel->adapter->seen && event->kind != EVENT_TIMER &&
                  slice_is(slice_of(channel_setting(channel, "read_receipts")), "true");
    if (!wanted)
        return;
    if (seen->under_way == SEEN_MAX) {
        metric_add(METRIC_SEEN, "skipped", NULL, 1);
        return;
    }
    struct arena *arena = arena_new(SEEN_BYTES);
    if (call(seen, channel, event, arena) == OK)
        seen->under_way++;
    else
        metric_add(METRIC_SEEN, "skipped", NULL, 1);
    arena_free(arena);
}
