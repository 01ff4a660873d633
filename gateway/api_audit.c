/* The audit log, newest first. */
#include <stdio.h>

#include "gateway/api_users.h"

/* Reads an entry's act: what api_act() wrote. */
static bool read_act(const redisReply *entry, cJSON **out)
{
    const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
    if (!fields || fields->elements != 2 || fields->element[1]->type != REDIS_REPLY_STRING)
        return false;
    return json_parse((struct slice){fields->element[1]->str, fields->element[1]->len}, API_TEXT_MAX, out) == OK;
}

static void put_entry(struct buf *out, struct slice id, const cJSON *act)
{
    static const char *const texts[] = {"who", "what", "whom", "from"};
    uint64_t ms = 0;
    struct slice rest = id, text;
    if (slice_cut(&rest, '-', &text) && !slice_u64(text, INT64_MAX, &ms))
        ms = 0;
    buf_addc(out, '{');
    api_put_text(out, "id", id);
    api_put_time(out, "at", (int64_t)ms);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        api_put_text(out, texts[i], json_string(act, texts[i]));
    const cJSON *more = json_object(act, "more");
    if (more) {
        json_put_name(out, "more");
        buf_addc(out, '{');
        for (const cJSON *member = more->child; member; member = member->next)
            api_put_text(out, member->string, json_string(more, member->string));
        buf_addc(out, '}');
    }
    buf_addc(out, '}');
}

static void on_entries(struct api_call *call, const redisReply *reply)
{
    struct api_page page;
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *entry = reply->element[i];
        cJSON *act = NULL;
        if (read_act(entry, &act)) {
            const struct slice id = {entry->element[0]->str, entry->element[0]->len};
            if (api_page_takes(&page, id))
                put_entry(&page.body, id, act);
        }
        cJSON_Delete(act);
    }
    api_page_answer(call, &page);
}

/* Tells whether a text is an entry's id, as a cursor gives it. */
static bool is_id(struct slice text)
{
    struct slice ms;
    uint64_t number;
    return slice_cut(&text, '-', &ms) && slice_u64(ms, INT64_MAX, &number) && number &&
           slice_u64(text, INT64_MAX, &number);
}

void api_audit_list(struct api_call *call)
{
    const struct slice cursor = api_query(call, "cursor");
    char count[SLICE_DECIMAL_SIZE], from[64] = "+";
    if (cursor.len && (!is_id(cursor) || cursor.len > sizeof(from) - 2)) {
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
        return;
    }
    if (cursor.len)
        snprintf(from, sizeof(from), "(%.*s", (int)cursor.len, cursor.ptr);
    const struct slice args[] = {SLICE("XREVRANGE"), STAFF_AUDIT,
                                 slice_of(from),     SLICE("-"),
                                 SLICE("COUNT"),     slice_decimal((int64_t)api_limit(call) + 1, count)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_entries);
}
