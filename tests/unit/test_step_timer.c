/* Timers, where tests/replay/timer_*.txt do not reach: stale firings, languages, guards, versions, clocks, memory. */
#include "tests/unit/talk.h"

#include "dialog/flow.h"
#include "tests/unit/languages_kit.h"

static struct flows *shipped, *small;
static struct talk talk;

/* A flow of two languages with a timer of each kind. */
static const char two_languages[] =
    "flow: chico\nversion: 1\nlanguages: [es, qu]\nstart: uno\nreturning: uno\nresume_after: 1h\nexpire_after: 9d\n"
    "slots: {acepta: {type: yesno, transient: true}, va: {type: trend}}\n"
    "texts: {opted_out: {es: x, qu: x}, opted_in: {es: x, qu: x}, opted_help: {es: x, qu: x}, not_words: {es: x, qu: "
    "x},"
    " resumed: {es: Seguimos, qu: Qatisun}, switched: {es: x, qu: x}, greeted: {es: x, qu: x}, thanked: {es: x, qu: x},"
    " nothing_back: {es: x, qu: x}, language: {es: x, qu: x}, old_button: {es: x, qu: x}, closed: {es: x, qu: x},"
    " confirm: {es: x, qu: x}, 'yes': {es: x, qu: x}, 'no': {es: y, qu: y}, period: {es: x, qu: x},"
    " day: {es: x, qu: x}, week: {es: x, qu: x}, month: {es: x, qu: x}, year: {es: x, qu: x},"
    " list_button: {es: x, qu: x}}\n"
    "commands: {menu: lado, help: lado, mydata: lado, rectify: lado, erase: lado, agent: lado}\n"
    "timers:\n"
    "  remind: {after: 2h, from: answer, say: {es: Nos falta algo, qu: Pisi kachkan}}\n"
    "  expire: {after: 3h, from: answer, when: not known(va), end: true}\n"
    "  later: {after: 1d, from: dos, to: mes, template: {name: mes_1, language: es_PE, params: [{es: '{{va}}', qu: q},"
    " {es: 'a  b', qu: q}], buttons: true}}\n"
    "states:\n"
    "  uno:\n    ask: {es: '¿Aceptas?', qu: 'Munankichu?'}\n    slot: acepta\n    retry: [{es: Di, qu: Niy}]\n"
    "    otherwise: dos\n    next: dos\n"
    "  dos:\n    say: {es: Listo, qu: Allin}\n    end: true\n"
    "  mes:\n    aside: true\n    quiet: true\n    needs: resources\n    ask: {es: '¿Vendes más?', qu: 'Aswan?'}\n"
    "    slot: va\n    retry: [{es: Di, qu: Niy}]\n    otherwise: resume\n    next: resume\n"
    "  lado:\n    aside: true\n    next: resume\n";

static int set_up(void **state)
{
    (void)state;
    talk_begin(&talk, shipped);
    talk.industry.sure = true;
    talk.industry.label_count = 1;
    talk.industry.labels[0] = (struct advice_label){"restaurante", "restaurante", 0.93};
    talk.resources.resource_count = 1;
    talk.resources.resources[0] =
        (struct advice_resource){.id = "cde", .text = "CDE", .reason = "porque sí", .contact = "gob.pe"};
    return 0;
}

static int set_up_small(void **state)
{
    (void)state;
    talk_begin(&talk, small);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talk_end(&talk);
    return 0;
}

static void say_all(const char *const *words)
{
    for (; *words; words++)
        talk_say(&talk, *words);
}

static void fire(const char *name, int64_t at_ms)
{
    struct event event = {.kind = EVENT_TIMER, .payload = slice_of(name), .at_ms = at_ms};
    talk_drop_timer(&talk, event.payload);
    talk_turn(&talk, &event);
}

static int64_t due(const char *name)
{
    const struct timer *timer = state_timer(&talk.state, slice_of(name));
    return timer ? timer->due_ms : -1;
}

static size_t timer_effects(void)
{
    size_t count = 0;
    for (size_t i = 0; i < talk.effect_count; i++)
        count += talk.effects[i].kind == EFFECT_TIMER;
    return count;
}

static bool told(const char *begin)
{
    return talk.message_count == 1 && slice_starts(talk.messages[0].text, begin);
}

static void usual_turns_set_no_timer(void **state)
{
    static const char *const words[] = {"vendo ropa", "si", "2 años", "b", "suben", "20", "2", "no", "lima"};
    (void)state;
    talk_say(&talk, "hola");
    assert_int_equal(timer_effects(), 1);
    talk_say(&talk, "si");
    assert_int_equal(timer_effects(), 1);
    for (size_t i = 0; i < COUNT(words); i++) {
        talk.now_ms += 60000;
        talk_say(&talk, words[i]);
        assert_int_equal(timer_effects(), 0);
    }
}

