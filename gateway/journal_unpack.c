/* Reading packed journal entries: every member within its bounds, or the whole is refused. */
#include "gateway/journal_pack.h"

#include <math.h>
#include <string.h>

#include "base/sms.h"
#include "base/utf8.h"
#include "gateway/packing.h"

#define WHOLE_MAX ((INT64_C(1) << 53) - 1) /* JSON holds whole numbers up to here (json_int()) */

/* The first failure sticks, so that members are read one below the other. */
struct reading {
    struct unpacking from;
    struct arena *arena;
    enum error error;
};

static bool expect(struct reading *r, bool good, enum error error)
{
    if (!r->error && r->from.bad)
        r->error = ERR_SYNTAX;
    if (!r->error && !good)
        r->error = error;
    return !r->error;
}

/* A number of at most `max`; 0 where it is none. */
static uint64_t number(struct reading *r, uint64_t max)
{
    uint64_t value = unpack_number(&r->from);
    return expect(r, value <= max, ERR_VALUE) ? value : 0;
}

static int64_t difference(struct reading *r)
{
    int64_t value = unpack_difference(&r->from);
    return expect(r, value >= -WHOLE_MAX && value <= WHOLE_MAX, ERR_VALUE) ? value : 0;
}

/* How many members of `size` bytes come, at most `max`, and *room for them. */
static size_t list(struct reading *r, size_t max, size_t size, void *room)
{
    uint64_t count = unpack_number(&r->from);
    if (!expect(r, count <= max, ERR_LIMIT))
        return 0;
    void *made = room ? arena_array(r->arena, count ? count : 1, size) : NULL;
    if (room && !expect(r, made != NULL, ERR_NOMEM))
        return 0;
    if (room)
        memcpy(room, &made, sizeof(made));
    return count;
}

static bool is_text(struct slice text)
{
    return !memchr(text.len ? text.ptr : "x", '\0', text.len ? text.len : 1) && utf8_valid(text);
}

static struct slice text(struct reading *r)
{
    struct slice text = unpack_text(&r->from);
    return expect(r, is_text(text), ERR_VALUE) ? text : SLICE_NONE;
}

static struct slice text_if(struct reading *r, bool marked)
{
    return marked ? text(r) : SLICE_NONE;
}

static void fit(struct reading *r, char *out, size_t size)
{
    struct slice given = text(r);
    expect(r, slice_copy(given, out, size), ERR_VALUE);
}

static double real(struct reading *r)
{
    double value = unpack_real(&r->from);
    return expect(r, isfinite(value), ERR_VALUE) ? value : 0;
}

static double share(struct reading *r)
{
    uint64_t hundredths = number(r, SHARE_REAL);
    return hundredths < SHARE_REAL ? (double)hundredths / 100 : real(r);
}

static struct slice digest(struct reading *r)
{
    struct slice bytes = unpack_text(&r->from);
    if (!expect(r, !bytes.len || bytes.len == (DIGEST_TEXT - 1) / 2, ERR_VALUE) || !bytes.len)
        return SLICE_NONE;
    char *hex = arena_bytes(r->arena, DIGEST_TEXT);
    if (!expect(r, hex != NULL, ERR_NOMEM))
        return SLICE_NONE;
    hex_encode((const unsigned char *)bytes.ptr, bytes.len, hex);
    return (struct slice){hex, DIGEST_TEXT - 1};
}

static void read_media(struct reading *r, struct event *e)
{
    e->media.kind = (enum media_kind)number(r, MEDIA_STICKER);
    e->media.id = text(r);
    e->media.type = text(r);
    e->media.name = text(r);
    expect(r, e->kind == EVENT_MEDIA && e->media.id.len, ERR_VALUE);
}

static void read_event(struct reading *r, uint64_t marks, struct journal_entry *out)
{
    struct event *e = &out->event;
    e->kind = (enum event_kind)number(r, EVENT_STAFF);
    if (marks & PACKED_ID)
        e->id = text(r);
    e->text = text(r);
    e->payload = text_if(r, marks & PACKED_PAYLOAD);
    e->session = text_if(r, marks & PACKED_SESSION);
    e->follows = (marks & PACKED_FOLLOWS) != 0;
    if (marks & PACKED_SENT)
        e->at_ms = out->at_ms + difference(r);
    if (e->kind == EVENT_LOCATION) {
        e->latitude = real(r);
        e->longitude = real(r);
    }
    if (marks & PACKED_MEDIA)
        read_media(r, e);
}

