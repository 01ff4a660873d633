/* Queries in use: the same tree over the bits of 512 people, and over one person's numbers. */
#include <string.h>

#include "gateway/query_parts.h"

uint32_t query_columns(const struct query *query)
{
    uint32_t columns = UINT32_C(1) << COLUMN_TRAITS;
    for (unsigned i = 0; i < query->count; i++)
        if (query->nodes[i].field)
            columns |= UINT32_C(1) << query->nodes[i].field->column;
    return columns;
}

bool query_reads(const struct query *query, const struct profile_field *field)
{
    for (unsigned i = 0; i < query->count; i++)
        if (query->nodes[i].field == field)
            return true;
    return false;
}

/* Exchanges the bits of `high` that lie `by` above those of `mask` for the bits of `low` in `mask`. */
static inline void exchange(uint64_t *high, uint64_t *low, unsigned by, uint64_t mask)
{
    const uint64_t differ = (*high >> by ^ *low) & mask;
    *low ^= differ;
    *high ^= differ << by;
}

/* Sets the eight rows of one byte of a column's numbers. Each word takes its 64 people as eight times eight, whose bits
 * are turned over the diagonal in all eight squares at once: bit k of its byte j is of person 8 k + j (the lowest byte
 * first: machines of ours are little-endian). */
static void load_plane(uint64_t rows[8][QUERY_WORDS], const unsigned char plane[QUERY_GROUP])
{
    for (unsigned word = 0; word < QUERY_WORDS; word++) {
        uint64_t eights[8];
        memcpy(eights, plane + sizeof(eights) * word, sizeof(eights));
        for (unsigned i = 0; i < 4; i++)
            exchange(&eights[i], &eights[i + 4], 4, 0x0F0F0F0F0F0F0F0Fu);
        for (unsigned i = 0; i < 8; i += i % 4 == 1 ? 3 : 1)
            exchange(&eights[i], &eights[i + 2], 2, 0x3333333333333333u);
        for (unsigned i = 0; i < 8; i += 2)
            exchange(&eights[i], &eights[i + 1], 1, 0x5555555555555555u);
        for (unsigned bit = 0; bit < 8; bit++)
            rows[bit][word] = eights[bit];
    }
}

static inline void take_plane(unsigned char plane[QUERY_GROUP], struct slice bytes, size_t width, size_t at)
{
    const size_t count = bytes.len / width;
#pragma GCC unroll 8
    for (size_t i = 0; i < count; i++)
        plane[i] = (unsigned char)bytes.ptr[i * width + at];
    memset(plane + count, 0, QUERY_GROUP - count);
}

/* Turns the numbers of a column into rows of bits: `bytes` is what there is of the group. */
static void load_column(struct query_group *group, unsigned column, struct slice bytes)
{
    const unsigned width = profile_columns[column].bytes;
    unsigned char plane[QUERY_GROUP];
    for (unsigned at = 0; at < width; at++) {
        switch (width) { /* each a loop whose strides the compiler knows */
        case 1:
            take_plane(plane, bytes, 1, 0);
            break;
        case 2:
            take_plane(plane, bytes, 2, at);
            break;
        default:
            take_plane(plane, bytes, PROFILE_BYTES_MAX, at);
        }
        load_plane(&group->bits[column][8 * (width - 1 - at)], plane);
    }
}

/* Turns a square of eight by eight bits over its diagonal: byte j's bit k goes to byte k's bit j. */
static uint64_t turn_over(uint64_t square)
{
    uint64_t moved = (square ^ square >> 7) & 0x00AA00AA00AA00AAu;
    square ^= moved ^ moved << 7;
    moved = (square ^ square >> 14) & 0x0000CCCC0000CCCCu;
    square ^= moved ^ moved << 14;
    moved = (square ^ square >> 28) & 0x00000000F0F0F0F0u;
    return square ^ moved ^ moved << 28;
}

void query_in_order(uint64_t who[QUERY_WORDS])
{
    for (unsigned i = 0; i < QUERY_WORDS; i++)
        who[i] = turn_over(__builtin_bswap64(who[i]));
}

/* Who is there was seen. */
static void load_there(struct query_group *group)
{
    const struct profile_field *seen = profile_field(SLICE("seen"));
    query_any(group, seen, UINT32_MAX, group->there);
}

void query_load(struct query_group *group, uint32_t columns, const struct slice strings[PROFILE_COLUMNS], size_t number)
{
    for (unsigned column = 0; column < PROFILE_COLUMNS; column++) {
        const size_t bytes = (size_t)profile_columns[column].bytes * QUERY_GROUP;
        if (columns >> column & 1)
            load_column(group, column, slice_part(strings[column], number * bytes, (number + 1) * bytes));
    }
    load_there(group);
}

