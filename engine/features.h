/* Features of text: words, pairs of words and parts of words, hashed.
 *
 * Text is folded (base/utf8.h), spelt the way it sounds (so that "negosio" and "negocio", "bendo" and "vendo" are one
 * word), cut into words, and each word, pair of neighbours and run of 2 to 5 characters inside a word, its ends marked,
 * becomes an index by a small hash. The vector has length 1. Training and use call the same function. Nothing is
 * allocated, nothing outlives the call. Must not know: labels, models. Proved by tests/unit/test_features.c and
 * tests/fuzz/fuzz_features.c. */
#ifndef ENGINE_FEATURES_H
#define ENGINE_FEATURES_H

#include "engine/linear.h"

#define FEATURES_SCHEME 1u /* raise it with any change that makes other indices or values of the same text */
#define FEATURES_DIMENSION (1u << 15)
#define FEATURES_TEXT_MAX 400 /* bytes of folded text that are looked at; the rest is left out */
#define FEATURES_WORDS_MAX 64
#define FEATURES_PAIR 0x80u
#define FEATURES_MAX 2048 /* above what FEATURES_TEXT_MAX bytes can make */

/* A word of the folded text. */
struct feature_word {
    uint16_t start; /* byte in features.text */
    uint16_t len;
};

struct features {
    struct feature items[FEATURES_MAX];
    uint8_t
        word[FEATURES_MAX]; /* number of the word that the item stands in; FEATURES_PAIR + the first one's for a pair */
    size_t count;
    char text[FEATURES_TEXT_MAX + 1]; /* folded, as the owner spelt it */
    struct feature_word words[FEATURES_WORDS_MAX];
    size_t word_count;
};

/* Makes the features of a text. Text without a letter or digit gives none. */
void features_of_text(struct slice text, struct features *out);

/* Gives a word of the folded text, borrowed from `features`. */
struct slice features_word(const struct features *features, size_t word);

/* Adds to share[word] how much each word speaks for one label of a model; a pair counts half for each of its words.
 * `share` has FEATURES_WORDS_MAX places. */
void features_shares(const struct features *features, const struct linear *model, size_t class_index, double *share);

#endif
