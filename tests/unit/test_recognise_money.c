#include "tests/unit/recognise_rows.h"

static void reads_sales(void **state)
{
    /* clang-format off */
    static const struct recognise_row rows[] = {
        {"100 digo 120 soles al dia", "120/day", SURE}, {"al mes 800, perdon 900", "900/month", SURE},
        {"100 no, 120 al dia", "120/day", SURE}, {"no 100", "100/?", SURE},
        {"1500", "1500/?", SURE}, {"2,ooo", "2000/?", SURE}, {"2o3", "2..3/?", DOUBTFUL},
        {"S/.1500", "1500/?", SURE}, {"s/ 1,200.00", "1200/?", SURE},
        {"1500 nuevos soles", "1500/?", SURE}, {"500 lucas", "500/?", SURE},
        {"1500 mensual", "1500/month", SURE}, {"2000 x mes", "2000/month", SURE},
        {"como 2 mil quinientos", "2500/?", SURE}, {"dos mil 500", "2500/?", SURE},
        {"2.500,50", "2500.50/?", SURE}, {"1'200,000 al año", "1200000/year", SURE},
        {"dosmil soles al mes", "2000/month", SURE}, {"quinientos mil", "500000/?", DOUBTFUL},
        {"medio millon al año", "500000/year", SURE}, {"un millon y medio al año", "1500000/year", SURE},
        {"80 a 100 diarios", "80..100/day", SURE}, {"entre mil y mil quinientos", "1000..1500/?", SURE},
        {"de 1500 a 2 mil al mes", "1500..2000/month", SURE},
        {"2 o 3 mil mensual", "2000..3000/month", SURE}, {"15 soles la hora", "15/?", DOUBTFUL},
        {"vendo 20 pollos al dia a 45 cada uno", "900/day", SURE},
        {"20 menus al dia, 12 soles cada uno", "240/day", SURE},
        {"a 3 soles la empanada, vendo 100 al dia", "300/day", SURE},
        {"vendo 20 kilos de papa a 2 soles el kilo", "40/day", DOUBTFUL},
        {"vendo 200 panes a 0.20", "40/day", DOUBTFUL},
        {"3 cajas a 50 soles la caja por semana", "150/week", SURE},
        {"prefiero no responder", "REFUSED", SURE}, {"es personal", "REFUSED", SURE},
        {"no te voy a decir", "REFUSED", SURE}, {"no sabria decirle", "UNKNOWN", SURE},
        {"no llevo cuentas", "UNKNOWN", SURE}, {"muy poco", "UNKNOWN", DOUBTFUL},
        {"nada", "0/month", DOUBTFUL}, {"0", "0/month", SURE}, {"no vendo nada todavia", "0/month", SURE},
        {"aún no abro", "0/month", SURE}, {"3 palos", "3000000/?", DOUBTFUL},
        {"200 verdes al mes", NULL, SURE}, {"una china", "0.50/?", DOUBTFUL},
        {"dos quinas", "10/?", DOUBTFUL}, {"800 quincenales", "1600/month", SURE},
        {"cada 15 dias 600", "1200/month", SURE}, {"saco 300 los domingos", "300/week", DOUBTFUL},
        {"100 soles diarios de lunes a sabado", "100/day", SURE},
        {"trabajo 6 dias y saco 80 diarios", "80/day", SURE},
        {"al dia 100 y al mes 3000", "3000/month", DOUBTFUL},
        {"ciento cincuenta soles diarios", "150/day", SURE}, {"cientocincuenta", "150/?", SURE},
        {"treintaicinco soles al dia", "35/day", SURE}, {"1.5k al mes", "1500/month", SURE},
        {"15 mil mensuales", "15000/month", SURE}, {"mil y pico", "1000/?", SURE},
        {"tres mil y tantos", "3000/?", SURE}, {"menos de 1000", "1000/?", DOUBTFUL},
        {"hasta 2000 al mes", "2000/month", DOUBTFUL}, {"no pasa de 300", "300/?", DOUBTFUL},
        {"50 soles", "50/?", SURE}, {"5", "5/?", DOUBTFUL}, {"500sol al dia", "500/day", SURE},
        {"500 s/ semanales", "500/week", SURE}, {"500 mangos semanal", "500/week", DOUBTFUL},
        {"unos 500 600 a la semana", "500..600/week", SURE}, {"40 dolares al dia", NULL, SURE},
        {"cada dia vendo 70", "70/day", SURE}, {"sapa punchaw 50 soles", "50/day", SURE},
        {"350 c/semana", "350/week", SURE}, {"1200/mes", "1200/month", SURE},
        {"seiscientos mensualez", "600/month", SURE}, {"20 soles con 50 centimos", "20.50/?", SURE},
        {"diario 80", "80/day", SURE}, {"mensual: 2000", "2000/month", SURE},
        {"pierdo 500 al mes", "500/month", DOUBTFUL}, {"gano 10% por venta", NULL, SURE},
        {"1.2.3", NULL, SURE}, {"buenas noches 900 soles por semana", "900/week", SURE},
        {"me va bien", NULL, SURE}, {"gracias", NULL, SURE}, {"asdfgh", NULL, SURE},
        {"15OO", "1500/?", SURE}, {"2oo al dia", "200/day", SURE}, {"1500 o mas", "1500/?", DOUBTFUL},
        {"3 veces por semana 100", "100/week", DOUBTFUL}, {"no le podria decir con exactitud", "UNKNOWN", SURE},
        {"USD 200 al mes", NULL, SURE}, {"eur 200", NULL, SURE}, {"u$s 200", NULL, SURE}, {"clp 3000", NULL, SURE},
        {"200 dolares", NULL, SURE}, {"S/ 200", "200/?", SURE}, {"-500", "500/?", DOUBTFUL}, {"- 500", "500/?", SURE},
        {"500-600", "500..600/?", SURE}, {"ventas -500", "500/?", DOUBTFUL}, {"medio millar al mes", "500/month", SURE},
        {"un par de miles al mes", "2000/month", SURE}, {"la mitad de mil al mes", "500/month", SURE},
        {"un par de soles", "2/?", DOUBTFUL}, {"300 dia por medio", "300/day", DOUBTFUL},
        {"300 cada 2 dias", "300/?", DOUBTFUL}, {"300 cada 15 dias", "600/month", SURE},
        {"100 menos que antes al dia", "100/day", DOUBTFUL}, {"no vendo 500", "500/?", DOUBTFUL},
        {"no llego a 500", "500/?", DOUBTFUL}, {"no, 500", "500/?", SURE}, {"no vendo 100, vendo 50", "50/?", SURE},
        {"atiendo 20 clientes al dia", NULL, SURE}, {"estoy en Cusco y somos 4", NULL, SURE},
        {"somos 3 y vendo 200", "200/?", SURE}, {"20 clientes a 10 soles", "200/day", DOUBTFUL},
    };
    /* clang-format on */
    (void)state;
    CHECK_ROWS(TYPE_MONEY, "", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_sales),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
