/* The audience's index, compared with the records of the people and set right: page by page, while all goes on.
 *
 * First every record that there is (SCAN, which sees all of one Redis, as redis_url.h takes one; the lists of people
 * cannot tell of who is missing in them), then every place in the lists of people. What a record says is reckoned here,
 * as a turn does; that it still is so is looked at where it is written (chaski_index_mend, chaski_index_drop). */
#include <stdio.h>

#include "gateway/api_parts.h"
#include "gateway/contact_line.h"
#include "gateway/facts.h"

#define PAGE "1000" /* people of one call, or about */
#define PAGE_PEOPLE 1000
#define PAGE_MAX 20000 /* keys that a page of SCAN may come with */
#define ARENA_MAX (32u * 1024 * 1024)
#define MEND_ARGS 9

static const struct api_field rebuild_fields[] = {
    {"cursor", API_TEXT, false, 0, 64, NULL, "where to go on: next of the call before; the first has none", NULL},
    {"dry_run", API_TRUTH, false, 0, 0, NULL, "only count what is wrong", NULL},
    {0}};
const struct api_shape api_index_rebuild = {"IndexRebuild", "A page of the index to be looked at.", rebuild_fields};

static const struct api_field rebuilt_fields[] = {
    {"looked_at", API_WHOLE, true, 0, 0, NULL, "records, and places in the lists of people", NULL},
    {"wrong", API_WHOLE, true, 0, 0, NULL, "of them, that did not say the same; set right unless dry_run", NULL},
    {"next", API_TEXT, false, 0, 0, NULL, "where to go on; not there: that was all", NULL},
    {0}};
const struct api_shape api_index_rebuilt = {"IndexRebuilt", "What a page of the index was like.", rebuilt_fields};

/* Somebody of the page. */
struct place {
    struct slice contact;
    unsigned shard;
    uint32_t number; /* in the list of people: of a page of places */
};

/* A page under way. Lies in the call's arena. */
struct rebuilding {
    struct place *places;
    size_t count, at, looked_at, wrong;
    bool of_records, dry_run;
    char scan[32];  /* cursor of SCAN */
    unsigned shard; /* else: which list, */
    uint64_t from;  /* and from where on */
    char next[64];  /* "": that was all */
    char keys[2][KEY_MAX];
    char number[SLICE_DECIMAL_SIZE];
    char columns[PROFILE_COLUMNS][PROFILE_BYTES_MAX];
    struct arena_mark mark; /* behind the places */
    struct facts facts;
};

static void look_next(struct api_call *call);

