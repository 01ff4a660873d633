#include "gateway/turn.h"

#include <string.h>

#include "adapters/ussd.h"
#include "base/crypto.h"
#include "gateway/failpoint.h"
#include "gateway/journal.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/record.h"

struct turn {
    struct turn_place place; /* first, so that a place is its turn */
    struct turns *turns;
    const struct channel *channel;
    const struct event *given;
    struct event event; /* as given; on USSD with the new input as its text */
    int64_t now_ms;
    struct arena *arena;
    struct arena_mark mark; /* a try that lost a conflict gives back what came after it */
    struct slice message_id;
    bool named;                 /* as in struct commit */
    uint64_t only_at;           /* the contact's version that this is for; 0: any */
    struct slice session, kept; /* USSD: what to store of the session */
    bool asked;                 /* whether she was invited to a training */
    struct slice invitation;    /* the payload that tells it; empty: she was not */
    bool sought;                /* USSD: the hop was looked up by the id that its place in the session gives it */
    int tries;
    bool says;                   /* the commit under way puts something into the outbox */
    const struct sighting *seen; /* of the models, in the arena, to be counted when the commit is done; NULL: nothing */
    struct response response;
    turn_done *done;
    void *ctx;
};

static enum error begin(struct turn *turn);

/* Tells how a turn ended, which ends its arena, and lets the contact's next one go. Where the store was away the next
 * ones fail too, so that all of them are taken again in their order. */
static void report(struct turn *turn, const struct turn_result *result)
{
    struct turn_queue *queue = &turn->turns->queue;
    struct turn *next = (struct turn *)turn_queue_leave(queue, &turn->place);
    bool away = result->error == ERR_UNAVAILABLE;
    turn->done(turn->ctx, result);
    while (next) {
        const struct turn_result failed = {.error = away ? ERR_UNAVAILABLE : begin(next)};
        if (!failed.error)
            return;
        struct turn *after = (struct turn *)turn_queue_leave(queue, &next->place);
        next->done(next->ctx, &failed);
        next = after;
    }
}

static void finish(struct turn *turn, enum error error)
{
    const struct turn_result result = {.error = error, .response = turn->response};
    report(turn, &result);
}

/* The answer of a turn that erased its journal: "STATUS TYPE\nBODY". */
static enum error kept_answer(const struct turn *turn, struct slice reply, struct response *out)
{
    struct slice head, type, status, rest = arena_copy(turn->arena, reply);
    uint64_t code;
    if (!rest.ptr)
        return ERR_NOMEM;
    if (!slice_cut(&rest, '\n', &head) || !slice_cut(&head, ' ', &status) || !slice_u64(status, 599, &code))
        return ERR_SYNTAX;
    type = arena_copy(turn->arena, head);
    *out = (struct response){(int)code, type.ptr, rest};
    return type.ptr ? OK : ERR_NOMEM;
}

/* A repeat is answered with the words that the journal has of the first; an asynchronous channel acknowledges again, as
 * does a synchronous one when the words are forgotten or, because they waited on disk, went out by the outbox. */
static enum error recorded_answer(const struct turn *turn, const struct stored *stored, struct response *out)
{
    const struct channel *channel = turn->channel;
    if (channel->sync && stored->reply.len)
        return kept_answer(turn, stored->reply, out);
    if (!channel->sync || !stored->turn.len)
        return channel->adapter->answer(channel, NULL, 0, turn->arena, out);
    struct journal_entry *entry = arena_alloc(turn->arena, sizeof(*entry));
    enum error error = entry ? journal_read(stored->turn, turn->arena, entry) : ERR_NOMEM;
    return error ? error : channel->adapter->answer(channel, entry->messages, entry->message_count, turn->arena, out);
}

static void finish_repeated(struct turn *turn, const struct stored *stored)
{
    struct turn_result result = {.repeated = true};
    result.error = recorded_answer(turn, stored, &result.response);
    report(turn, &result);
}

static bool name_message(struct turn *turn, struct slice id);

