/* Reading journal entries in JSON: every member by its type and bounds, or the whole is refused. */
#include "gateway/journal.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/sms.h"
#include "gateway/journal_pack.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The first failure sticks, so that members are read one below the other. */
struct reading {
    struct arena *arena;
    enum error error;
};

static void fail(struct reading *r, enum error error)
{
    if (!r->error)
        r->error = error;
}

static bool expect(struct reading *r, bool good)
{
    if (!good)
        fail(r, ERR_VALUE);
    return good;
}

static struct slice keep(struct reading *r, struct slice text)
{
    struct slice kept = text.len ? arena_copy(r->arena, text) : SLICE_NONE;
    if (text.len && !kept.ptr)
        fail(r, ERR_NOMEM);
    return kept;
}

static void *make(struct reading *r, size_t count, size_t size)
{
    void *room = arena_array(r->arena, count ? count : 1, size);
    if (!room)
        fail(r, ERR_NOMEM);
    return room;
}

/* A member's text, empty where it is not there. */
static struct slice text_at(struct reading *r, const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item || !expect(r, cJSON_IsString(item)))
        return SLICE_NONE;
    return keep(r, slice_of(item->valuestring));
}

static int64_t int_at(struct reading *r, const cJSON *object, const char *name)
{
    int64_t value = 0;
    if (cJSON_GetObjectItemCaseSensitive(object, name))
        expect(r, json_int(object, name, &value));
    return value;
}

static bool flag_at(struct reading *r, const cJSON *object, const char *name)
{
    int64_t value = int_at(r, object, name);
    expect(r, value == 0 || value == 1);
    return value == 1;
}

static double number(struct reading *r, const cJSON *item)
{
    return expect(r, cJSON_IsNumber(item) && isfinite(item->valuedouble)) ? item->valuedouble : 0;
}

static double number_at(struct reading *r, const cJSON *object, const char *name, double otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return item ? number(r, item) : otherwise;
}

/* A member that is a list of at most `max`; NULL where it is not there. */
static const cJSON *list_at(struct reading *r, const cJSON *object, const char *name, int max)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!item || !expect(r, cJSON_IsArray(item)))
        return NULL;
    if (cJSON_GetArraySize(item) > max)
        fail(r, ERR_LIMIT);
    return r->error ? NULL : item;
}

/* Takes the texts of a list of `least` to `count`; those that are not there are empty. */
static void texts_of(struct reading *r, const cJSON *list, size_t least, size_t count, struct slice *out)
{
    size_t at = 0;
    const cJSON *item;
    if (!expect(r, cJSON_IsArray(list)))
        return;
    cJSON_ArrayForEach(item, list)
    {
        if (!expect(r, at < count && cJSON_IsString(item)))
            return;
        out[at++] = keep(r, slice_of(item->valuestring));
    }
    expect(r, at >= least);
}

static void fit(struct reading *r, struct slice text, char *out, size_t size)
{
    expect(r, slice_copy(text, out, size));
}

/* A word that stands for a number; 0 where it is none. */
static size_t kind_at(struct reading *r, const cJSON *object, const char *name, enum journal_words words)
{
    size_t kind = 0;
    expect(r, journal_number(words, json_string(object, name), &kind));
    return kind;
}

/* As kind_at(), where a kind that is not there is the usual one. */
static size_t kind_or(struct reading *r, const cJSON *object, const char *name, enum journal_words words, size_t usual)
{
    return cJSON_GetObjectItemCaseSensitive(object, name) ? kind_at(r, object, name, words) : usual;
}

/* One in small letters, as digests are written. */
static void read_digest(struct reading *r, struct slice text)
{
    unsigned char bytes[(DIGEST_TEXT - 1) / 2];
    char again[DIGEST_TEXT];
    if (!text.len || !expect(r, hex_decode(text, bytes, sizeof(bytes))))
        return;
    hex_encode(bytes, sizeof(bytes), again);
    expect(r, slice_is(text, again));
}