static void read_sources(struct reading *r, uint64_t marks, struct journal_entry *out)
{
    out->version = number(r, WHOLE_MAX);
    if (marks & PACKED_FLOW) {
        out->flow = text(r);
        out->flow_version = text(r);
        out->flow_digest = digest(r);
    }
    out->model_count = list(r, JOURNAL_MODELS_MAX, 0, NULL);
    for (size_t i = 0; i < out->model_count; i++) {
        out->models[i].name = text(r);
        out->models[i].digest = digest(r);
        for (size_t before = 0; before < i; before++)
            expect(r, !slice_eq(out->models[before].name, out->models[i].name), ERR_VALUE);
    }
}

static void read_resource(struct reading *r, struct advice_resource *out)
{
    fit(r, out->id, sizeof(out->id));
    fit(r, out->text, sizeof(out->text));
    fit(r, out->reason, sizeof(out->reason));
    fit(r, out->contact, sizeof(out->contact));
    fit(r, out->why, sizeof(out->why));
    fit(r, out->why_key, sizeof(out->why_key));
    expect(r, !out->why[0] == !out->why_key[0], ERR_VALUE);
}

static void read_advice(struct reading *r, struct advice *out)
{
    out->kind = (enum need)number(r, NEED_TEXTS);
    const uint64_t marks = number(r, PACKED_ADVICE_ALL);
    out->sure = (marks & PACKED_SURE) != 0;
    out->label_count = list(r, ADVICE_LABELS_MAX, 0, NULL);
    for (size_t i = 0; i < out->label_count; i++) {
        fit(r, out->labels[i].key, sizeof(out->labels[i].key));
        fit(r, out->labels[i].name, sizeof(out->labels[i].name));
        out->labels[i].probability = share(r);
    }
    if (marks & PACKED_STAGE)
        fit(r, out->stage, sizeof(out->stage));
    if (marks & PACKED_STAGE_SHARE)
        out->stage_probability = share(r);
    if (marks & PACKED_OUTLOOK)
        fit(r, out->outlook, sizeof(out->outlook));
    if (marks & PACKED_LEVER)
        fit(r, out->lever, sizeof(out->lever));
    out->resource_count = list(r, ADVICE_RESOURCES_MAX, 0, NULL);
    for (size_t i = 0; i < out->resource_count; i++) {
        read_resource(r, &out->resources[i]);
        out->propensities[i] = share(r);
        expect(r, out->propensities[i] >= 0 && out->propensities[i] <= 1, ERR_VALUE);
    }
    out->training_count = list(r, ADVICE_TRAININGS_MAX, 0, NULL);
    for (size_t i = 0; i < out->training_count; i++)
        fit(r, out->trainings[i], sizeof(out->trainings[i]));
    fit(r, out->version, sizeof(out->version));
}

static void read_effect(struct reading *r, struct slice said, struct effect *out)
{
    out->kind = (enum effect_kind)number(r, EFFECT_TIMER);
    expect(r, out->kind != EFFECT_SAY, ERR_VALUE);
    const uint64_t marks = number(r, PACKED_EFFECT_ALL);
    out->slot = text(r);
    out->value = text(r);
    out->raw = marks & PACKED_RAW ? text(r) : journal_usual_raw(out->kind, said);
    out->confidence = marks & PACKED_CONFIDENCE ? share(r) : journal_usual_confidence(out->kind);
    if (marks & PACKED_DUE)
        out->due_ms = difference(r);
}

static const struct message_template *read_template(struct reading *r)
{
    struct message_template *out = arena_array(r->arena, 1, sizeof(*out));
    if (!expect(r, out != NULL, ERR_NOMEM))
        return NULL;
    out->buttons = number(r, 1) == 1;
    out->name = text(r);
    out->language = text(r);
    out->param_count = list(r, TEMPLATE_PARAMS_MAX, 0, NULL);
    for (size_t i = 0; i < out->param_count; i++)
        out->params[i] = text(r);
    return out;
}

