/* The catalogue's operations: what reading it and editing it share, and nobody else needs.
 *
 * For api_catalogue.c (edits) and api_catalogue_read.c alone. Invariants: what is loaded lies in the call's own arena,
 * which goes with it. Failure policy: as api_parts.h. Proved by tests/blackbox/catalogue.test.mjs. */
#ifndef GATEWAY_API_CATALOGUE_H
#define GATEWAY_API_CATALOGUE_H

#include "gateway/api_parts.h"
#include "gateway/catalogue_kept.h"

/* Versions as they are loaded. */
struct catalogue_reading {
    struct catalogue_kept kept; /* walked back from the newest */
    uint64_t newest;            /* 0: Redis has none, the file is it */
    uint64_t wanted[2];         /* versions, the newer first; 0: the newest, or as the file has it */
    struct catalogue_kept *got[2];
    void (*then)(struct api_call *call);
};

/* Loads two versions (0: the newest; the older may be the same) into call->own, which begins with a struct
 * catalogue_reading and lies in call->arena, then calls `then`. Answers itself where one is not kept. */
void api_catalogue_load(struct api_call *call, uint64_t newer, uint64_t older, void (*then)(struct api_call *call));

/* Makes room, and in it `size` bytes at call->own. Returns false after answering. */
bool api_catalogue_room(struct api_call *call, size_t size);

/* Appends to a page what differs, a row a field. Returns ERR_NOMEM. */
MUST_USE enum error api_catalogue_put_changes(struct api_page *page, const struct catalogue *before,
                                              const struct catalogue *after);

#endif
