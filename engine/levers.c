#include "engine/levers.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* What survival is explained by: facts, then a column a lever. */
enum column { YEARS, FIRST_YEAR, SALES, WORKERS, ALONE, AT_LEVERS, COLUMNS = AT_LEVERS + LEVERS };

#define SALES_LOG_MOST 2.5 /* as in growth.c */

static const struct train_options options = {.solver = TRAIN_LOGISTIC, .c = 10, .tolerance = 0.001};

/* Makes the features; lever `changed` is `given`, the others are as they are (LEVERS: all are). */
static size_t features_of(const struct growth_facts *f, size_t changed, bool given, struct feature out[COLUMNS])
{
    const bool has[LEVERS] = {
        [LEVER_PLACE] = f->fixed_place > 0,
        [LEVER_FORMALISE] = f->registered > 0,
        [LEVER_TRAINING] = f->trained_finance || f->trained_marketing,
    };
    double values[COLUMNS] = {
        [YEARS] = log1p(f->years),
        [FIRST_YEAR] = f->years < 1,
        [SALES] = fmax(-SALES_LOG_MOST, fmin(SALES_LOG_MOST, log(f->sales + 1e-6))),
        [WORKERS] = log(fmax(f->workers, 1)),
        [ALONE] = f->workers < 1.5,
    };
    size_t count = 0;
    for (size_t i = 0; i < LEVERS; i++)
        values[AT_LEVERS + i] = i == changed ? given : has[i];
    for (uint32_t i = 0; i < COLUMNS; i++)
        if (values[i] > 0 || values[i] < 0)
            out[count++] = (struct feature){i, (float)values[i]};
    return count;
}

static double chance(const struct linear *model, const struct growth_facts *facts, size_t lever, bool given)
{
    struct feature features[COLUMNS];
    double scores[ENGINE_LABELS_MAX];
    linear_scores(model, features, features_of(facts, lever, given, features), scores);
    return 1 / (1 + exp(scores[0] - scores[1]));
}

static enum error learn(const struct lever_firm *firms, const size_t *drawn, size_t count, struct linear **out)
{
    const struct linear_shape shape = {
        .name = "levers", .dimension = COLUMNS, .classes = 2, .labels = {"closes", "lives"}, .temperature = 1};
    struct train_set *set = train_set_new();
    enum error error = set ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < count; i++) {
        struct feature features[COLUMNS];
        const struct lever_firm *firm = &firms[drawn[i]];
        error = train_set_add(set, features, features_of(&firm->facts, LEVERS, false, features), firm->lives);
    }
    if (!error)
        error = train_fit(set, &shape, &options, out);
    train_set_free(set);
    return error;
}

/* Gives each lever's figure over the firms that were drawn. */
static enum error measure(const struct lever_firm *firms, const size_t *drawn, size_t count, double out[LEVERS])
{
    struct linear *model = NULL;
    enum error error = learn(firms, drawn, count, &model);
    for (size_t lever = 0; !error && lever < LEVERS; lever++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += chance(model, &firms[drawn[i]].facts, lever, true) -
                   chance(model, &firms[drawn[i]].facts, lever, false);
        out[lever] = sum / (double)count;
    }
    linear_free(model);
    return error;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum error resample(const struct lever_firm *firms, size_t *drawn, size_t count, uint64_t seed, double *samples)
{
    struct train_random random = {seed};
    enum error error = OK;
    for (size_t r = 0; !error && r < LEVERS_RESAMPLES; r++) {
        double figures[LEVERS];
        for (size_t i = 0; i < count; i++)
            drawn[i] = train_draw_below(&random, count);
        error = measure(firms, drawn, count, figures);
        for (size_t lever = 0; !error && lever < LEVERS; lever++)
            samples[lever * LEVERS_RESAMPLES + r] = figures[lever];
    }
    return error;
}

enum error levers_measure(const struct lever_firm *firms, size_t count, uint64_t seed,
                          struct train_interval out[LEVERS])
{
    size_t *drawn = mem_alloc((count + 1) * sizeof(*drawn));
    double *samples = mem_alloc(LEVERS * LEVERS_RESAMPLES * sizeof(*samples)), figures[LEVERS];
    enum error error = drawn && samples ? OK : ERR_NOMEM;
    for (size_t i = 0; !error && i < count; i++)
        drawn[i] = i;
    if (!error)
        error = measure(firms, drawn, count, figures);
    if (!error)
        error = resample(firms, drawn, count, seed, samples);
    for (size_t lever = 0; !error && lever < LEVERS; lever++) {
        double *sorted = samples + lever * LEVERS_RESAMPLES;
        qsort(sorted, LEVERS_RESAMPLES, sizeof(*sorted), by_number);
        out[lever] = (struct train_interval){figures[lever], sorted[LEVERS_RESAMPLES / 40],
                                             sorted[LEVERS_RESAMPLES - 1 - LEVERS_RESAMPLES / 40]};
    }
    mem_free(samples);
    mem_free(drawn);
    return error;
}
