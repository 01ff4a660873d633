#include "engine/train_cost.h"

#include "base/mem.h"
#include "engine/card.h"
#include "engine/train_set.h"

static const double costs_tried[TRAIN_COSTS] = {0.03, 0.1, 0.3, 1, 3, 10};

/* The rows that were tested so far, and the scores that each got. */
struct tested {
    struct train_set *rows;
    double *scores;
};

static enum error copy_row(const struct train_set *from, size_t row, struct train_set *to)
{
    size_t count;
    const struct feature *features = train_set_row(from, row, &count);
    return train_set_add(to, features, count, from->truth[row]);
}

/* Scores a fold's rows by a model of the others. */
static enum error test_fold(const struct train_set *set, const uint8_t *folds, unsigned fold,
                            const struct linear_shape *shape, const struct train_options *options,
                            struct tested *tested)
{
    struct train_set *others = train_set_new();
    struct linear *model = NULL;
    enum error error = others ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < set->rows; i++)
        if (folds[i] != fold)
            error = copy_row(set, i, others);
    if (!error)
        error = train_fit(others, shape, options, &model);
    for (size_t i = 0; !error && i < set->rows; i++) {
        size_t count;
        const struct feature *features = train_set_row(set, i, &count);
        if (folds[i] != fold)
            continue;
        linear_scores(model, features, count, tested->scores + tested->rows->rows * ENGINE_LABELS_MAX);
        error = copy_row(set, i, tested->rows);
    }
    linear_free(model);
    train_set_free(others);
    return error;
}

static double accuracy_of(const struct tested *tested, size_t classes)
{
    size_t right = 0;
    for (size_t i = 0; i < tested->rows->rows; i++) {
        const double *scores = tested->scores + i * ENGINE_LABELS_MAX;
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            best = scores[c] > scores[best] ? c : best;
        right += best == tested->rows->truth[i];
    }
    return (double)right / (double)tested->rows->rows;
}

static enum error try_cost(const struct train_set *set, const uint8_t *folds, const struct linear_shape *shape,
                           const struct train_options *options, struct train_cost *out)
{
    struct tested tested = {train_set_new(), mem_alloc((set->rows + 1) * ENGINE_LABELS_MAX * sizeof(double))};
    struct linear_shape link = *shape;
    bool present[TRAIN_FOLDS_MAX] = {false};
    enum error error = tested.rows && tested.scores ? OK : ERR_NOMEM;
    for (size_t i = 0; i < set->rows; i++)
        if (folds[i] < TRAIN_FOLDS_MAX)
            present[folds[i]] = true;
    for (unsigned fold = 0; !error && fold < TRAIN_FOLDS_MAX; fold++)
        if (present[fold])
            error = test_fold(set, folds, fold, shape, options, &tested);
    if (!error && !tested.rows->rows)
        error = ERR_VALUE;
    if (!error) {
        train_fit_link(tested.rows, tested.scores, &link);
        *out = (struct train_cost){options->c, train_log_loss(tested.rows, tested.scores, &link),
                                   accuracy_of(&tested, shape->classes)};
    }
    train_set_free(tested.rows);
    mem_free(tested.scores);
    return error;
}

enum error train_choose_cost(const struct train_set *set, const uint8_t *folds, const struct linear_shape *shape,
                             struct train_options *options, struct train_costs *out)
{
    size_t chosen = 0;
    *out = (struct train_costs){.c = options->c};
    for (size_t k = 0; k < TRAIN_COSTS; k++) {
        struct train_options trial = *options;
        trial.c = costs_tried[k];
        enum error error = try_cost(set, folds, shape, &trial, &out->tried[k]);
        if (error)
            return error == ERR_VALUE ? OK : error;
        if (out->tried[k].log_loss < out->tried[chosen].log_loss)
            chosen = k;
    }
    for (size_t i = 0; i < set->rows; i++)
        out->rows += folds[i] < TRAIN_FOLDS_MAX;
    out->c = options->c = out->tried[chosen].c;
    return OK;
}

void train_put_costs(const struct train_costs *costs, struct buf *card)
{
    card_open(card, "cost");
    card_text(card, "how",
              "cross-validation among training rows: the least log loss of rows that were not learned from, with the "
              "temperature that suits them");
    card_number(card, "chosen", costs->c);
    card_count(card, "rows_tested", costs->rows);
    card_open_list(card, "tried");
    for (size_t k = 0; k < TRAIN_COSTS && costs->rows; k++) {
        card_open(card, NULL);
        card_number(card, "c", costs->tried[k].c);
        card_number(card, "log_loss", costs->tried[k].log_loss);
        card_number(card, "accuracy", costs->tried[k].accuracy);
        card_close(card);
    }
    card_close_list(card);
    card_close(card);
}
