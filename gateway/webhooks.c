#include "gateway/webhooks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/outside.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/webhooks_parts.h"

#define ENDPOINT_ARENA (64 * 1024)
#define BODY_MAX (64 * 1024) /* bytes of a delivery's body */
#define READ_COUNT 16        /* events of a shard that are looked at at once */
#define TRIM_MS (3600 * INT64_C(1000))
#define KEEP_MS (7 * 86400 * INT64_C(1000)) /* gateway/lua/webhook.lua, WEBHOOK_KEEP_MS */

void webhooks_look_soon(struct webhooks *w)
{
    if (!w->stopped)
        alarm_set(w->look, 0);
}

/* ---- which endpoints there are ---- */

static struct endpoint *find(struct webhooks *w, struct slice id)
{
    struct endpoint *endpoint = w->endpoints;
    while (endpoint && !slice_is(id, endpoint->webhook.id))
        endpoint = endpoint->next;
    return endpoint;
}

static void free_endpoint(struct endpoint *endpoint)
{
    arena_free(endpoint->arena);
    mem_free(endpoint);
}

/* Forgets those that are gone, once nothing of theirs is under way. */
static void sweep(struct webhooks *w)
{
    for (struct endpoint **at = &w->endpoints; *at;) {
        struct endpoint *endpoint = *at;
        if (endpoint->is_there || endpoint->under_way) {
            at = &endpoint->next;
        } else {
            *at = endpoint->next;
            free_endpoint(endpoint);
        }
    }
}

static struct endpoint *new_endpoint(struct webhooks *w, struct slice id)
{
    struct endpoint *endpoint = mem_alloc(sizeof(*endpoint));
    if (!endpoint)
        return NULL;
    endpoint->webhooks = w;
    endpoint->next = w->endpoints;
    if (!slice_copy(id, endpoint->webhook.id, sizeof(endpoint->webhook.id)) ||
        !(endpoint->arena = arena_new(ENDPOINT_ARENA))) {
        mem_free(endpoint);
        return NULL;
    }
    w->endpoints = endpoint;
    return endpoint;
}

/* Takes a record that is another than the one that is known; where endpoints have got to is read anew then. One whose
 * deliveries are under way waits for these. */
static void take_record(struct endpoint *endpoint, struct slice id, struct slice record)
{
    struct webhooks *w = endpoint->webhooks;
    endpoint->is_old = !endpoint->record.ptr || !slice_eq(endpoint->record, record);
    if (!endpoint->is_old || endpoint->under_way)
        return;
    endpoint->is_old = false;
    arena_reset(endpoint->arena);
    endpoint->record = arena_copy(endpoint->arena, record);
    enum error error = endpoint->record.ptr ? webhook_read(id, record, endpoint->arena, &endpoint->webhook) : ERR_NOMEM;
    endpoint->is_good = !error;
    if (error) {
        slice_copy(id, endpoint->webhook.id, sizeof(endpoint->webhook.id));
        endpoint->record = error == ERR_NOMEM ? SLICE_NONE : endpoint->record; /* read again with the next look */
    }
    if (error && error != ERR_NOMEM)
        log_event(LOG_ERROR, "a webhook's record cannot be read and is left alone", "webhook=%s", endpoint->webhook.id);
    memset(w->placed, 0, sizeof(w->placed));
}

/* Tells the turns what is wanted, and counts who was switched off. */
static void want(struct webhooks *w)
{
    size_t off = 0;
    bool any = false;
    w->wants = (struct webhook_wants){{0}};
    for (const struct endpoint *e = w->endpoints; e; e = e->next) {
        if (!e->is_there || !e->is_good)
            continue;
        off += e->webhook.off.len && !slice_is(e->webhook.off, "staff");
        for (unsigned type = 0; type < WEBHOOK_TYPES && !e->webhook.off.len; type++)
            if (e->webhook.types & UINT32_C(1) << type) {
                w->wants.purposes[type] |= e->webhook.purpose;
                any = true;
            }
    }
    w->parts.turns->wants = any ? &w->wants : NULL;
    metric_set(METRIC_PARTNERS_OFF, NULL, NULL, (double)off);
}

