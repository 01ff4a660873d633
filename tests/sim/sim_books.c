/* Books of their own about who holds which shard, which timers are set, and what the limits allow: filled from what is
 * asked of the store and what it answers, and compared with both. */
#include "tests/sim/sim.h"

#define TIMER_LATE_MS (5 * 60000) /* crashes, outages and leases that run out lie between a timer and its turn */
#define SETTLES_MS (3 * 3600000)  /* work is never under way for so long: waits end, and people go away */
#define STANDS_EVENTS 1000000     /* of one instant */
#define LEAVES_PER_PERSON 2       /* messages that may have their place in the pace and are not called yet */
#define FREE_MORE_MS 7000         /* answers may be late, or lost, once or twice */
#define STEPPED_MS 60000          /* after the clock was set back, what was computed before may still come */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- leases ---- */

bool sim_book_holds(const struct sim *sim, unsigned shard, struct slice owner, uint64_t token)
{
    const struct sim_lease *lease = &sim->leases[shard];
    return slice_is(owner, lease->holder) && lease->token == token && sim->steady_ms < lease->until_ms;
}

/* Whether it may be calling for a message of the shard, under the lease that it has now. */
static bool has_open(const struct sim *sim, unsigned shard, struct slice owner)
{
    for (const struct sim_message *m = sim->messages[shard]; m; m = m->next)
        if (m->state == MEMORY_INTENT && slice_is(owner, m->open_by) && m->open_token == sim->leases[shard].token)
            return true;
    return false;
}

static bool lives(const struct sim *sim, struct slice owner)
{
    for (size_t i = 0; i < SIM_WORKERS; i++)
        if (sim->workers[i].up && slice_is(owner, sim->workers[i].word))
            return true;
    return false;
}

/* One holder at a time, until it gives back or its time is over; a token that only rises. */
void sim_book_lease(struct sim *sim, unsigned shard, struct slice owner, int64_t keep_ms, uint64_t token)
{
    struct sim_lease *lease = &sim->leases[shard];
    bool held = lease->holder[0] && sim->steady_ms < lease->until_ms, ours = held && slice_is(owner, lease->holder);
    if (token && held && !ours)
        sim_violation(sim, "one holder", "shard %u went from %s to %.*s before its time", shard, lease->holder,
                      (int)owner.len, owner.ptr);
    if (token && (ours ? token != lease->token : token <= lease->token))
        sim_violation(sim, "tokens rise", "shard %u: %llu after %llu", shard, (unsigned long long)token,
                      (unsigned long long)lease->token);
    if (!token && keep_ms > 0 && (!held || ours))
        sim_violation(sim, "a free lease is given", "shard %u is kept from %.*s", shard, (int)owner.len, owner.ptr);
    if (keep_ms == 0 && ours && lives(sim, owner) && has_open(sim, shard, owner))
        sim_violation(sim, "given back when idle", "shard %u goes while %.*s calls", shard, (int)owner.len, owner.ptr);
    if (token) {
        slice_copy(owner, lease->holder, sizeof(lease->holder));
        lease->token = token;
        lease->until_ms = sim->steady_ms + keep_ms;
    } else if (keep_ms == 0 && ours) {
        lease->holder[0] = '\0';
    }
}

/* What nobody holds is another's soon, if one was well all the while. */
void sim_book_free_shards(struct sim *sim)
{
    int64_t well_since_ms = INT64_MAX;
    for (size_t i = 0; i < SIM_WORKERS; i++) {
        struct sim_worker *worker = &sim->workers[i];
        if (!worker->up || worker->cut || worker->drains || sim->store_away || worker->paused_until_ms > sim->now_ms)
            worker->well_since_ms = sim->steady_ms;
        if (worker->well_since_ms < well_since_ms)
            well_since_ms = worker->well_since_ms;
    }
    for (unsigned i = 0; i < SHARDS; i++) {
        struct sim_lease *lease = &sim->leases[i];
        if (lease->holder[0] && sim->steady_ms < lease->until_ms)
            lease->free_since_ms = sim->steady_ms;
        int64_t since_ms = larger(lease->free_since_ms, well_since_ms);
        if (sim->steady_ms - since_ms > SHARDS_TAKEN_OVER_MS + FREE_MORE_MS)
            sim_violation(sim, "free shards are taken", "shard %u is nobody's for %lld ms", i,
                          (long long)(sim->steady_ms - since_ms));
    }
}

/* A worker that drained left nothing behind. */
void sim_book_left(struct sim *sim, const struct sim_worker *worker)
{
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        const struct sim_lease *lease = &sim->leases[shard];
        if (strcmp(lease->holder, worker->word) == 0 && lease->heard == lease->token &&
            sim->steady_ms < lease->until_ms)
            sim_violation(sim, "drain", "%s left and holds shard %u", worker->word, shard);
        if (has_open(sim, shard, slice_of(worker->word)))
            sim_violation(sim, "drain", "%s left a call of shard %u open", worker->word, shard);
    }
}

