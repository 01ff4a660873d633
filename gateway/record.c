#include "gateway/record.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "gateway/message_class.h"

static void put(struct buf *out, const char *name, struct slice value)
{
    json_put_name(out, name);
    json_put_string(out, value);
}

static void put_number(struct buf *out, const char *name, double value)
{
    json_put_name(out, name);
    buf_addf(out, "%.10g", value);
}

static void put_int(struct buf *out, const char *name, int64_t value)
{
    json_put_name(out, name);
    buf_addf(out, "%lld", (long long)value);
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
}

/* Copies a finished row into the arena; the buffer is free for the next one. */
static enum error keep(struct buf *row, struct arena *arena, struct slice *out)
{
    if (row->error)
        return row->error;
    *out = arena_copy(arena, buf_slice(row));
    return out->ptr ? OK : ERR_NOMEM;
}

static void write_fact(struct buf *row, const struct occasion *o, const struct effect *fact, const char *version)
{
    buf_addc(row, '{');
    put(row, "value", fact->value);
    put(row, "raw", fact->raw);
    put_number(row, "confidence", fact->confidence);
    put(row, "message_id", o->event->id);
    put(row, "rule", slice_of(version));
    put_int(row, "at", o->now_ms);
    buf_addc(row, '}');
}

static void write_consent(struct buf *row, const struct occasion *o, struct slice purpose, struct slice value,
                          struct slice question)
{
    buf_addc(row, '{');
    put(row, "who", o->who);
    put(row, "purpose", purpose);
    put(row, "value", value);
    put(row, "question", question);
    put(row, "channel", slice_of(o->channel->name));
    put(row, "message_id", o->event->id);
    put_int(row, "at", o->now_ms);
    buf_addc(row, '}');
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

static void write_outbox(struct buf *row, const struct occasion *o, const struct message *message)
{
    buf_addc(row, '{');
    put(row, "channel", slice_of(o->channel->name));
    put(row, "to", o->event->from);
    put_int(row, "at", o->now_ms);
    record_message(row, message);
    buf_addc(row, '}');
}

static void write_advice(struct buf *row, const struct advice *a)
{
    static const char *const names[] = {"nothing", "industry", "profile", "resources"};
    buf_addc(row, '{');
    put(row, "need", slice_of(names[a->kind]));
    for (size_t i = 0; i < a->label_count; i++)
        put_number(row, a->labels[i].key, a->labels[i].probability);
    if (a->stage[0])
        put(row, "stage", slice_of(a->stage));
    if (a->outlook[0])
        put(row, "outlook", slice_of(a->outlook));
    if (a->resource_count) {
        json_put_name(row, "resources");
        buf_addc(row, '[');
        for (size_t i = 0; i < a->resource_count; i++) {
            buf_adds(row, i ? "," : "");
            json_put_string(row, slice_of(a->resources[i].id));
        }
        buf_addc(row, ']');
    }
    put(row, "version", slice_of(a->version));
    buf_addc(row, '}');
}

static void write_journal(struct buf *row, const struct occasion *o, const struct thought *t)
{
    const struct event *e = o->event;
    buf_addc(row, '{');
    put_int(row, "at", o->now_ms);
    put(row, "channel", slice_of(o->channel->name));
    put_int(row, "kind", (int64_t)e->kind);
    put(row, "id", e->id);
    put(row, "text", e->text);
    put(row, "payload", e->payload);
    put(row, "flow", slice_of(t->state.flow));
    put(row, "version", slice_of(t->state.version));
    put(row, "waits", slice_of(t->state.at));
    json_put_name(row, "advice");
    buf_addc(row, '[');
    for (size_t i = 0; i < t->advice_count; i++) {
        buf_adds(row, i ? "," : "");
        write_advice(row, &t->advices[i]);
    }
    buf_addc(row, ']');
    json_put_name(row, "said");
    buf_addc(row, '[');
    for (size_t i = 0; i < t->message_count; i++) {
        buf_adds(row, i ? "," : "");
        json_put_string(row, t->messages[i].text);
    }
    buf_adds(row, "]}");
}

/* What a fact was decided by: the engine's version if the engine spoke in this turn, else the flow's. */
static const char *rule_of(const struct thought *t)
{
    return t->advice_count && t->advices[0].version[0] ? t->advices[0].version : t->state.version;
}

static enum error record_effect(const struct occasion *o, const struct thought *t, const struct effect *effect,
                                struct buf *row, struct arena *arena, struct commit *c)
{
    buf_clear(row);
    switch (effect->kind) {
    case EFFECT_FACT:
    case EFFECT_FORGET:
        if (c->fact_count == STORE_ROWS_MAX)
            return ERR_LIMIT;
        if (effect->kind == EFFECT_FACT)
            write_fact(row, o, effect, rule_of(t));
        c->facts[c->fact_count].name = effect->slot;
        return keep(row, arena, &c->facts[c->fact_count++].value);
    case EFFECT_CONSENT:
        if (c->consent_count == STORE_ROWS_MAX)
            return ERR_LIMIT;
        write_consent(row, o, effect->slot, effect->value, effect->raw);
        return keep(row, arena, &c->consents[c->consent_count++]);
    case EFFECT_OPT_OUT:
    case EFFECT_OPT_IN:
        c->opt = effect->kind == EFFECT_OPT_OUT ? OPT_OUT : OPT_IN;
        if (c->consent_count == STORE_ROWS_MAX)
            return ERR_LIMIT;
        write_consent(row, o, SLICE("mensajes"), effect->kind == EFFECT_OPT_OUT ? SLICE("no") : SLICE("yes"),
                      o->event->text);
        return keep(row, arena, &c->consents[c->consent_count++]);
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
    case EFFECT_SAY:
    case EFFECT_END:
        return OK;
    }
    return OK;
}

static enum error record_outbox(const struct occasion *o, const struct thought *t, struct buf *row, struct arena *arena,
                                struct commit *c)
{
    /* After BAJA, and after BORRAR, only its own confirmation may go out: the send gate drops every other class. */
    enum message_class class = t->state.opted_out || c->erase  ? CLASS_CONFIRMATION
                               : o->event->kind == EVENT_TIMER ? CLASS_REMINDER
                                                               : CLASS_REPLY;
    if (t->message_count > STORE_ROWS_MAX)
        return ERR_LIMIT;
    for (size_t i = 0; i < t->message_count; i++) {
        buf_clear(row);
        write_outbox(row, o, &t->messages[i]);
        c->outbox[i].name = slice_of(message_class(class)->name);
        enum error error = keep(row, arena, &c->outbox[i].value);
        if (error)
            return error;
        c->outbox_count++;
    }
    return OK;
}

enum error record_thought(const struct occasion *o, const struct thought *t, struct arena *arena, struct commit *c)
{
    struct buf row;
    enum error error = OK;
    buf_init(&row, RECORD_MAX);
    for (size_t i = 0; i < t->effect_count && !error; i++)
        error = record_effect(o, t, &t->effects[i], &row, arena, c);
    if (!error && !o->channel->sync)
        error = record_outbox(o, t, &row, arena, c);
    if (!error) {
        buf_clear(&row);
        write_journal(&row, o, t);
        error = keep(&row, arena, &c->journal);
    }
    if (!error) {
        buf_clear(&row);
        state_encode(&t->state, &row);
        error = keep(&row, arena, &c->state);
    }
    buf_release(&row);
    return error;
}
