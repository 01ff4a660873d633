/* Patterns over words: tables that say what a phrase means.
 *
 * A form is a row of elements between blanks, matched against tokens one by one:
 *   word         that word as it is written or sounds, or with one slip in a long one
 *   =word        that word, letter by letter
 *   a|b|c        any of these        word*   a word that begins so
 *   #            a number            .       any one token
 *   ..           up to three tokens  e?      e, or nothing
 *   ^ and $      the message begins, ends here
 * A form that begins with & is met in any order, by a whole message that has a word of each element before the colon
 * and none but theirs and those behind it: "& ver|muestr* menu : el|mi|quiero".
 * Words are also met with a diminutive or superlative ending ("semanita", "poquisimo").
 * Commas and dashes between words are passed over. Rows are tried in order and the first that matches anywhere wins, so
 * that a table reads from the particular to the general.
 * Must not know: any word. Work is bounded by rows x tokens. Proved by tests/unit/test_pattern.c. */
#ifndef DIALOG_PATTERN_H
#define DIALOG_PATTERN_H

#include "dialog/lexer.h"

#define PATTERN_SLIP 0.1 /* what a misspelt word takes off the confidence */

struct pattern {
    const char *form;
    const char *value;
    double confidence; /* 0 to 1 */
};

struct pattern_match {
    const struct pattern *pattern;
    size_t first, end; /* tokens matched: from first to before end */
    double confidence; /* the pattern's, less the slips */
};

/* What of a form most messages fail at a glance: sound classes (sound.h) as bits, and numbers of tokens, pauses apart.
 * It is the form's alone: who asks the same forms often finds it out once. */
struct gist {
    uint32_t begins;   /* with which a match can begin; all when it can begin with anything */
    uint32_t needs[2]; /* of each some token must be; all when there is nothing to tell */
    uint32_t ends;     /* of the message's last token */
    uint8_t least;     /* tokens that a message must have */
    uint8_t most;      /* and may have; UINT8_MAX any number */
};

/* Gives the gist of a form. */
struct gist pattern_gist(const char *form);

/* Finds the first row that matches; `gists` has pattern_gist() of each, or is NULL. Returns false, with *out unchanged,
 * when none does. */
bool pattern_find(const struct pattern *patterns, const struct gist *gists, size_t count, const struct lexed *lexed,
                  struct pattern_match *out);

/* Tells whether one of the forms matches anywhere; `gists` has pattern_gist() of each. */
bool pattern_has_any(const char *const *forms, const struct gist *gists, size_t count, const struct lexed *lexed);

/* Tells whether a form matches anywhere, for forms whose place and slips do not matter. */
bool pattern_has(const char *form, const struct lexed *lexed);

/* Matches a form at token `at` and no other. On true *end is the token behind it, and *confidence has lost what
 * slips cost; otherwise both are as they were. */
bool pattern_at(struct slice form, const struct lexed *lexed, size_t at, size_t *end, double *confidence);

/* Tells whether one token is any of the words "a|b|c*". */
bool token_is(const struct token *token, const char *words);

#endif
