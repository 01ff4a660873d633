#include "gateway/broadcast_feeder.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/broadcast_feeder_parts.h"
#include "gateway/keys.h"
#include "gateway/log.h"

#define CAST_ARENA (4 * 1024 * 1024) /* bytes: a record, and the notice of it */

static struct cast *find_cast(struct feeder *feeder, struct slice id)
{
    struct cast *cast = feeder->casts;
    while (cast && !slice_is(id, cast->id))
        cast = cast->next;
    return cast;
}

static void free_cast(struct cast *cast)
{
    arena_free(cast->arena);
    mem_free(cast);
}

/* Forgets those that are live no more, once nothing of theirs is under way. */
static void sweep(struct feeder *feeder)
{
    for (struct cast **at = &feeder->casts; *at;) {
        struct cast *cast = *at;
        if (cast->is_live || cast->under_way) {
            at = &cast->next;
        } else {
            *at = cast->next;
            free_cast(cast);
        }
    }
}

static struct cast *new_cast(struct feeder *feeder, struct slice id)
{
    struct cast *cast = mem_alloc(sizeof(*cast));
    if (!cast)
        return NULL;
    *cast = (struct cast){.next = feeder->casts, .feeder = feeder};
    if (!slice_copy(id, cast->id, sizeof(cast->id)) || !(cast->arena = arena_new(CAST_ARENA))) {
        mem_free(cast);
        return NULL;
    }
    for (unsigned i = 0; i < SHARDS; i++)
        cast->shards[i] = (struct cast_shard){.cast = cast, .shard = i};
    feeder->casts = cast;
    return cast;
}

static enum error read_notice(struct cast *cast)
{
    struct faults faults;
    faults_init(&faults);
    enum error error = broadcast_notice(cast->feeder->world, &cast->broadcast, cast->arena, &faults, &cast->notice);
    faults_release(&faults);
    return error;
}

/* Keeps a record, if it is another than the one that is known. */
static void keep_record(struct cast *cast, struct slice record)
{
    if (cast->record.ptr && slice_eq(cast->record, record))
        return;
    arena_reset(cast->arena);
    cast->record = arena_copy(cast->arena, record);
    enum error error = cast->record.ptr ? broadcast_read(record, cast->arena, &cast->broadcast) : ERR_NOMEM;
    if (!error)
        error = read_notice(cast);
    cast->is_good = !error;
    if (error == ERR_NOMEM)
        cast->record = SLICE_NONE; /* read again with the next look */
    else if (error)
        log_event(LOG_ERROR, "a broadcast's record cannot be read and is left alone", "broadcast=%s", cast->id);
}

static void on_acted(void *ctx, const redisReply *reply)
{
    struct cast *cast = ctx;
    (void)reply; /* who was faster did the same, or better */
    cast->acting = false;
    cast->under_way--;
}

void cast_happen(struct cast *cast, enum broadcast_event event, const char *what, struct slice reason)
{
    struct broadcast then = cast->broadcast;
    struct buf record, line;
    if (cast->acting || !broadcast_apply(&then, event, loop_now_ms(cast->feeder->loop), cast->feeder->hold_ms))
        return;
    then.reason = reason;
    buf_init(&record, BROADCAST_RECORD_MAX);
    buf_init(&line, BROADCAST_RECORD_MAX);
    broadcast_write(&then, &record);
    buf_addf(&line, "{\"who\":\"chaski\",\"what\":\"%s\",\"whom\":\"%s\",\"from\":\"\",\"more\":{\"state\":\"%s\"}}",
             what, cast->id, broadcast_states[then.state]);
    const struct slice args[] = {SLICE("FCALL"),     SLICE("chaski_cast_act"),
                                 SLICE("3"),         CAST_RECORDS,
                                 CAST_LIVE,          SLICE("ck:{staff}:audit"),
                                 slice_of(cast->id), cast->record,
                                 buf_slice(&record), broadcast_is_live(&then) ? SLICE("1") : SLICE("0"),
                                 buf_slice(&line)};
    cast->acting = !record.error && !line.error &&
                   !redis_command(cast->feeder->redis, args, sizeof(args) / sizeof(args[0]), on_acted, cast);
    cast->under_way += cast->acting;
    buf_release(&record);
    buf_release(&line);
}

