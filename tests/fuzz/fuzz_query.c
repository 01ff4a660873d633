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
        struct slice strings[PROFILE_COLUMNS];
        char bytes[PROFILE_COLUMNS][PROFILE_BYTES_MAX];
        profile.columns[COLUMN_TRAITS] |= profile_traits(0, &(struct profile_signs){0});
        for (unsigned c = 0; c < PROFILE_COLUMNS; c++) {
            profile.columns[c] &= (UINT32_C(1) << 8 * profile_columns[c].bytes) - 1;
            strings[c] = profile_write((enum profile_column)c, profile.columns[c], bytes[c]);
        }
        query_load(&group, UINT32_MAX, strings, 0);
        query_match(query, &group, TODAY, out);
        query_in_order(out);
        assert((out[0] & 0xFF) == (query_matches(query, &profile, TODAY) ? 0x80u : 0));
    }
    arena_free(arena);
    return 0;
}
