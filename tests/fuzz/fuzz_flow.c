/* Flow files: any bytes either load, and then a first message is answered, or give at least one fault. */
#include <assert.h>
#include <string.h>

#include "dialog/dialog.h"

#define FIRST_MS 1795435200000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void greet(const struct flows *flows)
{
    static struct state state;
    static struct outcome outcome;
    struct arena *arena = arena_new(1 << 24);
    struct event event = {.kind = EVENT_TEXT, .text = SLICE("hola")};
    assert(arena);
    state_init(&state);
    enum error error = dialog_step(flows, &state, &event, CHANNEL_SMS, NULL, FIRST_MS, arena, &outcome);
    assert(error == OK || error == ERR_LIMIT);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults faults;
    struct flows *flows = flows_new();
    assert(flows);
    faults_init(&faults);
    enum error error = flows_add(flows, "f.yaml", (struct slice){(const char *)data, size}, &faults);
    if (!error)
        error = flows_finish(flows, &faults);
    assert((error == OK) == (faults.total == 0));
    if (!error)
        greet(flows);
    faults_release(&faults);
    flows_free(flows);
    return 0;
}
