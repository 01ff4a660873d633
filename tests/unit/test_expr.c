/* Numbers that are computed: what they are for every state, what is no number, and how long they are when spoken. */
#include "tests/unit/talk.h"

#include "dialog/draw.h"
#include "dialog/expr.h"
#include "dialog/guard.h"
#include "dialog/prove.h"
#include "tests/unit/languages_kit.h"

/* A flow with one guard and what `compute` holds. */
static const char form[] =
    "flow: prueba\n"
    "version: 1\n"
    "languages: [es]\n"
    "start: uno\n"
    "returning: uno\n"
    "slots: {a: {type: money, min: 0, max: 1000}, b: {type: money}, gente: {type: workers}, meses: {type: tenure},\n"
    "  si: {type: yesno}}\n"
    "compute: {%s}\n" /* line 8 */
    "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x, switched: x, greeted: x,\n"
    "  thanked: x, nothing_back: x, language: x, old_button: x, closed: Fin, confirm: '{{doubt}}?', 'yes': x,\n"
    "  'no': y, period: x, day: x, week: x, month: x, year: x, list_button: x}\n"
    "commands: {menu: lado, help: lado, mydata: lado, rectify: lado, erase: lado, agent: lado}\n"
    "states:\n"
    "  lado: {aside: true, say: Lado, next: resume}\n"
    "  uno: {ask: Uno, slot: a, assume: month, retry: [x], otherwise: dos, next: dos}\n"
    "  dos: {ask: Dos, slot: b, assume: month, retry: [x], otherwise: tres, next: tres}\n"
    "  tres: {ask: Tres, slot: gente, retry: [x], otherwise: cuatro, next: cuatro}\n"
    "  cuatro:\n"
    "    next:\n"
    "      - when: \"%s\"\n" /* line 20, column 15 */
    "        to: fin\n"
    "      - fin\n"
    "  fin: {say: \"%s\", end: true}\n";

#define USUAL "resto: {is: a - b, min: -500, max: 500}, cada: {is: resto / gente, min: -99, max: 99}"

static struct flows *load(const char *compute, const char *guard, const char *say, struct faults *faults,
                          enum error *error)
{
    char text[4096];
    struct flows *flows = flows_new();
    flows_speak(flows, kit_languages());
    assert_non_null(flows);
    int len = snprintf(text, sizeof(text), form, compute, guard, say);
    assert_true(len > 0 && (size_t)len < sizeof(text));
    *error = flows_add(flows, "f.yaml", slice_of(text), faults);
    *error = *error ? *error : flows_finish(flows, faults);
    return flows;
}

static struct flows *load_good(const char *guard, const char *say)
{
    struct faults faults;
    enum error error;
    faults_init(&faults);
    struct flows *flows = load(USUAL, guard, say, &faults, &error);
    faults_print(&faults, stdout);
    if (error)
        fail_msg("'%s' is refused", guard);
    faults_release(&faults);
    return flows;
}

static void know(struct state *state, const char *a, const char *b, const char *people)
{
    state_init(state);
    if (a)
        assert_true(state_set_fact(state, "a", slice_of(a), 1));
    if (b)
        assert_true(state_set_fact(state, "b", slice_of(b), 1));
    if (people)
        assert_true(state_set_fact(state, "gente", slice_of(people), 1));
}

