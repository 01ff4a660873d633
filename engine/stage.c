#include "engine/stage.h"

#include <stdio.h>
#include <string.h>

#include "engine/business.h"
#include "engine/vocabulary.h"

enum age { AGE_NOT_OPEN, AGE_FIRST_YEAR, AGE_NEW, AGE_OLD, AGE_UNKNOWN, AGE_COUNT };
enum trend { TREND_UP, TREND_SAME, TREND_DOWN, TREND_UNKNOWN, TREND_COUNT };

/* Sales in soles a month: none, then up to each limit, then above, then unknown. */
static const double sales_limits[] = {1000, 2500, 5000, 8000, 20000};
#define SALES_BINS 8
#define SALES_UNKNOWN (SALES_BINS - 1)

/* Workers: one, two, to five, more, unknown. */
#define WORKER_BINS 5
#define WORKERS_UNKNOWN (WORKER_BINS - 1)

#define RUC_BINS 3 /* no, yes, unknown */

/* Where each group of features begins. Workers and RUC are looked at apart where age is known and where it is not:
 * only there do they tell of it. */
#define AT_TREND 0
#define AT_SALES (AT_TREND + AGE_COUNT * TREND_COUNT)
#define AT_WORKERS (AT_SALES + AGE_COUNT * SALES_BINS)
#define AT_RUC (AT_WORKERS + 2 * WORKER_BINS)
#define AT_END (AT_RUC + 2 * RUC_BINS)
_Static_assert(AT_END == STAGE_DIMENSION, "the header says how many features there are");

static enum age age_of(int months)
{
    if (months == TENURE_UNKNOWN)
        return AGE_UNKNOWN;
    if (months < 0)
        return AGE_NOT_OPEN;
    if (months < STAGE_FIRST_YEAR)
        return AGE_FIRST_YEAR;
    return months < STAGE_NEW_MONTHS ? AGE_NEW : AGE_OLD;
}

static enum trend trend_of(const struct business *b)
{
    int number = word_number(&trends, slice_of(b->trend));
    return number == WORD_NONE ? TREND_UNKNOWN : (enum trend)number;
}

static bool sells_nothing(const struct business *b)
{
    return b->sales_month >= 0 && !(b->sales_month > 0);
}

int stage_rule(const struct business *business)
{
    static const enum stage table[AGE_UNKNOWN][TREND_UNKNOWN] = {
        [AGE_NOT_OPEN] = {STAGE_STARTUP, STAGE_STARTUP, STAGE_STARTUP},
        [AGE_FIRST_YEAR] = {STAGE_STARTUP, STAGE_STARTUP, STAGE_DECLINE},
        [AGE_NEW] = {STAGE_GROWTH, STAGE_STARTUP, STAGE_DECLINE},
        [AGE_OLD] = {STAGE_GROWTH, STAGE_ESTABLISHED, STAGE_DECLINE},
    };
    enum age age = age_of(business->tenure_months);
    enum trend trend = trend_of(business);
    if (age == AGE_NOT_OPEN)
        return STAGE_STARTUP;
    if (age == AGE_UNKNOWN)
        return WORD_NONE;
    if (sells_nothing(business))
        return age == AGE_OLD ? STAGE_DECLINE : STAGE_STARTUP;
    return trend == TREND_UNKNOWN ? WORD_NONE : (int)table[age][trend];
}

static unsigned sales_bin(const struct business *b)
{
    unsigned bin = 1;
    if (b->sales_month < 0)
        return SALES_UNKNOWN;
    if (sells_nothing(b))
        return 0;
    for (size_t i = 0; i < sizeof(sales_limits) / sizeof(sales_limits[0]) && b->sales_month > sales_limits[i]; i++)
        bin++;
    return bin;
}

static unsigned worker_bin(const struct business *b)
{
    if (b->workers < 0)
        return WORKERS_UNKNOWN;
    return b->workers < 1.5 ? 0 : b->workers < 2.5 ? 1 : b->workers <= 5 ? 2 : 3;
}

