/* One shard of one broadcast: its gate, and whom to feed. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "gateway/broadcast_audience.h"
#include "gateway/broadcast_feeder_parts.h"
#include "gateway/failpoint.h"
#include "gateway/log.h"

#define FEED_ARENA (16 * 1024 * 1024) /* bytes: what one feeding reads and writes */
#define ROW_ARGS 5
#define HEAD_ARGS 14

/* A person who is being fed. */
struct feed_row {
    char number_text[SLICE_DECIMAL_SIZE], cost[SLICE_DECIMAL_SIZE];
    struct slice number, who;
    struct broadcast_said said;
};

/* A feeding under way: lies in its arena. */
struct feeding {
    struct cast_shard *shard;
    struct arena *arena;
    uint64_t token;
    int64_t cost; /* of what the shard fed so far */
    struct feed_row rows[FEEDER_AHEAD_MAX];
    size_t count, granted;
};

/* A key of this shard's ledger. */
static struct slice ledger_key(const struct cast_shard *shard, const char *kind, char out[KEY_MAX])
{
    char name[BROADCAST_ID + 16];
    snprintf(name, sizeof(name), "%s:%s", shard->cast->id, kind);
    return key_write(out, shard->shard, "cast", slice_of(name));
}

static void begin(struct cast_shard *shard)
{
    shard->busy = true;
    shard->cast->under_way++;
}

static void end(struct cast_shard *shard)
{
    shard->busy = false;
    shard->cast->under_way--;
}

/* Tells whether a reply is a number; logs one that is an error. */
static bool is_number(const redisReply *reply)
{
    char text[128];
    if (reply && reply->type == REDIS_REPLY_ERROR)
        log_event(LOG_ERROR, "redis refused what a broadcast needs", "why=%s",
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
    return reply && reply->type == REDIS_REPLY_INTEGER;
}

/* ---- through ---- */

static void on_forgotten(void *ctx, const redisReply *reply)
{
    (void)reply; /* told again with the next look */
    end(ctx);
}

/* Takes a broadcast off the list of those that the workers look at. */
static void forget(struct cast_shard *shard)
{
    const struct slice args[] = {SLICE("SREM"), CAST_LIVE, slice_of(shard->cast->id)};
    begin(shard);
    if (redis_command(shard->cast->feeder->redis, args, 3, on_forgotten, shard))
        end(shard);
}

static void on_through(void *ctx, const redisReply *reply)
{
    struct cast_shard *shard = ctx;
    struct cast *cast = shard->cast;
    end(shard);
    if (!is_number(reply) || cast->feeder->stopped)
        return;
    if (reply->integer < SHARDS)
        return;
    if (cast->broadcast.state == BROADCAST_SENDING)
        cast_happen(cast, BROADCAST_FINISH, "broadcast.done", SLICE_NONE);
    else if (cast->broadcast.state == BROADCAST_CANCELLED)
        forget(shard);
}

/* Tells that this shard is through with its sending ("done") or its cancellation ("closed"); told again with each look
 * until it is written down that all are, so that nothing is lost with a process. */
static void tell_through(struct cast_shard *shard, const char *what)
{
    char book[64], field[32];
    snprintf(book, sizeof(book), "ck:{staff}:cast:%s", shard->cast->id);
    snprintf(field, sizeof(field), "%s:%u", what, shard->shard);
    const struct slice args[] = {
        SLICE("FCALL"), SLICE("chaski_cast_through"), SLICE("1"), slice_of(book), slice_of(field), slice_of(what)};
    begin(shard);
    if (redis_command(shard->cast->feeder->redis, args, sizeof(args) / sizeof(args[0]), on_through, shard))
        end(shard);
}

/* ---- the gate ---- */

static const char *gate_of(enum broadcast_state state)
{
    return state == BROADCAST_SENDING ? "" : state == BROADCAST_PAUSED ? "paused" : "cancelled";
}

static void on_gated(void *ctx, const redisReply *reply)
{
    struct cast_shard *shard = ctx;
    end(shard);
    if (!is_number(reply))
        shard->gated = 0;
}

static void set_gate(struct cast_shard *shard, const char *gate)
{
    const struct feeder *feeder = shard->cast->feeder;
    char keys[4][KEY_MAX], now[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_cast_gate"),
                                 SLICE("4"),
                                 key_write(keys[0], shard->shard, "bulk", SLICE_NONE),
                                 ledger_key(shard, "rows", keys[1]),
                                 ledger_key(shard, "sums", keys[2]),
                                 ledger_key(shard, "out", keys[3]),
                                 slice_of(gate),
                                 slice_decimal(loop_now_ms(feeder->loop), now)};
    shard->gate = gate;
    shard->gated = feeder->tokens[shard->shard];
    begin(shard);
    if (!redis_command(feeder->redis, args, sizeof(args) / sizeof(args[0]), on_gated, shard))
        return;
    end(shard);
    shard->gated = 0;
}

/* ---- freezing ---- */

static void on_filled(void *ctx, const redisReply *reply)
{
    if (!is_number(reply))
        log_event(LOG_DEBUG, "a broadcast's people were not frozen", "%s", ""); /* looked at again */
    end(ctx);
}

/* Freezes who gets it in this shard. `names` are joined by line ends. */
static void fill(struct cast_shard *shard, struct slice names)
{
    char keys[3][KEY_MAX];
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_cast_fill"),
                                 SLICE("3"),
                                 ledger_key(shard, "people", keys[0]),
                                 ledger_key(shard, "sums", keys[1]),
                                 key_write(keys[2], shard->shard, "casts", SLICE_NONE),
                                 slice_of(shard->cast->id),
                                 names};
    begin(shard);
    if (redis_command(shard->cast->feeder->redis, args, sizeof(args) / sizeof(args[0]), on_filled, shard))
        end(shard);
}