static const struct {
    const char *guard, *a, *b, *people;
    bool holds;
} truths[] = {
    {"a - b > 100", "300/month", "100/month", NULL, true},
    {"a - b > 200", "300/month", "100/month", NULL, false},
    {"a > b", "300/month", "100/month", NULL, true},
    {"a < b + 201", "300/month", "100/month", NULL, true},
    {"a < 2 * b", "300/month", "100/month", NULL, false},
    {"2 + 3 * 4 = 14 and (2 + 3) * 4 = 20", NULL, NULL, NULL, true},
    {"10 - 3 - 2 = 5 and 8 / 4 / 2 = 1", NULL, NULL, NULL, true},
    {"(a > b or si = yes) and not (a - b > 500)", "300/month", "100/month", NULL, true},
    {"min(a, b) = 100 and max(a, b) = 300", "300/month", "100/month", NULL, true},
    {"a / gente >= 60", "300/month", NULL, "5", true},
    {"a / gente != 60", "300/month", NULL, "5", false},
    {"a / 2 = 65", "10/day", NULL, NULL, false},
    {"a / 2 = 130", "10/day", NULL, NULL, true},
    /* what is not known is nothing, and neither more nor less */
    {"a - b > -1000000", "300/month", NULL, NULL, false},
    {"a - b <= 0 or a - b > 0", NULL, "100/month", NULL, false},
    {"a - b > 0", "UNKNOWN", "100/month", NULL, false},
    {"a - b > 0", "REFUSED", "100/month", NULL, false},
    {"a - b > 0", "100/?", "50/month", NULL, false},
    {"a / (b - b) > 0 or a / (b - b) <= 0", "300/month", "100/month", NULL, false},
    {"known(resto)", "300/month", "100/month", NULL, true},
    {"known(resto)", "300/month", NULL, NULL, false},
    {"known(cada)", "300/month", "100/month", NULL, false},
    {"not known(cada)", "300/month", "100/month", "UNKNOWN", true},
    /* bounds hold */
    {"resto = 500", "999999/month", "1/month", NULL, true},
    {"resto = -500", "0/month", "900/month", NULL, true},
    {"cada = 50", "300/month", "100/month", "4", true},
    {"a * 1000000000 * 1000000000 = 1000000000 * 1000", "999999999/month", NULL, NULL, true},
};

static void numbers_are_what_they_are_for_every_state(void **unused)
{
    static struct state state;
    (void)unused;
    for (size_t i = 0; i < COUNT(truths); i++) {
        struct flows *flows = load_good(truths[i].guard, "x");
        const struct flow *flow = flows->items[0];
        const struct guard *guard = flow->states[flow_state_index(flow, SLICE("cuatro"))].next[0].when;
        know(&state, truths[i].a, truths[i].b, truths[i].people);
        if (guard_holds(flow, &state, guard, false) != truths[i].holds)
            fail_msg("'%s' of a %s, b %s, gente %s", truths[i].guard, truths[i].a, truths[i].b, truths[i].people);
        flows_free(flows);
    }
}

static const struct {
    const char *name, *compute, *guard;
    unsigned line, column;
    const char *words;
} rows[] = {
    {"people and soles", USUAL, "a + gente > 0", 20, 26, "soles a month and people are not of one kind"},
    {"compared with people", USUAL, "a - b > gente", 20, 29, "not of one kind"},
    {"soles by soles", USUAL, "a * b > 0", 20, 22, "cannot be multiplied"},
    {"a yes is no number", USUAL, "a + si > 0", 20, 20, "si is yesno and has no number"},
    {"no such slot", USUAL, "a + c > 0", 20, 20, "'c' is no number"},
    {"no comparison", USUAL, "a + b", 20, 21, "an operator is needed"},
    {"nothing behind", USUAL, "a + > 0", 20, 20, "'>' is no number"},
    {"brackets", USUAL, "(a + b > 0", 20, 26, "')' is needed"},
    {"min of one", USUAL, "min(a) > 0", 20, 21, "',' is needed"},
    {"no bounds", "x: {is: a + b}", "x > 0", 8, 14, "a number needs `is`, `min` and `max`"},
    {"bounds the wrong way", "x: {is: a, min: 2, max: 1}", "x > 0", 8, 14, "swap them"},
    {"name of a slot", "a: {is: b, min: 2, max: 3}", "b > 0", 8, 11, "another name"},
    {"of itself", "x: {is: x + 1, min: 2, max: 3}", "b > 0", 8, 19, "'x' is no number"},
    {"of one below", "x: {is: y + 1, min: 2, max: 3}, y: {is: a, min: 1, max: 2}", "b > 0", 8, 19, "'y' is no number"},
    {"goes on", "x: {is: a b, min: 2, max: 3}", "b > 0", 8, 21, "does not continue this"},
    {"unknown key", "x: {as: a, is: a, min: 2, max: 3}", "b > 0", 8, 15, "no key 'as'"},
    {"too much",
     "x: {is: a + a + a + a, min: 0, max: 9}, y: {is: x + x + x + x, min: 0, max: 9}, z: {is: y + y + y + y, min: 0, "
     "max: 9}, w: {is: z + z + z, min: 0, max: 9}",
     "w > 0", 8, 0, "computed of more than 200"},
};

