#include "engine/trainers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/card.h"
#include "engine/fact_row.h"
#include "engine/levers.h"
#include "engine/growth.h"
#include "engine/table.h"
#include "engine/train.h"
#include "engine/train_cost.h"
#include "engine/vocabulary.h"

#define FOLDS 10
#define ROUNDS 10 /* of cross-validation, each with other folds; a firm's score is the mean */
#define COPIES 6  /* of each firm in training: one whole, the others with facts taken away */
#define FACTS 5
#define MISSING_PLACE 16u
#define CHECKINS_LEAST 100 /* fewer tell nothing that could be told from chance */
#define YOUNG_MONTHS 42    /* as in engine/stage.h */
#define GROWN 1.2          /* sales after 14 months over sales at the start */
#define SURE 0.8           /* an answer is sure from this probability on */
#define TREE_MAX_BYTES (16u * 1024 * 1024)

enum column { YEARS, REGISTERED, PLACE, SALES, EMPLOYEES, FINANCE, MARKETING, ALIVE, SALES_LATER, COLUMNS };

/* What is known of a firm when its score is measured. */
enum view { VIEW_WHOLE, VIEW_MISSING, VIEW_NO_PLACE, VIEWS };

struct example {
    struct growth_facts facts;
    size_t label; /* 1: it happened */
    unsigned fold;
    double score[VIEWS];     /* out of fold: the second label's score over the first's */
    unsigned missing[VIEWS]; /* the facts taken away */
};

struct work {
    const struct train_job *job;
    struct faults *faults;
    struct train_random random;
    struct arena *arena;
    struct table table;
    size_t column[COLUMNS];
    bool closing;
    double median;            /* of sales, in the panel's money */
    struct example *examples; /* in the arena */
    struct example **order;   /* in the arena: the examples as they are dealt */
    size_t count;
    size_t checkins, panel; /* of the examples; check-ins that are too few are none of them */
    size_t checkins_read;
    struct train_interval auc[VIEWS];
    struct train_interval levers[LEVERS]; /* closing */
    struct linear_shape shape;
    struct train_options options;
    struct train_costs costs; /* that were tried for them */
    size_t happened;          /* among those that the model is for */
    struct train_set *scores; /* owned: out-of-fold scores, one feature each */
    double slope, intercept;  /* from such a score to log odds */
    struct linear *raw;       /* owned: takes a score for what it is */
    struct linear *mirror;    /* owned: puts the line over a score; carries temperature and threshold */
    struct linear *model;     /* owned: learned from all, the line over it */
};

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum error find_median(struct work *w)
{
    double *sales = arena_array(w->arena, w->table.rows, sizeof(*sales));
    size_t count = 0;
    if (!sales)
        return ERR_NOMEM;
    for (size_t i = 0; i < w->table.rows; i++)
        count += table_number(&w->table, i, w->column[SALES], &sales[count]);
    qsort(sales, count, sizeof(*sales), by_number);
    w->median = count ? sales[count / 2] : 0;
    return w->median > 0 ? OK : ERR_VALUE;
}

/* Reads a firm. Returns false for one whose outcome is not known, or that closed where growth is asked. */
static bool make_example(const struct work *w, size_t row, struct example *out)
{
    double n[COLUMNS] = {0};
    for (size_t c = 0; c < COLUMNS; c++)
        if (!table_number(&w->table, row, w->column[c], &n[c]) && (c != SALES_LATER || !w->closing))
            return false;
    bool lives = n[ALIVE] > 0.5;
    *out = (struct example){
        .facts = {.years = n[YEARS],
                  .registered = n[REGISTERED] > 0.5,
                  .fixed_place = n[PLACE] > 0.5,
                  .sales = n[SALES] / w->median,
                  .workers = n[EMPLOYEES] + 1,
                  .trained_finance = n[FINANCE] > 0.5,
                  .trained_marketing = n[MARKETING] > 0.5},
        .label = w->closing ? !lives : n[SALES_LATER] >= GROWN * n[SALES],
    };
    return w->closing || lives;
}

