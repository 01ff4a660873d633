#include "gateway/replay_show.h"

#include <string.h>

#include "base/civil.h"
#include "base/json.h"
#include "base/utf8.h"
#include "gateway/record.h"

static const char *const verdicts[] = {
    [REPLAY_SAME] = "same",       [REPLAY_UNKNOWN] = "unknown", [REPLAY_NEEDS] = "advice",
    [REPLAY_EFFECTS] = "effects", [REPLAY_WORDS] = "words",     [REPLAY_STATE] = "state",
};

static const char *const sentences[] = {
    [REPLAY_SAME] = "is the same",
    [REPLAY_UNKNOWN] = "cannot be computed",
    [REPLAY_NEEDS] = "asks the engine something else",
    [REPLAY_EFFECTS] = "does something else",
    [REPLAY_WORDS] = "says something else",
    [REPLAY_STATE] = "leaves another state",
};

/* Lines behind a label; the further ones below the first. */
static void put_lines(struct buf *out, const char *label, struct slice text)
{
    struct buf clean;
    struct slice rest, line;
    buf_init(&clean, JOURNAL_ENTRY_MAX * 3);
    utf8_clean(text, &clean);
    rest = buf_slice(&clean);
    buf_addf(out, "  %-10s", label);
    for (bool first = true; slice_cut(&rest, '\n', &line); first = false) {
        if (!first)
            buf_addf(out, "\n  %-10s", "");
        buf_addslice(out, line);
    }
    buf_addc(out, '\n');
    buf_release(&clean);
}

static void describe_effect(struct buf *out, const struct effect *effect)
{
    replay_effect(out, effect);
    if (effect->raw.len) {
        buf_adds(out, ", from ");
        json_put_string(out, effect->raw);
    }
    if (effect->confidence != 0)
        buf_addf(out, ", confidence %.6g", effect->confidence);
}

static void describe_message(struct buf *out, const struct message *message)
{
    buf_adds(out, message->ends ? "(ends) " : "");
    buf_addslice(out, message->text);
    if (message->kind == MESSAGE_LIST)
        buf_addf(out, "\n{%.*s}", (int)message->list_button.len,
                 message->list_button.ptr ? message->list_button.ptr : "");
    for (size_t i = 0; i < message->option_count && message->kind != MESSAGE_TEXT; i++) {
        const struct message_option *o = &message->options[i];
        buf_addf(out, "\n[%.*s] %.*s", (int)o->title.len, o->title.ptr ? o->title.ptr : "", (int)o->id.len,
                 o->id.ptr ? o->id.ptr : "");
        if (o->description.len)
            buf_addf(out, ": %.*s", (int)o->description.len, o->description.ptr);
    }
}

/* What differs, of one side. */
static void describe(struct buf *out, const struct journal_entry *entry, const struct replayed *got, bool recorded)
{
    const struct effect *effects = recorded ? entry->effects : got->effects;
    const struct message *messages = recorded ? entry->messages : got->messages;
    size_t effect_count = recorded ? entry->effect_count : got->effect_count;
    size_t message_count = recorded ? entry->message_count : got->message_count;
    const char *need = journal_word(JOURNAL_NEEDS, (size_t)got->need);
    switch (got->verdict) {
    case REPLAY_EFFECTS:
        if (got->at < effect_count)
            describe_effect(out, &effects[got->at]);
        break;
    case REPLAY_WORDS:
        if (got->at < message_count)
            describe_message(out, &messages[got->at]);
        break;
    case REPLAY_NEEDS:
        if (!recorded && need)
            buf_adds(out, need);
        for (size_t i = 0; recorded && i < entry->advice_count; i++)
            buf_addf(out, "%s%s", i ? ", " : "", journal_word(JOURNAL_NEEDS, (size_t)entry->advices[i].kind));
        break;
    case REPLAY_STATE:
        if (recorded)
            buf_addslice(out, entry->after);
        else
            buf_adds(out, got->state);
        break;
    case REPLAY_SAME:
    case REPLAY_UNKNOWN:
        break;
    }
}

static void put_side(struct buf *out, const char *label, const struct journal_entry *entry, const struct replayed *got,
                     bool recorded)
{
    struct buf text;
    buf_init(&text, JOURNAL_ENTRY_MAX);
    describe(&text, entry, got, recorded);
    put_lines(out, label, text.len ? buf_slice(&text) : SLICE("(nothing)"));
    buf_release(&text);
}

/* "industry v0001" and "industry v0002" are versions of one model. */
static const struct engine_model *model_now(const struct replayed *got, struct slice name)
{
    struct slice model = slice_part(name, 0, slice_find(name, ' '));
    for (size_t i = 0; i < got->model_count; i++) {
        struct slice other = slice_of(got->models[i].name);
        if (slice_eq(slice_part(other, 0, slice_find(other, ' ')), model))
            return &got->models[i];
    }
    return NULL;
}

static bool is_changed(const struct journal_model *then, const struct engine_model *now)
{
    return now && !(slice_is(then->name, now->name) && slice_is(then->digest, now->digest));
}

