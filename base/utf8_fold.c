#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

/* Each ASCII byte folded: capitals small, quotes one quote, controls and DEL a blank. */
static const char ascii_folded[] = "                "
                                   "                "
                                   " !'#$%&'()*+,-./"
                                   "0123456789:;<=>?"
                                   "@abcdefghijklmno"
                                   "pqrstuvwxyz[\\]^_"
                                   "'abcdefghijklmno"
                                   "pqrstuvwxyz{|}~ ";
_Static_assert(sizeof(ascii_folded) == 128 + 1, "one entry for each ASCII byte");

#define LATIN1_FIRST 0x80u
#define LATIN1_LAST 0xFFu

/* U+0080 to U+00FF folded, so that Spanish never takes the general way below; test_utf8.c holds the two
 * against each other. A fraction begins with a blank: "2½" must not become 21/2. */
/* clang-format off */
static const char latin1_folded[][5] = {
    " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ",    " ",    " ",    " ",
    " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ",    " ",    " ",    " ",
    " ", "¡", "¢", "£", "¤", "¥", "¦", "§", " ", "©", "a", "'", "¬",    "",     "®",    " ",
    "°", "±", "2", "3", "'", "μ", "¶", "·", " ", "1", "o", "'", " 1/4", " 1/2", " 3/4", "¿",
    "a", "a", "a", "a", "a", "a", "æ", "c", "e", "e", "e", "e", "i",    "i",    "i",    "i",
    "ð", "n", "o", "o", "o", "o", "o", "×", "ø", "u", "u", "u", "u",    "y",    "þ",    "ss",
    "a", "a", "a", "a", "a", "a", "æ", "c", "e", "e", "e", "e", "i",    "i",    "i",    "i",
    "ð", "n", "o", "o", "o", "o", "o", "÷", "ø", "u", "u", "u", "u",    "y",    "þ",    "y",
};
/* clang-format on */
_Static_assert(sizeof(latin1_folded) / sizeof(latin1_folded[0]) == LATIN1_LAST - LATIN1_FIRST + 1,
               "one entry for each code point");

/* What Unicode's categories do not tell: quotes and dashes that are filed elsewhere. */
static const struct {
    uint32_t first, last;
    char plain;
} look_alikes[] = {
    {0x02B9, 0x02BD, '\''}, /* modifier letters: primes, commas, apostrophe */
    {0x02C8, 0x02C8, '\''}, /* vertical line */
    {0x02CA, 0x02CB, '\''}, /* acute and grave accents */
    {0x1FBF, 0x1FBF, '\''}, /* Greek psili */
    {0x201A, 0x201A, '\''}, /* low quote */
    {0x201E, 0x201E, '\''}, /* low double quote */
    {0x2032, 0x2037, '\''}, /* primes, upright and reversed */
    {0x2043, 0x2043, '-'},  /* hyphen bullet */
    {0x2044, 0x2044, '/'},  /* fraction slash */
    {0x2212, 0x2212, '-'},  /* minus */
    {0x2215, 0x2215, '/'},  /* division slash */
    {0x275B, 0x275F, '\''}, /* ornamental quotes */
    {0x301D, 0x301F, '\''}, /* quotation marks of East Asia */
};

/* What is written so far. A blank is written only behind something else: runs become one, and none leads. */
struct folder {
    char *out;
    size_t len;  /* bytes written */
    size_t room; /* bytes, without the NUL */
};

static bool put_byte(struct folder *f, char c)
{
    if (c == ' ' && (f->len == 0 || f->out[f->len - 1] == ' '))
        return true;
    if (f->len == f->room)
        return false;
    f->out[f->len++] = c;
    return true;
}

/* Writes one folded code point whole. Returns false when it does not fit: then nothing more is written. */
static bool put_code_point(struct folder *f, uint32_t code_point)
{
    char bytes[4];
    if (code_point < 0x80)
        return put_byte(f, ascii_folded[code_point]);
    size_t width = utf8_encode(code_point, bytes);
    if (width > f->room - f->len)
        return false;
    memcpy(f->out + f->len, bytes, width);
    f->len += width;
    return true;
}

