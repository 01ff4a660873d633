#include "gateway/limits.h"

#include "base/civil.h"
#include "gateway/holidays.h"

#define LIMA_MS (INT64_C(1000) * LIMA_OFFSET_S)
#define MINUTE_MS INT64_C(60000)
#define MONTH_MAX (INT64_C(9999) * 12 + 11)
#define DAYS_AHEAD_MAX 60 /* in which hours of bulk are looked for */
#define ROUNDS_MAX 16     /* a rule may push a message into another's way; two or three rounds settle it */

/* What the rules are asked about. Each rule gives the earliest instant from `t` on that it allows by itself. */
struct asking {
    const struct limit_rules *rules;
    const struct limit_channel *channel;
    const struct limit_person *person;
    const struct limit_message *message;
    const struct message_class_row *class;
    int64_t segments; /* clamped */
};

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t clamp_time(int64_t ms)
{
    return clamp(ms, 0, LIMIT_TIME_MAX_MS);
}

/* A GCRA: what one unit takes, and how many may come at once. */
struct pace {
    int64_t unit_us, burst;
};

static struct pace rate_pace(const struct limit_rules *rules)
{
    return (struct pace){clamp(rules->segment_us, 0, LIMIT_SEGMENT_US_MAX), clamp(rules->burst, 1, LIMIT_BURST_MAX)};
}

static struct pace pair_pace(const struct limit_rules *rules)
{
    int64_t unit_ms = clamp(rules->pair_ms, 0, LIMIT_SEGMENT_US_MAX / 1000);
    return (struct pace){unit_ms * 1000, clamp(rules->pair_burst, 1, LIMIT_BURST_MAX)};
}

/* Gives the earliest instant, in ms, at which `cost` units conform: tat + cost - the tolerance, rounded up. */
static int64_t pace_at_ms(struct pace pace, int64_t tat_us, int64_t cost)
{
    int64_t us = clamp(tat_us, 0, LIMIT_TIME_MAX_MS * 1000) + (cost - larger(pace.burst, cost)) * pace.unit_us;
    return us <= 0 ? 0 : (us + 999) / 1000;
}

static int64_t pace_book(struct pace pace, int64_t tat_us, int64_t cost, int64_t now_ms)
{
    return clamp(larger(tat_us, now_ms * 1000) + cost * pace.unit_us, 0, LIMIT_TIME_MAX_MS * 1000);
}

static int64_t after_rate(const struct asking *a, int64_t t)
{
    struct pace pace = rate_pace(a->rules);
    return pace.unit_us ? larger(t, pace_at_ms(pace, a->channel->tat_us, a->segments)) : t;
}

static int64_t after_pair(const struct asking *a, int64_t t)
{
    struct pace pace = pair_pace(a->rules);
    return pace.unit_us ? larger(t, pace_at_ms(pace, a->person->pair_tat_us, 1)) : t;
}

/* Tells whether the person's window is open: free text may go, and a template begins nothing. */
static bool is_open(const struct asking *a, int64_t t)
{
    int64_t inbound_ms = clamp_time(a->person->inbound_ms);
    return a->rules->window_ms > 0 && inbound_ms > 0 &&
           t < inbound_ms + clamp(a->rules->window_ms, 0, LIMIT_TIME_MAX_MS) - LIMIT_WINDOW_MARGIN_MS;
}

static int64_t after_window(const struct asking *a, int64_t t)
{
    bool is_free = a->rules->window_ms <= 0 || a->message->template;
    return is_free || is_open(a, t) ? t : LIMIT_NEVER;
}

static bool is_begun(const struct asking *a, int64_t t)
{
    return a->rules->daily_tier > 0 && a->message->template && !is_open(a, t);
}

/* Gives the instant from which a bucket is wholly out of the window. */
static int64_t bucket_gone_ms(const struct limit_bucket *bucket)
{
    return ((int64_t)bucket->number + 1) * LIMIT_BUCKET_MS + LIMIT_DAY_MS;
}

/* Gives the bucket in which a message at `t` is counted: never one before the newest, whatever the clock did. */
static uint32_t bucket_number(const struct limit_channel *channel, int64_t t)
{
    uint32_t number = (uint32_t)(t / LIMIT_BUCKET_MS);
    uint32_t newest = channel->bucket_count ? channel->buckets[channel->bucket_count - 1].number : 0;
    return newest > number ? newest : number;
}

