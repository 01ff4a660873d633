#include "dialog/quantity.h"

#include "base/buf.h"

#define EXCHANGED 0.75  /* what a coin keeps that is read with its vowels exchanged: "sulis" */
#define CASES_DOUBT 0.8 /* a range of a good day and a bad one is asked back */
#define PAST_TOKENS 5   /* between "antes" and the number that it is said of */
#define DENIED_TOKENS 3 /* between a denial and its number: "no llego a 500" */

/* Words that name a period, in the order of the table's values. A noun counts time when a number stands before it
 * ("3 meses"), an adverb does not. */
static const struct {
    enum period period;
    bool plural; /* behind a number, a duration */
    bool noun;
    int days; /* of one */
} periods[] = {
    {PERIOD_DAY, false, true, 1},        {PERIOD_DAY, true, true, 1},        {PERIOD_DAY, false, false, 1},
    {PERIOD_WEEK, false, true, 7},       {PERIOD_WEEK, true, true, 7},       {PERIOD_WEEK, false, false, 7},
    {PERIOD_FORTNIGHT, false, true, 15}, {PERIOD_FORTNIGHT, true, true, 15}, {PERIOD_FORTNIGHT, false, false, 15},
    {PERIOD_MONTH, false, true, 30},     {PERIOD_MONTH, true, true, 30},     {PERIOD_MONTH, false, false, 30},
    {PERIOD_YEAR, false, true, 365},     {PERIOD_YEAR, true, true, 365},     {PERIOD_YEAR, false, false, 365},
    {PERIOD_WEEK, false, false, 7}, /* "los domingos" */
};

#define PERIODS (sizeof periods / sizeof periods[0])

static const char *const period_names[] = {"?", "day", "week", "month", "month", "year"};

static size_t period_row(const struct lexed *lexed, const struct token *token, double *confidence)
{
    const struct lexicon_row *row = token->kind == TOKEN_WORD ? lexicon_row_of(TABLE_PERIODS, lexed, token) : NULL;
    if (row && confidence)
        *confidence = row->confidence;
    return row ? (size_t)row->number : PERIODS;
}

static bool names_period(const struct lexed *lexed, const struct token *token)
{
    return period_row(lexed, token, NULL) < PERIODS;
}

static bool counts_time(const struct lexed *lexed, size_t number)
{
    size_t row = period_row(lexed, token_at(lexed, number + 1), NULL);
    if (row == PERIODS)
        return token_is(token_at(lexed, number + 1), WORDS_CLOCK_UNITS);
    return periods[row].noun && (periods[row].plural || token_at(lexed, number)->hundredths <= 100);
}

static bool is_year(const struct lexed *lexed, size_t number)
{
    const struct token *token = token_at(lexed, number);
    return token->style == NUMBER_DIGITS && token->text.len == 4 && token->hundredths >= 190000 &&
           token->hundredths < 210000 && token_is(token_before(lexed, number, 1), WORDS_BEFORE_YEAR);
}

/* Tells whether the number at i measures something that is no amount and no count. */
static bool is_beside_the_point(const struct lexed *lexed, size_t i)
{
    const struct token *token = token_at(lexed, i);
    const struct token *after = token_at(lexed, i + 1), *second = token_at(lexed, i + 2);
    bool percent = slice_is(after->text, "%") || token_is(after, WORDS_PERCENT) ||
                   (token_is(after, WORDS_PER) && token_is(second, WORDS_HUNDRED));
    bool clock = token_is(token_before(lexed, i, 1), WORDS_BEFORE_CLOCK) && token->hundredths <= 2400;
    bool hundred = token_is(token_before(lexed, i, 1), WORDS_PER) && token_is(token, WORDS_HUNDRED) &&
                   token_before(lexed, i, 2)->kind == TOKEN_NUMBER; /* "cien por ciento" */
    bool phone = token->style == NUMBER_DIGITS && token->text.len == 9 && token->text.ptr[0] == '9';
    bool thanks = token_is(after, WORDS_NOT_COUNTED);
    bool days = token_is(after, WORDS_OF) && token_is(second, WORDS_DATE_MONTHS);
    return percent || clock || days || hundred || phone || thanks || counts_time(lexed, i) || is_year(lexed, i);
}

