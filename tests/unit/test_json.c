#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static const struct {
    struct slice text;
    enum error expected;
} json_rows[] = {
    {SLICE("{}"), OK},
    {SLICE(" [1, -0.5e+3, true, false, null, \"x\"]\r\n\t"), OK},
    {SLICE("\"alone\""), OK},
    {SLICE("{\"a\":{\"b\":[]}}"), OK},
    {SLICE("{\"a\":1,\"A\":2,\"\":3}"), OK},
    {SLICE("\"\\ud83d\\ude00 \\u00f1 \\/ \\\" \\\\ \\b\\f\\n\\r\\t\""), OK},
    {SLICE("\"\x7f \u00F1 \U0001F600\""), OK},
    {SLICE("-0"), OK},
    {SLICE_NONE, ERR_SYNTAX},
    {SLICE("  "), ERR_SYNTAX},
    {SLICE("{} {}"), ERR_SYNTAX},
    {SLICE("{}x"), ERR_SYNTAX},
    {SLICE("{}\0"), ERR_SYNTAX},
    {SLICE("{}]"), ERR_SYNTAX},
    {SLICE("\0{}"), ERR_SYNTAX},
    {SLICE("\x0b{}"), ERR_SYNTAX},
    {SLICE("\xef\xbb\xbf{}"), ERR_SYNTAX},
    {SLICE("[1,]"), ERR_SYNTAX},
    {SLICE("{\"a\":1,}"), ERR_SYNTAX},
    {SLICE("{\"a\" 1}"), ERR_SYNTAX},
    {SLICE("{a:1}"), ERR_SYNTAX},
    {SLICE("{'a':1}"), ERR_SYNTAX},
    {SLICE("[1"), ERR_SYNTAX},
    {SLICE("[1}"), ERR_SYNTAX},
    {SLICE("{\"a\""), ERR_SYNTAX},
    {SLICE("\"open"), ERR_SYNTAX},
    {SLICE("\"open\\"), ERR_SYNTAX},
    {SLICE("[1 // note\n]"), ERR_SYNTAX},
    {SLICE("nul"), ERR_SYNTAX},
    {SLICE("nulls"), ERR_SYNTAX},
    {SLICE("True"), ERR_SYNTAX},
    {SLICE("NaN"), ERR_SYNTAX},
    {SLICE("01"), ERR_SYNTAX},
    {SLICE("-"), ERR_SYNTAX},
    {SLICE("-01"), ERR_SYNTAX},
    {SLICE("+1"), ERR_SYNTAX},
    {SLICE("1."), ERR_SYNTAX},
    {SLICE(".5"), ERR_SYNTAX},
    {SLICE("1e"), ERR_SYNTAX},
    {SLICE("1e+"), ERR_SYNTAX},
    {SLICE("0x10"), ERR_SYNTAX},
    {SLICE("[1-2]"), ERR_SYNTAX},
    {SLICE("\"a\nb\""), ERR_SYNTAX},
    {SLICE("\"a\0b\""), ERR_SYNTAX},
    {SLICE("\"\\u12g4\""), ERR_SYNTAX},
    {SLICE("\"\\u12"), ERR_SYNTAX},
    {SLICE("\"\\ud83d\\u12\""), ERR_SYNTAX},
    {SLICE("\"\\ud83d\\\""), ERR_SYNTAX},
    {SLICE("\"\\ud83d"), ERR_SYNTAX},
    {SLICE("\"\\u0000\xff\""), ERR_SYNTAX},
    {SLICE("\\u0000"), ERR_SYNTAX},
    {SLICE("\"\\x41\""), ERR_SYNTAX},
    {SLICE("\"\\U0041\""), ERR_SYNTAX},
    {SLICE("\"\xff\""), ERR_SYNTAX},
    {SLICE("\"\xc0\x80\""), ERR_SYNTAX},
    {SLICE("\"\xed\xa0\xbd\""), ERR_SYNTAX},
    {SLICE("{\"a\":1,\"a\":1}"), ERR_VALUE},
    {SLICE("[{\"x\":{\"a\":1,\"b\":2,\"\\u0061\":3}}]"), ERR_VALUE},
    {SLICE("{\"\\u0000\":1,\"\\ud83d\":2}"), ERR_VALUE},
};

static void takes_and_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(json_rows); i++) {
        cJSON *tree = NULL;
        enum error error = json_parse(json_rows[i].text, 4096, &tree);
        if (error != json_rows[i].expected)
            fail_msg("row %zu, %.*s: %d for %d", i, (int)json_rows[i].text.len, json_rows[i].text.ptr, error,
                     json_rows[i].expected);
        assert_int_equal(tree != NULL, error == OK);
        cJSON_Delete(tree);
    }
}

