/* Two numbers of one person made one. What would be done is found out first; then the wish is written down, with its
 * line in the audit log, and done (merger.h): whoever asks again while it goes on, or once it is done, changes nothing
 * more. */
#include "gateway/api_merge.h"

#include <stdio.h>
#include <string.h>

#include "gateway/api_shapes.h"
#include "gateway/api_tickets.h"
#include "gateway/merger.h"

#define RECORD_BYTES 1024
#define MORE_BYTES 128
#define ID_BYTES 8

static const struct api_field merge_fields[] = {
    {"from", API_TEXT, true, 1, 32, NULL, "her other number, which is erased", NULL},
    {"dry_run", API_TRUTH, false, 0, 0, NULL, "only tell what would be done", NULL},
    {0}};
const struct api_shape api_merge = {"ContactMerge", "Which number is taken in.", merge_fields};

static const struct api_field taken_fields[] = {SHOWN("slot", API_TEXT, "of the flow"),
                                                SHOWN("value", API_TEXT, "what is known from now on"),
                                                MAYBE("said", API_TEXT, "her words"),
                                                SHOWN("at", API_TIME, "when she said so"),
                                                MAYBE("instead_of", API_TEXT, "what was known, which is older"),
                                                {0}};
static const struct api_shape taken = {"MergedFact", "A fact that is taken.", taken_fields};

static const struct api_field merged_fields[] = {
    SHOWN("number", API_TEXT, "that stays, E.164"),
    SHOWN("from", API_TEXT, "that is erased, E.164"),
    SHOWN("dry_run", API_TRUTH, "whether nothing was done"),
    {"facts", API_LIST, true, 0, 0, NULL, "that are taken: not known of the number that stays, or newer", &taken},
    SHOWN("older", API_LIST, "slots in which the number that stays has a newer fact"),
    SHOWN("left", API_LIST, "slots that are not taken: consents, and what the flow has no slot for"),
    SHOWN("trainings", API_WHOLE, "in which the other number's place, or its refusal, is taken"),
    SHOWN("opted_out", API_TRUTH, "whether she left on the number that stays: she is not written to there"),
    SHOWN("from_opted_out", API_TRUTH, "whether she left on the other"),
    {0}};
const struct api_shape api_merged = {"ContactMerged", "What a merge did, or would do.", merged_fields};

struct merging {
    bool dry_run;
    char into[PHONE_MAX], from[PHONE_MAX];
    char into_whom[SHA256_HEX], from_whom[SHA256_HEX];
    const struct merge_view *view;
    char id[2 * ID_BYTES + 1];
    struct slice record;
};

/* ---- what is answered ---- */

static void put_taken(struct buf *out, const struct merge_taken *one)
{
    buf_addc(out, '{');
    api_put_text(out, "slot", one->fact->slot);
    api_put_text(out, "value", one->fact->value);
    if (one->fact->raw.len)
        api_put_text(out, "said", one->fact->raw);
    api_put_time(out, "at", one->fact->at_ms);
    if (one->instead)
        api_put_text(out, "instead_of", one->instead->value);
    buf_addc(out, '}');
}

static void put_slots(struct buf *out, const char *name, const struct origin *const *facts, size_t count)
{
    json_put_name(out, name);
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_addc(out, ',');
        json_put_string(out, facts[i]->slot);
    }
    buf_addc(out, ']');
}

static void put_truth(struct buf *out, const char *name, bool value)
{
    json_put_name(out, name);
    buf_adds(out, value ? "true" : "false");
}

