/* A run: two workers that crash and come back, a store that goes away, days of it, and an end in peace. */
#include "tests/sim/sim.h"

#define CALM_MS (3 * 24 * 3600000) /* within which all comes to its end */

static const struct channel *channel_of(void *ctx, struct slice name)
{
    struct sim_worker *worker = ctx;
    for (size_t i = 0; i < SIM_CHANNELS; i++)
        if (slice_is(name, worker->sim->channels[i].name))
            return &worker->sim->channels[i];
    return NULL;
}

static const struct limit_rules *rules_of(void *ctx, const struct channel *channel)
{
    const struct sim *sim = ((struct sim_worker *)ctx)->sim;
    return &sim->rules[channel - sim->channels];
}

static void on_said(void *ctx)
{
    struct sim_worker *worker = ctx;
    if (worker->outgoing)
        outgoing_nudge(worker->outgoing);
}

static void start(struct sim *sim, void *ctx)
{
    struct sim_worker *worker = ctx;
    const struct outbox_parts parts = {.loop = &worker->loop.head,
                                       .store = &worker->store,
                                       .call = sim_call_provider,
                                       .caller = worker,
                                       .channel = channel_of,
                                       .ctx = worker,
                                       .rules = rules_of};
    worker->life++;
    worker->up = true;
    worker->cut = false;
    worker->reach_ms = worker->heard_ms = 0;
    sim_store_open(worker);
    worker->turns = (struct turns){.mind = sim->mind,
                                   .store = &worker->store,
                                   .said = on_said,
                                   .said_ctx = worker};
    /* The master knows who died; a daemon that comes after a power cut does not. */
    char word[STORE_OWNER_MAX], before[STORE_OWNER_MAX] = "";
    snprintf(word, sizeof(word), "w%u-%u", worker->number, (unsigned)worker->life);
    if (worker->life > 1 && sim_pick(sim, 2))
        snprintf(before, sizeof(before), "w%u-%u", worker->number, (unsigned)worker->life - 1);
    worker->outgoing = outgoing_open(&parts, &worker->turns, slice_of(word), slice_of(before));
    if (!worker->outgoing)
        abort();
    outgoing_store_up(worker->outgoing);
    sim_note(sim, "w%u starts", worker->number);
}

static void crash(struct sim *sim, struct sim_worker *worker)
{
    sim_note(sim, "w%u crashes", worker->number);
    worker->up = false;
    outgoing_abandon(worker->outgoing);
    sim_store_cut(worker, false);
    outgoing_close(worker->outgoing);
    worker->outgoing = NULL;
    sim_hooks_drop(worker);
    worker->turns.queue = (struct turn_queue){0};
}

static void on_crash(struct sim *sim, void *ctx)
{
    struct sim_worker *worker = &sim->workers[sim_pick(sim, SIM_WORKERS)];
    if (sim->calm || sim->now_ms >= sim->end_ms)
        return;
    (void)ctx;
    if (worker->up) {
        sim->did.crashes++;
        crash(sim, worker);
        sim_at(sim, 100 + sim_pick(sim, 15000), true, start, worker);
    }
    sim_at(sim, sim_pick(sim, 3) ? sim_pick(sim, 50000) : sim_pick(sim, 10000), true, on_crash, NULL);
}

static void on_back(struct sim *sim, void *ctx)
{
    (void)ctx;
    sim->store_away = false;
}

static void on_outage(struct sim *sim, void *ctx)
{
    (void)ctx;
    if (sim->calm || sim->now_ms >= sim->end_ms)
        return;
    sim->store_away = true;
    sim->did.outages++;
    sim_note(sim, "the store is away");
    sim_at(sim, 100 + sim_pick(sim, 20000), true, on_back, NULL);
    sim_at(sim, sim_pick(sim, 150000), true, on_outage, NULL);
}

static bool is_idle(const struct sim *sim)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (size_t i = 0; i < SIM_WORKERS; i++)
        if (!sim->workers[i].up || sim->workers[i].cut || sim->workers[i].hooks ||
            outgoing_in_flight(sim->workers[i].outgoing) || outgoing_held(sim->workers[i].outgoing))
            return false;
    for (size_t i = 0; i < SHARDS; i++)
        if (memory->shards[i].streams[0].first || memory->shards[i].streams[1].first ||
            (memory->shards[i].timers && memory->shards[i].timers->due_ms <= sim->now_ms))
            return false;
    return !sim_people_waiting(sim) && !sim->store_away;
}

