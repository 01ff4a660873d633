/* Webhooks: another secret, trying one out, how deliveries ended, telling again. */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "gateway/api_shapes.h"
#include "gateway/api_webhooks.h"
#include "gateway/clock.h"

#define LINE_BYTES 1024                     /* of a line of the log of deliveries */
#define KEEP_MS (7 * 86400 * INT64_C(1000)) /* gateway/lua/webhook.lua, WEBHOOK_KEEP_MS */

static const char *const outcomes[] = {"delivered", "failed", "dead", NULL};
static const char *const lists[] = {"all", "dead", NULL};

static const struct api_field call_fields[] = {SHOWN("ok", API_TRUTH, "whether it answered 2xx"),
                                               SHOWN("status", API_WHOLE, "that it answered; 0: none came"),
                                               MAYBE("why", API_TEXT, "what went wrong"),
                                               SHOWN("took_ms", API_WHOLE, "how long it took"),
                                               {0}};
const struct api_shape api_webhook_call = {"WebhookCall", "How a call of a webhook ended.", call_fields};

static const struct api_field delivery_fields[] = {
    SHOWN("id", API_TEXT, "of this line; of one that is dead, what to tell it again by"),
    SHOWN("event", API_TEXT, "webhook-id"),
    SHOWN("type", API_TEXT, "of the event"),
    {"outcome", API_TEXT, true, 0, 0, outcomes, "delivered; failed: it is tried again; dead: it was given up", NULL},
    SHOWN("tries", API_WHOLE, "how many there were"),
    SHOWN("status", API_WHOLE, "that it answered; 0: none came"),
    MAYBE("why", API_TEXT, "what went wrong"),
    SHOWN("at", API_TIME, "when"),
    SHOWN("took_ms", API_WHOLE, "how long the call took"),
    MAYBE("next_at", API_TIME, "when it is tried again"),
    {0}};
const struct api_shape api_webhook_delivery = {"WebhookDelivery", "How a delivery ended.", delivery_fields};

static const struct api_field since_fields[] = {
    {"since", API_TEXT, true, 1, 40, NULL, "an instant, as 2026-11-28T10:00:00Z or 2026-11-28 10:00 in Lima", NULL},
    {0}};
const struct api_shape api_webhook_since = {"WebhookReplay", "From when on to tell again.", since_fields};

const struct api_field api_webhook_query[] = {
    {"state", API_TEXT, false, 0, 0, lists, "dead: only those that were given up", NULL},
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {0}};

/* ---- another secret ---- */

static void rotate(struct api_call *call)
{
    struct webhook_act *act = call->own;
    char *word = arena_alloc(call->exchange->arena, WEBHOOK_WORD);
    if (!word) {
        api_unavailable(call);
        return;
    }
    webhook_make_word(word);
    act->now.word_before = act->now.word;
    act->now.word = slice_of(word);
    act->now.both_until_ms = call->exchange->request.now_ms + WEBHOOK_BOTH_MS;
    webhook_keep(call);
}

void api_webhooks_rotate(struct api_call *call)
{
    webhook_find(call, "webhook.rotate", rotate);
}

/* ---- telling again ---- */

static void replay(struct api_call *call)
{
    struct webhook_act *act = call->own;
    const int64_t now_ms = call->exchange->request.now_ms;
    const struct slice since = api_text(call, "since");
    int64_t from_ms;
    if (civil_parse(since, &from_ms) && civil_parse_lima(since, &from_ms)) {
        api_field_problem(call, 422, "This is no instant.", "since", "must be as 2026-11-28T10:00:00Z");
    } else if (act->now.off.len) {
        api_problem(call, 409, "The webhook is off: switch it on first.", "");
    } else {
        const int64_t oldest_ms = now_ms - KEEP_MS > act->now.created_ms ? now_ms - KEEP_MS : act->now.created_ms;
        act->now.from_ms = from_ms > oldest_ms ? from_ms : oldest_ms;
        act->now.generation++;
        webhook_keep(call);
    }
}

void api_webhooks_replay(struct api_call *call)
{
    webhook_find(call, "webhook.replay", replay);
}

/* ---- calling at once ---- */