/* A firing of a timer that nobody set, or set for another instant, or that fired already. */
static void a_stale_timer_changes_nothing(void **state)
{
    static const char *const words[] = {"hola", "si", "vendo ropa", NULL};
    static const struct {
        const char *name;
        int64_t off_ms; /* from remind's due instant */
    } rows[] = {{"remind", 1}, {"remind", -1}, {"remind", INT32_MIN}, {"checkin", 0}, {"nobody", 0}, {"", 0}};
    struct talk_timer kept[DIALOG_TIMERS_MAX];
    (void)state;
    say_all(words);
    struct state before = talk.state;
    int64_t due_ms = due("remind");
    size_t count = talk.timer_count;
    memcpy(kept, talk.timers, sizeof(kept));
    talk.now_ms += 86400000;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct event event = {.kind = EVENT_TIMER, .payload = slice_of(rows[i].name), .at_ms = due_ms + rows[i].off_ms};
        talk_turn(&talk, &event);
        assert_true(talk_same_states(&talk.state, &before));
        assert_int_equal(talk.effect_count, 0);
        assert_int_equal(talk.message_count, 0);
        assert_int_equal(talk.outcome.need, NEED_NOTHING);
        assert_false(talk.outcome.ended);
    }
    assert_int_equal(talk.timer_count, count);
    assert_memory_equal(talk.timers, kept, sizeof(kept));
    fire("remind", due_ms);
    assert_true(told("Hola, soy Chaski."));
    before = talk.state;
    fire("remind", due_ms);
    assert_int_equal(talk.effect_count, 0);
    assert_true(talk_same_states(&talk.state, &before));
}

/* One that was erased, or never wrote, is not made a contact by a firing that comes too late. */
static void a_timer_of_nobody_makes_nobody(void **state)
{
    struct state before = talk.state;
    (void)state;
    fire("remind", 5);
    fire("remind", 0);
    assert_true(talk_same_states(&talk.state, &before));
    assert_int_equal(talk.effect_count, 0);
    assert_true(talk.outcome.ended);
}

static void a_timer_does_not_count_as_the_person(void **state)
{
    static const char *const words[] = {"hola", "si", "vendo ropa", NULL};
    char fired[DIALOG_NAME];
    (void)state;
    say_all(words);
    struct state before = talk.state;
    assert_true(talk_fire(&talk, INT64_MAX, fired));
    assert_string_equal(fired, "remind");
    assert_int_equal(talk.message_count, 1);
    assert_true(talk.state.last_ms == before.last_ms && talk.state.last_channel == before.last_channel);
    assert_true(slice_is(talk.outcome.awaiting, "confirma"));
    assert_int_equal(talk.state.tries, before.tries);
}

/* A firing gateway whose clock stands behind the one that set the timer is not sent round. */
static void a_clock_that_stands_back_fires_once(void **state)
{
    static const char *const words[] = {"hola", "si", "vendo ropa", NULL};
    (void)state;
    say_all(words);
    talk.now_ms -= 3600000;
    fire("remind", due("remind"));
    assert_true(told("Hola, soy Chaski."));
    assert_int_equal(due("remind"), 0);
}

static void opting_out_takes_every_timer_back(void **state)
{
    static const char *const words[] = {"hola", "si", "vendo ropa", "si",   "2 años", "b",    "suben",
                                        "20",   "2",  "no",         "lima", "2",      "baja", NULL};
    (void)state;
    say_all(words);
    assert_true(talk.state.opted_out);
    assert_int_equal(timer_effects(), 3);
    assert_int_equal(talk.timer_count, 0);
    assert_int_equal(talk.state.timer_count, 0);
    talk_say(&talk, "borrar");
    assert_int_equal(talk.message_count, 1);
    assert_int_equal(timer_effects(), 0);
}

static void speaks_the_persons_language(void **state)
{
    static const char *const langs[] = {"es", "qu"}, *const said[] = {"Nos falta algo", "Pisi kachkan"};
    char fired[DIALOG_NAME];
    (void)state;
    for (size_t i = 0; i < COUNT(langs); i++) {
        set_up_small(NULL);
        state_keep(slice_of(langs[i]), talk.state.lang, sizeof(talk.state.lang));
        talk_say(&talk, "hola");
        assert_true(talk_fire(&talk, INT64_MAX, fired));
        assert_true(told(said[i]));
        talk_end(&talk);
    }
}

