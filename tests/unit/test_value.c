#include "tests/unit/unit.h"

#include <string.h>

#include "dialog/places.h"
#include "dialog/value.h"

static void knows_what_is_written_right(void **state)
{
    /* clang-format off */
    static const struct {
        enum slot_type type;
        const char *value;
        bool valid;
    } rows[] = {
        {TYPE_MONEY, "1500/month", true},   {TYPE_MONEY, "1500.50/?", true},  {TYPE_MONEY, "500..800/week", true},
        {TYPE_MONEY, "UNKNOWN", true},      {TYPE_MONEY, "REFUSED", true},    {TYPE_MONEY, "1500", false},
        {TYPE_MONEY, "800..500/week", false}, {TYPE_MONEY, "1500/fortnight", false}, {TYPE_MONEY, "1.555/day", false},
        {TYPE_MONEY, "-5/day", false},      {TYPE_MONEY, "1234567890/day", false}, {TYPE_MONEY, "/day", false},
        {TYPE_MONEY, "5../day", false},     {TYPE_MONEY, "1./day", false},    {TYPE_CUSTOMERS, "20/day", true},
        {TYPE_CUSTOMERS, "REFUSED", false}, {TYPE_WORKERS, "3", true},        {TYPE_WORKERS, "2..5", true},
        {TYPE_WORKERS, "3/day", false},     {TYPE_WORKERS, "UNKNOWN", true},  {TYPE_TENURE, "24", true},
        {TYPE_TENURE, "-1", true},          {TYPE_TENURE, "-2", false},       {TYPE_TENURE, "UNKNOWN", false},
        {TYPE_YESNO, "yes", true},          {TYPE_YESNO, "si", false},        {TYPE_RUC, "20512333797", true},
        {TYPE_RUC, "2051233379", false},    {TYPE_RUC, "no", true},           {TYPE_REGION, "25", true},
        {TYPE_REGION, "26", false},         {TYPE_REGION, "1", false},        {TYPE_GOAL, "public_sales", true},
        {TYPE_REGIME, "none", true},        {TYPE_TREND, "sideways", false},  {TYPE_TEXT, "", false},
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (value_valid(rows[i].type, slice_of(rows[i].value)) != rows[i].valid)
            fail_msg("%s '%s'", slot_type_name(rows[i].type), rows[i].value);
}

/* In hundredths, for assert_int_equal. */
static void reads_numbers_in_their_unit(void **state)
{
    /* clang-format off */
    static const struct {
        enum slot_type type;
        const char *value;
        long hundredths; /* -100000 none */
    } rows[] = {
        {TYPE_MONEY, "1500/month", 150000},     {TYPE_MONEY, "80/day", 208000},  {TYPE_MONEY, "500..800/week", 281450},
        {TYPE_MONEY, "1200/year", 10000},       {TYPE_MONEY, "1500/?", -100000}, {TYPE_MONEY, "REFUSED", -100000},
        {TYPE_MONEY, "0.05/month", 5},          {TYPE_MONEY, "0.5/month", 50},   {TYPE_CUSTOMERS, "20/day", 12000},
        {TYPE_CUSTOMERS, "100/week", 10000},    {TYPE_WORKERS, "2..5", 350},     {TYPE_TENURE, "-1", -100},
        {TYPE_TENURE, "18", 1800},              {TYPE_YESNO, "yes", -100000},    {TYPE_REGION, "15", -100000},
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        double number = -1000;
        value_number(rows[i].type, slice_of(rows[i].value), &number);
        long hundredths = (long)(number * 100 + (number < 0 ? -0.5 : 0.5));
        if (hundredths != rows[i].hundredths)
            fail_msg("%s is %ld", rows[i].value, hundredths);
    }
}

static void speaks_spanish(void **state)
{
    static const struct {
        enum slot_type type;
        const char *value, *words;
    } rows[] = {
        {TYPE_MONEY, "1500/month", "S/ 1500 al mes"},
        {TYPE_MONEY, "500..800/week", "S/ 500 a 800 a la semana"},
        {TYPE_MONEY, "1500/?", "S/ 1500"},
        {TYPE_MONEY, "REFUSED", "no lo dices"},
        {TYPE_CUSTOMERS, "20/day", "20 al día"},
        {TYPE_WORKERS, "UNKNOWN", "no sabes"},
        {TYPE_TENURE, "-1", "aún no abre"},
        {TYPE_TENURE, "0", "recién abre"},
        {TYPE_TENURE, "1", "1 mes"},
        {TYPE_TENURE, "12", "1 año"},
        {TYPE_TENURE, "30", "2 años y 6 meses"},
        {TYPE_REGION, "08", "Cusco"},
        {TYPE_RUC, "20512333797", "20512333797"},
        {TYPE_GOAL, "debts", "salir de deudas"},
        {TYPE_TEXT, "UNKNOWN", "UNKNOWN"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        value_speak("es", rows[i].type, slice_of(rows[i].value), &out);
        assert_string_equal(buf_text(&out), rows[i].words);
    }
    buf_release(&out);
}

/* What guards and templates rely on: no value of a type is spoken longer than its bound. */
static void never_speaks_longer_than_it_says(void **state)
{
    static const struct {
        enum slot_type type;
        const char *value;
    } longest[] = {
        {TYPE_MONEY, "999999998.99..999999999.99/week"},
        {TYPE_CUSTOMERS, "999999998..999999999/week"},
        {TYPE_WORKERS, "999999998..999999999"},
        {TYPE_TENURE, "9995"},
        {TYPE_REGION, "17"},
        {TYPE_GOAL, "digital"},
        {TYPE_GOAL, "finance"},
        {TYPE_REGIME, "RMT"},
        {TYPE_TREND, "same"},
        {TYPE_RUC, "20512333797"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT(longest); i++) {
        buf_clear(&out);
        value_speak("es", longest[i].type, slice_of(longest[i].value), &out);
        if (out.len > value_spoken_max(longest[i].type) + 2) /* two bytes for an accent or ñ */
            fail_msg("'%s' is longer than %zu", buf_text(&out), value_spoken_max(longest[i].type));
    }
    buf_release(&out);
}

static void guesses_the_nearest_capital(void **state)
{
    /* clang-format off */
    static const struct {
        double latitude, longitude;
        const char *code;
    } rows[] = {
        {-13.52, -71.97, "08"}, {-12.12, -77.03, "15"}, {-12.05, -77.14, "07"}, {-3.75, -73.25, "16"},
        {-15.5, -70.13, "21"}, {40.4, -3.7, NULL},     {0, 0, NULL},
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *code = place_nearest(rows[i].latitude, rows[i].longitude);
        if (!rows[i].code)
            assert_null(code);
        else
            assert_string_equal(code, rows[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_is_written_right),
        cmocka_unit_test(reads_numbers_in_their_unit),
        cmocka_unit_test(speaks_spanish),
        cmocka_unit_test(never_speaks_longer_than_it_says),
        cmocka_unit_test(guesses_the_nearest_capital),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
