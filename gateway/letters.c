#include "gateway/letters.h"

#include <string.h>

#include "base/sms.h"
#include "base/sms_plain.h"
#include "base/utf8.h"
#include "dialog/dialog.h"

#define TEXT_MAX (64 * 1024)

static const char *const names[] = {
    [LETTER_REPLACED] = "replaced", [LETTER_LOST] = "left out", [LETTER_TWO] = "two units", [LETTER_UCS2] = "ucs-2"};

/* What reads much the same, of what takes two units. */
static const struct {
    uint32_t code_point;
    const char *instead;
} shorter[] = {{'[', "("}, {']', ")"}, {'{', "("}, {'}', ")"},      {'\\', "/"},
               {'|', "/"}, {'~', "-"}, {'^', ""},  {0x20AC, "EUR"}, {0x0C, ""}};

const char *letter_effect_name(enum letter_effect effect)
{
    return names[effect];
}

static const char *shorter_of(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof(shorter) / sizeof(shorter[0]); i++)
        if (shorter[i].code_point == code_point)
            return shorter[i].instead;
    return "";
}

/* Writes a text as an SMS channel sends it. */
static enum error write_sms(struct slice text, const struct channel *channel, struct arena *arena, struct slice *out)
{
    const struct effect say = {.kind = EFFECT_SAY, .text = text};
    const struct channel_traits traits = {.kind = CHANNEL_SMS, .sms = channel->sms};
    struct message *messages;
    size_t count;
    enum error error = dialog_render(&say, 1, &traits, false, NULL, arena, &messages, &count);
    if (!error)
        *out = count ? messages[0].text : SLICE_NONE;
    return error;
}

static size_t segments_of(struct slice text, const struct channel *channel)
{
    return sms_measure_as(text, &channel->sms).segments;
}

/* Tells what becomes of a letter, and what it could be. Returns false where it costs nothing and goes as it is. */
static bool judge(uint32_t code_point, bool ucs2, const struct channel *channel, struct arena *arena,
                  struct letter *out)
{
    struct slice alone = SLICE_NONE;
    const char *plain = sms_plain_form(code_point);
    out->text[utf8_encode(code_point, out->text)] = '\0';
    out->instead[0] = '\0';
    if (gsm7_cost(code_point) == 1 || (gsm7_cost(code_point) == 2 && ucs2))
        return false;
    if (gsm7_cost(code_point) == 2) {
        out->effect = LETTER_TWO;
        slice_copy(slice_of(shorter_of(code_point)), out->instead, sizeof(out->instead));
    } else if (channel->sms.manner == SMS_PLAIN) {
        if (write_sms(slice_of(out->text), channel, arena, &alone))
            alone = SLICE_NONE;
        slice_copy(alone, out->instead, sizeof(out->instead));
        out->effect = alone.len || (plain && !*plain) || code_point == 0xA0 ? LETTER_REPLACED : LETTER_LOST;
    } else {
        out->effect = ucs2 ? LETTER_UCS2 : LETTER_TWO; /* two under the Spanish shift, or replaced to save a segment */
        slice_copy(slice_of(plain ? plain : ""), out->instead, sizeof(out->instead));
        if (!ucs2 && !(channel->sms.spanish_shift && gsm7_cost_spanish(code_point)))
            out->effect = LETTER_REPLACED;
    }
    return true;
}

static bool is_told(const struct letter *rows, size_t count, const struct letter *letter)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].text, letter->text) == 0)
            return true;
    return false;
}

/* Appends the text with a letter written otherwise; `all`: each that makes it UCS-2. */
static void rewrite(struct slice text, const struct letter *letter, const struct letter *rows, size_t count,
                    struct buf *out)
{
    uint32_t code_point;
    char character[5];
    while (utf8_next(&text, &code_point)) {
        character[utf8_encode(code_point, character)] = '\0';
        const char *as = strcmp(character, letter->text) == 0 ? letter->instead : character;
        for (size_t i = 0; letter->effect == LETTER_UCS2 && i < count; i++)
            if (rows[i].effect == LETTER_UCS2 && strcmp(rows[i].text, character) == 0)
                as = rows[i].instead;
        buf_adds(out, as);
    }
}

static enum error weigh(struct slice sent, const struct channel *channel, struct letter *rows, size_t count)
{
    struct buf other;
    enum error error = OK;
    buf_init(&other, TEXT_MAX);
    for (size_t i = 0; i < count && !error; i++) {
        buf_clear(&other);
        rewrite(sent, &rows[i], rows, count, &other);
        rows[i].segments = segments_of(sent, channel);
        rows[i].segments_then = segments_of(buf_slice(&other), channel);
        error = other.error;
    }
    buf_release(&other);
    return error;
}

enum error letters_find(struct slice text, const struct channel *channel, struct letter out[LETTERS_MAX], size_t *count)
{
    struct slice sent = SLICE_NONE, rest = text;
    struct arena *arena = arena_new(1 << 20);
    enum error error = arena ? write_sms(text, channel, arena, &sent) : ERR_NOMEM;
    bool ucs2 = !error && sms_measure_as(sent, &channel->sms).encoding == SMS_UCS2;
    uint32_t code_point;
    size_t found = 0;
    while (!error && found < LETTERS_MAX && utf8_next(&rest, &code_point)) {
        if (code_point == '\n' || code_point == '\r')
            continue;
        struct letter letter;
        if (judge(code_point, ucs2, channel, arena, &letter) && !is_told(out, found, &letter))
            out[found++] = letter;
    }
    if (!error)
        error = weigh(sent, channel, out, found);
    if (!error)
        *count = found;
    arena_free(arena);
    return error;
}

void letter_explain(const struct letter *letter, struct buf *out)
{
    const char *saved = letter->segments_then < letter->segments ? "costs a segment" : "costs no segment here";
    switch (letter->effect) {
    case LETTER_REPLACED:
        buf_addf(out, "%s goes as %s, which costs nothing", letter->text,
                 letter->instead[0] ? letter->instead : "nothing");
        return;
    case LETTER_LOST:
        buf_addf(out, "%s is left out, since GSM-7 has nothing like it: write it in words", letter->text);
        return;
    case LETTER_TWO:
        buf_addf(out, "%s takes two units and %s", letter->text, saved);
        break;
    case LETTER_UCS2:
        buf_addf(out, "%s makes the whole SMS hold 70 characters instead of 160", letter->text);
        if (letter->segments_then < letter->segments)
            buf_addf(out, " (%zu segments instead of %zu)", letter->segments, letter->segments_then);
        break;
    }
    if (letter->instead[0])
        buf_addf(out, ": send %s", letter->instead);
    else
        buf_adds(out, ": leave it out");
}
