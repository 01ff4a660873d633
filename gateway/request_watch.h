/* Watching the requests: how many the law's time is over for, as chaski_requests_overdue.
 *
 * Each REQUEST_LOOK_MS a worker reads the streams of requests of the shards that are its own, so that over all workers
 * each is counted once; people are not looked at. Done requests leave their stream, so that what is read is what is
 * open: an empty shard costs one XRANGE. All of it is read, as entries lie in the order in which they came and not in
 * that of their days. Must not know: the API, what is done about one. Failure policy: without Redis a shard's count
 * stays what it was. Proved by tests/blackbox/api-contacts.test.mjs. */
#ifndef GATEWAY_REQUEST_WATCH_H
#define GATEWAY_REQUEST_WATCH_H

#include "gateway/redis.h"
#include "gateway/world.h"

#define REQUEST_LOOK_MS 5000

struct request_watch;

/* Makes one; all is borrowed and must outlive it. Returns NULL without memory. */
struct request_watch *request_watch_open(struct event_base *base, struct redis *redis, const struct world *world);

/* Tells that a shard came (its token is new) or went (token 0): its requests count here with the next look, or no
 * more. */
void request_watch_shard(struct request_watch *watch, unsigned shard, uint64_t token);

/* Frees it, after Redis is closed; NULL is allowed. */
void request_watch_close(struct request_watch *watch);

#endif
