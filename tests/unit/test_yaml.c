#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/yaml.h"

/* Writes a tree on one line, so that a row can say what it expects: maps in braces, lists in brackets, quoted
 * text in quotes. */
static void write_node(const struct yaml_node *node, struct buf *out)
{
    if (node->kind == YAML_SCALAR) {
        buf_addf(out, node->quoted ? "'%s'" : "%s", node->text.ptr);
        return;
    }
    buf_addc(out, node->kind == YAML_MAP ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        buf_adds(out, i ? "," : "");
        if (node->kind == YAML_MAP) {
            write_node(node->pairs[i].key, out);
            buf_addc(out, ':');
        }
        write_node(node->kind == YAML_MAP ? node->pairs[i].value : node->items[i], out);
    }
    buf_addc(out, node->kind == YAML_MAP ? '}' : ']');
}

static void reads_the_subset(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"a: 1\nb: no\nc: ~\n", "{a:1,b:no,c:~}"},
        {"a: \"1\"\nb: 'no'\nc: |\n  x\n  y\nd: >\n  x\n  y\n", "{a:'1',b:'no',c:'x\ny\n',d:'x y\n'}"},
        {"a:\nb: \"\"\n", "{a:,b:''}"},
        {"- 1\n- - 2\n  - 3\n- {x: y}\n", "[1,[2,3],{x:y}]"},
        {"a: [1, 2, 3, 4, 5]\nb: {c: {d: []}}\ne: {}\n", "{a:[1,2,3,4,5],b:{c:{d:[]}},e:{}}"},
        {"# nothing but this\nword # and this\n", "word"},
        {"--- # one document\na: 1\n...\n", "{a:1}"},
        {"\xEF\xBB\xBF"
         "a: 1\n",
         "{a:1}"},
        {"a: \u00BFqu\u00E9? \U0001F600\n", "{a:\u00BFqu\u00E9? \U0001F600}"},
        {"a: \"*384*1#\"\nb: 'it''s'\n", "{a:'*384*1#',b:'it's'}"},
        {"\"<<\": 1\n", "{'<<':1}"},
        {"a: 1\r\nb: 2\r\n", "{a:1,b:2}"},
        {"yes: 08:30\n1: http://x/y\n", "{yes:08:30,1:http://x/y}"},
    };
    (void)state;
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        struct yaml_node *root = NULL;
        struct buf out;
        faults_init(&faults);
        buf_init(&out, 4096);
        enum error error = yaml_parse("t.yaml", slice_of(rows[i].text), arena, &faults, &root);
        faults_print(&faults, stdout);
        assert_int_equal(error, OK);
        write_node(root, &out);
        assert_string_equal(buf_text(&out), rows[i].expected);
        assert_int_equal(faults.total, 0);
        buf_release(&out);
        faults_release(&faults);
    }
    arena_free(arena);
}

static void an_empty_file_has_no_tree(void **state)
{
    static const char *const texts[] = {"", "\n\n", "# only words\n", "\xEF\xBB\xBF"};
    (void)state;
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct faults faults;
        struct yaml_node *root = (struct yaml_node *)&faults;
        faults_init(&faults);
        assert_int_equal(yaml_parse("t.yaml", slice_of(texts[i]), arena, &faults, &root), OK);
        assert_null(root);
        faults_release(&faults);
    }
    arena_free(arena);
}

