/* What a message tells beside its answer: "tengo una bodega en Cusco hace 3 años, vendo 200 diarios" tells of a trade,
 * and of a place, an age and sales too.
 *
 * A fact is only taken from words that say what it is ("hace 3 años", "vendo 200 diarios", "somos 4"): never a bare
 * number, which could be anybody's. What a cue stands before is handed to the type's own recogniser, and only what
 * that is sure of counts. Must not know: flows, states. Pure, no allocation, work bounded by cues x tokens.
 * Proved by tests/unit/test_hear.c and tests/fuzz/fuzz_recognise.c. */
#ifndef DIALOG_HEAR_H
#define DIALOG_HEAR_H

#include "dialog/recognise.h"

/* Tells whether there are cues for a type at all. */
bool hear_knows(enum slot_type type);

/* Gives the types that some cue in the message may be of, as bits: of the others nothing is told, but loosely. */
unsigned hear_types(const struct lexed *lexed);

/* Reads what the tokens from `first` to before `end` tell of a type. `loosely` where it is known that they set
 * something right: then a unit ("5 años", "300 soles al mes", "Puno") is cue enough.
 * Returns OK with *out sure, complete (an amount has its period) and neither UNKNOWN nor REFUSED; else ERR_NOT_FOUND
 * with *out unchanged. */
MUST_USE enum error hear(enum slot_type type, const struct said *said, size_t first, size_t end, bool loosely,
                         int64_t now_ms, struct recognised *out);

/* Gives the tokens of a message that hear(), not loosely, takes for what tells of a type, as bits: the cue, and as few
 * behind it as say the same. */
uint64_t hear_tokens(enum slot_type type, const struct said *said, int64_t now_ms);

#endif
