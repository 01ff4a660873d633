/* How long a business has been open: "hace 2 anos", "desde el 2019", "ano y medio", "es una idea nomas".
 *
 * What is said of a start ("desde el 2019", "desde enero") is counted from the beginning of the span named. */
#include <stdio.h>

#include "base/civil.h"
#include "dialog/quantity.h"
#include "dialog/recognise_types.h"

#define SPANS_MAX 8
#define MONTHS_MOST (100 * 12) /* no business of ours is older */
#define EARLIEST_YEAR 1930

/* Units of time, in the order of the table's values; one is so many months, or days where a month is too long. */
static const struct {
    int64_t months, days;
} units[] = {{12, 0}, {1, 0}, {0, 7}, {0, 1}, {0, 15}, {1200, 0}, {120, 0}, {60, 0}, {6, 0}, {3, 0}, {2, 0}};

#define UNITS (sizeof units / sizeof units[0])

/* A stretch of time that the message names. */
struct span {
    int64_t hundredths; /* of a month */
    size_t first, end;  /* tokens, from first to before end */
    double confidence;
    size_t unit; /* a row of units */
};

static size_t unit_of(const struct lexed *lexed, const struct token *token)
{
    const struct lexicon_row *row = token->kind == TOKEN_WORD ? lexicon_row_of(TABLE_UNITS, lexed, token) : NULL;
    return row ? (size_t)row->number : UNITS;
}

static int64_t in_months(int64_t hundredths, size_t unit)
{
    return units[unit].months ? hundredths * units[unit].months : hundredths * units[unit].days / 30;
}

/* Takes what may stand behind a unit: "y medio", "y 3 meses", "con 3 meses", "y pico". */
static void extend(const struct lexed *lexed, struct span *span, size_t unit)
{
    const struct token *next = token_at(lexed, span->end), *second = token_at(lexed, span->end + 1);
    bool joined = token_is(next, WORDS_PLUS);
    if (slice_is(next->text, "1/2")) {
        span->hundredths += in_months(100, unit) / 2;
        span->end += 1;
        return;
    }
    if (joined && token_is(second, WORDS_HALF) && unit_of(lexed, token_at(lexed, span->end + 2)) == UNITS) {
        span->hundredths += in_months(100, unit) / 2;
        span->end += 2;
        return;
    }
    if (joined && token_is(second, WORDS_SOME_MORE)) {
        span->end += 2;
        return;
    }
    size_t at = span->end + joined;
    const struct token *number = token_at(lexed, at);
    size_t smaller = unit_of(lexed, token_at(lexed, at + 1));
    if (number->kind == TOKEN_NUMBER && smaller < UNITS && in_months(100, smaller) < in_months(100, unit)) {
        span->hundredths += in_months(number->hundredths, smaller);
        span->end = at + 2;
    }
}

/* Reads "2 a 3 anos" or "entre 2 y 3 anos", whose second number is at i, as the middle. */
static void widen(const struct lexed *lexed, struct span *span, size_t i, size_t unit)
{
    const struct token *link = token_before(lexed, i, 1), *low = token_before(lexed, i, 2);
    bool linked = token_is(link, WORDS_UNTIL) ||
                  (token_is(link, WORDS_AND) && token_is(token_before(lexed, i, 3), WORDS_BETWEEN));
    if (i < 2 || !linked || low->kind != TOKEN_NUMBER || low->hundredths >= token_at(lexed, i)->hundredths)
        return;
    span->hundredths = (span->hundredths + in_months(low->hundredths, unit)) / 2;
    span->first = i - 2;
    span->confidence = 0.75;
}

/* Reads the stretch of time that begins at i. Returns false when none does. */
static bool read_span(const struct lexed *lexed, size_t i, struct span *out)
{
    const struct token *token = token_at(lexed, i), *next = token_at(lexed, i + 1);
    bool of = token->kind == TOKEN_NUMBER && token_is(next, WORDS_OF); /* "un par de meses" */
    bool half = token_is(token, WORDS_HALF) && unit_of(lexed, next) < UNITS;
    bool counted = token_at(lexed, i + 2)->kind == TOKEN_NUMBER && unit_of(lexed, token_at(lexed, i + 3)) < UNITS;
    bool bare_unit = unit_of(lexed, token) < UNITS && token_is(next, WORDS_AND) &&
                     (counted || token_is(token_at(lexed, i + 2), WORDS_HALF_OR_SOME));
    size_t unit = bare_unit ? unit_of(lexed, token) : unit_of(lexed, of ? token_at(lexed, i + 2) : next);
    if (!bare_unit && !half && (token->kind != TOKEN_NUMBER || unit == UNITS))
        return false;
    int64_t number = half ? 50 : bare_unit ? 100 : token->hundredths;
    struct span span = {in_months(number, unit), i, i + (bare_unit ? 1 : 2 + of), 0.95, unit};
    extend(lexed, &span, unit);
    widen(lexed, &span, i, unit);
    *out = span;
    return true;
}

