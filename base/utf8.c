#include "base/utf8.h"

#include <endian.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define REPLACEMENT_BYTES "\xEF\xBF\xBD"

/* Tells how many bytes a character that begins with this byte takes; 0 where none can. */
static size_t width_of(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Decodes the character at the start of `len` > 0 bytes. Returns its width, or 0 when the bytes are
 * ill-formed. */
static size_t decode(const unsigned char *bytes, size_t len, uint32_t *code_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t width = width_of(bytes[0]);
    if (width == 0 || width > len)
        return 0;
    uint32_t value = width == 1 ? bytes[0] : bytes[0] & (0x7Fu >> width);
    for (size_t i = 1; i < width; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3F);
    }
    if (value < least[width] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code_point = value;
    return width;
}

/* Tells whether a character of two bytes is next: what most are that are not ASCII. */
static bool is_pair(const unsigned char *bytes, size_t len)
{
    return len > 1 && bytes[0] >= 0xC2 && bytes[0] < 0xE0 && (bytes[1] & 0xC0) == 0x80;
}

bool utf8_next_wide(struct slice *rest, uint32_t *code_point)
{
    const unsigned char *bytes = (const unsigned char *)rest->ptr;
    bool pair = is_pair(bytes, rest->len);
    size_t width = pair ? 2 : decode(bytes, rest->len, code_point);
    if (pair)
        *code_point = (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
    if (width == 0) {
        *code_point = UTF8_REPLACEMENT;
        width = 1;
    }
    rest->ptr += width;
    rest->len -= width;
    return true;
}

/* Counts, of eight bytes, those at the start that are ASCII. */
static size_t ascii_of_eight(const char *bytes)
{
    uint64_t eight;
    memcpy(&eight, bytes, sizeof(eight));
    eight = le64toh(eight) & 0x8080808080808080u;
    return eight ? (size_t)__builtin_ctzll(eight) / 8 : 8;
}

/* Counts the bytes at the start that are ASCII, eight at a time: most text is nothing else. */
static size_t ascii_run(const char *bytes, size_t len)
{
    size_t run = 0;
    while (len - run >= 8) {
        size_t ascii = ascii_of_eight(bytes + run);
        run += ascii;
        if (ascii < 8)
            return run;
    }
    if (len >= 8) /* the last ones with what stands before them */
        return len - 8 + ascii_of_eight(bytes + len - 8);
    while (run < len && (unsigned char)bytes[run] < 0x80)
        run++;
    return run;
}

bool utf8_valid(struct slice text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    uint32_t code_point;
    for (size_t at = 0; at < text.len;) {
        at += ascii_run(text.ptr + at, text.len - at);
        if (at == text.len)
            break;
        if (is_pair(bytes + at, text.len - at)) {
            at += 2;
            continue;
        }
        size_t width = decode(bytes + at, text.len - at, &code_point);
        if (width == 0)
            return false;
        at += width;
    }
    return true;
}

void utf8_put(struct buf *out, uint32_t code_point)
{
    char bytes[4];
    buf_add(out, bytes, utf8_encode(code_point, bytes));
}

size_t utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        code_point = UTF8_REPLACEMENT;
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t width = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = width - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (char)((0xF00u >> width & 0xF0) | code_point);
    return width;
}

/* Tells what to write for a character taken as `width` bytes, with `next` behind it; NULL keeps it as it is.
 */
static const char *cleaned(uint32_t code_point, size_t width, struct slice next)
{
    if (code_point == '\r')
        return slice_starts(next, "\n") ? "" : "\n";
    if (code_point < ' ')
        return code_point == '\n' || code_point == '\t' ? NULL : "";
    if (code_point >= 0x7F && code_point < 0xA0)
        return "";
    return code_point == UTF8_REPLACEMENT && width == 1 ? REPLACEMENT_BYTES : NULL;
}

void utf8_clean(struct slice text, struct buf *out)
{
    struct slice rest = text;
    uint32_t code_point;
    if (slice_starts(rest, BYTE_ORDER_MARK))
        rest = slice_part(rest, sizeof(BYTE_ORDER_MARK) - 1, rest.len);
    const char *kept = rest.ptr, *at = rest.ptr;
    while (utf8_next(&rest, &code_point)) {
        const char *instead = cleaned(code_point, (size_t)(rest.ptr - at), rest);
        if (instead) {
            buf_add(out, kept, (size_t)(at - kept));
            buf_adds(out, instead);
            kept = rest.ptr;
        }
        at = rest.ptr;
    }
    if (at != kept)
        buf_add(out, kept, (size_t)(at - kept));
}

size_t utf8_count(struct slice text)
{
    size_t count = 0;
    uint32_t code_point;
    for (;;) {
        size_t run = ascii_run(text.ptr, text.len);
        count += run;
        text = slice_part(text, run, text.len);
        if (!utf8_next(&text, &code_point))
            return count;
        count++;
    }
}

struct slice utf8_prefix(struct slice text, size_t max)
{
    struct slice rest = text;
    uint32_t code_point;
    if (text.len <= max) /* a character has a byte at least */
        return text;
    while (max > 0 && utf8_next(&rest, &code_point))
        max--;
    return slice_part(text, 0, text.len - rest.len);
}
