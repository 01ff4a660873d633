/* Webhooks: an endpoint's record, its secrets, and what a delivery says.
 *
 *     ck:{staff}:webhooks          id → the record, a JSON object
 *     ck:{staff}:webhooks:failing  id → since when it fails without one success, ms
 *     ck:{staff}:webhook:ID        stream: how the last deliveries ended (field try, a JSON object)
 *     ck:{staff}:webhook:ID:dead   stream: those that were given up
 *     ck:{sN}:webhooks             stream: the shard's events (gateway/lua/webhook.lua)
 *     ck:{sN}:webhooks:places      id → "GENERATION AFTER TRIES DUE FIRST": how far it is (webhooks.c)
 *
 * Deliveries are signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature). A secret is not
 * kept: it is made of the deployment's key and a word of chance in the record, so that Redis and its backups give
 * nobody one. After a rotation the one before signs too, for a day. An event is told from `from_ms` on; whoever is to
 * be told again, or after a pause, gets another generation, whose place is there. Must not know: HTTP, Redis. Pure but
 * for the random source. Failure policy: a record that is none is no endpoint. Proved by tests/unit/test_webhook.c. */
#ifndef GATEWAY_WEBHOOK_H
#define GATEWAY_WEBHOOK_H

#include "base/crypto.h"
#include "gateway/webhook_event.h"

#define WEBHOOK_ENDPOINTS SLICE("ck:{staff}:webhooks")
#define WEBHOOK_FAILING SLICE("ck:{staff}:webhooks:failing")

#define WEBHOOKS_MAX 32                             /* endpoints */
#define WEBHOOK_ID 17                               /* bytes of an endpoint's id and its NUL: "wh_" and 13 hex digits */
#define WEBHOOK_WORD 33                             /* bytes of the chance that a secret is made of, and its NUL */
#define WEBHOOK_SECRET 64                           /* bytes of a secret's text, "whsec_…", and its NUL */
#define WEBHOOK_RECORD_MAX 8192                     /* bytes of a record */
#define WEBHOOK_EVENT_ID 40                         /* bytes of "SHARD-MS-N" and its NUL */
#define WEBHOOK_SIGNATURE_MAX 160                   /* bytes of the header of two signatures and its NUL */
#define WEBHOOK_BOTH_MS (24 * 3600 * INT64_C(1000)) /* for which both secrets sign after a rotation */

struct webhook {
    char id[WEBHOOK_ID];
    struct slice url, description, by;
    uint32_t types;   /* bits, by enum webhook_type */
    uint32_t purpose; /* the bit that a person must have agreed to */
    bool numbers;     /* it is told people's numbers too */
    int64_t created_ms, from_ms;
    int64_t generation;
    struct slice word, word_before; /* of its secrets; the latter empty: none */
    int64_t both_until_ms;
    struct slice off; /* why it is switched off: staff, gone, failing; empty: it is on */
    int64_t off_ms;
};

/* One event, as the shard's stream has it. */
struct webhook_event {
    char id[WEBHOOK_EVENT_ID]; /* webhook-id: the same in each try, for each endpoint */
    struct slice number, who, type, data;
    uint32_t purposes;
    int64_t at_ms;
};

/* Makes an endpoint's id, and the word that a secret is made of. */
void webhook_make_id(char out[WEBHOOK_ID]);
void webhook_make_word(char out[WEBHOOK_WORD]);

/* Reads a record; texts lie in the arena. Returns OK, ERR_SYNTAX or ERR_NOMEM. */
MUST_USE enum error webhook_read(struct slice id, struct slice record, struct arena *arena, struct webhook *out);

/* Appends a record. Failure sticks in out->error. */
void webhook_write(const struct webhook *webhook, struct buf *out);

/* Tells whether an event is for an endpoint that is on. */
bool webhook_takes(const struct webhook *webhook, const struct webhook_event *event);

/* Tells whether a person agrees that an endpoint is told of her, by the two fields that hold her line (contact_line.h;
 * empty: she was erased). */
bool webhook_agrees(const struct webhook *webhook, struct slice name, struct slice kept);

/* Copies an event's texts. Returns ERR_NOMEM. */
MUST_USE enum error webhook_event_copy(struct webhook_event *event, struct arena *arena);

/* Writes the secret that is made of a word. Returns ERR_NOMEM. */
MUST_USE enum error webhook_secret(struct slice key, struct slice word, char out[WEBHOOK_SECRET]);

/* Writes the signatures of a delivery, as the header has them. Units: seconds since 1970. Returns ERR_NOMEM. */
MUST_USE enum error webhook_sign(const struct webhook *webhook, struct slice key, const char *id, int64_t at_s,
                                 struct slice body, char out[WEBHOOK_SIGNATURE_MAX]);

/* Appends the body of a delivery: the same bytes in each try while the endpoint is not changed. */
void webhook_put_body(const struct webhook *webhook, const struct webhook_event *event, struct buf *out);

/* Gives the wait before the next try, after `tries` that failed: 5 s, then longer and longer, up to a day; a tenth more
 * or less by chance (0 to 255). Source: Standard Webhooks, deliverability. */
int64_t webhook_wait_ms(int64_t tries, unsigned char chance);

#endif
