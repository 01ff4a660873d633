#include "gateway/journal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sms.h"

/* By number, so that the words of a journal outlive a change of the order. */
static const char *const event_names[] = {
    [EVENT_TEXT] = "text",
    [EVENT_CHOICE] = "choice",
    [EVENT_MEDIA] = "media",
    [EVENT_LOCATION] = "place",
    [EVENT_UNSUPPORTED] = "unsupported",
    [EVENT_BEGIN] = "begin",
    [EVENT_ABORT] = "abort",
    [EVENT_STATUS] = "status",
    [EVENT_IGNORED] = "ignored",
    [EVENT_TIMER] = "timer",
    [EVENT_STAFF] = "staff",
};

static const char *const effect_names[] = {
    [EFFECT_SAY] = "say",           [EFFECT_FACT] = "fact",       [EFFECT_FORGET] = "forget",
    [EFFECT_CONSENT] = "consent",   [EFFECT_OPT_OUT] = "opt-out", [EFFECT_OPT_IN] = "opt-in",
    [EFFECT_ERASE] = "erase",       [EFFECT_REQUEST] = "request", [EFFECT_END] = "end",
    [EFFECT_TIMER] = "timer",       [EFFECT_FOLLOW] = "follow",   [EFFECT_TICKET] = "ticket",
    [EFFECT_TRAINING] = "training",
};

static const char *const need_names[] = {
    [NEED_NOTHING] = "nothing",     [NEED_INDUSTRY] = "industry",   [NEED_PROFILE] = "profile",
    [NEED_RESOURCES] = "resources", [NEED_TRAININGS] = "trainings", [NEED_TEXTS] = "texts",
};

static const char *const channel_names[] = {
    [CHANNEL_SMS] = "sms",
    [CHANNEL_USSD] = "ussd",
    [CHANNEL_WHATSAPP] = "whatsapp",
};

const char *const journal_media_kinds[] = {
    [MEDIA_OTHER] = "other",       [MEDIA_IMAGE] = "image",     [MEDIA_AUDIO] = "audio",    [MEDIA_VIDEO] = "video",
    [MEDIA_DOCUMENT] = "document", [MEDIA_STICKER] = "sticker", [MEDIA_STICKER + 1] = NULL,
};

#define POLICY_WORDS 64 /* bytes of a policy in words */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *const *names;
    size_t count;
} tables[] = {
    [JOURNAL_EVENTS] = {event_names, COUNT(event_names)},
    [JOURNAL_EFFECTS] = {effect_names, COUNT(effect_names)},
    [JOURNAL_NEEDS] = {need_names, COUNT(need_names)},
    [JOURNAL_CHANNELS] = {channel_names, COUNT(channel_names)},
    [JOURNAL_MEDIA] = {journal_media_kinds, COUNT(journal_media_kinds) - 1},
};

const char *journal_word(enum journal_words words, size_t number)
{
    return number < tables[words].count ? tables[words].names[number] : NULL;
}

