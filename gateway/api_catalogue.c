/* The catalogue, edited: one entry, many from a file, or all as they were; each edit is a version, whole or not at all.
 */
#include <inttypes.h>
#include <stdio.h>

#include "engine/catalogue_write.h"
#include "gateway/api_catalogue.h"
#include "gateway/api_shapes.h"

#define TRIES_MAX 8                 /* of an edit, when others are faster */
#define PROBLEMS_MAX (16 * 1024)    /* bytes; no further ones are told */
#define LINES_MAX (8 * 1024 * 1024) /* bytes of what changes */
#define ORDER_MAX (64 * 1024)       /* bytes */
#define WHOM_MAX 64                 /* bytes */

static const char *const format_words[] = {"yaml", "csv", NULL};

#define TEXT(name, text)                                                                                               \
    {                                                                                                                  \
        name, API_TEXT, true, 1, 1000, NULL, text, NULL                                                                \
    }
#define WORDS(name, text)                                                                                              \
    {                                                                                                                  \
        name, API_LIST, true, 0, 0, NULL, text, NULL                                                                   \
    }

/* In the order that entries are written in (engine/catalogue_write.h), which tells more of each than a shape can. */
static const struct api_field entry_fields[] = {
    TEXT("id", "a to z, digits and -; never changed once owners have got it"),
    TEXT("name", "what it is called"),
    TEXT("kind", "formalisation, training, finance, market_access, technical_assistance, digital_tool or emergency"),
    TEXT("provider", "whose it is"),
    TEXT("text", "what the owner reads: at most 120 characters that a plain SMS can carry"),
    TEXT("contact", "where to go or call, the same"),
    WORDS("goals", "what it serves, best first"),
    WORDS("stages", "whom it is for: all, or stages"),
    WORDS("industries", "whom it is for: all, or industries"),
    WORDS("regions", "where it is: all, or departments by INEI code"),
    MAYBE("regions_note", API_TEXT, "what a code cannot tell, for staff"),
    TEXT("formality", "with_ruc, without_ruc or any"),
    WORDS("size", "micro, pequena, asociaciones, any"),
    MAYBE("requires", API_LIST, "what an owner must have said"),
    MAYBE("regimes", API_LIST, "only in these tax regimes"),
    MAYBE("sales_month_max", API_WHOLE, "soles"),
    MAYBE("workers_min", API_WHOLE, "people, the owner included"),
    MAYBE("workers_max", API_WHOLE, "people, the owner included"),
    MAYBE("tenure_months_min", API_WHOLE, "months open"),
    TEXT("checked_on", "the day somebody last looked"),
    TEXT("valid_until", "the last day it counts, or open"),
    TEXT("confidence", "A, B or C"),
    WORDS("sources", "where it was learned"),
    {0}};
const struct api_shape api_catalogue_entry = {"CatalogueEntry", "Something that owners can be pointed to.",
                                              entry_fields};

static const struct api_field upload_fields[] = {
    {"format", API_TEXT, true, 0, 0, format_words, "of the text", NULL},
    {"text", API_TEXT, true, 1, CATALOGUE_FILE_MAX, NULL, "the file", NULL},
    {"replace", API_TRUTH, false, 0, 0, NULL, "take away what is not in the file; else it stays", NULL},
    {"dry_run", API_TRUTH, false, 0, 0, NULL, "only tell what would change", NULL},
    {0}};
const struct api_shape api_catalogue_upload = {"CatalogueUpload", "A file of entries.", upload_fields};

static const struct api_field restored_fields[] = {
    {"version", API_WHOLE, true, 0, 0, NULL, "the newest, which is as the one restored", NULL}, {0}};
const struct api_shape api_catalogue_restored = {"CatalogueRestored", "What was restored is a new version.",
                                                 restored_fields};

/* An edit on its way. */
struct edit {
    struct catalogue_reading reading; /* got[0]: what is edited; got[1]: what is restored */
    struct catalogue_kept after;
    const char *what;
    char whom[WHOM_MAX];
    bool (*apply)(struct api_call *call); /* changes `after`; false after answering */
    void (*answer)(struct api_call *call);
    struct slice entry; /* of one entry: as it was asked for, then as it is written */
    struct slice page;  /* of an import: what is answered */
    uint64_t version;   /* that was made */
    int tries;
};

