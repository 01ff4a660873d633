/* Webhooks: partners' endpoints as records. */
#include "gateway/api_webhooks.h"

#include <stdio.h>
#include <string.h>

#include "base/outside.h"
#include "gateway/api_shapes.h"

#define DESCRIPTION_MAX 200 /* characters */

static const char *const states[] = {"on", "off", NULL};
static const char *const reasons[] = {"staff", "gone", "failing", NULL};
static const char *const purposes[] = {"respuestas", "avisos_capacitacion", "ofertas_aliados", "estudio", NULL};

/* clang-format off */
#define MAY_BE(name, words, text) {name, API_TEXT, false, 0, 0, words, text, NULL}
#define URL_FIELD(required)                                                                                            \
    {"url", API_TEXT, required, 1, OUTSIDE_URL_MAX - 1, NULL, "what is called: https, a public host", NULL}
#define EVENTS_FIELD(required) {"events", API_LIST, required, 1, WEBHOOK_TYPES, NULL, EVENTS, NULL}
#define EVENTS "what it is told: contact.updated, contact.withdrawn, diagnosis.done, training.signed_up"
#define PURPOSE "the consent that a person must have given to be told of"
#define NUMBERS "whether it is told people's phone numbers too"
#define FIELDS                                                                                                         \
    SHOWN("id", API_TEXT, "what to act on it by"), SHOWN("url", API_TEXT, "what is called"),                           \
    SHOWN("description", API_TEXT, "whose it is"), SHOWN("events", API_LIST, EVENTS),                                  \
    ONE_OF("purpose", purposes, PURPOSE), SHOWN("numbers", API_TRUTH, NUMBERS),                                        \
    ONE_OF("state", states, "whether it is told anything"), MAY_BE("off_why", reasons, "why it is off"),               \
    MAYBE("off_at", API_TIME, "since when"), MAYBE("failing_since", API_TIME, "since when no call went well"),         \
    SHOWN("told_from", API_TIME, "of which events on"), SHOWN("created_at", API_TIME, "when it was made"),             \
    SHOWN("created_by", API_TEXT, "who made it")
/* clang-format on */

static const struct api_field fields[] = {FIELDS, {0}};
const struct api_shape api_webhook = {"Webhook", "A partner's system that is told what happens.", fields};

static const struct api_field shown_fields[] = {
    FIELDS, SHOWN("secret", API_TEXT, "what deliveries are signed with, as whsec_ and base64; shown once"), {0}};
const struct api_shape api_webhook_shown = {"ShownWebhook", "A webhook, and its secret.", shown_fields};

static const struct api_field new_fields[] = {
    URL_FIELD(true),
    {"description", API_TEXT, false, 0, DESCRIPTION_MAX, NULL, "whose it is", NULL},
    EVENTS_FIELD(true),
    MAY_BE("purpose", purposes, PURPOSE "; ofertas_aliados where it is not given"),
    MAYBE("numbers", API_TRUTH, NUMBERS "; false where it is not given"),
    {0}};
const struct api_shape api_webhook_new = {"NewWebhook", "A webhook to be made.", new_fields};

static const struct api_field change_fields[] = {
    URL_FIELD(false),
    {"description", API_TEXT, false, 0, DESCRIPTION_MAX, NULL, "whose it is", NULL},
    EVENTS_FIELD(false),
    MAY_BE("purpose", purposes, PURPOSE),
    MAYBE("numbers", API_TRUTH, NUMBERS),
    MAY_BE("state", states, "off: it is told nothing; on: from now on again"),
    {0}};
const struct api_shape api_webhook_change = {"WebhookChange", "What is to be another of a webhook.", change_fields};

const struct api_field api_webhook_page[] = {
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {0}};

/* ---- shown ---- */

static void put_webhook(struct buf *out, const struct webhook *w)
{
    struct slice events[WEBHOOK_TYPES];
    size_t count = 0, purpose = 0;
    for (unsigned type = 0; type < WEBHOOK_TYPES; type++)
        if (w->types & UINT32_C(1) << type)
            events[count++] = slice_of(webhook_types[type]);
    while (webhook_purposes()[purpose] && !(w->purpose & UINT32_C(1) << purpose))
        purpose++;
    buf_addc(out, '{');
    api_put_text(out, "id", slice_of(w->id));
    api_put_text(out, "url", w->url);
    api_put_text(out, "description", w->description);
    json_put_strings(out, "events", events, count);
    api_put_text(out, "purpose", slice_of(webhook_purposes()[purpose]));
    json_put_name(out, "numbers");
    buf_adds(out, w->numbers ? "true" : "false");
    api_put_text(out, "state", slice_of(w->off.len ? "off" : "on"));
    if (w->off.len) {
        api_put_text(out, "off_why", w->off);
        api_put_time(out, "off_at", w->off_ms);
    }
    api_put_time(out, "told_from", w->from_ms);
    api_put_time(out, "created_at", w->created_ms);
    api_put_text(out, "created_by", w->by);
}

