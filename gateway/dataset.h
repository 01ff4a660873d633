/* Data sets of use: what a person's journal taught, as rows to learn from.
 *
 * One person's turns go in, in their order; rows of one kind come out, each with who (a keyed digest that is in no
 * log), when, and what vouches for the label. Nobody who has not agreed to be remembered, or has left (BAJA), has rows;
 * whoever was erased has no journal. Rows never hold a number, a name, or more of a person's words than the kind needs.
 *
 *   ranker    a row for each resource of an answer about which the owner said anything: its contact was given to her
 *             (origin "asked"), or she said whether the answer helped ("said"). Useful: asked for, or all three where
 *             it helped and none was asked for; none where it did not help
 *   growth    a row for each check-in that was answered: how sales went, beside the facts at the answer before it
 *   industry  a row for each trade that an owner confirmed, or chose in place of what the model had found
 *             ("confirmed", "corrected"), or that staff set right ("staff"), with her words of what she does
 *   stage     a row for each stage that staff set right, with the facts as they were
 *   trainings a row for each time that she was asked whether she wants notices of trainings: "signed_up", "declined".
 *             No model learns of it yet
 *
 * The column `origin` tells where each label comes from; what staff did is told as "staff", never as the person's own
 * word. Where staff set a trade right, no row of hers about the same words stays; of stages set right on one day the
 * last stays.
 *
 * Must not know: Redis, files. Failure policy: ERR_NOMEM and ERR_LIMIT; an entry is taken whole or not at all. Proved
 * by tests/unit/test_dataset.c and tests/blackbox/dataset.test.mjs. */
#ifndef GATEWAY_DATASET_H
#define GATEWAY_DATASET_H

#include "gateway/journal.h"

#define DATASET_BYTES_MAX (64u * 1024 * 1024)          /* of all rows */
#define DATASET_WHO 17                                 /* bytes of a person's digest and its NUL */
#define DATASET_ANSWER_MS (30 * 86400 * INT64_C(1000)) /* what is said later is about no answer */
#define DATASET_KEY_COLUMNS 3                          /* that tell rows apart: who, at, and what the row is about */

enum dataset_kind {
    DATASET_RANKER,
    DATASET_GROWTH,
    DATASET_INDUSTRY,
    DATASET_STAGE,
    DATASET_TRAININGS,
    DATASET_KINDS
};

/* Gives a kind's name, and its line of column names without the end. */
const char *dataset_name(enum dataset_kind kind);
const char *dataset_columns(enum dataset_kind kind);

/* Finds a kind by name. Returns false, with *out unchanged, when there is none such. */
bool dataset_kind(struct slice name, enum dataset_kind *out);

/* An answer that is open: what was shown, and what was known and said. */
struct dataset_answer {
    int64_t at_ms; /* 0: none is open */
    struct advice advice;
    char ranker[ADVICE_KEY]; /* version; "" the rules ordered */
    bool asked[ADVICE_RESOURCES_MAX];
    char useful[8];    /* yes, no; "" not said */
    struct state then; /* its facts are those of the answer */
};

/* A person whose journal is being read. */
struct dataset_person {
    enum dataset_kind kind;
    char who[DATASET_WHO];
    bool allowed;           /* has agreed to studies, and has not left */
    struct state now;       /* its facts are those after the turns so far, as the journal tells them */
    char stage[ADVICE_KEY]; /* as last advised; "" never */
    char named[ADVICE_KEY]; /* the industry that the model found last; "" none */
    struct dataset_answer answer;
    struct buf *rows; /* lines; borrowed */
    size_t row_count;
    size_t last_row;     /* where its last line begins, if there is one */
    uint32_t last_about; /* a digest of what that one is about, apart from its label */
};

/* Begins with a person. `held` is the state as stored; `rows` gets lines and outlives the person. */
void dataset_begin(struct dataset_person *person, enum dataset_kind kind, const char *who, const struct state *held,
                   struct buf *rows);

/* Takes the person's next turn. */
void dataset_turn(struct dataset_person *person, const struct journal_entry *entry);

/* Ends with the person: writes what is open. Returns the rows' first error. */
MUST_USE enum error dataset_end(struct dataset_person *person);

/* Sorts lines (each without its end), leaves out those whose key stands in one before, and writes the rest below the
 * columns. Moves `lines`. Returns how many rows there are. */
size_t dataset_write(enum dataset_kind kind, struct slice *lines, size_t count, struct buf *out);

#define DATASET_ORIGINS 8 /* that are counted apart; a set has fewer */

/* What differs between two data sets of the same columns. */
struct dataset_difference {
    size_t rows_before, rows_after, gone, added, changed;
    size_t people_before, people_after, people_gone, people_added;
    struct {
        struct slice name; /* in one of the files */
        size_t before, after;
    } origins[DATASET_ORIGINS]; /* rows by what vouches for them, in the order found */
    size_t origin_count;
};

/* Compares two whole files. Returns OK, or ERR_VALUE when their columns differ or a row's key is not whole; ERR_NOMEM.
 */
MUST_USE enum error dataset_compare(struct slice before, struct slice after, struct dataset_difference *out);

#endif
