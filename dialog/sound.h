/* How a Spanish word sounds, so that words spelt by ear compare equal.
 *
 * "vajo" is "bajo", "ola" is "hola", "anios" is "anos", "siii" is "si": b and v, s c z and x, ll and y, qu and k, a
 * silent h and repeated letters are where written Peruvian Spanish slips. A key holds one byte a sound; keys compare
 * by bytes. Must not know: what any word means. Nothing here fails or allocates. Proved by tests/unit/test_lexer.c.
 * */
#ifndef DIALOG_SOUND_H
#define DIALOG_SOUND_H

#include "base/slice.h"

#define SOUND_BYTES 40 /* of the longest key; longer words are cut */

/* Writes the key of a folded word (letters a to z; others stand for themselves). Returns its bytes, at most word.len
 * and SOUND_BYTES; `out` needs room for that many, and gets no NUL. */
size_t sound_of(struct slice word, char *out);

enum sound_likeness { SOUND_OTHER, SOUND_BEGINS, SOUND_SAME };

/* Compares a folded word's key with another, sound by sound up to the first that differs. Returns SOUND_BEGINS when
 * the word's is a beginning of `sound` and shorter. */
enum sound_likeness sound_compare(struct slice word, struct slice sound);

/* Tells from a folded word's last letter alone that its key is not `sound`: so it is with most. */
static inline bool sound_ends_otherwise(struct slice word, struct slice sound)
{
    static const char lasts[] = "abkdefg\0ijk\0mnopkrstubusis"; /* of a to z: h is silent, and l may be half of ll */
    char letter = word.len && word.len <= SOUND_BYTES ? word.ptr[word.len - 1] : '\0';
    char last = letter >= 'a' && letter <= 'z' ? lasts[letter - 'a'] : '\0';
    return last && sound.len && sound.ptr[sound.len - 1] != last;
}

/* Gives the class of words that begin with a letter; 0 for h, which is looked through, and for what is no letter. */
static inline unsigned char sound_class_of(char c)
{
    static const char classes[] = "abcdefg\0igcimmopcrctubucic"; /* of a to z: who can begin alike shares one */
    return (unsigned char)(c >= 'a' && c <= 'z' ? classes[c - 'a'] : '\0');
}

/* Gives a number that is equal for any two words that can sound alike: a cheap test before the exact one.
 * Returns 0 for an empty word. */
unsigned char sound_class(struct slice word);

#endif
