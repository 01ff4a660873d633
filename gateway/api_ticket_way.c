/* How an answer reaches the person of a ticket: free words, her template, or an SMS to where she has written by SMS. */
#include <stdio.h>

#include "gateway/api_tickets.h"

void ticket_ask_inbound(struct api_call *call, struct ticket_inbound *ask, unsigned shard, struct slice number,
                        api_then *then)
{
    const struct world *world = call->api->world;
    struct slice args[CONFIG_CHANNELS_MAX + 2] = {SLICE("HMGET"), key_write(ask->key, shard, "contact", number)};
    for (size_t i = 0; i < world->channel_count; i++) {
        snprintf(ask->fields[i], sizeof(ask->fields[i]), "in:%s", world->channels[i].name);
        args[i + 2] = slice_of(ask->fields[i]);
    }
    api_redis(call, args, world->channel_count + 2, then);
}

/* When she last wrote on a channel; 0 never. */
static int64_t inbound_at(const redisReply *inbound, size_t at)
{
    uint64_t ms = 0;
    if (at < inbound->elements && !slice_u64(api_reply(inbound->element[at]), INT64_MAX, &ms))
        ms = 0;
    return (int64_t)ms;
}

/* The SMS channel on which she wrote last: that phone is hers. */
static const struct channel *by_sms(const struct world *world, const redisReply *inbound)
{
    const struct channel *found = NULL;
    int64_t newest_ms = 0;
    for (size_t i = 0; i < world->channel_count; i++) {
        const struct channel *channel = &world->channels[i];
        const int64_t ms = inbound_at(inbound, i);
        if (channel->kind != CHANNEL_SMS || !channel->adapter->call || ms <= newest_ms)
            continue;
        newest_ms = ms;
        found = channel;
    }
    return found;
}

static const char *refusal_of(const struct channel *own)
{
    if (!own)
        return "The channel where she wrote is not configured any more.";
    if (own->kind == CHANNEL_USSD)
        return "She wrote by USSD, its channel has no follow_by to send an SMS on, and she never wrote by SMS: call "
               "her.";
    return "She last wrote by WhatsApp 24 hours ago or more, and it takes no free words then: wait until she writes, "
           "have an approved template named in the channel's answer_template, or call her.";
}

void ticket_way_find(const struct api_call *call, struct slice channel, const redisReply *inbound,
                     struct ticket_way *out)
{
    const struct world *world = call->api->world;
    const struct channel *own = world_channel(world, channel);
    const int64_t now_ms = call->exchange->request.now_ms;
    *out = (struct ticket_way){.own = own, .until_ms = WINDOW_NONE};
    if (own)
        out->until_ms = window_until_ms(own, inbound_at(inbound, (size_t)(own - world->channels)));
    if (own && own->kind != CHANNEL_USSD && now_ms < out->until_ms) {
        out->channel = own;
        out->words = true;
    } else if (own && window_has(own, WINDOW_ANSWER)) {
        out->channel = own;
    } else if ((out->channel = by_sms(world, inbound))) {
        out->words = true;
    } else {
        out->why = refusal_of(own);
    }
}
