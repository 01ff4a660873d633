#include "gateway/audience_sample.h"

/* A sample being taken; it lies in the arena. */
struct sampling {
    struct store *store;
    const struct query *query;
    struct audience_rules rules;
    size_t most, each; /* in all, and of a shard */
    struct arena *arena;
    audience_sampled *done;
    void *ctx;
    unsigned shard;
    struct slice bits; /* those of the shard that were chosen */
    uint32_t next;
    struct slice *contacts;
    struct audience_sample sample;
};

static void end(struct sampling *s, enum error error)
{
    s->sample.contacts = s->contacts;
    s->done(s->ctx, error, error ? NULL : &s->sample);
}

static size_t room(const struct sampling *s)
{
    return s->most - s->sample.contact_count;
}

static size_t count_bits(struct slice bits)
{
    size_t count = 0;
    for (size_t i = 0; i < bits.len; i++)
        count += (size_t)__builtin_popcount((unsigned char)bits.ptr[i]);
    return count;
}

/* Leaves `keep` of the bits, as far apart as they are many. */
static void thin(char *bits, size_t len, size_t keep)
{
    const size_t count = count_bits((struct slice){bits, len});
    size_t seen = 0, kept = 0;
    for (size_t i = 0; i < len * 8 && count > keep; i++) {
        const unsigned char mask = (unsigned char)(0x80u >> (i % 8));
        if (!((unsigned char)bits[i / 8] & mask))
            continue;
        if (kept < keep && seen == (2 * kept + 1) * count / (2 * keep))
            kept++;
        else
            bits[i / 8] = (char)((unsigned char)bits[i / 8] & (unsigned char)~mask);
        seen++;
    }
}

static void take_shard(struct sampling *s);
static void name_people(struct sampling *s, uint32_t from);

static void on_named(void *ctx, enum error error, const struct slice *contacts, const uint32_t *numbers, size_t count)
{
    struct sampling *s = ctx;
    (void)numbers;
    for (size_t i = 0; i < count && !error; i++) {
        struct slice *to = &s->contacts[s->sample.contact_count];
        *to = arena_copy(s->arena, contacts[i]);
        error = to->ptr ? OK : ERR_NOMEM;
        s->sample.contact_count++;
    }
    if (error) {
        end(s, error);
    } else if (s->next != AUDIENCE_NOBODY && room(s)) {
        name_people(s, s->next);
    } else {
        s->shard++;
        take_shard(s);
    }
}

static void name_people(struct sampling *s, uint32_t from)
{
    const size_t most = room(s) < AUDIENCE_PEOPLE_MAX ? room(s) : AUDIENCE_PEOPLE_MAX;
    enum error error = audience_people(s->store, s->shard, from, most, s->bits, &s->next, on_named, s);
    if (error)
        end(s, error);
}

static void on_selected(void *ctx, enum error error, struct slice bits)
{
    struct sampling *s = ctx;
    struct slice own = error ? SLICE_NONE : arena_copy(s->arena, bits);
    if (error || !own.ptr) {
        end(s, error ? error : ERR_NOMEM);
        return;
    }
    thin((char *)own.ptr, own.len, s->each);
    s->bits = own;
    name_people(s, 0);
}

static void take_shard(struct sampling *s)
{
    if (s->shard == SHARDS || !room(s)) {
        end(s, OK);
        return;
    }
    enum error error = audience_select(s->store, s->shard, s->query, &s->rules, s->rules.now_ms, on_selected, s);
    if (error)
        end(s, error);
}

static void on_counted(void *ctx, enum error error, const struct audience_count *count)
{
    struct sampling *s = ctx;
    if (error) {
        end(s, error);
        return;
    }
    s->sample.count = *count;
    s->each = count->recipients <= s->most ? s->most : s->most / SHARDS ? s->most / SHARDS : 1;
    s->shard = count->recipients ? 0 : SHARDS;
    take_shard(s);
}

enum error audience_sample(struct store *store, const struct query *query, const struct audience_rules *rules,
                           size_t most, struct arena *arena, audience_sampled *done, void *ctx)
{
    struct sampling *s = arena_alloc(arena, sizeof(*s));
    struct slice *contacts = s ? arena_array(arena, most + 1, sizeof(*contacts)) : NULL;
    if (!contacts)
        return ERR_NOMEM;
    *s = (struct sampling){.store = store,
                           .query = query,
                           .rules = *rules,
                           .most = most,
                           .arena = arena,
                           .done = done,
                           .ctx = ctx,
                           .contacts = contacts};
    return audience_count(store, query, &s->rules, on_counted, s);
}
