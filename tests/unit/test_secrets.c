#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/secrets.h"

static char dir[64];
static char path[96];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/chaski-secrets-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/secrets/person_key", dir);
    return 0;
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static enum error read_secrets(struct secrets *out, const char *fault)
{
    struct faults faults;
    faults_init(&faults);
    enum error error = secrets_read(dir, out, &faults);
    assert_int_equal(faults.count, fault ? 1 : 0);
    if (fault)
        assert_non_null(strstr(faults.items[0].text, fault));
    faults_release(&faults);
    return error;
}

static void write_key(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static size_t files_beside(void)
{
    char folder[96];
    size_t count = 0;
    snprintf(folder, sizeof(folder), "%s/secrets", dir);
    DIR *open = opendir(folder);
    assert_non_null(open);
    for (struct dirent *entry; (entry = readdir(open));)
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

static void the_key_is_made_once_and_for_its_owner_only(void **state)
{
    struct secrets first, second;
    struct stat status;
    (void)state;
    assert_int_equal(read_secrets(&first, NULL), OK);
    assert_int_equal(secrets_person_key(&first).len, 64);
    assert_int_equal(strspn(first.person_key, "0123456789abcdef"), 64);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(files_beside(), 1);
    assert_int_equal(read_secrets(&second, NULL), OK);
    assert_string_equal(first.person_key, second.person_key);
}

static void what_is_there_is_never_overwritten(void **state)
{
    static const char *const rows[] = {"", "abc\n",
                                       "0123456789012345678901234567890123456789012345678901234567890123456789\n"};
    struct secrets secrets;
    char text[96];
    (void)state;
    assert_int_equal(read_secrets(&secrets, NULL), OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_key(rows[i]);
        assert_int_equal(read_secrets(&secrets, "restore it from a backup"), ERR_SYNTAX);
        FILE *file = fopen(path, "r");
        size_t len = fread(text, 1, sizeof(text) - 1, file);
        fclose(file);
        text[len] = '\0';
        assert_string_equal(text, rows[i]);
    }
}

/* Two first starts at once must come to the same key. */
static void first_starts_at_once_agree(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct secrets mine, theirs;
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            struct faults faults;
            faults_init(&faults);
            bool good =
                !secrets_read(dir, &theirs, &faults) && write(ends[1], &theirs, sizeof(theirs)) == sizeof(theirs);
            _exit(!good);
        }
        assert_int_equal(read_secrets(&mine, NULL), OK);
        close(ends[1]);
        assert_int_equal(read(ends[0], &theirs, sizeof(theirs)), sizeof(theirs));
        close(ends[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_string_equal(mine.person_key, theirs.person_key);
        assert_int_equal(files_beside(), 1);
        unlink(path);
    }
}

static void a_folder_that_cannot_be_made_is_a_fault(void **state)
{
    struct secrets secrets;
    char file[96];
    (void)state;
    snprintf(file, sizeof(file), "%s/secrets", dir);
    fclose(fopen(file, "w"));
    assert_int_not_equal(read_secrets(&secrets, "cannot be"), OK);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_key_is_made_once_and_for_its_owner_only),
        ROW(what_is_there_is_never_overwritten),
        ROW(first_starts_at_once_agree),
        ROW(a_folder_that_cannot_be_made_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
