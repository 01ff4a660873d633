#include "gateway/repro.h"

#include <string.h>

#include "base/civil.h"
#include "dialog/state.h"
#include "gateway/script_record.h"

#define MADE_UP "987654321"
#define MOBILE_DIGITS 9
#define REPRO_TOLD_MAX 128 /* messages, or deeds, of one turn */

/* What came of one turn, without numbers. */
struct repro_told {
    struct buf items[REPRO_TOLD_MAX]; /* owned */
    struct slice slices[REPRO_TOLD_MAX];
    size_t count;
    enum error error;
};

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

/* Masks a field in place, cut to its room. */
static void mask_field(char *text, size_t size)
{
    struct buf masked;
    buf_init(&masked, ADVICE_TEXT * 2 + DIALOG_PENDING * 2);
    repro_mask(&masked, slice_of(text));
    state_keep(buf_slice(&masked), text, size);
    buf_release(&masked);
}

/* Text as a scalar, without numbers. */
static void put_text(struct buf *out, struct slice text, unsigned indent)
{
    struct buf masked;
    buf_init(&masked, REPRO_MAX);
    repro_mask(&masked, text);
    script_put_text(out, buf_slice(&masked), indent);
    out->error = out->error ? out->error : masked.error;
    buf_release(&masked);
}

/* The state that a conversation begins from, without numbers. */
static void put_state(struct buf *out, struct slice encoded)
{
    struct state state;
    struct buf bytes;
    char text[BASE64_SIZE(DIALOG_STATE_BYTES)];
    if (!encoded.len || state_decode(encoded, &state))
        return;
    for (size_t i = 0; i < state.fact_count; i++)
        mask_field(state.facts[i].value, sizeof(state.facts[i].value));
    mask_field(state.doubt.value, sizeof(state.doubt.value));
    mask_field(state.doubt_raw, sizeof(state.doubt_raw));
    mask_field(state.pending, sizeof(state.pending));
    buf_init(&bytes, DIALOG_STATE_BYTES);
    state_encode(&state, &bytes);
    base64_encode((const unsigned char *)bytes.ptr, bytes.len, text);
    buf_addf(out, "    state: \"%s\"\n", text);
    out->error = out->error ? out->error : bytes.error;
    buf_release(&bytes);
}

static struct channel_traits traits_of(const struct journal_entry *entry)
{
    return (struct channel_traits){
        .kind = entry->kind, .interactive = entry->interactive, .follows = entry->event.follows, .sms = entry->sms};
}

/* Begins a conversation where the turns before are not known. */
static void put_begin(struct repro *repro, const struct journal_entry *entry)
{
    struct buf *out = &repro->out;
    const struct channel_traits traits = traits_of(entry);
    char at[CIVIL_TEXT];
    civil_format(entry->at_ms, at);
    if (!repro->begun)
        buf_adds(out, "# Recorded, and written down by `chaski replay --repro`. Phone numbers are made up.\n"
                      "flow_test: 1\nconversations:\n");
    buf_addf(out, "  - name: \"recorded from %s on\"\n    at: \"%s\"\n    channel: ", at, at);
    script_put_channel(out, &traits);
    buf_addc(out, '\n');
    if (entry->version)
        put_state(out, entry->state);
    buf_adds(out, "    industry: none\n    profile: none\n    resources: none\n    steps:\n");
    repro->at_ms = entry->at_ms;
}

static void put_time(struct repro *repro, int64_t at_ms)
{
    int64_t span_ms = (at_ms - repro->at_ms) / 1000 * 1000;
    if (span_ms <= 0)
        return;
    buf_adds(&repro->out, "      - down: ");
    script_put_span(&repro->out, span_ms);
    buf_addc(&repro->out, '\n');
    repro->at_ms += span_ms;
}

static void put_channel(struct repro *repro, const struct journal_entry *entry)
{
    const struct channel_traits traits = traits_of(entry);
    if (repro->kind == entry->kind && repro->interactive == entry->interactive &&
        repro->follows == entry->event.follows && sms_policy_same(&repro->sms, &entry->sms))
        return;
    buf_adds(&repro->out, "        channel: ");
    script_put_channel(&repro->out, &traits);
    buf_addc(&repro->out, '\n');
}

static void put_advice(struct buf *out, const struct advice *given)
{
    struct advice advice = *given;
    for (size_t i = 0; i < ADVICE_LABELS_MAX; i++)
        mask_field(advice.labels[i].name, sizeof(advice.labels[i].name));
    for (size_t i = 0; i < ADVICE_RESOURCES_MAX; i++) {
        mask_field(advice.resources[i].text, sizeof(advice.resources[i].text));
        mask_field(advice.resources[i].reason, sizeof(advice.resources[i].reason));
        mask_field(advice.resources[i].contact, sizeof(advice.resources[i].contact));
    }
    script_put_advice(out, &advice, 8);
}

