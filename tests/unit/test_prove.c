/* The prover: that it finds each kind of defect where it is, tells nothing of sound flows, leads there by answers that
 * the step itself accepts, and that no conversation leaves its bounds.
 *
 * `test_prove all [CONVERSATIONS [FIRST]]` (make prove) makes 500 flows with a defect, 500 sound ones and a million
 * conversations, and holds a large flow to its time; without it, a part of them. */
#include "tests/unit/prove_defects.h"
#include "tests/unit/prove_talks.h"
#include "tests/unit/languages_kit.h"

#include <stdlib.h>
#include <time.h>

static size_t flows_made = 96, conversations = 10000, first_seed = 200000;
static bool timed;
static char made_text[MADE_BYTES];

/* Adds what a change of the shipped flow uses. */
static enum error add_shipped(struct flows *flows, const char *name, struct faults *faults)
{
    char path[64];
    snprintf(path, sizeof(path), "config/flows/%s.yaml", name);
    struct slice yaml = talk_read_file(path);
    enum error error = flows_add(flows, path, yaml, faults);
    mem_free((char *)yaml.ptr);
    return error;
}

/* Loads a flow's text, with what ships if it uses that, and proves it if it loads. */
static bool prove_made(const struct made *m, struct proved *out, struct faults *faults)
{
    faults_init(faults);
    *out = (struct proved){.flows = flows_new(), .arena = arena_new(PROVE_ARENA_BYTES)};
    assert_non_null(out->flows);
    assert_non_null(out->arena);
    flows_speak(out->flows, kit_languages());
    enum error error = flows_add(out->flows, "f.yaml", (struct slice){m->text, m->len}, faults);
    if (!error && m->calls)
        error = flows_add(out->flows, "pide.yaml", slice_of(made_callee(m->defect)), faults);
    while (!error && flows_lacks(out->flows) && !m->calls)
        error = add_shipped(out->flows, flows_lacks(out->flows), faults);
    if (!error)
        error = flows_finish(out->flows, faults);
    if (error)
        return false;
    out->flow = out->flows->items[0];
    assert_int_equal(prove(out->flows, out->flow, out->arena, &out->proof), OK);
    return true;
}

static void release(struct proved *proved, struct faults *faults)
{
    arena_free(proved->arena);
    flows_free(proved->flows);
    faults_release(faults);
}

static bool rule_counts(enum defect defect, int rule)
{
    for (int i = 0; defects[defect].rules[i] >= 0; i++)
        if (defects[defect].rules[i] == rule)
            return true;
    return false;
}

static bool found(const struct made *m, const struct proved *proved, const struct faults *faults)
{
    for (size_t i = 0; i < faults->count && rule_counts(m->defect, PROVE_RULE_COUNT); i++)
        if (faults->items[i].line >= m->first && faults->items[i].line <= m->last)
            return true;
    for (size_t i = 0; i < proved->proof.count; i++) {
        const struct finding *finding = &proved->proof.findings[i];
        if (m->defect == DEFECT_TRAP_BY_KEYWORD && !finding->path_sure) /* without the keyword there is no way there */
            continue;
        if (rule_counts(m->defect, (int)finding->rule) && finding->line >= m->first && finding->line <= m->last)
            return true;
    }
    return false;
}

static void show(const struct made *m, const struct proved *proved, const struct faults *faults, const char *why)
{
    const char *dump = getenv("PROVE_DUMP");
    printf("%s: %s, lines %u to %u\n", why, defects[m->defect].name, m->first, m->last);
    faults_print(faults, stdout);
    for (size_t i = 0; i < proved->proof.count; i++) {
        const struct finding *finding = &proved->proof.findings[i];
        printf("  %u:%u: %s: %s (by %s)\n", finding->line, finding->column, prove_rule_name(finding->rule),
               finding->text, finding->path ? finding->path : "-");
    }
    FILE *out = dump ? fopen(dump, "w") : NULL;
    if (out) {
        fputs(m->text, out);
        fclose(out);
    }
}

static void defects_are_found(void **state)
{
    (void)state;
    size_t missed = 0, made = 0, paths = 0, played = 0;
    for (size_t i = 0; i < flows_made; i++) {
        struct made m = {.text = made_text};
        struct proved proved;
        struct faults faults;
        made_flow(&m, first_seed + i, (enum defect)(1 + i % (DEFECT_COUNT - 1)), 0);
        prove_made(&m, &proved, &faults);
        made++;
        if (!found(&m, &proved, &faults)) {
            missed++;
            show(&m, &proved, &faults, "missed");
        }
        for (size_t j = 0; j < proved.proof.count; j++) {
            paths += proved.proof.findings[j].path != NULL;
            played += proved.proof.findings[j].path_sure;
        }
        release(&proved, &faults);
    }
    printf("defects: %zu of %zu found at their line (%.1f %%); %zu of %zu paths played through\n", made - missed, made,
           100.0 * (double)(made - missed) / (double)made, played, paths);
    assert_true(missed * 100 <= made);
    assert_true((paths - played) * 50 <= paths);
}

