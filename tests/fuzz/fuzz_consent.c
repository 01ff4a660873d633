/* Lines of the consent log: whatever is taken is written and read again as the same line. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/consent_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct consent_row row, again;
    struct buf out;
    struct arena *arena = arena_new(64 * 1024);
    if (!arena)
        return 0;
    buf_init(&out, 4096);
    if (consent_row_read((struct slice){(const char *)data, size}, arena, &row) == OK &&
        consent_row_write(&row, &out) == OK) {
        buf_addi(&out, (int64_t)row.text);
        assert(consent_row_read(buf_slice(&out), arena, &again) == OK);
        assert(memcmp(row.who, again.who, CONSENT_WHO) == 0 && row.at_ms == again.at_ms && row.text == again.text);
        assert(slice_eq(row.message_id, again.message_id));
    }
    buf_release(&out);
    arena_free(arena);
    return 0;
}
