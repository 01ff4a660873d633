/* Lines of parcels, and who goes next. */
#include "gateway/outbox.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/metrics.h"
#include "gateway/outbox_parts.h"

/* The phases that a process must not end in by choice: the next one could only call the message in doubt. */
static bool is_under_way(enum phase phase)
{
    return phase == PHASE_ASKING || phase == PHASE_CALLING || phase == PHASE_TELLING;
}

static unsigned bucket_of(struct slice channel, struct slice contact)
{
    return (slice_hash(contact) ^ slice_hash(channel)) % OUTBOX_LINES;
}

/* The entry of any parcel of a line: they all name the same person and channel. */
static const struct outbox_entry *face_of(const struct line *line)
{
    return line->first[STREAM_REPLIES] ? line->first[STREAM_REPLIES]->entry : line->first[STREAM_BULK]->entry;
}

static struct line *find_line(struct outbox *outbox, const struct outbox_entry *entry)
{
    struct line *line = outbox->lines[bucket_of(entry->channel, entry->to)];
    while (line && !(slice_eq(face_of(line)->to, entry->to) && slice_eq(face_of(line)->channel, entry->channel)))
        line = line->next;
    return line;
}

static void show_depth(const struct outbox *outbox)
{
    metric_set(METRIC_OUTBOX_DEPTH, NULL, NULL, (double)(outbox->held[STREAM_REPLIES] + outbox->held[STREAM_BULK]));
}

/* Notes what a shard holds aside. */
static void set_tally(struct outbox *outbox, unsigned shard, const struct tally *tally)
{
    struct tally *held = &outbox->shards[shard].tally;
    outbox->aside.doubt += tally->doubt - held->doubt;
    outbox->aside.dead += tally->dead - held->dead;
    *held = *tally;
    metric_set(METRIC_OUTBOX_IN_DOUBT, NULL, NULL, (double)outbox->aside.doubt);
    metric_set(METRIC_OUTBOX_DEAD, NULL, NULL, (double)outbox->aside.dead);
}

/* The phases that keep their place among those of a channel that are under way. */
static bool keeps_slot(enum phase phase)
{
    return phase == PHASE_PACED || phase == PHASE_ASKING || phase == PHASE_CALLING;
}

void parcel_enter(struct parcel *parcel, enum phase phase)
{
    struct outbox *outbox = parcel->line->outbox;
    struct shard_state *shard = &outbox->shards[parcel->entry->shard];
    int step = is_under_way(phase) - is_under_way(parcel->phase);
    outbox->under_way += (size_t)step;
    shard->under_way += (size_t)step;
    if (parcel->phase == PHASE_PACING && phase != PHASE_PACING)
        pacer_leave(outbox->pacer, &parcel->place);
    if (!keeps_slot(phase))
        pacer_release(&parcel->place);
    if (is_under_way(phase))
        parcel->line->current = parcel;
    else if (parcel->line->current == parcel)
        parcel->line->current = NULL;
    parcel->phase = phase;
}

static void free_parcel(struct parcel *parcel)
{
    alarm_free(parcel->alarm);
    mem_page_give(parcel->ids);
    outbox_entry_free(parcel->entry);
    mem_free(parcel);
}

static void unlink_parcel(struct parcel *parcel)
{
    enum store_stream stream = parcel->entry->stream;
    struct parcel **at = &parcel->line->first[stream], *before = NULL;
    while (*at != parcel) {
        before = *at;
        at = &before->next;
    }
    *at = parcel->next;
    if (parcel->line->last[stream] == parcel)
        parcel->line->last[stream] = before;
}

/* Takes an empty line away. Returns whether it did. */
static bool drop_empty(struct line *line, unsigned bucket)
{
    if (line->first[STREAM_REPLIES] || line->first[STREAM_BULK])
        return false;
    struct line **at = &line->outbox->lines[bucket];
    while (*at != line)
        at = &(*at)->next;
    *at = line->next;
    mem_free(line);
    return true;
}

/* Takes a parcel away, with its line if it was the last. Returns the line, NULL when that is gone. */
static struct line *remove_parcel(struct parcel *parcel)
{
    struct line *line = parcel->line;
    struct outbox *outbox = line->outbox;
    unsigned bucket = bucket_of(parcel->entry->channel, parcel->entry->to);
    parcel_enter(parcel, PHASE_QUEUED);
    outbox->held[parcel->entry->stream]--;
    unlink_parcel(parcel);
    if (drop_empty(line, bucket))
        line = NULL;
    free_parcel(parcel);
    show_depth(outbox);
    return line;
}

void parcel_finish(struct parcel *parcel)
{
    struct line *line = remove_parcel(parcel);
    if (line)
        line_advance(line);
}

void parcel_rest(struct parcel *parcel, int64_t wait_ms)
{
    struct line *line = parcel->line;
    if (parcel->gone) {
        parcel_finish(parcel);
        return;
    }
    parcel_enter(parcel, PHASE_RESTING);
    mem_page_give(parcel->ids);
    parcel->ids = NULL;
    alarm_set(parcel->alarm, wait_ms);
    line_advance(line);
}

