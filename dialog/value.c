#include "dialog/value.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "dialog/places.h"

#define DIGITS_MAX 9 /* of an amount's whole part */
#define SPOKEN_BYTES 1024
#define SPOKEN_ROOM (SPOKEN_BYTES + 1) /* the most that is said: nothing is allocated for it */
#define ECHO_CHARS 60                  /* of a person's own words when we repeat them */

struct amount {
    struct slice low, high; /* as written; equal when there is no range */
    double low_number, high_number;
    struct slice period; /* "" when the type has none */
};

static const char *const periods[] = {"day", "week", "month", "year", "?", NULL};
static const char *const yesno_words[] = {"yes", "no", "maybe", NULL};
static const char *const ruc_words[] = {"yes", "no", "INVALID", NULL};
static const char *const regime_words[] = {"NRUS", "RER", "RMT", "RG", "none", VALUE_UNKNOWN, NULL};
static const char *const trend_words[] = {"up", "same", "down", VALUE_UNKNOWN, NULL};
static const char *const goal_words[] = {"finance",      "customers", "digital", "formalise", "export",
                                         "public_sales", "training",  "debts",   "other",     NULL};
static const char *const money_words[] = {VALUE_UNKNOWN, VALUE_REFUSED, NULL};
static const char *const count_words[] = {VALUE_UNKNOWN, NULL};

/* How many of a period make the month (money) or the week (customers). */
static const struct {
    const char *period;
    double of_month, of_week;
} period_factors[] = {
    {"day", DAYS_OF_MONTH_WORKED, 6.0},
    {"week", WEEKS_OF_MONTH, 1.0},
    {"month", 1.0, 1.0 / WEEKS_OF_MONTH},
    {"year", 1.0 / 12.0, 1.0 / (12.0 * WEEKS_OF_MONTH)},
};

static bool is_among(struct slice word, const char *const *words)
{
    for (; *words; words++)
        if (slice_is(word, *words))
            return true;
    return false;
}

/* Reads digits with at most two decimals behind a point. */
static bool read_number(struct slice text, double *out)
{
    struct slice whole, rest = text;
    uint64_t value;
    if (!slice_cut(&rest, '.', &whole) || whole.len > DIGITS_MAX || !slice_u64(whole, UINT32_MAX, &value))
        return false;
    *out = (double)value;
    if (!rest.ptr)
        return true;
    if (rest.len < 1 || rest.len > 2 || !slice_u64(rest, 99, &value))
        return false;
    *out += (double)value / (rest.len == 1 ? 10.0 : 100.0);
    return true;
}

/* Reads "N" or "N..M", with "/PERIOD" where the type has one. */
static bool read_amount(struct slice value, bool with_period, struct amount *out)
{
    struct slice numbers = value;
    out->period = SLICE_NONE;
    if (with_period) {
        size_t slash = slice_find(value, '/');
        numbers = slice_part(value, 0, slash);
        out->period = slice_part(value, slash + 1, value.len);
        if (!is_among(out->period, periods))
            return false;
    }
    size_t dots = 0;
    while (dots + 1 < numbers.len && !(numbers.ptr[dots] == '.' && numbers.ptr[dots + 1] == '.'))
        dots++;
    bool range = dots + 1 < numbers.len;
    out->low = range ? slice_part(numbers, 0, dots) : numbers;
    out->high = range ? slice_part(numbers, dots + 2, numbers.len) : numbers;
    return read_number(out->low, &out->low_number) && read_number(out->high, &out->high_number) &&
           out->low_number <= out->high_number;
}

static bool read_months(struct slice value, double *out)
{
    uint64_t months;
    if (slice_is(value, "-1")) {
        *out = -1;
        return true;
    }
    if (!slice_u64(value, 9999, &months))
        return false;
    *out = (double)months;
    return true;
}

