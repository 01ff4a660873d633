#include "gateway/daemon.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "gateway/cli.h"
#include "gateway/clock.h"
#include "gateway/embedded_redis.h"
#include "gateway/health.h"
#include "gateway/hooks.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/outbox.h"
#include "gateway/redis_url.h"
#include "gateway/sample.h"
#include "gateway/secrets.h"

#define DRAIN_LOOK_MS 50

struct daemon {
    const struct daemon_options *options;
    struct faults faults;
    struct world *world;
    struct secrets secrets;
    struct redis_url url;
    struct embedded_redis *embedded;
    struct event_base *base;
    struct redis *redis, *reader;
    struct sender *sender;
    struct outbox *outbox;
    struct store *store;
    struct turns turns;
    struct hooks hooks;
    struct health health;
    struct http_server *http;
    struct sample *sample;
    struct event *terminate, *interrupt, *hangup, *drain_look;
    int64_t drain_deadline_ms; /* steady clock */
    int exit_code;
};

static int configure(struct daemon *d)
{
    if (secrets_make(d->options->config, &d->faults))
        return EXIT_CONFIG;
    d->world = world_open(d->options->config, WORLD_FLOWS | WORLD_ENGINE | WORLD_CHANNELS, &d->faults);
    if (!d->world)
        return EXIT_CONFIG;
    const struct config *config = d->world->config;
    const char *why;
    if (secrets_read(config->state_dir, &d->secrets, &d->faults))
        return EXIT_CONFIG;
    if (redis_url_parse(slice_of(config->redis_url), &d->url, &why)) {
        faults_add(&d->faults, config->file, 0, 0, "redis.url: %s", why);
        return EXIT_CONFIG;
    }
    log_open((enum log_level)config->log, secrets_person_key(&d->secrets));
    return EXIT_GOOD;
}

static void on_redis(void *ctx, bool up)
{
    struct daemon *d = ctx;
    if (up)
        outbox_redis_up(d->outbox);
}

static void on_reader(void *ctx, bool up)
{
    struct daemon *d = ctx;
    if (up)
        outbox_reader_up(d->outbox);
}

static const struct channel *find_channel(void *ctx, struct slice name)
{
    const struct daemon *d = ctx;
    return world_channel(d->world, name);
}

/* Connects the loop's two Redis clients; the first one checks the server, the second one only reads the outbox. */
static enum error connect_redis(struct daemon *d)
{
    struct redis_options options = {
        .unix_path = d->embedded                  ? embedded_redis_socket(d->embedded)
                     : d->url.place == REDIS_UNIX ? d->url.host
                                                  : NULL,
        .host = d->url.host,
        .port = d->url.port,
        .user = d->url.user[0] ? d->url.user : NULL,
        .password = d->url.password[0] ? d->url.password : NULL,
        .database = d->url.database,
        .relaxed = d->world->config->durability == DURABILITY_RELAXED,
    };
    d->redis = redis_open(d->base, &options, on_redis, d);
    options.skip_checks = true;
    d->reader = redis_open(d->base, &options, on_reader, d);
    return d->redis && d->reader ? OK : ERR_NOMEM;
}

static enum error start_http(struct daemon *d)
{
    d->hooks = (struct hooks){d->world, &d->turns, d->redis};
    d->health = (struct health){d->world, d->redis, false};
    const struct http_route routes[] = {
        {"/hooks/", HTTP_GET | HTTP_POST, hooks_body_max, hooks_handle, &d->hooks},
        {"/livez", HTTP_GET, NULL, health_live, &d->health},
        {"/readyz", HTTP_GET, NULL, health_ready, &d->health},
        {"/metrics", HTTP_GET, NULL, health_metrics, &d->health},
    };
    d->http = http_start(d->base, d->world->config->listen, routes, sizeof(routes) / sizeof(routes[0]), &d->faults);
    return d->http ? OK : ERR_UNAVAILABLE;
}

