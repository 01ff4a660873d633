#include "tests/unit/unit.h"

#include "base/suggest.h"

static void distances_count_single_edits(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned limit, expected;
    } rows[] = {
        {"redis", "redis", 2, 0},  {"reids", "redis", 2, 1}, {"lisen", "listen", 2, 1}, {"listenn", "listen", 2, 1},
        {"models", "flows", 2, 3}, {"", "ab", 2, 2},         {"abc", "xyz", 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(edit_distance(slice_of(rows[i].a), slice_of(rows[i].b), rows[i].limit), rows[i].expected);
}

static void suggests_only_what_is_near(void **state)
{
    static const char *const known[] = {"listen", "public_url", "workers", NULL};
    (void)state;
    assert_string_equal(suggest(SLICE("lisetn"), known), "listen");
    assert_string_equal(suggest(SLICE("worker"), known), "workers");
    assert_null(suggest(SLICE("colour"), known));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_count_single_edits),
        cmocka_unit_test(suggests_only_what_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
