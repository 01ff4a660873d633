#include "gateway/failpoint.h"
#include "gateway/receipt.h"

#include <stdio.h>

#include "gateway/keys.h"
#include "gateway/metrics.h"
#include "gateway/outbox_entry.h"
#include "gateway/outbox_policy.h"

/* clang-format off */
static const char *const delivery_names[] = {
    [DELIVERY_QUEUED] = "queued", [DELIVERY_SENT] = "sent",     [DELIVERY_DELIVERED] = "delivered",
    [DELIVERY_READ] = "read",     [DELIVERY_PLAYED] = "played", [DELIVERY_FAILED] = "failed",
};
/* clang-format on */

/* Counts a receipt, and what a failure means: whether person or channel is at fault is often told only here. */
static void count(const struct channel *channel, const struct event *event)
{
    metric_add(METRIC_RECEIPTS, channel->name, delivery_names[event->delivery], 1);
    if (event->delivery == DELIVERY_FAILED && channel->adapter->failure)
        metric_add(METRIC_FAILURES, channel->name, outbox_word(channel->adapter->failure(event->error)), 1);
}

enum error receipt_take(struct store *store, const struct channel *channel, const struct event *event,
                        store_ended *done, void *ctx)
{
    char id[STORE_ID_MAX], name[KEY_MAX - 32], part[16];
    struct receipt_row row = {
        .shard = shard_of(event->from), .status = slice_of(delivery_names[event->delivery]), .code = event->error};
    unsigned shard;
    snprintf(name, sizeof(name), "%s:%.*s", channel->name, (int)event->id.len, event->id.ptr);
    row.name = slice_of(name);
    if (event->part) {
        snprintf(part, sizeof(part), "%u", event->part);
        row.part = slice_of(part);
    }
    if (event->reference.len && outbox_reference_read(event->reference, &shard, id)) {
        row.shard = shard;
        row.id = slice_of(id);
    }
    FAILPOINT("receipt.taken");
    count(channel, event);
    return store_receive(store, &row, done, ctx);
}
