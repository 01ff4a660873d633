/* Programs of several files: what a part and a call become, and each kind of wrong as one fault in the file that has
 * it. */
#include "tests/unit/languages_kit.h"
#include "tests/unit/talk.h"

#include "dialog/flow.h"

#define PHRASES                                                                                                        \
    "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x, switched: x, greeted: x, thanked: x," \
    " nothing_back: x, language: x, old_button: x, closed: Fin, confirm: '{{doubt}}?', 'yes': x, 'no': y, period: x,"  \
    " day: x, week: x, month: x, year: x, list_button: x}\n"

/* The main flow, which calls a consent twice, once by way of another flow. */
static const char main_text[] = "flow: principal\n"                                                      /* 1 */
                                "version: 2\n"                                                           /* 2 */
                                "uses: [pide, lado, nota]\n"                                             /* 3 */
                                "languages: [es]\n"                                                      /* 4 */
                                "start: uno\n"                                                           /* 5 */
                                "returning: uno\n"                                                       /* 6 */
                                "slots:\n"                                                               /* 7 */
                                "  acepta: {type: yesno}\n"                                              /* 8 */
                                "  avisos: {type: yesno}\n"                                              /* 9 */
                                "  ventas: {type: money}\n"                                              /* 10 */
    PHRASES                                                                                              /* 11 */
                                "commands: {menu: lado, help: lado.otra, mydata: lado, rectify: lado,\n" /* 12 */
                                "  erase: lado, agent: lado}\n"                                          /* 13 */
                                "states:\n"                                                              /* 14 */
                                "  uno:\n"                                                               /* 15 */
                                "    call: pide\n"                                                       /* 16 */
                                "    say: Hola\n"                                                        /* 17 */
                                "    with: {que: datos, para: '¿Aceptas, sí o no?', gracias: Bien}\n"    /* 18 */
                                "    result: acepta\n"                                                   /* 19 */
                                "    next: [{when: acepta = yes, to: dos}, fin]\n"                       /* 20 */
                                "  dos:\n"                                                               /* 21 */
                                "    call: nota\n"                                                       /* 22 */
                                "    with: {monto: ventas}\n"                                            /* 23 */
                                "    result: avisos\n"                                                   /* 24 */
                                "    next: fin\n"                                                        /* 25 */
                                "  fin:\n"                                                               /* 26 */
                                "    say: Adiós\n"                                                       /* 27 */
                                "    end: true\n";                                                       /* 28 */

static const char pide_text[] = "flow: pide\n"                                /* 1 */
                                "part_of: principal\n"                        /* 2 */
                                "takes:\n"                                    /* 3 */
                                "  que: word\n"                               /* 4 */
                                "  para: text\n"                              /* 5 */
                                "  gracias: {type: text, optional: true}\n"   /* 6 */
                                "gives: yesno\n"                              /* 7 */
                                "start: pregunta\n"                           /* 8 */
                                "states:\n"                                   /* 9 */
                                "  pregunta:\n"                               /* 10 */
                                "    ask: 'De {{que}}: {{para}}'\n"           /* 11 */
                                "    slot: result\n"                          /* 12 */
                                "    consent: '{{que}}'\n"                    /* 13 */
                                "    retry: ['{{para}}']\n"                   /* 14 */
                                "    otherwise: return\n"                     /* 15 */
                                "    next:\n"                                 /* 16 */
                                "      - {when: result = yes, to: gracias}\n" /* 17 */
                                "      - return\n"                            /* 18 */
                                "  gracias:\n"                                /* 19 */
                                "    say: '{{gracias}}'\n"                    /* 20 */
                                "    next: return\n";                         /* 21 */

