/* The defects of made-up flows, and the flow around them. */
#ifndef TESTS_PROVE_DEFECTS_H
#define TESTS_PROVE_DEFECTS_H

#include "tests/unit/prove_flows.h"

#define LONG_WORDS 1200

/* Words without an accent, so long that they have so many septets. */
static inline const char *long_text(size_t septets)
{
    static char text[LONG_WORDS + 1];
    for (size_t i = 0; i < septets && i < LONG_WORDS; i++)
        text[i] = i % 6 == 5 ? ' ' : 'a';
    text[septets < LONG_WORDS ? septets - 1 : LONG_WORDS - 1] = 'z';
    text[septets < LONG_WORDS ? septets : LONG_WORDS] = '\0';
    return text;
}

/* A question over the transient choice, up to its options. */
static inline void put_choice(struct made *m, const char *suffix, const char *ask)
{
    put(m, "  b%zu%s:", m->block, suffix);
    put_text(m, "    ask: ", ask, "");
    put(m, "    slot: opcion");
    put(m, "    retry:");
    put_text(m, "      - ", "Elige un número.", "");
}

static inline void put_two_options(struct made *m)
{
    put(m, "    options:");
    put_text(m, "      - {value: uno, title: ", "Lo primero", "}");
    put_text(m, "      - {value: dos, title: ", "Lo segundo", "}");
}

/* Two questions that lead to nothing but each other; by chance only one to itself. */
static inline void put_trap(struct made *m)
{
    bool two = made_any(m, 2);
    put_choice(m, "", "¿Vamos por aquí?");
    put_two_options(m);
    put(m, "    otherwise: %s", next_name(m));
    put(m, "    next: [{when: opcion = uno, to: b%zu_x}, %s]", m->block, next_name(m));
    put_choice(m, "_x", "¿Y ahora?");
    m->first = m->line - 5;
    put_two_options(m);
    put(m, "    otherwise: b%zu_%s", m->block, two ? "y" : "x");
    put(m, "    next: b%zu_%s", m->block, two ? "y" : "x");
    mark(m);
    if (!two)
        return;
    put_choice(m, "_y", "¿Y luego?");
    put_two_options(m);
    put(m, "    otherwise: b%zu_x", m->block);
    put(m, "    next: b%zu_x", m->block);
    mark(m);
}

/* A question that lets go only of those who said something else before. */
static inline void put_trap_by_guard(struct made *m)
{
    size_t slot = m->slot_count;
    m->slots[m->slot_count++] = (struct made_slot){0, true}; /* yesno */
    char name[32];
    snprintf(name, sizeof(name), "b%zu", m->block);
    put_question(m, name, slot, next_name(m));
    put(m, "    next: b%zu_x", m->block);
    put_choice(m, "_x", "¿Seguimos?");
    m->first = m->line - 5;
    put_two_options(m);
    put(m, "    otherwise: b%zu_x", m->block);
    put(m, "    next: [{when: s%zu = yes, to: %s}, b%zu_x]", slot, next_name(m), m->block);
    mark(m);
}

/* A keyword that leads who has a question open to one that nobody gets out of, and anybody else nowhere. */
static inline void put_trap_by_keyword(struct made *m)
{
    put_plain(m);
    put(m, "  b%zu_k:", m->block);
    put(m, "    aside: true");
    put(m, "    next: [{when: open, to: b%zu_x}, resume]", m->block);
    put_choice(m, "_x", "¿Y ahora?");
    m->first = m->line - 5;
    put(m, "    aside: true");
    put_two_options(m);
    put(m, "    otherwise: b%zu_x", m->block);
    put(m, "    next: b%zu_x", m->block);
    mark(m);
}

static inline void put_question_of(struct made *m, size_t type, const char *otherwise)
{
    char name[32];
    snprintf(name, sizeof(name), "b%zu", m->block);
    size_t slot = m->slot_count++;
    m->slots[slot] = (struct made_slot){type, true};
    put_question(m, name, slot, otherwise);
}

static inline size_t made_type(const char *name)
{
    size_t type = 0;
    while (strcmp(made_types[type].name, name) != 0)
        type++;
    return type;
}