static enum error make_room(struct work *w, size_t more)
{
    w->examples = arena_grow(w->arena, w->examples, w->count, w->count + more + 1, sizeof(*w->examples));
    return w->examples ? OK : ERR_NOMEM;
}

/* Reads a panel of firms. */
static enum error read_panel(struct work *w)
{
    static const char *const names[COLUMNS] = {"years",     "registered",      "fixed_shop",        "sales",
                                               "employees", "trained_finance", "trained_marketing", "alive_14m",
                                               "sales_14m"};
    enum error error = table_find(&w->table, names, COLUMNS, w->faults, w->column);
    if (!error)
        error = find_median(w);
    if (!error)
        error = make_room(w, w->table.rows);
    size_t before = w->count;
    for (size_t i = 0; !error && i < w->table.rows; i++)
        w->count += make_example(w, i, &w->examples[w->count]);
    w->panel += w->count - before;
    return error;
}

/* Reads check-ins: rows of `chaski dataset build growth`, sorted by person, of whom the first counts. */
static enum error read_checkins(struct work *w, size_t outcome)
{
    static const char *const names[] = {"who"};
    size_t who;
    enum error error = table_find(&w->table, names, 1, w->faults, &who);
    if (!error && w->closing) {
        faults_add(w->faults, w->table.file, 0, 0, "who closed answers no check-in: leave it out for closing");
        return ERR_VALUE;
    }
    if (!error)
        error = make_room(w, w->table.rows);
    for (size_t i = 0; !error && i < w->table.rows; i++) {
        struct slice said = table_cell(&w->table, i, outcome);
        struct business business;
        if (i && slice_eq(table_cell(&w->table, i, who), table_cell(&w->table, i - 1, who)))
            continue;
        if (word_number(&trends, said) == WORD_NONE)
            return fact_row_refuse(&w->table, i, slice_of("outcome"), "up, same or down", w->faults);
        error = fact_row_take(&w->table, i, w->faults, &business);
        struct example *e = &w->examples[w->count++];
        *e = (struct example){.label = slice_is(said, "up")};
        growth_facts_of(&business, &e->facts);
        e->facts.checkin = true;
        w->checkins++;
    }
    return error;
}

/* Tells whether a firm is one of those that the model is for: with check-ins the panel only helps to learn. */
static bool is_target(const struct work *w, const struct example *e)
{
    return w->checkins == 0 || e->facts.checkin;
}

/* Leaves out check-ins that are too few, and draws what will be missing. */
static enum error settle(struct work *w)
{
    size_t kept = 0;
    w->checkins_read = w->checkins;
    bool too_few = w->checkins < CHECKINS_LEAST;
    for (size_t i = 0; i < w->count; i++)
        if (!(too_few && w->examples[i].facts.checkin))
            w->examples[kept++] = w->examples[i];
    w->count = kept;
    w->checkins = too_few ? 0 : w->checkins;
    w->order = arena_array(w->arena, w->count + 1, sizeof(*w->order));
    for (size_t i = 0; w->order && i < w->count; i++) {
        struct example *e = &w->examples[i];
        e->missing[VIEW_MISSING] = 1u + (unsigned)train_draw_below(&w->random, (1u << FACTS) - 2);
        e->missing[VIEW_NO_PLACE] = MISSING_PLACE;
        w->order[i] = e;
        w->happened += is_target(w, e) && e->label;
    }
    return w->order ? OK : ERR_NOMEM;
}

static size_t features_without(const struct growth_facts *whole, unsigned missing, bool as_used,
                               struct feature out[GROWTH_FEATURES])
{
    struct growth_facts facts = *whole;
    if (missing & 1u)
        facts.years = -1;
    if (missing & 2u)
        facts.registered = -1;
    if (missing & 4u)
        facts.sales = -1;
    if (missing & 8u)
        facts.workers = -1;
    if (missing & MISSING_PLACE)
        facts.fixed_place = -1;
    if (as_used)
        facts.trained_finance = facts.trained_marketing = facts.checkin = false;
    return growth_features(&facts, out);
}

