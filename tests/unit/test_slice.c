#include "tests/unit/unit.h"

#include <string.h>

#include "base/slice.h"

static void texts_become_slices(void **state)
{
    (void)state;
    assert_null(slice_of(NULL).ptr);
    assert_int_equal(slice_of(NULL).len, 0);
    assert_non_null(slice_of("").ptr);
    assert_int_equal(slice_of("").len, 0);
    assert_int_equal(slice_of("año").len, 4);
    assert_int_equal(SLICE("a\0b").len, 3);
}

static void slices_compare(void **state)
{
    static const struct {
        struct slice a, b;
        int order; /* -1, 0, 1 */
    } rows[] = {
        {{NULL, 0}, {NULL, 0}, 0}, {{NULL, 0}, {"", 0}, 0},    {{"", 0}, {"a", 1}, -1},
        {{"a", 1}, {"b", 1}, -1},  {{"b", 1}, {"a", 1}, 1},    {{"a", 1}, {"ab", 2}, -1},
        {{"b", 1}, {"ab", 2}, 1},  {{"ab", 2}, {"ab", 2}, 0},  {{"a\0b", 3}, {"a\0c", 3}, -1},
        {{"a\0", 2}, {"a", 1}, 1}, {{"\xC3", 1}, {"z", 1}, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int order = slice_compare(rows[i].a, rows[i].b);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        assert_int_equal(slice_eq(rows[i].a, rows[i].b), rows[i].order == 0);
    }
}

static void slices_compare_with_texts(void **state)
{
    static const struct {
        struct slice a;
        const char *text;
        bool is, is_nocase, starts;
    } rows[] = {
        {SLICE("hola"), "hola", true, true, true},
        {SLICE("Hola"), "hOLA", false, true, false},
        {SLICE("hola"), "hol", false, false, true},
        {SLICE("hol"), "hola", false, false, false},
        {SLICE("hola"), "", false, false, true},
        {{NULL, 0}, "", true, true, true},
        {{NULL, 0}, "a", false, false, false},
        {SLICE("a\0b"), "a", false, false, true},
        {SLICE("\xC3\x91"), "\xC3\xB1", false, false, false},
        {SLICE("a[z"), "A{Z", false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(slice_is(rows[i].a, rows[i].text), rows[i].is);
        assert_int_equal(slice_is_nocase(rows[i].a, rows[i].text), rows[i].is_nocase);
        assert_int_equal(slice_starts(rows[i].a, rows[i].text), rows[i].starts);
    }
}

static void blanks_are_trimmed(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {" ", ""},
        {" \t\r\n", ""},
        {"a", "a"},
        {"  a b\r\n", "a b"},
        {"\va ", "\va"},
        {"\xC2\xA0"
         "a",
         "\xC2\xA0"
         "a"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(slice_is(slice_trim(slice_of(rows[i].text)), rows[i].expected));
    assert_int_equal(slice_trim(SLICE_NONE).len, 0);
}

static void parts_are_clamped(void **state)
{
    static const struct {
        size_t start, end;
        const char *expected;
    } rows[] = {
        {0, 5, "abcde"}, {1, 3, "bc"}, {3, 99, "de"},          {5, 5, ""},
        {9, 99, ""},     {4, 2, ""},   {0, SIZE_MAX, "abcde"}, {SIZE_MAX, SIZE_MAX, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(slice_is(slice_part(SLICE("abcde"), rows[i].start, rows[i].end), rows[i].expected));
    assert_null(slice_part(SLICE_NONE, 1, 2).ptr);
}

static void pieces_are_cut(void **state)
{
    static const struct {
        const char *text, *expected; /* pieces in brackets */
    } rows[] = {
        {NULL, ""}, {"", "[]"}, {"a", "[a]"}, {",", "[][]"}, {"a,b", "[a][b]"}, {"a,b,", "[a][b][]"}, {",a", "[][a]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice rest = slice_of(rows[i].text), piece = SLICE("untouched");
        char seen[64] = "";
        size_t len = 0;
        while (slice_cut(&rest, ',', &piece)) {
            seen[len++] = '[';
            memcpy(seen + len, piece.ptr, piece.len);
            len += piece.len;
            seen[len++] = ']';
        }
        assert_true(slice_is((struct slice){seen, len}, rows[i].expected));
        if (!rows[i].text)
            assert_true(slice_is(piece, "untouched"));
    }
    assert_int_equal(slice_find(SLICE("a,b"), ','), 1);
    assert_int_equal(slice_find(SLICE("ab"), ','), 2);
    assert_int_equal(slice_find(SLICE_NONE, ','), 0);
}

static void decimals_are_read(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool read;
        uint64_t expected;
    } rows[] = {
        {"0", 0, true, 0},
        {"1", 0, false, 0},
        {"007", 7, true, 7},
        {"8", 7, false, 0},
        {"255", 255, true, 255},
        {"256", 255, false, 0},
        {"1000", 255, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999999", UINT64_MAX, false, 0},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {" 1", 9, false, 0},
        {"1 ", 9, false, 0},
        {"1.0", 99, false, 0},
        {"0x1", 99, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 42;
        if (slice_u64(slice_of(rows[i].text), rows[i].max, &value) != rows[i].read)
            fail_msg("%s", rows[i].text);
        assert_int_equal(value, rows[i].read ? rows[i].expected : 42);
    }
}

static void copies_fit_or_are_refused(void **state)
{
    static const struct {
        struct slice text;
        size_t size;
        bool fits;
    } rows[] = {
        {SLICE("abc"), 4, true}, {SLICE("abc"), 3, false},  {SLICE(""), 1, true},
        {{NULL, 0}, 1, true},    {SLICE("a\0c"), 8, false}, {SLICE("a"), 1, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[8] = "before.";
        assert_int_equal(slice_copy(rows[i].text, out, rows[i].size), rows[i].fits);
        if (rows[i].fits)
            assert_true(slice_is(rows[i].text, out));
        else
            assert_string_equal(out, "");
    }
}

static void what_fits_is_filled_in(void **state)
{
    static const struct {
        struct slice text;
        size_t size;
        const char *filled;
    } rows[] = {{SLICE("abc"), 4, "abc"}, {SLICE("abc"), 3, "ab"}, {SLICE("abc"), 1, ""}, {{NULL, 0}, 8, ""}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[8] = "before.";
        slice_fill(rows[i].text, out, rows[i].size);
        assert_string_equal(out, rows[i].filled);
    }
}

static void numbers_are_written(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {99, "99"},
        {100, "100"},
        {1009, "1009"},
        {-10, "-10"},
        {1795435200000, "1795435200000"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[SLICE_DECIMAL_SIZE];
        assert_true(slice_is(slice_decimal(rows[i].number, out), rows[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_slices),       cmocka_unit_test(slices_compare),
        cmocka_unit_test(slices_compare_with_texts), cmocka_unit_test(blanks_are_trimmed),
        cmocka_unit_test(parts_are_clamped),         cmocka_unit_test(pieces_are_cut),
        cmocka_unit_test(decimals_are_read),         cmocka_unit_test(copies_fit_or_are_refused),
        cmocka_unit_test(what_fits_is_filled_in),
        cmocka_unit_test(numbers_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
