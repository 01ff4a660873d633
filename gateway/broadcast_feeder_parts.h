/* What the two halves of the feeder share: broadcast_feeder.c (which broadcasts are live, and their instants) and
 * broadcast_shard.c (one shard of one broadcast: its gate, whom to feed), and nobody else.
 * Proved by tests/blackbox/broadcast.test.mjs. */
#ifndef GATEWAY_BROADCAST_FEEDER_PARTS_H
#define GATEWAY_BROADCAST_FEEDER_PARTS_H

#include "gateway/broadcast_feeder.h"
#include "gateway/broadcast_say.h"
#include "gateway/keys.h"
#include "gateway/store.h"

#define FEEDER_CASTS_MAX 64 /* live at once; more wait */

#define CAST_RECORDS SLICE("ck:{staff}:casts")
#define CAST_LIVE SLICE("ck:{staff}:casts:live")

/* One shard of one broadcast. */
struct cast_shard {
    struct cast *cast;
    unsigned shard;
    bool busy;        /* something of it is under way */
    uint64_t gated;   /* the token under which its gate was set, */
    const char *gate; /* and to what: static */
};

/* A broadcast that is live, or of which something is under way. */
struct cast {
    struct cast *next;
    struct feeder *feeder;
    char id[BROADCAST_ID];
    struct arena *arena; /* the record and what is read from it */
    struct slice record;
    struct broadcast broadcast;
    struct notice notice;
    bool is_live, is_good, acting;
    size_t under_way; /* commands that will call back */
    struct cast_shard shards[SHARDS];
};

struct feeder {
    struct loop *loop;
    struct redis *redis;
    struct store *store;
    const struct world *world;
    struct alarm *look;
    int64_t hold_ms;
    uint64_t tokens[SHARDS]; /* 0: not ours */
    struct cast *casts;
    char asked[FEEDER_CASTS_MAX][BROADCAST_ID]; /* whose records are asked for */
    size_t asked_count;
    bool looking, stopped;
    char owner[STORE_OWNER_MAX];
};

/* Lets an event happen to a broadcast, and writes it down as `what` (static); `reason` is why it paused by itself. */
void cast_happen(struct cast *cast, enum broadcast_event event, const char *what, struct slice reason);

/* Looks at a shard that is ours, of a broadcast that is sending or behind that. */
void cast_shard_look(struct cast_shard *shard);

#endif