static void answer_called(struct api_call *call, const struct sender_answer *answer)
{
    const struct webhook_act *act = call->own;
    char room[64];
    const char *why = webhooks_trouble(answer, room);
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    buf_adds(&body, why ? "{\"ok\":false" : "{\"ok\":true");
    json_put_name(&body, "status");
    buf_addi(&body, answer->status);
    if (why)
        api_put_text(&body, "why", slice_of(why));
    json_put_name(&body, "took_ms");
    buf_addi(&body, clock_steady_ms() - act->began_ms);
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

static void on_tested(void *ctx, const struct sender_answer *answer)
{
    answer_called(ctx, answer);
}

/* Calls the endpoint; `done` answers. */
static void call_now(struct api_call *call, const struct webhook_event *event, sender_done *done)
{
    struct webhook_act *act = call->own;
    act->began_ms = clock_steady_ms();
    enum error error =
        call->api->webhooks ? webhooks_call(call->api->webhooks, &act->now, event, done, call) : ERR_UNAVAILABLE;
    if (error == ERR_REFUSED)
        api_problem(call, 409, "The webhook's address is not allowed any more: webhooks.allow named it.", "");
    else if (error)
        api_unavailable(call);
}

static void on_test_noted(struct api_call *call, const redisReply *reply)
{
    struct webhook_event event = {.number = SLICE(""),
                                  .who = SLICE("00000000000000000000000000000000"),
                                  .type = SLICE("webhook.test"),
                                  .data = SLICE("{}"),
                                  .at_ms = call->exchange->request.now_ms};
    char chance[WEBHOOK_WORD];
    (void)reply;
    webhook_make_word(chance);
    snprintf(event.id, sizeof(event.id), "test-%.16s", chance);
    call_now(call, &event, on_tested);
}

static void test(struct api_call *call)
{
    const struct webhook_act *act = call->own;
    api_note(call, act->what, act->id, on_test_noted);
}

void api_webhooks_test(struct api_call *call)
{
    webhook_find(call, "webhook.test", test);
}

/* ---- how deliveries ended ---- */

/* Reads a line of the log of deliveries, an entry of a stream. The caller frees *out. */
static bool read_line(const redisReply *entry, struct slice *id, cJSON **out)
{
    const redisReply *line = entry->elements == 2 ? entry->element[1] : NULL;
    *id = entry->elements == 2 ? api_reply(entry->element[0]) : SLICE_NONE;
    return line && line->elements == 2 && json_parse(api_reply(line->element[1]), LINE_BYTES, out) == OK;
}

static int64_t number_of(const cJSON *line, const char *name)
{
    int64_t number;
    return json_int(line, name, &number) ? number : 0;
}

static void put_delivery(struct buf *out, struct slice id, const cJSON *line)
{
    buf_addc(out, '{');
    api_put_text(out, "id", id);
    api_put_text(out, "event", json_string(line, "event"));
    api_put_text(out, "type", json_string(line, "type"));
    api_put_text(out, "outcome", json_string(line, "outcome"));
    json_put_name(out, "tries");
    buf_addi(out, number_of(line, "tries"));
    json_put_name(out, "status");
    buf_addi(out, number_of(line, "status"));
    if (json_string(line, "why").len)
        api_put_text(out, "why", json_string(line, "why"));
    api_put_time(out, "at", number_of(line, "at"));
    json_put_name(out, "took_ms");
    buf_addi(out, number_of(line, "took"));
    if (number_of(line, "next"))
        api_put_time(out, "next_at", number_of(line, "next"));
    buf_addc(out, '}');
}

static void on_lines(struct api_call *call, const redisReply *reply)
{
    struct api_page page;
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < reply->elements; i++) {
        cJSON *line = NULL;
        struct slice id;
        if (read_line(reply->element[i], &id, &line) && api_page_takes(&page, id))
            put_delivery(&page.body, id, line);
        cJSON_Delete(line);
    }
    api_page_answer(call, &page);
}

/* Tells whether a text is an id of a stream's entry. */
static bool is_entry(struct slice text)
{
    struct slice ms;
    uint64_t number;
    return text.len < STORE_ID_MAX && slice_cut(&text, '-', &ms) && slice_u64(ms, INT64_MAX, &number) &&
           slice_u64(text, INT64_MAX, &number);
}

static struct slice log_key(const struct webhook_act *act, bool dead, char out[64])
{
    snprintf(out, 64, "ck:{staff}:webhook:%s%s", act->id, dead ? ":dead" : "");
    return slice_of(out);
}