static bool name_coin(const struct lexed *lexed, const struct token *token, struct quantity *quantity)
{
    const struct lexicon_row *row = lexicon_row_of(TABLE_COINS, lexed, token);
    if (token->glued && token_is(token, WORDS_COIN_LETTERS)) { /* "1500s" */
        quantity->kind = QUANTITY_MONEY;
        return true;
    }
    if (!row)
        return false;
    quantity->kind = row->number ? QUANTITY_MONEY : QUANTITY_FOREIGN;
    quantity->low = quantity->low * row->number / 100;
    quantity->high = quantity->low;
    quantity->confidence *= row->confidence * (token->exchanged ? EXCHANGED : 1.0);
    return true;
}

/* Tells whether the coin of another country stands before the number at i: "usd 200", "u$s 200". */
static bool foreign_before(const struct lexed *lexed, size_t i)
{
    for (size_t back = 1; back <= 2 && i >= back; back++) {
        const struct lexicon_row *row = lexicon_row_of(TABLE_COINS, lexed, &lexed->tokens[i - back]);
        if (row && row->number == 0)
            return true;
        if (!lexed->tokens[i - back].glued || !token_is(&lexed->tokens[i - back], WORDS_COIN_LETTERS))
            break;
    }
    return false;
}

static bool names_things(const struct lexed *lexed, const struct token *token)
{
    return token->kind == TOKEN_WORD && token->text.len > 1 && token->sound.len > 0 &&
           !token_is(token, WORDS_NOT_THINGS) && !token_is(token, WORDS_CASES) && !names_period(lexed, token);
}

/* Takes "con cincuenta" behind "1550 soles". */
static void take_cents(const struct lexed *lexed, struct quantity *quantity)
{
    const struct token *cents = token_at(lexed, quantity->end + 1), *noun = token_at(lexed, quantity->end + 2);
    bool named = token_is(noun, WORDS_CENTS);
    bool whole = cents->kind == TOKEN_NUMBER && cents->hundredths % 100 == 0 && cents->hundredths < 10000;
    if (!whole || quantity->low % 100 != 0 || !token_is(token_at(lexed, quantity->end), WORDS_WITH_CENTS))
        return;
    if (!named && (token_is(token_at(lexed, quantity->end), WORDS_AND) || names_things(lexed, noun)))
        return;
    quantity->low += cents->hundredths / 100;
    quantity->high = quantity->low;
    quantity->end += 2 + named;
}

/* Takes "y media" behind "dos lucas". */
static void take_half(const struct lexed *lexed, struct quantity *quantity, int64_t scale)
{
    if (!token_is(token_at(lexed, quantity->end), WORDS_AND) ||
        !token_is(token_at(lexed, quantity->end + 1), WORDS_NUMBER_HALF))
        return;
    quantity->low += 50 * scale;
    quantity->high = quantity->low;
    quantity->end += 2;
}

/* Reads the number at i with the unit beside it. */
static struct quantity read_one(const struct lexed *lexed, size_t i)
{
    const struct token *token = token_at(lexed, i), *before = token_before(lexed, i, 1);
    struct quantity quantity = {.low = token->hundredths, .high = token->hundredths, .first = i, .end = i + 1};
    quantity.confidence = token->slang ? 0.5 : token->rough ? 0.9 : 1.0;
    size_t behind = token_is(token_at(lexed, i + 1), WORDS_OF) ? i + 2 : i + 1; /* "un millon de soles" */
    bool sign_before = token_is(before, WORDS_COIN_SIGNS) || (token_is(before, WORDS_COIN_LETTERS) && token->glued);
    if (sign_before &&
        name_coin(lexed, token_is(before, WORDS_COIN_LETTERS) ? token_at(lexed, lexed->count) : before, &quantity)) {
        quantity.first = i - 1;
        if (token_is(token_at(lexed, i + 1), WORDS_SOLES))
            quantity.end = i + 2;
    } else if (sign_before && !foreign_before(lexed, i)) {
        quantity.kind = QUANTITY_MONEY;
    } else if (name_coin(lexed, token_at(lexed, behind), &quantity)) {
        quantity.end = behind + 1;
        quantity.end +=
            token_is(token_at(lexed, behind), WORDS_NEW_COINS) && token_is(token_at(lexed, behind + 1), WORDS_SOLES);
        take_half(lexed, &quantity, token->scale);
        take_cents(lexed, &quantity);
    } else if (foreign_before(lexed, i)) {
        quantity.kind = QUANTITY_FOREIGN;
    } else if (names_things(lexed, token_at(lexed, behind)) && (behind == i + 1 || token->scale > 1)) {
        quantity.kind = QUANTITY_COUNT;
        quantity.end = behind + 1;
    } else if (names_things(lexed, token_at(lexed, i + 1))) {
        quantity.kind = QUANTITY_COUNT;
        quantity.end = i + 2;
    }
    return quantity;
}

