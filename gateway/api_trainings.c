/* Trainings: the record. Shown, listed, written. */
#include "gateway/api_trainings.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/api_shapes.h"

static const char *const sums[TRAINING_SUMS] = {"seat", "waiting", "left", "came", "answered", "signed"};
static const char *const states[] = {"open", "closed", "over", "cancelled", NULL};

static const struct api_field fields[] = {
    SHOWN("id", API_TEXT, "a number"),
    SHOWN("code", API_TEXT, "the word that people sign up by"),
    SHOWN("title", API_TEXT, "what it is about"),
    {"state", API_TEXT, true, 0, 0, states, "open: one can sign up; closed: not any more; over: it has begun", NULL},
    SHOWN("starts_at", API_TIME, "when it begins"),
    SHOWN("deadline_at", API_TIME, "until when one can sign up"),
    MAYBE("place", API_TEXT, "where it is"),
    MAYBE("link", API_TEXT, "where it is, where it is not a place"),
    SHOWN("seats", API_WHOLE, "how many there are"),
    MAYBE("audience", API_TEXT, "to whom it is offered: a query; not there: to everybody"),
    MAYBE("door", API_TEXT, "what is shown at the door; for who may send"),
    SHOWN("texts", API_MAP, "what people are told in staff's own words, by its name"),
    SHOWN("created_at", API_TIME, "when it was made"),
    SHOWN("created_by", API_TEXT, "by whom"),
    MAYBE("invited", API_WHOLE, "people that broadcasts invite to it"),
    MAYBE("sent", API_WHOLE, "people to whom an invitation went"),
    MAYBE("delivered", API_WHOLE, "people who got it"),
    MAYBE("read", API_WHOLE, "people who read it"),
    MAYBE("seat", API_WHOLE, "people who have a seat"),
    MAYBE("waiting", API_WHOLE, "people on the waiting list"),
    MAYBE("left", API_WHOLE, "people who said that they do not come"),
    MAYBE("came", API_WHOLE, "people who came"),
    MAYBE("answered", API_WHOLE, "people who said anything of it"),
    MAYBE("signed", API_WHOLE, "people who ever signed up"),
    {0}};
const struct api_shape api_training = {"Training", "A training; the people of it counted where one is shown.", fields};

/* ---- shown ---- */

static const char *state_of(const struct training *t, int64_t now_ms)
{
    return t->cancelled ? states[3] : now_ms >= t->starts_ms ? states[2] : states[training_is_open(t, now_ms) ? 0 : 1];
}

static void put_maybe(struct buf *out, const char *name, struct slice text)
{
    if (text.len)
        api_put_text(out, name, text);
}

static void put_training(const struct api_call *call, struct buf *out, struct slice id, const struct training *t)
{
    buf_addc(out, '{');
    api_put_text(out, "id", id);
    api_put_text(out, "code", t->code);
    api_put_text(out, "title", t->title);
    api_put_text(out, "state", slice_of(state_of(t, call->exchange->request.now_ms)));
    api_put_time(out, "starts_at", t->starts_ms);
    api_put_time(out, "deadline_at", t->deadline_ms);
    put_maybe(out, "place", t->place);
    put_maybe(out, "link", t->link);
    json_put_name(out, "seats");
    buf_addi(out, t->seats);
    put_maybe(out, "audience", t->audience);
    if (call->role & (ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN))
        api_put_text(out, "door", t->door);
    json_put_name(out, "texts");
    buf_addc(out, '{');
    for (size_t i = 0; i < TRAINING_TEXTS; i++)
        put_maybe(out, training_texts[i], t->texts[i]);
    buf_addc(out, '}');
    api_put_time(out, "created_at", t->created_ms);
    api_put_text(out, "created_by", t->by);
}

