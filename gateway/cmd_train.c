#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "engine/registry.h"
#include "engine/trainers.h"
#include "gateway/cli.h"
#include "gateway/model_files.h"

#define BAR_WIDTH 30

static const struct trainer *const trainers[] = {&trainer_industry, &trainer_stage,  &trainer_closing,
                                                 &trainer_growth,   &trainer_ranker, NULL};

static const struct trainer *find_trainer(const char *name)
{
    const char *known[16] = {NULL};
    for (size_t i = 0; trainers[i]; i++) {
        if (strcmp(trainers[i]->name, name) == 0)
            return trainers[i];
        known[i] = trainers[i]->name;
    }
    const char *near = suggest(slice_of(name), known);
    fprintf(stderr, "chaski train: there is no model \"%s\"%s%s; there are:", name, near ? "; did you mean " : "",
            near ? near : "");
    for (size_t i = 0; trainers[i]; i++)
        fprintf(stderr, " %s", trainers[i]->name);
    fputc('\n', stderr);
    return NULL;
}

static void draw_bar(void *ctx, const char *what, double share)
{
    (void)ctx;
    int full = (int)(share * BAR_WIDTH);
    fprintf(stderr, "\r%-10s [%.*s%*s] %3.0f %%", what, full, "##############################", BAR_WIDTH - full, "",
            share * 100);
    fflush(stderr);
}

static bool read_file(const char *path, struct train_file *out)
{
    out->path = path;
    enum error error = cli_read_file(path, TRAINER_FILE_MAX, &out->bytes);
    if (error)
        fprintf(stderr, "%s: cannot be read (%s): give a file's path; `chaski train` runs in the project's folder\n",
                path, error == ERR_IO ? strerror(errno) : error_text(error));
    return !error;
}

static bool read_files(const struct trainer *trainer, const char *const *data, struct train_job *job)
{
    for (size_t i = 0; trainer->own_files[i]; i++)
        if (!read_file(trainer->own_files[i], &job->own[i]))
            return false;
    for (; job->data_count < TRAINER_FILES_MAX && data[job->data_count]; job->data_count++)
        if (!read_file(data[job->data_count], &job->data[job->data_count]))
            return false;
    return true;
}

static void release_files(struct train_job *job)
{
    for (size_t i = 0; i < TRAINER_FILES_MAX; i++) {
        mem_free((char *)job->own[i].bytes.ptr);
        mem_free((char *)job->data[i].bytes.ptr);
    }
}

static int train_one(const struct trainer *trainer, struct train_job *job, const char *out)
{
    char version[8];
    struct faults faults;
    struct train_result result;
    if (!model_next_version(out, trainer->name, version))
        return EXIT_CONFIG;
    job->version = version;
    if (cli_is_fancy(stderr))
        job->progress = draw_bar;
    faults_init(&faults);
    train_result_init(&result);
    enum error error = trainer->run(job, &faults, &result);
    if (job->progress)
        fprintf(stderr, "\r%60s\r", "");
    faults_print(&faults, stderr);
    faults_release(&faults);
    if (error) {
        fprintf(stderr, "chaski train %s: %s\n", trainer->name, error_text(error));
        return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    }
    printf("%s", buf_text(&result.summary));
    bool good = model_put(out, trainer->name, version, &result);
    train_result_release(&result);
    return good ? EXIT_GOOD : EXIT_TEMPORARY;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *word = NULL, *data[TRAINER_FILES_MAX + 1] = {NULL}, *one_more = NULL, *seed = "1",
               *out = "models/registry";
    const struct option_row options[] = {
        {"data", 0, "FILE", "a file of rows; may be given up to 16 times", &one_more, NULL},
        {"seed", 0, "N", "what all drawing begins with (1)", &seed, NULL},
        {"out", 0, "DIR", "the registry that gets the version (models/registry)", &out, NULL},
        {0},
    };
    int code, words = cli_parse(self, options, cli_take_each(argc, argv, "--data", data, TRAINER_FILES_MAX), argv,
                                &word, 1, &code);
    if (words < 0)
        return code;
    if (one_more) {
        fprintf(stderr, "chaski train: --data may be given %d times: leave some out\n", TRAINER_FILES_MAX);
        return EXIT_USAGE;
    }
    struct train_job job = {.data_count = 0};
    if (!slice_u64(slice_of(seed), UINT64_MAX, &job.seed)) {
        fprintf(stderr, "chaski train: the seed \"%s\" must be a whole number from 0\n", seed);
        return EXIT_USAGE;
    }
    if (words == 0 || !data[0]) {
        fprintf(stderr, "chaski train: needs a model and its data: chaski train industry --data FILE\n");
        return EXIT_USAGE;
    }
    const struct trainer *trainer = find_trainer(word);
    if (!trainer)
        return EXIT_USAGE;
    code = read_files(trainer, data, &job) ? train_one(trainer, &job, out) : EXIT_DATA;
    release_files(&job);
    return code;
}

const struct command command_train = {"train", "MODEL --data FILE [--data FILE…] [--seed N] [--out DIR]",
                                      "trains a model, measures it and puts it into the registry", run};