/* Adds a firm's copies. */
static enum error learn(struct work *w, const struct example *e, struct train_set *set)
{
    struct feature features[GROWTH_FEATURES];
    enum error error = OK;
    for (size_t copy = 0; !error && copy < COPIES; copy++) {
        unsigned missing = copy ? (unsigned)train_draw_below(&w->random, 1u << FACTS) : 0;
        size_t count = features_without(&e->facts, missing, false, features);
        error = train_set_add(set, features, count, e->label);
    }
    return error;
}

/* Chooses the cost among folds that hold all copies of a firm. What is drawn later is drawn as if this had not been. */
static enum error choose_cost(struct work *w)
{
    struct train_random kept = w->random;
    struct train_set *set = train_set_new();
    uint8_t *folds = arena_array(w->arena, w->count * COPIES + 1, sizeof(*folds));
    enum error error = set && folds ? OK : ERR_NOMEM;
    size_t dealt[2] = {0, 0};
    for (size_t i = 0; !error && i < w->count; i++) {
        const struct example *e = &w->examples[i];
        memset(folds + i * COPIES, (int)(dealt[e->label]++ % FOLDS), COPIES);
        error = learn(w, e, set);
    }
    if (!error)
        error = train_choose_cost(set, folds, &w->shape, &w->options, &w->costs);
    train_set_free(set);
    w->random = kept;
    return error;
}

/* Learns from every firm outside a fold (FOLDS: from all). */
static enum error fit_without(struct work *w, unsigned fold, struct linear **out)
{
    struct train_set *set = train_set_new();
    enum error error = set ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < w->count; i++)
        if (w->examples[i].fold != fold)
            error = learn(w, &w->examples[i], set);
    if (!error)
        error = train_fit(set, &w->shape, &w->options, out);
    train_set_free(set);
    return error;
}

static double score_of(const struct linear *model, const struct growth_facts *facts, unsigned missing)
{
    struct feature features[GROWTH_FEATURES];
    double scores[ENGINE_LABELS_MAX];
    linear_scores(model, features, features_without(facts, missing, true, features), scores);
    return scores[1] - scores[0];
}

/* Deals the firms of each label into folds in a new order, so that every fold has its share of both. */
static void deal_folds(struct work *w)
{
    size_t dealt[2] = {0, 0};
    for (size_t i = w->count; i > 1; i--) {
        size_t other = train_draw_below(&w->random, i);
        struct example *a = w->order[i - 1];
        w->order[i - 1] = w->order[other];
        w->order[other] = a;
    }
    for (size_t i = 0; i < w->count; i++)
        w->order[i]->fold = (unsigned)(dealt[w->order[i]->label]++ % FOLDS);
}

/* Gives every firm the mean score of models that never saw it. */
static enum error cross_validate(struct work *w)
{
    for (size_t round = 0; round < ROUNDS; round++) {
        deal_folds(w);
        for (unsigned fold = 0; fold < FOLDS; fold++) {
            struct linear *model = NULL;
            enum error error = fit_without(w, fold, &model);
            if (error)
                return error;
            for (size_t i = 0; i < w->count; i++) {
                struct example *e = &w->examples[i];
                if (e->fold != fold)
                    continue;
                for (size_t v = 0; v < VIEWS; v++)
                    e->score[v] += score_of(model, &e->facts, e->missing[v]) / ROUNDS;
            }
            linear_free(model);
        }
    }
    return OK;
}

/* Puts out-of-fold scores into a set of one feature, so that they are measured and calibrated like any model's: of the
 * firms that the model is for, or of the others. */
static enum error collect_scores(struct work *w, enum view view, bool target, struct train_set **out)
{
    struct train_set *set = train_set_new();
    enum error error = set ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < w->count; i++) {
        struct feature score = {0, (float)w->examples[i].score[view]};
        if (is_target(w, &w->examples[i]) == target)
            error = train_set_add(set, &score, 1, w->examples[i].label);
    }
    *out = set;
    return error;
}

