/* What people want of trainings: each wish is read, which training it means is found out, and it is done. */
#include <stdio.h>

#include "base/mem.h"
#include "gateway/failpoint.h"
#include "gateway/log.h"
#include "gateway/trainer_parts.h"

#define DOOR_MS INT64_C(43200000) /* the code of a door counts so long before and behind the beginning */

struct wish {
    struct trainer_shard *shard;
    struct arena *arena;
    char id[STORE_ID_MAX];
    struct slice who, verb, training, channel, words; /* in the arena */
    struct slice invited;                             /* that she leaves if she is in none */
    char key[KEY_MAX];
};

static void end(struct wish *wish)
{
    wish->shard->wish = NULL;
    arena_free(wish->arena);
    mem_free(wish);
}

void trainer_wish_free(struct trainer_shard *shard)
{
    if (shard->wish)
        end(shard->wish);
}

/* ---- done ---- */

static void on_taken(void *ctx, const redisReply *reply)
{
    struct wish *wish = ctx;
    struct trainer_shard *shard = wish->shard;
    bool failed = trainer_failed(reply);
    end(wish);
    if (failed || shard->trainer->stopped)
        return;
    trainer_tell(shard);
    trainer_wish(shard); /* the next one */
}

static void take_away(struct wish *wish)
{
    const struct slice args[] = {SLICE("XDEL"), key_write(wish->key, wish->shard->shard, "wishes", SLICE_NONE),
                                 slice_of(wish->id)};
    FAILPOINT("training.done");
    if (redis_command(wish->shard->trainer->redis, args, 3, on_taken, wish))
        end(wish);
}

static void on_done(void *ctx, const redisReply *reply)
{
    struct wish *wish = ctx;
    if (trainer_failed(reply) || wish->shard->trainer->stopped)
        end(wish); /* it is still there, and what was done of it is known there */
    else
        take_away(wish);
}

static void do_wish(struct wish *wish)
{
    char shard[SLICE_DECIMAL_SIZE], now[SLICE_DECIMAL_SIZE];
    struct trainer *trainer = wish->shard->trainer;
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_wish"),
                                 SLICE("2"),
                                 TRAININGS_KEY,
                                 SLICE("ck:{staff}:wished"),
                                 slice_decimal((int64_t)wish->shard->shard, shard),
                                 slice_of(wish->id),
                                 wish->verb,
                                 wish->training,
                                 wish->who,
                                 wish->channel,
                                 slice_decimal(loop_now_ms(trainer->loop), now),
                                 wish->invited};
    FAILPOINT("training.wished");
    if (redis_command(trainer->redis, args, sizeof(args) / sizeof(args[0]), on_done, wish))
        end(wish);
}

/* ---- which training is meant ---- */

static void mean(struct wish *wish, const struct trainer_item *item)
{
    wish->training = arena_copy(wish->arena, slice_of(item->id));
}

/* Somebody who names none is meant to come to the only one that she is offered. */
static void on_person(void *ctx, enum error error, const struct stored *stored)
{
    struct wish *wish = ctx;
    struct trainer *trainer = wish->shard->trainer;
    const struct trainer_item *offers[2];
    struct trainer_person person;
    if (error || trainer->stopped || trainer_person_read(stored, wish->arena, &person) == ERR_NOMEM) {
        end(wish);
        return;
    }
    const size_t count = trainer_offers(trainer, &person, loop_now_ms(trainer->loop), offers, 2);
    if (count == 1)
        mean(wish, offers[0]);
    else
        wish->verb = count ? SLICE("which") : SLICE("nothing");
    do_wish(wish);
}

/* The one at whose door she may be, and has its code. */
static void find_door(struct wish *wish)
{
    const struct trainer *trainer = wish->shard->trainer;
    for (size_t i = 0; i < trainer->item_count; i++) {
        const struct training *t = &trainer->items[i].t;
        if (!t->cancelled && llabs(t->starts_ms - loop_now_ms(trainer->loop)) <= DOOR_MS &&
            training_names(wish->words, t->door))
            mean(wish, &trainer->items[i]);
    }
    if (!wish->training.len)
        wish->verb = SLICE("wrong_code");
}

/* The one whose code she wrote: that is still to come rather than the one before. */
static void find_code(struct wish *wish)
{
    const struct trainer *trainer = wish->shard->trainer;
    const int64_t now_ms = loop_now_ms(trainer->loop);
    for (size_t i = 0; i < trainer->item_count; i++) {
        const struct training *t = &trainer->items[i].t;
        if (!training_names(wish->words, t->code))
            continue;
        mean(wish, &trainer->items[i]);
        if (!t->cancelled && t->starts_ms > now_ms)
            return;
    }
}

