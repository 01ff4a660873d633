#include "gateway/broadcast_audience.h"

#include "base/json.h"
#include "base/mem.h"

#define ARENA_MAX (1024 * 1024)     /* bytes: a query, and a shard's bits */
#define NAMES_MAX (8 * 1024 * 1024) /* bytes of a shard's names */

/* A shard's naming under way: lies in its arena. */
struct naming {
    struct arena *arena;
    struct store *store;
    unsigned shard;
    struct query *query;
    struct audience_rules rules;
    struct slice bits;
    struct buf names;
    uint32_t next;
    bool waiting, called; /* a reading is under way; it called back before it returned */
    broadcast_named *done;
    void *ctx;
};

struct audience_rules broadcast_rules(const struct world *world, const struct broadcast *b, int64_t now_ms)
{
    struct audience_rules rules = {.purpose = b->purpose, .now_ms = now_ms};
    cJSON *notice = NULL;
    for (size_t i = 0; i < b->channel_count; i++) {
        const struct channel *channel = world_channel(world, b->channels[i]);
        if (channel)
            rules.kinds |= 1u << channel->kind;
    }
    if (!json_parse(b->notice, BROADCAST_RECORD_MAX, &notice))
        rules.template = json_object(notice, "template") != NULL;
    cJSON_Delete(notice);
    return rules;
}

static void finish(struct naming *naming, enum error error)
{
    struct arena *arena = naming->arena;
    if (!error && naming->names.error)
        error = ERR_NOMEM;
    naming->done(naming->ctx, error, error ? SLICE_NONE : buf_slice(&naming->names));
    buf_release(&naming->names);
    arena_free(arena);
}

static void read_names(struct naming *naming);

static void on_names(void *ctx, enum error error, const struct slice *contacts, const uint32_t *numbers, size_t count)
{
    struct naming *naming = ctx;
    (void)numbers;
    for (size_t i = 0; !error && i < count; i++) {
        buf_addslice(&naming->names, contacts[i]);
        buf_addc(&naming->names, '\n');
    }
    naming->called = true;
    if (error)
        naming->next = AUDIENCE_NOBODY;
    if (error && !naming->names.error)
        naming->names.error = error;
    if (!naming->waiting)
        read_names(naming);
}

/* Reads chunk by chunk; a chunk may come before its reading returns. */
static void read_names(struct naming *naming)
{
    enum error error = OK;
    while (!error && naming->next != AUDIENCE_NOBODY) {
        naming->waiting = true;
        naming->called = false;
        uint32_t next = AUDIENCE_NOBODY;
        error = audience_people(naming->store, naming->shard, naming->next, AUDIENCE_PEOPLE_MAX, naming->bits, &next,
                                on_names, naming);
        naming->waiting = false;
        naming->next = naming->names.error ? AUDIENCE_NOBODY : next;
        if (!error && !naming->called)
            return; /* on_names() goes on */
    }
    finish(naming, error);
}

static void on_selected(void *ctx, enum error error, struct slice bits)
{
    struct naming *naming = ctx;
    naming->bits = error ? SLICE_NONE : arena_copy(naming->arena, bits);
    naming->next = naming->bits.len ? audience_next(naming->bits, 0) : AUDIENCE_NOBODY;
    if (error || !naming->bits.ptr)
        finish(naming, error ? error : ERR_NOMEM);
    else
        read_names(naming);
}

enum error broadcast_people(struct store *store, unsigned shard, struct slice query, const struct audience_rules *rules,
                            broadcast_named *done, void *ctx)
{
    struct query_fault fault;
    struct arena *arena = arena_new(ARENA_MAX);
    struct naming *naming = arena ? arena_alloc(arena, sizeof(*naming)) : NULL;
    if (!naming) {
        arena_free(arena);
        return ERR_NOMEM;
    }
    *naming =
        (struct naming){.arena = arena, .store = store, .shard = shard, .rules = *rules, .done = done, .ctx = ctx};
    buf_init(&naming->names, NAMES_MAX);
    enum error error = query_parse(query, arena, &naming->query, &fault);
    if (!error)
        error = audience_select(store, shard, naming->query, &naming->rules, rules->now_ms, on_selected, naming);
    if (error)
        arena_free(arena);
    return error;
}