/* ---- timers ---- */

static struct sim_timer *find_timer(struct sim *sim, unsigned person, struct slice name, int64_t due_ms)
{
    struct sim_timer *timer = sim->timers;
    while (timer && !(timer->person == person && timer->due_ms == due_ms && slice_is(name, timer->name)))
        timer = timer->next;
    return timer;
}

static void drop_timers(struct sim *sim, unsigned person, struct slice name)
{
    for (struct sim_timer *t = sim->timers; t; t = t->next)
        if (t->person == person && t->state == TIMER_SET && (!name.len || slice_is(name, t->name)))
            t->state = TIMER_DROPPED;
}

static void set_timer(struct sim *sim, unsigned person, const struct store_timer *row)
{
    struct sim_timer *timer = find_timer(sim, person, row->name, row->due_ms);
    if (!timer) {
        timer = mem_alloc(sizeof(*timer));
        if (!timer)
            abort();
        *timer = (struct sim_timer){.next = sim->timers, .person = person, .due_ms = row->due_ms};
        slice_copy(row->name, timer->name, sizeof(timer->name));
        sim->timers = timer;
    }
    timer->state = TIMER_SET;
}

/* Whether the wall clock has been at `wall_ms`, now or before it was set back lately. */
static bool was_at(const struct sim *sim, int64_t wall_ms)
{
    for (size_t i = 0; i < SIM_STEPS_MAX && i < sim->set_back_count; i++)
        if (sim->now_ms - sim->set_back[i].at_ms < 10 * STEPPED_MS && wall_ms <= sim->set_back[i].wall_ms)
            return true;
    return wall_ms <= sim_wall(sim);
}

static void check_fired(struct sim *sim, unsigned person, const struct store_timer *fired)
{
    struct sim_timer *timer = find_timer(sim, person, fired->name, fired->due_ms);
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    struct slice who = sim_person(person);
    if (!timer)
        sim_violation(sim, "timers fire as set", "%.*s of %s at %lld was never set", (int)fired->name.len,
                      fired->name.ptr, who.ptr, (long long)fired->due_ms);
    else if (timer->state == TIMER_FIRED)
        sim_violation(sim, "timers fire once", "%s of %s fired twice", timer->name, who.ptr);
    if (!was_at(sim, fired->due_ms))
        sim_violation(sim, "timers are not early", "%.*s of %s by %lld ms", (int)fired->name.len, fired->name.ptr,
                      who.ptr, (long long)(fired->due_ms - sim_wall(sim)));
    for (const struct memory_timer *t = memory->shards[shard_of(who)].timers; t; t = t->next)
        if (slice_is(who, t->contact) && slice_is(fired->name, t->name) && t->due_ms == fired->due_ms)
            sim_violation(sim, "what fired is gone", "%s of %s is still set", t->name, t->contact);
    if (timer)
        timer->state = TIMER_FIRED;
}

void sim_book_timers(struct sim *sim, const struct commit *c, unsigned person)
{
    bool again = false;
    for (size_t i = 0; i < c->timer_count; i++)
        again = again || (slice_eq(c->timers[i].name, c->fired.name) && c->timers[i].due_ms == c->fired.due_ms);
    if (c->fired.name.len && !again)
        check_fired(sim, person, &c->fired);
    for (size_t i = 0; i < c->timer_count; i++) {
        drop_timers(sim, person, c->timers[i].name);
        if (c->timers[i].due_ms)
            set_timer(sim, person, &c->timers[i]);
    }
    if (c->opt == OPT_OUT || c->erase)
        drop_timers(sim, person, SLICE_NONE);
}

/* No turn of a timer fails here for a reason of its own: one is only taken away, when it was fired. */
void sim_book_postponed(struct sim *sim, const struct due_timer *timer, int64_t due_ms)
{
    const struct sim_timer *known = find_timer(sim, sim_person_of(timer->contact), timer->name, timer->due_ms);
    if (due_ms || !known || known->state == TIMER_SET)
        sim_violation(sim, "timers are not lost", "%.*s of %.*s is put off to %lld", (int)timer->name.len,
                      timer->name.ptr, (int)timer->contact.len, timer->contact.ptr, (long long)due_ms);
}

