/* Recognisers: what an owner wrote, as a value.
 *
 * One function for every type of DESIGN 1.4. Pure: no clock (the message's date is an argument), no I/O, no globals
 * that change. Linear time on any input; text above RECOGNISE_BYTES_MAX is cut. A value is never guessed: what is
 * not understood is ERR_NOT_FOUND, and what is doubtful has a confidence below RECOGNISE_SURE, so that the dialogue
 * asks back. Source: reference peru.md part 5. Proved by tests/unit/test_recognise_*.c and `make accuracy`. */
#ifndef DIALOG_RECOGNISE_H
#define DIALOG_RECOGNISE_H

#include "base/error.h"
#include "base/slice.h"

#define RECOGNISE_BYTES_MAX 1024
#define RECOGNISE_VALUE 64  /* bytes of the longest value and its NUL */
#define RECOGNISE_SURE 0.75 /* at and above: taken; below: asked back */

enum slot_type {
    TYPE_TEXT, /* anything said, trimmed: never fails on words */
    TYPE_MONEY,
    TYPE_TENURE,
    TYPE_WORKERS,
    TYPE_CUSTOMERS,
    TYPE_YESNO,
    TYPE_RUC,
    TYPE_REGIME,
    TYPE_REGION,
    TYPE_TREND,
    TYPE_GOAL,
    TYPE_COMMAND,
    TYPE_CHOICE
};

struct recognised {
    char value[RECOGNISE_VALUE]; /* canonical, as DESIGN 1.4 writes it */
    double confidence;           /* 0 to 1 */
};

/* Gives the type of a name ("money", "tenure", …; "choice" for "choice:a|b|c"). Returns ERR_NOT_FOUND for another. */
MUST_USE enum error slot_type_named(struct slice name, enum slot_type *out);

/* Gives a type's name. */
const char *slot_type_name(enum slot_type type);

struct lexed;
struct lexicon;

/* Reads text as a value of the type, by the words of a language.
 * `choices` is for TYPE_CHOICE the labels, `a|b|c`, and is not read for other types. `now_ms` is when the person wrote,
 * for tenure ("desde el 2019"). Returns OK, or ERR_NOT_FOUND with *out unchanged. */
MUST_USE enum error recognise(const struct lexicon *lexicon, enum slot_type type, struct slice choices,
                              struct slice text, int64_t now_ms, struct recognised *out);

/* A message cut into tokens, for who reads it more than once. */
struct said {
    struct slice text; /* cut to RECOGNISE_BYTES_MAX */
    const struct lexed *lexed;
    size_t opening, closing; /* tokens at its ends that only greet and address: "hola", "la verdad"; "gracias" */
};

/* Cuts a message into tokens. *lexed, the lexicon and the text must outlive *out, in place. */
void recognise_lex(const struct lexicon *lexicon, struct slice text, struct lexed *lexed, struct said *out);

/* Reads what was said as recognise() does. */
MUST_USE enum error recognise_said(enum slot_type type, struct slice choices, const struct said *said, int64_t now_ms,
                                   struct recognised *out);

/* Tells whether words tell nothing of a business: a refusal, a mere question, a lone yes or no, no letter at all. */
bool recognise_evades(const struct said *said);

#endif
