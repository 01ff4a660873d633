#include "tests/unit/recognise_rows.h"

static void reads_workers(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"tengo 4 cosedoras", "5", SURE}, {"2 soldadores y yo", "3", SURE}, {"mi mamita y yo", "2", SURE},
        {"2, digo 3", "3", SURE}, {"trabajamos con mi tio", "2", SURE}, {"3 con mi esposo", "3", SURE},
        {"1", "1", SURE}, {"0", "1", SURE}, {"cinco", "5", SURE}, {"somos tres hermanos", "3", SURE},
        {"somos mi esposo y yo", "2", SURE}, {"mi esposo, mi hijo y yo", "3", SURE},
        {"con mi familia", "UNKNOWN", SURE}, {"2 empleados", "3", SURE}, {"tengo un ayudante", "2", SURE},
        {"tengo 3 a mi cargo", "4", SURE}, {"3 chicas y yo", "4", SURE}, {"yo mas 4", "5", SURE},
        {"4 conmigo", "4", SURE}, {"4 sin contarme", "5", SURE}, {"5 personas trabajan conmigo", "6", SURE},
        {"cinco personas", "5", SURE}, {"una persona me ayuda", "2", SURE}, {"yo solita", "1", SURE},
        {"yo no mas", "1", SURE}, {"no tengo trabajadores", "1", SURE}, {"sin empleados", "1", SURE},
        {"nadie me ayuda", "1", SURE}, {"no, yo solo", "1", SURE}, {"3 fijos y 2 eventuales", "6", SURE},
        {"2 o 3", "2..3", SURE}, {"de 5 a 8 trabajadores", "6..9", SURE},
        {"a veces mi hija me ayuda", "2", DOUBTFUL}, {"20 en planilla y 5 por recibo", "26", SURE},
        {"mis papas y yo", "3", SURE}, {"mis hijos", "3", DOUBTFUL},
        {"mis dos hermanos y mi papá", "4", SURE}, {"los dos", "2", SURE}, {"ambos", "2", SURE},
        {"mi esposo y mis 3 hijos", "5", SURE}, {"mi pareja y dos chicas", "4", SURE},
        {"segun la temporada", "UNKNOWN", SURE}, {"un joven me ayuda con el reparto", "2", SURE},
        {"el dueño y 3 mas", "4", SURE}, {"uno solo", "1", SURE},
        {"somos cuatro: mi esposo, dos empleados y yo", "4", SURE}, {"iskay", "2", SURE},
        {"5000", "5000", DOUBTFUL}, {"hago todo yo", "1", SURE}, {"vendo papas", NULL, SURE},
        {"2.5", NULL, SURE},
        {"tengo 2 locales", NULL, SURE}, {"mi esposo trabaja en otra cosa, yo sola", "2", DOUBTFUL},
        {"solo yo y mi hermano", "2", SURE}, {"uno", "1", SURE}, {"2 chibolos que me ayudan", "3", SURE},
        {"mi flaca me apoya", "2", SURE}, {"mi flaco y mi hermano", "3", DOUBTFUL},
        {"mi viejo y mi hermano", "3", SURE}, {"con mi viejo y mis 2 hermanos", "4", SURE},
        {"somos 2 hermanos y 3 ayudantes", "5", SURE}, {"somos 4, 2 hermanos y 2 primos", "4", SURE},
        {"somos 4 de la familia y un empleado", "4", DOUBTFUL}, {"en campana 6, normal 3", "3..6", DOUBTFUL},
        {"ayudante no tengo", "1", DOUBTFUL}, {"mi hija de 15 me ayuda", "2", SURE},
        {"se fueron 2, quedamos 3", "3", DOUBTFUL}, {"mi vecina tiene 4 empleados", "6", DOUBTFUL},
        {"nadie me ayuda", "1", SURE},
        {"mi compadre y dos mas", "4", SURE}, {"dos en cocina y uno en caja", "2", DOUBTFUL},
        {"2 personas aparte de mi", "3", SURE}, {"mi familia me apoya", "UNKNOWN", SURE},
        {"9 personas trabajan para mi", "10", SURE}, {"cuento con unos 18 personas", "19", SURE},
        {"estamos aprox 5 trabajando", "5", SURE}, {"10 operarios ademas de mi amigo", "12", DOUBTFUL},
        {"10 operarios ademas de mi esposo", "12", SURE}, {"somos catro o 3", "3", DOUBTFUL},
        {"no somos 4, somos 3", "3", SURE}, {"no somos 4", "4", DOUBTFUL}, {"no, somos 4", "4", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_WORKERS, "", rows);
}

static void reads_customers(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"20", "20/?", SURE}, {"20 diarios", "20/day", SURE}, {"100 al dia mas o menos", "100/day", SURE},
        {"30 clientes", "30/?", SURE}, {"unos 200 al mes", "200/month", SURE},
        {"entre 20 y 30 por dia", "20..30/day", SURE}, {"80 mesas los domingos", "80/week", DOUBTFUL},
        {"10 pedidos semanales", "10/week", SURE}, {"5 o 6 al dia", "5..6/day", SURE},
        {"uno o dos al dia", "1..2/day", SURE}, {"unos cuantos", "UNKNOWN", SURE},
        {"mis vecinos", "UNKNOWN", SURE}, {"no llevo la cuenta", "UNKNOWN", SURE},
        {"ninguno todavia", "0/week", SURE}, {"clientes no hay", "0/week", SURE}, 
        {"un cliente nomas tengo", "1/?", DOUBTFUL}, {"cero", "0/week", SURE}, {"casi nadie", "UNKNOWN", SURE},
        {"3 docenas al dia", "36/day", SURE}, {"100 entre semana y 200 los domingos", "100..200/day", DOUBTFUL},
        {"2 empresas me compran al mes", "2/month", SURE}, {"a veces 10 a veces 20", "10..20/?", DOUBTFUL},
        {"tengo 4 clientes fijos que compran cada semana", "4/week", SURE},
        {"al dia vienen 15", "15/day", SURE}, {"100 quincenal", "200/month", SURE},
        {"gano 50 soles", NULL, SURE}, {"de todo", NULL, SURE},
        {"3O a la smana", "30/week", SURE}, {"¿clientes por internet también?", NULL, SURE},
        {"cada 2 dias 10", "10/?", DOUBTFUL}, {"no son 10, son 20", "20/?", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_CUSTOMERS, "", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_workers),
        cmocka_unit_test(reads_customers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
