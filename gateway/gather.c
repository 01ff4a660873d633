#include "gateway/gather.h"

#include <stdbool.h>

#include "base/mem.h"

struct gather {
    struct event *go_now; /* its time is the wait's end; made active, it goes in this turn of the loop */
    gather_go *go;
    void *ctx;
    unsigned waiting, unanswered; /* the latter include the former */
};

static void on_go(evutil_socket_t fd, short what, void *ctx)
{
    struct gather *gather = ctx;
    (void)fd;
    (void)what;
    gather->waiting = 0;
    gather->go(gather->ctx);
}

struct gather *gather_new(struct event_base *base, gather_go *go, void *ctx)
{
    struct gather *gather = mem_alloc(sizeof(*gather));
    if (!gather)
        return NULL;
    *gather = (struct gather){.go_now = event_new(base, -1, 0, on_go, gather), .go = go, .ctx = ctx};
    if (gather->go_now)
        return gather;
    mem_free(gather);
    return NULL;
}

/* Who failed while it waited is taken for one that was on its way: then the others only go the sooner. */
static bool is_time(const struct gather *gather)
{
    return gather->unanswered <= gather->waiting || gather->waiting >= GATHER_FULL;
}

/* One that waits for its time loses it when it is made active. */
static void go(struct gather *gather)
{
    event_active(gather->go_now, EV_TIMEOUT, 0);
}

void gather_add(struct gather *gather)
{
    static const struct timeval wait = {0, GATHER_WAIT_MS * 1000};
    gather->waiting++;
    gather->unanswered++;
    if (is_time(gather) || (gather->waiting == 1 && event_add(gather->go_now, &wait)))
        go(gather);
}

void gather_answered(struct gather *gather)
{
    if (gather->unanswered)
        gather->unanswered--;
    if (gather->waiting && is_time(gather))
        go(gather);
}

void gather_free(struct gather *gather)
{
    if (!gather)
        return;
    event_free(gather->go_now);
    mem_free(gather);
}
