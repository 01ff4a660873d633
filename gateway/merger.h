/* The merger: two numbers of one person become one, across two shards.
 *
 * Staff's wish is a record under {staff} first, with its line in the audit log. Then, in this order: a turn of the
 * number that stays, at its version, takes the facts (merge.h); the other's places in trainings go to it; the other is
 * erased at the version that was read, as BORRAR does; and the record gives way to an alias, of digests only. Each step
 * may be done again, so that a process may die between any two, and two may do the same at once: every worker looks
 * each MERGER_LOOK_MS for records that are older than MERGER_PATIENCE_MS and goes on with them. Who writes meanwhile,
 * on either number, has it decided anew over what there is then. It is given up, with both as they are, where the
 * number that stays was erased, or somebody waits for staff on the other. Must not know: HTTP. Failure policy: what
 * fails is done again with a later look. Proved by tests/blackbox/merge.test.mjs. */
#ifndef GATEWAY_MERGER_H
#define GATEWAY_MERGER_H

#include "base/phone.h"
#include "gateway/loop.h"
#include "gateway/merge.h"
#include "gateway/redis.h"
#include "gateway/turn.h"
#include "gateway/world.h"

#define MERGER_LOOK_MS 2000
#define MERGER_PATIENCE_MS 5000
#define MERGES_KEY SLICE("ck:{staff}:merges")
#define MERGED_KEY SLICE("ck:{staff}:merged")

struct merger;

/* One of the two numbers. */
struct merge_side {
    struct slice number;
    bool known, wrote, opted_out;
    bool waits; /* for staff: a ticket or a request is open */
    uint64_t version;
    int64_t born_ms;
    uint32_t place;       /* her number within her shard */
    struct slice channel; /* the configured one where she last wrote; empty: none */
    struct facts facts;
};

/* What merging would do. */
struct merge_view {
    struct merge_side into, from;
    struct merge_plan plan;
    size_t trainings; /* that the other has a place in, or had */
};

/* OK with the view, in the arena that was given; ERR_UNAVAILABLE, ERR_NOMEM. */
typedef void merge_viewed(void *ctx, enum error error, const struct merge_view *view);

/* OK: it is done; ERR_REFUSED: it was given up; ERR_UNAVAILABLE: a later look goes on with it. */
typedef void merge_done(void *ctx, enum error error);

/* What stands in a record: JSON. */
struct merge_record {
    struct slice into, from, by; /* two numbers; who of the staff */
    struct slice id;             /* its own: letters and digits */
    int64_t into_born_ms, from_born_ms, at_ms;
};

/* Opens one; what is given outlives it, `key` is for the digests of people. NULL without memory. */
struct merger *merger_open(struct loop *loop, struct redis *redis, struct turns *turns, const struct world *world,
                           struct slice key);

/* Finds out what merging would do; the numbers and the arena must outlive it. Calls back once, unless it returns an
 * error. */
MUST_USE enum error merger_view(struct merger *merger, struct slice into, struct slice from, struct arena *arena,
                                merge_viewed *done, void *ctx);

/* Writes a record, whose field is what stands for the person of its `from` (consent_row.h), in hex. */
void merge_record_write(const struct merge_record *record, struct buf *out);

/* Does what a record says, which is copied. Calls back once, unless it returns an error or is closed before. */
MUST_USE enum error merger_run(struct merger *merger, struct slice record, merge_done *done, void *ctx);

/* Begins nothing any more. */
void merger_stop(struct merger *merger);

/* Frees it, after Redis's client. NULL is allowed. */
void merger_close(struct merger *merger);

#endif