/* The state that a timer leads to may need the engine; its step is not stale when it comes with the advice. */
static void a_timers_state_may_ask_the_engine(void **state)
{
    char fired[DIALOG_NAME];
    (void)state;
    talk_say(&talk, "hola");
    talk_say(&talk, "si");
    assert_int_equal(talk.timer_count, 1);
    assert_true(talk_fire(&talk, INT64_MAX, fired));
    assert_string_equal(fired, "later");
    assert_true(told("¿Vendes mas?"));
    assert_int_equal(talk.timer_count, 0);
    assert_true(slice_is(talk.outcome.awaiting, "va"));
}

static void a_guard_is_asked_when_a_timer_is_set_and_when_it_fires(void **state)
{
    (void)state;
    talk_say(&talk, "hola");
    assert_true(due("expire") > 0);
    assert_true(state_set_fact(&talk.state, "va", SLICE("up"), 1));
    talk.now_ms += 5 * 3600000;
    fire("expire", due("expire"));
    assert_string_equal(talk.state.at, "uno");
    assert_int_equal(talk.effect_count, 0);
    talk_say(&talk, "xyzzy");
    assert_int_equal(due("expire"), 0);
}

/* A timer of a flow that has lost it, and a state full of them. */
static void timers_of_another_flow_give_way(void **state)
{
    char name[DIALOG_NAME];
    (void)state;
    for (int i = 0; i < DIALOG_TIMERS_MAX; i++) {
        snprintf(name, sizeof(name), "old_%d", i);
        state_add_timer(&talk.state, name)->due_ms = TALK_NOW + 5;
        state_keep(slice_of(name), talk.timers[talk.timer_count].name, DIALOG_NAME);
        talk.timers[talk.timer_count++].due_ms = TALK_NOW + 5;
    }
    fire("old_0", TALK_NOW + 5);
    assert_int_equal(talk.effect_count, 0);
    assert_int_equal(talk.state.timer_count, DIALOG_TIMERS_MAX - 1);
    talk_say(&talk, "hola");
    assert_true(due("remind") > 0 && due("expire") > 0);
    assert_int_equal(talk.timer_count, DIALOG_TIMERS_MAX);
}

/* What was set by SMS may fire where nothing can be said: it is spent, and says nothing. */
static void by_ussd_a_timer_cannot_speak(void **state)
{
    static const char *const words[] = {"hola", "si", "vendo ropa", NULL};
    (void)state;
    say_all(words);
    talk.channel = (struct channel_traits){.kind = CHANNEL_USSD, .page_units = 182};
    talk.now_ms += 30 * 3600000;
    fire("remind", due("remind"));
    assert_int_equal(talk.message_count, 0);
    assert_int_equal(talk.effect_count, 0);
    assert_int_equal(due("remind"), 0);
}

/* Each step with the n-th allocation failing: it fails alone, or goes through. */
static void without_memory_a_firing_fails_alone(void **state)
{
    static const char *const words[] = {"hola", "si", "vendo ropa", "si", "2 años", "b",  "suben", "20",
                                        "2",    "no", "lima",       "2",  "2",      "si", "no",    NULL};
    static const char *const names[] = {"remind", "expire", "checkin"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        tear_down(NULL);
        set_up(NULL);
        for (size_t w = 0; words[w] && due(names[i]) <= 0; w++)
            talk_say(&talk, words[w]);
        struct event event = {.kind = EVENT_TIMER, .payload = slice_of(names[i]), .at_ms = due(names[i])};
        enum error error = ERR_NOMEM;
        for (long n = 0; error; n++) {
            struct state after = talk.state;
            struct outcome out;
            struct arena *arena = arena_new(1 << 20);
            mem_fail_after(n);
            error = dialog_step(shipped, &after, &event, CHANNEL_SMS, NULL, event.at_ms, arena, &out);
            mem_fail_after(-1);
            arena_free(arena);
            assert_true(error == OK || error == ERR_NOMEM);
            assert_true(n < 500);
        }
    }
}

/* On WhatsApp what a timer says names its template, also behind a need; elsewhere, and in what a person says, nothing
 * does. */
