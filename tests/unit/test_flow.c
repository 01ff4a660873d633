/* The flow language: what is right loads, and each kind of wrong is one fault with its place, its words and its
 * remedy. */
#include "tests/unit/talk.h"

#include "dialog/flow.h"

/* A small whole flow; the rows below break it one line at a time. */
static const char whole[] = "flow: prueba\n"                                                              /* 1 */
                            "version: 3\n"                                                                /* 2 */
                            "languages: [es]\n"                                                           /* 3 */
                            "start: uno\n"                                                                /* 4 */
                            "returning: uno\n"                                                            /* 5 */
                            "resume_after: 6h\n"                                                          /* 6 */
                            "slots:\n"                                                                    /* 7 */
                            "  acepta: {type: yesno}\n"                                                   /* 8 */
                            "  palabras: {type: text}\n"                                                  /* 9 */
                            "  ventas: {type: money, min: 0, max: 900}\n"                                 /* 10 */
                            "  opcion: {type: choice, transient: true}\n"                                 /* 11 */
                            "  rubro: {type: text, names: {pan: pan, pez: pescado}}\n"                    /* 12 */
                            "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x," /* 13 */
                            " switched: x, greeted: x, thanked: x, nothing_back: x, language: x,"
                            " old_button: x, closed: x, confirm: '{{doubt}}?', 'yes': x, 'no': y, period: x,"
                            " day: x, week: x, month: x, year: x, list_button: x, gone: x}\n"
                            "commands: {menu: lado, help: lado, mydata: lado, rectify: lado, erase: lado," /* 14 */
                            " agent: lado}\n"
                            "states:\n"                                                                        /* 15 */
                            "  uno:\n"                                                                         /* 16 */
                            "    say: Hola\n"                                                                  /* 17 */
                            "    ask: '¿Aceptas?'\n"                                                           /* 18 */
                            "    slot: acepta\n"                                                               /* 19 */
                            "    options:\n"                                                                   /* 20 */
                            "      - {value: yes, title: Sí}\n"                                                /* 21 */
                            "      - {value: no, title: 'No'}\n"                                               /* 22 */
                            "    retry: [Otra vez]\n"                                                          /* 23 */
                            "    tries: 3\n"                                                                   /* 24 */
                            "    otherwise: dos\n"                                                             /* 25 */
                            "    next:\n"                                                                      /* 26 */
                            "      - {when: acepta = yes, to: dos}\n"                                          /* 27 */
                            "      - fin\n"                                                                    /* 28 */
                            "  dos:\n"                                                                         /* 29 */
                            "    ask: '{{palabras}}, ¿qué vendes?'\n"                                          /* 30 */
                            "    slot: palabras\n"                                                             /* 31 */
                            "    retry: [Otra vez]\n"                                                          /* 32 */
                            "    otherwise: fin\n"                                                             /* 33 */
                            "    next: piensa\n"                                                               /* 34 */
                            "  piensa:\n"                                                                      /* 35 */
                            "    needs: industry\n"                                                            /* 36 */
                            "    of: palabras\n"                                                               /* 37 */
                            "    next:\n"                                                                      /* 38 */
                            "      - {when: have(label1) and sure, to: fin, set: {rubro: '{{label1.key}}'}}\n" /* 39 */
                            "      - elige\n"                                                                  /* 40 */
                            "  elige:\n"                                                                       /* 41 */
                            "    ask: '¿Cuál?'\n"                                                              /* 42 */
                            "    slot: opcion\n"                                                               /* 43 */
                            "    options: [{value: a, title: A}, {value: b, title: B}]\n"                      /* 44 */
                            "    retry: [Otra vez]\n"                                                          /* 45 */
                            "    otherwise: fin\n"                                                             /* 46 */
                            "    next:\n"                                                                      /* 47 */
                            "      - {when: opcion = a, to: fin}\n"                                            /* 48 */
                            "      - fin\n"                                                                    /* 49 */
                            "  fin:\n"                                                                         /* 50 */
                            "    say: Adiós\n"                                                                 /* 51 */
                            "    end: true\n"                                                                  /* 52 */
                            "  lado:\n"                                                                        /* 53 */
                            "    aside: true\n"                                                                /* 54 */
                            "    say: Ayuda\n"                                                                 /* 55 */
                            "    next: resume\n";                                                              /* 56 */

