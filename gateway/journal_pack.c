/* Journal entries as the store keeps them: journal_unpack.c reads what is written here, in the same order. */
#include "gateway/journal_pack.h"

#include "base/sms.h"
#include "gateway/packed_id.h"
#include "gateway/packing.h"

#define POLICY_WORDS 64 /* bytes of a policy in words, and a NUL */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A digest: nothing, or its bytes. */
static void put_digest(struct buf *out, struct slice hex)
{
    pack_number(out, hex.len / 2);
    id_pack_run(out, hex);
}

/* Most confidences are hundredths. */
static void put_share(struct buf *out, double share)
{
    int hundredths = share >= 0 && share <= 1 ? (int)(share * 100 + 0.5) : SHARE_REAL;
    bool fits = hundredths < SHARE_REAL && (double)hundredths / 100 == share;
    pack_number(out, fits ? (uint64_t)hundredths : SHARE_REAL);
    if (!fits)
        pack_real(out, share);
}

static void put_texts(struct buf *out, const struct slice *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pack_text(out, texts[i]);
}

/* An id in plain letters stands in the head, where chaski_commit finds it (gateway/lua/contact.lua). */
static bool is_plain(struct slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] <= ' ' || id.ptr[i] >= 0x7F)
            return false;
    return true;
}

static uint64_t marks_of(const struct journal_entry *entry)
{
    static const struct sms_policy usual = {0};
    const struct event *e = &entry->event;
    return (entry->interactive ? PACKED_INTERACTIVE : 0) | (sms_policy_same(&entry->sms, &usual) ? 0 : PACKED_POLICY) |
           (entry->page_units && entry->page_units != USSD_SEPTETS_MAX ? PACKED_PAGE : 0) |
           (is_plain(e->id) ? 0 : PACKED_ID) | (e->payload.len ? PACKED_PAYLOAD : 0) |
           (e->session.len ? PACKED_SESSION : 0) | (e->follows ? PACKED_FOLLOWS : 0) | (e->at_ms ? PACKED_SENT : 0) |
           (e->kind == EVENT_MEDIA && e->media.id.len ? PACKED_MEDIA : 0) | (entry->flow.len ? PACKED_FLOW : 0) |
           (entry->state.len ? PACKED_STATE : 0);
}

static void put_policy(struct buf *out, const struct sms_policy *policy)
{
    struct buf words;
    char room[POLICY_WORDS];
    buf_init_over(&words, room, sizeof(room), sizeof(room) - 1);
    sms_policy_put(policy, &words);
    pack_text(out, buf_slice(&words));
    out->error = out->error ? out->error : words.error;
    buf_release(&words);
}

static void put_event(struct buf *out, const struct journal_entry *entry, uint64_t marks)
{
    const struct event *e = &entry->event;
    pack_number(out, (uint64_t)e->kind);
    if (marks & PACKED_ID)
        pack_text(out, e->id);
    pack_text(out, e->text);
    if (marks & PACKED_PAYLOAD)
        pack_text(out, e->payload);
    if (marks & PACKED_SESSION)
        pack_text(out, e->session);
    if (marks & PACKED_SENT)
        pack_difference(out, (int64_t)((uint64_t)e->at_ms - (uint64_t)entry->at_ms));
    if (e->kind == EVENT_LOCATION) {
        pack_real(out, e->latitude);
        pack_real(out, e->longitude);
    }
    if (!(marks & PACKED_MEDIA))
        return;
    pack_number(out, (uint64_t)e->media.kind);
    pack_text(out, e->media.id);
    pack_text(out, e->media.type);
    pack_text(out, e->media.name);
}

static void put_resources(struct buf *out, const struct advice *a)
{
    pack_number(out, a->resource_count);
    for (size_t i = 0; i < a->resource_count; i++) {
        const struct advice_resource *r = &a->resources[i];
        const struct slice texts[] = {slice_of(r->id),      slice_of(r->text), slice_of(r->reason),
                                      slice_of(r->contact), slice_of(r->why),  slice_of(r->why_key)};
        put_texts(out, texts, COUNT(texts));
        put_share(out, a->propensities[i]);
    }
}

