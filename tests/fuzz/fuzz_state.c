/* State encodings: whatever is taken is canonical, so that encoding it again gives the same bytes; whatever is refused
 * leaves a fresh state. */
#include <assert.h>
#include <string.h>

#include "dialog/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct state state, before;
    struct slice bytes = {(const char *)data, size};
    struct buf again;
    state_init(&before);
    memset(&state, 0x5a, sizeof(state));
    if (state_decode(bytes, &state) != OK) {
        assert(memcmp(&state, &before, sizeof(state)) == 0);
        return 0;
    }
    buf_init(&again, DIALOG_STATE_BYTES);
    state_encode(&state, &again);
    assert(again.error == OK);
    assert(slice_eq(buf_slice(&again), bytes));
    assert(state_decode(buf_slice(&again), &before) == OK);
    assert(memcmp(&state, &before, sizeof(state)) == 0);
    buf_release(&again);
    return 0;
}
