/* Speech: what the engine says of resources, reasons and industries in another language than Spanish.
 *
 * One file a language, models/languages/KEY.yaml: `industries` (names), `reasons` and `resources` (texts, and contacts
 * where they differ), by the keys of the catalogue and of the vocabulary. Read whole and checked whole against the
 * catalogue; never changes afterwards. What a file has not is said in Spanish. Must not know: dialogue. Failure policy:
 * every fault is found in one go, with file, line, column and remedy; one refuses the file. Proved by
 * tests/unit/test_speech.c and tests/fuzz/fuzz_speech.c. */
#ifndef ENGINE_SPEECH_H
#define ENGINE_SPEECH_H

#include "engine/catalogue.h"

#define SPEECH_FILE_MAX (1024u * 1024) /* bytes */
#define SPEECH_REASON_MAX 60           /* characters */
#define SPEECH_CONTACT_MAX 120         /* characters */

struct speech;

/* Reads a language's file; `file` is for faults. Returns it, freed with speech_free(), or NULL with at least one fault
 * (also when memory ended). Copies what it keeps. */
struct speech *speech_read(const char *file, struct slice bytes, const struct catalogue *catalogue,
                           struct faults *faults);

/* Frees it; NULL is allowed. */
void speech_free(struct speech *speech);

/* Gives an industry's name, a resource's text or contact; `spanish` where the speech (NULL: none) has no other. */
const char *speech_industry(const struct speech *speech, const char *key, const char *spanish);
const char *speech_text(const struct speech *speech, const char *id, const char *spanish);
const char *speech_contact(const struct speech *speech, const char *id, const char *spanish);

/* Gives the reason of a kind ("goal", "tag", "industry", "stage", "ruc", "broad", "region") for a key; `spanish` where
 * there is no other. A region's has a # for its name. */
const char *speech_reason(const struct speech *speech, const char *kind, const char *key, const char *spanish);

#endif
