/* What `compute` holds and a guard, a line each, put into a small flow: it loads or has a fault; once loaded, any facts
 * (the lines behind) give a number within its bounds or none, twice the same, and the guard an answer. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "dialog/expr.h"
#include "dialog/guard.h"
#include "dialog/state.h"
#include "tests/unit/languages_kit.h"

#define FLOW_BYTES 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char head[] =
    "flow: prueba\n"
    "version: 1\n"
    "languages: [es]\n"
    "start: uno\n"
    "returning: uno\n"
    "slots: {a: {type: money, min: 0, max: 1000}, b: {type: money}, gente: {type: workers}, meses: {type: tenure},\n"
    "  si: {type: yesno}}\n"
    "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x, switched: x, greeted: x,\n"
    "  thanked: x, nothing_back: x, language: x, old_button: x, closed: Fin, confirm: '{{doubt}}?', 'yes': x,\n"
    "  'no': y, period: x, day: x, week: x, month: x, year: x, list_button: x}\n"
    "commands: {menu: lado, help: lado, mydata: lado, rectify: lado, erase: lado, agent: lado}\n"
    "states:\n"
    "  lado: {aside: true, say: Lado, next: resume}\n"
    "  uno: {ask: Uno, slot: a, assume: month, retry: [x], otherwise: dos, next: dos}\n"
    "  dos: {ask: Dos, slot: b, assume: month, retry: [x], otherwise: tres, next: tres}\n"
    "  tres: {ask: Tres, slot: gente, retry: [x], otherwise: cuatro, next: cuatro}\n"
    "  fin: {say: Fin, end: true}\n"
    "  cuatro: {next: [{to: fin, when: ";

static void check_numbers(const struct flow *flow, const struct state *state)
{
    for (size_t i = 0; i < flow->computed_count; i++) {
        double first = -1, second = -1;
        const struct expr *is = flow->computed[i].is;
        struct interval_of bounds = expr_bounds(flow, is);
        bool known = expr_value(flow, state, is, &first);
        assert(known == expr_value(flow, state, is, &second) && memcmp(&first, &second, sizeof(first)) == 0);
        assert(!known || (isfinite(first) && fabs(first) <= EXPR_MOST));
        assert(!known || (first >= bounds.least && first <= bounds.most));
        if (known) {
            char room[64];
            struct buf spoken;
            buf_init_over(&spoken, room, sizeof(room), sizeof(room) - 1);
            expr_speak(first, &spoken);
            assert(spoken.error == OK && spoken.len <= expr_chars_max(is));
        }
    }
}

static void check_guards(const struct flow *flow, const struct state *state)
{
    for (size_t i = 0; i < flow->state_count; i++)
        for (size_t j = 0; j < flow->states[i].next_count; j++) {
            const struct guard *when = flow->states[i].next[j].when;
            if (when)
                assert(guard_holds(flow, state, when, false) == guard_holds(flow, state, when, false));
        }
}

static void evaluate(const struct flow *flow, struct slice facts)
{
    static const char *const slots[] = {"a", "b", "gente", "meses", "si"};
    static struct state state;
    struct slice value;
    state_init(&state);
    check_numbers(flow, &state);
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]) && slice_cut(&facts, '\n', &value); i++) {
        if (value.len && value.len < DIALOG_ACTIVITY)
            assert(state_set_fact(&state, slots[i], value, 1));
        check_numbers(flow, &state);
        check_guards(flow, &state);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size}, compute = SLICE(""), guard = SLICE("");
    struct faults faults;
    struct buf text;
    struct flows *flows = flows_new();
    assert(flows);
    faults_init(&faults);
    buf_init(&text, FLOW_BYTES);
    flows_speak(flows, kit_languages());
    (void)slice_cut(&rest, '\n', &compute);
    (void)slice_cut(&rest, '\n', &guard);
    buf_adds(&text, head);
    buf_addslice(&text, guard);
    buf_adds(&text, "}, fin]}\ncompute: {");
    buf_addslice(&text, compute);
    buf_adds(&text, "}\n");
    if (!text.error) {
        enum error error = flows_add(flows, "f.yaml", buf_slice(&text), &faults);
        error = error ? error : flows_finish(flows, &faults);
        assert((error == OK) == (faults.total == 0));
        if (!error)
            evaluate(flows->items[0], rest);
    }
    buf_release(&text);
    faults_release(&faults);
    flows_free(flows);
    return 0;
}
