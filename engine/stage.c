#include "engine/stage.h"

#include <stdio.h>
#include <string.h>

#include "engine/business.h"
#include "engine/vocabulary.h"

enum age { AGE_NOT_OPEN, AGE_FIRST_YEAR, AGE_NEW, AGE_OLD, AGE_UNKNOWN };
enum trend { TREND_UP, TREND_SAME, TREND_DOWN, TREND_UNKNOWN };

/* Sales in soles a month: none, then up to each limit, then above, then unknown. */
static const double sales_limits[] = {1000, 2500, 5000, 8000, 20000};
#define SALES_NONE 0
#define SALES_VALUES 7

#define WORKERS_VALUES 4 /* one, two, to five, more */
#define RUC_VALUES 2     /* no, yes */

const unsigned stage_values[STAGE_FACTS] = {AGE_UNKNOWN, TREND_UNKNOWN, SALES_VALUES, WORKERS_VALUES, RUC_VALUES};
const char *const stage_slots[STAGE_FACTS] = {"tenure", "trend", "sales", "workers", "ruc"};

/* Where age and trend are both known the rule decides. What is left to the model is one of these, and the other facts
 * are looked at apart in each: the age, or the trend, or neither. */
#define CONTEXTS (AGE_UNKNOWN + TREND_UNKNOWN + 1)

/* Where each group of features begins. */
#define AT_CONTEXT 0
#define AT_SALES (AT_CONTEXT + CONTEXTS)
#define AT_WORKERS (AT_SALES + CONTEXTS * (SALES_VALUES + 1))
#define AT_RUC (AT_WORKERS + CONTEXTS * (WORKERS_VALUES + 1))
#define AT_END (AT_RUC + CONTEXTS * (RUC_VALUES + 1))
_Static_assert(AT_END == STAGE_FITTED, "the header says how many features are fitted");

/* In a whole fact set the trend may be none. */
static const unsigned set_values[STAGE_FACTS] = {AGE_UNKNOWN, TREND_UNKNOWN + 1, SALES_VALUES, WORKERS_VALUES,
                                                 RUC_VALUES};
_Static_assert(AGE_UNKNOWN *(TREND_UNKNOWN + 1) * SALES_VALUES * WORKERS_VALUES * RUC_VALUES == STAGE_SETS,
               "the header says how many fact sets there are");

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

static unsigned sales_bin(const struct business *b)
{
    unsigned bin = SALES_NONE + 1;
    if (b->sales_month < 0)
        return SALES_VALUES;
    if (sells_nothing(b))
        return SALES_NONE;
    for (size_t i = 0; i < sizeof(sales_limits) / sizeof(sales_limits[0]) && b->sales_month > sales_limits[i]; i++)
        bin++;
    return bin;
}

static unsigned worker_bin(const struct business *b)
{
    if (b->workers < 0)
        return WORKERS_VALUES;
    return b->workers < 1.5 ? 0 : b->workers < 2.5 ? 1 : b->workers <= 5 ? 2 : 3;
}

void stage_set_of(const struct business *business, struct stage_set *out)
{
    int ruc = business_ruc(business);
    out->value[STAGE_TENURE] = age_of(business->tenure_months);
    out->value[STAGE_TREND] = trend_of(business);
    out->value[STAGE_SALES] = sales_bin(business);
    out->value[STAGE_WORKERS] = worker_bin(business);
    out->value[STAGE_RUC] = ruc < 0 ? RUC_VALUES : (unsigned)ruc;
}

bool stage_set_whole(const struct stage_set *set)
{
    bool sells = set->value[STAGE_SALES] != SALES_NONE, has_trend = set->value[STAGE_TREND] != TREND_UNKNOWN;
    for (size_t i = 0; i < STAGE_FACTS; i++)
        if (set->value[i] >= set_values[i])
            return false;
    return sells == has_trend && !(sells && set->value[STAGE_TENURE] == AGE_NOT_OPEN);
}

uint32_t stage_set_place(const struct stage_set *set)
{
    uint32_t place = 0;
    for (size_t i = 0; i < STAGE_FACTS; i++)
        place = place * set_values[i] + set->value[i];
    return place;
}

void stage_set_at(uint32_t place, struct stage_set *out)
{
    for (size_t i = STAGE_FACTS; i-- > 0; place /= set_values[i])
        out->value[i] = place % set_values[i];
}