static const struct {
    const char *name;
    const char *from, *to; /* the change */
    unsigned line, column;
    const char *words; /* in the fault */
} rows[] = {
    {"unknown key of a flow", "resume_after: 6h", "resume_aftr: 6h", 6, 1, "did you mean 'resume_after'?"},
    {"no name", "flow: prueba\n", "", 1, 1, "has no `flow`"},
    {"name with a capital", "flow: prueba", "flow: Prueba", 1, 7, "lower-case"},
    {"version is no number", "version: 3", "version: tres", 2, 10, "whole number"},
    {"no version", "version: 3\n", "", 1, 1, "`version`"},
    {"no languages", "languages: [es]\n", "", 1, 1, "`languages`"},
    {"start names no state", "start: uno", "start: unno", 4, 8, "did you mean 'uno'?"},
    {"no start", "start: uno\n", "", 1, 1, "no `start`"},
    {"no returning", "returning: uno\n", "", 1, 1, "no `returning`"},
    {"span of time without unit", "resume_after: 6h", "resume_after: 6", 6, 15, "6h or 30d"},
    {"expires before it resumes", "resume_after: 6h", "resume_after: 6h\nexpire_after: 5h", 7, 15, "shorter"},
    {"redial that leads nowhere", "resume_after: 6h", "redial: {after: 5m}", 6, 9, "leads nowhere"},
    {"redial without a unit", "resume_after: 6h", "redial: {after: 5, to: uno}", 6, 17, "6h or 30d"},
    {"redial over an open question", "resume_after: 6h", "redial: {to: uno}", 6, 14, "give it `aside: true`"},
    {"redial that asks nothing", "resume_after: 6h", "redial: {to: lado}", 6, 14, "asks nothing"},
    {"redial after the end", "resume_after: 6h", "redial: {after: 31d, to: lado}", 6, 9, "let it wait less"},
    {"unknown type", "{type: money, min: 0, max: 900}", "{type: mony}", 10, 18, "did you mean 'money'?"},
    {"a command is no type", "{type: money, min: 0, max: 900}", "{type: command}", 10, 18, "no type 'command'"},
    {"slot without type", "{type: money, min: 0, max: 900}", "{min: 0}", 10, 11, "has no `type`"},
    {"unknown key of a slot", "min: 0, max: 900", "minimum: 0", 10, 25, "no key 'minimum'"},
    {"bounds of words", "{type: yesno}", "{type: yesno, min: 1}", 8, 11, "no number to bound"},
    {"min above max", "min: 0, max: 900", "min: 9, max: 1", 10, 11, "min above max"},
    {"min is no number", "min: 0, max: 900", "min: cero", 10, 30, "whole number"},
    {"half of usual", "min: 0, max: 900", "usual_min: 5", 10, 11, "give both"},
    {"name of no value", "{type: yesno}", "{type: yesno, names: {si: x}}", 8, 33, "no value of acepta"},
    {"name with a reference", "pez: pescado", "pez: '{{r1.id}}'", 12, 46, "plain words"},
    {"transient is no flag", "transient: true", "transient: si", 11, 37, "true or false"},
    {"phrase missing", "opted_out: x, ", "", 13, 8, "no 'opted_out'"},
    {"phrase unknown", "opted_out: x, ", "opted_out: x, opted_owt: x, ", 13, 23, "did you mean 'opted_out'?"},
    {"doubt where there is none", "say: Hola", "say: '{{doubt}}'", 17, 10, "no meaning here"},
    {"command missing", "menu: lado, ", "", 14, 11, "no 'menu'"},
    {"command to no state", "menu: lado", "menu: ladoo", 14, 18, "did you mean 'lado'?"},
    {"command that loses the question", "    aside: true\n", "", 14, 18, "aside: true"},
    {"alert without words", "states:\n", "alerts: [{say: x}]\nstates:\n", 15, 10, "needs `words`"},
    {"alert without a text", "states:\n", "alerts: [{words: [robo]}]\nstates:\n", 15, 10, "what to `say`"},
    {"alert of an unknown key", "states:\n", "alerts: [{words: [robo], say: x, wiat: true}]\nstates:\n", 15, 34,
     "did you mean 'wait'?"},
    {"alerts that are no list", "states:\n", "alerts: {say: x}\nstates:\n", 15, 9, "must list"},
    {"form with an accent", "states:\n", "alerts: [{words: [robó], say: x}]\nstates:\n", 15, 19, "no form of words"},
    {"form that catches all", "states:\n", "alerts: [{words: ['.. .'], say: x}]\nstates:\n", 15, 19,
     "no form of words"},
    {"words of an option that are no list", "value: yes, title", "value: yes, words: si, title", 21, 29, "must list"},
    {"timers that are no map", "states:\n", "timers: [a]\nstates:\n", 15, 9, "at most 4 named"},
    {"too many timers", "states:\n", "timers: {a: {}, b: {}, c: {}, d: {}, e: {}}\nstates:\n", 15, 9,
     "at most 4 named"},
    {"timer with a bad name", "states:\n", "timers: {Uno: {after: 2h, from: answer, end: true}}\nstates:\n", 15, 10,
     "no name for a timer"},
    {"timer twice", "states:\n",
     "timers: {a: {after: 2h, from: answer, end: true}, a: {after: 3h, from: answer, end: true}}\nstates:\n", 15, 51,
     "a"},
    {"unknown key of a timer", "states:\n", "timers: {a: {aftr: 2h, after: 2h, from: answer, end: true}}\nstates:\n",
     15, 14, "did you mean 'after'?"},
    {"timer that is no map", "states:\n", "timers: {a: 2h}\nstates:\n", 15, 13, "must be a map"},
    {"options that most channels do not have", "{value: a, title: A}, {value: b, title: B}]",
     "{value: a, title: A, follow: true}]", 44, 14, "most channels have none"},
    {"template of a timer that ends", "states:\n",
     "timers: {a: {after: 2h, from: answer, end: true, template: {name: t, language: es}}}\nstates:\n", 15, 13,
     "leave its `template` out"},
    {"template without a name", "states:\n",
     "timers: {a: {after: 2h, from: answer, say: x, template: {language: es}}}\nstates:\n", 15, 57, "has no name"},
    {"template with a bad name", "states:\n",
     "timers: {a: {after: 2h, from: answer, say: x, template: {name: Uno, language: es}}}\nstates:\n", 15, 64,
     "small letters"},
    {"template in a bad language", "states:\n",
     "timers: {a: {after: 2h, from: answer, say: x, template: {name: t, language: es-PE}}}\nstates:\n", 15, 77,
     "es or es_PE"},
    {"template with parameters that are no list", "states:\n",
     "timers: {a: {after: 2h, from: answer, say: x, template: {name: t, language: es, params: a}}}\nstates:\n", 15, 89,
     "a list of at most 8"},
    {"template with an unknown key", "states:\n",
     "timers: {a: {after: 2h, from: answer, say: x, template: {name: t, language: es, parms: []}}}\nstates:\n", 15, 81,
     "parms"},
    {"timer without a span", "states:\n", "timers: {a: {from: answer, end: true}}\nstates:\n", 15, 13, "as in 20h"},
    {"timer's span without a unit", "states:\n", "timers: {a: {after: 20, from: answer, end: true}}\nstates:\n", 15, 21,
     "6h or 30d"},
    {"timer too soon", "states:\n", "timers: {a: {after: 0s, from: answer, end: true}}\nstates:\n", 15, 21,
     "from 1s to 366d"},
    {"timer at once", "states:\n", "timers: {a: {after: 0h, from: answer, end: true}}\nstates:\n", 15, 21,
     "from 1s to 366d"},
    {"timer too late", "states:\n", "timers: {a: {after: 367d, from: answer, end: true}}\nstates:\n", 15, 21,
     "from 1s to 366d"},
    {"timer from nothing", "states:\n", "timers: {a: {after: 2h, end: true}}\nstates:\n", 15, 13,
     "what it counts from"},
    {"timer from no state", "states:\n", "timers: {a: {after: 2h, from: doss, to: lado}}\nstates:\n", 15, 31,
     "did you mean 'dos'?"},
    {"timer that does nothing", "states:\n", "timers: {a: {after: 2h, from: answer}}\nstates:\n", 15, 13,
     "either says something"},
    {"timer that does two things", "states:\n", "timers: {a: {after: 2h, from: answer, end: true, say: x}}\nstates:\n",
     15, 13, "either says something"},
    {"timer of an answer that leads on", "states:\n", "timers: {a: {after: 2h, from: answer, to: lado}}\nstates:\n", 15,
     13, "and no `to`"},
    {"timer of a state that leads nowhere", "states:\n", "timers: {a: {after: 2h, from: dos}}\nstates:\n", 15, 13,
     "give it `to`"},
    {"timer of a state that speaks", "states:\n", "timers: {a: {after: 2h, from: dos, to: lado, say: x}}\nstates:\n",
     15, 13, "neither `say`"},
    {"timer to no state", "states:\n", "timers: {a: {after: 2h, from: dos, to: ladoo}}\nstates:\n", 15, 40,
     "did you mean 'lado'?"},
    {"timer that loses the question", "states:\n", "timers: {a: {after: 2h, from: dos, to: fin}}\nstates:\n", 15, 40,
     "aside: true"},
    {"timer with a guard of no slot", "states:\n",
     "timers: {a: {after: 2h, from: answer, when: acept = yes, end: true}}\nstates:\n", 15, 45,
     "did you mean 'acepta'?"},
    {"timer in another language", "states:\n", "timers: {a: {after: 2h, from: answer, say: {qu: x, es: x}}}\nstates:\n",
     15, 45, "not a language"},
    {"timer with a character that costs", "states:\n", "timers: {a: {after: 2h, from: answer, say: x 😀}}\nstates:\n",
     15, 44, "outside GSM-7"},
    {"reminder of what has ended", "states:\n",
     "timers: {a: {after: 2h, from: answer, say: x}, b: {after: 2h, from: answer, end: true}}\nstates:\n", 15, 10,
     "b has ended"},
    {"timer that asks aloud", "states:\n  uno:",
     "timers: {a: {after: 2h, from: dos, to: mes}}\nstates:\n  mes:\n    aside: true\n    ask: x\n    slot: acepta\n"
     "    retry: [x]\n    otherwise: resume\n    next: resume\n  uno:",
     15, 40, "quiet: true"},
    {"quiet without question", "say: Adiós", "quiet: true", 51, 12, "belongs to a question"},
    {"unknown key of a state", "    tries: 3", "    trys: 3", 24, 5, "did you mean 'tries'?"},
    {"tries out of bounds", "tries: 3", "tries: 10", 24, 12, "from 1 to 9"},
    {"tries of none", "tries: 3", "tries: 0", 24, 12, "from 1 to 9"},
    {"question without slot", "    slot: acepta\n", "", 17, 5, "fills no slot"},
    {"words added to no words", "    tries: 3", "    known: add", 24, 12, "must be a text that is kept"},
    {"words added to words that go", "    slot: palabras\n", "    slot: opcion\n    known: add\n", 32, 12,
     "must be a text that is kept"},
    {"question with an unknown slot", "slot: acepta", "slot: aceptar", 19, 11, "did you mean 'acepta'?"},
    {"question without a way out", "    otherwise: dos\n", "", 17, 5, "is a trap"},
    {"question without retry", "    retry: [Otra vez]\n    tries", "    tries", 17, 5, "needs `retry`"},
    {"retry is no list", "    retry: [Otra vez]\n    tries", "    retry: Otra\n    tries", 23, 12, "a list"},
    {"retry without question", "say: Adiós", "retry: [x]", 51, 12, "belongs to a question"},
    {"guarded otherwise", "otherwise: dos", "otherwise: {to: dos, when: known(acepta)}", 25, 32,
     "take its `when` away"},
    {"option value of another type", "value: yes", "value: si", 21, 17, "no value of acepta"},
    {"option without title", "{value: yes, title: Sí}", "{value: yes}", 21, 9, "`value` and a `title`"},
    {"unknown key of an option", "title: Sí}", "titel: Sí}", 21, 22, "did you mean 'title'?"},
    {"button too long", "title: Sí", "title: Sí que acepto todo eso", 21, 29, "20 are allowed"},
    {"description too long", "title: Sí}",
     "title: Sí, description: 0123456789012345678901234567890123456789012345678901234567890123456789012}", 21, 46,
     "72 are allowed"},
    {"choice without options", "    options: [{value: a, title: A}, {value: b, title: B}]\n", "", 42, 5,
     "needs `options`"},
    {"no option gives that", "opcion = a", "opcion = c", 48, 9, "never holds"},
    {"state without an end", "    say: Adiós\n    end: true\n", "    say: Adiós\n", 51, 5, "leads nowhere"},
    {"state that ends and goes on", "    end: true\n", "    end: true\n    next: uno\n", 53, 11,
     "keep `end` or `next`"},
    {"unknown state", "next: piensa", "next: pienso", 34, 11, "did you mean 'piensa'?"},
    {"transition to nowhere", "{when: acepta = yes, to: dos}", "{when: acepta = yes}", 27, 9, "goes nowhere"},
    {"unknown key of a transition", "to: dos}", "too: dos, to: dos}", 27, 30, "did you mean 'to'?"},
    {"all guards can fail", "      - fin\n  dos", "      - {when: acepta = no, to: fin}\n  dos", 28, 9,
     "all guards can fail"},
    {"what is behind an open way", "{when: acepta = yes, to: dos}", "dos", 27, 9, "those behind it never"},
    {"guard of no slot", "when: acepta = yes", "when: acept = yes", 27, 16, "did you mean 'acepta'?"},
    {"guard with a value that is none", "when: acepta = yes", "when: acepta = yess", 27, 25, "did you mean 'yes'?"},
    {"guard with a name that is none", "have(label1) and sure", "rubro = pam", 39, 24, "did you mean 'pan'?"},
    {"guard without operator", "when: acepta = yes", "when: acepta yes", 27, 23, "operator"},
    {"guard that compares words", "when: acepta = yes", "when: acepta < 3", 27, 25, "no number to compare"},
    {"guard that compares with a word", "when: acepta = yes", "when: ventas < mil", 27, 25, "no whole number"},
    {"guard not closed", "when: acepta = yes", "when: (acepta = yes", 27, 29, "')' is needed"},
    {"guard list not closed", "when: acepta = yes", "when: 'acepta in (yes, no'", 27, 35, "')' is needed"},
    {"guard that goes on", "when: acepta = yes", "when: acepta = yes acepta", 27, 29, "does not continue"},
    {"guard of nothing to have", "have(label1)", "have(label4)", 39, 21, "label1 to label3"},
    {"certainty without engine", "when: opcion = a", "when: sure", 48, 16, "`needs: industry`"},
    {"guard too deep", "when: acepta = yes", "when: ((((((((((((((((((acepta = yes))))))))))))))))))", 27, 32,
     "nested deeper"},
    {"empty guard", "when: acepta = yes", "when: ''", 27, 16, "a guard is needed"},
    {"reference to nothing", "{{palabras}}", "{{palabra}}", 30, 10, "did you mean 'palabras'?"},
    {"reference not closed", "{{palabras}}", "{{palabras", 30, 10, "close the reference"},
    {"set to a word of another type", "set: {rubro: '{{label1.key}}'}", "set: {acepta: quizas}", 39, 62,
     "no value of acepta"},
    {"set to words and a reference", "'{{label1.key}}'", "'a {{label1.key}}'", 39, 61, "not both"},
    {"set of no slot", "set: {rubro:", "set: {rubo:", 39, 54, "did you mean 'rubro'?"},
    {"advice where there is none", "'{{label1.key}}'", "'{{advice.stage}}'", 39, 61, "needs: profile"},
    {"forget is no list", "to: dos}", "to: dos, forget: acepta}", 27, 47, "must be a list"},
    {"engine cannot", "needs: industry", "needs: weather", 36, 12, "industry, profile, resources or"},
    {"training where there is none", "'{{label1.key}}'", "'{{training1}}'", 39, 61, "needs: trainings"},
    {"chars of what lasts", "min: 0, max: 900", "chars: 24", 10, 32, "transient text"},
    {"engine without words", "    of: palabras\n", "", 36, 12, "with `of`"},
    {"request for nobody", "say: Ayuda", "request: agents", 55, 14, "did you mean 'agent'?"},
    {"erases and goes on", "say: Ayuda", "erase: true", 54, 5, "must end the session"},
    {"consent of words", "slot: palabras", "slot: palabras\n    consent: todo", 32, 14, "type yesno"},
    {"period that is none", "tries: 3", "period: fortnight", 24, 13, "no period"},
    {"period asked and assumed", "tries: 3", "period: week\n    assume: week", 25, 13, "keep one"},
    {"known is neither", "tries: 3", "known: maybe", 24, 12, "ask, add or skip"},
    {"a character that costs", "say: Hola", "say: Hola 😀", 17, 10, "outside GSM-7"},
    {"no such language", "say: Hola", "say: {qu: Rimaykullayki, es: Hola}", 17, 11, "not a language"},
    {"no such kind of channel", "say: Hola", "say: {es.fax: Hola, es: Hola}", 17, 11, "not a kind of channel"},
    {"no plain wording", "say: Hola", "say: {es.sms: Hola}", 17, 10, "has no 'es'"},
    {"a list for a text", "say: Hola", "say: [Hola]", 17, 10, "has no 'es'"},
    {"nobody gets there", "      - elige\n", "      - fin\n", 41, 3, "nobody can reach state elige"},
    {"a round that never waits", "    say: Adiós\n    end: true\n", "    next: vuelve\n  vuelve:\n    next: fin\n", 50,
     3, "go round"},
    {"a state twice", "  lado:\n", "  fin:\n    end: true\n  lado:\n", 53, 3, "fin"},
    {"not YAML", "flow: prueba", "flow: [", 0, 0, ""},
};

