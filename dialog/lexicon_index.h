/* How a lexicon's words are found by their sound, by a beginning, and with a slip: made once, behind the literals
 * and the known words.
 *
 * lexicon_look() walks what is made here. Must not know: forms, rows, languages. Internal to dialog/lexicon*.c. Proved
 * by tests/unit/test_lexicon.c and tests/unit/test_pattern.c. */
#ifndef DIALOG_LEXICON_INDEX_H
#define DIALOG_LEXICON_INDEX_H

#include "base/arena.h"
#include "base/error.h"
#include "dialog/lexicon.h"

/* Indexes the literals of lexicon->by_class, which lie by class, the sounding before the beginning ones. Owner: the
 * arena. Returns OK or ERR_NOMEM. */
MUST_USE enum error lexicon_index(struct arena *arena, struct lexicon *lexicon);

/* Lists the known words, of which there are so many, for lexicon_near(). Owner: the arena. Returns OK or ERR_NOMEM. */
MUST_USE enum error lexicon_index_near(struct arena *arena, struct lexicon *lexicon, size_t count);

#endif
