#include "gateway/spool_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "gateway/failpoint.h"

#define SEQUENCE_DIGITS 20
#define HALF_WRITTEN "new." /* and the sequence */

void spool_entry_name(const struct spool_entry *entry, char out[SPOOL_NAME])
{
    snprintf(out, SPOOL_NAME, "%0*llu-%llu-%s", SEQUENCE_DIGITS, (unsigned long long)entry->sequence,
             (unsigned long long)entry->bytes, entry->channel);
}

bool spool_entry_read(struct slice name, struct spool_entry *out)
{
    struct spool_entry made;
    struct slice sequence, bytes;
    if (!slice_cut(&name, '-', &sequence) || sequence.len != SEQUENCE_DIGITS || !slice_cut(&name, '-', &bytes) ||
        !slice_u64(sequence, UINT64_MAX - 1, &made.sequence) || !slice_u64(bytes, SPOOL_FILE_MAX * 2, &made.bytes) ||
        !name.len || !slice_copy(name, made.channel, sizeof(made.channel)))
        return false;
    *out = made;
    return true;
}

/* Makes the folders below, and brings the folder's own name to disk: what is written in it is not to go with it. */
static bool settle(int dir)
{
    static const char *const below[] = {"damaged", "failed"};
    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
        if (mkdirat(dir, below[i], 0700) && errno != EEXIST)
            return false;
    int above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool good = above >= 0 && fsync(above) == 0;
    if (above >= 0)
        close(above);
    return good;
}

int spool_folder_open(const char *path)
{
    if (mkdir(path, 0700) && errno != EEXIST)
        return -1;
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || settle(dir))
        return dir;
    close(dir);
    return -1;
}

static bool write_all(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t written = write(fd, bytes.ptr, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes = slice_part(bytes, (size_t)written, bytes.len);
    }
    return true;
}

enum error spool_folder_write(int dir, const struct spool_entry *entry, struct slice bytes)
{
    char name[SPOOL_NAME], half[SPOOL_NAME];
    spool_entry_name(entry, name);
    snprintf(half, sizeof(half), HALF_WRITTEN "%llu", (unsigned long long)entry->sequence);
    int fd = openat(dir, half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ERR_IO;
    bool good = write_all(fd, bytes) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    FAILPOINT("spool.written");
    if (!good || renameat(dir, half, dir, name)) {
        unlinkat(dir, half, 0);
        return ERR_IO;
    }
    FAILPOINT("spool.renamed");
    if (fsync(dir)) {
        unlinkat(dir, name, 0);
        return ERR_IO;
    }
    return OK;
}

static enum error read_all(int fd, char *to, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = read(fd, to + at, len - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got ? ERR_IO : ERR_SYNTAX;
        at += (size_t)got;
    }
    return OK;
}

enum error spool_folder_read(int dir, const struct spool_entry *entry, struct arena *arena, struct slice *out)
{
    char name[SPOOL_NAME];
    struct stat stat;
    spool_entry_name(entry, name);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT                                         ? ERR_NOT_FOUND
               : errno == EMFILE || errno == ENFILE || errno == ENOMEM ? ERR_UNAVAILABLE
                                                                       : ERR_IO;
    enum error error = fstat(fd, &stat) || !S_ISREG(stat.st_mode)                   ? ERR_IO
                       : stat.st_size < 0 || (uint64_t)stat.st_size != entry->bytes ? ERR_SYNTAX
                                                                                    : OK;
    char *bytes = error ? NULL : arena_alloc(arena, entry->bytes + 1);
    if (!error)
        error = bytes ? read_all(fd, bytes, entry->bytes) : ERR_NOMEM;
    close(fd);
    if (!error)
        *out = (struct slice){bytes, entry->bytes};
    return error;
}

enum error spool_folder_move(int dir, const struct spool_entry *entry, const char *where)
{
    char name[SPOOL_NAME], to[SPOOL_NAME + 16];
    spool_entry_name(entry, name);
    snprintf(to, sizeof(to), "%s/%s", where, name);
    return renameat(dir, name, dir, to) ? ERR_IO : OK;
}

enum error spool_folder_remove(int dir, const struct spool_entry *entry)
{
    char name[SPOOL_NAME];
    spool_entry_name(entry, name);
    return unlinkat(dir, name, 0) && errno != ENOENT ? ERR_IO : OK;
}

/* A listing of its own: the offset of `dir` is shared by whoever has it. */
static DIR *open_listing(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing && fd >= 0)
        close(fd);
    return listing;
}

enum error spool_folder_list(int dir, spool_seen *seen, void *ctx)
{
    struct spool_entry found;
    DIR *listing = open_listing(dir);
    if (!listing)
        return ERR_IO;
    for (struct dirent *entry; (entry = readdir(listing));)
        if (spool_entry_read(slice_of(entry->d_name), &found))
            seen(ctx, &found);
    closedir(listing);
    return OK;
}

void spool_folder_sweep(int dir)
{
    DIR *listing = open_listing(dir);
    if (!listing)
        return;
    for (struct dirent *entry; (entry = readdir(listing));)
        if (slice_starts(slice_of(entry->d_name), HALF_WRITTEN))
            unlinkat(dir, entry->d_name, 0);
    closedir(listing);
}

bool spool_folder_has_room(int dir, unsigned percent)
{
    struct statvfs disk;
    return fstatvfs(dir, &disk) == 0 && disk.f_bavail >= disk.f_blocks / 100 * percent;
}
