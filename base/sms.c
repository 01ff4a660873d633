#include "base/sms.h"

#include "base/sms_plain.h"
#include "base/utf8.h"

/* Units of a segment: alone; among several, with an 8-bit reference; with a 16-bit one. A segment has 140 octets, less
 * its header: 5 + 1, 6 + 1 octets for the references, 3 + 1 (alone) or 3 for the shift, rounded up to whole units.
 * Source: TS 23.040 9.2.3.24; providers.md parts 10.3 and 10.4. */
static const struct capacity {
    size_t alone, part, wide_part;
} capacities[] = {
    [SMS_GSM7] = {SMS_GSM7_SINGLE, SMS_GSM7_PART, 152},
    [SMS_GSM7_ES] = {155, 149, 148},
    [SMS_UCS2] = {SMS_UCS2_SINGLE, SMS_UCS2_PART, 66},
};

/* The ways to write a text. A plain way replaces what its alphabet lacks. */
enum way { AS_GSM7, AS_SPANISH, AS_UCS2, PLAIN_SPANISH, PLAIN_GSM7, WAYS };

static const struct {
    enum sms_encoding encoding;
    bool plain;
} ways[WAYS] = {
    [AS_GSM7] = {SMS_GSM7, false},         [AS_SPANISH] = {SMS_GSM7_ES, false}, [AS_UCS2] = {SMS_UCS2, false},
    [PLAIN_SPANISH] = {SMS_GSM7_ES, true}, [PLAIN_GSM7] = {SMS_GSM7, true},
};

/* Of ways that cost the same, the first is taken. */
static const enum way preferences[][WAYS] = {
    [SMS_PLAIN] = {AS_GSM7, PLAIN_GSM7, AS_UCS2, AS_SPANISH, PLAIN_SPANISH},
    [SMS_CHEAPEST] = {AS_GSM7, AS_UCS2, AS_SPANISH, PLAIN_SPANISH, PLAIN_GSM7},
    [SMS_EXACT] = {AS_GSM7, AS_UCS2, AS_SPANISH, PLAIN_SPANISH, PLAIN_GSM7},
};

/* Units poured into segments one character at a time. */
struct filling {
    size_t units;
    size_t parts;    /* segments, if there are several */
    size_t in_part;  /* units in the last of them */
    size_t capacity; /* units of one among several */
};

/* A text being measured all ways at once. */
struct meter {
    struct filling fillings[WAYS];
    bool open[WAYS]; /* allowed, and all of the text so far can be written so */
};

size_t sms_capacity(enum sms_encoding encoding, bool several, bool wide_reference)
{
    const struct capacity *c = &capacities[encoding];
    return !several ? c->alone : wide_reference ? c->wide_part : c->part;
}

static struct filling filling_of(enum sms_encoding encoding, const struct sms_policy *policy)
{
    return (struct filling){.parts = 1, .capacity = sms_capacity(encoding, true, policy->wide_reference)};
}

static void pour(struct filling *f, unsigned units)
{
    if (f->in_part + units > f->capacity) {
        f->parts++;
        f->in_part = 0;
    }
    f->in_part += units;
    f->units += units;
}

/* Pours characters of one unit each. */
static void pour_run(struct filling *f, size_t count)
{
    size_t room = f->capacity - f->in_part;
    f->units += count;
    if (count <= room) {
        f->in_part += count;
        return;
    }
    size_t more = (count - room - 1) / f->capacity + 1;
    f->parts += more;
    f->in_part = count - room - (more - 1) * f->capacity;
}

static struct sms_size filling_size(const struct filling *f, enum sms_encoding encoding)
{
    bool alone = f->units <= capacities[encoding].alone;
    return (struct sms_size){.encoding = encoding, .units = f->units, .segments = alone ? 1 : f->parts};
}

static void meter_init(struct meter *m, const struct sms_policy *policy, enum sms_manner manner)
{
    for (int way = 0; way < WAYS; way++) {
        bool shifted = ways[way].encoding == SMS_GSM7_ES;
        m->fillings[way] = filling_of(ways[way].encoding, policy);
        m->open[way] = (!shifted || policy->spanish_shift) && (!ways[way].plain || manner != SMS_EXACT);
    }
}

/* Gives the units of a character as it is, 0 where the encoding has none for it. */
static unsigned cost_in(enum sms_encoding encoding, uint32_t code_point)
{
    if (encoding == SMS_UCS2)
        return code_point > 0xFFFF ? 2 : 1;
    return encoding == SMS_GSM7 ? gsm7_cost(code_point) : gsm7_cost_spanish(code_point);
}

static void meter_add(struct meter *m, uint32_t code_point)
{
    const char *plain = gsm7_cost(code_point) ? NULL : sms_plain_form(code_point);
    for (int way = 0; way < WAYS; way++) {
        if (!m->open[way])
            continue;
        unsigned units = cost_in(ways[way].encoding, code_point);
        if (units)
            pour(&m->fillings[way], units);
        else if (plain && ways[way].plain)
            pour_run(&m->fillings[way], utf8_count(slice_of(plain)));
        else
            m->open[way] = false;
    }
}

