/* One parcel's way: leave, call, result. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/failpoint.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/outbox_parts.h"
#include "gateway/shards.h"

#define REFUSED_AGAIN_MS 1000 /* before the store is asked again what it answered with an error */

/* A leave heard later than this is given back, and asked for anew: a process that stood still meanwhile may have lost
 * its shard, and the person may have gone out, since it was written. */
#define LEAVE_GOOD_MS (SHARDS_LEASE_MS / 2)

static const struct channel *channel_of(const struct parcel *parcel)
{
    const struct outbox_parts *parts = &parcel->line->outbox->parts;
    return parts->channel(parts->ctx, parcel->entry->channel);
}

static int64_t now_ms(const struct parcel *parcel)
{
    return loop_now_ms(parcel->line->outbox->parts.loop);
}

static int64_t steady_ms(const struct parcel *parcel)
{
    return loop_steady_ms(parcel->line->outbox->parts.loop);
}

static void on_told(void *ctx, enum error error)
{
    struct parcel *parcel = ctx;
    FAILPOINT("outbox.told");
    struct outbox *outbox = parcel->line->outbox;
    enum send_state state = parcel->end.state;
    unsigned shard = parcel->entry->shard;
    if (outbox->closing)
        return;
    if (error == ERR_UNAVAILABLE) {
        alarm_set(parcel->alarm, REFUSED_AGAIN_MS); /* told again then, or when the store is back */
        return;
    }
    if (error || parcel->gone || state != SEND_STATE_WAIT)
        parcel_finish(parcel); /* its lease went, or it is over */
    else
        parcel_rest(parcel, parcel->end.due_ms - now_ms(parcel));
    if (state == SEND_STATE_DOUBT || state == SEND_STATE_DEAD)
        outbox_count(outbox, shard);
}

void parcel_tell(struct parcel *parcel)
{
    struct outbox *outbox = parcel->line->outbox;
    parcel_enter(parcel, PHASE_TELLING);
    alarm_cancel(parcel->alarm);
    parcel->end.now_ms = now_ms(parcel);
    parcel->end.token = outbox->shards[parcel->entry->shard].token; /* the lease may have gone and come since */
    FAILPOINT("outbox.telling");
    if (store_end(outbox->parts.store, &parcel->end, on_told, parcel))
        alarm_set(parcel->alarm, REFUSED_AGAIN_MS);
}

/* Fills what every end of this parcel says. */
static void begin_end(struct parcel *parcel, enum send_state state, struct slice code)
{
    const struct outbox_entry *e = parcel->entry;
    if (!slice_copy(code, parcel->code, sizeof(parcel->code)))
        parcel->code[0] = '\0';
    parcel->end = (struct send_end){
        .shard = e->shard,
        .stream = e->stream,
        .id = slice_of(e->id),
        .class = slice_of(message_class(e->class)->name),
        .channel = e->channel,
        .json = e->json,
        .token = parcel->line->outbox->shards[e->shard].token,
        .owner = slice_of(parcel->line->outbox->owner),
        .state = state,
        .code = slice_of(parcel->code),
    };
}

void parcel_give_up(struct parcel *parcel, enum send_state state, const char *code)
{
    begin_end(parcel, state, slice_of(code));
    parcel_tell(parcel);
}

static void keep_provider_id(struct parcel *parcel, struct slice id)
{
    struct send_end *end = &parcel->end;
    size_t at = end->provider_id_count;
    if (id.len && at < STORE_PARTS_MAX && slice_copy(id, parcel->ids->texts[at], OUTBOX_PROVIDER_ID_MAX))
        end->provider_ids[end->provider_id_count++] = slice_of(parcel->ids->texts[at]);
}

/* Receipts come by each of the ids; where there is one, it stands for the whole message. */
static void keep_provider_ids(struct parcel *parcel, const struct send_result *result)
{
    keep_provider_id(parcel, result->provider_id);
    for (size_t i = 0; i < result->more_count; i++)
        keep_provider_id(parcel, result->more_ids[i]);
    parcel->end.parts = (unsigned)parcel->end.provider_id_count;
}