/* Everything that lives on the loop. */
static enum error prepare_loop(struct daemon *d)
{
    struct event_config *config = event_config_new();
    /* Each request arms and disarms its socket's events several times: one system call for all of a turn of the
     * loop. */
    if (!config || event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST))
        return ERR_NOMEM;
    d->base = event_base_new_with_config(config);
    event_config_free(config);
    if (!d->base || (d->embedded && embedded_redis_watch(d->embedded, d->base)))
        return ERR_NOMEM;
    d->sender = sender_new(d->base);
    if (!d->sender || connect_redis(d))
        return ERR_NOMEM;
    d->outbox = outbox_open(d->base, d->redis, d->reader, d->sender, find_channel, d);
    d->store = store_redis_new(d->redis);
    d->turns =
        (struct turns){.mind = &d->world->mind, .store = d->store, .person_key = secrets_person_key(&d->secrets)};
    return d->outbox && d->store ? OK : ERR_NOMEM;
}

static int prepare(struct daemon *d)
{
    prctl(PR_SET_DUMPABLE, 0); /* a core file would hold secrets and what people wrote */
    metric_set(METRIC_BUILD_INFO, CHASKI_VERSION, NULL, 1);
    if (d->url.place == REDIS_EMBEDDED &&
        !(d->embedded = embedded_redis_start(d->world->config->state_dir, &d->faults)))
        return EXIT_SERVICE;
    if (prepare_loop(d)) {
        faults_add(&d->faults, "", 0, 0, "out of memory at start");
        return EXIT_TEMPORARY;
    }
    return start_http(d) ? EXIT_SERVICE : EXIT_GOOD;
}

static void on_drain_look(evutil_socket_t fd, short what, void *ctx)
{
    struct daemon *d = ctx;
    (void)fd;
    (void)what;
    http_stop_accepting(d->http); /* not at once: who was waiting to be accepted when the signal came is let in */
    bool quiet = http_in_flight(d->http) == 0 && outbox_in_flight(d->outbox) == 0;
    if (quiet || clock_steady_ms() > d->drain_deadline_ms)
        event_base_loopbreak(d->base);
}

static void drain(struct daemon *d)
{
    struct timeval look = {0, DRAIN_LOOK_MS * 1000};
    if (d->health.draining) {
        event_base_loopbreak(d->base);
        return;
    }
    d->health.draining = true;
    d->drain_deadline_ms = clock_steady_ms() + DRAIN_MS;
    log_event(LOG_INFO, "draining", "requests=%zu calls=%zu", http_in_flight(d->http), outbox_in_flight(d->outbox));
    sample_abandon(d->sample);
    outbox_drain(d->outbox);
    event_add(d->drain_look, &look);
}

static void on_end_signal(evutil_socket_t number, short what, void *ctx)
{
    (void)number;
    (void)what;
    drain(ctx);
}

static void on_hangup(evutil_socket_t number, short what, void *ctx)
{
    (void)number;
    (void)what;
    (void)ctx;
    log_event(LOG_WARNING, "SIGHUP changes nothing: configuration, flows and models are read at start", "%s", "");
}

static enum error watch_signals(struct daemon *d)
{
    d->terminate = evsignal_new(d->base, SIGTERM, on_end_signal, d);
    d->interrupt = evsignal_new(d->base, SIGINT, on_end_signal, d);
    d->hangup = evsignal_new(d->base, SIGHUP, on_hangup, d);
    d->drain_look = event_new(d->base, -1, EV_PERSIST, on_drain_look, d);
    return d->terminate && d->interrupt && d->hangup && d->drain_look && !event_add(d->terminate, NULL) &&
                   !event_add(d->interrupt, NULL) && !event_add(d->hangup, NULL)
               ? OK
               : ERR_NOMEM;
}