/* What JSON can write and no text can hold becomes U+FFFD, each escape by itself, and nothing around it changes. */
static void mends_what_no_text_can_hold(void **state)
{
    static const struct {
        const char *inside, *expected;
    } rows[] = {
        {"\\ud83d\\ude00", "\U0001F600"},
        {"\\ud83d", "\uFFFD"},
        {"\\uD83D", "\uFFFD"},
        {"\\ude00", "\uFFFD"},
        {"\\u0000", "\uFFFD"},
        {"hola \\ud83d, gracias", "hola \uFFFD, gracias"},
        {"\\ud83d\\n", "\uFFFD\n"},
        {"\\ud83d\\\"", "\uFFFD\""},
        {"\\ud83d\\u0041", "\uFFFDA"},
        {"\\ud83d\\ud83d", "\uFFFD\uFFFD"},
        {"\\ud83d\\ud83d\\ude00", "\uFFFD\U0001F600"},
        {"\\ud83d\\ude00\\ude00", "\U0001F600\uFFFD"},
        {"\\ude00\\ud83d", "\uFFFD\uFFFD"},
        {"\\ud83d\\u0000", "\uFFFD\uFFFD"},
        {"a\\u0000b", "a\uFFFDb"},
        {"\\\\ud83d", "\\ud83d"},
        {"\\\\\\ud83d", "\\\uFFFD"},
        {"\\u0000\\\\u0000", "\uFFFD\\u0000"},
        {"\\ufffd\\ud7ff\\ue000\\u0001", "\uFFFD\uD7FF\uE000\x01"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[200];
        cJSON *tree = NULL;
        snprintf(text, sizeof(text), "{\"first\":\"%s\",\"%s\":\"last\"}", rows[i].inside, rows[i].inside);
        assert_int_equal(json_parse(slice_of(text), sizeof(text), &tree), OK);
        if (!slice_is(json_string(tree, "first"), rows[i].expected))
            fail_msg("%s: %s for %s", rows[i].inside, json_string(tree, "first").ptr, rows[i].expected);
        assert_true(slice_is(json_string(tree, rows[i].expected), "last"));
        cJSON_Delete(tree);
    }
}

/* Writes `count` times the text. */
static void repeat(struct buf *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_adds(out, text);
}

static void bounds_size_depth_and_tokens(void **state)
{
    static const struct {
        const char *before;
        size_t before_count;
        const char *after;
        size_t after_count;
        size_t max_bytes;
        enum error expected;
    } rows[] = {
        {"[", JSON_DEPTH_MAX, "]", JSON_DEPTH_MAX, 4096, OK},
        {"[", JSON_DEPTH_MAX + 1, "]", JSON_DEPTH_MAX + 1, 4096, ERR_LIMIT},
        {"{\"a\":", JSON_DEPTH_MAX + 1, "0}", JSON_DEPTH_MAX + 1, 4096, ERR_LIMIT},
        {"[", 100000, "", 0, 1 << 20, ERR_LIMIT},
        {"[1]", 1, " ", 7, 10, OK},
        {"[1]", 1, " ", 8, 10, ERR_LIMIT},
        {"[1", 1, ",1", JSON_TOKENS_MAX, 1 << 20, ERR_LIMIT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text;
        cJSON *tree = NULL;
        buf_init(&text, 1 << 20);
        repeat(&text, rows[i].before, rows[i].before_count);
        repeat(&text, rows[i].after, rows[i].after_count);
        assert_int_equal(json_parse(buf_slice(&text), rows[i].max_bytes, &tree), rows[i].expected);
        cJSON_Delete(tree);
        buf_release(&text);
    }
}

static void finds_a_repeat_among_many_keys(void **state)
{
    struct buf text;
    cJSON *tree = NULL;
    (void)state;
    buf_init(&text, 1 << 22);
    buf_addc(&text, '{');
    for (int i = 0; i < 90000; i++)
        buf_addf(&text, "\"key%d\":0,", i);
    buf_adds(&text, "\"key7\":0}");
    assert_int_equal(json_parse(buf_slice(&text), 1 << 22, &tree), ERR_VALUE);
    assert_null(tree);
    buf_release(&text);
}

static void reads_members(void **state)
{
    cJSON *tree = NULL;
    (void)state;
    assert_int_equal(
        json_parse(SLICE("{\"s\":\"t\",\"e\":\"\",\"o\":{\"s\":\"u\"},\"l\":[1],\"n\":null,\"i\":7}"), 4096, &tree),
        OK);
    assert_true(slice_is(json_string(tree, "s"), "t"));
    assert_non_null(json_string(tree, "e").ptr);
    assert_null(json_string(tree, "S").ptr);
    assert_null(json_string(tree, "i").ptr);
    assert_null(json_string(tree, "n").ptr);
    assert_true(slice_is(json_string(json_object(tree, "o"), "s"), "u"));
    assert_null(json_object(tree, "l"));
    assert_int_equal(cJSON_GetArraySize(json_array(tree, "l")), 1);
    assert_null(json_array(tree, "o"));
    assert_null(json_string(NULL, "s").ptr);
    assert_null(json_object(NULL, "s"));
    assert_null(json_array(json_array(tree, "l"), "s"));
    cJSON_Delete(tree);
}

static void reads_whole_numbers(void **state)
{
    static const struct {
        const char *value;
        bool taken;
        int64_t expected;
    } rows[] = {
        {"0", true, 0},
        {"-7", true, -7},
        {"1795402800", true, 1795402800},
        {"\"1795402800\"", true, 1795402800},
        {"1e3", true, 1000},
        {"9007199254740991", true, 9007199254740991},
        {"-9007199254740991", true, -9007199254740991},
        {"\"9007199254740991\"", true, 9007199254740991},
        {"9007199254740992", false, 0},
        {"\"9007199254740992\"", false, 0},
        {"9007199254740993", false, 0},
        {"1e400", false, 0},
        {"-1e400", false, 0},
        {"1.5", false, 0},
        {"\"\"", false, 0},
        {"\"-1\"", false, 0},
        {"\"12a\"", false, 0},
        {"\" 12\"", false, 0},
        {"null", false, 0},
        {"true", false, 0},
        {"[1]", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        int64_t value = 42;
        cJSON *tree = NULL;
        snprintf(text, sizeof(text), "{\"n\":%s}", rows[i].value);
        assert_int_equal(json_parse(slice_of(text), 64, &tree), OK);
        assert_int_equal(json_int(tree, "n", &value), rows[i].taken);
        assert_int_equal(value, rows[i].taken ? rows[i].expected : 42);
        assert_false(json_int(tree, "m", &value));
        cJSON_Delete(tree);
    }
    int64_t value = 42;
    assert_false(json_int(NULL, "n", &value));
}

static void writes_strings_and_names(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 1024);
    buf_addc(&out, '{');
    json_put_name(&out, "a");
    json_put_string(&out, SLICE("\"\\/\b\f\n\r\t\x01\x1f\x7f \u00F1"));
    json_put_name(&out, "b");
    buf_adds(&out, "[{");
    json_put_name(&out, "c");
    buf_adds(&out, "1}]}");
    assert_string_equal(buf_text(&out),
                        "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \u00F1\",\"b\":[{\"c\":1}]}");
    buf_release(&out);
}

/* Every byte at every place of a longer text: those that are looked at together are written as if alone. */
static void writes_each_byte_alike_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 0; at < 20; at++) {
            char text[21];
            struct buf alone, within;
            memset(text, at % 2 ? 'a' : '\xC3', sizeof(text));
            text[at] = (char)c;
            buf_init(&alone, 64);
            buf_init(&within, 256);
            json_put_string(&alone, (struct slice){text + at, 1});
            json_put_string(&within, (struct slice){text, sizeof(text)});
            assert_int_equal(within.len, 20 + alone.len);
            assert_memory_equal(within.ptr + 1 + at, alone.ptr + 1, alone.len - 2);
            buf_release(&alone);
            buf_release(&within);
        }
    }
}

