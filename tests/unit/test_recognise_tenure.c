#include "tests/unit/recognise_rows.h"

static void reads_how_long(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"1 año, perdon 2 años", "24", SURE}, {"voy para los 4 años", "48", SURE}, {"a los 20 años", NULL, SURE},
        {"2 años", "24", SURE}, {"2 añso", "24", SURE}, {"UUU HACE MUCHOS AÑOS COMO 30 SERA", "360", DOUBTFUL},
        {"dos añitos nomas", "24", SURE},
        {"catro años seis meses", "6", DOUBTFUL}, {"6 años no, dieicsiete años", "72", DOUBTFUL},
        {"tengo 5 años con la bodega", "60", SURE}, {"llevo 3 años", "36", SURE}, {"hace 10", "120", SURE},
        {"7", "84", DOUBTFUL}, {"desde los 20 años trabajo en esto", NULL, SURE},
        {"desde 2020", "82", SURE}, {"desde el 98", "346", DOUBTFUL}, {"2018", "106", SURE},
        {"dos mil diecinueve", "94", SURE}, {"marzo del 2023", "44", SURE},
        {"desde marzo del año pasado", "20", SURE}, {"desde julio", "4", SURE},
        {"desde diciembre", "11", SURE}, {"desde fiestas patrias", "4", SURE}, {"este año", "10", SURE},
        {"el mes pasado", "1", SURE}, {"hace una semana", "0", SURE}, {"ayer", "0", SURE},
        {"hace 20 dias", "0", SURE}, {"hace mas de un año", "12", SURE}, {"menos de un año", "6", DOUBTFUL},
        {"2 o 3 años", "30", SURE}, {"1 año y 6 meses", "18", SURE}, {"1 año 6 meses", "18", SURE},
        {"dos años y pico", "24", SURE}, {"año y 3 meses", "15", SURE}, {"hace tiempo", NULL, SURE},
        {"muchos años", NULL, SURE}, {"no me acuerdo", NULL, SURE}, {"recien", "0", SURE},
        {"nuevita", "0", SURE}, {"aun no abro", "-1", SURE}, {"quiero abrir una bodega", "-1", SURE},
        {"en enero abro", "-1", SURE}, {"el proximo mes", "-1", SURE}, {"dentro de 2 meses", "-1", SURE},
        {"antes de la pandemia", "94", DOUBTFUL}, {"desde que naci mi hija", NULL, SURE},
        {"desde niño", "240", DOUBTFUL}, {"1/2 año", "6", SURE}, {"2 1/2 años", "30", SURE},
        {"2 años 1/2", "30", SURE}, {"quince dias", "0", SURE}, {"cinco meses y medio", "5", SURE},
        {"mi mama 20 años, yo 5", "60", SURE}, {"de mi papa, yo tengo 3 años", "36", SURE},
        {"03/2021", "68", SURE}, {"15/03/2022", "56", SURE}, {"desde el 15 de marzo", "8", SURE},
        {"iskay wata", "24", SURE}, {"2 decadas", "240", SURE}, {"8 anyos", "96", SURE},
        {"tengo 45 años", "540", DOUBTFUL}, {"hace unos años", NULL, SURE}, {"2027", NULL, SURE},
        {"zapateria, hago calzado", NULL, SURE}, {"en 2 meses", NULL, SURE},
        {"2 mil 20", "82", SURE}, {"hace 2 años cerre y hace 1 volvi", "24", DOUBTFUL},
        {"recien la semana pasada abrimos", "0", SURE}, {"mi proyecto tiene 2 años", "24", SURE},
        {"no 2 años, 3", "36", SURE}, {"no son 3 años, son 5", "60", SURE},
        {"vivo en lima hace 10 años", "120", DOUBTFUL}, {"mas de 10 años, casi 12", "120", DOUBTFUL},
        {"36 años tengo", "432", DOUBTFUL}, {"2 años tengo", "24", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_TENURE, "", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_how_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
