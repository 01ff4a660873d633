/* What a language's file says, between reading and compiling.
 *
 * Internal to dialog/language*.c. Forms have their @names written out. All lies in the languages' arena; what could not
 * be read has a fault, and is never compiled. Proved by tests/unit/test_lexicon.c. */
#ifndef DIALOG_LANGUAGE_LOAD_H
#define DIALOG_LANGUAGE_LOAD_H

#include "base/yaml.h"
#include "dialog/language.h"

#define LANGUAGE_WORDS_MAX 200 /* of one class or group */
#define LANGUAGE_ROWS_MAX 300  /* of one table */
#define LANGUAGE_FORM_BYTES 4096
#define LANGUAGE_CHOICES_MAX                                                                                           \
    8 /* gaps and elements that may be left out, of one form: each doubles the work at worst                           \
       */
#define LANGUAGE_ELEMENTS_MAX 16

/* One row as it is written. */
struct language_row {
    struct slice form, value;
    int number;
    double confidence;
};

struct language_table {
    const struct language_row *rows;
    size_t count, before; /* rows before those of the languages that it is read with */
};

struct language_words {
    struct slice classes[WORDS_COUNT]; /* "a|b|c"; without a ptr where the file does not have it */
    struct slice endings[ENDINGS_COUNT];
    struct language_table tables[TABLE_COUNT];
    bool has_table[TABLE_COUNT];
    struct atom *atoms; /* their sounds are the lexicon's to find */
    size_t atom_count;
    const struct abbreviation *abbreviations;
    size_t abbreviation_count;
    const struct joined *joined;
    size_t joined_count;
    const struct yaml_node *also; /* keys of the languages that it is read with; NULL: none */
    const struct yaml_node *root;
    bool spelt_by_ear;
};

/* Gives the name of a class or of a table. */
const char *word_class_name(enum word_class class);
const char *table_name(enum table table);

/* Reads a file's tree into *out. What is wrong is a fault. Returns ERR_NOMEM, else OK. */
MUST_USE enum error language_load(struct arena *arena, const struct yaml_node *root, struct faults *faults,
                                  struct language *out);

/* Compiles a language with those that it is read with, `count` in all, the language's own first. Returns ERR_NOMEM;
 * ERR_LIMIT when there are more words and rows than a lexicon has bits; or OK with *out in the arena. */
MUST_USE enum error lexicon_make(struct arena *arena, const struct language_words *const *words, size_t count,
                                 const struct lexicon **out);

#endif
