/* What happens to the machines: workers crash, stand still, drain; the store goes away; the wall clock jumps. It comes
 * by the machine's time, so that it meets work. */
#include "tests/sim/sim.h"

#include "gateway/worker.h"

#define HOUR_MS 3600000
#define AHEAD_MAX_MS (2 * HOUR_MS) /* what jumps may add up to */
#define DRAIN_LOOK_MS 50           /* as worker.c */

static bool is_over(const struct sim *sim)
{
    return sim->calm || sim->now_ms >= sim->end_ms;
}

static const struct channel *channel_of(void *ctx, struct slice name)
{
    struct sim_worker *worker = ctx;
    unsigned at = sim_channel_of(worker->sim, name);
    return at < SIM_CHANNELS ? &worker->sim->channels[at] : NULL;
}

static const struct limit_rules *rules_of(void *ctx, const struct channel *channel)
{
    const struct sim *sim = ((struct sim_worker *)ctx)->sim;
    return &sim->rules[channel - sim->channels];
}

static void on_said(void *ctx, unsigned shard)
{
    struct sim_worker *worker = ctx;
    if (worker->outgoing)
        outgoing_nudge(worker->outgoing, shard);
}

/* ---- the wall clock ---- */

static void jump(struct sim *sim)
{
    int64_t step_ms =
        sim_pick(sim, 3) ? (int64_t)sim_pick(sim, 2 * HOUR_MS) - HOUR_MS : (int64_t)sim_pick(sim, 20000) - 10000;
    if (sim->ahead_ms + step_ms > AHEAD_MAX_MS || sim->ahead_ms + step_ms < -AHEAD_MAX_MS)
        step_ms = -step_ms;
    if (step_ms < 0) {
        size_t at = sim->set_back_count++ % SIM_STEPS_MAX;
        sim->set_back[at].at_ms = sim->now_ms;
        sim->set_back[at].wall_ms = sim_wall(sim);
        sim->rate_tat_ms += step_ms; /* what was owed waits for the clock: it is not owed for longer */
    }
    sim->ahead_ms += step_ms;
    sim->did.jumps++;
    sim_note(sim, "the clock jumps by %lld ms", (long long)step_ms);
}

static void on_jump(struct sim *sim, void *ctx)
{
    (void)ctx;
    if (is_over(sim))
        return;
    jump(sim);
    sim_at(sim, sim_pick(sim, 150000), true, on_jump, NULL);
}

/* ---- workers ---- */

void sim_start(struct sim *sim, void *ctx)
{
    struct sim_worker *worker = ctx;
    const struct outbox_parts parts = {.loop = &worker->loop.head,
                                       .store = &worker->store,
                                       .call = sim_call_provider,
                                       .caller = worker,
                                       .channel = channel_of,
                                       .ctx = worker,
                                       .rules = rules_of};
    if ((sim->worlds & SIM_STEPS) && worker->life && sim_maybe(sim, 10))
        jump(sim);
    worker->life++;
    worker->up = true;
    worker->cut = worker->drains = false;
    worker->reach_ms = worker->heard_ms = worker->stuck_until_ms = worker->paused_until_ms = 0;
    sim_store_open(worker);
    worker->turns = (struct turns){.mind = sim->mind,
                                   .store = &worker->store,
                                   .said = on_said,
                                   .said_ctx = worker};
    /* The master knows who died; a daemon that comes after a power cut does not. */
    char before[STORE_OWNER_MAX] = "";
    if (worker->life > 1 && sim_pick(sim, 2))
        memcpy(before, worker->word, sizeof(before));
    snprintf(worker->word, sizeof(worker->word), "w%u-%u", worker->number, (unsigned)worker->life);
    worker->outgoing = outgoing_open(&parts, &worker->turns, slice_of(worker->word), slice_of(before));
    if (!worker->outgoing)
        abort();
    outgoing_store_up(worker->outgoing);
    sim_note(sim, "w%u starts", worker->number);
}

void sim_crash(struct sim_worker *worker)
{
    sim_note(worker->sim, "w%u crashes", worker->number);
    worker->up = false;
    outgoing_abandon(worker->outgoing);
    sim_store_cut(worker, false);
    outgoing_close(worker->outgoing);
    worker->outgoing = NULL;
    sim_hooks_drop(worker);
    worker->turns.queue = (struct turn_queue){0};
}

static void crash(struct sim_worker *worker)
{
    struct sim *sim = worker->sim;
    sim->did.crashes++;
    sim_crash(worker);
    sim_at(sim, 100 + sim_pick(sim, 15000), true, sim_start, worker);
}

static void on_crash(struct sim *sim, void *ctx)
{
    struct sim_worker *worker = &sim->workers[sim_pick(sim, SIM_WORKERS)];
    if (is_over(sim))
        return;
    (void)ctx;
    if (worker->up)
        crash(worker);
    sim_at(sim, sim_pick(sim, 3) ? sim_pick(sim, 50000) : sim_pick(sim, 10000), true, on_crash, NULL);
}

/* ---- standing still ---- */

