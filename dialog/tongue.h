/* Tongues: what a language is called, and how it says values.
 *
 * One file a language, config/languages/KEY.yaml, of which this reads `name`, `reviewed`, `partial`, `fallback`,
 * `called` and `phrases` (docs/translations.md); how answers are understood stands there too, and is read elsewhere.
 * Spanish is built in, made of its file when Chaski is built, so that a flow alone can speak. What a tongue holds lies
 * in the arena that it is read into, and never changes. Must not know: flows, channels. Failure policy: every fault of
 * a file is found in one go, with line, column and remedy; what lacks is said in Spanish, and is a fault only for a
 * language that is not `partial`. Proved by tests/unit/test_tongue.c and tests/fuzz/fuzz_tongue.c. */
#ifndef DIALOG_TONGUE_H
#define DIALOG_TONGUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/yaml.h"

#define TONGUES_MAX 8
#define TONGUE_KEY 8                /* bytes of a language's key and its NUL */
#define TONGUE_NAME_CHARS 20        /* of what it calls itself: a button holds no more */
#define TONGUE_PHRASE_CHARS 40      /* of one phrase */
#define TONGUE_PAGE_CHARS 5         /* of the words that turn a USSD page: what the prover reckons with */
#define TONGUE_FILE_BYTES (1 << 20) /* of a file */

enum tongue_phrase {
    SAY_UNKNOWN,
    SAY_REFUSED,
    SAY_MONEY, /* # is the amount */
    SAY_RANGE, /* # to # */
    SAY_DAY,   /* # a day */
    SAY_WEEK,
    SAY_MONTH,
    SAY_YEAR,
    SAY_NOT_OPEN,
    SAY_OPENING,
    SAY_ONE_MONTH,
    SAY_MONTHS,
    SAY_ONE_YEAR,
    SAY_YEARS,
    SAY_YEARS_MONTHS, /* # and # */
    SAY_MORE,         /* USSD: behind 98 */
    SAY_BACK,         /* USSD: behind 0 */
    SAY_WORDS,        /* from here on the words of closed types: tongue_word() */
    SAY_COUNT = SAY_WORDS + 22
};

struct tongue {
    char key[TONGUE_KEY];      /* "es" */
    char fallback[TONGUE_KEY]; /* the language that says what this one lacks; "": the flow's first */
    struct slice name;         /* what its speakers call it */
    bool reviewed, partial;
    const struct yaml_node *called;  /* forms that name it, a list; NULL: none */
    struct slice phrases[SAY_COUNT]; /* all of them: Spanish where it has none */
};

/* Reads a language from its file's bytes; `key` is what it is called in settings and flows, at most TONGUE_KEY - 1
 * lower-case letters. Borrows nothing of `yaml`. Returns OK, ERR_VALUE or ERR_SYNTAX with faults, or ERR_NOMEM. */
MUST_USE enum error tongue_read(const char *file, const char *key, struct slice yaml, struct arena *arena,
                                struct faults *faults, struct tongue *out);

/* Makes the Spanish that is built in. Returns OK or ERR_NOMEM. */
MUST_USE enum error tongue_spanish(struct arena *arena, struct tongue *out);

/* Tells whether a word can be a language's key: 2 to TONGUE_KEY - 1 letters a to z. */
bool tongue_is_key(struct slice key);

/* Gives what a word of a closed type ("yesno", "yes") is said as; an empty slice where there is no such word. */
struct slice tongue_word(const struct tongue *tongue, const char *type, struct slice value);

/* Appends a phrase with `first` and `second` in the places of its #. */
void tongue_fill(struct slice phrase, struct slice first, struct slice second, struct buf *out);

/* Gives the most characters of what a tongue says for the words of a type. */
size_t tongue_words_max(const struct tongue *tongue, const char *type);

#endif