static void list_webhook(struct api_call *call, struct api_page *page, struct slice id, struct slice record)
{
    struct webhook webhook;
    if (webhook_read(id, record, call->exchange->arena, &webhook) || !api_page_takes(page, id))
        return;
    put_webhook(&page->body, &webhook);
    buf_addc(&page->body, '}');
}

static void on_listed(struct api_call *call, const redisReply *reply)
{
    api_page_records(call, reply, WEBHOOK_ID, list_webhook);
}

void api_webhooks_list(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGETALL"), WEBHOOK_ENDPOINTS};
    api_redis(call, args, 2, on_listed);
}

static void on_found(struct api_call *call, const redisReply *reply)
{
    struct webhook_act *act = call->own;
    struct arena *arena = call->exchange->arena;
    act->before = arena_copy(arena, api_reply(reply));
    if (!api_reply(reply).len)
        api_problem(call, 404, "There is no such webhook.", "");
    else if (!act->before.ptr || webhook_read(slice_of(act->id), act->before, arena, &act->now))
        api_unavailable(call);
    else
        act->then(call);
}

void webhook_find(struct api_call *call, const char *what, void (*then)(struct api_call *call))
{
    const struct slice args[] = {SLICE("HGET"), WEBHOOK_ENDPOINTS, call->path[0]};
    struct webhook_act *act = call->own = arena_alloc(call->exchange->arena, sizeof(*act));
    if (!act) {
        api_unavailable(call);
    } else if (!slice_copy(call->path[0], act->id, sizeof(act->id))) {
        api_problem(call, 404, "There is no such webhook.", "");
    } else {
        act->what = what;
        act->then = then;
        api_redis(call, args, 3, on_found);
    }
}

static void on_failing(struct api_call *call, const redisReply *reply)
{
    const struct webhook_act *act = call->own;
    struct buf body;
    uint64_t since_ms;
    buf_init(&body, API_TEXT_MAX);
    put_webhook(&body, &act->now);
    if (slice_u64(api_reply(reply), INT64_MAX, &since_ms))
        api_put_time(&body, "failing_since", (int64_t)since_ms);
    buf_adds(&body, "}\n");
    api_answer_item(call, &body, act->before);
}

static void show(struct api_call *call)
{
    const struct webhook_act *act = call->own;
    const struct slice args[] = {SLICE("HGET"), WEBHOOK_FAILING, slice_of(act->id)};
    api_redis(call, args, 3, on_failing);
}

void api_webhooks_show(struct api_call *call)
{
    webhook_find(call, "", show);
}

/* ---- kept ---- */

static void on_kept(struct api_call *call, const redisReply *reply)
{
    const struct webhook_act *act = call->own;
    char secret[WEBHOOK_SECRET];
    struct buf body;
    if (reply->type != REDIS_REPLY_NIL) {
        api_problem(call, act->before.len ? 412 : 409, "Somebody changed it at the same time: read it again.", "");
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    put_webhook(&body, &act->now);
    if (call->route->is_secret) {
        enum error error = webhook_secret(call->api->key, act->now.word, secret);
        if (error)
            body.error = error;
        else
            api_put_text(&body, "secret", slice_of(secret));
    }
    buf_adds(&body, "}\n");
    api_answer_item(call, &body, act->after);
}

void webhook_keep(struct api_call *call)
{
    struct webhook_act *act = call->own;
    const struct slice host = outside_host(act->now.url);
    struct buf record, more;
    buf_init(&record, WEBHOOK_RECORD_MAX);
    buf_init(&more, 1024);
    webhook_write(&act->now, &record);
    buf_addc(&more, '{');
    api_put_text(&more, "host", host);
    api_put_text(&more, "state", slice_of(act->now.off.len ? "off" : "on"));
    api_put_text(&more, "numbers", slice_of(act->now.numbers ? "yes" : "no"));
    buf_addc(&more, '}');
    act->after = arena_copy(call->exchange->arena, buf_slice(&record));
    if (record.error || more.error || !act->after.ptr)
        api_unavailable(call);
    else
        api_act(call, WEBHOOK_ENDPOINTS, act->id, act->before, act->after, act->what, act->id, buf_slice(&more),
                on_kept);
    buf_release(&record);
    buf_release(&more);
}

/* Takes the body's events. Returns false after answering. */
static bool take_events(struct api_call *call, struct webhook *out)
{
    const cJSON *item;
    uint32_t types = 0;
    cJSON_ArrayForEach(item, json_array(call->body, "events"))
    {
        const enum webhook_type type = webhook_type_of(slice_of(item->valuestring));
        if (type == WEBHOOK_TYPES) {
            api_field_problem(call, 422, "An event is none.", "events",
                              "must be of contact.updated, contact.withdrawn, diagnosis.done and training.signed_up");
            return false;
        }
        types |= UINT32_C(1) << type;
    }
    out->types = types ? types : out->types;
    return true;
}

/* Takes what the body says. Returns false after answering. */
static bool take_body(struct api_call *call)
{
    struct webhook *now = &((struct webhook_act *)call->own)->now;
    const struct slice url = api_text(call, "url"), description = api_text(call, "description");
    const uint32_t purpose = webhook_purpose(api_text(call, "purpose"));
    const cJSON *is_told_numbers = cJSON_GetObjectItemCaseSensitive(call->body, "numbers");
    bool by_name;
    const char *why = url.ptr ? outside_url(url, call->api->world->config->webhook_allow, &by_name) : NULL;
    if (why) {
        api_field_problem(call, 422, "This address cannot be called.", "url",
                          arena_printf(call->exchange->arena, "must %s", why));
        return false;
    }
    now->url = url.ptr ? url : now->url;
    now->description = description.ptr ? description : now->description;
    now->purpose = purpose ? purpose : now->purpose;
    now->numbers = is_told_numbers ? cJSON_IsTrue(is_told_numbers) : now->numbers;
    return take_events(call, now);
}

static void on_counted(struct api_call *call, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= WEBHOOKS_MAX)
        api_problem(call, 409, "There are as many webhooks as there can be: delete one.", "");
    else if (take_body(call))
        webhook_keep(call);
}

