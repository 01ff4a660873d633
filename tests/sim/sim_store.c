/* The network to the store: what is asked arrives late, what is answered may be lost, and the store may be away. */
#include "tests/sim/sim.h"

enum what { LOAD, COMMIT, ATTEND, LEASE, READ, INTEND, END, RECEIVE, TALLY, DUE, POSTPONE, SWAP };

/* A call; all that it holds lies in its arena. */
struct sim_call {
    struct sim_call *next;
    struct sim *sim;
    struct sim_worker *worker;
    struct arena *arena;
    enum what what;
    bool done, heard; /* by the store; told to the caller, or never to be */
    void (*told)(void);
    void *ctx;
    struct slice a, b, c;
    unsigned shard;
    int64_t ms, asked_ms; /* asked_ms: the caller's wall clock */
    bool flag;
    enum store_stream stream;
    struct store_cursor *cursors;
    size_t count, most;
    struct commit *commit;
    struct intent intent;
    struct send_end end;
    struct receipt_row receipt;
    struct due_timer timer;
    enum error error; /* the answer */
    struct stored stored;
    bool has_stored;
    uint64_t token;
    struct store_entry *entries;
    struct leave_given given;
    struct tally tally;
    struct due_timer *timers;
    struct slice held;
};

static struct slice keep(struct sim_call *call, struct slice text)
{
    return text.len ? arena_copy(call->arena, text) : SLICE_NONE;
}

/* ---- answers are kept until they are heard ---- */

static void kept_stored(void *ctx, enum error error, const struct stored *stored)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->has_stored = stored != NULL;
    if (!stored)
        return;
    call->stored = *stored;
    call->stored.reply = keep(call, stored->reply);
    call->stored.turn = keep(call, stored->turn);
    call->stored.state = keep(call, stored->state);
    call->stored.session = keep(call, stored->session);
    call->stored.ussd_text = keep(call, stored->ussd_text);
    call->stored.facts = keep(call, stored->facts);
}

static void kept_count(void *ctx, enum error error, size_t count)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->count = count;
}

static void kept_token(void *ctx, enum error error, uint64_t token)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->token = token;
}

static void kept_entries(void *ctx, enum error error, const struct store_entry *entries, size_t count)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->count = count;
    call->entries = arena_array(call->arena, count + 1, sizeof(*entries));
    for (size_t i = 0; i < count; i++) {
        call->entries[i] = entries[i];
        call->entries[i].id = keep(call, entries[i].id);
        call->entries[i].class = keep(call, entries[i].class);
        call->entries[i].json = keep(call, entries[i].json);
    }
}

static void kept_leave(void *ctx, enum error error, const struct leave_given *given)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->given = *given;
    call->given.person.limits = keep(call, given->person.limits);
    sim_check_intent(call->sim, &call->intent, given);
}

static void kept_end(void *ctx, enum error error)
{
    ((struct sim_call *)ctx)->error = error;
}

static void kept_tally(void *ctx, enum error error, const struct tally *tally)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->tally = *tally;
}

static void kept_due(void *ctx, enum error error, const struct due_timer *timers, size_t count)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->count = count;
    call->timers = arena_array(call->arena, count + 1, sizeof(*timers));
    for (size_t i = 0; i < count; i++) {
        call->timers[i] = timers[i];
        call->timers[i].name = keep(call, timers[i].name);
        call->timers[i].channel = keep(call, timers[i].channel);
        call->timers[i].contact = keep(call, timers[i].contact);
    }
}

static void kept_swap(void *ctx, enum error error, struct slice held)
{
    struct sim_call *call = ctx;
    call->error = error;
    call->held = keep(call, held);
}

/* ---- what the store does ---- */

