#include "gateway/failpoint.h"
#include "gateway/worker.h"

#include <event2/event.h>
#include <stdio.h>
#include <unistd.h>

#include "base/blocks.h"
#include "gateway/api.h"
#include "gateway/broadcast_feeder.h"
#include "gateway/catalogue_watch.h"
#include "gateway/cli.h"
#include "gateway/clock.h"
#include "gateway/health.h"
#include "gateway/hooks.h"
#include "gateway/log.h"
#include "gateway/merger.h"
#include "gateway/metrics.h"
#include "gateway/outgoing.h"
#include "gateway/request_watch.h"
#include "gateway/spool_replay.h"
#include "gateway/trainer.h"
#include "gateway/webhooks.h"

#define DRAIN_LOOK_MS 50
#define PATIENCE_MS 1000    /* without Redis, before connections are taken all the same */
#define RETIRE_IDLE_MS 2000 /* for which a kept connection may stay idle when others serve */
#define MEASURE_MS 1000
#define COMMIT_LANES 4 /* take what 128 turns and 256 sends under way say */

struct worker {
    const struct worker_options *options;
    struct event_base *base;
    struct loop *loop;
    struct redis *redis;
    struct sender *sender, *partner_sender; /* to providers, and to partners' systems */
    struct outgoing *outgoing;
    struct feeder *feeder;
    struct trainer *trainer;
    struct merger *merger;
    struct webhooks *webhooks;
    struct store *store;
    struct turns turns;
    struct seen seen;
    struct hooks hooks;
    struct spool_replays replays;
    struct spool *spool;
    struct health health;
    struct api *api;
    struct catalogue_watch *catalogue;
    struct request_watch *requests;
    struct http_server *http; /* NULL until connections are taken */
    struct event *end, *retire, *drain_look, *measure;
    int64_t drain_deadline_ms; /* steady clock */
    int idle_ms;               /* what http_stop_accepting() is told */
    int exit_code;
    bool knows; /* which catalogue is in use, so that turns may be taken */
    bool told;  /* the master knows that it is ready */
    bool ends;  /* WORKER_END came */
};

static struct timeval time_of_ms(int ms)
{
    return (struct timeval){ms / 1000, ms % 1000 * 1000};
}

static void fail(struct worker *w, const char *what)
{
    log_event(LOG_ERROR, what, "%s", "");
    w->exit_code = EXIT_TEMPORARY;
    event_base_loopbreak(w->base);
}

static struct redis *connect_redis(struct worker *w, redis_changed *changed)
{
    const struct redis_url *url = w->options->url;
    const struct redis_options options = {
        .unix_path = w->options->redis_socket   ? w->options->redis_socket
                     : url->place == REDIS_UNIX ? url->host
                                                : NULL,
        .host = url->host,
        .port = url->port,
        .user = url->user[0] ? url->user : NULL,
        .password = url->password[0] ? url->password : NULL,
        .database = url->database,
        .relaxed = w->options->world->config->durability == DURABILITY_RELAXED,
        .lanes = COMMIT_LANES,
    };
    return redis_open(w->base, &options, changed, w);
}

/* Begins to take connections from the shared socket. */
static void open_doors(struct worker *w)
{
    const struct http_route routes[] = {
        {"/hooks/", HTTP_GET | HTTP_POST | HTTP_PUT, hooks_body_max, hooks_handle, &w->hooks},
        {"/api/", HTTP_GET | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE, api_body_max, api_handle, w->api},
        {"/livez", HTTP_GET, NULL, health_live, &w->health},
        {"/readyz", HTTP_GET, NULL, health_ready, &w->health},
        {"/metrics", HTTP_GET, NULL, health_metrics, &w->health},
    };
    if (w->http || w->health.draining)
        return;
    w->http = http_start_shared(w->base, w->options->listener, routes, sizeof(routes) / sizeof(routes[0]));
    if (!w->http)
        fail(w, "a worker cannot take connections: out of memory");
}

static void on_patience_ends(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    open_doors(ctx);
}

/* What waits for Redis goes on. */
static void go_on(struct worker *w)
{
    if (!w->outgoing || !w->spool)
        return;
    outgoing_store_up(w->outgoing);
    spool_redis_up(w->spool);
}

static void on_redis(void *ctx, bool up)
{
    struct worker *w = ctx;
    if (!up)
        return;
    if (w->catalogue)
        catalogue_watch_now(w->catalogue);
    if (w->knows)
        go_on(w);
}

/* The catalogue is what Redis has: turns may be taken. */
static void on_catalogue(void *ctx)
{
    struct worker *w = ctx;
    if (!w->knows) {
        w->knows = true;
        go_on(w);
    }
    if (w->told || w->health.draining)
        return;
    open_doors(w);
    w->told = w->http && sigqueue(getppid(), WORKER_IS_READY, (union sigval){0}) == 0;
}

