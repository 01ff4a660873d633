/* State encodings: whatever is taken is canonical, so that encoding it again gives the same bytes; whatever is refused
 * leaves a fresh state. */
#include <assert.h>
#include <string.h>

#include "dialog/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct state state, fresh;
    struct slice bytes = {(const char *)data, size};
    struct buf again, of_fresh;
    state_init(&fresh);
    memset(&state, 0x5a, sizeof(state));
    buf_init(&again, DIALOG_STATE_BYTES);
    buf_init(&of_fresh, DIALOG_STATE_BYTES);
    state_encode(&fresh, &of_fresh);
    enum error error = state_decode(bytes, &state);
    state_encode(&state, &again);
    assert(again.error == OK && of_fresh.error == OK);
    assert(slice_eq(buf_slice(&again), error ? buf_slice(&of_fresh) : bytes));
    buf_release(&of_fresh);
    buf_release(&again);
    return 0;
}