/* Puts a parcel where its channel's limits let it go; the pacer says when. */
static void pace(struct parcel *parcel)
{
    struct outbox *outbox = parcel->line->outbox;
    const struct channel *channel = outbox->parts.channel(outbox->parts.ctx, parcel->entry->channel);
    parcel->place = (struct pace_place){
        .channel = channel,
        .rules = channel && outbox->parts.rules ? outbox->parts.rules(outbox->parts.ctx, channel) : NULL,
        .person = &parcel->line->person,
        .class = parcel->entry->class,
        .message = &parcel->entry->message,
        .committed_ms = parcel->entry->at_ms,
        .until_ms = parcel->entry->until_ms,
        .ctx = parcel,
    };
    parcel_enter(parcel, PHASE_PACING);
    pacer_join(outbox->pacer, &parcel->place);
}

static void try_parcel(struct parcel *parcel)
{
    if (parcel->phase == PHASE_QUEUED)
        pace(parcel);
    else if (parcel->phase == PHASE_PACED)
        parcel_send(parcel);
}

/* The parcel of a line that goes next; NULL: none. */
static struct parcel *head_of(const struct line *line)
{
    return line->first[STREAM_REPLIES] ? line->first[STREAM_REPLIES] : line->first[STREAM_BULK];
}

/* A reply that rests keeps the replies behind it in order, and bulk behind them all. */
void line_advance(struct line *line)
{
    struct outbox *outbox = line->outbox;
    if (outbox->closing || outbox->draining || line->current)
        return;
    struct parcel *parcel = head_of(line);
    if (parcel)
        try_parcel(parcel);
}

/* Who has had her share of the month, or would get it too late, is passed over: nothing failed, and nothing waits for
 * staff. */
static bool is_passed_over(const struct pace_answer *answer)
{
    return strcmp(answer->reason, limit_reason_name(LIMIT_CAP)) == 0 ||
           strcmp(answer->reason, limit_reason_name(LIMIT_EXPIRED)) == 0;
}

/* What the pacer found about a place: see pace.h. */
static void on_paced(void *ctx, const struct pace_answer *answer)
{
    struct parcel *parcel = ctx;
    struct outbox *outbox = parcel->line->outbox;
    switch (answer->word) {
    case PACE_GO:
        parcel_enter(parcel, PHASE_PACED);
        if (parcel->line->current || head_of(parcel->line) != parcel)
            pacer_release(&parcel->place); /* its line may wait for long */
        line_advance(parcel->line);
        return;
    case PACE_WAIT:
        parcel_rest(parcel, answer->at_ms - loop_now_ms(outbox->parts.loop));
        return;
    case PACE_NEVER:
        parcel_give_up(parcel, is_passed_over(answer) ? SEND_STATE_DROPPED : SEND_STATE_DEAD, answer->reason);
        return;
    }
}

static void on_alarm(void *ctx)
{
    struct parcel *parcel = ctx;
    struct line *line = parcel->line;
    if (line->outbox->closing)
        return;
    if (parcel->phase == PHASE_TELLING) {
        parcel_tell(parcel);
        return;
    }
    if (parcel->phase == PHASE_ASKING) {
        parcel_send(parcel);
        return;
    }
    if (parcel->phase == PHASE_RESTING)
        parcel_enter(parcel, PHASE_QUEUED);
    line_advance(line);
}

static struct parcel *find_parcel(const struct line *line, const struct outbox_entry *entry)
{
    struct parcel *p = line->first[entry->stream];
    while (p && !(p->entry->shard == entry->shard && strcmp(p->entry->id, entry->id) == 0))
        p = p->next;
    return p;
}

static struct parcel *new_parcel(struct outbox *outbox, struct outbox_entry *entry)
{
    struct parcel *parcel = mem_alloc(sizeof(*parcel));
    if (!parcel)
        return NULL;
    parcel->entry = entry;
    parcel->alarm = alarm_new(outbox->parts.loop, on_alarm, parcel);
    if (parcel->alarm)
        return parcel;
    mem_free(parcel);
    return NULL;
}

static struct line *new_line(struct outbox *outbox, const struct outbox_entry *entry)
{
    unsigned bucket = bucket_of(entry->channel, entry->to);
    struct line *line = mem_alloc(sizeof(*line));
    if (!line)
        return NULL;
    *line = (struct line){.next = outbox->lines[bucket], .outbox = outbox};
    outbox->lines[bucket] = line;
    return line;
}

