/* SMS and USSD: text only, in an alphabet of 128 letters, and every letter counts. */
#include <string.h>

#include "base/sms.h"
#include "base/utf8.h"
#include "dialog/render.h"
#include "dialog/state.h"

#define NARROW_BYTES 65536
#define MORE "\n98 Mas"
#define MORE_UNITS (sizeof(MORE) - 1)

static bool is_gsm7(struct slice text)
{
    return sms_measure(text).encoding == SMS_GSM7;
}

/* Appends one character in GSM-7: as it is, transliterated, without its mark, or not at all. */
static void narrow_character(struct slice character, uint32_t code_point, struct buf *out)
{
    char plain[16];
    struct buf scratch;
    if (gsm7_cost(code_point) > 0) {
        buf_addslice(out, character);
        return;
    }
    buf_init(&scratch, 64);
    sms_transliterate(character, &scratch);
    if (scratch.error || !is_gsm7(buf_slice(&scratch))) {
        size_t len = utf8_fold(character, plain, sizeof(plain));
        buf_clear(&scratch);
        if (len && is_gsm7((struct slice){plain, len}))
            buf_add(&scratch, plain, len);
    }
    buf_addslice(out, buf_slice(&scratch));
    buf_release(&scratch);
}

void render_narrow(struct slice text, struct buf *out)
{
    size_t start = out->len;
    sms_transliterate(text, out);
    if (out->error || is_gsm7(slice_part(buf_slice(out), start, out->len)))
        return;
    out->len = start;
    struct slice rest = text;
    uint32_t code_point;
    for (const char *at = rest.ptr; utf8_next(&rest, &code_point); at = rest.ptr)
        narrow_character((struct slice){at, (size_t)(rest.ptr - at)}, code_point, out);
}

/* Appends one SAY with its options, narrow. */
static void narrow_say(const struct effect *say, struct buf *out)
{
    struct buf wide;
    buf_init(&wide, NARROW_BYTES);
    buf_addslice(&wide, say->narrow.len ? say->narrow : say->text);
    render_options(say, &wide);
    render_narrow(buf_slice(&wide), out);
    if (wide.error && !out->error)
        out->error = wide.error;
    buf_release(&wide);
}

/* Sends what has gathered, cut where it is longer than one message may be. */
static void flush(struct rendering *r, struct buf *text)
{
    struct slice rest = buf_slice(text), page;
    if (sms_measure(rest).segments <= SMS_SEGMENTS_BUDGET) {
        if (rest.len)
            render_add(r, MESSAGE_TEXT, rest);
    } else {
        while (!r->error && sms_page(&rest, SMS_LONG_UNITS, &page))
            render_add(r, MESSAGE_TEXT, page);
    }
    buf_clear(text);
}

/* Tells whether two texts in one message cost no more segments than in two, and stay inside the budget. */
static bool joins(struct slice joined, struct slice one, struct slice other)
{
    size_t segments = sms_measure(joined).segments;
    return segments <= SMS_SEGMENTS_BUDGET && segments <= sms_measure(one).segments + sms_measure(other).segments;
}

void render_sms(struct rendering *r, const struct effect *effects, size_t count)
{
    struct buf text;
    buf_init(&text, NARROW_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind != EFFECT_SAY)
            continue;
        size_t before = text.len;
        if (before)
            buf_addc(&text, '\n');
        size_t start = text.len;
        narrow_say(&effects[i], &text);
        struct slice whole = buf_slice(&text), other = slice_part(whole, start, whole.len);
        if (before == 0 || text.error || joins(whole, slice_part(whole, 0, before), other))
            continue;
        struct slice kept = arena_copy(r->arena, other);
        if (!kept.ptr)
            r->error = r->error ? r->error : ERR_NOMEM;
        text.len = before;
        flush(r, &text);
        buf_addslice(&text, kept);
    }
    flush(r, &text);
    r->error = r->error ? r->error : text.error;
    buf_release(&text);
}

void render_ussd(struct rendering *r, const struct effect *effects, size_t count, size_t page_units, bool ended,
                 struct state *state)
{
    struct buf text;
    buf_init(&text, NARROW_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind != EFFECT_SAY)
            continue;
        if (text.len)
            buf_addc(&text, '\n');
        narrow_say(&effects[i], &text);
    }
    struct slice rest = buf_slice(&text), page = rest;
    bool more = sms_measure(rest).units > page_units;
    if (more) {
        sms_page(&rest, page_units - MORE_UNITS, &page);
        state_keep(slice_trim(rest), state->pending, sizeof(state->pending));
        state->pending_ends = ended;
    }
    char *screen = arena_printf(r->arena, "%.*s%s", (int)page.len, page.len ? page.ptr : "", more ? MORE : "");
    if (!screen)
        r->error = ERR_NOMEM;
    struct message *message = screen && page.len ? render_add(r, MESSAGE_TEXT, slice_of(screen)) : NULL;
    if (message)
        message->ends = ended && !more;
    r->error = r->error ? r->error : text.error;
    buf_release(&text);
}
