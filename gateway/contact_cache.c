#include "gateway/contact_cache.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/contact_line.h"

/* One contact: the slices of `stored`, and the name, lie behind the struct in the same block. */
struct kept_contact {
    struct kept_contact *next;          /* in the bucket */
    struct kept_contact *older, *newer; /* in the order of use */
    struct slice contact;
    struct stored stored;
};

struct contact_cache {
    size_t most, count, bucket_count;
    struct kept_contact *oldest, *newest;
    struct kept_contact *buckets[];
};

static struct kept_contact **place_of(struct contact_cache *cache, struct slice contact)
{
    struct kept_contact **at = &cache->buckets[slice_hash(contact) % cache->bucket_count];
    while (*at && !slice_eq((*at)->contact, contact))
        at = &(*at)->next;
    return at;
}

static void unqueue(struct contact_cache *cache, struct kept_contact *kept)
{
    *(kept->older ? &kept->older->newer : &cache->oldest) = kept->newer;
    *(kept->newer ? &kept->newer->older : &cache->newest) = kept->older;
}

static void enqueue(struct contact_cache *cache, struct kept_contact *kept)
{
    kept->older = cache->newest;
    kept->newer = NULL;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = kept;
    cache->newest = kept;
}

static void remove_at(struct contact_cache *cache, struct kept_contact **at)
{
    struct kept_contact *gone = *at;
    *at = gone->next;
    unqueue(cache, gone);
    cache->count--;
    mem_free(gone);
}

struct contact_cache *contact_cache_new(size_t most)
{
    struct contact_cache *cache = mem_alloc(sizeof(*cache) + most * sizeof(cache->buckets[0]));
    if (cache) {
        cache->most = most;
        cache->bucket_count = most;
    }
    return cache;
}

void contact_cache_free(struct contact_cache *cache)
{
    for (struct kept_contact *kept = cache ? cache->oldest : NULL, *newer; kept; kept = newer) {
        newer = kept->newer;
        mem_free(kept);
    }
    mem_free(cache);
}

const struct stored *contact_cache_get(struct contact_cache *cache, struct slice contact)
{
    struct kept_contact *kept = *place_of(cache, contact);
    if (!kept)
        return NULL;
    unqueue(cache, kept);
    enqueue(cache, kept);
    return &kept->stored;
}

struct kept_contact *contact_cache_make(struct slice contact, const struct stored *stored)
{
    size_t bytes = contact.len + stored->state.len + stored->digest.len + stored->session.len + stored->ussd_text.len +
                   stored->facts.len + stored->held.len + stored->ids.len + stored->who.len;
    struct kept_contact *kept = mem_resize(NULL, sizeof(*kept) + bytes + 1); /* all of it is written here */
    if (!kept)
        return NULL;
    char *to = (char *)(kept + 1);
    *kept = (struct kept_contact){.contact = slice_pack(&to, contact), .stored = *stored};
    kept->stored.state = slice_pack(&to, stored->state);
    kept->stored.digest = slice_pack(&to, stored->digest);
    kept->stored.session = slice_pack(&to, stored->session);
    kept->stored.ussd_text = slice_pack(&to, stored->ussd_text);
    kept->stored.facts = slice_pack(&to, stored->facts);
    kept->stored.held = slice_pack(&to, stored->held);
    kept->stored.who = slice_pack(&to, stored->who);
    if (stored->ids.ptr) /* none is not unknown */
        kept->stored.ids = slice_pack(&to, stored->ids);
    return kept;
}

struct slice contact_cache_name(const struct kept_contact *kept)
{
    return kept->contact;
}

void contact_cache_doubt(struct kept_contact *kept)
{
    kept->stored.ids = SLICE_NONE;
}

struct slice contact_cache_ids(const struct kept_contact *kept, const struct stored *newer)
{
    bool same = kept->stored.version == newer->version + 1 && kept->stored.born_ms == newer->born_ms;
    return same ? kept->stored.ids : SLICE_NONE;
}

/* The line lies in the block of `kept`, which is ours to write. */
bool contact_cache_number(struct kept_contact *kept, uint32_t number)
{
    const struct slice held = kept->stored.held;
    return contact_line_number((char *)(kept + 1) + (held.ptr - (char *)(kept + 1)), held.len, number);
}

void contact_cache_keep(struct contact_cache *cache, struct kept_contact *kept)
{
    contact_cache_drop(cache, kept->contact);
    if (cache->count == cache->most)
        remove_at(cache, place_of(cache, cache->oldest->contact));
    *place_of(cache, kept->contact) = kept;
    enqueue(cache, kept);
    cache->count++;
}

void contact_cache_discard(struct kept_contact *kept)
{
    mem_free(kept);
}

void contact_cache_put(struct contact_cache *cache, struct slice contact, const struct stored *stored)
{
    struct kept_contact *kept = contact_cache_make(contact, stored);
    if (kept)
        contact_cache_keep(cache, kept);
    else
        contact_cache_drop(cache, contact);
}

void contact_cache_drop(struct contact_cache *cache, struct slice contact)
{
    struct kept_contact **at = place_of(cache, contact);
    if (*at)
        remove_at(cache, at);
}
