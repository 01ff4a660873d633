/* Answers that are words and no quantity: yes or no, a trend, a tax regime, a goal. Each is one table, read from the
 * particular to the general, so that "no ha bajado" is met before "ha bajado". */
#include "dialog/recognise_types.h"

bool reading_asks(const struct reading *reading)
{
    struct slice text = slice_trim(reading->text);
    bool question = text.len > 0 && text.ptr[text.len - 1] == '?';
    if (lexicon_has(TABLE_NOT_UNDERSTOOD, reading->lexed) || lexicon_has(TABLE_ASKING, reading->lexed))
        return true; /* nor is that a no */
    return question &&
           (!lexicon_has(TABLE_ANSWERS_FIRST, reading->lexed) || lexicon_has(TABLE_EITHER_OR, reading->lexed));
}

bool reading_turns_at(const struct lexed *lexed, size_t i)
{
    const struct token *token = token_at(lexed, i);
    return token->kind == TOKEN_SIGN || token_is(token, WORDS_BUT) ||
           (token_is(token, WORDS_DENIES) && !token_is(token, WORDS_DENIALS));
}

bool reading_denies_being(const struct lexed *lexed, size_t i)
{
    return token_is(token_before(lexed, i, 1), WORDS_CAME_FROM) && token_is(token_before(lexed, i, 2), WORDS_DENIALS);
}

bool reading_refuses(const struct reading *reading)
{
    return lexicon_has(TABLE_RATHER_NOT, reading->lexed);
}

bool reading_evades(const struct reading *reading)
{
    struct recognised found;
    return reading_refuses(reading) || (reading_asks(reading) && !lexicon_has(TABLE_WORKING, reading->lexed)) ||
           lexicon_has(TABLE_LONE, reading->lexed) || lexicon_has(TABLE_ASKED_BACK, reading->lexed) ||
           (reading->lexed->count == 1 && recognise_yesno(reading, &found) == OK);
}

/* Tells whether words beside those of a table's first row that fits name another value, of those that count. */
static bool names_another(enum table table, const struct lexed *lexed, const struct row_match *first,
                          bool (*counts)(struct slice value))
{
    struct row_match other;
    size_t count;
    const struct lexicon_row *rows = lexicon_rows(lexed->lexicon, table, &count);
    for (const struct lexicon_row *row = first->row + 1; row < rows + count; row = other.row + 1) {
        if (!lexicon_find(table, (size_t)(row - rows), lexed, &other))
            return false;
        bool apart = other.first >= first->end || other.end <= first->first;
        if (apart && counts(other.row->value) && !slice_eq(other.row->value, first->row->value))
            return true;
    }
    return false;
}

enum error recognise_yesno(const struct reading *reading, struct recognised *out)
{
    struct row_match match;
    if (reading_asks(reading) || !lexicon_find(TABLE_YESNO, 0, reading->lexed, &match))
        return ERR_NOT_FOUND;
    bool denied = false; /* behind words that are none: "buenps dias no autorizo", "benas tardes no estoy de acuerdo" */
    for (size_t back = 1; back <= 2 && slice_is(match.row->value, "yes"); back++)
        denied = denied || token_is(token_before(reading->lexed, match.first, back), WORDS_DENIALS);
    if (denied)
        return recognised_set(out, SLICE("no"), 0.7);
    const struct token *last = token_at(reading->lexed, 1);
    bool unread = reading->lexed->count == 2 && match.end < 2 && last->kind == TOKEN_WORD && !last->known;
    bool turned = slice_is(match.row->value, "no") && reading->lexed->count > 1 &&
                  token_is(token_at(reading->lexed, reading->lexed->count - 1), WORDS_LABEL_YES);
    if (turned && match.confidence > 0.6) /* "no no, si" */
        return recognised_set(out, match.row->value, 0.6);
    return recognised_set(out, match.row->value, unread && match.confidence > 0.7 ? 0.7 : match.confidence);
}

enum error recognise_trend(const struct reading *reading, struct recognised *out)
{
    if (lexicon_has(TABLE_ASKING, reading->lexed))
        return ERR_NOT_FOUND;
    return recognise_by(TABLE_TREND, reading, out);
}

/* Gives the regime whose monthly share of sales is named: 1 % of RMT, 1.5 % of RER. NULL when none is. */
static const char *regime_of_share(const struct lexed *lexed)
{
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i), *after = token_at(lexed, i + 1);
        bool share = slice_is(after->text, "%") || token_is(after, WORDS_PERCENT) ||
                     (token_is(after, WORDS_PER) && token_is(token_at(lexed, i + 2), WORDS_HUNDRED));
        if (token->kind == TOKEN_NUMBER && share && (token->hundredths == 100 || token->hundredths == 150))
            return token->hundredths == 100 ? "RMT" : "RER";
    }
    return NULL;
}

static bool is_regime(struct slice value)
{
    return !slice_is(value, "UNKNOWN") && !slice_is(value, "none");
}

/* Tells whether two regimes are named: "deje el rus y estoy en el especial". */
static bool names_two_regimes(const struct lexed *lexed)
{
    struct row_match first;
    return lexicon_find(TABLE_REGIMES, 0, lexed, &first) && is_regime(first.row->value) &&
           names_another(TABLE_REGIMES, lexed, &first, is_regime);
}

enum error recognise_regime(const struct reading *reading, struct recognised *out)
{
    bool asks = reading_asks(reading) && token_is(token_at(reading->lexed, 0), WORDS_QUESTIONS);
    if (asks || lexicon_has(TABLE_ASKING, reading->lexed)) /* "¿qué es el RUS?" */
        return ERR_NOT_FOUND;
    struct row_match match;
    bool found = lexicon_find(TABLE_REGIMES, 0, reading->lexed, &match);
    enum error error = found ? recognised_set(out, match.row->value, match.confidence) : ERR_NOT_FOUND;
    const char *share = error ? regime_of_share(reading->lexed) : NULL;
    if (share)
        error = recognised_set(out, slice_of(share), 0.65);
    if (!error && out->confidence > 0.7 && lexicon_has(TABLE_UNSURE, reading->lexed))
        out->confidence = 0.7;
    bool denied = found && reading_denies_being(reading->lexed, match.first);
    if (!error && out->confidence > 0.6 && (denied || names_two_regimes(reading->lexed)))
        out->confidence = 0.6;
    for (size_t i = 0; !error && i < reading->lexed->count; i++)
        if (out->confidence > 0.6 && token_is(&reading->lexed->tokens[i], WORDS_PAST))
            out->confidence = 0.6; /* "antes rus ahora mype" */
    return error;
}

static bool is_goal(struct slice value)
{
    return value.len > 0;
}

/* Takes the first goal named; where words of another follow, it is less sure. */
enum error recognise_goal(const struct reading *reading, struct recognised *out)
{
    struct row_match first;
    if (!lexicon_find(TABLE_GOALS, 0, reading->lexed, &first))
        return ERR_NOT_FOUND;
    double confidence = first.confidence;
    if (names_another(TABLE_GOALS, reading->lexed, &first, is_goal))
        confidence -= 0.12;
    if (confidence > 0.6 && lexicon_has(TABLE_UNWANTED, reading->lexed))
        confidence = 0.6; /* "no quiero prestamo" */
    return recognised_set(out, first.row->value, confidence);
}