static void each_fault_has_its_place(void **unused)
{
    size_t failed = 0;
    (void)unused;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        enum error error;
        faults_init(&faults);
        flows_free(load(rows[i].compute, rows[i].guard, "x", &faults, &error));
        bool good = false;
        for (size_t j = 0; j < faults.count; j++)
            good = good || (faults.items[j].line == rows[i].line && strstr(faults.items[j].text, rows[i].words) &&
                            (rows[i].column == 0 || faults.items[j].column == rows[i].column));
        if (!good) {
            failed++;
            printf("row '%s':\n", rows[i].name);
            faults_print(&faults, stdout);
        }
        faults_release(&faults);
    }
    assert_int_equal(failed, 0);
}

static void a_computed_number_is_spoken_within_its_bounds(void **unused)
{
    (void)unused;
    struct flows *flows = load_good("resto > 0", "Te queda {{resto}}, {{cada}} cada uno");
    const struct flow *flow = flows->items[0];
    const struct flow_state *fin = &flow->states[flow_state_index(flow, SLICE("fin"))];
    assert_int_equal(fin->say->variants[0][VARIANT_PLAIN]->chars_max, strlen("Te queda -500, -99 cada uno"));
    struct talk talk;
    talk_begin(&talk, flows);
    talk.channel.kind = CHANNEL_WHATSAPP;
    talk_say(&talk, "hola");
    talk_say(&talk, "S/ 100");
    talk_say(&talk, "S/ 350");
    talk_say(&talk, "somos 4");
    assert_int_equal(talk.message_count, 1);
    assert_string_equal(talk.messages[0].text.ptr, "Te queda -250, -63 cada uno");
    talk_end(&talk);
    flows_free(flows);
}

static void what_a_number_cannot_be_is_proved(void **unused)
{
    static const struct {
        const char *guard;
        bool never;
    } guards[] = {{"resto > 499", false}, {"resto > 500", true},  {"a + 1 < 0", true},     {"a - b < 0", false},
                  {"cada < -99", true},   {"a > 1000 * 2", true}, {"a / gente > 3", false}};
    (void)unused;
    for (size_t i = 0; i < COUNT(guards); i++) {
        struct proof proof;
        struct arena *arena = arena_new(PROVE_ARENA_BYTES);
        struct flows *flows = load_good(guards[i].guard, "x");
        assert_int_equal(prove(flows, flows->items[0], arena, &proof), OK);
        bool never = false;
        for (size_t j = 0; j < proof.count; j++)
            never = never || proof.findings[j].rule == PROVE_NEVER;
        if (never != guards[i].never || (!never && proof.errors))
            fail_msg("'%s': never %d, %zu errors", guards[i].guard, never, proof.errors);
        flows_free(flows);
        arena_free(arena);
    }
}

static void numbers_are_drawn_as_written(void **unused)
{
    static const char *const guards[] = {"a - (b - 3) > 2 * gente / 7", "min(a, b) <= resto", "known(cada)"};
    (void)unused;
    for (size_t i = 0; i < COUNT(guards); i++) {
        struct faults faults;
        enum error error;
        struct buf out;
        faults_init(&faults);
        const char *guard = i == 0 ? "a - (b - 3) > 2 * b / 7" : guards[i];
        struct flows *flows = load(USUAL, guard, "x", &faults, &error);
        assert_int_equal(error, OK);
        buf_init(&out, 4096);
        const struct flow *flow = flows->items[0];
        draw_guard(flow, flow->states[flow_state_index(flow, SLICE("cuatro"))].next[0].when, &out);
        assert_string_equal(buf_text(&out), i == 0 ? "a - (b - 3) > (2 * b) / 7" : guard);
        buf_release(&out);
        flows_free(flows);
        faults_release(&faults);
    }
}

static void it_cannot_be_kept(void **unused)
{
    struct faults faults;
    enum error error;
    (void)unused;
    faults_init(&faults);
    flows_free(load(USUAL, "a > 0\"\n        set: {a: '{{resto}}'}\n        say: \"x", "x", &faults, &error));
    assert_int_equal(error, ERR_VALUE);
    assert_non_null(strstr(faults.items[0].text, "never kept"));
    faults_release(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_what_they_are_for_every_state),
        cmocka_unit_test(each_fault_has_its_place),
        cmocka_unit_test(a_computed_number_is_spoken_within_its_bounds),
        cmocka_unit_test(what_a_number_cannot_be_is_proved),
        cmocka_unit_test(numbers_are_drawn_as_written),
        cmocka_unit_test(it_cannot_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
