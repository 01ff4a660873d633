/* When bulk is through: how long a channel needs for so many segments, at its rate and in the hours of bulk.
 *
 * Pure: reckons with limits.h's rules, as if nothing else were sent and the provider took all; replies go before bulk,
 * so that it is an estimate, never a promise. Must not know: channels, people. Proved by tests/unit/test_bulk_time.c,
 * which lets the limits themselves send the same. */
#ifndef GATEWAY_BULK_TIME_H
#define GATEWAY_BULK_TIME_H

#include "gateway/limits.h"

/* Gives the first instant at or after `from_ms` at which bulk may go; LIMIT_NEVER where the hours never come. */
int64_t bulk_begins(const struct limit_rules *rules, int64_t from_ms);

/* Gives the instant at which the last of `segments` has gone, where at most `day_max` go a day (0: no such limit; a
 * WhatsApp number's daily tier). Without a rate all go at once. LIMIT_NEVER where that is beyond ten years. */
int64_t bulk_ends(const struct limit_rules *rules, uint64_t segments, uint64_t day_max, int64_t from_ms);

/* Gives how many segments go before `until_ms`: the most whose bulk_ends() is less. UINT64_MAX where any number would,
 * or within ten years the time does not come. */
uint64_t bulk_fits(const struct limit_rules *rules, uint64_t day_max, int64_t from_ms, int64_t until_ms);

#endif