static const struct channel *find_channel(void *ctx, struct slice name)
{
    const struct worker *w = ctx;
    return world_channel(w->options->world, name);
}

static enum error call_provider(void *caller, const struct http_call *call, sender_done *done, void *ctx)
{
    return sender_call(caller, call, done, ctx);
}

static size_t calls_under_way(const struct worker *w)
{
    return w->outgoing && w->spool && w->webhooks
               ? outgoing_in_flight(w->outgoing) + spool_in_flight(w->spool) + webhooks_in_flight(w->webhooks)
               : 0;
}

static size_t requests_under_way(const struct worker *w)
{
    return w->http ? http_in_flight(w->http) : 0;
}

static void on_drain_look(evutil_socket_t fd, short what, void *ctx)
{
    struct worker *w = ctx;
    (void)fd;
    (void)what;
    if (w->http) /* not at once: who was waiting to be accepted when the signal came is let in */
        http_stop_accepting(w->http, w->idle_ms);
    bool quiet = requests_under_way(w) == 0 && calls_under_way(w) == 0;
    if (quiet)
        FAILPOINT("drain.quiet");
    if ((quiet && (outgoing_leave(w->outgoing) || !redis_up(w->redis))) || clock_steady_ms() > w->drain_deadline_ms)
        event_base_loopbreak(w->base);
}

static void drain(struct worker *w, int idle_ms)
{
    struct timeval look = time_of_ms(DRAIN_LOOK_MS);
    if (w->health.draining)
        return;
    w->health.draining = true;
    w->idle_ms = idle_ms;
    w->drain_deadline_ms = clock_steady_ms() + DRAIN_MS;
    log_event(LOG_INFO, "a worker drains", "process=%ld requests=%zu calls=%zu", (long)getpid(), requests_under_way(w),
              calls_under_way(w));
    FAILPOINT("drain.begun");
    outgoing_drain(w->outgoing);
    feeder_stop(w->feeder);
    trainer_stop(w->trainer);
    merger_stop(w->merger);
    webhooks_stop(w->webhooks);
    spool_drain(w->spool);
    event_add(w->drain_look, &look);
}

static void on_end(evutil_socket_t number, short what, void *ctx)
{
    struct worker *w = ctx;
    (void)number;
    (void)what;
    if (w->ends)
        event_base_loopbreak(w->base);
    w->ends = true;
    drain(w, 0);
}

static void on_retire(evutil_socket_t number, short what, void *ctx)
{
    (void)number;
    (void)what;
    drain(ctx, RETIRE_IDLE_MS);
}

static void on_measure(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    (void)ctx;
    metrics_measure_process();
}

static enum error make_base(struct worker *w)
{
    blocks_keep();
    event_set_mem_functions(blocks_take, blocks_resize, blocks_give);
    struct event_config *config = event_config_new();
    /* Each request arms and disarms its socket's events several times: one system call for all of a turn of the
     * loop. */
    if (!config || event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST))
        return ERR_NOMEM;
    w->base = event_base_new_with_config(config);
    event_config_free(config);
    return w->base ? OK : ERR_NOMEM;
}

static enum error watch(struct worker *w)
{
    const struct timeval measure = time_of_ms(MEASURE_MS), patience = time_of_ms(PATIENCE_MS);
    sigset_t none;
    w->end = evsignal_new(w->base, WORKER_END, on_end, w);
    w->retire = evsignal_new(w->base, WORKER_RETIRE, on_retire, w);
    w->drain_look = event_new(w->base, -1, EV_PERSIST, on_drain_look, w);
    w->measure = event_new(w->base, -1, EV_PERSIST, on_measure, w);
    if (!w->end || !w->retire || !w->drain_look || !w->measure || event_add(w->end, NULL) ||
        event_add(w->retire, NULL) || event_add(w->measure, &measure) ||
        event_base_once(w->base, -1, EV_TIMEOUT, on_patience_ends, w, &patience))
        return ERR_NOMEM;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return OK;
}

static const struct limit_rules *rules_of(void *ctx, const struct channel *channel)
{
    return world_rules(((const struct worker *)ctx)->options->world, channel);
}

static void on_said(void *ctx, unsigned shard)
{
    outgoing_nudge(ctx, shard);
}

static void on_shard(void *ctx, unsigned shard, uint64_t token)
{
    struct worker *w = ctx;
    feeder_shard(w->feeder, shard, token);
    trainer_shard(w->trainer, shard, token);
    webhooks_shard(w->webhooks, shard, token);
    request_watch_shard(w->requests, shard, token);
}

