#include "tests/unit/unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

static bool is_zero(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return false;
    return true;
}

/* Sizes around the chunk's, twice over, with a reset between: blocks are zeroed, aligned, apart. */
static void blocks_are_zeroed_aligned_and_apart(void **state)
{
    static const size_t sizes[] = {1, 15, 16, 17, 100, 8000, 8191, 8192, 8193, 20000, 3, 8176, 16, 1};
    struct arena *arena = arena_new(1000000);
    (void)state;
    assert_non_null(arena);
    for (int round = 0; round < 2; round++) {
        char *blocks[COUNT(sizes)];
        size_t total = 0;
        for (size_t i = 0; i < COUNT(sizes); i++) {
            blocks[i] = arena_alloc(arena, sizes[i]);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
            assert_true(is_zero(blocks[i], sizes[i]));
            memset(blocks[i], (int)i + 1, sizes[i]);
            total += sizes[i];
        }
        for (size_t i = 0; i < COUNT(sizes); i++)
            for (size_t at = 0; at < sizes[i]; at++)
                assert_int_equal(blocks[i][at], (int)i + 1);
        assert_true(arena_used(arena) >= total);
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_free(arena);
    arena_free(NULL);
}

static void the_limit_is_kept(void **state)
{
    static const struct {
        size_t max, size;
        bool given;
    } rows[] = {
        {64, 64, true},
        {64, 65, false},
        {64, 0, true},
        {0, 1, false},
        {60, 60, false}, /* 64 when aligned */
        {64, SIZE_MAX, false},
        {SIZE_MAX, SIZE_MAX, false},
        {SIZE_MAX, SIZE_MAX - 8, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(rows[i].max);
        void *block = arena_alloc(arena, rows[i].size);
        if ((block != NULL) != rows[i].given)
            fail_msg("row %zu", i);
        if (!block)
            assert_int_equal(arena_used(arena), 0);
        arena_free(arena);
    }
    struct arena *arena = arena_new(1000);
    assert_null(arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(arena_array(arena, 11, 100));
    assert_non_null(arena_array(arena, 9, 100));
    assert_null(arena_alloc(arena, 100));
    arena_reset(arena);
    assert_non_null(arena_alloc(arena, 900));
    arena_free(arena);
}

static void texts_are_copied_and_made(void **state)
{
    struct arena *arena = arena_new(1000);
    (void)state;
    struct slice copy = arena_copy(arena, SLICE("a\0b"));
    assert_true(slice_eq(copy, SLICE("a\0b")));
    assert_int_equal(copy.ptr[3], '\0');
    assert_non_null(arena_copy(arena, SLICE_NONE).ptr);
    assert_null(arena_copy(arena, (struct slice){"x", SIZE_MAX}).ptr);
    const struct slice parts[] = {SLICE("uno"), SLICE_NONE, SLICE(":"), SLICE("dos")}, endless = {"x", SIZE_MAX};
    const struct slice more[] = {SLICE("y"), endless};
    assert_string_equal(arena_join(arena, parts, COUNT(parts)).ptr, "uno:dos");
    assert_int_equal(arena_join(arena, parts, COUNT(parts)).len, 7);
    assert_null(arena_join(arena, &endless, 1).ptr);
    assert_null(arena_join(arena, more, COUNT(more)).ptr);
    assert_string_equal(arena_printf(arena, "%s %d", "fila", 7), "fila 7");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
    assert_null(arena_printf(arena, "%2000d", 1));
    arena_free(arena);
}

/* What another arena left in a page is not seen in the next one's blocks, and a text has its NUL all the same. */
static void pages_that_come_back_are_clean(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct arena *arena = arena_new(10 * MEM_PAGE);
        struct slice copy = arena_copy(arena, SLICE("texto"));
        assert_string_equal(copy.ptr, "texto");
        for (int i = 0; i < 5; i++) {
            unsigned char *zeroed = arena_alloc(arena, MEM_PAGE / 2), *bytes = arena_bytes(arena, MEM_PAGE / 3);
            assert_true(is_zero((char *)zeroed, MEM_PAGE / 2));
            memset(zeroed, 0xA5, MEM_PAGE / 2);
            memset(bytes, 0x5A, MEM_PAGE / 3);
        }
        static const uint64_t old[] = {1, 2};
        const uint64_t *grown = arena_grow(arena, old, 2, 100, sizeof(*old));
        assert_memory_equal(grown, old, sizeof(old));
        assert_true(is_zero((const char *)(grown + 2), 98 * sizeof(*old)));
        arena_free(arena);
    }
}

static void no_memory_is_null(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        mem_fail_after(n);
        struct arena *arena = arena_new(100000);
        bool done = arena && arena_alloc(arena, 8000) && arena_alloc(arena, 8000) && arena_alloc(arena, 50000) &&
                    arena_printf(arena, "%9000d", 1) && arena_copy(arena, SLICE("x")).ptr;
        mem_fail_after(-1);
        arena_free(arena);
        if (done)
            break;
        assert_in_range(n, 0, 10);
    }
}

static void a_rewind_gives_back_what_came_after_the_mark(void **state)
{
    struct arena *arena = arena_new(1024 * 1024);
    (void)state;
    char *kept = arena_alloc(arena, 16);
    memcpy(kept, "kept", 5);
    struct arena_mark mark = arena_mark(arena);
    size_t used = arena_used(arena);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 100; i++) {
            unsigned char *block = arena_alloc(arena, 1000);
            assert_non_null(block);
            for (size_t j = 0; j < 1000; j++)
                assert_int_equal(block[j], 0);
            memset(block, 0xA5, 1000);
        }
        arena_rewind(arena, mark);
        assert_int_equal(arena_used(arena), used);
        assert_string_equal(kept, "kept");
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(texts_are_copied_and_made),
        cmocka_unit_test(pages_that_come_back_are_clean),
        cmocka_unit_test(no_memory_is_null),
        cmocka_unit_test(a_rewind_gives_back_what_came_after_the_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