static void answer(struct api_call *call)
{
    const struct rebuilding *r = call->own;
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    json_put_name(&body, "looked_at");
    buf_addi(&body, (int64_t)r->looked_at);
    json_put_name(&body, "wrong");
    buf_addi(&body, (int64_t)r->wrong);
    if (r->next[0])
        api_put_text(&body, "next", slice_of(r->next));
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

/* ---- one person ---- */

static void on_mended(struct api_call *call, const redisReply *reply)
{
    struct rebuilding *r = call->own;
    if (reply->type != REDIS_REPLY_INTEGER) {
        api_unavailable(call);
        return;
    }
    r->wrong += reply->integer > 0;
    look_next(call);
}

/* Calls a Function that sets right what the index has of a person. */
static void mend(struct api_call *call, const char *function, struct slice held, uint32_t number,
                 const struct profile *profile)
{
    struct rebuilding *r = call->own;
    const struct place *place = &r->places[r->at - 1];
    struct slice args[MEND_ARGS + 2 * PROFILE_COLUMNS] = {
        SLICE("FCALL"),
        slice_of(function),
        SLICE("2"),
        key_write(r->keys[0], place->shard, "contact", place->contact),
        key_write(r->keys[1], place->shard, "index", SLICE_NONE),
        place->contact,
        held,
        slice_decimal(number, r->number),
        r->dry_run ? SLICE("0") : SLICE("1")};
    size_t count = MEND_ARGS;
    for (unsigned c = 0; c < PROFILE_COLUMNS; c++) {
        args[count++] = slice_of(profile_columns[c].name);
        args[count++] = profile_write((enum profile_column)c, profile->columns[c], r->columns[c]);
    }
    api_redis(call, args, count, on_mended);
}

/* Gives the name of the line that was read; empty where there is no record. */
static struct slice name_of(const redisReply *reply)
{
    return reply->elements == 3 ? api_reply(reply->element[0]) : SLICE_NONE;
}

/* A record: what it says is what the index must have. One that cannot be read is a turn's to begin anew. */
static void on_record(struct api_call *call, const redisReply *reply)
{
    struct rebuilding *r = call->own;
    struct contact_line line;
    struct profile profile = {{0}};
    const struct slice held = name_of(reply);
    r->looked_at++;
    if (!held.len || contact_line_fields(held, api_reply(reply->element[1]), &line, NULL)) {
        look_next(call);
        return;
    }
    arena_rewind(call->arena, r->mark); /* of the person before */
    if (facts_read(api_reply(reply->element[2]), call->arena, &r->facts))
        r->facts.count = 0;
    for (size_t i = 0; i < r->facts.count; i++)
        profile_learn(&profile, r->facts.list[i].slot, r->facts.list[i].value);
    profile_put_line(&profile, line.traits, line.born_ms);
    mend(call, "chaski_index_mend", held, line.number, &profile);
}

/* A place in a list: its person has no record, or another number. */
static void on_place(struct api_call *call, const redisReply *reply)
{
    struct rebuilding *r = call->own;
    const struct place *place = &r->places[r->at - 1];
    const struct profile nobody = {{0}};
    const struct slice held = name_of(reply);
    struct contact_line line;
    r->looked_at++;
    if (held.len && (contact_line_fields(held, api_reply(reply->element[1]), &line, NULL) ||
                     line.number == place->number))
        look_next(call);
    else
        mend(call, "chaski_index_drop", held.len ? held : SLICE(""), place->number, &nobody);
}

static void look_next(struct api_call *call)
{
    struct rebuilding *r = call->own;
    if (r->at == r->count) {
        answer(call);
        return;
    }
    const struct place *place = &r->places[r->at++];
    const struct slice args[] = {SLICE("HMGET"), key_write(r->keys[0], place->shard, "contact", place->contact),
                                 SLICE("v"), SLICE("s"), SLICE("f")};
    api_redis(call, args, 5, r->of_records ? on_record : on_place);
}

/* ---- a page of records ---- */

/* Reads "ck:{sN}:contact:WHO". */
static bool read_key(struct slice key, struct place *out)
{
    struct slice rest = key, tag, shard;
    uint64_t number;
    if (!slice_starts(key, "ck:{s"))
        return false;
    rest = slice_part(key, 5, key.len);
    if (!slice_cut(&rest, '}', &shard) || !slice_u64(shard, SHARDS - 1, &number) || !slice_starts(rest, ":contact:"))
        return false;
    tag = slice_part(rest, sizeof(":contact:") - 1, rest.len);
    *out = (struct place){.contact = tag, .shard = (unsigned)number};
    return tag.len && tag.len < CONTACT_MAX;
}

static void on_scanned(struct api_call *call, const redisReply *reply)
{
    struct rebuilding *r = call->own;
    const redisReply *keys = reply->elements == 2 ? reply->element[1] : NULL;
    if (!keys || keys->type != REDIS_REPLY_ARRAY || keys->elements > PAGE_MAX) {
        api_unavailable(call);
        return;
    }
    r->places = arena_array(call->arena, keys->elements + 1, sizeof(*r->places));
    for (size_t i = 0; r->places && i < keys->elements; i++) {
        struct place place;
        if (!read_key(api_reply(keys->element[i]), &place))
            continue;
        place.contact = arena_copy(call->arena, place.contact);
        if (!place.contact.ptr)
            r->places = NULL;
        else
            r->places[r->count++] = place;
    }
    const struct slice cursor = api_reply(reply->element[0]);
    snprintf(r->next, sizeof(r->next), "r%.*s", (int)cursor.len, cursor.len ? cursor.ptr : "");
    if (slice_is(cursor, "0"))
        snprintf(r->next, sizeof(r->next), "p0.0");
    r->mark = arena_mark(call->arena);
    if (r->places)
        look_next(call);
    else
        api_unavailable(call);
}

/* ---- a page of places ---- */

static void read_names(struct api_call *call);

/* A phone number lies there without its plus, another name behind a =; who was erased is empty. As many lists are read
 * as make a page. */
static void on_names(struct api_call *call, const redisReply *reply)
{
    struct rebuilding *r = call->own;
    for (size_t i = 0; r->places && i < reply->elements; i++) {
        const struct slice name = api_reply(reply->element[i]);
        const bool is_name = slice_starts(name, "=");
        const struct slice parts[] = {is_name ? SLICE("") : SLICE("+"), slice_part(name, is_name, name.len)};
        if (!name.len)
            continue;
        const struct slice contact = arena_join(call->arena, parts, 2);
        if (!contact.ptr) {
            r->places = NULL;
            break;
        }
        r->places[r->count++] = (struct place){contact, r->shard, (uint32_t)(r->from + i)};
    }
    const bool whole = reply->elements < PAGE_PEOPLE;
    r->from = whole ? 0 : r->from + PAGE_PEOPLE;
    r->shard += whole;
    r->mark = arena_mark(call->arena);
    if (!r->places) {
        api_unavailable(call);
    } else if (r->shard < SHARDS && r->count < PAGE_PEOPLE) {
        read_names(call);
    } else {
        if (r->shard < SHARDS)
            snprintf(r->next, sizeof(r->next), "p%u.%llu", r->shard, (unsigned long long)r->from);
        look_next(call);
    }
}

static void read_names(struct api_call *call)
{
    struct rebuilding *r = call->own;
    char first[SLICE_DECIMAL_SIZE], last[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("LRANGE"), key_write(r->keys[1], r->shard, "index", SLICE("people")),
                                 slice_decimal((int64_t)r->from, first),
                                 slice_decimal((int64_t)r->from + PAGE_PEOPLE - 1, last)};
    api_redis(call, args, 4, on_names);
}

/* ---- the call ---- */

/* A cursor is "rSCAN" or "pSHARD.NUMBER"; none begins with the records. */
static bool read_cursor(struct slice text, struct rebuilding *out)
{
    struct slice rest = text.len ? slice_part(text, 1, text.len) : SLICE("0"), shard;
    uint64_t number;
    out->of_records = !text.len || text.ptr[0] == 'r';
    if (out->of_records)
        return slice_u64(rest, UINT64_MAX, &number) && slice_copy(rest, out->scan, sizeof(out->scan));
    if (text.ptr[0] != 'p' || !slice_cut(&rest, '.', &shard) || !slice_u64(shard, SHARDS - 1, &number))
        return false;
    out->shard = (unsigned)number;
    return slice_u64(rest, UINT32_MAX, &out->from);
}

static void begin(struct api_call *call, const redisReply *reply)
{
    struct rebuilding *r = call->own;
    (void)reply;
    if (r->of_records) {
        const struct slice args[] = {SLICE("SCAN"),  slice_of(r->scan), SLICE("MATCH"), SLICE("ck:{s*}:contact:*"),
                                     SLICE("COUNT"), SLICE(PAGE)};
        api_redis(call, args, sizeof(args) / sizeof(args[0]), on_scanned);
        return;
    }
    r->places = arena_array(call->arena, 2 * PAGE_PEOPLE, sizeof(*r->places));
    read_names(call);
}

void api_audience_rebuild(struct api_call *call)
{
    call->arena = arena_new(ARENA_MAX);
    struct rebuilding *r = call->own = call->arena ? arena_alloc(call->arena, sizeof(*r)) : NULL;
    if (!r) {
        api_unavailable(call);
        return;
    }
    r->dry_run = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(call->body, "dry_run"));
    if (!read_cursor(api_text(call, "cursor"), r))
        api_field_problem(call, 422, "The cursor is none.", "cursor", "must be next of the call before");
    else
        api_note(call, r->dry_run ? "audience.check" : "audience.rebuild", "", begin);
}
