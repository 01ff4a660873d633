/* The virtual clock: a heap of events, seeded chance, alarms. */
#include "tests/sim/sim.h"

#include <stdarg.h>

struct sim_alarm {
    struct alarm head;
    alarm_rings *rings;
    void *ctx;
    uint64_t stamp; /* of the setting that counts; 0: not set */
    size_t pending; /* events that name it */
    bool gone;
};

struct ring {
    struct sim_alarm *alarm;
    uint64_t stamp;
};

uint64_t sim_chance(struct sim *sim)
{
    uint64_t z = (sim->chance += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

unsigned sim_pick(struct sim *sim, unsigned below)
{
    return (unsigned)(sim_chance(sim) % below);
}

bool sim_maybe(struct sim *sim, unsigned percent)
{
    return !sim->calm && sim_pick(sim, 100) < percent;
}

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void sift_up(struct sim *sim, size_t at)
{
    while (at && is_before(&sim->heap[at], &sim->heap[(at - 1) / 2])) {
        struct sim_event e = sim->heap[at];
        sim->heap[at] = sim->heap[(at - 1) / 2];
        sim->heap[(at - 1) / 2] = e;
        at = (at - 1) / 2;
    }
}

static void sift_down(struct sim *sim, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child < 2 * at + 3 && child < sim->heap_count; child++)
            if (is_before(&sim->heap[child], &sim->heap[least]))
                least = child;
        if (least == at)
            return;
        struct sim_event e = sim->heap[at];
        sim->heap[at] = sim->heap[least];
        sim->heap[least] = e;
        at = least;
    }
}

void sim_at(struct sim *sim, int64_t wait_ms, bool machine, sim_act *act, void *ctx)
{
    if (sim->heap_count == sim->heap_room) {
        sim->heap_room = sim->heap_room ? 2 * sim->heap_room : 1024;
        sim->heap = mem_resize(sim->heap, sim->heap_room * sizeof(*sim->heap));
        if (!sim->heap)
            abort();
    }
    sim->heap[sim->heap_count] =
        (struct sim_event){sim->now_ms + (wait_ms > 0 ? wait_ms : 0), sim->order++, machine, act, ctx};
    sift_up(sim, sim->heap_count++);
}

bool sim_step(struct sim *sim)
{
    if (!sim->heap_count)
        return false;
    struct sim_event e = sim->heap[0];
    sim->heap[0] = sim->heap[--sim->heap_count];
    sift_down(sim, 0);
    sim->steady_ms += e.at_ms - sim->now_ms;
    sim->now_ms = e.at_ms;
    sim->did.steps++;
    e.act(sim, e.ctx);
    return true;
}

int64_t sim_wall(const struct sim *sim)
{
    return sim->now_ms + sim->ahead_ms;
}

/* Nothing is under way: the wall clock goes on to shortly before the next thing that the world does. */
void sim_skip(struct sim *sim, int64_t until_ms)
{
    int64_t next_ms = until_ms;
    for (size_t i = 0; i < sim->heap_count; i++)
        if (!sim->heap[i].machine && sim->heap[i].at_ms < next_ms)
            next_ms = sim->heap[i].at_ms;
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (size_t i = 0; i < SHARDS; i++)
        if (memory->shards[i].timers && memory->shards[i].timers->due_ms - sim->ahead_ms < next_ms)
            next_ms = memory->shards[i].timers->due_ms - sim->ahead_ms;
    int64_t step_ms = next_ms - 500 - sim->now_ms;
    if (step_ms < 5000)
        return;
    sim->now_ms += step_ms;
    for (size_t i = 0; i < sim->heap_count; i++)
        if (sim->heap[i].machine)
            sim->heap[i].at_ms += step_ms;
    for (size_t i = sim->heap_count / 2; i-- > 0;)
        sift_down(sim, i);
    for (size_t i = 0; i < SIM_WORKERS; i++) {
        sim->workers[i].reach_ms += step_ms;
        sim->workers[i].heard_ms += step_ms;
    }
}

void sim_note(struct sim *sim, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    int len = vsnprintf(line, sizeof(line), format, list);
    va_end(list);
    for (int i = 0; i < len && i < (int)sizeof(line) - 1; i++)
        sim->digest = (sim->digest ^ (unsigned char)line[i]) * 0x100000001B3u;
    sim->digest = (sim->digest ^ (uint64_t)sim->now_ms) * 0x100000001B3u;
    if (sim->trace)
        printf("%lld %s\n", (long long)(sim->now_ms - SIM_BEGIN_MS), line);
}

static struct sim *sim_of(struct loop *loop)
{
    return ((struct sim_loop *)loop)->sim;
}

static int64_t sim_now(struct loop *loop)
{
    return sim_wall(sim_of(loop));
}

static int64_t sim_steady(struct loop *loop)
{
    return sim_of(loop)->steady_ms;
}

static void sim_bytes(struct loop *loop, void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)sim_chance(sim_of(loop));
}

static struct alarm *sim_alarm_new(struct loop *loop, alarm_rings *rings, void *ctx)
{
    struct sim_alarm *alarm = mem_alloc(sizeof(*alarm));
    if (alarm)
        *alarm = (struct sim_alarm){.head = {loop}, .rings = rings, .ctx = ctx};
    return alarm ? &alarm->head : NULL;
}

static void on_ring(struct sim *sim, void *ctx)
{
    struct ring ring = *(struct ring *)ctx;
    struct sim_worker *worker = ((struct sim_loop *)ring.alarm->head.loop)->worker;
    (void)sim;
    if (!ring.alarm->gone && sim_is_held(worker, on_ring, ctx))
        return;
    mem_free(ctx);
    ring.alarm->pending--;
    if (ring.alarm->gone) {
        if (!ring.alarm->pending)
            mem_free(ring.alarm);
        return;
    }
    if (ring.alarm->stamp != ring.stamp)
        return;
    ring.alarm->stamp = 0;
    ring.alarm->rings(ring.alarm->ctx);
}

static void sim_alarm_set(struct alarm *head, int64_t wait_ms)
{
    struct sim_alarm *alarm = (struct sim_alarm *)head;
    struct sim *sim = sim_of(head->loop);
    struct ring *ring = mem_alloc(sizeof(*ring));
    if (!ring)
        abort();
    alarm->stamp = sim->order + 1;
    alarm->pending++;
    *ring = (struct ring){alarm, alarm->stamp};
    sim_at(sim, wait_ms, wait_ms <= SIM_SHORT_MS, on_ring, ring);
}

static void sim_alarm_cancel(struct alarm *head)
{
    ((struct sim_alarm *)head)->stamp = 0;
}

static void sim_alarm_free(struct alarm *head)
{
    struct sim_alarm *alarm = (struct sim_alarm *)head;
    alarm->gone = true;
    if (!alarm->pending)
        mem_free(alarm);
}

void sim_loop_open(struct sim_loop *loop, struct sim *sim)
{
    static const struct loop_methods methods = {sim_now,       sim_steady,       sim_bytes,     sim_alarm_new,
                                                sim_alarm_set, sim_alarm_cancel, sim_alarm_free};
    *loop = (struct sim_loop){{&methods}, sim, NULL};
}