/* Tells whether a stretch is an age or lies ahead, and so is not how long the business has been open. */
static bool is_beside_the_point(const struct lexed *lexed, const struct span *span)
{
    const struct token *before = token_before(lexed, span->first, 1), *after = token_at(lexed, span->end);
    bool age =
        (token_is(before, WORDS_BEFORE_AGE) && !token_is(token_before(lexed, span->first, 2), WORDS_BEFORE_YEARS)) ||
        (token_is(after, WORDS_OF) && token_is(token_at(lexed, span->end + 1), WORDS_OF_AGE));
    bool ahead = token_is(before, WORDS_IN) ||
                 (token_is(before, WORDS_OF) && token_is(token_before(lexed, span->first, 2), WORDS_WITHIN));
    bool every = token_is(before, WORDS_EACH);
    return age || ahead || every;
}

/* Tells whether a number at i takes a stretch back: "3 años, digo 5", "no 2 años, 3", "no son 3 años, son 5". */
static bool is_taken_back(const struct lexed *lexed, const struct span *span, size_t i)
{
    bool denied = (token_is(token_before(lexed, span->first, 1), WORDS_DENIALS) ||
                   quantity_denied(lexed, span->first, 0)) &&
                  token_at(lexed, span->end)->pause;
    for (size_t between = span->end; denied && between < i; between++)
        denied = token_is(token_at(lexed, between), WORDS_AROUND_CORRECTION);
    return quantity_taken_back(lexed, span->end, i) || denied;
}

/* Takes "no, 5" behind "3 años": so many of the same. */
static void take_corrected(const struct lexed *lexed, struct span *span)
{
    for (size_t i = span->end + 1; i < span->end + 5 && i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        if (token->kind != TOKEN_NUMBER || token->style == NUMBER_ARTICLE)
            continue;
        if (is_taken_back(lexed, span, i) && unit_of(lexed, token_at(lexed, i + 1)) == UNITS &&
            token->hundredths <= 10000) {
            span->hundredths = in_months(token->hundredths, span->unit);
            span->end = i + 1;
        }
        return;
    }
}

static size_t read_spans(const struct lexed *lexed, struct span spans[SPANS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < lexed->count && count < SPANS_MAX;) {
        struct span span;
        bool found = read_span(lexed, i, &span);
        if (found && count > 0 && is_taken_back(lexed, &spans[count - 1], span.first))
            count--;
        if (found)
            take_corrected(lexed, &span);
        if (found && !is_beside_the_point(lexed, &span))
            spans[count++] = span;
        i = found ? span.end : i + 1;
    }
    return count;
}

/* Finds the word after which the owner speaks of themselves ("de mi mama era, yo hace 5"). Returns its index, or 0. */
static size_t own_part(const struct lexed *lexed)
{
    for (size_t i = 1; i < lexed->count; i++)
        if (token_is(token_at(lexed, i), WORDS_I) && i + 1 < lexed->count)
            return i;
    return 0;
}

static enum error set_months(int64_t count, double confidence, struct recognised *out)
{
    if (count < 0 || count > MONTHS_MOST)
        return ERR_NOT_FOUND;
    out->confidence = confidence;
    snprintf(out->value, sizeof out->value, "%d", (int)count);
    return OK;
}

/* Reads "yo 5", where the years of somebody else were told before. Returns false when there is no such number. */
static bool read_own_years(const struct lexed *lexed, size_t own, struct span *out)
{
    for (size_t i = own + 1; own > 0 && i < own + 4 && i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        if (token->kind != TOKEN_NUMBER || token->style == NUMBER_ARTICLE || token->hundredths > 7000)
            continue;
        *out = (struct span){token->hundredths * 12, i, i + 1, 0.75, 0};
        return true;
    }
    return false;
}

/* Tells whether right before a stretch stands a longer unit whose number was not read: "cuarto años 2 meses". */
static bool lacks_number(const struct lexed *lexed, const struct span *span)
{
    size_t first =
        span->first > 0 && token_is(token_before(lexed, span->first, 1), WORDS_PLUS) ? span->first - 1 : span->first;
    size_t before = unit_of(lexed, token_before(lexed, first, 1));
    return before < UNITS && in_months(100, before) > in_months(100, span->unit);
}

