#include "tests/unit/recognise_rows.h"

static void reads_ruc(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"RUC 20131378034", "20131378034", SURE}, {"ruc: 20-60596455-0", "20605964550", SURE},
        {"20347258611", "20347258611", SURE}, {"2 0 5 1 2 3 3 3 7 9 7", "20512333797", SURE},
        {"2051233379", "INVALID", SURE}, {"mi dni es 12345678", "INVALID", SURE},
        {"00000000000", "INVALID", SURE}, {"si, 20512333797", "20512333797", SURE},
        {"tengo ruc 10 hace 2 años", "yes", SURE}, {"no tengo ruc", "no", SURE},
        {"¿cuánto cuesta sacar el ruc?", NULL, SURE},
        {"estoy en tramite", "no", SURE}, {"si pero no me acuerdo", "yes", DOUBTFUL},
        {"me dieron de baja", "no", DOUBTFUL}, {"quizas", NULL, SURE}, {"ruc", NULL, SURE},
        {"no quiero decir", NULL, SURE}, {"no sé si tengo", NULL, SURE}, {"nose si tengo ruc", NULL, SURE},
        {"no se, no tengo", "no", SURE}, {"no soy informal", "no", DOUBTFUL}, {"soy informal", "no", SURE},
        {"uno si y otro no", NULL, SURE}, {"prefiero no decirlo", NULL, SURE}, {"no", "no", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_RUC, "", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ruc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