static void put_sources(struct buf *out, const struct journal_entry *entry, const struct replayed *got)
{
    bool same_flow = slice_is(entry->flow, got->flow) && slice_is(entry->flow_version, got->flow_version) &&
                     slice_is(entry->flow_digest, got->flow_digest);
    buf_addf(out, "  flow      recorded with %.*s %.*s (%.*s), ", (int)entry->flow.len,
             entry->flow.ptr ? entry->flow.ptr : "", (int)entry->flow_version.len,
             entry->flow_version.ptr ? entry->flow_version.ptr : "", (int)entry->flow_digest.len,
             entry->flow_digest.ptr ? entry->flow_digest.ptr : "");
    if (same_flow)
        buf_adds(out, "and it is the same file\n");
    else
        buf_addf(out, "computed with %s %s (%s)\n", got->flow, got->flow_version, got->flow_digest);
    for (size_t i = 0; i < entry->model_count; i++) {
        const struct journal_model *then = &entry->models[i];
        const struct engine_model *now = model_now(got, then->name);
        if (is_changed(then, now))
            buf_addf(out, "  model     recorded with %.*s (%.*s), computed with %s (%s)\n", (int)then->name.len,
                     then->name.ptr, (int)then->digest.len, then->digest.ptr ? then->digest.ptr : "", now->name,
                     now->digest);
    }
}

/* What the person did, as words. */
static void describe_event(struct buf *out, const struct event *event)
{
    const char *kind = journal_word(JOURNAL_EVENTS, (size_t)event->kind);
    if (event->kind != EVENT_TEXT)
        buf_addf(out, "[%s%s%.*s] ", kind ? kind : "?", event->payload.len ? " " : "", (int)event->payload.len,
                 event->payload.ptr ? event->payload.ptr : "");
    buf_addslice(out, event->text);
}

void replay_show(struct buf *out, unsigned long number, const struct journal_entry *entry, const struct replayed *got)
{
    char at[CIVIL_TEXT];
    struct buf text;
    buf_init(&text, JOURNAL_ENTRY_MAX);
    civil_format(entry->at_ms, at);
    buf_addf(out, "turn %lu, %s, on %.*s, %s:\n", number, at, (int)entry->channel.len,
             entry->channel.ptr ? entry->channel.ptr : "", sentences[got->verdict]);
    describe_event(&text, &entry->event);
    put_lines(out, "person", buf_slice(&text));
    put_side(out, "expected", entry, got, true);
    put_side(out, "got", entry, got, false);
    put_sources(out, entry, got);
    buf_release(&text);
}

static void put(struct buf *out, const char *name, struct slice value)
{
    json_put_name(out, name);
    json_put_string(out, value);
}

static void put_json_side(struct buf *out, const char *name, const struct journal_entry *entry,
                          const struct replayed *got, bool recorded)
{
    const struct message *messages = recorded ? entry->messages : got->messages;
    size_t count = recorded ? entry->message_count : got->message_count;
    struct buf text;
    json_put_name(out, name);
    if (got->verdict == REPLAY_WORDS && got->at < count) {
        buf_addc(out, '{');
        record_message(out, &messages[got->at]);
        buf_addc(out, '}');
        return;
    }
    buf_init(&text, JOURNAL_ENTRY_MAX);
    describe(&text, entry, got, recorded);
    if (text.len)
        json_put_string(out, buf_slice(&text));
    else
        buf_adds(out, "null");
    buf_release(&text);
}

static void put_json_sources(struct buf *out, const struct journal_entry *entry, const struct replayed *got)
{
    bool first = true;
    json_put_name(out, "flow");
    buf_addc(out, '{');
    put(out, "name", entry->flow);
    put(out, "version", entry->flow_version);
    put(out, "recorded", entry->flow_digest);
    put(out, "name_now", slice_of(got->flow));
    put(out, "version_now", slice_of(got->flow_version));
    put(out, "now", slice_of(got->flow_digest));
    buf_addc(out, '}');
    json_put_name(out, "models");
    buf_addc(out, '[');
    for (size_t i = 0; i < entry->model_count; i++) {
        const struct engine_model *now = model_now(got, entry->models[i].name);
        if (!is_changed(&entry->models[i], now))
            continue;
        buf_adds(out, first ? "{" : ",{");
        put(out, "name", entry->models[i].name);
        put(out, "recorded", entry->models[i].digest);
        put(out, "name_now", slice_of(now->name));
        put(out, "now", slice_of(now->digest));
        buf_addc(out, '}');
        first = false;
    }
    buf_addc(out, ']');
}

void replay_show_json(struct buf *out, unsigned long number, const struct journal_entry *entry,
                      const struct replayed *got)
{
    char at[CIVIL_TEXT];
    const char *kind = journal_word(JOURNAL_EVENTS, (size_t)entry->event.kind);
    civil_format(entry->at_ms, at);
    buf_addf(out, "{\"turn\":%lu", number);
    put(out, "at", slice_of(at));
    put(out, "channel", entry->channel);
    put(out, "event", slice_of(kind ? kind : "?"));
    put(out, "in", entry->event.text);
    put(out, "payload", entry->event.payload);
    put(out, "differs", slice_of(verdicts[got->verdict]));
    json_put_name(out, "index");
    buf_addf(out, "%zu", got->at);
    put_json_side(out, "expected", entry, got, true);
    put_json_side(out, "got", entry, got, false);
    put_json_sources(out, entry, got);
    buf_addc(out, '}');
}