/* Tells whether behind a stretch another number may be of years: "tengo 45 años y el taller hace 10", "mas de 10 años,
 * casi 12". */
static bool another_follows(const struct lexed *lexed, size_t from)
{
    for (size_t i = from; i < lexed->count; i++) {
        const struct token *token = &lexed->tokens[i], *before = token_before(lexed, i, 1);
        bool last = i + 1 == lexed->count && !token_is(before, WORDS_WE_ARE) && token->hundredths <= 7000;
        if (token->kind == TOKEN_NUMBER && token->style != NUMBER_ARTICLE && (last || token_is(before, WORDS_SINCE)))
            return true;
    }
    return false;
}

static enum error read_durations(const struct lexed *lexed, struct recognised *out)
{
    struct span spans[SPANS_MAX];
    size_t count = read_spans(lexed, spans), own = own_part(lexed), chosen = 0;
    if (count == 0)
        return ERR_NOT_FOUND;
    while (chosen + 1 < count && spans[chosen].first < own)
        chosen++;
    if (spans[chosen].first < own && read_own_years(lexed, own, &spans[chosen]))
        count = 1;
    double confidence = spans[chosen].confidence;
    if (count > 1)
        confidence = own && spans[chosen].first > own ? 0.75 : 0.5;
    if (lexicon_has(TABLE_LESS_THAN, lexed)) {
        confidence = 0.7;
        if (spans[chosen].hundredths <= 1200) /* under a year: the middle of it */
            spans[chosen].hundredths /= 2;
    } else if (lexicon_has(TABLE_MORE_THAN, lexed)) {
        confidence = confidence < 0.8 ? confidence : 0.8;
    } else if (lexicon_has(TABLE_ANNIVERSARY, lexed)) {
        confidence = 0.8;
    }
    bool perhaps_age = spans[chosen].hundredths >= 18 * 1200 && lexicon_has(TABLE_AGE, lexed);
    bool of_another = lexicon_has(TABLE_OTHERS_AGE, lexed) || lexicon_has(TABLE_BEGAN_TWICE, lexed);
    bool qualified = quantity_qualified(lexed, spans[chosen].end);
    bool lacking = count == 1 && (lacks_number(lexed, &spans[chosen]) || another_follows(lexed, spans[chosen].end));
    if (spans[chosen].hundredths > 70 * 1200 || perhaps_age || of_another || qualified || lacking)
        confidence = 0.5;
    return set_months(spans[chosen].hundredths / 100, confidence, out);
}

/* A start, as far as it is named. */
struct start {
    int year, month; /* month from 1 */
    double confidence;
};

static int month_of(const struct lexed *lexed, const struct token *token)
{
    const struct lexicon_row *row = token->kind == TOKEN_WORD ? lexicon_row_of(TABLE_MONTHS, lexed, token) : NULL;
    return row ? row->number : 0;
}

/* Finds a year in figures or words. Returns 0 when there is none. */
static int find_year(const struct lexed *lexed, const struct civil *now)
{
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        int year = (int)(token->hundredths / 100);
        bool written_as_year = token->style == NUMBER_DIGITS && token->scale == 1
                                   ? token->text.len == 4
                                   : i == 0 || token_is(token_before(lexed, i, 1), WORDS_BEFORE_WRITTEN_YEAR);
        if (token->kind == TOKEN_NUMBER && token->hundredths % 100 == 0 && year >= EARLIEST_YEAR && year <= now->year &&
            written_as_year && unit_of(lexed, token_at(lexed, i + 1)) == UNITS)
            return year;
    }
    return 0;
}

/* Finds "desde el 98". Returns 0 when there is none. */
static int find_short_year(const struct lexed *lexed, const struct civil *now)
{
    for (size_t i = 2; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        int year = (int)(token->hundredths / 100);
        if (token->kind != TOKEN_NUMBER || token->text.len != 2 || token->style != NUMBER_DIGITS ||
            i + 1 < lexed->count || !token_is(token_before(lexed, i, 1), WORDS_BEFORE_SHORT_YEAR))
            continue;
        if (year <= now->year % 100)
            return 2000 + year;
        return year >= EARLIEST_YEAR % 100 ? 1900 + year : 0;
    }
    return 0;
}

/* What the names of starts mean, in the order of the table's values: so many whole years before this one, or a certain
 * month. */
static const struct {
    int years_back; /* from this year's; -1: `year` and `month` are meant */
    int year, month;
} named_starts[] = {
    {-1, 2019, 1}, {-1, 2022, 1}, {-1, 2020, 3}, /* Peru's state of emergency began on 15 March 2020 */
    {2, 0, 1},     {1, 0, 1},     {0, 0, 1},
};

