#include "dialog/hear.h"

#include <string.h>

#include "dialog/recognise_types.h"
#include "dialog/value.h"

#define PART_TOKENS 9 /* of a cue and what it speaks of */
#define ALONE_TOKENS 4
#define READS_MAX 6 /* parts of one message that are read for a type */
/* Where what is told begins, and where the cue is one; in the order of the table's values. */
enum how {
    FROM,  /* the cue is of it */
    AFTER, /* behind the cue */
    ALONE, /* the cue is of it, and it stands between commas with nothing else */
    LOOSE, /* FROM, where something is set right */
    HOWS
};

/* The types that cues can be of, in the order of the table's values. */
static const enum slot_type cue_types[] = {TYPE_TENURE, TYPE_MONEY,  TYPE_CUSTOMERS, TYPE_WORKERS,
                                           TYPE_RUC,    TYPE_REGION, TYPE_GOAL};

#define CUE_TYPES (sizeof cue_types / sizeof cue_types[0])

static enum slot_type type_of(const struct lexicon_row *cue)
{
    return cue_types[cue->number / HOWS];
}

static enum how how_of(const struct lexicon_row *cue)
{
    return (enum how)(cue->number % HOWS);
}

bool hear_knows(enum slot_type type)
{
    for (size_t i = 0; i < CUE_TYPES; i++)
        if (cue_types[i] == type)
            return true;
    return false;
}

unsigned hear_types(const struct lexed *lexed)
{
    unsigned types = 0;
    size_t count;
    const struct lexicon_row *cues = lexicon_rows(lexed->lexicon, TABLE_CUES, &count);
    for (size_t i = lexicon_next(TABLE_CUES, 0, lexed); i < count; i = lexicon_next(TABLE_CUES, i + 1, lexed))
        types |= 1u << type_of(&cues[i]);
    return types;
}

static bool is_stop(const struct token *token)
{
    return token->kind == TOKEN_SIGN && token->text.len == 1 && token->text.ptr[0] == ',';
}

/* Gives where what begins at `first` is told to its end: at a comma, or where something else begins. */
static size_t part_end(const struct lexed *lexed, size_t first, size_t end)
{
    size_t at = first + 1;
    while (at < end && at - first < PART_TOKENS && !is_stop(&lexed->tokens[at]) &&
           !(at > first + 1 && lexed->tokens[at].kind == TOKEN_WORD && token_is(&lexed->tokens[at], WORDS_TURNS)))
        at++;
    return at;
}

/* Tells whether a value is one to be taken unasked for: sure, whole, and something. */
static bool is_told(enum slot_type type, const struct recognised *found)
{
    struct slice value = slice_of(found->value);
    bool nothing = slice_is(value, VALUE_UNKNOWN) || slice_is(value, VALUE_REFUSED) || slice_is(value, "INVALID");
    double number, sure = type == TYPE_REGION ? 0.85 : type == TYPE_GOAL ? 0.88 : RECOGNISE_SURE;
    if (nothing || found->confidence < sure || !value_valid(type, value))
        return false;
    if (type == TYPE_RUC) /* the number itself is asked for: it names a person */
        return value.len < 11;
    return !value_is_numeric(type) || value_number(type, value, &number);
}

/* What is counted must be what was asked about: "vendo 200 panes" is no amount of money. */
static bool fits_type(enum slot_type type, const struct lexed *part)
{
    for (size_t i = 0; i < part->count && type == TYPE_MONEY; i++)
        if (token_is(&part->tokens[i], WORDS_NOT_SALES) || token_is(&part->tokens[i], WORDS_CLIENTS))
            return false;
    return type != TYPE_TENURE || !lexicon_has(TABLE_NOT_TENURE, part);
}

/* Tokens of a message: a cue, and what it is of. */
struct part {
    size_t cue, behind; /* where it begins and ends */
    size_t first, end;
};

_Static_assert(LEXER_TOKENS_MAX <= 64, "a bit for each");

