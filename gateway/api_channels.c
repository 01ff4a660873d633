/* Channels: what the configuration has, without its secrets; and whether a provider takes them. */
#include "gateway/api_shapes.h"
#include "gateway/clock.h"
#include "gateway/sender.h"

static const struct api_field tested_fields[] = {
    SHOWN("ok", API_TRUTH, "whether the provider takes the channel's credentials"),
    SHOWN("status", API_WHOLE, "of its answer; 0 where there was none"),
    MAYBE("why", API_TEXT, "what went wrong"),
    SHOWN("took_ms", API_WHOLE, "how long it took"),
    {0}};
const struct api_shape api_channel_tested = {"ChannelTested", "What a provider said to being asked.", tested_fields};

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

/* ---- trying one ---- */

struct probing {
    const struct channel *channel;
    int64_t began_ms;
};

static const char *trouble(const struct sender_answer *answer)
{
    return answer->fate != SENDER_ANSWERED                  ? answer->trouble
           : answer->status >= 200 && answer->status <= 299 ? NULL
           : answer->status == 401 || answer->status == 403 ? "the provider does not take the channel's credentials"
           : answer->status == 429                          ? "the provider is asked too often: try again later"
           : answer->status >= 500 ? "the provider has a fault of its own: try again later"
                                   : "the provider does not know what it is asked for: look at the channel's settings";
}

static void on_probed(void *ctx, const struct sender_answer *answer)
{
    struct api_call *call = ctx;
    const struct probing *probing = call->own;
    const char *why = trouble(answer);
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    buf_adds(&body, why ? "{\"ok\":false" : "{\"ok\":true");
    json_put_name(&body, "status");
    buf_addi(&body, answer->fate == SENDER_ANSWERED ? answer->status : 0);
    if (why)
        api_put_text(&body, "why", slice_of(why));
    json_put_name(&body, "took_ms");
    buf_addi(&body, clock_steady_ms() - probing->began_ms);
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

static void probe(struct api_call *call, const redisReply *reply)
{
    struct probing *probing = call->own;
    struct http_call http;
    (void)reply;
    probing->began_ms = clock_steady_ms();
    if (!call->api->sender || probing->channel->adapter->probe(probing->channel, call->exchange->arena, &http) ||
        sender_call(call->api->sender, &http, on_probed, call))
        api_unavailable(call);
}

void api_channels_test(struct api_call *call)
{
    const struct channel *channel = world_channel(call->api->world, call->path[0]);
    struct probing *probing = call->own = arena_alloc(call->exchange->arena, sizeof(*probing));
    if (!probing) {
        api_unavailable(call);
    } else if (!channel) {
        api_problem(call, 404, "There is no such channel: the list of channels names them.", "");
    } else if (!channel->adapter->probe) {
        api_problem(call, 409, "This channel's provider is never called: write or dial from a phone to try it.", "");
    } else {
        probing->channel = channel;
        api_note(call, "channel.test", channel->name, probe);
    }
}