static void on_named(void *ctx, enum error error, struct slice names)
{
    struct cast_shard *shard = ctx;
    end(shard);
    if (!error && !shard->cast->feeder->stopped)
        fill(shard, names);
}

/* Finds who of this shard gets it; of a list, who is not on it, nobody. */
static void freeze(struct cast_shard *shard)
{
    const struct feeder *feeder = shard->cast->feeder;
    const struct broadcast *b = &shard->cast->broadcast;
    const struct audience_rules rules = broadcast_rules(feeder->world, b, loop_now_ms(feeder->loop));
    if (b->is_list) {
        fill(shard, SLICE_NONE);
        return;
    }
    begin(shard);
    enum error error = broadcast_people(feeder->store, shard->shard, b->audience, &rules, on_named, shard);
    if (!error)
        return;
    end(shard);
    if (error == ERR_SYNTAX)
        log_event(LOG_ERROR, "a broadcast's audience is none any more", "broadcast=%s", shard->cast->id);
}

/* ---- feeding ---- */

static void finish(struct feeding *feeding)
{
    end(feeding->shard);
    arena_free(feeding->arena);
}

static void on_fed(void *ctx, const redisReply *reply)
{
    struct feeding *feeding = ctx;
    if (!is_number(reply) || !reply->integer) /* the shard is another's, the gate shut, or somebody was faster */
        log_event(LOG_DEBUG, "a broadcast's people were not fed", "broadcast=%s shard=%u", feeding->shard->cast->id,
                  feeding->shard->shard);
    FAILPOINT("cast.fed");
    finish(feeding);
}

static size_t put_row(struct slice *args, struct feed_row *row)
{
    const bool goes = !row->said.excluded;
    args[0] = row->number;
    args[1] = row->who;
    args[2] = goes ? row->said.entry : SLICE("");
    args[3] = goes ? slice_decimal(row->said.cost, row->cost) : slice_of(row->said.excluded);
    args[4] = slice_of(message_class(CLASS_NOTICE)->name);
    return ROW_ARGS;
}

