#include "gateway/outbox.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/outbox_entry.h"
#include "gateway/outbox_reader.h"

#define LINES 4096 /* hash buckets of contacts */
#define CALL_BYTES_MAX (256 * 1024)
#define CODE_MAX 64

/* A message on its way. Only the first of a contact's line moves; its phase tells what it waits for. */
enum phase {
    PHASE_QUEUED,  /* its turn, or leave from Redis */
    PHASE_ASKING,  /* chaski_intent is under way */
    PHASE_CALLING, /* the provider is being called */
    PHASE_TELLING, /* the result must reach Redis */
    PHASE_RESTING  /* its timer, before another try */
};

struct parcel {
    struct parcel *next; /* behind it in the line */
    struct line *line;
    struct outbox_entry *entry;
    enum phase phase;
    struct event *timer;
    const char *state;   /* to tell: sent, wait, dead, doubt, dropped */
    char provider_id[256];
    char code[CODE_MAX];
    int64_t wait_ms;     /* wait: until the next try; 0: back-off by tries */
};

struct line {
    struct line *next; /* in the bucket */
    struct outbox *outbox;
    struct parcel *first, *last;
};

struct pace {
    const char *channel;
    int64_t free_ms; /* steady clock: when the next message may go */
};

struct outbox {
    struct event_base *base;
    struct redis *redis;
    struct sender *sender;
    struct outbox_reader *reader;
    outbox_channel *channel;
    void *ctx;
    struct line *lines[LINES];
    struct pace paces[32];
    size_t pace_count;
    size_t held, calling;
    size_t in_doubt;
    bool closing;
};

static void advance(struct parcel *parcel);

static struct line *find_line(struct outbox *outbox, struct slice contact)
{
    struct line *line = outbox->lines[slice_hash(contact) % LINES];
    while (line && !slice_eq(line->first->entry->to, contact))
        line = line->next;
    return line;
}

static void set_gauges(const struct outbox *outbox)
{
    metric_set(METRIC_OUTBOX_DEPTH, NULL, NULL, (double)outbox->held);
    metric_set(METRIC_OUTBOX_IN_DOUBT, NULL, NULL, (double)outbox->in_doubt);
}

static void free_parcel(struct parcel *parcel)
{
    if (parcel->timer)
        event_free(parcel->timer);
    outbox_entry_free(parcel->entry);
    mem_free(parcel);
}

/* Takes the first parcel off its line and moves the next one, if there is one. */
static void finish_parcel(struct parcel *parcel)
{
    struct line *line = parcel->line;
    struct outbox *outbox = line->outbox;
    outbox->held--;
    line->first = parcel->next;
    if (!line->first) {
        struct line **at = &outbox->lines[slice_hash(parcel->entry->to) % LINES];
        while (*at != line)
            at = &(*at)->next;
        *at = line->next;
        mem_free(line);
        line = NULL;
    }
    free_parcel(parcel);
    set_gauges(outbox);
    if (line)
        advance(line->first);
}

static void rest(struct parcel *parcel, int64_t ms)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    parcel->phase = PHASE_RESTING;
    event_add(parcel->timer, &wait);
}

/* Half of the doubled wait is fixed, half is chance, so that many that failed together do not come back together. */
static int64_t backoff_ms(int64_t tries)
{
    unsigned char chance;
    int64_t ms = OUTBOX_BACKOFF_FIRST_MS;
    for (int64_t i = 1; i < tries && ms < OUTBOX_BACKOFF_LAST_MS; i++)
        ms *= 2;
    if (ms > OUTBOX_BACKOFF_LAST_MS)
        ms = OUTBOX_BACKOFF_LAST_MS;
    random_bytes(&chance, 1);
    return ms / 2 + ms / 2 * chance / 255;
}

static void on_told(void *ctx, const redisReply *reply)
{
    struct parcel *parcel = ctx;
    struct outbox *outbox = parcel->line->outbox;
    if (outbox->closing)
        return;
    if (!reply || reply->type != REDIS_REPLY_INTEGER)
        return; /* stays in TELLING: told again when Redis is back */
    if (strcmp(parcel->state, "wait") != 0) {
        finish_parcel(parcel);
    } else if (reply->integer >= OUTBOX_TRIES_MAX && !parcel->wait_ms) {
        parcel->state = "dead";
        advance(parcel);
    } else {
        rest(parcel, parcel->wait_ms ? parcel->wait_ms : backoff_ms(reply->integer));
    }
}

