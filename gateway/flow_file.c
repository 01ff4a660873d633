#include "gateway/flow_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/language_files.h"
#include "gateway/languages.h"

/* Reads one file. Returns ERR_NOT_FOUND or ERR_IO when it cannot be read. */
static enum error add(struct flow_file *file, const char *path)
{
    struct slice bytes;
    enum error error = cli_read_file(path, FLOW_FILE_BYTES, &bytes);
    if (error)
        return error == ERR_NOMEM || error == ERR_NOT_FOUND ? error : ERR_IO;
    error = language_files_of_flow(file->flows, path, &file->faults);
    if (!error)
        error = flows_add(file->flows, path, bytes, &file->faults);
    mem_free((char *)bytes.ptr);
    return error;
}

/* Reads the file of another flow of the program. One that is not there is a fault of whoever names it. */
static enum error add_beside(struct flow_file *file, const char *path, const char *name)
{
    char other[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path + 1) : 0;
    snprintf(other, sizeof(other), "%.*s%s.yaml", folder, path, name);
    if (access(other, R_OK) == 0)
        return add(file, other);
    enum error error = flows_finish(file->flows, &file->faults);
    return error ? error : ERR_VALUE;
}

/* Takes the languages that lie beside the file's folder. */
static void speak(struct flow_file *file, const char *path)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    file->languages = languages_beside(dir, &file->faults);
    flows_speak(file->flows, file->languages);
}

/* Switches on languages that are named one behind the other. */
static enum error add_languages(struct flow_file *file, const char *path, const char *languages)
{
    char folder[PATH_MAX];
    struct slice rest = slice_of(languages), key;
    const char *slash = strrchr(path, '/');
    enum error error = OK;
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    while (!error && slice_cut(&rest, ',', &key)) {
        key = slice_trim(key);
        error = language_file_add(file->flows, folder, key, &file->faults);
        if (error == ERR_NOT_FOUND)
            faults_add(&file->faults, path, 0, 0,
                       "there is no language '%.*s': its file is KEY.yaml in the folder `languages` beside the flows'",
                       (int)key.len, key.ptr);
    }
    return error == ERR_IO || error == ERR_NOT_FOUND ? ERR_VALUE : error;
}

enum error flow_file_load(struct flow_file *file, const char *path, const char *languages, flow_text_told *tell,
                          void *tell_ctx)
{
    *file = (struct flow_file){.flows = flows_new()};
    faults_init(&file->faults);
    if (!file->flows)
        return ERR_NOMEM;
    file->flows->tell = tell;
    file->flows->tell_ctx = tell_ctx;
    speak(file, path);
    enum error error = languages ? add_languages(file, path, languages) : OK;
    if (!error)
        error = add(file, path);
    for (int i = 0; !error && i < FLOW_FILES_MAX && flows_lacks(file->flows); i++)
        error = add_beside(file, path, flows_lacks(file->flows));
    if (error == ERR_IO || error == ERR_NOT_FOUND)
        return error;
    if (!error)
        error = flows_finish(file->flows, &file->faults);
    file->good = !error && file->faults.total == 0;
    return error == ERR_NOMEM ? error : OK;
}

void flow_file_release(struct flow_file *file)
{
    flows_free(file->flows);
    languages_free(file->languages);
    faults_release(&file->faults);
}
