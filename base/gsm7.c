#include "base/gsm7.h"

#include <endian.h>
#include <string.h>

#define EXTENDED 0x80u /* behind an escape */
#define NONE 0xFFu     /* no septets: not one of the default alphabet's either, which end at 0x7F */

/* Septets of U+0000 to U+00FF, sixteen a row. */
/* clang-format off */
static const uint8_t latin1[] = {
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0x0A, NONE, 0x8A, 0x0D, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    0x20, 0x21, 0x22, 0x23, 0x02, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F,
    0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F,
    0x00, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F,
    0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0xBC, 0xAF, 0xBE, 0x94, 0x11,
    NONE, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F,
    0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0xA8, 0xC0, 0xA9, 0xBD, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, 0x40, NONE, 0x01, 0x24, 0x03, NONE, 0x5F, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0x60,
    NONE, NONE, NONE, NONE, 0x5B, 0x0E, 0x1C, 0x09, NONE, 0x1F, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, 0x5D, NONE, NONE, NONE, NONE, 0x5C, NONE, 0x0B, NONE, NONE, NONE, 0x5E, NONE, NONE, 0x1E,
    0x7F, NONE, NONE, NONE, 0x7B, 0x0F, 0x1D, NONE, 0x04, 0x05, NONE, NONE, 0x07, NONE, NONE, NONE,
    NONE, 0x7D, 0x08, NONE, NONE, NONE, 0x7C, NONE, 0x0C, 0x06, NONE, NONE, 0x7E, NONE, NONE, NONE,
};
/* clang-format on */

/* The rest of the default alphabet and its extension table. */
static const struct row {
    uint16_t code_point;
    uint8_t septet;
} others[] = {
    {0x393, 0x13},
    {0x394, 0x10},
    {0x398, 0x19},
    {0x39B, 0x14},
    {0x39E, 0x1A}, /* Γ Δ Θ Λ Ξ */
    {0x3A0, 0x16},
    {0x3A3, 0x18},
    {0x3A6, 0x12},
    {0x3A8, 0x17},
    {0x3A9, 0x15},             /* Π Σ Φ Ψ Ω */
    {0x20AC, EXTENDED | 0x65}, /* € */
};

/* What the Spanish single shift table has besides the extension table. */
static const struct row spanish[] = {
    {0xC1, EXTENDED | 0x41}, {0xCD, EXTENDED | 0x49}, {0xD3, EXTENDED | 0x4F}, /* Á Í Ó */
    {0xDA, EXTENDED | 0x55}, {0xE1, EXTENDED | 0x61}, {0xE7, EXTENDED | 0x09}, /* Ú á ç */
    {0xED, EXTENDED | 0x69}, {0xF3, EXTENDED | 0x6F}, {0xFA, EXTENDED | 0x75}, /* í ó ú */
};

static uint8_t look_up(const struct row *rows, size_t count, uint32_t code_point)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].code_point == code_point)
            return rows[i].septet;
    return NONE;
}

static uint8_t septet_of(uint32_t code_point)
{
    if (code_point < sizeof(latin1))
        return latin1[code_point];
    return look_up(others, sizeof(others) / sizeof(others[0]), code_point);
}

static uint8_t septet_of_spanish(uint32_t code_point)
{
    uint8_t septet = septet_of(code_point);
    return septet == NONE ? look_up(spanish, sizeof(spanish) / sizeof(spanish[0]), code_point) : septet;
}

static unsigned cost(uint8_t septet)
{
    return septet == NONE ? 0 : septet & EXTENDED ? 2 : 1;
}

unsigned gsm7_cost(uint32_t code_point)
{
    return cost(septet_of(code_point));
}

unsigned gsm7_cost_spanish(uint32_t code_point)
{
    return cost(septet_of_spanish(code_point));
}

#define AT_ONCE 16 /* bytes */

typedef unsigned char many __attribute__((vector_size(AT_ONCE))); /* each operation is on each byte */

/* Counts, of so many bytes, those at the start that are each a letter, a line's end, or stand from the blank to "?":
 * nearly all of nearly every text. */
static size_t plain_run(const char *at)
{
    many bytes;
    uint64_t halves[AT_ONCE / 8];
    memcpy(&bytes, at, sizeof(bytes));
    many letters = (many)((bytes | 0x20) - 'a' < 'z' - 'a' + 1), marks = (many)(bytes - ' ' < '@' - ' ');
    many odd = ~(letters | marks | (many)(bytes == '\n')); /* all bits of a byte that is none of them */
    memcpy(halves, &odd, sizeof(halves));
    if (halves[0])
        return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
    return halves[1] ? 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8 : AT_ONCE;
}

size_t gsm7_ascii_run(struct slice text)
{
    size_t run = 0;
    while (run < text.len) {
        if (text.len >= AT_ONCE) { /* the last ones with what stands before them */
            size_t from = text.len - run >= AT_ONCE ? run : text.len - AT_ONCE;
            size_t plain = plain_run(text.ptr + from);
            run = from + plain > run ? from + plain : run;
            if (plain == AT_ONCE)
                continue;
        }
        if ((unsigned char)text.ptr[run] >= 0x80 || latin1[(unsigned char)text.ptr[run]] >= EXTENDED)
            return run;
        run++;
    }
    return run;
}

size_t gsm7_encode(uint32_t code_point, bool spanish_shift, uint8_t out[2])
{
    uint8_t septet = spanish_shift ? septet_of_spanish(code_point) : septet_of(code_point);
    size_t count = cost(septet);
    if (count == 2)
        out[0] = GSM7_ESCAPE;
    if (count)
        out[count - 1] = septet & (EXTENDED - 1);
    return count;
}