static void answer_counted(struct api_call *call)
{
    static const char *const reached[TRAINING_REACHED] = {"invited", "sent", "delivered", "read"};
    const struct training_call *own = call->own;
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    put_training(call, &body, slice_of(own->id), &own->t);
    for (size_t i = 0; i < TRAINING_REACHED; i++) {
        json_put_name(&body, reached[i]);
        buf_addi(&body, own->reached[i]);
    }
    for (size_t i = 0; i < TRAINING_SUMS; i++) {
        json_put_name(&body, sums[i]);
        buf_addi(&body, own->sums[i]);
    }
    buf_adds(&body, "}\n");
    api_answer_item(call, &body, own->record);
}

static void count_cast(struct api_call *call);

/* Whoever read it got it, and to whoever got it, it went: chaski_cast_sums has each person in one state. */
static void on_cast(struct api_call *call, const redisReply *reply)
{
    enum { PEOPLE = 0, SENT = 2, DELIVERED = 3, READ = 4 };
    struct training_call *own = call->own;
    int64_t found[TRAINING_REACHED] = {0};
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements > READ) {
        found[3] = reply->element[READ]->integer;
        found[2] = found[3] + reply->element[DELIVERED]->integer;
        found[1] = found[2] + reply->element[SENT]->integer;
        found[0] = reply->element[PEOPLE]->integer;
    }
    for (size_t i = 0; i < TRAINING_REACHED; i++)
        own->reached[i] += found[i];
    own->cast_at++;
    count_cast(call);
}

/* Adds up the next invitation, or answers behind the last. */
static void count_cast(struct api_call *call)
{
    struct training_call *own = call->own;
    struct slice args[3 + SHARDS] = {SLICE("FCALL_RO"), SLICE("chaski_cast_sums"), SLICE("64")};
    char name[BROADCAST_ID + 8];
    _Static_assert(SHARDS == 64, "the number of keys is told as a text");
    if (own->cast_at == own->cast_count) {
        answer_counted(call);
        return;
    }
    snprintf(name, sizeof(name), "%s:sums", own->casts[own->cast_at]);
    for (unsigned i = 0; i < SHARDS; i++)
        args[3 + i] = key_write(own->keys[i], i, "cast", slice_of(name));
    api_redis(call, args, 3 + SHARDS, on_cast);
}

static void on_casts(struct api_call *call, const redisReply *reply)
{
    struct training_call *own = call->own;
    own->cast_count = own->cast_at = 0;
    own->keys = arena_array(call->exchange->arena, SHARDS, KEY_MAX);
    for (size_t i = 0; i < reply->elements && own->cast_count < TRAINING_CASTS_MAX; i++)
        own->cast_count += slice_copy(api_reply(reply->element[i]), own->casts[own->cast_count], BROADCAST_ID);
    if (own->keys)
        count_cast(call);
    else
        api_unavailable(call);
}

static void on_sums(struct api_call *call, const redisReply *reply)
{
    struct training_call *own = call->own;
    const struct slice args[] = {SLICE("SMEMBERS"), training_key(own, "casts")};
    uint64_t number;
    for (size_t i = 0; i < TRAINING_SUMS && i < reply->elements; i++)
        own->sums[i] = slice_u64(api_reply(reply->element[i]), INT64_MAX, &number) ? (int64_t)number : 0;
    api_redis(call, args, 2, on_casts);
}

struct slice training_key(struct training_call *own, const char *part)
{
    snprintf(own->key, sizeof(own->key), "ck:{staff}:training:%s:%s", own->id, part);
    return slice_of(own->key);
}

void training_answer(struct api_call *call)
{
    struct slice args[2 + TRAINING_SUMS] = {SLICE("HMGET"), training_key(call->own, "sums")};
    for (size_t i = 0; i < TRAINING_SUMS; i++)
        args[2 + i] = slice_of(sums[i]);
    api_redis(call, args, 2 + TRAINING_SUMS, on_sums);
}

static void on_found(struct api_call *call, const redisReply *reply)
{
    struct training_call *own = call->own;
    own->record = arena_copy(call->exchange->arena, api_reply(reply));
    if (!api_reply(reply).len)
        api_problem(call, 404, "There is no such training.", "");
    else if (!own->record.ptr || training_read(own->record, call->exchange->arena, &own->t))
        api_unavailable(call);
    else
        own->then(call);
}

