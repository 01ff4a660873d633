/* Journal entries, in JSON and packed: whatever is taken is written again in forms that read and write the same. */
#include <assert.h>

#include "base/buf.h"
#include "gateway/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4 * 1024 * 1024);
    struct journal_entry entry;
    struct buf first, second, packed;
    buf_init(&first, JOURNAL_ENTRY_MAX);
    buf_init(&second, JOURNAL_ENTRY_MAX);
    if (arena && journal_read((struct slice){(const char *)data, size}, arena, &entry) == OK) {
        buf_init(&packed, JOURNAL_ENTRY_MAX);
        journal_pack(&packed, &entry);
        journal_write(&first, &entry);
        if (!first.error) { /* escapes may make it longer than an entry may be */
            assert(journal_read(buf_slice(&first), arena, &entry) == OK);
            journal_write(&second, &entry);
            assert(slice_eq(buf_slice(&first), buf_slice(&second)));
            assert(journal_read(buf_slice(&packed), arena, &entry) == OK);
            buf_clear(&second);
            journal_write(&second, &entry);
            assert(slice_eq(buf_slice(&first), buf_slice(&second)));
        }
        buf_release(&packed);
    }
    buf_release(&first);
    buf_release(&second);
    arena_free(arena);
    return 0;
}