static void read_media(struct reading *r, const cJSON *list, struct event *out)
{
    struct slice texts[4] = {{NULL, 0}};
    size_t kind = MEDIA_OTHER;
    texts_of(r, list, COUNT(texts), COUNT(texts), texts);
    expect(r, out->kind == EVENT_MEDIA && texts[1].len && journal_number(JOURNAL_MEDIA, texts[0], &kind));
    out->media = (struct media){(enum media_kind)kind, texts[1], texts[2], texts[3]};
}

static void read_event(struct reading *r, const cJSON *object, struct journal_entry *out)
{
    struct event *e = &out->event;
    if (!expect(r, cJSON_IsObject(object)))
        return;
    e->kind = (enum event_kind)kind_or(r, object, "k", JOURNAL_EVENTS, JOURNAL_USUAL_EVENT);
    e->id = text_at(r, object, "i");
    e->text = text_at(r, object, "x");
    e->payload = text_at(r, object, "p");
    e->session = text_at(r, object, "s");
    e->follows = flag_at(r, object, "f");
    if (cJSON_GetObjectItemCaseSensitive(object, "a"))
        e->at_ms = out->at_ms + int_at(r, object, "a");
    if (e->kind == EVENT_LOCATION) {
        e->latitude = number_at(r, object, "la", 0);
        e->longitude = number_at(r, object, "lo", 0);
    }
    if (cJSON_GetObjectItemCaseSensitive(object, "m"))
        read_media(r, cJSON_GetObjectItemCaseSensitive(object, "m"), e);
}

static void read_labels(struct reading *r, const cJSON *list, struct advice *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        struct advice_label *label = &out->labels[out->label_count++];
        if (!expect(r, cJSON_IsArray(item) && cJSON_GetArraySize(item) == 3))
            return;
        const cJSON *key = item->child, *name = key->next;
        if (!expect(r, cJSON_IsString(key) && cJSON_IsString(name)))
            return;
        fit(r, slice_of(key->valuestring), label->key, sizeof(label->key));
        fit(r, slice_of(name->valuestring), label->name, sizeof(label->name));
        label->probability = number(r, name->next);
    }
}

static void read_resources(struct reading *r, const cJSON *list, struct advice *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        struct advice_resource *resource = &out->resources[out->resource_count++];
        struct slice texts[6] = {{NULL, 0}};
        texts_of(r, item, 4, 6, texts);
        fit(r, texts[0], resource->id, sizeof(resource->id));
        fit(r, texts[1], resource->text, sizeof(resource->text));
        fit(r, texts[2], resource->reason, sizeof(resource->reason));
        fit(r, texts[3], resource->contact, sizeof(resource->contact));
        expect(r, !texts[4].len == !texts[5].len);
        fit(r, texts[4], resource->why, sizeof(resource->why));
        fit(r, texts[5], resource->why_key, sizeof(resource->why_key));
    }
}

static void read_propensities(struct reading *r, const cJSON *list, struct advice *out)
{
    const cJSON *item;
    size_t at = 0;
    expect(r, !list || (size_t)cJSON_GetArraySize(list) == out->resource_count);
    cJSON_ArrayForEach(item, list)
    {
        double share = number(r, item);
        if (!expect(r, share > 0 && share <= 1 && at < out->resource_count))
            return;
        out->propensities[at++] = share;
    }
}

static void read_trainings(struct reading *r, const cJSON *list, struct advice *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        char *name = out->trainings[out->training_count++];
        if (!expect(r, cJSON_IsString(item)))
            return;
        fit(r, slice_of(item->valuestring), name, ADVICE_KEY);
    }
}

static void read_advice(struct reading *r, const cJSON *object, struct advice *out)
{
    if (!expect(r, cJSON_IsObject(object)))
        return;
    out->kind = (enum need)kind_at(r, object, "k", JOURNAL_NEEDS);
    read_labels(r, list_at(r, object, "l", ADVICE_LABELS_MAX), out);
    out->sure = flag_at(r, object, "s");
    fit(r, text_at(r, object, "g"), out->stage, sizeof(out->stage));
    out->stage_probability = number_at(r, object, "gp", 0);
    fit(r, text_at(r, object, "o"), out->outlook, sizeof(out->outlook));
    fit(r, text_at(r, object, "lv"), out->lever, sizeof(out->lever));
    read_resources(r, list_at(r, object, "r", ADVICE_RESOURCES_MAX), out);
    read_propensities(r, list_at(r, object, "pr", ADVICE_RESOURCES_MAX), out);
    read_trainings(r, list_at(r, object, "tr", ADVICE_TRAININGS_MAX), out);
    fit(r, text_at(r, object, "v"), out->version, sizeof(out->version));
}