static const char nota_text[] = "flow: nota\n"                                                /* 1 */
                                "part_of: principal\n"                                        /* 2 */
                                "takes: {monto: money}\n"                                     /* 3 */
                                "gives: yesno\n"                                              /* 4 */
                                "start: cuanto\n"                                             /* 5 */
                                "states:\n"                                                   /* 6 */
                                "  cuanto:\n"                                                 /* 7 */
                                "    ask: '¿Cuánto?'\n"                                       /* 8 */
                                "    slot: monto\n"                                           /* 9 */
                                "    retry: [Otra vez]\n"                                     /* 10 */
                                "    otherwise: return\n"                                     /* 11 */
                                "    next: [{when: monto > 10, to: avisos}, return]\n"        /* 12 */
                                "  avisos:\n"                                                 /* 13 */
                                "    call: pide\n"                                            /* 14 */
                                "    with: {que: notas, para: 'Por {{monto}}, ¿te aviso?'}\n" /* 15 */
                                "    result: result\n"                                        /* 16 */
                                "    next: return\n";                                         /* 17 */

static const char lado_text[] = "flow: lado\n"                                       /* 1 */
                                "part_of: principal\n"                               /* 2 */
                                "start: inicio\n"                                    /* 3 */
                                "slots:\n"                                           /* 4 */
                                "  sigue: {type: yesno, transient: true}\n"          /* 5 */
                                "timers:\n"                                          /* 6 */
                                "  luego: {after: 2d, from: fin, to: inicio}\n"      /* 7 */
                                "states:\n"                                          /* 8 */
                                "  inicio:\n"                                        /* 9 */
                                "    aside: true\n"                                  /* 10 */
                                "    quiet: true\n"                                  /* 11 */
                                "    ask: '¿Sigues?'\n"                              /* 12 */
                                "    slot: sigue\n"                                  /* 13 */
                                "    retry: ['¿Sí o no?']\n"                         /* 14 */
                                "    otherwise: resume\n"                            /* 15 */
                                "    next: [{when: sigue = no, to: otra}, resume]\n" /* 16 */
                                "  otra:\n"                                          /* 17 */
                                "    aside: true\n"                                  /* 18 */
                                "    say: Otra\n"                                    /* 19 */
                                "    next: resume\n";                                /* 20 */

struct file {
    const char *name, *text;
};

static const struct file files[] = {
    {"lado.yaml", lado_text}, {"nota.yaml", nota_text}, {"pide.yaml", pide_text}, {"principal.yaml", main_text}};

/* Loads the program with one file changed (NULL: none). */
static struct flows *load(const char *name, const char *from, const char *to, struct faults *faults, enum error *error)
{
    struct flows *flows = flows_new();
    assert_non_null(flows);
    *error = OK;
    for (size_t i = 0; i < COUNT(files) && !*error; i++) {
        struct buf text;
        buf_init(&text, 65536);
        const char *at = name && strcmp(files[i].name, name) == 0 ? strstr(files[i].text, from) : NULL;
        if (name && strcmp(files[i].name, name) == 0 && !at)
            fail_msg("'%s' is not in %s", from, name);
        buf_add(&text, files[i].text, at ? (size_t)(at - files[i].text) : strlen(files[i].text));
        buf_adds(&text, at ? to : "");
        buf_adds(&text, at ? at + strlen(from) : "");
        *error = flows_add(flows, files[i].name, buf_slice(&text), faults);
        buf_release(&text);
    }
    *error = *error ? *error : flows_finish(flows, faults);
    flows_speak(flows, kit_languages());
    return flows;
}

