/* What the two halves of telling partners share: webhooks.c (which endpoints there are, whose turn it is) and
 * webhook_delivery.c (one event to one endpoint), and nobody else. Proved by tests/blackbox/partners.test.mjs. */
#ifndef GATEWAY_WEBHOOKS_PARTS_H
#define GATEWAY_WEBHOOKS_PARTS_H

#include "gateway/keys.h"
#include "gateway/webhooks.h"

/* How far an endpoint is in a shard. */
struct place {
    char after[STORE_ID_MAX]; /* the last event that it was told, or that is not for it */
    int64_t tries, due_ms;    /* of the one behind it that failed; 0: none did */
    int64_t first_ms;         /* its first try; 0: none */
    bool busy;                /* a delivery is under way */
};

/* An endpoint that is there, or of which something is under way. */
struct endpoint {
    struct endpoint *next;
    struct webhooks *webhooks;
    struct arena *arena; /* the record and what is read from it */
    struct slice record;
    struct webhook webhook;
    bool is_there, is_good;
    bool is_old; /* its record is another by now, which is taken once nothing is under way */
    bool reading;
    unsigned asked[SHARDS]; /* whose events the reading under way asks for */
    size_t asked_count;
    unsigned turn;    /* the shard that is asked first next time */
    size_t at_work;   /* deliveries */
    size_t under_way; /* these, and commands that will call back */
    struct place places[SHARDS];
};

struct webhooks {
    struct webhooks_parts parts;
    struct alarm *look;
    uint64_t tokens[SHARDS]; /* 0: not ours */
    uint64_t placed[SHARDS]; /* the token under which the places were read; 0: to be read */
    bool placing[SHARDS];
    struct endpoint *endpoints;
    struct webhook_wants wants;
    int64_t records_ms, trim_ms; /* steady clock: when these are due */
    bool reading, stopped;
    size_t at_work;
};

/* Gives a reply's text, good as long as the reply; empty where it is none. */
static inline struct slice text_of(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

/* Begins to tell an endpoint one event of a shard, whose slices are good during the call. `after` is its id in the
 * stream. Without memory or Redis nothing begins, and it is looked at again. */
void webhook_deliver(struct endpoint *endpoint, unsigned shard, struct slice after, const struct webhook_event *event);

/* Looks again at once: something ended. */
void webhooks_look_soon(struct webhooks *webhooks);

#endif