static void read_advices(struct reading *r, const cJSON *list, struct journal_entry *out)
{
    struct advice *advices = make(r, (size_t)cJSON_GetArraySize(list), sizeof(*advices));
    const cJSON *item;
    out->advices = advices;
    cJSON_ArrayForEach(item, list)
    {
        if (r->error)
            return;
        read_advice(r, item, &advices[out->advice_count++]);
    }
}

static void read_effect(struct reading *r, const cJSON *object, struct slice text, struct effect *out)
{
    if (!expect(r, cJSON_IsObject(object)))
        return;
    out->kind = (enum effect_kind)kind_at(r, object, "k", JOURNAL_EFFECTS);
    expect(r, out->kind != EFFECT_SAY);
    out->slot = text_at(r, object, "s");
    out->value = text_at(r, object, "v");
    out->raw =
        cJSON_GetObjectItemCaseSensitive(object, "r") ? text_at(r, object, "r") : journal_usual_raw(out->kind, text);
    out->confidence = number_at(r, object, "c", journal_usual_confidence(out->kind));
    if (cJSON_GetObjectItemCaseSensitive(object, "u"))
        out->due_ms = int_at(r, object, "u");
}

static void read_effects(struct reading *r, const cJSON *list, struct journal_entry *out)
{
    struct effect *effects = make(r, (size_t)cJSON_GetArraySize(list), sizeof(*effects));
    const cJSON *item;
    out->effects = effects;
    cJSON_ArrayForEach(item, list)
    {
        if (r->error)
            return;
        read_effect(r, item, out->event.text, &effects[out->effect_count++]);
    }
}

static void read_options(struct reading *r, const cJSON *list, struct message *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        struct slice texts[3] = {{NULL, 0}};
        texts_of(r, item, 2, 3, texts);
        out->options[out->option_count++] = (struct message_option){texts[0], texts[1], texts[2]};
    }
}

static const struct message_template *read_template(struct reading *r, const cJSON *list)
{
    struct slice texts[TEMPLATE_PARAMS_MAX + 3] = {{NULL, 0}};
    struct message_template *out = list ? make(r, 1, sizeof(*out)) : NULL;
    if (!out)
        return NULL;
    texts_of(r, list, 3, COUNT(texts), texts);
    expect(r, texts[2].len == 0 || slice_is(texts[2], "b"));
    *out = (struct message_template){.name = texts[0], .language = texts[1], .buttons = texts[2].len > 0};
    out->param_count = (size_t)cJSON_GetArraySize(list) - 3;
    for (size_t i = 0; i < out->param_count && !r->error; i++)
        out->params[i] = texts[3 + i];
    return r->error ? NULL : out;
}

static void read_message(struct reading *r, const cJSON *item, struct message *out)
{
    if (cJSON_IsString(item)) {
        out->text = keep(r, slice_of(item->valuestring));
        return;
    }
    if (!expect(r, cJSON_IsObject(item)))
        return;
    const cJSON *options = list_at(r, item, "b", MESSAGE_ROWS_MAX);
    bool list = cJSON_GetObjectItemCaseSensitive(item, "l") != NULL;
    out->kind = list ? MESSAGE_LIST : options ? MESSAGE_BUTTONS : MESSAGE_TEXT;
    out->text = text_at(r, item, "x");
    out->list_button = text_at(r, item, "l");
    out->ends = flag_at(r, item, "e");
    out->template = read_template(r, list_at(r, item, "t", TEMPLATE_PARAMS_MAX + 3));
    read_options(r, options, out);
}

