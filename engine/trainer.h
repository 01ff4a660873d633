/* Trainers: what `chaski train NAME` runs.
 *
 * A trainer gets whole files' bytes and a seed, and gives a model, its card and the card's main figures in words. It
 * reads no file, no clock and no random source, so the same job gives the same bytes. Failure policy: faults name file,
 * line and remedy. Proved by tests/unit/test_train_industry.c and tests/blackbox/train.test.mjs. */
#ifndef ENGINE_TRAINER_H
#define ENGINE_TRAINER_H

#include "base/buf.h"
#include "base/error.h"
#include "engine/linear.h"
#include "engine/train.h"

#define TRAINER_FILES_MAX 16
#define TRAINER_FILE_MAX (64u * 1024 * 1024) /* bytes */

struct train_file {
    const char *path;
    struct slice bytes;
};

struct train_job {
    struct train_file data[TRAINER_FILES_MAX]; /* as given on the command line; never kept, never quoted in a card */
    size_t data_count;
    struct train_file own[TRAINER_FILES_MAX]; /* the trainer's own_files, in their order */
    const char *version;                      /* that the model will have: "v0001" */
    uint64_t seed;
    void (*progress)(void *ctx, const char *what, double share); /* share of the work done, 0 to 1 */
    void *ctx;
};

struct train_result {
    struct linear *model; /* linear_free() */
    struct buf card;      /* JSON; buf_release() */
    struct buf summary;   /* lines for a person; buf_release() */
};

struct trainer {
    const char *name;
    const char *sentence;
    const char *const *own_files; /* paths in the repository, ended by NULL */
    /* Trains. `faults` is empty at first. Returns OK with *out filled, else an error with faults and *out empty. Blocks
     * for minutes. */
    enum error (*run)(const struct train_job *job, struct faults *faults, struct train_result *out);
};

extern const struct trainer trainer_industry;

/* Prepares an empty result; frees what a result holds and leaves it empty. */
void train_result_init(struct train_result *result);
void train_result_release(struct train_result *result);

/* Ends a card with a model's measured figures under `name`. Returns the first error of card and summary. */
MUST_USE enum error train_end_card(const char *name, const struct linear *model, const struct train_metrics *metrics,
                                   struct train_result *out);

/* Ends a run over the job's first file, which gave `model` (perhaps NULL) and `error`. Returns `error`: OK with the
 * model handed over to *out, else with *out and the model released, and with a fault, which tells what rows are
 * needed where none tells more. */
MUST_USE enum error train_end(const struct train_job *job, struct linear *model, enum error error, const char *needs,
                              struct faults *faults, struct train_result *out);

#define TRAIN_DAY 11 /* bytes of YYYY-MM-DD and its NUL */

/* Counts a table's rows whose day, in the column `at`, is after `since` ("": all of them), and gives the newest day of
 * the table ("" without rows). Returns false, with nothing changed, for a file without such a column. */
bool train_rows_after(struct slice bytes, const char *since, size_t *rows, char newest[TRAIN_DAY]);

/* Appends `"name": [{"file", "sha256", "bytes"}…]`, with the comma before it where needed: what a card says of the
 * files that were read; of one with a column `at` also "rows" and "newest". Only the last part of a path is told. */
void train_put_files(const char *name, const struct train_file *files, size_t count, struct buf *out);

#endif
