#include "engine/growth.h"

#include <math.h>
#include <string.h>

#include "engine/business.h"

enum fact { FACT_YEARS, FACT_RUC, FACT_SALES, FACT_WORKERS, FACT_PLACE, FACT_TRAINING, FACT_COUNT };

/* The columns, with the fact each is of. */
enum column {
    YEARS_LOG,
    YEARS_FIRST,
    REGISTERED,
    SALES_LOG,
    SALES_LOW,
    SALES_HIGH,
    WORKERS_LOG,
    WORKS_ALONE,
    REGISTERED_BY_SALES,
    FIXED_PLACE,
    COURSE_FINANCE,
    COURSE_MARKETING,
    OF_CHECKIN,
    COLUMNS
};
_Static_assert(COLUMNS == GROWTH_FITTED, "the header says how many features there are");

const char *const growth_lever_keys[LEVERS] = {"place", "formalise", "training"};

static const enum fact fact_of[COLUMNS] = {
    [YEARS_LOG] = FACT_YEARS,     [YEARS_FIRST] = FACT_YEARS,       [REGISTERED] = FACT_RUC,
    [SALES_LOG] = FACT_SALES,     [SALES_LOW] = FACT_SALES,         [SALES_HIGH] = FACT_SALES,
    [WORKERS_LOG] = FACT_WORKERS, [WORKS_ALONE] = FACT_WORKERS,     [REGISTERED_BY_SALES] = FACT_SALES,
    [FIXED_PLACE] = FACT_PLACE,   [COURSE_FINANCE] = FACT_TRAINING, [COURSE_MARKETING] = FACT_TRAINING,
    [OF_CHECKIN] = FACT_TRAINING,
};

#define SALES_LOG_MOST 2.5 /* beyond e^2.5 = 12 times typical, more sales say no more */
#define SALES_QUARTER 0.7  /* half of typical and double: near the quarters of the panel, as a logarithm */

void growth_facts_of(const struct business *business, struct growth_facts *out)
{
    bool open = business->tenure_months >= 0;
    bool closed_yet = business->tenure_months == -1;
    *out = (struct growth_facts){
        .years = open ? business->tenure_months / 12.0 : -1,
        .registered = business_ruc(business),
        .fixed_place = closed_yet ? -1 : business_place(business),
        .sales = closed_yet || business->sales_month < 0 ? -1 : business->sales_month / GROWTH_TYPICAL_SOLES,
        .workers = closed_yet ? -1 : business->workers,
    };
}

static void put(struct feature *out, size_t *count, enum column column, double value)
{
    if (value > 0 || value < 0)
        out[(*count)++] = (struct feature){column, (float)value};
}

size_t growth_features(const struct growth_facts *facts, struct feature out[GROWTH_FEATURES])
{
    size_t count = 0;
    double sales = facts->sales < 0 ? 0 : fmax(-SALES_LOG_MOST, fmin(SALES_LOG_MOST, log(facts->sales + 1e-6)));
    double registered = facts->registered < 0 ? 0 : facts->registered ? 1 : -1;
    if (facts->years >= 0) {
        put(out, &count, YEARS_LOG, log1p(facts->years) - 1.5);
        put(out, &count, YEARS_FIRST, facts->years < 1);
    }
    put(out, &count, REGISTERED, registered);
    put(out, &count, SALES_LOG, sales);
    put(out, &count, SALES_LOW, sales < -SALES_QUARTER);
    put(out, &count, SALES_HIGH, sales > SALES_QUARTER);
    if (facts->workers >= 0) {
        put(out, &count, WORKERS_LOG, log(fmax(facts->workers, 1)) - 1);
        put(out, &count, WORKS_ALONE, facts->workers < 1.5);
    }
    put(out, &count, REGISTERED_BY_SALES, registered * sales);
    put(out, &count, FIXED_PLACE, facts->fixed_place < 0 ? 0 : facts->fixed_place ? 1 : -1);
    put(out, &count, COURSE_FINANCE, facts->trained_finance);
    put(out, &count, COURSE_MARKETING, facts->trained_marketing);
    put(out, &count, OF_CHECKIN, facts->checkin);
    return count;
}

/* Gives the probability of a two-label model's second label, and whether it is sure. */
static double probability(const struct linear *model, const struct feature *features, size_t count, bool *sure)
{
    struct prediction p;
    linear_predict(model, features, count, &p);
    *sure = p.sure;
    bool first = strcmp(p.guesses[0].label, linear_shape(model)->labels[1]) == 0;
    return p.guesses[!first].probability;
}

