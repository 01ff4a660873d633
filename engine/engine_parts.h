/* The engine's inside: what engine.c opens, and shadow.c looks at beside it.
 *
 * For these two files alone; everybody else has engine.h. Nothing in it changes after engine_open(), but for the
 * languages and the catalogue. Proved by tests/unit/test_engine_industry.c and tests/unit/test_shadow.c. */
#ifndef ENGINE_ENGINE_PARTS_H
#define ENGINE_ENGINE_PARTS_H

#include "engine/industries.h"
#include "engine/registry.h"
#include "engine/shadow.h"
#include "engine/speech.h"

struct engine {
    struct registry_model industry, stage, closing, growth;
    struct registry_model ranker;                  /* without weights where none was trained: the rules order */
    struct registry_model challengers[PART_COUNT]; /* without weights where none is under trial */
    struct industries industries;
    struct catalogue *catalogue; /* owned */
    struct {
        char language[8];
        struct speech *speech; /* owned */
    } spoken[ENGINE_LANGUAGES_MAX];
    size_t spoken_count;
    char outlook_version[ENGINE_KEY];
    char industries_digest[DIGEST_TEXT], catalogue_digest[DIGEST_TEXT];
};

/* Gives what a language is spoken by; NULL: as Spanish. */
const struct speech *engine_speech(const struct engine *engine, const char *language);

/* Takes the industry from the owner's words where nobody has confirmed one, and only when the model is sure: what is
 * for one trade alone must not go to another. */
void engine_guess_industry(const struct engine *engine, struct business *business);

#endif
