/* One event to one endpoint: is it still to be told, the call, how that ended, the endpoint's place. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/webhooks_parts.h"

#define DELIVERY_ARENA (64 * 1024)
#define RETRY_AFTER_MAX_MS (24 * 3600 * INT64_C(1000))
#define PLACE_MAX 160   /* bytes of a place's text and its NUL */
#define UNMOVED_MS 1000 /* before what could not be written down is told again */
#define LINE_MAX 1024   /* bytes of a line of the log of deliveries */

struct telling {
    struct endpoint *endpoint;
    struct arena *arena; /* has this too */
    unsigned shard;
    uint64_t token; /* of the shard's lease when it began */
    char after[STORE_ID_MAX];
    struct webhook_event event;
    struct place then; /* if it ends as it looks now */
    int64_t began_ms;  /* steady clock */
    bool gone;         /* the endpoint said so */
    const char *outcome;
};

/* Ends a delivery; the place is as `then` says, or as it was where that could not be written: it is told again. */
static void end(struct telling *d, bool moved)
{
    struct endpoint *endpoint = d->endpoint;
    struct place *place = &endpoint->places[d->shard];
    if (moved)
        *place = d->then;
    else
        place->due_ms = loop_now_ms(endpoint->webhooks->parts.loop) + UNMOVED_MS;
    place->busy = false;
    endpoint->at_work--;
    endpoint->under_way--;
    endpoint->webhooks->at_work--;
    webhooks_look_soon(endpoint->webhooks);
    arena_free(d->arena);
}

/* ---- the place ---- */

static void on_placed(void *ctx, const redisReply *reply)
{
    struct telling *d = ctx;
    end(d, reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1);
}

static void move(struct telling *d)
{
    const struct webhook *webhook = &d->endpoint->webhook;
    struct webhooks *w = d->endpoint->webhooks;
    char keys[2][KEY_MAX], token[SLICE_DECIMAL_SIZE], place[PLACE_MAX];
    snprintf(place, sizeof(place), "%" PRId64 " %s %" PRId64 " %" PRId64 " %" PRId64, webhook->generation,
             d->then.after, d->then.tries, d->then.due_ms, d->then.first_ms);
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_webhook_place"),
                                 SLICE("2"),
                                 key_write(keys[0], d->shard, "webhooks", SLICE("places")),
                                 key_write(keys[1], d->shard, "lease", SLICE_NONE),
                                 w->parts.owner,
                                 slice_decimal((int64_t)d->token, token),
                                 slice_of(webhook->id),
                                 slice_of(place)};
    if (redis_command(w->parts.redis, args, sizeof(args) / sizeof(args[0]), on_placed, d))
        end(d, false);
}

/* ---- switching off ---- */

static void on_off(void *ctx, const redisReply *reply)
{
    struct endpoint *endpoint = ctx;
    (void)reply; /* who was faster did the same, or changed it: it is looked at again */
    endpoint->under_way--;
    endpoint->webhooks->records_ms = 0;
    webhooks_look_soon(endpoint->webhooks);
}

/* Switches an endpoint off, with a line in the audit log. */
static void switch_off(struct endpoint *endpoint, const char *why)
{
    struct webhooks *w = endpoint->webhooks;
    struct webhook then = endpoint->webhook;
    struct buf record, line;
    then.off = slice_of(why);
    then.off_ms = loop_now_ms(w->parts.loop);
    buf_init(&record, WEBHOOK_RECORD_MAX);
    buf_init(&line, LINE_MAX);
    webhook_write(&then, &record);
    buf_addf(&line,
             "{\"who\":\"chaski\",\"what\":\"webhook.off\",\"whom\":\"%s\",\"from\":\"\",\"more\":{\"why\":\"%s\"}}",
             then.id, why);
    const struct slice args[] = {SLICE("FCALL"),    SLICE("chaski_act"),       SLICE("2"),
                                 WEBHOOK_ENDPOINTS, SLICE("ck:{staff}:audit"), slice_of(then.id),
                                 endpoint->record,  buf_slice(&record),        buf_slice(&line)};
    log_event(LOG_WARNING, "a webhook is switched off", "webhook=%s why=%s", then.id, why);
    if (!record.error && !line.error &&
        !redis_command(w->parts.redis, args, sizeof(args) / sizeof(args[0]), on_off, endpoint))
        endpoint->under_way++;
    buf_release(&record);
    buf_release(&line);
}

/* ---- how it ended ---- */

static void on_logged(void *ctx, const redisReply *reply)
{
    struct telling *d = ctx;
    struct endpoint *endpoint = d->endpoint;
    const struct webhooks *w = endpoint->webhooks;
    const int64_t patience_ms = INT64_C(1000) * w->parts.config->webhook_disable_s;
    uint64_t since_ms = 0;
    if (!reply || reply->type != REDIS_REPLY_STRING ||
        !slice_u64((struct slice){reply->str, reply->len}, INT64_MAX, &since_ms)) {
        end(d, false);
        return;
    }
    if (d->gone)
        switch_off(endpoint, "gone");
    else if (since_ms && loop_now_ms(w->parts.loop) - (int64_t)since_ms >= patience_ms)
        switch_off(endpoint, "failing");
    move(d);
}

