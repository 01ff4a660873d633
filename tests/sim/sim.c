/* A run: days of trouble, and an end in peace. */
#include "tests/sim/sim.h"

#define LOOK_MS 200           /* between two looks at the whole, at most */
#define CALM_MS (26 * 3600000) /* within which all comes to its end: a day's tier and a clock that jumped */

/* Whether all that is to be done lies in the future: no message moved for so long that what still waits, waits for an
 * alarm of the world's time. */
static bool is_idle(const struct sim *sim)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    bool moves = sim->now_ms - sim->moved_ms <= SIM_SHORT_MS + 1000;
    for (size_t i = 0; i < SIM_WORKERS; i++) {
        const struct sim_worker *worker = &sim->workers[i];
        if (!worker->up || worker->cut || worker->hooks || worker->drains || worker->paused_until_ms > sim->now_ms ||
            sim_store_is_asked(worker) || outgoing_in_flight(worker->outgoing) ||
            (moves && outgoing_held(worker->outgoing)))
            return false;
    }
    for (size_t i = 0; i < SHARDS; i++)
        if ((moves && (memory->shards[i].streams[0].first || memory->shards[i].streams[1].first)) ||
            (memory->shards[i].timers && memory->shards[i].timers->due_ms <= sim_wall(sim)))
            return false;
    return !sim_people_waiting(sim) && !sim->store_away;
}

static bool is_empty(const struct sim *sim)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (size_t i = 0; i < SHARDS; i++)
        if (memory->shards[i].streams[0].first || memory->shards[i].streams[1].first)
            return false;
    return true;
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
    static const struct setting ussd[] = {{"service_code", "*384*1#"}, {"hook_secret", "secret"}};
    static const struct setting ussd_last[] = {{"service_code", "*384*2#"}, {"hook_secret", "secret"}};
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
    sim->channels[SIM_USSD] = (struct channel){
        .name = "ussd", .adapter = adapter_named("africastalking_ussd"), .settings = ussd, .setting_count = 2};
    sim->channels[SIM_USSD_LAST] = (struct channel){
        .name = "ussdlast", .adapter = adapter_named("infobip_ussd"), .settings = ussd_last, .setting_count = 2};
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
    sim->chance = ~seed;
    sim->worlds = (unsigned)sim_chance(sim);
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
        worker->loop.worker = worker;
        sim_start(sim, worker);
    }
    sim_people_begin(sim);
    sim_ussd_begin(sim);
    sim_trouble_begin(sim);
}

/* Runs until `until_ms`, or, in calm, until nothing is to be done. */
static void go_on(struct sim *sim, int64_t until_ms)
{
    int64_t looked_ms = sim->now_ms;
    for (unsigned n = 0; sim->now_ms < until_ms && !sim->violations && sim_step(sim); n++) {
        if (n % 64 && sim->now_ms - looked_ms < LOOK_MS)
            continue;
        looked_ms = sim->now_ms;
        bool idle = is_idle(sim);
        sim_book_due(sim);
        sim_book_free_shards(sim);
        sim_book_pace(sim, idle);
        if (!idle)
            continue;
        if (sim->calm && is_empty(sim))
            return;
        sim_skip(sim, until_ms);
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
            sim_crash(&sim->workers[i]);
    for (size_t i = 0; i < sim->heap_count; i++)
        if (sim->heap[i].act == sim_start)
            sim->heap[i].act = nothing;
    while (sim_step(sim))
        ;
    sim_people_free(sim);
    sim_ussd_free(sim);
    sim_check_free(sim);
    sim_book_free(sim);
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
