#include "tests/unit/unit.h"

#include "base/json_walk.h"

static void members_come_in_their_order(void **state)
{
    static const char text[] = " {\"a\": \"x\\n\" , \"b\":-1.5e3,\"c\":[1,{\"d\":\"]\"}],\"e\":{},\"f\":null} ";
    static const struct {
        const char *name;
        enum json_kind kind;
        bool escaped;
        const char *text;
    } rows[] = {
        {"a", JSON_STRING, true, "x\\n"},
        {"b", JSON_NUMBER, false, "-1.5e3"},
        {"c", JSON_LIST, false, "[1,{\"d\":\"]\"}]"},
        {"e", JSON_OBJECT, false, "{}"},
        {"f", JSON_WORD, false, "null"},
    };
    struct json_walk walk = json_walk_into(slice_of(text));
    struct slice name;
    struct json_value value;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(json_walk_next(&walk, &name, &value));
        assert_true(slice_is(name, rows[i].name) && slice_is(value.text, rows[i].text));
        assert_int_equal(value.kind, rows[i].kind);
        assert_int_equal(value.escaped, rows[i].escaped);
        assert_false(json_walk_whole(&walk));
    }
    assert_false(json_walk_next(&walk, &name, &value));
    assert_true(json_walk_whole(&walk));
}

static void items_of_a_list_have_no_name(void **state)
{
    struct json_walk walk = json_walk_into(SLICE("[true,\"\"]"));
    struct slice name;
    struct json_value value;
    (void)state;
    assert_true(json_walk_next(&walk, &name, &value));
    assert_null(name.ptr);
    assert_int_equal(value.kind, JSON_WORD);
    assert_true(json_walk_next(&walk, &name, &value));
    assert_int_equal(value.text.len, 0);
    assert_false(json_walk_next(&walk, &name, &value));
    assert_true(json_walk_whole(&walk));
}

static void what_is_not_json_is_not_whole(void **state)
{
    static const char *const rows[] = {
        "",      " ",         "7",          "\"a\"",         "{",         "[1",         "{}x",        "[1 2]",
        "[1,]",  "[,1]",      "{\"a\"}",    "{\"a\":}",      "{\"a\" 1}", "{a:1}",      "{\"a\":1,}", "[01]",
        "[1.]",  "[\"\\x\"]", "[\"\x01\"]", "[\"\\u12g4\"]", "[nil]",     "[{\"a\":1]", "[[1]",       "{\"a\":1]",
        "[\"a]", "{1:1}",     "[}]",
    };
    (void)state;
    for (size_t i = 0; i <= COUNT(rows); i++) {
        struct json_walk walk = json_walk_into(i < COUNT(rows) ? slice_of(rows[i]) : SLICE_NONE); /* no bytes at all */
        struct slice name;
        struct json_value value;
        while (json_walk_next(&walk, &name, &value))
            ;
        assert_false(json_walk_whole(&walk));
    }
}

static void what_nests_too_deep_is_not_taken(void **state)
{
    char text[200];
    struct slice name;
    struct json_value value;
    (void)state;
    memset(text, '[', 100);
    memset(text + 100, ']', 100);
    struct json_walk walk = json_walk_into((struct slice){text, sizeof(text)});
    assert_false(json_walk_next(&walk, &name, &value));
    assert_false(json_walk_whole(&walk));
}

static void escapes_are_read(void **state)
{
    static const struct {
        const char *written, *read;
    } rows[] = {
        {"a\\\"b\\\\c\\/", "a\"b\\c/"},  {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
        {"\\u0041\\u00f1", "A\xc3\xb1"}, {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
        {"\\ud83dx", "\xef\xbf\xbdx"},   {"\\ude00", "\xef\xbf\xbd"},
        {"\\u0000", "\xef\xbf\xbd"},     {"\xc3\xb1", "\xc3\xb1"},
    };
    char room[64];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct json_value value = {.kind = JSON_STRING, .escaped = true, .text = slice_of(rows[i].written)};
        assert_true(slice_is(json_unescape(&value, room), rows[i].read));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_in_their_order),
        cmocka_unit_test(items_of_a_list_have_no_name),
        cmocka_unit_test(what_is_not_json_is_not_whole),
        cmocka_unit_test(what_nests_too_deep_is_not_taken),
        cmocka_unit_test(escapes_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
