/* An outbox entry: a stream entry, read back into a message.
 *
 * The counterpart of record.c's outbox rows. Proved by tests/unit/test_outbox_entry.c. */
#ifndef GATEWAY_OUTBOX_ENTRY_H
#define GATEWAY_OUTBOX_ENTRY_H

#include "base/error.h"
#include "dialog/message.h"
#include "gateway/message_class.h"
#include "gateway/store.h"

#define ENTRY_BYTES_MAX (64 * 1024)

/* One block of memory: its slices lie behind the struct. */
struct outbox_entry {
    unsigned shard;
    enum store_stream stream;
    char id[STORE_ID_MAX]; /* of the stream: "1700000000000-0" */
    char reference[48];    /* "17-1700000000000-0": what the provider gives back in receipts */
    enum message_class class;
    struct slice json; /* as committed */
    struct slice channel, to;
    struct message message;
    struct message_template template; /* the message's, if it has one */
    int64_t at_ms;                    /* when it was committed, or sent again by a person's decision */
    int64_t until_ms;                 /* from when on it does not go; 0: no such time */
};

/* Reads a stream entry. Returns the entry, freed with outbox_entry_free(), or NULL with *error ERR_NOMEM, ERR_LIMIT
 * (above ENTRY_BYTES_MAX) or ERR_SYNTAX. */
struct outbox_entry *outbox_entry_read(const struct store_entry *item, enum store_stream stream, enum error *error);
void outbox_entry_free(struct outbox_entry *entry);

/* Reads a reference back. Returns false when it is none of ours. */
bool outbox_reference_read(struct slice reference, unsigned *shard, char id[STORE_ID_MAX]);

#endif
