#include "gateway/packing.h"

#include <string.h>

void pack_number(struct buf *out, uint64_t number)
{
    for (; number > 0x7F; number >>= 7)
        buf_addc(out, (char)(number | 0x80));
    buf_addc(out, (char)number);
}

void pack_difference(struct buf *out, int64_t difference)
{
    pack_number(out, ((uint64_t)difference << 1) ^ (uint64_t)(difference >> 63));
}

void pack_text(struct buf *out, struct slice text)
{
    pack_number(out, text.len);
    buf_addslice(out, text);
}

void pack_real(struct buf *out, double number)
{
    uint64_t bits;
    char bytes[sizeof(bits)];
    memcpy(&bits, &number, sizeof(bits));
    for (size_t i = 0; i < sizeof(bytes); i++, bits >>= 8)
        bytes[i] = (char)bits;
    buf_add(out, bytes, sizeof(bytes));
}

int64_t unpack_difference(struct unpacking *u)
{
    uint64_t number = unpack_number(u);
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

struct slice unpack_text(struct unpacking *u)
{
    return unpack_bytes(u, unpack_number(u));
}

double unpack_real(struct unpacking *u)
{
    struct slice bytes = unpack_bytes(u, sizeof(uint64_t));
    uint64_t bits = 0;
    double number;
    for (size_t i = bytes.len; i-- > 0;)
        bits = bits << 8 | (unsigned char)bytes.ptr[i];
    memcpy(&number, &bits, sizeof(number));
    return number;
}