/* Tells whether the words from `first` to before `end` set one time beside another: "a veces 100 a veces 200". */
static bool now_and_then(const struct lexed *lexed, size_t first, size_t end)
{
    bool times = false;
    if (end <= first || end - first > 5)
        return false;
    for (size_t i = first; i < end; i++) {
        times = times || token_is(&lexed->tokens[i], WORDS_VARIES);
        if (!token_is(&lexed->tokens[i], WORDS_BETWEEN_TIMES))
            return false;
    }
    return times;
}

bool quantity_taken_back(const struct lexed *lexed, size_t end, size_t first)
{
    bool denied = false, only = true, corrected = false;
    if (first < end || first - end > 6)
        return false;
    for (size_t i = end; i < first; i++) {
        const struct token *token = &lexed->tokens[i];
        corrected = corrected || token_is(token, WORDS_CORRECTIONS);
        denied = denied || token_is(token, WORDS_DENIES);
        only = only && token_is(token, WORDS_AROUND_CORRECTION);
    }
    return corrected || (denied && only);
}

bool quantity_denied(const struct lexed *lexed, size_t first, size_t from)
{
    for (size_t back = 1; back <= DENIED_TOKENS && first >= from + back; back++) {
        const struct token *token = &lexed->tokens[first - back];
        if (token_is(token, WORDS_DENIALS))
            return back > 1;
        if (token->kind != TOKEN_WORD || token_is(token, WORDS_ABOVE) || token_is(token, WORDS_BELOW) ||
            token_is(token, WORDS_BUT))
            return false;
    }
    return false;
}

/* Tells whether a sign makes the number at i less than nothing: "-500", not the "- 500" of a list, nor "300-500". */
static bool is_negative(const struct lexed *lexed, size_t i)
{
    const struct token *sign = token_before(lexed, i, 1), *earlier = token_before(lexed, i, 2);
    bool first = !earlier->text.ptr; /* nothing stands before the sign */
    return i > 0 && slice_is(sign->text, "-") && sign->text.ptr + 1 == lexed->tokens[i].text.ptr &&
           earlier->kind != TOKEN_NUMBER && (first || earlier->text.ptr + earlier->text.len != sign->text.ptr);
}

bool quantity_qualified(const struct lexed *lexed, size_t end)
{
    bool but = false;
    for (size_t i = end; i < lexed->count; i++) {
        if (but && lexed->tokens[i].kind == TOKEN_NUMBER)
            return true;
        but = but || token_is(&lexed->tokens[i], WORDS_BUT);
    }
    return false;
}

