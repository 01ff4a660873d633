/* What the conversations of tests/replay/ do not show: what backs a fact, guards' truth, versions, memory. */
#include "tests/unit/talk.h"

#include <math.h>

#include "dialog/flow.h"
#include "dialog/guard.h"
#include "dialog/substitute.h"
#include "tests/unit/languages_kit.h"

static struct flows *flows;
static struct talk talk;

static int set_up(void **state)
{
    (void)state;
    talk_begin(&talk, flows);
    talk.industry.sure = true;
    talk.industry.label_count = 1;
    talk.industry.labels[0] = (struct advice_label){"restaurante", "restaurante", 0.93};
    talk.profile.stage_probability = 0.8;
    state_keep(SLICE("growth"), talk.profile.stage, ADVICE_KEY);
    talk.resources.resource_count = 2;
    talk.resources.resources[0] =
        (struct advice_resource){.id = "cde", .text = "CDE", .reason = "porque sí", .contact = "gob.pe"};
    talk.resources.resources[1] =
        (struct advice_resource){.id = "yape", .text = "Yape", .reason = "", .contact = "yape.com.pe"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talk_end(&talk);
    return 0;
}

static const struct effect *effect_of(enum effect_kind kind, const char *slot)
{
    for (size_t i = 0; i < talk.effect_count; i++)
        if (talk.effects[i].kind == kind && slice_is(talk.effects[i].slot, slot))
            return &talk.effects[i];
    fail_msg("nothing happened to %s", slot);
    return NULL;
}

static void say_all(const char *const *words)
{
    for (; *words; words++)
        talk_say(&talk, *words);
}

/* Words that were read and tell of no other question are not read again; others are, until they have been asked about.
 */
static void only_words_that_may_tell_are_read_again(void **state)
{
    static const struct {
        const char *words;
        bool told_nothing;
    } rows[] = {{"vendo ropa en mi tienda", true},
                {"vendo ropa en Cusco", false},
                {"tengo una bodega en Cusco hace 3 años", false},
                {"vendo ropa", false}}; /* too few to be read for more */
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        talk_end(&talk);
        talk_begin(&talk, flows);
        talk_say(&talk, "hola");
        talk_say(&talk, "si");
        talk_say(&talk, rows[i].words);
        if (talk.state.told_nothing != rows[i].told_nothing)
            fail_msg("%s", rows[i].words);
    }
}

static void facts_are_backed_by_the_words(void **state)
{
    static const char *const first[] = {"hola", "si", "tengo una pollería", NULL};
    static const char *const then[] = {"2 años", "b", "suben", "20", "2", "no", "lima", "1", "4", NULL};
    (void)state;
    say_all(first);
    const struct effect *activity = effect_of(EFFECT_FACT, "activity");
    assert_true(slice_is(activity->raw, "tengo una pollería"));
    assert_true(activity->confidence == 1);
    talk_say(&talk, "sí");
    assert_true(slice_is(effect_of(EFFECT_FACT, "industry")->raw, "sí"));
    say_all(then);
    talk_say(&talk, "3");
    talk_say(&talk, "si");
    const struct effect *useful = effect_of(EFFECT_FACT, "useful");
    assert_true(slice_is(useful->value, "yes"));
    assert_true(slice_is(useful->raw, "cde\nyape"));
}

static void a_doubt_keeps_the_words_that_began_it(void **state)
{
    static const char *const first[] = {"hola", "si", "tengo una pollería", "si", "2 años", "unos 1500", "claro", NULL};
    (void)state;
    say_all(first);
    const struct effect *sales = effect_of(EFFECT_FACT, "sales");
    assert_true(slice_is(sales->value, "1500/month"));
    assert_true(slice_is(sales->raw, "unos 1500"));
    assert_true(sales->confidence == 1);
}

