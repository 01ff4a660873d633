#include "gateway/outbox_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/log.h"

#define PAUSE_MS 100        /* between looks when the receiver is full */
#define BEGIN_AGAIN_MS 1000 /* after Redis answered with an error, such as a stream or group that was deleted */

struct outbox_reader {
    struct redis *redis;
    char name[32];
    outbox_receive *receive;
    outbox_has_room *has_room;
    void *ctx;
    char keys[SHARDS][KEY_MAX];
    char cursors[SHARDS][32]; /* id behind which unfinished entries are read; ">" when there are none left */
    unsigned groups_left;     /* groups still to be made before reading begins */
    bool reading, stopped;
    bool begins_again; /* when `again` comes */
    struct event *again;
};

static void read_next(struct outbox_reader *reader);

static void pause_reading(struct outbox_reader *reader, int64_t ms)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    reader->reading = false;
    if (!reader->stopped)
        event_add(reader->again, &wait);
}

static void on_again(evutil_socket_t fd, short what, void *ctx)
{
    struct outbox_reader *reader = ctx;
    (void)fd;
    (void)what;
    if (reader->begins_again)
        outbox_reader_start(reader);
    else
        read_next(reader);
}

/* Makes the groups anew, if need be, and reads from the unfinished ones on. */
static void begin_again_soon(struct outbox_reader *reader)
{
    reader->begins_again = true;
    pause_reading(reader, BEGIN_AGAIN_MS);
}

/* A stream entry's fields come as name, value, name, value. */
static struct slice field(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (strcmp(fields->element[i]->str, name) == 0)
            return (struct slice){fields->element[i + 1]->str, fields->element[i + 1]->len};
    return SLICE_NONE;
}

static void take_entry(struct outbox_reader *reader, unsigned shard, const redisReply *item)
{
    enum error error;
    if (item->elements != 2 || item->element[1]->type != REDIS_REPLY_ARRAY)
        return; /* deleted by hand: nothing is left of it */
    struct slice id = {item->element[0]->str, item->element[0]->len};
    struct outbox_entry *entry =
        outbox_entry_read(shard, id, field(item->element[1], "class"), field(item->element[1], "entry"), &error);
    if (!entry) {
        log_event(LOG_ERROR, "an outbox entry cannot be read and stays where it is", "shard=%u id=%s why=\"%s\"", shard,
                  id.ptr, error_text(error));
        return;
    }
    reader->receive(reader->ctx, entry);
}

/* Takes one stream's part of an answer. An unfinished part that is empty means that all unfinished ones are known. */
static void take_stream(struct outbox_reader *reader, const redisReply *stream)
{
    unsigned shard = 0;
    const redisReply *items = stream->element[1];
    while (shard < SHARDS && strcmp(reader->keys[shard], stream->element[0]->str) != 0)
        shard++;
    if (shard == SHARDS || items->type != REDIS_REPLY_ARRAY)
        return;
    bool unfinished = strcmp(reader->cursors[shard], ">") != 0;
    if (unfinished && items->elements == 0)
        memcpy(reader->cursors[shard], ">", 2);
    for (size_t i = 0; i < items->elements; i++) {
        if (unfinished && items->element[i]->elements == 2)
            snprintf(reader->cursors[shard], sizeof(reader->cursors[shard]), "%.31s",
                     items->element[i]->element[0]->str);
        take_entry(reader, shard, items->element[i]);
    }
}

static void on_read(void *ctx, const redisReply *reply)
{
    struct outbox_reader *reader = ctx;
    reader->reading = false;
    if (!reply)
        return; /* the connection broke: outbox_reader_start() comes again */
    if (reply->type == REDIS_REPLY_ERROR) {
        char text[128];
        log_event(LOG_WARNING, "the outbox cannot be read", "why=%s",
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
        begin_again_soon(reader);
        return;
    }
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        if (reply->element[i]->elements == 2)
            take_stream(reader, reply->element[i]);
    read_next(reader);
}

static void read_next(struct outbox_reader *reader)
{
    struct slice args[9 + 2 * SHARDS];
    char count[16], block[16];
    size_t n = 0;
    if (reader->reading || reader->stopped || reader->groups_left || !redis_up(reader->redis))
        return;
    if (!reader->has_room(reader->ctx)) {
        pause_reading(reader, PAUSE_MS);
        return;
    }
    snprintf(count, sizeof(count), "%d", OUTBOX_READ_COUNT);
    snprintf(block, sizeof(block), "%d", OUTBOX_BLOCK_MS);
    const char *const head[] = {"XREADGROUP", "GROUP", OUTBOX_GROUP, reader->name, "COUNT",
                                count,        "BLOCK", block,        "STREAMS"};
    for (; n < sizeof(head) / sizeof(head[0]); n++)
        args[n] = slice_of(head[n]);
    for (unsigned i = 0; i < SHARDS; i++)
        args[n++] = slice_of(reader->keys[i]);
    for (unsigned i = 0; i < SHARDS; i++)
        args[n++] = slice_of(reader->cursors[i]);
    reader->reading = true;
    if (redis_blocking_command(reader->redis, args, n, OUTBOX_BLOCK_MS + REDIS_DEADLINE_MS, on_read, reader))
        begin_again_soon(reader);
}

/* A group that is there already (BUSYGROUP) is as good as one just made. */
static void on_group(void *ctx, const redisReply *reply)
{
    struct outbox_reader *reader = ctx;
    if (reply && reader->groups_left && --reader->groups_left == 0)
        read_next(reader);
}

void outbox_reader_start(struct outbox_reader *reader)
{
    if (reader->stopped || !redis_up(reader->redis))
        return; /* its client's coming up starts it */
    event_del(reader->again);
    reader->begins_again = false;
    reader->reading = false;
    reader->groups_left = SHARDS;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct slice args[] = {SLICE("XGROUP"),     SLICE("CREATE"), slice_of(reader->keys[i]),
                               SLICE(OUTBOX_GROUP), SLICE("0"),      SLICE("MKSTREAM")};
        memcpy(reader->cursors[i], "0", 2);
        if (redis_command(reader->redis, args, sizeof(args) / sizeof(args[0]), on_group, reader)) {
            begin_again_soon(reader);
            return;
        }
    }
}

void outbox_reader_stop(struct outbox_reader *reader)
{
    reader->stopped = true;
    event_del(reader->again);
}

struct outbox_reader *outbox_reader_new(struct event_base *base, struct redis *redis, const char *name,
                                        outbox_receive *receive, outbox_has_room *has_room, void *ctx)
{
    struct outbox_reader *reader = mem_alloc(sizeof(*reader));
    if (!reader)
        return NULL;
    *reader = (struct outbox_reader){.redis = redis, .receive = receive, .has_room = has_room, .ctx = ctx};
    snprintf(reader->name, sizeof(reader->name), "%s", name);
    for (unsigned i = 0; i < SHARDS; i++)
        key_write(reader->keys[i], i, "outbox", SLICE_NONE);
    reader->again = event_new(base, -1, 0, on_again, reader);
    if (!reader->again) {
        mem_free(reader);
        return NULL;
    }
    return reader;
}

void outbox_reader_free(struct outbox_reader *reader)
{
    if (!reader)
        return;
    event_free(reader->again);
    mem_free(reader);
}