/* Puts an entry at the end of its line. Without memory it is left to the next reading of its shard. */
static bool on_entry(void *ctx, struct outbox_entry *entry)
{
    struct outbox *outbox = ctx;
    struct line *line = find_line(outbox, entry);
    struct parcel *parcel = line ? find_parcel(line, entry) : NULL;
    if (parcel) {
        parcel->gone = false; /* its lease went and came while it was under way: it is ours to its end again */
        outbox_entry_free(entry);
        return true;
    }
    parcel = new_parcel(outbox, entry);
    if (parcel && !line)
        line = new_line(outbox, entry);
    if (!parcel || !line) {
        if (parcel)
            free_parcel(parcel);
        else
            outbox_entry_free(entry);
        return false;
    }
    parcel->line = line;
    *(line->first[entry->stream] ? &line->last[entry->stream]->next : &line->first[entry->stream]) = parcel;
    line->last[entry->stream] = parcel;
    outbox->held[entry->stream]++;
    show_depth(outbox);
    line_advance(line);
    return true;
}

static size_t room(void *ctx, enum store_stream stream)
{
    const struct outbox *outbox = ctx;
    size_t held = outbox->held[stream];
    return held < OUTBOX_HELD_MAX - OUTBOX_HELD_MAX / 4 ? OUTBOX_HELD_MAX - held : 0;
}

static void on_tallied(void *ctx, enum error error, const struct tally *tally)
{
    struct shard_state *shard = ctx;
    if (error || shard->outbox->closing || !shard->token)
        return;
    set_tally(shard->outbox, (unsigned)(shard - shard->outbox->shards), tally);
}

void outbox_count(struct outbox *outbox, unsigned shard)
{
    if (store_tally(outbox->parts.store, shard, on_tallied, &outbox->shards[shard]))
        return; /* counted when the shard comes again, or with its next end */
}

/* Calls `visit` with every parcel; it may free that parcel, and its line with it. */
static void each_parcel(struct outbox *outbox, void (*visit)(struct parcel *parcel, void *ctx), void *ctx)
{
    for (size_t i = 0; i < OUTBOX_LINES; i++) {
        for (struct line *line = outbox->lines[i], *next; line; line = next) {
            next = line->next;
            struct parcel *firsts[] = {line->first[STREAM_REPLIES], line->first[STREAM_BULK]};
            for (size_t stream = 0; stream < STORE_STREAMS; stream++) {
                for (struct parcel *p = firsts[stream], *after; p; p = after) {
                    after = p->next;
                    visit(p, ctx);
                }
            }
        }
    }
}

/* A shard went: what is not under way is no more ours, the rest ends by itself. */
static void let_go(struct parcel *parcel, void *ctx)
{
    if (parcel->entry->shard != *(const unsigned *)ctx)
        return;
    parcel->gone = true;
    if (!is_under_way(parcel->phase))
        remove_parcel(parcel);
}

void outbox_shard(struct outbox *outbox, unsigned shard, uint64_t token)
{
    struct shard_state *state = &outbox->shards[shard];
    state->token = token;
    set_tally(outbox, shard, &(struct tally){0});
    if (outbox_held(outbox)) /* a process that starts gets its shards one by one, and holds nothing yet */
        each_parcel(outbox, let_go, &shard);
    show_depth(outbox);
    if (outbox->draining)
        return;
    outbox_reader_shard(outbox->reader, shard, token);
    if (token)
        outbox_count(outbox, shard);
}

bool outbox_idle(const struct outbox *outbox, unsigned shard)
{
    return outbox->shards[shard].under_way == 0;
}

void outbox_store_up(struct outbox *outbox)
{
    pacer_store_up(outbox->pacer);
    outbox_reader_nudge_all(outbox->reader);
}

void outbox_nudge(struct outbox *outbox, unsigned shard)
{
    outbox_reader_nudge(outbox->reader, shard);
}

struct outbox *outbox_open(const struct outbox_parts *parts, struct slice owner)
{
    struct outbox *outbox = mem_alloc(sizeof(*outbox));
    if (!outbox)
        return NULL;
    outbox->parts = *parts;
    outbox->backoff_first_ms = OUTBOX_BACKOFF_FIRST_MS;
    slice_copy(owner, outbox->owner, sizeof(outbox->owner));
    for (unsigned i = 0; i < SHARDS; i++)
        outbox->shards[i].outbox = outbox;
    outbox->scratch = arena_new(OUTBOX_SCRATCH_MAX);
    outbox->pacer = pacer_new(parts->loop, parts->store, on_paced);
    outbox->reader = outbox_reader_new(parts->loop, parts->store, on_entry, room, outbox);
    if (outbox->scratch && outbox->pacer && outbox->reader)
        return outbox;
    outbox_close(outbox);
    return NULL;
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
    outbox_reader_stop(outbox->reader);
}

size_t outbox_in_flight(const struct outbox *outbox)
{
    return outbox->under_way;
}

size_t outbox_held(const struct outbox *outbox)
{
    return outbox->held[STREAM_REPLIES] + outbox->held[STREAM_BULK];
}

static void free_each(struct parcel *parcel, void *ctx)
{
    (void)ctx;
    remove_parcel(parcel);
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    each_parcel(outbox, free_each, NULL);
    outbox_reader_free(outbox->reader);
    pacer_free(outbox->pacer);
    arena_free(outbox->scratch);
    mem_free(outbox);
}