void stage_features(const struct business *business, struct feature out[STAGE_FEATURES])
{
    unsigned age = age_of(business->tenure_months), blind = age == AGE_UNKNOWN;
    int ruc = business_ruc(business);
    const uint32_t indices[STAGE_FEATURES] = {
        AT_TREND + age * TREND_COUNT + trend_of(business),
        AT_SALES + age * SALES_BINS + sales_bin(business),
        AT_WORKERS + blind * WORKER_BINS + worker_bin(business),
        AT_RUC + blind * RUC_BINS + (ruc < 0 ? 2u : (unsigned)ruc),
    };
    for (size_t i = 0; i < STAGE_FEATURES; i++)
        out[i] = (struct feature){indices[i], 1};
}

/* Says the facts that the rule looked at. */
static void rule_reasons(const struct business *b, struct prediction *out)
{
    int trend = word_number(&trends, slice_of(b->trend));
    size_t count = 0;
    if (b->tenure_months < 0)
        snprintf(out->reasons[count++], ENGINE_KEY, "aún no abre");
    else
        snprintf(out->reasons[count++], ENGINE_KEY, "abierto hace %d meses", b->tenure_months);
    if (sells_nothing(b))
        snprintf(out->reasons[count++], ENGINE_KEY, "no vende todavía");
    else if (trend != WORD_NONE)
        snprintf(out->reasons[count++], ENGINE_KEY, "sus ventas %s", trends.words[trend].phrase);
}

/* The rule's answer: its stage is certain, the others follow in the vocabulary's order. */
static void predict_by_rule(int stage, const struct business *b, struct prediction *out)
{
    *out = (struct prediction){.count = STAGE_COUNT, .sure = true};
    snprintf(out->version, sizeof(out->version), "stage rule");
    snprintf(out->guesses[0].label, ENGINE_KEY, "%s", stages.words[stage].key);
    out->guesses[0].probability = 1;
    for (int i = 0, at = 1; i < STAGE_COUNT; i++)
        if (i != stage)
            snprintf(out->guesses[at++].label, ENGINE_KEY, "%s", stages.words[i].key);
    rule_reasons(b, out);
}

/* Says which facts spoke most for the best label, leaving out those that are unknown. */
static void model_reasons(const struct linear *model, const struct feature *features, const struct business *b,
                          struct prediction *out)
{
    const char *const names[STAGE_FEATURES] = {
        b->tenure_months == TENURE_UNKNOWN && !b->trend[0] ? NULL
        : b->trend[0]                                      ? "cómo van sus ventas"
                                                           : "tiempo abierto",
        b->sales_month < 0 ? NULL : "monto de ventas",
        b->workers < 0 ? NULL : "cuántos trabajan",
        business_ruc(b) < 0 ? NULL : "si tiene RUC",
    };
    size_t label = linear_class(model, slice_of(out->guesses[0].label)), count = 0;
    bool used[STAGE_FEATURES] = {false};
    for (; count < ENGINE_REASONS; count++) {
        size_t best = STAGE_FEATURES;
        double most = 0;
        for (size_t i = 0; i < STAGE_FEATURES; i++) {
            double weight = linear_weight(model, features[i].index, label);
            if (names[i] && !used[i] && weight > most) {
                most = weight;
                best = i;
            }
        }
        if (best == STAGE_FEATURES)
            return;
        used[best] = true;
        snprintf(out->reasons[count], ENGINE_KEY, "%s", names[best]);
    }
}

void stage_predict(const struct linear *model, const char *version, const struct business *business,
                   struct prediction *out)
{
    struct feature features[STAGE_FEATURES];
    int stage = stage_rule(business);
    if (stage != WORD_NONE) {
        predict_by_rule(stage, business, out);
        return;
    }
    stage_features(business, features);
    linear_predict(model, features, STAGE_FEATURES, out);
    snprintf(out->version, sizeof(out->version), "%s", version);
    model_reasons(model, features, business, out);
}
