#include "engine/trainers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/card.h"
#include "engine/fact_row.h"
#include "engine/stage.h"
#include "engine/table.h"
#include "engine/train.h"
#include "engine/train_cost.h"
#include "engine/vocabulary.h"

#define FACTS STAGE_FACTS
#define COPIES 24               /* of each business that is learned from, with other facts taken away */
#define NOT_OPEN_PERMILLE 80    /* made up */
#define NO_SALES_PERMILLE 30    /* made up */
#define SOLES_A_BOLIVIANO 0.483 /* 2019: 3.34 soles and 6.91 bolivianos a dollar */
#define SURE 0.9                /* an answer is sure from this probability on */
#define CERTAIN 20              /* the score by which the rule has its way */
#define SMOOTHING 0.1           /* of a fact set, beside those that were met */
#define CORRECTION_WEIGHT 10    /* of what a person said, beside what the rule says of a stranger */
#define FOLDS 5                 /* of businesses, when the cost is chosen */
#define VALUES_MOST 16          /* of a fact */
#define HELD_OUT 4              /* of so many people that staff corrected, one */
#define TREE_MAX_BYTES (64u * 1024 * 1024)

enum column { YEARS, WORKERS, NIT, SALES, DEPARTMENT, COLUMNS };
enum part { TRAINED, CALIBRATED, SETS, TESTED = SETS };

/* A whole fact set and its stage by the rule. */
struct example {
    struct business facts;
    size_t stage;
    enum part part;
};

struct work {
    const struct train_job *job;
    struct faults *faults;
    struct train_random random;
    struct arena *arena;
    struct table table;
    size_t column[COLUMNS];
    struct example *examples; /* in the arena */
    size_t count;
    struct example *corrections; /* in the arena: facts with the stage that staff gave */
    size_t correction_count;
    struct train_set *sets[SETS];
    uint8_t *folds;           /* in the arena: of the rows of sets[TRAINED], by their example */
    struct train_costs costs; /* that were tried */
    struct stage_set usual;   /* of each fact, the value that is met most among those trained on */
    int usual_stage;
    size_t plain_right; /* of the rows measured last: where the plain rule agrees */
    struct linear *model;
};

