#include "engine/drift.h"

#include <math.h>
#include <string.h>

#include "engine/vocabulary.h"

#define UNKNOWN "unknown"

/* A bin of numbers: those below `below` that no bin before it took. */
struct band {
    double below;
    const char *name;
};

static const struct band words[] = {{2, "0-1"}, {3, "2"}, {4, "3"}, {6, "4-5"}, {10, "6-9"}, {1e9, "10-"}};
static const struct band confidence[] = {
    {0.3, "0-0.3"}, {0.5, "0.3-0.5"}, {0.7, "0.5-0.7"}, {0.9, "0.7-0.9"}, {2, "0.9-1"}};
static const struct band tenure[] = {{0, "not_open"}, {12, "0-11"}, {42, "12-41"}, {1e9, "42-"}};
static const struct band sales[] = {{1000, "0-999"}, {3000, "1000-2999"}, {8000, "3000-7999"}, {1e18, "8000-"}};
static const struct band workers[] = {{2, "1"}, {3, "2"}, {11, "3-10"}, {1e18, "11-"}};
static const char *const trends_said[] = {"up", "same", "down", UNKNOWN};
static const char *const ruc[] = {"yes", "no", UNKNOWN};
static const char *const outlooks[] = {"riesgo", "estable", "por crecer"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A feature's bins are bands, with "unknown" behind them where `may_lack` says so, or names, or a vocabulary's keys. */
static const struct {
    const char *name;
    const struct band *bands;
    const char *const *names;
    const struct vocabulary *keys;
    size_t count; /* of bands or names */
    bool may_lack;
} rows[DRIFT_COUNT] = {
    [DRIFT_WORDS] = {"industry_words", .bands = words, .count = LENGTH(words)},
    [DRIFT_CONFIDENCE] = {"industry_confidence", .bands = confidence, .count = LENGTH(confidence)},
    [DRIFT_INDUSTRY] = {"industry_answer", .keys = &industries},
    [DRIFT_TENURE] = {"stage_tenure", .bands = tenure, .count = LENGTH(tenure), .may_lack = true},
    [DRIFT_SALES] = {"stage_sales", .bands = sales, .count = LENGTH(sales), .may_lack = true},
    [DRIFT_TREND] = {"stage_trend", .names = trends_said, .count = LENGTH(trends_said)},
    [DRIFT_WORKERS] = {"stage_workers", .bands = workers, .count = LENGTH(workers), .may_lack = true},
    [DRIFT_RUC] = {"stage_ruc", .names = ruc, .count = LENGTH(ruc)},
    [DRIFT_STAGE] = {"stage_answer", .keys = &stages},
    [DRIFT_OUTLOOK] = {"growth_answer", .names = outlooks, .count = LENGTH(outlooks)},
};

const char *drift_name(enum drift_feature feature)
{
    return rows[feature].name;
}

const char *drift_bin(enum drift_feature feature, size_t bin)
{
    if (rows[feature].keys)
        return bin < rows[feature].keys->count ? rows[feature].keys->words[bin].key : NULL;
    if (rows[feature].names)
        return bin < rows[feature].count ? rows[feature].names[bin] : NULL;
    if (bin < rows[feature].count)
        return rows[feature].bands[bin].name;
    return rows[feature].may_lack && bin == rows[feature].count ? UNKNOWN : NULL;
}

bool drift_is_of(enum drift_feature feature, const char *model)
{
    size_t len = strlen(model);
    return strncmp(rows[feature].name, model, len) == 0 && rows[feature].name[len] == '_';
}

static void mark(struct drift_marks *out, enum drift_feature feature, size_t bin)
{
    out->items[out->count].feature = feature;
    out->items[out->count++].bin = bin;
}

/* Notes a name's bin; one that is none of the feature's is not noted. */
static void mark_name(struct drift_marks *out, enum drift_feature feature, const char *name)
{
    for (size_t bin = 0; drift_bin(feature, bin); bin++)
        if (strcmp(drift_bin(feature, bin), name) == 0)
            mark(out, feature, bin);
}

static void mark_number(struct drift_marks *out, enum drift_feature feature, bool known, double number)
{
    size_t bin = 0;
    while (known && bin < rows[feature].count - 1 && number >= rows[feature].bands[bin].below)
        bin++;
    mark(out, feature, known ? bin : rows[feature].count);
}

/* Runs of letters and digits; every byte of a longer character counts as one. Near enough to the features' words, and
 * costs next to nothing, where they would cost as much as the answer. */
static size_t count_words(struct slice text)
{
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool part = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        count += part && !inside;
        inside = part;
    }
    return count;
}

