#include "tests/unit/recognise_rows.h"

static void reads_places(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"lima peru", "15", SURE}, {"limma", "15", SURE}, {"S.J.L.", "15", SURE},
        {"vivo en s.m.p", "15", SURE}, {"callao lima", "07", SURE}, {"ventanilla", "07", SURE},
        {"qosqo", "08", SURE}, {"tacan", "23", SURE}, {"ariqipa", "04", SURE}, {"hilo", NULL, SURE},
        {"trujiyo", "13", SURE}, {"ayacuho", "05", SURE}, {"la victoria chiclayo", "14", SURE},
        {"miraflores arequipa", "04", SURE}, {"av arequipa, lince", "15", SURE},
        {"soy de huancayo pero vivo en lima", "15", SURE}, {"lima y trujillo", "13", DOUBTFUL},
        {"Lima o Callao", "07", DOUBTFUL},
        {"san miguel", "15", DOUBTFUL}, {"vraem", "05", DOUBTFUL}, {"26 de octubre, piura", "20", SURE},
        {"mi hijo vive en lima", "15", DOUBTFUL}, {"todo el peru menos lima", "15", DOUBTFUL},
        {"desde lima vine a huaraz", "02", SURE}, {"traigo papa de huancayo y vendo en lima", "15", SURE},
        {"vendo sandia", "21", DOUBTFUL}, {"sandia", "21", SURE}, {"en sandia", "21", SURE},
        {"la selva", NULL, SURE}, {"bolivia", NULL, SURE}, {"por internet", NULL, SURE},
        {"pura venta", NULL, SURE}, {"cabina de internet", NULL, SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_REGION, "", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