/* What is due is fired soon, by the time that truly passed. */
void sim_book_due(struct sim *sim)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (unsigned i = 0; i < SHARDS; i++) {
        const struct memory_timer *first = memory->shards[i].timers;
        bool due = first && first->due_ms <= sim_wall(sim);
        if (!due || sim->due[i].timer != first || sim->due[i].due_ms != first->due_ms) {
            sim->due[i].timer = due ? first : NULL;
            sim->due[i].due_ms = due ? first->due_ms : 0;
            sim->due[i].since_ms = sim->now_ms;
        } else if (sim->now_ms - sim->due[i].since_ms > TIMER_LATE_MS) {
            sim_violation(sim, "timers are not late", "%s of %s", first->name, first->contact);
        }
    }
}

/* ---- limits ---- */

static int64_t tat_of(struct slice text)
{
    struct limit_channel read;
    return limit_channel_decode(text, &read) ? 0 : read.tat_us;
}

/* What is booked stays within the burst, and is counted, for each call needs its place. */
void sim_book_swap(struct sim *sim, struct slice before, struct slice then, int64_t asked_ms)
{
    int64_t unit_us = SIM_RATE_MS * INT64_C(1000), now_us = asked_ms * 1000, then_us = tat_of(then);
    int64_t from_us = larger(tat_of(before), now_us), most = larger(SIM_BURST, sim->cost_max);
    if (then_us > now_us + most * unit_us)
        sim_violation(sim, "rate", "places are booked for %lld ms ahead", (long long)(then_us / 1000 - asked_ms));
    if (then_us > from_us)
        sim->rate_booked += (then_us - from_us) / unit_us;
}

/* In T seconds no more than rate * T + burst, and what had its place and was held up in between. */
void sim_book_call(struct sim *sim, unsigned channel, unsigned cost)
{
    int64_t wall_ms = sim_wall(sim), waiting = LEAVES_PER_PERSON * SIM_PEOPLE;
    if (!sim->rules[channel].segment_us)
        return;
    sim->rate_called += cost;
    if (sim->rate_called > sim->rate_booked)
        sim_violation(sim, "rate", "%lld segments were called, and %lld had a place", (long long)sim->rate_called,
                      (long long)sim->rate_booked);
    sim->rate_tat_ms = larger(sim->rate_tat_ms, wall_ms) + (int64_t)cost * SIM_RATE_MS;
    if (sim->rate_tat_ms - wall_ms > (SIM_BURST + waiting * sim->cost_max) * SIM_RATE_MS)
        sim_violation(sim, "rate", "it is exceeded by %lld ms", (long long)(sim->rate_tat_ms - wall_ms));
}

static bool was_set_back(const struct sim *sim)
{
    return sim->set_back_count &&
           sim->now_ms - sim->set_back[(sim->set_back_count - 1) % SIM_STEPS_MAX].at_ms < STEPPED_MS;
}

/* Each message to a person moves the person's pace by its time, and not beyond the burst. */
void sim_book_pair(struct sim *sim, const struct intent *intent, unsigned person)
{
    const struct limit_rules *rules = &sim->rules[sim_channel_of(sim, intent->channel)];
    struct limit_person read;
    if (!intent->limited || !rules->pair_ms)
        return;
    if (!memory_contact_find((struct store_memory *)sim->memory, intent->contact)) {
        sim->pair_tat_us[person] = 0; /* who was erased is told so, and counted nowhere */
        return;
    }
    if (limit_person_decode(intent->limits_then, &read)) {
        sim_violation(sim, "pair", "a person's limits cannot be read");
        return;
    }
    if (!was_set_back(sim) && read.pair_tat_us > (intent->now_ms + rules->pair_ms * rules->pair_burst) * 1000)
        sim_violation(sim, "pair", "%s is written to ahead of time", sim_person(person).ptr);
    if (!sim->set_back_count && read.pair_tat_us < sim->pair_tat_us[person] + rules->pair_ms * 1000)
        sim_violation(sim, "pair", "a message to %s was not counted", sim_person(person).ptr);
    sim->pair_tat_us[person] = read.pair_tat_us;
}

/* ---- the run itself ---- */

/* A run settles: work comes to its end, and time goes on. */
void sim_book_pace(struct sim *sim, bool idle)
{
    if (idle)
        sim->busy_since_ms = sim->now_ms;
    if (sim->now_ms - sim->busy_since_ms > SETTLES_MS)
        sim_violation(sim, "a run settles", "something is under way since %lld ms",
                      (long long)(sim->now_ms - sim->busy_since_ms));
    if (sim->now_ms != sim->stood_at_ms) {
        sim->stood_at_ms = sim->now_ms;
        sim->stood = sim->did.steps;
    } else if (sim->did.steps - sim->stood > STANDS_EVENTS) {
        sim_violation(sim, "time goes on", "%d things happened in one instant", STANDS_EVENTS);
    }
}

void sim_book_free(struct sim *sim)
{
    for (struct sim_timer *t = sim->timers, *next; t; t = next) {
        next = t->next;
        mem_free(t);
    }
}