static void consent_is_logged_with_the_question_of_the_channel(void **state)
{
    (void)state;
    talk_say(&talk, "hola");
    talk_say(&talk, "1");
    struct slice narrow = effect_of(EFFECT_CONSENT, "respuestas")->raw;
    assert_true(slice_starts(narrow, "Hola, soy Chaski: orientación gratis"));
    assert_true(slice_is(effect_of(EFFECT_CONSENT, "respuestas")->value, "yes"));
    talk_end(&talk);
    set_up(NULL);
    talk.channel = (struct channel_traits){.kind = CHANNEL_WHATSAPP, .interactive = true};
    talk_say(&talk, "hola");
    talk_say(&talk, "no");
    assert_true(slice_starts(effect_of(EFFECT_CONSENT, "respuestas")->raw, "¡Hola! Soy Chaski, un servicio gratis"));
    assert_true(slice_is(effect_of(EFFECT_CONSENT, "respuestas")->value, "no"));
}

static void tells_what_is_asked_and_what_is_needed(void **state)
{
    struct event event = {.kind = EVENT_TEXT, .text = SLICE("vendo\nñoquis")};
    struct outcome out;
    (void)state;
    talk_say(&talk, "hola");
    assert_true(slice_is(talk.outcome.awaiting, "consent"));
    assert_false(talk.outcome.ended);
    talk_say(&talk, "si");
    assert_true(slice_is(talk.outcome.awaiting, "activity"));
    struct arena *arena = arena_new(1 << 20);
    assert_int_equal(dialog_step(flows, &talk.state, &event, CHANNEL_SMS, NULL, talk.now_ms, arena, &out), OK);
    assert_int_equal(out.need, NEED_INDUSTRY);
    assert_true(slice_is(out.need_text, "vendo ñoquis"));
    assert_int_equal(out.awaiting.len, 0);
    assert_false(out.ended);
    arena_free(arena);
}

/* What tells of something else would blur the trade: the engine does not get it, the fact keeps it as it was said. */
static void the_engine_gets_the_words_of_the_trade(void **state)
{
    static const char said[] = "Vendo ropa en Gamarra, hace 3 años, somos 3";
    struct event yes = {.kind = EVENT_TEXT, .text = SLICE("si")};
    struct outcome out;
    (void)state;
    talk_say(&talk, "hola");
    talk_say(&talk, "si");
    talk_say(&talk, said);
    struct arena *arena = arena_new(1 << 20);
    assert_int_equal(dialog_step(flows, &talk.state, &yes, CHANNEL_SMS, NULL, talk.now_ms, arena, &out), OK);
    assert_int_equal(out.need, NEED_INDUSTRY);
    assert_true(slice_is(out.need_text, "vendo ropa"));
    assert_true(slice_is(state_fact(&talk.state, "activity"), said));
    arena_free(arena);
}

/* Says that the trade was found wrong, up to the question for other words, and answers that. */
static void say_otherwise(const char *first, const char *second)
{
    const char *const words[] = {"hola", "si", first, "no", "otra cosa", second, NULL};
    talk_begin(&talk, flows);
    talk.industry = (struct advice){.kind = NEED_INDUSTRY, .sure = true, .label_count = 1};
    talk.industry.labels[0] = (struct advice_label){"restaurante", "restaurante", 0.93};
    say_all(words);
}

