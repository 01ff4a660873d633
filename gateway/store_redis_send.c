/* The store in Redis, intents and ends: chaski_intent and chaski_end of gateway/lua/outbox.lua, many in one call. */
#include <string.h>

#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/store_redis_parts.h"

#define HEAD_BYTES 96
#define NAME_BYTES (KEY_MAX - 32)

static const char *const stream_names[STORE_STREAMS] = {[STREAM_REPLIES] = "outbox", [STREAM_BULK] = "bulk"};

static void name_run(struct batch_part *part, const char *kind)
{
    char *room = part->names[part->run_key_count];
    part->run_keys[part->run_key_count++] = key_write(room, part->shard, kind, SLICE_NONE);
}

/* The keys of a run begin with its messages' records. */
static void name_sends(struct batch_part *part)
{
    part->run_keys[0] = key_sends(part->names[0], part->shard, part->id);
    part->run_key_count = 1;
}

static void add_run_arg(struct batch_part *part, struct slice arg)
{
    part->run_args[part->run_arg_count++] = arg;
}

static void add_arg(struct batch_part *part, struct slice arg)
{
    part->args[part->arg_count++] = arg;
}

/* Begins a part with its run: the messages of one stream of a shard whose ids are of one day. */
static void begin_part(struct batch_part *part, unsigned shard, enum store_stream stream, struct slice id,
                       void (*name)(struct batch_part *part))
{
    part->run_key_count = part->run_arg_count = part->key_count = part->arg_count = 0;
    part->run = ((uint64_t)key_day(id) * SHARDS + shard) * STORE_STREAMS + stream;
    part->shard = shard;
    part->stream = stream;
    part->id = id;
    part->name_run = name;
}

/* ---- intents ---- */

static const struct {
    const char *word;
    enum leave leave;
} leave_words[] = {
    {"drop", LEAVE_DROP}, {"doubt", LEAVE_DOUBT}, {"done", LEAVE_DONE},     {"sent", LEAVE_SENT},
    {"lost", LEAVE_LOST}, {"later", LEAVE_LATER}, {"limits", LEAVE_LIMITS},
};

static int64_t next_number(struct slice *rest)
{
    struct slice word;
    uint64_t number = 0;
    if (slice_cut(rest, ' ', &word))
        slice_u64(word, INT64_MAX, &number);
    return (int64_t)number;
}

/* Reads "WORD" and what belongs to it. Returns false for a word that is none. */
static bool read_leave(struct slice text, struct leave_given *given)
{
    struct slice word;
    given->leave = LEAVES;
    if (!slice_cut(&text, ' ', &word))
        return false;
    for (size_t i = 0; i < sizeof(leave_words) / sizeof(leave_words[0]); i++)
        if (slice_is(word, leave_words[i].word))
            given->leave = leave_words[i].leave;
    if (given->leave == LEAVE_LATER) {
        given->due_ms = next_number(&text);
    } else if (given->leave == LEAVE_LIMITS) {
        given->person.inbound_ms = next_number(&text);
        given->person.limits = text;
    }
    return given->leave != LEAVES;
}

/* A number is the leave that nearly all get: the message goes, and so many tries it had. */
void store_redis_intended(const redisReply *answer, void (*done)(void), void *ctx)
{
    struct leave_given given = {.leave = LEAVE_GO};
    bool good = reply_good(answer);
    char why[128];
    if (good && answer->type == REDIS_REPLY_INTEGER) {
        given.tries = answer->integer;
    } else if (good) {
        struct slice text = answer->type == REDIS_REPLY_STRING ? (struct slice){answer->str, answer->len} : SLICE_NONE;
        good = read_leave(text, &given);
        if (!good)
            log_event(LOG_ERROR, "redis refused an intent", "why=%s", log_value(text, why, sizeof(why)));
    }
    ((store_intended *)done)(ctx, good ? OK : ERR_UNAVAILABLE, good ? &given : NULL);
}

/* A lease's token as a number with a sign; none is ever so large. */
static int64_t plain_token(uint64_t token)
{
    return (int64_t)(token & INT64_MAX);
}

/* "AFTER RESEND LIMITED" as one word of digits, then the token. */
static struct slice intent_head(const struct intent *intent, char out[HEAD_BYTES])
{
    char number[SLICE_DECIMAL_SIZE], *to = out;
    *to++ = intent->after_opt_out ? '1' : '0';
    *to++ = intent->resend ? '1' : '0';
    *to++ = intent->limited ? '1' : '0';
    *to++ = ' ';
    slice_pack(&to, slice_decimal(plain_token(intent->token), number));
    return (struct slice){out, (size_t)(to - out)};
}