static enum doubt_policy policy_of(const struct channel *channel)
{
    bool resend = channel && slice_is(slice_of(channel_setting(channel, "in_doubt")), "resend");
    return resend ? DOUBT_RESEND : DOUBT_HOLD;
}

static void conclude(struct parcel *parcel, const struct channel *channel, const struct send_result *result)
{
    const struct outbox_entry *e = parcel->entry;
    struct outbox *outbox = parcel->line->outbox;
    char name[64], person[LOG_PERSON], code[OUTBOX_CODE_MAX];
    struct outbox_case of = {.class = e->class,
                             .doubt = policy_of(channel),
                             .committed_ms = e->at_ms,
                             .now_ms = now_ms(parcel),
                             .tries = parcel->tries,
                             .backoff_first_ms = outbox->backoff_first_ms};
    if (result->class != SEND_OK)
        loop_chance(outbox->parts.loop, &of.chance, 1);
    const struct outbox_verdict verdict = outbox_judge(result, &of);
    begin_end(parcel, verdict.state, result->code);
    parcel->end.due_ms = verdict.due_ms;
    if (verdict.state == SEND_STATE_SENT)
        keep_provider_ids(parcel, result);
    parcel->end.referred = channel && channel->adapter->refers;
    slice_copy(e->channel, name, sizeof(name));
    metric_add(METRIC_SENDS, name, verdict.outcome, 1);
    if (result->class != SEND_OK)
        log_event(LOG_WARNING, "a message did not go", "channel=%s contact=%s id=%s outcome=%s code=%s", name,
                  log_person(e->to, person), e->reference, verdict.outcome,
                  log_value(slice_of(parcel->code), code, sizeof(code)));
    parcel_tell(parcel);
}

static void on_answer(void *ctx, const struct sender_answer *answer)
{
    struct parcel *parcel = ctx;
    if (parcel->line->outbox->closing)
        return;
    FAILPOINT("outbox.answered");
    struct send_result result = {.class = SEND_UNKNOWN, .code = slice_of(answer->trouble)};
    struct arena *arena = parcel->line->outbox->scratch;
    const struct channel *channel = channel_of(parcel);
    if (answer->fate == SENDER_NOT_SENT) {
        result.class = SEND_TRANSIENT;
    } else if (answer->fate == SENDER_ANSWERED && channel) {
        arena_reset(arena);
        channel->adapter->result(channel, answer->status, answer->body, arena, &result);
        if (answer->retry_after_ms && (result.class == SEND_THROTTLED || result.class == SEND_TRANSIENT))
            result.retry_after_ms = answer->retry_after_ms;
    }
    conclude(parcel, channel, &result);
}

static void call_provider(struct parcel *parcel)
{
    struct outbox *outbox = parcel->line->outbox;
    const struct channel *channel = channel_of(parcel);
    struct http_call call = {0};
    struct send_result failed = {.class = SEND_MESSAGE};
    enum error error = !channel || !channel->adapter->call ? ERR_UNSUPPORTED : OK;
    struct message message = parcel->entry->message;
    if (!parcel->place.template) /* free words may go: they say more, and cost nothing */
        message.template = NULL;
    arena_reset(outbox->scratch);
    if (!error)
        error = channel->adapter->call(channel, parcel->entry->to, &message, slice_of(parcel->entry->reference),
                                       outbox->scratch, &call);
    if (!error) {
        parcel_enter(parcel, PHASE_CALLING);
        error = outbox->parts.call(outbox->parts.caller, &call, on_answer, parcel);
        FAILPOINT("outbox.calling");
    }
    if (error) {
        failed.class = error == ERR_NOMEM || error == ERR_UNAVAILABLE ? SEND_TRANSIENT : SEND_MESSAGE;
        failed.code = slice_of(error_text(error));
        conclude(parcel, channel, &failed);
    }
}

/* The person's limits moved on: waits as long as they say now, or asks again with what is held. */
static void on_limits(struct parcel *parcel, const struct store_person *person)
{
    struct outbox *outbox = parcel->line->outbox;
    struct line *line = parcel->line;
    pace_person_set(&line->person, person);
    parcel_enter(parcel, PHASE_QUEUED);
    line->current = NULL;
    if (!outbox->draining)
        line_advance(line);
}