/* Two messages about one business are judged together, but for words that say no more or that do not fit. */
static void words_are_added_to_words(void **state)
{
    struct event again = {.kind = EVENT_TEXT, .text = SLICE("ropa de segunda")};
    struct outcome out;
    char many[DIALOG_ACTIVITY];
    (void)state;
    talk_end(&talk);
    say_otherwise("vendo cosas en Gamarra", "ropa de segunda");
    assert_true(slice_is(state_fact(&talk.state, "activity"), "vendo cosas en Gamarra. ropa de segunda"));
    assert_true(slice_is(effect_of(EFFECT_FACT, "activity")->raw, "ropa de segunda"));
    talk_end(&talk);
    say_otherwise("vendo cosas en Gamarra", "");
    struct arena *arena = arena_new(1 << 20);
    assert_int_equal(dialog_step(flows, &talk.state, &again, CHANNEL_SMS, NULL, talk.now_ms, arena, &out), OK);
    assert_int_equal(out.need, NEED_INDUSTRY);
    assert_true(slice_is(out.need_text, "vendo cosas ropa de segunda"));
    arena_free(arena);
    talk_end(&talk);
    say_otherwise("vendo cosas", "vendo cosas");
    assert_true(slice_is(state_fact(&talk.state, "activity"), "vendo cosas"));
    for (size_t rest = 0; rest < 2; rest++) { /* as long as fits, and one byte longer */
        const size_t len = DIALOG_ACTIVITY - 1 - strlen("vendo cosas. ") + rest;
        memset(many, 'a', len);
        memcpy(many, "ropa ", 5);
        many[len] = '\0';
        talk_end(&talk);
        say_otherwise("vendo cosas", many);
        struct slice held = state_fact(&talk.state, "activity");
        assert_int_equal(held.len, rest ? len : DIALOG_ACTIVITY - 1);
        assert_true(slice_starts(held, rest ? "ropa a" : "vendo cosas. ropa a"));
    }
}

/* An engine that answers something else, or nonsense, leaves a conversation that goes on. */
static void advice_that_makes_no_sense_is_no_advice(void **state)
{
    (void)state;
    talk_say(&talk, "hola");
    talk_say(&talk, "si");
    talk.industry.kind = NEED_PROFILE;
    talk_say(&talk, "vendo ropa");
    assert_true(slice_is(state_fact(&talk.state, "industry"), "otros"));
    talk_end(&talk);
    set_up(NULL);
    talk.industry.labels[0].probability = NAN;
    talk.industry.label_count = 99;
    talk_say(&talk, "hola");
    talk_say(&talk, "si");
    talk_say(&talk, "vendo ropa");
    assert_true(slice_is(talk.outcome.awaiting, "confirma"));
}

static void what_is_no_person_changes_nothing(void **state)
{
    static const enum event_kind kinds[] = {EVENT_ABORT, EVENT_STATUS, EVENT_IGNORED, (enum event_kind)99};
    (void)state;
    talk_say(&talk, "hola");
    struct state before = talk.state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct event event = {.kind = kinds[i]};
        talk.now_ms += 1000;
        talk_turn(&talk, &event);
        assert_true(talk_same_states(&talk.state, &before));
        assert_int_equal(talk.effect_count, 0);
        assert_int_equal(talk.message_count, 0);
    }
}

static void a_session_outlives_a_change_of_version(void **state)
{
    (void)state;
    talk_say(&talk, "hola");
    talk_say(&talk, "si");
    assert_string_equal(talk.state.flow, "diagnostico");
    state_keep(SLICE("0"), talk.state.version, sizeof(talk.state.version));
    talk_say(&talk, "vendo ropa");
    assert_true(slice_is(talk.outcome.awaiting, "confirma"));
    state_keep(SLICE("a_state_that_is_gone"), talk.state.at, sizeof(talk.state.at));
    talk_say(&talk, "80 mil");
    assert_true(slice_is(talk.outcome.awaiting, "confirma"));
    assert_string_equal(talk.state.at, "confirma_rubro");
    assert_true(slice_is(state_fact(&talk.state, "activity"), "vendo ropa"));
    state_keep(SLICE("tiempo"), talk.state.below, sizeof(talk.state.below));
    state_keep(SLICE("a_menu_that_is_gone"), talk.state.at, sizeof(talk.state.at));
    talk_say(&talk, "1");
    assert_true(slice_is(talk.outcome.awaiting, "tenure"));
    assert_int_equal(state_fact(&talk.state, "tenure").len, 0);
}

static void facts_of_an_older_flow_never_block_a_new_one(void **state)
{
    char slot[DIALOG_NAME];
    (void)state;
    for (int i = 0; i < DIALOG_SLOTS_MAX; i++) {
        snprintf(slot, sizeof(slot), "old_%d", i);
        assert_true(state_set_fact(&talk.state, slot, SLICE("x"), 1));
    }
    talk_say(&talk, "hola");
    talk_say(&talk, "si");
    talk_say(&talk, "vendo ropa");
    assert_true(slice_is(state_fact(&talk.state, "activity"), "vendo ropa"));
    assert_int_equal(talk.state.fact_count, DIALOG_SLOTS_MAX);
}