/* Makes a model of one feature, a score: the second label's score over the first's is slope * score + intercept. */
static enum error make_mirror(const struct work *w, double slope, double intercept, struct linear **out)
{
    const double weights[] = {-slope / 2, slope / 2}, bias[] = {-intercept / 2, intercept / 2};
    struct linear_shape shape = w->shape;
    shape.dimension = 1;
    return linear_make(&shape, weights, bias, out);
}

/* Finds the line from out-of-fold scores to log odds. Where it does not rise, what was learned is worse than nothing:
 * the base rate stays. */
static enum error fit_line(struct work *w)
{
    static const struct train_options loose = {.solver = TRAIN_LOGISTIC, .c = 100, .tolerance = 0.0001};
    struct linear_shape shape = w->shape;
    struct linear *line = NULL;
    double scores[ENGINE_LABELS_MAX];
    shape.dimension = 1;
    enum error error = train_fit(w->scores, &shape, &loose, &line);
    if (error)
        return error;
    linear_scores(line, NULL, 0, scores);
    w->slope = linear_weight(line, 0, 1) - linear_weight(line, 0, 0);
    w->intercept = scores[1] - scores[0];
    linear_free(line);
    if (w->slope <= 0) {
        w->slope = 0;
        w->intercept = log((double)w->happened / (double)(train_set_rows(w->scores) - w->happened));
    }
    return OK;
}

/* Sets how out-of-fold scores become probabilities. */
static enum error calibrate(struct work *w)
{
    enum error error = collect_scores(w, VIEW_WHOLE, true, &w->scores);
    if (!error)
        error = make_mirror(w, 1, 0, &w->raw);
    if (!error)
        error = fit_line(w);
    if (!error)
        error = make_mirror(w, w->slope, w->intercept, &w->mirror);
    if (!error)
        error = train_calibrate(w->mirror, w->scores, SURE);
    return error ? error : linear_calibrate(w->mirror, linear_shape(w->mirror)->temperature, 0, SURE);
}

/* Measures how well scores order firms, in each view, and what the levers go with. */
static enum error measure(struct work *w)
{
    enum error error = OK;
    for (size_t v = 0; !error && v < VIEWS; v++) {
        struct train_set *set = NULL;
        struct train_metrics m;
        error = collect_scores(w, (enum view)v, true, &set);
        if (!error)
            error = train_measure(w->raw, set, w->job->seed, &m);
        if (!error)
            w->auc[v] = m.auc;
        train_set_free(set);
    }
    struct lever_firm *firms = arena_array(w->arena, w->count + 1, sizeof(*firms));
    if (error || !firms)
        return error ? error : ERR_NOMEM;
    for (size_t i = 0; i < w->count; i++)
        firms[i] = (struct lever_firm){w->examples[i].facts, !w->examples[i].label};
    return w->closing ? levers_measure(firms, w->count, w->job->seed, w->levers) : OK;
}

static void put_figure(double *weights, uint32_t column, const struct train_interval *figure)
{
    weights[2 * column] = figure->value;
    weights[2 * (column + 1)] = figure->low;
    weights[2 * (column + 2)] = figure->high;
}

static bool is_told_from_chance(const struct train_interval *figure)
{
    return figure->low > 0 || figure->high < 0;
}

