/* Channels: what the configuration has, without its secrets. */
#include "gateway/api_parts.h"

static const char *kind_name(enum channel_kind kind)
{
    return kind == CHANNEL_SMS ? "sms" : kind == CHANNEL_USSD ? "ussd" : "whatsapp";
}

void api_channels_list(struct api_call *call)
{
    const struct world *world = call->api->world;
    struct slice after = api_query(call, "cursor");
    struct api_page page;
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < world->channel_count; i++) {
        const struct channel *channel = &world->channels[i];
        if (after.len) { /* in the order of the configuration: behind the one named */
            after = slice_is(after, channel->name) ? SLICE_NONE : after;
            continue;
        }
        if (!api_page_takes(&page, slice_of(channel->name)))
            break;
        buf_addc(&page.body, '{');
        api_put_text(&page.body, "name", slice_of(channel->name));
        api_put_text(&page.body, "provider", slice_of(channel->adapter->provider));
        api_put_text(&page.body, "kind", slice_of(kind_name(channel->kind)));
        json_put_name(&page.body, "answers_in_webhook");
        buf_adds(&page.body, channel->sync ? "true" : "false");
        json_put_name(&page.body, "sends");
        buf_adds(&page.body, channel->adapter->call ? "true}" : "false}");
    }
    api_page_answer(call, &page);
}
