/* Flows made up for the prover: sound ones, and ones with a single defect of a known kind at a known place.
 *
 * A flow is a row of blocks: questions of all types, questions that branch by their own answer, states that branch by
 * one learned before, menus that come back to themselves, the engine's choice of a trade; then an end, a menu, help,
 * timers, in some after one another; in some a flow that asks and returns, called twice. All of it hangs on the seed. A
 * defect is a block of its own among them, or a change of the timers. */
#ifndef TESTS_PROVE_FLOWS_H
#define TESTS_PROVE_FLOWS_H

#include "tests/unit/talk.h"

#include <stdarg.h>

#include "dialog/prove.h"

#define MADE_BYTES (256 * 1024)
#define MADE_SLOTS 18
#define MADE_RULES 4

/* A kind of defect: which rules may name it (PROVE_RULE_COUNT: the loader's). */
enum defect {
    SOUND,
    DEFECT_UNREACHED, /* a state that no transition leads to */
    DEFECT_UNREACHED_BY_GUARD,
    DEFECT_TRAP,
    DEFECT_TRAP_BY_GUARD,
    DEFECT_TRAP_BY_KEYWORD, /* only for who says it while a question is open */
    DEFECT_FALLBACK,
    DEFECT_NO_OTHERWISE,
    DEFECT_NO_TRANSLATION,
    DEFECT_ALL_FALSE,
    DEFECT_HIDDEN,
    DEFECT_SHADOWED,
    DEFECT_SHADOWED_NUMBER,
    DEFECT_NEVER,
    DEFECT_NEVER_ON_BRANCH,
    DEFECT_TYPE,
    DEFECT_BOUNDS,
    DEFECT_ROUND,
    DEFECT_SCREEN,
    DEFECT_SEGMENTS,
    DEFECT_LOST,
    DEFECT_BUTTON,
    DEFECT_ROW,
    DEFECT_DESCRIPTION,
    DEFECT_BODY,
    DEFECT_ALIKE,
    DEFECT_CALL_UNKNOWN,
    DEFECT_CALL_TYPE,
    DEFECT_CALL_ROUND, /* the flow that is called calls itself */
    DEFECT_CALL_NEVER, /* ... or never returns */
    DEFECT_TEMPLATE,
    DEFECT_TEMPLATE_CHAINED, /* each timer within the window, both together not */
    DEFECT_ENDLESS,          /* a timer that comes again and again without an answer */
    DEFECT_TIMEOUT,
    DEFECT_TIMEOUT_BY_GUARD,
    DEFECT_COUNT
};

static const struct {
    const char *name;
    int rules[MADE_RULES]; /* ended by -1 */
} defects[DEFECT_COUNT] = {
    [SOUND] = {"sound", {-1}},
    [DEFECT_UNREACHED] = {"unreached", {PROVE_RULE_COUNT, -1}},
    [DEFECT_UNREACHED_BY_GUARD] = {"unreached by guard", {PROVE_UNREACHABLE, PROVE_NEVER, -1}},
    [DEFECT_TRAP] = {"trap", {PROVE_TRAP, -1}},
    [DEFECT_TRAP_BY_GUARD] = {"trap by guard", {PROVE_TRAP, -1}},
    [DEFECT_TRAP_BY_KEYWORD] = {"trap by keyword", {PROVE_TRAP, -1}},
    [DEFECT_FALLBACK] = {"fallback", {PROVE_FALLBACK, -1}},
    [DEFECT_NO_OTHERWISE] = {"no otherwise", {PROVE_RULE_COUNT, -1}},
    [DEFECT_NO_TRANSLATION] = {"no translation", {PROVE_TRANSLATION, -1}},
    [DEFECT_ALL_FALSE] = {"all false", {PROVE_RULE_COUNT, -1}},
    [DEFECT_HIDDEN] = {"hidden options", {PROVE_HIDDEN, -1}},
    [DEFECT_SHADOWED] = {"shadowed", {PROVE_SHADOWED, -1}},
    [DEFECT_SHADOWED_NUMBER] = {"shadowed by number", {PROVE_SHADOWED, -1}},
    [DEFECT_NEVER] = {"never", {PROVE_NEVER, -1}},
    [DEFECT_NEVER_ON_BRANCH] = {"never on branch", {PROVE_NEVER, -1}},
    [DEFECT_TYPE] = {"type", {PROVE_TYPE, -1}},
    [DEFECT_BOUNDS] = {"bounds", {PROVE_TYPE, -1}},
    [DEFECT_ROUND] = {"round", {PROVE_RULE_COUNT, -1}},
    [DEFECT_SCREEN] = {"screen", {PROVE_SCREEN, -1}},
    [DEFECT_SEGMENTS] = {"segments", {PROVE_SEGMENTS, -1}},
    [DEFECT_LOST] = {"lost", {PROVE_LOST, -1}},
    [DEFECT_BUTTON] = {"button", {PROVE_RULE_COUNT, -1}},
    [DEFECT_ROW] = {"row", {PROVE_RULE_COUNT, -1}},
    [DEFECT_DESCRIPTION] = {"description", {PROVE_RULE_COUNT, -1}},
    [DEFECT_BODY] = {"body", {PROVE_RULE_COUNT, -1}},
    [DEFECT_ALIKE] = {"alike", {PROVE_SHADOWED, -1}},
    [DEFECT_CALL_UNKNOWN] = {"call of an unknown flow", {PROVE_RULE_COUNT, -1}},
    [DEFECT_CALL_TYPE] = {"call with another type", {PROVE_RULE_COUNT, -1}},
    [DEFECT_CALL_ROUND] = {"calls that go round", {PROVE_RULE_COUNT, -1}},
    [DEFECT_CALL_NEVER] = {"call that never returns", {PROVE_RULE_COUNT, -1}},
    [DEFECT_TEMPLATE] = {"template", {PROVE_TEMPLATE, -1}},
    [DEFECT_TEMPLATE_CHAINED] = {"chained template", {PROVE_TEMPLATE, -1}},
    [DEFECT_ENDLESS] = {"endless timer", {PROVE_ENDLESS, -1}},
    [DEFECT_TIMEOUT] = {"timeout", {PROVE_TIMEOUT, -1}},
    [DEFECT_TIMEOUT_BY_GUARD] = {"timeout by guard", {PROVE_TIMEOUT, -1}},
};

