/* What people are told of trainings: each by a turn of hers. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/state.h"
#include "gateway/failpoint.h"
#include "gateway/log.h"
#include "gateway/notice.h"
#include "gateway/trainer_parts.h"
#include "gateway/window.h"

struct telling {
    struct trainer_shard *shard;
    struct arena *arena;
    char id[STORE_ID_MAX];
    enum training_text text;                          /* TRAINING_TEXTS: nothing is said, and a fact is learned */
    struct slice learns;                              /* then: the payload's first word, static; empty: neither */
    struct slice training, who, channel_name, number; /* in the arena */
    struct channel channel;                           /* a copy that answers nobody: what is said goes by the outbox */
    struct event event;
    char key[64];
};

static void end(struct telling *telling)
{
    telling->shard->telling = NULL;
    arena_free(telling->arena);
    mem_free(telling);
}

void trainer_tell_free(struct trainer_shard *shard)
{
    if (shard->telling)
        end(shard->telling);
}

static struct slice tells_key(struct telling *telling)
{
    snprintf(telling->key, sizeof(telling->key), "ck:{staff}:tells:%u", telling->shard->shard);
    return slice_of(telling->key);
}

/* ---- told ---- */

static void on_taken(void *ctx, const redisReply *reply)
{
    struct telling *telling = ctx;
    struct trainer_shard *shard = telling->shard;
    bool failed = trainer_failed(reply);
    end(telling);
    if (!failed && !shard->trainer->stopped)
        trainer_tell(shard); /* the next one */
}

static void take_away(struct telling *telling)
{
    char shard[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {
        SLICE("FCALL"),       SLICE("chaski_told"),        SLICE("2"),
        tells_key(telling),   SLICE("ck:{staff}:telling"), slice_decimal((int64_t)telling->shard->shard, shard),
        slice_of(telling->id)};
    FAILPOINT("training.told");
    if (redis_command(telling->shard->trainer->redis, args, sizeof(args) / sizeof(args[0]), on_taken, telling))
        end(telling);
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct telling *telling = ctx;
    if (telling->shard->trainer->stopped || result->error == ERR_UNAVAILABLE || result->error == ERR_NOMEM ||
        result->error == ERR_CONFLICT) {
        end(telling); /* told with a later look, once */
        return;
    }
    if (result->error)
        log_event(LOG_ERROR, "what is to be told of a training fails and is given up", "training=%.*s why=\"%s\"",
                  (int)telling->training.len, telling->training.ptr, error_text(result->error));
    take_away(telling);
}

/* ---- where, and in which words ---- */

static bool can_begin(const struct channel *channel)
{
    return channel->kind == CHANNEL_SMS && channel->adapter->call;
}

static bool is_reminder(const struct telling *telling)
{
    return telling->text == TRAINING_REMINDER || telling->text == TRAINING_CERTIFICATE;
}

/* Which template says it on WhatsApp: a certificate is no reminder of anything. */
static enum window_words template_for(const struct telling *telling)
{
    return telling->text == TRAINING_REMINDER ? WINDOW_REMINDER : WINDOW_TRAINING;
}

/* An SMS goes where a screen is gone, and where WhatsApp takes no free words any more and has no template. NULL: there
 * is no way. */
static const struct channel *way_to(const struct telling *telling, const struct state *state, int64_t now_ms)
{
    const struct world *world = telling->shard->trainer->world;
    const struct channel *channel = world_channel(world, telling->channel_name);
    if (channel && channel->kind == CHANNEL_USSD)
        channel = channel->follow;
    const bool open =
        channel && (channel->kind != CHANNEL_WHATSAPP || window_has(channel, template_for(telling)) ||
                    (state->last_channel == CHANNEL_WHATSAPP && now_ms < window_until_ms(channel, state->last_ms)));
    if (channel && channel->adapter->call && open)
        return channel;
    if (channel && !channel->adapter->call && channel->kind != CHANNEL_USSD)
        return channel; /* a simulator's: what is said is in its journal */
    for (size_t i = 0; i < world->channel_count && slice_starts(telling->who, "+"); i++)
        if (can_begin(&world->channels[i]))
            return &world->channels[i];
    return NULL;
}

/* Those that she could sign up for, a line each. */
static struct slice list_offers(const struct telling *telling, const struct trainer_person *person, int64_t now_ms)
{
    const struct trainer_item *offers[TRAINING_LIST_MAX];
    const size_t count = trainer_offers(telling->shard->trainer, person, now_ms, offers, TRAINING_LIST_MAX);
    char lines[TRAINING_LIST_MAX * (TRAINING_LIST + 1)], name[TRAINING_LIST];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        training_list_name(&offers[i]->t, name);
        len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s%s", i ? "\n" : "", name);
    }
    return arena_copy(telling->arena, (struct slice){lines, len});
}