void drift_of_text(struct slice text, const struct prediction *said, struct drift_marks *out)
{
    out->count = 0;
    mark_number(out, DRIFT_WORDS, true, (double)count_words(text));
    if (!said->count)
        return;
    mark_number(out, DRIFT_CONFIDENCE, true, said->guesses[0].probability);
    mark_name(out, DRIFT_INDUSTRY, said->guesses[0].label);
}

void drift_of_business(const struct business *business, const struct prediction *stage,
                       const struct prediction *outlook, struct drift_marks *out)
{
    out->count = 0;
    mark_number(out, DRIFT_TENURE, business->tenure_months != TENURE_UNKNOWN, business->tenure_months);
    mark_number(out, DRIFT_SALES, business->sales_month >= 0, business->sales_month);
    mark_name(out, DRIFT_TREND, business->trend[0] ? business->trend : UNKNOWN);
    mark_number(out, DRIFT_WORKERS, business->workers >= 0, business->workers);
    mark_name(out, DRIFT_RUC, business->has_ruc < 0 ? UNKNOWN : business->has_ruc ? "yes" : "no");
    if (stage->count)
        mark_name(out, DRIFT_STAGE, stage->guesses[0].label);
    if (outlook->count)
        mark_name(out, DRIFT_OUTLOOK, outlook->guesses[0].label);
}

void drift_add(struct drift_counts *counts, const struct drift_marks *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        counts->bins[marks->items[i].feature][marks->items[i].bin]++;
}

double drift_total(const struct drift_counts *counts, enum drift_feature feature)
{
    double sum = 0;
    for (size_t bin = 0; bin < DRIFT_BINS_MAX; bin++)
        sum += counts->bins[feature][bin];
    return sum;
}

double drift_index(const struct drift_counts *expected, const struct drift_counts *seen, enum drift_feature feature)
{
    double all_expected = drift_total(expected, feature), all_seen = drift_total(seen, feature), index = 0;
    if (!(all_expected > 0) || !(all_seen > 0))
        return -1;
    for (size_t bin = 0; drift_bin(feature, bin); bin++) {
        double e = fmax(expected->bins[feature][bin] / all_expected, DRIFT_FLOOR);
        double s = fmax(seen->bins[feature][bin] / all_seen, DRIFT_FLOOR);
        index += (s - e) * log(s / e);
    }
    return index;
}

static bool write_feature(const struct drift_counts *counts, enum drift_feature feature, double total, cJSON *out)
{
    cJSON *bins = cJSON_AddObjectToObject(out, drift_name(feature));
    bool good = bins != NULL;
    for (size_t bin = 0; good && drift_bin(feature, bin); bin++) {
        double share = round(counts->bins[feature][bin] / total * 1e4) / 1e4;
        good = cJSON_AddNumberToObject(bins, drift_bin(feature, bin), share) != NULL;
    }
    return good;
}

cJSON *drift_write(const struct drift_counts *counts, const char *model)
{
    cJSON *out = cJSON_CreateObject();
    bool good = out != NULL;
    for (enum drift_feature feature = 0; good && feature < DRIFT_COUNT; feature++) {
        double total = drift_total(counts, feature);
        if (total > 0 && drift_is_of(feature, model))
            good = write_feature(counts, feature, total, out);
    }
    if (good)
        return out;
    cJSON_Delete(out);
    return NULL;
}

void drift_read(const cJSON *object, struct drift_counts *out)
{
    memset(out, 0, sizeof(*out));
    for (enum drift_feature feature = 0; feature < DRIFT_COUNT; feature++) {
        const cJSON *bins = json_object(object, drift_name(feature));
        for (size_t bin = 0; drift_bin(feature, bin); bin++) {
            const cJSON *share = cJSON_GetObjectItemCaseSensitive(bins, drift_bin(feature, bin));
            if (cJSON_IsNumber(share) && share->valuedouble >= 0 && share->valuedouble <= 1)
                out->bins[feature][bin] = share->valuedouble;
        }
    }
}
