/* Flow files, several with a form feed between them: any bytes either load, and then a first message is answered and
 * the prover has its say, or give at least one fault. */
#include <assert.h>
#include <string.h>

#include "dialog/draw.h"
#include "dialog/prove.h"
#include "tests/unit/languages_kit.h"

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

/* Every finding has its words and a place in the file; the graph is whole. */
static void prove_and_draw(const struct flows *flows)
{
    struct proof proof;
    struct buf graph;
    struct arena *arena = arena_new(PROVE_ARENA_BYTES);
    assert(arena);
    enum error error = prove(flows, flows->items[0], arena, &proof);
    assert(error == OK || arena_used(arena) > PROVE_ARENA_BYTES / 2);
    for (size_t i = 0; !error && i < proof.count; i++)
        assert(proof.findings[i].text && proof.findings[i].line > 0 && prove_rule_name(proof.findings[i].rule));
    assert(error || proof.errors + proof.warnings == proof.count);
    buf_init(&graph, DRAW_BYTES);
    draw_flow(flows->items[0], &graph);
    assert(graph.error == OK);
    buf_release(&graph);
    arena_free(arena);
}

/* What was refused still tells ways to its lines, as far as it goes. */
static void find_ways(const struct flow *flow, const struct faults *faults)
{
    struct arena *arena = arena_new(1 << 22);
    assert(arena);
    for (size_t i = 0; i < faults->count && i < 20; i++)
        (void)prove_way_to_line(flow, faults->items[i].file, faults->items[i].line, arena);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults faults;
    struct flows *flows = flows_new();
    assert(flows);
    faults_init(&faults);
    flows_speak(flows, kit_languages());
    struct slice rest = {(const char *)data, size}, file = SLICE("");
    enum error error = OK;
    for (bool first = true; !error && (slice_cut(&rest, '\f', &file) || first); first = false)
        error = flows_add(flows, "f.yaml", file, &faults);
    if (!error)
        error = flows_finish(flows, &faults);
    assert((error == OK) == (faults.total == 0));
    if (!error)
        greet(flows);
    if (!error)
        prove_and_draw(flows);
    if (error && flows->refused)
        find_ways(flows->refused, &faults);
    faults_release(&faults);
    flows_free(flows);
    return 0;
}
