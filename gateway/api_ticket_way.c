/* How an answer reaches the person of a ticket: free words, her template, or an SMS to where she has written by SMS. */
#include "gateway/api_tickets.h"
#include "gateway/contact_line.h"

void ticket_ask_inbound(struct api_call *call, struct ticket_inbound *ask, unsigned shard, struct slice number,
                        api_then *then)
{
    const struct slice args[] = {SLICE("HMGET"), key_write(ask->key, shard, "contact", number), SLICE("v"),
                                 SLICE("s")};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), then);
}

/* The SMS channel on which she wrote last: that phone is hers. */
static const struct channel *by_sms(const struct world *world, const struct contact_line *line)
{
    const struct channel *found = NULL;
    int64_t newest_ms = 0;
    for (size_t i = 0; i < world->channel_count; i++) {
        const struct channel *channel = &world->channels[i];
        const int64_t ms = contact_line_inbound(line, slice_of(channel->name));
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
    struct contact_line line;
    if (inbound->elements != 2 ||
        contact_line_fields(api_reply(inbound->element[0]), api_reply(inbound->element[1]), &line, NULL))
        line.inbound_count = 0; /* as of one who never wrote */
    *out = (struct ticket_way){.own = own, .until_ms = WINDOW_NONE};
    if (own)
        out->until_ms = window_until_ms(own, contact_line_inbound(&line, channel));
    if (own && own->kind != CHANNEL_USSD && now_ms < out->until_ms) {
        out->channel = own;
        out->words = true;
    } else if (own && window_has(own, WINDOW_ANSWER)) {
        out->channel = own;
    } else if ((out->channel = by_sms(world, &line))) {
        out->words = true;
    } else {
        out->why = refusal_of(own);
    }
}