static const struct {
    const char *name, *file, *from, *to;
    const char *in; /* the file of the fault */
    unsigned line, column;
    const char *words;
} rows[] = {
    {"uses nothing that is there", "principal.yaml", "lado, nota]", "lado, nota, ladoo]", "principal.yaml", 3, 26,
     "did you mean 'lado'?"},
    {"uses twice", "principal.yaml", "lado, nota]", "lado, nota, lado]", "principal.yaml", 3, 26, "used twice"},
    {"used by nobody", "principal.yaml", "uses: [pide, lado, nota]", "uses: [pide, nota]", "lado.yaml", 2, 10,
     "no flow 'principal' uses lado"},
    {"call of an unknown flow", "principal.yaml", "call: pide", "call: pid", "principal.yaml", 16, 11,
     "did you mean 'pide'?"},
    {"call of what never returns", "principal.yaml", "call: pide", "call: lado", "principal.yaml", 16, 11,
     "flow lado never returns"},
    {"taking, and never returning", "lado.yaml", "start: inicio", "takes: {x: word}\nstart: inicio", "lado.yaml", 1, 1,
     "never returns to its caller"},
    {"a call that leads nowhere", "principal.yaml", "    next: fin\n", "", "principal.yaml", 22, 5, "give it `next`"},
    {"a call that asks", "principal.yaml", "    next: fin\n", "    next: fin\n    ask: x\n", "principal.yaml", 26, 5,
     "no key 'ask'"},
    {"argument missing", "principal.yaml", "que: datos, ", "", "principal.yaml", 18, 11, "takes 'que', a word"},
    {"argument unknown", "principal.yaml", "gracias: Bien", "grasias: Bien", "principal.yaml", 18, 52,
     "did you mean 'gracias'?"},
    {"word with blanks", "principal.yaml", "que: datos", "que: los datos", "principal.yaml", 18, 17, "one word"},
    {"argument of another type", "principal.yaml", "monto: ventas", "monto: acepta", "principal.yaml", 23, 19,
     "slot acepta is yesno, and flow nota needs one that is money"},
    {"argument that is no slot", "principal.yaml", "monto: ventas", "monto: nada", "principal.yaml", 23, 19,
     "there is no slot 'nada'"},
    {"result missing", "principal.yaml", "    result: acepta\n", "", "principal.yaml", 16, 5, "`result`"},
    {"result of another type", "principal.yaml", "result: acepta", "result: ventas", "principal.yaml", 19, 13,
     "slot ventas is money, and flow pide needs one that is yesno"},
    {"result of what gives none", "pide.yaml", "gives: yesno\n", "", "principal.yaml", 19, 13, "gives nothing"},
    {"declared type unknown", "pide.yaml", "que: word", "que: wrod", "pide.yaml", 4, 8, "an argument is a `text`"},
    {"recursion", "pide.yaml", "  gracias:\n    say: '{{gracias}}'\n",
     "  gracias:\n    call: nota\n    with: {monto: ventas}\n    result: result\n", "pide.yaml", 20, 11,
     "flow nota would be called while it runs, by way of pide"},
    {"recursion at once", "nota.yaml", "    call: pide\n    with: {que: notas, para: 'Por {{monto}}, ¿te aviso?'}\n",
     "    call: nota\n    with: {monto: monto}\n", "nota.yaml", 14, 11, "calls may not go round"},
    {"nobody calls", "principal.yaml", "    call: nota\n    with: {monto: ventas}\n",
     "    call: pide\n    with: {que: a, para: b}\n", "nota.yaml", 1, 1, "nobody calls flow nota"},
    {"going into what is called", "principal.yaml", "to: dos", "to: pide", "principal.yaml", 20, 37,
     "make a state with `call: pide`"},
    {"return of the main flow", "principal.yaml", "    next: fin\n", "    next: return\n", "principal.yaml", 25, 11,
     "nowhere to return"},
    {"unknown state of a part", "principal.yaml", "help: lado.otra", "help: lado.otro", "principal.yaml", 12, 30,
     "did you mean 'lado.otra'?"},
    {"unknown state within a part", "lado.yaml", "to: otra", "to: otro", "lado.yaml", 16, 35,
     "there is no state 'otro'"},
    {"slot twice", "lado.yaml", "  sigue:", "  acepta:", "lado.yaml", 5, 3, "also in principal.yaml, line 8"},
    {"fault of a state behind a call", "pide.yaml", "slot: result", "slot: resul", "pide.yaml", 12, 11,
     "there is no slot 'resul'"},
    {"guard behind a call", "pide.yaml", "result = yes", "result = si", "pide.yaml", 17, 25, "no value of acepta"},
    {"text that can be missing", "pide.yaml", "'{{gracias}}'", "'¡{{gracias}}!'", "pide.yaml", 20, 10, "stand alone"},
    {"long names", "principal.yaml", "  dos:\n", "  dos_es_un_nombre_de_estado_largo:\n", "principal.yaml", 21, 3,
     "at most 31"},
    {"state with a dot", "lado.yaml", "  otra:\n", "  o.tra:\n", "lado.yaml", 17, 3, "no name for a state"},
    {"state named as a way", "lado.yaml", "  otra:\n", "  return:\n", "lado.yaml", 17, 3, "another name"},
    {"part without a start", "lado.yaml", "start: inicio\n", "", "lado.yaml", 1, 1, "`start`"},
    {"again each hour", "lado.yaml", "after: 2d, from: fin", "after: 2h, again: true, from: fin", "lado.yaml", 7, 10,
     "1d or more"},
    {"words for what would lose a question", "principal.yaml", "slots:\n", "keywords: {fin: [adios]}\nslots:\n",
     "principal.yaml", 7, 12, "words lead to state fin"},
    {"once by no slot", "lado.yaml", "start: inicio\n", "start: inicio\nonce: visto\n", "lado.yaml", 4, 7,
     "there is no slot 'visto'"},
    {"once by what is no yes", "lado.yaml", "start: inicio\n", "start: inicio\nonce: ventas\n", "lado.yaml", 4, 7,
     "no value of ventas"},
    {"unknown key of a part", "lado.yaml", "start: inicio\n", "start: inicio\nstrat: x\n", "lado.yaml", 4, 1,
     "no key 'strat'"},
};