static enum error ask_memory(struct sim_call *c)
{
    struct store *m = c->sim->memory;
    switch (c->what) {
    case LOAD:
        return store_load(m, c->a, c->b, kept_stored, c);
    case COMMIT:
        return store_commit(m, c->commit, kept_stored, c);
    case ATTEND:
        return store_attend(m, c->a, c->ms, c->flag, kept_count, c);
    case LEASE:
        return store_lease(m, c->shard, c->a, c->ms, kept_token, c);
    case READ:
        return store_read(m, c->stream, c->cursors, c->count, c->most, kept_entries, c);
    case INTEND:
        return store_intend(m, &c->intent, kept_leave, c);
    case END:
        return store_end(m, &c->end, kept_end, c);
    case RECEIVE:
        return store_receive(m, &c->receipt, kept_end, c);
    case TALLY:
        return store_tally(m, c->shard, kept_tally, c);
    case DUE:
        return store_due(m, c->shard, c->ms, kept_due, c);
    case POSTPONE:
        return store_postpone(m, &c->timer, c->ms, kept_end, c);
    case SWAP:
        return store_swap(m, c->a, c->b, c->c, kept_swap, c);
    }
    return ERR_UNSUPPORTED;
}

static void do_call(struct sim_call *call)
{
    struct sim *sim = call->sim;
    call->done = true;
    if (ask_memory(call))
        abort(); /* there is memory */
    if (call->what == COMMIT) {
        sim_note(sim, "commit %.*s v%llu: %d", (int)call->commit->message_id.len, call->commit->message_id.ptr,
                 (unsigned long long)call->commit->expected, call->error);
        sim_check_committed(sim, call->commit, call->error);
        if (!call->error && call->commit->outbox_count && sim_maybe(sim, 4)) /* in the same instant as the reply */
            sim_people_notice(sim, sim_person_of(call->commit->contact));
    } else if (call->what == INTEND) {
        sim_note(sim, "w%u intent %u-%.*s: leave %d", call->worker->number, call->intent.shard,
                 (int)call->intent.id.len, call->intent.id.ptr, call->given.leave);
        sim_check_message(sim, call->intent.shard, call->intent.id);
    } else if (call->what == END) {
        sim_note(sim, "w%u end %u-%.*s: state %d, %d", call->worker->number, call->end.shard, (int)call->end.id.len,
                 call->end.id.ptr, call->end.state, call->error);
        sim_check_new(sim, call->end.shard);
        sim_check_ended(sim, &call->end, call->error);
    } else if (call->what == LEASE) {
        sim_book_lease(sim, call->shard, call->a, call->ms, call->token);
    } else if (call->what == POSTPONE) {
        sim_book_postponed(sim, &call->timer, call->ms);
    } else if (call->what == SWAP && !call->error) {
        sim_book_swap(sim, call->b, call->c, call->asked_ms);
    } else if (call->what == RECEIVE) {
        for (const struct sim_message *m = sim->messages[call->receipt.shard]; m; m = m->next)
            sim_check_message(sim, m->shard, slice_of(m->id));
    }
}

static void tell(struct sim_call *c)
{
    bool lost = c->error == ERR_UNAVAILABLE;
    switch (c->what) {
    case LOAD:
    case COMMIT:
        ((store_loaded *)c->told)(c->ctx, c->error, c->has_stored ? &c->stored : NULL);
        return;
    case ATTEND:
        ((store_counted *)c->told)(c->ctx, c->error, c->count);
        return;
    case LEASE:
        c->sim->leases[c->shard].heard = c->token;
        ((store_leased *)c->told)(c->ctx, c->error, c->token);
        if (c->worker->cut) /* what it would give back at once, it cannot */
            c->sim->leases[c->shard].heard = 0;
        return;
    case READ:
        ((store_read_done *)c->told)(c->ctx, c->error, lost ? NULL : c->entries, lost ? 0 : c->count);
        return;
    case INTEND:
        ((store_intended *)c->told)(c->ctx, c->error, lost ? NULL : &c->given);
        return;
    case END:
    case RECEIVE:
    case POSTPONE:
        ((store_ended *)c->told)(c->ctx, c->error);
        return;
    case TALLY:
        ((store_tallied *)c->told)(c->ctx, c->error, &c->tally);
        return;
    case DUE:
        ((store_due_done *)c->told)(c->ctx, c->error, c->timers, lost ? 0 : c->count);
        return;
    case SWAP:
        ((store_swapped *)c->told)(c->ctx, c->error, c->held);
        return;
    }
}

