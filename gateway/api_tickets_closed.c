/* Tickets that were closed in the last 90 days, the last closed first; a person who was erased has none. */
#include <stdio.h>
#include <stdlib.h>

#include "gateway/api_tickets.h"

#define ARENA_MAX (16u * 1024 * 1024) /* bytes: the lines of all shards that may be on the page */
#define CURSOR_MAX 96

/* One of the page, or that may be. */
struct closed {
    int64_t at_ms; /* when it was closed */
    unsigned shard;
    struct slice field, line;
};

struct closed_page {
    struct closed *rows; /* two readings' worth */
    size_t count, most;  /* more than the page takes, which tells whether there is another */
    unsigned shard;
    struct closed after; /* the cursor; at_ms 0: none */
    struct closed seen;  /* as far as every shard was read; at_ms 0: to its end */
    char key[KEY_MAX], from[SLICE_DECIMAL_SIZE + 1];
};

/* The later one first. */
static int compare(const void *left, const void *right)
{
    const struct closed *a = left, *b = right;
    if (a->at_ms != b->at_ms)
        return a->at_ms > b->at_ms ? -1 : 1;
    return a->shard != b->shard ? (a->shard < b->shard ? -1 : 1) : slice_compare(a->field, b->field);
}

static void write_cursor(const struct closed *row, char out[CURSOR_MAX])
{
    snprintf(out, CURSOR_MAX, "%lld.%u-%.*s", (long long)row->at_ms, row->shard, (int)row->field.len, row->field.ptr);
}

static void put(struct api_page *page, const struct closed *row)
{
    char cursor[CURSOR_MAX];
    struct ticket_name name;
    cJSON *line = ticket_line_read(row->line);
    write_cursor(row, cursor);
    struct slice id = slice_of(cursor), ms;
    if (line && slice_cut(&id, '.', &ms) && ticket_name_read(id, &name) && api_page_takes(page, slice_of(cursor))) {
        buf_addc(&page->body, '{');
        ticket_put(&page->body, &name, line);
        api_put_time(&page->body, "closed_at", row->at_ms);
        buf_addc(&page->body, '}');
    }
    cJSON_Delete(line);
}

/* Where a shard has more than was read, the page ends before what is not known of it. */
static void answer(struct api_call *call)
{
    const struct closed_page *list = call->own;
    char cursor[CURSOR_MAX];
    struct api_page page;
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < list->count && !page.more; i++)
        if (!list->seen.at_ms || compare(&list->rows[i], &list->seen) <= 0)
            put(&page, &list->rows[i]);
    if (!page.more && list->seen.at_ms) {
        page.more = true;
        write_cursor(&list->seen, cursor);
        buf_clear(&page.last);
        buf_adds(&page.last, cursor);
    }
    api_page_answer(call, &page);
}

static void read_shard(struct api_call *call);

/* Takes "FIELD LINE" and its score; `is_end`: the shard has more behind it. Returns false without memory. */
static bool take(struct api_call *call, struct slice member, struct slice score, bool is_end)
{
    struct closed_page *list = call->own;
    struct closed row = {.shard = list->shard, .line = arena_copy(call->arena, member)};
    uint64_t ms;
    if (!row.line.ptr)
        return false;
    if (!slice_cut(&row.line, ' ', &row.field) || !slice_u64(score, INT64_MAX, &ms))
        return true;
    row.at_ms = (int64_t)ms;
    if (is_end && (!list->seen.at_ms || compare(&row, &list->seen) < 0))
        list->seen = row;
    cJSON *line = ticket_line_read(row.line);
    if (line && ticket_is_wanted(call, line) && (!list->after.at_ms || compare(&list->after, &row) < 0))
        list->rows[list->count++] = row;
    cJSON_Delete(line);
    return true;
}

static void on_shard(struct api_call *call, const redisReply *reply)
{
    struct closed_page *list = call->own;
    const bool full = reply->elements >= 2 * list->most;
    bool whole = true;
    for (size_t i = 0; i + 1 < reply->elements && whole; i += 2)
        whole = take(call, api_reply(reply->element[i]), api_reply(reply->element[i + 1]),
                     full && i + 2 >= reply->elements);
    if (list->count)
        qsort(list->rows, list->count, sizeof(*list->rows), compare);
    if (list->count > list->most)
        list->count = list->most;
    if (!whole)
        api_unavailable(call);
    else if (++list->shard == SHARDS)
        answer(call);
    else
        read_shard(call);
}

static void read_shard(struct api_call *call)
{
    struct closed_page *list = call->own;
    char most[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("ZRANGE"),
                                 key_write(list->key, list->shard, "tickets", SLICE("closed")),
                                 list->after.at_ms ? slice_decimal(list->after.at_ms, list->from) : SLICE("+inf"),
                                 SLICE("-inf"),
                                 SLICE("BYSCORE"),
                                 SLICE("REV"),
                                 SLICE("LIMIT"),
                                 SLICE("0"),
                                 slice_decimal((int64_t)list->most, most),
                                 SLICE("WITHSCORES")};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_shard);
}

/* Reads "CLOSED_MS.SHARD-FIELD", of the last one of the page before. */
static bool read_cursor(struct slice cursor, struct closed *after)
{
    struct slice ms;
    struct ticket_name name;
    uint64_t number;
    if (!slice_cut(&cursor, '.', &ms) || !slice_u64(ms, INT64_MAX, &number) || !number ||
        !ticket_name_read(cursor, &name))
        return false;
    *after = (struct closed){.at_ms = (int64_t)number, .shard = name.shard, .field = name.field};
    return true;
}

static void begin(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    read_shard(call);
}

void api_tickets_closed(struct api_call *call)
{
    const struct slice cursor = api_query(call, "cursor");
    call->arena = arena_new(ARENA_MAX);
    struct closed_page *list = call->own = call->arena ? arena_alloc(call->arena, sizeof(*list)) : NULL;
    if (list) {
        list->most = api_limit(call) + 2; /* the cursor's own, and one behind the page */
        list->rows = arena_array(call->arena, 2 * list->most, sizeof(*list->rows));
    }
    if (!list || !list->rows)
        api_unavailable(call);
    else if (cursor.len && !read_cursor(cursor, &list->after))
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
    else
        api_note(call, "ticket.list", "closed", begin);
}