static void list(struct api_call *call)
{
    const struct slice cursor = api_query(call, "cursor");
    char key[64], from[64] = "+", count[SLICE_DECIMAL_SIZE];
    if (cursor.len && !is_entry(cursor)) {
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
        return;
    }
    if (cursor.len)
        snprintf(from, sizeof(from), "(%.*s", (int)cursor.len, cursor.ptr);
    const struct slice args[] = {
        SLICE("XREVRANGE"), log_key(call->own, slice_is(api_query(call, "state"), "dead"), key),
        slice_of(from),     SLICE("-"),
        SLICE("COUNT"),     slice_decimal((int64_t)api_limit(call) + 1, count)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_lines);
}

void api_webhook_deliveries_list(struct api_call *call)
{
    webhook_find(call, "", list);
}

/* ---- one that was given up ---- */

static void on_undead(struct api_call *call, const redisReply *reply)
{
    const struct webhook_act *act = call->own;
    const struct sender_answer answer = {.fate = SENDER_ANSWERED, .status = act->status};
    (void)reply;
    answer_called(call, &answer);
}

/* What went well is dead no more. */
static void on_replayed(void *ctx, const struct sender_answer *answer)
{
    struct api_call *call = ctx;
    struct webhook_act *act = call->own;
    char room[64], key[64];
    const struct slice args[] = {SLICE("XDEL"), log_key(act, true, key), act->delivery};
    if (webhooks_trouble(answer, room)) {
        answer_called(call, answer);
        return;
    }
    act->status = answer->status;
    api_redis(call, args, 3, on_undead);
}

static void event_gone(struct api_call *call)
{
    api_problem(
        call, 404,
        "The event is there no more: it is older than seven days, or its person was erased or takes her consent "
        "back.",
        "");
}

static void on_person(struct api_call *call, const redisReply *reply)
{
    struct webhook_act *act = call->own;
    if (webhook_type_of(act->event.type) == WEBHOOK_WITHDRAWN ||
        (reply->elements == 2 &&
         webhook_agrees(&act->now, api_reply(reply->element[0]), api_reply(reply->element[1]))))
        call_now(call, &act->event, on_replayed);
    else
        event_gone(call);
}

static void on_event(struct api_call *call, const redisReply *reply)
{
    struct webhook_act *act = call->own;
    struct slice after;
    char key[KEY_MAX];
    if (reply->elements != 1 || !webhooks_event(reply->element[0], act->shard, &after, &act->event) ||
        !webhook_takes(&act->now, &act->event)) {
        event_gone(call);
    } else if (webhook_event_copy(&act->event, call->exchange->arena)) {
        api_unavailable(call);
    } else {
        const struct slice args[] = {SLICE("HMGET"), key_write(key, act->shard, "contact", act->event.number),
                                     SLICE("v"), SLICE("s")};
        api_redis(call, args, 4, on_person);
    }
}

static void on_noted(struct api_call *call, const redisReply *reply)
{
    const struct webhook_act *act = call->own;
    char key[KEY_MAX];
    const struct slice args[] = {SLICE("XRANGE"), key_write(key, act->shard, "webhooks", SLICE_NONE), act->entry,
                                 act->entry};
    (void)reply;
    api_redis(call, args, 4, on_event);
}

/* Takes "SHARD-MS-N" of the line apart. */
static void on_dead(struct api_call *call, const redisReply *reply)
{
    struct webhook_act *act = call->own;
    cJSON *line = NULL;
    struct slice id, rest, text = SLICE_NONE;
    uint64_t shard = 0;
    if (reply->elements == 1 && read_line(reply->element[0], &id, &line))
        rest = act->entry = arena_copy(call->exchange->arena, json_string(line, "event"));
    else
        rest = SLICE_NONE;
    cJSON_Delete(line);
    if (!slice_cut(&rest, '-', &text) || !slice_u64(text, SHARDS - 1, &shard) || !is_entry(rest)) {
        api_problem(call, 404, "There is no such delivery among those that were given up.", "");
        return;
    }
    act->shard = (unsigned)shard;
    act->entry = rest;
    api_note(call, act->what, act->id, on_noted);
}

static void revive(struct api_call *call)
{
    struct webhook_act *act = call->own;
    char key[64];
    act->delivery = call->path[1];
    const struct slice args[] = {SLICE("XRANGE"), log_key(act, true, key), act->delivery, act->delivery};
    if (is_entry(act->delivery))
        api_redis(call, args, 4, on_dead);
    else
        api_problem(call, 404, "There is no such delivery among those that were given up.", "");
}

void api_webhook_deliveries_replay(struct api_call *call)
{
    webhook_find(call, "webhook.replay", revive);
}
