/* One person: what is kept, what was said, what was agreed to; and forgetting all but the last. */
#include <stdio.h>

#include "base/phone.h"
#include "gateway/api_parts.h"
#include "gateway/consent_row.h"
#include "gateway/contact_line.h"
#include "gateway/erasure.h"
#include "gateway/facts.h"
#include "gateway/journal.h"
#include "gateway/merger.h"

#define CONSENT_PAGE 1000              /* lines of the log that are read at once */
#define ENTRY_ARENA (1024 * 1024)      /* bytes, of one turn */
#define HISTORY_MAX (16 * 1024 * 1024) /* bytes of an answer */

/* The person that a path is about. */
struct person {
    struct api_person is;
    char key[KEY_MAX];
    size_t at, found, skip;   /* consents: lines of the log read, hers among them, and those before the page */
    struct consent_row *rows; /* consents: API_LIST_MAX + 1 */
    size_t row_count;
    struct commit erasing;
    char message_id[48];
    int64_t merged_ms;           /* when the number was merged into another; 0: never, */
    struct slice merged_who;     /* whose digest this is, */
    char merged_into[PHONE_MAX]; /* and which, as long as she is there; "" */
};

/* Finds out who is meant, and writes down that somebody looks, or is about to act; then goes on with `begin`. */
static void look(struct api_call *call, const char *what, api_then *begin)
{
    struct person *person = call->own = arena_alloc(call->exchange->arena, sizeof(*person));
    if (!person)
        api_unavailable(call);
    else if (api_person_read(call, &person->is))
        api_note(call, what, person->is.who, begin);
}

/* ---- what is kept ---- */