static void unlist(struct sim_call *call)
{
    struct sim_call **at = &call->worker->calls;
    while (*at && *at != call)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = call->next;
    if (call->worker->calls_end == &call->next)
        call->worker->calls_end = at;
}

/* What it matters to crash or to stand still before: the daily round of leases does not. */
static bool is_a_step(const struct sim_call *call)
{
    return !call->heard && call->what != LEASE && call->what != READ && call->what != TALLY && call->what != ATTEND &&
           !(call->what == DUE && !call->count);
}

/* Frees itself: nothing names the call any more. */
static void on_answer_heard(struct sim *sim, void *ctx)
{
    struct sim_call *call = ctx;
    (void)sim;
    if (!call->heard && (is_a_step(call) ? sim_is_struck(call->worker, on_answer_heard, call)
                                         : sim_is_held(call->worker, on_answer_heard, call)))
        return;
    unlist(call);
    if (!call->heard)
        tell(call);
    arena_free(call->arena);
}

/* What a process sent before it stood still comes to the store all the same; what the store cannot take then is sent
 * again, in its order, when the process moves. */
static bool is_stuck(struct sim_call *call)
{
    struct sim *sim = call->sim;
    struct sim_worker *worker = call->worker;
    if (call->heard)
        return false;
    if (sim->store_away && sim->now_ms < worker->paused_until_ms)
        worker->stuck_until_ms = worker->reach_ms = worker->paused_until_ms;
    return sim->now_ms < worker->stuck_until_ms;
}

static void on_reached(struct sim *sim, void *ctx)
{
    struct sim_call *call = ctx;
    struct sim_worker *worker = call->worker;
    if (is_stuck(call)) {
        sim_at(sim, worker->stuck_until_ms - sim->now_ms, true, on_reached, call);
        return;
    }
    if (!call->heard && sim->store_away)
        sim_store_cut(worker, true);
    else if (!call->heard && sim->now_ms >= worker->paused_until_ms && sim_pick(sim, 4000) == 0 && !sim->calm)
        sim_store_cut(worker, true);
    if (!call->done && !call->heard && !sim->calm && sim_pick(sim, 2000) == 0) {
        call->done = true;
        call->error = ERR_UNAVAILABLE; /* the store answers, and refuses: it is loading, or busy */
        sim->did.refusals++;
    }
    if (!call->done && !(call->heard && call->error))
        do_call(call);
    if (!call->heard && is_a_step(call) && sim->now_ms >= worker->paused_until_ms && !sim->calm &&
        sim_pick(sim, 100) == 0)
        sim_store_cut(worker, true); /* it is done, and the answer is lost */
    int64_t at_ms = sim->now_ms + sim_pick(sim, 4) + (sim_maybe(sim, 1) ? sim_pick(sim, 800) : 0);
    if (at_ms < worker->heard_ms && !call->heard)
        at_ms = worker->heard_ms;
    if (!call->heard)
        worker->heard_ms = at_ms;
    sim_at(sim, at_ms - sim->now_ms, true, on_answer_heard, call);
}

static void on_up(struct sim *sim, void *ctx)
{
    struct sim_worker *worker = ctx;
    if (!worker->cut || sim_is_held(worker, on_up, worker))
        return;
    if (sim->store_away) {
        sim_at(sim, 200, true, on_up, worker);
        return;
    }
    worker->cut = false;
    if (worker->up)
        outgoing_store_up(worker->outgoing);
}

