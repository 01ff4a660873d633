/* chaski dataset dump: the rows that a model of texts is trained on, for other tools to train on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/features.h"
#include "engine/corpus.h"
#include "engine/trainer.h"
#include "gateway/cli.h"

#define LEXICON "models/lexicon/peru.tsv"
#define PATTERNS "models/lexicon/phrases.tsv"

struct dump {
    struct slice files[TRAINER_FILES_MAX + 2]; /* owned bytes: lexicon, patterns, then the data */
    struct corpus corpus;
    struct faults faults;
};

static bool read_file(const char *path, struct slice *out)
{
    enum error error = cli_read_file(path, TRAINER_FILE_MAX, out);
    if (error)
        fprintf(stderr, "%s: cannot be read (%s): give a file's path; `chaski dataset` runs in the project's folder\n",
                path, error == ERR_IO ? strerror(errno) : error_text(error));
    return !error;
}

static enum error read_rows(struct dump *dump, const char *const *data, uint64_t seed)
{
    if (!read_file(LEXICON, &dump->files[0]) || !read_file(PATTERNS, &dump->files[1]))
        return ERR_NOT_FOUND;
    enum error error = OK;
    for (size_t i = 0; !error && data[i]; i++) {
        if (!read_file(data[i], &dump->files[i + 2]))
            return ERR_NOT_FOUND;
        error = corpus_add_table(&dump->corpus, data[i], dump->files[i + 2], &dump->faults);
    }
    const struct phrases_source source = {LEXICON, dump->files[0], PATTERNS, dump->files[1]};
    return error ? error : corpus_add_phrases(&dump->corpus, &source, CORPUS_PER_ENTRY, seed, &dump->faults);
}

/* A line of columns. The key is the same for texts that fold alike, so that a split can keep them on one side. */
static void print_text(const struct corpus *corpus, const struct example *example)
{
    static const char *const origins[] = {
        [ORIGIN_LIST] = "list", [ORIGIN_SURVEY] = "survey", [ORIGIN_WORDS] = "words", [ORIGIN_MADE_UP] = "made-up"};
    printf("%.*s\t%s\t%s\t%s\t%d\t%016llx\n", (int)example->text.len, example->text.ptr,
           industries.words[example->label].key, origins[example->origin],
           example->group == CORPUS_GROUP_NONE ? "" : corpus->groups[example->group], corpus_is_held(example),
           (unsigned long long)example->key);
}

static int by_index(const void *a, const void *b)
{
    uint32_t x = ((const struct feature *)a)->index, y = ((const struct feature *)b)->index;
    return (x > y) - (x < y);
}

/* A line as libsvm and liblinear read it: the label's number, then index and value; indices rise, from 1. */
static void print_features(const struct example *example)
{
    struct features features;
    features_of_text(example->text, &features);
    qsort(features.items, features.count, sizeof(features.items[0]), by_index);
    printf("%d", example->label);
    for (size_t i = 0; i < features.count; i++)
        printf(" %u:%.9g", features.items[i].index + 1, (double)features.items[i].value);
    putchar('\n');
}

static int dump_rows(const char *const *data, uint64_t seed, bool libsvm)
{
    struct dump dump = {.corpus = {.count = 0}};
    faults_init(&dump.faults);
    enum error error = corpus_init(&dump.corpus);
    if (!error)
        error = read_rows(&dump, data, seed);
    faults_print(&dump.faults, stderr);
    if (!error && !libsvm)
        puts("text\tindustry\torigin\tdepartment\theld\tkey");
    for (size_t i = 0; !error && i < dump.corpus.count; i++) {
        if (libsvm)
            print_features(&dump.corpus.items[i]);
        else
            print_text(&dump.corpus, &dump.corpus.items[i]);
    }
    faults_release(&dump.faults);
    corpus_release(&dump.corpus);
    for (size_t i = 0; i < TRAINER_FILES_MAX + 2; i++)
        mem_free((char *)dump.files[i].ptr);
    return !error ? EXIT_GOOD : error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *name = NULL, *one_more = NULL, *seed_text = "1", *data[TRAINER_FILES_MAX + 1] = {NULL};
    bool libsvm = false;
    uint64_t seed;
    const struct option_row options[] = {
        {"data", 0, "FILE", "a file of rows; may be given up to 16 times", &one_more, NULL},
        {"seed", 0, "N", "what the lexicon's sentences are drawn with (1)", &seed_text, NULL},
        {"libsvm", 0, NULL, "features in libsvm's format, not texts", NULL, &libsvm},
        {0},
    };
    int code, left = cli_take_each(argc, argv, "--data", data, TRAINER_FILES_MAX);
    if (cli_parse(self, options, left, argv, &name, 1, &code) < 0)
        return code;
    if (!name || strcmp(name, "industry") != 0 || one_more || !slice_u64(slice_of(seed_text), UINT64_MAX, &seed)) {
        fprintf(stderr, "chaski dataset dump: needs the model industry, at most %d --data FILE, and a seed from 0\n",
                TRAINER_FILES_MAX);
        return EXIT_USAGE;
    }
    return dump_rows(data, seed, libsvm);
}

const struct command command_dataset_dump = {
    "dataset dump", "industry [--data FILE…] [--seed N] [--libsvm]",
    "prints the rows that the model of industries is trained on, lexicon's sentences among them", run};
