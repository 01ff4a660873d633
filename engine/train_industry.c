#include "engine/train_industry.h"

#include <string.h>

#include "base/mem.h"
#include "engine/features.h"
#include "engine/industries.h"

const struct train_options industry_options = {.solver = TRAIN_SVM, .c = 1, .tolerance = 0.1, .balance = 0.5};

#define LABEL_MIX 0x9e3779b97f4a7c15u /* keeps the keys of one text under two labels apart */

enum own_file { OWN_INDUSTRIES, OWN_LEXICON, OWN_PATTERNS, OWN_PHRASES };

static const char *const own_files[] = {
    [OWN_INDUSTRIES] = "models/industries.yaml",
    [OWN_LEXICON] = "models/lexicon/peru.tsv",
    [OWN_PATTERNS] = "models/lexicon/phrases.tsv",
    [OWN_PHRASES] = "tests/accuracy/industry_phrases.tsv",
    NULL,
};

/* Departments whose rows test the split that was chosen before the first measurement. */
static const char *const fixed_tested[] = {"Oruro", "Santa Cruz"};

struct run {
    const struct train_job *job;
    struct faults *faults;
    struct corpus corpus;  /* what may be trained on */
    struct corpus phrases; /* the hand-written phrases, for measuring only */
    struct industry_report report;
    struct train_options options; /* with the cost that was chosen */
    size_t steps_done, steps;
};

static void say(struct run *run, const char *what)
{
    if (run->job->progress)
        run->job->progress(run->job->ctx, what, (double)run->steps_done / (double)run->steps);
    run->steps_done++;
}

static enum error add_text(struct train_set *set, const struct example *example)
{
    struct features features;
    features_of_text(example->text, &features);
    return train_set_add(set, features.items, features.count, example->label);
}

static bool is_tested_group(const struct example *example, uint32_t tested)
{
    return example->group != CORPUS_GROUP_NONE && (tested >> example->group & 1);
}

/* A split's rows: what is trained on, and the sets that it is measured on. */
struct sets {
    struct train_set *train;
    struct train_set *all, *owners;      /* tested departments' unseen distinct texts */
    struct train_set *entries;           /* made-up rows of held-out entries */
    struct train_set *calibrate, *other; /* parts of all of those: is_for_calibration() */
    struct key_set trained, tested;
    struct key_set taught; /* texts with their labels */
};

static enum error sets_init(struct sets *sets, size_t count)
{
    memset(sets, 0, sizeof(*sets));
    struct train_set **const all[] = {&sets->train,   &sets->all,       &sets->owners,
                                      &sets->entries, &sets->calibrate, &sets->other};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        *all[i] = train_set_new();
        if (!*all[i])
            return ERR_NOMEM;
    }
    enum error error = key_set_init(&sets->trained, count);
    if (!error)
        error = key_set_init(&sets->tested, count);
    return error ? error : key_set_init(&sets->taught, count);
}

static void sets_release(struct sets *sets)
{
    train_set_free(sets->train);
    train_set_free(sets->all);
    train_set_free(sets->owners);
    train_set_free(sets->entries);
    train_set_free(sets->calibrate);
    train_set_free(sets->other);
    key_set_release(&sets->trained);
    key_set_release(&sets->tested);
    key_set_release(&sets->taught);
}

/* Each text is trained on once a label, however often it was said: what many say is not what is hard. Gives, where
 * `folds` is not NULL, each row its department's number, and none where it is no department's. */
static enum error fill_training(const struct corpus *corpus, uint32_t tested, bool hold, struct sets *sets,
                                uint8_t *folds)
{
    for (size_t i = 0; i < corpus->count; i++) {
        const struct example *example = &corpus->items[i];
        if (is_tested_group(example, tested) || (hold && corpus_is_held(example)))
            continue;
        key_set_add(&sets->trained, example->key);
        if (!key_set_add(&sets->taught, example->key ^ (example->label + 1u) * LABEL_MIX))
            continue;
        if (folds)
            folds[train_set_rows(sets->train)] =
                example->group == CORPUS_GROUP_NONE ? TRAIN_NO_FOLD : (uint8_t)example->group;
        enum error error = add_text(sets->train, example);
        if (error)
            return error;
    }
    return OK;
}

/* Tells whether a row that was never trained on sets temperature and threshold: every second sentence of the lexicon,
 * which speaks as owners do in chat, but only every eighth answer of the survey. Answers are an interviewer's notes; of
 * them the model is surer than it should be, and of chat it would be less sure than it should be if half of each set
 * them. */
static bool is_for_calibration(const struct example *example)
{
    return (example->key >> 32 & 1) && (example->origin == ORIGIN_MADE_UP || (example->key >> 33 & 3) == 0);
}

