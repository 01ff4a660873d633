#include "gateway/receipt.h"

#include <stdio.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/metrics.h"
#include "gateway/outbox_entry.h"

struct receipt {
    struct redis *redis;
    unsigned shard;
    enum delivery delivery;
    char code[64];
    char name[KEY_MAX - 32]; /* "channel:provider's id" */
    receipt_done *done;
    void *ctx;
};

/* clang-format off */
static const char *const delivery_names[] = {
    [DELIVERY_QUEUED] = "queued", [DELIVERY_SENT] = "sent",     [DELIVERY_DELIVERED] = "delivered",
    [DELIVERY_READ] = "read",     [DELIVERY_PLAYED] = "played", [DELIVERY_FAILED] = "failed",
};
/* clang-format on */

static void on_written(void *ctx, const redisReply *reply)
{
    struct receipt receipt = *(struct receipt *)ctx;
    mem_free(ctx);
    receipt.done(receipt.ctx, reply && reply->type == REDIS_REPLY_INTEGER ? OK : ERR_UNAVAILABLE);
}

static enum error write_to_record(struct receipt *receipt, const char *id)
{
    char key[KEY_MAX];
    struct slice args[] = {SLICE("FCALL"),
                           SLICE("chaski_receipt"),
                           SLICE("1"),
                           key_write(key, receipt->shard, "send", slice_of(id)),
                           slice_of(delivery_names[receipt->delivery]),
                           slice_of(receipt->code)};
    return redis_command(receipt->redis, args, sizeof(args) / sizeof(args[0]), on_written, receipt);
}

static void on_kept(void *ctx, const redisReply *reply)
{
    struct receipt *receipt = ctx;
    if (!reply || reply->type != REDIS_REPLY_STRING) {
        on_written(ctx, reply);
    } else if (write_to_record(receipt, reply->str)) {
        receipt->done(receipt->ctx, ERR_UNAVAILABLE);
        mem_free(receipt);
    }
}

/* One call finds the message or keeps the receipt, so that the send call's answer cannot come in between. */
static enum error find_or_keep(struct receipt *receipt)
{
    char keys[2][KEY_MAX];
    struct slice name = slice_of(receipt->name);
    struct slice args[] = {SLICE("FCALL"),
                           SLICE("chaski_receipt_early"),
                           SLICE("2"),
                           key_write(keys[0], receipt->shard, "receipt", name),
                           key_write(keys[1], receipt->shard, "early", name),
                           slice_of(delivery_names[receipt->delivery]),
                           slice_of(receipt->code)};
    return redis_command(receipt->redis, args, sizeof(args) / sizeof(args[0]), on_kept, receipt);
}

enum error receipt_take(struct redis *redis, const struct channel *channel, const struct event *event,
                        receipt_done *done, void *ctx)
{
    char id[32];
    unsigned shard;
    struct receipt *receipt = mem_alloc(sizeof(*receipt));
    if (!receipt)
        return ERR_NOMEM;
    *receipt = (struct receipt){
        .redis = redis, .shard = shard_of(event->from), .delivery = event->delivery, .done = done, .ctx = ctx};
    if (!slice_copy(event->error, receipt->code, sizeof(receipt->code)))
        receipt->code[0] = '\0';
    snprintf(receipt->name, sizeof(receipt->name), "%s:%.*s", channel->name, (int)event->id.len, event->id.ptr);
    metric_add(METRIC_RECEIPTS, channel->name, delivery_names[event->delivery], 1);
    enum error error;
    if (event->reference.len && outbox_reference_read(event->reference, &shard, id)) {
        receipt->shard = shard;
        error = write_to_record(receipt, id);
    } else {
        error = find_or_keep(receipt);
    }
    if (error)
        mem_free(receipt);
    return error;
}