static void sound_flows_are_sound(void **state)
{
    (void)state;
    size_t alarms = 0, undecided = 0;
    for (size_t i = 0; i < flows_made; i++) {
        struct made m = {.text = made_text};
        struct proved proved;
        struct faults faults;
        made_flow(&m, first_seed + 100000 + i, SOUND, 0);
        bool good = prove_made(&m, &proved, &faults);
        undecided += good && !proved.proof.whole;
        if (!good || proved.proof.count) {
            alarms++;
            show(&m, &proved, &faults, "false alarm");
        }
        release(&proved, &faults);
    }
    printf("sound flows: %zu of %zu raised a false alarm (%.1f %%), %zu were not decided whole\n", alarms, flows_made,
           100.0 * (double)alarms / (double)flows_made, undecided);
    assert_true(alarms * 50 <= flows_made);
}

static void prove_shipped(struct proved *out)
{
    *out = (struct proved){.flows = talk_flows(), .arena = arena_new(PROVE_ARENA_BYTES)};
    assert_non_null(out->arena);
    out->flow = out->flows->items[0];
    assert_int_equal(prove(out->flows, out->flow, out->arena, &out->proof), OK);
}

static void the_shipped_flow_has_no_error(void **state)
{
    (void)state;
    struct proved proved;
    prove_shipped(&proved);
    assert_int_equal(proved.proof.errors, 0);
    assert_true(proved.proof.whole);
    for (size_t i = 0; i < proved.proof.count; i++)
        assert_true(!proved.proof.findings[i].path || proved.proof.findings[i].path_sure);
    arena_free(proved.arena);
    flows_free(proved.flows);
}

#define EXPIRE "  expire: {after: 72h, from: answer, end: true}\n"
#define NOBODY \
    "  nadie:\n    after: 4h\n    from: ticket\n    say: Todavía nadie del equipo pudo responderte; sigues en la " \
    "lista. Para seguir sin esperar, escribe SEGUIR.\n"
#define CHECKED_IN \
    "consent yes > activity (words) > tenure -1 > workers 3 > ruc no > region 01 > goal finance > (1 found) > " \
    "(timer checkin)"
#define TEMPLATE "template: {name: cada, language: es}"
#define LETTERS_50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ANY_PATH "*"

