/* What else a message may mean: said of somebody or something else, wished, reported, or misspelt.
 *
 * What is read for sure may be said of a neighbour ("mi vecino vende 500"), of what is wished ("quisiera 100
 * clientes"), or only have the words of an answer ("en general bien"): the language has such forms, by the type whose
 * values they make doubtful. And a slip may lose the word on which a value hangs ("vender al etado", "900 a la semaa"),
 * or make it another's ("aancay" is Abancay). So what is read for sure is read again with each misspelt word as those
 * that it is one edit from: a value that stays the same does not hang on it, and one that does not is asked back. */
#include <string.h>

#include "dialog/recognise_types.h"

#define WORDS_MAX 4    /* misspelt words of one message that are asked about */
#define MEANINGS_MAX 6 /* words that each may be */
#define LIKELY 0.5     /* confidence of what a word may make it */
#define HANGS 0.7      /* confidence of a value that hangs on a misspelt word */

/* Tells whether a type's words are those of questions too. */
static bool is_asked(enum slot_type type)
{
    return type == TYPE_YESNO || type == TYPE_RUC || type == TYPE_REGIME || type == TYPE_COMMAND;
}

/* Tells whether a message says another thing with the word at `at` as one of the lexicon's. */
static bool says_other(enum slot_type type, struct slice choices, const struct said *said, size_t at,
                       const struct known *word, int64_t now_ms, const struct recognised *found)
{
    struct lexed mended;
    struct recognised other;
    lexed_mend(said->lexed, at, word, &mended);
    struct said words = {.text = said->text, .lexed = &mended};
    recognise_count_courtesies(&words);
    if (recognise_once(type, choices, &words, said->lexed, now_ms, &other) != OK)
        return is_asked(type) && word->text.len >= LEXICON_SLIP_LETTERS; /* "disvulpe que es el rus" asks */
    return other.confidence >= LIKELY && strcmp(other.value, found->value) != 0;
}

static bool is_counted(enum slot_type type)
{
    return type == TYPE_MONEY || type == TYPE_TENURE || type == TYPE_WORKERS || type == TYPE_CUSTOMERS;
}

/* Tells whether a word may be a number, misspelt: one of no meaning, "catro años seis meses", or one where a number
 * stands, "cuarto mil cuatrocientos", "tres o cuarto años". */
static bool hides_number(const struct lexed *lexed, size_t i)
{
    const struct token *token = &lexed->tokens[i], *next = token_at(lexed, i + 1);
    bool before = next->kind == TOKEN_NUMBER || (next->kind == TOKEN_WORD && lexicon_row_of(TABLE_UNITS, lexed, next));
    return (!token->known || before) && token_may_be_number(lexed->lexicon, token);
}

/* Tells whether nothing was told where something was counted: "7 muchchos más yo", "una doceniat de pedidos". */
static bool leaves_count(const struct lexed *lexed, size_t i)
{
    const struct token *next = token_at(lexed, i + 1);
    bool number = lexed->tokens[i].kind == TOKEN_NUMBER;
    return number && (lexed->tokens[i].style != NUMBER_ARTICLE || (next->kind == TOKEN_WORD && !next->known));
}

/* Tells whether a value that is counted leaves a word out that may be a number, or a number. */
static bool miscounts(const struct lexed *lexed, const struct recognised *found)
{
    bool nothing = strcmp(found->value, "UNKNOWN") == 0;
    for (size_t i = 0; i < lexed->count; i++)
        if (hides_number(lexed, i) || (nothing && leaves_count(lexed, i)))
            return true;
    return false;
}

/* The types that forms may make doubtful, in the order of the table's values. */
static const enum slot_type doubtful[] = {
    TYPE_MONEY,  TYPE_TENURE, TYPE_WORKERS, TYPE_CUSTOMERS, TYPE_YESNO,   TYPE_RUC,
    TYPE_REGIME, TYPE_REGION, TYPE_TREND,   TYPE_GOAL,      TYPE_COMMAND,
};

/* Tells whether no form makes a value doubtful: that something is not known, not told or not there at all, and digits
 * for a RUC. */
static bool is_beyond_doubt(enum slot_type type, const char *value)
{
    bool whether = strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
    return strcmp(value, "UNKNOWN") == 0 || strcmp(value, "REFUSED") == 0 || strcmp(value, "maybe") == 0 ||
           strncmp(value, "0/", 2) == 0 || (type == TYPE_RUC && !whether);
}

/* Asks back what has, from a token on and without what takes leave, a form that makes values of the type doubtful. */
static void doubt_by_form(enum slot_type type, const struct said *said, size_t first, struct recognised *out)
{
    struct lexed part;
    struct row_match match;
    size_t count;
    const struct lexicon_row *rows = lexicon_rows(said->lexed->lexicon, TABLE_DOUBTS, &count);
    lexed_begin_part(said->lexed, &part);
    for (size_t i = first; i + said->closing < said->lexed->count; i++)
        part.tokens[part.count++] = said->lexed->tokens[i];
    for (size_t from = 0; lexicon_find(TABLE_DOUBTS, from, &part, &match); from = (size_t)(match.row - rows) + 1)
        if (doubtful[match.row->number] == type && out->confidence > match.row->confidence)
            out->confidence = match.row->confidence;
}

void recognise_doubt(enum slot_type type, struct slice choices, const struct said *said, int64_t now_ms,
                     struct recognised *out)
{
    const struct lexed *lexed = said->lexed;
    size_t asked = 0;
    if (type == TYPE_COMMAND && strcmp(out->value, "stop") == 0) /* who seems to say stop is believed */
        return;
    bool framed = !is_beyond_doubt(type, out->value);
    if (framed)
        doubt_by_form(type, said, 0, out); /* "a ver si puedo" */
    if (framed && said->opening > 0)
        doubt_by_form(type, said, said->opening, out); /* "hola, si puedo" */
    if (out->confidence < RECOGNISE_SURE)
        return;
    if (is_counted(type) && miscounts(lexed, out)) {
        out->confidence = HANGS;
        return;
    }
    for (size_t i = 0; i < lexed->count && asked < WORDS_MAX; i++) {
        const struct known *meanings[MEANINGS_MAX];
        const struct token *token = &lexed->tokens[i];
        bool strict = type == TYPE_COMMAND && token->slip_count > 0; /* "mi ayudane" asks for no help */
        if (!lexicon_misspells(lexed->lexicon, token) || (!strict && lexicon_inflects(lexed->lexicon, token)))
            continue;
        size_t count = lexicon_near(lexed->lexicon, &lexed->tokens[i], meanings, MEANINGS_MAX);
        asked += count > 0;
        for (size_t j = 0; j < count; j++)
            if (says_other(type, choices, said, i, meanings[j], now_ms, out)) {
                out->confidence = HANGS;
                return;
            }
    }
}
