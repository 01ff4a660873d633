/* The outbox, as staff see it: what waits to be sent, what nobody knows the fate of, what failed for good; and what a
 * person decides about the last two. */
#include "gateway/api_outbox.h"

#include <stdio.h>

#include "gateway/api_shapes.h"
#include "gateway/api_tickets.h"
#include "gateway/outbox_entry.h"

#define SEES_PEOPLE (ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN)
#define LIST_BYTES (16 * 1024 * 1024) /* of an answer */

static const char *const states[] = {"waiting", "in-doubt", "dead", NULL};
static const char *const verdicts[] = {"sent", "resend", "drop", NULL};

const struct api_field api_outbox_query[] = {
    {"state", API_TEXT, false, 0, 0, states, "only those", NULL},
    {"cursor", API_TEXT, false, 0, 64, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {0}};

static const struct api_field message_fields[] = {
    SHOWN("id", API_TEXT, "of the message"),
    {"state", API_TEXT, true, 0, 0, states, "in-doubt: the provider never told; dead: it failed for good", NULL},
    SHOWN("class", API_TEXT, "reply, confirmation, reminder or notice"),
    SHOWN("channel", API_TEXT, "where it goes"),
    MAYBE("code", API_TEXT, "why it failed, or is in doubt"),
    MAYBE("at", API_TIME, "when it was written"),
    MAYBE("number", API_TEXT, "to whom, for who may send"),
    MAYBE("text", API_TEXT, "its words, for who may send"),
    MAYBE("person", API_TEXT, "what stands for her, for others"),
    {0}};
const struct api_shape api_outbox_message = {"OutboxMessage", "A message that was not sent.", message_fields};

static const struct api_field verdict_fields[] = {
    {"verdict", API_TEXT, true, 0, 0, verdicts,
     "sent: it counts as sent; resend: it goes out once more; drop: it never does", NULL},
    {0}};
const struct api_shape api_outbox_verdict = {"OutboxVerdict", "What became of a message, or is to.", verdict_fields};

static const struct api_field resolved_fields[] = {
    SHOWN("id", API_TEXT, "of the message"),
    {"verdict", API_TEXT, true, 0, 0, verdicts, "what was decided", NULL},
    MAYBE("sent_as", API_TEXT, "the id of what goes out once more"),
    {0}};
const struct api_shape api_outbox_resolved = {"OutboxResolved", "What was decided.", resolved_fields};

/* ---- the list ---- */

/* A shard's streams. */
static const struct stream_kind {
    const char *key, *state;
    bool waits; /* its entries' own ids name them; elsewhere the field `id` does */
} kinds[] = {
    {"outbox", "waiting", true}, {"bulk", "waiting", true}, {"doubt", "in-doubt", false}, {"dead", "dead", false}};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct outbox_page {
    struct api_page page;
    size_t kind;
    unsigned shard;
    char after[STORE_ID_MAX]; /* the last one seen of the stream; "": none was */
    char key[KEY_MAX];
};

static struct slice field_of(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (slice_is(api_reply(fields->element[i]), name))
            return api_reply(fields->element[i + 1]);
    return SLICE_NONE;
}

static void put_person(const struct api_call *call, struct buf *out, const cJSON *entry)
{
    const struct slice to = json_string(entry, "to");
    char whom[SHA256_HEX];
    if (call->role & SEES_PEOPLE) {
        api_put_text(out, "number", to);
        api_put_text(out, "text", json_string(entry, "text"));
    } else if (ticket_whom(call, to, whom)) {
        api_put_text(out, "person", slice_of(whom));
    } else {
        out->error = ERR_NOMEM;
    }
}

static void put_message(const struct api_call *call, const struct outbox_page *list, const redisReply *fields,
                        struct slice id, struct buf *out)
{
    char reference[64];
    cJSON *entry = NULL;
    int64_t at_ms;
    if (json_parse(field_of(fields, "entry"), ENTRY_BYTES_MAX, &entry))
        entry = NULL; /* what cannot be read is listed all the same */
    snprintf(reference, sizeof(reference), "%u-%.*s", list->shard, (int)id.len, id.len ? id.ptr : "");
    buf_addc(out, '{');
    api_put_text(out, "id", slice_of(reference));
    api_put_text(out, "state", slice_of(kinds[list->kind].state));
    api_put_text(out, "class", field_of(fields, "class"));
    api_put_text(out, "channel", json_string(entry, "channel"));
    if (field_of(fields, "code").len)
        api_put_text(out, "code", field_of(fields, "code"));
    if (json_int(entry, "at", &at_ms))
        api_put_time(out, "at", at_ms);
    put_person(call, out, entry);
    buf_addc(out, '}');
    cJSON_Delete(entry);
}

static void read_stream(struct api_call *call);

/* Another stream comes when this one is through: all shards of one kind, then the next kind. */
static void on_stream(struct api_call *call, const redisReply *reply)
{
    struct outbox_page *list = call->own;
    char cursor[64];
    for (size_t i = 0; i < reply->elements && !list->page.more; i++) {
        const redisReply *item = reply->element[i];
        if (item->elements != 2 || item->element[1]->type != REDIS_REPLY_ARRAY)
            continue;
        const struct slice place = api_reply(item->element[0]);
        snprintf(cursor, sizeof(cursor), "%zu.%u.%.*s", list->kind, list->shard, (int)place.len, place.ptr);
        if (api_page_takes(&list->page, slice_of(cursor)))
            put_message(call, list, item->element[1],
                        kinds[list->kind].waits ? place : field_of(item->element[1], "id"), &list->page.body);
    }
    list->after[0] = '\0';
    if (++list->shard == SHARDS) {
        list->shard = 0;
        list->kind++;
    }
    if (list->page.more || list->kind == KINDS)
        api_page_answer(call, &list->page);
    else
        read_stream(call);
}

/* Reads one more than the page takes, which tells whether there is another page. */
static void read_stream(struct api_call *call)
{
    struct outbox_page *list = call->own;
    const struct slice wanted = api_query(call, "state");
    while (list->kind < KINDS && wanted.len && !slice_is(wanted, kinds[list->kind].state))
        list->kind++;
    if (list->kind == KINDS) {
        api_page_answer(call, &list->page);
        return;
    }
    char from[STORE_ID_MAX + 1] = "-", count[SLICE_DECIMAL_SIZE];
    if (list->after[0])
        snprintf(from, sizeof(from), "(%.31s", list->after);
    const struct slice args[] = {
        SLICE("XRANGE"), key_write(list->key, list->shard, kinds[list->kind].key, SLICE_NONE),
        slice_of(from),  SLICE("+"),
        SLICE("COUNT"),  slice_decimal((int64_t)(list->page.limit - list->page.count + 1), count)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_stream);
}

/* Reads "KIND.SHARD.PLACE", of the last one of the page before. */
static bool read_cursor(struct slice cursor, struct outbox_page *list)
{
    struct slice kind, shard, rest = cursor, ms;
    uint64_t number, of_kind;
    if (!slice_cut(&rest, '.', &kind) || !slice_u64(kind, KINDS - 1, &of_kind) || !slice_cut(&rest, '.', &shard) ||
        !slice_u64(shard, SHARDS - 1, &number) || !slice_copy(rest, list->after, sizeof(list->after)))
        return false;
    list->kind = (size_t)of_kind;
    list->shard = (unsigned)number;
    return slice_cut(&rest, '-', &ms) && slice_u64(ms, INT64_MAX, &number) && slice_u64(rest, INT64_MAX, &number);
}

static void begin(struct api_call *call, const redisReply *reply)
{
    struct outbox_page *list = call->own;
    (void)reply;
    api_page_open(&list->page, api_limit(call));
    list->page.body.max = LIST_BYTES;
    read_stream(call);
}

void api_outbox_list(struct api_call *call)
{
    const struct slice cursor = api_query(call, "cursor");
    struct outbox_page *list = call->own = arena_alloc(call->exchange->arena, sizeof(*list));
    if (!list)
        api_unavailable(call);
    else if (cursor.len && !read_cursor(cursor, list))
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
    else
        api_note(call, "outbox.list", "", begin);
}

/* ---- deciding ---- */

struct resolving {
    unsigned shard;
    char id[STORE_ID_MAX], keys[4][KEY_MAX], reference[64];
};

static void missing(struct api_call *call)
{
    api_problem(call, 404, "There is no such message: the list of the outbox names them.", "");
}

/* {"ok", new id where it goes out once more}, {"unknown"} or {STATE}. */
static void on_resolved(struct api_call *call, const redisReply *reply)
{
    const struct resolving *resolving = call->own;
    const struct slice word = reply->elements ? api_reply(reply->element[0]) : SLICE_NONE;
    struct buf body;
    if (slice_is(word, "unknown")) {
        missing(call);
        return;
    }
    if (!slice_is(word, "ok")) {
        const char *detail =
            arena_printf(call->exchange->arena, "It is %.*s: only what is in doubt or dead can be resolved.",
                         (int)word.len, word.len ? word.ptr : "");
        api_problem(call, 409, detail ? detail : "It cannot be resolved.", "");
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    api_put_text(&body, "id", slice_of(resolving->reference));
    api_put_text(&body, "verdict", api_text(call, "verdict"));
    if (reply->elements > 1) {
        const struct slice id = api_reply(reply->element[1]);
        char as[64];
        snprintf(as, sizeof(as), "%u-%.*s", resolving->shard, (int)id.len, id.len ? id.ptr : "");
        api_put_text(&body, "sent_as", slice_of(as));
    }
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

/* One of the two streams is where it may go back to. */
static void resolve(struct api_call *call, const redisReply *reply)
{
    struct resolving *r = call->own;
    char now[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_resolve"),
                                 SLICE("4"),
                                 key_write(r->keys[0], r->shard, "outbox", SLICE_NONE),
                                 key_sends(r->keys[1], r->shard, slice_of(r->id)),
                                 key_write(r->keys[2], r->shard, "dead", SLICE_NONE),
                                 key_write(r->keys[3], r->shard, "doubt", SLICE_NONE),
                                 slice_of(r->id),
                                 api_text(call, "verdict"),
                                 slice_decimal(call->exchange->request.now_ms, now)};
    (void)reply;
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_resolved);
}

void api_outbox_resolve(struct api_call *call)
{
    struct resolving *resolving = call->own = arena_alloc(call->exchange->arena, sizeof(*resolving));
    const struct slice verdict = api_text(call, "verdict");
    if (!resolving) {
        api_unavailable(call);
    } else if (!outbox_reference_read(call->path[0], &resolving->shard, resolving->id)) {
        missing(call);
    } else {
        snprintf(resolving->reference, sizeof(resolving->reference), "%u-%s", resolving->shard, resolving->id);
        api_note(call,
                 slice_is(verdict, "sent")     ? "outbox.sent"
                 : slice_is(verdict, "resend") ? "outbox.resend"
                                               : "outbox.drop",
                 resolving->reference, resolve);
    }
}
