/* The cache of hot contacts: what a worker committed or read last, so that a turn needs no reading.
 *
 * Only a hint: every commit checks the version, so what is stale here costs one more try and nothing else. Bounded by a
 * number of contacts; the one unused longest makes room. Must not know: Redis, what a state means. Failure policy:
 * without memory nothing is kept. Proved by tests/unit/test_contact_cache.c. */
#ifndef GATEWAY_CONTACT_CACHE_H
#define GATEWAY_CONTACT_CACHE_H

#include "gateway/store.h"

#define CONTACT_CACHE_MAX 16384 /* contacts; about 2 KB each */

struct contact_cache;

/* Makes an empty cache for up to `most` contacts. NULL without memory; free with contact_cache_free(). */
struct contact_cache *contact_cache_new(size_t most);
void contact_cache_free(struct contact_cache *cache);

/* Gives what is held of a contact (its slices good until the next call), or NULL. */
const struct stored *contact_cache_get(struct contact_cache *cache, struct slice contact);

/* Keeps a copy. */
void contact_cache_put(struct contact_cache *cache, struct slice contact, const struct stored *stored);

/* The same in two steps, for what is known before it is true: makes the copy (NULL without memory); then keeps it, or
 * frees it. `contact` of a copy is good as long as the copy. */
struct kept_contact;
struct kept_contact *contact_cache_make(struct slice contact, const struct stored *stored);
struct slice contact_cache_name(const struct kept_contact *kept);

/* Takes a copy's ids for unknown; gives them where `newer` is the contact before the copy's commit (the copy has the
 * commit's own too), else SLICE_NONE. */
void contact_cache_doubt(struct kept_contact *kept);
struct slice contact_cache_ids(const struct kept_contact *kept, const struct stored *newer);

/* Puts a new contact's number into the line of a copy. Returns false where it has no room (contact_line.h). */
MUST_USE bool contact_cache_number(struct kept_contact *kept, uint32_t number);
void contact_cache_keep(struct contact_cache *cache, struct kept_contact *kept);
void contact_cache_discard(struct kept_contact *kept);

/* Forgets a contact. */
void contact_cache_drop(struct contact_cache *cache, struct slice contact);

#endif
