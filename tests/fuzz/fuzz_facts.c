/* Records of facts: whatever is taken is written and read again as the same facts. */
#include <assert.h>
#include <stdint.h>

#include "gateway/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts facts, again;
    struct buf out;
    struct arena *arena = arena_new(1024 * 1024);
    if (!arena)
        return 0;
    buf_init(&out, 4 * FACTS_BYTES_MAX);
    if (facts_read((struct slice){(const char *)data, size}, arena, &facts) == OK) {
        facts_write(&facts, &out);
        assert(out.error == OK || out.error == ERR_LIMIT);
        if (out.error == OK) {
            assert(facts_read(buf_slice(&out), arena, &again) == OK);
            assert(again.count == facts.count);
        }
        for (size_t i = 0; i < facts.count && out.error == OK; i++) {
            const struct origin *a = &facts.list[i], *b = &again.list[i];
            assert(slice_eq(a->slot, b->slot) && slice_eq(a->value, b->value) && slice_eq(a->raw, b->raw));
            assert(slice_eq(a->rule, b->rule) && slice_eq(a->message_id, b->message_id));
            assert(a->at_ms == b->at_ms && a->confidence == b->confidence);
        }
    }
    buf_release(&out);
    arena_free(arena);
    return 0;
}