static bool has_fault(const struct faults *faults, const char *file, unsigned line, unsigned column, const char *words)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        if (strcmp(fault->file, file) == 0 && fault->line == line && fault->column == column &&
            strstr(fault->text, words))
            return true;
    }
    return false;
}

static void each_fault_names_its_file(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        enum error error;
        faults_init(&faults);
        struct flows *flows = load(rows[i].file, rows[i].from, rows[i].to, &faults, &error);
        if (error != ERR_VALUE || !has_fault(&faults, rows[i].in, rows[i].line, rows[i].column, rows[i].words)) {
            failed++;
            printf("row '%s' (error %d):\n", rows[i].name, (int)error);
            faults_print(&faults, stdout);
        }
        flows_free(flows);
        faults_release(&faults);
    }
    assert_int_equal(failed, 0);
}

static struct flows *load_whole(void)
{
    struct faults faults;
    enum error error;
    faults_init(&faults);
    struct flows *flows = load(NULL, NULL, NULL, &faults, &error);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    faults_release(&faults);
    return flows;
}

static void a_call_has_states_of_its_own(void **state)
{
    static const char *const names[] = {"uno",
                                        "uno.pregunta",
                                        "uno.gracias",
                                        "uno-return",
                                        "dos",
                                        "dos.cuanto",
                                        "dos.avisos",
                                        "dos.avisos.pregunta",
                                        "dos.avisos.gracias",
                                        "dos.avisos-return",
                                        "dos-return",
                                        "fin",
                                        "lado",
                                        "lado.otra"};
    (void)state;
    struct flows *flows = load_whole();
    const struct flow *flow = flows_find(flows, "", "");
    assert_int_equal(flow->state_count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(flow->states[i].name, names[i]);
    const struct flow_state *first = &flow->states[1], *second = &flow->states[7];
    assert_string_equal(first->file, "pide.yaml");
    assert_int_equal(first->line, 10);
    assert_string_equal(flow->slots[first->slot].name, "acepta");
    assert_string_equal(flow->slots[second->slot].name, "avisos");
    assert_true(slice_is(first->consent, "datos"));
    assert_true(slice_is(second->consent, "notas"));
    assert_non_null(flow->states[2].say);
    assert_null(flow->states[8].say);
    assert_string_equal(first->ask->variants[0][VARIANT_PLAIN]->file, "pide.yaml");
    assert_string_equal(first->retry[0]->variants[0][VARIANT_PLAIN]->file, "principal.yaml");
    assert_int_equal(flow->commands[FLOW_HELP], 13);
    assert_int_equal(flow->timers[0].from, 11);
    flows_free(flows);
}

/* Gives all that the last turn said, in lines. */
static const char *heard(const struct talk *talk, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < talk->message_count; i++) {
        buf_adds(out, i ? "\n" : "");
        buf_addslice(out, talk->messages[i].text);
    }
    return buf_text(out);
}

