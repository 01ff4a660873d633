/* A sample of an audience: some of those who may be written to, spread over all of them.
 *
 * Counts the audience, then takes of each shard as many as of any other, spread over its numbers, so that neither the
 * first who ever wrote nor the last stand for all; everybody where there are no more than are asked for. The same
 * people come again as long as nobody comes or goes. Must not know: what is sent. Failure policy: as audience.h.
 * Proved by tests/unit/test_audience_sample.c. */
#ifndef GATEWAY_AUDIENCE_SAMPLE_H
#define GATEWAY_AUDIENCE_SAMPLE_H

#include "base/arena.h"
#include "gateway/audience.h"

struct audience_sample {
    struct audience_count count;
    const struct slice *contacts; /* in the arena; at most as many as were asked for */
    size_t contact_count;
};

/* OK with the sample, good during the call back but for the contacts; ERR_UNAVAILABLE; ERR_NOMEM. */
typedef void audience_sampled(void *ctx, enum error error, const struct audience_sample *sample);

/* Takes a sample of at most `most`, at least one a shard where `most` is 64 or more. `query` and arena must stay until
 * the call back. Returns OK, and calls back exactly once, perhaps before it returns; or ERR_NOMEM, ERR_UNAVAILABLE. */
MUST_USE enum error audience_sample(struct store *store, const struct query *query, const struct audience_rules *rules,
                                    size_t most, struct arena *arena, audience_sampled *done, void *ctx);

#endif
