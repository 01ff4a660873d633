/* Broadcasts: the record. Shown, listed, written. */
#include "gateway/api_broadcasts_parts.h"

#include <inttypes.h>
#include <stdio.h>

const char *const cast_sums[] = {"people", "queued",  "sent",  "delivered", "read",
                                 "failed", "dropped", "doubt", "excluded",  "cost"};

/* ---- shown ---- */

static void put_money(struct buf *out, const char *name, int64_t amount)
{
    json_put_name(out, name);
    buf_addf(out, "%.4f", (double)amount / BROADCAST_PEN);
}

/* The notice is an object of what is to be said; its members are the broadcast's. */
static void put_words(struct buf *out, struct slice notice)
{
    buf_addc(out, ',');
    buf_addslice(out, slice_part(notice, 1, notice.len - 1));
}

static void put_broadcast(struct buf *out, const struct api_call *call, const char *id, const struct broadcast *b)
{
    buf_addc(out, '{');
    api_put_text(out, "id", slice_of(id));
    api_put_text(out, "name", b->name);
    api_put_text(out, "state", slice_of(broadcast_states[b->state]));
    if (b->reason.len)
        api_put_text(out, "reason", b->reason);
    api_put_time(out, "since_at", b->since_ms);
    if (b->due_ms)
        api_put_time(out, "due_at", b->due_ms);
    if (b->start_ms)
        api_put_time(out, "start_at", b->start_ms);
    if (b->until_ms)
        api_put_time(out, "until_at", b->until_ms);
    if (b->budget)
        put_money(out, "budget", b->budget);
    if (b->people >= 0) {
        json_put_name(out, "people");
        buf_addi(out, b->people);
    }
    put_words(out, b->notice);
    api_put_text(out, "purpose", b->purpose);
    if (!b->is_list)
        api_put_query(out, call, "audience", b->audience);
    json_put_strings(out, "channels", b->channels, b->channel_count);
    if (b->training.len)
        api_put_text(out, "training", b->training);
    api_put_time(out, "created_at", b->created_ms);
    api_put_text(out, "created_by", b->by);
    if (b->confirmed_by.len)
        api_put_text(out, "confirmed_by", b->confirmed_by);
}

static void on_counted(struct api_call *call, const redisReply *reply)
{
    struct casting *casting = call->own;
    for (size_t i = 0; i < CAST_SUMS; i++)
        casting->sums[i] =
            reply->type == REDIS_REPLY_ARRAY && reply->elements == CAST_SUMS ? reply->element[i]->integer : 0;
    casting->then(call);
}

/* How a count of an audience goes on. */
static void on_audience(void *ctx, enum error error, const struct audience_count *count)
{
    struct api_call *call = ctx;
    struct casting *casting = call->own;
    if (error) {
        api_unavailable(call);
        return;
    }
    casting->sums[SUM_PEOPLE] = (int64_t)count->recipients;
    casting->then(call);
}

void cast_count_people(struct api_call *call, void (*then)(struct api_call *call))
{
    struct casting *casting = call->own;
    struct query_fault fault;
    struct query *query;
    if (casting->b.is_list) {
        cast_count(call, then);
        return;
    }
    casting->then = then;
    casting->rules = broadcast_rules(call->api->world, &casting->b, call->exchange->request.now_ms);
    enum error error = query_parse(casting->b.audience, call->exchange->arena, &query, &fault);
    if (error == ERR_SYNTAX)
        api_field_problem(call, 409, "The audience is none any more: change it.", "audience", fault.text);
    else if (error || audience_count(call->api->store, query, &casting->rules, on_audience, call))
        api_unavailable(call);
}

void cast_count(struct api_call *call, void (*then)(struct api_call *call))
{
    struct casting *casting = call->own;
    char(*keys)[KEY_MAX] = arena_array(call->exchange->arena, SHARDS, KEY_MAX), name[BROADCAST_ID + 8];
    struct slice args[3 + SHARDS] = {SLICE("FCALL_RO"), SLICE("chaski_cast_sums"), SLICE("64")};
    _Static_assert(SHARDS == 64, "the number of keys is told as a text");
    casting->then = then;
    if (!keys) {
        api_unavailable(call);
        return;
    }
    snprintf(name, sizeof(name), "%s:sums", casting->id);
    for (unsigned i = 0; i < SHARDS; i++)
        args[3 + i] = key_write(keys[i], i, "cast", slice_of(name));
    api_redis(call, args, 3 + SHARDS, on_counted);
}

static void answer_counted(struct api_call *call)
{
    const struct casting *casting = call->own;
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    put_broadcast(&body, call, casting->id, &casting->b);
    for (size_t i = SUM_QUEUED; i < SUM_COST; i++) {
        json_put_name(&body, cast_sums[i]);
        buf_addi(&body, casting->sums[i]);
    }
    put_money(&body, "cost", casting->sums[SUM_COST]);
    buf_adds(&body, "}\n");
    api_answer_item(call, &body, casting->record);
}

void cast_answer(struct api_call *call)
{
    cast_count(call, answer_counted);
}

