#include "gateway/outbox_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/log.h"

/* One of the two streams of all our shards. */
struct strand {
    struct outbox_reader *reader;
    enum store_stream stream;
    char after[SHARDS][STORE_ID_MAX];
    uint64_t asked[SHARDS]; /* the shards' tokens when the reading under way began; 0: not read */
    bool named[SHARDS];     /* to be read with the next look: there is more, or something came */
    bool due;               /* one is named */
    bool reading;           /* then it is due behind that */
};

struct outbox_reader {
    struct loop *loop;
    struct store *store;
    outbox_receive *receive;
    outbox_room *room;
    void *ctx;
    uint64_t tokens[SHARDS]; /* 0: not ours */
    struct strand strands[STORE_STREAMS];
    struct alarm *look;
    int64_t whole_ms; /* steady clock: when all is to be read again */
    bool stopped;
};

static void take_entry(struct strand *strand, const struct store_entry *item)
{
    struct outbox_reader *reader = strand->reader;
    enum error error;
    if (strand->asked[item->shard] != reader->tokens[item->shard])
        return; /* the shard went, or went and came: it is read from the beginning */
    struct outbox_entry *entry = outbox_entry_read(item, strand->stream, &error);
    if (entry ? !reader->receive(reader->ctx, entry) : error == ERR_NOMEM) {
        strand->asked[item->shard] = 0; /* what follows waits behind it: this shard is read again from here */
        return;
    }
    slice_copy(item->id, strand->after[item->shard], STORE_ID_MAX);
    if (!entry)
        log_event(LOG_ERROR, "an outbox entry cannot be read and stays where it is", "shard=%u id=%s why=\"%s\"",
                  item->shard, strand->after[item->shard], error_text(error));
}

static void look_at(struct strand *strand, unsigned shard)
{
    strand->named[shard] = strand->due = true;
    if (!strand->reading && !strand->reader->stopped)
        alarm_set(strand->reader->look, 0);
}

static void on_read(void *ctx, enum error error, const struct store_entry *entries, size_t count)
{
    struct strand *strand = ctx;
    struct outbox_reader *reader = strand->reader;
    strand->reading = false;
    if (reader->stopped)
        return;
    for (size_t i = 0; !error && i < count; i++) {
        take_entry(strand, &entries[i]);
        strand->named[entries[i].shard] = strand->due = true;
    }
    if (!error && strand->due)
        alarm_set(reader->look, 0);
}

/* Reads the shards that were named, or all that are ours. */
static void read_strand(struct strand *strand, bool whole)
{
    struct outbox_reader *reader = strand->reader;
    struct store_cursor cursors[SHARDS];
    size_t count = 0, room = reader->room(reader->ctx, strand->stream);
    if (strand->reading) {
        for (unsigned i = 0; i < SHARDS && whole; i++)
            strand->named[i] = strand->due = true;
        return;
    }
    strand->due = false;
    if (!room)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        strand->asked[i] = whole || strand->named[i] ? reader->tokens[i] : 0;
        strand->named[i] = false;
        if (!strand->asked[i])
            continue;
        cursors[count].shard = i;
        memcpy(cursors[count++].after, strand->after[i], STORE_ID_MAX);
    }
    if (!count)
        return;
    strand->reading = true;
    size_t most = room / count ? room / count : 1; /* of each shard */
    if (store_read(reader->store, strand->stream, cursors, count, most < STORE_READ_MAX ? most : STORE_READ_MAX,
                   on_read, strand))
        strand->reading = false;
}

static void on_look(void *ctx)
{
    struct outbox_reader *reader = ctx;
    int64_t now_ms = loop_steady_ms(reader->loop);
    bool whole = now_ms >= reader->whole_ms;
    if (reader->stopped)
        return;
    if (whole)
        reader->whole_ms = now_ms + OUTBOX_READ_MS;
    alarm_set(reader->look, reader->whole_ms - now_ms);
    for (size_t i = 0; i < STORE_STREAMS; i++)
        if (whole || reader->strands[i].due)
            read_strand(&reader->strands[i], whole);
}

void outbox_reader_shard(struct outbox_reader *reader, unsigned shard, uint64_t token)
{
    reader->tokens[shard] = token;
    for (size_t i = 0; i < STORE_STREAMS; i++)
        memcpy(reader->strands[i].after[shard], "0-0", 4);
    for (size_t i = 0; token && i < STORE_STREAMS; i++)
        look_at(&reader->strands[i], shard);
}

void outbox_reader_nudge(struct outbox_reader *reader, unsigned shard)
{
    if (reader->tokens[shard])
        look_at(&reader->strands[STREAM_REPLIES], shard);
}

void outbox_reader_nudge_all(struct outbox_reader *reader)
{
    for (unsigned i = 0; i < SHARDS; i++)
        outbox_reader_nudge(reader, i);
}

void outbox_reader_stop(struct outbox_reader *reader)
{
    reader->stopped = true;
    alarm_cancel(reader->look);
}

struct outbox_reader *outbox_reader_new(struct loop *loop, struct store *store, outbox_receive *receive,
                                        outbox_room *room, void *ctx)
{
    struct outbox_reader *reader = mem_alloc(sizeof(*reader));
    if (!reader)
        return NULL;
    *reader = (struct outbox_reader){.loop = loop, .store = store, .receive = receive, .room = room, .ctx = ctx};
    for (size_t i = 0; i < STORE_STREAMS; i++) {
        reader->strands[i].reader = reader;
        reader->strands[i].stream = (enum store_stream)i;
    }
    reader->look = alarm_new(loop, on_look, reader);
    if (!reader->look) {
        mem_free(reader);
        return NULL;
    }
    alarm_set(reader->look, OUTBOX_READ_MS);
    return reader;
}

void outbox_reader_free(struct outbox_reader *reader)
{
    if (!reader)
        return;
    alarm_free(reader->look);
    mem_free(reader);
}