static void feed(struct feeding *feeding)
{
    const struct cast_shard *shard = feeding->shard;
    const struct feeder *feeder = shard->cast->feeder;
    char keys[6][KEY_MAX], token[SLICE_DECIMAL_SIZE], now[SLICE_DECIMAL_SIZE];
    struct slice args[HEAD_ARGS + ROW_ARGS * FEEDER_AHEAD_MAX] = {SLICE("FCALL"),
                                                                  SLICE("chaski_cast_feed"),
                                                                  SLICE("6"),
                                                                  key_write(keys[0], shard->shard, "lease", SLICE_NONE),
                                                                  key_write(keys[1], shard->shard, "bulk", SLICE_NONE),
                                                                  ledger_key(shard, "people", keys[2]),
                                                                  ledger_key(shard, "rows", keys[3]),
                                                                  ledger_key(shard, "sums", keys[4]),
                                                                  ledger_key(shard, "out", keys[5]),
                                                                  slice_of(feeder->owner),
                                                                  slice_decimal((int64_t)feeding->token, token),
                                                                  slice_decimal(loop_now_ms(feeder->loop), now),
                                                                  slice_of(shard->cast->id),
                                                                  shard->cast->broadcast.training};
    size_t count = HEAD_ARGS;
    for (size_t i = 0; i < feeding->granted; i++)
        count += put_row(args + count, &feeding->rows[i]);
    FAILPOINT("cast.feeding");
    if (redis_command(feeder->redis, args, count, on_fed, feeding))
        finish(feeding);
}

/* As many as were granted, and behind them whoever costs nothing. */
static void on_reserved(void *ctx, const redisReply *reply)
{
    struct feeding *feeding = ctx;
    struct cast *cast = feeding->shard->cast;
    size_t paid = 0, at = 0;
    if (!is_number(reply) || reply->integer < 0 || cast->feeder->stopped) {
        finish(feeding);
        return;
    }
    while (at < feeding->count && (feeding->rows[at].said.excluded || paid < (size_t)reply->integer))
        paid += !feeding->rows[at++].said.excluded;
    feeding->granted = at;
    if (at < feeding->count)
        cast_happen(cast, BROADCAST_PAUSE, "broadcast.pause", SLICE("budget"));
    FAILPOINT("cast.reserved");
    if (at)
        feed(feeding);
    else
        finish(feeding);
}

static void reserve(struct feeding *feeding)
{
    const struct cast_shard *shard = feeding->shard;
    char book[64], name[SLICE_DECIMAL_SIZE], cost[SLICE_DECIMAL_SIZE], cap[SLICE_DECIMAL_SIZE];
    snprintf(book, sizeof(book), "ck:{staff}:cast:%s", shard->cast->id);
    struct slice args[7 + FEEDER_AHEAD_MAX] = {SLICE("FCALL"),
                                               SLICE("chaski_cast_reserve"),
                                               SLICE("1"),
                                               slice_of(book),
                                               slice_decimal(shard->shard, name),
                                               slice_decimal(feeding->cost, cost),
                                               slice_decimal(shard->cast->broadcast.budget, cap)};
    size_t count = 7;
    for (size_t i = 0; i < feeding->count; i++)
        if (!feeding->rows[i].said.excluded)
            args[count++] = slice_decimal(feeding->rows[i].said.cost, feeding->rows[i].cost);
    if (redis_command(shard->cast->feeder->redis, args, count, on_reserved, feeding))
        finish(feeding);
}

static struct slice text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

/* Reads {number, who, line, opted out, state, limits} and decides what she gets. */
static enum error take_person(struct feeding *feeding, const redisReply *row)
{
    const struct cast *cast = feeding->shard->cast;
    struct feed_row *to = &feeding->rows[feeding->count];
    struct broadcast_person person = {0};
    if (row->type != REDIS_REPLY_ARRAY || row->elements != 6 || row->element[0]->type != REDIS_REPLY_INTEGER)
        return ERR_SYNTAX;
    to->number = slice_decimal(row->element[0]->integer, to->number_text);
    to->who = arena_copy(feeding->arena, text_of(row->element[1]));
    person.who = to->who;
    person.line = text_of(row->element[2]);
    person.opted_out = slice_is(text_of(row->element[3]), "1");
    person.state = text_of(row->element[4]);
    person.limits = text_of(row->element[5]);
    return !to->who.ptr ? ERR_NOMEM
                        : broadcast_say(cast->feeder->world, &cast->broadcast, &cast->notice, &person,
                                        loop_now_ms(cast->feeder->loop), feeding->arena, &to->said);
}

