#include "tests/unit/recognise_rows.h"

static void chooses_among_words(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"1", "comercio", SURE}, {"4", "otro rubro", SURE}, {"5", NULL, SURE}, {"la 2", "alimentos", SURE},
        {"2)", "alimentos", SURE}, {"opcion 3", "textil", SURE}, {"a", "comercio", SURE},
        {"letra c", "textil", SURE}, {"b)", "alimentos", SURE}, {"el segundo", "alimentos", SURE},
        {"la tercera", "textil", SURE}, {"el ultimo", "otro rubro", SURE}, {"comersio", "comercio", SURE},
        {"alimento", "alimentos", SURE}, {"textiles", "textil", SURE}, {"otro", "otro rubro", SURE},
        {"es comercio", "comercio", SURE}, {"comercio y textil", NULL, SURE}, {"no se", NULL, SURE},
        {"el 1 y el 2", NULL, SURE}, {"numero uno", "comercio", SURE}, {"Comercio!", "comercio", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_CHOICE, "comercio|alimentos|textil|otro rubro", rows);
}

static void chooses_among_bands(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"1000", NULL, SURE}, {"menos de 1000", "Menos de S/ 1000", SURE},
        {"mas de 5,000", "Más de S/ 5000", SURE}, {"no se", "No sé", SURE},
        {"de 1000 a 5000", "S/ 1000 a 5000", SURE}, {"prefiero no decir", NULL, SURE},
        {"2500", "S/ 1000 a 5000", SURE}, {"unos 600", "Menos de S/ 1000", SURE}, {"ni idea", "No sé", SURE},
        {"paso de 5 mil", "Más de S/ 5000", SURE}, {"opcion b por favor", "S/ 1000 a 5000", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_CHOICE, "Menos de S/ 1000|S/ 1000 a 5000|Más de S/ 5000|No sé", rows);
    CHECK_ROWS(
        TYPE_CHOICE, "Hasta 1000|No sé|Prefiero no decirlo",
        ((const struct recognise_row[]){{"no quiero decir", "Prefiero no decirlo", SURE}, {"no se", "No sé", SURE}}));
}

static void never_chooses_what_is_denied(void **state)
{
    (void)state;
    CHECK_ROWS(TYPE_CHOICE, "Vendo más|Vendo igual|Vendo menos",
               ((const struct recognise_row[]){{"no vendo más", NULL, SURE},
                                               {"no, vendo más", "Vendo más", SURE},
                                               {"no vendo mas sino menos", "Vendo menos", SURE},
                                               {"más o menos", NULL, SURE}}));
    CHECK_ROWS(TYPE_CHOICE, "Cusco|Puno|Arequipa",
               ((const struct recognise_row[]){{"no cusco sino puno", "Puno", SURE},
                                               {"no es cusco", NULL, SURE},
                                               {"cusco no, puno", "Puno", SURE},
                                               {"cusco no", NULL, SURE}}));
    CHECK_ROWS(TYPE_CHOICE, "Sí vendo|No vendo",
               ((const struct recognise_row[]){{"no vendo", "No vendo", SURE}, {"no vendo nada", "No vendo", SURE}}));
}

static void chooses_by_meaning(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"claro", "Sí", SURE}, {"nop", "No", SURE}, {"no todavia", "No", SURE}, {"quizas", NULL, SURE},
        {"1", "Sí", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_CHOICE, "Sí|No", rows);
}

static void a_number_that_is_a_label_is_the_label(void **state)
{
    static const struct recognise_row rows[] = {
        {"10", "10", SURE},
        {"2", "20", SURE},
        {"40", NULL, SURE},
    };
    (void)state;
    CHECK_ROWS(TYPE_CHOICE, "10|20|30", rows);
}

static void labels_that_cannot_be_kept_are_never_chosen(void **state)
{
    static const char choices[] = "este es un rubro con un nombre tan largo que no cabe en un valor de 64 bytes|otro";
    static const struct recognise_row rows[] = {{"1", NULL, SURE}, {"2", "otro", SURE}};
    (void)state;
    CHECK_ROWS(TYPE_CHOICE, choices, rows);
    CHECK_ROWS(TYPE_CHOICE, "|", ((const struct recognise_row[]){{"a b", NULL, SURE}, {"1", NULL, SURE}}));
    CHECK_ROWS(TYPE_CHOICE, "!|a", ((const struct recognise_row[]){{"", NULL, SURE}, {"?", NULL, SURE}}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_among_words),
        cmocka_unit_test(chooses_among_bands),
        cmocka_unit_test(never_chooses_what_is_denied),
        cmocka_unit_test(chooses_by_meaning),
        cmocka_unit_test(a_number_that_is_a_label_is_the_label),
        cmocka_unit_test(labels_that_cannot_be_kept_are_never_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