/* Names up to three facts that moved a two-label model most towards its second label (`sign` 1) or its first (-1). */
static void explain(const struct linear *model, const struct feature *features, size_t count, double sign,
                    struct prediction *out)
{
    static const char *const names[FACT_TRAINING] = {"tiempo abierto", "si tiene RUC", "monto de ventas",
                                                     "cuántos trabajan", "si tiene local"};
    double moved[FACT_COUNT] = {0};
    for (size_t i = 0; i < count; i++)
        moved[fact_of[features[i].index]] +=
            sign * (double)features[i].value *
            (linear_weight(model, features[i].index, 1) - linear_weight(model, features[i].index, 0));
    for (size_t given = 0; given < ENGINE_REASONS; given++) {
        size_t best = 0;
        for (size_t f = 1; f < FACT_TRAINING; f++)
            if (moved[f] > moved[best])
                best = f;
        if (!(moved[best] > 0))
            return;
        slice_fill(slice_of(names[best]), out->reasons[given], ENGINE_KEY);
        moved[best] = 0;
    }
}

/* Adds a guess at its place, best first. */
static void add_guess(struct prediction *out, const char *label, double value)
{
    size_t at = out->count++;
    for (; at > 0 && out->guesses[at - 1].probability < value; at--)
        out->guesses[at] = out->guesses[at - 1];
    out->guesses[at].probability = value;
    slice_fill(slice_of(label), out->guesses[at].label, ENGINE_KEY);
}

void growth_predict(const struct linear *closing, const struct linear *growth, const char *version,
                    const struct business *business, struct prediction *out)
{
    struct growth_facts facts;
    struct feature features[GROWTH_FEATURES];
    bool closing_sure, growth_sure;
    growth_facts_of(business, &facts);
    size_t count = growth_features(&facts, features);
    double closes = probability(closing, features, count, &closing_sure);
    double grows = probability(growth, features, count, &growth_sure);

    memset(out, 0, sizeof(*out));
    add_guess(out, "estable", (1 - closes) * (1 - grows));
    add_guess(out, "por crecer", (1 - closes) * grows);
    add_guess(out, "riesgo", closes);
    slice_fill(slice_of(version), out->version, sizeof(out->version));
    const char *best = out->guesses[0].label;
    bool risk = strcmp(best, "riesgo") == 0, growing = strcmp(best, "por crecer") == 0;
    out->sure = closing_sure && (risk || growth_sure);
    explain(growing ? growth : closing, features, count, risk || growing ? 1 : -1, out);
}

static struct engine_interval figure(const struct linear *model, uint32_t column)
{
    return (struct engine_interval){linear_weight(model, column, 0), linear_weight(model, column + 1, 0),
                                    linear_weight(model, column + 2, 0)};
}

struct engine_interval growth_auc(const struct linear *model, bool place_known)
{
    return figure(model, place_known ? GROWTH_AT_AUC : GROWTH_AT_AUC_NO_PLACE);
}

/* Who drives, farms or builds works where the work is. */
static bool works_about(const struct business *business)
{
    static const char *const trades[] = {"transporte", "agro", "construccion"};
    for (size_t i = 0; i < sizeof(trades) / sizeof(trades[0]); i++)
        if (strcmp(business->industry, trades[i]) == 0)
            return true;
    return false;
}

bool growth_lever(const struct linear *closing, const struct business *business, struct engine_lever *out)
{
    /* Nobody knows of whom it is not known what courses she took. */
    const bool lacks[LEVERS] = {
        [LEVER_PLACE] = business_place(business) == 0 && !works_about(business),
        [LEVER_FORMALISE] = business_ruc(business) == 0,
    };
    double most = 0;
    for (uint32_t i = 0; i < LEVERS && business->tenure_months != -1; i++) {
        struct engine_interval survival = figure(closing, GROWTH_AT_LEVERS + 3 * i);
        if (!lacks[i] || survival.low <= 0 || survival.value <= most)
            continue;
        most = survival.value;
        out->survival = (struct engine_interval){100 * survival.value, 100 * survival.low, 100 * survival.high};
        slice_fill(slice_of(growth_lever_keys[i]), out->key, sizeof(out->key));
    }
    return most > 0;
}
