#include "engine/business.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "engine/tags.h"
#include "engine/vocabulary.h"

#define DAYS_A_MONTH 26.0
#define WEEKS_A_MONTH 4.33
#define MONTHS_A_YEAR 12.0
#define AMOUNT_MAX 1e12
#define TENURE_MAX 1800 /* months: 150 years */
#define RUC_DIGITS 11

void business_init(struct business *business)
{
    *business = (struct business){
        .tenure_months = TENURE_UNKNOWN,
        .sales_month = -1,
        .customers_week = -1,
        .workers = -1,
        .has_ruc = -1,
        .fixed_place = -1,
    };
}

int business_ruc(const struct business *business)
{
    if (business->has_ruc >= 0 || business->regime[0] == '\0')
        return business->has_ruc;
    return strcmp(business->regime, "none") != 0;
}

int business_place(const struct business *business)
{
    return business->fixed_place >= 0 ? business->fixed_place : place_stated(slice_of(business->activity));
}

/* Reads digits with at most one point among them. strtod would take "nan", "0x1" and the locale's comma. */
static bool read_amount(struct slice text, double *out)
{
    struct slice whole = slice_part(text, 0, slice_find(text, '.'));
    struct slice fraction = slice_part(text, whole.len + 1, text.len);
    uint64_t units, parts = 0;
    if (!slice_u64(whole, (uint64_t)AMOUNT_MAX, &units))
        return false;
    if (whole.len < text.len && (fraction.len > 9 || !slice_u64(fraction, 999999999, &parts)))
        return false;
    *out = (double)units + (double)parts / pow(10, (double)fraction.len);
    return true;
}

/* Reads "500" or "500..800", which counts as its middle. */
static bool read_range(struct slice text, double *out)
{
    double low, high;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '.' || text.ptr[i + 1] != '.')
            continue;
        if (!read_amount(slice_part(text, 0, i), &low) || !read_amount(slice_part(text, i + 2, text.len), &high) ||
            high < low)
            return false;
        *out = (low + high) / 2;
        return true;
    }
    return read_amount(text, out);
}

/* Reads "500/week" as an amount a month. `usual` is what the period "?" means. */
static bool read_rate(struct slice text, const char *usual, double *out)
{
    static const struct {
        const char *period;
        double times;
    } rows[] = {{"day", DAYS_A_MONTH}, {"week", WEEKS_A_MONTH}, {"month", 1}, {"year", 1 / MONTHS_A_YEAR}};
    size_t cut = slice_find(text, '/');
    struct slice period = slice_part(text, cut + 1, text.len);
    double amount;
    if (cut == text.len || !read_range(slice_part(text, 0, cut), &amount))
        return false;
    if (slice_is(period, "?"))
        period = slice_of(usual);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_is(period, rows[i].period)) {
            *out = amount * rows[i].times;
            return true;
        }
    return false;
}

static bool set_tenure(struct business *b, struct slice value)
{
    uint64_t months;
    if (slice_is(value, "-1"))
        b->tenure_months = -1;
    else if (slice_u64(value, TENURE_MAX, &months))
        b->tenure_months = (int)months;
    else
        return false;
    return true;
}

static bool set_sales(struct business *b, struct slice value)
{
    if (!read_rate(value, "month", &b->sales_month))
        return false;
    b->sales_refused = false;
    return true;
}

static bool set_customers(struct business *b, struct slice value)
{
    double month;
    if (!read_rate(value, "week", &month))
        return false;
    b->customers_week = month / WEEKS_A_MONTH;
    return true;
}

static bool set_workers(struct business *b, struct slice value)
{
    return read_range(value, &b->workers);
}

static bool set_ruc(struct business *b, struct slice value)
{
    static const struct {
        const char *value;
        int has;
    } rows[] = {{"yes", 1}, {"no", 0}, {"maybe", -1}, {"INVALID", -1}};
    uint64_t number;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_is(value, rows[i].value)) {
            b->has_ruc = rows[i].has;
            return true;
        }
    if (value.len != RUC_DIGITS || !slice_u64(value, UINT64_MAX, &number))
        return false;
    b->has_ruc = 1;
    return true;
}

static bool set_place(struct business *b, struct slice value)
{
    if (!slice_is(value, "yes") && !slice_is(value, "no"))
        return false;
    b->fixed_place = slice_is(value, "yes");
    return true;
}

/* Keeps a word of a closed list. */
static bool set_word(const struct vocabulary *vocabulary, struct slice value, char *out, size_t size)
{
    return word_number(vocabulary, value) != WORD_NONE && slice_copy(value, out, size);
}

static bool set_trend(struct business *b, struct slice value)
{
    return set_word(&trends, value, b->trend, sizeof(b->trend));
}

static bool set_regime(struct business *b, struct slice value)
{
    return set_word(&regimes, value, b->regime, sizeof(b->regime));
}

static bool set_region(struct business *b, struct slice value)
{
    return set_word(&regions, value, b->region, sizeof(b->region));
}

static bool set_goal(struct business *b, struct slice value)
{
    return set_word(&goals, value, b->goal, sizeof(b->goal));
}

static bool set_industry(struct business *b, struct slice value)
{
    return set_word(&industries, value, b->industry, sizeof(b->industry));
}