static void read_message(struct reading *r, struct message *out)
{
    const uint64_t marks = number(r, PACKED_MESSAGE_ALL);
    expect(r, (marks & PACKED_KIND) <= MESSAGE_LIST, ERR_VALUE);
    out->kind = (enum message_kind)(marks & PACKED_KIND);
    out->ends = (marks & PACKED_ENDS) != 0;
    out->text = text(r);
    out->option_count = out->kind == MESSAGE_TEXT ? 0 : list(r, MESSAGE_ROWS_MAX, 0, NULL);
    for (size_t i = 0; i < out->option_count; i++) {
        out->options[i].id = text(r);
        out->options[i].title = text(r);
        out->options[i].description = text(r);
    }
    out->list_button = text_if(r, out->kind == MESSAGE_LIST);
    out->template = marks & PACKED_TEMPLATE ? read_template(r) : NULL;
}

static void read_lists(struct reading *r, struct journal_entry *out)
{
    struct advice *advices = NULL;
    struct effect *effects = NULL;
    struct message *messages = NULL;
    out->advice_count = list(r, JOURNAL_ADVICES_MAX, sizeof(*advices), &advices);
    for (size_t i = 0; i < out->advice_count && !r->error; i++)
        read_advice(r, &advices[i]);
    out->effect_count = list(r, DIALOG_EFFECTS_MAX, sizeof(*effects), &effects);
    for (size_t i = 0; i < out->effect_count && !r->error; i++)
        read_effect(r, out->event.text, &effects[i]);
    out->message_count = list(r, JOURNAL_MESSAGES_MAX, sizeof(*messages), &messages);
    for (size_t i = 0; i < out->message_count && !r->error; i++)
        read_message(r, &messages[i]);
    out->advices = advices;
    out->effects = effects;
    out->messages = messages;
}

static void read_head(struct reading *r, struct journal_entry *out)
{
    struct slice head;
    expect(r, slice_cut(&r->from.rest, '\n', &head) && slice_cut(&head, ':', &out->channel), ERR_SYNTAX);
    out->event.id = head;
    expect(r, is_text(out->channel) && is_text(out->event.id), ERR_VALUE);
    unsigned format = unpack_byte(&r->from);
    expect(r, format == PACKED_FORMAT, ERR_UNSUPPORTED);
}

static void read_entry(struct reading *r, struct journal_entry *out)
{
    read_head(r, out);
    const uint64_t marks = number(r, PACKED_ENTRY_ALL);
    out->interactive = (marks & PACKED_INTERACTIVE) != 0;
    out->at_ms = difference(r);
    out->kind = (enum channel_kind)number(r, CHANNEL_WHATSAPP);
    expect(r, sms_policy_parse(text_if(r, marks & PACKED_POLICY), &out->sms), ERR_VALUE);
    out->page_units = marks & PACKED_PAGE ? number(r, USSD_SEPTETS_MAX) : 0;
    read_event(r, marks, out);
    read_sources(r, marks, out);
    if (!r->error)
        read_lists(r, out);
    out->before = digest(r);
    out->after = digest(r);
    if (marks & PACKED_STATE)
        out->state = unpack_text(&r->from);
    expect(r, out->state.len <= DIALOG_STATE_BYTES, ERR_LIMIT);
    expect(r, r->from.rest.len == 0, ERR_SYNTAX);
}

enum error journal_unpack(struct slice bytes, struct arena *arena, struct journal_entry *out)
{
    if (!bytes.len)
        return ERR_SYNTAX;
    if (bytes.len > JOURNAL_ENTRY_MAX)
        return ERR_LIMIT;
    struct reading r = {{arena_copy(arena, bytes), false}, arena, OK};
    memset(out, 0, sizeof(*out));
    if (!r.from.rest.ptr)
        return ERR_NOMEM;
    read_entry(&r, out);
    return r.error;
}