static enum part part_of(struct slice department)
{
    static const struct {
        const char *name;
        enum part part;
    } rows[] = {{"Santa Cruz", TESTED}, {"Tarija", TESTED}, {"Oruro", CALIBRATED}, {"Potosí", CALIBRATED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_is(department, rows[i].name))
            return rows[i].part;
    return TRAINED;
}

/* Draws a trend. Made up: nobody asked these owners. New firms are given more change than old ones. */
static const char *draw_trend(struct train_random *random, bool is_new)
{
    static const struct {
        size_t up, same; /* per hundred; the rest is down */
    } prior[] = {[false] = {20, 50}, [true] = {35, 40}};
    size_t drawn = train_draw_below(random, 100);
    if (drawn < prior[is_new].up)
        return "up";
    return drawn < prior[is_new].up + prior[is_new].same ? "same" : "down";
}

/* Makes one whole fact set of a row. Returns false for a row without years, workers or sales. */
static bool make_example(struct work *w, size_t row, struct example *out)
{
    double years, workers, sales;
    struct business *b = &out->facts;
    if (!table_number(&w->table, row, w->column[YEARS], &years) ||
        !table_number(&w->table, row, w->column[WORKERS], &workers) ||
        !table_number(&w->table, row, w->column[SALES], &sales))
        return false;
    struct slice nit = table_cell(&w->table, row, w->column[NIT]);
    bool not_open = train_draw_below(&w->random, 1000) < NOT_OPEN_PERMILLE;
    bool no_sales = not_open || train_draw_below(&w->random, 1000) < NO_SALES_PERMILLE;
    business_init(b);
    b->tenure_months = not_open ? -1 : (int)(years * 12);
    b->workers = workers;
    b->sales_month = no_sales ? 0 : sales * SOLES_A_BOLIVIANO;
    b->has_ruc = slice_is(nit, "general") || slice_is(nit, "simplificado") ? 1 : slice_is(nit, "no") ? 0 : -1;
    if (!no_sales)
        snprintf(b->trend, sizeof(b->trend), "%s", draw_trend(&w->random, b->tenure_months < STAGE_NEW_MONTHS));
    out->part = part_of(table_cell(&w->table, row, w->column[DEPARTMENT]));
    out->stage = (size_t)stage_rule(b);
    return true;
}

static enum error make_examples(struct work *w)
{
    w->examples = arena_array(w->arena, w->table.rows, sizeof(*w->examples));
    if (!w->examples)
        return ERR_NOMEM;
    for (size_t i = 0; i < w->table.rows; i++)
        w->count += make_example(w, i, &w->examples[w->count]);
    return OK;
}

/* Reads staff's corrections. Those of every fourth person, by a hash, are held out. */
static enum error read_corrections(struct work *w, const struct train_file *file)
{
    static const char *const names[] = {"who", "corrected"};
    struct table table;
    size_t column[2];
    enum error error = table_read(file->path, file->bytes, w->arena, w->faults, &table);
    if (!error)
        error = table_find(&table, names, 2, w->faults, column);
    if (error)
        return error;
    w->corrections = arena_grow(w->arena, w->corrections, w->correction_count, w->correction_count + table.rows,
                                sizeof(*w->corrections));
    if (!w->corrections)
        return ERR_NOMEM;
    for (size_t i = 0; !error && i < table.rows; i++) {
        struct example *e = &w->corrections[w->correction_count++];
        int stage = word_number(&stages, table_cell(&table, i, column[1]));
        if (stage == WORD_NONE)
            return fact_row_refuse(&table, i, slice_of("corrected"), "startup, growth, established or decline",
                                   w->faults);
        e->stage = (size_t)stage;
        e->part = slice_hash(table_cell(&table, i, column[0])) % HELD_OUT ? TRAINED : TESTED;
        error = fact_row_take(&table, i, w->faults, &e->facts);
    }
    return error;
}

/* Takes away the facts whose bits are set. */
static struct stage_set without(const struct business *whole, unsigned missing)
{
    struct stage_set set;
    stage_set_of(whole, &set);
    for (size_t i = 0; i < FACTS; i++)
        if (missing & 1u << i)
            set.value[i] = stage_values[i];
    return set;
}

static unsigned draw_missing(struct train_random *random, size_t count)
{
    unsigned missing = 0;
    while (count > 0) {
        unsigned bit = 1u << train_draw_below(random, FACTS);
        count -= !(missing & bit);
        missing |= bit;
    }
    return missing;
}

static enum error add(struct train_set *set, const struct example *example, unsigned missing)
{
    struct feature features[STAGE_FEATURES];
    struct stage_set known = without(&example->facts, missing);
    size_t count = stage_features(&known, features);
    return train_set_add(set, features, count, example->stage);
}

/* Adds copies with facts taken away. What the rule decides is nothing to learn. */
static enum error add_copies(struct work *w, const struct example *example, size_t fold)
{
    enum error error = OK;
    for (size_t copy = 0; !error && copy < COPIES; copy++) {
        unsigned missing = draw_missing(&w->random, copy % (FACTS + 1));
        struct stage_set known = without(&example->facts, missing);
        if (stage_rule_of(&known) != WORD_NONE)
            continue;
        if (example->part == TRAINED)
            w->folds[train_set_rows(w->sets[TRAINED])] = (uint8_t)fold;
        error = add(w->sets[example->part], example, missing);
    }
    return error;
}

static enum error fill_sets(struct work *w)
{
    size_t businesses = w->count + w->correction_count * CORRECTION_WEIGHT;
    w->folds = arena_array(w->arena, businesses * COPIES + 1, sizeof(*w->folds));
    enum error error = w->folds ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < w->count; i++)
        if (w->examples[i].part != TESTED)
            error = add_copies(w, &w->examples[i], i % FOLDS);
    for (size_t i = 0; !error && i < w->correction_count * CORRECTION_WEIGHT; i++)
        if (w->corrections[i / CORRECTION_WEIGHT].part != TESTED)
            error = add_copies(w, &w->corrections[i / CORRECTION_WEIGHT], i / CORRECTION_WEIGHT % FOLDS);
    return error;
}

