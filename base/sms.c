#include "base/sms.h"

#include "base/utf8.h"

/* Septets of each code point in GSM 7-bit, sixteen a row. Source: 3GPP TS 23.038 parts 6.2.1 and 6.2.1.1, as
 * printed in providers.md parts 10.1 and 10.2, which test_sms.c holds in the standard's own order. */
/* clang-format off */
static const char latin1_septets[] =
    "0000000000102100"  /* LF, form feed, CR; a tab has none */
    "0000000000000000"
    "1111111111111111"
    "1111111111111111"
    "1111111111111111"
    "1111111111122221"  /* [ \ ] ^ */
    "0111111111111111"  /* no ` */
    "1111111111122220"  /* { | } ~ */
    "0000000000000000"
    "0000000000000000"
    "0101110100000000"  /* ¡ £ ¤ ¥ § */
    "0000000000000001"  /* ¿ */
    "0000111101000000"  /* Ä Å Æ Ç É */
    "0100001010001001"  /* Ñ Ö Ø Ü ß */
    "1000111011001000"  /* à ä å æ è é ì; no á ç í */
    "0110001011001000"; /* ñ ò ö ø ù ü; no ó ú */
/* clang-format on */

#define GREEK_FIRST 0x390u
static const char greek_septets[] = "0001100010010010"  /* Γ Δ Θ Λ Ξ */
                                    "1001001011000000"; /* Π Σ Φ Ψ Ω */

#define EURO 0x20ACu

/* What stands for a character that GSM 7-bit has not, where a reader loses nothing: vowels without the
 * accent; the other case of ç, because França without its cedilla is another word, and a capital inside a
 * word is none; plain forms of quotes, dashes and blanks; nothing for what is invisible. Sorted by code
 * point. ª º ° • have no plain form that reads the same ("Nº" is not "No"), ZWJ joins emoji, so texts with
 * those stay as they are. */
static const struct {
    uint16_t code_point;
    char plain[4];
} plain_forms[] = {
    {0x0009, " "},  {'`', "'"},     {0x00A0, " "},  {0x00AB, "\""},  {0x00AD, ""},  {0x00B4, "'"}, {0x00BB, "\""},
    {0x00C1, "A"},  {0x00CD, "I"},  {0x00D3, "O"},  {0x00DA, "U"},   {0x00E1, "a"}, {0x00E7, "Ç"}, {0x00ED, "i"},
    {0x00F3, "o"},  {0x00FA, "u"},  {0x02BC, "'"},  {0x2000, " "},   {0x2001, " "}, {0x2002, " "}, {0x2003, " "},
    {0x2004, " "},  {0x2005, " "},  {0x2006, " "},  {0x2007, " "},   {0x2008, " "}, {0x2009, " "}, {0x200A, " "},
    {0x200B, ""},   {0x200E, ""},   {0x200F, ""},   {0x2010, "-"},   {0x2011, "-"}, {0x2012, "-"}, {0x2013, "-"},
    {0x2014, "-"},  {0x2015, "-"},  {0x2018, "'"},  {0x2019, "'"},   {0x201A, "'"}, {0x201B, "'"}, {0x201C, "\""},
    {0x201D, "\""}, {0x201E, "\""}, {0x201F, "\""}, {0x2026, "..."}, {0x2028, " "}, {0x2029, " "}, {0x202F, " "},
    {0x2032, "'"},  {0x2033, "\""}, {0x2039, "'"},  {0x203A, "'"},   {0x205F, " "}, {0x2060, ""},  {0x2212, "-"},
    {0x3000, " "},  {0xFEFF, ""},
};

unsigned gsm7_cost(uint32_t code_point)
{
    if (code_point < sizeof(latin1_septets) - 1)
        return (unsigned)(latin1_septets[code_point] - '0');
    if (code_point >= GREEK_FIRST && code_point - GREEK_FIRST < sizeof(greek_septets) - 1)
        return (unsigned)(greek_septets[code_point - GREEK_FIRST] - '0');
    return code_point == EURO ? 2 : 0;
}

/* A text being measured both ways at once: what it costs in GSM 7-bit counts as long as all of it has septets. */
struct meter {
    size_t gsm7, ucs2; /* units */
    bool is_gsm7;
};