/* Who was invited means that one, if nothing else can be meant; who leaves, one that she is in rather. */
static void on_invitation(void *ctx, struct slice invitation)
{
    struct wish *wish = ctx;
    struct trainer *trainer = wish->shard->trainer;
    struct slice id = SLICE_NONE;
    const bool joins = slice_is(wish->verb, "join");
    slice_cut(&invitation, ' ', &id);
    const struct trainer_item *item = trainer_find(trainer, id);
    if (trainer->stopped) {
        end(wish);
        return;
    }
    if (item && training_is_open(&item->t, loop_now_ms(trainer->loop)))
        *(joins ? &wish->training : &wish->invited) = arena_copy(wish->arena, slice_of(item->id));
    if (!joins || wish->training.len)
        do_wish(wish);
    else if (store_load(trainer->turns->store, wish->who, SLICE("?"), on_person, wish))
        end(wish);
}

static void find_meant(struct wish *wish)
{
    struct trainer *trainer = wish->shard->trainer;
    if (slice_is(wish->verb, "came"))
        find_door(wish);
    else if (!wish->training.len)
        find_code(wish);
    if (wish->training.len || slice_is(wish->verb, "wrong_code"))
        do_wish(wish);
    else if (trainer_invited(trainer, wish->who, on_invitation, wish))
        on_invitation(wish, SLICE_NONE);
}

/* ---- invitations ---- */

struct asking {
    turn_invited *done;
    void *ctx;
};

static void on_invited(void *ctx, const redisReply *reply)
{
    const struct asking asking = *(struct asking *)ctx;
    mem_free(ctx);
    asking.done(asking.ctx, !trainer_failed(reply) && reply->type == REDIS_REPLY_STRING
                                ? (struct slice){reply->str, reply->len}
                                : SLICE_NONE);
}

static bool any_open(const struct trainer *trainer)
{
    for (size_t i = 0; i < trainer->item_count; i++)
        if (training_is_open(&trainer->items[i].t, loop_now_ms(trainer->loop)))
            return true;
    return false;
}

enum error trainer_invited(void *ctx, struct slice contact, turn_invited *done, void *done_ctx)
{
    const struct trainer *trainer = ctx;
    struct asking *asking = any_open(trainer) ? mem_alloc(sizeof(*asking)) : NULL;
    char key[KEY_MAX];
    if (!asking)
        return ERR_NOT_FOUND;
    *asking = (struct asking){done, done_ctx};
    const struct slice args[] = {SLICE("HGET"), key_write(key, shard_of(contact), "invited", SLICE_NONE), contact};
    enum error error = redis_command(trainer->redis, args, 3, on_invited, asking);
    if (error)
        mem_free(asking);
    return error;
}

/* ---- reading ---- */

static struct slice text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

/* Reads an entry of the stream: its id, and the fields who and wish. Returns ERR_SYNTAX for what is none of ours. */
static enum error read_wish(struct wish *wish, const redisReply *entry)
{
    const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
    struct training_wish read;
    if (!fields || fields->type != REDIS_REPLY_ARRAY || fields->elements != 4 ||
        !slice_copy(text_of(entry->element[0]), wish->id, sizeof(wish->id)))
        return ERR_SYNTAX;
    enum error error = training_wish_read(text_of(fields->element[3]), wish->arena, &read);
    if (error)
        return error;
    wish->verb = read.verb;
    wish->training = read.training;
    wish->channel = read.channel;
    wish->words = read.words;
    wish->who = arena_copy(wish->arena, text_of(fields->element[1]));
    return wish->who.ptr ? OK : ERR_NOMEM;
}

static void on_read(void *ctx, const redisReply *reply)
{
    struct wish *wish = ctx;
    if (trainer_failed(reply) || reply->type != REDIS_REPLY_ARRAY || !reply->elements ||
        wish->shard->trainer->stopped || !wish->shard->ours) {
        end(wish);
        return;
    }
    enum error error = read_wish(wish, reply->element[0]);
    if (error == ERR_SYNTAX)
        log_event(LOG_ERROR, "a wish of a training cannot be read and is taken away", "shard=%u", wish->shard->shard);
    if (error == ERR_SYNTAX && wish->id[0])
        take_away(wish);
    else if (error)
        end(wish);
    else if (slice_is(wish->verb, "erase"))
        do_wish(wish);
    else
        find_meant(wish);
}

void trainer_wish(struct trainer_shard *shard)
{
    struct wish *wish = shard->ours && !shard->wish ? mem_alloc(sizeof(*wish)) : NULL;
    if (!wish)
        return;
    *wish = (struct wish){.shard = shard, .arena = arena_new(TRAINER_WORK_ARENA)};
    shard->wish = wish;
    const struct slice args[] = {SLICE("XRANGE"), key_write(wish->key, shard->shard, "wishes", SLICE_NONE),
                                 SLICE("-"),      SLICE("+"),
                                 SLICE("COUNT"),  SLICE("1")};
    if (!wish->arena || redis_command(shard->trainer->redis, args, sizeof(args) / sizeof(args[0]), on_read, wish))
        end(wish);
}