static void look_at(struct cast *cast)
{
    const struct broadcast *b = &cast->broadcast;
    if (b->due_ms && b->due_ms <= loop_now_ms(cast->feeder->loop))
        cast_happen(cast, BROADCAST_DUE, b->state == BROADCAST_HOLDING ? "broadcast.send" : "broadcast.hold",
                    SLICE_NONE);
    if (b->state < BROADCAST_SENDING)
        return;
    for (unsigned i = 0; i < SHARDS; i++)
        if (cast->feeder->tokens[i])
            cast_shard_look(&cast->shards[i]);
}

static void on_records(void *ctx, const redisReply *reply)
{
    struct feeder *feeder = ctx;
    feeder->looking = false;
    if (feeder->stopped || !reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != feeder->asked_count)
        return;
    for (struct cast *cast = feeder->casts; cast; cast = cast->next)
        cast->is_live = false;
    for (size_t i = 0; i < reply->elements; i++) {
        struct cast *cast = find_cast(feeder, slice_of(feeder->asked[i]));
        if (!cast)
            cast = new_cast(feeder, slice_of(feeder->asked[i]));
        if (!cast || reply->element[i]->type != REDIS_REPLY_STRING)
            continue;
        cast->is_live = true;
        keep_record(cast, (struct slice){reply->element[i]->str, reply->element[i]->len});
        if (cast->is_good)
            look_at(cast);
    }
    sweep(feeder);
}

static void on_live(void *ctx, const redisReply *reply)
{
    struct feeder *feeder = ctx;
    struct slice args[2 + FEEDER_CASTS_MAX] = {SLICE("HMGET"), CAST_RECORDS};
    feeder->looking = false;
    feeder->asked_count = 0;
    if (feeder->stopped || !reply || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0; i < reply->elements && feeder->asked_count < FEEDER_CASTS_MAX; i++) {
        char *id = feeder->asked[feeder->asked_count];
        if (!slice_copy((struct slice){reply->element[i]->str, reply->element[i]->len}, id, BROADCAST_ID))
            continue;
        args[2 + feeder->asked_count++] = slice_of(id);
    }
    if (!feeder->asked_count) {
        for (struct cast *cast = feeder->casts; cast; cast = cast->next)
            cast->is_live = false;
        sweep(feeder);
        return;
    }
    feeder->looking = !redis_command(feeder->redis, args, 2 + feeder->asked_count, on_records, feeder);
}

static void on_look(void *ctx)
{
    struct feeder *feeder = ctx;
    const struct slice args[] = {SLICE("SMEMBERS"), CAST_LIVE};
    if (feeder->stopped)
        return;
    alarm_set(feeder->look, FEEDER_LOOK_MS);
    if (!feeder->looking)
        feeder->looking = !redis_command(feeder->redis, args, 2, on_live, feeder);
}

struct feeder *feeder_open(struct loop *loop, struct redis *redis, struct store *store, const struct world *world,
                           struct slice owner)
{
    struct feeder *feeder = mem_alloc(sizeof(*feeder));
    if (!feeder)
        return NULL;
    *feeder = (struct feeder){.loop = loop, .redis = redis, .store = store, .world = world};
    feeder->hold_ms = INT64_C(1000) * world->config->broadcast_hold_s;
    slice_copy(owner, feeder->owner, sizeof(feeder->owner));
    feeder->look = alarm_new(loop, on_look, feeder);
    if (!feeder->look) {
        mem_free(feeder);
        return NULL;
    }
    alarm_set(feeder->look, FEEDER_LOOK_MS);
    return feeder;
}

void feeder_shard(void *ctx, unsigned shard, uint64_t token)
{
    struct feeder *feeder = ctx;
    feeder->tokens[shard] = token;
}

void feeder_stop(struct feeder *feeder)
{
    feeder->stopped = true;
    alarm_cancel(feeder->look);
}

void feeder_close(struct feeder *feeder)
{
    if (!feeder)
        return;
    for (struct cast *cast = feeder->casts, *next; cast; cast = next) {
        next = cast->next;
        free_cast(cast);
    }
    alarm_free(feeder->look);
    mem_free(feeder);
}
