/* The front end of every recogniser: a message, folded and cut into words, numbers and signs.
 *
 * Numbers are read here once, whether written in digits ("1,500.50", "1'200,000", "1 500"), in words ("mil
 * quinientos", "treintaicinco", "media docena") or in both ("2 mil", "dos mil 500", "3k").
 * Rule for digits: a separator before exactly three digits groups thousands; one or two digits at the end are
 * decimals; an apostrophe always groups; anything else ("1.2.3") is a word that means nothing.
 * Must not know: money, time, or any question; words are the lexicon's. Linear in its input, no allocation, never
 * fails: what does not fit is cut. Source: reference peru.md part 5, parsing notes. Proved by tests/unit/test_lexer.c
 * and tests/fuzz/fuzz_recognise.c. */
#ifndef DIALOG_LEXER_H
#define DIALOG_LEXER_H

#include "base/slice.h"
#include "dialog/lexicon.h"

#define LEXER_TOKENS_MAX 64               /* of a message; the rest of a longer one is not read */
#define LEXER_BYTES 2048                  /* of folded text and its NUL */
#define LEXER_NUMBER_MAX 10000000000000LL /* hundredths; a larger number is a word */

enum token_kind {
    TOKEN_WORD,   /* letters; "s/" too */
    TOKEN_NUMBER, /* a quantity, read */
    TOKEN_SIGN    /* one other character: , - / % $ + = or an emoji (without its skin tone) */
};

enum number_style {
    NUMBER_DIGITS, /* "1500", "2 mil" */
    NUMBER_WORDS,  /* "dos mil" */
    NUMBER_ARTICLE /* "un", "una", "uno" alone: perhaps no quantity at all */
};

struct token {
    enum token_kind kind;
    struct slice text;                 /* folded, abbreviations written out ("x" is "por") */
    struct slice sound;                /* of a word, and of a number of one word: its key (sound.h) */
    unsigned char class;               /* of the sound */
    struct stem stem;                  /* of the sound, where the language is spelt by ear */
    bool glued;                        /* nothing stood before it: "20" and "soles" of "20soles" */
    enum number_style style;           /* a number's, as the rest */
    int64_t hundredths;                /* 1500.50 is 150050 */
    int64_t scale;                     /* its last multiplier: 1000 of "2 mil"; 1 without */
    bool rough;                        /* "mil y pico" */
    bool slang;                        /* "palo": a million to most */
    bool exchanged;                    /* it is `known` but for its vowels ("mesis"), which costs as a slip does */
    bool pause;                        /* a comma or a dash, which forms pass over */
    const struct known *known;         /* the word of the lexicon that it is; NULL: none */
    const struct fits *fits;           /* never NULL */
    uint16_t slips[LEXICON_SLIPS_MAX]; /* literals of the lexicon that it is with a slip */
    size_t slip_count;
};

struct lexed {
    const struct lexicon *lexicon;
    struct token tokens[LEXER_TOKENS_MAX];
    size_t count;
    char text[LEXER_BYTES]; /* folded; what the tokens point into, so that a struct lexed must not be copied */
    size_t text_len;
    char sounds[LEXER_BYTES + LEXER_TOKENS_MAX * 16]; /* an abbreviation's key is longer than itself */
    struct fits fits[LEXER_TOKENS_MAX];
    const struct fits *may; /* rows that a token fits, or that no word tells of; of a part, those of the whole */
    struct fits whole_may;
};

/* Cuts a message into tokens, each looked up in the lexicon. Owner: *out is the caller's memory, and slices in it live
 * as long as it stays in place. */
void lex(const struct lexicon *lexicon, struct slice message, struct lexed *out);

/* Begins a part of a message, without tokens: the caller adds some of the whole's, which must stay in place. Nobody
 * finds its text. */
void lexed_begin_part(const struct lexed *whole, struct lexed *part);

/* Copies a message's tokens with another word, one of the lexicon's, in the place of one. Whole and word must stay in
 * place; as with a part, nobody finds the text. */
void lexed_mend(const struct lexed *whole, size_t at, const struct known *word, struct lexed *out);

/* Joins number words and numbers that stand together into one number ("dos", "mil", "500" is 2500). lex() calls it. */
void lex_numbers(struct lexed *lexed);

/* Makes a number of the word at i, if it is one, with the number before it where they are one together ("1 docena"). */
void lex_number_at(struct lexed *lexed, size_t i);

/* Gives the token at i, or, so that nobody asks for the end first, a sign without text where there is none. */
const struct token *token_at(const struct lexed *lexed, size_t i);

/* Gives the token that stands `back` before i; none, as above, before the first. */
const struct token *token_before(const struct lexed *lexed, size_t i, size_t back);

/* Gives the atoms that make up a word, by its letters, sound, class and stem. Returns how many; 0 when it is no
 * number. */
size_t number_parts(const struct lexicon *lexicon, const struct token *token,
                    const struct atom *parts[NUMBER_PARTS_MAX]);

/* Tells whether a token is nothing that the lexicon has, not even with a slip. */
bool token_is_strange(const struct token *token);

/* Tells whether a word may be a number's, misspelt: one edit from such a word of five
 * letters or more, two where both are long, or behind a beginning of one ("catro", "quinirntos", "dieciohco"). It is
 * not read as one, for it may as well be another. */
bool token_may_be_number(const struct lexicon *lexicon, const struct token *token);

/* Tells whether a token is one of a class of words. */
static inline bool token_is(const struct token *token, enum word_class class)
{
    return fits_has(token->fits, class);
}

#endif