static int part_of_year(const struct lexed *lexed)
{
    struct row_match match;
    return lexicon_find(TABLE_PARTS_OF_YEAR, 0, lexed, &match) ? match.row->number : 0;
}

/* Takes a start that has a name: "la pandemia", "el año pasado". */
static void name_start(const struct lexed *lexed, const struct civil *now, struct start *start)
{
    struct row_match match;
    if (!lexicon_find(TABLE_STARTS, 0, lexed, &match))
        return;
    int years_back = named_starts[match.row->number].years_back;
    start->year = years_back < 0 ? named_starts[match.row->number].year : now->year - years_back;
    start->month = start->month ? start->month : named_starts[match.row->number].month;
    start->confidence = match.row->confidence;
}

/* Puts together when a business began from the names of months and years. Returns false when none is named. */
static bool find_start(const struct lexed *lexed, const struct civil *now, struct start *out)
{
    struct start start = {.year = find_year(lexed, now), .confidence = 0.85};
    for (size_t i = 0; i < lexed->count && !start.month; i++) {
        bool numeric = slice_is(token_at(lexed, i + 1)->text, "/") && start.year; /* "03/2023" */
        int64_t month = numeric ? token_at(lexed, i)->hundredths / 100 : month_of(lexed, token_at(lexed, i));
        start.month = month >= 1 && month <= 12 ? (int)month : 0;
    }
    if (!start.year)
        name_start(lexed, now, &start);
    if (start.month && !start.year)
        start.year = start.month <= now->month ? now->year : now->year - 1;
    if (!start.year) {
        start.year = find_short_year(lexed, now);
        start.confidence = 0.6;
    }
    if (!start.month)
        start.month = part_of_year(lexed);
    start.month = start.month ? start.month : 1;
    *out = start;
    return start.year != 0;
}

static enum error read_start(const struct lexed *lexed, int64_t now_ms, struct recognised *out)
{
    struct civil now = civil_from_ms(now_ms, LIMA_OFFSET_S);
    struct start start;
    struct row_match ago;
    if (lexicon_find(TABLE_MONTHS_AGO, 0, lexed, &ago))
        return set_months(ago.row->number, 0.85, out);
    if (!find_start(lexed, &now, &start))
        return ERR_NOT_FOUND;
    for (size_t i = 0; i < lexed->count; i++)
        if (token_is(&lexed->tokens[i], WORDS_PAST)) /* "antes de la navidad" */
            start.confidence = start.confidence < 0.6 ? start.confidence : 0.6;
    return set_months((now.year - start.year) * 12 + now.month - start.month, start.confidence, out);
}

/* Reads a number without a unit: years, with "hace" before it; alone it is asked back. */
static enum error read_bare(const struct lexed *lexed, struct recognised *out)
{
    bool years = lexicon_has(TABLE_MANY_YEARS, lexed); /* "hace muchos años, como 30 sera" */
    struct span mine;
    if (read_own_years(lexed, own_part(lexed), &mine)) /* "mi papa empezo hace 40, yo llevo 12" */
        return set_months(mine.hundredths / 100, 0.7, out);
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        if (years && token->kind == TOKEN_NUMBER && token->style != NUMBER_ARTICLE && token->hundredths <= 7000)
            return set_months(token->hundredths * 12 / 100, 0.7, out);
        bool since = token_is(token_before(lexed, i, 1), WORDS_SINCE);
        const struct token *next = token_at(lexed, i + 1); /* "hace 3 presidentes" */
        bool things = next->kind == TOKEN_WORD && !token_is(next, WORDS_NOT_THINGS);
        bool alone = lexed->count == 1 && token->style != NUMBER_ARTICLE;
        if (token->kind == TOKEN_NUMBER && token->style != NUMBER_ARTICLE && (since || alone) &&
            token->hundredths <= 7000)
            return set_months(token->hundredths * 12 / 100, since && !things ? 0.75 : 0.5, out);
    }
    return ERR_NOT_FOUND;
}

enum error recognise_tenure(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    struct recognised span;
    if (recognise_by(TABLE_IDEAS, reading, out) == OK) {
        if (read_durations(lexed, &span) == OK && out->confidence > 0.7)
            out->confidence = 0.7; /* "un año, y quiero abrir otra" */
        return OK;
    }
    if (read_durations(lexed, out) == OK)
        return OK;
    if (read_start(lexed, reading->now_ms, out) == OK)
        return OK;
    if (read_bare(lexed, out) == OK)
        return OK;
    return recognise_by(TABLE_RECENTS, reading, out);
}
