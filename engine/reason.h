/* Reasons: why a resource was recommended, as a kind and a key, and the words for it.
 *
 * Who remembers a recommendation keeps kind and key, which are short and belong to no language: the words are found
 * again from them, without the facts that they were given for. Must not know: the catalogue, dialogue. Pure. Proved by
 * tests/unit/test_recommend.c and test_speech.c. */
#ifndef ENGINE_REASON_H
#define ENGINE_REASON_H

#include "engine/engine.h"
#include "engine/speech.h"
#include "engine/vocabulary.h"

/* A reason; all of it is constant. */
struct reason {
    const char *kind;        /* as speech_reason() has them; NULL: no reason */
    const struct word *word; /* its key, and in Spanish what it says, or a region's name */
};

/* The reasons that are of no list of facts. */
enum { REASON_RUC_HAVE, REASON_RUC_STEP, REASON_RUC_NONE };
enum { REASON_BROAD_ALL, REASON_BROAD_TRADE };
extern const struct word ruc_reasons[], broad_reasons[];

/* Finds a reason by what was remembered of it: its `word` is NULL where there is no such one. */
struct reason reason_find(const char *kind, const char *key);

/* Writes the words for a reason that there is. */
void reason_say(const struct speech *speech, struct reason reason, char out[ENGINE_TEXT]);

#endif