static void take_leave(struct parcel *parcel, const struct leave_given *given)
{
    parcel->tries = given->tries;
    switch (given->leave) {
    case LEAVE_GO:
        pacer_gone(parcel->line->outbox->pacer, &parcel->place, &parcel->line->person);
        if (outbox_is_too_old(parcel->entry->class, parcel->entry->at_ms, now_ms(parcel)))
            parcel_give_up(parcel, SEND_STATE_DEAD, "too old");
        else if (parcel->entry->until_ms && now_ms(parcel) >= parcel->entry->until_ms)
            parcel_give_up(parcel, SEND_STATE_DROPPED, limit_reason_name(LIMIT_EXPIRED));
        else
            call_provider(parcel);
        return;
    case LEAVE_DROP:
        parcel_give_up(parcel, SEND_STATE_DROPPED, "opted out");
        return;
    case LEAVE_DOUBT:
        parcel_give_up(parcel, SEND_STATE_DOUBT, "another process was calling");
        return;
    case LEAVE_SENT:
        parcel_give_up(parcel, SEND_STATE_SENT, "a receipt told");
        return;
    case LEAVE_DONE:
        parcel_finish(parcel);
        return;
    case LEAVE_LOST: /* the shard goes, or comes back, when the lease is asked for again */
        parcel_rest(parcel, REFUSED_AGAIN_MS);
        return;
    case LEAVE_LATER:
        parcel_rest(parcel, given->due_ms - now_ms(parcel));
        return;
    case LEAVE_LIMITS:
        on_limits(parcel, &given->person);
        return;
    case LEAVES:
        return;
    }
}

static void on_leave(void *ctx, enum error error, const struct leave_given *given)
{
    struct parcel *parcel = ctx;
    struct line *line = parcel->line;
    if (line->outbox->closing)
        return;
    if (!error && given->leave == LEAVE_GO && steady_ms(parcel) - parcel->asked_ms > LEAVE_GOOD_MS) {
        begin_end(parcel, SEND_STATE_WAIT, SLICE("leave heard late"));
        parcel->end.due_ms = now_ms(parcel);
        parcel_tell(parcel);
        return;
    }
    if (!error) {
        FAILPOINT("outbox.intended");
        take_leave(parcel, given);
        return;
    }
    /* The intent may be written, and nothing was sent. It stays under way until that is known, or who gets the shard
     * next finds it in doubt. */
    alarm_set(parcel->alarm, REFUSED_AGAIN_MS);
}

/* Before anything begins: what the provider will say must find its place. */
static bool make_room(struct parcel *parcel)
{
    if (!parcel->ids)
        parcel->ids = mem_page_take();
    return parcel->ids;
}

void parcel_send(struct parcel *parcel)
{
    struct outbox *outbox = parcel->line->outbox;
    const struct outbox_entry *e = parcel->entry;
    const struct pace_person *person = &parcel->line->person;
    const struct intent intent = {
        .shard = e->shard,
        .stream = e->stream,
        .id = slice_of(e->id),
        .contact = e->to,
        .channel = e->channel,
        .token = outbox->shards[e->shard].token,
        .owner = slice_of(outbox->owner),
        .now_ms = now_ms(parcel),
        .after_opt_out = message_class(e->class)->after_opt_out,
        .resend = policy_of(channel_of(parcel)) == DOUBT_RESEND,
        .limited = parcel->place.limited,
        .limits_before = pace_person_before(person),
        .limits_then = pace_person_then(&parcel->place),
    };
    bool again = parcel->phase == PHASE_ASKING; /* the answer was not heard: it may be written */
    if (!make_room(parcel)) {
        parcel_rest(parcel, REFUSED_AGAIN_MS);
        return;
    }
    parcel_enter(parcel, PHASE_ASKING);
    parcel->asked_ms = steady_ms(parcel);
    FAILPOINT("outbox.intending");
    if (!store_intend(outbox->parts.store, &intent, on_leave, parcel))
        return;
    if (again)
        alarm_set(parcel->alarm, REFUSED_AGAIN_MS);
    else
        parcel_rest(parcel, REFUSED_AGAIN_MS);
}
