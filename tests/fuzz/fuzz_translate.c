/* A translation: any bytes either are laid over a small flow, which then answers and is proved, or give at least one
 * fault. */
#include <assert.h>

#include "dialog/prove.h"
#include "tests/unit/languages_kit.h"
#include "tests/unit/translate_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void prove_it(const struct flows *flows)
{
    struct proof proof;
    struct arena *arena = arena_new(PROVE_ARENA_BYTES);
    assert(arena);
    assert(prove(flows, flows->items[0], arena, &proof) == OK);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults faults;
    struct flows *flows = flows_new();
    assert(flows);
    faults_init(&faults);
    flows_speak(flows, kit_languages());
    assert(flows_add_language(flows, "jbo", "jbo.yaml", slice_of(translate_tongue), &faults) == OK);
    (void)translate_words;
    enum error error = flows_add(flows, "t.yaml", (struct slice){(const char *)data, size}, &faults);
    if (!error)
        error = flows_add(flows, "f.yaml", slice_of(translate_flow), &faults);
    if (!error)
        error = flows_finish(flows, &faults);
    assert((error == OK) == (faults.total == 0) || error == ERR_NOMEM);
    if (!error)
        prove_it(flows);
    faults_release(&faults);
    flows_free(flows);
    return 0;
}