/* What is sent without her having asked goes only to who agreed to notices. */
static bool may_remind(const struct telling *telling, const struct trainer_person *person)
{
    return !is_reminder(telling) || person->wants_notices;
}

/* What she reads, and the template that says it where free words may not. */
static enum error say(struct telling *telling, const struct training *t, const char *language,
                      const struct training_values *values)
{
    static const char *const names[WINDOW_PARAMS] = {[WINDOW_TEXT] = "",
                                                     [WINDOW_TITLE] = "{{title}}",
                                                     [WINDOW_WHEN] = "{{when}}",
                                                     [WINDOW_WHERE] = "{{where}}",
                                                     [WINDOW_CODE] = "{{code}}"};
    struct slice fill[WINDOW_PARAMS];
    enum error error = training_say(t, telling->text, language, values, telling->arena, &telling->event.text);
    for (size_t i = 0; i < WINDOW_PARAMS && !error; i++)
        error = training_fill(t, slice_of(names[i]), language, values, telling->arena, &fill[i]);
    fill[WINDOW_TEXT] = telling->event.text;
    if (!error && telling->channel.kind == CHANNEL_WHATSAPP)
        error =
            window_template(&telling->channel, template_for(telling), fill, telling->arena, &telling->event.template);
    return error;
}

/* Writes the event that sets a fact, and says nothing: any channel will do. Returns OK, ERR_NOT_FOUND where there is
 * none, or ERR_NOMEM. */
static enum error prepare_fact(struct telling *telling)
{
    const struct world *world = telling->shard->trainer->world;
    const struct channel *channel = world_channel(world, telling->channel_name);
    if (!channel && !world->channel_count)
        return ERR_NOT_FOUND;
    telling->channel = channel ? *channel : world->channels[0];
    telling->channel.sync = false;
    telling->event = (struct event){
        .kind = EVENT_STAFF,
        .from = telling->who,
        .id = slice_of(arena_printf(telling->arena, "training:%s", telling->id)),
        .payload = slice_of(arena_printf(telling->arena, "%.*s %.*s", (int)telling->learns.len, telling->learns.ptr,
                                         (int)telling->training.len, telling->training.ptr)),
    };
    return telling->event.id.ptr && telling->event.payload.ptr ? OK : ERR_NOMEM;
}

/* Writes the event. Returns ERR_NOT_FOUND where there is nothing to tell her any more. */
static enum error prepare(struct telling *telling, const struct trainer_person *person)
{
    static const struct training none = {0};
    const struct trainer_item *item = trainer_find(telling->shard->trainer, telling->training);
    const int64_t now_ms = loop_now_ms(telling->shard->trainer->loop);
    const struct channel *channel = way_to(telling, person->state, now_ms);
    struct training_values values = {0};
    uint64_t number = 0;
    if (!channel || person->state->opted_out || !may_remind(telling, person) || (telling->training.len && !item))
        return ERR_NOT_FOUND;
    const char *proof = arena_printf(telling->arena, "%.*s-%.*s", (int)telling->training.len, telling->training.ptr,
                                     (int)telling->number.len, telling->number.ptr);
    slice_u64(telling->number, UINT32_MAX, &number);
    values.number = (int64_t)number;
    values.proof = slice_of(proof);
    values.list = list_offers(telling, person, now_ms);
    telling->channel = *channel;
    telling->channel.sync = false;
    telling->event = (struct event){
        .kind = EVENT_STAFF,
        .from = telling->who,
        .id = slice_of(arena_printf(telling->arena, "training:%s", telling->id)),
        .payload = slice_of(arena_printf(telling->arena, "%s %s%s%.*s", is_reminder(telling) ? "remind" : "tell",
                                         training_texts[telling->text], telling->training.len ? " " : "",
                                         (int)telling->training.len, telling->training.ptr)),
    };
    if (!proof || !values.list.ptr || !telling->event.id.ptr || !telling->event.payload.ptr)
        return ERR_NOMEM;
    return say(telling, item ? &item->t : &none, person->state->lang, &values);
}