static enum way meter_choose(const struct meter *m, enum sms_manner manner, struct sms_size *size)
{
    enum way best = AS_UCS2;
    size->segments = SIZE_MAX;
    for (int i = 0; i < WAYS; i++) {
        enum way way = preferences[manner][i];
        struct sms_size its = filling_size(&m->fillings[way], ways[way].encoding);
        if (m->open[way] && its.segments < size->segments) {
            *size = its;
            best = way;
        }
    }
    return best;
}

static void meter_add_run(struct meter *m, size_t count)
{
    for (int way = 0; way < WAYS; way++)
        if (m->open[way])
            pour_run(&m->fillings[way], count);
}

/* Measures text in the default alphabet. Returns false when some of it has no septets. */
static bool measure_gsm7(struct slice text, const struct sms_policy *policy, struct sms_size *size)
{
    struct filling f = filling_of(SMS_GSM7, policy);
    uint32_t code_point;
    for (;;) {
        size_t run = gsm7_ascii_run(text);
        pour_run(&f, run);
        text = slice_part(text, run, text.len);
        if (!utf8_next(&text, &code_point))
            break;
        unsigned septets = gsm7_cost(code_point);
        if (!septets)
            return false;
        pour(&f, septets);
    }
    *size = filling_size(&f, SMS_GSM7);
    return true;
}

/* Chooses how to write a text. What is GSM-7 as it is goes so in every manner: no other way costs less. */
static enum way choose(struct slice text, const struct sms_policy *policy, enum sms_manner manner,
                       struct sms_size *size)
{
    struct meter m;
    uint32_t code_point;
    if (measure_gsm7(text, policy, size))
        return AS_GSM7;
    meter_init(&m, policy, manner);
    do {
        size_t run = gsm7_ascii_run(text);
        meter_add_run(&m, run);
        text = slice_part(text, run, text.len);
        if (utf8_next(&text, &code_point))
            meter_add(&m, code_point);
    } while (text.len);
    return meter_choose(&m, manner, size);
}

static const struct sms_policy usual = {.manner = SMS_PLAIN};

struct sms_size sms_measure(struct slice text)
{
    return sms_measure_as(text, &usual);
}

struct sms_size sms_measure_as(struct slice text, const struct sms_policy *policy)
{
    struct sms_size size;
    choose(text, policy, SMS_EXACT, &size);
    return size;
}

struct sms_size sms_measure_rendered(struct slice text, const struct sms_policy *policy)
{
    struct sms_size size;
    choose(text, policy, policy->manner, &size);
    return size;
}

const char *sms_encoding_name(enum sms_encoding encoding)
{
    static const char *const names[] = {[SMS_GSM7] = "GSM-7", [SMS_GSM7_ES] = "GSM-7-ES", [SMS_UCS2] = "UCS-2"};
    return names[encoding];
}

/* Appends text in a plain way: what its alphabet lacks has a plain form, or the way would not be open. */
static void put_plain(struct slice text, enum sms_encoding encoding, struct buf *out)
{
    const char *kept = text.ptr, *at;
    uint32_t code_point;
    for (;;) {
        size_t run = gsm7_ascii_run(text);
        text = slice_part(text, run, text.len);
        at = text.ptr;
        if (!utf8_next(&text, &code_point))
            break;
        if (cost_in(encoding, code_point))
            continue;
        buf_add(out, kept, (size_t)(at - kept));
        buf_adds(out, sms_plain_form(code_point));
        kept = text.ptr;
    }
    buf_add(out, kept, (size_t)(at - kept));
}

/* Tells whether no other way costs less than the plain one with so many segments: UCS-2 has room for fewer characters,
 * and the Spanish shift has its own only where it is allowed. */
static bool plain_is_cheapest(size_t segments, size_t characters, const struct sms_policy *policy)
{
    size_t ucs2 = characters / sms_capacity(SMS_UCS2, true, false);
    return segments == 1 || (!policy->spanish_shift && segments <= ucs2);
}

/* Writes and measures the plain form of a character. Returns false when it has none. */
static bool put_plain_form(uint32_t code_point, struct filling *f, struct buf *out)
{
    const char *plain = sms_plain_form(code_point);
    if (!plain)
        return false;
    struct slice form = slice_of(plain);
    buf_addslice(out, form);
    pour_run(f, utf8_count(form));
    return true;
}

/* Writes and measures text in GSM-7 at once, plain where it must be: how nearly all goes in a plain manner. Returns
 * false, with nothing appended, where another way may be better. */