static void on_loaded(struct api_call *call);

/* Begins an edit. `older` is the version to be restored; 0: none is. */
static void begin(struct api_call *call, const char *what, struct slice whom, uint64_t older,
                  bool (*apply)(struct api_call *call), void (*answer)(struct api_call *call))
{
    if (!api_catalogue_room(call, sizeof(struct edit)))
        return;
    struct edit *edit = call->own;
    edit->what = what;
    edit->apply = apply;
    edit->answer = answer;
    if (!slice_copy(whom, edit->whom, sizeof(edit->whom)))
        edit->whom[0] = '\0'; /* no entry has so long an id: it is not found, or refused */
    api_catalogue_load(call, 0, older, on_loaded);
}

/* ---- what is wrong ---- */

static void put_problem(struct buf *problems, struct slice field, const char *rule)
{
    if (problems->len > PROBLEMS_MAX)
        return;
    buf_adds(problems, problems->len ? ",{" : "{");
    api_put_text(problems, "field", field);
    api_put_text(problems, "rule", slice_of(rule));
    buf_addc(problems, '}');
}

/* Answers 422 with faults: of a file by line and column, of one entry by field, of others by "ID.FIELD". */
static void tell_faults(struct api_call *call, const char *detail, const struct faults *faults, const char *own)
{
    const size_t len = strlen(own);
    struct buf problems;
    buf_init(&problems, 2 * PROBLEMS_MAX);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        struct slice file = slice_of(fault->file);
        char place[300];
        if (len && slice_starts(file, own) && (file.len == len || file.ptr[len] == '.'))
            file = slice_part(file, len + 1, file.len);
        if (fault->line)
            snprintf(place, sizeof(place), "%.*s%s%u:%u", (int)file.len, file.len ? file.ptr : "", file.len ? ":" : "",
                     fault->line, fault->column);
        put_problem(&problems, fault->line ? slice_of(place) : file, fault->text);
    }
    if (problems.error || !faults->count)
        api_unavailable(call);
    else
        api_problem(call, 422, detail, buf_text(&problems));
    buf_release(&problems);
}

/* Adds a fault for each flow that says otherwise than this catalogue: nobody else runs between the two swaps. */
static void check_mentions(struct api_call *call, struct catalogue **catalogue, struct faults *faults)
{
    char digest[DIGEST_TEXT] = "";
    struct engine *engine = (struct engine *)call->api->world->mind.engine;
    engine_swap_catalogue(engine, catalogue, digest);
    world_check_mentions(call->api->world, faults);
    engine_swap_catalogue(engine, catalogue, digest);
}

/* Writes one entry as every entry is written, so that the same is the same. */
static enum error write_entry(struct api_call *call, const struct catalogue *catalogue)
{
    struct edit *edit = call->own;
    const struct resource *resource = catalogue_find(catalogue, slice_of(edit->whom));
    struct buf text;
    if (!edit->entry.len || !resource)
        return OK;
    buf_init(&text, API_TEXT_MAX);
    catalogue_put_entry(&text, resource);
    edit->entry = text.error ? SLICE_NONE : arena_copy(call->arena, buf_slice(&text));
    buf_release(&text);
    if (!edit->entry.ptr)
        return ERR_NOMEM;
    return catalogue_kept_put(&edit->after, slice_of(edit->whom), edit->entry); /* the resource goes before the edit */
}

/* Keeps the list of what an import changes, to be answered when it is done. */
static enum error note_changes(struct api_call *call, const struct catalogue *after)
{
    struct edit *edit = call->own;
    struct faults faults;
    struct api_page page;
    faults_init(&faults);
    struct catalogue *before = catalogue_kept_make(edit->reading.got[0], &faults);
    enum error error = api_catalogue_put_changes(&page, before, after);
    api_page_close(&page);
    edit->page = arena_copy(call->arena, buf_slice(&page.body));
    if (page.body.error || !edit->page.ptr)
        error = ERR_NOMEM;
    buf_release(&page.body);
    catalogue_free(before);
    faults_release(&faults);
    return error;
}

