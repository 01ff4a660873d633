#include "engine/trainers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/mem.h"
#include "engine/business.h"
#include "engine/card.h"
#include "engine/catalogue.h"
#include "engine/ranker.h"
#include "engine/table.h"
#include "engine/train.h"
#include "engine/train_set.h"

#define TREE_MAX_BYTES (64u * 1024 * 1024)
#define FOLDS 5

enum column { RESOURCE, USEFUL, PROPENSITY, WHO, AT, STAGE, COLUMNS };

static const char *const column_names[COLUMNS] = {"resource", "useful", "propensity", "who", "at", "stage"};

/* The facts that crosses are made of, as slots and columns have them. */
static const char *const fact_names[] = {"goal", "industry", "region", "ruc", "sales"};
#define FACTS (sizeof(fact_names) / sizeof(fact_names[0]))

struct answer {
    struct feature features[RANKER_FEATURES];
    size_t count;
    size_t useful;   /* 0, 1 */
    uint32_t person; /* hashed */
    unsigned fold;   /* of its person */
    double propensity;
};

struct work {
    const struct train_job *job;
    struct faults *faults;
    struct arena *arena;
    struct table table;
    size_t column[COLUMNS], fact[FACTS];
    struct catalogue *catalogue;
    struct answer *answers; /* in the arena */
    size_t count, useful, gone;
    struct linear *model;
};

static const struct train_options options = {.solver = TRAIN_LOGISTIC, .c = RANKER_PRIOR_SPREAD, .tolerance = 0.01};

static enum error refuse(struct work *w, size_t row, const char *column, const char *rule)
{
    faults_add(w->faults, w->table.file, (unsigned)row + 2, 0, "%s must be %s", column, rule);
    return ERR_VALUE;
}

/* The profile that the crosses look at, of a row's facts. */
static enum error profile_of(struct work *w, size_t row, struct profile *out)
{
    struct business business;
    struct prediction stage = {.count = 1};
    int64_t day_ms;
    if (civil_parse(table_cell(&w->table, row, w->column[AT]), &day_ms))
        return refuse(w, row, "at", "the day when it was shown, YYYY-MM-DD");
    business_init(&business);
    for (size_t i = 0; i < FACTS; i++) {
        struct slice value = table_cell(&w->table, row, w->fact[i]);
        if (value.len && business_set(&business, slice_of(fact_names[i]), value))
            return refuse(w, row, fact_names[i], "a value as `chaski parse` prints it, or empty");
    }
    stage.guesses[0].probability = 1;
    if (!slice_copy(table_cell(&w->table, row, w->column[STAGE]), stage.guesses[0].label, ENGINE_KEY))
        stage.count = 0;
    profile_make(&business, &stage, day_ms, out);
    return OK;
}