static void a_conversation_goes_through_calls(void **state)
{
    static const struct {
        const char *said, *answer;
    } turns[] = {
        {"hola", "Hola\n\nDe datos: ¿Aceptas, sí o no?"},
        {"menu", "¿Sigues?"},
        {"no", "Otra\n\nDe datos: ¿Aceptas, sí o no?"},
        {"si", "Bien\n\n¿Cuánto?"},
        {"80 al mes", "S/ 80 al mes?\n1 x\n2 y"},
        {"1", "De notas: Por S/ 80 al mes, ¿te aviso?"},
        {"no", "Adiós"},
    };
    (void)state;
    struct flows *flows = load_whole();
    struct talk talk;
    struct buf words;
    buf_init(&words, 4096);
    talk_begin(&talk, flows);
    talk.channel.kind = CHANNEL_WHATSAPP;
    for (size_t i = 0; i < COUNT(turns); i++) {
        talk_say(&talk, turns[i].said);
        assert_string_equal(heard(&talk, &words), turns[i].answer);
    }
    assert_true(slice_is(state_fact(&talk.state, "acepta"), "yes"));
    assert_true(slice_is(state_fact(&talk.state, "avisos"), "no"));
    buf_release(&words);
    talk_end(&talk);
    flows_free(flows);
}

/* Says these words, and expects this. */
static void expect(struct talk *talk, struct buf *words, const char *said, const char *answer)
{
    talk_say(talk, said);
    assert_string_equal(heard(talk, words), answer);
}

static void a_flow_for_once_is_passed_over_then(void **state)
{
    (void)state;
    struct faults faults;
    enum error error;
    struct talk talk;
    struct buf words;
    faults_init(&faults);
    buf_init(&words, 4096);
    struct flows *flows = load("lado.yaml", "start: inicio\nslots:\n",
                               "start: inicio\nonce: visto\nkeywords: ['^ cursos $']\n"
                               "slots:\n  visto: {type: yesno}\n",
                               &faults, &error);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    talk_begin(&talk, flows);
    talk.channel.kind = CHANNEL_WHATSAPP;
    expect(&talk, &words, "hola", "Hola\n\nDe datos: ¿Aceptas, sí o no?");
    expect(&talk, &words, "cursos", "¿Sigues?");
    expect(&talk, &words, "si", "De datos: ¿Aceptas, sí o no?");
    expect(&talk, &words, "cursos", "De datos: ¿Aceptas, sí o no?");
    expect(&talk, &words, "menu", "De datos: ¿Aceptas, sí o no?");
    assert_int_equal(talk.state.tries, 0);
    talk_end(&talk);
    buf_release(&words);
    flows_free(flows);
    faults_release(&faults);
}

