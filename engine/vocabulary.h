/* The words that facts and resources are written in: each closed list once, as a table of key and Spanish phrase.
 *
 * A word's place in its table is its number everywhere in the engine (bits in sets, columns of features), so rows are
 * only ever added at the end. Must not know: models, the catalogue, the dialogue. Proved by
 * tests/unit/test_vocabulary.c. Source: DESIGN 1.4 for keys; INEI for the codes of departments. */
#ifndef ENGINE_VOCABULARY_H
#define ENGINE_VOCABULARY_H

#include "base/slice.h"

struct word {
    const char *key;
    const char *phrase; /* Spanish; what it is said for stands beside each table */
};

struct vocabulary {
    const char *what;         /* what one word of it is, in English, for faults */
    const struct word *words; /* ended by a row without a key, so that it can be walked without the count */
    size_t count;
};

#define WORD_NONE (-1)

enum stage { STAGE_STARTUP, STAGE_GROWTH, STAGE_ESTABLISHED, STAGE_DECLINE, STAGE_COUNT };

enum goal {
    GOAL_FINANCE,
    GOAL_CUSTOMERS,
    GOAL_DIGITAL,
    GOAL_FORMALISE,
    GOAL_EXPORT,
    GOAL_PUBLIC_SALES,
    GOAL_TRAINING,
    GOAL_DEBTS,
    GOAL_OTHER,
    GOAL_COUNT
};

enum kind {
    KIND_FORMALISATION,
    KIND_TRAINING,
    KIND_FINANCE,
    KIND_MARKET_ACCESS,
    KIND_ASSISTANCE,
    KIND_DIGITAL,
    KIND_EMERGENCY,
    KIND_COUNT
};

#define INDUSTRY_COUNT 14
#define REGION_COUNT 25

extern const struct vocabulary stages;     /* phrase: whom a resource of that stage is for */
extern const struct vocabulary goals;      /* phrase: the reason "you said that you want this" */
extern const struct vocabulary industries; /* phrase: whom a resource of that industry is for */
extern const struct vocabulary regions;    /* phrase: the department's name */
extern const struct vocabulary regimes;    /* phrase: the regime's name */
extern const struct vocabulary trends;     /* phrase: how sales go */
extern const struct vocabulary kinds;      /* phrase: what sort of resource it is */

/* Gives a word's number, or WORD_NONE when the list has no such key. */
int word_number(const struct vocabulary *vocabulary, struct slice key);

/* Gives the nearest key for a slip ("did you mean"), or NULL. */
const char *word_suggest(const struct vocabulary *vocabulary, struct slice key);

#endif
