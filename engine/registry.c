#include "engine/registry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Reads a whole small file into the buffer. Returns ERR_NOT_FOUND or ERR_IO with the reason as a fault. */
static enum error read_file(const char *path, struct faults *faults, struct buf *out)
{
    char block[16384];
    FILE *file = fopen(path, "rb");
    if (!file) {
        faults_add(faults, path, 0, 0, "cannot be read (%s): `chaski train` makes it, or take it from the release",
                   strerror(errno));
        return ERR_NOT_FOUND;
    }
    for (size_t got; (got = fread(block, 1, sizeof(block), file)) > 0;)
        buf_add(out, block, got);
    bool broken = ferror(file) != 0;
    fclose(file);
    if (broken || out->error) {
        faults_add(faults, path, 0, 0, "cannot be read whole: it must be at most %zu bytes, on a disk that works",
                   out->max);
        return broken ? ERR_IO : out->error;
    }
    return OK;
}

bool registry_is_version(struct slice text)
{
    uint64_t number;
    return text.len == 5 && text.ptr[0] == 'v' && slice_u64(slice_part(text, 1, 5), 9999, &number);
}

enum error registry_alias(const char *dir, const char *name, const char *alias, struct faults *faults,
                          char version[REGISTRY_VERSION])
{
    char path[REGISTRY_PATH_MAX];
    struct buf text;
    snprintf(path, sizeof(path), "%s/%s/%s", dir, name, alias);
    buf_init(&text, 64);
    enum error error = read_file(path, faults, &text);
    if (!error) {
        struct slice word = slice_trim(buf_slice(&text));
        if (!registry_is_version(word) || !slice_copy(word, version, REGISTRY_VERSION)) {
            faults_add(faults, path, 1, 1, "must hold a version, v0001 to v9999, and nothing else");
            error = ERR_VALUE;
        }
    }
    buf_release(&text);
    return error;
}

static enum error check_kind(const char *path, const char *name, uint32_t scheme, struct faults *faults,
                             const struct linear *model)
{
    const struct linear_shape *shape = linear_shape(model);
    if (strcmp(shape->name, name) != 0) {
        faults_add(faults, path, 0, 0, "is a model of %s, not of %s: put the right file there", shape->name, name);
        return ERR_VALUE;
    }
    if (shape->scheme != scheme) {
        faults_add(faults, path, 0, 0,
                   "was trained with features of scheme %u, and this program makes scheme %u: train it again",
                   (unsigned)shape->scheme, (unsigned)scheme);
        return ERR_UNSUPPORTED;
    }
    return OK;
}

enum error registry_load_version(const char *dir, const char *name, const char *version, uint32_t scheme,
                                 struct faults *faults, struct registry_model *out)
{
    char path[REGISTRY_PATH_MAX];
    struct buf bytes;
    struct linear *model = NULL;
    memset(out, 0, sizeof(*out));
    snprintf(path, sizeof(path), "%s/%s/%s/model.bin", dir, name, version);
    buf_init(&bytes, LINEAR_FILE_MAX);
    enum error error = read_file(path, faults, &bytes);
    if (!error)
        error = linear_read(path, buf_slice(&bytes), faults, &model);
    if (!error)
        error = check_kind(path, name, scheme, faults, model);
    if (!error && (error = digest_write(buf_slice(&bytes), out->digest)))
        faults_add(faults, path, 0, 0, "there is no memory for its digest");
    buf_release(&bytes);
    if (error) {
        linear_free(model);
        return error;
    }
    out->weights = model;
    snprintf(out->version, sizeof(out->version), "%s %s", name, version);
    return OK;
}

enum error registry_load(const char *dir, const char *name, uint32_t scheme, struct faults *faults,
                         struct registry_model *out)
{
    char version[REGISTRY_VERSION] = "";
    memset(out, 0, sizeof(*out));
    enum error error = registry_alias(dir, name, "champion", faults, version);
    return error ? error : registry_load_version(dir, name, version, scheme, faults, out);
}

void registry_release(struct registry_model *model)
{
    linear_free(model->weights);
    memset(model, 0, sizeof(*model));
}
