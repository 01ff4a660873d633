/* Languages as files: how answers are understood, as data.
 *
 * A file of config/languages has the words of one language under the names of lexicon_names.h; docs/languages.md tells
 * how to write one. Each language becomes one lexicon: its own words first, then those of the languages that it is
 * read with (`also`), as people mix them. Must not know: what any word means, flows, folders. Whoever adds the files
 * reads them; all lies in one arena that languages_free() ends, and nothing changes after languages_finish().
 * Failure policy: all faults of a file are found in one go. Proved by tests/unit/test_lexicon.c and
 * tests/fuzz/fuzz_lexicon.c. */
#ifndef DIALOG_LANGUAGE_H
#define DIALOG_LANGUAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "dialog/lexicon.h"

#define LANGUAGES_MAX 8
#define LANGUAGE_KEY 8 /* bytes of a key and its NUL: "es", "qu" */
#define LANGUAGE_FILE_BYTES (256 * 1024)
#define LANGUAGES_ARENA_BYTES (64 * 1024 * 1024)

struct language {
    const char *file;
    char key[LANGUAGE_KEY];
    struct slice name; /* as its people call it */
    bool reviewed;     /* by one of its speakers */
    const struct lexicon *lexicon;
    const struct language_words *words; /* what its file says: language_load.h */
};

struct languages {
    struct arena *arena;
    struct language items[LANGUAGES_MAX];
    size_t count;
};

/* Makes an empty set, to be freed with languages_free(). Returns NULL without memory. */
struct languages *languages_new(void);
void languages_free(struct languages *languages);

/* Reads and checks a file's bytes. Returns OK; ERR_VALUE with at least one fault that names file, line, column and
 * remedy; or ERR_NOMEM. */
MUST_USE enum error languages_add(struct languages *languages, const char *file, struct slice yaml,
                                  struct faults *faults);

/* Compiles what was added, once. Returns as languages_add() does. */
MUST_USE enum error languages_finish(struct languages *languages, struct faults *faults);

/* Gives a language's lexicon by its key; that of the first language where there is none such, and one without words
 * where there is no language at all, or `languages` is NULL. */
const struct lexicon *languages_lexicon(const struct languages *languages, const char *key);

/* Gives a language by its key, or NULL. */
const struct language *languages_named(const struct languages *languages, struct slice key);

#endif