static bool is_digits(struct slice value, size_t len)
{
    if (value.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return false;
    return true;
}

const char *const *value_words(enum slot_type type)
{
    switch (type) {
    case TYPE_YESNO:
        return yesno_words;
    case TYPE_REGIME:
        return regime_words;
    case TYPE_TREND:
        return trend_words;
    case TYPE_GOAL:
        return goal_words;
    case TYPE_RUC:
        return ruc_words;
    default:
        return NULL;
    }
}

bool value_is_numeric(enum slot_type type)
{
    return type == TYPE_MONEY || type == TYPE_TENURE || type == TYPE_WORKERS || type == TYPE_CUSTOMERS;
}

bool value_valid(enum slot_type type, struct slice value)
{
    struct amount amount;
    double months;
    switch (type) {
    case TYPE_MONEY:
        return is_among(value, money_words) || read_amount(value, true, &amount);
    case TYPE_CUSTOMERS:
        return is_among(value, count_words) || read_amount(value, true, &amount);
    case TYPE_WORKERS:
        return is_among(value, count_words) || read_amount(value, false, &amount);
    case TYPE_TENURE:
        return read_months(value, &months);
    case TYPE_RUC:
        return is_among(value, ruc_words) || is_digits(value, 11);
    case TYPE_REGION:
        return place_name(value) != NULL;
    case TYPE_YESNO:
    case TYPE_REGIME:
    case TYPE_TREND:
    case TYPE_GOAL:
        return is_among(value, value_words(type));
    case TYPE_TEXT:
    case TYPE_CHOICE:
    case TYPE_COMMAND:
        return value.len > 0;
    }
    return false;
}

bool value_number(enum slot_type type, struct slice value, double *out)
{
    struct amount amount;
    if (type == TYPE_TENURE)
        return read_months(value, out);
    if (!value_is_numeric(type) || !read_amount(value, type != TYPE_WORKERS, &amount))
        return false;
    double middle = (amount.low_number + amount.high_number) / 2;
    if (type == TYPE_WORKERS) {
        *out = middle;
        return true;
    }
    for (size_t i = 0; i < sizeof(period_factors) / sizeof(period_factors[0]); i++) {
        if (slice_is(amount.period, period_factors[i].period)) {
            *out = middle * (type == TYPE_MONEY ? period_factors[i].of_month : period_factors[i].of_week);
            return true;
        }
    }
    return false;
}

bool value_lacks_period(struct slice value)
{
    return value.len > 2 && slice_is(slice_part(value, value.len - 2, value.len), "/?");
}

bool value_is_period(struct slice word)
{
    return is_among(word, periods) && !slice_is(word, "?");
}

static enum tongue_phrase phrase_of_period(struct slice period)
{
    return slice_is(period, "day")     ? SAY_DAY
           : slice_is(period, "week")  ? SAY_WEEK
           : slice_is(period, "month") ? SAY_MONTH
                                       : SAY_YEAR;
}

/* Says "500", "S/ 500 a 800", "80 al día": each phrase around the one before. */
static void speak_amount(const struct tongue *tongue, enum slot_type type, struct slice value, struct buf *out)
{
    struct amount amount;
    char number_room[SPOKEN_ROOM], amount_room[SPOKEN_ROOM];
    struct buf number, whole;
    if (!read_amount(value, type != TYPE_WORKERS, &amount)) {
        buf_addslice(out, value);
        return;
    }
    buf_init_over(&number, number_room, sizeof(number_room), SPOKEN_BYTES);
    buf_init_over(&whole, amount_room, sizeof(amount_room), SPOKEN_BYTES);
    if (slice_eq(amount.low, amount.high))
        buf_addslice(&number, amount.low);
    else
        tongue_fill(tongue->phrases[SAY_RANGE], amount.low, amount.high, &number);
    if (type == TYPE_MONEY)
        tongue_fill(tongue->phrases[SAY_MONEY], buf_slice(&number), SLICE_NONE, &whole);
    else
        buf_addslice(&whole, buf_slice(&number));
    if (value_is_period(amount.period))
        tongue_fill(tongue->phrases[phrase_of_period(amount.period)], buf_slice(&whole), SLICE_NONE, out);
    else
        buf_addslice(out, buf_slice(&whole));
    if (number.error || whole.error)
        out->error = out->error ? out->error : number.error ? number.error : whole.error;
    buf_release(&number);
    buf_release(&whole);
}

/* Says "1 mes", "5 meses"; `one` is followed by the phrase for more. */
static void speak_count(const struct tongue *tongue, enum tongue_phrase one, int count, struct buf *out)
{
    char digits[16];
    int len = snprintf(digits, sizeof(digits), "%d", count);
    tongue_fill(tongue->phrases[one + (count != 1)], (struct slice){digits, (size_t)len}, SLICE_NONE, out);
}

static void speak_months(const struct tongue *tongue, struct slice value, struct buf *out)
{
    double number = 0;
    if (!read_months(value, &number)) {
        buf_addslice(out, value);
        return;
    }
    char years_room[SPOKEN_ROOM], months_room[SPOKEN_ROOM];
    struct buf years, months;
    int count = (int)number;
    buf_init_over(&years, years_room, sizeof(years_room), SPOKEN_BYTES);
    buf_init_over(&months, months_room, sizeof(months_room), SPOKEN_BYTES);
    if (count > 0)
        speak_count(tongue, SAY_ONE_YEAR, count / 12, &years);
    if (count > 0)
        speak_count(tongue, SAY_ONE_MONTH, count % 12, &months);
    if (count <= 0)
        buf_addslice(out, tongue->phrases[count < 0 ? SAY_NOT_OPEN : SAY_OPENING]);
    else if (count < 12)
        buf_addslice(out, buf_slice(&months));
    else if (count % 12 == 0)
        buf_addslice(out, buf_slice(&years));
    else
        tongue_fill(tongue->phrases[SAY_YEARS_MONTHS], buf_slice(&years), buf_slice(&months), out);
    if (years.error || months.error)
        out->error = out->error ? out->error : years.error ? years.error : months.error;
    buf_release(&years);
    buf_release(&months);
}

static void speak_word(const struct tongue *tongue, enum slot_type type, struct slice value, struct buf *out)
{
    struct slice words = tongue_word(tongue, slot_type_name(type), value);
    buf_addslice(out, words.len ? words : utf8_prefix(value, ECHO_CHARS));
}

void value_speak(const struct tongue *tongue, enum slot_type type, struct slice value, struct buf *out)
{
    if (type != TYPE_TEXT && slice_is(value, VALUE_UNKNOWN))
        buf_addslice(out, tongue->phrases[SAY_UNKNOWN]);
    else if (type != TYPE_TEXT && slice_is(value, VALUE_REFUSED))
        buf_addslice(out, tongue->phrases[SAY_REFUSED]);
    else if (type == TYPE_TENURE)
        speak_months(tongue, value, out);
    else if (value_is_numeric(type))
        speak_amount(tongue, type, value, out);
    else if (type == TYPE_REGION && place_name(value))
        buf_adds(out, place_name(value));
    else
        speak_word(tongue, type, value, out);
}

/* The most characters of a phrase, without its marks. */
static size_t phrase_max(const struct tongue *tongue, enum tongue_phrase first, enum tongue_phrase last)
{
    size_t most = 0;
    for (size_t i = first; i <= last; i++) {
        struct buf filled;
        char room[SPOKEN_ROOM];
        buf_init_over(&filled, room, sizeof(room), SPOKEN_BYTES);
        tongue_fill(tongue->phrases[i], SLICE_NONE, SLICE_NONE, &filled);
        size_t chars = utf8_count(buf_slice(&filled));
        most = chars > most ? chars : most;
        buf_release(&filled);
    }
    return most;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t amount_max(const struct tongue *tongue, enum slot_type type)
{
    size_t digits = type == TYPE_MONEY ? sizeof("123456789.50") - 1 : sizeof("123456789") - 1;
    size_t most = 2 * digits + phrase_max(tongue, SAY_RANGE, SAY_RANGE);
    if (type == TYPE_MONEY)
        most += phrase_max(tongue, SAY_MONEY, SAY_MONEY);
    return type == TYPE_WORKERS ? most : most + phrase_max(tongue, SAY_DAY, SAY_YEAR);
}

static size_t tenure_max(const struct tongue *tongue)
{
    size_t years = sizeof("833") - 1 + phrase_max(tongue, SAY_ONE_YEAR, SAY_YEARS);
    size_t months = sizeof("11") - 1 + phrase_max(tongue, SAY_ONE_MONTH, SAY_MONTHS);
    return larger(phrase_max(tongue, SAY_NOT_OPEN, SAY_OPENING),
                  years + months + phrase_max(tongue, SAY_YEARS_MONTHS, SAY_YEARS_MONTHS));
}

size_t value_spoken_max(const struct tongue *tongue, enum slot_type type)
{
    size_t most = phrase_max(tongue, SAY_UNKNOWN, SAY_REFUSED);
    switch (type) {
    case TYPE_MONEY:
    case TYPE_CUSTOMERS:
    case TYPE_WORKERS:
        return larger(most, amount_max(tongue, type));
    case TYPE_TENURE:
        return larger(most, tenure_max(tongue));
    case TYPE_REGION:
        return larger(most, sizeof("Madre de Dios") - 1);
    case TYPE_RUC:
        return larger(larger(most, 11), tongue_words_max(tongue, "ruc"));
    case TYPE_REGIME:
    case TYPE_YESNO:
    case TYPE_TREND:
    case TYPE_GOAL:
        return larger(most, tongue_words_max(tongue, slot_type_name(type)));
    default:
        return ECHO_CHARS;
    }
}
