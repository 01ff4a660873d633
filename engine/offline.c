#include "engine/offline.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/mem.h"
#include "engine/business.h"
#include "engine/ranker.h"
#include "engine/stage.h"
#include "engine/table.h"
#include "engine/tags.h"

#define ARENA_MAX (256u * 1024 * 1024)
#define SHOWN_MAX 16

enum column { WHO, AT, RESOURCE, USEFUL, PROPENSITY, SHOWN, STAGE, TAGS, COLUMNS };
static const char *const column_names[COLUMNS] = {"who",        "at",    "resource", "useful",
                                                  "propensity", "shown", "stage",    "tags"};

/* The facts that rules and crosses look at, as slots and columns have them. */
static const char *const fact_names[] = {"goal",  "industry", "region",  "ruc",  "regime",
                                         "sales", "tenure",   "workers", "trend"};
#define FACTS (sizeof(fact_names) / sizeof(fact_names[0]))

/* One row's weight under each policy. */
struct weighed {
    uint32_t person; /* hashed */
    bool useful;
    double weight[OFFLINE_POLICIES];
};

/* A person's sums, which the bootstrap draws whole. */
struct sums {
    double weight[OFFLINE_POLICIES], reward[OFFLINE_POLICIES];
};

struct work {
    const struct catalogue *catalogue;
    const struct linear *models[OFFLINE_POLICIES]; /* of the versions; NULL: the rules */
    size_t policies;                               /* that there are */
    uint64_t seed;
    struct faults *faults;
    struct arena *arena;
    struct table table;
    size_t column[COLUMNS], fact[FACTS];
    struct weighed *rows; /* in the arena */
    size_t count;
    struct sums *people; /* in the arena */
    size_t people_count;
};

/* What a page would be made of, of a row's facts. */
struct asked {
    struct profile profile;
    uint16_t shown[SHOWN_MAX];
    size_t shown_count;
};

static enum error refuse(struct work *w, size_t row, const char *column, const char *rule)
{
    faults_add(w->faults, w->table.file, (unsigned)row + 2, 0, "%s must be %s", column, rule);
    return ERR_VALUE;
}

static enum error read_shown(struct work *w, size_t row, struct asked *out)
{
    struct slice rest = table_cell(&w->table, row, w->column[SHOWN]), number;
    uint64_t value;
    out->shown_count = 0;
    while (rest.len && slice_cut(&rest, ',', &number)) {
        if (!slice_u64(number, UINT16_MAX, &value) || out->shown_count == SHOWN_MAX)
            return refuse(w, row, "shown", "at most 16 numbers below 65536, with commas between");
        out->shown[out->shown_count++] = (uint16_t)value;
    }
    return OK;
}

static enum error read_tags(struct work *w, size_t row, struct asked *out)
{
    struct slice rest = table_cell(&w->table, row, w->column[TAGS]), name;
    while (rest.len && slice_cut(&rest, ',', &name)) {
        int number = word_number(&tags, name);
        if (number == WORD_NONE)
            return refuse(w, row, "tags", "names of tags, with commas between");
        out->profile.tags |= 1u << number;
    }
    return OK;
}

/* The stage as it was told, where its facts are not whole; else the rule's. */
static void find_stage(struct work *w, size_t row, const struct business *business, struct prediction *out)
{
    if (stage_rule(business) != WORD_NONE) {
        stage_predict(NULL, "", business, out);
        return;
    }
    *out = (struct prediction){.count = 1, .guesses = {{.probability = 1}}};
    if (!slice_copy(table_cell(&w->table, row, w->column[STAGE]), out->guesses[0].label, ENGINE_KEY) ||
        !out->guesses[0].label[0])
        out->count = 0;
}

static enum error read_asked(struct work *w, size_t row, struct asked *out)
{
    struct business business;
    struct prediction stage;
    int64_t day_ms;
    if (civil_parse(table_cell(&w->table, row, w->column[AT]), &day_ms))
        return refuse(w, row, "at", "the day when it was shown, YYYY-MM-DD");
    business_init(&business);
    for (size_t i = 0; i < FACTS; i++) {
        struct slice value = table_cell(&w->table, row, w->fact[i]);
        if (value.len && business_set(&business, slice_of(fact_names[i]), value))
            return refuse(w, row, fact_names[i], "a value as `chaski parse` prints it, or empty");
    }
    find_stage(w, row, &business, &stage);
    profile_make(&business, &stage, day_ms, &out->profile);
    enum error error = read_shown(w, row, out);
    return error ? error : read_tags(w, row, out);
}

/* How likely each policy shows the row's resource, over how likely it was shown. */
static enum error weigh(struct work *w, size_t row, const struct resource *resource)
{
    struct weighed *out = &w->rows[w->count];
    struct asked asked;
    double useful, propensity;
    if (!table_number(&w->table, row, w->column[USEFUL], &useful) || (useful != 0 && useful != 1))
        return refuse(w, row, "useful", "0 or 1");
    if (!table_number(&w->table, row, w->column[PROPENSITY], &propensity) || !(propensity > 0 && propensity <= 1))
        return refuse(w, row, "propensity", "above 0 and at most 1");
    enum error error = read_asked(w, row, &asked);
    if (error)
        return error;
    const struct recommend_ask ask = {
        .seed = ranker_seed(w->seed, row), .shown = asked.shown, .shown_count = asked.shown_count};
    out->person = slice_hash(table_cell(&w->table, row, w->column[WHO]));
    out->useful = useful > 0;
    out->weight[OFFLINE_LOGGED] = 1;
    for (size_t p = OFFLINE_RULES; p < w->policies; p++) {
        const struct recommender with = {w->catalogue, w->models[p], NULL};
        out->weight[p] = recommend_chance(&with, &asked.profile, &ask, resource) / propensity;
    }
    w->count++;
    return OK;
}

