/* The roster: the words of the processes of one state_dir, for the one that comes after a crash.
 *
 * A file that the master and its workers hold locked as long as any of them lives. Who gets the lock knows that all
 * whose words it reads are dead, and may give their leases back at once; who does not get it (another daemon works on
 * the same state_dir) knows nothing and waits for the leases to run out. Must not know: leases. Failure policy: without
 * the file nothing is known. Proved by tests/unit/test_roster.c. */
#ifndef GATEWAY_ROSTER_H
#define GATEWAY_ROSTER_H

#include <stddef.h>

#include "gateway/shards.h"

struct roster {
    int file; /* -1: none */
};

/* Opens state_dir/processes and reads up to `count` words of the dead into `words` ("" where there is none). The file
 * stays locked by this process and those that it forks. Blocks on the disk. */
struct roster roster_open(const char *state_dir, char words[][SHARDS_WORD], size_t count);

/* Writes the word of a place, before its process starts. Blocks on the disk. */
void roster_note(const struct roster *roster, size_t place, const char word[SHARDS_WORD]);

/* Lets go of it, in this process. */
void roster_close(struct roster *roster);

#endif
