/* A corpus: labelled texts from files and from the lexicon, and the hashes by which rows are kept apart.
 *
 * Two texts that fold alike have one key, so that a text on both sides of a split is found. Texts are borrowed from the
 * files' bytes or live in the corpus. Used in training only. Failure policy: a row that is not of its form is a fault
 * with file and line. Proved by tests/unit/test_corpus.c. */
#ifndef ENGINE_CORPUS_H
#define ENGINE_CORPUS_H

#include "base/arena.h"
#include "base/error.h"
#include "engine/phrases.h"
#include "engine/vocabulary.h"

#define CORPUS_GROUPS_MAX 16
#define CORPUS_GROUP_NONE (-1)
#define CORPUS_PER_ENTRY 8u /* made-up rows of each entry of the lexicon */
#define CORPUS_HELD_ENTRIES 10u

enum origin {
    ORIGIN_LIST,    /* an official list of activities */
    ORIGIN_SURVEY,  /* an answer in a survey */
    ORIGIN_WORDS,   /* product or occupation of the same survey row */
    ORIGIN_MADE_UP, /* expanded from the lexicon */
    ORIGIN_COUNT
};

struct example {
    struct slice text;
    uint64_t key;   /* of the folded text */
    uint64_t entry; /* made-up rows: key of the lexicon's entry; else 0 */
    uint8_t label;  /* word_number in the vocabulary */
    uint8_t origin; /* enum origin */
    int8_t group;   /* survey rows: index of the department; else CORPUS_GROUP_NONE */
    bool owner;     /* survey rows: works on own account or employs */
};

struct corpus {
    struct example *items; /* owned */
    size_t count, room;
    char groups[CORPUS_GROUPS_MAX][ENGINE_KEY]; /* departments, sorted by name once all rows are there */
    size_t group_count;
    size_t origins[ORIGIN_COUNT]; /* rows of each origin */
    struct arena *texts;          /* owned: sentences that were made */
};

/* Prepares an empty corpus. Returns ERR_NOMEM. Free with corpus_release(). */
MUST_USE enum error corpus_init(struct corpus *corpus);
void corpus_release(struct corpus *corpus);

/* Tells whether a row was made of an entry that is kept out of training while the lexicon is measured: one entry in
 * CORPUS_HELD_ENTRIES, by its key. */
bool corpus_is_held(const struct example *example);

/* Gives the key of a text: the same for texts that fold alike. */
uint64_t corpus_key(struct slice text);

/* Adds the rows of a table of tab-separated columns with a first line of names: `text` and `industry` are needed;
 * `department`, `status`, `product` and `occupation` are used where they are. `bytes` must live as long as the corpus.
 * Returns ERR_SYNTAX or ERR_VALUE with faults, ERR_LIMIT for too many departments, ERR_NOMEM. */
MUST_USE enum error corpus_add_table(struct corpus *corpus, const char *file, struct slice bytes,
                                     struct faults *faults);

/* Adds the lexicon's made-up rows. Returns as phrases_expand(). */
MUST_USE enum error corpus_add_phrases(struct corpus *corpus, const struct phrases_source *source, unsigned per_entry,
                                       uint64_t seed, struct faults *faults);

/* A set of keys. */
struct key_set {
    uint64_t *slots; /* owned; 0 is free */
    size_t mask;
};

/* Prepares a set for up to `count` keys. Returns ERR_NOMEM. Free with key_set_release(). */
MUST_USE enum error key_set_init(struct key_set *set, size_t count);
void key_set_release(struct key_set *set);

/* Adds a key (not 0). Returns false when it was there. */
bool key_set_add(struct key_set *set, uint64_t key);

/* Tells whether the set holds a key. */
bool key_set_has(const struct key_set *set, uint64_t key);

#endif
