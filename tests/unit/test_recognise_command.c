#include "tests/unit/recognise_rows.h"

static void reads_commands_that_are_the_whole_message(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"buenas tardes señorita", "greet", SURE}, {"hola k ase", "greet", SURE},
        {"ok gracias", "thanks", SURE}, {"gracias a dios bien", NULL, SURE}, {"no gracias", NULL, SURE},
        {"Baja por favor", "stop", SURE}, {"baja ya", "stop", SURE}, {"B A J A", "stop", SURE},
        {"la baja", "stop", SURE}, {"para ya", "stop", SURE}, {"para de escribir", "stop", SURE},
        {"no jodas", NULL, SURE}, {"no jodas mas", "stop", SURE}, {"mi baja", NULL, SURE},
        {"baja mi venta", NULL, SURE},
        {"no me llamen", "stop", SURE}, {"cancelar suscripcion", "stop", SURE},
        {"salgo a vender", NULL, SURE}, {"alta demanda", NULL, SURE}, {"inicio", "menu", SURE},
        {"menu del dia", NULL, SURE}, {"volver atras", "back", SURE}, {"necesito ayuda", "help", SURE},
        {"necesito ayuda con un prestamo", NULL, SURE}, {"no entendi nada", "help", SURE},
        {"sigamos", "resume", SURE}, {"sigue igual", NULL, SURE}, {"quiero en quechua", "language", SURE},
        {"que saben de mi", "mydata", SURE}, {"quiero que borren mi numero", "erase", SURE},
        {"me equivoque", "rectify", SURE}, {"una persona", NULL, SURE},
        {"quiero hablar con alguien", "agent", SURE}, {"todo esta mal", NULL, SURE},
        {"mi negocio va mal", NULL, SURE}, {"quiero empezar un negocio", NULL, SURE},
        {"muestreme su menu por favor", "menu", SURE}, {"ya no deseo que me manden cosas", "stop", SURE},
        {"no me llega el mensaje", NULL, SURE}, {"no recibo nada", NULL, SURE}, {"como te llamas", NULL, SURE},
        {"me ayuda una persona", NULL, SURE}, {"que datos necesitan", NULL, SURE},
        {"podrian borrar todo lo mio", "erase", SURE}, {"puse mal mi respuesta", "rectify", SURE},
        {"como hago para hablar con una persona", "agent", SURE}, {"hago menu", NULL, SURE},
        {"no se que poner", "help", SURE}, {"retomemos donde nos quedamos", "resume", SURE},
        {"gracias ñaña", "thanks", SURE}, {"hola zutano", "greet", DOUBTFUL}, {"menu zzz", NULL, SURE},
        {"que dios los bendiga", "thanks", SURE}, {"quiero salir adelante", NULL, SURE},
        {"quiero seguir creciendo", NULL, SURE}, {"yanapay", "help", SURE}, {"👋", "greet", SURE},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_COMMAND, "", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_commands_that_are_the_whole_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