bool journal_number(enum journal_words words, struct slice word, size_t *out)
{
    for (size_t i = 0; i < tables[words].count; i++) {
        if (tables[words].names[i] && slice_is(word, tables[words].names[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

struct slice journal_usual_raw(enum effect_kind kind, struct slice text)
{
    return kind == EFFECT_FACT ? text : SLICE_NONE;
}

double journal_usual_confidence(enum effect_kind kind)
{
    return kind == EFFECT_FACT || kind == EFFECT_CONSENT ? 1 : 0;
}

static void put(struct buf *out, const char *name, struct slice value)
{
    if (!value.len)
        return;
    json_put_name(out, name);
    json_put_string(out, value);
}

static void put_int(struct buf *out, const char *name, int64_t value)
{
    json_put_name(out, name);
    buf_addi(out, value);
}

static void put_flag(struct buf *out, const char *name, bool value)
{
    if (value)
        put_int(out, name, 1);
}

/* Hundredths below one, as most confidences are. Returns false, with nothing put, when it is no such number. */
static bool put_hundredths(struct buf *out, double value)
{
    int hundredths = value > 0 && value < 1 ? (int)(value * 100 + 0.5) : 0;
    if (hundredths < 1 || hundredths > 99 || (double)hundredths / 100 != value)
        return false;
    buf_adds(out, hundredths < 10 ? "0.0" : "0.");
    buf_addi(out, hundredths % 10 ? hundredths : hundredths / 10);
    return true;
}

/* Tells that thirteen digits behind the point, or behind the first zeros, cannot be all of a number. */
static bool is_long(double value)
{
    double scaled = value * (value > 1e-3 ? 1e13 : 1e16);
    return value > 0 && value < 1 && fabs(scaled - nearbyint(scaled)) > 0.1;
}

/* The shortest of a few forms that reads back as the same number; the last does of any. */
static void put_double(struct buf *out, double value)
{
    static const int digits[] = {6, 10, 15, 17};
    const size_t last = COUNT(digits) - 1;
    char text[40] = "0";
    if (put_hundredths(out, value))
        return;
    for (size_t i = is_long(value) ? last : 0; i <= last && isfinite(value); i++) {
        snprintf(text, sizeof(text), "%.*g", digits[i], value);
        if (i < last && strtod(text, NULL) == value)
            break;
    }
    buf_adds(out, text);
}

static void put_number(struct buf *out, const char *name, double value)
{
    json_put_name(out, name);
    put_double(out, value);
}

static void put_list(struct buf *out, const struct slice *texts, size_t count)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_adds(out, i ? "," : "");
        json_put_string(out, texts[i]);
    }
    buf_addc(out, ']');
}

static void put_event(struct buf *out, const struct journal_entry *entry)
{
    const struct event *e = &entry->event;
    const char *kind = journal_word(JOURNAL_EVENTS, (size_t)e->kind);
    json_put_name(out, "e");
    buf_addc(out, '{');
    if (e->kind != JOURNAL_USUAL_EVENT)
        put(out, "k", slice_of(kind ? kind : "ignored"));
    put(out, "i", e->id);
    put(out, "x", e->text);
    put(out, "p", e->payload);
    put(out, "s", e->session);
    put_flag(out, "f", e->follows);
    if (e->at_ms)
        put_int(out, "a", e->at_ms - entry->at_ms);
    if (e->kind == EVENT_LOCATION) {
        put_number(out, "la", e->latitude);
        put_number(out, "lo", e->longitude);
    }
    if (e->kind == EVENT_MEDIA && e->media.id.len) {
        const char *word = journal_word(JOURNAL_MEDIA, (size_t)e->media.kind);
        const struct slice texts[] = {slice_of(word ? word : "other"), e->media.id, e->media.type, e->media.name};
        json_put_name(out, "m");
        put_list(out, texts, COUNT(texts));
    }
    buf_addc(out, '}');
}

static void put_labels(struct buf *out, const struct advice *a)
{
    json_put_name(out, "l");
    buf_addc(out, '[');
    for (size_t i = 0; i < a->label_count; i++) {
        buf_adds(out, i ? ",[" : "[");
        json_put_string(out, slice_of(a->labels[i].key));
        buf_addc(out, ',');
        json_put_string(out, slice_of(a->labels[i].name));
        buf_addc(out, ',');
        put_double(out, a->labels[i].probability);
        buf_addc(out, ']');
    }
    buf_addc(out, ']');
}

static void put_resources(struct buf *out, const struct advice *a)
{
    json_put_name(out, "r");
    buf_addc(out, '[');
    for (size_t i = 0; i < a->resource_count; i++) {
        const struct advice_resource *r = &a->resources[i];
        const struct slice texts[] = {slice_of(r->id),      slice_of(r->text), slice_of(r->reason),
                                      slice_of(r->contact), slice_of(r->why),  slice_of(r->why_key)};
        buf_adds(out, i ? "," : "");
        put_list(out, texts, r->why[0] ? COUNT(texts) : COUNT(texts) - 2);
    }
    buf_addc(out, ']');
}

/* How likely each resource was given: left out where nothing was drawn. */
static void put_propensities(struct buf *out, const struct advice *a)
{
    bool drawn = false;
    for (size_t i = 0; i < a->resource_count; i++)
        drawn = drawn || a->propensities[i] > 0;
    for (size_t i = 0; drawn && i < a->resource_count; i++) {
        if (!i)
            json_put_name(out, "pr");
        buf_addc(out, i ? ',' : '[');
        put_double(out, a->propensities[i]);
    }
    buf_adds(out, drawn ? "]" : "");
}

static void put_trainings(struct buf *out, const struct advice *a)
{
    struct slice names[ADVICE_TRAININGS_MAX];
    for (size_t i = 0; i < a->training_count; i++)
        names[i] = slice_of(a->trainings[i]);
    json_put_name(out, "tr");
    put_list(out, names, a->training_count);
}

static void put_advice(struct buf *out, const struct advice *a)
{
    const char *kind = journal_word(JOURNAL_NEEDS, (size_t)a->kind);
    buf_addc(out, '{');
    put(out, "k", slice_of(kind ? kind : "nothing"));
    if (a->label_count)
        put_labels(out, a);
    put_flag(out, "s", a->sure);
    put(out, "g", slice_of(a->stage));
    if (a->stage_probability != 0)
        put_number(out, "gp", a->stage_probability);
    put(out, "o", slice_of(a->outlook));
    put(out, "lv", slice_of(a->lever));
    if (a->resource_count)
        put_resources(out, a);
    put_propensities(out, a);
    if (a->training_count)
        put_trainings(out, a);
    put(out, "v", slice_of(a->version));
    buf_addc(out, '}');
}

static void put_effect(struct buf *out, const struct effect *effect, struct slice text)
{
    const char *kind = journal_word(JOURNAL_EFFECTS, (size_t)effect->kind);
    buf_addc(out, '{');
    put(out, "k", slice_of(kind ? kind : "end"));
    put(out, "s", effect->slot);
    put(out, "v", effect->value);
    if (!slice_eq(effect->raw, journal_usual_raw(effect->kind, text))) {
        json_put_name(out, "r");
        json_put_string(out, effect->raw);
    }
    if (effect->confidence != journal_usual_confidence(effect->kind))
        put_number(out, "c", effect->confidence);
    if (effect->due_ms)
        put_int(out, "u", effect->due_ms);
    buf_addc(out, '}');
}

static void put_effects(struct buf *out, const struct journal_entry *entry)
{
    size_t written = 0;
    for (size_t i = 0; i < entry->effect_count; i++) {
        if (entry->effects[i].kind == EFFECT_SAY)
            continue;
        if (!written++) {
            json_put_name(out, "fx");
            buf_addc(out, '[');
        } else {
            buf_addc(out, ',');
        }
        put_effect(out, &entry->effects[i], entry->event.text);
    }
    if (written)
        buf_addc(out, ']');
}

static void put_template(struct buf *out, const struct message_template *template)
{
    struct slice texts[TEMPLATE_PARAMS_MAX + 3] = {template->name, template->language,
                                                   template->buttons ? SLICE("b") : SLICE("")};
    for (size_t i = 0; i < template->param_count; i++)
        texts[3 + i] = template->params[i];
    json_put_name(out, "t");
    put_list(out, texts, 3 + template->param_count);
}

static void put_message(struct buf *out, const struct message *message)
{
    if (message->kind == MESSAGE_TEXT && !message->ends && !message->template) {
        json_put_string(out, message->text);
        return;
    }
    buf_addc(out, '{');
    put(out, "x", message->text);
    if (message->kind != MESSAGE_TEXT) {
        json_put_name(out, "b");
        buf_addc(out, '[');
        for (size_t i = 0; i < message->option_count; i++) {
            const struct message_option *o = &message->options[i];
            const struct slice texts[] = {o->id, o->title, o->description};
            buf_adds(out, i ? "," : "");
            put_list(out, texts, o->description.len ? 3 : 2);
        }
        buf_addc(out, ']');
    }
    if (message->kind == MESSAGE_LIST) {
        json_put_name(out, "l");
        json_put_string(out, message->list_button);
    }
    put_flag(out, "e", message->ends);
    if (message->template)
        put_template(out, message->template);
    buf_addc(out, '}');
}

static void put_state(struct buf *out, struct slice state)
{
    char text[BASE64_SIZE(DIALOG_STATE_BYTES)];
    if (!state.len || state.len > DIALOG_STATE_BYTES)
        return;
    base64_encode((const unsigned char *)state.ptr, state.len, text);
    put(out, "b", slice_of(text));
}

static void put_sources(struct buf *out, const struct journal_entry *entry)
{
    const struct slice flow[] = {entry->flow, entry->flow_version, entry->flow_digest};
    if (entry->flow.len) {
        json_put_name(out, "f");
        put_list(out, flow, COUNT(flow));
    }
    if (!entry->model_count)
        return;
    json_put_name(out, "m");
    buf_addc(out, '{');
    for (size_t i = 0; i < entry->model_count; i++) {
        if (i)
            buf_addc(out, ',');
        json_put_string(out, entry->models[i].name);
        buf_addc(out, ':');
        json_put_string(out, entry->models[i].digest);
    }
    buf_addc(out, '}');
}

static void put_policy(struct buf *out, const struct sms_policy *policy)
{
    struct buf words;
    buf_init(&words, POLICY_WORDS);
    sms_policy_put(policy, &words);
    put(out, "y", buf_slice(&words));
    out->error = out->error ? out->error : words.error;
    buf_release(&words);
}

void journal_write(struct buf *out, const struct journal_entry *entry)
{
    const char *kind = journal_word(JOURNAL_CHANNELS, (size_t)entry->kind);
    const struct slice digests[] = {entry->before, entry->after};
    buf_addc(out, '{');
    put_int(out, "j", JOURNAL_FORMAT);
    put_int(out, "t", entry->at_ms);
    put(out, "c", entry->channel);
    if (kind && entry->kind != JOURNAL_USUAL_CHANNEL)
        put(out, "k", slice_of(kind));
    put_flag(out, "i", entry->interactive);
    put_policy(out, &entry->sms);
    if (entry->page_units && entry->page_units != USSD_SEPTETS_MAX)
        put_int(out, "z", (int64_t)entry->page_units);
    put_event(out, entry);
    if (entry->version)
        put_int(out, "v", (int64_t)entry->version);
    put_sources(out, entry);
    for (size_t i = 0; i < entry->advice_count; i++) {
        if (!i)
            json_put_name(out, "a");
        buf_addc(out, i ? ',' : '[');
        put_advice(out, &entry->advices[i]);
    }
    buf_adds(out, entry->advice_count ? "]" : "");
    put_effects(out, entry);
    for (size_t i = 0; i < entry->message_count; i++) {
        if (!i)
            json_put_name(out, "w");
        buf_addc(out, i ? ',' : '[');
        put_message(out, &entry->messages[i]);
    }
    buf_adds(out, entry->message_count ? "]" : "");
    json_put_name(out, "d");
    put_list(out, digests, COUNT(digests));
    put_state(out, entry->state);
    buf_addc(out, '}');
}
