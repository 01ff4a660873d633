#include "tests/unit/unit.h"

#include <string.h>

#include "engine/table.h"

static void rows_are_found_by_column(void **state)
{
    static const char *const names[] = {"sales", "years"};
    struct arena *arena = arena_new(10000);
    struct table t;
    struct faults faults;
    size_t columns[2];
    double number = 7;
    (void)state;
    faults_init(&faults);
    assert_int_equal(
        table_read("f", SLICE("years\tplace\tsales\r\n1.5\tLima\t-20\n\n0.25\t\tn/a\n"), arena, &faults, &t), OK);
    assert_int_equal(t.rows, 2);
    assert_int_equal(table_find(&t, names, 2, &faults, columns), OK);
    assert_true(table_number(&t, 0, columns[1], &number) && number > 1.49 && number < 1.51);
    assert_true(table_number(&t, 0, columns[0], &number) && number < -19.9 && number > -20.1);
    assert_true(slice_is(table_cell(&t, 0, 1), "Lima"));
    assert_true(slice_is(table_cell(&t, 1, 1), ""));
    assert_false(table_number(&t, 1, columns[0], &number));
    assert_int_equal(faults.total, 0);
    faults_release(&faults);
    arena_free(arena);
}

static void numbers_are_digits_with_a_sign_and_a_point(void **state)
{
    static const struct {
        const char *cell;
        bool good;
        double value;
    } rows[] = {{"0", true, 0},
                {"12", true, 12},
                {"12.5", true, 12.5},
                {"-3", true, -3},
                {".5", true, 0.5},
                {"5.", true, 5},
                {"53.400001525878906", true, 53.400001525878906},
                {"", false, 0},
                {"-", false, 0},
                {".", false, 0},
                {"1.2.3", false, 0},
                {"1e5", false, 0},
                {"nan", false, 0},
                {" 1", false, 0},
                {"1,5", false, 0},
                {"--1", false, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice cell = slice_of(rows[i].cell);
        struct table t = {.file = "f", .columns = 1, .cells = &cell, .rows = 1};
        double number = 99;
        assert_int_equal(table_number(&t, 0, 0, &number), rows[i].good);
        double expected = rows[i].good ? rows[i].value : 99;
        assert_true(number - expected < 1e-9 && expected - number < 1e-9);
    }
}

static void slips_are_named(void **state)
{
    static const struct {
        const char *text, *fault;
        unsigned line;
    } rows[] = {
        {"", "there are no rows: it needs a line of column names and rows below it", 1},
        {"a\tb\n", "there are no rows: it needs a line of column names and rows below it", 1},
        {"a\tb\n1\t2\n1\n", "the row has 1 cells, the first line 2", 3},
        {"a\tb\n1\t2\t3\n", "the row has 3 cells, the first line 2", 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(10000);
        struct faults faults;
        struct table t;
        faults_init(&faults);
        assert_int_equal(table_read("f", slice_of(rows[i].text), arena, &faults, &t), ERR_SYNTAX);
        assert_int_equal(faults.total, 1);
        assert_string_equal(faults.items[0].text, rows[i].fault);
        assert_int_equal(faults.items[0].line, rows[i].line);
        faults_release(&faults);
        arena_free(arena);
    }
}

static void an_empty_first_line_names_nothing(void **state)
{
    struct arena *arena = arena_new(10000);
    struct faults faults;
    struct table t;
    (void)state;
    faults_init(&faults);
    assert_int_equal(table_read("f", SLICE("\n1\n2\n3\n"), arena, &faults, &t), OK);
    assert_int_equal(t.rows, 3);
    assert_true(slice_is(table_cell(&t, 2, 0), "3"));
    arena_free(arena);
}

static void a_full_arena_is_no_memory(void **state)
{
    struct arena *arena = arena_new(20);
    struct faults faults;
    struct table t;
    (void)state;
    faults_init(&faults);
    assert_int_equal(table_read("f", SLICE("a\n1\n2\n3\n"), arena, &faults, &t), ERR_NOMEM);
    assert_int_equal(faults.total, 0);
    arena_free(arena);
}

static void missing_columns_are_named(void **state)
{
    static const char *const names[] = {"years", "b"};
    struct arena *arena = arena_new(10000);
    struct faults faults;
    struct table t;
    size_t columns[2];
    (void)state;
    faults_init(&faults);
    assert_int_equal(table_read("f", SLICE("a\tb\n1\t2\n"), arena, &faults, &t), OK);
    assert_int_equal(table_find(&t, names, 2, &faults, columns), ERR_NOT_FOUND);
    assert_string_equal(faults.items[0].text, "there is no column \"years\": is this the right file?");
    faults_release(&faults);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_by_column),  cmocka_unit_test(numbers_are_digits_with_a_sign_and_a_point),
        cmocka_unit_test(slips_are_named),           cmocka_unit_test(an_empty_first_line_names_nothing),
        cmocka_unit_test(a_full_arena_is_no_memory), cmocka_unit_test(missing_columns_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
