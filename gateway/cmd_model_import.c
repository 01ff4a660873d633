/* chaski model import: a model that plain liblinear trained on a dump of the features, as a version of ours. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "engine/card.h"
#include "engine/liblinear_text.h"
#include "engine/train_industry.h"
#include "gateway/cli.h"
#include "gateway/model_files.h"
#include "gateway/model_trial.h"

static const char about[] =
    "made by another tool from a dump of the features; temperature and threshold were set on the "
    "rows that it is measured on here";

static enum error put_card(const char *version, const struct train_file *file, const struct train_metrics *metrics,
                           struct train_result *out)
{
    card_open(&out->card, NULL);
    card_text(&out->card, "model", "industry");
    card_text(&out->card, "version", version);
    card_text(&out->card, "what", about);
    train_put_files("imported", file, 1, &out->card);
    return train_end_card("calibrated_on", out->model, metrics, out);
}

/* Sets temperature and threshold on the trial's texts, and measures. */
static enum error finish(const struct trial *trial, const char *version, const struct train_file *file,
                         struct train_result *out)
{
    struct train_metrics metrics;
    enum error error = train_calibrate(out->model, trial->set, INDUSTRY_PRECISION);
    if (!error)
        error = train_measure(out->model, trial->set, 1, &metrics);
    return error ? error : put_card(version, file, &metrics, out);
}

static int import(const struct trial *trial, const char *registry, const struct train_file *file)
{
    struct linear_shape shape = industry_shape();
    struct train_result result;
    struct faults faults;
    char version[REGISTRY_VERSION];
    if (!model_next_version(registry, shape.name, version))
        return EXIT_CONFIG;
    faults_init(&faults);
    train_result_init(&result);
    enum error error = liblinear_text_read(file->path, file->bytes, &shape, &faults, &result.model);
    if (!error)
        error = finish(trial, version, file, &result);
    faults_print(&faults, stderr);
    if (error && faults.total == 0)
        fprintf(stderr, "%s: %s\n", file->path, error_text(error));
    int code = !error ? EXIT_GOOD : error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    if (!error && !model_put(registry, shape.name, version, &result))
        code = EXIT_TEMPORARY;
    faults_release(&faults);
    train_result_release(&result);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *registry = "models/registry", *one_more = NULL, *words[2] = {NULL},
               *data[TRAINER_FILES_MAX + 1] = {NULL};
    const struct option_row options[] = {
        {"data", 0, "FILE", "texts to set temperature and threshold on; not those trained on", &one_more, NULL},
        {"registry", 0, "DIR", "the registry that gets the version (models/registry)", &registry, NULL},
        {0},
    };
    struct trial trial;
    int code, left = cli_take_each(argc, argv, "--data", data, TRAINER_FILES_MAX);
    int count = cli_parse(self, options, left, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count < 2 || one_more || !data[0]) {
        fprintf(stderr, "chaski model import: needs a model, liblinear's file, and 1 to 16 --data FILE\n");
        return EXIT_USAGE;
    }
    struct train_file file = {.path = words[1]};
    enum error error = cli_read_file(file.path, LIBLINEAR_TEXT_MAX, &file.bytes);
    if (error) {
        fprintf(stderr, "%s: cannot be read (%s): give the file that liblinear-train wrote\n", file.path,
                error == ERR_IO ? strerror(errno) : error_text(error));
        return EXIT_DATA;
    }
    code = trial_open(words[0], data, &trial);
    if (code == EXIT_GOOD)
        code = import(&trial, registry, &file);
    trial_close(&trial);
    mem_free((char *)file.bytes.ptr);
    return code;
}

const struct command command_model_import = {"model import", "MODEL FILE --data FILE [--registry DIR]",
                                             "takes a model that liblinear trained on a dump of the features", run};
