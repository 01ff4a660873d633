#include "gateway/catalogue_watch.h"

#include "base/mem.h"
#include "engine/catalogue_check.h"
#include "gateway/catalogue_kept.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/metrics.h"

struct catalogue_watch {
    struct redis *redis;
    const struct world *world;
    void (*looked)(void *ctx);
    void *ctx;
    struct event *timer;
    uint64_t version; /* that was looked at last, taken or not; 0: the file's */
    bool busy;        /* a command is under way */
};

static void log_faults(const struct faults *faults, uint64_t version)
{
    char text[LOG_LINE_MAX];
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        log_event(LOG_ERROR, "a fault in the catalogue that staff edited", "version=%llu at=%s:%u:%u why=%s",
                  (unsigned long long)version, fault->file, fault->line, fault->column,
                  log_value(slice_of(fault->text), text, sizeof(text)));
    }
}

/* Puts a good catalogue in the place of the one in use. */
static void take(struct catalogue_watch *watch, const struct catalogue_kept *kept, struct faults *faults)
{
    char digest[DIGEST_TEXT];
    struct buf all;
    struct catalogue *catalogue = catalogue_kept_make(kept, faults);
    if (!catalogue)
        return;
    buf_init(&all, CATALOGUE_KEPT_ROOM);
    for (size_t i = 0; i < kept->count; i++)
        buf_addslice(&all, kept->items[i].text);
    if (all.error || digest_write(buf_slice(&all), digest)) {
        faults_add(faults, "", 0, 0, "out of memory");
    } else {
        engine_swap_catalogue((struct engine *)watch->world->mind.engine, &catalogue, digest);
        world_check_mentions(watch->world, faults);
        metric_set(METRIC_CATALOGUE, NULL, NULL, (double)kept->version);
        log_event(LOG_INFO, "the catalogue is another", "version=%llu entries=%zu", (unsigned long long)kept->version,
                  kept->count);
    }
    buf_release(&all);
    catalogue_free(catalogue);
}

static void on_entries(void *ctx, const redisReply *reply)
{
    struct catalogue_watch *watch = ctx;
    struct faults faults;
    struct arena *arena = reply && reply->type == REDIS_REPLY_ARRAY ? arena_new(CATALOGUE_KEPT_ROOM) : NULL;
    struct catalogue_kept *kept = arena ? arena_bytes(arena, sizeof(*kept)) : NULL;
    watch->busy = false;
    faults_init(&faults);
    if (kept && !catalogue_kept_read(reply, arena, kept)) {
        watch->version = kept->version;
        if (kept->version)
            take(watch, kept, &faults);
        log_faults(&faults, kept->version);
        metric_set(METRIC_CATALOGUE_GOOD, NULL, NULL, faults.total == 0);
    }
    faults_release(&faults);
    arena_free(arena);
    if (kept)
        watch->looked(watch->ctx);
}

static void on_version(void *ctx, const redisReply *reply)
{
    struct catalogue_watch *watch = ctx;
    uint64_t version = 0;
    const struct slice args[] = {SLICE("HGETALL"), CATALOGUE_KEY};
    watch->busy = false;
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        return;
    if (reply->type == REDIS_REPLY_STRING && !slice_u64((struct slice){reply->str, reply->len}, INT64_MAX, &version))
        version = 0;
    if (version == watch->version || version == 0)
        watch->looked(watch->ctx);
    else
        watch->busy = !redis_command(watch->redis, args, 2, on_entries, watch);
}

void catalogue_watch_now(struct catalogue_watch *watch)
{
    const struct slice args[] = {SLICE("HGET"), CATALOGUE_KEY, SLICE("#version")};
    if (!watch->busy)
        watch->busy = !redis_command(watch->redis, args, 3, on_version, watch);
}

/* Days pass, also where nobody edits. */
static void count_states(const struct catalogue_watch *watch)
{
    const struct catalogue *catalogue = engine_catalogue(watch->world->mind.engine);
    size_t counts[CATALOGUE_EXPIRED + 1] = {0};
    for (size_t i = 0; i < catalogue_count(catalogue); i++)
        counts[catalogue_state(catalogue_at(catalogue, i), clock_ms())]++;
    for (size_t state = 0; state <= CATALOGUE_EXPIRED; state++)
        metric_set(METRIC_CATALOGUE_STATE, catalogue_state_words[state], NULL, (double)counts[state]);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    count_states(ctx);
    catalogue_watch_now(ctx);
}

struct catalogue_watch *catalogue_watch_open(struct event_base *base, struct redis *redis, const struct world *world,
                                             void (*looked)(void *ctx), void *ctx)
{
    const struct timeval each = {CATALOGUE_LOOK_MS / 1000, CATALOGUE_LOOK_MS % 1000 * 1000};
    struct catalogue_watch *watch = mem_alloc(sizeof(*watch));
    if (!watch)
        return NULL;
    *watch = (struct catalogue_watch){.redis = redis, .world = world, .looked = looked, .ctx = ctx};
    watch->timer = event_new(base, -1, EV_PERSIST, on_timer, watch);
    metric_set(METRIC_CATALOGUE_GOOD, NULL, NULL, 1);
    metric_set(METRIC_CATALOGUE, NULL, NULL, 0);
    if (watch->timer && !event_add(watch->timer, &each))
        return watch;
    catalogue_watch_close(watch);
    return NULL;
}

void catalogue_watch_close(struct catalogue_watch *watch)
{
    if (watch && watch->timer)
        event_free(watch->timer);
    mem_free(watch);
}
