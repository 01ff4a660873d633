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
#define PROCESS_BYTES 8       /* of chance */
#define REFUSED_AGAIN_MS 1000 /* before Redis is asked again what it answered with an error */

/* A message on its way. Only the first of a contact's line moves; its phase tells what it waits for. */
enum phase {
    PHASE_QUEUED,  /* its turn, or Redis */
    PHASE_ASKING,  /* chaski_intent is under way */
    PHASE_CALLING, /* the provider is being called */
    PHASE_TELLING, /* the result must reach Redis */
    PHASE_RESTING  /* its timer, before another try */
};

/* The phases that a process must not end in by choice: the next one could only call the message in doubt. */
static const bool is_under_way[] = {
    [PHASE_ASKING] = true, [PHASE_CALLING] = true, [PHASE_TELLING] = true, [PHASE_RESTING] = false};

struct parcel {
    struct parcel *next; /* behind it in the line */
    struct line *line;
    struct outbox_entry *entry;
    enum phase phase;
    bool paced; /* has its place in the channel's rate, for the next call */
    struct event *timer;
    const char *state; /* to tell: sent, wait, dead, doubt, dropped */
    char provider_id[256];
    char code[CODE_MAX];
    int64_t wait_ms; /* wait: until the next try; 0: back-off by tries */
};

struct line {
    struct line *next; /* in the bucket */
    struct outbox *outbox;
    struct parcel *first, *last;
};

/* How many messages of a shard are in doubt. */
struct doubts {
    struct outbox *outbox;
    size_t count;
};

struct outbox {
    struct event_base *base;
    struct redis *redis;
    struct sender *sender;
    struct outbox_reader *reader;
    outbox_channel *channel;
    void *ctx;
    struct line *lines[LINES];
    struct outbox_paces paces;
    size_t held, under_way;
    struct doubts doubts[SHARDS];
    int64_t backoff_first_ms;
    char process[2 * PROCESS_BYTES + 1]; /* tells this process's intents from another's */
    bool draining, closing;
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
    size_t in_doubt = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        in_doubt += outbox->doubts[i].count;
    metric_set(METRIC_OUTBOX_DEPTH, NULL, NULL, (double)outbox->held);
    metric_set(METRIC_OUTBOX_IN_DOUBT, NULL, NULL, (double)in_doubt);
}

static void enter(struct parcel *parcel, enum phase phase)
{
    struct outbox *outbox = parcel->line->outbox;
    outbox->under_way += is_under_way[phase];
    outbox->under_way -= is_under_way[parcel->phase];
    parcel->phase = phase;
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
    enter(parcel, PHASE_QUEUED);
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

static void set_timer(struct parcel *parcel, int64_t ms)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    event_add(parcel->timer, &wait);
}

static void rest(struct parcel *parcel, int64_t ms)
{
    enter(parcel, PHASE_RESTING);
    set_timer(parcel, ms);
}

/* Rests as long as the policy says after that many tries. */
static void back_off(struct parcel *parcel, int64_t tries)
{
    unsigned char chance;
    random_bytes(&chance, 1);
    rest(parcel, outbox_backoff_ms(parcel->line->outbox->backoff_first_ms, tries, chance));
}

static void on_doubt_counted(void *ctx, const redisReply *reply)
{
    struct doubts *doubts = ctx;
    if (reply && reply->type == REDIS_REPLY_INTEGER && !doubts->outbox->closing) {
        doubts->count = (size_t)reply->integer;
        set_gauges(doubts->outbox);
    }
}

static enum error count_doubt(struct outbox *outbox, unsigned shard)
{
    char key[KEY_MAX];
    struct slice args[] = {SLICE("XLEN"), key_write(key, shard, "doubt", SLICE_NONE)};
    return redis_command(outbox->redis, args, 2, on_doubt_counted, &outbox->doubts[shard]);
}

