#include "tests/unit/unit.h"

#include <stdio.h>

#include "dialog/language_load.h"
#include "dialog/pattern.h"
#include "tests/unit/languages_kit.h"

/* Makes a lexicon of one form, and two words that are numbers. */
static const struct lexicon *lexicon_of(struct arena *arena, const char *form)
{
    struct language_row row = {.form = slice_of(form), .confidence = 1};
    struct atom atoms[] = {{.word = SLICE("uno"), .value = 1}, {.word = SLICE("dos"), .value = 2}};
    struct language_words words = {.spelt_by_ear = true, .atoms = atoms, .atom_count = COUNT(atoms)};
    const struct language_words *all[] = {&words};
    const struct lexicon *lexicon = NULL;
    words.endings[ENDINGS_SMALL] = SLICE("isimo|isima|ito|ita");
    words.endings[ENDINGS_LINK] = SLICE("s");
    words.endings[ENDINGS_NOT_SMALL] = SLICE("bonito|bonita|senorita");
    words.endings[ENDINGS_PLURAL] = SLICE("s|es");
    words.tables[TABLE_WORKING] = (struct language_table){&row, 1, 1};
    assert_int_equal(lexicon_make(arena, all, 1, &lexicon), OK);
    return lexicon;
}

/* Whatever is a form has one of the words that the form cannot be said without. */
static bool keys_may(const struct pattern *form, const struct lexed *lexed)
{
    struct arena *arena = arena_new(1 << 16);
    struct pattern_keys keys = {.any = false};
    assert_int_equal(pattern_keys_add(arena, form, &keys), OK);
    bool may = pattern_keys_may(&keys, lexed);
    arena_free(arena);
    return may;
}

static bool has(const struct pattern *form, const struct lexed *lexed)
{
    struct glance glance = pattern_glance(lexed);
    return pattern_has_any(form, 1, lexed, &glance);
}

static void check_as_a_flow_does(struct arena *arena, const char *written, const struct lexed *lexed, bool matches)
{
    struct pattern form;
    assert_int_equal(pattern_read(arena, written, &form), OK);
    if (has(&form, lexed) != matches)
        fail_msg("\"%s\" is matched otherwise in a flow", written);
    if (matches && !keys_may(&form, lexed))
        fail_msg("\"%s\" has other keys", written);
}

static void add(struct arena *arena, const char *written, struct pattern_keys *keys)
{
    struct pattern *form = arena_alloc(arena, sizeof(*form));
    assert_int_equal(pattern_read(arena, written, form), OK);
    assert_int_equal(pattern_keys_add(arena, form, keys), OK);
}

static void most_messages_have_no_key_of_a_form(void **state)
{
    static const struct {
        const char *message;
        bool may;
    } rows[] = {
        {"2500 soles al mes", false},        {"quiero mas clientes", false}, {"voy a morir", true},
        {"sin ganas de vivir", true},        {"su hijo murio", false},       {"me amenazan", true},
        {"vendo abarrotes en mi bodega", false}, {"", false},                {"quiero moriir", true},
    };
    struct arena *arena = arena_new(1 << 20);
    const struct lexicon *lexicon = lexicon_of(arena, "si");
    struct pattern_keys keys = {.any = false};
    (void)state;
    add(arena, "quiero|voy a? morir|morirme", &keys);
    add(arena, "sin|perdi las? ganas de vivir $", &keys);
    add(arena, "^ extors*|amenaz*", &keys);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lexed lexed;
        lex(lexicon, slice_of(rows[i].message), &lexed);
        if (pattern_keys_may(&keys, &lexed) != rows[i].may)
            fail_msg("\"%s\"", rows[i].message);
    }
    add(arena, "# .. si?", &keys); /* nothing in it must be said */
    assert_true(keys.any);
    arena_free(arena);
}