/* The connection ends: the first of what is under way may have been done, and all of it is told that nobody knows. */
void sim_store_cut(struct sim_worker *worker, bool told)
{
    struct sim *sim = worker->sim;
    unsigned count = 0, done, at = 0;
    struct sim_call *list = worker->calls;
    for (const struct sim_call *c = list; c; c = c->next)
        count++;
    done = count && !sim->store_away ? sim_pick(sim, count + 1) : 0;
    worker->calls = NULL;
    worker->calls_end = &worker->calls;
    worker->heard_ms = 0;
    sim->did.lost++;
    sim_note(sim, "w%u cut, %u calls", worker->number, count);
    if (!worker->cut)
        sim_at(sim, 50 + sim_pick(sim, 500), true, on_up, worker);
    worker->cut = true;
    /* First all that the store still does, then the callers: these may ask anew. */
    for (struct sim_call *c = list; c; c = c->next)
        if (at++ < done && !c->done)
            do_call(c);
    for (struct sim_call *c = list, *next; c; c = next) {
        next = c->next;
        c->next = NULL;
        bool was_heard = c->heard;
        c->heard = true;
        c->error = told || sim_pick(sim, 2) ? ERR_UNAVAILABLE : OK; /* OK: the dead process's call still arrives */
        c->has_stored = false;
        if (told && !was_heard)
            tell(c);
    }
}

/* Whether an answer about timers is on its way: the time that it was asked at is not to be skipped. */
bool sim_store_is_asked(const struct sim_worker *worker)
{
    const struct sim_call *call = worker->calls;
    while (call && call->what != DUE)
        call = call->next;
    return call != NULL;
}

static struct sim_call *new_call(struct store *store, enum what what, void (*told)(void), void *ctx)
{
    struct sim_worker *worker = (struct sim_worker *)(void *)((char *)store - offsetof(struct sim_worker, store));
    struct sim *sim = worker->sim;
    if (what == COMMIT || what == INTEND || what == END || what == SWAP || what == RECEIVE)
        sim->moved_ms = sim->now_ms;
    if (worker->cut)
        return NULL;
    struct arena *arena = arena_new(4 * 1024 * 1024);
    struct sim_call *call = arena ? arena_alloc(arena, sizeof(*call)) : NULL;
    if (!call)
        abort();
    *call = (struct sim_call){.sim = sim, .worker = worker, .arena = arena, .what = what, .told = told, .ctx = ctx};
    *worker->calls_end = call;
    worker->calls_end = &call->next;
    int64_t at_ms = sim->now_ms + sim_pick(sim, 3) + (sim_maybe(sim, 1) ? sim_pick(sim, 500) : 0);
    if (at_ms < worker->reach_ms)
        at_ms = worker->reach_ms;
    worker->reach_ms = at_ms;
    sim_at(sim, at_ms - sim->now_ms, true, on_reached, call);
    return call;
}

#define CALL(what)                                                                                                     \
    struct sim_call *call = new_call(store, what, (void (*)(void))done, ctx);                                          \
    if (!call)                                                                                                         \
    return ERR_UNAVAILABLE

static enum error net_load(struct store *store, struct slice contact, struct slice id, store_loaded *done, void *ctx)
{
    CALL(LOAD);
    call->a = keep(call, contact);
    call->b = keep(call, id);
    return OK;
}

static void keep_row(struct sim_call *call, struct store_row *row)
{
    row->name = keep(call, row->name);
    row->value = keep(call, row->value);
}

static enum error net_commit(struct store *store, const struct commit *given, store_committed *done, void *ctx)
{
    CALL(COMMIT);
    struct commit *c = call->commit = arena_alloc(call->arena, sizeof(*c));
    *c = *given;
    struct slice *texts[] = {&c->contact, &c->held,    &c->who,       &c->ids,     &c->channel,    &c->message_id,
                             &c->state,   &c->session, &c->ussd_text, &c->journal, &c->digest,     &c->reply,
                             &c->facts,   &c->ticket,  &c->language,  &c->fired.name};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = keep(call, *texts[i]);
    c->consent_count = c->request_count = 0; /* nobody here reads them */
    for (size_t i = 0; i < c->outbox_count; i++)
        keep_row(call, &c->outbox[i]);
    for (size_t i = 0; i < c->timer_count; i++)
        c->timers[i].name = keep(call, c->timers[i].name);
    return OK;
}

