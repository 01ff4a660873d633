/* The catalogue, looked at: entries, versions, what differs, what somebody must look at, and as the text of a file. */
#include <inttypes.h>
#include <stdio.h>

#include "engine/catalogue_check.h"
#include "engine/catalogue_write.h"
#include "gateway/api_catalogue.h"

#define FILE_TEXT_MAX (8 * 1024 * 1024) /* bytes of an answer */
#define ROWS_MAX 100000                 /* of a list that is not paged */

static const char *const change_words[] = {"added", "changed", "removed", NULL};
static const char *const format_words[] = {"yaml", "csv", NULL};
static const char *const attention_words[] = {"stale", "ending", "expired", NULL};

const struct api_field api_catalogue_check_query[] = {
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {"state", API_TEXT, false, 0, 0, attention_words, "only those that stand so", NULL},
    {0}};

const struct api_field api_catalogue_diff_query[] = {
    {"from", API_WHOLE, false, 1, INT64_MAX, NULL, "a version; the one before `to` where it is not given", NULL},
    {"to", API_WHOLE, false, 1, INT64_MAX, NULL, "a version; the newest where it is not given", NULL},
    {0}};

const struct api_field api_catalogue_export_query[] = {
    {"format", API_TEXT, false, 0, 0, format_words, "yaml where it is not given", NULL},
    {"version", API_WHOLE, false, 1, INT64_MAX, NULL, "the newest where it is not given", NULL},
    {0}};

static const struct api_field attention_fields[] = {
    {"id", API_TEXT, true, 0, 0, NULL, "the entry's", NULL},
    {"name", API_TEXT, true, 0, 0, NULL, "what it is called", NULL},
    {"state", API_TEXT, true, 0, 0, attention_words, "expired: offered to nobody any more", NULL},
    {"checked_on", API_TEXT, true, 0, 0, NULL, "the day somebody last looked", NULL},
    {"valid_until", API_TEXT, true, 0, 0, NULL, "the last day it counts, or open", NULL},
    {"confidence", API_TEXT, true, 0, 0, NULL, "A, B or C", NULL},
    {"septets", API_WHOLE, true, 0, 0, NULL, "of text and contact together in an SMS", NULL},
    {"segments", API_WHOLE, true, 0, 0, NULL, "the same, in SMS segments", NULL},
    {"screens", API_WHOLE, true, 0, 0, NULL, "the same, in USSD screens of 182 characters", NULL},
    {0}};
const struct api_shape api_catalogue_attention = {"CatalogueAttention", "An entry that somebody must look at.",
                                                  attention_fields};

static const struct api_field change_fields[] = {
    {"id", API_TEXT, true, 0, 0, NULL, "the entry's", NULL},
    {"change", API_TEXT, true, 0, 0, change_words, "what became of it", NULL},
    {"field", API_TEXT, false, 0, 0, NULL, "of one that changed: which field", NULL},
    {"before", API_TEXT, false, 0, 0, NULL, "what the field was", NULL},
    {"after", API_TEXT, false, 0, 0, NULL, "what it is", NULL},
    {0}};
const struct api_shape api_catalogue_change = {"CatalogueChange", "One difference.", change_fields};

static const struct api_field version_fields[] = {
    {"version", API_WHOLE, true, 0, 0, NULL, "its number, from 1", NULL},
    {"at", API_TIME, true, 0, 0, NULL, "when it was made", NULL},
    {"who", API_TEXT, true, 0, 0, NULL, "by whom", NULL},
    {"what", API_TEXT, true, 0, 0, NULL, "by which act", NULL},
    {"entries", API_LIST, true, 0, 0, NULL, "ids of the entries that it changed", NULL},
    {0}};
const struct api_shape api_catalogue_version = {"CatalogueVersion", "A version, and what made it.", version_fields};

static const struct api_field file_fields[] = {
    {"version", API_WHOLE, true, 0, 0, NULL, "which it is; 0: nobody edited, it is the daemon's file", NULL},
    {"format", API_TEXT, true, 0, 0, format_words, "of the text", NULL},
    {"text", API_TEXT, true, 0, 0, NULL, "the file", NULL},
    {0}};
const struct api_shape api_catalogue_file = {"CatalogueFile", "The catalogue as a file.", file_fields};

/* ---- loading ---- */

bool api_catalogue_room(struct api_call *call, size_t size)
{
    call->arena = arena_new(CATALOGUE_KEPT_ROOM);
    call->own = call->arena ? arena_alloc(call->arena, size) : NULL;
    if (!call->own)
        api_unavailable(call);
    return call->own != NULL;
}