static void on_records(void *ctx, const redisReply *reply)
{
    struct webhooks *w = ctx;
    w->reading = false;
    if (w->stopped || !reply || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (struct endpoint *e = w->endpoints; e; e = e->next)
        e->is_there = false;
    for (size_t i = 0; i + 1 < reply->elements && i < 2 * WEBHOOKS_MAX; i += 2) {
        const struct slice id = text_of(reply->element[i]);
        struct endpoint *endpoint = find(w, id);
        if (!endpoint && !(endpoint = new_endpoint(w, id)))
            continue;
        endpoint->is_there = true;
        take_record(endpoint, id, text_of(reply->element[i + 1]));
    }
    sweep(w);
    want(w);
}

static void read_records(struct webhooks *w)
{
    const struct slice args[] = {SLICE("HGETALL"), WEBHOOK_ENDPOINTS};
    const int64_t now_ms = loop_steady_ms(w->parts.loop);
    if (w->reading || now_ms < w->records_ms)
        return;
    w->reading = !redis_command(w->parts.redis, args, 2, on_records, w);
    if (w->reading) /* else with the next look: until it is known who wants what, events are written for nobody */
        w->records_ms = now_ms + WEBHOOKS_RECORDS_MS;
}

/* ---- how far they are in a shard ---- */

struct placing {
    struct webhooks *webhooks;
    unsigned shard;
    uint64_t token;
};

/* Reads "GENERATION AFTER TRIES DUE FIRST". Returns false for anything else, and for another generation. */
static bool read_place(struct slice text, int64_t generation, struct place *out)
{
    struct slice word, after;
    uint64_t number[4];
    if (!slice_cut(&text, ' ', &word) || !slice_u64(word, INT64_MAX, &number[0]) || (int64_t)number[0] != generation ||
        !slice_cut(&text, ' ', &after) || !slice_copy(after, out->after, STORE_ID_MAX))
        return false;
    for (int i = 1; i < 4; i++)
        if (!slice_cut(&text, ' ', &word) || !slice_u64(word, INT64_MAX, &number[i]))
            return false;
    out->tries = (int64_t)number[1];
    out->due_ms = (int64_t)number[2];
    out->first_ms = (int64_t)number[3];
    return true;
}

/* Sets the places of a shard, but for those that a delivery is moving. */
static void set_places(struct webhooks *w, unsigned shard, const redisReply *reply)
{
    for (struct endpoint *e = w->endpoints; e; e = e->next) {
        struct place *place = &e->places[shard];
        bool known = false;
        if (place->busy || !e->is_good)
            continue;
        for (size_t i = 0; i + 1 < reply->elements && !known; i += 2)
            known = slice_is(text_of(reply->element[i]), e->webhook.id) &&
                    read_place(text_of(reply->element[i + 1]), e->webhook.generation, place);
        if (known)
            continue;
        *place = (struct place){.busy = false};
        snprintf(place->after, sizeof(place->after), "%" PRId64 "-0", e->webhook.from_ms);
    }
}

static void on_places(void *ctx, const redisReply *reply)
{
    const struct placing placing = *(struct placing *)ctx;
    struct webhooks *w = placing.webhooks;
    mem_free(ctx);
    w->placing[placing.shard] = false;
    if (w->stopped || !reply || reply->type != REDIS_REPLY_ARRAY || w->tokens[placing.shard] != placing.token)
        return;
    set_places(w, placing.shard, reply);
    w->placed[placing.shard] = placing.token;
    webhooks_look_soon(w);
}

static void read_places(struct webhooks *w, unsigned shard)
{
    char key[KEY_MAX];
    const struct slice args[] = {SLICE("HGETALL"), key_write(key, shard, "webhooks", SLICE("places"))};
    struct placing *placing = mem_alloc(sizeof(*placing));
    if (!placing)
        return;
    *placing = (struct placing){w, shard, w->tokens[shard]};
    w->placing[shard] = !redis_command(w->parts.redis, args, 2, on_places, placing);
    if (!w->placing[shard])
        mem_free(placing);
}

static void ignore(void *ctx, const redisReply *reply)
{
    (void)ctx;
    (void)reply;
}

/* Drops what is too old, where nothing comes that would drop it. */
static void trim(struct webhooks *w)
{
    const int64_t now_ms = loop_steady_ms(w->parts.loop);
    char oldest[SLICE_DECIMAL_SIZE], key[KEY_MAX];
    if (now_ms < w->trim_ms)
        return;
    w->trim_ms = now_ms + TRIM_MS;
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        const struct slice args[] = {SLICE("XTRIM"), key_write(key, shard, "webhooks", SLICE_NONE), SLICE("MINID"),
                                     slice_decimal(loop_now_ms(w->parts.loop) - KEEP_MS, oldest)};
        if (w->tokens[shard] && redis_command(w->parts.redis, args, 4, ignore, NULL))
            return;
    }
}

/* ---- what is next for an endpoint ---- */

