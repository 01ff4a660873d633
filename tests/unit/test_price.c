/* Prices: read exactly, and the longest beginning of a number that fits counts. */
#include "tests/unit/unit.h"

#include "gateway/price.h"

static void a_price_is_exact_or_none(void **state)
{
    static const struct {
        const char *text;
        int64_t price; /* -1: refused */
    } rows[] = {{"0", 0},         {"0.045", 450},  {"0.0450", 450}, {"1.0001", 10001}, {"100", 1000000},
                {"100.0001", -1}, {"0.00451", -1}, {"", -1},        {".5", -1},        {"1.", -1},
                {"-1", -1},       {"1e3", -1},     {"0,045", -1},   {" 1", -1},        {"99.9999", 999999}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t price = -1;
        assert_int_equal(price_value(slice_of(rows[i].text), &price), rows[i].price >= 0);
        assert_int_equal(price, rows[i].price);
    }
}

static void a_list_has_each_beginning_once(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{"+51=0.0450", true},
                {"+51=0.0450,+1=0.03", true},
                {"+51=0.0450, +519=0.03", true},
                {"", false},
                {"+51", false},
                {"51=0.04", false},
                {"+51=0.04,", false},
                {"+51=x", false},
                {"+51=1,+51=2", false},
                {"+0=1", false},
                {"+=1", false},
                {",+51=1", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(price_list(slice_of(rows[i].text)), rows[i].good);
}

static void the_longest_beginning_counts(void **state)
{
    static const struct setting settings[] = {
        {"price", "0.05"}, {"price_by_prefix", "+51=0.0450,+519=0.04,+1=0.0075"}, {"price_utility", "0.11"}};
    const struct channel channel = {.name = "c", .settings = settings, .setting_count = COUNT(settings)};
    struct price_table table;
    (void)state;
    price_read(&channel, &table);
    assert_int_equal(price_of(&table, SLICE("+34600000000"), PRICE_WORDS, 2), 1000);
    assert_int_equal(price_of(&table, SLICE("+5117654321"), PRICE_WORDS, 3), 1350);
    assert_int_equal(price_of(&table, SLICE("+51987654321"), PRICE_WORDS, 1), 400);
    assert_int_equal(price_of(&table, SLICE("+1"), PRICE_WORDS, 1), 75);
    assert_int_equal(price_of(&table, SLICE(""), PRICE_WORDS, 1), 500);
    assert_int_equal(price_of(&table, SLICE("+51987654321"), PRICE_UTILITY, 1), 1100);
    assert_int_equal(price_of(&table, SLICE("+51987654321"), PRICE_MARKETING, 1), PRICE_UNKNOWN);
}

static void without_settings_nothing_is_known(void **state)
{
    const struct channel channel = {.name = "c"};
    struct price_table table;
    enum price_kind kind = PRICE_WORDS;
    (void)state;
    price_read(&channel, &table);
    assert_int_equal(price_of(&table, SLICE("+51987654321"), PRICE_WORDS, 1), PRICE_UNKNOWN);
    assert_true(price_kind_named(SLICE("marketing"), &kind) && kind == PRICE_MARKETING);
    assert_false(price_kind_named(SLICE("service"), &kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_price_is_exact_or_none),
        cmocka_unit_test(a_list_has_each_beginning_once),
        cmocka_unit_test(the_longest_beginning_counts),
        cmocka_unit_test(without_settings_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
