#include "gateway/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "config/config.h"
#include "gateway/cli.h"

#define SECRET_BYTES 32

static const char *environment(const char *name)
{
    return getenv(name);
}

/* Brings a new name in a folder to disk. */
static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (!slice_copy(len ? (struct slice){path, len} : slice_of(slash ? "/" : "."), folder, sizeof(folder)))
        return false;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

/* Makes the folders above a path, for their owner only, and brings their names to disk. */
static enum error make_folders(const char *path)
{
    char folder[PATH_MAX];
    for (size_t i = 1; path[i] && i < sizeof(folder); i++) {
        if (path[i] != '/')
            continue;
        memcpy(folder, path, i);
        folder[i] = '\0';
        if (mkdir(folder, 0700) ? errno != EEXIST : !sync_folder(folder))
            return ERR_IO;
    }
    return OK;
}

/* Writes a whole file beside its place, brings it to disk, then gives it its name, which must be free: link(), unlike
 * rename(), never replaces. The process number keeps two first starts at once apart: the faster one's secret counts. */
static enum error write_secret(const char *path, const char *hex)
{
    char temporary[PATH_MAX];
    int len = snprintf(temporary, sizeof(temporary), "%s.%ld.new", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof(temporary))
        return ERR_LIMIT;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    size_t size = strlen(hex);
    bool good = write(fd, hex, size) == (ssize_t)size && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
    good = close(fd) == 0 && good && (link(temporary, path) == 0 || errno == EEXIST);
    int error = errno;
    unlink(temporary);
    errno = error;
    return good && sync_folder(path) ? OK : ERR_IO;
}

static enum error make_secret(const char *path, struct faults *faults)
{
    unsigned char bytes[SECRET_BYTES];
    char hex[2 * SECRET_BYTES + 1];
    random_bytes(bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), hex);
    enum error error = make_folders(path);
    if (!error)
        error = write_secret(path, hex);
    if (error)
        faults_add(faults, path, 0, 0, "the secret cannot be made (%s): mend the owner or the mode of its folder",
                   strerror(errno));
    return error;
}

static enum error on_missing(void *ctx, const char *path, const char *variable)
{
    (void)variable;
    return make_secret(path, ctx);
}

enum error secrets_make(const char *config_file, struct faults *faults)
{
    enum error error = config_missing_secrets(config_path(config_file, environment), environment, on_missing, faults);
    if (error && faults->total == 0)
        faults_add(faults, "", 0, 0, "the missing secrets cannot be made: %s", error_text(error));
    return error;
}

enum error secrets_read(const char *state_dir, struct secrets *out, struct faults *faults)
{
    char path[PATH_MAX];
    struct slice bytes;
    int len = snprintf(path, sizeof(path), "%s/secrets/person_key", state_dir);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        faults_add(faults, "", 0, 0, "state_dir is too long: use a shorter one");
        return ERR_LIMIT;
    }
    enum error error = cli_read_file(path, 4096, &bytes);
    if (error == ERR_NOT_FOUND) {
        error = make_secret(path, faults);
        if (!error)
            error = cli_read_file(path, 4096, &bytes);
    }
    if (error) {
        if (faults->total == 0)
            faults_add(faults, path, 0, 0, "the key cannot be read (%s): mend its owner or mode", error_text(error));
        return error;
    }
    bool fits = slice_copy(slice_trim(bytes), out->person_key, sizeof(out->person_key));
    bool whole = fits && strlen(out->person_key) == sizeof(out->person_key) - 1;
    mem_free((char *)bytes.ptr);
    if (!whole) {
        faults_add(faults, path, 0, 0,
                   "the key is not 64 hex digits: restore it from a backup; without it, logs and consents of "
                   "before cannot be told apart by person");
        return ERR_SYNTAX;
    }
    return OK;
}

struct slice secrets_person_key(const struct secrets *secrets)
{
    return slice_of(secrets->person_key);
}
