/* What merging two numbers would do: both are read, past any cache. */
#include "gateway/contact_line.h"
#include "gateway/keys.h"
#include "gateway/merger_parts.h"

struct viewing {
    struct merger *merger;
    struct arena *arena;
    struct merge_view view;
    merge_viewed *done;
    void *ctx;
    char key[KEY_MAX];
};

static enum error read_side(struct viewing *viewing, struct merge_side *side, redis_done *then);

static void finish(struct viewing *viewing, enum error error)
{
    viewing->done(viewing->ctx, error, &viewing->view); /* its arena may be gone then */
}

/* The channel where she last wrote, of those that are configured. */
static void see_channel(const struct viewing *viewing, struct merge_side *side, const struct contact_line *line)
{
    int64_t last_ms = 0;
    for (size_t i = 0; i < line->inbound_count; i++) {
        const struct channel *channel = world_channel(viewing->merger->world, line->inbound[i].channel);
        if (!channel || line->inbound[i].ms < last_ms)
            continue;
        side->channel = slice_of(channel->name);
        last_ms = line->inbound[i].ms;
    }
}

static struct slice field_of(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (slice_is(merger_text(fields->element[i]), name))
            return merger_text(fields->element[i + 1]);
    return SLICE_NONE;
}

/* Reads a contact's hash. Facts that cannot be read are none, as a turn has it. */
static enum error see(struct viewing *viewing, struct merge_side *side, const redisReply *fields)
{
    struct contact_line line;
    const struct slice facts = arena_copy(viewing->arena, field_of(fields, "f"));
    if (!facts.ptr)
        return ERR_NOMEM;
    if (contact_line_fields(field_of(fields, "v"), field_of(fields, "s"), &line, NULL))
        return ERR_SYNTAX;
    side->known = line.version > 0;
    side->version = line.version;
    side->born_ms = line.born_ms;
    side->place = line.number;
    side->wrote = profile_wrote(line.traits);
    side->opted_out = slice_is(field_of(fields, "out"), "1");
    side->waits = field_of(fields, "ticket").len || field_of(fields, "requests").len;
    see_channel(viewing, side, &line);
    return facts_read(facts, viewing->arena, &side->facts) == ERR_NOMEM ? ERR_NOMEM : OK;
}

static void on_trainings(void *ctx, const redisReply *reply)
{
    struct viewing *viewing = ctx;
    struct merge_view *view = &viewing->view;
    struct slice rest = merger_text(reply), id;
    const struct flow *flow = flows_find(viewing->merger->world->mind.flows, "", "");
    if (merger_failed(reply) || !flow) {
        finish(viewing, ERR_UNAVAILABLE);
        return;
    }
    while (slice_cut(&rest, ' ', &id))
        view->trainings += id.len > 0;
    merge_plan(flow, &view->into.facts, &view->from.facts, loop_now_ms(viewing->merger->loop), &view->plan);
    finish(viewing, OK);
}

static void on_from(void *ctx, const redisReply *reply)
{
    struct viewing *viewing = ctx;
    const struct slice args[] = {SLICE("HGET"), SLICE("ck:{staff}:trainees"), viewing->view.from.number};
    enum error error = merger_failed(reply) ? ERR_UNAVAILABLE : see(viewing, &viewing->view.from, reply);
    if (!error)
        error = redis_command(viewing->merger->redis, args, 3, on_trainings, viewing);
    if (error)
        finish(viewing, error);
}

static void on_into(void *ctx, const redisReply *reply)
{
    struct viewing *viewing = ctx;
    enum error error = merger_failed(reply) ? ERR_UNAVAILABLE : see(viewing, &viewing->view.into, reply);
    if (!error)
        error = read_side(viewing, &viewing->view.from, on_from);
    if (error)
        finish(viewing, error);
}

static enum error read_side(struct viewing *viewing, struct merge_side *side, redis_done *then)
{
    const struct slice args[] = {SLICE("HGETALL"),
                                 key_write(viewing->key, shard_of(side->number), "contact", side->number)};
    return redis_command(viewing->merger->redis, args, 2, then, viewing);
}

enum error merger_view(struct merger *merger, struct slice into, struct slice from, struct arena *arena,
                       merge_viewed *done, void *ctx)
{
    struct viewing *viewing = arena_alloc(arena, sizeof(*viewing));
    if (!viewing)
        return ERR_NOMEM;
    viewing->merger = merger;
    viewing->arena = arena;
    viewing->view.into.number = into;
    viewing->view.from.number = from;
    viewing->done = done;
    viewing->ctx = ctx;
    return read_side(viewing, &viewing->view.into, on_into);
}