/* Replaces the first occurrence; the result is the caller's. */
static char *change(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    struct buf out;
    if (!at)
        fail_msg("'%s' is not in the flow", from);
    buf_init(&out, 65536);
    buf_add(&out, text, (size_t)(at - text));
    buf_adds(&out, to);
    buf_adds(&out, at + strlen(from));
    assert_int_equal(out.error, OK);
    return out.ptr;
}

static enum error load(const char *yaml, struct faults *faults)
{
    struct flows *flows = flows_new();
    assert_non_null(flows);
    enum error error = flows_add(flows, "f.yaml", slice_of(yaml), faults);
    if (!error)
        error = flows_finish(flows, faults);
    flows_free(flows);
    return error;
}

static void the_whole_flow_loads(void **state)
{
    struct faults faults;
    (void)state;
    faults_init(&faults);
    enum error error = load(whole, &faults);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    assert_int_equal(faults.total, 0);
    faults_release(&faults);
}

static bool has_fault(const struct faults *faults, unsigned line, unsigned column, const char *words)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        if (strcmp(fault->file, "f.yaml") == 0 && (line == 0 || (fault->line == line && fault->column == column)) &&
            strstr(fault->text, words))
            return true;
    }
    return false;
}

static void each_fault_names_its_place_and_remedy(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        faults_init(&faults);
        char *yaml = change(whole, rows[i].from, rows[i].to);
        enum error error = load(yaml, &faults);
        bool good = error == ERR_VALUE && has_fault(&faults, rows[i].line, rows[i].column, rows[i].words);
        if (!good) {
            failed++;
            printf("row '%s' (error %d):\n", rows[i].name, (int)error);
            faults_print(&faults, stdout);
        }
        mem_free(yaml);
        faults_release(&faults);
    }
    assert_int_equal(failed, 0);
}

