/* Segments: queries that have a name, kept for everybody. A record is "CREATED BY QUERY". */
#include "gateway/api_parts.h"
#include "gateway/query.h"

#define RECORD_MAX (QUERY_BYTES_MAX + STAFF_NAME + SLICE_DECIMAL_SIZE + 2)

struct segment {
    int64_t created_ms;
    struct slice by, query;
};

static bool read_record(struct slice record, struct segment *out)
{
    struct slice created;
    uint64_t ms;
    if (!slice_cut(&record, ' ', &created) || !slice_u64(created, INT64_MAX, &ms) ||
        !slice_cut(&record, ' ', &out->by) || !record.len)
        return false;
    out->created_ms = (int64_t)ms;
    out->query = record;
    return true;
}

static void put_segment(struct buf *out, const struct api_call *call, struct slice name, const struct segment *segment)
{
    buf_addc(out, '{');
    api_put_text(out, "name", name);
    api_put_query(out, call, "query", segment->query);
    api_put_text(out, "created_by", segment->by);
    api_put_time(out, "created_at", segment->created_ms);
    buf_addc(out, '}');
}

static void answer_segment(struct api_call *call, struct slice name, struct slice record)
{
    struct segment segment;
    struct buf body;
    if (!read_record(record, &segment)) {
        api_problem(call, 404, "There is no such segment.", "");
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    put_segment(&body, call, name, &segment);
    buf_addc(&body, '\n');
    api_answer_item(call, &body, record);
}

static void list_segment(struct api_call *call, struct api_page *page, struct slice name, struct slice record)
{
    struct segment segment;
    if (read_record(record, &segment) && api_page_takes(page, name))
        put_segment(&page->body, call, name, &segment);
}

static void on_segments(struct api_call *call, const redisReply *reply)
{
    api_page_records(call, reply, STAFF_NAME, list_segment);
}

void api_segments_list(struct api_call *call)
{
    const struct slice args[] = {SLICE("HGETALL"), STAFF_SEGMENTS};
    api_redis(call, args, 2, on_segments);
}

static void on_shown(struct api_call *call, const redisReply *reply)
{
    answer_segment(call, call->path[0], api_reply(reply));
}

static void read_segment(struct api_call *call, api_then *then)
{
    const struct slice args[] = {SLICE("HGET"), STAFF_SEGMENTS, call->path[0]};
    api_redis(call, args, 3, then);
}

void api_segments_show(struct api_call *call)
{
    read_segment(call, on_shown);
}

/* ---- making, changing, taking away ---- */

struct change {
    const char *what;
    char name[STAFF_NAME];
    struct slice before, after; /* records; empty: none */
};

static void on_changed(struct api_call *call, const redisReply *reply)
{
    const struct change *change = call->own;
    if (reply->type != REDIS_REPLY_NIL && !change->before.len)
        api_field_problem(call, 409, "This segment exists.", "name", "must be a name that none has");
    else if (reply->type != REDIS_REPLY_NIL)
        api_problem(call, 412, "Somebody changed it at the same time: read it again.", "");
    else if (change->after.len)
        answer_segment(call, slice_of(change->name), change->after);
    else
        api_answer_nothing(call);
}

static void write_change(struct api_call *call)
{
    const struct change *change = call->own;
    struct segment then = {0};
    struct buf more;
    buf_init(&more, 2 * RECORD_MAX);
    buf_addc(&more, '{');
    if (read_record(change->after, &then))
        api_put_text(&more, "query", then.query);
    buf_addc(&more, '}');
    api_act(call, STAFF_SEGMENTS, change->name, change->before, change->after, change->what, change->name,
            buf_slice(&more), on_changed);
    buf_release(&more);
}

/* Begins an act on the segment of a name. NULL after answering. */
static struct change *new_change(struct api_call *call, const char *what, struct slice name)
{
    struct change *change = call->own = arena_alloc(call->exchange->arena, sizeof(*change));
    if (!change) {
        api_unavailable(call);
        return NULL;
    }
    change->what = what;
    slice_copy(name, change->name, sizeof(change->name));
    return change;
}

/* Writes the record of a query, which must be one. Returns false after answering. */
static bool write_record(struct api_call *call, int64_t created_ms, struct slice by)
{
    struct change *change = call->own;
    const struct slice query = slice_trim(api_text(call, "query"));
    char created[SLICE_DECIMAL_SIZE];
    const struct slice parts[] = {slice_decimal(created_ms, created), SLICE(" "), by, SLICE(" "), query};
    if (!query.len) {
        api_field_problem(call, 422, "The query is empty.", "query", "must say who; all is everybody");
        return false;
    }
    if (!api_audience(call, query))
        return false;
    change->after = arena_join(call->exchange->arena, parts, sizeof(parts) / sizeof(parts[0]));
    if (!change->after.ptr)
        api_unavailable(call);
    return change->after.ptr;
}

void api_segments_create(struct api_call *call)
{
    const struct slice name = api_text(call, "name");
    if (!staff_is_name(name))
        api_field_problem(call, 422, "The name is none.", "name",
                          "must be up to 32 lower-case letters, digits, dots, - and _, a letter first");
    else if (new_change(call, "segment.create", name) &&
             write_record(call, call->exchange->request.now_ms, slice_of(call->who)))
        write_change(call);
}

static void on_read(struct api_call *call, const redisReply *reply)
{
    struct change *change = call->own;
    const struct slice record = api_reply(reply);
    const bool deletes = !call->body;
    struct segment segment;
    if (!read_record(record, &segment)) {
        api_problem(call, 404, "There is no such segment.", "");
        return;
    }
    if (!api_matches(call, record))
        return;
    change->before = arena_copy(call->exchange->arena, record);
    if (!change->before.ptr)
        api_unavailable(call);
    else if (deletes || write_record(call, segment.created_ms, segment.by))
        write_change(call);
}

void api_segments_change(struct api_call *call)
{
    if (new_change(call, "segment.change", call->path[0]))
        read_segment(call, on_read);
}

void api_segments_delete(struct api_call *call)
{
    if (new_change(call, "segment.delete", call->path[0]))
        read_segment(call, on_read);
}
