/* The industry trainer's parts: one file fits and measures, the other writes the card. Besides them only the
 * command that takes models of other tools includes this.
 *
 * How it is measured: for each of the survey's departments a model is trained on the others, all lists and nine tenths
 * of the lexicon, and tested on the department's texts, each once, that no training row folds like. One more split, of
 * two departments, was fixed before anything was measured: it gets full measures, and its model, with part of its test
 * rows, gives the temperature and the threshold. The cost of an error is chosen among the departments that this split
 * does not test. The final model is then trained on everything. A text is trained on once a label. Proved by
 * tests/unit/test_train_industry.c. */
#ifndef ENGINE_TRAIN_INDUSTRY_H
#define ENGINE_TRAIN_INDUSTRY_H

#include "engine/corpus.h"
#include "engine/train.h"
#include "engine/train_cost.h"
#include "engine/trainer.h"

#define INDUSTRY_PRECISION 0.95 /* what the threshold is set for */

/* Which departments were tested, and what came out. */
struct industry_split {
    uint32_t tested; /* bits by the corpus's groups */
    size_t train_rows;
    struct train_metrics all, owners;
};

struct industry_report {
    const struct corpus *corpus;
    struct linear_shape shape; /* of the final model, calibrated */
    struct industry_split departments[CORPUS_GROUPS_MAX]; /* each tested alone */
    size_t department_count;
    struct industry_split fixed;      /* the one that was fixed beforehand */
    struct train_metrics calibration; /* fixed split: its rows that set neither temperature nor threshold */
    struct train_metrics new_entries; /* fixed split: made-up rows of entries that were held out */
    struct train_metrics first_person;       /* fixed split's model on the hand-written phrases */
    struct train_metrics first_person_final; /* the final model on the same */
    struct train_costs costs;
    size_t lexicon_entries;
    size_t train_rows; /* of the final model */
    size_t size_bytes;
    double features_per_text; /* mean over the hand-written phrases */
};

/* Gives the shape of a model of industries, not calibrated. */
struct linear_shape industry_shape(void);

/* How the models are trained, but for the cost, which cross-validation over departments chooses. */
extern const struct train_options industry_options;

/* Writes the card and the summary. */
void industry_put_card(const struct train_job *job, const struct industry_report *report, struct buf *out);
void industry_put_summary(const struct industry_report *report, struct buf *out);

/* Gives the means over all departments' texts. */
struct industry_means {
    double accuracy, top3, owners_accuracy, owners_top3;
};
struct industry_means industry_means(const struct industry_report *report);

#endif
