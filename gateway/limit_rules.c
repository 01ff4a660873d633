#include "gateway/limit_rules.h"

#include <math.h>

#include "config/setting_value.h"

/* Meta's own, which nobody can set: a message in 6 s to one person, 45 of them borrowed from the future (131056); free
 * text in the 24 hours after the person wrote (131047). Source: providers.md part 1.8. */
#define WHATSAPP_PAIR_MS 6000
#define WHATSAPP_PAIR_BURST 45
#define WHATSAPP_WINDOW_MS LIMIT_DAY_MS

static double number(const struct channel *channel, const char *name, double otherwise)
{
    double value;
    return setting_value_decimal(slice_of(channel_setting(channel, name)), &value) ? value : otherwise;
}

void limit_rules_read(const struct config *config, const struct channel *channel, const struct holidays *holidays,
                      struct limit_rules *out)
{
    /* bits 1 << weekday, 0 Sunday */
    static const unsigned days[] = {[CONFIG_MON_FRI] = 0x3E, [CONFIG_MON_SAT] = 0x7E, [CONFIG_ALL_DAYS] = LIMIT_WEEK};
    bool always = config->bulk_from_min == 0 && config->bulk_to_min == 24 * 60;
    *out = (struct limit_rules){
        .segment_us = channel->rate > 0 ? (int64_t)ceil(1e6 / channel->rate) : 0,
        .burst = (int64_t)number(channel, "burst", 1),
        .bulk_from_min = always ? 0 : config->bulk_from_min,
        .bulk_to_min = always ? 0 : config->bulk_to_min,
        .bulk_days = days[config->bulk_days],
        .holidays = holidays,
        .monthly_cap = config->monthly_cap,
    };
    if (channel->kind != CHANNEL_WHATSAPP)
        return;
    out->pair_ms = WHATSAPP_PAIR_MS;
    out->pair_burst = WHATSAPP_PAIR_BURST;
    out->window_ms = WHATSAPP_WINDOW_MS;
    out->daily_tier = (int64_t)number(channel, "daily_tier", 0);
}
