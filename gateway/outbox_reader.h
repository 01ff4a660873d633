/* The outbox's reader: the streams of the shards that are ours, as entries in order.
 *
 * It begins a shard at its first entry when its lease comes, because whoever had it before may have left anything
 * there; from then on it reads what is new: of all shards each READ_MS (what other workers committed comes by this),
 * and at once the replies of a shard that it is nudged about. It never drops an entry: what cannot be read as one stays
 * in its stream and is logged. Must not know: what sending is. Failure policy: without the store it tries again. Proved
 * by tests/unit/test_outbox_reader.c and tests/unit/test_outbox.c. */
#ifndef GATEWAY_OUTBOX_READER_H
#define GATEWAY_OUTBOX_READER_H

#include "gateway/outbox_entry.h"
#include "gateway/shards.h"

#define OUTBOX_READ_MS 25

struct outbox_reader;

/* Receives an entry, which is the receiver's. It may be one that it has already, when a lease came back. Returns false
 * when there was no memory for it: it comes again. */
typedef bool outbox_receive(void *ctx, struct outbox_entry *entry);

/* Tells how many more entries of a stream the receiver takes now; 0 also while it has too little room to be worth a
 * reading. */
typedef size_t outbox_room(void *ctx, enum store_stream stream);

/* Makes a reader. NULL without memory. */
struct outbox_reader *outbox_reader_new(struct loop *loop, struct store *store, outbox_receive *receive,
                                        outbox_room *room, void *ctx);

/* A shard came (its token) or went (0). */
void outbox_reader_shard(struct outbox_reader *reader, unsigned shard, uint64_t token);

/* Reads a shard's replies now, if it is ours: something was committed. */
void outbox_reader_nudge(struct outbox_reader *reader, unsigned shard);

/* Reads the replies of all shards now. */
void outbox_reader_nudge_all(struct outbox_reader *reader);

/* Reads no more. */
void outbox_reader_stop(struct outbox_reader *reader);

/* Frees it; NULL is allowed. */
void outbox_reader_free(struct outbox_reader *reader);

#endif
