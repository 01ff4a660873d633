/* Covering: made-up flows are gone along whole, by no step too many, the same way each time, and what comes is a
 * script. */
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

#define NO_STEP SIZE_MAX

/* A step that is left out leaves what the engine finds from it on. */
static void keep_pins(struct script_player *player, const struct script_pins *pins)
{
    player->pins.industry = pins->industry ? pins->industry : player->pins.industry;
    player->pins.profile = pins->profile ? pins->profile : player->pins.profile;
    player->pins.resources = pins->resources ? pins->resources : player->pins.resources;
    player->pins.trainings = pins->trainings ? pins->trainings : player->pins.trainings;
}

/* Plays a conversation without one of its steps, and notes the edges. Returns whether it could be played. */
static bool play_without(const struct proved_flow *flow, const struct script_conversation *talk, size_t without,
                         bool *gone)
{
    struct trail trail = {.edges = flow->wanted.edges};
    struct script_player player;
    struct script_came came;
    enum error error = script_player_open(&player, flow->flows, NULL);
    assert_int_equal(error, OK);
    player.trail = &trail;
    assert_int_equal(script_begin(&player, talk), OK);
    for (size_t i = 0; i < talk->step_count && !error; i++) {
        trail.count = 0;
        if (i == without)
            keep_pins(&player, &talk->steps[i].pins);
        else
            error = script_step(&player, &talk->steps[i], &came);
        for (size_t j = 0; j < trail.count && !error; j++)
            gone[trail.taken[j]] = true;
    }
    script_player_close(&player);
    return !error;
}

/* Counts edges that all conversations of a script go along, one of them without one of its steps; 0: it cannot be. */
static size_t edges_without(const struct proved_flow *flow, const struct script *script, size_t talk, size_t step)
{
    bool gone[1024] = {false};
    size_t count = 0;
    assert_true(flow->wanted.edges->count <= sizeof(gone));
    for (size_t i = 0; i < script->count; i++)
        if (!play_without(flow, &script->conversations[i], i == talk ? step : NO_STEP, gone))
            return 0;
    for (size_t i = 0; i < flow->wanted.edges->count; i++)
        count += gone[i];
    return count;
}

static void no_step_can_be_left_out(void **state)
{
    struct proved_flow flow;
    struct cover_found found;
    struct buf out;
    struct arena *arena = arena_new(SCRIPT_ARENA_BYTES);
    struct faults faults;
    struct script script;
    (void)state;
    faults_init(&faults);
    load(&flow, 1, SOUND);
    cover(&flow, &out, &found);
    assert_int_equal(script_read("made.test.yaml", buf_slice(&out), arena, &faults, &script), OK);
    size_t whole = edges_without(&flow, &script, 0, NO_STEP);
    assert_true(whole >= found.covered);
    for (size_t i = 0; i < script.count; i++)
        for (size_t j = 0; j < script.conversations[i].step_count; j++)
            assert_true(edges_without(&flow, &script, i, j) < whole);
    faults_release(&faults);
    arena_free(arena);
    buf_release(&out);
    release(&flow);
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
        cmocka_unit_test(no_step_can_be_left_out),
        cmocka_unit_test(what_no_conversation_does_is_not_asked_for),
        cmocka_unit_test(the_same_flow_gives_the_same_bytes),
        cmocka_unit_test(without_room_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
