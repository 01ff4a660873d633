/* Tickets: whom a person is to answer, and the conversation. */
#include "gateway/api_tickets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent_row.h"
#include "gateway/journal.h"

#define LINE_MAX_BYTES 4096
#define TICKETS_MAX 4000            /* open ones that a list looks at: more than a team answers */
#define TURNS "50"                  /* of a conversation that is shown */
#define TURN_ARENA (1024 * 1024)    /* bytes, of one turn */
#define WHOLE_MAX (4 * 1024 * 1024) /* bytes of an answer */

bool ticket_name_read(struct slice text, struct ticket_name *out)
{
    struct slice shard, ms;
    uint64_t number;
    if (text.len >= TICKET_ID_MAX || !slice_cut(&text, '-', &shard) || !slice_u64(shard, SHARDS - 1, &number))
        return false;
    out->shard = (unsigned)number;
    out->field = text;
    if (!slice_cut(&text, '-', &ms) || !slice_u64(ms, INT64_MAX, &number) || text.len != TICKET_WHO)
        return false;
    out->opened_ms = (int64_t)number;
    return number > 0;
}

cJSON *ticket_line_read(struct slice line)
{
    cJSON *read = NULL;
    return json_parse(line, LINE_MAX_BYTES, &read) == OK ? read : NULL;
}

void ticket_put(struct buf *out, const struct ticket_name *name, const cJSON *line)
{
    char id[TICKET_ID_MAX];
    int64_t waits_ms = 0, waiting = 0;
    const struct slice taken = json_string(line, "taken");
    snprintf(id, sizeof(id), "%u-%.*s", name->shard, (int)name->field.len, name->field.ptr);
    api_put_text(out, "id", slice_of(id));
    api_put_text(out, "number", json_string(line, "contact"));
    api_put_text(out, "channel", json_string(line, "channel"));
    api_put_time(out, "opened_at", name->opened_ms);
    json_put_name(out, "waiting");
    buf_addi(out, json_int(line, "waiting", &waiting) ? waiting : 0);
    if (json_int(line, "waits", &waits_ms) && waits_ms)
        api_put_time(out, "waits_since", waits_ms);
    if (taken.len)
        api_put_text(out, "taken_by", taken);
    api_put_text(out, "why", json_string(line, "why"));
}

void ticket_missing(struct api_call *call)
{
    api_problem(call, 404, "There is no such ticket: it is closed, or its person left or was erased.", "");
}

bool ticket_whom(const struct api_call *call, struct slice contact, char out[SHA256_HEX])
{
    unsigned char digest[SHA256_BYTES];
    if (hmac_sha256(call->api->key, contact, digest))
        return false;
    hex_encode(digest, CONSENT_WHO, out);
    return true;
}

/* ---- the list ---- */

struct row {
    unsigned shard;
    const cJSON *item; /* its key is the field, its text the line */
};

struct listing {
    struct row *rows; /* TICKETS_MAX */
    size_t count;
    unsigned shard;
    char key[KEY_MAX];
    struct ticket_name after; /* the cursor; opened_ms 0: none */
};

static int64_t opened_of(const char *field)
{
    return strtoll(field, NULL, 10);
}

static int compare_places(int64_t ms, unsigned shard, const char *field, int64_t other_ms, unsigned other_shard,
                          const char *other_field)
{
    if (ms != other_ms)
        return ms < other_ms ? -1 : 1;
    return shard != other_shard ? (shard < other_shard ? -1 : 1) : strcmp(field, other_field);
}

static int compare(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return compare_places(opened_of(a->item->string), a->shard, a->item->string, opened_of(b->item->string), b->shard,
                          b->item->string);
}

static bool is_behind(const struct listing *list, const struct row *row)
{
    char field[TICKET_ID_MAX];
    if (!list->after.opened_ms || !slice_copy(list->after.field, field, sizeof(field)))
        return true;
    return compare_places(opened_of(row->item->string), row->shard, row->item->string, list->after.opened_ms,
                          list->after.shard, field) > 0;
}

static void answer_list(struct api_call *call)
{
    struct listing *list = call->own;
    struct api_page page;
    char cursor[TICKET_ID_MAX];
    if (list->count)
        qsort(list->rows, list->count, sizeof(*list->rows), compare);
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < list->count && !page.more; i++) {
        const struct row *row = &list->rows[i];
        struct ticket_name name;
        snprintf(cursor, sizeof(cursor), "%u-%s", row->shard, row->item->string);
        if (!is_behind(list, row) || !ticket_name_read(slice_of(cursor), &name) ||
            !api_page_takes(&page, slice_of(cursor)))
            continue;
        buf_addc(&page.body, '{');
        ticket_put(&page.body, &name, row->item);
        buf_addc(&page.body, '}');
    }
    api_page_answer(call, &page);
}

bool ticket_is_wanted(const struct api_call *call, const cJSON *line)
{
    const struct slice by = api_query(call, "taken_by"), taken = json_string(line, "taken");
    if (slice_is(by, "me"))
        return slice_is(taken, call->who);
    return !slice_is(by, "nobody") || !taken.len;
}

static void read_shard(struct api_call *call);

