/* Importing people from a list that staff have. It makes records, never an audience: who did not write herself is
 * `never_wrote` to every broadcast, and no consent is in the file. What the person told stays as she told it.
 *
 * The whole file is read first; with one fault nothing is done. Then each person has a turn of her own, so that the
 * journal tells where her facts are from, and the same file again changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/phone.h"
#include "dialog/flow.h"
#include "dialog/state.h"
#include "gateway/api_parts.h"
#include "gateway/contact_line.h"
#include "gateway/consent_row.h"

#define ROWS_MAX 5000                 /* people of a file */
#define TOLD_MAX 100                  /* told; no further ones are looked for */
#define ARENA_MAX (64u * 1024 * 1024) /* bytes: the file's rows */
#define TEXT_MAX (32 * 1024)          /* bytes of a person's facts */
#define FILE_MAX_CHARS (1024 * 1024)
#define SHOWN_MAX 60 /* bytes of a wrong value */

static const struct api_field file_fields[] = {
    {"csv", API_TEXT, true, 1, FILE_MAX_CHARS, NULL,
     "the file: its first line names the columns, number and slots of the flow; then a person a line", NULL},
    {"dry_run", API_TRUTH, false, 0, 0, NULL, "only tell what would be done", NULL},
    {0}};
const struct api_shape api_import_file = {"ContactFile", "People to be imported.", file_fields};

#define COUNT_FIELD(name, text)                                                                                        \
    {                                                                                                                  \
        name, API_WHOLE, true, 0, 0, NULL, text, NULL                                                                  \
    }
static const struct api_field result_fields[] = {
    COUNT_FIELD("rows", "people in the file"),
    COUNT_FIELD("made", "of them, that nobody knew"),
    COUNT_FIELD("changed", "of whom something more is known now"),
    COUNT_FIELD("unchanged", "of whom all that was known"),
    COUNT_FIELD("opted_out", "who left, and of whom nothing is taken"),
    COUNT_FIELD("erased", "who were forgotten, and of whom nothing is taken until they write themselves"),
    {"dry_run", API_TRUTH, true, 0, 0, NULL, "whether nothing was done", NULL},
    {0}};
const struct api_shape api_import_result = {"ContactsImported", "What an import did.", result_fields};

struct row {
    char number[PHONE_MAX];
    unsigned line, column; /* of the number */
    struct slice facts;    /* a line each: slot, tab, value */
};

struct import {
    struct api_call *call;
    const struct flow *flow;
    struct slice slots[CSV_CELLS_MAX]; /* of the columns; "number" is its own */
    size_t column_count, number_at;
    struct row *rows;
    size_t row_count, at;
    struct buf *problems; /* while the file is read */
    size_t faults;
    bool dry_run;
    size_t made, changed, unchanged, opted_out, erased;
    struct arena_mark mark; /* behind the rows: what comes after it is of the person at hand */
    struct state state;
    struct channel channel; /* a copy that answers nobody */
    struct event event;
    char id[2 * 16 + 8], payload[STAFF_NAME + 8];
    char key[KEY_MAX];
};

/* ---- reading the file ---- */

static void fault(struct import *import, unsigned line, unsigned column, const char *what, struct slice value,
                  const char *remedy)
{
    char where[64];
    struct buf rule;
    if (++import->faults > TOLD_MAX)
        return;
    snprintf(where, sizeof(where), "line %u, column %u", line, column);
    buf_init(&rule, 1024);
    value = slice_part(value, 0, value.len < SHOWN_MAX ? value.len : SHOWN_MAX);
    buf_addf(&rule, "%s '%.*s': %s", what, (int)value.len, value.len ? value.ptr : "", remedy);
    buf_adds(import->problems, import->problems->len ? ",{" : "{");
    api_put_text(import->problems, "field", slice_of(where));
    api_put_text(import->problems, "rule", buf_slice(&rule));
    buf_addc(import->problems, '}');
    buf_release(&rule);
}