static void on_person(void *ctx, enum error error, const struct stored *stored)
{
    struct telling *telling = ctx;
    struct trainer *trainer = telling->shard->trainer;
    struct trainer_person person;
    if (!error && !trainer->stopped)
        error = trainer_person_read(stored, telling->arena, &person);
    if (!error && !trainer->stopped)
        error = !person.known ? ERR_NOT_FOUND : telling->learns.len ? prepare_fact(telling) : prepare(telling, &person);
    if (error == ERR_LIMIT)
        log_event(LOG_ERROR, "what is to be told of a training is too long and is given up", "training=%.*s",
                  (int)telling->training.len, telling->training.ptr);
    if (trainer->stopped || (error && error != ERR_NOT_FOUND && error != ERR_SYNTAX && error != ERR_LIMIT))
        end(telling);
    else if (error)
        take_away(telling); /* she is gone, or is out */
    else if (turn_start_at(trainer->turns, &telling->channel, &telling->event, person.version,
                           loop_now_ms(trainer->loop), telling->arena, on_turn, telling))
        end(telling);
}

/* ---- reading ---- */

static bool take_field(struct telling *telling, struct slice name, struct slice value)
{
    const struct {
        const char *name;
        struct slice *to;
    } fields[] = {{"training", &telling->training},
                  {"who", &telling->who},
                  {"channel", &telling->channel_name},
                  {"number", &telling->number}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (slice_is(name, fields[i].name))
            return (*fields[i].to = arena_copy(telling->arena, value)).ptr;
    for (size_t i = 0; slice_is(name, "what") && training_texts[i]; i++)
        if (slice_is(value, training_texts[i]))
            telling->text = (enum training_text)i;
    if (slice_is(name, "what"))
        telling->learns = slice_is(value, "trained")     ? SLICE("trained")
                          : slice_is(value, "untrained") ? SLICE("untrained")
                                                         : SLICE_NONE;
    return true;
}

static enum error read_telling(struct telling *telling, const redisReply *entry)
{
    const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
    telling->text = TRAINING_TEXTS;
    if (!fields || fields->type != REDIS_REPLY_ARRAY ||
        !slice_copy((struct slice){entry->element[0]->str, entry->element[0]->len}, telling->id, sizeof(telling->id)))
        return ERR_SYNTAX;
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (!take_field(telling, (struct slice){fields->element[i]->str, fields->element[i]->len},
                        (struct slice){fields->element[i + 1]->str, fields->element[i + 1]->len}))
            return ERR_NOMEM;
    return (telling->text < TRAINING_TEXTS || telling->learns.len) && telling->who.len ? OK : ERR_SYNTAX;
}

static void on_read(void *ctx, const redisReply *reply)
{
    struct telling *telling = ctx;
    struct trainer *trainer = telling->shard->trainer;
    if (trainer_failed(reply) || reply->type != REDIS_REPLY_ARRAY || !reply->elements || trainer->stopped ||
        !telling->shard->ours) {
        end(telling);
        return;
    }
    enum error error = read_telling(telling, reply->element[0]);
    if (error == ERR_SYNTAX && telling->id[0])
        take_away(telling);
    else if (error || store_load(trainer->turns->store, telling->who, SLICE("?"), on_person, telling))
        end(telling);
}

void trainer_tell(struct trainer_shard *shard)
{
    struct telling *telling = shard->ours && !shard->telling ? mem_alloc(sizeof(*telling)) : NULL;
    if (!telling)
        return;
    *telling = (struct telling){.shard = shard, .arena = arena_new(TRAINER_WORK_ARENA)};
    shard->telling = telling;
    const struct slice args[] = {SLICE("XRANGE"), tells_key(telling), SLICE("-"),
                                 SLICE("+"),      SLICE("COUNT"),     SLICE("1")};
    if (!telling->arena || redis_command(shard->trainer->redis, args, sizeof(args) / sizeof(args[0]), on_read, telling))
        end(telling);
}
