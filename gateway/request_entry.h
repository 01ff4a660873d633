/* An entry of a shard's stream of requests, ck:{sN}:requests: {"kind", "contact", "channel", "at"} as its one field.
 *
 * Written by a turn's commit (record.c) and by what staff enter (api_requests.c); read here. Must not know: where the
 * stream is read from, clocks. Pure. Failure policy: what is not of this form is read as nothing. Proved by
 * tests/unit/test_request_entry.c. */
#ifndef GATEWAY_REQUEST_ENTRY_H
#define GATEWAY_REQUEST_ENTRY_H

#include <hiredis/hiredis.h>

#include "base/json.h"
#include "gateway/request_kind.h"

#define REQUEST_ENTRY_MAX 4096 /* bytes; a longer one is none */

/* Reads an element of XRANGE's reply: its id, good as long as the reply, and what it holds, which the caller deletes.
 * Returns false for what is none, and without memory; *out is then NULL, or as it was. */
bool request_entry_read(const redisReply *reply, struct slice *id, cJSON **out);

/* Gives the first instant that is too late for it. Returns false where its kind has no such time. Units: ms since 1970
 * UTC. */
bool request_entry_late(const cJSON *entry, const struct holidays *holidays, int64_t *out_ms);

#endif
