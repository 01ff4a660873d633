/* What words end in, by a language's file: diminutives, plurals, trades.
 *
 * "semanita" and "semanitas" are met where "semana" is written, "poquisimo" where "poco" is; who ends in "-dor" does
 * something for a living. Endings are kept as keys, as the language is spelt (lexicon_sound()). Must not know: any
 * ending of any language. Nothing here fails or allocates. Proved by tests/unit/test_lexer.c. */
#ifndef DIALOG_ENDINGS_H
#define DIALOG_ENDINGS_H

#include "base/slice.h"

#define ENDINGS_MAX 32 /* of one kind, of a language with those that it is read with */
#define STEM_LEAST 3   /* sounds before a small ending: a stem, and what it is of, have them in common */

/* Kinds of endings: ENDING(constant, name in the file). */
#define LEXICON_ENDINGS(ENDING)                                                                                        \
    ENDING(SMALL, "small")         /* of diminutives and superlatives: "ito" */                                        \
    ENDING(LINK, "link")           /* may stand before those: "s", as the c of "solcito" sounds */                     \
    ENDING(NOT_SMALL, "not_small") /* whole words that only look so: "bonito" */                                       \
    ENDING(PLURAL, "plural")       /* "s", "es" */                                                                     \
    ENDING(TRADE, "trade")         /* of who does something: "dor" */                                                  \
    ENDING(ALIKE, "alike")         /* said for each other: "a", "o" */

#define LEXICON_ENDING(constant, name) ENDINGS_##constant,
enum ending_kind { LEXICON_ENDINGS(LEXICON_ENDING) ENDINGS_COUNT };
#undef LEXICON_ENDING

struct ending_list {
    struct slice items[ENDINGS_MAX];
    size_t count;
};

struct endings {
    struct ending_list lists[ENDINGS_COUNT];
};

struct lexicon;

/* What stands in a key before a small ending: "seman" of "semanita", "pok" of "poquisimo". */
struct stem {
    struct slice sound;  /* empty without such an ending, or when too short to tell words apart */
    struct slice plural; /* the ending of a plural that stood behind it; empty: none */
};

/* Finds the stem of a key. */
struct stem stem_of(const struct lexicon *lexicon, struct slice sound);

/* Tells whether a folded word is one that a stem is of: "semana", "poco". */
bool stem_is_of(const struct lexicon *lexicon, const struct stem *stem, struct slice word);

/* Tells whether a key ends as one of a kind does, with more than that before it. Gives the first such ending in *out
 * unless it is NULL. */
bool ends_as(const struct lexicon *lexicon, enum ending_kind kind, struct slice sound, struct slice *out);

#endif
