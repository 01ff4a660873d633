#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/roster.h"

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/chaski-roster-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static void the_words_of_the_dead_are_read(void **state)
{
    char words[3][SHARDS_WORD];
    (void)state;
    struct roster first = roster_open(dir, words, 3);
    assert_true(first.file >= 0);
    assert_int_equal(words[0][0], '\0');
    roster_note(&first, 0, "0123456789abcdef");
    roster_note(&first, 2, "fedcba9876543210");
    roster_close(&first);
    struct roster second = roster_open(dir, words, 3);
    assert_string_equal(words[0], "0123456789abcdef");
    assert_int_equal(words[1][0], '\0');
    assert_string_equal(words[2], "fedcba9876543210");
    roster_close(&second);
}

/* As long as a worker of the one before lives, nobody is known to be dead. */
static void the_living_are_not_on_it(void **state)
{
    char words[1][SHARDS_WORD];
    int ends[2];
    (void)state;
    struct roster first = roster_open(dir, words, 1);
    roster_note(&first, 0, "0123456789abcdef");
    assert_int_equal(pipe(ends), 0);
    pid_t worker = fork();
    if (worker == 0) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    roster_close(&first);
    struct roster second = roster_open(dir, words, 1);
    assert_int_equal(second.file, -1);
    assert_int_equal(words[0][0], '\0');
    close(ends[0]);
    close(ends[1]);
    waitpid(worker, NULL, 0);
    second = roster_open(dir, words, 1);
    assert_string_equal(words[0], "0123456789abcdef");
    roster_close(&second);
}

static void what_is_no_word_is_none(void **state)
{
    char words[2][SHARDS_WORD], path[96];
    (void)state;
    snprintf(path, sizeof(path), "%s/processes", dir);
    FILE *file = fopen(path, "w");
    fputs("0123456789abcde\n fedcba98765432", file);
    fclose(file);
    struct roster roster = roster_open(dir, words, 2);
    assert_true(roster.file >= 0);
    assert_int_equal(words[0][0] + words[1][0], 0);
    roster_close(&roster);
    roster = roster_open("/tmp/there is no such folder", words, 2);
    assert_int_equal(roster.file, -1);
    roster_note(&roster, 0, "0123456789abcdef");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_words_of_the_dead_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_living_are_not_on_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_word_is_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
