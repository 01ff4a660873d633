/* SMS and USSD: text only, in an alphabet of 128 letters, and every letter counts. */
#include <string.h>

#include "base/sms.h"
#include "base/utf8.h"
#include "dialog/render.h"
#include "dialog/state.h"
#include "dialog/tongue.h"

#define NARROW_BYTES 65536
#define MORE "\n98 "
#define BACK "\n0 "

/* The words that stand behind 98 and 0. */
static struct slice more_word(const struct tongue *tongue)
{
    return tongue ? tongue->phrases[SAY_MORE] : SLICE("Mas");
}

static struct slice back_word(const struct tongue *tongue)
{
    return tongue ? tongue->phrases[SAY_BACK] : SLICE("Atras");
}

static bool is_gsm7(struct slice text)
{
    return sms_measure(text).encoding == SMS_GSM7;
}

/* Appends one character in GSM-7: as it is, transliterated, without its mark, or not at all. */
static void narrow_character(struct slice character, uint32_t code_point, struct buf *out)
{
    char plain[16], room[64];
    struct buf scratch;
    if (gsm7_cost(code_point) > 0) {
        buf_addslice(out, character);
        return;
    }
    buf_init_over(&scratch, room, sizeof(room), sizeof(room));
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

size_t render_narrow(struct slice text, struct buf *out)
{
    size_t start = out->len;
    struct sms_size size = sms_transliterate(text, out);
    if (size.encoding == SMS_GSM7 || out->error)
        return size.units;
    out->len = start;
    struct slice rest = text;
    uint32_t code_point;
    for (const char *at = rest.ptr; utf8_next(&rest, &code_point); at = rest.ptr)
        narrow_character((struct slice){at, (size_t)(rest.ptr - at)}, code_point, out);
    return RENDER_UNMEASURED;
}

/* Appends one SAY with its options, narrow. Returns as render_narrow() does. */
static size_t narrow_say(const struct rendering *r, const struct effect *say, struct buf *out)
{
    struct buf wide;
    char room[RENDER_USUAL];
    if (say->option_count == 0)
        return render_narrow(say->text, out);
    buf_init_within(&wide, r->arena, room, sizeof(room), NARROW_BYTES);
    buf_addslice(&wide, say->text);
    render_options(say, &wide);
    size_t units = render_narrow(buf_slice(&wide), out);
    if (wide.error && !out->error)
        out->error = wide.error;
    buf_release(&wide);
    return units;
}

/* Appends one SAY with its options: narrow where the policy is plain, else as it is written. Returns whether it is
 * known to be one segment. */
static bool sms_say(const struct rendering *r, const struct effect *say, struct buf *out)
{
    if (r->sms->manner == SMS_PLAIN)
        return narrow_say(r, say, out) <= SMS_GSM7_SINGLE;
    buf_addslice(out, say->text);
    render_options(say, out);
    return false;
}

/* Gives the segments of a text as it will be sent. */
static size_t segments_of(const struct rendering *r, struct slice text)
{
    return sms_measure_rendered(text, r->sms).segments;
}

/* Tells whether two texts in one message cost no more segments than in two, and stay inside the budget. */
static bool joins(const struct rendering *r, struct slice joined, struct slice one, struct slice other)
{
    size_t segments = segments_of(r, joined);
    return segments <= sms_policy_segments(r->sms) && segments <= segments_of(r, one) + segments_of(r, other);
}

/* Adds a message. In a plain policy its text is GSM-7 already; in others it is written only now, because what is
 * cheapest shows in the whole. */
static void add_text(struct rendering *r, struct slice text)
{
    struct buf written;
    char room[RENDER_USUAL];
    if (r->sms->manner == SMS_PLAIN) {
        render_add(r, MESSAGE_TEXT, text);
        return;
    }
    buf_init_within(&written, r->arena, room, sizeof(room), NARROW_BYTES);
    sms_render(text, r->sms, &written);
    r->error = r->error ? r->error : written.error;
    render_add(r, MESSAGE_TEXT, buf_slice(&written));
    buf_release(&written);
}

/* Sends what has gathered. */
static void flush(struct rendering *r, struct buf *text)
{
    if (text->len)
        add_text(r, buf_slice(text));
    buf_clear(text);
}

/* Moves the end of a page that was cut off back to a line's end, where that leaves it at least half full: an option or
 * a sentence is better whole. */
static void end_at_line(struct slice whole, struct slice *rest, struct slice *page)
{
    if (rest->len == 0)
        return;
    size_t line_end = page->len;
    while (line_end > page->len / 2 && page->ptr[line_end] != '\n')
        line_end--;
    if (line_end <= page->len / 2)
        return;
    page->len = line_end;
    *rest = (struct slice){page->ptr + line_end + 1, (size_t)(whole.ptr + whole.len - page->ptr) - line_end - 1};
}

/* Moves a cut above the line before it. Leaves it where nothing would be left of the page. */
static void cut_earlier(struct slice *rest, struct slice *page)
{
    size_t line = page->len;
    while (line > 0 && page->ptr[line - 1] != '\n')
        line--;
    if (line == 0)
        return;
    rest->len += (size_t)(rest->ptr - (page->ptr + line));
    rest->ptr = page->ptr + line;
    page->len = line - 1;
}

static bool is_option(struct slice line)
{
    bool marked =
        line.len > 2 && ((line.ptr[0] >= '1' && line.ptr[0] <= '9') || (line.ptr[0] >= 'A' && line.ptr[0] <= 'J'));
    return marked && (line.ptr[1] == ' ' || slice_starts(line, "10 "));
}

/* Keeps a question and its options on one last page, if they fit there and leave the page before half full: "4 Seguir"
 * alone asks nothing. */
static void keep_question(size_t units, struct slice *rest, struct slice *page)
{
    struct slice tail = *rest, head = *page;
    while (is_option(tail) && head.len > 0 && tail.ptr != page->ptr) {
        const char *before = tail.ptr;
        cut_earlier(&tail, &head);
        if (tail.ptr == before)
            return;
    }
    bool half_full = head.len >= page->len / 2;
    if (half_full && tail.ptr != rest->ptr && sms_measure(tail).units <= units) {
        *rest = tail;
        *page = head;
    }
}

/* Sends the head of a text that is too long for one message, and keeps the tail, which more can join. */
static void spill(struct rendering *r, struct buf *text)
{
    struct slice rest = buf_slice(text), page;
    size_t budget = sms_policy_segments(r->sms);
    if (segments_of(r, rest) <= budget)
        return;
    while (!r->error && segments_of(r, rest) > budget) {
        struct slice whole = rest;
        sms_message(&rest, r->sms, &page);
        end_at_line(whole, &rest, &page);
        if (slice_starts(rest, "(")) /* a reason stays with what it is for */
            cut_earlier(&rest, &page);
        add_text(r, page);
    }
    struct slice tail = arena_copy(r->arena, slice_trim(rest));
    r->error = r->error || tail.ptr ? r->error : ERR_NOMEM;
    buf_clear(text);
    buf_addslice(text, tail);
}

/* Adds one SAY to what has gathered, or sends that first. `alone`: it is known to be one segment. */
static void gather(struct rendering *r, struct buf *text, struct slice piece, bool alone)
{
    size_t held = text->len;
    if (held)
        buf_addc(text, '\n');
    buf_addslice(text, piece);
    struct slice before = slice_part(buf_slice(text), 0, held);
    if (held && !text->error && !joins(r, buf_slice(text), before, piece)) {
        add_text(r, before);
        buf_clear(text);
        buf_addslice(text, piece);
    }
    if (held || !alone)
        spill(r, text);
}

void render_sms(struct rendering *r, const struct effect *effects, size_t count)
{
    struct buf text, piece;
    char text_room[RENDER_USUAL], piece_room[RENDER_USUAL];
    buf_init_within(&text, r->arena, text_room, sizeof(text_room), NARROW_BYTES);
    buf_init_within(&piece, r->arena, piece_room, sizeof(piece_room), NARROW_BYTES);
    for (size_t i = 0; i < count && !r->error; i++) {
        if (effects[i].kind != EFFECT_SAY)
            continue;
        buf_clear(&piece);
        bool alone = sms_say(r, &effects[i], &piece);
        r->error = r->error ? r->error : piece.error;
        gather(r, &text, buf_slice(&piece), alone);
        r->error = r->error ? r->error : text.error;
    }
    flush(r, &text);
    buf_release(&piece);
    buf_release(&text);
}

/* How pages are cut: their units, and those of what turns them. */
struct cutting {
    size_t units;
    const struct tongue *tongue;
    bool ends;          /* the last page ends the session */
    size_t whole_units; /* of the whole text; RENDER_UNMEASURED: they are still to be counted */
};

static size_t more_units(const struct cutting *cut)
{
    return sizeof(MORE) - 1 + sms_measure(more_word(cut->tongue)).units;
}

static size_t back_units(const struct cutting *cut)
{
    return sizeof(BACK) - 1 + sms_measure(back_word(cut->tongue)).units;
}

/* A page of a text: its bytes, and where the next one begins. */
struct page {
    struct slice text;
    size_t next;
    bool more, back;
};

/* Cuts the page that begins at `from`. */
static struct page cut_page(struct slice whole, size_t from, const struct cutting *cut)
{
    struct slice rest = slice_part(whole, from, whole.len);
    struct page page = {.text = rest, .next = whole.len, .back = from > 0};
    size_t back = page.back ? back_units(cut) : 0, last = cut->units - (cut->ends ? 0 : back);
    page.back = page.back && !cut->ends;
    size_t counted = from == 0 ? cut->whole_units : RENDER_UNMEASURED;
    if ((counted == RENDER_UNMEASURED ? sms_measure(rest).units : counted) <= last)
        return page;
    struct slice tail = rest;
    sms_page(&tail, cut->units - more_units(cut) - back, &page.text);
    end_at_line(rest, &tail, &page.text);
    keep_question(cut->units - (cut->ends ? 0 : back_units(cut)), &tail, &page.text);
    page.next = (size_t)(slice_trim(tail).ptr - whole.ptr);
    page.more = true;
    page.back = from > 0;
    return page;
}

/* Cuts the page that a screen shows next. Pages are cut from the first on, so that going back shows what was shown. */
static struct page turn_page(struct slice whole, enum page_turn turn, const struct cutting *cut,
                             const struct state *state)
{
    struct page page = cut_page(whole, turn == PAGE_NEXT ? state->page_to : 0, cut);
    while (turn == PAGE_BACK && page.more && page.next < state->page_from)
        page = cut_page(whole, page.next, cut);
    return page;
}

/* Notes what the screen shows; nothing is kept where it shows all, or the session is over with it. */
static void keep_pages(struct slice whole, const struct page *page, struct state *state)
{
    size_t from = (size_t)(page->text.ptr - whole.ptr);
    bool ends = state->pending_ends;
    state_forget_pages(state);
    if (!page->more && (ends || from == 0))
        return;
    state_keep(whole, state->pending, sizeof(state->pending));
    state->page_from = (uint16_t)from;
    state->page_to = (uint16_t)page->next;
    state->pending_ends = ends;
}

/* Adds what a USSD screen shows of a text. */
static void add_screen(struct rendering *r, struct slice whole, enum page_turn turn, const struct cutting *cut,
                       struct state *state)
{
    struct page page = turn_page(whole, turn, cut, state);
    bool ends = state->pending_ends && !page.more;
    keep_pages(whole, &page, state);
    struct message *message = page.text.len ? render_add(r, MESSAGE_TEXT, page.text) : NULL;
    if (!message)
        return;
    const struct slice none = SLICE("");
    const struct slice parts[] = {page.text, page.back ? SLICE(BACK) : none, page.back ? back_word(r->tongue) : none,
                                  page.more ? SLICE(MORE) : none, page.more ? more_word(r->tongue) : none};
    if (page.back || page.more)
        message->text = arena_join(r->arena, parts, sizeof(parts) / sizeof(parts[0]));
    if (!message->text.ptr)
        r->error = ERR_NOMEM;
    message->ends = ends;
}

void render_ussd(struct rendering *r, const struct effect *effects, size_t count, size_t page_units, bool ended,
                 struct state *state)
{
    struct buf text;
    char room[RENDER_USUAL], kept[DIALOG_PENDING];
    enum page_turn turn = PAGE_FIRST;
    size_t septets = 0;
    bool says = false;
    buf_init_within(&text, r->arena, room, sizeof(room), NARROW_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind != EFFECT_SAY)
            continue;
        if (text.len)
            buf_addc(&text, '\n');
        size_t joint = text.len > 0, units = narrow_say(r, &effects[i], &text);
        bool counted = units != RENDER_UNMEASURED && septets != RENDER_UNMEASURED;
        septets = counted ? septets + joint + units : RENDER_UNMEASURED;
        turn = effects[i].page;
        says = true;
    }
    if (!says) /* the screen stays as it is, and so do the pages behind it */
        return;
    if (turn == PAGE_FIRST)
        state_forget_pages(state);
    state->pending_ends = ended;
    state_keep(buf_slice(&text), kept, sizeof(kept)); /* what is too long for it is lost: the prover's rule `lost` */
    r->error = text.error;
    if (text.len >= sizeof(kept))
        septets = RENDER_UNMEASURED;
    const struct cutting cut = {page_units, r->tongue, ended, septets};
    if (!r->error)
        add_screen(r, slice_of(kept), turn, &cut, state);
    if (!state->pending[0])
        state->pending_ends = false;
    buf_release(&text);
}
