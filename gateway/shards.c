#include "gateway/shards.h"

#include "base/mem.h"
#include "gateway/metrics.h"

/* One shard, and what is being asked about it. */
struct held {
    struct shards *shards;
    unsigned shard;
    uint64_t token; /* 0: not ours */
    bool asking;    /* a lease call is under way */
    bool returning; /* and it gives the lease back */
};

struct shards {
    struct loop *loop;
    struct store *store;
    char owner[STORE_OWNER_MAX], before[STORE_OWNER_MAX]; /* before: "" when there is nobody to inherit from */
    shards_changed *changed;
    shards_idle *idle;
    void *ctx;
    struct held held[SHARDS];
    size_t owned;   /* shards with a token */
    size_t share;   /* how many are to be ours */
    size_t asking;  /* lease calls under way */
    bool attending; /* an attendance call is under way */
    bool leaving, said_goodbye, abandoned;
    struct alarm *tick;
};

static void set_token(struct held *held, uint64_t token)
{
    struct shards *shards = held->shards;
    if (held->token == token)
        return;
    shards->owned += (token != 0) - (held->token != 0);
    held->token = token;
    metric_set(METRIC_SHARDS, NULL, NULL, (double)shards->owned);
    shards->changed(shards->ctx, held->shard, token);
}

static void ask(struct held *held, bool returning);

static void on_leased(void *ctx, enum error error, uint64_t token)
{
    struct held *held = ctx;
    struct shards *shards = held->shards;
    held->asking = false;
    shards->asking--;
    if (error || shards->abandoned)
        return;
    if (held->returning)
        set_token(held, 0);
    else if (token && !held->token && (shards->leaving || shards->owned >= shards->share))
        ask(held, true); /* enough came meanwhile */
    else
        set_token(held, token);
}

static void ask(struct held *held, bool returning)
{
    struct shards *shards = held->shards;
    if (held->asking)
        return;
    held->asking = true;
    held->returning = returning;
    shards->asking++;
    if (store_lease(shards->store, held->shard, slice_of(shards->owner), returning ? 0 : SHARDS_LEASE_MS, on_leased,
                    held)) {
        held->asking = false;
        shards->asking--;
    }
}

/* Gives back what is more than the share, if nothing of it is under way. */
static void give_back(struct shards *shards)
{
    size_t surplus = shards->owned > shards->share ? shards->owned - shards->share : 0;
    for (unsigned i = 0; i < SHARDS && surplus > 0; i++) {
        struct held *held = &shards->held[i];
        if (held->token && !held->asking && shards->idle(shards->ctx, i)) {
            ask(held, true);
            surplus--;
        }
    }
}

/* Asks for all that others may have let go of; what comes above the share goes back at once. It begins anywhere, so
 * that processes do not all get the same. */
static void take_more(struct shards *shards)
{
    unsigned char start;
    loop_chance(shards->loop, &start, 1);
    for (unsigned i = 0; i < SHARDS && shards->owned < shards->share; i++) {
        struct held *held = &shards->held[(start + i) % SHARDS];
        if (!held->token && !held->asking)
            ask(held, false);
    }
}

static void on_attended(void *ctx, enum error error, size_t count)
{
    struct shards *shards = ctx;
    shards->attending = false;
    if (error || shards->abandoned || shards->leaving)
        return;
    shards->share = (SHARDS + (count ? count : 1) - 1) / (count ? count : 1);
    give_back(shards);
    for (unsigned i = 0; i < SHARDS; i++)
        if (shards->held[i].token)
            ask(&shards->held[i], false);
    take_more(shards);
}

static void on_goodbye(void *ctx, enum error error, size_t count)
{
    struct shards *shards = ctx;
    (void)error;
    (void)count;
    shards->attending = false;
}

/* Gives back each shard as soon as nothing of it is under way, and says goodbye at the end. */
static void leave_more(struct shards *shards)
{
    for (unsigned i = 0; i < SHARDS; i++)
        if (shards->held[i].token && !shards->held[i].asking && shards->idle(shards->ctx, i))
            ask(&shards->held[i], true);
    if (shards->owned || shards->said_goodbye)
        return;
    shards->said_goodbye = true;
    shards->attending = true;
    if (store_attend(shards->store, slice_of(shards->owner), loop_now_ms(shards->loop), true, on_goodbye, shards))
        shards->attending = false;
}

static void on_buried(void *ctx, enum error error, size_t count)
{
    struct shards *shards = ctx;
    (void)count;
    if (!error)
        shards->before[0] = '\0';
}

static void on_given_back(void *ctx, enum error error, uint64_t token)
{
    (void)ctx; /* what could not be given back runs out */
    (void)error;
    (void)token;
}

/* Gives back in the name of the dead. */
static void bury(struct shards *shards)
{
    struct slice before = slice_of(shards->before);
    for (unsigned i = 0; i < SHARDS; i++)
        if (store_lease(shards->store, i, before, 0, on_given_back, shards))
            return;
    if (store_attend(shards->store, before, loop_now_ms(shards->loop), true, on_buried, shards))
        return; /* with the next tick */
}

static void on_tick(void *ctx)
{
    struct shards *shards = ctx;
    if (shards->abandoned)
        return;
    alarm_set(shards->tick, shards->leaving ? SHARDS_TICK_MS / 20 : SHARDS_TICK_MS);
    if (shards->leaving) {
        leave_more(shards);
        return;
    }
    if (shards->attending)
        return;
    if (shards->before[0])
        bury(shards);
    shards->attending = true;
    if (store_attend(shards->store, slice_of(shards->owner), loop_now_ms(shards->loop), false, on_attended, shards))
        shards->attending = false;
}

struct shards *shards_open(struct loop *loop, struct store *store, struct slice owner, shards_changed *changed,
                           shards_idle *idle, void *ctx)
{
    struct shards *shards = mem_alloc(sizeof(*shards));
    if (!shards)
        return NULL;
    *shards = (struct shards){.loop = loop, .store = store, .changed = changed, .idle = idle, .ctx = ctx};
    slice_copy(owner, shards->owner, sizeof(shards->owner));
    for (unsigned i = 0; i < SHARDS; i++)
        shards->held[i] = (struct held){.shards = shards, .shard = i};
    shards->tick = alarm_new(loop, on_tick, shards);
    if (!shards->tick) {
        mem_free(shards);
        return NULL;
    }
    alarm_set(shards->tick, SHARDS_TICK_MS);
    return shards;
}

void shards_inherit(struct shards *shards, struct slice owner_before)
{
    slice_copy(owner_before, shards->before, sizeof(shards->before));
}

uint64_t shards_token(const struct shards *shards, unsigned shard)
{
    return shards->held[shard].token;
}

struct slice shards_owner(const struct shards *shards)
{
    return slice_of(shards->owner);
}

void shards_hurry(struct shards *shards)
{
    if (!shards->abandoned)
        alarm_set(shards->tick, 0);
}

void shards_leave(struct shards *shards)
{
    shards->leaving = true;
    shards_hurry(shards);
}

bool shards_left(const struct shards *shards)
{
    return shards->said_goodbye && !shards->attending && !shards->asking;
}

void shards_abandon(struct shards *shards)
{
    shards->abandoned = true;
    alarm_cancel(shards->tick);
}

void shards_close(struct shards *shards)
{
    if (!shards)
        return;
    alarm_free(shards->tick);
    mem_free(shards);
}
