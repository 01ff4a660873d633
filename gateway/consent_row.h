/* Lines of the consent log: who agreed to what, when, in which message, in few bytes.
 *
 * The log is append-only and outlives the person, whom it names by a keyed digest only. What was asked, in what words,
 * for what and over which channel is the same for nearly everybody: that text is kept once a shard (`texts`, text to
 * number), and a line ends with its number.
 *
 *     WHO (12 bytes) AT (6 bytes, ms, high byte first) ID NUMBER (decimal)
 *     text: "PURPOSE VALUE CHANNEL FLOW/VERSION/DIGEST\nQUESTION", without the fourth where no flow asked
 *
 * An id (packed_id.h) is the length of its first part times three, plus 0 where that is all, 1 where the run's bytes
 * follow, 2 where a last part does too; then the first part; the run's length, and the run; the last part's length, and
 * that. One whose run of 16 bytes is its end, and whose first part is short, begins with 120 and that part's length
 * instead, and has no run's length; what would be 120 or more elsewhere is 8 more. Lengths are in base 128, low seven
 * bits first. Must not know: Redis. Failure policy: bytes that are no line are
 * refused. Proved by tests/unit/test_consent_row.c and tests/fuzz/fuzz_consent.c. */
#ifndef GATEWAY_CONSENT_ROW_H
#define GATEWAY_CONSENT_ROW_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

#define CONSENT_WHO 12 /* bytes of the digest that names a person: of a billion, by 1 in 10^11 two share one */

struct consent_row {
    unsigned char who[CONSENT_WHO];
    int64_t at_ms;           /* wall clock, from 1970 on */
    struct slice message_id; /* the provider's */
    uint64_t text;           /* number of what was asked; not written, for the store puts it behind */
};

/* Appends a line but for its number. Returns OK or the buffer's error. */
MUST_USE enum error consent_row_write(const struct consent_row *row, struct buf *out);

/* Reads a line, its number included; the id lies in the arena or in `bytes`. Returns OK, ERR_SYNTAX or ERR_NOMEM. */
MUST_USE enum error consent_row_read(struct slice bytes, struct arena *arena, struct consent_row *out);

#endif