static void refuses_with_place_and_remedy(void **state)
{
    static const struct {
        struct slice text;
        unsigned line, column;
        const char *words; /* in the first fault */
        size_t faults;
    } rows[] = {
        {SLICE("a: &x 1\n"), 1, 4, "anchors", 1},
        {SLICE("a: &x [1]\n"), 1, 4, "anchors", 1},
        {SLICE("a: &x {b: 1}\n"), 1, 4, "anchors", 1},
        {SLICE("a: 1\nb: *a\n"), 2, 4, "aliases", 1},
        {SLICE("b: *384*1#\n"), 1, 4, "quotes", 1},
        {SLICE("a: !!str 1\n"), 1, 4, "tags", 1},
        {SLICE("a: ! 1\n"), 1, 4, "tags", 1},
        {SLICE("a: !!map {b: 1}\n"), 1, 4, "tags", 1},
        {SLICE("a: !foo!bar 1\n"), 1, 4, "tags", 1},
        {SLICE("%TAG ! tag:x,2000:\n---\na: 1\n"), 1, 1, "%TAG", 1},
        {SLICE("a:\n  <<: {b: 1}\n"), 2, 3, "merge keys", 1},
        {SLICE("a: 1\nb: 2\na: 3\n"), 3, 1, "\"a\" is here again (first in line 1)", 1},
        {SLICE("a: 1\n\"a\": 2\na: 3\n"), 2, 1, "first in line 1", 2},
        {SLICE("x: {b: 1, b: 2}\ny: *z\n"), 1, 11, "\"b\" is here again", 2},
        {SLICE("{a: 1}: 2\n"), 1, 1, "a key must be one word", 1},
        {SLICE("? [a, b]\n: 2\n? [c]\n: 3\n"), 1, 3, "a key must be one word", 2},
        {SLICE("a: 1\n---\nb: 2\n"), 2, 1, "second document", 1},
        {SLICE("a: 1\n  b: 2\n"), 2, 4, "second \": \"", 1},
        {SLICE("a: b: c\n"), 1, 5, "quotes", 1},
        {SLICE("a: 1\nb\nc: 2\n"), 2, 1, "without a colon", 1},
        {SLICE("a: [1, 2\nb: 3\n"), 1, 4, "put ] at its end", 1},
        {SLICE("a: {x: 1\nb: 3\n"), 1, 4, "put } at its end", 1},
        {SLICE("a: \"open\nb: 3\n"), 1, 4, "never closed", 1},
        {SLICE("a: 'open\n"), 1, 4, "never closed", 1},
        {SLICE("a: \"\\d\"\n"), 1, 5, "single quotes", 1},
        {SLICE("a:\n\tb: 1\n"), 2, 1, "tab", 1},
        {SLICE("a: @here\n"), 1, 4, "cannot begin", 1},
        {SLICE("a: - b\n"), 1, 4, "list item", 1},
        {SLICE("a:\n    b: 1\n  c: 2\n"), 3, 3, "indent", 1},
        {SLICE("- a\nb: 1\n"), 2, 1, "neither a list item", 1},
        {SLICE("a: \u00F1\u00F1 \xff\n"), 1, 7, "not UTF-8", 1},
        {SLICE("a: 1\nb: \xF1\n"), 2, 4, "not UTF-8", 1},
        {SLICE("\xFF\xFE"
               "a\0"),
         1, 1, "not UTF-8", 1},
        {SLICE("a: \x01\n"), 1, 4, "control character", 1},
        {SLICE("a: 1\0\n"), 1, 5, "control character", 1},
        {SLICE("a: \"x\\0y\"\n"), 1, 4, "NUL", 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(1 << 16);
        struct faults faults;
        struct yaml_node *root = NULL;
        faults_init(&faults);
        enum error error = yaml_parse("t.yaml", rows[i].text, arena, &faults, &root);
        const struct fault *first = faults.items;
        if (error != ERR_SYNTAX || root || faults.count != rows[i].faults || first->line != rows[i].line ||
            first->column != rows[i].column || !strstr(first->text, rows[i].words)) {
            faults_print(&faults, stdout);
            fail_msg("row %zu, %s: error %d, %zu faults", i, rows[i].text.ptr, error, faults.count);
        }
        assert_string_equal(first->file, "t.yaml");
        faults_release(&faults);
        arena_free(arena);
    }
}

/* Parses `count` times the text, or as many numbered keys where it is NULL; gives the error and the number of
 * faults. */
static enum error parse_repeated(const char *before, const char *text, size_t count, size_t *faults_found)
{
    struct arena *arena = arena_new((size_t)1 << 28);
    struct faults faults;
    struct yaml_node *root = NULL;
    struct buf buf;
    faults_init(&faults);
    buf_init(&buf, (size_t)1 << 24);
    buf_adds(&buf, before);
    for (size_t i = 0; i < count; i++) {
        if (text)
            buf_adds(&buf, text);
        else
            buf_addf(&buf, "k%zu: 1\n", i);
    }
    enum error error = yaml_parse("t.yaml", buf_slice(&buf), arena, &faults, &root);
    *faults_found = faults.total;
    buf_release(&buf);
    faults_release(&faults);
    arena_free(arena);
    return error;
}

static void bounds_depth_nodes_and_bytes(void **state)
{
    static const struct {
        const char *before, *text;
        size_t count;
        enum error expected;
    } rows[] = {
        {"", "[", 100000, ERR_SYNTAX},
        {"", "- ", YAML_DEPTH_MAX, OK},
        {"", "- ", YAML_DEPTH_MAX + 1, ERR_SYNTAX},
        {"", "{a: ", 100000, ERR_SYNTAX},
        {"", NULL, 50000, OK},
        {"", "- 1\n", YAML_NODES_MAX - 1, OK},
        {"", "- 1\n", YAML_NODES_MAX, ERR_SYNTAX},
        {"", "# 0123456789\n", YAML_BYTES_MAX / 13 + 1, ERR_SYNTAX},
        {"k7: 1\n", NULL, 50000, ERR_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t found;
        enum error error = parse_repeated(rows[i].before, rows[i].text, rows[i].count, &found);
        if (error != rows[i].expected)
            fail_msg("row %zu: error %d", i, error);
        assert_int_equal(found, error ? 1 : 0);
    }
}

static void gets_and_faults_by_place(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    struct faults faults;
    struct yaml_node *root = NULL;
    (void)state;
    faults_init(&faults);
    assert_int_equal(yaml_parse("t.yaml", SLICE("a: 1\nb:\n  - \u00F1: x\n"), arena, &faults, &root), OK);
    assert_true(slice_is(yaml_get(root, "a")->text, "1"));
    assert_null(yaml_get(root, "c"));
    assert_null(yaml_get(yaml_get(root, "a"), "c"));
    assert_null(yaml_get(NULL, "c"));
    struct yaml_node *inner = yaml_get(root, "b")->items[0];
    assert_int_equal(inner->line, 3);
    assert_int_equal(inner->column, 5);
    assert_int_equal(yaml_get(inner, "\u00F1")->column, 8);
    yaml_fault(&faults, "t.yaml", yaml_get(inner, "\u00F1"), "%s is wrong", "x");
    yaml_fault(&faults, "t.yaml", NULL, "nowhere");
    assert_int_equal(faults.items[0].line, 3);
    assert_int_equal(faults.items[0].column, 8);
    assert_string_equal(faults.items[0].text, "x is wrong");
    assert_int_equal(faults.items[1].line, 0);
    faults_release(&faults);
    arena_free(arena);
}

static void fails_cleanly_without_memory(void **state)
{
    enum error error = ERR_NOMEM;
    struct buf text;
    (void)state;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 500; i++)
        buf_addf(&text, "key%d: [a, {b: \"some text that takes room\"}]\n", i);
    for (long n = 0; error == ERR_NOMEM; n++) {
        struct faults faults;
        struct yaml_node *root = NULL;
        faults_init(&faults);
        mem_fail_after(n);
        struct arena *arena = arena_new(1 << 20);
        error = arena ? yaml_parse("t.yaml", buf_slice(&text), arena, &faults, &root) : ERR_NOMEM;
        mem_fail_after(-1);
        assert_int_equal(root != NULL, error == OK);
        faults_release(&faults);
        arena_free(arena);
        assert_true(n < 1000);
    }
    assert_int_equal(error, OK);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_subset),
        cmocka_unit_test(an_empty_file_has_no_tree),
        cmocka_unit_test(refuses_with_place_and_remedy),
        cmocka_unit_test(bounds_depth_nodes_and_bytes),
        cmocka_unit_test(gets_and_faults_by_place),
        cmocka_unit_test(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