static enum error net_attend(struct store *store, struct slice owner, int64_t now_ms, bool leaves, store_counted *done,
                             void *ctx)
{
    CALL(ATTEND);
    call->a = keep(call, owner);
    call->ms = now_ms;
    call->flag = leaves;
    return OK;
}

static enum error net_lease(struct store *store, unsigned shard, struct slice owner, int64_t keep_ms,
                            store_leased *done, void *ctx)
{
    CALL(LEASE);
    if (!keep_ms && slice_is(owner, call->sim->leases[shard].holder))
        call->sim->leases[shard].heard = 0;
    call->shard = shard;
    call->a = keep(call, owner);
    call->ms = keep_ms;
    return OK;
}

static enum error net_read(struct store *store, enum store_stream stream, const struct store_cursor *cursors,
                           size_t count, size_t most, store_read_done *done, void *ctx)
{
    CALL(READ);
    call->stream = stream;
    call->cursors = arena_array(call->arena, count + 1, sizeof(*cursors));
    memcpy(call->cursors, cursors, count * sizeof(*cursors));
    call->count = count;
    call->most = most;
    return OK;
}

static enum error net_intend(struct store *store, const struct intent *given, store_intended *done, void *ctx)
{
    CALL(INTEND);
    struct intent *i = &call->intent;
    *i = *given;
    sim_check_asked(call->worker, given);
    struct slice *texts[] = {&i->id, &i->contact, &i->channel, &i->owner, &i->limits_before, &i->limits_then};
    for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
        *texts[n] = keep(call, *texts[n]);
    return OK;
}

static enum error net_end(struct store *store, const struct send_end *given, store_ended *done, void *ctx)
{
    CALL(END);
    struct send_end *e = &call->end;
    *e = *given;
    struct slice *texts[] = {&e->id, &e->class, &e->channel, &e->json, &e->owner, &e->code};
    for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
        *texts[n] = keep(call, *texts[n]);
    for (size_t n = 0; n < e->provider_id_count; n++)
        e->provider_ids[n] = keep(call, e->provider_ids[n]);
    return OK;
}

static enum error net_receive(struct store *store, const struct receipt_row *given, store_ended *done, void *ctx)
{
    CALL(RECEIVE);
    struct receipt_row *r = &call->receipt;
    *r = *given;
    struct slice *texts[] = {&r->id, &r->name, &r->part, &r->status, &r->code};
    for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
        *texts[n] = keep(call, *texts[n]);
    return OK;
}

static enum error net_tally(struct store *store, unsigned shard, store_tallied *done, void *ctx)
{
    CALL(TALLY);
    call->shard = shard;
    return OK;
}

static enum error net_due(struct store *store, unsigned shard, int64_t now_ms, store_due_done *done, void *ctx)
{
    CALL(DUE);
    call->shard = shard;
    call->ms = now_ms;
    return OK;
}

static enum error net_postpone(struct store *store, const struct due_timer *timer, int64_t due_ms, store_ended *done,
                               void *ctx)
{
    CALL(POSTPONE);
    call->timer = *timer;
    call->timer.name = keep(call, timer->name);
    call->timer.channel = keep(call, timer->channel);
    call->timer.contact = keep(call, timer->contact);
    call->ms = due_ms;
    return OK;
}

static enum error net_swap(struct store *store, struct slice channel, struct slice before, struct slice then,
                           store_swapped *done, void *ctx)
{
    CALL(SWAP);
    call->a = keep(call, channel);
    call->b = keep(call, before);
    call->c = keep(call, then);
    call->asked_ms = sim_wall(call->sim);
    return OK;
}

void sim_store_open(struct sim_worker *worker)
{
    static const struct store_methods methods = {net_load, net_commit,   NULL,     net_attend,  net_lease,
                                                 net_read, net_intend,   net_end,  net_receive, net_tally,
                                                 net_due,  net_postpone, net_swap, NULL,        NULL,
                                                 NULL};
    worker->store.methods = &methods;
    worker->calls_end = &worker->calls;
    worker->calls = NULL;
}
