/* chaski model reference, drift: the distribution that a version is held against in use, and how far a table is from
 * it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "engine/drift.h"
#include "engine/growth.h"
#include "engine/features.h"
#include "engine/stage.h"
#include "engine/table.h"
#include "gateway/cli.h"
#include "gateway/cmd_model.h"
#include "gateway/model_files.h"

#define TABLE_BYTES_MAX (64u * 1024 * 1024)
#define ARENA_MAX (64u * 1024 * 1024)
#define DRIFTED 0.25 /* another population: see engine/drift.h */

static const char more_help[] =
    "\n"
    "FILE has a line of column names, tab-separated. For industry it needs `text` (where it has `status` too, as the "
    "survey, only\n"
    "owners' rows count: 3 and 4); for stage and growth what there is of tenure, sales, trend, workers, ruc, as "
    "`chaski "
    "dataset\n"
    "build` writes them.\n";

/* The models that answer the rows. The outlook needs two: closing's champion, and growth's version. */
struct answering {
    const char *name;
    struct registry_model model, closing;
};

/* The columns that count; SIZE_MAX where a table has none such. */
enum column { TEXT, STATUS, FIRST_FACT };
static const char *const column_names[] = {"text", "status", "tenure", "sales", "trend", "workers", "ruc"};
#define COLUMNS (sizeof(column_names) / sizeof(column_names[0]))

static void find_columns(const struct table *table, size_t out[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        out[i] = SIZE_MAX;
        for (size_t k = 0; k < table->columns; k++)
            if (slice_is(table->names[k], column_names[i]))
                out[i] = k;
    }
}

static void mark_text(const struct answering *by, struct slice text, struct drift_marks *out)
{
    struct prediction said;
    struct features features;
    features_of_text(text, &features);
    linear_predict(by->model.weights, features.items, features.count, &said);
    drift_of_text(text, &said, out);
}

/* A value that is none counts as unknown, as it does in a conversation. */
static void mark_facts(const struct answering *by, const struct table *table, size_t row, const size_t *columns,
                       struct drift_marks *out)
{
    struct business business;
    struct prediction stage = {.count = 0}, outlook = {.count = 0};
    business_init(&business);
    for (size_t i = FIRST_FACT; i < COLUMNS; i++)
        if (columns[i] < SIZE_MAX &&
            business_set(&business, slice_of(column_names[i]), table_cell(table, row, columns[i])))
            continue;
    if (by->closing.weights)
        growth_predict(by->closing.weights, by->model.weights, "", &business, &outlook);
    else
        stage_predict(by->model.weights, "", &business, &stage);
    drift_of_business(&business, &stage, &outlook, out);
}

static bool is_counted(const struct table *table, size_t row, const size_t *columns)
{
    struct slice status = columns[STATUS] < SIZE_MAX ? table_cell(table, row, columns[STATUS]) : SLICE_NONE;
    return !status.len || slice_is(status, "3") || slice_is(status, "4");
}

/* Facts of which a table has no column are not unknown to owners: nothing is said of them. */
static void drop_absent(const size_t *columns, struct drift_counts *counts)
{
    for (size_t i = FIRST_FACT; i < COLUMNS; i++)
        if (columns[i] == SIZE_MAX)
            memset(counts->bins[DRIFT_TENURE + (i - FIRST_FACT)], 0, sizeof(counts->bins[0]));
}

static int count_table(const struct answering *by, const struct table *table, struct drift_counts *out)
{
    size_t columns[COLUMNS], facts = 0;
    struct drift_marks marks;
    bool texts = strcmp(by->name, "industry") == 0;
    memset(out, 0, sizeof(*out));
    find_columns(table, columns);
    for (size_t i = FIRST_FACT; i < COLUMNS; i++)
        facts += columns[i] < SIZE_MAX;
    if (texts ? columns[TEXT] == SIZE_MAX : !facts) {
        fprintf(stderr, "%s:1: has no column %s\n", table->file,
                texts ? "text" : "tenure, sales, trend, workers or ruc");
        return EXIT_DATA;
    }
    for (size_t row = 0; row < table->rows; row++) {
        if (texts && !is_counted(table, row, columns))
            continue;
        if (texts)
            mark_text(by, table_cell(table, row, columns[TEXT]), &marks);
        else
            mark_facts(by, table, row, columns, &marks);
        drift_add(out, &marks);
    }
    if (!texts)
        drop_absent(columns, out);
    return EXIT_GOOD;
}

static int count_bytes(const struct answering *by, const char *path, struct slice bytes, struct drift_counts *out)
{
    struct table table;
    struct faults faults;
    struct arena *arena = arena_new(ARENA_MAX);
    faults_init(&faults);
    enum error error = arena ? table_read(path, bytes, arena, &faults, &table) : ERR_NOMEM;
    faults_print(&faults, stderr);
    faults_release(&faults);
    int code = !error ? count_table(by, &table, out) : error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    arena_free(arena);
    return code;
}

static int load(const char *registry, const char *version, struct answering *by)
{
    uint32_t scheme = strcmp(by->name, "industry") == 0 ? FEATURES_SCHEME
                      : strcmp(by->name, "stage") == 0  ? STAGE_SCHEME
                                                        : GROWTH_SCHEME;
    struct faults faults;
    faults_init(&faults);
    enum error error = registry_load_version(registry, by->name, version, scheme, &faults, &by->model);
    if (!error && strcmp(by->name, "growth") == 0)
        error = registry_load(registry, "closing", GROWTH_SCHEME, &faults, &by->closing);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return error ? EXIT_CONFIG : EXIT_GOOD;
}