static void on_shard(struct api_call *call, const redisReply *reply)
{
    struct listing *list = call->own;
    char field[TICKET_ID_MAX];
    for (size_t i = 0; i + 1 < reply->elements && list->count < TICKETS_MAX; i += 2) {
        cJSON *line = ticket_line_read(api_reply(reply->element[i + 1]));
        if (line && ticket_is_wanted(call, line) && slice_copy(api_reply(reply->element[i]), field, sizeof(field)) &&
            cJSON_AddItemToObject(call->owned, field, line))
            list->rows[list->count++] = (struct row){list->shard, line};
        else
            cJSON_Delete(line);
    }
    if (++list->shard == SHARDS)
        answer_list(call);
    else
        read_shard(call);
}

static void read_shard(struct api_call *call)
{
    struct listing *list = call->own;
    const struct slice args[] = {SLICE("HGETALL"), key_write(list->key, list->shard, "tickets", SLICE_NONE)};
    api_redis(call, args, 2, on_shard);
}

static void begin(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    read_shard(call);
}

void api_tickets_list(struct api_call *call)
{
    if (slice_is(api_query(call, "state"), "closed")) {
        api_tickets_closed(call);
        return;
    }
    const struct slice cursor = api_query(call, "cursor");
    struct listing *list = call->own = arena_alloc(call->exchange->arena, sizeof(*list));
    call->owned = cJSON_CreateObject();
    if (list)
        list->rows = arena_array(call->exchange->arena, TICKETS_MAX, sizeof(*list->rows));
    if (!list || !list->rows || !call->owned)
        api_unavailable(call);
    else if (cursor.len && !ticket_name_read(cursor, &list->after))
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
    else
        api_note(call, "ticket.list", "open", begin);
}

/* ---- one of them ---- */

struct showing {
    struct ticket_name name;
    struct slice line;
    struct slice number; /* call->owned is the line, read */
    struct ticket_way way;
    struct ticket_inbound inbound;
    char key[KEY_MAX], whom[SHA256_HEX];
};

static void put_turns(struct buf *out, const redisReply *turns)
{
    struct arena *arena = arena_new(TURN_ARENA);
    bool first = true;
    json_put_name(out, "turns");
    buf_addc(out, '[');
    for (size_t i = arena ? turns->elements : 0; i-- > 0;) {
        struct slice rest = api_reply(turns->element[i]), at;
        struct journal_entry entry;
        uint64_t ms;
        arena_reset(arena);
        if (!slice_cut(&rest, ' ', &at) || !slice_u64(at, INT64_MAX, &ms) || journal_read(rest, arena, &entry))
            continue;
        buf_adds(out, first ? "" : ",");
        api_put_turn(out, (int64_t)ms, &entry);
        first = false;
    }
    buf_addc(out, ']');
    out->error = out->error ? out->error : arena ? OK : ERR_NOMEM;
    arena_free(arena);
}

static void put_way(struct buf *out, const struct ticket_way *way)
{
    if (way->until_ms != WINDOW_NONE && way->until_ms)
        api_put_time(out, "window_until", way->until_ms);
    if (way->why)
        api_put_text(out, "cannot_answer", slice_of(way->why));
    else
        api_put_text(out, "answer_as", way->words ? SLICE("words") : SLICE("template"));
    if (way->channel)
        api_put_text(out, "answer_on", slice_of(way->channel->name));
}

static void on_turns(struct api_call *call, const redisReply *reply)
{
    const struct showing *show = call->own;
    struct buf body;
    buf_init(&body, WHOLE_MAX);
    buf_addc(&body, '{');
    ticket_put(&body, &show->name, call->owned);
    put_way(&body, &show->way);
    put_turns(&body, reply);
    buf_adds(&body, "}\n");
    api_answer_item(call, &body, show->line);
}

static void on_inbound(struct api_call *call, const redisReply *reply)
{
    struct showing *show = call->own;
    const struct slice args[] = {SLICE("LRANGE"), key_write(show->key, show->name.shard, "turns", show->number),
                                 SLICE("-" TURNS), SLICE("-1")};
    ticket_way_find(call, json_string(call->owned, "channel"), reply, &show->way);
    api_redis(call, args, 4, on_turns);
}

static void read_inbound(struct api_call *call, const redisReply *reply)
{
    struct showing *show = call->own;
    (void)reply;
    ticket_ask_inbound(call, &show->inbound, show->name.shard, show->number, on_inbound);
}

static void on_line(struct api_call *call, const redisReply *reply)
{
    struct showing *show = call->own;
    call->owned = ticket_line_read(api_reply(reply));
    if (!call->owned) {
        ticket_missing(call);
        return;
    }
    show->line = arena_copy(call->exchange->arena, api_reply(reply));
    show->number = json_string(call->owned, "contact");
    if (!show->line.ptr || !ticket_whom(call, show->number, show->whom))
        api_unavailable(call);
    else
        api_note(call, "ticket.show", show->whom, read_inbound);
}

void api_tickets_show(struct api_call *call)
{
    struct showing *show = call->own = arena_alloc(call->exchange->arena, sizeof(*show));
    if (!show) {
        api_unavailable(call);
    } else if (!ticket_name_read(call->path[0], &show->name)) {
        ticket_missing(call);
    } else {
        const struct slice args[] = {SLICE("HGET"), key_write(show->key, show->name.shard, "tickets", SLICE_NONE),
                                     show->name.field};
        api_redis(call, args, 3, on_line);
    }
}
