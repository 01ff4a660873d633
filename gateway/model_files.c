#include "gateway/model_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/cli.h"

bool model_make_folder(const char *path)
{
    char part[REGISTRY_PATH_MAX];
    for (size_t i = 1; path[i - 1]; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof(part), "%.*s", (int)i, path);
        if (mkdir(part, 0777) && errno != EEXIST) {
            fprintf(stderr, "%s: cannot be made: %s\n", part, strerror(errno));
            return false;
        }
    }
    return true;
}

bool model_write_file(const char *path, struct slice bytes)
{
    char beside[REGISTRY_PATH_MAX + 8];
    snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *file = fopen(beside, "wbe");
    bool good =
        file && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len && fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (file && fclose(file))
        good = false;
    if (good && rename(beside, path) == 0)
        return true;
    fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
    remove(beside);
    return false;
}

bool model_write_card(const char *path, const cJSON *card)
{
    char *text = cJSON_Print(card);
    struct buf lines;
    buf_init(&lines, MODEL_CARD_MAX);
    buf_adds(&lines, text ? text : "");
    buf_addc(&lines, '\n');
    bool good = text && !lines.error;
    if (!good)
        fprintf(stderr, "%s: there is no memory for the card\n", path);
    good = good && model_write_file(path, buf_slice(&lines));
    buf_release(&lines);
    cJSON_free(text);
    return good;
}

cJSON *model_read_card(const char *registry, const char *name, const char *version)
{
    char path[REGISTRY_PATH_MAX];
    struct slice bytes;
    cJSON *card = NULL;
    snprintf(path, sizeof(path), "%s/%s/%s/card.json", registry, name, version);
    enum error error = cli_read_file(path, MODEL_CARD_MAX, &bytes);
    if (!error) {
        error = json_parse(bytes, MODEL_CARD_MAX, &card);
        mem_free((char *)bytes.ptr);
    }
    if (error)
        fprintf(stderr, "%s: cannot be read (%s): `chaski model list` tells which versions there are\n", path,
                error_text(error));
    return card;
}

bool model_set_alias(const char *registry, const char *name, const char *alias, const char *version)
{
    char path[REGISTRY_PATH_MAX], line[REGISTRY_VERSION + 1];
    snprintf(path, sizeof(path), "%s/%s/%s", registry, name, alias);
    snprintf(line, sizeof(line), "%s\n", version);
    return model_write_file(path, slice_of(line));
}

void model_alias(const char *registry, const char *name, const char *alias, char version[REGISTRY_VERSION])
{
    struct faults faults;
    faults_init(&faults);
    if (registry_alias(registry, name, alias, &faults, version))
        version[0] = '\0';
    faults_release(&faults);
}

bool model_next_version(const char *out, const char *name, char version[8])
{
    char path[REGISTRY_PATH_MAX];
    struct stat status;
    for (unsigned i = 1; i <= 9999; i++) {
        snprintf(version, 8, "v%04u", i);
        snprintf(path, sizeof(path), "%s/%s/%s", out, name, version);
        if (stat(path, &status))
            return true;
    }
    fprintf(stderr, "%s/%s: has 9999 versions: take some away\n", out, name);
    return false;
}

bool model_last_version(const char *registry, const char *name, char version[REGISTRY_VERSION])
{
    uint64_t next;
    if (!model_next_version(registry, name, version) || !slice_u64(slice_of(version + 1), 9999, &next) || next < 2)
        return false;
    snprintf(version, REGISTRY_VERSION, "v%04u", (unsigned)(next - 1));
    return true;
}

static bool write_card(const char *path, struct slice card)
{
    cJSON *tree = NULL;
    if (json_parse(card, MODEL_CARD_MAX, &tree)) {
        fprintf(stderr, "%s: the card is not JSON: this is our bug\n", path);
        return false;
    }
    bool good = model_write_card(path, tree);
    cJSON_Delete(tree);
    return good;
}

bool model_put(const char *out, const char *name, const char *version, const struct train_result *result)
{
    char folder[REGISTRY_PATH_MAX - 32], path[REGISTRY_PATH_MAX];
    struct stat status;
    struct buf bytes;
    snprintf(folder, sizeof(folder), "%s/%s/%s", out, name, version);
    if (!model_make_folder(folder))
        return false;
    buf_init(&bytes, LINEAR_FILE_MAX);
    linear_write(result->model, &bytes);
    snprintf(path, sizeof(path), "%s/model.bin", folder);
    bool good = !bytes.error && model_write_file(path, buf_slice(&bytes));
    buf_release(&bytes);
    snprintf(path, sizeof(path), "%s/card.json", folder);
    good = good && write_card(path, buf_slice(&result->card));
    snprintf(path, sizeof(path), "%s/%s/champion", out, name);
    if (good && stat(path, &status))
        good = model_set_alias(out, name, "champion", version);
    if (good)
        printf("%s: written\n", folder);
    return good;
}
