/* Providers' message ids in few bytes: a run of hexadecimal digits takes half of what it is written in.
 *
 * Every fact and every line of the consent log has such an id, and most of what these take are ids. An id is cut around
 * its first run of enough lower-case digits; what is before and behind the run stays as it is. Must not know: Redis.
 * Failure policy: bytes that are no such id are refused. Proved by tests/unit/test_consent_row.c and test_facts.c. */
#ifndef GATEWAY_PACKED_ID_H
#define GATEWAY_PACKED_ID_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/* An id in three parts; the run has an even number of digits, none where there is no run. */
struct id_cut {
    struct slice first, run, last;
};

/* Cuts an id, whose bytes the parts borrow. */
struct id_cut id_cut(struct slice id);

/* Appends a run's digits as bytes, two in each. */
void id_pack_run(struct buf *out, struct slice run);

/* Makes an id of what it begins with, twice; of the bytes of its run; and of what it ends with. It lies in the arena.
 * Returns OK or ERR_NOMEM. */
MUST_USE enum error id_join(struct arena *arena, struct slice before, const struct id_cut *packed, struct slice *out);

#endif