/* Puts one row that was never trained on where it belongs. */
static enum error add_tested(const struct example *example, struct sets *sets)
{
    bool made_up = example->origin == ORIGIN_MADE_UP;
    enum error error = add_text(made_up ? sets->entries : sets->all, example);
    if (!error && example->owner)
        error = add_text(sets->owners, example);
    if (!error)
        error = add_text(is_for_calibration(example) ? sets->calibrate : sets->other, example);
    return error;
}

static enum error fill_tests(const struct corpus *corpus, uint32_t tested, struct sets *sets)
{
    for (size_t i = 0; i < corpus->count; i++) {
        const struct example *example = &corpus->items[i];
        bool answer = example->origin == ORIGIN_SURVEY && is_tested_group(example, tested);
        if ((!answer && !corpus_is_held(example)) || key_set_has(&sets->trained, example->key) ||
            !key_set_add(&sets->tested, example->key))
            continue;
        enum error error = add_tested(example, sets);
        if (error)
            return error;
    }
    return OK;
}

struct linear_shape industry_shape(void)
{
    struct linear_shape shape = {.name = "industry",
                                 .scheme = FEATURES_SCHEME,
                                 .dimension = FEATURES_DIMENSION,
                                 .classes = INDUSTRY_COUNT,
                                 .link = LINEAR_SIGMOIDS,
                                 .temperature = 1};
    for (size_t i = 0; i < INDUSTRY_COUNT; i++)
        slice_copy(slice_of(industries.words[i].key), shape.labels[i], ENGINE_KEY);
    return shape;
}

static enum error measure_phrases(struct run *run, const struct linear *model, struct train_metrics *out)
{
    struct train_set *set = train_set_new();
    enum error error = set ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < run->phrases.count; i++)
        error = add_text(set, &run->phrases.items[i]);
    if (!error)
        error = train_measure(model, set, run->job->seed, out);
    train_set_free(set);
    return error;
}

/* The fixed split also calibrates, and measures what only it measures. */
static enum error finish_fixed(struct run *run, const struct sets *sets, struct linear *model)
{
    struct industry_report *report = &run->report;
    enum error error = train_calibrate(model, sets->calibrate, INDUSTRY_PRECISION);
    if (error)
        return error;
    report->shape = *linear_shape(model);
    error = train_measure(model, sets->other, run->job->seed, &report->calibration);
    if (!error)
        error = train_measure(model, sets->entries, run->job->seed, &report->new_entries);
    return error ? error : measure_phrases(run, model, &report->first_person);
}

static enum error run_split(struct run *run, struct industry_split *split, bool fixed)
{
    struct sets sets;
    struct linear *model = NULL;
    struct linear_shape shape = industry_shape();
    enum error error = sets_init(&sets, run->corpus.count);
    if (!error)
        error = fill_training(&run->corpus, split->tested, true, &sets, NULL);
    if (!error)
        error = fill_tests(&run->corpus, split->tested, &sets);
    if (!error)
        error = train_fit(sets.train, &shape, &run->options, &model);
    if (!error && fixed)
        error = finish_fixed(run, &sets, model);
    if (!error)
        error = train_measure(model, sets.all, run->job->seed, &split->all);
    if (!error)
        error = train_measure(model, sets.owners, run->job->seed, &split->owners);
    split->train_rows = train_set_rows(sets.train);
    linear_free(model);
    sets_release(&sets);
    return error;
}

/* Chooses the cost among departments that the fixed split does not test. */
static enum error choose_cost(struct run *run)
{
    struct sets sets;
    struct linear_shape shape = industry_shape();
    uint8_t *folds = mem_alloc(run->corpus.count + 1);
    enum error error = sets_init(&sets, run->corpus.count);
    say(run, "choosing the cost");
    if (!error && !folds)
        error = ERR_NOMEM;
    if (!error)
        error = fill_training(&run->corpus, run->report.fixed.tested, true, &sets, folds);
    if (!error)
        error = train_choose_cost(sets.train, folds, &shape, &run->options, &run->report.costs);
    sets_release(&sets);
    mem_free(folds);
    return error;
}

static uint32_t fixed_mask(const struct corpus *corpus)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < corpus->group_count; i++)
        for (size_t k = 0; k < sizeof(fixed_tested) / sizeof(fixed_tested[0]); k++)
            if (strcmp(corpus->groups[i], fixed_tested[k]) == 0)
                mask |= 1u << i;
    return mask ? mask : 1u | 1u << 1; /* other data than the survey's: the first two */
}

