#include <string.h>

#include "base/civil.h"
#include "base/mem.h"
#include "dialog/state.h"
#include "gateway/contact_line.h"
#include "gateway/facts.h"
#include "gateway/log.h"
#include "gateway/trainer_parts.h"

#define ITEMS_ARENA (32 * 1024 * 1024)
#define DAY_MS INT64_C(86400000)
#define TIMELY_MS (3 * DAY_MS) /* a certificate that is later than that is not sent by itself */

static struct slice text_of(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

bool trainer_failed(const redisReply *reply)
{
    char text[128];
    if (reply && reply->type == REDIS_REPLY_ERROR)
        log_event(LOG_ERROR, "redis refused what a training needs", "why=%s",
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
    return !reply || reply->type == REDIS_REPLY_ERROR;
}

const struct trainer_item *trainer_find(const struct trainer *trainer, struct slice id)
{
    for (size_t i = 0; i < trainer->item_count; i++)
        if (slice_is(id, trainer->items[i].id))
            return &trainer->items[i];
    return NULL;
}

/* ---- who may be offered what ---- */

enum error trainer_person_read(const struct stored *stored, struct arena *arena, struct trainer_person *out)
{
    struct facts *facts = arena_bytes(arena, sizeof(*facts));
    struct contact_line line;
    *out = (struct trainer_person){.known = stored->version > 0, .version = stored->version};
    out->state = arena_bytes(arena, sizeof(*out->state));
    if (!facts || !out->state)
        return ERR_NOMEM;
    if (state_decode(stored->state, out->state) || contact_line_read(stored->held, &line))
        return out->known ? ERR_SYNTAX : OK;
    out->wants_notices = profile_standing(line.traits, SLICE(PURPOSE_NOTICES)) == STANDING_AGREED;
    enum error error = facts_read(stored->facts, arena, facts);
    if (error == ERR_NOMEM)
        return error;
    out->profile.columns[COLUMN_TRAITS] = line.traits;
    out->profile.columns[COLUMN_FIRST_SEEN] = profile_day(line.born_ms);
    for (size_t i = 0; !error && i < facts->count; i++)
        profile_learn(&out->profile, facts->list[i].slot, facts->list[i].value);
    return OK;
}

size_t trainer_offers(const struct trainer *trainer, const struct trainer_person *person, int64_t now_ms,
                      const struct trainer_item **out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < trainer->item_count && count < most; i++) {
        const struct trainer_item *item = &trainer->items[i];
        if (training_is_open(&item->t, now_ms) &&
            (!item->audience || query_matches(item->audience, &person->profile, profile_day(now_ms))))
            out[count++] = item;
    }
    return count;
}

enum error trainer_offered(void *ctx, const struct stored *stored, int64_t now_ms, struct advice *out)
{
    const struct trainer_item *offers[ADVICE_TRAININGS_MAX];
    struct trainer_person person;
    struct arena *arena = arena_new(TRAINER_WORK_ARENA);
    enum error error = arena ? trainer_person_read(stored, arena, &person) : ERR_NOMEM;
    const size_t count = error ? 0 : trainer_offers(ctx, &person, now_ms, offers, ADVICE_TRAININGS_MAX);
    for (size_t i = 0; i < count; i++)
        training_list_name(&offers[i]->t, out->trainings[out->training_count++]);
    arena_free(arena);
    return error == ERR_NOMEM ? error : OK;
}

/* ---- what is known of the trainings ---- */

static int by_beginning(const void *a, const void *b)
{
    const struct trainer_item *x = a, *y = b;
    return x->t.starts_ms != y->t.starts_ms ? (x->t.starts_ms > y->t.starts_ms) - (x->t.starts_ms < y->t.starts_ms)
                                            : strcmp(x->id, y->id);
}

static bool read_item(struct trainer *trainer, struct slice id, struct slice record, struct arena *arena,
                      struct trainer_item *out)
{
    struct query_fault fault;
    *out = (struct trainer_item){.trainer = trainer};
    if (!slice_copy(id, out->id, sizeof(out->id)) || training_read(record, arena, &out->t) ||
        out->t.starts_ms + TRAINER_KEPT_MS < loop_now_ms(trainer->loop))
        return false;
    if (out->t.audience.len && query_parse(out->t.audience, arena, &out->audience, &fault)) {
        log_event(LOG_ERROR, "a training's audience is none any more: it is offered to nobody", "training=%s", out->id);
        return false;
    }
    return true;
}

/* Keeps the trainings in the place of those before. */
static void keep(struct trainer *trainer, const redisReply *reply, struct slice version)
{
    struct arena *arena = arena_new(ITEMS_ARENA);
    struct trainer_item *items = arena ? arena_array(arena, reply->elements / 2 + 1, sizeof(*items)) : NULL;
    size_t count = 0;
    if (!items) {
        arena_free(arena);
        return;
    }
    for (size_t i = 0; i + 1 < reply->elements && count < TRAINER_KEPT_MAX; i += 2)
        count += read_item(trainer, text_of(reply->element[i]), text_of(reply->element[i + 1]), arena, &items[count]);
    if (count)
        qsort(items, count, sizeof(*items), by_beginning);
    arena_free(trainer->arena);
    trainer->arena = arena;
    trainer->items = items;
    trainer->item_count = count;
    slice_copy(version, trainer->version, sizeof(trainer->version));
}

/* ---- what comes of time ---- */

static bool asks_reminder(const struct trainer *trainer, const struct training *t, int64_t now_ms)
{
    const struct limit_rules *rules = trainer->world->channel_count ? &trainer->world->rules[0] : NULL;
    return rules && !t->cancelled && now_ms < t->starts_ms && now_ms >= training_remind_ms(rules, t->starts_ms);
}

/* From ten in the morning of the day after, where there are words for it. */
static bool asks_certificate(const struct training *t, int64_t now_ms)
{
    struct civil day = civil_from_ms(t->starts_ms + DAY_MS, LIMA_OFFSET_S);
    day.hour = 10;
    day.minute = day.second = day.millisecond = 0;
    const int64_t from_ms = civil_to_ms(&day, LIMA_OFFSET_S);
    return !t->cancelled && t->texts[TRAINING_CERTIFICATE].len && now_ms >= from_ms && now_ms < from_ms + TIMELY_MS;
}

static void on_told_all(void *ctx, const redisReply *reply)
{
    (void)ctx;
    (void)trainer_failed(reply); /* asked again with a later look */
}

/* Has something told to everybody in a state: the mark in the roster has it done once, whoever asks. */
static void tell_all(struct trainer *trainer, const struct trainer_item *item, const char *mark, const char *state,
                     const char *what)
{
    char now[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_training_tell_all"),
                                 SLICE("1"),
                                 TRAININGS_KEY,
                                 slice_of(item->id),
                                 slice_of(mark),
                                 slice_of(state),
                                 slice_of(what),
                                 slice_decimal(loop_now_ms(trainer->loop), now)};
    if (redis_command(trainer->redis, args, sizeof(args) / sizeof(args[0]), on_told_all, NULL))
        return;
}

static void look_at_time(struct trainer *trainer)
{
    const int64_t now_ms = loop_now_ms(trainer->loop);
    for (size_t i = 0; i < trainer->item_count; i++) {
        const struct trainer_item *item = &trainer->items[i];
        if (asks_reminder(trainer, &item->t, now_ms))
            tell_all(trainer, item, "reminded", "seat", "reminder");
        if (asks_certificate(&item->t, now_ms))
            tell_all(trainer, item, "certified", "came", "certificate");
    }
}

/* ---- looking ---- */

static void on_telling(void *ctx, const redisReply *reply)
{
    struct trainer *trainer = ctx;
    uint64_t shard;
    trainer->looking = false;
    if (trainer->stopped || trainer_failed(reply))
        return;
    for (size_t i = 0; i + 1 < reply->elements; i += 2)
        if (slice_u64(text_of(reply->element[i]), SHARDS - 1, &shard))
            trainer_tell(&trainer->shards[shard]);
}

static void look_at_shards(struct trainer *trainer)
{
    const struct slice args[] = {SLICE("HGETALL"), SLICE("ck:{staff}:telling")};
    for (unsigned i = 0; i < SHARDS; i++)
        trainer_wish(&trainer->shards[i]);
    look_at_time(trainer);
    trainer->looking = !redis_command(trainer->redis, args, 2, on_telling, trainer);
}

static void on_trainings(void *ctx, const redisReply *reply)
{
    struct trainer *trainer = ctx;
    trainer->looking = false;
    if (trainer->stopped || trainer_failed(reply) || reply->elements != 2 ||
        reply->element[1]->type != REDIS_REPLY_ARRAY)
        return;
    keep(trainer, reply->element[1], text_of(reply->element[0]));
    look_at_shards(trainer);
}

static void on_version(void *ctx, const redisReply *reply)
{
    struct trainer *trainer = ctx;
    const struct slice args[] = {SLICE("FCALL_RO"), SLICE("chaski_trainings"), SLICE("1"), TRAININGS_KEY};
    trainer->looking = false;
    if (trainer->stopped || trainer_failed(reply))
        return;
    if (slice_is(text_of(reply), trainer->version))
        look_at_shards(trainer);
    else
        trainer->looking = !redis_command(trainer->redis, args, sizeof(args) / sizeof(args[0]), on_trainings, trainer);
}

static void on_look(void *ctx)
{
    struct trainer *trainer = ctx;
    const struct slice args[] = {SLICE("GET"), SLICE("ck:{staff}:trainings:version")};
    if (trainer->stopped)
        return;
    alarm_set(trainer->look, TRAINER_LOOK_MS);
    if (!trainer->looking)
        trainer->looking = !redis_command(trainer->redis, args, 2, on_version, trainer);
}

struct trainer *trainer_open(struct loop *loop, struct redis *redis, struct turns *turns, const struct world *world)
{
    struct trainer *trainer = mem_alloc(sizeof(*trainer));
    if (!trainer)
        return NULL;
    *trainer = (struct trainer){.loop = loop, .redis = redis, .turns = turns, .world = world};
    for (unsigned i = 0; i < SHARDS; i++)
        trainer->shards[i] = (struct trainer_shard){.trainer = trainer, .shard = i};
    trainer->look = alarm_new(loop, on_look, trainer);
    if (!trainer->look) {
        mem_free(trainer);
        return NULL;
    }
    alarm_set(trainer->look, TRAINER_LOOK_MS);
    return trainer;
}

void trainer_shard(void *ctx, unsigned shard, uint64_t token)
{
    struct trainer *trainer = ctx;
    trainer->shards[shard].ours = token != 0;
}

void trainer_stop(struct trainer *trainer)
{
    trainer->stopped = true;
    alarm_cancel(trainer->look);
}

void trainer_close(struct trainer *trainer)
{
    if (!trainer)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        trainer_wish_free(&trainer->shards[i]);
        trainer_tell_free(&trainer->shards[i]);
    }
    arena_free(trainer->arena);
    alarm_free(trainer->look);
    mem_free(trainer);
}