static void tell_what_to_try(const struct daemon *d, int port)
{
    const struct world *world = d->world;
    for (size_t i = 0; i < world->channel_count; i++)
        if (strcmp(world->channels[i].adapter->provider, "simulator") == 0)
            printf("Try it yourself, in another terminal:\n"
                   "  curl -s http://127.0.0.1:%d/hooks/%s -H 'Content-Type: application/json' \\\n"
                   "    -d '{\"from\":\"+51987654321\",\"text\":\"hola\"}'\n",
                   port, world->channels[i].name);
    printf("  build/chaski chat                    talk with it here\n"
           "  build/chaski chat --channel ussd     as a feature phone sees it\n"
           "  curl -s http://127.0.0.1:%d/metrics  what it counts\n",
           port);
    fflush(stdout);
}

static void on_sample_done(void *ctx, enum error error)
{
    struct daemon *d = ctx;
    if (error) {
        d->exit_code = EXIT_INTERNAL;
        drain(d);
        return;
    }
    tell_what_to_try(d, http_port(d->http));
    if (d->options->once) {
        drain(d);
    } else {
        printf("\nServing on %s until Ctrl-C.\n", d->world->config->listen);
        fflush(stdout);
    }
}

/* Waits for Redis before the sample is played; a daemon that only serves need not. */
static void on_first_ready(evutil_socket_t fd, short what, void *ctx)
{
    struct daemon *d = ctx;
    struct timeval again = {0, DRAIN_LOOK_MS * 1000};
    (void)fd;
    (void)what;
    if (!redis_up(d->redis)) {
        event_base_once(d->base, -1, EV_TIMEOUT, on_first_ready, d, &again);
        return;
    }
    log_event(LOG_INFO, "ready", "listen=%s port=%d channels=%zu", d->world->config->listen, http_port(d->http),
              d->world->channel_count);
    if (d->options->sample && !d->health.draining) {
        d->sample = sample_start(d->sender, d->world, http_port(d->http), clock_ms(), on_sample_done, d, &d->faults);
        if (!d->sample)
            on_sample_done(d, ERR_NOT_FOUND);
    }
}

static int work(struct daemon *d)
{
    struct timeval now = {0, 0};
    if (watch_signals(d) || event_base_once(d->base, -1, EV_TIMEOUT, on_first_ready, d, &now)) {
        faults_add(&d->faults, "", 0, 0, "out of memory at start");
        return EXIT_TEMPORARY;
    }
    log_event(LOG_INFO, "serving", "version=%s listen=%s port=%d", CHASKI_VERSION, d->world->config->listen,
              http_port(d->http));
    event_base_dispatch(d->base);
    log_event(LOG_INFO, "ended", "in_memory=%zu calls=%zu", outbox_held(d->outbox), outbox_in_flight(d->outbox));
    return d->exit_code;
}

static void free_event(struct event *event)
{
    if (event)
        event_free(event);
}

/* In the order that nothing calls back into what is gone. */
static void clean_up(struct daemon *d)
{
    if (d->outbox)
        outbox_abandon(d->outbox);
    sender_free(d->sender); /* ends the sample's call, if one is under way */
    sample_free(d->sample);
    redis_close(d->reader);
    redis_close(d->redis);
    http_free(d->http);
    outbox_close(d->outbox);
    store_close(d->store);
    free_event(d->terminate);
    free_event(d->interrupt);
    free_event(d->hangup);
    free_event(d->drain_look);
    if (d->embedded)
        embedded_redis_stop(d->embedded);
    if (d->base)
        event_base_free(d->base);
    world_close(d->world);
    faults_print(&d->faults, stderr);
    faults_release(&d->faults);
}

int daemon_run(const struct daemon_options *options)
{
    struct daemon d = {.options = options, .exit_code = EXIT_GOOD};
    faults_init(&d.faults);
    int code = configure(&d);
    if (!code)
        code = prepare(&d);
    if (!code)
        code = work(&d);
    clean_up(&d);
    return code;
}
