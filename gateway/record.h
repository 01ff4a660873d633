/* Records: a thought, as the rows that the store commits.
 *
 * Outbox entries, staff requests and the journal entry, each one JSON object; the journal entry is journal.h's. Facts
 * with their provenance are facts.h's, lines of the consent log the store's.
 * Proved by tests/unit/test_record.c. */
#ifndef GATEWAY_RECORD_H
#define GATEWAY_RECORD_H

#include "gateway/store.h"
#include "gateway/think.h"

#define RECORD_MAX (64 * 1024) /* bytes of one row */

/* Where and when a turn happened. */
struct occasion {
    const struct channel *channel;
    const struct event *event;
    int64_t now_ms;
    uint64_t version;    /* the contact's before the turn; 0: never seen */
    struct slice facts;  /* as stored; what cannot be read is told, and begins anew */
    struct slice digest; /* of the state as stored; empty where it is not known */
};

/* Fills the rows of `commit` (facts, learned, known, language, outbox, consents, requests, ticket, journal, state,
 * digest, opt, erase); the rest is the caller's. Everything lies in the arena. Returns OK, ERR_NOMEM, or ERR_LIMIT when
 * there are more rows than STORE_ROWS_MAX. */
MUST_USE enum error record_thought(const struct occasion *occasion, const struct thought *thought, struct arena *arena,
                                   struct commit *commit);

/* Writes a rendered message as JSON, the form that outbox entries, the simulator's answer and `chat --json` share:
 * "text", then "buttons" or "list" where it has options. */
void record_message(struct buf *out, const struct message *message);

#endif
