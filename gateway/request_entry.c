#include "gateway/request_entry.h"

static struct slice text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

bool request_entry_read(const redisReply *reply, struct slice *id, cJSON **out)
{
    const redisReply *fields = reply->elements == 2 ? reply->element[1] : NULL;
    *id = fields ? text_of(reply->element[0]) : SLICE_NONE;
    return fields && fields->elements == 2 && json_parse(text_of(fields->element[1]), REQUEST_ENTRY_MAX, out) == OK;
}

bool request_entry_late(const cJSON *entry, const struct holidays *holidays, int64_t *out_ms)
{
    const struct request_kind *kind = request_kind(json_string(entry, "kind"));
    int64_t at_ms = 0;
    if (!kind)
        return false;
    if (!json_int(entry, "at", &at_ms))
        at_ms = 0;
    *out_ms = request_late_ms(kind, holidays, at_ms);
    return true;
}