static struct slice receipt_name(char *out, size_t size, const struct parcel *parcel)
{
    snprintf(out, size, "%.*s:%s", (int)parcel->entry->channel.len, parcel->entry->channel.ptr, parcel->provider_id);
    return slice_of(out);
}

static void tell(struct parcel *parcel)
{
    const struct outbox_entry *e = parcel->entry;
    char keys[5][KEY_MAX], name[KEY_MAX - 32], now[24];
    struct slice id = slice_of(e->id), receipt = receipt_name(name, sizeof(name), parcel);
    const char *aside = strcmp(parcel->state, "doubt") == 0 ? "doubt" : "dead";
    snprintf(now, sizeof(now), "%lld", (long long)clock_ms());
    struct slice args[] = {
        SLICE("FCALL"), SLICE("chaski_result"), SLICE("5"), key_write(keys[0], e->shard, "outbox", SLICE_NONE),
        key_write(keys[1], e->shard, "send", id), key_write(keys[2], e->shard, aside, SLICE_NONE),
        key_write(keys[3], e->shard, "receipt", receipt), key_write(keys[4], e->shard, "early", receipt),
        SLICE(OUTBOX_GROUP), id, slice_of(parcel->state), slice_of(parcel->provider_id), slice_of(parcel->code),
        slice_of(now), e->json,
    };
    parcel->phase = PHASE_TELLING;
    if (redis_command(parcel->line->outbox->redis, args, sizeof(args) / sizeof(args[0]), on_told, parcel))
        return; /* told again when Redis is back */
}

/* How each way a send can end goes on: the closed taxonomy as a table. */
static const struct {
    const char *state;
    const char *outcome; /* the metric's word */
    int64_t wait_ms;     /* 0: back-off */
} endings[] = {
    [SEND_OK] = {"sent", "ok", 0},
    [SEND_TRANSIENT] = {"wait", "transient", 0},
    [SEND_THROTTLED] = {"wait", "throttled", 0},
    [SEND_LATER] = {"wait", "later", OUTBOX_LATER_MS},
    [SEND_MESSAGE] = {"dead", "message", 0},
    [SEND_RECIPIENT] = {"dead", "recipient", 0},
    [SEND_CHANNEL] = {"wait", "channel", OUTBOX_LATER_MS}, /* somebody mends a token; the deadline bounds the wait */
    [SEND_MALFORMED] = {"doubt", "malformed", 0},
    [SEND_UNKNOWN] = {"doubt", "unknown", 0},
};

static void conclude(struct parcel *parcel, const struct send_result *result)
{
    struct outbox *outbox = parcel->line->outbox;
    const struct outbox_entry *e = parcel->entry;
    char channel[64], person[LOG_PERSON], code[CODE_MAX];
    parcel->state = endings[result->class].state;
    parcel->wait_ms = result->retry_after_ms ? result->retry_after_ms : endings[result->class].wait_ms;
    if (!slice_copy(result->provider_id, parcel->provider_id, sizeof(parcel->provider_id)))
        parcel->provider_id[0] = '\0';
    if (!slice_copy(result->code, parcel->code, sizeof(parcel->code)))
        parcel->code[0] = '\0';
    if (strcmp(parcel->state, "wait") == 0 && clock_ms() + parcel->wait_ms > e->at_ms + OUTBOX_REPLY_DEADLINE_MS)
        parcel->state = "dead";
    if (strcmp(parcel->state, "doubt") == 0)
        outbox->in_doubt++;
    slice_copy(e->channel, channel, sizeof(channel));
    metric_add(METRIC_SENDS, channel, endings[result->class].outcome, 1);
    if (result->class != SEND_OK)
        log_event(LOG_WARNING, "a message did not go", "channel=%s contact=%s id=%s outcome=%s then=%s code=%s", channel,
                  log_person(e->to, person), e->reference, endings[result->class].outcome, parcel->state,
                  log_value(slice_of(parcel->code), code, sizeof(code)));
    tell(parcel);
}

static void on_answer(void *ctx, const struct sender_answer *answer)
{
    struct parcel *parcel = ctx;
    struct outbox *outbox = parcel->line->outbox;
    outbox->calling--;
    if (outbox->closing)
        return;
    struct send_result result = {.class = SEND_UNKNOWN};
    struct arena *arena = arena_new(2 * SENDER_ANSWER_MAX);
    const struct channel *channel = outbox->channel(outbox->ctx, parcel->entry->channel);
    if (answer->fate == SENDER_NOT_SENT) {
        result.class = SEND_TRANSIENT;
        result.code = slice_of(answer->trouble);
    } else if (answer->fate == SENDER_ANSWERED && channel && arena) {
        channel->adapter->result(channel, answer->status, answer->body, arena, &result);
        if (answer->retry_after_ms && (result.class == SEND_THROTTLED || result.class == SEND_TRANSIENT))
            result.retry_after_ms = answer->retry_after_ms;
    }
    conclude(parcel, &result);
    arena_free(arena);
}