void training_find(struct api_call *call, void (*then)(struct api_call *call))
{
    struct training_call *own = call->own = arena_alloc(call->exchange->arena, sizeof(*own));
    const struct slice args[] = {SLICE("HGET"), STAFF_TRAININGS, call->path[0]};
    if (!own) {
        api_unavailable(call);
    } else if (!training_is_id(call->path[0]) || !slice_copy(call->path[0], own->id, sizeof(own->id))) {
        api_problem(call, 404, "There is no such training.", "");
    } else {
        own->then = then;
        api_redis(call, args, 3, on_found);
    }
}

void api_trainings_show(struct api_call *call)
{
    training_find(call, training_answer);
}

/* ---- listed ---- */

struct row {
    uint64_t number;
    struct slice id, record;
};

/* The newest first: ids are numbers. */
static int by_number(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return (x->number < y->number) - (x->number > y->number);
}

static void on_all(struct api_call *call, const redisReply *reply)
{
    struct row *rows = arena_array(call->exchange->arena, reply->elements / 2 + 1, sizeof(*rows));
    uint64_t last = TRAINING_ID_MAX + 1;
    size_t count = 0;
    struct api_page page;
    if (!rows) {
        api_unavailable(call);
        return;
    }
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const struct slice id = api_reply(reply->element[i]);
        uint64_t number;
        if (training_is_id(id) && slice_u64(id, TRAINING_ID_MAX, &number))
            rows[count++] = (struct row){number, id, api_reply(reply->element[i + 1])};
    }
    if (count)
        qsort(rows, count, sizeof(*rows), by_number);
    if (api_query(call, "cursor").len)
        slice_u64(api_query(call, "cursor"), TRAINING_ID_MAX, &last);
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < count && !page.more; i++) {
        struct training t;
        if (rows[i].number >= last || training_read(rows[i].record, call->exchange->arena, &t) ||
            !api_page_takes(&page, rows[i].id))
            continue;
        put_training(call, &page.body, rows[i].id, &t);
        buf_addc(&page.body, '}');
    }
    api_page_answer(call, &page);
}

void api_trainings_list(struct api_call *call)
{
    const struct slice cursor = api_query(call, "cursor"), args[] = {SLICE("HGETALL"), STAFF_TRAININGS};
    if (cursor.len && !training_is_id(cursor))
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
    else
        api_redis(call, args, 2, on_all);
}

/* ---- written ---- */

static void on_written(struct api_call *call, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_NIL)
        training_answer(call);
    else if (slice_is(slice_of(call->route->method), "PATCH"))
        api_problem(call, 412, "Somebody changed it at the same time: read it again.", "");
    else
        api_problem(call, 409, "Somebody changed it at the same time: look at it again.", "");
}

void training_save(struct api_call *call, const char *what)
{
    struct training_call *own = call->own;
    struct buf record, line, more;
    char now[SLICE_DECIMAL_SIZE];
    buf_init(&record, TRAINING_RECORD_MAX);
    buf_init(&line, TRAINING_RECORD_MAX);
    buf_init(&more, 1024);
    training_write(&own->t, &record);
    buf_addc(&more, '{');
    api_put_text(&more, "code", own->t.code);
    api_put_text(&more, "title", own->t.title);
    buf_addc(&more, '}');
    api_put_act(call, what, own->id, buf_slice(&more), &line);
    const struct slice before = own->record;
    own->record = arena_copy(call->exchange->arena, buf_slice(&record));
    const struct slice args[] = {SLICE("FCALL"),   SLICE("chaski_training_act"),
                                 SLICE("2"),       STAFF_TRAININGS,
                                 STAFF_AUDIT,      slice_of(own->id),
                                 before,           own->record,
                                 buf_slice(&line), slice_decimal(call->exchange->request.now_ms, now)};
    if (record.error || line.error || more.error || !own->record.ptr)
        api_unavailable(call);
    else
        api_redis(call, args, sizeof(args) / sizeof(args[0]), on_written);
    buf_release(&record);
    buf_release(&line);
    buf_release(&more);
}
