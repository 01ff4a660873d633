/* Phrases: a lexicon and sentence patterns put together into made-up training rows.
 *
 * The lexicon (models/lexicon/peru.tsv) names things by kind and label, the patterns (phrases.tsv) say how each kind is
 * spoken of. Each entry is put, bare and in patterns drawn by a seed, some with a greeting before, a place behind, or a
 * slip of the finger. The same files and seed give the same rows in the same order. Used in training only. Failure
 * policy: a line that is not of its form is a fault with file and line. Proved by tests/unit/test_phrases.c. */
#ifndef ENGINE_PHRASES_H
#define ENGINE_PHRASES_H

#include "base/error.h"
#include "base/slice.h"
#include "engine/linear.h"

#define PHRASES_LINES_MAX 2000
#define PHRASES_ENTRY_MAX 120 /* bytes */
#define PHRASES_TEXT_MAX 400  /* bytes of a finished sentence */

struct phrases_source {
    const char *lexicon_file; /* for faults */
    struct slice lexicon;
    const char *patterns_file;
    struct slice patterns;
};

/* One made-up row. */
struct phrase {
    struct slice text;  /* the sentence; good during the call */
    struct slice entry; /* the lexicon's entry in it */
    struct slice label;
};

/* Receives a row. Anything but OK ends the expansion. */
typedef enum error phrases_emit(void *ctx, const struct phrase *phrase);

/* Makes `per_entry` rows of each entry: first the bare one, then drawn ones. Returns ERR_SYNTAX with faults, what
 * `emit` returned, or OK. */
MUST_USE enum error phrases_expand(const struct phrases_source *source, unsigned per_entry, uint64_t seed,
                                   struct faults *faults, phrases_emit *emit, void *ctx);

#endif