static bool render_plainly(struct slice text, const struct sms_policy *policy, struct buf *out, struct sms_size *size)
{
    struct filling f = filling_of(SMS_GSM7, policy);
    const char *kept = text.ptr, *at;
    size_t start = out->len, characters = 0;
    bool plain = false, good = true;
    for (uint32_t code_point; good; characters++) {
        size_t run = gsm7_ascii_run(text);
        pour_run(&f, run);
        characters += run;
        text = slice_part(text, run, text.len);
        at = text.ptr;
        if (!utf8_next(&text, &code_point))
            break;
        unsigned septets = gsm7_cost(code_point);
        pour(&f, septets);
        if (!septets) {
            plain = true;
            buf_add(out, kept, (size_t)(at - kept));
            kept = text.ptr;
            good = put_plain_form(code_point, &f, out);
        }
    }
    *size = filling_size(&f, SMS_GSM7);
    if (!good || (plain && !plain_is_cheapest(size->segments, characters, policy))) {
        out->len = start;
        if (out->ptr)
            out->ptr[start] = '\0';
        return false;
    }
    buf_add(out, kept, (size_t)(at - kept));
    return true;
}

struct sms_size sms_render(struct slice text, const struct sms_policy *policy, struct buf *out)
{
    struct sms_size size;
    if (policy->manner == SMS_PLAIN && render_plainly(text, policy, out, &size))
        return size;
    enum way way = choose(text, policy, policy->manner, &size);
    if (ways[way].plain)
        put_plain(text, size.encoding, out);
    else
        buf_addslice(out, text);
    return size;
}

struct sms_size sms_transliterate(struct slice text, struct buf *out)
{
    return sms_render(text, &usual, out);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* What a page may have at most; SIZE_MAX where that is no limit. */
struct page_limit {
    const struct sms_policy *policy;
    enum sms_manner manner;
    size_t units, segments;
};

static bool exceeds(struct sms_size size, const struct page_limit *limit)
{
    return size.units > limit->units || size.segments > limit->segments;
}

#define RUN_MAX 16 /* bytes tried at once: the last ones that do are tried one by one */

/* Finds the longest start that fits of a text that is GSM-7 so far. Returns false when it meets something else first.
 */
static bool gsm7_that_fits(struct slice text, const struct page_limit *limit, size_t *fit)
{
    struct filling f = filling_of(SMS_GSM7, limit->policy);
    struct slice rest = text;
    uint32_t code_point;
    *fit = 0;
    while (rest.len) {
        struct filling filled = f;
        size_t run = gsm7_ascii_run(slice_part(rest, 0, RUN_MAX));
        pour_run(&filled, run);
        if (run && !exceeds(filling_size(&filled, SMS_GSM7), limit)) {
            f = filled;
            rest = slice_part(rest, run, rest.len);
        } else if (utf8_next(&rest, &code_point)) {
            unsigned septets = gsm7_cost(code_point);
            if (!septets)
                return false;
            pour(&f, septets);
            if (*fit > 0 && exceeds(filling_size(&f, SMS_GSM7), limit))
                break;
        }
        *fit = text.len - rest.len;
    }
    return true;
}

/* Gives the bytes of the longest start of the text that fits, of its first character at least. */
static size_t bytes_that_fit(struct slice text, const struct page_limit *limit)
{
    struct slice rest = text;
    struct meter m;
    struct sms_size size;
    uint32_t code_point;
    size_t fit;
    if (gsm7_that_fits(text, limit, &fit))
        return fit;
    meter_init(&m, limit->policy, limit->manner);
    fit = 0;
    while (utf8_next(&rest, &code_point)) {
        meter_add(&m, code_point);
        meter_choose(&m, limit->manner, &size);
        if (fit > 0 && exceeds(size, limit))
            break;
        fit = text.len - rest.len;
    }
    return fit;
}

/* Gives where the last word ends at or before byte `fit`, which is inside the text; 0 when none does. */
static size_t last_word_end(struct slice text, size_t fit)
{
    while (fit > 0 && !(is_blank(text.ptr[fit]) && !is_blank(text.ptr[fit - 1])))
        fit--;
    return fit;
}

static bool cut_page(struct slice *rest, const struct page_limit *limit, struct slice *page)
{
    if (rest->len == 0)
        return false;
    size_t fit = bytes_that_fit(*rest, limit);
    size_t word_end = fit < rest->len ? last_word_end(*rest, fit) : 0;
    size_t end = word_end ? word_end : fit;
    *page = slice_part(*rest, 0, end);
    while (word_end && end < rest->len && is_blank(rest->ptr[end]))
        end++;
    *rest = slice_part(*rest, end, rest->len);
    return true;
}

bool sms_page(struct slice *rest, size_t max_units, struct slice *page)
{
    const struct page_limit limit = {&usual, SMS_EXACT, max_units, SIZE_MAX};
    return cut_page(rest, &limit, page);
}

bool sms_message(struct slice *rest, const struct sms_policy *policy, struct slice *message)
{
    const struct page_limit limit = {policy, policy->manner, SIZE_MAX, sms_policy_segments(policy)};
    return cut_page(rest, &limit, message);
}
