#include "gateway/script_show.h"

#define MARGIN 14

static const char red[] = "\033[31m", green[] = "\033[32m", plain[] = "\033[0m";

static void put_lines(struct buf *out, struct slice text, unsigned margin)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '\n')
            buf_addf(out, "\n%*s", (int)margin, "");
        else
            buf_addc(out, c < ' ' || c == 0x7F ? ' ' : (char)c);
    }
}

static bool breaks(char c)
{
    return c == ' ' || c == '\n';
}

/* Counts the bytes that two texts have in common at their start, up to the last break between words. */
static size_t same_start(struct slice a, struct slice b)
{
    size_t same = 0, cut = 0;
    while (same < a.len && same < b.len && a.ptr[same] == b.ptr[same]) {
        same++;
        if (breaks(a.ptr[same - 1]))
            cut = same;
    }
    return same == a.len && same == b.len ? same : cut;
}

static size_t same_end(struct slice a, struct slice b)
{
    size_t same = 0, cut = 0;
    while (same < a.len && same < b.len && a.ptr[a.len - same - 1] == b.ptr[b.len - same - 1]) {
        same++;
        if (breaks(a.ptr[a.len - same]))
            cut = same;
    }
    return cut;
}

void script_show_change(struct buf *out, struct slice old, struct slice new, bool fancy, unsigned margin)
{
    size_t start = same_start(old, new);
    size_t end = same_end(slice_part(old, start, old.len), slice_part(new, start, new.len));
    struct slice gone = slice_part(old, start, old.len - end), fresh = slice_part(new, start, new.len - end);
    put_lines(out, slice_part(new, 0, start), margin);
    if (gone.len) {
        buf_addf(out, "%s[-", fancy ? red : "");
        put_lines(out, gone, margin);
        buf_addf(out, "-]%s", fancy ? plain : "");
    }
    if (fresh.len) {
        buf_addf(out, "%s{+", fancy ? green : "");
        put_lines(out, fresh, margin);
        buf_addf(out, "+}%s", fancy ? plain : "");
    }
    put_lines(out, slice_part(new, new.len - end, new.len), margin);
}

void script_show_act(struct buf *out, const struct script_step *step)
{
    static const char *const verbs[] = {
        [SCRIPT_NOTHING] = "nothing",
        [SCRIPT_SAY] = "",
        [SCRIPT_PRESS] = "presses ",
        [SCRIPT_PAYLOAD] = "presses the old ",
        [SCRIPT_PHOTO] = "a photo",
        [SCRIPT_STICKER] = "a sticker",
        [SCRIPT_PLACE] = "a place ",
        [SCRIPT_DIAL] = "dials",
        [SCRIPT_HANG_UP] = "hangs up",
        [SCRIPT_WAIT] = "",
        [SCRIPT_DOWN] = "",
    };
    buf_adds(out, verbs[step->act]);
    if (step->act == SCRIPT_SAY || step->act == SCRIPT_PRESS || step->act == SCRIPT_PAYLOAD) {
        buf_addc(out, '"');
        put_lines(out, step->text, 0);
        buf_addc(out, '"');
    } else if (step->act == SCRIPT_PLACE) {
        put_lines(out, step->text, 0);
    } else if (step->act == SCRIPT_WAIT || step->act == SCRIPT_DOWN) {
        script_put_span(out, step->span_ms);
        buf_adds(out, step->act == SCRIPT_WAIT ? " later" : " without the daemon");
    }
}

static void put_side(struct buf *out, const char *label, struct slice text)
{
    buf_addf(out, "    %-10s", label);
    if (text.ptr && text.len)
        put_lines(out, text, MARGIN);
    else
        buf_adds(out, "(nothing)");
    buf_addc(out, '\n');
}

void script_show_miss(struct buf *out, const struct script_miss *miss, bool fancy)
{
    put_side(out, miss->part ? "must have" : "expected", miss->expected);
    put_side(out, "got", miss->got);
    if (miss->part || !miss->expected.len || !miss->got.len)
        return;
    buf_addf(out, "    %-10s", "change");
    script_show_change(out, miss->expected, miss->got, fancy, MARGIN);
    buf_addc(out, '\n');
}

void script_show_turn(struct buf *out, const struct script_step *step, const struct script_came *came)
{
    buf_adds(out, "→ ");
    if (step->act == SCRIPT_SAY)
        put_lines(out, step->text, 2);
    else if (step->act == SCRIPT_PRESS)
        buf_addf(out, "[%.*s]", (int)step->text.len, step->text.ptr);
    else
        script_show_act(out, step);
    buf_addc(out, '\n');
    for (size_t i = 0; i < came->message_count; i++) {
        buf_adds(out, i ? "\n" : "");
        put_lines(out, came->messages[i], 0);
        buf_addc(out, '\n');
    }
}
