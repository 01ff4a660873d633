/* Keys: where things lie in Redis.
 *
 * Every key of a contact carries its shard's hash tag, {s17}, so that a turn touches one slot of a cluster; SHARDS
 * never changes in a deployment, because it decides where everybody's data are. Proved by tests/unit/test_keys.c. */
#ifndef GATEWAY_KEYS_H
#define GATEWAY_KEYS_H

#include "base/slice.h"

#define SHARDS 64
#define KEY_MAX 384        /* bytes of a key and its NUL; longer ids are refused by the turn */
#define CONTACT_MAX 160    /* bytes of a number or a provider's user id */
#define TICKET_WHO 8       /* hex digits of a person's digest in a ticket's id */
#define MESSAGE_ID_MAX 300 /* bytes of "channel:provider's id" */

/* Gives the shard of a contact, 0 to SHARDS - 1. */
unsigned shard_of(struct slice contact);

/* Writes "ck:{sN}:KIND" or "ck:{sN}:KIND:NAME" into `out` and gives it as a slice. Kinds are words of ours, short; a
 * name that does not fit is cut. Empty `name` leaves the second part off. */
struct slice key_write(char out[KEY_MAX], unsigned shard, const char *kind, struct slice name);

/* Gives the day, counted from 1970, of an outbox entry's id ("1700000000000-0"); 0 of what is none. */
uint64_t key_day(struct slice id);

/* Writes the key of the hash that has the record of an outbox entry, "ck:{sN}:sends:DAY". */
struct slice key_sends(char out[KEY_MAX], unsigned shard, struct slice id);

#endif