/* What tells partners' systems. */
static enum error prepare_webhooks(struct worker *w)
{
    const struct webhooks_parts parts = {.loop = w->loop,
                                         .redis = w->redis,
                                         .sender = w->partner_sender = sender_new(w->base),
                                         .config = w->options->world->config,
                                         .turns = &w->turns,
                                         .key = w->options->person_key,
                                         .owner = slice_of(w->options->word)};
    w->webhooks = parts.sender ? webhooks_open(&parts) : NULL;
    if (!w->webhooks)
        return ERR_NOMEM;
    api_use_webhooks(w->api, w->webhooks);
    return OK;
}

/* What sends and fires. */
static enum error prepare_outgoing(struct worker *w)
{
    const struct outbox_parts parts = {.loop = w->loop,
                                       .store = w->store,
                                       .call = call_provider,
                                       .caller = w->sender,
                                       .channel = find_channel,
                                       .ctx = w,
                                       .rules = rules_of};
    w->outgoing = outgoing_open(&parts, &w->turns, slice_of(w->options->word), slice_of(w->options->word_before));
    w->turns.said = on_said;
    w->turns.said_ctx = w->outgoing;
    w->feeder = feeder_open(w->loop, w->redis, w->store, w->options->world, slice_of(w->options->word));
    w->trainer = trainer_open(w->loop, w->redis, &w->turns, w->options->world);
    w->merger = merger_open(w->loop, w->redis, &w->turns, w->options->world, w->options->person_key);
    if (!w->outgoing || !w->feeder || !w->trainer || !w->merger || prepare_webhooks(w))
        return ERR_NOMEM;
    api_use_merger(w->api, w->merger);
    api_use_sender(w->api, w->sender);
    outgoing_tell(w->outgoing, on_shard, w);
    w->turns.invited = trainer_invited;
    w->turns.invited_ctx = w->trainer;
    w->turns.offers = trainer_offered;
    w->turns.offers_ctx = w->trainer;
    return OK;
}

static enum error prepare(struct worker *w)
{
    const struct world *world = w->options->world;
    if (make_base(w) || !(w->loop = loop_event_new(w->base)) || !(w->sender = sender_new(w->base)) ||
        !(w->redis = connect_redis(w, on_redis)) || !(w->store = store_redis_new(w->redis, w->options->person_key)))
        return ERR_NOMEM;
    w->seen = (struct seen){.sender = w->sender};
    w->turns = (struct turns){.mind = &world->mind, .store = w->store};
    w->replays.hooks = &w->hooks;
    const struct spool_user user = spool_replay_user(&w->replays);
    w->spool = spool_open(w->base, world->config->state_dir, &user);
    w->hooks = (struct hooks){world, &w->turns, w->store, w->redis, w->spool, &w->seen};
    w->health = (struct health){world, w->redis, w->spool, false};
    metric_set(METRIC_REDIS_UP, NULL, NULL, 0);
    watch_references(world->config->models);
    metrics_measure_process();
    w->catalogue = catalogue_watch_open(w->base, w->redis, world, on_catalogue, w);
    w->requests = request_watch_open(w->base, w->redis, world);
    w->api = api_open(w->base, world, w->redis, &w->turns, w->options->person_key);
    return !w->spool || !w->api || !w->catalogue || !w->requests || prepare_outgoing(w) || watch(w) ? ERR_NOMEM : OK;
}

/* In the order that nothing calls back into what is gone. */
static void clean_up(struct worker *w)
{
    struct event *const events[] = {w->end, w->retire, w->drain_look, w->measure};
    if (w->outgoing)
        outgoing_abandon(w->outgoing);
    if (w->feeder)
        feeder_stop(w->feeder);
    if (w->trainer)
        trainer_stop(w->trainer);
    if (w->merger)
        merger_stop(w->merger);
    if (w->webhooks)
        webhooks_stop(w->webhooks);
    sender_free(w->sender);
    sender_free(w->partner_sender);
    api_stop(w->api);
    redis_close(w->redis);
    catalogue_watch_close(w->catalogue);
    request_watch_close(w->requests);
    api_close(w->api); /* what it answers, the server still takes */
    http_free(w->http);
    spool_close(w->spool);
    feeder_close(w->feeder);
    trainer_close(w->trainer);
    merger_close(w->merger);
    webhooks_close(w->webhooks);
    outgoing_close(w->outgoing);
    store_close(w->store);
    loop_event_free(w->loop);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (events[i])
            event_free(events[i]);
    if (w->base)
        event_base_free(w->base);
}

int worker_run(const struct worker_options *options)
{
    struct worker w = {.options = options, .exit_code = EXIT_GOOD};
    if (prepare(&w)) {
        log_event(LOG_ERROR, "a worker cannot start: out of memory", "%s", "");
        w.exit_code = EXIT_TEMPORARY;
    } else {
        event_base_dispatch(w.base);
        log_event(LOG_INFO, "a worker ended", "process=%ld in_memory=%zu calls=%zu", (long)getpid(),
                  w.outgoing ? outgoing_held(w.outgoing) : 0, calls_under_way(&w));
    }
    clean_up(&w);
    return w.exit_code;
}
