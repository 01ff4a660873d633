#include "gateway/packed_id.h"

#define RUN_MIN 8 /* hexadecimal digits that are worth packing */

static const bool is_digit[256] = {['0' ... '9'] = true, ['a' ... 'f'] = true};

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct id_cut id_cut(struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && is_digit[(unsigned char)text.ptr[end]])
            end++;
        if (end - at >= RUN_MIN) {
            end -= (end - at) % 2;
            return (struct id_cut){slice_part(text, 0, at), slice_part(text, at, end), slice_part(text, end, text.len)};
        }
        at = end + 1;
    }
    return (struct id_cut){.first = text};
}

void id_pack_run(struct buf *out, struct slice run)
{
    for (size_t i = 0; i < run.len; i += 2)
        buf_addc(out, (char)(digit_of(run.ptr[i]) << 4 | digit_of(run.ptr[i + 1])));
}

enum error id_join(struct arena *arena, struct slice before, const struct id_cut *packed, struct slice *out)
{
    static const char digits[] = "0123456789abcdef";
    const struct slice run = packed->run;
    char *text = arena_bytes(arena, before.len + packed->first.len + 2 * packed->run.len + packed->last.len + 1),
         *to = text;
    if (!text)
        return ERR_NOMEM;
    slice_pack(&to, before);
    slice_pack(&to, packed->first);
    for (size_t i = 0; i < run.len; i++, to += 2) {
        to[0] = digits[(unsigned char)run.ptr[i] >> 4];
        to[1] = digits[(unsigned char)run.ptr[i] & 15];
    }
    slice_pack(&to, packed->last);
    *out = (struct slice){text, (size_t)(to - text)};
    return OK;
}