static void on_found(struct api_call *call, const redisReply *reply)
{
    struct casting *casting = call->own;
    casting->record = arena_copy(call->exchange->arena, api_reply(reply));
    if (!api_reply(reply).len)
        api_problem(call, 404, "There is no such broadcast.", "");
    else if (!casting->record.ptr || broadcast_read(casting->record, call->exchange->arena, &casting->b))
        api_unavailable(call);
    else
        casting->then(call);
}

void cast_find(struct api_call *call, void (*then)(struct api_call *call))
{
    struct casting *casting = call->own = arena_alloc(call->exchange->arena, sizeof(*casting));
    const struct slice args[] = {SLICE("HGET"), CAST_RECORDS, call->path[0]};
    if (!casting) {
        api_unavailable(call);
    } else if (!broadcast_is_id(call->path[0])) {
        api_problem(call, 404, "There is no such broadcast.", "");
    } else {
        slice_copy(call->path[0], casting->id, sizeof(casting->id));
        casting->then = then;
        api_redis(call, args, 3, on_found);
    }
}

void api_broadcasts_show(struct api_call *call)
{
    cast_find(call, cast_answer);
}

/* ---- listed ---- */

struct cast_list {
    struct api_page page;
    uint64_t next; /* the highest id that was not looked at */
    char ids[API_LIST_MAX + 1][SLICE_DECIMAL_SIZE];
    struct slice names[API_LIST_MAX + 1];
    size_t count;
};

static void read_page(struct api_call *call);

static void on_page(struct api_call *call, const redisReply *reply)
{
    struct cast_list *list = call->own;
    struct broadcast b;
    for (size_t i = 0; i < reply->elements && i < list->count; i++) {
        const struct slice record = api_reply(reply->element[i]);
        char id[BROADCAST_ID];
        if (!record.len || !slice_copy(list->names[i], id, sizeof(id)) ||
            broadcast_read(record, call->exchange->arena, &b) || !api_page_takes(&list->page, list->names[i]))
            continue;
        put_broadcast(&list->page.body, call, id, &b);
        buf_addc(&list->page.body, '}');
    }
    if (list->next && !list->page.more)
        read_page(call);
    else
        api_page_answer(call, &list->page);
}

/* The newest first: ids are numbers. */
static void read_page(struct api_call *call)
{
    struct cast_list *list = call->own;
    struct slice args[3 + API_LIST_MAX] = {SLICE("HMGET"), CAST_RECORDS};
    const size_t most = list->page.limit - list->page.count + 1;
    for (list->count = 0; list->next && list->count < most; list->next--, list->count++)
        args[2 + list->count] = list->names[list->count] = slice_decimal((int64_t)list->next, list->ids[list->count]);
    if (list->count)
        api_redis(call, args, 2 + list->count, on_page);
    else
        api_page_answer(call, &list->page);
}

static void on_newest(struct api_call *call, const redisReply *reply)
{
    struct cast_list *list = call->own;
    const struct slice cursor = api_query(call, "cursor");
    if (!slice_u64(api_reply(reply), BROADCAST_ID_MAX, &list->next))
        list->next = 0;
    if (cursor.len) {
        uint64_t last = 1;
        slice_u64(cursor, BROADCAST_ID_MAX, &last);
        list->next = last - 1 < list->next ? last - 1 : list->next;
    }
    api_page_open(&list->page, api_limit(call));
    read_page(call);
}

void api_broadcasts_list(struct api_call *call)
{
    const struct slice args[] = {SLICE("GET"), SLICE("ck:{staff}:casts:newest")}, cursor = api_query(call, "cursor");
    call->own = arena_alloc(call->exchange->arena, sizeof(struct cast_list));
    if (!call->own)
        api_unavailable(call);
    else if (cursor.len && !broadcast_is_id(cursor))
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
    else
        api_redis(call, args, 2, on_newest);
}

/* ---- written ---- */

static void on_written(struct api_call *call, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_NIL)
        cast_answer(call);
    else if (slice_is(slice_of(call->route->method), "PATCH"))
        api_problem(call, 412, "Somebody changed it at the same time: read it again.", "");
    else
        api_problem(call, 409, "Somebody changed it at the same time: look at it again.", "");
}

void cast_write(struct api_call *call, const char *what)
{
    struct casting *casting = call->own;
    struct buf record, line, more;
    buf_init(&record, BROADCAST_RECORD_MAX);
    buf_init(&line, BROADCAST_RECORD_MAX);
    buf_init(&more, 256);
    broadcast_write(&casting->b, &record);
    buf_addf(&more, "{\"state\":\"%s\",\"people\":\"%" PRId64 "\"}", broadcast_states[casting->b.state],
             casting->b.people);
    api_put_act(call, what, casting->id, buf_slice(&more), &line);
    const struct slice before = casting->record;
    casting->record = arena_copy(call->exchange->arena, buf_slice(&record));
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_cast_act"),
                                 SLICE("3"),
                                 CAST_RECORDS,
                                 CAST_LIVE,
                                 STAFF_AUDIT,
                                 slice_of(casting->id),
                                 before,
                                 casting->record,
                                 broadcast_is_live(&casting->b) ? SLICE("1") : SLICE("0"),
                                 buf_slice(&line)};
    if (record.error || line.error || !casting->record.ptr)
        api_unavailable(call);
    else
        api_redis(call, args, sizeof(args) / sizeof(args[0]), on_written);
    buf_release(&record);
    buf_release(&line);
    buf_release(&more);
}