static void open_channels(struct sim *sim)
{
    static const struct setting sms[] = {{"account_sid", "AC0123456789abcdef0123456789abcdef"},
                                         {"auth_token", "secret"},
                                         {"from", "+51900000000"},
                                         {"api_base", "http://sms.example"}};
    static const struct setting wa[] = {{"phone_number_id", "104"},        {"access_token", "secret"},
                                        {"app_secret", "secret"},          {"verify_token", "secret"},
                                        {"api_base", "http://wa.example"}, {"in_doubt", "resend"}};
    struct faults faults;
    faults_init(&faults);
    sim->resend[1] = sim->seed % 3 == 0;
    sim->channels[0] = (struct channel){.name = "sms",
                                        .adapter = adapter_named("twilio"),
                                        .public_url = "http://us.example",
                                        .settings = sms,
                                        .setting_count = 4};
    sim->channels[1] = (struct channel){.name = "wa",
                                        .adapter = adapter_named("whatsapp_cloud"),
                                        .public_url = "http://us.example",
                                        .settings = wa,
                                        .setting_count = sim->resend[1] ? 6 : 5};
    sim->rules[0] = (struct limit_rules){.segment_us = SIM_RATE_MS * INT64_C(1000), .burst = SIM_BURST};
    sim->rules[1] = (struct limit_rules){.pair_ms = 2000, .pair_burst = 4};
    for (size_t i = 0; i < SIM_CHANNELS; i++)
        if (!sim->channels[i].adapter || sim->channels[i].adapter->open(&sim->channels[i], &faults)) {
            faults_print(&faults, stderr);
            abort();
        }
    faults_release(&faults);
}

static void begin(struct sim *sim, uint64_t seed, double days)
{
    sim->seed = sim->chance = seed;
    sim->digest = 0xCBF29CE484222325u;
    sim->now_ms = SIM_BEGIN_MS;
    sim->end_ms = SIM_BEGIN_MS + (int64_t)(days * 86400000);
    sim_loop_open(&sim->clock, sim);
    sim->memory = store_memory_new();
    if (!sim->memory)
        abort();
    store_memory_set_loop(sim->memory, &sim->clock.head);
    open_channels(sim);
    for (unsigned i = 0; i < SIM_WORKERS; i++) {
        struct sim_worker *worker = &sim->workers[i];
        worker->sim = sim;
        worker->number = i;
        sim_loop_open(&worker->loop, sim);
        start(sim, worker);
    }
    sim_people_begin(sim);
    sim_at(sim, 30000, true, on_crash, NULL);
    sim_at(sim, 100000, true, on_outage, NULL);
}

/* Crashes and outages come by the machine's time, so that they meet work.
 *
 * Runs until `until_ms`, or, in calm, until nothing is to be done. */
static void go_on(struct sim *sim, int64_t until_ms)
{
    for (unsigned n = 0; sim->now_ms < until_ms && !sim->violations && sim_step(sim); n++) {
        if (n % 64 || !is_idle(sim))
            continue;
        if (sim->calm)
            return;
        sim_skip(sim);
    }
}

static void nothing(struct sim *sim, void *ctx)
{
    (void)sim;
    (void)ctx;
}

static void end(struct sim *sim)
{
    sim->trace = false;
    sim->calm = sim->over = true;
    for (size_t i = 0; i < SIM_WORKERS; i++)
        if (sim->workers[i].up)
            crash(sim, &sim->workers[i]);
    for (size_t i = 0; i < sim->heap_count; i++)
        if (sim->heap[i].act == start)
            sim->heap[i].act = nothing;
    while (sim_step(sim))
        ;
    sim_people_free(sim);
    sim_check_free(sim);
    store_close(sim->memory);
    mem_free(sim->heap);
    mem_free(sim);
}

bool sim_run(const struct mind *mind, uint64_t seed, double days, bool trace, struct sim_figures *did, uint64_t *digest,
             char why[256])
{
    struct sim *sim = mem_alloc(sizeof(*sim));
    if (!sim)
        abort();
    sim->mind = mind;
    sim->trace = trace;
    begin(sim, seed, days);
    go_on(sim, sim->end_ms);
    sim->calm = true;
    go_on(sim, sim->end_ms + 60000); /* receipts on their way, workers that are down */
    go_on(sim, sim->end_ms + CALM_MS);
    if (!sim->violations)
        sim_check_end(sim);
    bool good = !sim->violations;
    *did = sim->did;
    *digest = sim->digest;
    memcpy(why, sim->why, sizeof(sim->why));
    end(sim);
    return good;
}
