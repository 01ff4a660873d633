#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/blocks.h"

/* Runs a test in a thread of its own, because what a thread keeps it keeps to its end. */
static void *in_thread(void *test)
{
    ((void (*)(void))(uintptr_t)test)();
    return NULL;
}

static void run(void (*test)(void))
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, in_thread, (void *)(uintptr_t)test), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static const size_t sizes[] = {0, 1, 23, 24, 25, 40, 41, 1000, 4079, 4080, 4081, 4096, 4097, 100000};

/* Every byte of each block is its owner's, through growth and shrinking, and zero where zeroes are asked for. */
static void each_block_is_whole(void)
{
    unsigned char *blocks[COUNT(sizes)];
    blocks_keep();
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(sizes); i++) {
            assert_non_null(blocks[i] = round == 1 ? blocks_take_zeroed(1, sizes[i]) : blocks_take(sizes[i]));
            for (size_t at = 0; round == 1 && at < sizes[i]; at++)
                assert_int_equal(blocks[i][at], 0);
            memset(blocks[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < COUNT(sizes); i++) {
            size_t larger = 3 * sizes[i] + 1, kept = sizes[i];
            assert_non_null(blocks[i] = blocks_resize(blocks[i], larger));
            for (size_t at = 0; at < kept; at++)
                assert_int_equal(blocks[i][at], i + 1);
            memset(blocks[i], (int)i + 1, larger);
            assert_non_null(blocks[i] = blocks_resize(blocks[i], sizes[i] / 2));
            for (size_t at = 0; at < sizes[i] / 2; at++)
                assert_int_equal(blocks[i][at], i + 1);
        }
        for (size_t i = 0; i < COUNT(sizes); i++)
            blocks_give(blocks[i]);
    }
    blocks_give(NULL);
    assert_null(blocks_take_zeroed(SIZE_MAX, 2));
    char *text = blocks_copy("hola");
    assert_string_equal(text, "hola");
    blocks_give(text);
}

#ifndef __SANITIZE_ADDRESS__
static void what_came_back_goes_out_next(void)
{
    void *before = blocks_take(100);
    blocks_give(before);
    assert_int_equal(blocks_kept(), 0); /* this thread did not say that it keeps any */
    blocks_keep();
    void *first = blocks_take(100), *second = blocks_take(100), *large = blocks_take(BLOCKS_LARGEST + 1);
    blocks_give(first);
    blocks_give(second);
    assert_true(blocks_kept() >= 200);
    size_t kept = blocks_kept();
    blocks_give(large);
    assert_int_equal(blocks_kept(), kept);
    assert_ptr_equal(blocks_take(100), second);
    assert_ptr_equal(blocks_take(97), first);
    assert_int_equal(blocks_kept(), 0);
    blocks_give(second);
    free(first); /* each is malloc()'s own */
}

static void no_more_is_kept_than_allowed(void)
{
    enum { SIZE = 4000 };
    size_t count = BLOCKS_KEPT_MAX / SIZE + 100;
    void **blocks = blocks_take(count * sizeof(*blocks));
    blocks_keep();
    for (size_t i = 0; i < count; i++)
        assert_non_null(blocks[i] = blocks_take(SIZE));
    for (size_t i = 0; i < count; i++)
        blocks_give(blocks[i]);
    assert_true(blocks_kept() <= BLOCKS_KEPT_MAX);
    assert_true(blocks_kept() > BLOCKS_KEPT_MAX - 2 * SIZE);
    blocks_give(blocks);
}
#endif

static void blocks_are_whole(void **state)
{
    (void)state;
    run(each_block_is_whole);
}

static void a_keeping_thread_uses_blocks_again(void **state)
{
    (void)state;
#ifndef __SANITIZE_ADDRESS__
    run(what_came_back_goes_out_next);
    run(no_more_is_kept_than_allowed);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_whole),
        cmocka_unit_test(a_keeping_thread_uses_blocks_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