/* Places a USSD hop in its session: what is new in it, and the id that it is committed under (adapters/ussd.h). */
static enum error cut_ussd_input(struct turn *turn, const struct stored *stored, enum ussd_hop_kind *kind)
{
    struct ussd_hop hop;
    *kind = USSD_INPUT;
    turn->event = *turn->given;
    if (turn->invitation.len)
        turn->event.payload = turn->invitation;
    turn->event.follows = turn->channel->follow != NULL;
    /* An end may come late, when the person has dialled anew: that session goes on. */
    bool moves = turn->channel->kind == CHANNEL_USSD &&
                 (turn->event.kind != EVENT_ABORT || slice_eq(turn->event.session, stored->session));
    turn->session = moves ? turn->given->session : stored->session;
    turn->kept = moves ? turn->given->text : stored->ussd_text;
    if (turn->channel->kind != CHANNEL_USSD || (turn->event.kind != EVENT_BEGIN && turn->event.kind != EVENT_TEXT))
        return OK; /* no hop: an end, or a timer */
    enum error error = ussd_place(stored->session, stored->ussd_text, turn->given, turn->now_ms, turn->arena, &hop);
    if (error)
        return error;
    *kind = hop.kind;
    turn->kept = hop.kept;
    turn->event.id = hop.id;
    turn->event.text = hop.input;
    if (hop.kind == USSD_BEGIN)
        turn->event.kind = EVENT_BEGIN;
    return name_message(turn, hop.id) ? OK : ERR_NOMEM;
}

/* Writes an answer that is kept, as kept_answer() reads it. */
static struct slice record_answer(const struct response *response, struct arena *arena)
{
    char status[SLICE_DECIMAL_SIZE];
    const struct slice parts[] = {slice_decimal(response->status, status), SLICE(" "), slice_of(response->content_type),
                                  SLICE("\n"), response->body};
    return arena_join(arena, parts, sizeof(parts) / sizeof(parts[0]));
}

/* Fills all but the rows behind the counts: there are many, and few are used. */
static enum error prepare_commit(struct turn *turn, const struct stored *stored, const struct thought *t,
                                 struct arena *arena, struct commit *c)
{
    const struct occasion occasion = {turn->channel,   &turn->event,  turn->now_ms,
                                      stored->version, stored->facts, stored->digest};
    memset(c, 0, offsetof(struct commit, outbox));
    c->outbox_count = c->consent_count = c->request_count = c->timer_count = c->event_count = c->wish_count = 0;
    enum error error = turn->channel->adapter->answer(
        turn->channel, t->messages, turn->channel->sync ? t->message_count : 0, turn->arena, &turn->response);
    if (error || (error = record_thought(&occasion, t, arena, c)))
        return error;
    c->contact = turn->event.from;
    c->held = stored->held;
    c->who = stored->who;
    c->ids = stored->ids;
    c->channel = slice_of(turn->channel->name);
    c->kind = turn->channel->kind;
    c->message_id = turn->message_id;
    c->named = turn->named;
    c->expected = stored->version;
    c->born_ms = stored->born_ms;
    c->now_ms = turn->now_ms;
    c->session = turn->session;
    c->ussd_text = turn->kept;
    if (turn->event.kind == EVENT_TIMER)
        c->fired = (struct store_timer){turn->event.payload, turn->event.at_ms};
    else if (turn->event.kind != EVENT_STAFF)
        c->inbound_ms = turn->event.at_ms > 0 && turn->event.at_ms < turn->now_ms ? turn->event.at_ms : turn->now_ms;
    if (turn->turns->wants && (error = webhook_tell(turn->turns->wants, &turn->event, t, arena, c)))
        return error;
    if (!turn->channel->sync || !c->erase)
        return OK;
    c->reply = record_answer(&turn->response, arena);
    return c->reply.ptr ? OK : ERR_NOMEM;
}

static void compute(struct turn *turn, const struct stored *stored);

