#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "engine/registry.h"
#include "engine/trainers.h"
#include "gateway/cli.h"
#include "gateway/cmd_model.h"
#include "gateway/model_files.h"
#include "gateway/world.h"

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

/* What beside data and seed decides whether a version is made, and what becomes of it. */
struct wanted {
    const char *config, *out, *test;
    uint64_t new_rows; /* 0: it is made in any case */
    struct model_registry registry;
};

/* The newest day of the rows that a card tells of; "" where it tells none. */
static void newest_of(const cJSON *card, char day[TRAIN_DAY])
{
    const cJSON *file;
    char newest[TRAIN_DAY];
    day[0] = '\0';
    cJSON_ArrayForEach(file, json_array(card, "data"))
    {
        struct slice text = json_string(file, "newest");
        if (text.len && slice_copy(text, newest, sizeof(newest)) && strcmp(newest, day) > 0)
            memcpy(day, newest, sizeof(newest));
    }
}

/* Counts the rows that the version made last, in use or not, cannot have seen: those of later days. */
static int count_new(const struct trainer *trainer, const struct train_job *job, const char *registry, size_t *rows)
{
    char version[REGISTRY_VERSION], since[TRAIN_DAY] = "", newest[TRAIN_DAY];
    size_t dated = 0, count;
    if (model_last_version(registry, trainer->name, version)) {
        cJSON *card = model_read_card(registry, trainer->name, version);
        if (!card)
            return EXIT_DATA;
        newest_of(card, since);
        cJSON_Delete(card);
    }
    *rows = 0;
    for (size_t i = 0; i < job->data_count; i++) {
        if (!train_rows_after(job->data[i].bytes, since, &count, newest))
            continue;
        *rows += count;
        dated++;
    }
    if (dated)
        return EXIT_GOOD;
    fprintf(stderr,
            "chaski train: --if-new counts rows by their day, and no file has a column `at`: give a rows.tsv of "
            "`chaski dataset build`\n");
    return EXIT_DATA;
}

static int train_wanted(const struct trainer *trainer, struct train_job *job, const struct wanted *wanted)
{
    char version[REGISTRY_VERSION], champion[REGISTRY_VERSION];
    size_t rows = 0;
    const char *registry = wanted->registry.dir;
    int code = wanted->new_rows ? count_new(trainer, job, registry, &rows) : EXIT_GOOD;
    if (code == EXIT_GOOD && rows < wanted->new_rows) {
        printf("%s: %zu new rows, %" PRIu64 " are asked for: not trained\n", trainer->name, rows, wanted->new_rows);
        return EXIT_GOOD;
    }
    if (code == EXIT_GOOD)
        code = train_one(trainer, job, registry);
    if (code != EXIT_GOOD || !wanted->test)
        return code;
    model_alias(registry, trainer->name, "champion", champion);
    if (!model_last_version(registry, trainer->name, version) || strcmp(version, champion) == 0)
        return code; /* the first of all: there is nothing to hold it against */
    return model_promote_better(&wanted->registry, trainer->name, version, wanted->test,
                                wanted->registry.world && wanted->registry.world->config->models_promote);
}

/* The configuration is looked at only where it is asked for: who trains need not have one. */
static bool open_registry(struct wanted *wanted)
{
    if (!wanted->config && !wanted->test) {
        wanted->registry = (struct model_registry){.dir = wanted->out ? wanted->out : "models/registry"};
        return true;
    }
    if (!model_registry_open(NULL, wanted->config, &wanted->registry))
        return false;
    if (wanted->out)
        wanted->registry.dir = wanted->out;
    return true;
}

static bool read_number(const char *name, const char *text, uint64_t *out)
{
    if (!text || slice_u64(slice_of(text), UINT64_MAX, out))
        return true;
    fprintf(stderr, "chaski train: %s \"%s\" must be a whole number from 0\n", name, text);
    return false;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *word = NULL, *data[TRAINER_FILES_MAX + 1] = {NULL}, *one_more = NULL, *seed = "1", *new_rows = NULL;
    struct wanted wanted = {.out = NULL};
    const struct option_row options[] = {
        {"data", 0, "FILE", "a file of rows; may be given up to 16 times", &one_more, NULL},
        {"seed", 0, "N", "what all drawing begins with (1)", &seed, NULL},
        {"if-new", 0, "N", "only with N rows of later days than the version made last had", &new_rows, NULL},
        {"test", 0, "FILE", "rows that were not trained on, to hold the version against the champion", &wanted.test,
         NULL},
        {"out", 0, "DIR", "the registry that gets the version (models/registry, or the configuration's)", &wanted.out,
         NULL},
        {"config", 'c', "FILE", "configuration: models, models_promote", &wanted.config, NULL},
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
    if (!read_number("the seed", seed, &job.seed) || !read_number("--if-new", new_rows, &wanted.new_rows))
        return EXIT_USAGE;
    if (words == 0 || !data[0]) {
        fprintf(stderr, "chaski train: needs a model and its data: chaski train industry --data FILE\n");
        return EXIT_USAGE;
    }
    const struct trainer *trainer = find_trainer(word);
    if (!trainer)
        return EXIT_USAGE;
    if (!open_registry(&wanted))
        return EXIT_CONFIG;
    code = read_files(trainer, data, &job) ? train_wanted(trainer, &job, &wanted) : EXIT_DATA;
    release_files(&job);
    model_registry_release(&wanted.registry);
    return code;
}

const struct command command_train = {
    "train", "MODEL --data FILE [--data FILE…] [--if-new N] [--test FILE] [--seed N] [--out DIR] [-c FILE]",
    "trains a model, measures it and puts it into the registry", run};