static inline void put_side(struct made *m)
{
    put(m, "  b%zu_x:", m->block);
    put_text(m, "    say: ", "Por este lado.", "");
    put(m, "    next: %s", next_name(m));
}

/* Defects of guards: a question of numbers, and what its answer decides. */
static inline void put_bad_guard(struct made *m)
{
    size_t slot = m->slot_count;
    bool yesno = m->defect == DEFECT_NEVER_ON_BRANCH || m->defect == DEFECT_SHADOWED;
    put_question_of(m, made_type(yesno ? "yesno" : "money"), next_name(m));
    put(m, "    next:");
    switch (m->defect) {
    case DEFECT_UNREACHED_BY_GUARD:
        put(m, "      - {when: s%zu < 100 and s%zu > 200, to: b%zu_x}", slot, slot, m->block);
        mark(m);
        break;
    case DEFECT_SHADOWED:
        put(m, "      - {when: known(s%zu), to: b%zu_x}", slot, m->block);
        put(m, "      - {when: s%zu = no, to: b%zu_x}", slot, m->block);
        mark(m);
        break;
    case DEFECT_SHADOWED_NUMBER:
        put(m, "      - {when: s%zu < 1000, to: b%zu_x}", slot, m->block);
        put(m, "      - {when: s%zu < 500, to: %s}", slot, next_name(m));
        mark(m);
        break;
    case DEFECT_NEVER:
        put(m, "      - {when: s%zu <= 1000, to: b%zu_x}", slot, m->block);
        put(m, "      - {when: s%zu > 100000, to: %s}", slot, next_name(m));
        mark(m);
        break;
    default:
        put(m, "      - {when: s%zu = yes, to: b%zu_x}", slot, m->block);
    }
    put(m, "      - %s", next_name(m));
    put(m, "  b%zu_x:", m->block);
    if (m->defect == DEFECT_UNREACHED_BY_GUARD)
        mark(m);
    put_text(m, "    say: ", "Por este lado.", "");
    put(m, "    next:");
    if (m->defect == DEFECT_NEVER_ON_BRANCH) {
        put(m, "      - {when: s%zu != yes, to: %s}", slot, next_name(m));
        mark(m);
    }
    put(m, "      - %s", next_name(m));
}

static inline void put_hidden(struct made *m)
{
    size_t slot = m->slot_count;
    put_question_of(m, made_type("yesno"), next_name(m));
    put(m, "    next: b%zu_x", m->block);
    put_choice(m, "_x", "¿Cuál prefieres?");
    m->first = m->line - 5;
    put(m, "    options:");
    char when[64];
    snprintf(when, sizeof(when), ", when: s%zu = yes}", slot);
    put_text(m, "      - {value: uno, title: ", "Lo primero", when);
    put_text(m, "      - {value: dos, title: ", "Lo segundo", when);
    put(m, "    otherwise: %s", next_name(m));
    put(m, "    next: %s", next_name(m));
    mark(m);
}

/* Defects of options: their titles, their values. */
static inline void put_bad_option(struct made *m)
{
    put_choice(m, "", "¿Cuál prefieres?");
    put(m, "    otherwise: %s", next_name(m));
    put(m, "    options:");
    put_text(m, "      - {value: uno, title: ", "Lo primero", "}");
    put_text(m, "      - {value: dos, title: ", "Lo segundo", "}");
    if (m->defect == DEFECT_ROW || m->defect == DEFECT_DESCRIPTION)
        put_text(m, "      - {value: tres, title: ", "Lo tercero", "}");
    const char *title = m->defect == DEFECT_BUTTON  ? "Lo que viene después"
                        : m->defect == DEFECT_ROW   ? "Lo que viene después de eso"
                        : m->defect == DEFECT_ALIKE ? "Lo primero"
                                                    : "Lo cuarto";
    char behind[200] = "}";
    if (m->defect == DEFECT_BUTTON)
        title = "Lo que viene después.";
    if (m->defect == DEFECT_DESCRIPTION)
        snprintf(behind, sizeof(behind), ", description: %s}",
                 m->two_languages ? "{es: corta, qu: \"una descripción que es más larga de lo que cabe en una fila de "
                                    "una lista de WhatsApp\"}"
                                  : "\"una descripción que es más larga de lo que cabe en una fila de una lista de "
                                    "WhatsApp\"");
    put_text(m, "      - {value: cuatro, title: ", title, behind);
    mark(m);
    put(m, "    next: %s", next_name(m));
}