/* Keeps the version reached where it is one that is wanted. Returns false without memory. */
static bool keep_wanted(struct api_call *call)
{
    struct catalogue_reading *reading = call->own;
    for (size_t i = 0; i < 2; i++) {
        if (reading->got[i] || reading->kept.version != (reading->wanted[i] ? reading->wanted[i] : reading->newest))
            continue;
        if (!(reading->got[i] = arena_bytes(call->arena, sizeof(reading->kept))))
            return false;
        *reading->got[i] = reading->kept;
    }
    return true;
}

/* Gives an entry of the stream: its number, and a field's value. */
static uint64_t version_of(const redisReply *entry)
{
    uint64_t version = 0;
    struct slice id = entry->elements == 2 ? api_reply(entry->element[0]) : SLICE_NONE, number;
    return id.len && slice_cut(&id, '-', &number) && slice_u64(number, INT64_MAX, &version) ? version : 0;
}

static struct slice field_of(const redisReply *entry, const char *name)
{
    const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
    for (size_t i = 0; fields && i + 1 < fields->elements; i += 2)
        if (slice_is(api_reply(fields->element[i]), name))
            return api_reply(fields->element[i + 1]);
    return SLICE_NONE;
}

static void tell_missing(struct api_call *call)
{
    api_field_problem(call, 400, "This version is not kept.", "version", "must be one of the list of versions");
}

/* Undoes a version. Returns ERR_NOT_FOUND where it is not the one that is next. */
static enum error undo(struct api_call *call, const redisReply *entry)
{
    struct catalogue_reading *reading = call->own;
    if (version_of(entry) != reading->kept.version)
        return ERR_NOT_FOUND;
    enum error error =
        catalogue_kept_undo(&reading->kept, field_of(entry, "order"), field_of(entry, "before"), call->arena);
    return error ? error : keep_wanted(call) ? OK : ERR_NOMEM;
}

static void on_changes(struct api_call *call, const redisReply *reply)
{
    struct catalogue_reading *reading = call->own;
    enum error error = OK;
    for (size_t i = 0; i < reply->elements && !error && !reading->got[1]; i++)
        if (version_of(reply->element[i]) <= reading->newest) /* others were made while it was read */
            error = undo(call, reply->element[i]);
    if (error && error != ERR_NOT_FOUND)
        api_unavailable(call);
    else if (error || !reading->got[0] || !reading->got[1])
        tell_missing(call);
    else
        reading->then(call);
}

static void on_entries(struct api_call *call, const redisReply *reply)
{
    struct catalogue_reading *reading = call->own;
    char from[SLICE_DECIMAL_SIZE + 1];
    enum error error = catalogue_kept_read(reply, call->arena, &reading->kept);
    if (!error && reading->kept.version == 0)
        error = catalogue_kept_of(engine_catalogue(call->api->world->mind.engine), call->arena, &reading->kept);
    reading->newest = reading->kept.version;
    reading->got[0] = reading->got[1] = NULL;
    if (error || !keep_wanted(call)) {
        api_unavailable(call);
    } else if (reading->got[0] && reading->got[1]) {
        reading->then(call);
    } else if (reading->wanted[1] >= reading->newest) {
        tell_missing(call);
    } else {
        const struct slice args[] = {SLICE("XREVRANGE"), CATALOGUE_VERSIONS_KEY, SLICE("+"),
                                     slice_decimal((int64_t)reading->wanted[1] + 1, from)};
        api_redis(call, args, 4, on_changes);
    }
}

void api_catalogue_load(struct api_call *call, uint64_t newer, uint64_t older, void (*then)(struct api_call *call))
{
    struct catalogue_reading *reading = call->own;
    const struct slice args[] = {SLICE("HGETALL"), CATALOGUE_KEY};
    reading->wanted[0] = newer;
    reading->wanted[1] = older;
    reading->then = then;
    api_redis(call, args, 2, on_entries);
}

static void load_newest(struct api_call *call, void (*then)(struct api_call *call))
{
    if (api_catalogue_room(call, sizeof(struct catalogue_reading)))
        api_catalogue_load(call, 0, 0, then);
}

/* ---- entries ---- */

/* Cursors are places in the list, from 1. */
static size_t first_place(const struct api_call *call)
{
    uint64_t place = 0;
    return slice_u64(api_query(call, "cursor"), CATALOGUE_RESOURCES_MAX, &place) ? (size_t)place : 0;
}