/* Reads a row. A resource that the catalogue has no longer is counted and left out. */
static enum error read_answer(struct work *w, size_t row)
{
    struct answer *a = &w->answers[w->count];
    const struct resource *resource = catalogue_find(w->catalogue, table_cell(&w->table, row, w->column[RESOURCE]));
    struct profile profile;
    double useful;
    if (!resource) {
        w->gone++;
        return OK;
    }
    if (!table_number(&w->table, row, w->column[USEFUL], &useful) || (useful != 0 && useful != 1))
        return refuse(w, row, "useful", "0 or 1");
    if (!table_number(&w->table, row, w->column[PROPENSITY], &a->propensity) ||
        !(a->propensity > 0 && a->propensity <= 1))
        return refuse(w, row, "propensity", "above 0 and at most 1");
    enum error error = profile_of(w, row, &profile);
    if (error)
        return error;
    a->count = ranker_features(&profile, resource, recommend_score(resource, &profile), a->features);
    a->useful = useful > 0;
    a->person = slice_hash(table_cell(&w->table, row, w->column[WHO]));
    w->useful += a->useful;
    w->count++;
    return OK;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Deals people out over the folds in the order of their hashes, so that folds differ by one person at most: a fold by
 * the hash alone would now and then hold everybody of a small set, and leave none to learn from. */
static enum error deal_folds(struct work *w)
{
    size_t people = 0;
    uint32_t *hashes = arena_array(w->arena, w->count, sizeof(*hashes));
    if (!hashes)
        return ERR_NOMEM;
    for (size_t i = 0; i < w->count; i++)
        hashes[i] = w->answers[i].person;
    qsort(hashes, w->count, sizeof(*hashes), by_number);
    for (size_t i = 0; i < w->count; i++)
        if (!i || hashes[i] != hashes[people - 1])
            hashes[people++] = hashes[i];
    for (size_t i = 0; i < w->count; i++) {
        const uint32_t *at = bsearch(&w->answers[i].person, hashes, people, sizeof(*hashes), by_number);
        w->answers[i].fold = (unsigned)((size_t)(at - hashes) % FOLDS);
    }
    return OK;
}

static enum error read_answers(struct work *w)
{
    const struct train_file *file = &w->job->data[0];
    enum error error = table_read(file->path, file->bytes, w->arena, w->faults, &w->table);
    if (!error)
        error = table_find(&w->table, column_names, COLUMNS, w->faults, w->column);
    if (!error)
        error = table_find(&w->table, fact_names, FACTS, w->faults, w->fact);
    if (error)
        return error;
    if (!(w->answers = arena_array(w->arena, w->table.rows, sizeof(*w->answers))))
        return ERR_NOMEM;
    for (size_t row = 0; !error && row < w->table.rows; row++)
        error = read_answer(w, row);
    return error ? error : deal_folds(w);
}

/* Fits the log-odds on the answers of all folds but one (FOLDS: on all). */
static enum error fit_odds(struct work *w, unsigned without, struct linear **out)
{
    const struct linear_shape shape = {.name = "ranker",
                                       .scheme = RANKER_SCHEME,
                                       .dimension = RANKER_DIMENSION,
                                       .classes = 2,
                                       .labels = {"no", "useful"},
                                       .temperature = 1};
    struct train_set *set = train_set_new();
    enum error error = set ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < w->count; i++)
        if (w->answers[i].fold != without)
            error = train_set_add(set, w->answers[i].features, w->answers[i].count, w->answers[i].useful);
    if (!error)
        error = train_fit(set, &shape, &options, out);
    train_set_free(set);
    return error;
}

static double odds_of(const struct linear *fitted, const struct answer *a)
{
    double scores[ENGINE_LABELS_MAX];
    linear_scores(fitted, a->features, a->count, scores);
    return scores[1] - scores[0];
}

/* Puts the variance of each weight beside it: the curvature of the likelihood and the prior, as if no two weights hung
 * together. The rules' score and the bias have none: every row tells of them. */
static enum error make_model(struct work *w, const struct linear *fitted)
{
    struct linear_shape shape = *linear_shape(fitted);
    double bias[ENGINE_LABELS_MAX], outputs[ENGINE_LABELS_MAX] = {0};
    double *weights = mem_alloc(2 * RANKER_DIMENSION * sizeof(*weights));
    if (!weights)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < RANKER_DIMENSION; i++)
        weights[2 * i + 1] = 1 / RANKER_PRIOR_SPREAD;
    for (size_t i = 0; i < w->count; i++) {
        double p = ranker_probability(odds_of(fitted, &w->answers[i]));
        for (size_t k = 1; k < w->answers[i].count; k++)
            weights[2 * w->answers[i].features[k].index + 1] += p * (1 - p);
    }
    for (uint32_t i = 0; i < RANKER_DIMENSION; i++) {
        weights[2 * i] = linear_weight(fitted, i, 1) - linear_weight(fitted, i, 0);
        weights[2 * i + 1] = i ? 1 / weights[2 * i + 1] : 0;
    }
    linear_scores(fitted, NULL, 0, bias);
    outputs[0] = bias[1] - bias[0];
    snprintf(shape.labels[0], ENGINE_KEY, RANKER_ODDS);
    snprintf(shape.labels[1], ENGINE_KEY, RANKER_DOUBT);
    enum error error = linear_make(&shape, weights, outputs, &w->model);
    mem_free(weights);
    return error;
}

