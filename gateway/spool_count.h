/* The spool's count: what all worker processes know of the spool without looking into its folder.
 *
 * A small file that they all map: the next sequence, how many files and bytes lie there, how many of them by channel
 * (hashed: a stranger of the same slot only waits its turn too), and for each process the oldest webhook under way. A
 * request costs a few atomic operations. A process that dies may leave the counts wrong, or the machine may go down
 * with an old page on the disk: so whoever opens the spool counts anew, alone (spool_count_lock). Must not know: what
 * a spooled file holds. Failure policy: without a map nothing is spooled. Proved by tests/unit/test_spool_count.c. */
#ifndef GATEWAY_SPOOL_COUNT_H
#define GATEWAY_SPOOL_COUNT_H

#include "base/error.h"
#include "base/slice.h"

/* A webhook under way, its caller's memory. */
struct spool_place {
    uint64_t sequence; /* order of arrival, from 1; 0: it has no place */
    struct spool_place *older, *newer;
};

struct spool_map;

/* A process's view. */
struct spool_count {
    int fd; /* -1: not open */
    struct spool_map *map;
    size_t row;                          /* of this process; SPOOL_ROWS: all are taken */
    struct spool_place *oldest, *newest; /* this process's webhooks under way */
};

#define SPOOL_ROWS 256 /* worker processes at a time */

/* Maps the file `name` in the folder `dir`, making it where it is not. Returns OK or ERR_IO. Blocks on the disk. */
MUST_USE enum error spool_count_open(struct spool_count *count, int dir, const char *name);

/* Gives the map back, and this process's row in it. */
void spool_count_close(struct spool_count *count);

/* How a process holds the count: with others while it adds or takes a file away, alone while it counts anew. A wait for
 * SPOOL_ALONE is given up when others keep it for too long: returns false. */
enum spool_hold { SPOOL_TOGETHER, SPOOL_ALONE };
bool spool_count_lock(struct spool_count *count, enum spool_hold hold);
void spool_count_unlock(struct spool_count *count);

/* Takes a place in the order of arrival, and gives it back once the webhook was committed, spooled or refused. */
void spool_count_arrive(struct spool_count *count, struct spool_place *place);
void spool_count_leave(struct spool_count *count, struct spool_place *place);

/* Gives a sequence that nothing under way in any process is older than: what was below it has been committed, refused,
 * or lies in the folder. */
uint64_t spool_count_barrier(struct spool_count *count);

/* Counts a file in, or out. Held together. */
void spool_count_add(struct spool_count *count, struct slice channel, int64_t bytes);
void spool_count_take(struct spool_count *count, struct slice channel, int64_t bytes);

/* Begins counting anew; then each file is told to spool_count_add(). Held alone. */
void spool_count_clear(struct spool_count *count);

/* Makes sure that later sequences are above one that was found. */
void spool_count_above(struct spool_count *count, uint64_t sequence);

/* Tell how much lies in the spool, and whether any of it is of that channel. */
int64_t spool_count_files(const struct spool_count *count);
int64_t spool_count_bytes(const struct spool_count *count);
bool spool_count_holds(const struct spool_count *count, struct slice channel);

#endif
