#include "gateway/outgoing.h"

#include "base/mem.h"

struct outgoing {
    struct shards *shards;
    struct outbox *outbox;
    struct timers *timers;
    bool leaving;
    shards_changed *also; /* NULL: nobody */
    void *also_ctx;
};

static void on_shard(void *ctx, unsigned shard, uint64_t token)
{
    struct outgoing *outgoing = ctx;
    outbox_shard(outgoing->outbox, shard, token);
    timers_shard(outgoing->timers, shard, token);
    if (outgoing->also)
        outgoing->also(outgoing->also_ctx, shard, token);
}

static bool is_idle(void *ctx, unsigned shard)
{
    const struct outgoing *outgoing = ctx;
    return outbox_idle(outgoing->outbox, shard) && timers_idle(outgoing->timers, shard);
}

struct outgoing *outgoing_open(const struct outbox_parts *parts, struct turns *turns, struct slice word,
                               struct slice before)
{
    struct outgoing *outgoing = mem_alloc(sizeof(*outgoing));
    if (!outgoing)
        return NULL;
    outgoing->outbox = outbox_open(parts, word);
    outgoing->timers = timers_open(parts->loop, parts->store, turns, parts->channel, parts->ctx);
    outgoing->shards = shards_open(parts->loop, parts->store, word, on_shard, is_idle, outgoing);
    if (outgoing->shards)
        shards_inherit(outgoing->shards, before);
    if (outgoing->outbox && outgoing->timers && outgoing->shards)
        return outgoing;
    outgoing_close(outgoing);
    return NULL;
}

void outgoing_tell(struct outgoing *outgoing, shards_changed *also, void *ctx)
{
    outgoing->also = also;
    outgoing->also_ctx = ctx;
}

void outgoing_store_up(struct outgoing *outgoing)
{
    shards_hurry(outgoing->shards);
    outbox_store_up(outgoing->outbox);
}

void outgoing_nudge(struct outgoing *outgoing, unsigned shard)
{
    outbox_nudge(outgoing->outbox, shard);
}

void outgoing_drain(struct outgoing *outgoing)
{
    timers_stop(outgoing->timers);
    outbox_drain(outgoing->outbox);
}

size_t outgoing_in_flight(const struct outgoing *outgoing)
{
    return outbox_in_flight(outgoing->outbox) + timers_in_flight(outgoing->timers);
}

bool outgoing_leave(struct outgoing *outgoing)
{
    if (!outgoing->leaving)
        shards_leave(outgoing->shards);
    outgoing->leaving = true;
    return shards_left(outgoing->shards);
}

size_t outgoing_held(const struct outgoing *outgoing)
{
    return outbox_held(outgoing->outbox);
}

void outgoing_abandon(struct outgoing *outgoing)
{
    outbox_abandon(outgoing->outbox);
    timers_stop(outgoing->timers);
    shards_abandon(outgoing->shards);
}

void outgoing_close(struct outgoing *outgoing)
{
    if (!outgoing)
        return;
    shards_close(outgoing->shards);
    timers_close(outgoing->timers);
    outbox_close(outgoing->outbox);
    mem_free(outgoing);
}
