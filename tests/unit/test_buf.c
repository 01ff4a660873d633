#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void appends_add_up(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(buf_slice(&b).len, 0);
    buf_adds(&b, "uno");
    buf_addc(&b, ' ');
    buf_addslice(&b, SLICE("dos"));
    buf_addslice(&b, SLICE_NONE);
    buf_addf(&b, " %d %s", 3, "tres");
    buf_addi(&b, -45);
    buf_add(&b, "\0x", 2);
    assert_true(slice_eq(buf_slice(&b), SLICE("uno dos 3 tres-45\0x")));
    assert_int_equal(b.ptr[b.len], '\0');
    assert_int_equal(b.error, OK);
    buf_clear(&b);
    assert_string_equal(buf_text(&b), "");
    buf_adds(&b, "otra vez");
    assert_string_equal(buf_text(&b), "otra vez");
    buf_release(&b);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(b.max, 100);
}

/* Begun in lent memory it holds what it would hold, wherever it comes to lie. */
static void lent_memory_is_used_first(void **state)
{
    static const struct {
        size_t room, max;
        const char *expected;
        enum error error;
        bool lent;
    } rows[] = {
        {8, 100, "abcdefg", OK, true},
        {7, 100, "abcdefg", OK, false},
        {1, 100, "abcdefg", OK, false},
        {8, 5, "abcde", ERR_LIMIT, true},
        {4, 5, "abcde", ERR_LIMIT, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char room[8];
        struct buf b;
        memset(room, 'z', sizeof(room));
        buf_init_over(&b, room, rows[i].room, rows[i].max);
        assert_string_equal(buf_text(&b), "");
        for (char c = 'a'; c <= 'g'; c++)
            buf_addc(&b, c);
        assert_string_equal(buf_text(&b), rows[i].expected);
        assert_int_equal(b.error, rows[i].error);
        assert_true((b.ptr == room) == rows[i].lent);
        assert_true(rows[i].room == sizeof(room) || room[rows[i].room] == 'z');
        buf_release(&b);
    }
}

/* Growing in an arena it asks the heap for nothing, frees nothing, and fails as others do. */
static void an_arena_is_where_it_grows(void **state)
{
    char room[8], large[400];
    struct buf b;
    struct arena *arena = arena_new(2000);
    (void)state;
    memset(large, 'x', sizeof(large));
    assert_non_null(arena);
    mem_fail_after(0);
    buf_init_within(&b, arena, room, sizeof(room), 5000);
    buf_adds(&b, "begun ");
    assert_ptr_equal(b.ptr, room);
    for (int i = 0; i < 3; i++)
        buf_addslice(&b, (struct slice){large, sizeof(large)});
    assert_int_equal(b.error, ERR_NOMEM); /* 512 and 1024 and 2048 are more than 2000 */
    assert_int_equal(b.len, 6 + 2 * sizeof(large));
    assert_true(slice_starts(buf_slice(&b), "begun xxx") && b.ptr[b.len] == '\0');
    buf_release(&b);
    assert_int_equal(b.len, 0);
    mem_fail_after(-1);
    arena_free(arena);
}

static void the_limit_sticks(void **state)
{
    static const struct {
        const char *name;
        size_t max;
        const char *first, *second;
        const char *expected; /* after both and a third "x" */
        enum error error;
    } rows[] = {
        {"below", 6, "abc", "de", "abcdex", OK},
        {"one too many", 5, "abc", "de", "abcde", ERR_LIMIT},
        {"all of the second or nothing", 4, "abc", "de", "abc", ERR_LIMIT},
        {"nothing fits", 0, "a", "b", "", ERR_LIMIT},
        {"above the first size", 200, "", "0123456789012345678901234567890123456789012345678901234567890123456789",
         "0123456789012345678901234567890123456789012345678901234567890123456789x", OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int formatted = 0; formatted < 2; formatted++) {
            struct buf b;
            buf_init(&b, rows[i].max);
            buf_adds(&b, rows[i].first);
            if (formatted)
                buf_addf(&b, "%s", rows[i].second);
            else
                buf_adds(&b, rows[i].second);
            buf_addc(&b, 'x');
            if (strcmp(buf_text(&b), rows[i].expected) != 0 || b.error != rows[i].error)
                fail_msg("%s: \"%s\", %s", rows[i].name, buf_text(&b), error_text(b.error));
            assert_true(b.capacity <= rows[i].max + 1);
            buf_clear(&b);
            assert_int_equal(b.error, OK);
            buf_release(&b);
        }
    }
}

static void a_format_of_every_length_fits(void **state)
{
    char text[300];
    (void)state;
    memset(text, 'a', sizeof(text));
    for (int len = 0; len < (int)sizeof(text); len++) {
        struct buf b;
        buf_init(&b, 1000);
        buf_addf(&b, "<%.*s>", len, text);
        buf_addf(&b, "%d", len);
        assert_int_equal(b.ptr[len + 1], '>');
        assert_int_equal(strlen(buf_text(&b)), b.len);
        buf_release(&b);
    }
}

/* The C library refuses a wide character that the locale has not; a text above INT_MAX would take it many
 * seconds. */
static void a_format_that_cannot_be_written_sticks(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    buf_adds(&b, "kept");
    buf_addf(&b, "%d %ls", 1, L"\x1F600");
    assert_int_equal(b.error, ERR_LIMIT);
    assert_string_equal(buf_text(&b), "kept");
    buf_release(&b);
}

static void no_limit_is_a_limit(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, SIZE_MAX);
    buf_adds(&b, "abc");
    assert_string_equal(buf_text(&b), "abc");
    buf_add(&b, "", SIZE_MAX);
    assert_int_equal(b.error, ERR_LIMIT);
    buf_release(&b);
}

static void no_memory_sticks_and_keeps_what_there_is(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        struct buf b;
        buf_init(&b, 10000);
        mem_fail_after(n);
        for (int i = 0; i < 500; i++)
            buf_addf(&b, "%04d", i);
        mem_fail_after(-1);
        enum error error = b.error;
        size_t len = b.len;
        assert_int_equal(strlen(buf_text(&b)), len);
        assert_int_equal(len % 4, 0);
        buf_release(&b);
        if (error == OK) {
            assert_int_equal(len, 2000);
            assert_in_range(n, 1, 10);
            break;
        }
        assert_int_equal(error, ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_add_up),
        cmocka_unit_test(lent_memory_is_used_first),
        cmocka_unit_test(an_arena_is_where_it_grows),
        cmocka_unit_test(the_limit_sticks),
        cmocka_unit_test(a_format_of_every_length_fits),
        cmocka_unit_test(a_format_that_cannot_be_written_sticks),
        cmocka_unit_test(no_limit_is_a_limit),
        cmocka_unit_test(no_memory_sticks_and_keeps_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
