/* The audience: counting whom a query means, and listing them. */
#include <stdio.h>

#include "gateway/api_parts.h"
#include "gateway/audience.h"
#include "gateway/contact_line.h"
#include "gateway/facts.h"

#define RULE_MAX (QUERY_FAULT + 32)
#define PERSON_MAX (64 * 1024) /* bytes of one person in a list */

struct query *api_audience(struct api_call *call, struct slice text)
{
    struct query *query;
    struct query_fault fault;
    char rule[RULE_MAX];
    enum error error = query_parse(slice_trim(text).len ? text : SLICE("all"), call->exchange->arena, &query, &fault);
    if (!error)
        return query;
    snprintf(rule, sizeof(rule), "column %zu: %s", fault.column, fault.text);
    if (error == ERR_SYNTAX)
        api_field_problem(call, 422, "The query is not understood.", "query", rule);
    else
        api_unavailable(call);
    return NULL;
}

/* ---- counting ---- */

static void put_count(struct buf *out, const char *name, uint64_t count)
{
    json_put_name(out, name);
    buf_addi(out, (int64_t)count);
}

static void on_counted(void *ctx, enum error error, const struct audience_count *count)
{
    struct api_call *call = ctx;
    struct buf body;
    if (error) {
        api_unavailable(call);
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    put_count(&body, "people", count->people);
    put_count(&body, "matched", count->matched);
    put_count(&body, "recipients", count->recipients);
    json_put_name(&body, "excluded");
    buf_addc(&body, '{');
    for (unsigned reason = 0; reason < AUDIENCE_REASONS; reason++)
        put_count(&body, audience_reason_name((enum audience_reason)reason), count->excluded[reason]);
    buf_addc(&body, '}');
    api_put_query_auc(&body, call->api->world->mind.engine, call->own);
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

void api_audience_count(struct api_call *call)
{
    struct query *query = call->own = api_audience(call, api_text(call, "query"));
    if (!query) /* answered: the call is gone */
        return;
    const bool template = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(call->body, "template"));
    const struct slice purpose = api_text(call, "purpose");
    struct audience_rules rules = audience_rules_of(call->api->world, template, call->exchange->request.now_ms);
    if (purpose.len)
        rules.purpose = purpose;
    if (audience_count(call->api->store, query, &rules, on_counted, call))
        api_unavailable(call);
}

/* ---- listing ---- */

/* Somebody of the page: her place in the order of shards and numbers is the cursor. */
struct item {
    struct slice contact;
    unsigned shard;
    uint32_t number;
};

/* A page while it is gathered: names first, shard by shard, one more than the page has; then what is known of each. */
struct listing {
    const struct query *query;
    unsigned shard;
    uint32_t from; /* the number to go on from in that shard */
    bool selected; /* who of it matches is in `bits` */
    char *bits;
    size_t bits_len, bits_room;
    struct item *items; /* API_LIST_MAX + 1 */
    size_t count, shown, wanted;
    char key[KEY_MAX];
};

static void gather(struct api_call *call);
static void show_next(struct api_call *call);

static void on_named(void *ctx, enum error error, const struct slice *contacts, const uint32_t *numbers, size_t count)
{
    struct api_call *call = ctx;
    struct listing *listing = call->own;
    for (size_t i = 0; i < count && !error; i++) {
        const struct slice contact = arena_copy(call->exchange->arena, contacts[i]);
        error = contact.ptr ? OK : ERR_NOMEM;
        listing->items[listing->count++] = (struct item){contact, listing->shard, numbers[i]};
    }
    if (error)
        api_unavailable(call);
    else
        gather(call);
}

static void on_selected(void *ctx, enum error error, struct slice bits)
{
    struct api_call *call = ctx;
    struct listing *listing = call->own;
    if (!error && bits.len > listing->bits_room) {
        listing->bits_room = bits.len + bits.len / 4; /* shards are about alike */
        listing->bits = arena_bytes(call->exchange->arena, listing->bits_room);
    }
    if (error || (bits.len && !listing->bits)) {
        api_unavailable(call);
        return;
    }
    if (bits.len)
        memcpy(listing->bits, bits.ptr, bits.len);
    listing->bits_len = bits.len;
    listing->selected = true;
    gather(call);
}

/* Goes on with the shard at hand, else with the next one; then with what is known of those found. */
static void gather(struct api_call *call)
{
    struct listing *listing = call->own;
    struct store *store = call->api->store;
    const struct slice bits = {listing->bits, listing->bits_len};
    enum error error = OK;
    if (listing->selected && audience_next(bits, listing->from) == AUDIENCE_NOBODY) {
        listing->selected = false;
        listing->shard++;
        listing->from = 0;
    }
    if (listing->count == listing->wanted || listing->shard == SHARDS)
        show_next(call);
    else if (listing->selected)
        error = audience_people(store, listing->shard, listing->from, listing->wanted - listing->count, bits,
                                &listing->from, on_named, call);
    else
        error = audience_select(store, listing->shard, listing->query, NULL, call->exchange->request.now_ms,
                                on_selected, call);
    if (error)
        api_unavailable(call);
}

/* What is put of somebody's facts beside their map, so that a list can show columns. */
static const char *const shown_facts[] = {"stage", "industry", "region"};

static void put_person(struct buf *out, const struct engine *engine, const struct item *item,
                       const struct contact_line *line, bool opted_out, const struct facts *facts)
{
    buf_addc(out, '{');
    api_put_text(out, "number", item->contact);
    api_put_time(out, "first_seen_at", line->born_ms);
    json_put_name(out, "opted_out");
    buf_adds(out, opted_out ? "true" : "false");
    for (size_t i = 0; i < sizeof(shown_facts) / sizeof(shown_facts[0]); i++) {
        const struct slice value = facts_value(facts, slice_of(shown_facts[i]));
        if (value.len)
            api_put_text(out, shown_facts[i], value);
    }
    api_put_auc(out, engine, facts);
    json_put_name(out, "facts");
    buf_addc(out, '{');
    for (size_t i = 0; i < facts->count; i++) {
        if (i)
            buf_addc(out, ',');
        json_put_string(out, facts->list[i].slot);
        buf_addc(out, ':');
        json_put_string(out, facts->list[i].value);
    }
    buf_adds(out, "}}");
}

/* Writes the page of what was gathered of each: of who was erased meanwhile nothing. */
static void answer_list(struct api_call *call)
{
    const struct listing *listing = call->own;
    const cJSON *written;
    struct api_page page;
    char cursor[32];
    size_t i = 0;
    api_page_open(&page, api_limit(call));
    cJSON_ArrayForEach(written, call->owned)
    {
        const struct item *item = &listing->items[i++];
        snprintf(cursor, sizeof(cursor), "%u.%u", item->shard, item->number);
        if (*written->valuestring && api_page_takes(&page, slice_of(cursor)))
            buf_adds(&page.body, written->valuestring);
    }
    api_page_answer(call, &page);
}

static bool line_read(const redisReply *reply, struct contact_line *out)
{
    return !contact_line_fields(api_reply(reply->element[0]), api_reply(reply->element[1]), out, NULL);
}

/* Keeps what is known of the person at hand, in the call's own JSON, which ends with it however it ends. */
static void on_person(struct api_call *call, const redisReply *reply)
{
    struct listing *listing = call->own;
    const struct item *item = &listing->items[listing->shown++];
    struct arena *arena = call->exchange->arena;
    const struct arena_mark mark = arena_mark(arena);
    struct facts *facts = arena_bytes(arena, sizeof(*facts));
    struct contact_line line;
    struct buf text;
    buf_init(&text, PERSON_MAX);
    enum error error = facts && reply->elements == 4 ? OK : ERR_NOMEM;
    if (!error && facts_read(api_reply(reply->element[3]), arena, facts))
        facts->count = 0;
    if (!error && line_read(reply, &line) && line.version)
        put_person(&text, call->api->world->mind.engine, item, &line, slice_is(api_reply(reply->element[2]), "1"),
                   facts);
    if (!error && (text.error || !cJSON_AddItemToArray(call->owned, cJSON_CreateString(buf_text(&text)))))
        error = ERR_NOMEM;
    buf_release(&text);
    arena_rewind(arena, mark);
    if (error)
        api_unavailable(call);
    else
        show_next(call);
}

static void show_next(struct api_call *call)
{
    struct listing *listing = call->own;
    if (listing->shown == listing->count) {
        answer_list(call);
        return;
    }
    const struct item *item = &listing->items[listing->shown];
    const struct slice args[] = {SLICE("HMGET"), key_write(listing->key, item->shard, "contact", item->contact),
                                 SLICE("v"), SLICE("s"), SLICE("out"), SLICE("f")};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_person);
}

