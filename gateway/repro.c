#include "gateway/repro.h"

#include <string.h>

#include "base/civil.h"
#include "dialog/state.h"
#include "gateway/replay.h"

#define MADE_UP "987654321"
#define MOBILE_DIGITS 9

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool separates(char c)
{
    return c == ' ' || c == '-' || c == '.';
}

/* Takes `count` digits with at most one separator before each but the first. Returns the bytes taken, 0 if they are
 * not there or are part of a longer number. */
static size_t take_digits(struct slice text, size_t count)
{
    size_t at = 0, digits = 0;
    while (digits < count) {
        if (digits && at < text.len && separates(text.ptr[at]))
            at++;
        if (at == text.len || !is_digit(text.ptr[at]))
            return 0;
        at++;
        digits++;
    }
    return at < text.len && is_digit(text.ptr[at]) ? 0 : at;
}

/* Gives the length of a mobile number that begins the text, its country code included; 0 when there is none. */
static size_t mobile_at(struct slice text)
{
    size_t start = slice_starts(text, "+51") ? 3 : slice_starts(text, "0051") ? 4 : slice_starts(text, "51") ? 2 : 0;
    if (start && start < text.len && separates(text.ptr[start]))
        start++;
    struct slice rest = slice_part(text, start, text.len);
    size_t len = slice_starts(rest, "9") ? take_digits(rest, MOBILE_DIGITS) : 0;
    return len ? start + len : 0;
}

void repro_mask(struct buf *out, struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = mobile_at(slice_part(text, at, text.len));
        if (len) {
            buf_adds(out, MADE_UP);
            at += len;
            continue;
        }
        do /* a longer number, such as a RUC, stays whole */
            buf_addc(out, text.ptr[at++]);
        while (at < text.len && is_digit(text.ptr[at - 1]) && is_digit(text.ptr[at]));
    }
}

void repro_init(struct repro *repro)
{
    memset(repro, 0, sizeof(*repro));
    buf_init(&repro->out, REPRO_MAX);
}

void repro_release(struct repro *repro)
{
    buf_release(&repro->out);
}

/* Text on one line. */
static void put_flat(struct buf *out, struct slice text)
{
    size_t from = out->len;
    repro_mask(out, text);
    for (; from < out->len; from++)
        if ((unsigned char)out->ptr[from] < ' ')
            out->ptr[from] = ' ';
}

/* Text as a part of an `engine` line, whose own marks it must not hold. */
static void put_part(struct buf *out, const char *text)
{
    size_t from = out->len;
    put_flat(out, slice_of(text));
    for (; from < out->len; from++)
        if (out->ptr[from] == '|')
            out->ptr[from] = '/';
}

static void mask_fact(char *text, size_t size)
{
    struct buf masked;
    buf_init(&masked, DIALOG_PENDING * 2);
    repro_mask(&masked, slice_of(text));
    state_keep(buf_slice(&masked), text, size);
    buf_release(&masked);
}

/* The state that the scenario begins from, without numbers. */
static void put_state(struct buf *out, struct slice encoded)
{
    struct state state;
    struct buf bytes;
    char text[BASE64_SIZE(DIALOG_STATE_BYTES)];
    buf_adds(out, "state");
    state_init(&state);
    if (encoded.len && state_decode(encoded, &state) == OK) {
        for (size_t i = 0; i < DIALOG_SLOTS_MAX; i++)
            mask_fact(state.facts[i].value, sizeof(state.facts[i].value));
        mask_fact(state.doubt.value, sizeof(state.doubt.value));
        mask_fact(state.doubt_raw, sizeof(state.doubt_raw));
        mask_fact(state.pending, sizeof(state.pending));
        buf_init(&bytes, DIALOG_STATE_BYTES);
        state_encode(&state, &bytes);
        base64_encode((const unsigned char *)bytes.ptr, bytes.len, text);
        buf_addf(out, " %s", text);
        buf_release(&bytes);
    }
    buf_addc(out, '\n');
}

static void put_time(struct repro *repro, int64_t at_ms)
{
    static const struct {
        int64_t ms;
        char unit;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t count = (at_ms - repro->at_ms) / units[i].ms;
        if (count <= 0)
            continue;
        buf_addf(&repro->out, "wait %lld%c\n", (long long)count, units[i].unit);
        repro->at_ms += count * units[i].ms;
    }
}