/* Reads the first line: which slot each column is. */
static void read_head(struct import *import, const struct csv_cell *cells, size_t count)
{
    bool has_number = false;
    import->column_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct slice name = slice_trim(cells[i].text);
        char value[DIALOG_ACTIVITY];
        bool twice = false;
        for (size_t j = 0; j < i; j++)
            twice = twice || slice_eq(import->slots[j], name);
        import->slots[i] = name;
        if (slice_is(name, "number")) {
            has_number = true;
            import->number_at = i;
            twice = twice || import->number_at != i;
        } else {
            enum error error =
                dialog_read_fact(import->flow, name, SLICE(""), import->call->exchange->request.now_ms, value);
            if (error == ERR_NOT_FOUND)
                fault(import, cells[i].line, cells[i].column, "column", name,
                      "it must be number, or a slot of the flow that is kept");
            else if (error == ERR_REFUSED)
                fault(import, cells[i].line, cells[i].column, "column", name,
                      "a consent is the person's alone: leave this column out");
        }
        if (twice)
            fault(import, cells[i].line, cells[i].column, "column", name, "it is there twice: leave one out");
    }
    if (!has_number)
        fault(import, 1, 1, "column", SLICE("number"), "it is missing: name the column of the phone numbers so");
}

/* Reads a cell with a fact: appends its line. An empty one tells nothing. */
static void read_fact(struct import *import, const struct csv_cell *cell, struct slice slot, struct buf *facts)
{
    const struct slice words = slice_trim(cell->text);
    char value[DIALOG_ACTIVITY];
    if (!words.len)
        return;
    if (slice_find(words, '\n') < words.len || slice_find(words, '\t') < words.len ||
        dialog_read_fact(import->flow, slot, words, import->call->exchange->request.now_ms, value)) {
        char what[DIALOG_NAME];
        fault(import, cell->line, cell->column, slice_copy(slot, what, sizeof(what)) ? what : "value", words,
              "it must be a value that the slot can have, as `chaski parse` shows it, or words that are surely one");
        return;
    }
    buf_addslice(facts, slot);
    buf_addc(facts, '\t');
    buf_adds(facts, value);
    buf_addc(facts, '\n');
}

/* Reads a person. Returns OK or ERR_NOMEM. */
static enum error read_row(struct import *import, const struct csv_cell *cells, size_t count)
{
    struct row *row = &import->rows[import->row_count];
    struct buf facts;
    if (count != import->column_count) {
        fault(import, cells[0].line, 1, "line", cells[0].text, "it must have as many cells as the first line");
        return OK;
    }
    const struct csv_cell *number = &cells[import->number_at];
    if (phone_normalise(slice_trim(number->text), row->number)) {
        fault(import, number->line, number->column, "number", number->text,
              "it must be as +51987654321, or nine digits of Peru");
        return OK;
    }
    row->line = number->line;
    row->column = number->column;
    buf_init(&facts, TEXT_MAX);
    for (size_t i = 0; i < count; i++)
        if (i != import->number_at)
            read_fact(import, &cells[i], import->slots[i], &facts);
    row->facts = facts.error ? SLICE_NONE : arena_copy(import->call->arena, buf_slice(&facts));
    buf_release(&facts);
    import->row_count++;
    return row->facts.ptr ? OK : ERR_NOMEM;
}