static void put_channels(struct buf *out, const struct contact_line *line)
{
    json_put_name(out, "channels");
    buf_addc(out, '[');
    for (size_t i = 0; i < line->inbound_count; i++) {
        buf_adds(out, i ? ",{" : "{");
        api_put_text(out, "channel", line->inbound[i].channel);
        api_put_time(out, "last_message_at", line->inbound[i].ms);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

static void put_timers(struct buf *out, const struct contact_line *line)
{
    json_put_name(out, "timers");
    buf_addc(out, '[');
    for (size_t i = 0; i < line->timer_count; i++) {
        buf_adds(out, i ? ",{" : "{");
        api_put_text(out, "name", line->timers[i].name);
        api_put_text(out, "channel", line->timers[i].channel);
        api_put_time(out, "due_at", line->timers[i].due_ms);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

/* Asks the model that would say what a fact is, over all that is known. Returns false where none would. */
static bool ask_model(const struct engine *engine, const struct facts *facts, struct slice slot, struct prediction *out)
{
    const struct business business = api_business_of(facts);
    if (slice_is(slot, "stage"))
        engine_stage(engine, &business, out);
    else if (slice_is(slot, OUTLOOK_SLOT))
        engine_growth(engine, &business, out);
    else if (slice_is(slot, "industry") && business.activity[0])
        engine_industry(engine, slice_of(business.activity), out);
    else
        return false;
    return out->count > 0;
}

void api_put_fact(struct buf *out, const struct engine *engine, const struct facts *facts, const struct origin *fact)
{
    struct prediction found;
    buf_addc(out, '{');
    api_put_text(out, "slot", fact->slot);
    api_put_text(out, "value", fact->value);
    if (fact->raw.len)
        api_put_text(out, "said", fact->raw);
    json_put_name(out, "confidence");
    buf_addf(out, "%.4g", fact->confidence);
    if (fact->at_ms)
        api_put_time(out, "at", fact->at_ms);
    if (fact->rule.len)
        api_put_text(out, "rule", fact->rule);
    if (fact->message_id.len)
        api_put_text(out, "message_id", fact->message_id);
    if (slice_starts(fact->rule, "staff ") && ask_model(engine, facts, fact->slot, &found))
        api_put_text(out, "model", slice_of(found.guesses[0].label));
    if (slice_is(fact->slot, OUTLOOK_SLOT))
        api_put_auc(out, engine, facts);
    buf_addc(out, '}');
}

static void put_facts(struct buf *out, const struct engine *engine, const struct facts *facts)
{
    json_put_name(out, "facts");
    buf_addc(out, '[');
    for (size_t i = 0; i < facts->count; i++) {
        buf_adds(out, i ? "," : "");
        api_put_fact(out, engine, facts, &facts->list[i]);
    }
    buf_addc(out, ']');
}

static struct slice field_of(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (slice_is(api_reply(fields->element[i]), name))
            return api_reply(fields->element[i + 1]);
    return SLICE_NONE;
}

static void nothing_kept(struct api_call *call)
{
    const struct person *person = call->own;
    const char *detail = "Nothing is kept of this number.";
    if (person->merged_into[0])
        detail = arena_printf(call->exchange->arena, "Nothing is kept of this number: it was merged into %s.",
                              person->merged_into);
    else if (person->merged_ms)
        detail = "Nothing is kept of this number: it was merged into one that is erased.";
    api_problem(call, 404, detail ? detail : "Nothing is kept of this number.", "");
}

static void on_contact(struct api_call *call, const redisReply *reply)
{
    const struct person *person = call->own;
    struct contact_line line;
    struct buf body;
    struct facts *facts = arena_alloc(call->exchange->arena, sizeof(*facts));
    if (!reply->elements) {
        nothing_kept(call);
        return;
    }
    enum error error = facts ? facts_read(field_of(reply, "f"), call->exchange->arena, facts) : ERR_NOMEM;
    if (error == ERR_NOMEM || contact_line_fields(field_of(reply, "v"), field_of(reply, "s"), &line, NULL)) {
        api_unavailable(call);
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    api_put_text(&body, "number", slice_of(person->is.number));
    api_put_time(&body, "first_seen_at", line.born_ms);
    json_put_name(&body, "turns");
    buf_addi(&body, (int64_t)line.version);
    json_put_name(&body, "opted_out");
    buf_adds(&body, slice_is(field_of(reply, "out"), "1") ? "true" : "false");
    put_channels(&body, &line);
    if (person->merged_ms)
        api_put_time(&body, "merged_at", person->merged_ms);
    if (person->merged_into[0])
        api_put_text(&body, "merged_into", slice_of(person->merged_into));
    put_timers(&body, &line);
    put_facts(&body, call->api->world->mind.engine, facts);
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

static void read_contact(struct api_call *call)
{
    struct person *person = call->own;
    const struct slice args[] = {SLICE("HGETALL"),
                                 key_write(person->key, person->is.shard, "contact", slice_of(person->is.number))};
    api_redis(call, args, 2, on_contact);
}

/* Who lies at the place that the alias tells is the one it is of only if her digest is the alias's. */
static void on_merged_name(struct api_call *call, const redisReply *reply)
{
    struct person *person = call->own;
    unsigned char digest[SHA256_BYTES];
    char number[PHONE_MAX], who[API_WHO];
    const struct slice name = api_reply(reply), parts[] = {SLICE("+"), name};
    const struct slice joined = arena_join(call->exchange->arena, parts, 2);
    if (name.len && slice_copy(joined, number, sizeof(number)) && !hmac_sha256(call->api->key, joined, digest)) {
        hex_encode(digest, CONSENT_WHO, who);
        if (slice_is(person->merged_who, who))
            slice_copy(joined, person->merged_into, sizeof(person->merged_into));
    }
    read_contact(call);
}

/* An alias is "WHO MS SHARD PLACE": merger.c. */
static void on_alias(struct api_call *call, const redisReply *reply)
{
    struct person *person = call->own;
    struct slice rest = arena_copy(call->exchange->arena, api_reply(reply)), ms, shard;
    uint64_t at, number;
    if (!slice_cut(&rest, ' ', &person->merged_who) || !slice_cut(&rest, ' ', &ms) || !slice_u64(ms, INT64_MAX, &at) ||
        !slice_cut(&rest, ' ', &shard) || !slice_u64(shard, SHARDS - 1, &number)) {
        read_contact(call);
        return;
    }
    person->merged_ms = (int64_t)at;
    const struct slice args[] = {SLICE("LINDEX"), key_write(person->key, (unsigned)number, "index", SLICE("people")),
                                 rest};
    api_redis(call, args, 3, on_merged_name);
}

static void read_alias(struct api_call *call, const redisReply *reply)
{
    const struct person *person = call->own;
    const struct slice args[] = {SLICE("HGET"), MERGED_KEY, slice_of(person->is.who)};
    (void)reply;
    api_redis(call, args, 3, on_alias);
}

void api_contacts_show(struct api_call *call)
{
    look(call, "contact.show", read_alias);
}

/* ---- what was said ---- */

void api_put_turn(struct buf *out, int64_t at_ms, const struct journal_entry *entry)
{
    const char *event = journal_word(JOURNAL_EVENTS, entry->event.kind);
    const bool by_staff = entry->event.kind == EVENT_STAFF;
    buf_addc(out, '{');
    api_put_time(out, "at", at_ms);
    api_put_text(out, "channel", entry->channel);
    api_put_text(out, "event", slice_of(event));
    if (by_staff)
        api_put_text(out, "staff", entry->event.payload);
    else if (entry->event.text.len)
        api_put_text(out, "heard", entry->event.text);
    api_put_media(out, entry);
    json_put_name(out, "said");
    buf_addc(out, '[');
    for (size_t i = 0; i < entry->message_count; i++) {
        if (i)
            buf_addc(out, ',');
        json_put_string(out, entry->messages[i].text);
    }
    buf_adds(out, "]}");
}

/* A turn in the list is "MS ENTRY"; one of another format is left out, for nobody can read it here. */
static void on_turns(struct api_call *call, const redisReply *reply)
{
    struct arena *arena = arena_new(ENTRY_ARENA);
    uint64_t before = UINT64_MAX;
    struct api_page page;
    if (!arena) {
        api_unavailable(call);
        return;
    }
    if (!slice_u64(api_query(call, "cursor"), INT64_MAX, &before))
        before = UINT64_MAX;
    api_page_open(&page, api_limit(call));
    page.body.max = HISTORY_MAX;
    for (size_t i = reply->elements; i-- > 0 && !page.more;) {
        struct slice rest = api_reply(reply->element[i]), at;
        struct journal_entry entry;
        uint64_t ms;
        arena_reset(arena);
        if (slice_cut(&rest, ' ', &at) && slice_u64(at, INT64_MAX, &ms) && ms < before &&
            !journal_read(rest, arena, &entry) && api_page_takes(&page, at))
            api_put_turn(&page.body, (int64_t)ms, &entry);
    }
    arena_free(arena);
    api_page_answer(call, &page);
}

static void read_turns(struct api_call *call, const redisReply *reply)
{
    struct person *person = call->own;
    const struct slice args[] = {SLICE("LRANGE"),
                                 key_write(person->key, person->is.shard, "turns", slice_of(person->is.number)),
                                 SLICE("0"), SLICE("-1")};
    (void)reply;
    api_redis(call, args, 4, on_turns);
}

void api_turns_list(struct api_call *call)
{
    look(call, "contact.turns", read_turns);
}

/* ---- what was agreed to ---- */

static void read_consents(struct api_call *call);

/* A text is that of consent_row.h. */
static void put_consent(struct buf *out, const struct consent_row *row, struct slice text)
{
    struct slice line, purpose, value, channel = SLICE_NONE;
    if (!slice_cut(&text, '\n', &line) || !slice_cut(&line, ' ', &purpose) || !slice_cut(&line, ' ', &value))
        purpose = value = line = SLICE_NONE;
    slice_cut(&line, ' ', &channel);
    buf_addc(out, '{');
    api_put_time(out, "at", row->at_ms);
    api_put_text(out, "purpose", purpose);
    api_put_text(out, "value", value);
    api_put_text(out, "question", text);
    api_put_text(out, "channel", channel);
    if (line.len)
        api_put_text(out, "flow", line);
    api_put_text(out, "message_id", row->message_id);
    buf_addc(out, '}');
}

static void answer_consents(struct api_call *call)
{
    const struct person *person = call->own;
    char number[SLICE_DECIMAL_SIZE + 1];
    struct api_page page;
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < person->row_count; i++) {
        const struct consent_row *row = &person->rows[i];
        snprintf(number, sizeof(number), "%zu", person->skip + i + 1);
        if (!api_page_takes(&page, slice_of(number)))
            break;
        snprintf(number, sizeof(number), "%llu", (unsigned long long)row->text);
        put_consent(&page.body, row, json_string(call->owned, number));
    }
    api_page_answer(call, &page);
}

static void on_lines(struct api_call *call, const redisReply *reply)
{
    struct person *person = call->own;
    const size_t wanted = api_limit(call) + 1; /* one more tells that there is a next page */
    for (size_t i = 0; i < reply->elements && person->row_count < wanted; i++) {
        const struct slice line = api_reply(reply->element[i]);
        struct consent_row *row = &person->rows[person->row_count];
        if (line.len >= CONSENT_WHO && memcmp(line.ptr, person->is.digest, CONSENT_WHO) == 0 &&
            !consent_row_read(line, call->exchange->arena, row) && person->found++ >= person->skip)
            person->row_count++;
    }
    person->at += reply->elements;
    if (reply->elements == CONSENT_PAGE && person->row_count < wanted)
        read_consents(call);
    else
        answer_consents(call);
}

/* Goes through the shard's log, which has everybody's lines, by pages, so that nobody else waits for it. */
static void read_consents(struct api_call *call)
{
    struct person *person = call->own;
    char from[SLICE_DECIMAL_SIZE], to[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("LRANGE"), key_write(person->key, person->is.shard, "consent", SLICE_NONE),
                                 slice_decimal((int64_t)person->at, from),
                                 slice_decimal((int64_t)person->at + CONSENT_PAGE - 1, to)};
    api_redis(call, args, 4, on_lines);
}

static void on_texts(struct api_call *call, const redisReply *reply)
{
    struct person *person = call->own;
    char number[SLICE_DECIMAL_SIZE + 1], text[4096];
    uint64_t skip = 0;
    call->owned = cJSON_CreateObject();
    person->rows = arena_array(call->exchange->arena, API_LIST_MAX + 1, sizeof(*person->rows));
    if (!call->owned || !person->rows) {
        api_unavailable(call);
        return;
    }
    for (size_t i = 0; i + 1 < reply->elements; i += 2)
        if (slice_copy(api_reply(reply->element[i + 1]), number, sizeof(number)) &&
            slice_copy(api_reply(reply->element[i]), text, sizeof(text)))
            cJSON_AddStringToObject(call->owned, number, text);
    if (slice_u64(api_query(call, "cursor"), UINT32_MAX, &skip))
        person->skip = (size_t)skip;
    read_consents(call);
}

static void read_texts(struct api_call *call, const redisReply *reply)
{
    struct person *person = call->own;
    const struct slice args[] = {SLICE("HGETALL"), key_write(person->key, person->is.shard, "texts", SLICE_NONE)};
    (void)reply;
    api_redis(call, args, 2, on_texts);
}

void api_consents_list(struct api_call *call)
{
    look(call, "contact.consents", read_texts);
}

/* ---- forgetting ---- */

static void on_erased(void *ctx, enum error error, const struct stored *newer);

static void erase(struct api_call *call, const struct stored *stored)
{
    struct person *person = call->own;
    if (!stored->version)
        api_problem(call, 404, "Nothing is kept of this number.", "");
    else if (erasure_commit(stored, slice_of(person->is.number), slice_of(person->message_id),
                            SLICE("por el personal, API"), call->exchange->request.now_ms, call->api->turns->wants,
                            call->exchange->arena, &person->erasing) ||
             store_commit(call->api->store, &person->erasing, on_erased, call))
        api_unavailable(call);
}

static void on_erased(void *ctx, enum error error, const struct stored *newer)
{
    struct api_call *call = ctx;
    if (error == ERR_CONFLICT && newer && !newer->repeated)
        erase(call, newer); /* she wrote meanwhile */
    else if (error == ERR_UNAVAILABLE || error == ERR_NOMEM)
        api_unavailable(call);
    else
        api_answer_nothing(call);
}

static void on_loaded(void *ctx, enum error error, const struct stored *stored)
{
    struct api_call *call = ctx;
    if (error)
        api_unavailable(call);
    else
        erase(call, stored);
}

static void load(struct api_call *call, const redisReply *reply)
{
    struct person *person = call->own;
    unsigned char bytes[16];
    char hex[sizeof(bytes) * 2 + 1];
    (void)reply;
    random_bytes(bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), hex);
    snprintf(person->message_id, sizeof(person->message_id), "api:%s", hex);
    if (store_load(call->api->store, slice_of(person->is.number), slice_of(person->message_id), on_loaded, call))
        api_unavailable(call);
}

void api_contacts_erase(struct api_call *call)
{
    look(call, "contact.erase", load);
}
