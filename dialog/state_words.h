/* The words that an encoding says by their number, and how a text's number is found.
 *
 * A text of at most 23 bytes is three numbers of eight bytes each, so that it is measured, hashed and compared without
 * a loop over its bytes. Internal to dialog/state*.c; others ask state_coded_of() (state.h). Pure. Proved by
 * tests/unit/test_state.c. */
#ifndef DIALOG_STATE_WORDS_H
#define DIALOG_STATE_WORDS_H

#include <endian.h>

#include "dialog/state.h"

#define STATE_WORD_BYTES 24 /* of the longest word and its NUL, and what is read of a text at once */
#define STATE_EACH(byte) (UINT64_C(0x0101010101010101) * (byte)) /* of eight */

#define STATE_SPREAD UINT64_C(0xd2d81e9ad42a8737) /* few words meet another with it: found by trying */

/* The words by their number; what is behind a word's NUL is zero. */
extern const char state_words[STATE_CODED][STATE_WORD_BYTES];

/* Where a word is: its number and 1 in the first place that was free from its hash on; 0 nothing. */
extern const unsigned char state_word_slots[256];

/* A text as numbers of eight bytes, its first byte lowest; what is behind it is zero. */
struct state_key {
    uint64_t first, second, third;
    size_t len; /* bytes of the text */
};

/* Reads eight bytes as a number, the first lowest. */
static inline uint64_t state_eight(const char *text)
{
    uint64_t eight;
    memcpy(&eight, text, sizeof(eight));
    return le64toh(eight);
}

/* Reads eight bytes, of which those from a NUL on count as zero. Returns how many come before; 8 without a NUL. */
static inline size_t state_eight_at(const char *text, uint64_t *out)
{
    uint64_t eight = state_eight(text);
    uint64_t ends = (eight - STATE_EACH(1)) & ~eight & STATE_EACH(0x80); /* the lowest bit is of the first NUL */
    *out = ends ? eight & (((ends & -ends) >> 7) - 1) : eight;
    return ends ? (size_t)__builtin_ctzll(ends) / 8 : 8;
}

/* Reads STATE_WORD_BYTES at `text`, or fewer where the text ends before. Returns false when it goes on behind them. */
static inline bool state_key_of(const char *text, struct state_key *key)
{
    key->second = key->third = 0;
    key->len = state_eight_at(text, &key->first);
    if (key->len == 8)
        key->len += state_eight_at(text + 8, &key->second);
    if (key->len == 16)
        key->len += state_eight_at(text + 16, &key->third);
    return key->len < STATE_WORD_BYTES;
}

/* Tells whether a key's text is ASCII. */
static inline bool state_key_is_ascii(const struct state_key *key)
{
    return ((key->first | key->second | key->third) & STATE_EACH(0x80)) == 0;
}

/* Gives the number of the word that a key is of, or STATE_CODED. */
static inline size_t state_word_of(struct state_key key)
{
    uint64_t sum = key.first + 2 * key.second + 4 * key.third;
    for (unsigned char at = (unsigned char)(sum * STATE_SPREAD >> 56); state_word_slots[at]; at++) {
        const char *word = state_words[state_word_slots[at] - 1];
        if (state_eight(word) == key.first && state_eight(word + 8) == key.second &&
            state_eight(word + 16) == key.third)
            return state_word_slots[at] - 1u;
    }
    return STATE_CODED;
}

#endif
