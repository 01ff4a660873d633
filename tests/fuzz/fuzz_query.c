/* Queries: whatever the text is, it is a query or a fault whose column lies within it; and what is a query says the
 * same of one person by her numbers and by her bits. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "gateway/query.h"

#define TODAY 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input: a profile's numbers, then the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct query_group group;
    struct profile profile = {{0}};
    struct query_fault fault;
    struct query *query;
    uint64_t out[QUERY_WORDS];
    size_t head = size < sizeof(profile) ? 0 : sizeof(profile);
    memcpy(&profile, data, head);
    const struct slice text = {(const char *)data + head, size - head};
    struct arena *arena = arena_new(1 << 20);
    enum error error = query_parse(text, arena, &query, &fault);
    assert((error == ERR_SYNTAX) == (fault.column > 0) && fault.column <= text.len + 1);
    if (!error) {
        memset(&group, 0, sizeof(group));
        profile.columns[COLUMN_TRAITS] |= 1;
        for (unsigned c = 0; c < PROFILE_COLUMNS; c++) {
            profile.columns[c] &= (UINT32_C(1) << profile_columns[c].bits) - 1;
            for (unsigned bit = 0; bit < profile_columns[c].bits; bit++)
                group.bits[c][bit][0] = profile.columns[c] >> bit & 1;
        }
        query_match(query, &group, TODAY, out);
        assert(out[0] == (uint64_t)query_matches(query, &profile, TODAY));
    }
    arena_free(arena);
    return 0;
}