/* What the engine said in the turn; of one kind the last. */
static void put_advices(struct repro *repro, const struct journal_entry *entry)
{
    for (size_t i = 0; i < entry->advice_count; i++) {
        bool again = false;
        for (size_t j = i + 1; j < entry->advice_count; j++)
            again = again || entry->advices[j].kind == entry->advices[i].kind;
        if (!again)
            put_advice(&repro->out, &entry->advices[i]);
    }
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
    buf_adds(&repro->out, found ? "press: " : "payload: ");
    put_text(&repro->out, found ? slice_of(found->title) : event->payload, 0);
}

static void put_staff(struct buf *out, const struct event *event)
{
    struct buf words;
    buf_init(&words, JOURNAL_ENTRY_MAX);
    buf_addslice(&words, event->payload);
    if (event->text.len) {
        buf_addc(&words, ' ');
        buf_addslice(&words, event->text);
    }
    buf_adds(out, "staff: ");
    put_text(out, buf_slice(&words), 10);
    out->error = out->error ? out->error : words.error;
    buf_release(&words);
}

static void put_event(struct repro *repro, const struct event *event)
{
    struct buf *out = &repro->out;
    buf_adds(out, "      - ");
    switch (event->kind) {
    case EVENT_TIMER:
        buf_adds(out, "wait: 0s"); /* what is due by now fires */
        break;
    case EVENT_TEXT:
        buf_adds(out, "say: ");
        put_text(out, event->text, 10);
        break;
    case EVENT_CHOICE:
        put_choice(repro, event);
        break;
    case EVENT_MEDIA:
        buf_adds(out, "photo: ");
        put_text(out, event->text, 10);
        break;
    case EVENT_LOCATION:
        buf_addf(out, "place: \"%.1f %.1f\"", event->latitude, event->longitude);
        break;
    case EVENT_BEGIN:
        buf_adds(out, "do: dial");
        break;
    case EVENT_ABORT:
        buf_adds(out, "do: hang up");
        break;
    case EVENT_STAFF:
        put_staff(out, event);
        break;
    default:
        buf_adds(out, "do: sticker");
        break;
    }
    buf_addc(out, '\n');
}

/* Adds one more of what came, without numbers. */
static void add_told(struct repro_told *told, struct buf *text)
{
    struct buf *masked = &told->items[told->count];
    if (told->count == REPRO_TOLD_MAX || text->error) {
        told->error = text->error ? text->error : ERR_LIMIT;
        buf_release(text);
        return;
    }
    buf_init(masked, JOURNAL_ENTRY_MAX);
    repro_mask(masked, buf_slice(text));
    told->error = told->error ? told->error : masked->error;
    told->slices[told->count++] = buf_slice(masked);
    buf_release(text);
}

static void release_told(struct repro_told *told)
{
    for (size_t i = 0; i < told->count; i++)
        buf_release(&told->items[i]);
}

static void put_expect(struct buf *out, const struct journal_entry *entry)
{
    struct repro_told told = {.count = 0};
    struct buf text;
    for (size_t i = 0; i < entry->message_count; i++) {
        buf_init(&text, JOURNAL_ENTRY_MAX);
        script_put_message(&text, &entry->messages[i], entry->kind);
        add_told(&told, &text);
    }
    buf_adds(out, "        ");
    script_put_expect(out, told.slices, told.count, 8);
    out->error = out->error ? out->error : told.error;
    release_told(&told);
}

static void put_does(struct buf *out, const struct journal_entry *entry)
{
    struct repro_told told = {.count = 0};
    struct buf text;
    buf_init(&text, JOURNAL_ENTRY_MAX);
    if (entry->event.kind == EVENT_TIMER) {
        buf_adds(&text, "fires ");
        buf_addslice(&text, entry->event.payload);
        add_told(&told, &text);
    }
    for (size_t i = 0; i < entry->effect_count; i++) {
        if (entry->effects[i].kind == EFFECT_SAY)
            continue;
        buf_init(&text, JOURNAL_ENTRY_MAX);
        script_put_effect(&text, &entry->effects[i], entry->at_ms);
        add_told(&told, &text);
    }
    buf_adds(out, "        ");
    script_put_does(out, told.slices, told.count);
    out->error = out->error ? out->error : told.error;
    release_told(&told);
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
    if (!follows)
        put_begin(repro, entry);
    else
        put_time(repro, entry->at_ms);
    put_event(repro, &entry->event);
    if (follows)
        put_channel(repro, entry);
    put_advices(repro, entry);
    put_expect(&repro->out, entry);
    put_does(&repro->out, entry);
    repro->begun = true;
    repro->version = entry->version + 1;
    repro->kind = entry->kind;
    repro->interactive = entry->interactive;
    repro->follows = entry->event.follows;
    repro->sms = entry->sms;
    remember_options(repro, entry);
}
