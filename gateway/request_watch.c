#include "gateway/request_watch.h"

#include <stdio.h>

#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/keys.h"
#include "gateway/metrics.h"
#include "gateway/request_entry.h"

#define PAGE 200      /* entries of one command */
#define ID_BYTES 48   /* of XRANGE's beginning: "-", or "(" and an id */

struct shard_look {
    struct request_watch *watch;
    unsigned shard;
    bool is_ours, busy; /* busy: a command is under way */
    size_t overdue;     /* as the last whole look found */
    size_t counting;    /* of the look under way */
    char from[ID_BYTES];
};

struct request_watch {
    struct redis *redis;
    const struct world *world;
    struct event *timer;
    struct shard_look shards[SHARDS];
};

static void show(const struct request_watch *watch)
{
    size_t sum = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        sum += watch->shards[i].overdue;
    metric_set(METRIC_REQUESTS_OVERDUE, NULL, NULL, (double)sum);
}

static bool is_overdue(const struct shard_look *look, const redisReply *reply, struct slice *id)
{
    cJSON *entry = NULL;
    int64_t late_ms = 0;
    const bool late = request_entry_read(reply, id, &entry) &&
                      request_entry_late(entry, &look->watch->world->holidays, &late_ms) && late_ms <= clock_ms();
    cJSON_Delete(entry);
    return late;
}

static void read_page(struct shard_look *look);

static void on_page(void *ctx, const redisReply *reply)
{
    struct shard_look *look = ctx;
    struct slice id = SLICE_NONE;
    look->busy = false;
    if (!look->is_ours || !reply || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0; i < reply->elements; i++)
        look->counting += is_overdue(look, reply->element[i], &id);
    if (reply->elements == PAGE && id.len && id.len < ID_BYTES - 1) {
        snprintf(look->from, sizeof(look->from), "(%.*s", (int)id.len, id.ptr);
        read_page(look);
        return;
    }
    look->overdue = look->counting;
    show(look->watch);
}

static void read_page(struct shard_look *look)
{
    char key[KEY_MAX], count[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("XRANGE"),      key_write(key, look->shard, "requests", SLICE_NONE),
                                 slice_of(look->from), SLICE("+"),
                                 SLICE("COUNT"),       slice_decimal(PAGE, count)};
    look->busy = !redis_command(look->watch->redis, args, sizeof(args) / sizeof(args[0]), on_page, look);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct request_watch *watch = ctx;
    (void)fd;
    (void)what;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard_look *look = &watch->shards[i];
        if (!look->is_ours || look->busy)
            continue;
        look->counting = 0;
        snprintf(look->from, sizeof(look->from), "-");
        read_page(look);
    }
}

void request_watch_shard(struct request_watch *watch, unsigned shard, uint64_t token)
{
    struct shard_look *look = &watch->shards[shard];
    look->is_ours = token != 0;
    if (look->is_ours)
        return;
    look->overdue = 0;
    show(watch);
}

struct request_watch *request_watch_open(struct event_base *base, struct redis *redis, const struct world *world)
{
    const struct timeval each = {REQUEST_LOOK_MS / 1000, REQUEST_LOOK_MS % 1000 * 1000};
    struct request_watch *watch = mem_alloc(sizeof(*watch));
    if (!watch)
        return NULL;
    *watch = (struct request_watch){.redis = redis, .world = world};
    for (unsigned i = 0; i < SHARDS; i++)
        watch->shards[i] = (struct shard_look){.watch = watch, .shard = i};
    watch->timer = event_new(base, -1, EV_PERSIST, on_timer, watch);
    show(watch);
    if (watch->timer && !event_add(watch->timer, &each))
        return watch;
    request_watch_close(watch);
    return NULL;
}

void request_watch_close(struct request_watch *watch)
{
    if (watch && watch->timer)
        event_free(watch->timer);
    mem_free(watch);
}
