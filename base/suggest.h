/* "Did you mean": the nearest of some known words. Proved by tests/unit/test_suggest.c. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include "base/slice.h"

/* Counts the single-character edits (insert, drop, replace, swap neighbours) between two texts, in bytes; gives
 * `limit` + 1 as soon as there are more than `limit`. Texts above 64 bytes count as far apart. */
unsigned edit_distance(struct slice a, struct slice b, unsigned limit);

/* Gives the known word nearest to `word` with at most 2 edits (1 for words of up to 3 letters), or NULL.
 * `known` ends with NULL. */
const char *suggest(struct slice word, const char *const *known);

#endif
