/* Letters that cost: what in a text makes its SMS longer or reads otherwise than written, and what to write instead.
 *
 * One row a letter, in the order of the text. A letter is told of where it takes two units of GSM-7 (€, brackets),
 * where it makes the whole SMS UCS-2 (á under the policy `exact`, an emoji), and where the policy replaces it or leaves
 * it out. Must not know: notices, people. Failure policy: without memory nothing is told. Proved by
 * tests/unit/test_letters.c. */
#ifndef GATEWAY_LETTERS_H
#define GATEWAY_LETTERS_H

#include "adapters/adapter.h"

#define LETTERS_MAX 32 /* rows of one text; further letters are not told of */

enum letter_effect {
    LETTER_REPLACED, /* it goes as `instead`: costs nothing */
    LETTER_LOST,     /* it is left out */
    LETTER_TWO,      /* it takes two units */
    LETTER_UCS2      /* it makes the SMS hold 70 characters instead of 160 */
};

struct letter {
    char text[5];     /* the character and a NUL */
    char instead[16]; /* how it goes, or could be written; "": left out */
    enum letter_effect effect;
    size_t segments;      /* of the text as it goes */
    size_t segments_then; /* with `instead` in its place; for UCS2: in place of each such letter */
};

/* Finds the letters of a text on an SMS channel, at most LETTERS_MAX; *count is set with OK. Returns OK or ERR_NOMEM.
 */
MUST_USE enum error letters_find(struct slice text, const struct channel *channel, struct letter out[LETTERS_MAX],
                                 size_t *count);

/* Gives an effect's name for programs: "replaced", "left out", "two units", "ucs-2". */
const char *letter_effect_name(enum letter_effect effect);

/* Appends what a row means to a person, in a sentence without a full stop: "á costs a second segment: send a". */
void letter_explain(const struct letter *letter, struct buf *out);

#endif