/* Learns from all firms, puts the line that cross-validation found over it, and the figures beside it. */
static enum error fit_whole(struct work *w)
{
    double weights[2 * GROWTH_DIMENSION] = {0}, bias[ENGINE_LABELS_MAX];
    struct linear *learned = NULL;
    const struct linear_shape *measured = linear_shape(w->mirror);
    enum error error = fit_without(w, FOLDS, &learned);
    if (error)
        return error;
    linear_scores(learned, NULL, 0, bias);
    for (size_t label = 0; label < 2; label++) {
        bias[label] = w->slope * bias[label] + (label ? w->intercept : -w->intercept) / 2;
        for (uint32_t i = 0; i < GROWTH_FITTED; i++)
            weights[2 * i + label] = w->slope * linear_weight(learned, i, label);
    }
    linear_free(learned);
    put_figure(weights, GROWTH_AT_AUC, &w->auc[VIEW_WHOLE]);
    put_figure(weights, GROWTH_AT_AUC_NO_PLACE, &w->auc[VIEW_NO_PLACE]);
    for (uint32_t i = 0; i < LEVERS; i++)
        if (is_told_from_chance(&w->levers[i]))
            put_figure(weights, GROWTH_AT_LEVERS + 3 * i, &w->levers[i]);
    error = linear_make(&w->shape, weights, bias, &w->model);
    return error ? error : linear_calibrate(w->model, measured->temperature, 0, measured->threshold);
}

/* Tells how well scores order firms. */
static void put_order(const struct work *w, struct train_result *out)
{
    static const struct {
        const char *name, *what;
    } rows[VIEWS] = {{"auc", "all facts known"},
                     {"auc_with_facts_missing", "facts missing at random"},
                     {"auc_without_place", "all known but the place"}};
    card_text(&out->card, "order", "area under the curve of the out-of-fold scores: 0.5 is chance");
    for (size_t v = 0; v < VIEWS; v++) {
        card_interval(&out->card, rows[v].name, &w->auc[v]);
        buf_addf(&out->summary, "area under the curve, cross-validated, %s: %.3f (%.3f to %.3f)\n", rows[v].what,
                 w->auc[v].value, w->auc[v].low, w->auc[v].high);
    }
    card_text(&out->card, "use",
              w->slope > 0 ? "the scores are used"
                           : "the scores ordered firms no better than chance, so the model gives its "
                             "base rate to every business");
}

static double without_place(const struct growth_facts *facts)
{
    return !facts->fixed_place;
}

static double is_young(const struct growth_facts *facts)
{
    return facts->years >= 0 && facts->years * 12 < YOUNG_MONTHS;
}

static double sells_little(const struct growth_facts *facts)
{
    return facts->sales >= 0 && facts->sales < 1;
}

/* Rules that anybody would try first, held against the outcome alone. */
static const struct {
    const char *rule;
    double (*says)(const struct growth_facts *facts);
} plain_rules[] = {{"it has no fixed place", without_place},
                   {"it is open for less than 42 months", is_young},
                   {"it sells less than the median", sells_little}};

static enum error put_plain_rule(struct work *w, size_t rule, struct train_result *out)
{
    struct train_set *set = train_set_new();
    struct train_metrics m;
    enum error error = set ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < w->count; i++) {
        struct feature said = {0, (float)plain_rules[rule].says(&w->examples[i].facts)};
        if (is_target(w, &w->examples[i]))
            error = train_set_add(set, &said, 1, w->examples[i].label);
    }
    if (!error)
        error = train_measure(w->raw, set, w->job->seed, &m);
    train_set_free(set);
    if (error)
        return error;
    card_open(&out->card, NULL);
    card_text(&out->card, "rule", plain_rules[rule].rule);
    card_interval(&out->card, "auc", &m.auc);
    card_close(&out->card);
    buf_addf(&out->summary, "  of the rule that %s: %.3f (%.3f to %.3f)\n", plain_rules[rule].rule, m.auc.value,
             m.auc.low, m.auc.high);
    return OK;
}

/* What a model must be better than: the base rate given to every firm, and one fact alone. */
static enum error put_references(struct work *w, struct train_result *out)
{
    double p = (double)w->happened / (double)train_set_rows(w->scores);
    enum error error = OK;
    card_open(&out->card, "references");
    card_text(&out->card, "what",
              "the same firms: the base rate for all of them, and rules of one fact, none of which was learned");
    card_number(&out->card, "base_rate", p);
    card_number(&out->card, "base_rate_log_loss", -p * log(p) - (1 - p) * log(1 - p));
    card_number(&out->card, "base_rate_brier", 2 * p * (1 - p));
    card_open_list(&out->card, "rules");
    for (size_t i = 0; !error && i < sizeof(plain_rules) / sizeof(plain_rules[0]); i++)
        error = put_plain_rule(w, i, out);
    card_close_list(&out->card);
    card_close(&out->card);
    return error;
}

