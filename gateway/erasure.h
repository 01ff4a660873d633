/* Erasing a person by an act of staff: the commit that forgets her as BORRAR does, without a turn of hers. What stays
 * is the consent log, under a digest. Must not know: who asked for it. Proved by
 * tests/blackbox/api-contacts.test.mjs. */
#ifndef GATEWAY_ERASURE_H
#define GATEWAY_ERASURE_H

#include "gateway/store.h"
#include "gateway/webhook_event.h"

/* Fills a commit that erases who is stored; `words` go into the consent log, `message_id` names the act. What is stored
 * is copied to the arena, the rest is borrowed. Returns OK or ERR_NOMEM. */
MUST_USE enum error erasure_commit(const struct stored *stored, struct slice contact, struct slice message_id,
                                   struct slice words, int64_t now_ms, const struct webhook_wants *wants,
                                   struct arena *arena, struct commit *out);

#endif
