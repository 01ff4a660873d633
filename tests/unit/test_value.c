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

static struct tongue tongue;
static struct arena *held;

static int open_spanish(void **state)
{
    (void)state;
    held = arena_new(1 << 20);
    return held && tongue_spanish(held, &tongue) == OK ? 0 : -1;
}

static int close_spanish(void **state)
{
    (void)state;
    arena_free(held);
    return 0;
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
        value_speak(&tongue, rows[i].type, slice_of(rows[i].value), &out);
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
        value_speak(&tongue, longest[i].type, slice_of(longest[i].value), &out);
        if (out.len > value_spoken_max(&tongue, longest[i].type) + 2) /* two bytes for an accent or ñ */
            fail_msg("'%s' is longer than %zu", buf_text(&out), value_spoken_max(&tongue, longest[i].type));
    }
    buf_release(&out);
}

/* Towns all over Peru, big and small, by general knowledge: how often the nearest capital is that of their department.
 * It is why a shared place is never taken without asking back. */
static void guesses_four_towns_in_five(void **state)
{
    /* clang-format off */
    static const struct {
        double latitude, longitude;
        const char *code;
    } towns[] = {
        {-5.76, -78.44, "01"}, {-9.08, -78.59, "02"}, {-13.66, -73.39, "03"}, {-16.62, -72.71, "04"},
        {-12.94, -74.25, "05"}, {-14.69, -74.13, "05"}, {-5.71, -78.81, "06"}, {-6.56, -78.65, "06"},
        {-11.87, -77.13, "07"}, {-14.27, -71.23, "08"}, {-12.86, -72.69, "08"}, {-12.98, -74.72, "09"},
        {-9.3, -76.0, "10"}, {-13.42, -76.13, "11"}, {-14.83, -74.94, "11"}, {-11.42, -75.69, "12"},
        {-11.25, -74.64, "12"}, {-11.05, -75.33, "12"}, {-7.82, -78.05, "13"}, {-7.23, -79.43, "13"},
        {-5.99, -79.75, "14"}, {-11.11, -77.61, "15"}, {-13.08, -76.39, "15"}, {-10.75, -77.76, "15"},
        {-12.21, -76.94, "15"}, {-11.98, -77.0, "15"}, {-5.9, -76.11, "16"}, {-4.51, -73.58, "16"},
        {-11.41, -69.49, "17"}, {-17.64, -71.34, "18"}, {-10.58, -75.4, "19"}, {-4.9, -80.69, "20"},
        {-4.58, -81.27, "20"}, {-15.5, -70.13, "21"}, {-16.57, -69.04, "21"}, {-6.49, -76.36, "22"},
        {-8.19, -76.51, "22"}, {-17.47, -70.03, "23"}, {-3.5, -80.27, "24"}, {-9.04, -75.51, "25"},
        {-10.73, -73.76, "25"}, {-17.02, -72.01, "04"}, {-6.06, -77.17, "22"}, {-7.18, -76.73, "22"},
        {-6.87, -78.15, "06"}, {-6.38, -78.82, "06"}, {-7.62, -78.05, "06"}, {-5.09, -81.11, "20"},
        {-5.24, -79.45, "20"}, {-4.64, -79.72, "20"}, {-5.1, -80.16, "20"}, {-5.56, -80.82, "20"},
        {-9.47, -78.3, "02"}, {-10.07, -78.15, "02"}, {-9.05, -77.81, "02"}, {-9.35, -77.17, "02"},
        {-7.9, -78.57, "13"}, {-8.41, -78.75, "13"}, {-7.4, -79.57, "13"}, {-6.64, -79.79, "14"},
        {-6.15, -79.71, "14"}, {-11.5, -77.21, "15"}, {-10.67, -76.77, "15"}, {-12.66, -76.63, "15"},
        {-11.52, -75.9, "12"}, {-11.78, -75.5, "12"}, {-11.12, -75.36, "12"}, {-12.39, -74.87, "09"},
        {-13.28, -75.32, "09"}, {-10.13, -76.2, "10"}, {-9.83, -76.8, "10"}, {-13.71, -76.2, "11"},
        {-14.53, -75.19, "11"}, {-15.02, -73.78, "05"}, {-12.63, -73.79, "05"}, {-14.29, -73.24, "03"},
        {-13.52, -73.72, "03"}, {-14.79, -71.41, "08"}, {-13.3, -72.12, "08"}, {-16.09, -69.64, "21"},
        {-14.91, -70.19, "21"}, {-14.88, -70.59, "21"}, {-15.64, -71.6, "04"}, {-16.07, -72.49, "04"},
        {-16.67, -70.97, "18"}, {-7.35, -75.01, "16"}, {-5.06, -73.86, "16"}, {-3.91, -70.52, "16"},
        {-3.68, -80.68, "24"}, {-10.74, -75.27, "19"}, {-10.49, -76.51, "19"}, {-10.95, -69.58, "17"},
        {-13.1, -70.38, "17"}, {-5.64, -78.53, "01"}, {-4.59, -77.86, "01"}, {-17.27, -70.25, "23"},
        {-8.47, -74.81, "25"}, {-6.42, -76.52, "22"},
    };
    /* clang-format on */
    size_t right = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(towns); i++) {
        const char *code = place_nearest(towns[i].latitude, towns[i].longitude);
        right += code && strcmp(code, towns[i].code) == 0;
    }
    printf("the nearest capital is the right one of %zu of %zu towns\n", right, COUNT(towns));
    assert_in_range(right, 79, COUNT(towns));
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
        cmocka_unit_test(guesses_four_towns_in_five),
    };
    return cmocka_run_group_tests(tests, open_spanish, close_spanish);
}