/* Defects of length. */
static inline void put_long(struct made *m)
{
    size_t septets = m->defect == DEFECT_SCREEN ? 183 : m->defect == DEFECT_SEGMENTS ? 470 : 1100;
    if (m->defect != DEFECT_LOST) {
        put(m, "  b%zu:", m->block);
        put_text(m, "    say: ", long_text(septets + made_any(m, 50)), "");
        mark(m);
        put(m, "    next: %s", next_name(m));
        return;
    }
    static const char *const names[] = {"", "_x", "_y"};
    for (size_t i = 0; i < COUNT(names); i++) {
        put(m, "  b%zu%s:", m->block, names[i]);
        if (i == 0)
            mark(m);
        put_text(m, "    say: ", long_text(950), "");
        if (i + 1 < COUNT(names))
            put(m, "    next: b%zu%s", m->block, names[i + 1]);
        else
            put(m, "    next: %s", next_name(m));
    }
    m->last = 1000000; /* it is told where the turn ends */
}

/* Defects that the loader finds, of transitions and texts. */
static inline void put_refused(struct made *m)
{
    put(m, "  b%zu:", m->block);
    if (m->defect == DEFECT_NO_TRANSLATION) {
        put(m, "    say: {es: Hola}");
        mark(m);
        put(m, "    next: %s", next_name(m));
    } else if (m->defect == DEFECT_ALL_FALSE) {
        put(m, "    next:");
        put(m, "      - {when: known(trabajo), to: %s}", next_name(m));
        put(m, "      - {when: not known(trabajo), to: %s}", next_name(m));
        mark(m);
    } else if (m->defect == DEFECT_ROUND) {
        mark(m);
        put(m, "    next: b%zu_x", m->block);
        put(m, "  b%zu_x:", m->block);
        put(m, "    next: [{when: known(trabajo), to: b%zu}, %s]", m->block, next_name(m));
        mark(m);
    } else {
        put(m, "    next: %s", next_name(m));
        put(m, "  b%zu_x:", m->block);
        mark(m);
        put_text(m, "    say: ", "Aquí no llega nadie.", "");
        put(m, "    next: %s", next_name(m));
    }
}

static inline void put_no_otherwise(struct made *m)
{
    put_choice(m, "", "¿Cuál prefieres?");
    m->first = m->line - 5;
    put_two_options(m);
    put(m, "    next: %s", next_name(m));
    mark(m);
}

static inline void put_fallback(struct made *m)
{
    char name[32];
    snprintf(name, sizeof(name), "b%zu", m->block);
    put_question_of(m, made_any(m, COUNT(made_types)), name);
    mark(m);
    put(m, "    next: %s", next_name(m));
}

static inline void put_misfit(struct made *m)
{
    size_t slot = m->slot_count;
    put_question_of(m, made_type("money"), next_name(m));
    if (m->defect == DEFECT_TYPE)
        put(m, "    next: {to: %s, set: {s%zu: \"{{trabajo}}\"}}", next_name(m), slot);
    else
        put(m, "    next: {to: %s, set: {s%zu: 200000/month}}", next_name(m), slot);
    mark(m);
}

/* The flow that others call, whole or with its defect. */
static inline const char *made_callee(enum defect defect)
{
    if (defect == DEFECT_CALL_NEVER)
        return "flow: pide\npart_of: hecho\ntakes: {que: text}\ngives: yesno\nstart: p\nstates:\n"
               "  p: {ask: '{{que}}', slot: result, retry: ['{{que}}'], otherwise: hecho.fin, next: hecho.fin}\n";
    if (defect == DEFECT_CALL_ROUND)
        return "flow: pide\npart_of: hecho\ntakes: {que: text}\ngives: yesno\nstart: p\nstates:\n"
               "  p: {ask: '{{que}}', slot: result, retry: ['{{que}}'], otherwise: return, next: q}\n"
               "  q: {call: pide, with: {que: '{{que}}'}, result: result, next: return}\n";
    return "flow: pide\npart_of: hecho\ntakes: {que: text}\ngives: yesno\nstart: p\nstates:\n"
           "  p: {ask: '{{que}}', slot: result, retry: ['{{que}}'], tries: 2, otherwise: return, next: return}\n";
}