/* Facts that guards are asked about below. */
static void know_things(struct state *s)
{
    state_init(s);
    assert_true(state_set_fact(s, "consent", SLICE("yes"), 1));
    assert_true(state_set_fact(s, "sales", SLICE("80/day"), 1)); /* 2080 a month */
    assert_true(state_set_fact(s, "tenure", SLICE("-1"), 1));
    assert_true(state_set_fact(s, "ruc", SLICE("20512333797"), 1));
    assert_true(state_set_fact(s, "customers", SLICE("UNKNOWN"), 1));
    s->resource_count = 1;
    state_keep(SLICE("cde"), s->resources[0].id, ADVICE_KEY);
}

/* Compiles a guard inside a small flow with the shipped one's slots. */
static bool holds(const char *expression)
{
    struct faults faults;
    struct state s;
    struct buf yaml;
    faults_init(&faults);
    buf_init(&yaml, 65536);
    buf_addf(
        &yaml,
        "flow: g\nversion: 1\nlanguages: [es]\nstart: a\nreturning: a\nslots:\n"
        "  consent: {type: yesno}\n  sales: {type: money}\n  tenure: {type: tenure}\n  ruc: {type: ruc}\n"
        "  customers: {type: customers}\n  workers: {type: workers}\n"
        "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x, switched: x, greeted: x, thanked: "
        "x,"
        " nothing_back: x, language: x, old_button: x, closed: x, confirm: x, 'yes': x, 'no': y, period: x, day: x,"
        " week: x, month: x, year: x, list_button: x}\n"
        "commands: {menu: a, help: a, mydata: a, rectify: a, erase: a, agent: a}\n"
        "states:\n  a:\n    aside: true\n    next:\n      - {when: '%s', to: b}\n      - b\n  b:\n    end: true\n",
        expression);
    struct flows *small = flows_new();
    flows_speak(small, kit_languages());
    enum error error = flows_add(small, "g.yaml", buf_slice(&yaml), &faults);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    know_things(&s);
    bool result = guard_holds(small->items[0], &s, small->items[0]->states[0].next[0].when, false);
    flows_free(small);
    buf_release(&yaml);
    faults_release(&faults);
    return result;
}