static void put_advice(struct buf *out, const struct advice *a)
{
    const uint64_t marks = (a->sure ? PACKED_SURE : 0) | (a->stage[0] ? PACKED_STAGE : 0) |
                           (a->stage_probability != 0 ? PACKED_STAGE_SHARE : 0) | (a->outlook[0] ? PACKED_OUTLOOK : 0) |
                           (a->lever[0] ? PACKED_LEVER : 0);
    pack_number(out, (uint64_t)a->kind);
    pack_number(out, marks);
    pack_number(out, a->label_count);
    for (size_t i = 0; i < a->label_count; i++) {
        pack_text(out, slice_of(a->labels[i].key));
        pack_text(out, slice_of(a->labels[i].name));
        put_share(out, a->labels[i].probability);
    }
    if (marks & PACKED_STAGE)
        pack_text(out, slice_of(a->stage));
    if (marks & PACKED_STAGE_SHARE)
        put_share(out, a->stage_probability);
    if (marks & PACKED_OUTLOOK)
        pack_text(out, slice_of(a->outlook));
    if (marks & PACKED_LEVER)
        pack_text(out, slice_of(a->lever));
    put_resources(out, a);
    pack_number(out, a->training_count);
    for (size_t i = 0; i < a->training_count; i++)
        pack_text(out, slice_of(a->trainings[i]));
    pack_text(out, slice_of(a->version));
}

static void put_effect(struct buf *out, const struct effect *effect, struct slice text)
{
    const uint64_t marks = (slice_eq(effect->raw, journal_usual_raw(effect->kind, text)) ? 0 : PACKED_RAW) |
                           (effect->confidence != journal_usual_confidence(effect->kind) ? PACKED_CONFIDENCE : 0) |
                           (effect->due_ms ? PACKED_DUE : 0);
    pack_number(out, (uint64_t)effect->kind);
    pack_number(out, marks);
    pack_text(out, effect->slot);
    pack_text(out, effect->value);
    if (marks & PACKED_RAW)
        pack_text(out, effect->raw);
    if (marks & PACKED_CONFIDENCE)
        put_share(out, effect->confidence);
    if (marks & PACKED_DUE)
        pack_difference(out, effect->due_ms);
}

static void put_effects(struct buf *out, const struct journal_entry *entry)
{
    uint64_t count = 0;
    for (size_t i = 0; i < entry->effect_count; i++)
        count += entry->effects[i].kind != EFFECT_SAY;
    pack_number(out, count);
    for (size_t i = 0; i < entry->effect_count; i++)
        if (entry->effects[i].kind != EFFECT_SAY)
            put_effect(out, &entry->effects[i], entry->event.text);
}

static void put_template(struct buf *out, const struct message_template *template)
{
    pack_number(out, template->buttons);
    pack_text(out, template->name);
    pack_text(out, template->language);
    pack_number(out, template->param_count);
    put_texts(out, template->params, template->param_count);
}

static void put_message(struct buf *out, const struct message *message)
{
    pack_number(out, (uint64_t)message->kind | (message->ends ? PACKED_ENDS : 0) |
                         (message->template ? PACKED_TEMPLATE : 0));
    pack_text(out, message->text);
    if (message->kind != MESSAGE_TEXT) {
        pack_number(out, message->option_count);
        for (size_t i = 0; i < message->option_count; i++) {
            const struct slice texts[] = {message->options[i].id, message->options[i].title,
                                          message->options[i].description};
            put_texts(out, texts, COUNT(texts));
        }
    }
    if (message->kind == MESSAGE_LIST)
        pack_text(out, message->list_button);
    if (message->template)
        put_template(out, message->template);
}

static void put_sources(struct buf *out, const struct journal_entry *entry, uint64_t marks)
{
    pack_number(out, entry->version);
    if (marks & PACKED_FLOW) {
        pack_text(out, entry->flow);
        pack_text(out, entry->flow_version);
        put_digest(out, entry->flow_digest);
    }
    pack_number(out, entry->model_count);
    for (size_t i = 0; i < entry->model_count; i++) {
        pack_text(out, entry->models[i].name);
        put_digest(out, entry->models[i].digest);
    }
}

void journal_pack(struct buf *out, const struct journal_entry *entry)
{
    const uint64_t marks = marks_of(entry);
    buf_addslice(out, entry->channel);
    buf_addc(out, ':');
    buf_addslice(out, marks & PACKED_ID ? SLICE_NONE : entry->event.id);
    buf_addc(out, '\n');
    buf_addc(out, PACKED_FORMAT);
    pack_number(out, marks);
    pack_difference(out, entry->at_ms);
    pack_number(out, (uint64_t)entry->kind);
    if (marks & PACKED_POLICY)
        put_policy(out, &entry->sms);
    if (marks & PACKED_PAGE)
        pack_number(out, entry->page_units);
    put_event(out, entry, marks);
    put_sources(out, entry, marks);
    pack_number(out, entry->advice_count);
    for (size_t i = 0; i < entry->advice_count; i++)
        put_advice(out, &entry->advices[i]);
    put_effects(out, entry);
    pack_number(out, entry->message_count);
    for (size_t i = 0; i < entry->message_count; i++)
        put_message(out, &entry->messages[i]);
    put_digest(out, entry->before);
    put_digest(out, entry->after);
    if (marks & PACKED_STATE)
        pack_text(out, entry->state);
}