static void call_provider(struct parcel *parcel)
{
    struct outbox *outbox = parcel->line->outbox;
    const struct channel *channel = outbox->channel(outbox->ctx, parcel->entry->channel);
    struct arena *arena = arena_new(CALL_BYTES_MAX);
    struct http_call call = {0};
    struct send_result failed = {.class = SEND_MESSAGE};
    enum error error = !arena ? ERR_NOMEM : !channel || !channel->adapter->call ? ERR_UNSUPPORTED : OK;
    if (!error)
        error = channel->adapter->call(channel, parcel->entry->to, &parcel->entry->message,
                                       slice_of(parcel->entry->reference), arena, &call);
    if (!error)
        error = sender_call(outbox->sender, &call, on_answer, parcel);
    if (!error) {
        parcel->phase = PHASE_CALLING;
        outbox->calling++;
    } else {
        failed.class = error == ERR_NOMEM ? SEND_TRANSIENT : SEND_MESSAGE;
        failed.code = slice_of(error_text(error));
        conclude(parcel, &failed);
    }
    arena_free(arena);
}

static void on_leave(void *ctx, const redisReply *reply)
{
    struct parcel *parcel = ctx;
    struct outbox *outbox = parcel->line->outbox;
    if (outbox->closing)
        return;
    if (!reply || reply->type != REDIS_REPLY_STRING) {
        /* The intent may be written without our knowing, and nothing was sent: this process may ask again. */
        parcel->phase = PHASE_QUEUED;
    } else if (strcmp(reply->str, "go") == 0) {
        parcel->entry->taken_over = false;
        call_provider(parcel);
    } else {
        bool doubt = strcmp(reply->str, "doubt") == 0;
        parcel->state = doubt ? "doubt" : "dropped";
        snprintf(parcel->code, sizeof(parcel->code), "%s", doubt ? "process ended while calling" : "opted out");
        outbox->in_doubt += doubt;
        tell(parcel);
    }
}

static void ask_leave(struct parcel *parcel)
{
    const struct outbox_entry *e = parcel->entry;
    char keys[2][KEY_MAX], now[24];
    snprintf(now, sizeof(now), "%lld", (long long)clock_ms());
    struct slice args[] = {
        SLICE("FCALL"), SLICE("chaski_intent"), SLICE("2"), key_write(keys[0], e->shard, "contact", e->to),
        key_write(keys[1], e->shard, "send", slice_of(e->id)), e->confirmation ? SLICE("confirmation") : SLICE("reply"),
        slice_of(now), e->taken_over ? SLICE("1") : SLICE("0"),
    };
    parcel->phase = PHASE_ASKING;
    if (redis_command(parcel->line->outbox->redis, args, sizeof(args) / sizeof(args[0]), on_leave, parcel))
        parcel->phase = PHASE_QUEUED;
}

/* Gives how long the channel's rate makes a message wait now, and books its place. */
static int64_t book_pace(struct outbox *outbox, const struct channel *channel)
{
    int64_t now_ms = clock_steady_ms();
    size_t i = 0;
    if (!channel || channel->rate <= 0)
        return 0;
    while (i < outbox->pace_count && strcmp(outbox->paces[i].channel, channel->name) != 0)
        i++;
    if (i == sizeof(outbox->paces) / sizeof(outbox->paces[0]))
        return 0;
    if (i == outbox->pace_count)
        outbox->paces[outbox->pace_count++] = (struct pace){channel->name, now_ms};
    int64_t at_ms = outbox->paces[i].free_ms > now_ms ? outbox->paces[i].free_ms : now_ms;
    outbox->paces[i].free_ms = at_ms + (int64_t)(1000 / channel->rate);
    return at_ms - now_ms;
}

/* Moves a line's first parcel from where it stands. */
static void advance(struct parcel *parcel)
{
    if (parcel->phase == PHASE_TELLING) {
        tell(parcel);
    } else if (parcel->phase == PHASE_QUEUED) {
        struct outbox *outbox = parcel->line->outbox;
        int64_t wait_ms = book_pace(outbox, outbox->channel(outbox->ctx, parcel->entry->channel));
        if (wait_ms > 0)
            rest(parcel, wait_ms);
        else
            ask_leave(parcel);
    }
}