/* The shipped flow with one change, and what must be found there, with the shortest answers that lead to it. */
static const struct {
    const char *from, *to;
    enum prove_rule rule;
    const char *words, *path; /* NULL: none is needed; PROVE_RULE_COUNT: no error is found */
} changes[] = {
    {"{when: tenure < 0, to: equipo_previsto}", "{when: tenure < -1, to: equipo_previsto}", PROVE_NEVER,
     "transition to equipo_previsto never holds in state tiempo", "consent yes > activity (words)"},
    {"{when: ruc = yes, to: regimen}", "{when: ruc = yes and consent = no, to: regimen}", PROVE_NEVER, "never holds",
     "consent yes > activity (words) > tenure -1 > workers 3"},
    {"{when: ruc = yes, to: regimen}", "{when: ruc = yes and consent = no, to: regimen}", PROVE_UNREACHABLE,
     "nobody can reach state regimen", NULL},
    {"    next:\n      - {when: ruc = yes, to: regimen}",
     "    next:\n      - {when: known(ruc) and ruc != no, to: region}\n      - {when: ruc = yes, to: regimen}",
     PROVE_SHADOWED, "nobody goes on to regimen", "consent yes > activity (words) > tenure -1 > workers 3"},
    {"{value: otra, title: Otra cosa}\n    retry:",
     "{value: otra, title: Otra cosa, when: known(industry)}\n    retry:", PROVE_HIDDEN,
     "all options of state elige_rubro", "consent yes > activity (words) > (1 trade found, sure) > confirma no"},
    {"otherwise: sin_permiso", "otherwise: bienvenida", PROVE_FALLBACK, "round from question bienvenida", "hola"},
    {"set: {sales: UNKNOWN}", "set: {sales: \"{{region}}\"}", PROVE_TYPE,
     "{{region}} is region, and slot sales is money", "consent yes > activity (words) > tenure 3"},
    {"from: answer, end: true}", "from: answer, end: true, when: consent = yes}", PROVE_TIMEOUT,
     "question bienvenida stays open", "hola"},
    {"{value: no, title: No}\n    retry:\n      - Responde 1 si aceptas",
     "{value: no, title: Sí}\n    retry:\n      - Responde 1 si aceptas", PROVE_SHADOWED, "never shown", "hola"},
    /* 173 letters, and below them "1 Si" and "2 No" with their line ends */
    {"ask: ¿Te sirvió esta orientación?", "ask: " LETTERS_50 LETTERS_50 LETTERS_50 "aaaaaaaaaaaaaaaaaaaaaaa",
     PROVE_SCREEN, "this question with its options can grow to 183 septets on USSD, where 182 are a page", ANY_PATH},
    /* sixty characters of six septets each, and below them "1 Del 1" three times and "4 Seguir" */
    {"ask: ¿Quieres otro contacto?", "ask: '{{activity}}'", PROVE_SCREEN,
     "this question with its options can grow to 393 septets on USSD", ANY_PATH},
    /* "notices" is asked for later, but MENU comes before it: no error */
    {"{when: tenure < 0, to: equipo_previsto}", "{when: notices = yes, to: equipo_previsto}", PROVE_RULE_COUNT, NULL,
     NULL},
    {"    refusal: Está bien, no hace falta.\n", "", PROVE_RULE_COUNT, NULL, NULL},
    {EXPIRE NOBODY, EXPIRE "  cada: {after: 60d, again: true, from: seguimiento, to: seguimiento, " TEMPLATE "}\n",
     PROVE_ENDLESS, "timer cada writes for ever to who never answers: time alone leads back to state seguimiento",
     CHECKED_IN},
    /* comes again to who asks for recommendations again */
    {EXPIRE NOBODY, EXPIRE "  cada: {after: 60d, again: true, from: resultados, to: seguimiento, " TEMPLATE "}\n",
     PROVE_RULE_COUNT, NULL, NULL},
    {EXPIRE NOBODY, EXPIRE "  luego: {after: 20h, from: seguimiento, to: seguimiento}\n", PROVE_TEMPLATE,
     "timer luego speaks 24 hours or more after the person's message, with the time of the timer before it",
     CHECKED_IN},
    /* no answer leads to the question any more: who dials again comes there */
    {"      - {when: consent = yes and open, to: seguimos}\n      - {when: consent = yes, to: saludo}\n"
     "      - {to: bienvenida, forget: [consent]}\n\n"
     "  # Also for who dials again ten minutes or more after a session dropped (`redial`).\n"
     "  seguimos:\n    aside: true\n    quiet: true\n    ask: ¡Hola de nuevo! ¿Seguimos donde quedamos?",
     "      - {when: consent = yes, to: saludo}\n      - {to: bienvenida, forget: [consent]}\n\n"
     "  seguimos:\n    aside: true\n    quiet: true\n    ask: " LETTERS_50 LETTERS_50 LETTERS_50,
     PROVE_SCREEN, "this question with its options can grow to 194 septets on USSD", "consent yes > (dials again)"},
};

static size_t find_text(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    return at ? (size_t)(at - text) : SIZE_MAX;
}

static void change_flow(char *text, const char *from, const char *to)
{
    struct slice whole = talk_read_file(TALK_FLOW);
    struct buf changed;
    buf_init(&changed, MADE_BYTES);
    buf_addslice(&changed, whole);
    size_t at = find_text(buf_text(&changed), from);
    if (at == SIZE_MAX)
        fail_msg("'%s' is not in the flow", from);
    snprintf(text, MADE_BYTES, "%.*s%s%s", (int)at, buf_text(&changed), to, buf_text(&changed) + at + strlen(from));
    buf_release(&changed);
    mem_free((char *)whole.ptr);
}

static const struct finding *finding_of(const struct proof *proof, enum prove_rule rule, const char *words)
{
    for (size_t i = 0; i < proof->count; i++)
        if (proof->findings[i].rule == rule && strstr(proof->findings[i].text, words))
            return &proof->findings[i];
    return NULL;
}