static void begin_list(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    gather(call);
}

/* A cursor is "SHARD.NUMBER", of the last person of the page before. */
static void read_cursor(struct slice cursor, struct listing *listing)
{
    struct slice shard;
    uint64_t at, number;
    if (slice_cut(&cursor, '.', &shard) && slice_u64(shard, SHARDS - 1, &at) &&
        slice_u64(cursor, UINT32_MAX - 1, &number)) {
        listing->shard = (unsigned)at;
        listing->from = (uint32_t)number + 1;
    }
}

void api_contacts_list(struct api_call *call)
{
    const struct slice text = api_query(call, "query");
    struct listing *listing = call->own = arena_alloc(call->exchange->arena, sizeof(*listing));
    char whom[QUERY_BYTES_MAX + 1];
    struct query *query = api_audience(call, text);
    if (!query)
        return;
    call->owned = cJSON_CreateArray();
    if (!call->owned || !listing ||
        !(listing->items = arena_array(call->exchange->arena, API_LIST_MAX + 1, sizeof(*listing->items)))) {
        api_unavailable(call);
        return;
    }
    listing->query = query;
    listing->wanted = api_limit(call) + 1;
    read_cursor(api_query(call, "cursor"), listing);
    slice_copy(slice_trim(text).len ? text : SLICE("all"), whom, sizeof(whom));
    api_note(call, "contact.list", whom, begin_list);
}
