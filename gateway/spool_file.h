/* Spool files: one webhook that was promised and not yet taken, as bytes that prove themselves.
 *
 * A line "chaski spool 1 LENGTH SHA256" and LENGTH bytes of netstrings: channel, time, sequence, method, target, body,
 * then the names and values of the headers that a decoder may want. Signatures, passwords and the hook's key are left
 * out: the request was authenticated before it was written. Whatever is cut short, torn or altered is refused whole.
 * Must not know: folders, locks, who reads. Proved by tests/unit/test_spool_file.c and tests/fuzz/fuzz_spool.c. */
#ifndef GATEWAY_SPOOL_FILE_H
#define GATEWAY_SPOOL_FILE_H

#include "adapters/adapter.h"
#include "base/buf.h"

#define SPOOL_FILE_MAX (3 * 1024 * 1024 + 64 * 1024) /* bytes: the largest body that HTTP takes, and its head */
#define SPOOL_CHANNEL_MAX 64                         /* bytes of a channel's name and its NUL */

/* A webhook as it is kept. Slices are borrowed. */
struct spool_message {
    struct slice channel;   /* its name */
    uint64_t sequence;      /* order of arrival, from 1 */
    struct request request; /* authentic; now_ms is when it came */
};

/* Writes a file's bytes. Returns OK, ERR_LIMIT above `out`'s limit, ERR_NOMEM. */
MUST_USE enum error spool_file_write(const struct spool_message *message, struct arena *arena, struct buf *out);

/* Reads a file's bytes; the message's slices lie in them, its headers in the arena. Returns OK, ERR_SYNTAX when they
 * are not whole, ERR_NOMEM. */
MUST_USE enum error spool_file_read(struct slice bytes, struct arena *arena, struct spool_message *out);

#endif
