/* Drawing: every state once, every way, guards as the file has them, and nothing that breaks out of a label. */
#include "tests/unit/talk.h"

#include "dialog/draw.h"

static const char *drawn(const struct flow *flow, struct buf *out)
{
    buf_init(out, DRAW_BYTES);
    draw_flow(flow, out);
    assert_int_equal(out->error, OK);
    return buf_text(out);
}

static size_t count_of(const char *text, const char *words)
{
    size_t count = 0;
    for (const char *at = strstr(text, words); at; at = strstr(at + 1, words))
        count++;
    return count;
}

static void the_shipped_flow_is_drawn_whole(void **state)
{
    (void)state;
    struct flows *flows = talk_flows();
    const struct flow *flow = flows->items[0];
    struct buf out;
    const char *dot = drawn(flow, &out);
    assert_true(slice_starts(buf_slice(&out), "digraph \"diagnostico\" {\n"));
    for (size_t i = 0; i < flow->state_count; i++) {
        char node[64];
        snprintf(node, sizeof(node), "  \"%s\" [", flow->states[i].name);
        if (count_of(dot, node) != 1)
            fail_msg("state %s is drawn %zu times", flow->states[i].name, count_of(dot, node));
    }
    static const char *const parts[] = {
        "\"ruc\" -> \"regimen\" [label=\"ruc = yes\"]",
        "\"vuelta\" -> \"seguimos\" [label=\"consent = yes and open\"]",
        "\"otra_vez\" -> \"tiempo\" [label=\"not understood ×2\", style=dashed",
        "\"menu\" -> \"menu to bienvenida\" [label=\"else\", color",
        "\"menu to bienvenida\" [shape=plaintext, label=\"→ bienvenida\"",
        "label=\"checkin: 30 days after\\nresultados\"",
        "\"entry timer checkin\" -> \"seguimiento\" [style=dotted",
        "\"entry MENU\" -> \"menu\"",
        "\"entry first\" -> \"bienvenida\"",
        "\"menu.ayuda\" -> \"menu.ayuda back\"",
        "or 5 more\"",
        "\"sin_permiso\" [shape=box, peripheries=2",
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!strstr(dot, parts[i]))
            fail_msg("%s is not drawn", parts[i]);
    buf_release(&out);
    flows_free(flows);
}

static const struct flow *load(const char *yaml, struct flows **flows)
{
    struct faults faults;
    faults_init(&faults);
    *flows = flows_new();
    assert_non_null(*flows);
    enum error error = flows_add(*flows, "f.yaml", slice_of(yaml), &faults);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    faults_release(&faults);
    return (*flows)->items[0];
}

static const char head[] = "flow: f\nversion: 1\nlanguages: [es]\nstart: a\nreturning: a\n"
                           "slots: {n: {type: workers}, t: {type: trend}}\n"
                           "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x, switched: x,"
                           " greeted: x, thanked: x, nothing_back: x, language: x, old_button: x, closed: x,"
                           " confirm: x, 'yes': x, 'no': y, period: x, day: x, week: x, month: x, year: x,"
                           " list_button: x}\n"
                           "commands: {menu: m, help: m, mydata: m, rectify: m, erase: m, agent: m}\n"
                           "states:\n  m: {aside: true, say: 'di \"hola\" \\ y', next: resume}\n"
                           "  a:\n    ask: ¿cuántos?\n    slot: n\n    retry: [otra vez]\n    otherwise: z\n"
                           "    next: [{when: '%s', to: m}, z]\n  z: {end: true}\n";

static void guards_are_drawn_as_written(void **state)
{
    (void)state;
    static const char *const guards[] = {
        "n < 3 or known(t)",
        "(n <= 3 or n > 7) and not known(t)",
        "not (n >= 2 and t = up)",
        "t in (up, same)",
        "t != down",
        "not t in (up, same)",
        "open or have(label2)",
        "have(r3)",
    };
    for (size_t i = 0; i < COUNT(guards); i++) {
        struct flows *flows;
        struct buf yaml, out;
        buf_init(&yaml, 1 << 16);
        const char *hole = strstr(head, "%s");
        buf_add(&yaml, head, (size_t)(hole - head));
        buf_adds(&yaml, guards[i]);
        buf_adds(&yaml, hole + 2);
        const struct flow *flow = load(buf_text(&yaml), &flows);
        buf_init(&out, 1 << 16);
        draw_guard(flow, flow->states[1].next[0].when, &out);
        assert_string_equal(buf_text(&out), guards[i]);
        buf_release(&out);
        assert_non_null(strstr(drawn(flow, &out), "di \\\"hola\\\" \\\\ y"));
        assert_non_null(strstr(buf_text(&out), "label=\"MENU, AYUDA, MIS DATOS, CORREGIR, BORRAR, ASESOR\""));
        buf_release(&out);
        buf_release(&yaml);
        flows_free(flows);
    }
}

static void memory_that_fails_sticks(void **state)
{
    (void)state;
    struct flows *flows = talk_flows();
    bool good = false;
    for (long n = 0; !good; n++) {
        struct buf out;
        buf_init(&out, DRAW_BYTES);
        mem_fail_after(n);
        draw_flow(flows->items[0], &out);
        mem_fail_after(-1);
        good = out.error == OK;
        assert_true(good || out.error == ERR_NOMEM);
        buf_release(&out);
    }
    flows_free(flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_flow_is_drawn_whole),
        cmocka_unit_test(guards_are_drawn_as_written),
        cmocka_unit_test(memory_that_fails_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
