#include "gateway/merger.h"

#include <stdio.h>

#include "base/json.h"
#include "base/mem.h"
#include "gateway/consent_row.h"
#include "gateway/erasure.h"
#include "gateway/failpoint.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/merger_parts.h"

#define JOB_ARENA (8 * 1024 * 1024)
#define RECORD_BYTES 1024
#define ID_MAX 64
#define TRIES_MAX 8 /* somebody who writes meanwhile has it decided anew */

struct merge_job {
    struct merge_job *next;
    struct merger *merger;
    struct slice text; /* the record, behind the job */
    cJSON *json;
    struct merge_record record; /* borrows from json */
    struct arena *arena;        /* of one pass */
    const struct merge_view *view;
    struct channel channel; /* a copy that answers nobody */
    struct event event;
    char id[ID_MAX], payload[64], who[2][2 * CONSENT_WHO + 1]; /* who: into, from */
    char key[KEY_MAX];
    struct commit erasing;
    int tries;
    merge_done *done; /* NULL: nobody waits */
    void *ctx;
};

bool merger_failed(const redisReply *reply)
{
    char text[128];
    if (reply && reply->type == REDIS_REPLY_ERROR)
        log_event(LOG_ERROR, "redis refused what a merge needs", "why=%s",
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
    return !reply || reply->type == REDIS_REPLY_ERROR;
}

/* ---- records ---- */

static void put_int(struct buf *out, const char *name, int64_t value)
{
    json_put_name(out, name);
    buf_addi(out, value);
}

static void put_text(struct buf *out, const char *name, struct slice value)
{
    json_put_name(out, name);
    json_put_string(out, value);
}

void merge_record_write(const struct merge_record *record, struct buf *out)
{
    buf_addc(out, '{');
    put_text(out, "into", record->into);
    put_int(out, "into_born", record->into_born_ms);
    put_text(out, "from", record->from);
    put_int(out, "from_born", record->from_born_ms);
    put_text(out, "by", record->by);
    put_text(out, "id", record->id);
    put_int(out, "at", record->at_ms);
    buf_addc(out, '}');
}

static bool read_record(const cJSON *json, struct merge_record *out)
{
    out->into = json_string(json, "into");
    out->from = json_string(json, "from");
    out->by = json_string(json, "by");
    out->id = json_string(json, "id");
    return out->into.len && out->from.len && out->by.len && out->id.len &&
           json_int(json, "into_born", &out->into_born_ms) && json_int(json, "from_born", &out->from_born_ms) &&
           json_int(json, "at", &out->at_ms);
}

static bool name_person(const struct merger *merger, struct slice contact, char out[2 * CONSENT_WHO + 1])
{
    unsigned char digest[SHA256_BYTES];
    if (hmac_sha256(merger->key, contact, digest))
        return false;
    hex_encode(digest, CONSENT_WHO, out);
    return true;
}

/* ---- the end ---- */

static void free_job(struct merge_job *job)
{
    struct merge_job **at = &job->merger->jobs;
    while (*at && *at != job)
        at = &(*at)->next;
    if (*at)
        *at = job->next;
    cJSON_Delete(job->json);
    arena_free(job->arena);
    mem_free(job);
}

static void end(struct merge_job *job, enum error error)
{
    merge_done *done = job->done;
    void *ctx = job->ctx;
    free_job(job);
    if (done)
        done(ctx, error);
}

static void on_concluded(void *ctx, const redisReply *reply)
{
    end(ctx, merger_failed(reply) ? ERR_UNAVAILABLE : OK);
}

static void on_given_up(void *ctx, const redisReply *reply)
{
    end(ctx, merger_failed(reply) ? ERR_UNAVAILABLE : ERR_REFUSED);
}

/* Takes the record away. The alias is "WHO MS SHARD PLACE": whom the number became one with, and where her name lies as
 * long as she is there; empty: it was given up. */
static void take_away(struct merge_job *job, struct slice alias, redis_done *then)
{
    const struct slice args[] = {SLICE("FCALL"), SLICE("chaski_merged"), SLICE("2"), MERGES_KEY,
                                 MERGED_KEY,     slice_of(job->who[1]),  job->text,  alias};
    if (redis_command(job->merger->redis, args, sizeof(args) / sizeof(args[0]), then, job))
        end(job, ERR_UNAVAILABLE);
}

static void conclude(struct merge_job *job)
{
    const struct merge_side *into = &job->view->into;
    char alias[128];
    FAILPOINT("merge.erased");
    snprintf(alias, sizeof(alias), "%s %lld %u %u", job->who[0], (long long)job->record.at_ms, shard_of(into->number),
             into->place);
    take_away(job, slice_of(alias), on_concluded);
}

/* ---- a pass ---- */

static void begin(struct merge_job *job);

static void begin_anew(struct merge_job *job)
{
    if (++job->tries < TRIES_MAX)
        begin(job);
    else
        end(job, ERR_UNAVAILABLE);
}

static void on_erased(void *ctx, enum error error, const struct stored *newer)
{
    struct merge_job *job = ctx;
    if (error == ERR_CONFLICT && !newer->repeated)
        begin_anew(job); /* she wrote meanwhile */
    else if (error && error != ERR_CONFLICT)
        end(job, ERR_UNAVAILABLE);
    else
        conclude(job);
}

static void on_loaded(void *ctx, enum error error, const struct stored *stored)
{
    struct merge_job *job = ctx;
    const struct merge_side *from = &job->view->from;
    struct turns *turns = job->merger->turns;
    if (error) {
        end(job, ERR_UNAVAILABLE);
    } else if (stored->repeated) {
        conclude(job);
    } else if (stored->version != from->version || stored->born_ms != from->born_ms) {
        begin_anew(job);
    } else if (erasure_commit(stored, from->number, slice_of(job->id), SLICE("por el personal, a otro número"),
                              loop_now_ms(job->merger->loop), turns->wants, job->arena, &job->erasing) ||
               store_commit(turns->store, &job->erasing, on_erased, job)) {
        end(job, ERR_UNAVAILABLE);
    }
}

static void erase(struct merge_job *job)
{
    struct store *store = job->merger->turns->store;
    FAILPOINT("merge.moved");
    store_look_anew(store, job->view->from.number);
    if (store_load(store, job->view->from.number, slice_of(job->id), on_loaded, job))
        end(job, ERR_UNAVAILABLE);
}

static void on_moved(void *ctx, const redisReply *reply)
{
    if (merger_failed(reply))
        end(ctx, ERR_UNAVAILABLE);
    else
        erase(ctx);
}

/* Who never wrote on the number that stays is not written to there: the places are given up with the other number. */
static void move_trainings(struct merge_job *job)
{
    const struct merge_view *view = job->view;
    char shard[SLICE_DECIMAL_SIZE], now[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_roster_merge"),
                                 SLICE("1"),
                                 SLICE("ck:{staff}:trainings"),
                                 view->from.number,
                                 view->into.number,
                                 slice_decimal(shard_of(view->into.number), shard),
                                 view->into.channel,
                                 slice_decimal(loop_now_ms(job->merger->loop), now)};
    FAILPOINT("merge.taken");
    if (!view->into.wrote || !view->trainings)
        erase(job);
    else if (redis_command(job->merger->redis, args, sizeof(args) / sizeof(args[0]), on_moved, job))
        end(job, ERR_UNAVAILABLE);
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct merge_job *job = ctx;
    if (result->error == ERR_CONFLICT)
        begin_anew(job);
    else if (result->error)
        end(job, ERR_UNAVAILABLE);
    else
        move_trainings(job);
}

/* What a turn is noted under: where she last wrote, else any channel, rather none of USSD. */
static void choose_channel(struct merge_job *job)
{
    const struct world *world = job->merger->world;
    const struct channel *channel = world_channel(world, job->view->into.channel);
    for (size_t i = world->channel_count; i-- > 0 && !job->view->into.channel.len;)
        if (!channel || world->channels[i].kind != CHANNEL_USSD)
            channel = &world->channels[i];
    job->channel = *channel;
    job->channel.sync = false;
}

/* The version in the id makes what was learned of the other number since a turn of its own. */
static void take_facts(struct merge_job *job)
{
    const struct merge_view *view = job->view;
    struct slice text;
    choose_channel(job);
    snprintf(job->id, sizeof(job->id), "merge:%.24s:%llu", job->record.id.ptr, (unsigned long long)view->from.version);
    snprintf(job->payload, sizeof(job->payload), "merge %.40s", job->record.by.ptr);
    enum error error = merge_text(&view->plan, job->arena, &text);
    job->event = (struct event){.kind = EVENT_STAFF,
                                .from = view->into.number,
                                .id = slice_of(job->id),
                                .payload = slice_of(job->payload),
                                .text = text};
    store_look_anew(job->merger->turns->store, view->into.number);
    if (!error)
        error = turn_start_at(job->merger->turns, &job->channel, &job->event, view->into.version,
                              loop_now_ms(job->merger->loop), job->arena, on_turn, job);
    if (error)
        end(job, ERR_UNAVAILABLE);
}

static void on_viewed(void *ctx, enum error error, const struct merge_view *view)
{
    struct merge_job *job = ctx;
    job->view = view;
    if (error || job->merger->stopped)
        end(job, ERR_UNAVAILABLE);
    else if (!view->into.known || view->into.born_ms != job->record.into_born_ms)
        take_away(job, SLICE_NONE, on_given_up);
    else if (!view->from.known || view->from.born_ms != job->record.from_born_ms)
        conclude(job); /* she is erased: what writes from there now is another */
    else if (view->from.waits)
        take_away(job, SLICE_NONE, on_given_up);
    else
        take_facts(job);
}

static void begin(struct merge_job *job)
{
    arena_reset(job->arena);
    enum error error = merger_view(job->merger, job->record.into, job->record.from, job->arena, on_viewed, job);
    if (error)
        end(job, ERR_UNAVAILABLE);
}

static struct merge_job *new_job(struct merger *merger, struct slice record)
{
    struct merge_job *job = mem_alloc(sizeof(*job) + record.len + 1);
    if (!job)
        return NULL;
    char *text = (char *)(job + 1), *to = text;
    *job = (struct merge_job){.merger = merger, .arena = arena_new(JOB_ARENA)};
    job->text = slice_pack(&to, record);
    job->next = merger->jobs;
    merger->jobs = job;
    return job;
}

enum error merger_run(struct merger *merger, struct slice record, merge_done *done, void *ctx)
{
    struct merge_job *job = merger->stopped ? NULL : new_job(merger, record);
    enum error error = job && job->arena ? json_parse(record, RECORD_BYTES, &job->json) : ERR_UNAVAILABLE;
    if (!error && (!read_record(job->json, &job->record) || !merger->world->channel_count))
        error = ERR_SYNTAX;
    if (!error &&
        (!name_person(merger, job->record.into, job->who[0]) || !name_person(merger, job->record.from, job->who[1])))
        error = ERR_NOMEM;
    if (!error)
        error = merger_view(merger, job->record.into, job->record.from, job->arena, on_viewed, job);
    if (error && job)
        free_job(job);
    if (error)
        return error;
    job->done = done;
    job->ctx = ctx;
    return OK;
}

/* ---- looking ---- */

static bool is_under_way(const struct merger *merger, struct slice record)
{
    for (const struct merge_job *job = merger->jobs; job; job = job->next)
        if (slice_eq(job->text, record))
            return true;
    return false;
}

/* Goes on with a record that whoever began it has left. */
static void look_at(struct merger *merger, struct slice record)
{
    struct merge_record read;
    cJSON *json = NULL;
    bool old = !json_parse(record, RECORD_BYTES, &json) && read_record(json, &read) &&
               loop_now_ms(merger->loop) - read.at_ms >= MERGER_PATIENCE_MS;
    cJSON_Delete(json);
    if (old && !is_under_way(merger, record) && merger_run(merger, record, NULL, NULL))
        log_event(LOG_WARNING, "a merge of two numbers cannot go on and is tried again", "%s", "");
}

static void on_records(void *ctx, const redisReply *reply)
{
    struct merger *merger = ctx;
    merger->looking = false;
    if (merger->stopped || merger_failed(reply))
        return;
    for (size_t i = 0; i + 1 < reply->elements; i += 2)
        look_at(merger, merger_text(reply->element[i + 1]));
}

static void on_look(void *ctx)
{
    struct merger *merger = ctx;
    const struct slice args[] = {SLICE("HGETALL"), MERGES_KEY};
    if (merger->stopped)
        return;
    alarm_set(merger->look, MERGER_LOOK_MS);
    if (!merger->looking)
        merger->looking = !redis_command(merger->redis, args, 2, on_records, merger);
}

struct merger *merger_open(struct loop *loop, struct redis *redis, struct turns *turns, const struct world *world,
                           struct slice key)
{
    struct merger *merger = mem_alloc(sizeof(*merger));
    if (!merger)
        return NULL;
    *merger = (struct merger){.loop = loop, .redis = redis, .turns = turns, .world = world, .key = key};
    merger->look = alarm_new(loop, on_look, merger);
    if (!merger->look) {
        mem_free(merger);
        return NULL;
    }
    alarm_set(merger->look, MERGER_LOOK_MS);
    return merger;
}

void merger_stop(struct merger *merger)
{
    merger->stopped = true;
    alarm_cancel(merger->look);
}

void merger_close(struct merger *merger)
{
    if (!merger)
        return;
    while (merger->jobs)
        free_job(merger->jobs);
    alarm_free(merger->look);
    mem_free(merger);
}