static void on_told(void *ctx, const redisReply *reply)
{
    struct parcel *parcel = ctx;
    struct outbox *outbox = parcel->line->outbox;
    unsigned shard = parcel->entry->shard;
    bool doubt = strcmp(parcel->state, "doubt") == 0;
    if (outbox->closing || !reply)
        return; /* stays in TELLING: told again when Redis is back */
    if (reply->type != REDIS_REPLY_INTEGER) {
        set_timer(parcel, REFUSED_AGAIN_MS);
    } else if (strcmp(parcel->state, "wait") != 0) {
        finish_parcel(parcel);
        if (doubt && count_doubt(outbox, shard))
            return; /* counted when Redis is back */
    } else if (reply->integer >= OUTBOX_TRIES_MAX && !parcel->wait_ms) {
        parcel->state = "dead";
        advance(parcel);
    } else if (parcel->wait_ms) {
        rest(parcel, parcel->wait_ms);
    } else {
        back_off(parcel, reply->integer);
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
    struct slice args[] = {SLICE("FCALL"),
                           SLICE("chaski_result"),
                           SLICE("5"),
                           key_write(keys[0], e->shard, "outbox", SLICE_NONE),
                           key_write(keys[1], e->shard, "send", id),
                           key_write(keys[2], e->shard, aside, SLICE_NONE),
                           key_write(keys[3], e->shard, "receipt", receipt),
                           key_write(keys[4], e->shard, "early", receipt),
                           SLICE(OUTBOX_GROUP),
                           id,
                           slice_of(parcel->state),
                           slice_of(parcel->provider_id),
                           slice_of(parcel->code),
                           slice_of(now),
                           e->json};
    enter(parcel, PHASE_TELLING);
    event_del(parcel->timer);
    if (redis_command(parcel->line->outbox->redis, args, sizeof(args) / sizeof(args[0]), on_told, parcel))
        set_timer(parcel, REFUSED_AGAIN_MS);
}

static void conclude(struct parcel *parcel, const struct send_result *result)
{
    const struct outbox_entry *e = parcel->entry;
    char channel[64], person[LOG_PERSON], code[CODE_MAX];
    const struct outbox_verdict verdict = outbox_judge(result, e->at_ms, clock_ms());
    parcel->state = verdict.state;
    parcel->wait_ms = verdict.wait_ms;
    if (!slice_copy(result->provider_id, parcel->provider_id, sizeof(parcel->provider_id)))
        parcel->provider_id[0] = '\0';
    if (!slice_copy(result->code, parcel->code, sizeof(parcel->code)))
        parcel->code[0] = '\0';
    slice_copy(e->channel, channel, sizeof(channel));
    metric_add(METRIC_SENDS, channel, verdict.outcome, 1);
    if (result->class != SEND_OK)
        log_event(LOG_WARNING, "a message did not go", "channel=%s contact=%s id=%s outcome=%s then=%s code=%s",
                  channel, log_person(e->to, person), e->reference, verdict.outcome, parcel->state,
                  log_value(slice_of(parcel->code), code, sizeof(code)));
    tell(parcel);
}

static void on_answer(void *ctx, const struct sender_answer *answer)
{
    struct parcel *parcel = ctx;
    struct outbox *outbox = parcel->line->outbox;
    if (outbox->closing)
        return;
    struct send_result result = {.class = SEND_UNKNOWN, .code = slice_of(answer->trouble)};
    struct arena *arena = arena_new(2 * SENDER_ANSWER_MAX);
    const struct channel *channel = outbox->channel(outbox->ctx, parcel->entry->channel);
    if (answer->fate == SENDER_NOT_SENT) {
        result.class = SEND_TRANSIENT;
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
        enter(parcel, PHASE_CALLING);
    } else {
        failed.class = error == ERR_NOMEM || error == ERR_UNAVAILABLE ? SEND_TRANSIENT : SEND_MESSAGE;
        failed.code = slice_of(error_text(error));
        conclude(parcel, &failed);
    }
    arena_free(arena);
}

/* What Redis says instead of "go", and what is told then. */
static const struct {
    const char *word;
    const char *state, *code;
} refusals[] = {{"drop", "dropped", "opted out"}, {"doubt", "doubt", "another process was calling"}};

static void give_up(struct parcel *parcel, const char *state, const char *code)
{
    parcel->state = state;
    parcel->provider_id[0] = '\0';
    snprintf(parcel->code, sizeof(parcel->code), "%s", code);
    tell(parcel);
}

static void take_leave(struct parcel *parcel, const char *word)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strcmp(word, refusals[i].word) == 0) {
            give_up(parcel, refusals[i].state, refusals[i].code);
            return;
        }
    }
    if (strcmp(word, "done") == 0) {
        finish_parcel(parcel);
        return;
    }
    parcel->paced = false;
    if (outbox_is_too_old(parcel->entry->at_ms, clock_ms()))
        give_up(parcel, "dead", "too old");
    else
        call_provider(parcel);
}