/* Two calls of one flow, each with a slot of its own; the first has the defect, or neither. */
static inline void put_call(struct made *m)
{
    char second[32];
    snprintf(second, sizeof(second), "b%zu_x", m->block);
    for (int i = 0; i < 2; i++) {
        size_t slot = m->slot_count++;
        bool odd = i == 0 && m->defect == DEFECT_CALL_TYPE;
        m->slots[slot] = (struct made_slot){made_type(odd ? "money" : "yesno"), false};
        put(m, i ? "  b%zu_x:" : "  b%zu:", m->block);
        if (i == 0)
            m->first = m->defect == SOUND ? 0 : m->line;
        put(m, "    call: %s", i == 0 && m->defect == DEFECT_CALL_UNKNOWN ? "pidde" : "pide");
        put(m, "    with:");
        put_text(m, "      que: ", "¿Te parece?", "");
        put(m, "    result: s%zu", slot);
        put(m, "    next: %s", i ? next_name(m) : second);
        if (i == 0 && m->defect != SOUND)
            mark(m);
    }
    if (m->defect == DEFECT_CALL_ROUND || m->defect == DEFECT_CALL_NEVER) /* told in the other file */
        m->first = 1;
}

static inline void put_defect(struct made *m)
{
    switch (m->defect) {
    case DEFECT_CALL_UNKNOWN:
    case DEFECT_CALL_TYPE:
    case DEFECT_CALL_ROUND:
    case DEFECT_CALL_NEVER:
        put_call(m);
        break;
    case DEFECT_TRAP:
        put_trap(m);
        break;
    case DEFECT_TRAP_BY_GUARD:
        put_trap_by_guard(m);
        break;
    case DEFECT_TRAP_BY_KEYWORD:
        put_trap_by_keyword(m);
        break;
    case DEFECT_FALLBACK:
        put_fallback(m);
        break;
    case DEFECT_NO_OTHERWISE:
        put_no_otherwise(m);
        break;
    case DEFECT_UNREACHED_BY_GUARD:
    case DEFECT_SHADOWED:
    case DEFECT_SHADOWED_NUMBER:
    case DEFECT_NEVER:
    case DEFECT_NEVER_ON_BRANCH:
        put_bad_guard(m);
        break;
    case DEFECT_HIDDEN:
        put_hidden(m);
        break;
    case DEFECT_BUTTON:
    case DEFECT_ROW:
    case DEFECT_DESCRIPTION:
    case DEFECT_ALIKE:
        put_bad_option(m);
        break;
    case DEFECT_SCREEN:
    case DEFECT_SEGMENTS:
    case DEFECT_LOST:
    case DEFECT_BODY:
        put_long(m);
        break;
    case DEFECT_TYPE:
    case DEFECT_BOUNDS:
        put_misfit(m);
        break;
    default:
        put_refused(m);
    }
}

static inline void put_head(struct made *m, size_t at)
{
    static const char *const phrases[] = {"opted_out", "opted_in",     "opted_help", "not_words",
                                          "resumed",   "switched",     "greeted",    "thanked",
                                          "language",  "nothing_back", "old_button", "closed"};
    static const char *const titles[] = {"'yes'", "'no'", "day", "week", "month", "year", "list_button"};
    put(m, "flow: hecho");
    put(m, "version: 1");
    if (m->calls)
        put(m, "uses: [pide]");
    put(m, m->two_languages ? "languages: [es, qu]" : "languages: [es]");
    put(m, "start: b0");
    put(m, "returning: vuelta");
    if (made_any(m, 2))
        put(m, "redial: {after: 5m, to: seguimos}");
    put(m, "texts:");
    char key[40];
    for (size_t i = 0; i < COUNT(phrases); i++) {
        snprintf(key, sizeof(key), "  %s: ", phrases[i]);
        put_text(m, key, "Bueno.", "");
    }
    for (size_t i = 0; i < COUNT(titles); i++) {
        snprintf(key, sizeof(key), "  %s: ", titles[i]);
        put_text(m, key, titles[i][0] != '\'' ? titles[i] : titles[i][1] == 'y' ? "Sí" : "No", "");
    }
    put_text(m, "  confirm: ", "¿{{doubt}}?", "");
    put_text(m, "  heard: ", "¿{{heard}}?", "");
    put_text(m, "  period: ", "{{doubt}}: ¿cada cuánto?", "");
    if (m->defect == DEFECT_TRAP_BY_KEYWORD)
        put(m, "keywords: {b%zu_k: [\"^ clave secreta $\"]}", at);
    else if (made_any(m, 2))
        put(m, "keywords: {ayuda: [\"^ clave secreta $\"]}");
    put(m, "commands: {menu: menu, help: ayuda, mydata: ayuda, rectify: ayuda, erase: borrar, agent: ayuda}");
}