static int by_number(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    const int order = strcmp(x->number, y->number);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* A number is there once: else it would be the order of lines that decides. */
static void refuse_twice(struct import *import)
{
    qsort(import->rows, import->row_count, sizeof(*import->rows), by_number);
    for (size_t i = 1; i < import->row_count; i++)
        if (strcmp(import->rows[i].number, import->rows[i - 1].number) == 0)
            fault(import, import->rows[i].line, import->rows[i].column, "number", slice_of(import->rows[i].number),
                  "it is there twice: leave one line out");
}

/* Returns OK or ERR_NOMEM; faults are noted. */
static enum error read_file(struct import *import)
{
    struct arena *arena = import->call->arena;
    struct csv_reader reader;
    struct csv_cell *cells = arena_array(arena, CSV_CELLS_MAX, sizeof(*cells));
    size_t count;
    enum error error = cells && import->rows ? OK : ERR_NOMEM;
    csv_begin(&reader, api_text(import->call, "csv"));
    for (bool head = true; !error && !import->problems->error; head = false) {
        error = csv_row(&reader, arena, cells, &count);
        if (error == ERR_SYNTAX || error == ERR_LIMIT)
            fault(import, reader.line, reader.column, "line", SLICE(""),
                  error == ERR_SYNTAX ? "a quote must open a cell and close it" : "it has too many cells: 64 at most");
        if (error)
            break;
        if (!head && import->row_count == ROWS_MAX) {
            fault(import, reader.line, 1, "line", SLICE(""),
                  "there are too many people: 5000 at most, take more files");
            return OK;
        }
        if (head)
            read_head(import, cells, count);
        else
            error = read_row(import, cells, count);
        if (head && import->faults)
            return OK; /* what the columns are is not known */
    }
    if (error == ERR_NOMEM)
        return error;
    refuse_twice(import);
    return import->problems->error ? ERR_NOMEM : OK;
}

/* ---- the people ---- */

static void go_on(struct import *import);

static void put_whole(struct buf *out, const char *name, size_t number)
{
    json_put_name(out, name);
    buf_addi(out, (int64_t)number);
}

static void finish(struct import *import)
{
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    put_whole(&body, "rows", import->row_count);
    put_whole(&body, "made", import->made);
    put_whole(&body, "changed", import->changed);
    put_whole(&body, "unchanged", import->unchanged);
    put_whole(&body, "opted_out", import->opted_out);
    put_whole(&body, "erased", import->erased);
    json_put_name(&body, "dry_run");
    buf_adds(&body, import->dry_run ? "true}\n" : "false}\n");
    api_answer(import->call, &body);
}

static void next(struct import *import)
{
    import->at++;
    go_on(import);
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct import *import = ctx;
    if (result->error)
        api_unavailable(import->call); /* in the middle: the same file again does the rest */
    else
        next(import);
}

/* Tells whether the row has something that is not known. */
static bool brings_more(const struct import *import)
{
    struct slice rest = import->rows[import->at].facts, line, slot;
    while (slice_cut(&rest, '\n', &line)) {
        char name[DIALOG_NAME];
        if (slice_cut(&line, '\t', &slot) && slot.len && slice_copy(slot, name, sizeof(name)) &&
            !state_fact(&import->state, name).len)
            return true;
    }
    return false;
}

static void write_down(struct import *import)
{
    const struct row *row = &import->rows[import->at];
    unsigned char bytes[16];
    char hex[2 * sizeof(bytes) + 1];
    random_bytes(bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), hex);
    snprintf(import->id, sizeof(import->id), "import:%s", hex);
    import->event = (struct event){.kind = EVENT_STAFF,
                                   .from = slice_of(row->number),
                                   .id = slice_of(import->id),
                                   .payload = slice_of(import->payload),
                                   .text = row->facts};
    if (turn_start(import->call->api->turns, &import->channel, &import->event, import->call->exchange->request.now_ms,
                   import->call->arena, on_turn, import))
        api_unavailable(import->call);
}

/* Nobody knows her; what is left of who was erased is a digest. */
static void on_left(struct api_call *call, const redisReply *reply)
{
    struct import *import = call->own;
    const bool was_erased = reply->type == REDIS_REPLY_INTEGER && reply->integer;
    import->erased += was_erased;
    import->made += !was_erased;
    if (import->dry_run || was_erased)
        next(import);
    else
        write_down(import);
}