static void stand_still(struct sim_worker *worker)
{
    struct sim *sim = worker->sim;
    int64_t pause_ms = sim_pick(sim, 3) ? SHARDS_LEASE_MS + sim_pick(sim, 15000) : sim_pick(sim, SHARDS_LEASE_MS);
    sim->did.pauses++;
    worker->paused_until_ms = sim->now_ms + pause_ms;
    sim_note(sim, "w%u stands still for %lld ms", worker->number, (long long)pause_ms);
}

/* Whether a process stands still: then what is to happen to it happens when it goes on. */
bool sim_is_held(struct sim_worker *worker, sim_act *act, void *ctx)
{
    if (!worker || !worker->up || worker->sim->now_ms >= worker->paused_until_ms)
        return false;
    sim_at(worker->sim, worker->paused_until_ms - worker->sim->now_ms, true, act, ctx);
    return true;
}

/* Between any two steps of a process it may crash, or stand still. Returns whether the step is put off; that of a dead
 * process comes all the same, for what it holds must be let go of. */
bool sim_is_struck(struct sim_worker *worker, sim_act *act, void *ctx)
{
    struct sim *sim = worker->sim;
    if (sim_is_held(worker, act, ctx))
        return true;
    if (is_over(sim) || !worker->up)
        return false;
    if ((sim->worlds & SIM_PAUSES) && sim_pick(sim, 150) == 0) {
        stand_still(worker);
        return sim_is_held(worker, act, ctx);
    }
    if (sim_pick(sim, 1500))
        return false;
    crash(worker);
    sim_at(sim, 0, true, act, ctx);
    return true;
}

static void on_pause(struct sim *sim, void *ctx)
{
    struct sim_worker *worker = &sim->workers[sim_pick(sim, SIM_WORKERS)];
    (void)ctx;
    if (is_over(sim))
        return;
    bool works = worker->up && (worker->hooks || outgoing_in_flight(worker->outgoing));
    if (works && sim->now_ms >= worker->paused_until_ms)
        stand_still(worker);
    sim_at(sim, works ? 1000 + sim_pick(sim, 60000) : 100, true, on_pause, NULL);
}

/* ---- drains ---- */

struct drain {
    struct sim_worker *worker;
    uint64_t life;
    int64_t deadline_ms; /* steady */
};

static void on_drain_look(struct sim *sim, void *ctx)
{
    struct drain *drain = ctx;
    struct sim_worker *worker = drain->worker;
    bool there = worker->up && worker->life == drain->life;
    if (there && sim_is_held(worker, on_drain_look, drain))
        return;
    bool quiet = there && !worker->hooks && outgoing_in_flight(worker->outgoing) == 0;
    bool left = quiet && outgoing_leave(worker->outgoing);
    if (there && !left && !(quiet && worker->cut) && sim->steady_ms <= drain->deadline_ms) {
        sim_at(sim, DRAIN_LOOK_MS, true, on_drain_look, drain);
        return;
    }
    if (left)
        sim_book_left(sim, worker);
    if (there) {
        sim_note(sim, "w%u %s", worker->number, left ? "left" : "gave up leaving");
        sim_crash(worker);
        sim_at(sim, sim_pick(sim, 3000), true, sim_start, worker);
    }
    mem_free(drain);
}

static void on_drain(struct sim *sim, void *ctx)
{
    struct sim_worker *worker = &sim->workers[sim_pick(sim, SIM_WORKERS)];
    (void)ctx;
    if (is_over(sim))
        return;
    if (worker->up && !worker->drains && sim->now_ms >= worker->paused_until_ms) {
        struct drain *drain = mem_alloc(sizeof(*drain));
        if (!drain)
            abort();
        *drain = (struct drain){worker, worker->life, sim->steady_ms + DRAIN_MS};
        sim->did.drains++;
        sim_note(sim, "w%u drains", worker->number);
        worker->drains = true;
        outgoing_drain(worker->outgoing);
        sim_at(sim, DRAIN_LOOK_MS, true, on_drain_look, drain);
    }
    sim_at(sim, sim_pick(sim, 60000), true, on_drain, NULL);
}

/* ---- the store ---- */

static void on_back(struct sim *sim, void *ctx)
{
    (void)ctx;
    sim->store_away = false;
}

static void on_outage(struct sim *sim, void *ctx)
{
    bool is_long = (sim->worlds & SIM_OUTAGES) && sim_pick(sim, 2);
    (void)ctx;
    if (is_over(sim))
        return;
    sim->store_away = true;
    sim->did.outages++;
    sim_note(sim, "the store is away");
    sim_at(sim, is_long ? SHARDS_LEASE_MS + sim_pick(sim, 60000) : 100 + sim_pick(sim, 20000), true, on_back, NULL);
    sim_at(sim, sim_pick(sim, 150000) + (is_long ? 65000 : 0), true, on_outage, NULL);
}

void sim_trouble_begin(struct sim *sim)
{
    sim_at(sim, 30000, true, on_crash, NULL);
    sim_at(sim, 100000, true, on_outage, NULL);
    if (sim->worlds & SIM_PAUSES)
        sim_at(sim, 20000, true, on_pause, NULL);
    if (sim->worlds & SIM_STEPS)
        sim_at(sim, 50000, true, on_jump, NULL);
    if (sim->worlds & SIM_DRAINS)
        sim_at(sim, 40000, true, on_drain, NULL);
}