/* A type of slot, with guards that hold for some of its answers and not for others. */
static const struct {
    const char *name, *declaration, *unknown; /* what `otherwise` sets; NULL: nothing */
    const char *guards[3];
} made_types[] = {
    {"yesno", "{type: yesno}", NULL, {"%s = yes", "%s = no", "not %s = yes"}},
    {"trend", "{type: trend}", "UNKNOWN", {"%s = up", "%s in (up, same)", "%s != down"}},
    {"goal", "{type: goal}", "other", {"%s = finance", "%s in (digital, debts)", "%s != export"}},
    {"money", "{type: money, min: 0, max: 100000}", "UNKNOWN", {"%s < 1000", "%s >= 5000", "%s = UNKNOWN"}},
    {"tenure", "{type: tenure, min: -1, max: 1200}", NULL, {"%s < 12", "%s >= 24", "%s < 0"}},
    {"workers", "{type: workers, min: 1, max: 500}", "UNKNOWN", {"%s > 5", "%s <= 1", "%s >= 2 and %s < 9"}},
    {"customers", "{type: customers, min: 0, max: 9000}", "UNKNOWN", {"%s > 50", "%s < 20", "%s = UNKNOWN"}},
    {"region", "{type: region}", NULL, {"%s = 15", "%s in (08, 15, 21)", "%s != 15"}},
    {"ruc", "{type: ruc}", NULL, {"%s = yes", "%s = no", "%s != no"}},
    {"text", "{type: text}", NULL, {"known(%s)", "not known(%s)", "known(%s)"}},
};

struct made_slot {
    size_t type;
    bool always; /* asked of everybody who comes by, before what follows */
};

/* A flow being written. */
struct made {
    uint64_t seed;
    enum defect defect;
    char *text; /* MADE_BYTES, NUL-terminated */
    size_t len;
    unsigned line;        /* the next */
    unsigned first, last; /* lines of the defect; 0 none */
    bool two_languages, calls;
    bool times; /* a timer leads to another */
    bool hears; /* what is told before it is asked */
    struct made_slot slots[MADE_SLOTS];
    size_t slot_count, block, blocks;
};

static inline uint64_t made_any(struct made *m, uint64_t below)
{
    m->seed ^= m->seed >> 12;
    m->seed ^= m->seed << 25;
    m->seed ^= m->seed >> 27;
    return (m->seed * 0x2545f4914f6cdd1du >> 33) % below;
}

/* Writes one line. */
__attribute__((format(printf, 2, 3))) static inline void put(struct made *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(m->text + m->len, MADE_BYTES - m->len, format, args);
    va_end(args);
    assert_true(len >= 0 && m->len + (size_t)len + 2 < MADE_BYTES);
    m->len += (size_t)len;
    m->text[m->len++] = '\n';
    m->text[m->len] = '\0';
    m->line++;
}

