#include "adapters/adapter.h"

#include <string.h>

#include "adapters/common.h"
#include "base/crypto.h"
#include "base/form.h"
#include "base/sms.h"

static const struct adapter *const adapters[] = {
    &adapter_africastalking_ussd, &adapter_infobip_ussd, &adapter_simulator, &adapter_twilio, &adapter_whatsapp_cloud,
};
#define ADAPTERS (sizeof(adapters) / sizeof(adapters[0]))

const struct adapter *adapter_named(const char *provider)
{
    for (size_t i = 0; i < ADAPTERS; i++)
        if (slice_is(slice_of(provider), adapters[i]->provider))
            return adapters[i];
    return NULL;
}

const char *const *adapter_names(void)
{
    static const char *names[ADAPTERS + 1];
    for (size_t i = 0; i < ADAPTERS; i++)
        names[i] = adapters[i]->provider;
    return names;
}

const char *channel_setting(const struct channel *channel, const char *name)
{
    for (size_t i = 0; i < channel->setting_count; i++)
        if (strcmp(channel->settings[i].name, name) == 0)
            return channel->settings[i].value ? channel->settings[i].value : "";
    return "";
}

struct sms_policy adapter_sms_policy(const struct channel *channel)
{
    struct sms_policy policy = {.manner = SMS_PLAIN};
    uint64_t segments;
    sms_manner_named(slice_of(channel_setting(channel, "sms_text")), &policy.manner);
    policy.spanish_shift = slice_is(slice_of(channel_setting(channel, "national_shift")), "es");
    if (slice_u64(slice_of(channel_setting(channel, "sms_segments")), SMS_SEGMENTS_MAX, &segments))
        policy.segments_max = segments == SMS_SEGMENTS_BUDGET ? 0 : (unsigned)segments;
    return policy;
}

int64_t send_retry_after_ms(const struct send_result *result, unsigned earlier)
{
    int64_t wait_ms = result->retry_after_ms;
    if (result->retry_growth < 2)
        return wait_ms;
    for (unsigned i = 0; i < earlier && wait_ms > 0 && wait_ms < SEND_RETRY_AFTER_MAX_MS; i++)
        wait_ms *= result->retry_growth;
    return wait_ms < SEND_RETRY_AFTER_MAX_MS ? wait_ms : SEND_RETRY_AFTER_MAX_MS;
}

size_t adapter_page_units(const struct channel *channel)
{
    uint64_t units;
    return slice_u64(slice_of(channel_setting(channel, "screen")), USSD_SEPTETS_MAX, &units) ? (size_t)units : 0;
}

bool adapter_sends_template(const struct channel *channel, const struct message *message)
{
    const struct adapter *adapter = channel->adapter;
    return message->template && adapter && adapter->sends_template &&
           adapter->sends_template(channel, message->template);
}

/* The bytes that a message takes as lines: as many units as it has at most. */
static size_t plain_bytes(const struct message *message)
{
    size_t bytes = message->text.len;
    for (size_t i = 0; i < message->option_count; i++)
        bytes += sizeof("\n10. ") - 1 + message->options[i].title.len;
    return bytes;
}

unsigned adapter_cost(const struct channel *channel, const struct message *message)
{
    struct buf text;
    if (channel->kind != CHANNEL_SMS)
        return 1;
    size_t bytes = plain_bytes(message);
    buf_init(&text, bytes);
    adapter_put_plain(&text, message);
    /* No segment is left with more than one unit of UCS-2 unused, but for the last. */
    size_t least = sms_capacity(SMS_UCS2, true, channel->sms.wide_reference) - 1;
    size_t cost = text.error ? bytes / least + 1 : sms_measure_as(buf_slice(&text), &channel->sms).segments;
    buf_release(&text);
    return (unsigned)cost;
}

struct slice request_header(const struct request *request, const char *name)
{
    struct slice found = SLICE_NONE;
    bool seen = false;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!slice_is_nocase(request->headers[i].name, name))
            continue;
        if (seen)
            return SLICE_NONE;
        found = request->headers[i].value;
        seen = true;
    }
    return found;
}

enum error hook_secret_check(const struct channel *channel, const struct request *request, struct arena *arena)
{
    struct slice secret = slice_of(channel_setting(channel, "hook_secret"));
    struct form query;
    if (secret.len == 0)
        return OK;
    enum error error = form_parse(request->query, arena, &query);
    if (error)
        return error == ERR_NOMEM ? ERR_NOMEM : ERR_REFUSED;
    return bytes_equal(form_get(&query, "key"), secret) ? OK : ERR_REFUSED;
}