/* ---- of many ---- */

#define EACH_WORD(i) for (unsigned i = 0; i < QUERY_WORDS; i++)

static void there(const struct query_group *group, uint64_t out[QUERY_WORDS])
{
    memcpy(out, group->there, sizeof(group->there));
}

static void equal(const struct query_group *group, const struct profile_field *field, uint32_t number,
                  uint64_t out[QUERY_WORDS])
{
    there(group, out);
    for (unsigned bit = 0; bit < field->bits; bit++) {
        const uint64_t *row = group->bits[field->column][field->shift + bit];
        const uint64_t flip = number >> bit & 1 ? 0 : UINT64_MAX;
        EACH_WORD(i)
        out[i] &= row[i] ^ flip;
    }
}

/* From the highest bit down: who is above already, and who is level so far. */
static void at_least(const struct query_group *group, const struct profile_field *field, uint32_t number,
                     uint64_t out[QUERY_WORDS])
{
    uint64_t level[QUERY_WORDS];
    there(group, level);
    memset(out, 0, sizeof(level));
    if (number >> field->bits)
        return;
    for (unsigned bit = field->bits; bit-- > 0;) {
        const uint64_t *row = group->bits[field->column][field->shift + bit];
        const bool asked = number >> bit & 1;
        EACH_WORD(i)
        {
            out[i] |= asked ? 0 : level[i] & row[i];
            level[i] &= asked ? row[i] : ~row[i];
        }
    }
    EACH_WORD(i)
    out[i] |= level[i];
}

void query_any(const struct query_group *group, const struct profile_field *field, uint32_t number,
               uint64_t out[QUERY_WORDS])
{
    memset(out, 0, QUERY_WORDS * sizeof(*out));
    for (unsigned bit = 0; bit < field->bits; bit++) {
        const uint64_t *row = group->bits[field->column][field->shift + bit];
        if (number >> bit & 1)
            EACH_WORD(i)
        out[i] |= row[i];
    }
}

void query_since(const struct query_group *group, const struct profile_field *field, uint32_t day,
                 uint64_t out[QUERY_WORDS])
{
    at_least(group, field, day, out);
}

static void match_node(const struct query *query, unsigned at, const struct query_group *group, uint32_t today,
                       uint64_t out[QUERY_WORDS])
{
    const struct query_node *node = &query->nodes[at];
    uint64_t other[QUERY_WORDS];
    switch (node->kind) {
    case QUERY_ALL:
        there(group, out);
        return;
    case QUERY_AND:
    case QUERY_OR:
        match_node(query, node->left, group, today, out);
        match_node(query, node->right, group, today, other);
        EACH_WORD(i)
        out[i] = node->kind == QUERY_AND ? out[i] & other[i] : out[i] | other[i];
        return;
    case QUERY_NOT:
        there(group, out);
        match_node(query, node->left, group, today, other);
        EACH_WORD(i)
        out[i] &= ~other[i];
        return;
    case QUERY_EQUAL:
        equal(group, node->field, (uint32_t)node->number, out);
        return;
    case QUERY_AT_LEAST:
        at_least(group, node->field, (uint32_t)node->number, out);
        return;
    case QUERY_SINCE:
        query_since(group, node->field, query_day(today, node->number), out);
        return;
    case QUERY_ANY:
        query_any(group, node->field, (uint32_t)node->number, out);
        return;
    }
}

void query_match(const struct query *query, const struct query_group *group, uint32_t today, uint64_t out[QUERY_WORDS])
{
    match_node(query, query->root, group, today, out);
}

/* ---- of one ---- */

static bool matches_node(const struct query *query, unsigned at, const struct profile *profile, uint32_t today)
{
    const struct query_node *node = &query->nodes[at];
    const uint32_t number = node->field ? profile_number(profile, node->field) : 0;
    switch (node->kind) {
    case QUERY_ALL:
        return true;
    case QUERY_AND:
        return matches_node(query, node->left, profile, today) && matches_node(query, node->right, profile, today);
    case QUERY_OR:
        return matches_node(query, node->left, profile, today) || matches_node(query, node->right, profile, today);
    case QUERY_NOT:
        return !matches_node(query, node->left, profile, today);
    case QUERY_EQUAL:
        return number == node->number;
    case QUERY_AT_LEAST:
        return number >= node->number;
    case QUERY_SINCE:
        return number >= query_day(today, node->number);
    case QUERY_ANY:
        return number & node->number;
    }
    return false;
}

bool query_matches(const struct query *query, const struct profile *profile, uint32_t today)
{
    return matches_node(query, query->root, profile, today);
}