/* Tells whether the person has a place in the tier that a message at `t` need only renew. */
static bool has_place(const struct asking *a, int64_t t)
{
    int64_t begun_ms = a->person->begun_ms;
    return begun_ms > 0 && begun_ms <= LIMIT_TIME_MAX_MS && t - begun_ms <= LIMIT_DAY_MS;
}

static int64_t after_tier(const struct asking *a, int64_t t)
{
    const struct limit_channel *channel = a->channel;
    uint64_t used = 0;
    if (!is_begun(a, t) || has_place(a, t))
        return t;
    for (size_t i = 0; i < channel->bucket_count; i++)
        used += channel->buckets[i].count;
    for (size_t i = 0; i < channel->bucket_count; i++) {
        int64_t gone_ms = bucket_gone_ms(&channel->buckets[i]);
        if (gone_ms > t && used < (uint64_t)a->rules->daily_tier)
            return t;
        t = larger(t, gone_ms);
        used -= channel->buckets[i].count;
    }
    return t;
}

/* Gives the days since 1970 in Lima, and the ms of that day. */
static int64_t lima_day(int64_t t, int64_t *ms_of_day)
{
    int64_t local = t + LIMA_MS + LIMIT_DAY_MS; /* a day more: the first hours of 1970 are of 1969 in Lima */
    *ms_of_day = local % LIMIT_DAY_MS;
    return local / LIMIT_DAY_MS - 1;
}

static bool is_bulk_day(const struct limit_rules *rules, int64_t day)
{
    struct civil c = civil_from_ms(day * LIMIT_DAY_MS, 0);
    return (rules->bulk_days & (1U << c.weekday)) && !holidays_has(rules->holidays, c.year, c.month, c.day);
}

static int64_t after_quiet(const struct asking *a, int64_t t)
{
    const struct limit_rules *rules = a->rules;
    int64_t from_ms = clamp(rules->bulk_from_min, 0, 1440) * MINUTE_MS, ms_of_day;
    int64_t to_ms = clamp(rules->bulk_to_min, 0, 1440) * MINUTE_MS, day = lima_day(t, &ms_of_day);
    if (!a->class->keeps_hours || (rules->bulk_from_min == 0 && rules->bulk_to_min == 0))
        return t;
    if (ms_of_day >= from_ms && ms_of_day < to_ms && is_bulk_day(rules, day))
        return t;
    int64_t first = ms_of_day < from_ms ? day : day + 1;
    for (int64_t next = first; from_ms < to_ms && next < first + DAYS_AHEAD_MAX; next++)
        if (is_bulk_day(rules, next))
            return next * LIMIT_DAY_MS + from_ms - LIMA_MS;
    return LIMIT_NEVER;
}

static int64_t month_of(int64_t t)
{
    struct civil c = civil_from_ms(t, LIMA_OFFSET_S);
    return (int64_t)c.year * 12 + c.month - 1;
}

static int64_t month_begins_ms(int64_t month)
{
    const struct civil c = {.year = (int)(month / 12), .month = (int)(month % 12) + 1, .day = 1};
    return civil_to_ms(&c, LIMA_OFFSET_S);
}

static int64_t after_cap(const struct asking *a, int64_t t)
{
    int64_t month = month_of(t), counted = clamp(a->person->month, 0, MONTH_MAX);
    if (!a->class->capped || a->rules->monthly_cap <= 0 || counted < month)
        return t;
    if (counted > month) /* the clock was set back: what the earlier months had is no longer known */
        return month_begins_ms(counted);
    if (a->person->month_count < a->rules->monthly_cap)
        return t;
    return LIMIT_NEVER;
}

static int64_t after_deadline(const struct asking *a, int64_t t)
{
    return t <= clamp_time(a->message->due_ms) + a->class->deadline_ms ? t : LIMIT_NEVER;
}

static int64_t after_until(const struct asking *a, int64_t t)
{
    return a->message->until_ms > 0 && t >= a->message->until_ms ? LIMIT_NEVER : t;
}