/* Decides about each, and feeds them: whoever cannot be decided about for lack of memory waits, and all behind her. */
static void take_people(struct cast_shard *shard, const redisReply *reply, int64_t cost)
{
    struct arena *arena = arena_new(FEED_ARENA);
    struct feeding *feeding = arena ? arena_alloc(arena, sizeof(*feeding)) : NULL;
    if (!feeding) {
        arena_free(arena);
        return;
    }
    *feeding = (struct feeding){
        .shard = shard, .arena = arena, .token = shard->cast->feeder->tokens[shard->shard], .cost = cost};
    for (size_t i = 1; i < reply->elements && feeding->count < FEEDER_AHEAD_MAX; i++) {
        if (take_person(feeding, reply->element[i]))
            break;
        feeding->count++;
    }
    begin(shard);
    feeding->granted = feeding->count;
    if (!feeding->count)
        finish(feeding);
    else if (shard->cast->broadcast.budget)
        reserve(feeding);
    else
        feed(feeding);
}

static void on_next(void *ctx, const redisReply *reply)
{
    struct cast_shard *shard = ctx;
    struct cast *cast = shard->cast;
    const redisReply *head = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements ? reply->element[0] : NULL;
    end(shard);
    if (!head || head->type != REDIS_REPLY_ARRAY || head->elements != 3 || cast->feeder->stopped ||
        cast->broadcast.state != BROADCAST_SENDING || !cast->feeder->tokens[shard->shard])
        return;
    if (head->element[0]->integer < 0)
        freeze(shard);
    else if (head->element[1]->integer == 0)
        tell_through(shard, "done");
    else if (reply->elements > 1)
        take_people(shard, reply, head->element[2]->integer);
}

/* How many of a shard may be on their way at once. */
static int64_t ahead(const struct cast *cast)
{
    int64_t most = 0;
    for (size_t i = 0; i < cast->broadcast.channel_count; i++) {
        const struct channel *channel = world_channel(cast->feeder->world, cast->broadcast.channels[i]);
        const double rate = channel && channel->rate > 0 ? channel->rate : SHARDS * FEEDER_AHEAD_MAX;
        const int64_t of = (int64_t)(rate * FEEDER_AHEAD_S / SHARDS) + 1;
        most = of > most ? of : most;
    }
    return most < FEEDER_AHEAD_MAX ? most : FEEDER_AHEAD_MAX;
}

static void ask_next(struct cast_shard *shard)
{
    const struct cast *cast = shard->cast;
    char keys[3][KEY_MAX], most[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {SLICE("FCALL_RO"),
                                 SLICE("chaski_cast_next"),
                                 SLICE("3"),
                                 ledger_key(shard, "people", keys[0]),
                                 ledger_key(shard, "sums", keys[1]),
                                 ledger_key(shard, "out", keys[2]),
                                 slice_decimal(ahead(cast), most)};
    begin(shard);
    if (redis_command(cast->feeder->redis, args, sizeof(args) / sizeof(args[0]), on_next, shard))
        end(shard);
}

void cast_shard_look(struct cast_shard *shard)
{
    const enum broadcast_state state = shard->cast->broadcast.state;
    const char *gate = gate_of(state);
    if (shard->busy)
        return;
    if (shard->gated != shard->cast->feeder->tokens[shard->shard] || shard->gate != gate) {
        set_gate(shard, gate);
    } else if (state == BROADCAST_SENDING) {
        ask_next(shard);
    } else if (state == BROADCAST_CANCELLED) {
        tell_through(shard, "closed");
    }
}
