#include "gateway/failpoint.h"
#include "gateway/timers.h"

#include <stdio.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/metrics.h"

/* A shard of ours. */
struct shard_timers {
    struct timers *timers;
    unsigned shard;
    bool ours, reading;
    size_t firing;
};

struct timers {
    struct loop *loop;
    struct store *store;
    struct turns *turns;
    timers_channel *channel;
    void *ctx;
    struct shard_timers shards[SHARDS];
    struct firing *firing; /* list */
    size_t in_flight;
    struct alarm *look;
    bool stopped;
};

/* A timer whose turn is under way. The channel is a copy that answers nobody: what is said goes by the outbox. */
struct firing {
    struct firing *before, *after;
    struct shard_timers *shard;
    struct due_timer timer; /* its texts lie in the arena */
    struct channel channel;
    struct event event;
    struct arena *arena;
};

static void finish(struct firing *firing)
{
    struct timers *timers = firing->shard->timers;
    *(firing->before ? &firing->before->after : &timers->firing) = firing->after;
    if (firing->after)
        firing->after->before = firing->before;
    firing->shard->firing--;
    timers->in_flight--;
    arena_free(firing->arena); /* the firing lies there */
}

static void on_postponed(void *ctx, enum error error)
{
    (void)error; /* it is still due, and comes again */
    finish(ctx);
}

static void put_off(struct firing *firing, int64_t due_ms)
{
    if (store_postpone(firing->shard->timers->store, &firing->timer, due_ms, on_postponed, firing))
        finish(firing);
}

/* A turn that found no store is tried with the next look; one that failed for its own reason, later. */
static void on_turn(void *ctx, const struct turn_result *result)
{
    struct firing *firing = ctx;
    FAILPOINT("timer.fired");
    metric_add(METRIC_TIMERS, result->error ? "failed" : "fired", NULL, 1);
    if (!result->error && !result->repeated) {
        finish(firing);
    } else if (result->repeated) {
        put_off(firing, 0); /* it was fired, and set again for the same instant */
    } else if (result->error == ERR_UNAVAILABLE || result->error == ERR_NOMEM) {
        finish(firing);
    } else {
        log_event(LOG_ERROR, "a timer's turn failed and is put off", "timer=%s channel=%s why=\"%s\"",
                  firing->timer.name.ptr, firing->channel.name, error_text(result->error));
        put_off(firing, loop_now_ms(firing->shard->timers->loop) + TIMERS_PUT_OFF_MS);
    }
}

static struct firing *new_firing(struct shard_timers *shard, const struct due_timer *timer)
{
    struct arena *arena = arena_new(TIMERS_ARENA_MAX);
    struct firing *firing = arena ? arena_alloc(arena, sizeof(*firing)) : NULL;
    if (!firing) {
        arena_free(arena);
        return NULL;
    }
    firing->arena = arena;
    firing->shard = shard;
    firing->timer = *timer;
    firing->timer.name = arena_copy(arena, timer->name);
    firing->timer.channel = arena_copy(arena, timer->channel);
    firing->timer.contact = arena_copy(arena, timer->contact);
    firing->event = (struct event){
        .kind = EVENT_TIMER, .from = firing->timer.contact, .payload = firing->timer.name, .at_ms = timer->due_ms};
    firing->event.id = slice_of(
        arena_printf(arena, "timer:%.*s:%lld", (int)timer->name.len, timer->name.ptr, (long long)timer->due_ms));
    if (firing->timer.name.ptr && firing->timer.channel.ptr && firing->timer.contact.ptr && firing->event.id.ptr)
        return firing;
    arena_free(arena);
    return NULL;
}

static void fire(struct shard_timers *shard, const struct due_timer *timer)
{
    struct timers *timers = shard->timers;
    const struct channel *channel = timers->channel(timers->ctx, timer->channel);
    struct firing *firing = new_firing(shard, timer);
    if (!firing)
        return; /* still due */
    firing->after = timers->firing;
    if (firing->after)
        firing->after->before = firing;
    timers->firing = firing;
    shard->firing++;
    timers->in_flight++;
    if (!channel) {
        log_event(LOG_WARNING, "a timer's channel is not configured any more: it is put off", "timer=%s channel=%s",
                  firing->timer.name.ptr, firing->timer.channel.ptr);
        put_off(firing, loop_now_ms(timers->loop) + TIMERS_PUT_OFF_MS);
        return;
    }
    FAILPOINT("timer.due");
    firing->channel = *channel;
    firing->channel.sync = false;
    enum error error = turn_start(timers->turns, &firing->channel, &firing->event, loop_now_ms(timers->loop),
                                  firing->arena, on_turn, firing);
    if (error) {
        const struct turn_result failed = {.error = error};
        on_turn(firing, &failed);
    }
}

static void on_due(void *ctx, enum error error, const struct due_timer *due, size_t count)
{
    struct shard_timers *shard = ctx;
    struct timers *timers = shard->timers;
    shard->reading = false;
    for (size_t i = 0; !error && i < count && shard->ours && !timers->stopped; i++)
        fire(shard, &due[i]);
    if (!error && count == STORE_DUE_MAX && !timers->stopped)
        alarm_set(timers->look, 0);
}

static void look(struct shard_timers *shard)
{
    struct timers *timers = shard->timers;
    if (!shard->ours || shard->reading || shard->firing)
        return;
    shard->reading = true;
    if (store_due(timers->store, shard->shard, loop_now_ms(timers->loop), on_due, shard))
        shard->reading = false;
}

static void on_look(void *ctx)
{
    struct timers *timers = ctx;
    if (timers->stopped)
        return;
    alarm_set(timers->look, TIMERS_LOOK_MS);
    for (unsigned i = 0; i < SHARDS; i++)
        look(&timers->shards[i]);
}

struct timers *timers_open(struct loop *loop, struct store *store, struct turns *turns, timers_channel *channel,
                           void *ctx)
{
    struct timers *timers = mem_alloc(sizeof(*timers));
    if (!timers)
        return NULL;
    *timers = (struct timers){.loop = loop, .store = store, .turns = turns, .channel = channel, .ctx = ctx};
    for (unsigned i = 0; i < SHARDS; i++)
        timers->shards[i] = (struct shard_timers){.timers = timers, .shard = i};
    timers->look = alarm_new(loop, on_look, timers);
    if (!timers->look) {
        mem_free(timers);
        return NULL;
    }
    alarm_set(timers->look, TIMERS_LOOK_MS);
    return timers;
}

void timers_shard(struct timers *timers, unsigned shard, uint64_t token)
{
    timers->shards[shard].ours = token != 0;
}

size_t timers_in_flight(const struct timers *timers)
{
    return timers->in_flight;
}

bool timers_idle(const struct timers *timers, unsigned shard)
{
    return !timers->shards[shard].firing;
}

void timers_stop(struct timers *timers)
{
    timers->stopped = true;
    alarm_cancel(timers->look);
}

void timers_close(struct timers *timers)
{
    if (!timers)
        return;
    while (timers->firing)
        finish(timers->firing);
    alarm_free(timers->look);
    mem_free(timers);
}
