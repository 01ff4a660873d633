/* An outbox entry: a stream entry, read back into a message.
 *
 * The counterpart of record.c's outbox rows. Proved by tests/unit/test_outbox_entry.c. */
#ifndef GATEWAY_OUTBOX_ENTRY_H
#define GATEWAY_OUTBOX_ENTRY_H

#include "base/arena.h"
#include "base/error.h"
#include "dialog/message.h"

#define ENTRY_BYTES_MAX (64 * 1024)

struct outbox_entry {
    unsigned shard;
    char id[32];        /* of the stream: "1700000000000-0" */
    char reference[48]; /* "17-1700000000000-0": what the provider gives back in receipts */
    bool confirmation;  /* may go to a person who opted out */
    struct slice json;  /* as committed */
    struct slice channel, to;
    struct message message;
    int64_t at_ms;       /* when it was committed */
    struct arena *arena; /* holds all of it */
};

/* Reads a stream entry's fields. Returns the entry, freed with outbox_entry_free(), or NULL with *error ERR_NOMEM or
 * ERR_SYNTAX. */
struct outbox_entry *outbox_entry_read(unsigned shard, struct slice id, struct slice class, struct slice json,
                                       enum error *error);
void outbox_entry_free(struct outbox_entry *entry);

/* Reads a reference back. Returns false when it is none of ours. `id` has room for 32 bytes. */
bool outbox_reference_read(struct slice reference, unsigned *shard, char id[32]);

#endif
