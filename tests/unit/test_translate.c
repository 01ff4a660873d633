/* A third language made of data alone: its words are laid over a flow, chosen by who writes, and fall back where they
 * lack. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/prove.h"
#include "tests/unit/languages_kit.h"
#include "tests/unit/talk.h"
#include "tests/unit/translate_kit.h"

static struct talk talk;

/* Loads the small flow with both languages on; `words` is the translation. */
static enum error load(const char *words, struct faults *faults, struct flows **out)
{
    struct flows *flows = *out = flows_new();
    enum error error = flows ? flows_add_spanish(flows) : ERR_NOMEM;
    if (!error)
        error = flows_add_language(flows, "jbo", "jbo.yaml", slice_of(translate_tongue), faults);
    if (!error)
        error = flows_add(flows, "t.yaml", slice_of(words), faults);
    if (!error)
        error = flows_add(flows, "f.yaml", slice_of(translate_flow), faults);
    if (flows)
        flows_speak(flows, kit_languages());
    return error ? error : flows_finish(flows, faults);
}

static struct flows *load_good(void)
{
    struct faults faults;
    struct flows *flows;
    faults_init(&faults);
    enum error error = load(translate_words, &faults, &flows);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    faults_release(&faults);
    return flows;
}

static void hears(const char *said, const char *words)
{
    talk_say(&talk, said);
    assert_true(talk.message_count > 0);
    struct slice text = talk.messages[talk.message_count - 1].text;
    if (!slice_is(text, words))
        fail_msg("to '%s' came: %.*s", said, (int)text.len, text.ptr);
}

static void the_language_is_chosen_and_kept(void **state)
{
    struct flows *flows = load_good();
    (void)state;
    talk_begin(&talk, flows);
    hears("hola", "Idioma:\n1 Castellano\n2 Lojban");
    hears("lojban", "xo vecnu");
    assert_string_equal(talk.state.lang, "jbo");
    hears("nada nada", "za u ku");
    hears("nada otra vez", "Un numero");
    talk.channel = (struct channel_traits){.kind = CHANNEL_WHATSAPP};
    hears("menu", "Que quieres?\n1 Seguir\n2 cliva");
    hears("1", "xo do vecnu");
    hears("1500 al mes", "do vecnu 1500 rupnu ca masti\n\nListo");
    hears("idioma", "Idioma:\n1 Castellano\n2 Lojban");
    hears("castellano", "Listo");
    assert_string_equal(talk.state.lang, "es");
    talk_end(&talk);
    flows_free(flows);
}

static void forms_are_added(void **state)
{
    struct flows *flows = load_good();
    (void)state;
    talk_begin(&talk, flows);
    talk_say(&talk, "hola");
    talk_say(&talk, "2");
    talk_say(&talk, "menu");
    hears("klama", "Listo");
    talk_end(&talk);
    flows_free(flows);
}

/* Whoever has chosen what is switched off later is spoken to in what is on. */
static void a_language_that_is_off_is_left(void **state)
{
    struct faults faults;
    struct flows *flows = flows_new();
    (void)state;
    faults_init(&faults);
    flows_speak(flows, kit_languages());
    assert_int_equal(flows_add(flows, "f.yaml", slice_of(translate_flow), &faults), OK);
    assert_int_equal(flows_finish(flows, &faults), OK);
    assert_int_equal(flows->items[0]->commands[FLOW_LANGUAGE], FLOW_NONE);
    talk_begin(&talk, flows);
    state_keep(SLICE("jbo"), talk.state.lang, sizeof(talk.state.lang));
    hears("hola", "Vendes?");
    hears("idioma", "Solo castellano\nVendes?");
    assert_string_equal(talk.state.lang, "es");
    talk_end(&talk);
    faults_release(&faults);
    flows_free(flows);
}