/* Counts how often each whole fact set was met; nobody meets one that cannot be. Returns the sum. */
static double count_sets(const struct work *w, double counts[STAGE_SETS])
{
    struct stage_set set;
    double total = 0;
    for (uint32_t i = 0; i < STAGE_SETS; i++) {
        stage_set_at(i, &set);
        counts[i] = stage_set_whole(&set) ? SMOOTHING : 0;
        total += counts[i];
    }
    for (size_t i = 0; i < w->count; i++) {
        stage_set_of(&w->examples[i].facts, &set);
        if (w->examples[i].part != TRAINED || !stage_set_whole(&set))
            continue;
        counts[stage_set_place(&set)]++;
        total++;
    }
    return total;
}

/* Puts behind the fitted weights those by which the rule decides, and how common each whole fact set is. */
static enum error complete(struct work *w, const struct linear *fitted, const struct linear_shape *shape)
{
    double bias[ENGINE_LABELS_MAX];
    double *weights = arena_array(w->arena, (size_t)STAGE_DIMENSION * STAGE_COUNT, sizeof(*weights));
    double *counts = arena_array(w->arena, STAGE_SETS, sizeof(*counts));
    if (!weights || !counts)
        return ERR_NOMEM;
    linear_scores(fitted, NULL, 0, bias);
    double total = count_sets(w, counts);
    for (uint32_t i = 0; i < STAGE_AT_SETS; i++)
        for (size_t s = 0; s < STAGE_COUNT; s++)
            weights[i * STAGE_COUNT + s] = i < STAGE_FITTED          ? linear_weight(fitted, i, s)
                                           : i - STAGE_AT_RULED == s ? CERTAIN
                                                                     : -CERTAIN;
    for (uint32_t i = 0; i < STAGE_SETS; i++)
        if (counts[i] > 0)
            weights[(STAGE_AT_SETS + i) * STAGE_COUNT] = log(counts[i] / total);
    return linear_make(shape, weights, bias, &w->model);
}

static enum error fit(struct work *w)
{
    struct train_options options = {.solver = TRAIN_LOGISTIC, .c = 1, .tolerance = 0.001};
    struct linear_shape shape = {.name = "stage",
                                 .scheme = STAGE_SCHEME,
                                 .dimension = STAGE_DIMENSION,
                                 .classes = STAGE_COUNT,
                                 .temperature = 1};
    struct linear *fitted = NULL;
    for (size_t i = 0; i < STAGE_COUNT; i++)
        snprintf(shape.labels[i], ENGINE_KEY, "%s", stages.words[i].key);
    enum error error = train_choose_cost(w->sets[TRAINED], w->folds, &shape, &options, &w->costs);
    if (!error)
        error = train_fit(w->sets[TRAINED], &shape, &options, &fitted);
    if (!error)
        error = complete(w, fitted, &shape);
    linear_free(fitted);
    if (!error)
        error = train_calibrate(w->model, w->sets[CALIBRATED], SURE);
    return error ? error : linear_calibrate(w->model, linear_shape(w->model)->temperature, 0, SURE);
}

#define ANY_COUNT (FACTS + 1)

static size_t most(const size_t *counts, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        best = counts[i] > counts[best] ? i : best;
    return best;
}

/* Finds what the plain rule takes for what it is not told. */
static void find_usual(struct work *w)
{
    size_t values[FACTS][VALUES_MOST] = {{0}}, stage[STAGE_COUNT] = {0};
    for (size_t i = 0; i < w->count; i++) {
        struct stage_set set;
        if (w->examples[i].part != TRAINED)
            continue;
        stage_set_of(&w->examples[i].facts, &set);
        stage[w->examples[i].stage]++;
        for (size_t k = 0; k < FACTS; k++)
            if (set.value[k] < stage_values[k])
                values[k][set.value[k]]++;
    }
    w->usual_stage = (int)most(stage, STAGE_COUNT);
    for (size_t k = 0; k < FACTS; k++)
        w->usual.value[k] = (unsigned)most(values[k], stage_values[k]);
}

/* The reference: the definition over the facts that are known, and over the usual value in place of one that is not. */
static bool plain_rule_agrees(const struct work *w, const struct example *example, unsigned missing)
{
    struct stage_set set = without(&example->facts, missing);
    int stage = stage_rule_of(&set);
    for (size_t k = 0; k < FACTS && stage == WORD_NONE; k++)
        if (missing & 1u << k)
            set.value[k] = w->usual.value[k];
    if (stage == WORD_NONE)
        stage = stage_rule_of(&set);
    return (stage == WORD_NONE ? w->usual_stage : stage) == (int)example->stage;
}