static void meter_add(struct meter *m, uint32_t code_point)
{
    unsigned septets = gsm7_cost(code_point);
    m->is_gsm7 = m->is_gsm7 && septets > 0;
    m->gsm7 += septets;
    m->ucs2 += code_point > 0xFFFF ? 2 : 1;
}

static size_t meter_units(const struct meter *m)
{
    return m->is_gsm7 ? m->gsm7 : m->ucs2;
}

/* Counts the segments of a text that needs several, by pouring it into them one character at a time. */
static size_t count_parts(struct slice text, bool is_gsm7)
{
    size_t parts = 1, in_part = 0, capacity = is_gsm7 ? SMS_GSM7_PART : SMS_UCS2_PART;
    uint32_t code_point;
    while (utf8_next(&text, &code_point)) {
        size_t units = is_gsm7 ? gsm7_cost(code_point) : code_point > 0xFFFF ? 2 : 1;
        if (in_part + units > capacity) {
            parts++;
            in_part = 0;
        }
        in_part += units;
    }
    return parts;
}

struct sms_size sms_measure(struct slice text)
{
    struct meter m = {.is_gsm7 = true};
    struct slice rest = text;
    uint32_t code_point;
    while (utf8_next(&rest, &code_point))
        meter_add(&m, code_point);
    size_t units = meter_units(&m), single = m.is_gsm7 ? SMS_GSM7_SINGLE : SMS_UCS2_SINGLE;
    return (struct sms_size){
        .encoding = m.is_gsm7 ? SMS_GSM7 : SMS_UCS2,
        .units = units,
        .segments = units <= single ? 1 : count_parts(text, m.is_gsm7),
    };
}

const char *sms_encoding_name(enum sms_encoding encoding)
{
    return encoding == SMS_GSM7 ? "GSM-7" : "UCS-2";
}

/* Gives what a character is sent as: NULL for itself, which may still have no septets. */
static const char *plain_form(uint32_t code_point)
{
    size_t low = 0, high = sizeof(plain_forms) / sizeof(plain_forms[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (plain_forms[middle].code_point == code_point)
            return plain_forms[middle].plain;
        if (plain_forms[middle].code_point < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Appends a text with every plain form in place. It does not grow by that: no form is longer than what it is for. */
static void add_plain(struct slice text, struct buf *out)
{
    const char *kept = text.ptr, *at = text.ptr;
    uint32_t code_point;
    while (utf8_next(&text, &code_point)) {
        bool letter = code_point < 0x80 && code_point != '\t' && code_point != '`';
        const char *plain = letter ? NULL : plain_form(code_point);
        if (plain) {
            buf_add(out, kept, (size_t)(at - kept));
            buf_adds(out, plain);
            kept = text.ptr;
        }
        at = text.ptr;
    }
    buf_add(out, kept, (size_t)(at - kept));
}

struct sms_size sms_transliterate(struct slice text, struct buf *out)
{
    struct sms_size now = sms_measure(text), then = now;
    size_t start = out->len;
    if (now.encoding == SMS_UCS2) {
        add_plain(text, out);
        then = sms_measure(slice_part(buf_slice(out), start, out->len));
        if (then.encoding == SMS_GSM7 && then.segments <= now.segments)
            return then;
        if (out->error)
            return now;
        out->len = start;
    }
    buf_addslice(out, text);
    return now;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Gives the bytes of the longest start of the text that fits, of its first character at least. */
static size_t bytes_that_fit(struct slice text, size_t max_units)
{
    struct slice rest = text;
    struct meter m = {.is_gsm7 = true};
    uint32_t code_point;
    size_t fit = 0;
    while (utf8_next(&rest, &code_point)) {
        meter_add(&m, code_point);
        if (fit > 0 && meter_units(&m) > max_units)
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

bool sms_page(struct slice *rest, size_t max_units, struct slice *page)
{
    if (rest->len == 0)
        return false;
    size_t fit = bytes_that_fit(*rest, max_units);
    size_t word_end = fit < rest->len ? last_word_end(*rest, fit) : 0;
    size_t end = word_end ? word_end : fit;
    *page = slice_part(*rest, 0, end);
    while (word_end && end < rest->len && is_blank(rest->ptr[end]))
        end++;
    *rest = slice_part(*rest, end, rest->len);
    return true;
}