/* Decides what a failure means for the event: another try, or none. */
static void fail(struct telling *d, int64_t retry_after_ms)
{
    const struct webhooks *w = d->endpoint->webhooks;
    const int64_t now_ms = loop_now_ms(w->parts.loop);
    unsigned char chance;
    loop_chance(w->parts.loop, &chance, 1);
    d->then.first_ms = d->then.first_ms ? d->then.first_ms : now_ms;
    d->then.tries++;
    int64_t wait_ms = webhook_wait_ms(d->then.tries, chance);
    if (retry_after_ms > wait_ms)
        wait_ms = retry_after_ms < RETRY_AFTER_MAX_MS ? retry_after_ms : RETRY_AFTER_MAX_MS;
    d->then.due_ms = now_ms + wait_ms;
    d->outcome = "failed";
    if (now_ms - d->then.first_ms >= INT64_C(1000) * w->parts.config->webhook_give_up_s)
        d->outcome = "dead";
}

/* Writes down how a delivery ended, and then moves the place. */
static void conclude(struct telling *d, int status, const char *why)
{
    struct webhooks *w = d->endpoint->webhooks;
    const char *id = d->endpoint->webhook.id;
    const int64_t now_ms = loop_now_ms(w->parts.loop), took_ms = loop_steady_ms(w->parts.loop) - d->began_ms;
    char keys[2][64], now[SLICE_DECIMAL_SIZE];
    struct buf line;
    metric_add(METRIC_PARTNER_CALLS, d->outcome, NULL, 1);
    snprintf(keys[0], sizeof(keys[0]), "ck:{staff}:webhook:%s", id);
    snprintf(keys[1], sizeof(keys[1]), "ck:{staff}:webhook:%s:dead", id);
    buf_init(&line, LINE_MAX);
    buf_addf(&line, "{\"event\":\"%s\",\"type\":\"%.*s\",\"outcome\":\"%s\",\"tries\":%" PRId64 ",\"status\":%d,",
             d->event.id, (int)d->event.type.len, d->event.type.ptr, d->outcome, d->then.tries + !why, status);
    buf_addf(&line, "\"at\":%" PRId64 ",\"took\":%" PRId64 ",\"next\":%" PRId64 ",\"why\":", now_ms, took_ms,
             strcmp(d->outcome, "failed") == 0 ? d->then.due_ms : 0);
    json_put_string(&line, slice_of(why ? why : ""));
    buf_addc(&line, '}');
    const struct slice args[] = {SLICE("FCALL"),    SLICE("chaski_webhook_log"), SLICE("3"),
                                 slice_of(keys[0]), slice_of(keys[1]),           WEBHOOK_FAILING,
                                 slice_of(id),      slice_decimal(now_ms, now),  slice_of(d->outcome),
                                 buf_slice(&line)};
    if (strcmp(d->outcome, "failed") != 0) { /* the one behind it is next */
        d->then = (struct place){.busy = false};
        slice_copy(slice_of(d->after), d->then.after, sizeof(d->then.after));
    }
    if (line.error || redis_command(w->parts.redis, args, sizeof(args) / sizeof(args[0]), on_logged, d))
        end(d, false);
    buf_release(&line);
}

static void on_called(void *ctx, const struct sender_answer *answer)
{
    struct telling *d = ctx;
    char room[64];
    const char *why = webhooks_trouble(answer, room);
    d->gone = answer->fate == SENDER_ANSWERED && answer->status == 410;
    if (why)
        fail(d, answer->retry_after_ms);
    else
        d->outcome = "delivered";
    conclude(d, answer->status, why);
}

/* ---- the beginning ---- */

static void call(struct telling *d)
{
    const struct endpoint *endpoint = d->endpoint;
    d->began_ms = loop_steady_ms(endpoint->webhooks->parts.loop);
    enum error error = webhooks_call(endpoint->webhooks, &endpoint->webhook, &d->event, on_called, d);
    if (error == ERR_REFUSED) {
        fail(d, 0);
        conclude(d, 0, "its address is not allowed");
    } else if (error) {
        end(d, false);
    }
}

static void on_person(void *ctx, const redisReply *reply)
{
    struct telling *d = ctx;
    if (!reply || reply->type == REDIS_REPLY_ERROR || d->endpoint->webhooks->stopped) {
        end(d, false);
    } else if (reply->elements == 2 &&
               webhook_agrees(&d->endpoint->webhook, text_of(reply->element[0]), text_of(reply->element[1]))) {
        call(d);
    } else {
        metric_add(METRIC_PARTNER_CALLS, "dropped", NULL, 1);
        d->then = (struct place){.busy = false};
        slice_copy(slice_of(d->after), d->then.after, sizeof(d->then.after));
        move(d);
    }
}

void webhook_deliver(struct endpoint *endpoint, unsigned shard, struct slice after, const struct webhook_event *event)
{
    struct webhooks *w = endpoint->webhooks;
    struct arena *arena = arena_new(DELIVERY_ARENA);
    struct telling *d = arena ? arena_alloc(arena, sizeof(*d)) : NULL;
    char key[KEY_MAX];
    if (d) {
        *d = (struct telling){.endpoint = endpoint,
                              .arena = arena,
                              .shard = shard,
                              .token = w->tokens[shard],
                              .event = *event,
                              .then = endpoint->places[shard]};
        slice_copy(after, d->after, sizeof(d->after));
    }
    const bool withdrawn = webhook_type_of(event->type) == WEBHOOK_WITHDRAWN;
    const struct slice args[] = {SLICE("HMGET"), key_write(key, shard, "contact", event->number), SLICE("v"),
                                 SLICE("s")};
    if (!d || webhook_event_copy(&d->event, arena) ||
        (!withdrawn && redis_command(w->parts.redis, args, 4, on_person, d))) {
        arena_free(arena);
        return;
    }
    endpoint->places[shard].busy = true;
    endpoint->at_work++;
    endpoint->under_way++;
    w->at_work++;
    if (withdrawn)
        call(d);
}