/* Tells whether what stands between two quantities makes them the ends of one range. */
static bool spans(const struct lexed *lexed, const struct quantity *low, const struct quantity *high)
{
    bool nothing_between =
        high->first == low->end && low->kind == QUANTITY_BARE && token_at(lexed, low->first)->scale == 1;
    if (nothing_between && high->kind != QUANTITY_FOREIGN) /* "unos 500 600" */
        return low->low < high->low && high->low <= 2 * low->low;
    if (now_and_then(lexed, low->end, high->first))
        return low->kind == high->kind || low->kind == QUANTITY_BARE || high->kind == QUANTITY_BARE;
    if (high->first != low->end + 1)
        return false;
    const struct token *between = token_at(lexed, low->end);
    const struct token *before = token_before(lexed, low->first, 1);
    const struct token *earlier = token_before(lexed, low->first, 2);
    bool linked = token_is(between, WORDS_TO);
    bool between_two =
        token_is(between, WORDS_AND) && (token_is(before, WORDS_BETWEEN) || token_is(earlier, WORDS_BETWEEN));
    bool guessed = token_is(between, WORDS_AND) && low->kind == QUANTITY_BARE && high->kind != QUANTITY_COUNT &&
                   token_is(before, WORDS_ABOUT) && low->low < high->low && high->low <= 2 * low->low;
    bool listed = slice_is(between->text, ",") && low->low < high->low && high->low <= 2 * low->low;
    bool same_thing = low->kind == high->kind || low->kind == QUANTITY_BARE || high->kind == QUANTITY_BARE;
    bool sold_at = low->kind == QUANTITY_COUNT && high->kind != QUANTITY_COUNT; /* "40 menus a 8" */
    return same_thing && !sold_at && (linked || between_two || guessed || listed);
}

/* Makes one range of two quantities; "2 o 3 mil" is 2000 to 3000. */
static void join(const struct lexed *lexed, struct quantity *low, const struct quantity *high, size_t high_number)
{
    int64_t scale = token_at(lexed, high_number)->scale;
    if (scale > 1 && low->low < 100000 && low->low * scale < high->high && low->low < scale * 100)
        low->low *= scale;
    if (low->kind == QUANTITY_BARE)
        low->kind = high->kind;
    low->confidence = (low->confidence < high->confidence ? low->confidence : high->confidence) * 0.95;
    low->high = high->high;
    low->end = high->end;
    if (low->low > low->high) {
        int64_t swapped = low->low;
        low->low = low->high;
        low->high = swapped;
        low->confidence *= 0.7;
    }
}

/* Makes one range of the amounts of two cases, whichever is the lower. */
static void join_cases(const struct lexed *lexed, struct quantity *last, struct quantity other, size_t other_number)
{
    if (last->low > other.low) {
        int64_t high = last->low;
        last->low = last->high = other.low;
        other.low = other.high = high;
    }
    join(lexed, last, &other, other_number);
    last->confidence *= CASES_DOUBT;
}

/* Tells whether a quantity is the price of one of something. */
static bool is_price(const struct lexed *lexed, const struct quantity *quantity)
{
    const struct token *after = token_at(lexed, quantity->end), *second = token_at(lexed, quantity->end + 1);
    if (token_is(after, WORDS_EACH_LETTERS) && slice_is(second->text, "/"))
        return !names_period(lexed, token_at(lexed, quantity->end + 2));
    const struct token *third = token_at(lexed, quantity->end + 2);
    if (token_is(after, WORDS_PER) && token_is(third, WORDS_DAY_PARTS)) /* "10 por la mañana" */
        return false;
    if (token_is(after, WORDS_PER_ONE) && second->kind == TOKEN_WORD && !names_period(lexed, second))
        return !token_is(second, WORDS_NOT_PRICED);
    if (token_is(after, WORDS_PER_THING) && second->kind == TOKEN_NUMBER && second->style == NUMBER_ARTICLE)
        return true;
    return token_is(token_before(lexed, quantity->first, 1), WORDS_COSTS);
}

/* Tells whether the number at i is said of how it was: "antes vendia 200". Nothing before `from` is of it. */
static bool is_past(const struct lexed *lexed, size_t i, size_t from)
{
    for (size_t back = 1; back <= PAST_TOKENS && i >= from + back; back++)
        if (token_is(token_before(lexed, i, back), WORDS_PAST))
            return true;
    return false;
}