/* Puts the distribution, and what it was taken from, behind all else in the card. */
static bool write_reference(const char *registry, const char *name, const char *version, const char *path,
                            struct slice bytes, const struct drift_counts *counts)
{
    unsigned char digest[SHA256_BYTES];
    char hex[SHA256_HEX], file[REGISTRY_PATH_MAX];
    const char *slash = strrchr(path, '/');
    cJSON *card = model_read_card(registry, name, version), *shares = drift_write(counts, name);
    if (!card || !shares || sha256(bytes, digest)) {
        cJSON_Delete(card);
        cJSON_Delete(shares);
        return false;
    }
    hex_encode(digest, sizeof(digest), hex);
    cJSON_DeleteItemFromObjectCaseSensitive(card, "reference");
    cJSON *reference = cJSON_AddObjectToObject(card, "reference");
    bool good = cJSON_AddStringToObject(reference, "file", slash ? slash + 1 : path) &&
                cJSON_AddStringToObject(reference, "sha256", hex);
    cJSON_AddItemToObject(reference, "shares", shares);
    snprintf(file, sizeof(file), "%s/%s/%s/card.json", registry, name, version);
    good = good && model_write_card(file, card);
    cJSON_Delete(card);
    if (good)
        printf("%s: its reference is %s\n", file, slash ? slash + 1 : path);
    return good;
}

static int tell_drift(const char *registry, const char *name, const char *version, const struct drift_counts *seen)
{
    struct drift_counts expected;
    size_t told = 0;
    cJSON *card = model_read_card(registry, name, version);
    if (!card)
        return EXIT_DATA;
    drift_read(json_object(json_object(card, "reference"), "shares"), &expected);
    cJSON_Delete(card);
    for (enum drift_feature feature = 0; feature < DRIFT_COUNT; feature++) {
        double index = drift_is_of(feature, name) ? drift_index(&expected, seen, feature) : -1;
        if (index < 0)
            continue;
        printf("%s\t%.4f\t%s\n", drift_name(feature), index, index > DRIFTED ? "drifted" : "steady");
        told++;
    }
    if (told)
        return EXIT_GOOD;
    fprintf(stderr,
            "chaski model drift: %s %s has no reference: `chaski model reference %s %s --data FILE` takes one\n", name,
            version, name, version);
    return EXIT_DATA;
}

static int work(const struct command *self, const char *registry, const char *name, const char *version,
                const char *path)
{
    struct answering by = {.name = name};
    struct drift_counts counts;
    struct slice bytes = SLICE_NONE;
    enum error error = cli_read_file(path, TABLE_BYTES_MAX, &bytes);
    if (error) {
        fprintf(stderr, "%s: cannot be read (%s)\n", path, error == ERR_IO ? strerror(errno) : error_text(error));
        return EXIT_DATA;
    }
    int code = load(registry, version, &by);
    if (code == EXIT_GOOD)
        code = count_bytes(&by, path, bytes, &counts);
    if (code == EXIT_GOOD && self == &command_model_drift)
        code = tell_drift(registry, name, version, &counts);
    else if (code == EXIT_GOOD && !write_reference(registry, name, version, path, bytes, &counts))
        code = EXIT_TEMPORARY;
    registry_release(&by.model);
    registry_release(&by.closing);
    mem_free((char *)bytes.ptr);
    return code;
}

static bool is_watched(const char *name)
{
    for (enum drift_feature feature = 0; name && feature < DRIFT_COUNT; feature++)
        if (drift_is_of(feature, name))
            return true;
    return false;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *given = NULL, *data = NULL, *words[2] = {NULL};
    const struct option_row options[] = {
        {"data", 0, "FILE", "a table of texts or facts", &data, NULL},
        {"config", 'c', "FILE", "configuration: it names the registry", &config, NULL},
        {"registry", 0, "DIR", "the registry", &given, NULL},
        {0},
    };
    struct model_registry registry;
    char version[REGISTRY_VERSION] = "";
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (!is_watched(words[0]) || !data) {
        fprintf(stderr, "chaski %s: needs industry, stage or growth, and --data FILE\n", self->name);
        return EXIT_USAGE;
    }
    if (!model_registry_open(given, config, &registry))
        return EXIT_CONFIG;
    if (words[1])
        snprintf(version, sizeof(version), "%.7s", words[1]);
    else
        model_alias(registry.dir, words[0], "champion", version);
    code = model_has_version(registry.dir, words[0], version) ? work(self, registry.dir, words[0], version, data)
                                                              : EXIT_DATA;
    model_registry_release(&registry);
    return code;
}

const struct command command_model_reference = {"model reference",
                                                "MODEL [VERSION] --data FILE [--registry DIR] [-c FILE]",
                                                "keeps in a version's card how its questions and answers are "
                                                "distributed over a table",
                                                run};
const struct command command_model_drift = {"model drift", "MODEL [VERSION] --data FILE [--registry DIR] [-c FILE]",
                                            "tells how far a table is from what the card keeps", run};
