/* What the halves of the merger share: merger_view.c (what merging would do) and merger.c (doing it), and nobody else.
 * Proved by tests/blackbox/merge.test.mjs. */
#ifndef GATEWAY_MERGER_PARTS_H
#define GATEWAY_MERGER_PARTS_H

#include "gateway/merger.h"

struct merge_job;

struct merger {
    struct loop *loop;
    struct redis *redis;
    struct turns *turns;
    const struct world *world;
    struct slice key;
    struct alarm *look;
    struct merge_job *jobs; /* under way */
    bool looking, stopped;
};

/* Gives a reply's text, good as long as the reply; empty where it is none. */
static inline struct slice merger_text(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

/* Tells whether a reply is none, or an error, which is logged. */
bool merger_failed(const redisReply *reply);

#endif