static void put_channel(struct repro *repro, const struct journal_entry *entry)
{
    const char *kind = journal_word(JOURNAL_CHANNELS, (size_t)entry->kind);
    bool plain = entry->kind == CHANNEL_WHATSAPP && !entry->interactive;
    if (repro->begun && repro->kind == entry->kind && repro->interactive == entry->interactive &&
        repro->follows == entry->event.follows && sms_policy_same(&repro->sms, &entry->sms))
        return;
    buf_addf(&repro->out, "channel %s%s", kind ? kind : "sms",
             plain                  ? "-plain"
             : entry->event.follows ? "-follow"
                                    : "");
    if (!sms_policy_same(&entry->sms, &(struct sms_policy){.manner = SMS_PLAIN}))
        buf_addc(&repro->out, ' ');
    sms_policy_put(&entry->sms, &repro->out);
    buf_addc(&repro->out, '\n');
}

static void put_begin(struct repro *repro, const struct journal_entry *entry)
{
    char at[CIVIL_TEXT];
    civil_format(entry->at_ms, at);
    if (!repro->begun)
        buf_adds(&repro->out, "# Recorded, and written down by `chaski replay --repro`. Phone numbers are made up.\n");
    buf_addf(&repro->out, "at %s\n", at);
    if (repro->begun || entry->version)
        put_state(&repro->out, entry->version ? entry->state : SLICE_NONE);
    repro->at_ms = entry->at_ms;
}

static void put_industry(struct buf *out, const struct advice *advice)
{
    if (!advice->label_count)
        return;
    buf_addf(out, "engine industry %s", advice->sure ? "sure" : "unsure");
    for (size_t i = 0; i < advice->label_count; i++) {
        buf_addc(out, ' ');
        put_part(out, advice->labels[i].key);
        buf_addc(out, '|');
        size_t name = out->len;
        put_part(out, advice->labels[i].name);
        for (; name < out->len; name++)
            if (out->ptr[name] == ',')
                out->ptr[name] = ';';
        buf_addf(out, "|%.2f", advice->labels[i].probability);
        buf_adds(out, i + 1 < advice->label_count ? "," : "\n");
    }
}

static void put_resources(struct buf *out, const struct advice *advice)
{
    for (size_t i = 0; i < advice->resource_count; i++) {
        const struct advice_resource *r = &advice->resources[i];
        buf_adds(out, "engine resource ");
        put_part(out, r->id);
        buf_addc(out, '|');
        put_part(out, r->text);
        buf_addc(out, '|');
        put_part(out, r->reason);
        buf_addc(out, '|');
        put_part(out, r->contact);
        buf_addc(out, '\n');
    }
}

static void put_advices(struct repro *repro, const struct journal_entry *entry)
{
    struct buf *out = &repro->out;
    if (entry->advice_count && repro->advised)
        buf_adds(out, "engine none\n");
    for (size_t i = 0; i < entry->advice_count; i++) {
        const struct advice *advice = &entry->advices[i];
        put_industry(out, advice);
        if (advice->kind == NEED_PROFILE && advice->stage[0])
            buf_addf(out, "engine profile %s %.2f %s\n", advice->stage, advice->stage_probability, advice->outlook);
        put_resources(out, advice);
    }
    repro->advised = repro->advised || entry->advice_count;
}

/* A press is told by the title, where that leads to the same option. */
static void put_choice(struct repro *repro, const struct event *event)
{
    const struct repro_option *found = NULL;
    for (size_t i = 0; i < repro->option_count && !found; i++)
        if (slice_is(event->payload, repro->options[i].id))
            found = &repro->options[i];
    for (size_t i = 0; found && i < repro->option_count; i++) {
        if (strcmp(repro->options[i].title, found->title) == 0) {
            found = strcmp(repro->options[i].id, found->id) == 0 ? found : NULL;
            break;
        }
    }
    buf_adds(&repro->out, found ? "[press " : "[payload ");
    put_flat(&repro->out, found ? slice_of(found->title) : event->payload);
    buf_adds(&repro->out, "]\n");
}

