/* Webhooks: tells partners' systems what happened, in order for each endpoint within a shard, at least once.
 *
 * Each worker tells the events of the shards whose lease it holds. For each endpoint it takes the shard's next event
 * that is for it, looks whether the person still agrees, calls, writes down how that ended, and moves the endpoint's
 * place: one event of a pair of endpoint and shard is under way at a time. What fails is tried again later and later
 * (webhook_wait_ms()) while what follows it waits; after `give_up` it is put aside as dead, where it can be told again.
 * An endpoint that answers 410, or fails for `disable_after` without one success, is switched off. Who dies between
 * call and place has the event told twice, under one webhook-id. Endpoints are looked at each second; what they want
 * is handed to the turns. Must not know: HTTP's server, the API. Failure policy: without Redis nothing is told and
 * nothing is lost. Proved by tests/blackbox/partners.test.mjs. */
#ifndef GATEWAY_WEBHOOKS_H
#define GATEWAY_WEBHOOKS_H

#include "config/config.h"
#include "gateway/loop.h"
#include "gateway/redis.h"
#include "gateway/sender.h"
#include "gateway/turn.h"
#include "gateway/webhook.h"

#define WEBHOOKS_LOOK_MS 250
#define WEBHOOKS_FIRST_MS 10 /* until Redis can be asked who wants what: events are written for nobody meanwhile */
#define WEBHOOKS_RECORDS_MS 1000 /* how long a change of an endpoint may go unnoticed */
#define WEBHOOKS_AT_ONCE 8       /* calls of one endpoint, of one worker */

struct webhooks;

/* All is borrowed and outlives it, but that the sender may be gone before webhooks_close(). */
struct webhooks_parts {
    struct loop *loop;
    struct redis *redis;
    struct sender *sender; /* for nothing else: gateway/sender.h tells why */
    const struct config *config;
    struct turns *turns;
    struct slice key;   /* of the deployment: of secrets */
    struct slice owner; /* the process's word (shards.h) */
};

/* Starts; NULL without memory. */
struct webhooks *webhooks_open(const struct webhooks_parts *parts);

/* A shard's lease came (its token) or went (0). */
void webhooks_shard(void *webhooks, unsigned shard, uint64_t token);

/* Calls an endpoint with an event, whatever else is under way. Returns OK, and then calls back once; ERR_REFUSED where
 * its address may not be called; ERR_NOMEM, ERR_UNAVAILABLE. */
MUST_USE enum error webhooks_call(struct webhooks *webhooks, const struct webhook *endpoint,
                                  const struct webhook_event *event, sender_done *done, void *ctx);

/* Reads an event as the stream of a shard has it; its slices are the reply's, as is `after`, its id there. Returns
 * false for what is none. */
bool webhooks_event(const redisReply *reply, unsigned shard, struct slice *after, struct webhook_event *out);

/* Tells how a call ended: NULL when it went well, else why not, written to `room`. */
const char *webhooks_trouble(const struct sender_answer *answer, char room[64]);

/* Gives the key of secrets. */
struct slice webhooks_key(const struct webhooks *webhooks);

/* Begins nothing any more; tells how many deliveries are still under way. */
void webhooks_stop(struct webhooks *webhooks);
size_t webhooks_in_flight(const struct webhooks *webhooks);

/* Frees it, after Redis's client and the sender. NULL is allowed. */
void webhooks_close(struct webhooks *webhooks);

#endif
