/* Two amounts of two typical cases: "en día bueno 150, en día malo 60", "entre semana 20 y domingo 60". */
#include "dialog/quantity.h"

#define CASE_TOKENS 4 /* between a case and its number: "cuando hay buena pesca saco 600" */

/* Tells whether the token at i names a case. *day: one that a kind of day is. */
static bool names_case(const struct lexed *lexed, size_t i, bool *day)
{
    const struct token *token = token_at(lexed, i), *before = token_before(lexed, i, 1);
    *day = token_is(token, WORDS_CASE_DAYS) ||
           (token_is(token, WORDS_CASE_WEEK) && (token_is(before, WORDS_BETWEEN) || token_is(before, WORDS_OF)));
    return *day || token_is(token, WORDS_CASES) ||
           (token_is(token, WORDS_DENIALS) && token_is(before, WORDS_QUESTIONS)); /* "cuando no" */
}

/* Finds the case nearest before token `first`, or, with `behind`, nearest behind `end`, in the tokens from `from` to
 * before `to`. NULL when there is none. */
static const struct token *case_of(const struct lexed *lexed, const struct quantity *quantity, size_t from, size_t to,
                                   bool behind, bool *day)
{
    for (size_t step = 0; step < CASE_TOKENS; step++) {
        size_t i = behind ? quantity->end + step : quantity->first - 1 - step;
        if (behind ? i >= to : quantity->first < from + 1 + step)
            return NULL;
        if (lexed->tokens[i].kind == TOKEN_NUMBER)
            return NULL;
        if (names_case(lexed, i, day))
            return &lexed->tokens[i];
    }
    return NULL;
}

bool quantity_cases(const struct lexed *lexed, const struct quantity *one, const struct quantity *other, bool *days)
{
    bool alike = one->kind == other->kind || one->kind == QUANTITY_BARE || other->kind == QUANTITY_BARE;
    for (int behind = 0; alike && behind <= 1; behind++) {
        bool day = false, other_day = false;
        size_t from = behind ? one->end : 0, turn = behind ? other->first : one->end;
        const struct token *first = case_of(lexed, one, from, turn, behind, &day);
        const struct token *second = case_of(lexed, other, turn, lexed->count, behind, &other_day);
        if (first && second && !slice_eq(first->text, second->text)) {
            *days = day && other_day;
            return true;
        }
    }
    return false;
}