static void read_field(struct slice name, struct slice value, struct webhook_event *out)
{
    const struct {
        const char *name;
        struct slice *text;
    } texts[] = {{"to", &out->number}, {"who", &out->who}, {"type", &out->type}, {"data", &out->data}};
    uint64_t number;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (slice_is(name, texts[i].name))
            *texts[i].text = value;
    if (slice_is(name, "may") && slice_u64(value, UINT32_MAX, &number))
        out->purposes = (uint32_t)number;
    if (slice_is(name, "at") && slice_u64(value, INT64_MAX, &number))
        out->at_ms = (int64_t)number;
}

bool webhooks_event(const redisReply *reply, unsigned shard, struct slice *after, struct webhook_event *out)
{
    *out = (struct webhook_event){.number = SLICE_NONE};
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || reply->element[1]->type != REDIS_REPLY_ARRAY)
        return false;
    *after = text_of(reply->element[0]);
    snprintf(out->id, sizeof(out->id), "%u-%.*s", shard, (int)after->len, after->ptr);
    const redisReply *fields = reply->element[1];
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        read_field(text_of(fields->element[i]), text_of(fields->element[i + 1]), out);
    return after->len < STORE_ID_MAX && out->type.len && out->data.len >= 2;
}

/* Takes what was read of a shard: passes over what is not for the endpoint, and begins with what is. Returns whether
 * there may be more that it passes over. */
static bool take_events(struct endpoint *endpoint, unsigned shard, const redisReply *events)
{
    struct place *place = &endpoint->places[shard];
    for (size_t i = 0; i < events->elements && endpoint->at_work < WEBHOOKS_AT_ONCE; i++) {
        struct webhook_event event;
        struct slice after = SLICE_NONE;
        const bool good = webhooks_event(events->element[i], shard, &after, &event);
        if (good && webhook_takes(&endpoint->webhook, &event)) {
            webhook_deliver(endpoint, shard, after, &event);
            return false;
        }
        slice_copy(after, place->after, sizeof(place->after));
    }
    return events->elements == READ_COUNT;
}

/* The streams come in the order in which they were asked for, without those that have nothing. */
static void on_events(void *ctx, const redisReply *reply)
{
    struct endpoint *endpoint = ctx;
    struct webhooks *w = endpoint->webhooks;
    bool more = false;
    endpoint->reading = false;
    endpoint->under_way--;
    if (w->stopped || !endpoint->is_there || !reply || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0, at = 0; i < reply->elements; i++) {
        const redisReply *stream = reply->element[i];
        char key[KEY_MAX];
        while (at < endpoint->asked_count &&
               !slice_eq(key_write(key, endpoint->asked[at], "webhooks", SLICE_NONE), text_of(stream->element[0])))
            at++;
        if (at == endpoint->asked_count)
            break;
        const unsigned shard = endpoint->asked[at];
        if (w->tokens[shard] && w->placed[shard] == w->tokens[shard] && !endpoint->places[shard].busy)
            more = take_events(endpoint, shard, stream->element[1]) || more;
    }
    if (more)
        webhooks_look_soon(w);
}

/* Lists the shards whose next event the endpoint may be told, as many as it has room for, by turns. */
static void choose_shards(struct endpoint *endpoint)
{
    const struct webhooks *w = endpoint->webhooks;
    const int64_t now_ms = loop_now_ms(w->parts.loop);
    endpoint->asked_count = 0;
    for (unsigned i = 0; i < SHARDS; i++) {
        const unsigned shard = (endpoint->turn + i) % SHARDS;
        const struct place *place = &endpoint->places[shard];
        if (w->tokens[shard] && w->placed[shard] == w->tokens[shard] && !place->busy && place->due_ms <= now_ms)
            endpoint->asked[endpoint->asked_count++] = shard;
    }
}

static void read_events(struct endpoint *endpoint)
{
    struct webhooks *w = endpoint->webhooks;
    char keys[SHARDS][KEY_MAX], count[SLICE_DECIMAL_SIZE];
    struct slice args[4 + 2 * SHARDS] = {SLICE("XREAD"), SLICE("COUNT"), slice_decimal(READ_COUNT, count),
                                         SLICE("STREAMS")};
    if (endpoint->reading || !endpoint->is_there || !endpoint->is_good || endpoint->is_old ||
        endpoint->webhook.off.len || endpoint->at_work >= WEBHOOKS_AT_ONCE)
        return;
    choose_shards(endpoint);
    const size_t shards = endpoint->asked_count;
    for (size_t i = 0; i < shards; i++) {
        args[4 + i] = key_write(keys[i], endpoint->asked[i], "webhooks", SLICE_NONE);
        args[4 + shards + i] = slice_of(endpoint->places[endpoint->asked[i]].after);
    }
    if (!shards)
        return;
    endpoint->turn = (endpoint->turn + 1) % SHARDS;
    endpoint->reading = !redis_command(w->parts.redis, args, 4 + 2 * shards, on_events, endpoint);
    endpoint->under_way += endpoint->reading;
}