static void several_faults_are_found_in_one_go(void **state)
{
    struct faults faults;
    (void)state;
    faults_init(&faults);
    char *one = change(whole, "tries: 3", "tries: 0");
    char *two = change(one, "needs: industry", "needs: weather");
    char *three = change(two, "say: Hola", "say: '{{nada}}'");
    assert_int_equal(load(three, &faults), ERR_VALUE);
    assert_true(has_fault(&faults, 24, 12, "from 1 to 9"));
    assert_true(has_fault(&faults, 36, 12, "weather"));
    assert_true(has_fault(&faults, 17, 10, "nada"));
    mem_free(one);
    mem_free(two);
    mem_free(three);
    faults_release(&faults);
}

static void consent_is_kept(void **state)
{
    struct faults faults;
    (void)state;
    faults_init(&faults);
    char *one = change(whole, "{type: yesno}", "{type: yesno, transient: true}");
    char *two = change(one, "tries: 3", "consent: respuestas");
    assert_int_equal(load(two, &faults), ERR_VALUE);
    assert_true(has_fault(&faults, 16, 3, "nobody can confirm a yes to respuestas"));
    mem_free(one);
    mem_free(two);
    faults_release(&faults);
}

static void of_two_versions_the_newest_begins(void **state)
{
    struct faults faults;
    struct flows *flows = flows_new();
    (void)state;
    faults_init(&faults);
    char *later = change(whole, "version: 3", "version: 12"), *other = change(whole, "flow: prueba", "flow: otra");
    assert_int_equal(flows_add(flows, "a.yaml", slice_of(later), &faults), OK);
    assert_int_equal(flows_add(flows, "b.yaml", slice_of(whole), &faults), OK);
    assert_int_equal(flows_finish(flows, &faults), OK);
    assert_string_equal(flows_find(flows, "", "")->version, "12");
    assert_string_equal(flows_find(flows, "prueba", "3")->version, "3");
    assert_string_equal(flows_find(flows, "prueba", "1")->version, "12");
    assert_string_equal(flows_find(flows, "gone", "1")->version, "12");
    assert_int_equal(flows_add(flows, "c.yaml", slice_of(whole), &faults), OK);
    assert_int_equal(flows_add(flows, "d.yaml", slice_of(other), &faults), OK);
    assert_int_equal(flows_finish(flows, &faults), ERR_VALUE);
    assert_int_equal(faults.total, 2);
    assert_non_null(strstr(faults.items[0].text, "is also in b.yaml"));
    assert_non_null(strstr(faults.items[1].text, "main: true"));
    mem_free(later);
    mem_free(other);
    faults_release(&faults);
    flows_free(flows);
}

