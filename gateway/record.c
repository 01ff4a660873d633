#include "gateway/record.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "dialog/flow.h"
#include "dialog/merged.h"
#include "gateway/facts.h"
#include "gateway/journal.h"
#include "gateway/log.h"
#include "gateway/message_class.h"

#define WISH_CHARS 80  /* of the words that may name a training */
#define ROW_USUAL 4096 /* bytes of a row for which nothing is allocated */

static void put(struct buf *out, const char *name, struct slice value)
{
    json_put_name(out, name);
    json_put_string(out, value);
}

static void put_int(struct buf *out, const char *name, int64_t value)
{
    json_put_name(out, name);
    buf_addi(out, value);
}

static void put_options(struct buf *out, const struct message *message, bool described)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < message->option_count; i++) {
        const struct message_option *option = &message->options[i];
        buf_adds(out, i ? ",{" : "{");
        put(out, "id", option->id);
        put(out, "title", option->title);
        if (described && option->description.len)
            put(out, "description", option->description);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

static void put_template(struct buf *out, const struct message_template *template)
{
    json_put_name(out, "template");
    buf_addc(out, '{');
    put(out, "name", template->name);
    put(out, "language", template->language);
    json_put_strings(out, "params", template->params, template->param_count);
    json_put_name(out, "buttons");
    buf_adds(out, template->buttons ? "true}" : "false}");
}

void record_message(struct buf *out, const struct message *message)
{
    put(out, "text", message->text);
    if (message->kind == MESSAGE_BUTTONS) {
        json_put_name(out, "buttons");
        put_options(out, message, false);
    } else if (message->kind == MESSAGE_LIST) {
        json_put_name(out, "list");
        buf_addc(out, '{');
        put(out, "button", message->list_button);
        json_put_name(out, "rows");
        put_options(out, message, true);
        buf_addc(out, '}');
    }
    if (message->template)
        put_template(out, message->template);
}

/* Copies a finished row into the arena; the buffer is free for the next one. */
static enum error keep(struct buf *row, struct arena *arena, struct slice *out)
{
    if (row->error)
        return row->error;
    *out = arena_copy(arena, buf_slice(row));
    return out->ptr ? OK : ERR_NOMEM;
}

static void write_request(struct buf *row, const struct occasion *o, struct slice kind)
{
    buf_addc(row, '{');
    put(row, "kind", kind);
    put(row, "contact", o->event->from);
    put(row, "channel", slice_of(o->channel->name));
    put_int(row, "at", o->now_ms);
    buf_addc(row, '}');
}

/* What is wished of a training names, as a ticket's line does, the channel that the person can be written to on. */
static void write_wish(struct buf *row, const struct occasion *o, const struct effect *effect)
{
    const struct channel *channel = o->channel->follow ? o->channel->follow : o->channel;
    buf_addc(row, '{');
    put(row, "verb", effect->slot);
    put(row, "training", effect->value);
    put(row, "channel", slice_of(channel->name));
    put(row, "words", utf8_prefix(effect->raw, WISH_CHARS));
    buf_addc(row, '}');
}

/* A ticket's line names the channel that the person can be written to on: behind USSD that is another, or none. */
static void write_ticket(struct buf *row, const struct occasion *o, const struct ticket *ticket)
{
    const struct channel *channel = o->channel->follow ? o->channel->follow : o->channel;
    buf_addc(row, '{');
    put(row, "contact", o->event->from);
    put(row, "channel", slice_of(channel->name));
    put_int(row, "waits", ticket->waits_ms);
    put_int(row, "waiting", ticket->waiting);
    put(row, "taken", slice_of(ticket->taken));
    put(row, "why", ticket->lost ? SLICE("lost") : SLICE("asked"));
    buf_addc(row, '}');
}

/* `template`: what goes in the message's place where it has none of its own; NULL: none. */
static void write_outbox(struct buf *row, const struct occasion *o, const char *channel, const struct message *message,
                         const struct message_template *template)
{
    buf_addc(row, '{');
    put(row, "channel", slice_of(channel));
    put(row, "to", o->event->from);
    put_int(row, "at", o->now_ms);
    record_message(row, message);
    if (template && !message->template)
        put_template(row, template);
    buf_addc(row, '}');
}

/* What a fact was decided by: "staff NAME", "import NAME", "training ID", the engine's version if it spoke in this
 * turn, else the flow's. */
static const char *rule_of(const struct occasion *o, const struct thought *t, struct arena *arena)
{
    struct slice rest = o->event->payload, act, who;
    if (o->event->kind == EVENT_STAFF && slice_cut(&rest, ' ', &act) && slice_cut(&rest, ' ', &who))
        return arena_printf(arena, "%s %.*s",
                            slice_is(act, "import")    ? "import"
                            : slice_is(act, "trained") ? "training"
                                                       : "staff",
                            (int)who.len, who.ptr);
    return t->advice_count && t->advices[0].version[0] ? t->advices[0].version : t->state.version;
}

static enum error read_facts(const struct occasion *o, struct arena *arena, struct facts *out, bool *lost)
{
    char person[LOG_PERSON];
    enum error error = facts_read(o->facts, arena, out);
    if (error != ERR_SYNTAX)
        return error;
    log_event(LOG_ERROR, "a contact's facts could not be read and begin anew", "contact=%s",
              log_person(o->event->from, person));
    *lost = true;
    return OK;
}

/* What facts are found by: those of the columns that the turn has to do with, or `all` of them. */
static void know(const struct facts *facts, const struct thought *t, bool all, struct profile *out)
{
    for (size_t i = 0; i < t->effect_count && !all; i++) {
        if (t->effects[i].kind != EFFECT_FACT && t->effects[i].kind != EFFECT_FORGET)
            continue;
        const enum profile_column column = profile_column_of(t->effects[i].slot);
        for (const struct profile_field *f = profile_fields; f->name && column < PROFILE_COLUMNS; f++)
            if (f->column == column)
                profile_learn(out, slice_of(f->name), facts_value(facts, slice_of(f->name)));
    }
    for (size_t i = 0; i < facts->count && all; i++)
        profile_learn(out, facts->list[i].slot, facts->list[i].value);
}

/* A fact that was merged stays from where it was. */
static void keep_source(const struct occasion *o, struct origin *fact)
{
    struct merged_fact merged;
    if (o->event->kind != EVENT_STAFF || !slice_starts(o->event->payload, "merge ") ||
        !merged_find(o->event->text, fact->slot, &merged))
        return;
    fact->at_ms = merged.at_ms;
    fact->rule = merged.rule;
    fact->message_id = merged.message_id;
}

/* Changes the facts by the turn's effects. */
static enum error change_facts(const struct occasion *o, const struct thought *t, struct arena *arena,
                               struct facts *facts)
{
    const char *rule = rule_of(o, t, arena);
    if (!rule)
        return ERR_NOMEM;
    for (size_t i = 0; i < t->effect_count; i++) {
        const struct effect *effect = &t->effects[i];
        struct origin fact = {.slot = effect->slot,
                              .value = effect->value,
                              .raw = effect->raw,
                              .confidence = effect->confidence,
                              .at_ms = o->now_ms,
                              .rule = slice_of(rule),
                              .message_id = o->event->id};
        keep_source(o, &fact);
        if (effect->kind == EFFECT_FACT)
            facts_set(facts, &fact);
        else if (effect->kind == EFFECT_FORGET)
            facts_forget(facts, effect->slot);
    }
    return OK;
}

static bool has_facts(const struct thought *t)
{
    for (size_t i = 0; i < t->effect_count; i++)
        if (t->effects[i].kind == EFFECT_FACT || t->effects[i].kind == EFFECT_FORGET)
            return true;
    return false;
}

static enum error record_facts(const struct occasion *o, const struct thought *t, struct buf *row, struct arena *arena,
                               struct commit *c)
{
    bool lost = false;
    c->facts = o->facts;
    if (!has_facts(t))
        return OK;
    struct facts *facts = arena_bytes(arena, sizeof(*facts));
    enum error error = facts ? read_facts(o, arena, facts, &lost) : ERR_NOMEM;
    if (error)
        return error;
    const bool all = lost || facts->count == FACTS_MAX; /* one more puts out another */
    know(facts, t, all, &c->known_before);
    error = change_facts(o, t, arena, facts);
    if (error)
        return error;
    know(facts, t, all, &c->known);
    if (lost)
        profile_doubt(&c->known_before, &c->known);
    buf_clear(row);
    facts_write(facts, row);
    c->learned = true;
    return keep(row, arena, &c->facts);
}

static enum error record_consent(const struct occasion *o, struct slice purpose, struct slice value,
                                 struct slice question, struct commit *c)
{
    if (c->consent_count == STORE_ROWS_MAX)
        return ERR_LIMIT;
    c->consents[c->consent_count++] = (struct store_consent){purpose, value, question, o->event->id, SLICE_NONE};
    return OK;
}

/* Names the flow that asked by its digest too, for a version may have been published again with other words. */
static enum error name_flow(const struct thought *t, struct arena *arena, struct commit *c)
{
    if (!t->flow || c->consent_count == 0)
        return OK;
    const char *name = arena_printf(arena, "%s/%s/%s", t->flow->name, t->flow->version, t->flow->digest);
    for (size_t i = 0; i < c->consent_count; i++)
        c->consents[i].flow = slice_of(name);
    return name ? OK : ERR_NOMEM;
}

static enum error record_effect(const struct occasion *o, const struct effect *effect, struct buf *row,
                                struct arena *arena, struct commit *c)
{
    buf_clear(row);
    switch (effect->kind) {
    case EFFECT_CONSENT:
        return record_consent(o, effect->slot, effect->value, effect->raw, c);
    case EFFECT_OPT_OUT:
        c->opt = OPT_OUT;
        return record_consent(o, SLICE("mensajes"), SLICE("no"), o->event->text, c);
    case EFFECT_OPT_IN:
        c->opt = OPT_IN;
        return record_consent(o, SLICE("mensajes"), SLICE("yes"), o->event->text, c);
    case EFFECT_REQUEST:
        if (c->request_count == STORE_ROWS_MAX)
            return ERR_LIMIT;
        write_request(row, o, effect->slot);
        return keep(row, arena, &c->requests[c->request_count++]);
    case EFFECT_ERASE:
        c->erase = true;
        return OK;
    case EFFECT_TIMER:
        if (c->timer_count == STORE_ROWS_MAX)
            return ERR_LIMIT;
        c->timers[c->timer_count++] = (struct store_timer){effect->slot, effect->due_ms};
        return OK;
    case EFFECT_TRAINING:
        if (c->wish_count == STORE_WISHES_MAX)
            return ERR_LIMIT;
        write_wish(row, o, effect);
        return keep(row, arena, &c->wishes[c->wish_count++]);
    case EFFECT_FACT:
    case EFFECT_FORGET:
    case EFFECT_SAY:
    case EFFECT_FOLLOW:
    case EFFECT_END:
    case EFFECT_TICKET:
        return OK;
    }
    return OK;
}

static enum error record_ticket(const struct occasion *o, const struct thought *t, struct buf *row, struct arena *arena,
                                struct commit *c)
{
    for (size_t i = 0; i < t->effect_count; i++)
        if (t->effects[i].kind == EFFECT_TICKET)
            c->ticket_ms = t->effects[i].due_ms;
    if (!c->ticket_ms || t->state.ticket.opened_ms != c->ticket_ms)
        return OK;
    buf_clear(row);
    write_ticket(row, o, &t->state.ticket);
    return keep(row, arena, &c->ticket);
}

static enum error record_outbox(const struct occasion *o, const struct thought *t, struct buf *row, struct arena *arena,
                                struct commit *c)
{
    /* After BAJA, and after BORRAR, only its own confirmation may go out: the send gate drops every other class. */
    const bool reminds =
        o->event->kind == EVENT_TIMER || (o->event->kind == EVENT_STAFF && slice_starts(o->event->payload, "remind "));
    enum message_class class = t->state.opted_out || c->erase ? CLASS_CONFIRMATION
                               : reminds                      ? CLASS_REMINDER
                                                              : CLASS_REPLY;
    enum error error = OK;
    size_t own = o->channel->sync ? 0 : t->message_count;
    if (own + t->following_count > STORE_ROWS_MAX)
        return ERR_LIMIT;
    for (size_t i = 0; i < own + t->following_count && !error; i++) {
        const struct channel *channel = i < own ? o->channel : o->channel->follow;
        buf_clear(row);
        write_outbox(row, o, channel->name, i < own ? &t->messages[i] : &t->following[i - own],
                     own == 1 ? o->event->template : NULL); /* it says all of it: with several it would twice */
        c->outbox[i].name = slice_of(message_class(class)->name);
        error = keep(row, arena, &c->outbox[i].value);
        c->outbox_count += !error;
    }
    return error;
}

/* After the state, whose digest it holds. */
static enum error record_journal(const struct occasion *o, const struct thought *t, struct buf *row,
                                 struct arena *arena, struct commit *c)
{
    struct journal_entry *entry = arena_bytes(arena, sizeof(*entry));
    char before[DIGEST_TEXT], after[DIGEST_TEXT];
    struct slice known = o->digest;
    if (!known.len && t->before.len) {
        quick_digest_write(t->before, before);
        known = slice_of(before);
    }
    quick_digest_write(c->state, after);
    c->digest = arena_copy(arena, slice_of(after));
    if (!entry || !c->digest.ptr)
        return ERR_NOMEM;
    *entry = (struct journal_entry){
        .at_ms = o->now_ms,
        .channel = slice_of(o->channel->name),
        .kind = o->channel->kind,
        .interactive = o->channel->interactive,
        .sms = o->channel->sms,
        .page_units = o->channel->page_units,
        .event = *o->event,
        .version = o->version,
        .flow = slice_of(t->flow ? t->flow->name : ""),
        .flow_version = slice_of(t->flow ? t->flow->version : ""),
        .flow_digest = slice_of(t->flow ? t->flow->digest : ""),
        .model_count = t->model_count,
        .advices = t->advices,
        .advice_count = t->advice_count,
        .effects = t->effects,
        .effect_count = t->effect_count,
        .messages = t->messages,
        .message_count = t->message_count,
        .before = known,
        .after = c->digest,
        .state = o->version % JOURNAL_STATE_EVERY == 0 ? t->before : SLICE_NONE,
    };
    for (size_t i = 0; i < t->model_count; i++)
        entry->models[i] = (struct journal_model){slice_of(t->models[i].name), slice_of(t->models[i].digest)};
    buf_clear(row);
    journal_pack(row, entry);
    return keep(row, arena, &c->journal);
}

enum error record_thought(const struct occasion *o, const struct thought *t, struct arena *arena, struct commit *c)
{
    struct buf row;
    char room[ROW_USUAL];
    enum error error = OK;
    buf_init_over(&row, room, sizeof(room), RECORD_MAX);
    for (size_t i = 0; i < t->effect_count && !error; i++)
        error = record_effect(o, &t->effects[i], &row, arena, c);
    if (!error)
        error = name_flow(t, arena, c);
    if (!error)
        error = record_facts(o, t, &row, arena, c);
    if (!error)
        error = record_ticket(o, t, &row, arena, c);
    if (!error)
        error = record_outbox(o, t, &row, arena, c);
    c->language = slice_of(t->state.lang);
    if (!error) {
        buf_clear(&row);
        state_encode_over(&t->state, t->before, &row);
        error = keep(&row, arena, &c->state);
    }
    if (!error)
        error = record_journal(o, t, &row, arena, c);
    buf_release(&row);
    return error;
}
