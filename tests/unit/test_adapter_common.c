#include "tests/unit/adapter_kit.h"

#include "adapters/common.h"

static void the_table_knows_its_adapters(void **state)
{
    const char *const *names = adapter_names();
    size_t count = 0;
    (void)state;
    for (; names[count]; count++) {
        assert_string_equal(adapter_named(names[count])->provider, names[count]);
        assert_true(count == 0 || strcmp(names[count - 1], names[count]) < 0);
    }
    assert_int_equal(count, 4);
    assert_null(adapter_named("pigeon"));
    assert_null(adapter_named(""));
}

/* What all adapters share, where no provider's own test reaches. */
static void addresses_and_degrees(void **state)
{
    static const struct {
        const char *text;
        bool good;
        double value;
    } degrees[] = {
        {"-12.0464", true, -12.0464},
        {"0", true, 0},
        {"-0.5", true, -0.5},
        {"90", true, 90},
        {"90.01", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {".5", false, 0},
        {"5.", false, 0},
        {"1.2.3", false, 0},
        {"+1", false, 0},
        {"1e1", false, 0},
        {" 1", false, 0},
        {"12.34567890123456789", true, 12.3456789012345},
        {"1234567890123456", false, 0},
    };
    static const struct {
        const char *text;
        bool good;
    } ids[] = {
        {"PE.1000000000000001", true},
        {"PE.ENT.1", true},
        {"PE.", false},
        {"pe.1", false},
        {"PE1", false},
        {"PE.a b", false},
        {"", false},
        {"+51987654321", false},
    };
    static const struct {
        const char *url;
        bool good;
    } urls[] = {
        {"https://api.twilio.com", true},
        {"http://127.0.0.1:9/v25.0", true},
        {"https://", false},
        {"https:///x", false},
        {"ftp://x", false},
        {"https://x/", false},
        {"https://x y", false},
        {"https://x?y", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(degrees); i++) {
        double value = 0;
        assert_int_equal(adapter_degrees(slice_of(degrees[i].text), 90, &value), degrees[i].good);
        assert_true(value == degrees[i].value);
    }
    for (size_t i = 0; i < COUNT(ids); i++)
        assert_int_equal(adapter_is_user_id(slice_of(ids[i].text)), ids[i].good);
    for (size_t i = 0; i < COUNT(urls); i++)
        assert_int_equal(adapter_is_base_url(urls[i].url), urls[i].good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_knows_its_adapters),
        cmocka_unit_test(addresses_and_degrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
