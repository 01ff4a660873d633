#include "gateway/bulk_time.h"

#include "base/civil.h"

#define DAYS_MAX 3660
#define MINUTE_MS INT64_C(60000)

static bool keeps_hours(const struct limit_rules *rules)
{
    return rules->bulk_from_min || rules->bulk_to_min;
}

int64_t bulk_begins(const struct limit_rules *rules, int64_t from_ms)
{
    const struct limit_rules hours = {.bulk_from_min = rules->bulk_from_min,
                                      .bulk_to_min = rules->bulk_to_min,
                                      .bulk_days = rules->bulk_days,
                                      .holidays = rules->holidays};
    const struct limit_channel channel = {0};
    const struct limit_person person = {0};
    const struct limit_message message = {.class = CLASS_NOTICE, .segments = 1, .due_ms = LIMIT_TIME_MAX_MS};
    struct limit_answer answer;
    limit_admit(&hours, &channel, &person, &message, from_ms, &answer);
    return answer.at_ms;
}

/* Gives the instant at which the hours that hold at `at_ms` end. */
static int64_t shuts(const struct limit_rules *rules, int64_t at_ms)
{
    struct civil c = civil_from_ms(at_ms, LIMA_OFFSET_S);
    c.hour = c.minute = c.second = c.millisecond = 0;
    return civil_to_ms(&c, LIMA_OFFSET_S) + (keeps_hours(rules) ? rules->bulk_to_min : 24 * 60) * MINUTE_MS;
}

/* Gives how many segments begin between two instants at the rate; UINT64_MAX: any number. */
static uint64_t fits(const struct limit_rules *rules, uint64_t day_max, int64_t at_ms, int64_t end_ms)
{
    const uint64_t each_us = (uint64_t)rules->segment_us;
    const uint64_t fit = each_us ? ((uint64_t)(end_ms - at_ms) * 1000 + each_us - 1) / each_us : UINT64_MAX;
    return day_max && fit > day_max ? day_max : fit;
}

int64_t bulk_ends(const struct limit_rules *rules, uint64_t segments, uint64_t day_max, int64_t from_ms)
{
    const uint64_t each_us = (uint64_t)rules->segment_us;
    int64_t at_ms = from_ms;
    for (int day = 0; day < DAYS_MAX; day++) {
        at_ms = bulk_begins(rules, at_ms);
        if (at_ms == LIMIT_NEVER || segments == 0)
            return at_ms;
        int64_t shut_ms = shuts(rules, at_ms);
        uint64_t fit = fits(rules, day_max, at_ms, shut_ms);
        if (fit >= segments)
            return at_ms + (int64_t)((segments - 1) * each_us / 1000);
        segments -= fit;
        at_ms = shut_ms;
    }
    return LIMIT_NEVER;
}

uint64_t bulk_fits(const struct limit_rules *rules, uint64_t day_max, int64_t from_ms, int64_t until_ms)
{
    uint64_t sum = 0;
    int64_t at_ms = from_ms;
    for (int day = 0; day < DAYS_MAX; day++) {
        at_ms = bulk_begins(rules, at_ms);
        if (at_ms >= until_ms)
            return sum;
        const int64_t shut_ms = shuts(rules, at_ms);
        const uint64_t fit = fits(rules, day_max, at_ms, shut_ms < until_ms ? shut_ms : until_ms);
        if (fit > UINT64_MAX - sum)
            return UINT64_MAX;
        sum += fit;
        at_ms = shut_ms;
    }
    return UINT64_MAX;
}
