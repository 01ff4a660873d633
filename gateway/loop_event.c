/* The loop on libevent, with the machine's clocks and chance. */
#include <event2/event.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/loop.h"

struct event_loop {
    struct loop head;
    struct event_base *base;
};

struct event_alarm {
    struct alarm head;
    struct event *event;
    alarm_rings *rings;
    void *ctx;
};

static int64_t now_ms(struct loop *loop)
{
    (void)loop;
    return clock_ms();
}

static int64_t steady_ms(struct loop *loop)
{
    (void)loop;
    return clock_steady_ms();
}

static void chance(struct loop *loop, void *bytes, size_t count)
{
    (void)loop;
    random_bytes(bytes, count);
}

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
    struct event_alarm *alarm = ctx;
    (void)fd;
    (void)what;
    alarm->rings(alarm->ctx);
}

static struct alarm *new_alarm(struct loop *loop, alarm_rings *rings, void *ctx)
{
    struct event_alarm *alarm = mem_alloc(sizeof(*alarm));
    if (!alarm)
        return NULL;
    *alarm = (struct event_alarm){.head = {loop}, .rings = rings, .ctx = ctx};
    alarm->event = event_new(((struct event_loop *)loop)->base, -1, 0, on_event, alarm);
    if (alarm->event)
        return &alarm->head;
    mem_free(alarm);
    return NULL;
}

static void set_alarm(struct alarm *alarm, int64_t wait_ms)
{
    int64_t ms = wait_ms > 0 ? wait_ms : 0;
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    event_add(((struct event_alarm *)alarm)->event, &wait);
}

static void cancel_alarm(struct alarm *alarm)
{
    event_del(((struct event_alarm *)alarm)->event);
}

static void free_alarm(struct alarm *alarm)
{
    event_free(((struct event_alarm *)alarm)->event);
    mem_free(alarm);
}

struct loop *loop_event_new(struct event_base *base)
{
    static const struct loop_methods methods = {now_ms,    steady_ms,    chance,    new_alarm,
                                                set_alarm, cancel_alarm, free_alarm};
    struct event_loop *loop = mem_alloc(sizeof(*loop));
    if (!loop)
        return NULL;
    *loop = (struct event_loop){{&methods}, base};
    return &loop->head;
}

void loop_event_free(struct loop *loop)
{
    mem_free(loop);
}