/* Keeps as many whole characters as fit: the beginning says what the business is. */
static bool set_activity(struct business *b, struct slice value)
{
    struct slice kept = value;
    for (size_t most = sizeof(b->activity) - 1; kept.len > sizeof(b->activity) - 1; most--)
        kept = utf8_prefix(value, most);
    return utf8_valid(kept) && slice_find(kept, '\0') == kept.len && slice_copy(kept, b->activity, sizeof(b->activity));
}

#define FIELD(name) offsetof(struct business, name), sizeof(((struct business *)0)->name)

static const struct slot {
    const char *name;
    bool (*set)(struct business *b, struct slice value); /* false: not of this type, nothing changed */
    size_t offset, size;                                 /* of its field, bytes */
    const char *number; /* how a JSON number is written down, "" before and after; NULL: numbers are no values here */
    const char *rule;
} slots[] = {
    {"tenure", set_tenure, FIELD(tenure_months), "", "whole months since opening, or -1 when not yet open"},
    {"sales", set_sales, FIELD(sales_month), "/month", "AMOUNT/PERIOD like \"1500/month\" or \"500..800/week\""},
    {"trend", set_trend, FIELD(trend), NULL, "up, same or down"},
    {"customers", set_customers, FIELD(customers_week), "/week", "N/PERIOD like \"20/day\" or \"80..100/week\""},
    {"workers", set_workers, FIELD(workers), "", "people, the owner included, like \"3\" or \"2..5\""},
    {"ruc", set_ruc, FIELD(has_ruc), "", "yes, no or a RUC of 11 digits"},
    {"place", set_place, FIELD(fixed_place), NULL, "yes for a fixed place, or no"},
    {"regime", set_regime, FIELD(regime), NULL, "NRUS, RER, RMT, RG or none"},
    {"region", set_region, FIELD(region), NULL, "a department's INEI code of two digits like \"08\""},
    {"goal", set_goal, FIELD(goal), NULL,
     "finance, customers, digital, formalise, export, public_sales, training, debts or other"},
    {"industry", set_industry, FIELD(industry), NULL, "an industry's key like \"bodega_alimentos\""},
    {"activity", set_activity, FIELD(activity), NULL, "text"},
};

/* Makes one field what it was before anything was known. */
static void forget(const struct slot *slot, struct business *b)
{
    struct business fresh;
    business_init(&fresh);
    memcpy((char *)b + slot->offset, (const char *)&fresh + slot->offset, slot->size);
}

static const struct slot *find_slot(struct slice name)
{
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
        if (name.len && name.ptr[0] == slots[i].name[0] && slice_is(name, slots[i].name)) /* most begin otherwise */
            return &slots[i];
    return NULL;
}

enum error business_set(struct business *business, struct slice slot_name, struct slice value)
{
    const struct slot *slot = find_slot(slot_name);
    if (!slot)
        return OK;
    bool refused = slice_is(value, "REFUSED");
    if (refused || slice_is(value, "UNKNOWN")) {
        forget(slot, business);
        if (slot->set == set_sales)
            business->sales_refused = refused;
        return OK;
    }
    return slot->set(business, value) ? OK : ERR_VALUE;
}

/* Writes a JSON value as the canonical text of its slot. Returns false when the slot takes no such value. */
static bool canonical(const struct slot *slot, const cJSON *item, char *out, size_t size)
{
    double number = item->valuedouble;
    if (cJSON_IsBool(item) && (slot->set == set_ruc || slot->set == set_place))
        return snprintf(out, size, "%s", cJSON_IsTrue(item) ? "yes" : "no") > 0;
    if (!cJSON_IsNumber(item) || !slot->number || !(number >= -1 && number <= AMOUNT_MAX))
        return false;
    /* Nine digits behind the point; cents and half persons are well above that. */
    int len = snprintf(out, size, number == floor(number) ? "%.0f%s" : "%.9f%s", number, slot->number);
    return len > 0 && (size_t)len < size;
}

static enum error set_from_json(const struct slot *slot, const cJSON *item, struct business *b, char *why)
{
    char text[64];
    const char *value = NULL;
    if (cJSON_IsNull(item))
        return OK;
    if (cJSON_IsString(item))
        value = item->valuestring;
    else if (canonical(slot, item, text, sizeof(text)))
        value = text;
    if (value && business_set(b, slice_of(slot->name), slice_of(value)) == OK)
        return OK;
    snprintf(why, BUSINESS_WHY_MAX, "\"%s\" must be %s", slot->name, slot->rule);
    return ERR_VALUE;
}

enum error business_from_json(const cJSON *object, struct business *out, char why[BUSINESS_WHY_MAX])
{
    struct business made;
    business_init(&made);
    if (!cJSON_IsObject(object)) {
        snprintf(why, BUSINESS_WHY_MAX, "facts must be a JSON object like {\"goal\": \"finance\"}");
        return ERR_VALUE;
    }
    for (const cJSON *item = object->child; item; item = item->next) {
        const struct slot *slot = find_slot(slice_of(item->string));
        if (slot && set_from_json(slot, item, &made, why) != OK)
            return ERR_VALUE;
    }
    *out = made;
    return OK;
}
