/* Requests: what people asked of staff by text (MIS DERECHOS, MIS DATOS, CORREGIR) or otherwise, and until when the law
 * gives. */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/phone.h"
#include "gateway/api_parts.h"
#include "gateway/api_tickets.h"
#include "gateway/consent_row.h"
#include "gateway/request_entry.h"

struct request_page {
    struct api_page page;
    char key[KEY_MAX];
    char from[48]; /* of XRANGE: "-", or "(" and an id */
    unsigned shard;
};

static void put_request(struct api_call *call, struct buf *out, unsigned shard, struct slice id, const cJSON *entry)
{
    char name[64];
    int64_t at_ms = 0, late_ms;
    if (!json_int(entry, "at", &at_ms))
        at_ms = 0;
    snprintf(name, sizeof(name), "%u-%.*s", shard, (int)id.len, id.ptr);
    buf_addc(out, '{');
    api_put_text(out, "id", slice_of(name));
    api_put_text(out, "kind", json_string(entry, "kind"));
    api_put_text(out, "number", json_string(entry, "contact"));
    api_put_text(out, "channel", json_string(entry, "channel"));
    api_put_time(out, "at", at_ms);
    if (request_entry_late(entry, &call->api->world->holidays, &late_ms)) {
        api_put_time(out, "due_at", late_ms);
        json_put_name(out, "is_late");
        buf_adds(out, late_ms <= call->exchange->request.now_ms ? "true" : "false");
    }
    buf_addc(out, '}');
}

static void read_shard(struct api_call *call);

static void on_shard(struct api_call *call, const redisReply *reply)
{
    struct request_page *list = call->own;
    char cursor[64];
    for (size_t i = 0; i < reply->elements; i++) {
        cJSON *entry = NULL;
        struct slice id;
        if (request_entry_read(reply->element[i], &id, &entry)) {
            snprintf(cursor, sizeof(cursor), "%u-%.*s", list->shard, (int)id.len, id.ptr);
            if (api_page_takes(&list->page, slice_of(cursor)))
                put_request(call, &list->page.body, list->shard, id, entry);
        }
        cJSON_Delete(entry);
    }
    snprintf(list->from, sizeof(list->from), "-");
    if (list->page.more || ++list->shard == SHARDS)
        api_page_answer(call, &list->page);
    else
        read_shard(call);
}

static void read_shard(struct api_call *call)
{
    struct request_page *list = call->own;
    char count[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {
        SLICE("XRANGE"),      key_write(list->key, list->shard, "requests", SLICE_NONE),
        slice_of(list->from), SLICE("+"),
        SLICE("COUNT"),       slice_decimal((int64_t)(list->page.limit - list->page.count) + 1, count)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_shard);
}

/* Reads "SHARD-MS-N". Returns false for anything else. */
static bool read_name(struct slice name, unsigned *shard, struct slice *id)
{
    struct slice text, ms;
    uint64_t number;
    if (!slice_cut(&name, '-', &text) || !slice_u64(text, SHARDS - 1, &number))
        return false;
    *shard = (unsigned)number;
    *id = name;
    return slice_cut(&name, '-', &ms) && ms.len <= 15 && slice_u64(ms, INT64_MAX, &number) && number &&
           name.len <= 19 && slice_u64(name, INT64_MAX, &number);
}

static void begin(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    read_shard(call);
}

void api_requests_list(struct api_call *call)
{
    const struct slice cursor = api_query(call, "cursor");
    struct request_page *list = call->own = arena_alloc(call->exchange->arena, sizeof(*list));
    struct slice id;
    if (!list) {
        api_unavailable(call);
        return;
    }
    snprintf(list->from, sizeof(list->from), "-");
    if (cursor.len && !read_name(cursor, &list->shard, &id)) {
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
        return;
    }
    if (cursor.len)
        snprintf(list->from, sizeof(list->from), "(%.*s", (int)id.len, id.ptr);
    api_page_open(&list->page, api_limit(call));
    api_note(call, "request.list", "", begin);
}

/* ---- entering one ---- */

#define AGE_MAX_MS (366 * INT64_C(86400000)) /* of what is entered late */

struct entering {
    char number[PHONE_MAX], requests[KEY_MAX], contact[KEY_MAX], whom[SHA256_HEX];
    unsigned shard;
    const struct request_kind *kind;
    int64_t at_ms;
    struct slice entry;
};

static void on_entered(struct api_call *call, const redisReply *reply)
{
    const struct entering *entering = call->own;
    struct buf body;
    cJSON *entry = NULL;
    if (reply->type == REDIS_REPLY_NIL) {
        api_problem(call, 404, "Nobody wrote from this number: nothing is kept of it.", "");
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    if (json_parse(entering->entry, REQUEST_ENTRY_MAX, &entry))
        body.error = ERR_NOMEM;
    else
        put_request(call, &body, entering->shard, api_reply(reply), entry);
    cJSON_Delete(entry);
    api_answer(call, &body);
}

static void enter(struct api_call *call, const redisReply *reply)
{
    const struct entering *entering = call->own;
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_request_add"),
                                 SLICE("2"),
                                 slice_of(entering->requests),
                                 slice_of(entering->contact),
                                 entering->entry};
    (void)reply;
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_entered);
}

