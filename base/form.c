#include "base/form.h"

#include <stdint.h>
#include <string.h>

/* Gives a hex digit's value, or -1. */
static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Tells whether any of eight bytes is a percent sign or a plus. */
static bool has_coded(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t percent = eight ^ (ones * '%'), plus = eight ^ (ones * '+');
    return ((((percent - ones) & ~percent) | ((plus - ones) & ~plus)) & tops) != 0;
}

/* Finds the first byte that stands for another. */
static size_t plain_run(struct slice text)
{
    size_t run = 0;
    uint64_t eight;
    for (; text.len - run >= sizeof(eight); run += sizeof(eight)) {
        memcpy(&eight, text.ptr + run, sizeof(eight));
        if (has_coded(eight))
            break;
    }
    if (text.len - run < sizeof(eight) && text.len >= sizeof(eight)) { /* the last few, with some before them */
        memcpy(&eight, text.ptr + text.len - sizeof(eight), sizeof(eight));
        if (!has_coded(eight))
            return text.len;
    }
    while (run < text.len && text.ptr[run] != '%' && text.ptr[run] != '+')
        run++;
    return run;
}

/* Decodes one name or value: most have nothing to decode and stay where they are. A percent sign without two hex
 * digits behind it stands for itself. */
static struct slice decode(struct slice text, struct arena *arena)
{
    size_t len = plain_run(text);
    if (len == text.len)
        return text.ptr ? text : SLICE("");
    char *out = arena_bytes(arena, text.len);
    if (!out)
        return SLICE_NONE;
    memcpy(out, text.ptr, len);
    for (size_t i = len; i < text.len; i++) {
        char c = text.ptr[i];
        bool escape = c == '%' && text.len - i > 2;
        int high = escape ? nibble(text.ptr[i + 1]) : -1;
        int low = escape ? nibble(text.ptr[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        out[len++] = c;
    }
    return (struct slice){out, len};
}

enum error form_parse(struct slice text, struct arena *arena, struct form *out)
{
    struct form_field fields[FORM_FIELDS_MAX]; /* here first, for how many there are is not known before */
    struct slice piece;
    size_t count = 0;
    while (slice_cut(&text, '&', &piece)) {
        if (piece.len == 0)
            continue;
        if (count == FORM_FIELDS_MAX)
            return ERR_LIMIT;
        size_t equals = slice_find(piece, '=');
        struct form_field *field = &fields[count++];
        field->name = decode(slice_part(piece, 0, equals), arena);
        field->value = decode(slice_part(piece, equals + 1, piece.len), arena);
        if (!field->name.ptr || !field->value.ptr)
            return ERR_NOMEM;
    }
    struct form_field *kept = arena_bytes(arena, count * sizeof(*kept));
    if (!kept)
        return ERR_NOMEM;
    memcpy(kept, fields, count * sizeof(*kept));
    *out = (struct form){.fields = kept, .count = count};
    return OK;
}

struct slice form_get(const struct form *form, const char *name)
{
    const struct slice wanted = slice_of(name);
    for (size_t i = 0; i < form->count; i++)
        if (slice_eq(form->fields[i].name, wanted))
            return form->fields[i].value;
    return SLICE_NONE;
}

/* Letters, digits, '-', '.', '_' and '~' stand for themselves. Source: RFC 3986, section 2.3. */
#define IS_UNRESERVED(c)                                                                                               \
    (((c) >= '0' && (c) <= '9') || ((c) >= 'A' && (c) <= 'Z') || ((c) >= 'a' && (c) <= 'z') || (c) == '-' ||           \
     (c) == '.' || (c) == '_' || (c) == '~')
#define HEX(digit) ((digit) < 10 ? '0' + (digit) : 'A' + (digit)-10)
#define ROW_1(c)                                                                                                       \
    {                                                                                                                  \
        {IS_UNRESERVED(c) ? (char)(c) : '%', HEX((c) >> 4), HEX((c)&15)}, IS_UNRESERVED(c) ? 1 : 3                     \
    }
#define ROW_4(c) ROW_1(c), ROW_1((c) + 1), ROW_1((c) + 2), ROW_1((c) + 3)
#define ROW_16(c) ROW_4(c), ROW_4((c) + 4), ROW_4((c) + 8), ROW_4((c) + 12)
#define ROW_64(c) ROW_16(c), ROW_16((c) + 16), ROW_16((c) + 32), ROW_16((c) + 48)

/* How each byte is written: four bytes, so that it is copied in one piece, of which `len` count. */
static const struct {
    char text[3];
    unsigned char len;
} written[256] = {ROW_64(0), ROW_64(64), ROW_64(128), ROW_64(192)};
#define WRITTEN_SIZE 4
_Static_assert(sizeof(written[0]) == WRITTEN_SIZE, "a row is copied whole");

/* Makes room for the text as it is encoded. It is measured only where its worst case does not fit. */
static bool make_room(struct slice text, struct buf *out)
{
    size_t len = text.len, most = 3 * text.len;
    if (!out->error && out->capacity - out->len > most && out->max - out->len >= most)
        return true;
    for (size_t i = 0; i < text.len; i++)
        len += written[(unsigned char)text.ptr[i]].len - 1U;
    return buf_reserve(out, len);
}

void form_encode(struct slice text, struct buf *out)
{
    if (!make_room(text, out))
        return;
    char *at = out->ptr + out->len;
    size_t i = 0, whole = (out->capacity - out->len - 1) / 3; /* so many rows fit, whatever they are */
    whole = whole < text.len ? whole : text.len;
    for (; i < whole; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        memcpy(at, &written[byte], WRITTEN_SIZE);
        at += written[byte].len;
    }
    for (; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        memcpy(at, &written[byte], written[byte].len);
        at += written[byte].len;
    }
    *at = '\0';
    out->len = (size_t)(at - out->ptr);
}
