/* Audiences: who of all people a query means, and who of them may be written to.
 *
 * Reads the columns that turns keep (profile.h), shard by shard, and compares in this process, so that Redis
 * only hands bytes over. Everybody who matches is in one of five: excluded for one reason, the first that holds in the
 * order of enum audience_reason, or a recipient. What an index cannot tell is decided where a message goes out, at the
 * send gate: the monthly cap, the window of 24 hours to the minute, a BAJA of a moment ago.
 * Must not know: what is sent. Failure policy: ERR_UNAVAILABLE where the store does not answer; nothing is half told.
 * Each operation that returns OK calls back exactly once, perhaps before it returns. Proved by
 * tests/unit/test_audience.c and tests/blackbox/api-audience.test.mjs. */
#ifndef GATEWAY_AUDIENCE_H
#define GATEWAY_AUDIENCE_H

#include "gateway/keys.h"
#include "gateway/query.h"
#include "gateway/store.h"

#define AUDIENCE_PEOPLE_MAX 512 /* of one reading */

/* Why somebody who matches is not written to. */
enum audience_reason {
    AUDIENCE_OPTED_OUT,
    AUDIENCE_NEVER_WROTE,   /* was only imported */
    AUDIENCE_NOT_CONFIRMED, /* said yes once, not twice */
    AUDIENCE_NO_CONSENT,    /* to the purpose */
    AUDIENCE_NO_CHANNEL,    /* never wrote on one that can begin with a message */
    AUDIENCE_NO_WINDOW,     /* WhatsApp is the only way, she last wrote before yesterday, there is no template */
    AUDIENCE_REASONS
};

/* Gives a reason's name for programs ("no_consent"). */
const char *audience_reason_name(enum audience_reason reason);

/* How a notice may go. */
struct audience_rules {
    struct slice purpose; /* one of profile_bulk_purposes, static; who did not agree to it twice is excluded */
    unsigned kinds;       /* a bit each of enum channel_kind: those that it may go by, and begin */
    bool template;        /* WhatsApp goes outside its window, by a template */
    int64_t now_ms;
};

struct world;

/* Gives the rules of notices of trainings that the configured channels make: by SMS and WhatsApp, as far as there is
 * one that sends by itself. `template`: the notice has one. */
struct audience_rules audience_rules_of(const struct world *world, bool template, int64_t now_ms);

struct audience_count {
    uint64_t people;                     /* all there are */
    uint64_t matched;                    /* the query means */
    uint64_t excluded[AUDIENCE_REASONS]; /* of these, each in one */
    uint64_t recipients;                 /* the rest */
};

/* OK with the numbers; ERR_UNAVAILABLE. */
typedef void audience_counted(void *ctx, enum error error, const struct audience_count *count);

/* Counts over all shards, at rules->now_ms. `query` must stay until the call back. Returns OK, ERR_NOMEM or
 * ERR_UNAVAILABLE. */
MUST_USE enum error audience_count(struct store *store, const struct query *query, const struct audience_rules *rules,
                                   audience_counted *done, void *ctx);

/* The people of one shard, a bit each by their number within it, counted from the high end of the first byte; good
 * during the call back. ERR_UNAVAILABLE. */
typedef void audience_selected(void *ctx, enum error error, struct slice bits);

/* Gives who of a shard matches at `now_ms`; with `rules` only who may be written to, NULL: everybody. `query` must stay
 * until the call back. Returns as audience_count(). */
MUST_USE enum error audience_select(struct store *store, unsigned shard, const struct query *query,
                                    const struct audience_rules *rules, int64_t now_ms, audience_selected *done,
                                    void *ctx);

/* Gives the first number at or behind `from` whose bit is set, or AUDIENCE_NOBODY. */
#define AUDIENCE_NOBODY UINT32_MAX
uint32_t audience_next(struct slice bits, uint32_t from);

/* Contacts in the order of their numbers, which are beside them; good during the call back. */
typedef void audience_named(void *ctx, enum error error, const struct slice *contacts, const uint32_t *numbers,
                            size_t count);

/* Gives the contacts of those of a shard whose bits are set, from the number `from` on, at most `most`
 * (AUDIENCE_PEOPLE_MAX). Who was erased since is left out. Fewer than `most`, none too, may come before the end: go on
 * from *next, which is set at once (AUDIENCE_NOBODY: that was the last). `bits` is borrowed for the call. Returns as
 * audience_count(). */
MUST_USE enum error audience_people(struct store *store, unsigned shard, uint32_t from, size_t most, struct slice bits,
                                    uint32_t *next, audience_named *done, void *ctx);

#endif