/* Timers that count from what others lead to: within WhatsApp's window, and so many times, but for the defect. */
static inline void put_following(struct made *m)
{
    bool sound = m->defect == SOUND, other = made_any(m, 2);
    if (m->defect == DEFECT_TEMPLATE_CHAINED || (sound && other)) {
        put(m, "  primero: {after: %dh, from: fin, to: noticia}", sound ? 5 : 6 + (int)made_any(m, 17));
        put(m, "  luego: {after: %dh, from: noticia, to: pregunta}", sound ? 18 : 18 + (int)made_any(m, 6));
    } else if (other) {
        put(m, "  primero: {after: 5h, from: fin, to: noticia}");
        put(m, "  cada: {after: 30d, again: true, from: noticia, to: pregunta}");
    } else {
        static const char template[] = "template: {name: cada, language: es}";
        put(m, "  primero: {after: 2h, from: noticia, to: pregunta, %s}", template);
        put(m, "  cada: {after: 30d, again: true, from: fin, to: noticia, %s%s}", template,
            sound ? ", when: not known(visto)" : "");
    }
    if (!sound)
        mark(m);
}

/* What these lead to: news, and a question, or words that lead back to the news without one. */
static inline void put_news(struct made *m)
{
    put(m, "  noticia:");
    put(m, "    aside: true");
    put(m, "    set: {visto: si}");
    put_text(m, "    say: ", "Hay una noticia.", "");
    put(m, "    next: fin");
    put(m, "  pregunta:");
    put(m, "    aside: true");
    if (m->defect == DEFECT_ENDLESS) {
        put_text(m, "    say: ", "¿Qué tal?", "");
        put(m, "    next: noticia");
        return;
    }
    put(m, "    quiet: true");
    put_text(m, "    ask: ", "¿Qué tal?", "");
    put(m, "    slot: opcion");
    put_two_options(m);
    put(m, "    retry:");
    put_text(m, "      - ", "Elige un número.", "");
    put(m, "    otherwise: fin");
    put(m, "    next: fin");
}

static inline void put_timers(struct made *m)
{
    put(m, "timers:");
    put(m, "  remind:");
    put(m, "    after: %dh", m->defect == DEFECT_TEMPLATE ? 24 + (int)made_any(m, 20) : 20);
    put(m, "    from: answer");
    put_text(m, "    say: ", "¿Sigues ahí?", "");
    if (m->defect == DEFECT_TEMPLATE) {
        m->first = m->line - 4;
        mark(m);
    }
    if (m->defect == DEFECT_TIMEOUT_BY_GUARD)
        put(m, "  expire: {after: 72h, from: answer, end: true, when: known(rubro)}");
    else if (m->defect != DEFECT_TIMEOUT && m->defect != DEFECT_TRAP_BY_KEYWORD) /* which is open below then too */
        put(m, "  expire: {after: 72h, from: answer, end: true}");
    if (m->times)
        put_following(m);
}