/* Writes the entry as a turn's commit does (record.c). Returns false without memory. */
static bool write_entry(struct api_call *call, struct entering *entering)
{
    const char *text = arena_printf(call->exchange->arena,
                                    "{\"kind\":\"%s\",\"contact\":\"%s\",\"channel\":\"staff\",\"at\":%lld}",
                                    entering->kind->word, entering->number, (long long)entering->at_ms);
    entering->shard = shard_of(slice_of(entering->number));
    entering->entry = text ? slice_of(text) : SLICE_NONE;
    key_write(entering->requests, entering->shard, "requests", SLICE_NONE);
    key_write(entering->contact, entering->shard, "contact", slice_of(entering->number));
    return text && ticket_whom(call, slice_of(entering->number), entering->whom);
}

/* Reads the body. Returns false after answering. */
static bool read_entering(struct api_call *call, struct entering *entering)
{
    const struct slice at = api_text(call, "at");
    const int64_t now_ms = call->exchange->request.now_ms;
    entering->at_ms = now_ms;
    entering->kind = request_kind(api_text(call, "kind"));
    if (phone_normalise(api_text(call, "number"), entering->number)) {
        api_field_problem(call, 422, "The number is none.", "number",
                          "must be as +51987654321, or nine digits of Peru");
        return false;
    }
    if (at.len && (civil_parse_lima(at, &entering->at_ms) || entering->at_ms > now_ms ||
                   entering->at_ms < now_ms - AGE_MAX_MS)) {
        api_field_problem(call, 422, "Nobody asked at that time.", "at",
                          "must be as 2026-12-01T09:00, which is in Lima, or with a zone, and within a year");
        return false;
    }
    return true;
}

void api_requests_create(struct api_call *call)
{
    struct entering *entering = call->own = arena_alloc(call->exchange->arena, sizeof(*entering));
    if (!entering)
        api_unavailable(call);
    else if (!read_entering(call, entering))
        return;
    else if (!write_entry(call, entering))
        api_unavailable(call);
    else
        api_note(call, "request.create", entering->whom, enter);
}

/* ---- doing one ---- */

struct doing {
    unsigned shard;
    struct slice id;
    char requests[KEY_MAX], contact[KEY_MAX];
    char who[2 * CONSENT_WHO + 1];
};

static void on_done(struct api_call *call, const redisReply *reply)
{
    if (reply->integer)
        api_answer_nothing(call);
    else
        api_problem(call, 404, "There is no such request: it is done, or its person was erased.", "");
}

static void finish(struct api_call *call, const redisReply *reply)
{
    const struct doing *doing = call->own;
    const struct slice args[] = {
        SLICE("FCALL"), SLICE("chaski_request_done"), SLICE("2"), slice_of(doing->requests), slice_of(doing->contact),
        doing->id};
    (void)reply;
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_done);
}

static void on_found(struct api_call *call, const redisReply *reply)
{
    struct doing *doing = call->own;
    unsigned char digest[SHA256_BYTES];
    cJSON *entry = NULL;
    struct slice id;
    if (!reply->elements || !request_entry_read(reply->element[0], &id, &entry)) {
        api_problem(call, 404, "There is no such request: it is done, or its person was erased.", "");
        return;
    }
    const struct slice number = json_string(entry, "contact");
    key_write(doing->contact, doing->shard, "contact", number);
    bool good = !hmac_sha256(call->api->key, number, digest);
    cJSON_Delete(entry);
    if (!good) {
        api_unavailable(call);
        return;
    }
    hex_encode(digest, CONSENT_WHO, doing->who);
    api_note(call, "request.done", doing->who, finish);
}

void api_requests_done(struct api_call *call)
{
    struct doing *doing = call->own = arena_alloc(call->exchange->arena, sizeof(*doing));
    if (!doing) {
        api_unavailable(call);
    } else if (!read_name(call->path[0], &doing->shard, &doing->id)) {
        api_problem(call, 404, "There is no such request: it is done, or its person was erased.", "");
    } else {
        const struct slice args[] = {SLICE("XRANGE"), key_write(doing->requests, doing->shard, "requests", SLICE_NONE),
                                     doing->id, doing->id};
        api_redis(call, args, 4, on_found);
    }
}
