/* The spool's folder: file names, whole writes, and reading in order. No loop, no counts.
 *
 * Must not know: what is replayed, and when. Failure policy: a file is there whole or not at all; what a crash left
 * half written never has a spooled file's name. Proved by tests/unit/test_spool_folder.c and test_spool.c. */
#ifndef GATEWAY_SPOOL_FOLDER_H
#define GATEWAY_SPOOL_FOLDER_H

#include "base/arena.h"
#include "base/error.h"
#include "gateway/spool_file.h"

#define SPOOL_NAME 128 /* bytes of a file's name and its NUL */

/* A spooled file, as its name tells. */
struct spool_entry {
    uint64_t sequence;
    uint64_t bytes;                  /* of the whole file */
    char channel[SPOOL_CHANNEL_MAX]; /* its name */
};

/* Writes an entry's file name. */
void spool_entry_name(const struct spool_entry *entry, char out[SPOOL_NAME]);

/* Reads a file name. Returns false when it is none of a spooled file. */
bool spool_entry_read(struct slice name, struct spool_entry *out);

/* Makes the folder `path` and the two below it, so that it stays, and opens it. Returns a descriptor, or -1. */
int spool_folder_open(const char *path);

/* Writes a file so that it stays, name and all, when this returns OK. Returns ERR_IO, and then there is none. */
MUST_USE enum error spool_folder_write(int dir, const struct spool_entry *entry, struct slice bytes);

/* Reads a file whole into the arena. Returns ERR_NOT_FOUND, ERR_SYNTAX when its length is not what the name tells,
 * ERR_UNAVAILABLE when the system has no means for it now, ERR_IO, ERR_NOMEM. */
MUST_USE enum error spool_folder_read(int dir, const struct spool_entry *entry, struct arena *arena, struct slice *out);

/* Moves a file out of the way, into the folder `where`. Returns ERR_IO. */
MUST_USE enum error spool_folder_move(int dir, const struct spool_entry *entry, const char *where);

/* Removes a file. Returns ERR_IO when it is still there. */
MUST_USE enum error spool_folder_remove(int dir, const struct spool_entry *entry);

/* Calls back for each spooled file, in no order. Returns ERR_IO. */
typedef void spool_seen(void *ctx, const struct spool_entry *entry);
MUST_USE enum error spool_folder_list(int dir, spool_seen *seen, void *ctx);

/* Removes what crashes left half written; nobody may be writing. */
void spool_folder_sweep(int dir);

/* Tells whether the disk has SPOOL_FREE_PERCENT left. */
bool spool_folder_has_room(int dir, unsigned percent);

#endif
