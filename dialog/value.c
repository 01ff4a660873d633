#include "dialog/value.h"

#include <string.h>

#include "base/utf8.h"
#include "dialog/places.h"

#define DIGITS_MAX 9  /* of an amount's whole part */
#define ECHO_CHARS 60 /* of a person's own words when we repeat them */

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

/* What a language says for a word of a type. */
struct spoken {
    enum slot_type type;
    const char *value;
    const char *words;
};

static const struct spoken spanish[] = {
    {TYPE_YESNO, "yes", "sí"},
    {TYPE_YESNO, "no", "no"},
    {TYPE_YESNO, "maybe", "quizás"},
    {TYPE_RUC, "yes", "sí tienes"},
    {TYPE_RUC, "no", "no tienes"},
    {TYPE_REGIME, "NRUS", "Nuevo RUS"},
    {TYPE_REGIME, "RER", "Especial (RER)"},
    {TYPE_REGIME, "RMT", "MYPE Tributario"},
    {TYPE_REGIME, "RG", "General"},
    {TYPE_REGIME, "none", "ninguno"},
    {TYPE_TREND, "up", "suben"},
    {TYPE_TREND, "same", "siguen igual"},
    {TYPE_TREND, "down", "bajan"},
    {TYPE_GOAL, "finance", "financiamiento"},
    {TYPE_GOAL, "customers", "más clientes"},
    {TYPE_GOAL, "digital", "vender por internet"},
    {TYPE_GOAL, "formalise", "formalizarte"},
    {TYPE_GOAL, "export", "exportar"},
    {TYPE_GOAL, "public_sales", "vender al Estado"},
    {TYPE_GOAL, "training", "capacitarte"},
    {TYPE_GOAL, "debts", "salir de deudas"},
    {TYPE_GOAL, "other", "otra cosa"},
};

static const struct {
    const char *period, *words;
} spanish_periods[] = {
    {"day", " al día"}, {"week", " a la semana"}, {"month", " al mes"}, {"year", " al año"}, {"?", ""},
};

static void speak_amount(enum slot_type type, struct slice value, struct buf *out)
{
    struct amount amount;
    const char *unit = type == TYPE_MONEY ? "S/ " : "";
    if (!read_amount(value, type != TYPE_WORKERS, &amount)) {
        buf_addslice(out, value);
        return;
    }
    buf_adds(out, unit);
    buf_addslice(out, amount.low);
    if (!slice_eq(amount.low, amount.high)) {
        buf_adds(out, " a ");
        buf_addslice(out, amount.high);
    }
    for (size_t i = 0; i < sizeof(spanish_periods) / sizeof(spanish_periods[0]); i++)
        if (slice_is(amount.period, spanish_periods[i].period))
            buf_adds(out, spanish_periods[i].words);
}

static void speak_months(struct slice value, struct buf *out)
{
    double number = 0;
    if (!read_months(value, &number)) {
        buf_addslice(out, value);
        return;
    }
    int months = (int)number, years = months / 12, rest = months % 12;
    if (months < 0)
        buf_adds(out, "aún no abre");
    else if (months == 0)
        buf_adds(out, "recién abre");
    else if (years == 0)
        buf_addf(out, "%d %s", months, months == 1 ? "mes" : "meses");
    else if (rest == 0)
        buf_addf(out, "%d %s", years, years == 1 ? "año" : "años");
    else
        buf_addf(out, "%d %s y %d %s", years, years == 1 ? "año" : "años", rest, rest == 1 ? "mes" : "meses");
}

static void speak_word(enum slot_type type, struct slice value, struct buf *out)
{
    for (size_t i = 0; i < sizeof(spanish) / sizeof(spanish[0]); i++) {
        if (spanish[i].type == type && slice_is(value, spanish[i].value)) {
            buf_adds(out, spanish[i].words);
            return;
        }
    }
    buf_addslice(out, utf8_prefix(value, ECHO_CHARS));
}

void value_speak(const char *lang, enum slot_type type, struct slice value, struct buf *out)
{
    (void)lang;
    if (type != TYPE_TEXT && slice_is(value, VALUE_UNKNOWN))
        buf_adds(out, "no sabes");
    else if (type != TYPE_TEXT && slice_is(value, VALUE_REFUSED))
        buf_adds(out, "no lo dices");
    else if (type == TYPE_TENURE)
        speak_months(value, out);
    else if (value_is_numeric(type))
        speak_amount(type, value, out);
    else if (type == TYPE_REGION && place_name(value))
        buf_adds(out, place_name(value));
    else
        speak_word(type, value, out);
}

size_t value_spoken_max(enum slot_type type)
{
    switch (type) {
    case TYPE_MONEY:
        return sizeof("S/ 123456789.50 a 123456789.50 a la semana") - 1;
    case TYPE_CUSTOMERS:
        return sizeof("123456789 a 123456789 a la semana") - 1;
    case TYPE_WORKERS:
        return sizeof("123456789 a 123456789") - 1;
    case TYPE_TENURE:
        return sizeof("833 anos y 11 meses") - 1;
    case TYPE_REGION:
        return sizeof("Madre de Dios") - 1;
    case TYPE_RUC:
        return 11;
    case TYPE_REGIME:
        return sizeof("MYPE Tributario") - 1;
    case TYPE_YESNO:
    case TYPE_TREND:
        return sizeof("siguen igual") - 1;
    case TYPE_GOAL:
        return sizeof("vender por internet") - 1;
    default:
        return ECHO_CHARS;
    }
}