/* A replay tells by the digest that a translation changed, or that another language is on. */
static void the_digest_tells_one_translation_from_another(void **state)
{
    static const char *const words[] = {
        translate_words, "flow: puesto\nlanguage: jbo\ntexts:\n  menu.options.irme: cliva\n",
        "flow: puesto\nlanguage: jbo\ntexts:\n  menu.options.irme: cliva sai\n",
        "flow: puesto\nlanguage: lat\ntexts:\n  menu.options.irme: abeo\n", /* off: one translation less */
    };
    char digests[COUNT(words) + 1][DIGEST_TEXT];
    struct faults faults;
    struct flows *flows;
    (void)state;
    faults_init(&faults);
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_int_equal(load(words[i], &faults, &flows), OK);
        memcpy(digests[i], flows->items[0]->digest, DIGEST_TEXT);
        flows_free(flows);
    }
    flows = flows_new();
    assert_int_equal(flows_add(flows, "f.yaml", slice_of(translate_flow), &faults), OK);
    memcpy(digests[COUNT(words)], flows->items[0]->digest, DIGEST_TEXT);
    flows_free(flows);
    for (size_t i = 0; i < COUNT(digests); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(digests[i], digests[j]);
    assert_int_equal(load(words[0], &faults, &flows), OK);
    assert_string_equal(flows->items[0]->digest, digests[0]);
    flows_free(flows);
    faults_release(&faults);
}

/* Every text that lacks is a finding, at its place. */
static void what_lacks_is_found(void **state)
{
    struct proof proof;
    struct arena *arena = arena_new(PROVE_ARENA_BYTES);
    struct flows *flows = load_good();
    size_t lacks = 0;
    bool retry = false, ask = false;
    (void)state;
    assert_int_equal(prove(flows, flows->items[0], arena, &proof), OK);
    for (size_t i = 0; i < proof.count; i++) {
        lacks += proof.findings[i].rule == PROVE_TRANSLATION;
        retry = retry || strstr(proof.findings[i].text, "'inicio.retry.2' has no 'jbo', and is said in 'es'");
        ask = ask || strstr(proof.findings[i].text, "'inicio.ask'");
    }
    assert_int_equal(proof.errors, 0);
    assert_true(retry && !ask);
    assert_int_equal(lacks, 28);
    arena_free(arena);
    flows_free(flows);
}

static void each_slip_is_named(void **state)
{
    static const struct {
        const char *words, *fault;
    } rows[] = {
        {"flow: puesto\nlanguage: jbo\ntexts: {inicio.aks: x}\n",
         "t.yaml:3:9: flow puesto has no text 'inicio.aks' (did you mean 'inicio.ask'?)"},
        {"flow: puesto\nlanguage: jbo\ntexts: {inicio.ask: {es: x}}\n", "this file is of 'jbo': write `jbo:`"},
        {"flow: puesto\nlanguage: jbo\ntexts: {inicio.ask: {jbo.sms: x}}\n", "this text has no 'jbo'"},
        {"flow: puesto\nlanguage: jbo\ntexts: {inicio.ask: '{{nada}}'}\n", "t.yaml:3:21: {{nada}} is no slot"},
        {"flow: puesto\nlanguage: jbo\ntexts: {menu.options.irme: twenty four letters and more}\n",
         "t.yaml:3:28: this title"},
        {"flow: puesto\nlanguage: jbo\ntexts: {menu.options.seguir.words: x}\n", "forms of words must be a list"},
        {"flow: puesto\nlanguage: jbo\ntexts: [x]\n", "`texts` must be a map"},
        {"flow: puesto\nlanguage: J\ntexts: {inicio.ask: x}\n", "`language` must be a language's key"},
        {"flow: otra\nlanguage: jbo\ntexts: {inicio.ask: x}\n", "there is no flow 'otra'"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        struct flows *flows;
        char text[2048];
        FILE *told = fmemopen(text, sizeof(text), "w");
        faults_init(&faults);
        assert_int_not_equal(load(rows[i].words, &faults, &flows), OK);
        faults_print(&faults, told);
        fclose(told);
        if (!strstr(text, rows[i].fault))
            fail_msg("'%s' is not in: %s", rows[i].fault, text);
        faults_release(&faults);
        flows_free(flows);
    }
}

static void without_memory_loading_fails_and_frees(void **state)
{
    enum error error = ERR_NOMEM;
    (void)state;
    kit_languages(); /* read with memory, once for all */
    for (long n = 0; error; n++) {
        struct faults faults;
        struct flows *flows;
        faults_init(&faults);
        mem_fail_after(n);
        error = load(translate_words, &faults, &flows);
        mem_fail_after(-1);
        flows_free(flows);
        faults_release(&faults);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(n < 5000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_is_chosen_and_kept),
        cmocka_unit_test(forms_are_added),
        cmocka_unit_test(a_language_that_is_off_is_left),
        cmocka_unit_test(what_lacks_is_found),
        cmocka_unit_test(each_slip_is_named),
        cmocka_unit_test(the_digest_tells_one_translation_from_another),
        cmocka_unit_test(without_memory_loading_fails_and_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
