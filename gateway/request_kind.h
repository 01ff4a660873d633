/* Requests to staff: their kinds, and until when the law gives for each.
 *
 * What owners ask of staff by text or otherwise, and the law sets a time for (Ley 29733; reference peru.md part 4.2):
 * to be informed of what becomes of their data, to see them, to have them corrected or erased. Must not know: clocks,
 * where requests are kept. Nothing here fails. Proved by tests/unit/test_request_kind.c. */
#ifndef GATEWAY_REQUEST_KIND_H
#define GATEWAY_REQUEST_KIND_H

#include <stdint.h>

#include "base/slice.h"
#include "gateway/holidays.h"

#define REQUEST_KINDS 4

struct request_kind {
    const char *word;
    unsigned days; /* working days */
    const char *sentence;
};

extern const struct request_kind request_kinds[REQUEST_KINDS];

/* Their words, ended by NULL, in their order. */
extern const char *const request_kind_words[];

/* Finds a kind; NULL for another word. */
const struct request_kind *request_kind(struct slice word);

/* Gives the first instant that is too late for what was asked at `at_ms`. Units: ms since 1970 UTC. */
int64_t request_late_ms(const struct request_kind *kind, const struct holidays *holidays, int64_t at_ms);

#endif