static void changes_are_found_by_the_shortest_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct made m = {.text = made_text};
        struct proved proved;
        struct faults faults;
        change_flow(made_text, changes[i].from, changes[i].to);
        m.len = strlen(made_text);
        assert_true(prove_made(&m, &proved, &faults));
        if (changes[i].rule == PROVE_RULE_COUNT) {
            assert_int_equal(proved.proof.errors, 0);
            release(&proved, &faults);
            continue;
        }
        const struct finding *finding = finding_of(&proved.proof, changes[i].rule, changes[i].words);
        if (!finding)
            fail_msg("change %zu: nothing says '%s'", i, changes[i].words);
        assert_int_equal(finding->path != NULL, changes[i].path != NULL);
        if (changes[i].path && strcmp(changes[i].path, ANY_PATH) != 0) {
            assert_string_equal(finding->path, changes[i].path);
            assert_true(finding->path_sure);
        }
        release(&proved, &faults);
    }
}

#define TALKS_EACH 100 /* conversations over one made flow, and as many over the shipped one */

static void no_conversation_leaves_its_bounds(void **state)
{
    (void)state;
    static struct random_talk talk;
    struct proved shipped;
    size_t held = 0, whole = 0, turns = 0;
    talk.arena = arena_new(1 << 24);
    prove_shipped(&shipped);
    for (size_t i = 0; held < conversations; i++) {
        struct made m = {.text = made_text};
        struct proved proved;
        struct faults faults;
        made_flow(&m, first_seed + i, SOUND, 0);
        assert_true(prove_made(&m, &proved, &faults));
        for (size_t j = 0; j < 2 * TALKS_EACH && held < conversations; j++, held++) {
            whole += random_conversation(&talk, j % 2 ? &proved : &shipped, (first_seed + i) * 1000 + j + 1);
            turns += talk.turns;
        }
        release(&proved, &faults);
    }
    printf("conversations: %zu of %zu turns, %zu of them whole, none outside its bounds\n", held, turns, whole);
    arena_free(talk.arena);
    arena_free(shipped.arena);
    flows_free(shipped.flows);
}

static void memory_that_fails_is_told(void **state)
{
    (void)state;
    struct flows *flows = talk_flows();
    struct proof proof;
    for (size_t max = 1 << 10; max < (8u << 20); max += max / 8) {
        struct arena *arena = arena_new(max);
        assert_non_null(arena);
        enum error error = prove(flows, flows->items[0], arena, &proof);
        assert_true(error == OK || error == ERR_NOMEM);
        arena_free(arena);
    }
    for (long n = 0, good = 0; !good; n++) {
        struct arena *arena = arena_new(PROVE_ARENA_BYTES);
        mem_fail_after(n);
        enum error error = prove(flows, flows->items[0], arena, &proof);
        mem_fail_after(-1);
        good = error == OK;
        assert_true(good || error == ERR_NOMEM);
        arena_free(arena);
    }
    flows_free(flows);
}

#define PROVED_MS_MAX 100.0
#define PROVED_ROUNDS 5

/* Proves anew so many times. Returns the least time of CPU, in ms: what others do on the machine only adds to it. */
static double least_ms(struct proved *proved)
{
    double least = 0;
    for (int i = 0; i < PROVED_ROUNDS; i++) {
        arena_reset(proved->arena);
        clock_t before = clock();
        assert_int_equal(prove(proved->flows, proved->flow, proved->arena, &proved->proof), OK);
        double ms = 1000.0 * (double)(clock() - before) / CLOCKS_PER_SEC;
        least = i == 0 || ms < least ? ms : least;
    }
    return least;
}

/* A limit of `make prove` only: no test of every day hangs on speed. */
static void two_hundred_states_are_proved(void **state)
{
    (void)state;
    struct made m = {.text = made_text};
    struct proved proved;
    struct faults faults;
    made_flow(&m, 7, SOUND, 125);
    assert_true(prove_made(&m, &proved, &faults));
    double ms = least_ms(&proved);
    printf("a flow of %zu states: %.1f ms of CPU, %zu findings, whole: %s\n", proved.flow->state_count, ms,
           proved.proof.count, proved.proof.whole ? "yes" : "no");
    assert_true(proved.flow->state_count >= 200);
    assert_true(!timed || ms < PROVED_MS_MAX);
    release(&proved, &faults);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "all") == 0) {
        timed = true;
        flows_made = 500;
        conversations = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 1000000;
        first_seed = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : first_seed;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defects_are_found),
        cmocka_unit_test(sound_flows_are_sound),
        cmocka_unit_test(the_shipped_flow_has_no_error),
        cmocka_unit_test(changes_are_found_by_the_shortest_answers),
        cmocka_unit_test(no_conversation_leaves_its_bounds),
        cmocka_unit_test(memory_that_fails_is_told),
        cmocka_unit_test(two_hundred_states_are_proved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