/* Measures the model on the test departments with some facts taken away: always the same ones, or, when `missing` is
 * 0, `count` drawn for each business, or any count. */
static enum error measure(struct work *w, unsigned missing, size_t count, struct train_metrics *out)
{
    struct train_set *set = train_set_new();
    enum error error = set ? OK : ERR_NOMEM;
    w->plain_right = 0;
    for (size_t i = 0; !error && i < w->count; i++) {
        unsigned gone = missing;
        if (w->examples[i].part != TESTED)
            continue;
        if (!missing)
            gone = draw_missing(&w->random, count < ANY_COUNT ? count : train_draw_below(&w->random, ANY_COUNT));
        w->plain_right += plain_rule_agrees(w, &w->examples[i], gone);
        error = add(set, &w->examples[i], gone);
    }
    if (!error)
        error = train_measure(w->model, set, w->job->seed, out);
    train_set_free(set);
    return error;
}

static void put_agreement(const struct work *w, struct buf *card, const struct train_metrics *m)
{
    card_count(card, "rows", m->rows);
    card_interval(card, "agreement", &m->accuracy);
    card_number(card, "agreement_of_the_plain_rule", m->rows ? (double)w->plain_right / (double)m->rows : 0);
    card_number(card, "log_loss", m->log_loss);
    card_number(card, "calibration_error", m->ece);
    card_close(card);
}

static enum error put_agreements(struct work *w, struct buf *card, struct buf *summary)
{
    static const char *const names[FACTS] = {"tenure", "trend", "sales", "workers", "ruc"};
    struct train_metrics m;
    card_open_list(card, "agreement_with_the_rule_by_number_of_facts_missing");
    for (size_t count = 0; count <= FACTS; count++) {
        enum error error = measure(w, 0, count, &m);
        if (error)
            return error;
        card_open(card, NULL);
        card_count(card, "missing", count);
        put_agreement(w, card, &m);
        buf_addf(summary, "%zu facts missing: agrees with the rule in %.3f (%.3f to %.3f), the plain rule in %.3f\n",
                 count, m.accuracy.value, m.accuracy.low, m.accuracy.high,
                 m.rows ? (double)w->plain_right / (double)m.rows : 0);
    }
    card_close_list(card);
    card_open_list(card, "agreement_when_only_this_fact_is_missing");
    for (size_t i = 0; i < FACTS; i++) {
        enum error error = measure(w, 1u << i, 1, &m);
        if (error)
            return error;
        card_open(card, NULL);
        card_text(card, "fact", names[i]);
        put_agreement(w, card, &m);
    }
    card_close_list(card);
    return OK;
}

/* Says how far the definition, and what is used, say what staff said. */
static enum error put_corrections(struct work *w, struct buf *card, struct buf *summary)
{
    struct train_set *set = train_set_new();
    struct train_metrics m = {.rows = 0};
    size_t whole = 0, agree = 0;
    enum error error = set ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < w->correction_count; i++) {
        const struct example *e = &w->corrections[i];
        int ruled = stage_rule(&e->facts);
        whole += ruled != WORD_NONE;
        agree += ruled == (int)e->stage;
        if (e->part == TESTED)
            error = add(set, e, 0);
    }
    if (!error && train_set_rows(set))
        error = train_measure(w->model, set, w->job->seed, &m);
    train_set_free(set);
    card_open(card, "staff");
    card_count(card, "corrections", w->correction_count);
    card_count(card, "with_whole_facts", whole);
    card_count(card, "of_those_the_definition_agrees_with", agree);
    card_count(card, "held_out", m.rows);
    card_interval(card, "agreement_of_what_is_used_with_those_held_out", &m.accuracy);
    card_close(card);
    buf_addf(summary, "%zu corrections by staff; of %zu with whole facts the definition agrees with %zu\n",
             w->correction_count, whole, agree);
    return error;
}