static int by_person(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    return (x->person > y->person) - (x->person < y->person);
}

static enum error read_rows(struct work *w, const struct train_file *file, struct offline *out)
{
    enum error error = table_read(file->path, file->bytes, w->arena, w->faults, &w->table);
    if (!error)
        error = table_find(&w->table, column_names, COLUMNS, w->faults, w->column);
    if (!error)
        error = table_find(&w->table, fact_names, FACTS, w->faults, w->fact);
    if (!error && !(w->rows = arena_array(w->arena, w->table.rows, sizeof(*w->rows))))
        error = ERR_NOMEM;
    for (size_t row = 0; !error && row < w->table.rows; row++) {
        const struct resource *resource = catalogue_find(w->catalogue, table_cell(&w->table, row, w->column[RESOURCE]));
        if (resource)
            error = weigh(w, row, resource);
        else
            out->gone++;
    }
    if (!error && !w->count)
        error = refuse(w, 0, "resource", "one of the catalogue's, in one row at least");
    return error;
}

/* Adds up each person's rows. */
static enum error sum_people(struct work *w)
{
    qsort(w->rows, w->count, sizeof(*w->rows), by_person);
    if (!(w->people = arena_array(w->arena, w->count, sizeof(*w->people))))
        return ERR_NOMEM;
    memset(w->people, 0, w->count * sizeof(*w->people));
    for (size_t i = 0; i < w->count; i++) {
        w->people_count += !i || w->rows[i].person != w->rows[i - 1].person;
        struct sums *sums = &w->people[w->people_count - 1];
        for (size_t p = 0; p < w->policies; p++) {
            sums->weight[p] += w->rows[i].weight[p];
            sums->reward[p] += w->rows[i].useful ? w->rows[i].weight[p] : 0;
        }
    }
    return OK;
}

static double reward_of(const struct sums *sums, size_t policy)
{
    return sums->weight[policy] > 0 ? sums->reward[policy] / sums->weight[policy] : 0;
}

static double gain_of(const struct work *w, const struct sums *sums)
{
    bool two = w->policies > OFFLINE_SECOND;
    return reward_of(sums, two ? OFFLINE_SECOND : OFFLINE_FIRST) -
           reward_of(sums, two ? OFFLINE_FIRST : OFFLINE_LOGGED);
}

static void add(struct sums *into, const struct sums *from)
{
    for (size_t p = 0; p < OFFLINE_POLICIES; p++) {
        into->weight[p] += from->weight[p];
        into->reward[p] += from->reward[p];
    }
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void bound(double *values, struct train_interval *out)
{
    qsort(values, TRAIN_RESAMPLES, sizeof(*values), by_value);
    out->low = values[TRAIN_RESAMPLES * 25 / 1000];
    out->high = values[TRAIN_RESAMPLES * 975 / 1000 - 1];
}

/* Draws as many people as there are, again and again. */
static enum error bootstrap(struct work *w, struct offline *out)
{
    struct train_random random = {w->seed};
    double(*values)[TRAIN_RESAMPLES] = arena_array(w->arena, OFFLINE_POLICIES + 1, sizeof(*values));
    if (!values)
        return ERR_NOMEM;
    for (size_t k = 0; k < TRAIN_RESAMPLES; k++) {
        struct sums drawn = {.weight = {0}};
        for (size_t i = 0; i < w->people_count; i++)
            add(&drawn, &w->people[train_draw_below(&random, w->people_count)]);
        for (size_t p = 0; p < w->policies; p++)
            values[p][k] = reward_of(&drawn, p);
        values[OFFLINE_POLICIES][k] = gain_of(w, &drawn);
    }
    for (size_t p = 0; p < w->policies; p++)
        bound(values[p], &out->of[p].reward);
    bound(values[OFFLINE_POLICIES], &out->gain);
    return OK;
}

static enum error conclude(struct work *w, struct offline *out)
{
    struct sums all = {.weight = {0}};
    double squares[OFFLINE_POLICIES] = {0};
    enum error error = sum_people(w);
    if (error)
        return error;
    for (size_t i = 0; i < w->people_count; i++)
        add(&all, &w->people[i]);
    for (size_t i = 0; i < w->count; i++)
        for (size_t p = 0; p < w->policies; p++)
            squares[p] += w->rows[i].weight[p] * w->rows[i].weight[p];
    for (size_t p = 0; p < w->policies; p++) {
        out->of[p].reward.value = reward_of(&all, p);
        out->of[p].effective = squares[p] > 0 ? all.weight[p] * all.weight[p] / squares[p] : 0;
        out->of[p].covered = all.weight[p] / (double)w->count;
    }
    out->gain.value = gain_of(w, &all);
    out->rows = w->count;
    out->people = w->people_count;
    return bootstrap(w, out);
}

enum error offline_evaluate(const struct train_file *rows, const struct catalogue *catalogue,
                            const struct linear *first, const struct linear *second, uint64_t seed,
                            struct faults *faults, struct offline *out)
{
    struct work w = {.catalogue = catalogue,
                     .models = {[OFFLINE_FIRST] = first, [OFFLINE_SECOND] = second},
                     .policies = second ? OFFLINE_POLICIES : OFFLINE_SECOND,
                     .seed = seed,
                     .faults = faults,
                     .arena = arena_new(ARENA_MAX)};
    memset(out, 0, sizeof(*out));
    enum error error = w.arena ? read_rows(&w, rows, out) : ERR_NOMEM;
    if (!error)
        error = conclude(&w, out);
    arena_free(w.arena);
    return error;
}
