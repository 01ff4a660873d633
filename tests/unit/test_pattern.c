#include "tests/unit/unit.h"

#include "dialog/pattern.h"

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
        struct lexed lexed;
        lex(slice_of(rows[i].message), &lexed);
        if (pattern_has(rows[i].form, &lexed) != rows[i].matches)
            fail_msg("\"%s\" on \"%s\"", rows[i].form, rows[i].message);
        struct gist gist = pattern_gist(rows[i].form); /* found out before, it changes nothing */
        struct pattern row = {rows[i].form, "", 1};
        struct pattern_match match;
        if (pattern_has_any(&rows[i].form, &gist, 1, &lexed) != rows[i].matches ||
            pattern_find(&row, &gist, 1, &lexed, &match) != rows[i].matches)
            fail_msg("\"%s\" on \"%s\" by its gist", rows[i].form, rows[i].message);
    }
}

static void first_row_wins_and_slips_cost(void **state)
{
    static const struct pattern patterns[] = {{"no ha subido", "same", 0.6}, {"subido", "up", 0.9}};
    struct lexed lexed;
    struct pattern_match match;
    (void)state;
    lex(SLICE("no ha subido"), &lexed);
    assert_true(pattern_find(patterns, NULL, 2, &lexed, &match));
    assert_string_equal(match.pattern->value, "same");
    lex(SLICE("ha subidop"), &lexed);
    assert_true(pattern_find(patterns, NULL, 2, &lexed, &match));
    assert_string_equal(match.pattern->value, "up");
    assert_true(match.confidence < 0.9 && match.first == 1 && match.end == 2);
    lex(SLICE("nada"), &lexed);
    match.first = 77;
    assert_false(pattern_find(patterns, NULL, 2, &lexed, &match));
    assert_true(pattern_gist("subido").begins != UINT32_MAX && pattern_gist("^ #").begins == UINT32_MAX);
    assert_int_equal(match.first, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_match_as_their_signs_say),
        cmocka_unit_test(first_row_wins_and_slips_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
