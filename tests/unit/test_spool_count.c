/* The count that processes share: order of arrival and its barrier, a process that dies, a count of another layout. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/spool_count.h"

static char path[64];
static int dir;

static int make_dir(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/chaski-count-XXXXXX");
    assert_non_null(mkdtemp(path));
    dir = open(path, O_RDONLY | O_DIRECTORY);
    return dir < 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlinkat(dir, "count", 0);
    close(dir);
    return rmdir(path);
}

static struct spool_count open_count(void)
{
    struct spool_count count;
    assert_int_equal(spool_count_open(&count, dir, "count"), OK);
    return count;
}

static void the_barrier_is_the_oldest_under_way(void **state)
{
    struct spool_count a = open_count(), b = open_count();
    struct spool_place places[4];
    (void)state;
    assert_int_not_equal(a.row, b.row);
    assert_int_equal(spool_count_barrier(&a), 1);
    spool_count_arrive(&a, &places[0]);
    spool_count_arrive(&b, &places[1]);
    spool_count_arrive(&a, &places[2]);
    spool_count_arrive(&a, &places[3]);
    for (size_t i = 0; i < COUNT(places); i++)
        assert_int_equal(places[i].sequence, i + 1);
    assert_int_equal(spool_count_barrier(&b), 1);
    spool_count_leave(&a, &places[2]);
    spool_count_leave(&a, &places[0]);
    assert_int_equal(spool_count_barrier(&a), 2);
    spool_count_leave(&b, &places[1]);
    spool_count_leave(&b, &places[1]); /* twice is once */
    assert_int_equal(spool_count_barrier(&a), 4);
    spool_count_leave(&a, &places[3]);
    assert_int_equal(spool_count_barrier(&a), 5);
    spool_count_close(&a);
    spool_count_close(&b);
}

static void a_process_that_died_holds_nothing_up(void **state)
{
    struct spool_count a = open_count();
    struct spool_place place;
    int status, ready[2];
    char byte;
    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (!child) {
        struct spool_count own;
        bool good = spool_count_open(&own, dir, "count") == OK;
        spool_count_arrive(&own, &place);
        good = good && write(ready[1], "x", 1) == 1;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(spool_count_barrier(&a), 2);
    close(ready[0]);
    close(ready[1]);
    spool_count_close(&a);
}

static void files_are_counted_by_channel(void **state)
{
    struct spool_count a = open_count(), b = open_count();
    (void)state;
    assert_true(spool_count_lock(&a, SPOOL_TOGETHER));
    assert_true(spool_count_lock(&b, SPOOL_TOGETHER));
    assert_false(spool_count_lock(&a, SPOOL_ALONE));
    spool_count_unlock(&b);
    assert_true(spool_count_lock(&a, SPOOL_ALONE));
    spool_count_add(&a, SLICE("sms"), 100);
    spool_count_add(&a, SLICE("sms"), 11);
    assert_true(spool_count_holds(&b, SLICE("sms")));
    assert_false(spool_count_holds(&b, SLICE("wa")));
    assert_int_equal(spool_count_files(&b), 2);
    assert_int_equal(spool_count_bytes(&b), 111);
    spool_count_take(&b, SLICE("sms"), 11);
    assert_true(spool_count_holds(&a, SLICE("sms")));
    spool_count_clear(&a);
    assert_false(spool_count_holds(&b, SLICE("sms")));
    spool_count_above(&a, 1000);
    spool_count_above(&a, 5);
    assert_int_equal(spool_count_barrier(&b), 1001);
    spool_count_close(&a);
    spool_count_close(&b);
}

static void another_layout_is_begun_again(void **state)
{
    char rubbish[8192];
    (void)state;
    for (size_t i = 0; i < sizeof(rubbish); i++)
        rubbish[i] = (char)(i * 7 + 1);
    int fd = openat(dir, "count", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, rubbish, sizeof(rubbish)), sizeof(rubbish));
    close(fd);
    struct spool_count a = open_count();
    assert_int_equal(spool_count_files(&a), 0);
    assert_int_equal(spool_count_barrier(&a), 1);
    spool_count_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_barrier_is_the_oldest_under_way, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_process_that_died_holds_nothing_up, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(files_are_counted_by_channel, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(another_layout_is_begun_again, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
