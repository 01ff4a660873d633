/* What a power cut leaves of a file: a process that is started with this in LD_PRELOAD notes, after each fdatasync() or
 * fsync() that succeeded, how long the file was when it began: two numbers of eight bytes, inode and bytes, at the end
 * of the file that SYNCED_LENGTH names. tests/blackbox/power-cut.test.mjs builds it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int notes = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SYNCED_LENGTH");
    if (path)
        notes = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int sync_and_note(long call, int fd)
{
    struct stat before;
    const int known = notes >= 0 && fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
    const int result = (int)syscall(call, fd);
    if (result == 0 && known) {
        const uint64_t note[2] = {before.st_ino, (uint64_t)before.st_size};
        if (write(notes, note, sizeof(note)) != sizeof(note))
            abort();
    }
    return result;
}

int fdatasync(int fd)
{
    return sync_and_note(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return sync_and_note(SYS_fsync, fd);
}