static void answer(struct api_call *call)
{
    const struct merging *merging = call->own;
    const struct merge_view *view = merging->view;
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    api_put_text(&body, "number", slice_of(merging->into));
    api_put_text(&body, "from", slice_of(merging->from));
    put_truth(&body, "dry_run", merging->dry_run);
    json_put_name(&body, "facts");
    buf_addc(&body, '[');
    for (size_t i = 0; i < view->plan.taken_count; i++) {
        buf_adds(&body, i ? "," : "");
        put_taken(&body, &view->plan.taken[i]);
    }
    buf_addc(&body, ']');
    put_slots(&body, "older", view->plan.older, view->plan.older_count);
    put_slots(&body, "left", view->plan.left, view->plan.left_count);
    json_put_name(&body, "trainings");
    buf_addi(&body, view->into.wrote ? (int64_t)view->trainings : 0);
    put_truth(&body, "opted_out", view->into.opted_out);
    put_truth(&body, "from_opted_out", view->from.opted_out);
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

/* ---- doing it ---- */

static void on_done(void *ctx, enum error error)
{
    struct api_call *call = ctx;
    if (error == ERR_REFUSED)
        api_problem(call, 409, "One of the two changed meanwhile: look at both, and ask again.", "");
    else if (error)
        api_unavailable(call);
    else
        answer(call);
}

/* Nil: it is written down now. Else there is a record already: one of these two numbers goes on. */
static void on_written(struct api_call *call, const redisReply *reply)
{
    const struct merging *merging = call->own;
    cJSON *held = NULL;
    struct slice record = merging->record;
    if (reply->type == REDIS_REPLY_STRING) {
        record = api_reply(reply);
        const bool same =
            !json_parse(record, RECORD_BYTES, &held) && slice_is(json_string(held, "into"), merging->into);
        cJSON_Delete(held);
        if (!same) {
            api_problem(call, 409, "The other number is being merged into another one just now.", "");
            return;
        }
    }
    if (merger_run(call->api->merger, record, on_done, call))
        api_unavailable(call);
}

static void write_down(struct api_call *call)
{
    struct merging *merging = call->own;
    const struct merge_view *view = merging->view;
    unsigned char bytes[ID_BYTES];
    struct buf text, more;
    random_bytes(bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), merging->id);
    const struct merge_record record = {.into = slice_of(merging->into),
                                        .from = slice_of(merging->from),
                                        .by = slice_of(call->who),
                                        .id = slice_of(merging->id),
                                        .into_born_ms = view->into.born_ms,
                                        .from_born_ms = view->from.born_ms,
                                        .at_ms = call->exchange->request.now_ms};
    buf_init(&text, RECORD_BYTES);
    buf_init(&more, MORE_BYTES);
    merge_record_write(&record, &text);
    merging->record = text.error ? SLICE_NONE : arena_copy(call->exchange->arena, buf_slice(&text));
    buf_addc(&more, '{');
    api_put_text(&more, "from", slice_of(merging->from_whom));
    buf_addc(&more, '}');
    if (!merging->record.ptr || more.error)
        api_unavailable(call);
    else
        api_act(call, MERGES_KEY, merging->from_whom, SLICE_NONE, merging->record, "contact.merge", merging->into_whom,
                buf_slice(&more), on_written);
    buf_release(&text);
    buf_release(&more);
}

/* ---- what there is ---- */

/* The other number is not there: it was merged into this one before, or never was. */
static void on_alias(struct api_call *call, const redisReply *reply)
{
    const struct merging *merging = call->own;
    struct slice rest = api_reply(reply), who;
    if (slice_cut(&rest, ' ', &who) && slice_is(who, merging->into_whom))
        answer(call);
    else
        api_problem(call, 404, "Nothing is kept of the other number.", "");
}

static void on_viewed(void *ctx, enum error error, const struct merge_view *view)
{
    struct api_call *call = ctx;
    struct merging *merging = call->own;
    const struct slice args[] = {SLICE("HGET"), MERGED_KEY, slice_of(merging->from_whom)};
    merging->view = view;
    if (error)
        api_unavailable(call);
    else if (!view->into.known)
        api_problem(call, 404, "Nothing is kept of this number.", "");
    else if (!view->from.known)
        api_redis(call, args, 3, on_alias);
    else if (view->from.waits)
        api_problem(call, 409,
                    "She waits for somebody of the staff on the other number: close its ticket, or answer its request, "
                    "first.",
                    "");
    else if (merging->dry_run)
        answer(call);
    else
        write_down(call);
}

static void view(struct api_call *call, const redisReply *reply)
{
    struct merging *merging = call->own;
    (void)reply;
    if (merger_view(call->api->merger, slice_of(merging->into), slice_of(merging->from), call->arena, on_viewed, call))
        api_unavailable(call);
}

static bool read_number(struct api_call *call, struct slice text, const char *field, int status, char out[PHONE_MAX])
{
    if (!phone_normalise(text, out))
        return true;
    api_field_problem(call, status, "The number is none.", field, "must be as +51987654321, or nine digits of Peru");
    return false;
}

void api_contacts_merge(struct api_call *call)
{
    struct merging *merging = call->own = arena_alloc(call->exchange->arena, sizeof(*merging));
    call->arena = arena_new(API_TEXT_MAX);
    if (!merging || !call->arena) {
        api_unavailable(call);
        return;
    }
    merging->dry_run = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(call->body, "dry_run"));
    if (!read_number(call, call->path[0], "number", 400, merging->into) ||
        !read_number(call, api_text(call, "from"), "from", 422, merging->from))
        return;
    if (strcmp(merging->into, merging->from) == 0)
        api_field_problem(call, 422, "It is the same number.", "from", "must be another number of hers");
    else if (!ticket_whom(call, slice_of(merging->into), merging->into_whom) ||
             !ticket_whom(call, slice_of(merging->from), merging->from_whom))
        api_unavailable(call);
    else if (merging->dry_run)
        api_note(call, "contact.merge.dry_run", merging->into_whom, view);
    else
        view(call, NULL);
}
