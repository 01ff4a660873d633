/* Edges: every one has its own number and reads back; a conversation's trail names the ways it took. */
#include "tests/unit/talk.h"

#include "dialog/edges.h"

static const struct flows *flows;

static void every_edge_has_its_number(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    const struct flow *flow = flows->items[0];
    const struct edges *edges = edges_of(flow, arena);
    size_t kinds[EDGE_REDIAL + 1] = {0}, options = 0, nexts = 0;
    (void)state;
    assert_non_null(edges);
    for (uint32_t i = 0; i < edges->count; i++) {
        struct edge_told told = edge_tell(edges, i);
        struct buf name;
        buf_init(&name, 256);
        edge_put(edges, i, &name);
        assert_int_equal(edge_number(edges, told.kind, told.state, told.index), i);
        assert_true(name.len > 0 && !name.error);
        kinds[told.kind]++;
        buf_release(&name);
    }
    for (size_t i = 0; i < flow->state_count; i++) {
        options += flow->states[i].option_count;
        nexts += flow->states[i].next_count;
    }
    assert_int_equal(kinds[EDGE_NEXT], nexts);
    assert_int_equal(kinds[EDGE_OPTION], options);
    assert_int_equal(kinds[EDGE_TIMER], flow->timer_count);
    assert_int_equal(kinds[EDGE_ALERT], flow->alert_count);
    assert_int_equal(kinds[EDGE_COMMAND], EDGE_COMMANDS);
    assert_int_equal(kinds[EDGE_KEYWORD], flow->keyword_count);
    assert_int_equal(kinds[EDGE_REDIAL], 1);
    arena_free(arena);
}

static void without_memory_there_is_none(void **state)
{
    struct arena *arena = arena_new(64);
    (void)state;
    assert_null(edges_of(flows->items[0], arena));
    arena_free(arena);
}

/* Says something and tells the trail in words, one edge after the other. */
static void told(const struct edges *edges, struct state *state, const char *words, char *out, size_t size)
{
    struct event event = {.kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("m"), .text = slice_of(words)};
    struct arena *arena = arena_new(1 << 20);
    struct trail trail = {.edges = edges};
    const struct step_company company = {.trail = &trail};
    struct outcome outcome;
    struct buf text;
    buf_init(&text, 1024);
    assert_int_equal(dialog_step_along(flows, state, &event, CHANNEL_SMS, NULL, TALK_NOW, arena, &company, &outcome),
                     OK);
    for (size_t i = 0; i < trail.count; i++) {
        buf_adds(&text, i ? "; " : "");
        edge_put(edges, trail.taken[i], &text);
    }
    assert_true(slice_copy(buf_slice(&text), out, size));
    buf_release(&text);
    arena_free(arena);
}

static void a_trail_names_what_was_taken(void **state)
{
    static const struct {
        const char *words, *edges;
    } rows[] = {
        {"hola", "command greet"},
        {"7%7", "bienvenida: retry 1"},
        {"menu", "command menu; menu -> resume"},
        {"atras", "command back"},
        {"1", "bienvenida: option 1; bienvenida -> actividad"},
    };
    struct arena *arena = arena_new(1 << 20);
    const struct edges *edges = edges_of(flows->items[0], arena);
    static struct state person;
    char text[1024];
    (void)state;
    state_init(&person);
    for (size_t i = 0; i < COUNT(rows); i++) {
        told(edges, &person, rows[i].words, text, sizeof(text));
        assert_string_equal(text, rows[i].edges);
    }
    arena_free(arena);
}

int main(void)
{
    struct flows *loaded = talk_flows();
    flows = loaded;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_edge_has_its_number),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(a_trail_names_what_was_taken),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(loaded);
    return failed;
}