void quantities_read(const struct lexed *lexed, struct quantities *out)
{
    *out = (struct quantities){0};
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        bool taken = out->count > 0 && i < out->items[out->count - 1].end; /* the cents of the one before */
        if (token->kind != TOKEN_NUMBER || taken)
            continue;
        struct quantity quantity = read_one(lexed, i);
        bool of_range = token_is(token_at(lexed, i + 1), WORDS_OR_TO) && token_at(lexed, i + 2)->kind == TOKEN_NUMBER;
        bool none = token_is(token_before(lexed, i, 1), WORDS_NOT_EVEN); /* "ni un sol" */
        quantity.confidence *= is_negative(lexed, i) ? 0.5 : 1.0;
        bool article = token->style == NUMBER_ARTICLE && (none || (quantity.kind != QUANTITY_MONEY && !of_range));
        if (article || (quantity.kind != QUANTITY_MONEY && is_beside_the_point(lexed, i)))
            continue;
        struct quantity *last = out->count > 0 ? &out->items[out->count - 1] : NULL;
        quantity.past = is_past(lexed, i, last ? last->end : 0);
        quantity.denied = quantity_denied(lexed, quantity.first, last ? last->end : 0);
        bool outdated = last && ((last->past && !quantity.past) || (last->denied && !quantity.denied));
        if (last && (outdated || quantity_taken_back(lexed, last->end, quantity.first))) {
            bool either = !outdated && token_is(token_before(lexed, quantity.first, 1), WORDS_DENIALS) &&
                          quantity.first == last->end + 1; /* "9 mil no 90 mil": which is denied? */
            *last = quantity;
            last->confidence *= either ? 0.65 : 0.95;
        } else if (last && last->low == last->high && spans(lexed, last, &quantity)) {
            join(lexed, last, &quantity, i);
        } else if (last && last->low == last->high && quantity_cases(lexed, last, &quantity, &last->of_days)) {
            join_cases(lexed, last, quantity, i);
        } else if (out->count < QUANTITIES_MAX) {
            out->items[out->count++] = quantity;
        } else {
            out->too_many = true;
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        struct quantity *item = &out->items[i];
        item->confidence *= item->past || item->denied ? 0.65 : 1.0; /* and how is it now? */
        item->priced = item->low == item->high && is_price(lexed, item);
        const struct token *before = token_before(lexed, item->first, 1);
        item->maybe_priced = item->low == item->high && (token_is(before, WORDS_AT) || token_is(before, WORDS_OF));
    }
}