int stage_rule_of(const struct stage_set *set)
{
    static const enum stage table[AGE_UNKNOWN][TREND_UNKNOWN] = {
        [AGE_NOT_OPEN] = {STAGE_STARTUP, STAGE_STARTUP, STAGE_STARTUP},
        [AGE_FIRST_YEAR] = {STAGE_STARTUP, STAGE_STARTUP, STAGE_DECLINE},
        [AGE_NEW] = {STAGE_GROWTH, STAGE_STARTUP, STAGE_DECLINE},
        [AGE_OLD] = {STAGE_GROWTH, STAGE_ESTABLISHED, STAGE_DECLINE},
    };
    unsigned age = set->value[STAGE_TENURE], trend = set->value[STAGE_TREND];
    if (age == AGE_NOT_OPEN)
        return STAGE_STARTUP;
    if (age == AGE_UNKNOWN)
        return WORD_NONE;
    if (set->value[STAGE_SALES] == SALES_NONE)
        return age == AGE_OLD ? STAGE_DECLINE : STAGE_STARTUP;
    return trend == TREND_UNKNOWN ? WORD_NONE : (int)table[age][trend];
}

int stage_rule(const struct business *business)
{
    struct stage_set set;
    stage_set_of(business, &set);
    return stage_rule_of(&set);
}

size_t stage_features(const struct stage_set *set, struct feature out[STAGE_FEATURES])
{
    unsigned age = set->value[STAGE_TENURE], trend = set->value[STAGE_TREND];
    unsigned context = age == AGE_UNKNOWN ? AGE_UNKNOWN + trend : age;
    int ruled = stage_rule_of(set);
    const uint32_t indices[STAGE_FEATURES] = {
        AT_CONTEXT + context,
        AT_SALES + context * (SALES_VALUES + 1) + set->value[STAGE_SALES],
        AT_WORKERS + context * (WORKERS_VALUES + 1) + set->value[STAGE_WORKERS],
        AT_RUC + context * (RUC_VALUES + 1) + set->value[STAGE_RUC],
    };
    for (size_t i = 0; i < STAGE_FEATURES; i++)
        out[i] = (struct feature){indices[i], 1};
    if (ruled == WORD_NONE)
        return STAGE_FEATURES;
    out[0].index = STAGE_AT_RULED + (uint32_t)ruled;
    return 1;
}

/* Says the facts that the rule looked at. */
static void rule_reasons(const struct business *b, struct prediction *out)
{
    int trend = word_number(&trends, slice_of(b->trend));
    size_t count = 0;
    if (b->tenure_months < 0)
        slice_fill(SLICE("aún no abre"), out->reasons[count++], ENGINE_KEY);
    else
        snprintf(out->reasons[count++], ENGINE_KEY, "abierto hace %d meses", b->tenure_months);
    if (sells_nothing(b))
        slice_fill(SLICE("no vende todavía"), out->reasons[count++], ENGINE_KEY);
    else if (trend != WORD_NONE)
        snprintf(out->reasons[count++], ENGINE_KEY, "sus ventas %s", trends.words[trend].phrase);
}

/* The rule's answer: its stage is certain, the others follow in the vocabulary's order. */
static void predict_by_rule(int stage, const struct business *b, struct prediction *out)
{
    *out = (struct prediction){.count = STAGE_COUNT, .sure = true};
    slice_fill(SLICE("stage rule"), out->version, sizeof(out->version));
    slice_fill(slice_of(stages.words[stage].key), out->guesses[0].label, ENGINE_KEY);
    out->guesses[0].probability = 1;
    for (int i = 0, at = 1; i < STAGE_COUNT; i++)
        if (i != stage)
            slice_fill(slice_of(stages.words[i].key), out->guesses[at++].label, ENGINE_KEY);
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
        slice_fill(slice_of(names[best]), out->reasons[count], ENGINE_KEY);
    }
}

void stage_predict(const struct linear *model, const char *version, const struct business *business,
                   struct prediction *out)
{
    struct feature features[STAGE_FEATURES];
    struct stage_set set;
    stage_set_of(business, &set);
    int stage = stage_rule_of(&set);
    if (stage != WORD_NONE) {
        predict_by_rule(stage, business, out);
        return;
    }
    stage_features(&set, features);
    linear_predict(model, features, STAGE_FEATURES, out);
    slice_fill(slice_of(version), out->version, sizeof(out->version));
    model_reasons(model, features, business, out);
}