/* Checks what the edit makes of the catalogue. Returns false after answering. */
static bool check(struct api_call *call)
{
    struct edit *edit = call->own;
    struct faults faults;
    enum error error = ERR_VALUE;
    faults_init(&faults);
    struct catalogue *catalogue = catalogue_kept_make(&edit->after, &faults);
    if (catalogue) {
        error = write_entry(call, catalogue);
        if (!error && slice_is(slice_of(edit->what), "catalogue.import"))
            error = note_changes(call, catalogue);
        check_mentions(call, &catalogue, &faults);
    }
    catalogue_free(catalogue);
    if (faults.total)
        tell_faults(call, "The catalogue would have faults: nothing was changed.", &faults,
                    edit->entry.len ? edit->whom : "");
    else if (error)
        api_unavailable(call);
    const bool good = !error && !faults.total;
    faults_release(&faults);
    return good;
}

/* ---- its way into Redis ---- */

/* Sends what makes `after` of `before`, if nobody was faster. */
static void commit(struct api_call *call, const struct catalogue_kept *before, const struct catalogue_kept *after,
                   const char *what, api_then *then)
{
    const struct edit *edit = call->own;
    char version[SLICE_DECIMAL_SIZE], now[SLICE_DECIMAL_SIZE];
    struct buf line, order, changes;
    buf_init(&line, PROBLEMS_MAX);
    buf_init(&order, ORDER_MAX);
    buf_init(&changes, LINES_MAX);
    api_put_act(call, what, edit->whom, SLICE_NONE, &line);
    catalogue_kept_put_order(&order, after);
    catalogue_kept_put_changes(&changes, before, after);
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_edit_catalogue"),
                                 SLICE("3"),
                                 CATALOGUE_KEY,
                                 CATALOGUE_VERSIONS_KEY,
                                 STAFF_AUDIT,
                                 slice_decimal((int64_t)before->version, version),
                                 slice_decimal(call->exchange->request.now_ms, now),
                                 buf_slice(&line),
                                 buf_slice(&order),
                                 buf_slice(&changes)};
    if (line.error || order.error || changes.error)
        api_unavailable(call);
    else
        api_redis(call, args, sizeof(args) / sizeof(args[0]), then);
    buf_release(&line);
    buf_release(&order);
    buf_release(&changes);
}

/* Others may have been faster: it is done again over what they made. */
static void again(struct api_call *call)
{
    struct edit *edit = call->own;
    if (++edit->tries > TRIES_MAX)
        api_problem(call, 409, "Others change the catalogue at the same time: try again in a moment.", "");
    else
        api_catalogue_load(call, 0, edit->reading.wanted[1], on_loaded);
}

static void on_seeded(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    again(call);
}

static void on_committed(struct api_call *call, const redisReply *reply)
{
    struct edit *edit = call->own;
    if (slice_u64(api_reply(reply), INT64_MAX, &edit->version))
        edit->answer(call);
    else
        again(call);
}

static bool is_same(const struct catalogue_kept *a, const struct catalogue_kept *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = slice_eq(a->items[i].id, b->items[i].id) && slice_eq(a->items[i].text, b->items[i].text);
    return same;
}

/* The file is version 1, written down as it is before it is edited for the first time. */
static void seed(struct api_call *call)
{
    const struct edit *edit = call->own;
    struct catalogue_kept *none = arena_alloc(call->arena, sizeof(*none));
    if (none)
        commit(call, none, edit->reading.got[0], "catalogue.seed", on_seeded);
    else
        api_unavailable(call);
}

static void on_loaded(struct api_call *call)
{
    struct edit *edit = call->own;
    edit->after = *edit->reading.got[0];
    if (!edit->apply(call) || !check(call))
        return;
    edit->version = edit->reading.newest;
    if (is_same(edit->reading.got[0], &edit->after) || cJSON_IsTrue(cJSON_GetObjectItem(call->body, "dry_run")))
        edit->answer(call);
    else if (!edit->version)
        seed(call);
    else
        commit(call, edit->reading.got[0], &edit->after, edit->what, on_committed);
}

/* ---- one entry ---- */

static void answer_entry(struct api_call *call)
{
    const struct edit *edit = call->own;
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    buf_addslice(&body, edit->entry);
    buf_addc(&body, '\n');
    api_answer_item(call, &body, edit->entry);
}

/* Puts what was sent into the catalogue, as it was sent. Returns false after answering. */
static bool put_body(struct api_call *call)
{
    struct edit *edit = call->own;
    edit->entry = call->exchange->request.body;
    if (!catalogue_kept_put(&edit->after, slice_of(edit->whom), edit->entry))
        return true;
    api_field_problem(call, 422, "The catalogue is full.", "id", "is one more than the 500 entries that there may be");
    return false;
}