/* "cada 15 dias" */
static enum period period_of_days(int64_t days)
{
    static const struct {
        int from, to;
        enum period period;
    } rows[] = {
        {1, 1, PERIOD_DAY},     {7, 8, PERIOD_WEEK},     {14, 16, PERIOD_FORTNIGHT},
        {28, 31, PERIOD_MONTH}, {365, 366, PERIOD_YEAR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (days >= rows[i].from && days <= rows[i].to)
            return rows[i].period;
    return PERIOD_UNKNOWN;
}

static enum period period_at(const struct lexed *lexed, size_t i, double *confidence)
{
    const struct token *before = token_before(lexed, i, 1), *earlier = token_before(lexed, i, 2);
    double share = 1;
    size_t row = period_row(lexed, token_at(lexed, i), &share);
    if (row == PERIODS || token_is(before, WORDS_NOT_A_PERIOD))
        return PERIOD_UNKNOWN;
    *confidence = share;
    if (row == PERIODS - 1 && token_is(before, WORDS_NOT_WEEKEND)) /* "de lunes a sabado" */
        return PERIOD_UNKNOWN;
    if (token_is(before, WORDS_OF) && token_is(earlier, WORDS_END_OF))
        *confidence = 0.7;
    if (periods[row].plural && before->kind == TOKEN_NUMBER)
        return token_is(earlier, WORDS_EACH) ? period_of_days(before->hundredths / 100 * periods[row].days)
                                             : PERIOD_UNKNOWN;
    return periods[row].period;
}

/* "al dia 100 y al mes 3000": a period right before the quantity, with none right behind it. */
static enum period period_right_before(const struct lexed *lexed, const struct quantity *quantity, double *confidence)
{
    double unused = 1.0;
    size_t at = quantity->first;
    for (size_t i = quantity->end;
         i < quantity->end + 3 && i < lexed->count && !token_is(&lexed->tokens[i], WORDS_STOPS); i++)
        if (lexed->tokens[i].kind == TOKEN_NUMBER || period_at(lexed, i, &unused) != PERIOD_UNKNOWN)
            return PERIOD_UNKNOWN;
    if (at > 0 && token_is(&lexed->tokens[at - 1], WORDS_BEFORE_AMOUNT))
        at--;
    return at > 0 ? period_at(lexed, at - 1, confidence) : PERIOD_UNKNOWN;
}

/* Tells whether a day or more is skipped between two that are meant: "cada 2 dias", "dia por medio". */
static bool skips_days(const struct lexed *lexed)
{
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *next = token_at(lexed, i + 1);
        size_t row = period_row(lexed, &lexed->tokens[i], NULL);
        if (row == PERIODS)
            continue;
        bool other = token_is(next, WORDS_PER) && token_is(token_at(lexed, i + 2), WORDS_HALF);
        const struct token *before = token_before(lexed, i, 1);
        bool each =
            periods[row].plural && before->kind == TOKEN_NUMBER && token_is(token_before(lexed, i, 2), WORDS_EACH);
        if (other || (each && period_of_days(before->hundredths / 100 * periods[row].days) == PERIOD_UNKNOWN))
            return true;
    }
    return false;
}

/* Tells whether a part of the day is named: "en la mañana", "por las tardes". */
static bool names_part_of_day(const struct lexed *lexed)
{
    for (size_t i = 2; i < lexed->count; i++) {
        const struct token *in = token_before(lexed, i, 2);
        if (token_is(token_at(lexed, i), WORDS_DAY_PARTS) && token_is(token_before(lexed, i, 1), WORDS_PER_ONE) &&
            (token_is(in, WORDS_IN) || token_is(in, WORDS_PER) || token_is(in, WORDS_AT)))
            return true;
    }
    return false;
}

enum period quantity_period(const struct lexed *lexed, const struct quantity *quantity, double *confidence)
{
    double share = 1.0;
    bool several = false;
    if (quantity->of_days) {
        *confidence *= 0.9;
        return PERIOD_DAY;
    }
    enum period chosen = period_right_before(lexed, quantity, &share);
    for (size_t step = 0; step < lexed->count; step++) { /* from behind the quantity on, then round from the start */
        size_t i = (quantity->end + step) % lexed->count;
        double own = 1.0;
        enum period period = period_at(lexed, i, &own);
        if (chosen == PERIOD_UNKNOWN && period != PERIOD_UNKNOWN) {
            chosen = period;
            share = own;
        } else if (period != PERIOD_UNKNOWN && period != chosen) {
            several = true;
        }
    }
    if (chosen == PERIOD_UNKNOWN && names_part_of_day(lexed)) {
        chosen = PERIOD_DAY;
        share = 0.85;
    }
    for (size_t i = 0; i < lexed->count; i++)
        if (token_is(&lexed->tokens[i], WORDS_TIMES)) /* "3 veces por semana 100" */
            share = 0.6;
    if (skips_days(lexed))
        share = share < 0.6 ? share : 0.6;
    *confidence *= several ? 0.75 * share : share;
    return chosen;
}

static void write_amount(int64_t hundredths, struct buf *out)
{
    int cents = (int)(hundredths % 100);
    buf_addi(out, hundredths / 100);
    if (cents)
        buf_add(out, (const char[]){'.', (char)('0' + cents / 10), (char)('0' + cents % 10)}, 3);
}

enum error quantity_write(const struct quantity *quantity, enum period period, struct recognised *out)
{
    struct buf value;
    int64_t times = period == PERIOD_FORTNIGHT ? 2 : 1;
    buf_init_over(&value, out->value, sizeof(out->value), sizeof(out->value) - 1);
    write_amount(quantity->low * times, &value);
    if (quantity->low != quantity->high) {
        buf_adds(&value, "..");
        write_amount(quantity->high * times, &value);
    }
    buf_addc(&value, '/');
    buf_adds(&value, period_names[period]);
    return value.error;
}