static void forms_match_as_their_signs_say(void **state)
{
    static const struct {
        const char *form, *message;
        bool matches;
    } rows[] = {
        {"baja", "quiero la baja", true},
        {"baja", "quiero la vaja", true},
        {"=baja", "quiero la vaja", false},
        {"^ baja $", "quiero la baja", false},
        {"^ baja $", "-, baja,", true},
        {"a|b|cosa", "otra cosa", true},
        {"vend*", "ya vendimos", true},
        {"vend*", "ven", false},
        {"# al dia", "unos 20 al dia", true},
        {"# al dia", "al dia", false},
        {"no . mas", "no me mas", true},
        {"no . mas", "no mas", false},
        {"no .. mas", "no mas", true},
        {"no .. mas", "no me escriban mas", true},
        {"no .. mas", "no uno dos tres cuatro mas", false},
        {"muchas? gracias", "gracias", true},
        {"muchas? gracias $", "muchas gracias", true},
        {"de? la? baja $", "baja", true},
        {"mensual", "menusal", true}, /* a slip in a long word */
        {"baja", "caja", false},      /* none in a short one */
        {"20 soles", "20 soles", true},
        {"y", "", false},
        {"^ ola|baja $", "- hola", true},
        {"^ ola|baja $", "vaja", true},
        {"^ ola|baja $", "la baja", false},
        {"^ ya? no? baja $", "baja", true},
        {"^ .. baja", "quiero la baja", true},
        {"^ # anos", "20 anos", true},
        {"^ =vaja", "vaja", true},
        {"ya? .", "ok", true},
        {"chev*|lleg*", "yegue", true},
        {"queso", "keso", true},
        {"kilo|zona|quince", "sona", true},
        {"h*", "h", true},
        {"^ si claro? .. ya? $", "si pues oye chico -", true}, /* as long as it may be, pauses apart */
        {"^ si claro? .. ya? $", "si claro pues oye chico - ya", true},
        {"^ si claro? .. ya? $", "si claro pues oye mira chico ya", false},
        {"no .. mas ya? $", "no me llames mas -", true},
        {"no .. mas ya? $", "no me llames mas hoy", false},
        {"& ver|muestr* menu : el|quiero", "el menu quiero ver", true},
        {"& ver|muestr* menu : el|quiero", "ver, menu", true},
        {"& ver|muestr* menu : el|quiero", "el menu quiero", false}, /* one of each is needed */
        {"& ver|muestr* menu : el|quiero", "ver menu diario", false},
        {"& ver menu|ver : el", "ver ver", true},
        {"& ver menu|ver : el", "ver", false}, /* and a word is but one of them */
        {"& ver : el", "", false},
        {"semana", "semanita", true},
        {"semanas", "semanitas", true},
        {"semana", "semanitas", false},
        {"sol", "solcito", true},
        {"soles", "solcitos", true},
        {"poco", "poquisimo", true},
        {"todo", "todito", true},
        {"igual", "igualito", true},
        {"servicio", "servicito", true},
        {"sol", "solito", false},
        {"bono", "bonito", false},
        {"senora", "senorita", false},
        {"nec", "necesito", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(1 << 20);
        const struct lexicon *lexicon = lexicon_of(arena, rows[i].form);
        struct lexed lexed;
        lex(lexicon, slice_of(rows[i].message), &lexed);
        if (lexicon_has(TABLE_WORKING, &lexed) != rows[i].matches)
            fail_msg("\"%s\" on \"%s\"", rows[i].form, rows[i].message);
        if (rows[i].form[0] != '&')
            check_as_a_flow_does(arena, rows[i].form, &lexed, rows[i].matches);
        arena_free(arena);
    }
}

#define ROWS_MAX 4096

/* Reads each row of a lexicon as a flow's form; those that are met in any order are none of a flow's. */
static struct pattern *read_rows(struct arena *arena, const struct lexicon *lexicon)
{
    struct pattern *forms = arena_array(arena, ROWS_MAX, sizeof(*forms));
    size_t count = lexicon->tables[TABLE_COUNT];
    assert_true(forms && count <= ROWS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!lexicon->rows[i].any_order)
            assert_int_equal(pattern_read(arena, lexicon->rows[i].form.ptr, &forms[i]), OK);
    return forms;
}

static bool check_table(const struct lexicon *lexicon, enum table table, const struct pattern *forms,
                        const struct lexed *lexed, struct slice said)
{
    struct row_match match;
    size_t count, found = 0;
    const struct lexicon_row *rows = lexicon_rows(lexicon, table, &count);
    while (found < count && (rows[found].any_order || !has(&forms[found], lexed)))
        found++;
    bool one = lexicon_find(table, 0, lexed, &match);
    if (found < count && !keys_may(&forms[found], lexed))
        fail_msg("%.*s has no key of \"%s\"", (int)said.len, said.ptr, rows[found].form.ptr);
    if (one && match.row->any_order && match.row < &rows[found])
        return false;
    if (one != (found < count) || (one && match.row != &rows[found]))
        fail_msg("%.*s: table %d, row %zu", (int)said.len, said.ptr, table, found);
    return one;
}

/* Two ways to match one language of forms: each row of each table on many messages. */
static void lexicons_match_as_forms_do(void **state)
{
    const struct lexicon *lexicon = kit_lexicon();
    struct arena *arena = arena_new(1 << 24);
    const struct pattern *forms = read_rows(arena, lexicon);
    (void)state;
    FILE *in = fopen("tests/accuracy/utterances.tsv", "r");
    assert_non_null(in);
    char line[1024];
    size_t matched = 0;
    while (fgets(line, sizeof(line), in)) {
        struct lexed lexed;
        struct slice rest = slice_of(line), type, said;
        if (line[0] == '#' || !slice_cut(&rest, '\t', &type) || !slice_cut(&rest, '\t', &said))
            continue;
        lex(lexicon, said, &lexed);
        for (int table = 0; table < TABLE_COUNT; table++)
            matched += check_table(lexicon, (enum table)table, forms + lexicon->tables[table], &lexed, said);
    }
    fclose(in);
    arena_free(arena);
    assert_true(matched > 200);
}

static void without_memory_no_form_is_read(void **state)
{
    (void)state;
    for (size_t most = 0; most < 256; most += 16) {
        struct arena *arena = arena_new(most);
        struct pattern form;
        assert_non_null(arena);
        assert_int_equal(pattern_read(arena, "^ quiero|voy a? morir|morirme", &form), ERR_NOMEM);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_match_as_their_signs_say),
        cmocka_unit_test(lexicons_match_as_forms_do),
        cmocka_unit_test(most_messages_have_no_key_of_a_form),
        cmocka_unit_test(without_memory_no_form_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