static void put_event(struct repro *repro, const struct event *event)
{
    struct buf *out = &repro->out;
    if (event->kind == EVENT_TIMER) {
        buf_adds(out, "+0m\n* fires "); /* what is due by now fires */
        put_flat(out, event->payload);
        buf_addc(out, '\n');
        return;
    }
    buf_adds(out, "> ");
    size_t from = out->len;
    switch (event->kind) {
    case EVENT_TEXT:
        put_flat(out, slice_trim(event->text));
        if (from < out->len && out->ptr[from] == '[')
            out->ptr[from] = '(';
        buf_addc(out, '\n');
        break;
    case EVENT_CHOICE:
        put_choice(repro, event);
        break;
    case EVENT_MEDIA:
        buf_adds(out, event->text.len ? "[photo: " : "[photo");
        put_flat(out, event->text);
        buf_adds(out, "]\n");
        break;
    case EVENT_LOCATION:
        buf_addf(out, "[place %.1f %.1f]\n", event->latitude, event->longitude);
        break;
    case EVENT_BEGIN:
        buf_adds(out, "[dial]\n");
        break;
    case EVENT_ABORT:
        buf_adds(out, "[hang up]\n");
        break;
    default:
        buf_adds(out, "[sticker]\n");
        break;
    }
}

/* How far ahead a timer is set, in the greatest unit that tells it whole. */
static void put_due(struct buf *out, int64_t due_ms, int64_t now_ms)
{
    static const struct {
        int64_t ms;
        char letter;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
    size_t unit = 0;
    int64_t ahead_ms = due_ms - now_ms;
    if (due_ms == 0) {
        buf_adds(out, " off");
        return;
    }
    while (unit < 3 && ahead_ms % units[unit].ms != 0)
        unit++;
    buf_addf(out, " %lld%c", (long long)(ahead_ms / units[unit].ms), units[unit].letter);
}

static void put_effects(struct buf *out, const struct journal_entry *entry)
{
    struct buf line;
    buf_init(&line, JOURNAL_ENTRY_MAX);
    for (size_t i = 0; i < entry->effect_count; i++) {
        if (entry->effects[i].kind == EFFECT_SAY)
            continue;
        buf_clear(&line);
        replay_effect(&line, &entry->effects[i]);
        if (entry->effects[i].kind == EFFECT_TIMER)
            put_due(&line, entry->effects[i].due_ms, entry->at_ms);
        buf_adds(out, "* ");
        put_flat(out, buf_slice(&line));
        buf_addc(out, '\n');
    }
    buf_release(&line);
}

static void put_message(struct buf *out, const struct journal_entry *entry, const struct message *message)
{
    struct slice text = message->text, line;
    buf_adds(out, entry->kind != CHANNEL_USSD ? "< " : message->ends ? "< END " : "< CON ");
    for (bool first = true; slice_cut(&text, '\n', &line); first = false) {
        if (!first)
            buf_adds(out, line.len ? "\n  " : "\n");
        put_flat(out, line);
    }
    if (message->option_count)
        buf_adds(out, "\n ");
    if (message->kind == MESSAGE_LIST) {
        buf_adds(out, " {");
        put_flat(out, message->list_button);
        buf_addc(out, '}');
    }
    for (size_t i = 0; i < message->option_count; i++) {
        buf_adds(out, " [");
        put_flat(out, message->options[i].title);
        buf_addc(out, ']');
    }
    buf_addc(out, '\n');
}

static void remember_options(struct repro *repro, const struct journal_entry *entry)
{
    repro->option_count = 0;
    for (size_t i = 0; i < entry->message_count; i++) {
        for (size_t j = 0; j < entry->messages[i].option_count; j++) {
            struct repro_option *to = &repro->options[repro->option_count];
            if (repro->option_count == REPRO_OPTIONS_MAX ||
                !slice_copy(entry->messages[i].options[j].id, to->id, sizeof(to->id)) ||
                !slice_copy(entry->messages[i].options[j].title, to->title, sizeof(to->title)))
                return;
            repro->option_count++;
        }
    }
}

void repro_turn(struct repro *repro, const struct journal_entry *entry)
{
    bool follows = repro->begun && entry->version && entry->version == repro->version;
    if (!follows && entry->version && !entry->state.len)
        return;
    if (repro->begun)
        buf_addc(&repro->out, '\n');
    if (!follows)
        put_begin(repro, entry);
    put_time(repro, entry->at_ms);
    put_advices(repro, entry);
    put_channel(repro, entry);
    if (!repro->begun)
        buf_addc(&repro->out, '\n');
    put_event(repro, &entry->event);
    put_effects(&repro->out, entry);
    for (size_t i = 0; i < entry->message_count; i++)
        put_message(&repro->out, entry, &entry->messages[i]);
    repro->begun = true;
    repro->version = entry->version + 1;
    repro->kind = entry->kind;
    repro->interactive = entry->interactive;
    repro->follows = entry->event.follows;
    repro->sms = entry->sms;
    remember_options(repro, entry);
}