static void on_committed(void *ctx, enum error error, const struct stored *newer)
{
    struct turn *turn = ctx;
    FAILPOINT("turn.committed");
    if (error != ERR_CONFLICT) {
        if (!error && turn->seen)
            watch_count(turn->seen);
        if (!error && turn->says && turn->turns->said)
            turn->turns->said(turn->turns->said_ctx, shard_of(turn->event.from));
        finish(turn, error);
    } else if (newer->repeated) {
        finish_repeated(turn, newer);
    } else if (++turn->tries >= TURN_TRIES_MAX) {
        finish(turn, ERR_CONFLICT);
    } else {
        metric_add(METRIC_TURN_CONFLICTS, NULL, NULL, 1);
        arena_rewind(turn->arena, turn->mark);
        compute(turn, newer);
    }
}

/* Keeps what there is to count, beyond the thought. */
static enum error keep_seen(struct turn *turn, const struct sighting *seen)
{
    turn->seen = NULL;
    if (!seen->count)
        return OK;
    struct sighting *kept = arena_alloc(turn->arena, sizeof(*kept));
    if (!kept)
        return ERR_NOMEM;
    *kept = *seen;
    turn->seen = kept;
    return OK;
}

/* A person who may be offered trainings. */
struct customer {
    struct offering offering; /* first, so that an offering is its customer */
    const struct turns *turns;
    const struct stored *stored;
};

static enum error offer(const struct offering *offering, int64_t now_ms, struct advice *out)
{
    const struct customer *customer = (const struct customer *)offering;
    return customer->turns->offers(customer->turns->offers_ctx, customer->stored, now_ms, out);
}

/* Thinks over what is stored, and writes down what is to be committed. */
static enum error conclude(struct turn *turn, const struct stored *stored, struct arena *arena, struct commit *commit)
{
    struct turns *turns = turn->turns;
    struct thought *thought = arena_bytes(arena, sizeof(*thought));
    const struct customer customer = {{offer}, turns, stored};
    bool reset = false;
    enum ussd_hop_kind kind;
    enum error error = thought ? cut_ussd_input(turn, stored, &kind) : ERR_NOMEM;
    if (!error)
        error = think_offering(turns->mind, turns->offers ? &customer.offering : NULL, turn->channel, stored->state,
                               &turn->event, turn->now_ms, arena, thought, &reset);
    if (reset) {
        char person[LOG_PERSON];
        log_event(LOG_ERROR, "a contact's state could not be read and begins anew", "contact=%s",
                  log_person(turn->event.from, person));
    }
    if (!error)
        error = keep_seen(turn, &thought->seen);
    if (!error)
        error = prepare_commit(turn, stored, thought, arena, commit);
    if (!error && turns->thinks)
        turns->thinks(turns->thinks_ctx, thought);
    return error;
}

/* Thinks and commits; also what a conflict comes back to. A thought needs many times the memory of a turn that waits
 * for its commit, so it has an arena for itself, which the next thought finds still warm. */
static void compute(struct turn *turn, const struct stored *stored)
{
    if (turn->only_at && turn->only_at != stored->version) {
        finish(turn, ERR_CONFLICT);
        return;
    }
    struct arena *arena = arena_new(TURN_BYTES_MAX);
    struct commit *commit = arena ? arena_bytes(arena, sizeof(*commit)) : NULL;
    enum error error = commit ? conclude(turn, stored, arena, commit) : ERR_NOMEM;
    turn->says = !error && commit->outbox_count > 0;
    if (!error)
        FAILPOINT("turn.committing");
    if (!error)
        error = store_commit(turn->turns->store, commit, on_committed, turn);
    if (error)
        finish(turn, error);
    arena_free(arena); /* the turn may be gone */
}

/* A hop without the session's history has no id until it is placed: only then can a repeat be looked up. */
static void seek_hop(struct turn *turn, const struct stored *stored)
{
    enum ussd_hop_kind kind;
    turn->sought = true;
    enum error error = cut_ussd_input(turn, stored, &kind);
    if (!error && kind == USSD_REPEAT)
        error = begin(turn);
    else if (!error)
        compute(turn, stored);
    if (error)
        finish(turn, error);
}