static bool page_takes(struct api_page *page, size_t place)
{
    char number[SLICE_DECIMAL_SIZE];
    return api_page_takes(page, slice_decimal((int64_t)place + 1, number));
}

static void answer_list(struct api_call *call)
{
    const struct catalogue_reading *reading = call->own;
    struct api_page page;
    api_page_open(&page, api_limit(call));
    for (size_t i = first_place(call); i < reading->kept.count && page_takes(&page, i); i++)
        buf_addslice(&page.body, reading->kept.items[i].text);
    api_page_answer(call, &page);
}

void api_catalogue_list(struct api_call *call)
{
    load_newest(call, answer_list);
}

static void answer_entry(struct api_call *call)
{
    const struct catalogue_reading *reading = call->own;
    const struct catalogue_item *item = catalogue_kept_find(&reading->kept, call->path[0]);
    struct buf body;
    if (!item) {
        api_problem(call, 404, "The catalogue has no such entry.", "");
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    buf_addslice(&body, item->text);
    buf_addc(&body, '\n');
    api_answer_item(call, &body, item->text);
}

void api_catalogue_show(struct api_call *call)
{
    load_newest(call, answer_entry);
}

/* ---- what somebody must look at ---- */

static void put_whole(struct buf *out, const char *name, size_t number)
{
    json_put_name(out, name);
    buf_addi(out, (int64_t)number);
}

static struct catalogue *make_or_tell(struct api_call *call, const struct catalogue_kept *kept)
{
    struct faults faults;
    faults_init(&faults);
    struct catalogue *made = catalogue_kept_make(kept, &faults);
    if (!made)
        api_problem(call, 409,
                    "The catalogue in Redis is not what this version of the daemon takes: import one that is.", "");
    faults_release(&faults);
    return made;
}

static void answer_check(struct api_call *call)
{
    const struct catalogue_reading *reading = call->own;
    const struct slice wanted = api_query(call, "state");
    struct api_page page;
    struct catalogue *catalogue = make_or_tell(call, &reading->kept);
    if (!catalogue)
        return;
    api_page_open(&page, api_limit(call));
    for (size_t i = first_place(call); i < catalogue_count(catalogue) && !page.more; i++) {
        const struct resource *resource = catalogue_at(catalogue, i);
        const enum catalogue_state state = catalogue_state(resource, call->exchange->request.now_ms);
        if (state != CATALOGUE_GOOD && (!wanted.len || slice_is(wanted, catalogue_state_words[state])) &&
            page_takes(&page, i))
            catalogue_put_attention(&page.body, resource, state);
    }
    catalogue_free(catalogue);
    api_page_answer(call, &page);
}

void api_catalogue_check(struct api_call *call)
{
    load_newest(call, answer_check);
}

/* ---- what differs ---- */

static void put_change(void *ctx, const struct catalogue_change *change)
{
    struct api_page *page = ctx;
    struct buf *out = &page->body, value;
    const struct resource *one = change->after ? change->after : change->before;
    if (!api_page_takes(page, slice_of(one->id)))
        return;
    buf_addc(out, '{');
    api_put_text(out, "id", slice_of(one->id));
    api_put_text(out, "change", slice_of(change_words[!change->before ? 0 : change->after ? 1 : 2]));
    if (change->field < CATALOGUE_FIELDS) {
        buf_init(&value, API_TEXT_MAX);
        api_put_text(out, "field", slice_of(catalogue_field_name(change->field)));
        catalogue_put_value(&value, change->before, change->field);
        api_put_text(out, "before", buf_slice(&value));
        buf_clear(&value);
        catalogue_put_value(&value, change->after, change->field);
        api_put_text(out, "after", buf_slice(&value));
        buf_release(&value);
    }
    buf_addc(out, '}');
}

enum error api_catalogue_put_changes(struct api_page *page, const struct catalogue *before,
                                     const struct catalogue *after)
{
    api_page_open(page, ROWS_MAX);
    page->body.max = FILE_TEXT_MAX;
    return catalogue_compare(before, after, put_change, page);
}

static void answer_diff(struct api_call *call)
{
    const struct catalogue_reading *reading = call->own;
    struct api_page page;
    struct catalogue *before = make_or_tell(call, reading->got[1]), *after;
    if (!before)
        return;
    if ((after = make_or_tell(call, reading->got[0]))) {
        if (api_catalogue_put_changes(&page, before, after))
            page.body.error = ERR_NOMEM;
        api_page_answer(call, &page);
    }
    catalogue_free(before);
    catalogue_free(after);
}

static uint64_t query_version(const struct api_call *call, const char *name)
{
    uint64_t version = 0;
    return slice_u64(api_query(call, name), INT64_MAX, &version) ? version : 0;
}

/* The version before the newest can be named only once that is known. */
static void on_newest(struct api_call *call)
{
    const struct catalogue_reading *reading = call->own;
    const uint64_t to = query_version(call, "to") ? query_version(call, "to") : reading->newest;
    const uint64_t from = query_version(call, "from") ? query_version(call, "from") : to > 1 ? to - 1 : to;
    if (from > to)
        api_field_problem(call, 400, "The versions are in the wrong order.", "from", "must be a version before `to`");
    else
        api_catalogue_load(call, to, from, answer_diff);
}

void api_catalogue_diff(struct api_call *call)
{
    load_newest(call, on_newest);
}

/* ---- as a file ---- */

static void answer_file(struct api_call *call)
{
    const struct catalogue_reading *reading = call->own;
    const bool csv = slice_is(api_query(call, "format"), "csv");
    struct catalogue *catalogue = make_or_tell(call, reading->got[1]);
    struct buf text, body;
    if (!catalogue)
        return;
    buf_init(&text, FILE_TEXT_MAX);
    buf_init(&body, FILE_TEXT_MAX);
    (csv ? catalogue_put_csv : catalogue_put_yaml)(&text, catalogue);
    buf_addc(&body, '{');
    put_whole(&body, "version", (size_t)reading->got[1]->version);
    api_put_text(&body, "format", slice_of(format_words[csv]));
    api_put_text(&body, "text", buf_slice(&text));
    buf_adds(&body, "}\n");
    if (text.error)
        body.error = text.error;
    buf_release(&text);
    catalogue_free(catalogue);
    api_answer(call, &body);
}

void api_catalogue_export(struct api_call *call)
{
    if (api_catalogue_room(call, sizeof(struct catalogue_reading)))
        api_catalogue_load(call, 0, query_version(call, "version"), answer_file);
}

/* ---- versions ---- */

static void put_ids(struct buf *out, struct slice lines)
{
    struct slice line, id;
    json_put_name(out, "entries");
    buf_addc(out, '[');
    while (lines.len && slice_cut(&lines, '\n', &line)) {
        if (!slice_cut(&line, ' ', &id) || !id.len)
            continue;
        if (out->len && out->ptr[out->len - 1] != '[')
            buf_addc(out, ',');
        json_put_string(out, id);
    }
    buf_addc(out, ']');
}

static void put_version(struct buf *out, const redisReply *entry, uint64_t version)
{
    cJSON *act = NULL;
    uint64_t at_ms = 0;
    if (json_parse(field_of(entry, "act"), API_TEXT_MAX, &act))
        act = NULL;
    if (!slice_u64(field_of(entry, "at"), INT64_MAX, &at_ms))
        at_ms = 0;
    buf_addc(out, '{');
    put_whole(out, "version", (size_t)version);
    api_put_time(out, "at", (int64_t)at_ms);
    api_put_text(out, "who", json_string(act, "who"));
    api_put_text(out, "what", json_string(act, "what"));
    put_ids(out, field_of(entry, "before"));
    buf_addc(out, '}');
    cJSON_Delete(act);
}

static void on_versions(struct api_call *call, const redisReply *reply)
{
    struct api_page page;
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < reply->elements; i++) {
        const uint64_t version = version_of(reply->element[i]);
        char number[SLICE_DECIMAL_SIZE];
        if (version && api_page_takes(&page, slice_decimal((int64_t)version, number)))
            put_version(&page.body, reply->element[i], version);
    }
    api_page_answer(call, &page);
}

void api_catalogue_versions(struct api_call *call)
{
    char from[SLICE_DECIMAL_SIZE + 2], count[SLICE_DECIMAL_SIZE];
    uint64_t before = 0;
    if (!slice_u64(api_query(call, "cursor"), INT64_MAX, &before))
        before = 0;
    snprintf(from, sizeof(from), "(%" PRIu64, before);
    const struct slice args[] = {
        SLICE("XREVRANGE"), CATALOGUE_VERSIONS_KEY, before ? slice_of(from) : SLICE("+"),
        SLICE("-"),         SLICE("COUNT"),         slice_decimal((int64_t)api_limit(call) + 1, count)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_versions);
}
