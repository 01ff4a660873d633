/* Words of scripts: what stands in them, written. */
#include <string.h>

#include "base/sms.h"
#include "gateway/replay.h"
#include "gateway/script.h"

static const struct {
    const char *name;
    struct channel_traits traits;
} channels[] = {
    {"sms", {.kind = CHANNEL_SMS}},
    {"ussd", {.kind = CHANNEL_USSD, .page_units = USSD_SEPTETS_MAX}},
    {"ussd-follow", {.kind = CHANNEL_USSD, .page_units = USSD_SEPTETS_MAX, .follows = true}},
    {"whatsapp", {.kind = CHANNEL_WHATSAPP, .interactive = true}},
    {"whatsapp-plain", {.kind = CHANNEL_WHATSAPP}},
};

static const struct {
    int64_t ms;
    char letter;
} units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};

bool script_channel(struct slice words, struct channel_traits *out)
{
    struct slice name;
    struct sms_policy policy = {.manner = SMS_PLAIN};
    if (!slice_cut(&words, ' ', &name) || !sms_policy_parse(words, &policy))
        return false;
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        if (!slice_is(name, channels[i].name) || (words.len && channels[i].traits.kind != CHANNEL_SMS))
            continue;
        *out = channels[i].traits;
        out->sms = policy;
        return true;
    }
    return false;
}

void script_put_channel(struct buf *out, const struct channel_traits *traits)
{
    const struct sms_policy plain = {.manner = SMS_PLAIN};
    size_t row = 0;
    while (row + 1 < sizeof(channels) / sizeof(channels[0]) &&
           (channels[row].traits.kind != traits->kind || channels[row].traits.interactive != traits->interactive ||
            channels[row].traits.follows != traits->follows))
        row++;
    buf_adds(out, channels[row].name);
    if (traits->kind != CHANNEL_SMS || sms_policy_same(&traits->sms, &plain))
        return;
    buf_addc(out, ' ');
    sms_policy_put(&traits->sms, out);
}

bool script_span(struct slice text, int64_t *out_ms)
{
    uint64_t number;
    if (text.len < 2)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].letter == text.ptr[text.len - 1] &&
            slice_u64(slice_part(text, 0, text.len - 1), (uint64_t)(SCRIPT_SPAN_MAX_MS / units[i].ms), &number)) {
            *out_ms = (int64_t)number * units[i].ms;
            return true;
        }
    return false;
}

void script_put_span(struct buf *out, int64_t span_ms)
{
    size_t unit = span_ms ? 0 : 3;
    while (unit < 3 && span_ms % units[unit].ms != 0)
        unit++;
    buf_addi(out, span_ms / units[unit].ms);
    buf_addc(out, units[unit].letter);
}

/* Tells whether a block of lines can hold the text: several lines, none but the inner ones empty, none that begins or
 * ends with a blank, no other control character. */
static bool takes_block(struct slice text)
{
    struct slice line;
    if (slice_find(text, '\n') == text.len || text.ptr[0] == '\n' || text.ptr[text.len - 1] == '\n')
        return false;
    while (slice_cut(&text, '\n', &line)) {
        if (line.len && (line.ptr[0] == ' ' || line.ptr[line.len - 1] == ' '))
            return false;
        for (size_t i = 0; i < line.len; i++)
            if ((unsigned char)line.ptr[i] < ' ' || line.ptr[i] == 0x7F)
                return false;
    }
    return true;
}

static void put_quoted(struct buf *out, struct slice text)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c == '\n')
            buf_adds(out, "\\n");
        else if (c < ' ' || c == 0x7F)
            buf_addf(out, "\\x%02x", c);
        else
            buf_addc(out, (char)c);
    }
    buf_addc(out, '"');
}

/* Tells whether a word needs no quotes in YAML, and is no word that means something to us. */
static bool is_plain(struct slice text)
{
    bool letter =
        text.len && ((text.ptr[0] >= 'a' && text.ptr[0] <= 'z') || (text.ptr[0] >= 'A' && text.ptr[0] <= 'Z'));
    for (size_t i = 0; i < text.len && letter; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
                 (c == ' ' && i + 1 < text.len);
    }
    return letter && !slice_is(text, "none") && !slice_is(text, "null");
}

/* Without what YAML refuses: C1 controls, and the code points that are no characters. */
static void put_clean(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        unsigned char d = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
        bool control = c == 0xC2 && d < 0xA0 && d != 0x85;
        bool none = c == 0xEF && d == 0xBF && i + 2 < text.len && (unsigned char)text.ptr[i + 2] >= 0xBE;
        if (control || none || (c == '\0'))
            buf_addc(out, ' ');
        else
            buf_add(out, text.ptr + i, len < text.len - i ? len : text.len - i);
        i += len;
    }
}

void script_put_text(struct buf *out, struct slice text, unsigned indent)
{
    struct buf clean;
    struct slice rest, line;
    buf_init(&clean, SCRIPT_BYTES);
    put_clean(&clean, text);
    out->error = out->error ? out->error : clean.error;
    rest = buf_slice(&clean);
    if (indent && rest.len && takes_block(rest)) {
        buf_adds(out, "|-");
        while (slice_cut(&rest, '\n', &line))
            if (line.len)
                buf_addf(out, "\n%*s%.*s", (int)indent, "", (int)line.len, line.ptr);
            else
                buf_addc(out, '\n');
    } else if (is_plain(rest)) {
        buf_addslice(out, rest);
    } else {
        put_quoted(out, rest);
    }
    buf_release(&clean);
}

void script_put_message(struct buf *out, const struct message *message, enum channel_kind channel)
{
    if (channel == CHANNEL_USSD)
        buf_adds(out, message->ends ? "END " : "CON ");
    buf_addslice(out, message->text);
    if (message->option_count)
        buf_addc(out, '\n');
    if (message->kind == MESSAGE_LIST)
        buf_addf(out, "{%.*s} ", (int)message->list_button.len, message->list_button.ptr);
    for (size_t i = 0; i < message->option_count; i++)
        buf_addf(out, "%s[%.*s]", i ? " " : "", (int)message->options[i].title.len, message->options[i].title.ptr);
}

void script_put_effect(struct buf *out, const struct effect *effect, int64_t now_ms)
{
    replay_effect(out, effect);
    if (effect->kind == EFFECT_TIMER && effect->due_ms == 0) {
        buf_adds(out, " off");
    } else if (effect->kind == EFFECT_TIMER) {
        buf_addc(out, ' ');
        script_put_span(out, effect->due_ms - now_ms);
    }
}
