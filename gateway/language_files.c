#include "gateway/language_files.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/cli.h"

/* Gives the length of a path's folder, its slash included; 0 for a name alone. */
static size_t folder_of(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len;
}

static bool fits(int len, size_t size)
{
    return len > 0 && (size_t)len < size;
}

bool language_file_path(const char *flows_dir, struct slice key, char *out, size_t size)
{
    return fits(
        snprintf(out, size, "%.*slanguages/%.*s.yaml", (int)folder_of(flows_dir), flows_dir, (int)key.len, key.ptr),
        size);
}

bool translation_file_path(const char *flow_file, struct slice key, char *out, size_t size)
{
    size_t folder = folder_of(flow_file);
    return fits(snprintf(out, size, "%.*s%.*s/%s", (int)folder, flow_file, (int)key.len, key.ptr, flow_file + folder),
                size);
}

/* Reads a file's bytes; the caller frees. Returns ERR_IO after a fault. */
static enum error read_bytes(const char *path, struct faults *faults, struct slice *out)
{
    enum error error = cli_read_file(path, TONGUE_FILE_BYTES, out);
    if (!error || error == ERR_NOMEM)
        return error;
    faults_add(faults, path, 0, 0, "cannot be read (%s): see that it is a file of at most %d bytes", error_text(error),
               TONGUE_FILE_BYTES);
    return ERR_IO;
}

enum error language_file_add(struct flows *flows, const char *flows_dir, struct slice key, struct faults *faults)
{
    char path[PATH_MAX], name[TONGUE_KEY];
    struct slice bytes;
    if (!tongue_is_key(key) || !slice_copy(key, name, sizeof(name)) ||
        !language_file_path(flows_dir, key, path, sizeof(path)))
        return ERR_NOT_FOUND;
    if (access(path, F_OK) != 0)
        return slice_is(key, "es") ? flows_add_spanish(flows) : ERR_NOT_FOUND;
    enum error error = read_bytes(path, faults, &bytes);
    if (error)
        return error;
    error = flows_add_language(flows, name, path, bytes, faults);
    mem_free((char *)bytes.ptr);
    return error;
}

static enum error add_file(struct flows *flows, const char *path, struct faults *faults)
{
    struct slice bytes;
    enum error error = read_bytes(path, faults, &bytes);
    if (error)
        return error;
    error = flows_add(flows, path, bytes, faults);
    mem_free((char *)bytes.ptr);
    return error;
}

static int is_yaml(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

void language_files_translations(struct flows *flows, const char *flows_dir, struct faults *faults)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < flows->on_count; i++) {
        struct dirent **entries = NULL;
        snprintf(path, sizeof(path), "%s/%s", flows_dir, flows->on[i]->key);
        int count = scandir(path, &entries, is_yaml, alphasort);
        for (int j = 0; j < count; j++) {
            size_t before = faults->total;
            snprintf(path, sizeof(path), "%s/%s/%s", flows_dir, flows->on[i]->key, entries[j]->d_name);
            if (add_file(flows, path, faults) && faults->total == before)
                faults_add(faults, path, 0, 0, "the translation was refused: out of memory");
            free(entries[j]); /* scandir's own */
        }
        free(entries);
    }
}

enum error language_files_of_flow(struct flows *flows, const char *flow_file, struct faults *faults)
{
    char path[PATH_MAX];
    enum error error = OK;
    for (size_t i = 0; i < flows->on_count && !error; i++)
        if (translation_file_path(flow_file, slice_of(flows->on[i]->key), path, sizeof(path)) &&
            access(path, F_OK) == 0)
            error = add_file(flows, path, faults);
    return error;
}