static inline void put_tail(struct made *m)
{
    put(m, "  fin:");
    put_text(m, "    say: ", "¡Adiós!", "");
    if (made_any(m, 2))
        put_text(m, "    follow: ", "Esto te queda por SMS.", "");
    put(m, "    end: true");
    if (m->times)
        put_news(m);
    put(m, "  vuelta:");
    put(m, "    aside: true");
    put(m, "    next: [{when: open, to: seguimos}, b0]");
    put(m, "  seguimos:");
    put(m, "    aside: true");
    put(m, "    quiet: true");
    put_text(m, "    ask: ", "¿Seguimos?", "");
    put(m, "    slot: opcion");
    put_two_options(m);
    put(m, "    retry:");
    put_text(m, "      - ", "Elige un número.", "");
    put(m, "    otherwise: resume");
    put(m, "    next: [{when: opcion = uno, to: resume}, b0]");
    put(m, "  menu:");
    put(m, "    aside: true");
    put(m, "    next: resume");
    put(m, "  ayuda:");
    put(m, "    aside: true");
    put_text(m, "    say: ", "Responde con tus palabras.", "");
    put(m, "    next: resume");
    put(m, "  borrar:");
    put(m, "    aside: true");
    put_text(m, "    say: ", "Listo.", "");
    put(m, "    erase: true");
    put(m, "    end: true");
}

/* Declares a slot; every other can be heard before it is asked. */
static inline void put_slot(struct made *m, size_t i)
{
    static const char *const heard[] = {"money", "tenure", "workers", "customers", "region", "ruc"};
    const char *declaration = made_types[m->slots[i].type].declaration;
    for (size_t k = 0; k < COUNT(heard) && m->hears; k++)
        if (strcmp(made_types[m->slots[i].type].name, heard[k]) == 0 && i % 2 == 0) {
            put(m, "  s%zu: {heard: dato %zu, %s", i, i, declaration + 1);
            return;
        }
    put(m, "  s%zu: %s", i, declaration);
}

static inline void put_slots(struct made *m, size_t upto)
{
    put(m, "slots:");
    put(m, "  opcion: {type: choice, transient: true}");
    put(m, "  trabajo: {type: text}");
    put(m, "  rubro: {type: text}");
    if (m->times)
        put(m, "  visto: {type: text}");
    for (size_t i = 0; i < upto; i++)
        put_slot(m, i);
}

static inline void put_block(struct made *m, bool *trade)
{
    switch (made_any(m, 8)) {
    case 0:
    case 1:
        put_branch(m);
        break;
    case 2:
    case 3:
        put_look_back(m);
        break;
    case 4:
        put_menu(m);
        break;
    case 5:
        if (!*trade) {
            *trade = true;
            put_trade(m);
            break;
        }
        /* fall through */
    default:
        put_plain(m);
    }
}

/* Makes a flow of so many blocks. The slots stand in front and are known only behind: all is written twice. */
static inline void made_flow(struct made *m, uint64_t seed, enum defect defect, size_t blocks)
{
    for (int round = 0; round < 2; round++) {
        size_t slots = m->slot_count;
        m->seed = seed * 0x9e3779b97f4a7c15u + 1;
        m->defect = defect;
        m->len = m->first = m->last = m->slot_count = 0;
        m->line = 1;
        m->two_languages = defect == DEFECT_NO_TRANSLATION || made_any(m, 4) == 0;
        m->hears = defect == SOUND && !m->two_languages && made_any(m, 2) == 0;
        m->times = defect == DEFECT_TEMPLATE_CHAINED || defect == DEFECT_ENDLESS || (defect == SOUND && seed % 4 == 0);
        m->blocks = blocks ? blocks : 3 + made_any(m, 7);
        size_t at = 1 + made_any(m, m->blocks - 1);
        m->calls = (defect >= DEFECT_CALL_UNKNOWN && defect <= DEFECT_CALL_NEVER) || (defect == SOUND && seed % 3 == 0);
        bool inside = defect != SOUND && defect < DEFECT_TEMPLATE, trade = false;
        put_head(m, at);
        put_timers(m);
        if (defect == DEFECT_TIMEOUT || defect == DEFECT_TIMEOUT_BY_GUARD)
            m->first = 1, m->last = 1000000;
        if (round)
            put_slots(m, slots);
        put(m, "states:");
        for (m->block = 0; m->block < m->blocks; m->block++) {
            if (inside && m->block == at)
                put_defect(m);
            else if (m->calls && m->block == at)
                put_call(m);
            else if (m->block == 0 || m->slot_count + 3 >= MADE_SLOTS)
                m->slot_count + 3 >= MADE_SLOTS ? put_menu(m) : put_plain(m);
            else
                put_block(m, &trade);
        }
        put_tail(m);
    }
}

#endif