/* Marks the line just written as the defect's, with those before it since the first mark. */
static inline void mark(struct made *m)
{
    m->first = m->first ? m->first : m->line - 1;
    m->last = m->line - 1;
}

/* Writes a text in the flow's languages. */
static inline void put_text(struct made *m, const char *before, const char *words, const char *behind)
{
    if (m->two_languages)
        put(m, "%s{es: \"%s\", qu: \"%s\"}%s", before, words, words, behind);
    else
        put(m, "%s\"%s\"%s", before, words, behind);
}

static inline const char *made_words(struct made *m)
{
    static const char *const words[] = {"¿Y esto cómo va?", "Cuéntame un poco más, por favor.", "¿Qué dices de eso?",
                                        "Una pregunta corta: ¿cuál es?", "Sigamos con lo que falta."};
    return words[made_any(m, COUNT(words))];
}

static inline const char *next_name(const struct made *m)
{
    static char name[32];
    if (m->block + 1 < m->blocks)
        snprintf(name, sizeof(name), "b%zu", m->block + 1);
    else
        snprintf(name, sizeof(name), "fin");
    return name;
}

/* A guard over a slot that somebody has answered, or has not. */
static inline const char *guard_over(struct made *m, size_t slot)
{
    static char guards[4][96];
    static unsigned turn;
    char name[32];
    const char *format = made_types[m->slots[slot].type].guards[made_any(m, 3)];
    char *guard = guards[turn++ % 4], *at = guard;
    snprintf(name, sizeof(name), "s%zu", slot);
    for (; *format; format++) {
        if (format[0] == '%' && format[1] == 's') {
            at += snprintf(at, 32, "%s", name);
            format++;
        } else {
            *at++ = *format;
        }
    }
    *at = '\0';
    return guard;
}

/* Finds a slot that everybody has been asked for by now. Returns MADE_SLOTS when there is none. */
static inline size_t slot_before(struct made *m)
{
    for (int i = 0; i < 20 && m->slot_count; i++) {
        size_t slot = made_any(m, m->slot_count);
        if (m->slots[slot].always)
            return slot;
    }
    return MADE_SLOTS;
}

static inline size_t new_slot(struct made *m, bool always)
{
    assert_true(m->slot_count < MADE_SLOTS);
    m->slots[m->slot_count] = (struct made_slot){made_any(m, COUNT(made_types)), always};
    return m->slot_count++;
}

/* Writes a question up to its `next`. */
static inline void put_question(struct made *m, const char *name, size_t slot, const char *otherwise)
{
    const char *type = made_types[m->slots[slot].type].name, *unknown = made_types[m->slots[slot].type].unknown;
    put(m, "  %s:", name);
    put_text(m, "    ask: ", made_words(m), "");
    put(m, "    slot: s%zu", slot);
    if (strcmp(type, "yesno") == 0 && made_any(m, 2)) {
        put(m, "    options:");
        put_text(m, "      - {value: yes, title: ", "Sí", "}");
        put_text(m, "      - {value: no, title: ", "No", "}");
    }
    if (strcmp(type, "money") == 0) {
        put(m, "    period: month");
        if (made_any(m, 2))
            put_text(m, "    refusal: ", "Está bien.", "");
    }
    if (m->hears)
        put(m, "    hears: true");
    put(m, "    retry:");
    put_text(m, "      - ", "Dímelo de otro modo.", "");
    put(m, "    tries: %d", (int)made_any(m, 3) + 1);
    if (unknown && made_any(m, 2))
        put(m, "    otherwise: {to: %s, set: {s%zu: %s}}", otherwise, slot, unknown);
    else
        put(m, "    otherwise: %s", otherwise);
}

static inline void put_plain(struct made *m)
{
    char name[32];
    snprintf(name, sizeof(name), "b%zu", m->block);
    put_question(m, name, new_slot(m, true), next_name(m));
    put(m, "    next: %s", next_name(m));
}