/* Measures probabilities of answers that the fit did not see: those of one fifth of the people at a time. */
static enum error cross_validate(struct work *w, struct train_metrics *out)
{
    const struct linear_shape shape = {.name = "ranker",
                                       .scheme = RANKER_SCHEME,
                                       .dimension = 1,
                                       .classes = 2,
                                       .labels = {"no", "useful"},
                                       .temperature = 1};
    const double weights[] = {-0.5, 0.5}, bias[] = {0, 0};
    struct train_set *set = train_set_new();
    struct linear *raw = NULL;
    enum error error = set ? linear_make(&shape, weights, bias, &raw) : ERR_NOMEM;
    for (unsigned fold = 0; !error && fold < FOLDS; fold++) {
        struct linear *fitted = NULL;
        error = fit_odds(w, fold, &fitted);
        for (size_t i = 0; !error && i < w->count; i++) {
            const struct feature odds = {0, fitted ? (float)odds_of(fitted, &w->answers[i]) : 0};
            if (w->answers[i].fold == fold)
                error = train_set_add(set, &odds, 1, w->answers[i].useful);
        }
        linear_free(fitted);
    }
    if (!error)
        error = train_measure(raw, set, w->job->seed, out);
    linear_free(raw);
    train_set_free(set);
    return error;
}

static enum error put_card(struct work *w, const struct train_metrics *m, struct train_result *out)
{
    struct buf *card = &out->card;
    card_open(card, NULL);
    card_text(card, "name", "ranker");
    card_text(card, "version", w->job->version);
    card_text(
        card, "what",
        "log-odds that a resource is of use to a business, and their variance, over crosses of facts and resource "
        "beside the rules' score, which orders alone where nobody has answered");
    card_text(
        card, "labels",
        "Of owners' answers, as `chaski dataset build ranker` writes them: a resource whose contact was asked for "
        "counts as useful, and so do all three where the owner said that they helped and asked for none; where "
        "she said that they did not help, none does.");
    card_text(card, "limits",
              "Owners answer about what they were shown, in words, before they tried it: it says what is welcome, not "
              "what helps. The variance takes weights for independent, so that it is too small where they are not.");
    card_text(card, "split", "five folds of people: no answer of a person is measured by a model that saw one of hers");
    train_put_files("data", w->job->data, w->job->data_count, card);
    train_put_files("catalogue", w->job->own, 1, card);
    card_count(card, "answers", w->count);
    card_count(card, "useful", w->useful);
    card_count(card, "of_resources_no_longer_in_the_catalogue", w->gone);
    card_count(card, "seed", w->job->seed);
    card_number(card, "prior_variance", RANKER_PRIOR_SPREAD);
    buf_addf(&out->summary, "%zu answers, %zu useful; area under the curve, cross-validated: %.3f (%.3f to %.3f)\n",
             w->count, w->useful, m->auc.value, m->auc.low, m->auc.high);
    return train_end_card("cross_validated", w->model, m, out);
}

static enum error work(struct work *w, struct train_result *out)
{
    struct train_metrics metrics;
    struct linear *fitted = NULL;
    w->arena = arena_new(TREE_MAX_BYTES);
    w->catalogue = catalogue_read(w->job->own[0].path, w->job->own[0].bytes, w->faults);
    if (!w->arena)
        return ERR_NOMEM;
    enum error error = w->catalogue ? read_answers(w) : ERR_VALUE;
    if (!error)
        error = fit_odds(w, FOLDS, &fitted);
    if (!error)
        error = make_model(w, fitted);
    linear_free(fitted);
    if (!error)
        error = cross_validate(w, &metrics);
    return error ? error : put_card(w, &metrics, out);
}

static enum error run(const struct train_job *job, struct faults *faults, struct train_result *out)
{
    struct work w = {.job = job, .faults = faults};
    train_result_init(out);
    enum error error = work(&w, out);
    catalogue_free(w.catalogue);
    arena_free(w.arena);
    return train_end(job, w.model, error, "of both answers, of people enough", faults, out);
}

static const char *const own_files[] = {"models/catalogue.yaml", NULL};

const struct trainer trainer_ranker = {
    .name = "ranker",
    .sentence = "how likely a resource is of use, from owners' answers (chaski dataset build)",
    .own_files = own_files,
    .run = run,
};