/* Window, deadline and the end close as time passes, the others open: what is too late at a lower bound is too late. */
static const struct {
    const char *name;
    int64_t (*after)(const struct asking *a, int64_t t);
} rules_table[LIMIT_REASONS] = {
    [LIMIT_NONE] = {"none", NULL},       [LIMIT_RATE] = {"rate", after_rate},
    [LIMIT_PAIR] = {"pair", after_pair}, [LIMIT_WINDOW] = {"window", after_window},
    [LIMIT_TIER] = {"tier", after_tier}, [LIMIT_QUIET] = {"quiet", after_quiet},
    [LIMIT_CAP] = {"cap", after_cap},    [LIMIT_EXPIRED] = {"expired", after_until},
    [LIMIT_DEADLINE] = {"deadline", after_deadline},
};

const char *limit_reason_name(enum limit_reason reason)
{
    return rules_table[reason].name;
}

/* Asks all rules in turn until none moves the instant any more. */
static int64_t settle(const struct asking *a, int64_t now_ms, enum limit_reason *reason)
{
    int64_t t = now_ms, held_ms = 0, before;
    *reason = LIMIT_NONE;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        before = t;
        for (int rule = LIMIT_RATE; rule < LIMIT_REASONS; rule++) {
            int64_t next = rules_table[rule].after(a, t);
            if (next == LIMIT_NEVER && rule > LIMIT_CAP && *reason == LIMIT_CAP)
                return next; /* too late only because the month is full: that is what is told */
            if (next > t && (next == LIMIT_NEVER || next - t >= held_ms)) {
                held_ms = next - t;
                *reason = (enum limit_reason)rule;
            }
            if (next == LIMIT_NEVER)
                return next;
            t = next;
        }
        if (t == before)
            return t;
    }
    return t; /* a lower bound: the caller asks again then */
}

/* Counts a person in the tier's current bucket, and lets go of those that are out of the window. */
static void tier_count(struct limit_channel *channel, int64_t now_ms)
{
    size_t gone = 0;
    uint32_t number = bucket_number(channel, now_ms);
    while (gone < channel->bucket_count && bucket_gone_ms(&channel->buckets[gone]) <= now_ms)
        gone++;
    channel->bucket_count -= gone;
    for (size_t i = 0; gone && i < channel->bucket_count; i++)
        channel->buckets[i] = channel->buckets[i + gone];
    struct limit_bucket *last = channel->bucket_count ? &channel->buckets[channel->bucket_count - 1] : NULL;
    if (!last || (last->number < number && channel->bucket_count < LIMIT_BUCKETS)) {
        channel->buckets[channel->bucket_count++] = (struct limit_bucket){number, 1};
        return;
    }
    last->number = number; /* the same, but in a state that we did not make */
    last->count += last->count < UINT32_MAX;
}

static bool same_bucket(int64_t a_ms, int64_t b_ms)
{
    return a_ms / LIMIT_BUCKET_MS == b_ms / LIMIT_BUCKET_MS;
}

/* Books the message in the answer's states. */
static void book(const struct asking *a, int64_t now_ms, struct limit_answer *out)
{
    struct pace rate = rate_pace(a->rules), pair = pair_pace(a->rules);
    int64_t month = month_of(now_ms);
    if (rate.unit_us)
        out->channel.tat_us = pace_book(rate, a->channel->tat_us, a->segments, now_ms);
    if (pair.unit_us)
        out->person.pair_tat_us = pace_book(pair, a->person->pair_tat_us, 1, now_ms);
    if (a->class->capped && a->person->month < month) {
        out->person.month = month;
        out->person.month_count = 1;
    } else if (a->class->capped && a->person->month_count < INT32_MAX) {
        out->person.month_count++;
    }
    if (!is_begun(a, now_ms))
        return;
    bool renews = has_place(a, now_ms);
    int64_t counted_ms =
        bucket_number(a->channel, now_ms) * LIMIT_BUCKET_MS; /* as a label: the clock may be behind it */
    out->person.begun_ms = larger(now_ms, counted_ms);
    if (renews && same_bucket(a->person->begun_ms, out->person.begun_ms))
        return;
    tier_count(&out->channel, now_ms);
    out->refund_ms = renews ? a->person->begun_ms : 0;
}

