/* A spooled webhook stays when the machine stops behind OK: its bytes are synchronised before it has its name, and the
 * name before it is acknowledged. Each call to the system is seen here, and may fail: full disk, read-only, a fault. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "gateway/spool_folder.h"

#define BYTES_MAX 65536

/* What the folder asked of the system since begin(): a letter each, w(rite), f(sync of a file), c(lose), r(ename),
 * d(irectory's fsync), u(nlink). */
static struct {
    bool on;
    char calls[64];
    size_t count;
    size_t fails_at;  /* this call fails; 0: none does */
    int error;        /* with this */
    size_t write_max; /* bytes that one write takes; 0: all */
    bool interrupted; /* every second write */
} seen;
static char home[64], path[96];
static int dir;

static bool fails(char what)
{
    if (!seen.on)
        return false;
    assert_true(seen.count + 1 < sizeof(seen.calls));
    seen.calls[seen.count++] = what;
    errno = seen.error;
    return seen.count == seen.fails_at;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    if (seen.on && seen.interrupted && seen.count % 2 == 0) {
        seen.calls[seen.count++] = 'w';
        errno = EINTR;
        return -1;
    }
    if (fails('w'))
        return -1;
    if (seen.on && seen.write_max && len > seen.write_max)
        len = seen.write_max;
    return syscall(SYS_write, fd, bytes, len);
}

int fsync(int fd)
{
    struct stat stat;
    assert_int_equal(fstat(fd, &stat), 0);
    return fails(S_ISDIR(stat.st_mode) ? 'd' : 'f') ? -1 : (int)syscall(SYS_fsync, fd);
}

int close(int fd)
{
    const bool failed = fails('c'), closed = syscall(SYS_close, fd) == 0; /* a descriptor is gone either way */
    if (failed)
        errno = seen.error;
    return closed && !failed ? 0 : -1;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return fails('r') ? -1 : (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

int unlinkat(int at, const char *name, int flags)
{
    return fails('u') ? -1 : (int)syscall(SYS_unlinkat, at, name, flags);
}

static void count_file(void *ctx, const struct spool_entry *entry)
{
    (void)entry;
    ++*(size_t *)ctx;
}

static size_t files(void)
{
    size_t count = 0;
    assert_int_equal(spool_folder_list(dir, count_file, &count), OK);
    return count;
}

static enum error write_file(const struct spool_entry *entry, struct slice bytes)
{
    seen.on = true;
    seen.count = 0;
    enum error error = spool_folder_write(dir, entry, bytes);
    seen.on = false;
    seen.calls[seen.count] = '\0';
    return error;
}

static int set_up(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    snprintf(home, sizeof(home), "/tmp/chaski-spool-XXXXXX");
    assert_non_null(mkdtemp(home));
    snprintf(path, sizeof(path), "%s/spool", home);
    seen.on = true;
    dir = spool_folder_open(path);
    seen.on = false;
    assert_true(dir >= 0);
    assert_string_equal(seen.calls, "dc"); /* the folder that has its name */
    return 0;
}

static int tear_down(void **state)
{
    static const char *const below[] = {"damaged", "failed"};
    (void)state;
    for (size_t i = 0; i < COUNT(below); i++)
        assert_int_equal(unlinkat(dir, below[i], AT_REMOVEDIR), 0);
    close(dir);
    assert_int_equal(rmdir(path), 0); /* nothing was left there, half written or whole */
    assert_int_equal(rmdir(home), 0);
    return 0;
}

static const struct spool_entry entry = {.sequence = 7, .bytes = 10, .channel = "sms"};
static const struct slice bytes = SLICE("0123456789");

static void assert_kept(void)
{
    struct arena *arena = arena_new(BYTES_MAX);
    struct slice read;
    assert_int_equal(spool_folder_read(dir, &entry, arena, &read), OK);
    assert_true(slice_eq(read, bytes));
    arena_free(arena);
    assert_int_equal(spool_folder_remove(dir, &entry), OK);
}

static void the_bytes_are_on_disk_before_the_name_and_the_name_before_the_answer(void **state)
{
    (void)state;
    assert_int_equal(write_file(&entry, bytes), OK);
    assert_string_equal(seen.calls, "wfcrd");
    assert_kept();
    seen.write_max = 3;
    assert_int_equal(write_file(&entry, bytes), OK);
    assert_string_equal(seen.calls, "wwwwfcrd");
    assert_kept();
    seen.write_max = 6;
    seen.interrupted = true;
    assert_int_equal(write_file(&entry, bytes), OK);
    assert_string_equal(seen.calls, "wwwwfcrd");
    assert_kept();
}

/* Whatever fails: the provider is told, and there is neither a file nor half of one. */
static void each_call_may_fail(void **state)
{
    static const int errors[] = {ENOSPC, EDQUOT, EROFS, EIO};
    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        for (size_t n = 1; n <= strlen("wfcrd"); n++) {
            seen.fails_at = n;
            seen.error = errors[i];
            if (write_file(&entry, bytes) != ERR_IO)
                fail_msg("call %zu (%s) failed with %d and was not told", n, seen.calls, errors[i]);
            assert_int_equal(files(), 0);
            assert_int_equal(seen.calls[seen.count - 1], 'u');
        }
        seen.fails_at = 0;
        assert_int_equal(write_file(&entry, bytes), OK); /* and the next one is taken */
        assert_kept();
    }
}

/* What a machine that stopped left half written is no file, and goes. */
static void half_a_file_is_none(void **state)
{
    (void)state;
    seen.fails_at = 4; /* the rename, and there was no time for more */
    seen.error = EIO;
    assert_int_equal(write_file(&entry, bytes), ERR_IO);
    FILE *half = fdopen(openat(dir, "new.8", O_WRONLY | O_CREAT, 0600), "w");
    assert_non_null(half);
    fputs("01234", half);
    fclose(half);
    assert_int_equal(files(), 0);
    spool_folder_sweep(dir);
    assert_int_equal(faccessat(dir, "new.8", F_OK, 0), -1);
}

/* A folder whose own name may not be on disk is none to write in. */
static void the_folder_itself_stays(void **state)
{
    (void)state;
    seen.on = true;
    seen.count = 0;
    seen.fails_at = 1;
    seen.error = EIO;
    assert_int_equal(spool_folder_open(path), -1);
    seen.on = false;
    seen.fails_at = 0;
    assert_string_equal(seen.calls, "dcc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_bytes_are_on_disk_before_the_name_and_the_name_before_the_answer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_call_may_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_file_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_folder_itself_stays, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