static void name_intents(struct batch_part *part)
{
    name_sends(part);
    name_run(part, "lease");
}

enum error store_redis_intend(struct store *store, const struct intent *intent, store_intended *done, void *ctx)
{
    struct store_redis *self = (struct store_redis *)store;
    char contact[KEY_MAX], head[HEAD_BYTES];
    struct batch_part part;
    begin_part(&part, intent->shard, intent->stream, intent->id, name_intents);
    part.keys[part.key_count++] = key_write(contact, intent->shard, "contact", intent->contact);
    add_run_arg(&part, intent_head(intent, head));
    if (intent->limited) {
        add_arg(&part, intent->channel);
        add_arg(&part, intent->limits_before);
        add_arg(&part, intent->limits_then);
    }
    return batcher_add(self->intents, intent->owner, intent->now_ms, &part, (void (*)(void))done, ctx);
}

/* ---- ends ---- */

static const struct {
    const char *word;
    bool has_entry; /* as HAS_ENTRY in outbox.lua */
} states[SEND_STATES] = {
    [SEND_STATE_WAIT] = {"wait", true},   [SEND_STATE_SENT] = {"sent", false},       [SEND_STATE_DEAD] = {"dead", true},
    [SEND_STATE_DOUBT] = {"doubt", true}, [SEND_STATE_DROPPED] = {"dropped", false},
};

/* 1 is done, 0 is another's, -1 failed. */
void store_redis_ended(const redisReply *answer, void (*done)(void), void *ctx)
{
    bool good = reply_good(answer) && answer->type == REDIS_REPLY_INTEGER;
    if (good && answer->integer < 0)
        log_event(LOG_ERROR, "redis refused an end", "%s", "");
    good = good && answer->integer >= 0;
    ((store_ended *)done)(ctx, !good ? ERR_UNAVAILABLE : answer->integer ? OK : ERR_CONFLICT);
}

/* Tells whether an id stands in a record as it is: word() of outbox.lua then need not look at it byte by byte. */
static bool is_tidy(struct slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] <= ' ' || id.ptr[i] > '~' || id.ptr[i] == '%' || id.ptr[i] == ';' || id.ptr[i] == '=')
            return false;
    return id.len > 0;
}

/* "STATE TOKEN DUE PARTS IDS NAMED TIDY". */
static struct slice end_head(const struct send_end *end, size_t ids, char out[HEAD_BYTES])
{
    bool tidy = true;
    for (size_t i = 0; i < ids; i++)
        tidy = tidy && is_tidy(end->provider_ids[i]);
    const int64_t numbers[] = {plain_token(end->token), end->due_ms, end->parts ? end->parts : 1, (int64_t)ids,
                               !end->referred, tidy};
    char number[SLICE_DECIMAL_SIZE], *to = out;
    slice_pack(&to, slice_of(states[end->state].word));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        *to++ = ' ';
        slice_pack(&to, slice_decimal(numbers[i], number));
    }
    return (struct slice){out, (size_t)(to - out)};
}

/* "CHANNEL:ID", cut where a key could not hold it; just the id where no receipt is looked for by it. */
static struct slice receipt_name(const struct send_end *end, size_t at, char out[NAME_BYTES])
{
    const struct slice id = end->provider_ids[at];
    char *to = out;
    if (!end->referred) {
        slice_pack(&to, slice_part(end->channel, 0, NAME_BYTES - 2));
        *to++ = ':';
    }
    slice_pack(&to, slice_part(id, 0, (size_t)(out + NAME_BYTES - 1 - to)));
    return (struct slice){out, (size_t)(to - out)};
}

static void name_ends(struct batch_part *part)
{
    name_sends(part);
    name_run(part, stream_names[part->stream]);
    name_run(part, "early");
}

enum error store_redis_end(struct store *store, const struct send_end *end, store_ended *done, void *ctx)
{
    struct store_redis *self = (struct store_redis *)store;
    char names[STORE_PARTS_MAX][NAME_BYTES], head[HEAD_BYTES];
    struct batch_part part;
    size_t ids = end->provider_id_count < STORE_PARTS_MAX ? end->provider_id_count : STORE_PARTS_MAX;
    begin_part(&part, end->shard, end->stream, end->id, name_ends);
    add_run_arg(&part, end_head(end, ids, head));
    add_run_arg(&part, end->code);
    if (states[end->state].has_entry) {
        add_arg(&part, end->class);
        add_arg(&part, end->json);
    }
    for (size_t i = 0; i < ids; i++)
        add_arg(&part, receipt_name(end, i, names[i]));
    return batcher_add(self->ends, end->owner, end->now_ms, &part, (void (*)(void))done, ctx);
}