void limit_admit(const struct limit_rules *rules, const struct limit_channel *channel,
                 const struct limit_person *person, const struct limit_message *message, int64_t now_ms,
                 struct limit_answer *out)
{
    const struct asking a = {rules,
                             channel,
                             person,
                             message,
                             message_class(message->class),
                             clamp(message->segments, 1, LIMIT_SEGMENTS_MAX)};
    enum limit_reason reason;
    int64_t now = clamp_time(now_ms);
    int64_t at_ms = settle(&a, now, &reason);
    out->at_ms = at_ms;
    out->reason = reason;
    out->channel = *channel;
    out->person = *person;
    out->refund_ms = 0;
    out->template = at_ms <= now_ms && rules->window_ms > 0 && !is_open(&a, now);
    if (at_ms <= now_ms)
        book(&a, now, out);
}

bool limit_cap_reached(int64_t monthly_cap, struct slice shared, int64_t now_ms)
{
    char text[LIMIT_PERSON_TEXT] = "|";
    struct limit_person person;
    const struct limit_rules rules = {.monthly_cap = monthly_cap};
    const struct asking a = {.rules = &rules, .person = &person, .class = message_class(CLASS_NOTICE)};
    const int64_t now = clamp_time(now_ms);
    if (!shared.len || !slice_copy(shared, text + 1, sizeof(text) - 1) || limit_person_decode(slice_of(text), &person))
        return false;
    return after_cap(&a, now) > now;
}

bool limit_refund(struct limit_channel *channel, int64_t refund_ms)
{
    for (size_t i = 0; refund_ms > 0 && i < channel->bucket_count; i++) {
        struct limit_bucket *bucket = &channel->buckets[i];
        if ((int64_t)bucket->number != refund_ms / LIMIT_BUCKET_MS)
            continue;
        if (--bucket->count > 0)
            return true;
        channel->bucket_count--;
        for (; i < channel->bucket_count; i++)
            channel->buckets[i] = channel->buckets[i + 1];
        return true;
    }
    return false;
}

void limit_inbound(struct limit_person *person, int64_t provider_ms, int64_t now_ms)
{
    int64_t ms = clamp_time(provider_ms < now_ms ? provider_ms : now_ms);
    person->inbound_ms = larger(person->inbound_ms, ms);
}

/* Cuts a theoretical arrival time to what can be owed for a message of `cost_max`. */
static bool mend_pace(struct pace pace, int64_t cost_max, int64_t now_ms, int64_t *tat_us)
{
    int64_t owed_us = clamp_time(now_ms) * 1000 + larger(pace.burst, cost_max) * pace.unit_us;
    if (*tat_us <= owed_us + LIMIT_AHEAD_MS * INT64_C(1000))
        return false;
    *tat_us = owed_us;
    return true;
}

bool limit_mend_channel(const struct limit_rules *rules, struct limit_channel *channel, int64_t now_ms)
{
    bool changed = mend_pace(rate_pace(rules), LIMIT_SEGMENTS_MAX, now_ms, &channel->tat_us);
    uint32_t now_number = (uint32_t)(clamp_time(now_ms) / LIMIT_BUCKET_MS);
    uint64_t ahead = 0;
    size_t kept = channel->bucket_count;
    if (kept == 0 || channel->buckets[kept - 1].number <= now_number + LIMIT_DAY_MS / LIMIT_BUCKET_MS)
        return changed;
    for (; kept > 0 && channel->buckets[kept - 1].number >= now_number; kept--)
        ahead += channel->buckets[kept - 1].count;
    /* what was counted ahead of the clock was sent by now: it is let go a day from now at the earliest */
    channel->buckets[kept] = (struct limit_bucket){now_number, ahead < UINT32_MAX ? (uint32_t)ahead : UINT32_MAX};
    channel->bucket_count = kept + 1;
    return true;
}

bool limit_mend_person(const struct limit_rules *rules, struct limit_person *person, int64_t now_ms)
{
    bool changed = mend_pace(pair_pace(rules), 1, now_ms, &person->pair_tat_us);
    int64_t month = month_of(clamp_time(now_ms));
    if (person->begun_ms > clamp_time(now_ms) + LIMIT_DAY_MS) {
        person->begun_ms = 0;
        changed = true;
    }
    if (person->month > month + 1) { /* nobody knows how many were truly of this month: as if it were full */
        person->month = month;
        person->month_count = INT32_MAX;
        changed = true;
    }
    return changed;
}
