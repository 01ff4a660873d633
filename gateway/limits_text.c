/* The states of the limits as texts. */
#include <stdio.h>
#include <string.h>

#include "gateway/limits.h"

size_t limit_channel_encode(const struct limit_channel *channel, char out[LIMIT_CHANNEL_TEXT])
{
    int len = snprintf(out, LIMIT_CHANNEL_TEXT, "c1 %lld", (long long)channel->tat_us);
    for (size_t i = 0; i < channel->bucket_count; i++)
        len += snprintf(out + len, (size_t)(LIMIT_CHANNEL_TEXT - len), " %u:%u", channel->buckets[i].number,
                        channel->buckets[i].count);
    return (size_t)len;
}

size_t limit_person_encode(const struct limit_person *person, char out[LIMIT_PERSON_TEXT])
{
    int len = 0;
    if (person->pair_tat_us || person->inbound_ms || person->begun_ms)
        len = snprintf(out, LIMIT_PERSON_TEXT, "p1 %lld %lld %lld", (long long)person->pair_tat_us,
                       (long long)person->inbound_ms, (long long)person->begun_ms);
    if (person->month || person->month_count)
        len += snprintf(out + len, (size_t)(LIMIT_PERSON_TEXT - len), "|%lld %lld", (long long)person->month,
                        (long long)person->month_count);
    out[len] = '\0';
    return (size_t)len;
}

/* Takes a number up to a separator, or the end. */
static bool take(struct slice *rest, char separator, int64_t max, int64_t *out)
{
    struct slice word;
    uint64_t value;
    if (!slice_cut(rest, separator, &word) || !slice_u64(word, (uint64_t)max, &value))
        return false;
    *out = (int64_t)value;
    return true;
}

/* Reads "NUMBER:COUNT …", ascending. */
static bool take_buckets(struct slice rest, struct limit_channel *out)
{
    struct slice word;
    while (slice_cut(&rest, ' ', &word)) {
        int64_t number, count;
        int64_t first = out->bucket_count ? (int64_t)out->buckets[out->bucket_count - 1].number + 1 : 0;
        if (out->bucket_count == LIMIT_BUCKETS || !take(&word, ':', LIMIT_TIME_MAX_MS / LIMIT_BUCKET_MS, &number) ||
            number < first || !word.ptr || !take(&word, ':', UINT32_MAX, &count) || word.ptr || count == 0)
            return false;
        out->buckets[out->bucket_count++] = (struct limit_bucket){(uint32_t)number, (uint32_t)count};
    }
    return true;
}

enum error limit_channel_decode(struct slice text, struct limit_channel *out)
{
    struct limit_channel read = {.tat_us = 0};
    char again[LIMIT_CHANNEL_TEXT];
    struct slice rest = text, head;
    if (text.len > 0 && (!slice_cut(&rest, ' ', &head) || !slice_is(head, "c1") ||
                         !take(&rest, ' ', LIMIT_TIME_MAX_MS * 1000, &read.tat_us) || !take_buckets(rest, &read)))
        return ERR_SYNTAX;
    if (text.len > 0 && !slice_eq(text, (struct slice){again, limit_channel_encode(&read, again)}))
        return ERR_SYNTAX; /* another spelling, such as 007 */
    *out = read;
    return OK;
}

/* Reads what is of one channel: "" or "p1 PAIR INBOUND BEGUN". */
static bool take_own(struct slice rest, struct limit_person *out)
{
    struct slice head;
    return rest.len == 0 || (slice_cut(&rest, ' ', &head) && slice_is(head, "p1") &&
                             take(&rest, ' ', LIMIT_TIME_MAX_MS * 1000, &out->pair_tat_us) &&
                             take(&rest, ' ', LIMIT_TIME_MAX_MS, &out->inbound_ms) &&
                             take(&rest, ' ', LIMIT_TIME_MAX_MS, &out->begun_ms) && !rest.ptr);
}

enum error limit_person_decode(struct slice text, struct limit_person *out)
{
    struct limit_person read = {.pair_tat_us = 0};
    char again[LIMIT_PERSON_TEXT];
    struct slice rest = text, own;
    if (text.len > 0 && (!slice_cut(&rest, '|', &own) || !take_own(own, &read)))
        return ERR_SYNTAX;
    if (text.len > 0 && rest.ptr &&
        (!take(&rest, ' ', INT64_C(9999) * 12 + 11, &read.month) || !take(&rest, ' ', INT32_MAX, &read.month_count) ||
         rest.ptr))
        return ERR_SYNTAX;
    if (text.len > 0 && !slice_eq(text, (struct slice){again, limit_person_encode(&read, again)}))
        return ERR_SYNTAX;
    *out = read;
    return OK;
}