/* With check-ins: how well scores order the panel that helped to learn. */
static enum error put_panel(struct work *w, struct buf *card)
{
    struct train_set *set = NULL;
    struct train_metrics m;
    enum error error = collect_scores(w, VIEW_WHOLE, false, &set);
    if (!error && train_set_rows(set)) {
        error = train_measure(w->raw, set, w->job->seed, &m);
        if (!error)
            card_interval(card, "auc_on_the_panel", &m.auc);
    }
    train_set_free(set);
    return error;
}

static void put_levers(const struct work *w, struct train_result *out)
{
    card_text(&out->card, "levers_what",
              "How many more firms of 100 lived that had it, all other facts alike: the mean difference of a logistic "
              "regression, with a bootstrap over firms. It goes with survival; only the courses were drawn by lot, so "
              "of the others nothing says that they cause it. One whose interval holds 0 is not told to anybody. "
              "Bookkeeping and digital payments are in no data with outcomes that may be used, so that nothing is "
              "known or told of them.");
    card_open_list(&out->card, "levers");
    for (size_t i = 0; i < LEVERS; i++) {
        const struct train_interval *f = &w->levers[i];
        const struct train_interval points = {100 * f->value, 100 * f->low, 100 * f->high};
        const char *told = f->low > 0 ? "told" : "not told";
        card_open(&out->card, NULL);
        card_text(&out->card, "lever", growth_lever_keys[i]);
        card_interval(&out->card, "more_live_of_100", &points);
        card_text(&out->card, "told", f->low > 0 ? "yes" : "no");
        card_close(&out->card);
        buf_addf(&out->summary, "lever %s: %+.1f of 100 live (%+.1f to %+.1f): %s\n", growth_lever_keys[i],
                 points.value, points.low, points.high, told);
    }
    card_close_list(&out->card);
}

/* What each model answers, and what no reader may take it for. */
static void put_words(const struct work *w, struct buf *card)
{
    card_text(card, "name", w->shape.name);
    card_text(card, "version", w->job->version);
    card_text(card, "what",
              w->closing    ? "P(closed within 14 months)"
              : w->checkins ? "P(the owner says at the check-in after 30 days that she sells more)"
                            : "P(sales at least a fifth higher after 14 months than now), for firms that live");
    card_text(card, "facts",
              "years open, tax registration, a fixed place (of which owners' words tell), sales relative to a typical "
              "owner's, people working in it; unknown facts add nothing");
    card_text(
        card, "source",
        "Anderson, Chandy, Zia (2018), Management Science 64(12), doi 10.1287/mnsc.2017.2920, supplement: microfirms "
        "in South Africa. No row of it is in this repository.");
    card_text(card, "limits",
              "These are South African microfirms of the 2010s whose owners had joined a trial of business courses. "
              "The models "
              "may tell apart the frailer from the sturdier among small firms; their levels are not Peru's, and "
              "nothing here was "
              "checked on a Peruvian business. Our own check-ins after 30 days are what should replace them.");
    card_text(card, "missing_outcomes",
              "Firms whose outcome was not learned are left out; if those closed more often, P(closed) is too low.");
    card_text(card, "money",
              "Sales are the logarithm of sales over the panel's median in training, and over S/ 1520 a month in use: "
              "the median of "
              "INE Bolivia's owners of 2019 at that year's rates, a stand-in.");
    card_text(card, "courses",
              "The trial's two courses are features in training, and zero in use and in every figure here.");
    card_text(card, "verdict",
              w->closing ? "Of some use to staff for whom to call first; never a verdict to an owner."
                         : "Growth can hardly be predicted from such facts. An area under the curve over "
                           "0.65 would be leakage until shown otherwise.");
}

