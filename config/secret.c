#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/setting_value.h"

#define SECRET_FILE_MAX 4097 /* bytes: the longest secret and its newline */

/* Reads until `size` bytes or the end. Returns ERR_LIMIT when the file has grown meanwhile. */
static enum error read_all(int fd, char *room, size_t size, size_t *len)
{
    for (*len = 0; *len < size;) {
        ssize_t got = read(fd, room + *len, size - *len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            return OK;
        *len += (size_t)got;
    }
    return ERR_LIMIT;
}

static enum error read_open(int fd, size_t max, struct arena *arena, struct slice *out, unsigned *mode)
{
    struct stat status;
    size_t len;
    if (fstat(fd, &status))
        return ERR_IO;
    if (!S_ISREG(status.st_mode))
        return ERR_VALUE;
    if ((uint64_t)status.st_size > max)
        return ERR_LIMIT;
    size_t size = (size_t)status.st_size + 1;
    char *room = arena_alloc(arena, size + 1);
    if (!room)
        return ERR_NOMEM;
    enum error error = read_all(fd, room, size, &len);
    if (error)
        return error;
    room[len] = '\0';
    *out = (struct slice){room, len};
    if (mode)
        *mode = status.st_mode & 0777;
    return OK;
}

enum error file_read(const char *path, size_t max, struct arena *arena, struct slice *out, unsigned *mode)
{
    /* Without O_NONBLOCK, opening a named pipe would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    enum error error = read_open(fd, max, arena, out, mode);
    int kept = errno;
    close(fd);
    errno = kept;
    return error;
}

const char *secret_variable(struct arena *arena, const char *channel, const char *name)
{
    char *variable = arena_printf(arena, "CHASKI_%s_%s", channel ? channel : "redis", name);
    for (char *c = variable; c && *c; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
        else if (!(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9'))
            *c = '_';
    }
    return variable;
}

const char *secret_from_environment(config_env *env, struct arena *arena, const char *channel, const char *name)
{
    const char *variable = env ? secret_variable(arena, channel, name) : NULL;
    const char *value = variable ? env(variable) : NULL;
    return value && value[0] ? value : NULL;
}

/* Says what is wrong with a secret's file, or NULL. */
static const char *refuse_file(enum error error, struct slice text, unsigned mode)
{
    if (error == ERR_NOT_FOUND)
        return "does not exist: write the secret into it, mode 600";
    if (error == ERR_LIMIT)
        return "is above 4096 bytes: it must hold the secret and nothing else";
    if (error == ERR_VALUE)
        return "is not a regular file: name the file that holds the secret";
    if (error)
        return "cannot be read by this user: give it to the user that runs chaski (chown)";
    if (mode & 077)
        return "can be read or written by group or others: chmod 600 it";
    if (text.len == 0)
        return "is empty: write the secret into it";
    return setting_value_is_secret(text)
               ? NULL
               : "holds control characters, perhaps Windows line ends: write the secret alone";
}

const char *secret_from_file(const struct yaml_node *at, const char *file, struct arena *arena, struct faults *faults)
{
    char shown[SETTING_VALUE_SHOWN];
    struct slice text = SLICE_NONE;
    unsigned mode = 0;
    enum error error = file_read(at->text.ptr, SECRET_FILE_MAX, arena, &text, &mode);
    if (error == ERR_NOMEM)
        return NULL;
    if (!error && text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    const char *refusal = refuse_file(error, text, mode);
    if (refusal) {
        setting_value_show(at->text, shown);
        yaml_fault(faults, file, at, "the secret's file %s %s", shown, refusal);
        return NULL;
    }
    return arena_copy(arena, text).ptr;
}