/* Writes a code point that is decomposed already, by what kind of character it is. */
static bool put_by_category(struct folder *f, uint32_t code_point)
{
    for (size_t i = 0; i < sizeof(look_alikes) / sizeof(look_alikes[0]); i++)
        if (code_point >= look_alikes[i].first && code_point <= look_alikes[i].last)
            return put_byte(f, look_alikes[i].plain);
    switch (utf8proc_category((utf8proc_int32_t)code_point)) {
    case UTF8PROC_CATEGORY_PD:
        return put_byte(f, '-');
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
        return put_byte(f, '\'');
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
        return put_byte(f, ' ');
    case UTF8PROC_CATEGORY_CF:
        return true;
    default:
        return put_code_point(f, code_point);
    }
}

/* Folds any code point by Unicode's tables: the general, slower way. */
static bool put_general(struct folder *f, uint32_t code_point)
{
    enum { LONGEST = 32 }; /* code points; the longest decomposition in Unicode has 18 (U+FDFA) */
    const utf8proc_option_t how =
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
    utf8proc_int32_t parts[LONGEST];
    int boundary = 0;
    bool is_fraction = code_point >= 0x2150 && code_point <= 0x215F;
    if (is_fraction && !put_byte(f, ' '))
        return false;
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code_point, parts, LONGEST, how, &boundary);
    if (count < 0 || count > LONGEST)
        return put_code_point(f, UTF8_REPLACEMENT);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        if (!put_by_category(f, (uint32_t)parts[i]))
            return false;
    return true;
}

static bool put_latin1(struct folder *f, uint32_t code_point)
{
    const char *folded = latin1_folded[code_point - LATIN1_FIRST];
    if (folded[0] && !folded[1])
        return put_byte(f, folded[0]);
    struct slice rest = slice_of(folded);
    while (utf8_next(&rest, &code_point))
        if (!put_code_point(f, code_point))
            return false;
    return true;
}

/* Gives what a two-byte character of Latin-1 folds to if that is one byte, as for á and ñ; else NUL. */
static char folded_pair(const unsigned char *at, const unsigned char *end)
{
    if ((at[0] != 0xC2 && at[0] != 0xC3) || end - at < 2 || (at[1] & 0xC0) != 0x80)
        return '\0';
    const char *folded = latin1_folded[(at[0] & 1u) << 6 | (at[1] & 0x3Fu)];
    return folded[0] && !folded[1] ? folded[0] : '\0';
}

/* Folds the start of *rest as far as each character gives at most one byte, which is nearly all of nearly every
 * message: the hot path, put_byte() written out. */
static void put_plain_run(struct folder *f, struct slice *rest)
{
    const unsigned char *at = (const unsigned char *)rest->ptr, *end = at + rest->len;
    char *out = f->out + f->len, *out_end = f->out + f->room;
    while (at < end && out < out_end) {
        char c;
        if (*at < 0x80) {
            c = ascii_folded[*at++];
        } else if ((c = folded_pair(at, end)) != '\0') {
            at += 2;
        } else {
            break;
        }
        if (c != ' ' || (out > f->out && out[-1] != ' '))
            *out++ = c;
    }
    f->len = (size_t)(out - f->out);
    *rest = (struct slice){(const char *)at, (size_t)(end - at)};
}

size_t utf8_fold(struct slice text, char *out, size_t size)
{
    struct folder f = {.out = out, .room = size - 1};
    uint32_t code_point;
    bool fits = true;
    while (fits && text.len > 0) {
        put_plain_run(&f, &text);
        if (!utf8_next(&text, &code_point))
            break;
        if (code_point < LATIN1_FIRST)
            fits = put_byte(&f, ascii_folded[code_point]);
        else if (code_point <= LATIN1_LAST)
            fits = put_latin1(&f, code_point);
        else
            fits = put_general(&f, code_point);
    }
    if (f.len > 0 && out[f.len - 1] == ' ')
        f.len--;
    out[f.len] = '\0';
    return f.len;
}