static void on_loaded(void *ctx, enum error error, const struct stored *stored)
{
    struct turn *turn = ctx;
    FAILPOINT("turn.loaded");
    if (error)
        finish(turn, error);
    else if (stored->repeated)
        finish_repeated(turn, stored);
    else if (turn->given->last_input && !turn->sought)
        seek_hop(turn, stored);
    else
        compute(turn, stored);
}

static enum error load(struct turn *turn)
{
    return store_load(turn->turns->store, turn->given->from, turn->message_id, on_loaded, turn);
}

static void on_invited(void *ctx, struct slice invitation)
{
    struct turn *turn = ctx;
    struct slice id;
    if (invitation.len && slice_cut(&invitation, ' ', &id))
        turn->invitation = slice_of(arena_printf(turn->arena, TRAINING_PAYLOAD "%.*s:%.*s", (int)id.len, id.ptr,
                                                 (int)invitation.len, invitation.ptr));
    turn->mark = arena_mark(turn->arena);
    enum error error = load(turn);
    if (error)
        finish(turn, error);
}

/* A bare number may answer an invitation, which lies beside the contact. */
static bool may_answer_invitation(const struct turn *turn)
{
    const struct slice text = slice_trim(turn->given->text);
    return turn->turns->invited && !turn->asked && turn->given->kind == EVENT_TEXT &&
           turn->channel->kind != CHANNEL_USSD && (slice_is(text, "1") || slice_is(text, "2"));
}

static enum error begin(struct turn *turn)
{
    const bool asks = may_answer_invitation(turn);
    turn->asked = true;
    if (asks && !turn->turns->invited(turn->turns->invited_ctx, turn->given->from, on_invited, turn))
        return OK;
    return load(turn);
}

/* Names the message "channel:id", or with the id's digest where it is long or holds bytes that have no place in a key.
 * Returns false without memory. */
static bool name_message(struct turn *turn, struct slice id)
{
    unsigned char digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    bool plain = id.len && strlen(turn->channel->name) + 1 + id.len < MESSAGE_ID_MAX;
    for (size_t i = 0; i < id.len && plain; i++)
        plain = id.ptr[i] > ' ' && id.ptr[i] < 0x7F;
    turn->named = plain;
    if (!plain) {
        if (sha256(id, digest))
            return false;
        hex_encode(digest, sizeof(digest), hex);
        id = (struct slice){hex, SHA256_HEX - 1};
    }
    const struct slice parts[] = {slice_of(turn->channel->name), SLICE(":"), id};
    turn->message_id = arena_join(turn->arena, parts, sizeof(parts) / sizeof(parts[0]));
    return turn->message_id.ptr;
}

enum error turn_start(struct turns *turns, const struct channel *channel, const struct event *event, int64_t now_ms,
                      struct arena *arena, turn_done *done, void *ctx)
{
    return turn_start_at(turns, channel, event, 0, now_ms, arena, done, ctx);
}

enum error turn_start_at(struct turns *turns, const struct channel *channel, const struct event *event,
                         uint64_t version, int64_t now_ms, struct arena *arena, turn_done *done, void *ctx)
{
    if (!event->from.len || event->from.len >= CONTACT_MAX || slice_find(event->from, '\0') < event->from.len)
        return ERR_VALUE;
    struct turn *turn = arena_alloc(arena, sizeof(*turn));
    if (!turn)
        return ERR_NOMEM;
    *turn = (struct turn){.turns = turns,
                          .channel = channel,
                          .given = event,
                          .event = *event,
                          .only_at = version,
                          .now_ms = now_ms,
                          .arena = arena,
                          .done = done,
                          .ctx = ctx};
    if (!name_message(turn, event->id))
        return ERR_NOMEM;
    turn->mark = arena_mark(arena);
    if (!turn_queue_join(&turns->queue, &turn->place, event->from))
        return OK;
    enum error error = begin(turn);
    if (error)
        turn_queue_leave(&turns->queue, &turn->place); /* nobody can be behind it yet */
    return error;
}