static enum error read_part(enum slot_type type, const struct said *said, size_t first, size_t end, int64_t now_ms,
                            struct recognised *out)
{
    struct lexed part;
    struct recognised found;
    lexed_begin_part(said->lexed, &part); /* whoever looks for digits in the text finds none: they are asked for */
    for (size_t i = first; i < end; i++)
        part.tokens[part.count++] = said->lexed->tokens[i];
    const struct token *last = &said->lexed->tokens[end - 1];
    const char *from = said->lexed->tokens[first].text.ptr, *to = last->text.ptr + last->text.len;
    struct slice text = {from, to > from ? (size_t)(to - from) : 0};
    struct said words = {.text = type == TYPE_GOAL ? SLICE_NONE : text, .lexed = &part};
    if (!fits_type(type, &part) || recognise_said(type, SLICE_NONE, &words, now_ms, &found) != OK ||
        !is_told(type, &found))
        return ERR_NOT_FOUND;
    *out = found;
    return OK;
}

/* Gives the part of the message that a cue at one token is of. Returns false when there is none. */
static bool find_part(const struct lexicon_row *cue, const struct lexed *lexed, size_t at, size_t end, struct part *out)
{
    size_t behind = at;
    double confidence = 1;
    bool denied = at > 0 && token_is(&lexed->tokens[at - 1], WORDS_DENIALS) && type_of(cue) != TYPE_RUC;
    bool begun = at > 0 && is_stop(&lexed->tokens[at - 1]);
    if (denied || (how_of(cue) == ALONE && !begun) || !lexicon_row_at(cue, lexed, at, &behind, &confidence) ||
        behind > end)
        return false;
    out->cue = at;
    out->behind = behind;
    out->first = how_of(cue) == AFTER ? behind : at;
    if (out->first >= end)
        return false;
    size_t last = part_end(lexed, out->first, end);
    out->end = last > behind ? last : behind;
    return how_of(cue) != ALONE || ((last == end || is_stop(&lexed->tokens[last])) && last - at <= ALONE_TOKENS);
}

/* Reads what begins at the first token, to the end: who sets right says little else. */
static enum error hear_all(enum slot_type type, const struct said *said, size_t first, size_t end, int64_t now_ms,
                           struct recognised *out)
{
    while (first < end && token_is(&said->lexed->tokens[first], WORDS_BEFORE_CORRECTION))
        first++;
    if (first == end)
        return ERR_NOT_FOUND;
    return read_part(type, said, first, part_end(said->lexed, first, end), now_ms, out);
}

/* Reads the first part that tells of a type by a cue, and gives it. */
static enum error hear_part(enum slot_type type, const struct said *said, size_t first, size_t end, bool loosely,
                            int64_t now_ms, struct part *part, struct recognised *out)
{
    const struct lexed *lexed = said->lexed;
    unsigned reads = 0;
    size_t count;
    const struct lexicon_row *cues = lexicon_rows(lexed->lexicon, TABLE_CUES, &count);
    for (size_t i = lexicon_next(TABLE_CUES, 0, lexed); i < count; i = lexicon_next(TABLE_CUES, i + 1, lexed))
        for (size_t at = first; at < end && type_of(&cues[i]) == type && (loosely || how_of(&cues[i]) != LOOSE); at++) {
            if (!find_part(&cues[i], lexed, at, end, part))
                continue;
            if (read_part(type, said, part->first, part->end, now_ms, out) == OK)
                return OK;
            if (++reads == READS_MAX)
                return ERR_NOT_FOUND;
        }
    return ERR_NOT_FOUND;
}

enum error hear(enum slot_type type, const struct said *said, size_t first, size_t end, bool loosely, int64_t now_ms,
                struct recognised *out)
{
    struct part part;
    enum error error = hear_part(type, said, first, end, loosely, now_ms, &part, out);
    return error && loosely && type == TYPE_REGION ? hear_all(type, said, first, end, now_ms, out) : error;
}

uint64_t hear_tokens(enum slot_type type, const struct said *said, int64_t now_ms)
{
    struct part part;
    struct recognised whole, found;
    uint64_t tokens = 0;
    if (hear_part(type, said, 0, said->lexed->count, false, now_ms, &part, &whole))
        return 0;
    size_t end = part.behind > part.first ? part.behind : part.first + 1;
    while (end < part.end && (read_part(type, said, part.first, end, now_ms, &found) != OK ||
                              strcmp(found.value, whole.value) != 0))
        end++;
    for (size_t i = part.cue; i < end; i++)
        tokens |= (uint64_t)1 << i;
    return tokens;
}
