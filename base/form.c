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
    struct form_field *kept = arena_array(arena, count, sizeof(*kept));
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
static bool is_unreserved(unsigned char c)
{
    static const uint32_t sets[8] = {[1] = 0x03ff6000, [2] = 0x87fffffe, [3] = 0x47fffffe};
    return sets[c >> 5] >> (c & 31) & 1;
}

/* Makes room for the text as it is encoded. It is measured only where its worst case does not fit. */
static bool make_room(struct slice text, struct buf *out)
{
    size_t len = text.len, most = 3 * text.len;
    if (!out->error && out->capacity - out->len > most && out->max - out->len >= most)
        return true;
    for (size_t i = 0; i < text.len; i++)
        len += is_unreserved((unsigned char)text.ptr[i]) ? 0 : 2;
    return buf_reserve(out, len);
}

void form_encode(struct slice text, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    if (!make_room(text, out))
        return;
    char *at = out->ptr + out->len;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (is_unreserved(byte)) {
            *at++ = text.ptr[i];
            continue;
        }
        *at++ = '%';
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
    }
    *at = '\0';
    out->len = (size_t)(at - out->ptr);
}
