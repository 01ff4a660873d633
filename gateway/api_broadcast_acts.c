/* Broadcasts: what happens to one. Counted, confirmed, taken back, paused, cancelled, tried out. */
#include <inttypes.h>
#include <stdio.h>

#include "base/phone.h"
#include "gateway/api_broadcasts_parts.h"
#include "gateway/broadcast_say.h"
#include "gateway/consent_row.h"

#define NUMBER_TEXT 128
#define TRIAL_ARENA (8 * 1024 * 1024) /* bytes: a notice read and said */

/* Lets an event happen and writes it, or tells that it is not permitted. */
static void happen(struct api_call *call, enum broadcast_event event, const char *what, const char *refusal)
{
    struct casting *casting = call->own;
    const int64_t hold_ms = INT64_C(1000) * call->api->world->config->broadcast_hold_s;
    const char *state = broadcast_states[casting->b.state];
    if (broadcast_apply(&casting->b, event, call->exchange->request.now_ms, hold_ms)) {
        cast_write(call, what);
        return;
    }
    const char *detail = arena_printf(call->exchange->arena, "It is %s: %s", state, refusal);
    if (detail)
        api_problem(call, 409, detail, "");
    else
        api_unavailable(call);
}

/* ---- previewed and confirmed ---- */

static void preview(struct api_call *call)
{
    struct casting *casting = call->own;
    casting->b.people = casting->sums[SUM_PEOPLE];
    happen(call, BROADCAST_PREVIEW, "broadcast.preview", "only a draft's people are counted.");
}

static void count_for_preview(struct api_call *call)
{
    cast_count_people(call, preview);
}

void api_broadcasts_preview(struct api_call *call)
{
    cast_find(call, count_for_preview);
}

static int64_t whole_of(const struct api_call *call, const char *name)
{
    int64_t number = 0;
    return json_int(call->body, name, &number) ? number : 0;
}

static void confirm(struct api_call *call)
{
    struct casting *casting = call->own;
    const int64_t told = whole_of(call, "people"), now = casting->sums[SUM_PEOPLE];
    const int64_t apart = now > told ? now - told : told - now;
    char rule[NUMBER_TEXT];
    if (casting->b.state == BROADCAST_PREVIEWED && apart > whole_of(call, "tolerance")) {
        snprintf(rule, sizeof(rule), "must be how many people it goes to, which is %" PRId64, now);
        api_field_problem(call, 409, "It goes to another number of people.", "people", rule);
        return;
    }
    if (casting->b.state == BROADCAST_PREVIEWED && !now) {
        api_problem(call, 409, "It goes to nobody.", "");
        return;
    }
    casting->b.people = now;
    casting->b.confirmed_by = slice_of(call->who);
    happen(call, BROADCAST_CONFIRM, "broadcast.confirm", "only one that was previewed as it is now is confirmed.");
}

static void count_for_confirm(struct api_call *call)
{
    cast_count_people(call, confirm);
}

void api_broadcasts_confirm(struct api_call *call)
{
    cast_find(call, count_for_confirm);
}

/* ---- taken back, paused, cancelled ---- */

static void undo(struct api_call *call)
{
    struct casting *casting = call->own;
    casting->b.confirmed_by = SLICE("");
    happen(call, BROADCAST_UNDO, "broadcast.undo", "only what is confirmed and not yet sent can be taken back.");
}

void api_broadcasts_undo(struct api_call *call)
{
    cast_find(call, undo);
}

static void pause(struct api_call *call)
{
    happen(call, BROADCAST_PAUSE, "broadcast.pause", "only what is being sent can be paused.");
}

void api_broadcasts_pause(struct api_call *call)
{
    cast_find(call, pause);
}

static void resume(struct api_call *call)
{
    happen(call, BROADCAST_RESUME, "broadcast.resume", "only what is paused can be resumed.");
}

void api_broadcasts_resume(struct api_call *call)
{
    cast_find(call, resume);
}

static void cancel(struct api_call *call)
{
    happen(call, BROADCAST_CANCEL, "broadcast.cancel", "it is over.");
}

void api_broadcasts_cancel(struct api_call *call)
{
    cast_find(call, cancel);
}

/* ---- tried out ---- */

/* A test send to one person. */
struct trial {
    char number[PHONE_MAX], key[KEY_MAX];
    unsigned shard;
    struct slice entry;
};

static void on_sent(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    api_answer_nothing(call);
}

/* It goes as a reply does: at any hour, and without being counted among the notices of a month. */
static void send_trial(struct api_call *call, const redisReply *reply)
{
    struct trial *trial = ((struct casting *)call->own)->more;
    const struct slice args[] = {SLICE("XADD"),  key_write(trial->key, trial->shard, "outbox", SLICE_NONE),
                                 SLICE("*"),     SLICE("class"),
                                 SLICE("reply"), SLICE("entry"),
                                 trial->entry};
    (void)reply;
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_sent);
}

static void say_trial(struct api_call *call, const redisReply *reply)
{
    struct casting *casting = call->own;
    struct trial *trial = casting->more;
    struct arena *arena = call->arena;
    struct broadcast_person person = {.who = slice_of(trial->number)};
    struct broadcast_said said;
    struct notice notice;
    struct faults faults;
    const bool known = reply->elements > 2 && api_reply(reply->element[0]).len;
    if (known) {
        person.line = api_reply(reply->element[0]);
        person.opted_out = slice_is(api_reply(reply->element[1]), "1");
        person.state = api_reply(reply->element[2]);
    }
    faults_init(&faults);
    enum error error = broadcast_notice(call->api->world, &casting->b, arena, &faults, &notice);
    faults_release(&faults);
    if (error == ERR_VALUE) {
        api_problem(call, 409, "The notice cannot go as the configuration is now: change it, and see what is told.",
                    "");
    } else if (error || broadcast_say(call->api->world, &casting->b, &notice, &person, call->exchange->request.now_ms,
                                      arena, &said)) {
        api_unavailable(call);
    } else if (said.excluded) {
        const char *detail = arena_printf(arena, "This person gets nothing: %s.", said.excluded);
        api_field_problem(
            call, 422, detail ? detail : "This person gets nothing.", "number",
            "must be of somebody who wrote, agreed to its purpose twice and is reached by one of its channels");
    } else {
        trial->entry = said.entry;
        api_note(call, "broadcast.test", casting->id, send_trial);
    }
}

static void read_person(struct api_call *call)
{
    struct casting *casting = call->own;
    struct trial *trial = casting->more = arena_alloc(call->exchange->arena, sizeof(*trial));
    call->arena = arena_new(TRIAL_ARENA);
    struct slice args[] = {SLICE("HMGET"), SLICE_NONE, SLICE("v"), SLICE("out"), SLICE("s")};
    if (!trial || !call->arena) {
        api_unavailable(call);
        return;
    }
    if (phone_normalise(api_text(call, "number"), trial->number)) {
        api_field_problem(call, 422, "The number is none.", "number",
                          "must be as +51987654321, or nine digits of Peru");
        return;
    }
    trial->shard = shard_of(slice_of(trial->number));
    args[1] = key_write(trial->key, trial->shard, "contact", slice_of(trial->number));
    api_redis(call, args, sizeof(args) / sizeof(args[0]), say_trial);
}

void api_broadcasts_test(struct api_call *call)
{
    cast_find(call, read_person);
}