void api_webhooks_create(struct api_call *call)
{
    const struct slice args[] = {SLICE("HLEN"), WEBHOOK_ENDPOINTS};
    struct webhook_act *act = call->own = arena_alloc(call->exchange->arena, sizeof(*act) + WEBHOOK_WORD);
    if (!act) {
        api_unavailable(call);
        return;
    }
    char *word = (char *)(act + 1);
    const int64_t now_ms = call->exchange->request.now_ms;
    webhook_make_id(act->id);
    webhook_make_word(word);
    act->what = "webhook.create";
    act->now = (struct webhook){.description = SLICE(""),
                                .by = slice_of(call->who),
                                .purpose = webhook_purpose(SLICE("ofertas_aliados")),
                                .created_ms = now_ms,
                                .from_ms = now_ms,
                                .generation = 1,
                                .word = slice_of(word),
                                .word_before = SLICE(""),
                                .off = SLICE("")};
    memcpy(act->now.id, act->id, sizeof(act->now.id));
    api_redis(call, args, 2, on_counted);
}

/* Switches it on or off. What happened while it was off is not told, but by a replay. */
static void switch_state(struct api_call *call, struct webhook *now)
{
    const struct slice state = api_text(call, "state");
    if (slice_is(state, "off") && !now->off.len) {
        now->off = SLICE("staff");
        now->off_ms = call->exchange->request.now_ms;
    } else if (slice_is(state, "on") && now->off.len) {
        now->off = SLICE("");
        now->off_ms = 0;
        now->from_ms = call->exchange->request.now_ms;
        now->generation++;
    }
}

static void on_unfailing(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    webhook_keep(call);
}

static void change(struct api_call *call)
{
    struct webhook_act *act = call->own;
    if (!api_matches(call, act->before) || !take_body(call))
        return;
    const bool was_off = act->now.off.len > 0;
    switch_state(call, &act->now);
    const struct slice args[] = {SLICE("HDEL"), WEBHOOK_FAILING, slice_of(act->id)};
    if (was_off && !act->now.off.len) /* its failing begins anew */
        api_redis(call, args, 3, on_unfailing);
    else
        webhook_keep(call);
}

void api_webhooks_change(struct api_call *call)
{
    webhook_find(call, "webhook.change", change);
}

static void on_forgotten(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    api_answer_nothing(call);
}

static void on_deleted(struct api_call *call, const redisReply *reply)
{
    const struct webhook_act *act = call->own;
    char keys[2][64];
    if (reply->type != REDIS_REPLY_NIL) {
        api_problem(call, 412, "Somebody changed it at the same time: read it again.", "");
        return;
    }
    snprintf(keys[0], sizeof(keys[0]), "ck:{staff}:webhook:%s", act->id);
    snprintf(keys[1], sizeof(keys[1]), "ck:{staff}:webhook:%s:dead", act->id);
    const struct slice args[] = {SLICE("DEL"), slice_of(keys[0]), slice_of(keys[1])};
    api_redis(call, args, 3, on_forgotten);
}

static void delete (struct api_call *call)
{
    const struct webhook_act *act = call->own;
    if (api_matches(call, act->before))
        api_act(call, WEBHOOK_ENDPOINTS, act->id, act->before, SLICE_NONE, "webhook.delete", act->id, SLICE_NONE,
                on_deleted);
}

void api_webhooks_delete(struct api_call *call)
{
    webhook_find(call, "webhook.delete", delete);
}
