/* Packed records: what facts and journal entries are written in, few bytes and read in place.
 *
 * A number is in base 128, low seven bits first; a difference is zigzag; a text is its length and its bytes; a real
 * number its eight bytes, lowest first. Must not know: what a record means. Failure policy: writing sticks in the
 * buffer's error; reading beyond the end, or a number too long, sticks in `bad`, and what is read from there on means
 * nothing. Proved by tests/unit/test_facts.c, test_journal.c and their fuzz targets. */
#ifndef GATEWAY_PACKING_H
#define GATEWAY_PACKING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/* Appends one. */
void pack_number(struct buf *out, uint64_t number);
void pack_difference(struct buf *out, int64_t difference);
void pack_text(struct buf *out, struct slice text);
void pack_real(struct buf *out, double number);

struct unpacking {
    struct slice rest; /* what is still to be read */
    bool bad;
};

/* Read one. A text is borrowed. */
int64_t unpack_difference(struct unpacking *u);
struct slice unpack_text(struct unpacking *u);
double unpack_real(struct unpacking *u);

/* Reads a number; 0 where there is none. */
static inline uint64_t unpack_number(struct unpacking *u)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift <= 63 && u->rest.len; shift += 7) {
        unsigned char byte = (unsigned char)*u->rest.ptr;
        u->rest = slice_part(u->rest, 1, u->rest.len);
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return number;
    }
    u->bad = true;
    return 0;
}

/* Takes so many bytes; none where there are fewer. */
static inline struct slice unpack_bytes(struct unpacking *u, uint64_t len)
{
    if (len > u->rest.len) {
        u->bad = true;
        return SLICE_NONE;
    }
    struct slice text = slice_part(u->rest, 0, len);
    u->rest = slice_part(u->rest, len, u->rest.len);
    return text;
}

/* Takes a byte; 0 where there is none. */
static inline unsigned unpack_byte(struct unpacking *u)
{
    struct slice byte = unpack_bytes(u, 1);
    return byte.len ? (unsigned char)byte.ptr[0] : 0;
}

#endif
