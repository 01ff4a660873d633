/* State encodings: whatever is taken is canonical, so that encoding it again gives the same bytes (of an earlier
 * version: the same state); whatever is refused changes nothing. */
#include <assert.h>
#include <string.h>

#include "dialog/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct state state, before;
    struct slice bytes = {(const char *)data, size};
    struct buf again;
    memset(&before, 0x5a, sizeof(before));
    memset(&state, 0x5a, sizeof(state));
    if (state_decode(bytes, &state) != OK) {
        assert(memcmp(&state, &before, sizeof(state)) == 0);
        return 0;
    }
    buf_init(&again, DIALOG_STATE_BYTES);
    state_encode(&state, &again);
    assert(again.error == OK);
    assert(bytes.ptr[1] == 1 || slice_eq(buf_slice(&again), bytes));
    assert(state_decode(buf_slice(&again), &before) == OK);
    assert(memcmp(&state, &before, sizeof(state)) == 0);
    buf_release(&again);
    return 0;
}