/* Lists a split for each department, tested by a model that all others trained, and the fixed one behind them. */
static enum error list_splits(struct run *run)
{
    struct industry_report *report = &run->report;
    size_t groups = run->corpus.group_count;
    if (groups < 3) {
        faults_add(run->faults, run->job->data_count ? run->job->data[0].path : "", 0, 0,
                   "the data hold %zu departments: at least 3 are needed to train on some and test on two", groups);
        return ERR_VALUE;
    }
    for (size_t i = 0; i < groups; i++)
        report->departments[i].tested = 1u << i;
    report->department_count = groups;
    report->fixed.tested = fixed_mask(&run->corpus);
    return OK;
}

static enum error run_splits(struct run *run)
{
    enum error error = list_splits(run);
    run->steps = run->report.department_count + 3;
    if (!error)
        error = choose_cost(run);
    for (size_t i = 0; !error && i < run->report.department_count; i++) {
        say(run, "measuring");
        error = run_split(run, &run->report.departments[i], false);
    }
    say(run, "measuring");
    return error ? error : run_split(run, &run->report.fixed, true);
}

static enum error train_final(struct run *run, struct linear **out)
{
    struct sets sets;
    struct linear *model = NULL;
    struct linear_shape shape = industry_shape();
    const struct linear_shape *calibrated = &run->report.shape;
    say(run, "training");
    enum error error = sets_init(&sets, run->corpus.count);
    if (!error)
        error = fill_training(&run->corpus, 0, false, &sets, NULL);
    if (!error)
        error = train_fit(sets.train, &shape, &run->options, &model);
    if (!error)
        error = linear_calibrate(model, calibrated->temperature, calibrated->shift, calibrated->threshold);
    if (!error)
        error = measure_phrases(run, model, &run->report.first_person_final);
    run->report.train_rows = train_set_rows(sets.train);
    sets_release(&sets);
    if (error)
        linear_free(model);
    else
        *out = model;
    return error;
}

static enum error read_corpora(struct run *run)
{
    const struct train_job *job = run->job;
    struct phrases_source source = {job->own[OWN_LEXICON].path, job->own[OWN_LEXICON].bytes,
                                    job->own[OWN_PATTERNS].path, job->own[OWN_PATTERNS].bytes};
    struct industries names;
    enum error error =
        industries_read(job->own[OWN_INDUSTRIES].path, job->own[OWN_INDUSTRIES].bytes, run->faults, &names);
    for (size_t i = 0; !error && i < job->data_count; i++)
        error = corpus_add_table(&run->corpus, job->data[i].path, job->data[i].bytes, run->faults);
    if (!error)
        error = corpus_add_phrases(&run->corpus, &source, CORPUS_PER_ENTRY, job->seed, run->faults);
    if (!error)
        error = corpus_add_table(&run->phrases, job->own[OWN_PHRASES].path, job->own[OWN_PHRASES].bytes, run->faults);
    return error;
}

static double mean_features(const struct corpus *phrases)
{
    size_t sum = 0;
    struct features features;
    for (size_t i = 0; i < phrases->count; i++) {
        features_of_text(phrases->items[i].text, &features);
        sum += features.count;
    }
    return phrases->count ? (double)sum / (double)phrases->count : 0;
}

static void fill_report(struct run *run, const struct linear *model)
{
    struct buf bytes;
    buf_init(&bytes, LINEAR_FILE_MAX);
    linear_write(model, &bytes);
    run->report.corpus = &run->corpus;
    run->report.size_bytes = bytes.len;
    run->report.lexicon_entries = run->corpus.origins[ORIGIN_MADE_UP] / CORPUS_PER_ENTRY;
    run->report.features_per_text = mean_features(&run->phrases);
    buf_release(&bytes);
}

static enum error train_industry(const struct train_job *job, struct faults *faults, struct train_result *out)
{
    struct run *run = mem_alloc(sizeof(*run));
    if (!run)
        return ERR_NOMEM;
    run->job = job;
    run->options = industry_options;
    run->faults = faults;
    enum error error = corpus_init(&run->corpus);
    if (!error)
        error = corpus_init(&run->phrases);
    if (!error)
        error = read_corpora(run);
    if (!error)
        error = run_splits(run);
    if (!error)
        error = train_final(run, &out->model);
    if (!error) {
        fill_report(run, out->model);
        industry_put_card(job, &run->report, &out->card);
        industry_put_summary(&run->report, &out->summary);
        error = out->card.error ? out->card.error : out->summary.error;
    }
    corpus_release(&run->corpus);
    corpus_release(&run->phrases);
    mem_free(run);
    if (error)
        train_result_release(out);
    return error;
}

const struct trainer trainer_industry = {.name = "industry",
                                         .sentence = "what a business does, from the owner's words",
                                         .own_files = own_files,
                                         .run = train_industry};