static void on_look(void *ctx)
{
    struct webhooks *w = ctx;
    if (w->stopped)
        return;
    read_records(w);
    alarm_set(w->look, w->records_ms ? WEBHOOKS_LOOK_MS : WEBHOOKS_FIRST_MS);
    trim(w);
    for (unsigned shard = 0; shard < SHARDS && w->endpoints; shard++)
        if (w->tokens[shard] && w->placed[shard] != w->tokens[shard] && !w->placing[shard])
            read_places(w, shard);
    for (struct endpoint *endpoint = w->endpoints; endpoint; endpoint = endpoint->next)
        read_events(endpoint);
}

/* ---- from outside ---- */

enum error webhooks_call(struct webhooks *w, const struct webhook *endpoint, const struct webhook_event *event,
                         sender_done *done, void *ctx)
{
    struct buf body, url;
    char id[32 + WEBHOOK_EVENT_ID], at[48], signature[32 + WEBHOOK_SIGNATURE_MAX] = "webhook-signature: ";
    const int64_t now_s = loop_now_ms(w->parts.loop) / 1000;
    bool by_name;
    if (outside_url(endpoint->url, w->parts.config->webhook_allow, &by_name))
        return ERR_REFUSED;
    buf_init(&body, BODY_MAX);
    buf_init(&url, OUTSIDE_URL_MAX);
    buf_addslice(&url, endpoint->url);
    webhook_put_body(endpoint, event, &body);
    snprintf(id, sizeof(id), "webhook-id: %s", event->id);
    snprintf(at, sizeof(at), "webhook-timestamp: %" PRId64, now_s);
    enum error error = body.error ? body.error : url.error;
    if (!error)
        error = webhook_sign(endpoint, w->parts.key, event->id, now_s, buf_slice(&body), signature + strlen(signature));
    const struct http_call call = {.method = METHOD_POST,
                                   .url = buf_text(&url),
                                   .headers = {"Content-Type: application/json", id, at, signature},
                                   .header_count = 4,
                                   .body = buf_slice(&body),
                                   .guarded = !by_name};
    if (!error)
        error = sender_call(w->parts.sender, &call, done, ctx);
    buf_release(&body);
    buf_release(&url);
    return error;
}

const char *webhooks_trouble(const struct sender_answer *answer, char room[64])
{
    if (answer->fate != SENDER_ANSWERED)
        snprintf(room, 64, "%s", answer->trouble);
    else
        snprintf(room, 64, "status %d", answer->status);
    return answer->fate == SENDER_ANSWERED && answer->status >= 200 && answer->status <= 299 ? NULL : room;
}

struct slice webhooks_key(const struct webhooks *w)
{
    return w->parts.key;
}

struct webhooks *webhooks_open(const struct webhooks_parts *parts)
{
    struct webhooks *w = mem_alloc(sizeof(*w));
    if (!w)
        return NULL;
    w->parts = *parts;
    w->look = alarm_new(parts->loop, on_look, w);
    if (!w->look) {
        mem_free(w);
        return NULL;
    }
    metric_set(METRIC_PARTNERS_OFF, NULL, NULL, 0);
    memset(&w->wants, 0xFF, sizeof(w->wants)); /* until it is known who wants what, somebody may want everything */
    parts->turns->wants = &w->wants;
    alarm_set(w->look, 0);
    return w;
}

void webhooks_shard(void *ctx, unsigned shard, uint64_t token)
{
    struct webhooks *w = ctx;
    w->tokens[shard] = token;
}

void webhooks_stop(struct webhooks *w)
{
    w->stopped = true;
    alarm_cancel(w->look);
}

size_t webhooks_in_flight(const struct webhooks *w)
{
    return w->at_work;
}

void webhooks_close(struct webhooks *w)
{
    if (!w)
        return;
    for (struct endpoint *endpoint = w->endpoints, *next; endpoint; endpoint = next) {
        next = endpoint->next;
        free_endpoint(endpoint);
    }
    alarm_free(w->look);
    mem_free(w);
}
