#include "gateway/languages.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/cli.h"
#include "languages_built_in.h"

#define BUILT_IN (sizeof(built_in) / sizeof(built_in[0]))

/* Compiles what was read without a fault since there were `before`, or lets go of it. */
static struct languages *finish(struct languages *languages, size_t before, struct faults *faults)
{
    if (faults->total == before && languages_finish(languages, faults) && faults->total == before)
        faults_add(faults, "", 0, 0, "the languages were refused: out of memory");
    if (faults->total == before)
        return languages;
    languages_free(languages);
    return NULL;
}

static void add(struct languages *languages, const char *file, struct slice bytes, struct faults *faults)
{
    size_t before = faults->total;
    if (!languages || (languages_add(languages, file, bytes, faults) && faults->total == before))
        faults_add(faults, file, 0, 0, "the language was refused: out of memory");
}

struct languages *languages_built_in(struct faults *faults)
{
    size_t before = faults->total;
    struct languages *languages = languages_new();
    for (size_t i = 0; i < BUILT_IN; i++)
        add(languages, built_in[i].file, (struct slice){built_in[i].bytes, built_in[i].len}, faults);
    return finish(languages, before, faults);
}

static int is_language_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

static void read_file(struct languages *languages, const char *path, struct faults *faults)
{
    struct slice bytes;
    enum error error = cli_read_file(path, LANGUAGE_FILE_BYTES, &bytes);
    if (error) {
        faults_add(faults, path, 0, 0,
                   "the language cannot be read (%s): check the file's mode and size (at most %d bytes)",
                   error_text(error), LANGUAGE_FILE_BYTES);
        return;
    }
    add(languages, path, bytes, faults);
    mem_free((char *)bytes.ptr);
}

/* Writes where the languages for the flows of a folder lie. */
static void path_beside(const char *flows_dir, char out[PATH_MAX])
{
    size_t len = strlen(flows_dir);
    while (len > 1 && flows_dir[len - 1] == '/')
        len--;
    while (len > 0 && flows_dir[len - 1] != '/')
        len--;
    snprintf(out, PATH_MAX, "%.*slanguages", (int)len, flows_dir);
}

struct languages *languages_beside(const char *flows_dir, struct faults *faults)
{
    struct dirent **entries = NULL;
    char dir[PATH_MAX], path[PATH_MAX];
    path_beside(flows_dir, dir);
    int count = scandir(dir, &entries, is_language_file, alphasort);
    if (count < 0 && errno == ENOENT)
        return languages_built_in(faults);
    struct languages *languages = languages_new();
    size_t before = faults->total;
    if (count <= 0)
        faults_add(faults, dir, 0, 0, "no language is here (%s): put its *.yaml files back, or remove the folder",
                   count < 0 ? strerror(errno) : "no *.yaml file");
    for (int i = 0; i < count; i++) {
        int len = snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof(path))
            read_file(languages, path, faults);
        free(entries[i]); /* scandir's own */
    }
    free(entries);
    return finish(languages, before, faults);
}