static void put_words(const struct work *w, struct buf *card)
{
    card_text(card, "name", "stage");
    card_text(card, "version", w->job->version);
    card_text(
        card, "what",
        "P(stage | the facts given) where the definition in engine/stage.h cannot decide because a fact is missing; "
        "where its facts are whole the definition decides and this model is not asked.");
    card_text(
        card, "labels",
        "There are no stage labels anywhere. The labels here are the definition's own, so every figure says how well "
        "the model guesses what the definition would say, not how well the definition describes a business.");
    card_text(card, "definition",
              "not yet open, or under 42 months without growth: startup; 12 months and more with rising sales: growth; "
              "42 months and more with steady sales: established; falling sales, or 42 months and more without "
              "sales: decline. 42 months: Global Entrepreneurship Monitor.");
    card_text(card, "source",
              "Fuente: INE Bolivia, Encuesta de Hogares 2019; elaboración propia. Facts of owners: years, workers, tax "
              "number, sales. No row of it is in this repository.");
    card_text(
        card, "made_up",
        "The trend is not in the survey: drawn with a fixed seed as 35/40/25 % up, same, down under 42 months and "
        "20/50/30 % above, and none for those without sales. 8 % were made not yet open, 3 % without sales. Bolivian "
        "bolivianos became soles at the "
        "rates of 2019 (0.483). Where the trend is unknown, the model's answer is these made-up shares.");
    card_text(
        card, "split",
        "by department: Santa Cruz and Tarija tested, Oruro and Potosí calibrated (temperature), the other "
        "five trained; each business with 0 to 5 facts taken away at random. Every figure is of what is used: the "
        "definition where it decides, else the model.");
    card_text(
        card, "reference",
        "The plain rule is the definition over the facts that are known, with the value that is commonest among those "
        "trained on in place of each that is not; where it cannot decide then either, the commonest stage.");
    card_text(
        card, "questions",
        "What each unasked fact would tell is expected information, over how common whole fact sets are among the "
        "businesses trained on; each that can be counts 0.1 more than it was met. Their trends are the made-up ones.");
    card_text(
        card, "corrections",
        "Staff's corrections become the first labels: further --data with the column corrected and the facts. They "
        "teach the model where facts are missing; where facts are whole the definition decides all the same.");
    card_text(
        card, "threshold",
        "sure means a probability of at least 0.9: below it the test departments showed the model surer than right");
}

static enum error put_card(struct work *w, struct train_result *out)
{
    struct buf *card = &out->card;
    struct train_metrics m;
    find_usual(w);
    card_open(card, NULL);
    put_words(w, card);
    train_put_files("data", w->job->data, w->job->data_count, card);
    card_count(card, "businesses", w->count);
    card_count(card, "seed", w->job->seed);
    train_put_costs(&w->costs, card);
    enum error error = put_agreements(w, card, &out->summary);
    if (!error && w->correction_count)
        error = put_corrections(w, card, &out->summary);
    if (!error)
        error = measure(w, 0, ANY_COUNT, &m);
    return error ? error : train_end_card("tested", w->model, &m, out);
}

static enum error work(struct work *w, struct train_result *out)
{
    static const char *const names[COLUMNS] = {"years_own_account", "workers", "nit", "monthly_sales_bs", "depto"};
    const struct train_file *file = &w->job->data[0];
    w->arena = arena_new(TREE_MAX_BYTES);
    for (size_t i = 0; i < SETS; i++)
        w->sets[i] = train_set_new();
    if (!w->arena || !w->sets[TRAINED] || !w->sets[CALIBRATED])
        return ERR_NOMEM;
    enum error error = table_read(file->path, file->bytes, w->arena, w->faults, &w->table);
    if (!error)
        error = table_find(&w->table, names, COLUMNS, w->faults, w->column);
    if (!error)
        error = make_examples(w);
    for (size_t i = 1; !error && i < w->job->data_count; i++)
        error = read_corrections(w, &w->job->data[i]);
    if (!error)
        error = fill_sets(w);
    if (!error)
        error = fit(w);
    return error ? error : put_card(w, out);
}

static enum error run(const struct train_job *job, struct faults *faults, struct train_result *out)
{
    struct work w = {.job = job, .faults = faults, .random = {job->seed}};
    train_result_init(out);
    enum error error = work(&w, out);
    for (size_t i = 0; i < SETS; i++)
        train_set_free(w.sets[i]);
    arena_free(w.arena);
    return train_end(job, w.model, error, "of all four stages", faults, out);
}

static const char *const no_files[] = {NULL};

const struct trainer trainer_stage = {
    .name = "stage",
    .sentence = "P(stage | the facts given), from the definition over owners' facts (facts_bo2019.tsv)",
    .own_files = no_files,
    .run = run,
};