static void what_a_timer_says_names_its_template(void **state)
{
    static const enum channel_kind kinds[] = {CHANNEL_WHATSAPP, CHANNEL_SMS};
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        tear_down(NULL);
        set_up_small(NULL);
        talk.channel = (struct channel_traits){.kind = kinds[i], .interactive = kinds[i] == CHANNEL_WHATSAPP};
        talk_say(&talk, "hola");
        talk_say(&talk, "si");
        assert_null(talk.messages[0].template);
        fire("later", due("later"));
        assert_int_equal(talk.message_count, 1);
        const struct message_template *template = talk.messages[0].template;
        if (kinds[i] != CHANNEL_WHATSAPP) {
            assert_null(template);
            continue;
        }
        assert_non_null(template);
        assert_true(slice_is(template->name, "mes_1") && slice_is(template->language, "es_PE"));
        assert_int_equal(template->param_count, 2);
        assert_true(slice_is(template->params[0], "-"));
        assert_true(slice_is(template->params[1], "a b"));
        assert_true(template->buttons);
        fire("later", TALK_NOW + 2 * 86400000LL);
        assert_int_equal(talk.message_count, 0);
    }
}

/* A template that cannot be made fails its firing, and no other. */
static void without_memory_a_template_fails_alone(void **state)
{
    enum error error = ERR_NOMEM;
    (void)state;
    talk.channel = (struct channel_traits){.kind = CHANNEL_WHATSAPP};
    talk_say(&talk, "hola");
    talk_say(&talk, "si");
    struct event event = {.kind = EVENT_TIMER, .payload = SLICE("later"), .at_ms = due("later")};
    for (long n = 0; error; n++) {
        struct state after = talk.state;
        struct outcome asked, out;
        struct arena *arena = arena_new(1 << 20);
        assert_int_equal(dialog_step(small, &after, &event, CHANNEL_WHATSAPP, NULL, event.at_ms, arena, &asked), OK);
        assert_int_equal(asked.need, NEED_RESOURCES);
        struct arena *tight = arena_new(1 << 20);
        mem_fail_after(n);
        error = dialog_step(small, &after, &event, CHANNEL_WHATSAPP, &talk.resources, event.at_ms, tight, &out);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(error || (out.effect_count && out.effects[out.effect_count - 1].template));
        arena_free(arena);
        arena_free(tight);
    }
}

static bool has(struct slice text, const char *word)
{
    for (size_t i = 0; i < text.len; i++)
        if (slice_starts(slice_part(text, i, text.len), word))
            return true;
    return false;
}

/* What a timer says before a question is itself one SMS at most. */
static void what_a_timer_says_is_one_sms(void **state)
{
    const struct flow *flow = flows_find(shipped, "", "");
    (void)state;
    assert_int_equal(flow->timer_count, 4);
    for (size_t i = 0; i < flow->timer_count; i++)
        if (flow->timers[i].say)
            assert_in_range(flow_wording(flow, flow->timers[i].say, "es", CHANNEL_SMS)->chars_max, 1, 160);
    const struct flow_state *asked = &flow->states[flow_timer_named(flow, SLICE("checkin"))->to];
    struct slice sms = flow_wording(flow, asked->ask, "es", CHANNEL_SMS)->source;
    assert_true(has(sms, "Chaski") && has(sms, "BAJA"));
    assert_int_equal(flow->slots[asked->slot].type, TYPE_TREND);
}

static struct flows *load_small(void)
{
    struct faults faults;
    faults_init(&faults);
    struct flows *flows = flows_new();
    flows_speak(flows, kit_languages());
    assert_non_null(flows);
    enum error error = flows_add(flows, "chico.yaml", slice_of(two_languages), &faults);
    error = error ? error : flows_finish(flows, &faults);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    faults_release(&faults);
    return flows;
}

int main(void)
{
    shipped = talk_flows();
    small = load_small();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usual_turns_set_no_timer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stale_timer_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_of_nobody_makes_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_does_not_count_as_the_person, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_that_stands_back_fires_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opting_out_takes_every_timer_back, set_up, tear_down),
        cmocka_unit_test(speaks_the_persons_language),
        cmocka_unit_test_setup_teardown(a_timers_state_may_ask_the_engine, set_up_small, tear_down),
        cmocka_unit_test_setup_teardown(a_guard_is_asked_when_a_timer_is_set_and_when_it_fires, set_up_small,
                                        tear_down),
        cmocka_unit_test_setup_teardown(timers_of_another_flow_give_way, set_up_small, tear_down),
        cmocka_unit_test_setup_teardown(by_ussd_a_timer_cannot_speak, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_timer_says_names_its_template, set_up_small, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_a_template_fails_alone, set_up_small, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_a_firing_fails_alone, set_up, tear_down),
        cmocka_unit_test(what_a_timer_says_is_one_sms),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(small);
    flows_free(shipped);
    return failed;
}
