/* Sales: "s/1500 al mes", "entre 500 y 800 a la semana", "veinte soles el menu, sale 40 menus". */
#include "dialog/quantity.h"
#include "dialog/recognise_types.h"

#define DAYS_A_MONTH 26   /* as the question back shows it; peru.md part 5 */
#define MONTH_LEAST 10000 /* hundredths: below S/ 100 a month, or above S/ 200 000, is asked again */
#define MONTH_MOST 20000000
#define DOUBTFUL 0.6

static int64_t a_month(int64_t hundredths, enum period period)
{
    switch (period) {
    case PERIOD_DAY:
        return hundredths * DAYS_A_MONTH;
    case PERIOD_WEEK:
        return hundredths * 433 / 100;
    case PERIOD_FORTNIGHT:
        return hundredths * 2;
    case PERIOD_YEAR:
        return hundredths / 12;
    default:
        return hundredths;
    }
}

/* Tells whether a micro or small firm can sell that; what has no period is only held to the upper bound. */
static bool is_plausible(const struct quantity *quantity, enum period period)
{
    int64_t low = a_month(quantity->low, period), high = a_month(quantity->high, period);
    bool enough = low >= MONTH_LEAST || low == 0;
    return high <= MONTH_MOST && (enough || (period == PERIOD_UNKNOWN && low >= 1000));
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* Finds a price and a count, and gives their product. */
static bool find_product(const struct quantities *all, struct quantity *out)
{
    const struct quantity *price = NULL, *count = NULL;
    if (all->count != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        const struct quantity *one = &all->items[i], *other = &all->items[1 - i];
        bool priced = one->priced || (one->maybe_priced && other->kind == QUANTITY_COUNT);
        bool counted = other->kind == QUANTITY_COUNT || (other->kind == QUANTITY_BARE && one->kind == QUANTITY_MONEY);
        if (priced && one->kind != QUANTITY_COUNT && counted && !other->priced) {
            price = one;
            count = other;
        }
    }
    if (!price || count->high > 100000000 || price->high > 100000000)
        return false;
    *out = *count;
    out->kind = QUANTITY_MONEY;
    out->low = count->low * price->low / 100;
    out->high = count->high * price->high / 100;
    out->confidence = least(price->confidence, count->confidence) * 0.9;
    return true;
}

/* Tells whether words say that a quantity is of people, and so no amount: "20 clientes", "somos 4". */
static bool counts_people(const struct lexed *lexed, const struct quantity *quantity)
{
    const struct token *noun = token_at(lexed, quantity->end - 1);
    bool named = quantity->kind == QUANTITY_COUNT &&
                 (token_is(noun, WORDS_CUSTOMERS) || token_is(noun, WORDS_MEMBERS) || token_is(noun, WORDS_HELPERS));
    return named ||
           (quantity->kind != QUANTITY_MONEY && token_is(token_before(lexed, quantity->first, 1), WORDS_WE_ARE));
}

/* Picks the quantity that the answer is: the monthly one of several, else the first. Returns false when there is
 * none. */
static bool pick(const struct lexed *lexed, const struct quantities *all, struct quantity *out)
{
    static const enum quantity_kind kinds[] = {QUANTITY_MONEY, QUANTITY_BARE, QUANTITY_COUNT};
    for (size_t k = 0; k < 3; k++) {
        size_t found = 0;
        enum period period_of_out = PERIOD_UNKNOWN;
        for (size_t i = 0; i < all->count; i++) {
            if (all->items[i].kind != kinds[k] || counts_people(lexed, &all->items[i]))
                continue;
            double unused = 1;
            enum period period = quantity_period(lexed, &all->items[i], &unused);
            if (found++ > 0 && (period != PERIOD_MONTH || period_of_out == PERIOD_MONTH))
                continue;
            *out = all->items[i];
            period_of_out = period;
        }
        if (found == 0)
            continue;
        if (found > 1)
            out->confidence = least(out->confidence, 0.5);
        for (size_t i = 0; i < all->count && kinds[k] == QUANTITY_MONEY; i++)
            if (all->items[i].kind == QUANTITY_BARE &&
                !counts_people(lexed, &all->items[i])) /* it may be the amount too */
                out->confidence = least(out->confidence, 0.7);
        if (kinds[k] == QUANTITY_COUNT)
            out->confidence = least(out->confidence, DOUBTFUL);
        return true;
    }
    return false;
}

static enum error write_money(const struct lexed *lexed, struct quantity quantity, bool product, struct recognised *out)
{
    double confidence = quantity.confidence * (quantity.kind == QUANTITY_MONEY ? 0.95 : 0.9);
    enum period period = quantity_period(lexed, &quantity, &confidence);
    if (period == PERIOD_UNKNOWN) {
        confidence = least(confidence, product ? 0.7 : 0.85);
        period = product ? PERIOD_DAY : quantity.high == 0 ? PERIOD_MONTH : PERIOD_UNKNOWN;
    }
    if (!is_plausible(&quantity, period))
        confidence = least(confidence, DOUBTFUL);
    if (quantity.priced || lexicon_has(TABLE_OTHER_MONEY, lexed))
        confidence = least(confidence, 0.4);
    if (lexicon_has(TABLE_BOUNDS, lexed))
        confidence = least(confidence, 0.7);
    if (lexicon_has(TABLE_AMOUNT_DOUBTS, lexed))
        confidence = least(confidence, 0.8);
    out->confidence = confidence;
    return quantity_write(&quantity, period, out);
}

enum error recognise_money(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    struct quantities all;
    struct quantity quantity;
    quantities_read(lexed, &all);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].kind == QUANTITY_FOREIGN)
            return ERR_NOT_FOUND;
    if (all.too_many)
        return ERR_NOT_FOUND;
    if (find_product(&all, &quantity))
        return write_money(lexed, quantity, true, out);
    if (pick(lexed, &all, &quantity))
        return write_money(lexed, quantity, false, out);
    if (recognise_by(TABLE_NO_SALES, reading, out) == OK && out->confidence >= RECOGNISE_SURE)
        return OK;
    if (recognise_by(TABLE_REFUSALS, reading, out) == OK && out->confidence >= RECOGNISE_SURE)
        return OK;
    if (recognise_by(TABLE_AMOUNT_UNKNOWN, reading, out) == OK)
        return OK;
    if (recognise_by(TABLE_REFUSALS, reading, out) == OK)
        return OK;
    return recognise_by(TABLE_NO_SALES, reading, out);
}