static enum error put_card(struct work *w, struct train_result *out)
{
    struct buf *card = &out->card;
    struct train_metrics m;
    card_open(card, NULL);
    put_words(w, card);
    train_put_files("data", w->job->data, w->job->data_count, card);
    card_count(card, "firms", train_set_rows(w->scores));
    card_count(card, "happened", w->happened);
    card_count(card, "panel_firms", w->panel);
    card_count(card, "checkins", w->checkins);
    card_count(card, "checkins_too_few_to_use", w->checkins_read - w->checkins);
    card_count(card, "folds", FOLDS);
    card_count(card, "rounds", ROUNDS);
    card_count(card, "seed", w->job->seed);
    train_put_costs(&w->costs, card);
    put_order(w, out);
    if (w->closing)
        put_levers(w, out);
    if (w->checkins_read)
        buf_addf(&out->summary, "%zu check-ins, %s\n", w->checkins_read,
                 w->checkins ? "which the model is for now" : "too few to use (100)");
    enum error error = put_references(w, out);
    if (!error && w->checkins)
        error = put_panel(w, card);
    if (!error)
        error = train_measure(w->mirror, w->scores, w->job->seed, &m);
    return error ? error : train_end_card("cross_validated", w->mirror, &m, out);
}

static enum error read_examples(struct work *w)
{
    enum error error = OK;
    for (size_t i = 0; !error && i < w->job->data_count; i++) {
        const struct train_file *file = &w->job->data[i];
        size_t outcome;
        error = table_read(file->path, file->bytes, w->arena, w->faults, &w->table);
        if (!error)
            error = fact_row_column(&w->table, "outcome", &outcome) ? read_checkins(w, outcome) : read_panel(w);
    }
    return error ? error : settle(w);
}

static enum error work(struct work *w, struct train_result *out)
{
    w->arena = arena_new(TREE_MAX_BYTES);
    enum error error = w->arena ? read_examples(w) : ERR_NOMEM;
    if (!error)
        error = choose_cost(w);
    if (!error)
        error = cross_validate(w);
    if (!error)
        error = calibrate(w);
    if (!error)
        error = measure(w);
    if (!error)
        error = fit_whole(w);
    return error ? error : put_card(w, out);
}

static enum error run(const char *name, const struct train_job *job, struct faults *faults, struct train_result *out)
{
    struct work w = {.job = job,
                     .faults = faults,
                     .random = {job->seed},
                     .closing = strcmp(name, "closing") == 0,
                     .options = {.solver = TRAIN_LOGISTIC, .c = 1, .tolerance = 0.001}};
    w.shape =
        (struct linear_shape){.scheme = GROWTH_SCHEME, .dimension = GROWTH_DIMENSION, .classes = 2, .temperature = 1};
    snprintf(w.shape.name, sizeof(w.shape.name), "%s", name);
    snprintf(w.shape.labels[0], ENGINE_KEY, "%s", w.closing ? "lives" : "does not grow");
    snprintf(w.shape.labels[1], ENGINE_KEY, "%s", w.closing ? "closes" : "grows");
    train_result_init(out);
    enum error error = work(&w, out);
    linear_free(w.mirror);
    linear_free(w.raw);
    train_set_free(w.scores);
    arena_free(w.arena);
    return train_end(job, w.model, error, "with both outcomes", faults, out);
}

static enum error run_closing(const struct train_job *job, struct faults *faults, struct train_result *out)
{
    return run("closing", job, faults, out);
}

static enum error run_growth(const struct train_job *job, struct faults *faults, struct train_result *out)
{
    return run("growth", job, faults, out);
}

static const char *const no_files[] = {NULL};

const struct trainer trainer_closing = {
    .name = "closing",
    .sentence = "P(closed within 14 months), from a panel of firms (outcome_za2018.tsv)",
    .own_files = no_files,
    .run = run_closing,
};

const struct trainer trainer_growth = {
    .name = "growth",
    .sentence = "P(sales a fifth higher after 14 months), from a panel of firms (outcome_za2018.tsv)",
    .own_files = no_files,
    .run = run_growth,
};
