/* Events: what partners' systems are told of a turn.
 *
 * An event is born in the commit of the turn that it tells of, and only where some endpoint wants its type under a
 * purpose that the person agreed to (of the consent log; after BAJA to none). It has words that people are found by
 * (profile.h), never her own: of a RUC that she has one. When she takes a consent back, or is erased, whoever may
 * have been told of her is told that; what waits of an erased person is taken away in the same commit, and of another
 * what is told is decided once more when it goes (webhooks.h). Must not know: endpoints, HTTP. Pure. Failure policy:
 * ERR_NOMEM fails the turn. Proved by tests/unit/test_webhook_event.c and tests/blackbox/partners.test.mjs. */
#ifndef GATEWAY_WEBHOOK_EVENT_H
#define GATEWAY_WEBHOOK_EVENT_H

#include "gateway/store.h"
#include "gateway/think.h"

enum webhook_type {
    WEBHOOK_UPDATED,   /* contact.updated: {"facts": {slot: value}, "forgotten": [slot]} */
    WEBHOOK_WITHDRAWN, /* contact.withdrawn: {"why": "consent" or "erased"} */
    WEBHOOK_DIAGNOSED, /* diagnosis.done: {"stage", "resources": [id]} */
    WEBHOOK_SIGNED_UP, /* training.signed_up: {"training": id, "place": "seat" or "waiting"} */
    WEBHOOK_TYPES
};

/* Their names, ended by NULL. */
extern const char *const webhook_types[];

/* Gives a name's type, WEBHOOK_TYPES for what is none. */
enum webhook_type webhook_type_of(struct slice name);

/* Of each type the purposes (bits, in the order of the table) under which some endpoint wants it. */
struct webhook_wants {
    uint32_t purposes[WEBHOOK_TYPES];
};

/* Gives a purpose's bit, 0 for what is none; the purposes' names, ended by NULL. */
uint32_t webhook_purpose(struct slice name);
const char *const *webhook_purposes(void);

/* Gives the purposes that a person of these traits (profile.h) agrees to be told of under. */
uint32_t webhook_allowed(uint32_t traits);

/* Adds to a turn's commit, which is otherwise whole, what is told of it. A sign-up is told of by the turn in which the
 * person reads what became of it. Texts lie in the arena. Returns OK or ERR_NOMEM. */
MUST_USE enum error webhook_tell(const struct webhook_wants *wants, const struct event *event,
                                 const struct thought *thought, struct arena *arena, struct commit *commit);

/* Adds to a commit that erases a person, and is no turn's, that she is gone. `wants` may be NULL. Returns as above. */
MUST_USE enum error webhook_tell_erased(const struct webhook_wants *wants, struct arena *arena, struct commit *commit);

#endif
