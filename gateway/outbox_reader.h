/* The outbox's reader: the shards' streams, as entries in order.
 *
 * A connection of its own, because it blocks on the server. First it reads what an earlier process of this name read
 * and did not finish, then what is new. It never drops an entry: what cannot be read as one stays pending and is
 * logged. Must not know: what sending is. Proved by tests/blackbox/outbox.test.mjs. */
#ifndef GATEWAY_OUTBOX_READER_H
#define GATEWAY_OUTBOX_READER_H

#include "gateway/outbox_entry.h"
#include "gateway/redis.h"

#define OUTBOX_GROUP "chaski"
#define OUTBOX_READ_COUNT 128 /* entries of a shard asked for at once */
#define OUTBOX_BLOCK_MS 2000

struct outbox_reader;

/* Receives an entry, which is the receiver's. After a reconnection it may be one that it has already, or whose result
 * is being written. */
typedef void outbox_receive(void *ctx, struct outbox_entry *entry);

/* Tells whether the receiver has room for more. */
typedef bool outbox_has_room(void *ctx);

/* Makes a reader for the consumer `name` (up to 31 bytes, copied). NULL without memory. */
struct outbox_reader *outbox_reader_new(struct event_base *base, struct redis *redis, const char *name,
                                        outbox_receive *receive, outbox_has_room *has_room, void *ctx);

/* Begins to read, from the unfinished ones on; call whenever its client came up. */
void outbox_reader_start(struct outbox_reader *reader);

/* Reads no more. */
void outbox_reader_stop(struct outbox_reader *reader);

/* Frees it; NULL is allowed. */
void outbox_reader_free(struct outbox_reader *reader);

#endif