/* A question whose answer decides, with a side way that says or asks more. */
static inline void put_branch(struct made *m)
{
    char name[32];
    size_t slot = new_slot(m, true);
    if (strcmp(made_types[m->slots[slot].type].name, "text") == 0) /* what was just answered is known */
        m->slots[slot].type = 0;
    snprintf(name, sizeof(name), "b%zu", m->block);
    put_question(m, name, slot, next_name(m));
    put(m, "    next:");
    put(m, "      - {when: '%s', to: b%zu_x}", guard_over(m, slot), m->block);
    put(m, "      - %s", next_name(m));
    snprintf(name, sizeof(name), "b%zu_x", m->block);
    if (made_any(m, 2)) {
        put_question(m, name, new_slot(m, false), next_name(m));
    } else {
        put(m, "  %s:", name);
        put_text(m, "    say: ", "Bueno es saberlo.", "");
    }
    put(m, "    next: %s", next_name(m));
}

/* A state that decides by what was learned before. */
static inline void put_look_back(struct made *m)
{
    size_t slot = slot_before(m), other = slot_before(m);
    if (slot == MADE_SLOTS) {
        put_plain(m);
        return;
    }
    put(m, "  b%zu:", m->block);
    put(m, "    next:");
    if (other != slot && made_any(m, 2))
        put(m, "      - {when: '%s and (%s)', to: b%zu_x}", guard_over(m, slot), guard_over(m, other), m->block);
    else
        put(m, "      - {when: '%s', to: b%zu_x}", guard_over(m, slot), m->block);
    put(m, "      - %s", next_name(m));
    put(m, "  b%zu_x:", m->block);
    put_text(m, "    say: ", "Ya lo veo.", "");
    put(m, "    next: %s", next_name(m));
}

/* A menu that comes back to itself until somebody goes on. */
static inline void put_menu(struct made *m)
{
    put(m, "  b%zu:", m->block);
    put_text(m, "    ask: ", "¿Qué quieres ver?", "");
    put(m, "    slot: opcion");
    put(m, "    options:");
    put_text(m, "      - {value: uno, title: ", "Lo primero", "}");
    put_text(m, "      - {value: dos, title: ", "Lo segundo", "}");
    put_text(m, "      - {value: seguir, title: ", "Seguir", "}");
    put(m, "    retry:");
    put_text(m, "      - ", "Elige un número.", "");
    put(m, "    otherwise: %s", next_name(m));
    put(m, "    next:");
    put(m, "      - {when: opcion = uno, to: b%zu_x}", m->block);
    put(m, "      - {when: opcion = dos, to: b%zu_y}", m->block);
    put(m, "      - %s", next_name(m));
    put(m, "  b%zu_x:", m->block);
    put_text(m, "    say: ", "Esto es lo primero.", "");
    put(m, "    next: b%zu", m->block);
    put(m, "  b%zu_y:", m->block);
    put_text(m, "    say: ", "Esto es lo segundo.", "");
    put(m, "    next: b%zu", m->block);
}

/* The engine finds a trade, and a person chooses among what it found. */
static inline void put_trade(struct made *m)
{
    put(m, "  b%zu:", m->block);
    put_text(m, "    ask: ", "¿A qué te dedicas?", "");
    put(m, "    slot: trabajo");
    if (m->hears)
        put(m, "    hears: true");
    put(m, "    retry:");
    put_text(m, "      - ", "Dime qué vendes.", "");
    put(m, "    otherwise: %s", next_name(m));
    put(m, "    next: b%zu_x", m->block);
    put(m, "  b%zu_x:", m->block);
    put(m, "    needs: industry");
    put(m, "    of: trabajo");
    put(m, "    next:");
    put(m, "      - {when: have(label1) and sure, to: %s, set: {rubro: \"{{label1.key}}\"}}", next_name(m));
    put(m, "      - {when: have(label1), to: b%zu_y}", m->block);
    put(m, "      - {to: %s, set: {rubro: otros}}", next_name(m));
    put(m, "  b%zu_y:", m->block);
    put_text(m, "    ask: ", "¿Cuál se parece más?", "");
    put(m, "    slot: opcion");
    put(m, "    options:");
    put_text(m, "      - {value: \"{{label1.key}}\", title: ", "{{label1.name}}", "}");
    put_text(m, "      - {value: \"{{label2.key}}\", title: ", "{{label2.name}}", ", when: have(label2)}");
    put_text(m, "      - {value: otra, title: ", "Otra cosa", "}");
    put_text(m, "      - {value: nada, title: ", "Ninguna", "}");
    put(m, "    retry:");
    put_text(m, "      - ", "Elige un número.", "");
    put(m, "    otherwise: %s", next_name(m));
    put(m, "    next:");
    put(m, "      - {when: 'opcion in (otra, nada)', to: %s}", next_name(m));
    put(m, "      - {to: %s, set: {rubro: \"{{opcion}}\"}}", next_name(m));
}

#endif