static void a_timer_comes_again_where_it_says_so(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        struct faults faults;
        enum error error;
        struct talk talk;
        char fired[DIALOG_NAME];
        faults_init(&faults);
        struct flows *flows =
            load("lado.yaml", "to: inicio}", again ? "to: inicio, again: true}" : "to: inicio}", &faults, &error);
        assert_int_equal(error, OK);
        talk_begin(&talk, flows);
        talk.channel.kind = CHANNEL_WHATSAPP;
        for (int visit = 0; visit < 2; visit++) {
            talk_say(&talk, "hola");
            talk_say(&talk, "no");
            assert_int_equal(talk.timer_count, visit == 0 || again);
            bool fires = talk_fire(&talk, talk.now_ms + 3 * 86400000LL, fired);
            assert_int_equal(fires, visit == 0 || again);
            if (fires)
                talk_say(&talk, "si");
        }
        talk_end(&talk);
        flows_free(flows);
        faults_release(&faults);
    }
}

static void another_version_of_a_program_lies_beside(void **state)
{
    (void)state;
    struct faults faults;
    faults_init(&faults);
    struct flows *flows = flows_new();
    for (int version = 2; version <= 3; version++) {
        for (size_t i = 0; i < COUNT(files); i++) {
            char text[4096];
            snprintf(text, sizeof(text), "%s", files[i].text);
            char *number = strstr(text, "version: 2");
            if (number)
                number[9] = (char)('0' + version);
            assert_int_equal(flows_add(flows, files[i].name, slice_of(text), &faults), OK);
        }
        assert_int_equal(flows_link(flows, &faults), OK);
    }
    assert_int_equal(flows_finish(flows, &faults), OK);
    assert_int_equal(flows->count, 2);
    assert_string_equal(flows_find(flows, "principal", "2")->version, "2");
    assert_string_equal(flows_find(flows, "principal", "")->version, "3");
    assert_string_not_equal(flows->items[0]->digest, flows->items[1]->digest);
    flows_free(flows);
    faults_release(&faults);
}

static void calls_do_not_make_programs_without_end(void **state)
{
    (void)state;
    struct faults faults;
    struct buf main;
    faults_init(&faults);
    buf_init(&main, 1 << 20);
    const char *end = strstr(main_text, "  dos:\n");
    buf_add(&main, main_text, (size_t)(end - main_text));
    for (int i = 0; i < 300; i++)
        buf_addf(&main, "  s%d: {call: pide, with: {que: a, para: b}, result: acepta, next: fin}\n", i);
    buf_adds(&main, end);
    struct flows *flows = flows_new();
    for (size_t i = 0; i < COUNT(files); i++) {
        struct slice text = files[i].text == main_text ? buf_slice(&main) : slice_of(files[i].text);
        assert_int_equal(flows_add(flows, files[i].name, text, &faults), OK);
    }
    assert_int_equal(flows_finish(flows, &faults), ERR_VALUE);
    assert_non_null(strstr(faults.items[0].text, "more than 500 states"));
    flows_free(flows);
    buf_release(&main);
    faults_release(&faults);
}

static void without_memory_linking_fails_and_frees(void **state)
{
    enum error error = ERR_NOMEM;
    (void)state;
    for (long n = 0; error; n++) {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(n);
        struct flows *flows = flows_new();
        error = flows ? OK : ERR_NOMEM;
        for (size_t i = 0; i < COUNT(files) && !error; i++)
            error = flows_add(flows, files[i].name, slice_of(files[i].text), &faults);
        error = error ? error : flows_finish(flows, &faults);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        flows_free(flows);
        faults_release(&faults);
        assert_true(n < 5000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_names_its_file),
        cmocka_unit_test(a_call_has_states_of_its_own),
        cmocka_unit_test(a_conversation_goes_through_calls),
        cmocka_unit_test(a_flow_for_once_is_passed_over_then),
        cmocka_unit_test(a_timer_comes_again_where_it_says_so),
        cmocka_unit_test(another_version_of_a_program_lies_beside),
        cmocka_unit_test(calls_do_not_make_programs_without_end),
        cmocka_unit_test(without_memory_linking_fails_and_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