static void read_messages(struct reading *r, const cJSON *list, struct journal_entry *out)
{
    struct message *messages = make(r, (size_t)cJSON_GetArraySize(list), sizeof(*messages));
    const cJSON *item;
    out->messages = messages;
    cJSON_ArrayForEach(item, list)
    {
        if (r->error)
            return;
        read_message(r, item, &messages[out->message_count++]);
    }
}

static void read_models(struct reading *r, const cJSON *map, struct journal_entry *out)
{
    const cJSON *item;
    expect(r, !map || cJSON_IsObject(map));
    cJSON_ArrayForEach(item, map)
    {
        if (out->model_count == JOURNAL_MODELS_MAX)
            fail(r, ERR_LIMIT);
        if (r->error || !expect(r, cJSON_IsString(item)))
            return;
        struct journal_model *model = &out->models[out->model_count++];
        model->name = keep(r, slice_of(item->string));
        model->digest = keep(r, slice_of(item->valuestring));
        read_digest(r, model->digest);
    }
}

static void read_state(struct reading *r, struct slice text, struct journal_entry *out)
{
    unsigned char bytes[DIALOG_STATE_BYTES];
    size_t len = 0;
    if (expect(r, base64_decode(text, bytes, sizeof(bytes), &len)))
        out->state = keep(r, (struct slice){(const char *)bytes, len});
}

static void read_entry(struct reading *r, const cJSON *root, struct journal_entry *out)
{
    struct slice flow[3] = {{NULL, 0}}, digests[2] = {{NULL, 0}};
    const cJSON *list;
    out->at_ms = int_at(r, root, "t");
    out->channel = text_at(r, root, "c");
    out->kind = (enum channel_kind)kind_or(r, root, "k", JOURNAL_CHANNELS, JOURNAL_USUAL_CHANNEL);
    out->interactive = flag_at(r, root, "i");
    expect(r, sms_policy_parse(text_at(r, root, "y"), &out->sms));
    int64_t units = int_at(r, root, "z");
    if (expect(r, units >= 0 && units <= USSD_SEPTETS_MAX))
        out->page_units = (size_t)units;
    read_event(r, json_object(root, "e"), out);
    int64_t version = int_at(r, root, "v");
    if (expect(r, version >= 0))
        out->version = (uint64_t)version;
    if ((list = list_at(r, root, "f", 3)))
        texts_of(r, list, 3, 3, flow);
    out->flow = flow[0];
    out->flow_version = flow[1];
    out->flow_digest = flow[2];
    read_digest(r, flow[2]);
    read_models(r, cJSON_GetObjectItemCaseSensitive(root, "m"), out);
    read_advices(r, list_at(r, root, "a", JOURNAL_ADVICES_MAX), out);
    read_effects(r, list_at(r, root, "fx", DIALOG_EFFECTS_MAX), out);
    read_messages(r, list_at(r, root, "w", JOURNAL_MESSAGES_MAX), out);
    texts_of(r, cJSON_GetObjectItemCaseSensitive(root, "d"), 2, 2, digests);
    out->before = digests[0];
    out->after = digests[1];
    read_digest(r, digests[0]);
    read_digest(r, digests[1]);
    read_state(r, json_string(root, "b"), out);
}

static enum error read_json(struct slice json, struct arena *arena, struct journal_entry *out)
{
    struct reading r = {.arena = arena};
    int64_t format = 0;
    cJSON *root;
    enum error error = json_parse(json, JOURNAL_ENTRY_MAX, &root);
    if (error)
        return error;
    memset(out, 0, sizeof(*out));
    if (!cJSON_IsObject(root))
        r.error = ERR_SYNTAX;
    else if (cJSON_GetObjectItemCaseSensitive(root, "j") ? !json_int(root, "j", &format)
                                                         : !cJSON_GetObjectItemCaseSensitive(root, "at"))
        r.error = ERR_VALUE;
    else if (format != JOURNAL_FORMAT)
        r.error = ERR_UNSUPPORTED;
    else
        read_entry(&r, root, out);
    cJSON_Delete(root);
    return r.error;
}

enum error journal_read(struct slice bytes, struct arena *arena, struct journal_entry *out)
{
    return slice_starts(slice_trim(bytes), "{") ? read_json(bytes, arena, out) : journal_unpack(bytes, arena, out);
}