/* Whether the engine's last words are kept between sessions: only where somebody reads them before it is asked. Its
 * labels' names are, behind a question (`elige`), where that or what follows reads one. */
static void what_the_engine_said_is_for_the_session(void **state)
{
    static const struct {
        const char *from, *to;
        bool labels, resources; /* are for the session only */
        bool past;              /* the labels are read by nobody from `elige` on */
    } changes[] = {
        {"Hola", "Buenas", true, true, true},
        {"¿Cuál?", "¿Cuál, {{label1.name}}?", true, true, false},
        {"say: Adiós", "say: 'Adiós, {{label1.name}}'", false, true, false},
        {"{value: b, title: B}", "{value: '{{r1.id}}', title: B}", true, false, true},
        {"- {when: acepta = yes, to: dos}", "- {when: have(r2), to: dos}", true, false, true},
        {"say: Ayuda", "say: '{{label2.name}} {{r3.contact}}'", false, false, true},
        {"greeted: x", "greeted: '{{r1.text}}'", true, false, true},
        {"greeted: x", "greeted: '{{label1.name}}'", false, true, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct faults faults;
        struct flows *flows = flows_new();
        char *changed = change(whole, changes[i].from, changes[i].to);
        faults_init(&faults);
        enum error error = flows_add(flows, "f.yaml", slice_of(changed), &faults);
        if (error || flows->items[0]->labels_for_session != changes[i].labels ||
            flows->items[0]->resources_for_session != changes[i].resources ||
            flows->items[0]->states[flow_state_index(flows->items[0], SLICE("elige"))].past_labels != changes[i].past)
            fail_msg("%s: %s", changes[i].to, error_text(error));
        mem_free(changed);
        faults_release(&faults);
        flows_free(flows);
    }
}

static void no_flow_at_all_is_a_fault(void **state)
{
    struct faults faults;
    struct flows *flows = flows_new();
    (void)state;
    faults_init(&faults);
    assert_int_equal(flows_finish(flows, &faults), ERR_VALUE);
    assert_int_equal(flows_add(flows, "f.yaml", SLICE(""), &faults), ERR_VALUE);
    assert_int_equal(flows_add(flows, "f.yaml", SLICE("- a\n"), &faults), ERR_VALUE);
    assert_int_equal(faults.total, 3);
    assert_null(flows_find(flows, "", ""));
    faults_release(&faults);
    flows_free(flows);
}

/* A prover relies on it: the bound that the load computes is the length of the longest substitution. */
static void texts_know_their_greatest_length(void **state)
{
    struct faults faults;
    struct flows *flows = flows_new();
    (void)state;
    faults_init(&faults);
    char *yaml = change(whole, "say: Hola", "say: 'a{{r1.text}}b{{ventas}}'");
    assert_int_equal(flows_add(flows, "f.yaml", slice_of(yaml), &faults), OK);
    const struct flow *flow = flows->items[0];
    const struct text *say = flow->states[flow_state_index(flow, SLICE("uno"))].say;
    assert_int_equal(say->variants[0][VARIANT_PLAIN]->chars_max,
                     2 + RESOURCE_TEXT_CHARS + RESOURCE_BOLD_CHARS +
                         strlen("S/ 123456789.50 a 123456789.50 a la semana"));
    mem_free(yaml);
    faults_release(&faults);
    flows_free(flows);
}

static void without_memory_loading_fails_and_frees(void **state)
{
    enum error error = ERR_NOMEM;
    (void)state;
    char *timed = change(whole, "states:\n", "timers: {a: {after: 2h, from: answer, say: x}}\nstates:\n");
    for (long n = 0; error; n++) {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(n);
        struct flows *flows = flows_new();
        error = flows ? flows_add(flows, "f.yaml", slice_of(timed), &faults) : ERR_NOMEM;
        mem_fail_after(-1);
        flows_free(flows);
        faults_release(&faults);
        assert_true(n < 5000);
    }
    mem_free(timed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_flow_loads),
        cmocka_unit_test(each_fault_names_its_place_and_remedy),
        cmocka_unit_test(several_faults_are_found_in_one_go),
        cmocka_unit_test(consent_is_kept),
        cmocka_unit_test(of_two_versions_the_newest_begins),
        cmocka_unit_test(what_the_engine_said_is_for_the_session),
        cmocka_unit_test(no_flow_at_all_is_a_fault),
        cmocka_unit_test(texts_know_their_greatest_length),
        cmocka_unit_test(without_memory_loading_fails_and_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