static void fails_cleanly_without_memory(void **state)
{
    static const char *const texts[] = {
        "{\"a\":[1,\"\\u00f1\",{\"b\":null,\"c\":2}],\"d\":\"e\"}",
        "{\"a\":\"\\ud83d\",\"b\":\"\\u0000\"}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        enum error error = ERR_NOMEM;
        for (long n = 0; error == ERR_NOMEM; n++) {
            cJSON *tree = NULL;
            mem_fail_after(n);
            error = json_parse(slice_of(texts[i]), 4096, &tree);
            mem_fail_after(-1);
            assert_int_equal(tree != NULL, error == OK);
            cJSON_Delete(tree);
            assert_true(n < 100);
        }
        assert_int_equal(error, OK);
    }
}

static void lists_of_strings_are_written(void **state)
{
    const struct slice texts[] = {SLICE("uno"), SLICE("\"dos\"")};
    struct buf out;
    (void)state;
    buf_init(&out, 128);
    buf_addc(&out, '{');
    json_put_strings(&out, "none", texts, 0);
    json_put_strings(&out, "two", texts, 2);
    buf_addc(&out, '}');
    assert_string_equal(buf_text(&out), "{\"none\":[],\"two\":[\"uno\",\"\\\"dos\\\"\"]}");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_and_refuses),
        cmocka_unit_test(mends_what_no_text_can_hold),
        cmocka_unit_test(bounds_size_depth_and_tokens),
        cmocka_unit_test(finds_a_repeat_among_many_keys),
        cmocka_unit_test(reads_members),
        cmocka_unit_test(reads_whole_numbers),
        cmocka_unit_test(writes_strings_and_names),
        cmocka_unit_test(writes_each_byte_alike_wherever_it_stands),
        cmocka_unit_test(fails_cleanly_without_memory),
        cmocka_unit_test(lists_of_strings_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
