#include "gateway/model_trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/features.h"
#include "gateway/cli.h"

#define TRIAL_SEED 1 /* of the bootstrap */

static int tell_error(const char *name, enum error error)
{
    fprintf(stderr, "chaski model: %s: %s\n", name, error_text(error));
    return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

static int read_table(struct trial *trial, const char *path, struct slice *bytes)
{
    struct faults faults;
    enum error error = cli_read_file(path, TRAINER_FILE_MAX, bytes);
    if (error) {
        fprintf(stderr, "%s: cannot be read (%s): give a table with the columns text and industry\n", path,
                error == ERR_IO ? strerror(errno) : error_text(error));
        return EXIT_DATA;
    }
    faults_init(&faults);
    error = corpus_add_table(&trial->corpus, path, *bytes, &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return error ? tell_error(path, error) : EXIT_GOOD;
}

/* Takes each text once; products and occupations are not what an owner answers. */
static enum error fill_set(struct trial *trial)
{
    struct key_set seen;
    struct features features;
    enum error error = key_set_init(&seen, trial->corpus.count);
    for (size_t i = 0; !error && i < trial->corpus.count; i++) {
        const struct example *example = &trial->corpus.items[i];
        if (example->origin == ORIGIN_WORDS || !key_set_add(&seen, example->key))
            continue;
        features_of_text(example->text, &features);
        error = train_set_add(trial->set, features.items, features.count, example->label);
    }
    key_set_release(&seen);
    return error;
}

int trial_open(const char *name, const char *const *data, struct trial *out)
{
    memset(out, 0, sizeof(*out));
    if (strcmp(name, "industry") != 0) {
        fprintf(stderr,
                "chaski model: %s learns from facts: only industry can be tried on a table of texts; its card "
                "has what training measured\n",
                name);
        return EXIT_USAGE;
    }
    out->set = train_set_new();
    enum error error = corpus_init(&out->corpus);
    if (!out->set || error)
        return tell_error(name, ERR_NOMEM);
    int code = EXIT_GOOD;
    for (size_t i = 0; code == EXIT_GOOD && i < TRAINER_FILES_MAX && data[i]; i++)
        code = read_table(out, data[i], &out->files[i]);
    if (code == EXIT_GOOD && (error = fill_set(out)))
        code = tell_error(name, error);
    if (code == EXIT_GOOD && train_set_rows(out->set) == 0)
        code = tell_error(data[0], ERR_VALUE);
    return code;
}

void trial_close(struct trial *trial)
{
    for (size_t i = 0; i < TRAINER_FILES_MAX; i++)
        mem_free((char *)trial->files[i].ptr);
    corpus_release(&trial->corpus);
    train_set_free(trial->set);
}

static int load(const char *registry, const char *name, const char *version, struct registry_model *out)
{
    struct faults faults;
    faults_init(&faults);
    enum error error = registry_load_version(registry, name, version, FEATURES_SCHEME, &faults, out);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return !error ? EXIT_GOOD : error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_CONFIG;
}

/* Rows' labels are numbers of the vocabulary, so a model counts only with the same labels in the same places. */
static int check_labels(const char *version, const struct linear *model)
{
    const struct linear_shape *shape = linear_shape(model);
    for (size_t i = 0; i < shape->classes; i++)
        if (word_number(&industries, slice_of(shape->labels[i])) != (int)i) {
            fprintf(stderr, "chaski model: the labels of %s are not the industries in their order: train it again\n",
                    version);
            return EXIT_DATA;
        }
    return EXIT_GOOD;
}

/* Loads a version that can be tried. */
static int load_checked(const char *registry, const char *name, const char *version, struct registry_model *out)
{
    int code = load(registry, name, version, out);
    return code == EXIT_GOOD ? check_labels(version, out->weights) : code;
}

int trial_measure(const struct trial *trial, const char *registry, const char *name, const char *version,
                  struct linear_shape *shape, struct train_metrics *out)
{
    struct registry_model model = {.weights = NULL};
    int code = load_checked(registry, name, version, &model);
    enum error error = OK;
    if (code == EXIT_GOOD) {
        *shape = *linear_shape(model.weights);
        error = train_measure(model.weights, trial->set, TRIAL_SEED, out);
    }
    registry_release(&model);
    return error ? tell_error(name, error) : code;
}

int trial_compare(const struct trial *trial, const char *registry, const char *name, const char *first,
                  const char *second, struct compare *out)
{
    struct registry_model a = {.weights = NULL}, b = {.weights = NULL};
    size_t count = train_set_rows(trial->set);
    int code = load_checked(registry, name, first, &a);
    if (code == EXIT_GOOD)
        code = load_checked(registry, name, second, &b);
    enum compare_row *rows = code == EXIT_GOOD ? mem_alloc(count * sizeof(*rows)) : NULL;
    enum error error = rows ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < count; i++) {
        bool by_first = train_is_right(a.weights, trial->set, i), by_second = train_is_right(b.weights, trial->set, i);
        rows[i] = by_first ? (by_second ? COMPARE_BOTH : COMPARE_FIRST) : by_second ? COMPARE_SECOND : COMPARE_NEITHER;
    }
    if (!error)
        error = compare_rows(rows, count, TRIAL_SEED, out);
    if (code == EXIT_GOOD && error)
        code = tell_error(name, error);
    mem_free(rows);
    registry_release(&a);
    registry_release(&b);
    return code;
}