static void on_leave(void *ctx, const redisReply *reply)
{
    struct parcel *parcel = ctx;
    if (parcel->line->outbox->closing)
        return;
    if (reply && reply->type == REDIS_REPLY_STRING)
        take_leave(parcel, reply->str);
    else if (reply)
        rest(parcel, REFUSED_AGAIN_MS);
    else
        enter(parcel, PHASE_QUEUED); /* the intent may be written, and nothing was sent: this process may ask again */
}

static void ask_leave(struct parcel *parcel)
{
    const struct outbox *outbox = parcel->line->outbox;
    const struct outbox_entry *e = parcel->entry;
    char keys[2][KEY_MAX], now[24];
    snprintf(now, sizeof(now), "%lld", (long long)clock_ms());
    struct slice args[] = {SLICE("FCALL"),
                           SLICE("chaski_intent"),
                           SLICE("2"),
                           key_write(keys[0], e->shard, "contact", e->to),
                           key_write(keys[1], e->shard, "send", slice_of(e->id)),
                           e->confirmation ? SLICE("confirmation") : SLICE("reply"),
                           slice_of(now),
                           slice_of(outbox->process)};
    enum error error = redis_command(outbox->redis, args, sizeof(args) / sizeof(args[0]), on_leave, parcel);
    if (!error)
        enter(parcel, PHASE_ASKING);
    else if (error != ERR_UNAVAILABLE)
        rest(parcel, REFUSED_AGAIN_MS);
}

/* Moves a line's first parcel from where it stands. */
static void advance(struct parcel *parcel)
{
    struct outbox *outbox = parcel->line->outbox;
    if (parcel->phase == PHASE_TELLING) {
        tell(parcel);
    } else if (parcel->phase == PHASE_QUEUED && !outbox->draining) {
        const struct channel *channel = outbox->channel(outbox->ctx, parcel->entry->channel);
        int64_t wait_ms = 0;
        if (channel && !parcel->paced)
            wait_ms = outbox_pace_book(&outbox->paces, channel->name, channel->rate, clock_steady_ms());
        parcel->paced = true;
        if (wait_ms > 0)
            rest(parcel, wait_ms);
        else
            ask_leave(parcel);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct parcel *parcel = ctx;
    (void)fd;
    (void)what;
    if (parcel->phase == PHASE_RESTING)
        enter(parcel, PHASE_QUEUED);
    advance(parcel);
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
        parcel->timer = event_new(outbox->base, -1, 0, on_timer, parcel);
    if (!line && parcel && parcel->timer && (line = mem_alloc(sizeof(*line)))) {
        unsigned bucket = slice_hash(entry->to) % LINES;
        *line = (struct line){.next = outbox->lines[bucket], .outbox = outbox};
        outbox->lines[bucket] = line;
    }
    if (!parcel || !parcel->timer || !line) {
        if (parcel && parcel->timer)
            event_free(parcel->timer);
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

void outbox_redis_up(struct outbox *outbox)
{
    for (unsigned i = 0; i < SHARDS; i++)
        if (count_doubt(outbox, i))
            break;
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
    *outbox = (struct outbox){.base = base,
                              .redis = redis,
                              .sender = sender,
                              .channel = channel,
                              .ctx = ctx,
                              .backoff_first_ms = OUTBOX_BACKOFF_FIRST_MS};
    unsigned char chance[PROCESS_BYTES];
    random_bytes(chance, sizeof(chance));
    hex_encode(chance, sizeof(chance), outbox->process);
    for (unsigned i = 0; i < SHARDS; i++)
        outbox->doubts[i].outbox = outbox;
    outbox->reader = outbox_reader_new(base, reader, "worker-0", on_entry, has_room, outbox);
    if (!outbox->reader) {
        mem_free(outbox);
        return NULL;
    }
    return outbox;
}

void outbox_set_patience(struct outbox *outbox, int64_t backoff_first_ms)
{
    outbox->backoff_first_ms = backoff_first_ms;
}

void outbox_drain(struct outbox *outbox)
{
    outbox->draining = true;
    outbox_reader_stop(outbox->reader);
}

void outbox_abandon(struct outbox *outbox)
{
    outbox->closing = true;
}

size_t outbox_in_flight(const struct outbox *outbox)
{
    return outbox->under_way;
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
