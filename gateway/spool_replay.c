#include "gateway/spool_replay.h"

#include "gateway/log.h"

struct replaying {
    struct intake intake;   /* first, so that a intake is its replay */
    struct channel channel; /* as configured, but what is said goes by the outbox */
    struct spool_replays *replays;
    struct replaying *next, **here; /* in the list of those under way */
    spool_replayed *done;
    void *ctx;
};

static bool is_ready(void *ctx)
{
    const struct spool_replays *replays = ctx;
    return !redis_trouble(replays->hooks->redis)[0];
}

static bool have_a_sender_in_common(const struct decoded *a, const struct decoded *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            if (slice_eq(a->events[i].from, b->events[j].from))
                return true;
    return false;
}

static bool must_wait(const struct spool_replays *replays, const struct decoded *decoded)
{
    for (const struct replaying *r = replays->under_way; r; r = r->next)
        if (have_a_sender_in_common(&r->intake.decoded, decoded))
            return true;
    return false;
}

static void leave(struct replaying *replay)
{
    *replay->here = replay->next;
    if (replay->next)
        replay->next->here = replay->here;
}

/* A turn that was committed when its connection broke had an answer that nobody was given. */
static void tell_unsaid(const struct replaying *replay)
{
    const struct channel *configured = world_channel(replay->replays->hooks->world, slice_of(replay->channel.name));
    if (replay->intake.repeated && configured && configured->sync)
        log_event(LOG_WARNING, "a spooled message had been taken already: what was answered then was not delivered",
                  "channel=%s", replay->channel.name);
}

static void on_taken(struct intake *intake, enum error error)
{
    struct replaying *replay = (struct replaying *)intake;
    leave(replay);
    if (!error) {
        intake_count(&replay->channel, intake->repeated ? "repeated" : "accepted");
        tell_unsaid(replay);
    }
    arena_free(intake->arena);
    replay->done(replay->ctx, error); /* the replay lies in the job's arena: gone now */
}

/* Decodes a message on the channel that it came by. Returns ERR_NOT_FOUND when that is configured no more. */
static enum error decode(const struct spool_replays *replays, const struct spool_message *message, struct arena *arena,
                         struct replaying *replay)
{
    const struct channel *channel = world_channel(replays->hooks->world, message->channel);
    if (!channel)
        return ERR_NOT_FOUND;
    replay->channel = *channel;
    if (channel->adapter->call)
        replay->channel.sync = false;
    enum error error = channel->adapter->decode(channel, &message->request, arena, &replay->intake.decoded);
    return !error && replay->intake.decoded.answered ? ERR_UNSUPPORTED : error;
}

static enum error start(void *ctx, const struct spool_message *message, struct arena *arena, spool_replayed *done,
                        void *done_ctx)
{
    struct spool_replays *replays = ctx;
    if (!is_ready(replays))
        return ERR_UNAVAILABLE;
    struct replaying *replay = arena_alloc(arena, sizeof(*replay));
    if (!replay)
        return ERR_NOMEM;
    enum error error = decode(replays, message, arena, replay);
    if (error)
        return error;
    if (must_wait(replays, &replay->intake.decoded))
        return ERR_CONFLICT;
    replay->intake.hooks = replays->hooks;
    replay->intake.channel = &replay->channel;
    replay->intake.done = on_taken;
    replay->replays = replays;
    replay->done = done;
    replay->ctx = done_ctx;
    replay->next = replays->under_way;
    replay->here = &replays->under_way;
    if (replay->next)
        replay->next->here = &replay->next;
    replays->under_way = replay;
    error = intake_start(&replay->intake);
    if (error)
        leave(replay);
    return error;
}

struct spool_user spool_replay_user(struct spool_replays *replays)
{
    return (struct spool_user){is_ready, start, replays};
}
