/* Covering: made-up flows are gone along whole, the same way each time, and what comes is a script. */
#include "tests/unit/prove_defects.h"

#include "gateway/script_cover.h"
#include "tests/unit/languages_kit.h"

#define FLOWS 6
#define PROVE_BYTES (128 * 1024 * 1024)

static char made_text[MADE_BYTES];

/* A flow, loaded and proved. */
struct proved_flow {
    struct flows *flows;
    struct arena *arena;
    struct proof proof;
    struct cover_wanted wanted;
};

static void load(struct proved_flow *out, uint64_t seed, enum defect defect)
{
    struct made m = {.text = made_text};
    struct faults faults;
    faults_init(&faults);
    made_flow(&m, seed, defect, 0);
    out->flows = flows_new();
    flows_speak(out->flows, kit_languages());
    out->arena = arena_new(PROVE_BYTES);
    assert_int_equal(flows_add(out->flows, "made.yaml", slice_of(made_text), &faults), OK);
    if (m.calls)
        assert_int_equal(flows_add(out->flows, "pide.yaml", slice_of(made_callee(defect)), &faults), OK);
    assert_int_equal(flows_finish(out->flows, &faults), OK);
    assert_int_equal(prove(out->flows, out->flows->items[0], out->arena, &out->proof), OK);
    faults_release(&faults);
    out->wanted = (struct cover_wanted){.flows = out->flows,
                                        .edges = edges_of(out->flows->items[0], out->arena),
                                        .proof = &out->proof,
                                        .flow_path = "made.yaml"};
}

static void release(struct proved_flow *flow)
{
    arena_free(flow->arena);
    flows_free(flow->flows);
}

static void cover(const struct proved_flow *flow, struct buf *out, struct cover_found *found)
{
    struct arena *arena = arena_new(COVER_ARENA_BYTES);
    buf_init(out, SCRIPT_BYTES);
    assert_int_equal(script_cover(&flow->wanted, arena, out, found), OK);
    for (uint32_t i = 0; i < flow->wanted.edges->count; i++) {
        struct buf name;
        if (found->gone[i] || !cover_feasible(&flow->wanted, i))
            continue;
        buf_init(&name, 256);
        edge_put(flow->wanted.edges, i, &name);
        print_message("not covered: %s\n", buf_text(&name));
        buf_release(&name);
    }
    found->gone = NULL;
    arena_free(arena);
}

static void made_flows_are_covered_whole(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= FLOWS; seed++) {
        struct proved_flow flow;
        struct cover_found found;
        struct buf out;
        struct arena *arena = arena_new(SCRIPT_ARENA_BYTES);
        struct faults faults;
        struct script script;
        load(&flow, seed, SOUND);
        cover(&flow, &out, &found);
        print_message("seed %u: %zu edges, %zu feasible, %zu covered by %zu conversations of %zu steps, not below %zu"
                      "\n",
                      (unsigned)seed, found.edges, found.feasible, found.covered, found.talks, found.steps,
                      found.least);
        assert_true(found.least > 0 && found.least <= found.steps);
        assert_true(found.steps <= 2 * found.covered); /* not the fewest */
        assert_int_equal(found.covered, found.feasible);
        faults_init(&faults);
        assert_int_equal(script_read("made.test.yaml", buf_slice(&out), arena, &faults, &script), OK);
        assert_int_equal(script.count, found.talks);
        faults_release(&faults);
        arena_free(arena);
        buf_release(&out);
        release(&flow);
    }
}

static void what_no_conversation_does_is_not_asked_for(void **state)
{
    struct proved_flow flow;
    struct cover_found found;
    struct buf out;
    (void)state;
    load(&flow, 3, DEFECT_NEVER);
    cover(&flow, &out, &found);
    assert_true(found.feasible < found.edges);
    assert_int_equal(found.covered, found.feasible);
    buf_release(&out);
    release(&flow);
}

static void the_same_flow_gives_the_same_bytes(void **state)
{
    struct proved_flow flow;
    struct cover_found found;
    struct buf first, second;
    (void)state;
    load(&flow, 2, SOUND);
    cover(&flow, &first, &found);
    cover(&flow, &second, &found);
    assert_string_equal(buf_text(&first), buf_text(&second));
    buf_release(&first);
    buf_release(&second);
    release(&flow);
}

static void without_room_it_says_so(void **state)
{
    struct proved_flow flow;
    struct cover_found found;
    (void)state;
    load(&flow, 2, SOUND);
    for (size_t bytes = 1 << 10; bytes < (64u << 20); bytes *= 4) {
        struct arena *arena = arena_new(bytes);
        struct buf out;
        buf_init(&out, SCRIPT_BYTES);
        enum error error = script_cover(&flow.wanted, arena, &out, &found);
        assert_true(error == OK || error == ERR_NOMEM);
        buf_release(&out);
        arena_free(arena);
        if (!error)
            break;
    }
    release(&flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_flows_are_covered_whole),
        cmocka_unit_test(what_no_conversation_does_is_not_asked_for),
        cmocka_unit_test(the_same_flow_gives_the_same_bytes),
        cmocka_unit_test(without_room_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
