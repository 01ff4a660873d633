/* The store in Redis, its calls: arguments written as the protocol's own bytes, and replies read. One call is written
 * at a time, from its begin to its send, in a buffer that is the process's own: no call allocates for its arguments. */
#include <string.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/store_redis_parts.h"

#define HEAD_SIZE 16                /* bytes in front for "*COUNT\r\n" */
#define FRAME_SIZE 32               /* more than "$LENGTH\r\n" and "\r\n" */
#define CALL_USUAL (16 * 1024)      /* bytes that are kept from call to call */
#define CALL_MAX (16 * 1024 * 1024) /* bytes of a call */

static char *bytes;
static size_t room;

static bool reserve(struct arguments *a, size_t more)
{
    if (a->error || a->len + more <= room)
        return !a->error;
    if (more > CALL_MAX || a->len + more > CALL_MAX) {
        a->error = ERR_LIMIT;
        return false;
    }
    size_t want = 2 * (a->len + more) > CALL_USUAL ? 2 * (a->len + more) : CALL_USUAL;
    char *grown = mem_resize(bytes, want);
    if (!grown) {
        a->error = ERR_NOMEM;
        return false;
    }
    bytes = grown;
    room = want;
    return true;
}

static void put(struct arguments *a, struct slice text)
{
    if (text.len)
        memcpy(bytes + a->len, text.ptr, text.len);
    a->len += text.len;
}

static void end_line(struct arguments *a)
{
    memcpy(bytes + a->len, "\r\n", 2);
    a->len += 2;
}

/* Begins an argument of `len` bytes, which the caller puts before end_line(); false when there is no room for it. */
static bool open_argument(struct arguments *a, size_t len)
{
    char text[SLICE_DECIMAL_SIZE];
    if (!reserve(a, len + FRAME_SIZE))
        return false;
    a->count++;
    bytes[a->len++] = '$';
    put(a, slice_decimal((int64_t)len, text));
    end_line(a);
    return true;
}

void arguments_begin(struct arguments *a, const char *verb, const char *function, unsigned keys)
{
    *a = (struct arguments){.len = HEAD_SIZE};
    arguments_add(a, slice_of(verb));
    arguments_add(a, slice_of(function));
    arguments_number(a, keys);
}

void arguments_add(struct arguments *a, struct slice value)
{
    if (!open_argument(a, value.len))
        return;
    put(a, value);
    end_line(a);
}

void arguments_number(struct arguments *a, int64_t value)
{
    char text[SLICE_DECIMAL_SIZE];
    arguments_add(a, slice_decimal(value, text));
}

void arguments_joined(struct arguments *a, const struct slice *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    if (!open_argument(a, len))
        return;
    for (size_t i = 0; i < count; i++)
        put(a, parts[i]);
    end_line(a);
}

void arguments_written(struct arguments *a, struct slice written, size_t count)
{
    if (!reserve(a, written.len))
        return;
    put(a, written);
    a->count += count;
}

void arguments_key(struct arguments *a, unsigned shard, const char *kind, struct slice name)
{
    char key[KEY_MAX];
    arguments_add(a, key_write(key, shard, kind, name));
}

/* Gives back what a rare call needed. */
static void end_call(void)
{
    if (room <= 8 * CALL_USUAL)
        return;
    mem_free(bytes);
    bytes = NULL;
    room = 0;
}

enum error arguments_send(struct arguments *a, struct redis *redis, redis_done *done, void *ctx)
{
    char text[SLICE_DECIMAL_SIZE];
    struct slice count = slice_decimal((int64_t)a->count, text);
    if (a->error)
        return a->error;
    char *head = bytes + HEAD_SIZE - count.len - 3, *to = head;
    slice_pack(&to, SLICE("*"));
    slice_pack(&to, count);
    slice_pack(&to, SLICE("\r\n"));
    enum error error = redis_written(redis, (struct slice){head, (size_t)(bytes + a->len - head)}, done, ctx);
    end_call();
    return error;
}

void arguments_begin_part(struct arguments *a)
{
    *a = (struct arguments){0};
}

void arguments_end_keys(struct arguments *a)
{
    a->key_count = a->count;
    a->keys_end = a->len;
}

enum error arguments_join(struct arguments *a, struct redis *redis, const char *function, redis_done *done, void *ctx)
{
    if (a->error)
        return a->error;
    const struct redis_part part = {.function = function,
                                    .keys = {bytes, a->keys_end},
                                    .args = {bytes + a->keys_end, a->len - a->keys_end},
                                    .key_count = (unsigned)a->key_count,
                                    .arg_count = (unsigned)(a->count - a->key_count),
                                    .kind = a->kind};
    enum error error = redis_joined(redis, &part, done, ctx);
    end_call();
    return error;
}

struct slice reply_text(const redisReply *reply, size_t at)
{
    if (reply->type != REDIS_REPLY_ARRAY || at >= reply->elements || !reply->element[at]->str)
        return SLICE_NONE;
    return (struct slice){reply->element[at]->str, reply->element[at]->len};
}

int64_t reply_number(const redisReply *reply, size_t at)
{
    uint64_t number = 0;
    if (reply->type == REDIS_REPLY_ARRAY && at < reply->elements && reply->element[at]->type == REDIS_REPLY_INTEGER)
        return reply->element[at]->integer;
    slice_u64(reply_text(reply, at), INT64_MAX, &number);
    return (int64_t)number;
}

enum error reply_error(const redisReply *reply)
{
    static const char own[] = "user_function";
    bool fault = reply && reply->type == REDIS_REPLY_ERROR &&
                 slice_starts((struct slice){reply->str, reply->len}, "ERR") &&
                 memmem(reply->str, reply->len, own, sizeof(own) - 1);
    return fault ? ERR_SYNTAX : reply_good(reply) ? OK : ERR_UNAVAILABLE;
}

bool reply_good(const redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        char text[128];
        log_event(LOG_ERROR, "redis refused a function", "why=%s",
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
    }
    return reply && reply->type != REDIS_REPLY_ERROR;
}