static void on_rested(evutil_socket_t fd, short what, void *ctx)
{
    struct parcel *parcel = ctx;
    (void)fd;
    (void)what;
    ask_leave(parcel);
}

static bool is_held(const struct line *line, const struct outbox_entry *entry)
{
    for (const struct parcel *p = line->first; p; p = p->next)
        if (p->entry->shard == entry->shard && strcmp(p->entry->id, entry->id) == 0)
            return true;
    return false;
}

static void on_entry(void *ctx, struct outbox_entry *entry)
{
    struct outbox *outbox = ctx;
    struct line *line = find_line(outbox, entry->to);
    struct parcel *parcel = NULL;
    if (line && is_held(line, entry)) {
        outbox_entry_free(entry); /* read again after a reconnection */
        return;
    }
    parcel = mem_alloc(sizeof(*parcel));
    if (parcel)
        parcel->timer = event_new(outbox->base, -1, 0, on_rested, parcel);
    if (!line && parcel && parcel->timer && (line = mem_alloc(sizeof(*line)))) {
        unsigned bucket = slice_hash(entry->to) % LINES;
        *line = (struct line){.next = outbox->lines[bucket], .outbox = outbox};
        outbox->lines[bucket] = line;
    }
    if (!parcel || !parcel->timer || !line) {
        mem_free(parcel);
        outbox_entry_free(entry); /* stays pending in the stream: the next start takes it over */
        return;
    }
    parcel->line = line;
    parcel->entry = entry;
    *(line->first ? &line->last->next : &line->first) = parcel;
    line->last = parcel;
    outbox->held++;
    set_gauges(outbox);
    if (line->first == parcel)
        advance(parcel);
}

static bool has_room(void *ctx)
{
    const struct outbox *outbox = ctx;
    return outbox->held < OUTBOX_HELD_MAX;
}

static void on_doubt_counted(void *ctx, const redisReply *reply)
{
    struct outbox *outbox = ctx;
    if (reply && reply->type == REDIS_REPLY_INTEGER && !outbox->closing) {
        outbox->in_doubt += (size_t)reply->integer;
        set_gauges(outbox);
    }
}

static void count_doubt(struct outbox *outbox)
{
    outbox->in_doubt = 0;
    for (unsigned i = 0; i < SHARDS; i++) {
        char key[KEY_MAX];
        struct slice args[] = {SLICE("XLEN"), key_write(key, i, "doubt", SLICE_NONE)};
        if (redis_command(outbox->redis, args, 2, on_doubt_counted, outbox))
            return;
    }
}

void outbox_redis_up(struct outbox *outbox)
{
    count_doubt(outbox);
    for (size_t i = 0; i < LINES; i++) {
        struct line *next;
        for (struct line *line = outbox->lines[i]; line; line = next) {
            next = line->next;
            advance(line->first);
        }
    }
}

void outbox_reader_up(struct outbox *outbox)
{
    outbox_reader_start(outbox->reader);
}

struct outbox *outbox_open(struct event_base *base, struct redis *redis, struct redis *reader, struct sender *sender,
                           outbox_channel *channel, void *ctx)
{
    struct outbox *outbox = mem_alloc(sizeof(*outbox));
    if (!outbox)
        return NULL;
    *outbox = (struct outbox){.base = base, .redis = redis, .sender = sender, .channel = channel, .ctx = ctx};
    outbox->reader = outbox_reader_new(base, reader, "worker-0", on_entry, has_room, outbox);
    if (!outbox->reader) {
        mem_free(outbox);
        return NULL;
    }
    return outbox;
}

void outbox_drain(struct outbox *outbox)
{
    outbox_reader_stop(outbox->reader);
}

void outbox_abandon(struct outbox *outbox)
{
    outbox->closing = true;
}

size_t outbox_in_flight(const struct outbox *outbox)
{
    return outbox->calling;
}

size_t outbox_held(const struct outbox *outbox)
{
    return outbox->held;
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    outbox_reader_free(outbox->reader);
    for (size_t i = 0; i < LINES; i++) {
        for (struct line *line = outbox->lines[i], *next; line; line = next) {
            next = line->next;
            for (struct parcel *p = line->first, *after; p; p = after) {
                after = p->next;
                free_parcel(p);
            }
            mem_free(line);
        }
    }
    mem_free(outbox);
}