static bool apply_create(struct api_call *call)
{
    const struct edit *edit = call->own;
    if (!catalogue_kept_find(&edit->after, slice_of(edit->whom)))
        return put_body(call);
    api_field_problem(call, 409, "The catalogue has this entry.", "id", "must be one that no entry has");
    return false;
}

void api_catalogue_create(struct api_call *call)
{
    begin(call, "catalogue.create", api_text(call, "id"), 0, apply_create, answer_entry);
}

/* Finds the entry that a path is about, in the version that If-Match names. Returns false after answering. */
static bool find_match(struct api_call *call)
{
    const struct edit *edit = call->own;
    const struct catalogue_item *item = catalogue_kept_find(&edit->after, call->path[0]);
    if (item)
        return api_matches(call, item->text);
    api_problem(call, 404, "The catalogue has no such entry.", "");
    return false;
}

static bool apply_replace(struct api_call *call)
{
    if (!find_match(call))
        return false;
    if (slice_eq(api_text(call, "id"), call->path[0]))
        return put_body(call);
    api_field_problem(call, 422, "An id never changes.", "id", "must be the one in the path");
    return false;
}

void api_catalogue_replace(struct api_call *call)
{
    begin(call, "catalogue.replace", call->path[0], 0, apply_replace, answer_entry);
}

static bool apply_remove(struct api_call *call)
{
    struct edit *edit = call->own;
    if (!find_match(call))
        return false;
    catalogue_kept_remove(&edit->after, call->path[0]);
    return true;
}

void api_catalogue_remove(struct api_call *call)
{
    begin(call, "catalogue.remove", call->path[0], 0, apply_remove, api_answer_nothing);
}

/* ---- many ---- */

static void answer_page(struct api_call *call)
{
    const struct edit *edit = call->own;
    struct buf body;
    buf_init(&body, LINES_MAX);
    buf_addslice(&body, edit->page);
    api_answer(call, &body);
}

static struct catalogue *read_file(struct api_call *call)
{
    struct faults faults;
    faults_init(&faults);
    const bool csv = slice_is(api_text(call, "format"), "csv");
    struct catalogue *file = (csv ? catalogue_read_csv : catalogue_read)("", api_text(call, "text"), &faults);
    if (!file)
        tell_faults(call, "The file has faults: nothing was changed.", &faults, "");
    faults_release(&faults);
    return file;
}

static bool apply_import(struct api_call *call)
{
    struct edit *edit = call->own;
    struct catalogue *file = read_file(call);
    struct catalogue_kept *fresh = file ? arena_bytes(call->arena, sizeof(*fresh)) : NULL;
    enum error error = fresh ? catalogue_kept_of(file, call->arena, fresh) : ERR_NOMEM;
    if (!file)
        return false;
    catalogue_free(file);
    if (!error && cJSON_IsTrue(cJSON_GetObjectItem(call->body, "replace")))
        edit->after.count = 0;
    for (size_t i = 0; !error && i < fresh->count; i++)
        error = catalogue_kept_put(&edit->after, fresh->items[i].id, fresh->items[i].text);
    if (error == ERR_LIMIT)
        api_field_problem(call, 422, "The catalogue would be too large.", "text", "makes more than 500 entries");
    else if (error)
        api_unavailable(call);
    return !error;
}

void api_catalogue_import(struct api_call *call)
{
    begin(call, "catalogue.import", SLICE_NONE, 0, apply_import, answer_page);
}

static bool apply_restore(struct api_call *call)
{
    struct edit *edit = call->own;
    edit->after = *edit->reading.got[1];
    return true;
}

static void answer_restored(struct api_call *call)
{
    const struct edit *edit = call->own;
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    buf_addf(&body, "{\"version\":%" PRIu64 "}\n", edit->version);
    api_answer(call, &body);
}

void api_catalogue_restore(struct api_call *call)
{
    uint64_t version;
    if (slice_u64(call->path[0], INT64_MAX, &version) && version)
        begin(call, "catalogue.restore", call->path[0], version, apply_restore, answer_restored);
    else
        api_problem(call, 404, "A version is a number.", "");
}
