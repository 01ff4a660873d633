/* A broadcast's ledger: who gets it, and what became of each. */
#include <stdio.h>

#include "gateway/api_broadcasts_parts.h"
#include "gateway/consent_row.h"

#define LOOKED_AT 500 /* rows of one reading: those of another state are passed over */

struct ledger_page {
    struct api_page page;
    unsigned shard;
    int64_t from;
    char keys[3][KEY_MAX];
};

/* Who may send may know to whom; others see what stands for her. */
static bool put_who(struct api_call *call, struct buf *out, struct slice who)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * CONSENT_WHO + 1];
    if (!who.len)
        return true; /* erased since */
    if (call->role & (ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN)) {
        api_put_text(out, "number", who);
        return true;
    }
    if (hmac_sha256(call->api->key, who, digest))
        return false;
    hex_encode(digest, CONSENT_WHO, hex);
    api_put_text(out, "person", slice_of(hex));
    return true;
}

static void put_row(struct api_call *call, struct ledger_page *list, const redisReply *row)
{
    char cursor[64];
    struct buf *out = &list->page.body;
    if (row->type != REDIS_REPLY_ARRAY || row->elements != 4)
        return;
    snprintf(cursor, sizeof(cursor), "%u-%lld", list->shard, row->element[0]->integer);
    if (!api_page_takes(&list->page, slice_of(cursor)))
        return;
    buf_addc(out, '{');
    if (!put_who(call, out, api_reply(row->element[1])))
        out->error = ERR_NOMEM;
    api_put_text(out, "state", api_reply(row->element[2]));
    if (api_reply(row->element[3]).len)
        api_put_text(out, "reason", api_reply(row->element[3]));
    buf_addc(out, '}');
}

static void read_rows(struct api_call *call);

static void on_rows(struct api_call *call, const redisReply *reply)
{
    struct casting *casting = call->own;
    struct ledger_page *list = casting->more;
    const int64_t next = reply->elements ? reply->element[0]->integer : -1;
    for (size_t i = 1; i < reply->elements; i++)
        put_row(call, list, reply->element[i]);
    list->from = next < 0 ? 0 : next;
    list->shard += next < 0;
    if (list->page.more || list->shard == SHARDS)
        api_page_answer(call, &list->page);
    else
        read_rows(call);
}

static void read_rows(struct api_call *call)
{
    struct casting *casting = call->own;
    struct ledger_page *list = casting->more;
    static const char *const kinds[] = {"people", "rows", "sums"};
    char from[SLICE_DECIMAL_SIZE], most[SLICE_DECIMAL_SIZE], name[BROADCAST_ID + 16];
    struct slice args[] = {SLICE("FCALL_RO"),
                           SLICE("chaski_cast_rows"),
                           SLICE("3"),
                           SLICE_NONE,
                           SLICE_NONE,
                           SLICE_NONE,
                           slice_decimal(list->from, from),
                           slice_decimal(LOOKED_AT, most),
                           api_query(call, "state")};
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s:%s", casting->id, kinds[i]);
        args[3 + i] = key_write(list->keys[i], list->shard, "cast", slice_of(name));
    }
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_rows);
}

/* Reads "SHARD-NUMBER", the last one of the page before. */
static bool read_cursor(struct slice cursor, struct ledger_page *list)
{
    struct slice shard;
    uint64_t number, row;
    if (!slice_cut(&cursor, '-', &shard) || !slice_u64(shard, SHARDS - 1, &number) ||
        !slice_u64(cursor, UINT32_MAX, &row))
        return false;
    list->shard = (unsigned)number;
    list->from = (int64_t)row + 1;
    return true;
}

static void on_noted(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    read_rows(call);
}

static void begin(struct api_call *call)
{
    struct casting *casting = call->own;
    const struct slice cursor = api_query(call, "cursor");
    struct ledger_page *list = casting->more = arena_alloc(call->exchange->arena, sizeof(*list));
    if (!list) {
        api_unavailable(call);
    } else if (cursor.len && !read_cursor(cursor, list)) {
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
    } else {
        api_page_open(&list->page, api_limit(call));
        api_note(call, "broadcast.recipients", casting->id, on_noted);
    }
}

void api_recipients_list(struct api_call *call)
{
    cast_find(call, begin);
}