static void ask_left(struct import *import)
{
    const struct slice number = slice_of(import->rows[import->at].number);
    unsigned char who[SHA256_BYTES];
    if (hmac_sha256(import->call->api->key, number, who)) {
        api_unavailable(import->call);
        return;
    }
    const struct slice args[] = {SLICE("SISMEMBER"), key_write(import->key, shard_of(number), "left", SLICE_NONE),
                                 {(const char *)who, CONSENT_WHO}};
    api_redis(import->call, args, 3, on_left);
}

/* What is known of her is read past any cache: it is told to staff. The turn decides again, over what is known then. */
static void on_known(struct api_call *call, const redisReply *reply)
{
    struct import *import = call->own;
    const struct slice name = reply->elements == 2 ? api_reply(reply->element[0]) : SLICE_NONE;
    struct contact_line line;
    struct slice state;
    if (!name.len) {
        ask_left(import);
        return;
    }
    if (contact_line_fields(name, api_reply(reply->element[1]), &line, &state) || state_decode(state, &import->state))
        state_init(&import->state); /* as a turn would have it */
    const bool is_out = import->state.opted_out, more = brings_more(import);
    import->opted_out += is_out;
    import->changed += !is_out && more;
    import->unchanged += !is_out && !more;
    if (import->dry_run || is_out || !more)
        next(import);
    else
        write_down(import);
}

/* One after the other. */
static void go_on(struct import *import)
{
    if (import->at == import->row_count) {
        finish(import);
        return;
    }
    const struct slice number = slice_of(import->rows[import->at].number);
    const struct slice args[] = {SLICE("HMGET"), key_write(import->key, shard_of(number), "contact", number),
                                 SLICE("v"), SLICE("s")};
    arena_rewind(import->call->arena, import->mark);
    api_redis(import->call, args, 4, on_known);
}

static void begin(struct api_call *call, const redisReply *reply)
{
    struct import *import = call->own;
    (void)reply;
    go_on(import);
}

/* ---- the request ---- */

/* What a new person's turn is noted under: the first channel that is not of USSD, where there is one. */
static void choose_channel(struct import *import)
{
    const struct world *world = import->call->api->world;
    const struct channel *channel = &world->channels[0];
    for (size_t i = world->channel_count; i-- > 0;)
        if (world->channels[i].kind != CHANNEL_USSD)
            channel = &world->channels[i];
    import->channel = *channel;
    import->channel.sync = false;
}

static void judge(struct import *import)
{
    struct api_call *call = import->call;
    if (import->faults) {
        const char *detail = arena_printf(call->arena, "The file has %zu faults: nothing was done.", import->faults);
        api_problem(call, 422, detail ? detail : "The file has faults: nothing was done.", buf_text(import->problems));
        return;
    }
    import->mark = arena_mark(call->arena);
    snprintf(import->payload, sizeof(import->payload), "import %s", call->who);
    choose_channel(import);
    api_note(call, import->dry_run ? "contact.import.dry_run" : "contact.import", "", begin);
}

void api_contacts_import(struct api_call *call)
{
    call->arena = arena_new(ARENA_MAX);
    struct import *import = call->own = call->arena ? arena_alloc(call->arena, sizeof(*import)) : NULL;
    if (!import) {
        api_unavailable(call);
        return;
    }
    struct buf problems;
    buf_init(&problems, API_TEXT_MAX);
    import->call = call;
    import->problems = &problems;
    import->flow = flows_find(call->api->world->mind.flows, "", "");
    import->dry_run = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(call->body, "dry_run"));
    import->rows = arena_array(call->arena, ROWS_MAX, sizeof(*import->rows));
    if (!import->flow || !call->api->world->channel_count)
        api_problem(call, 409, "There is no flow, or no channel, that people could be known by.", "");
    else if (read_file(import))
        api_unavailable(call);
    else
        judge(import);
    buf_release(&problems); /* it was told; the call may be gone */
}
