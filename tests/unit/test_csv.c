#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/csv.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1024 * 1024);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* Reads all rows; cells are joined by |, rows end with ;. What fails ends it with "line:column". */
static void read_all(const char *text, char out[400])
{
    struct csv_cell cells[CSV_CELLS_MAX];
    struct csv_reader reader;
    size_t count, len = 0;
    enum error error;
    csv_begin(&reader, slice_of(text));
    out[0] = '\0';
    while (!(error = csv_row(&reader, arena, cells, &count))) {
        for (size_t i = 0; i < count; i++)
            len += (size_t)snprintf(out + len, 400 - len, "%s%s", i ? "|" : "", cells[i].text.ptr);
        len += (size_t)snprintf(out + len, 400 - len, ";");
    }
    if (error != ERR_NOT_FOUND)
        snprintf(out + len, 400 - len, "fault at %u:%u", reader.line, reader.column);
}

static void rows_are_read(void **state)
{
    static const struct {
        const char *text, *rows;
    } rows[] = {
        {"", ""},
        {"a,b\r\nc,d\r\n", "a|b;c|d;"},
        {"a,b\nc,d", "a|b;c|d;"},
        {"\xEF\xBB\xBF"
         "a;b\nc;d,e\n",
         "a|b;c|d,e;"},
        {"a,b\n\n\r\nc,d\n\n", "a|b;c|d;"},
        {"a,\n,b\n,", "a|;|b;|;"},
        {"\"a,b\",\"c \"\"d\"\"\"\n", "a,b|c \"d\";"},
        {"\"a\r\nb\",c\n", "a\nb|c;"},
        {"\"\"\n", ";"},
        {"'=1+1,'x,''@a,'\n", "=1+1|'x|'@a|';"},
        {"a\"b\n", "fault at 1:2"},
        {"a,\"b\nñ\"x\n", "fault at 2:3"},
        {"x\n\"abc", "x;fault at 2:5"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char got[400];
        read_all(rows[i].text, got);
        if (strcmp(got, rows[i].rows) != 0)
            fail_msg("row %zu: %s", i, got);
    }
}

static void cells_tell_where_they_begin(void **state)
{
    struct csv_cell cells[CSV_CELLS_MAX];
    struct csv_reader reader;
    size_t count;
    (void)state;
    csv_begin(&reader, SLICE("añb,\"x\ny\",z\nq,r\n"));
    assert_int_equal(csv_row(&reader, arena, cells, &count), OK);
    assert_int_equal(count, 3);
    assert_int_equal(cells[1].line * 100 + cells[1].column, 105);
    assert_int_equal(cells[2].line * 100 + cells[2].column, 204);
    assert_int_equal(csv_row(&reader, arena, cells, &count), OK);
    assert_int_equal(cells[1].line * 100 + cells[1].column, 303);
}

static void no_cell_is_a_formula_and_all_come_back(void **state)
{
    static const char alphabet[] = "=+-@\t'\"a,;\n\r";
    uint32_t seed = 7;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[8];
        struct csv_cell cells[CSV_CELLS_MAX];
        struct csv_reader reader;
        struct buf out;
        size_t len = seed % sizeof(text), count;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
            if (i > 0 && text[i] == '\n' && text[i - 1] == '\r')
                text[i] = 'b';
        }
        seed = seed * 1664525u + 1013904223u;
        const struct slice cell = {text, len};
        buf_init(&out, 100);
        csv_put(&out, cell, true);
        csv_put(&out, SLICE("z"), false);
        csv_end(&out);
        assert_null(strchr("=+-@\t\r", out.ptr[1] == '"' ? 'x' : out.ptr[1]));
        csv_begin(&reader, buf_slice(&out));
        reader.separator = ',';
        assert_int_equal(csv_row(&reader, arena, cells, &count), OK);
        assert_int_equal(count, 2);
        assert_true(slice_eq(cells[0].text, cell));
        buf_release(&out);
        arena_reset(arena);
    }
}

static void limits_and_missing_memory_are_told(void **state)
{
    struct csv_cell cells[CSV_CELLS_MAX];
    struct csv_reader reader;
    struct buf many;
    size_t count;
    (void)state;
    buf_init(&many, 1000);
    for (size_t i = 0; i < CSV_CELLS_MAX; i++)
        buf_addc(&many, ',');
    csv_begin(&reader, buf_slice(&many));
    assert_int_equal(csv_row(&reader, arena, cells, &count), ERR_LIMIT);
    buf_release(&many);
    csv_begin(&reader, SLICE("a\0b\n"));
    assert_int_equal(csv_row(&reader, arena, cells, &count), ERR_SYNTAX);
    struct arena *small = arena_new(4);
    csv_begin(&reader, SLICE("a longer cell\n"));
    assert_int_equal(csv_row(&reader, small, cells, &count), ERR_NOMEM);
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cells_tell_where_they_begin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_cell_is_a_formula_and_all_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_and_missing_memory_are_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
