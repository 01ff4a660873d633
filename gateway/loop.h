/* The loop: time, chance and alarms, as an interface.
 *
 * What acts over time (the outbox, leases, timers) asks the loop for the clock, for chance and for a call at a later
 * moment, so that the same code runs on libevent (loop_event.c) and, in a simulation, under a virtual clock where one
 * seed gives one run. Must not know: sockets. Failure policy: alarm_new() may have no memory; nothing else fails.
 * Proved by tests/unit/test_outbox.c. */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <stddef.h>
#include <stdint.h>

struct loop;
struct alarm;

/* Called when an alarm rings. */
typedef void alarm_rings(void *ctx);

struct loop_methods {
    int64_t (*now_ms)(struct loop *loop);
    int64_t (*steady_ms)(struct loop *loop);
    void (*chance)(struct loop *loop, void *bytes, size_t count);
    struct alarm *(*alarm_new)(struct loop *loop, alarm_rings *rings, void *ctx);
    void (*alarm_set)(struct alarm *alarm, int64_t wait_ms);
    void (*alarm_cancel)(struct alarm *alarm);
    void (*alarm_free)(struct alarm *alarm);
};

/* The head of every implementation, and of its alarms. */
struct loop {
    const struct loop_methods *methods;
};
struct alarm {
    struct loop *loop;
};

/* Gives the wall clock, ms since 1970, which may step; and a clock that never steps, for durations. */
static inline int64_t loop_now_ms(struct loop *loop)
{
    return loop->methods->now_ms(loop);
}
static inline int64_t loop_steady_ms(struct loop *loop)
{
    return loop->methods->steady_ms(loop);
}

/* Fills `bytes` with chance. */
static inline void loop_chance(struct loop *loop, void *bytes, size_t count)
{
    loop->methods->chance(loop, bytes, count);
}

/* Makes an alarm that is not set. NULL without memory; the caller frees it with alarm_free(). */
static inline struct alarm *alarm_new(struct loop *loop, alarm_rings *rings, void *ctx)
{
    return loop->methods->alarm_new(loop, rings, ctx);
}

/* Lets it ring once, `wait_ms` from now (below 0 counts as 0); one that is set already is set anew. It never rings from
 * within this call. */
static inline void alarm_set(struct alarm *alarm, int64_t wait_ms)
{
    alarm->loop->methods->alarm_set(alarm, wait_ms);
}

/* Keeps it from ringing. */
static inline void alarm_cancel(struct alarm *alarm)
{
    alarm->loop->methods->alarm_cancel(alarm);
}

/* Frees it; NULL is allowed. */
static inline void alarm_free(struct alarm *alarm)
{
    if (alarm)
        alarm->loop->methods->alarm_free(alarm);
}

/* Makes a loop over libevent's; NULL without memory. Free with loop_event_free(), after its alarms. */
struct event_base;
struct loop *loop_event_new(struct event_base *base);
void loop_event_free(struct loop *loop);

#endif
