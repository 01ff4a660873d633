#include "tests/unit/recognise_rows.h"

static void reads_yes_and_no(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"sí, claro", "yes", SURE}, {"ya pues", "yes", SURE}, {"ya no", "no", SURE},
        {"ya tengo", "yes", SURE}, {"bueno", "yes", SURE}, {"siii", "yes", SURE}, {"nooo", "no", SURE},
        {"no todavía", "no", SURE}, {"aún", "no", SURE}, {"luego", "maybe", DOUBTFUL},
        {"tal vez más adelante", "maybe", SURE}, {"no creo", "no", SURE}, {"creo que sí", "yes", DOUBTFUL},
        {"no quiero", "no", SURE}, {"de acuerdo", "yes", SURE}, {"manam", "no", SURE}, {"ari", "yes", SURE},
        {"icha", "maybe", SURE}, {"ni hablar", "no", SURE}, {"obvio que no", "no", SURE},
        {"👌", "yes", SURE}, {"❌", "no", SURE}, {"✔️", "yes", SURE}, {"🤷‍♀️", "maybe", SURE},
        {"1", "yes", SURE}, {"2", "no", SURE}, {"simon", "yes", SURE}, {"así es", "yes", SURE},
        {"no, así no es", "no", SURE}, {"si pero despues", "yes", DOUBTFUL},
        {"claro pero no ahora", "maybe", DOUBTFUL}, {"la verdad no", "no", SURE}, {"uy no", "no", SURE},
        {"por que no", "yes", SURE}, {"como no", "yes", SURE}, {"no hay problema", "yes", SURE},
        {"ya le dije", "yes", DOUBTFUL}, {"bueno es que no tengo tiempo", "no", SURE},
        {"si es gratis", "maybe", DOUBTFUL}, {"hola", NULL, SURE}, {"asdf", NULL, SURE},
        {"no tengo ruc pero quiero sacar", "no", SURE},
        {"¿cuánto cuesta?", NULL, SURE}, {"cuanto", NULL, SURE}, {"tengo 15 años puedo?", NULL, SURE},
        {"tengo 15 años", NULL, SURE}, {"¿sí o no?", NULL, SURE}, {"acepto?", NULL, SURE},
        {"sí, ¿y ahora?", "yes", SURE}, {"no, ¿para qué?", "no", SURE}, {"ok gracias no", "no", SURE},
        {"uno si y otro no", "maybe", DOUBTFUL}, {"tengo pues", "yes", SURE}, {"cuento con ello", "yes", SURE},
        {"s", "yes", SURE}, {"z", NULL, SURE}, {"Z", NULL, SURE},
        {"no es que no quiera", "maybe", DOUBTFUL}, {"es que no quiero", "no", SURE},
        {"no es mala idea", "no", DOUBTFUL}, {"si tuviera tiempo", "yes", DOUBTFUL}, {"si quiero", "yes", SURE},
        {"de acuerdo no estoy", "no", SURE}, {"desde luego que no", "no", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_YESNO, "", rows);
}

static void reads_trends(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"subieron", "up", SURE}, {"suvio", "up", SURE}, {"vajo", "down", SURE},
        {"no sube", "same", DOUBTFUL}, {"no sube ni baja", "same", SURE},
        {"ni para arriba ni para abajo", "same", SURE}, {"antes vendia mas", "down", SURE},
        {"antes vendia menos", "up", SURE}, {"ya no hay venta", "down", SURE},
        {"cada vez mejor", "up", SURE}, {"cada dia vendo menos", "down", SURE},
        {"voy bien gracias a dios", "up", SURE}, {"ahi vamos", "same", SURE},
        {"no ha cambiado", "same", SURE}, {"no ha bajado", "same", DOUBTFUL},
        {"a veces sube a veces baja", "same", DOUBTFUL}, {"no tan bien", "down", SURE},
        {"recien empiezo", "UNKNOWN", SURE}, {"esta dificil", "down", SURE}, {"depende", "UNKNOWN", SURE},
        {"menos que antes", "down", SURE}, {"mas que el mes pasado", "up", SURE}, {"📈", "up", SURE},
        {"hola", NULL, SURE},
        {"en una mas y en la otra menos", "same", DOUBTFUL}, {"mejor que antes no", "same", DOUBTFUL},
        {"cada vez hay menos clientes", "down", SURE}, {"hay mas clientes", "up", SURE},
        {"mi vecino vende mas", "up", DOUBTFUL}, {"ojala suban", "up", DOUBTFUL}, {"nada como antes", "down", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_TREND, "", rows);
}

static void reads_regimes(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"el rus", "NRUS", SURE}, {"nuevo rus categoria 1", "NRUS", SURE},
        {"pago 50 mensual", "NRUS", SURE}, {"el de 20 soles", "NRUS", SURE}, {"r.e.r.", "RER", SURE},
        {"rer creo", "RER", DOUBTFUL}, {"regimen especial", "RER", SURE}, {"regimen mype", "RMT", SURE},
        {"mype", "RMT", SURE}, {"rejimen jeneral", "RG", SURE}, {"no estoy en ninguno", "none", SURE},
        {"no declaro", "none", SURE}, {"mi contador sabe", "UNKNOWN", SURE},
        {"no estoy en el rus", "UNKNOWN", DOUBTFUL}, {"4ta categoria", "none", DOUBTFUL},
        {"pago 1.5%", "RER", DOUBTFUL}, {"pago impuestos", NULL, SURE},
        {"no soy informal", "none", DOUBTFUL}, {"no, soy informal", "none", SURE}, {"en general bien", "RG", DOUBTFUL},
        {"mi vecino tiene rus", "NRUS", DOUBTFUL}, {"antes general, ahora mype", "RMT", DOUBTFUL},
        {"aun sigo en el especial", "RER", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_REGIME, "", rows);
}

static void reads_goals(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"un credito para mi negocio", "finance", SURE}, {"comprar un horno", "finance", SURE},
        {"hacerme conocido", "customers", SURE}, {"vender en facebook", "digital", SURE},
        {"aprender a usar tiktok", "digital", SURE}, {"cobrar con yape", "digital", SURE},
        {"licencia de funcionamiento", "formalise", SURE},
        {"llevar mi producto a otros paises", "export", SURE}, {"vender al extranjero", "export", SURE},
        {"trabajar con la municipalidad", "public_sales", SURE}, {"compras a myperu", "public_sales", SURE},
        {"refinanciar mi prestamo", "debts", SURE}, {"gota a gota", "debts", SURE},
        {"aprender a exportar", "export", SURE}, {"que no me roben", "other", SURE},
        {"traspasar mi negocio", "other", SURE}, {"ir a ferias", "customers", SURE},
        {"crecer", "customers", DOUBTFUL}, {"asdf", NULL, SURE},
        {"pagarle al banco", "debts", SURE}, {"mandar mis chompas a estados unidos", "export", SURE},
        {"no se cómo empezar", "training", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_GOAL, "", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_yes_and_no),
        cmocka_unit_test(reads_trends),
        cmocka_unit_test(reads_regimes),
        cmocka_unit_test(reads_goals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