static void guards_are_true_or_false_for_every_state(void **state)
{
    static const struct {
        const char *guard;
        bool holds;
    } rows[] = {
        {"consent = yes", true},
        {"consent != yes", false},
        {"consent in (no, maybe)", false},
        {"consent in (no, yes)", true},
        {"not consent = no", true},
        {"not not consent = yes", true},
        {"known(sales)", true},
        {"known(workers)", false},
        {"workers = 3", false},
        {"workers != 3", true},
        {"workers < 3", false},
        {"workers >= 0", false},
        {"customers > 0", false},
        {"customers = UNKNOWN", true},
        {"sales > 2079 and sales < 2081", true},
        {"sales >= 2080 and sales <= 2080", true},
        {"sales > 2080 or sales < 2080", false},
        {"tenure < 0", true},
        {"tenure >= -1", true},
        {"tenure > -1", false},
        {"ruc = yes", true},
        {"ruc = no", false},
        {"have(r1)", true},
        {"have(r2) or have(label1)", false},
        {"open", false},
        {"consent = no and consent = no or consent = yes", true},
        {"consent = no and (consent = no or consent = yes)", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (holds(rows[i].guard) != rows[i].holds)
            fail_msg("'%s'", rows[i].guard);
}

static size_t widest(const struct flow *flow, const struct text *text, enum channel_kind channel)
{
    return flow_wording(flow, text, "es", channel)->chars_max;
}

/* Every question with its options, at its longest, is one SMS and one USSD page. */
static void every_question_is_one_message(void **state)
{
    const struct flow *flow = flows_find(flows, "", "");
    (void)state;
    for (size_t i = 0; i < flow->state_count; i++) {
        const struct flow_state *at = &flow->states[i];
        size_t options = 0;
        for (size_t j = 0; j < at->option_count; j++)
            options += 3 + widest(flow, at->options[j].title, CHANNEL_SMS);
        for (size_t j = 0; at->ask && j <= at->retry_count; j++) {
            const struct text *text = j ? at->retry[j - 1] : at->ask;
            size_t sms = widest(flow, text, CHANNEL_SMS) + options, ussd = widest(flow, text, CHANNEL_USSD) + options;
            if (sms > 160 || ussd > 182)
                fail_msg("%s: text %zu has %zu characters by SMS, %zu by USSD", at->name, j, sms, ussd);
        }
    }
}

static void lines_with_nothing_to_say_are_left_out(void **state)
{
    const struct flow *flow = flows_find(flows, "", "");
    const struct text *say = flow->states[flow_state_index(flow, SLICE("resultados"))].say;
    struct slice said;
    struct state s;
    struct arena *arena = arena_new(1 << 20);
    (void)state;
    state_init(&s);
    s.resource_count = 2;
    s.resources[0] = (struct advice_resource){.id = "cde", .text = "CDE", .reason = "porque sí", .contact = "gob.pe"};
    s.resources[1] = (struct advice_resource){.id = "yape", .text = "Yape", .reason = "", .contact = "yape.com.pe"};
    assert_int_equal(substitute(flow, &s, flow_wording(flow, say, "es", CHANNEL_SMS), CHANNEL_SMS, arena, &said), OK);
    assert_true(slice_is(said, "Esto te puede servir:\n1) CDE\n(porque sí)\n2) Yape"));
    arena_free(arena);
}

/* One conversation to its end, with the n-th allocation failing: the step fails alone, or goes through. */
static void without_memory_a_step_fails_alone(void **state)
{
    static const char *const words[] = {"hola", "si",  "vendo ropa en Puno hace 3 años", "no, 4 años", "si", "si",
                                        "1500", "baja"};
    (void)state;
    for (size_t w = 0; w < COUNT(words); w++) {
        struct event event = {.kind = EVENT_TEXT, .text = slice_of(words[w])};
        enum error error = ERR_NOMEM;
        for (long n = 0; error; n++) {
            struct state after = talk.state;
            struct outcome out;
            struct arena *arena = arena_new(1 << 20);
            mem_fail_after(n);
            error = dialog_step(flows, &after, &event, CHANNEL_SMS, NULL, talk.now_ms, arena, &out);
            mem_fail_after(-1);
            arena_free(arena);
            assert_true(error == OK || error == ERR_NOMEM);
            assert_true(n < 500);
        }
        talk_say(&talk, words[w]);
    }
}

static void a_full_arena_is_no_memory(void **state)
{
    struct event event = {.kind = EVENT_TEXT, .text = SLICE("hola")};
    struct outcome out;
    struct arena *arena = arena_new(1000);
    (void)state;
    assert_int_equal(dialog_step(flows, &talk.state, &event, CHANNEL_SMS, NULL, talk.now_ms, arena, &out), ERR_NOMEM);
    arena_free(arena);
}

int main(void)
{
    flows = talk_flows();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facts_are_backed_by_the_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_words_that_may_tell_are_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_doubt_keeps_the_words_that_began_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(consent_is_logged_with_the_question_of_the_channel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_what_is_asked_and_what_is_needed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_engine_gets_the_words_of_the_trade, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_are_added_to_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(advice_that_makes_no_sense_is_no_advice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_person_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_outlives_a_change_of_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(facts_of_an_older_flow_never_block_a_new_one, set_up, tear_down),
        cmocka_unit_test(guards_are_true_or_false_for_every_state),
        cmocka_unit_test(every_question_is_one_message),
        cmocka_unit_test(lines_with_nothing_to_say_are_left_out),
        cmocka_unit_test_setup_teardown(without_memory_a_step_fails_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_arena_is_no_memory, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(flows);
    return failed;
}
