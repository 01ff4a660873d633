#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/limits.h"
#include "tests/unit/peru_holidays.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOON INT64_C(1795453200000) /* Monday 2026-11-23, 12:00 in Lima */
#define SENDS 1000000

/* A small generator of its own, so that the same seed gives the same run everywhere. */
static uint64_t seed = 20261123;

static uint64_t chance(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

/* Rules without any limit, to set one or two. */
static const struct limit_rules FREE = {.burst = 1, .pair_burst = 1};

/* ---- rows: one message, asked once ---- */

#define HOURS .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E, .holidays = &peru
#define RATE(burst_) .segment_us = 1000000, .burst = burst_
#define LIMA(day, hour, minute) (NOON + ((day)-23) * DAY + ((hour)-12) * HOUR + (minute)*MINUTE)
#define MARGIN LIMIT_WINDOW_MARGIN_MS

static const struct {
    const char *name;
    struct limit_rules rules;
    struct limit_channel channel;
    struct limit_person person;
    struct limit_message message; /* due_ms 0: now */
    int64_t now_ms, at_ms;
    enum limit_reason reason;
} rows[] = {
    {"no rule", {0}, {0}, {0}, {CLASS_REPLY, 1, false, 0, 0}, NOON, NOON, LIMIT_NONE},
    {"rate: nothing owed", {RATE(1)}, {0}, {0}, {CLASS_REPLY, 1, false, 0, 0}, NOON, NOON, LIMIT_NONE},
    {"rate: one owed",
     {RATE(1)},
     {.tat_us = (NOON + 700) * 1000},
     {0},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     NOON + 700,
     LIMIT_RATE},
    {"rate: rounded up",
     {RATE(1)},
     {.tat_us = (NOON + 700) * 1000 + 1},
     {0},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     NOON + 701,
     LIMIT_RATE},
    {"rate: the burst borrows",
     {RATE(3)},
     {.tat_us = (NOON + 2000) * 1000},
     {0},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"rate: costs count",
     {RATE(3)},
     {.tat_us = (NOON + 2000) * 1000},
     {0},
     {CLASS_REPLY, 3, false, 0, 0},
     NOON,
     NOON + 2000,
     LIMIT_RATE},
    {"rate: more than the burst waits until nothing is owed",
     {RATE(3)},
     {.tat_us = (NOON + 9) * 1000},
     {0},
     {CLASS_REPLY, 7, false, 0, 0},
     NOON,
     NOON + 9,
     LIMIT_RATE},
    {"rate: more than the burst goes then",
     {RATE(3)},
     {.tat_us = NOON * 1000},
     {0},
     {CLASS_REPLY, 7, false, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"rate: beyond the deadline",
     {RATE(1)},
     {.tat_us = (NOON + DAY + 1) * 1000},
     {0},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     LIMIT_NEVER,
     LIMIT_DEADLINE},
    {"rate: at the deadline",
     {RATE(1)},
     {.tat_us = (NOON + DAY) * 1000},
     {0},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     NOON + DAY,
     LIMIT_RATE},
    {"pair: the burst is used up",
     {.pair_ms = 6000, .pair_burst = 45},
     {0},
     {.pair_tat_us = (NOON + 270000) * 1000},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     NOON + 6000,
     LIMIT_PAIR},
    {"pair: a cost in segments does not count",
     {.pair_ms = 6000, .pair_burst = 45},
     {0},
     {.pair_tat_us = (NOON + 264000) * 1000},
     {CLASS_REPLY, 9, false, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"window: open to the last",
     {.window_ms = DAY},
     {0},
     {.inbound_ms = NOON - DAY + MARGIN + 1},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"window: closed by its margin",
     {.window_ms = DAY},
     {0},
     {.inbound_ms = NOON - DAY + MARGIN},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     LIMIT_NEVER,
     LIMIT_WINDOW},
    {"window: never", {.window_ms = DAY}, {0}, {0}, {CLASS_REPLY, 1, false, 0, 0}, NOON, LIMIT_NEVER, LIMIT_WINDOW},
    {"window: a template goes", {.window_ms = DAY}, {0}, {0}, {CLASS_REPLY, 1, true, 0, 0}, NOON, NOON, LIMIT_NONE},
    {"window: the channel has none", {0}, {0}, {0}, {CLASS_REPLY, 1, false, 0, 0}, NOON, NOON, LIMIT_NONE},
    {"window: the rate waits beyond it",
     {.segment_us = 1, .burst = 1, .window_ms = DAY},
     {.tat_us = (NOON + HOUR) * 1000},
     {.inbound_ms = NOON - 23 * HOUR},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     LIMIT_NEVER,
     LIMIT_WINDOW},
    {"tier: full",
     {.window_ms = DAY, .daily_tier = 2},
     {0, 1, {{(NOON - HOUR) / LIMIT_BUCKET_MS, 2}}},
     {0},
     {CLASS_REPLY, 1, true, 0, 0},
     NOON,
     NOON + 23 * HOUR + LIMIT_BUCKET_MS,
     LIMIT_TIER},
    {"tier: a place left",
     {.window_ms = DAY, .daily_tier = 3},
     {0, 1, {{(NOON - HOUR) / LIMIT_BUCKET_MS, 2}}},
     {0},
     {CLASS_REPLY, 1, true, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"tier: whoever wrote needs no place",
     {.window_ms = DAY, .daily_tier = 2},
     {0, 1, {{(NOON - HOUR) / LIMIT_BUCKET_MS, 2}}},
     {.inbound_ms = NOON - HOUR},
     {CLASS_REPLY, 1, true, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"tier: whoever has a place keeps it",
     {.window_ms = DAY, .daily_tier = 2},
     {0, 1, {{(NOON - HOUR) / LIMIT_BUCKET_MS, 2}}},
     {.begun_ms = NOON - DAY},
     {CLASS_REPLY, 1, true, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"tier: a place is lost after a day",
     {.window_ms = DAY, .daily_tier = 2},
     {0, 1, {{(NOON - HOUR) / LIMIT_BUCKET_MS, 2}}},
     {.begun_ms = NOON - DAY - 1},
     {CLASS_REPLY, 1, true, 0, 0},
     NOON,
     NOON + 23 * HOUR + LIMIT_BUCKET_MS,
     LIMIT_TIER},
    {"tier: a bucket stays until its end is out",
     {.window_ms = DAY, .daily_tier = 1},
     {0, 1, {{NOON / LIMIT_BUCKET_MS, 1}}},
     {0},
     {CLASS_NOTICE, 1, true, NOON + DAY, 0},
     NOON + DAY + LIMIT_BUCKET_MS - 1,
     NOON + DAY + LIMIT_BUCKET_MS,
     LIMIT_TIER},
    {"tier: lowered by the operator",
     {.window_ms = DAY, .daily_tier = 1},
     {0, 2, {{NOON / LIMIT_BUCKET_MS - 8, 5}, {NOON / LIMIT_BUCKET_MS - 4, 5}}},
     {0},
     {CLASS_NOTICE, 1, true, 0, 0},
     NOON,
     NOON + 23 * HOUR + LIMIT_BUCKET_MS,
     LIMIT_TIER},
    {"hours: the first instant",
     {HOURS},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(23, 8, 0),
     LIMA(23, 8, 0),
     LIMIT_NONE},
    {"hours: before it",
     {HOURS},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(23, 8, 0) - 1,
     LIMA(23, 8, 0),
     LIMIT_QUIET},
    {"hours: the last instant",
     {HOURS},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(23, 20, 0) - 1,
     LIMA(23, 20, 0) - 1,
     LIMIT_NONE},
    {"hours: after", {HOURS}, {0}, {0}, {CLASS_NOTICE, 1, false, 0, 0}, LIMA(23, 20, 0), LIMA(24, 8, 0), LIMIT_QUIET},
    {"hours: over Sunday",
     {HOURS},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(28, 20, 0),
     LIMA(30, 8, 0),
     LIMIT_QUIET},
    {"hours: over a Tuesday and Wednesday of holidays",
     {HOURS},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(37, 20, 0),
     LIMA(40, 8, 0),
     LIMIT_QUIET},
    {"hours: holidays if so set",
     {.bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(37, 20, 0),
     LIMA(38, 8, 0),
     LIMIT_QUIET},
    {"hours: a reply does not mind",
     {HOURS},
     {0},
     {0},
     {CLASS_REPLY, 1, false, 0, 0},
     LIMA(22, 3, 0),
     LIMA(22, 3, 0),
     LIMIT_NONE},
    {"hours: nor does a confirmation",
     {HOURS},
     {0},
     {0},
     {CLASS_CONFIRMATION, 1, false, 0, 0},
     LIMA(22, 3, 0),
     LIMA(22, 3, 0),
     LIMIT_NONE},
    {"hours: a reminder would come too late",
     {HOURS},
     {0},
     {0},
     {CLASS_REMINDER, 1, false, 0, 0},
     LIMA(28, 20, 0),
     LIMIT_NEVER,
     LIMIT_DEADLINE},
    {"hours: a reminder comes at its deadline",
     {HOURS},
     {0},
     {0},
     {CLASS_REMINDER, 1, false, 0, 0},
     LIMA(23, 20, 0),
     LIMA(24, 8, 0),
     LIMIT_QUIET},
    {"hours: no day at all",
     {.bulk_from_min = 480, .bulk_to_min = 1200},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     NOON,
     LIMIT_NEVER,
     LIMIT_QUIET},
    {"hours: to midnight",
     {.bulk_from_min = 0, .bulk_to_min = 1440, .bulk_days = LIMIT_WEEK},
     {0},
     {0},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(23, 23, 59) + 59999,
     LIMA(23, 23, 59) + 59999,
     LIMIT_NONE},
    {"cap: reached",
     {.monthly_cap = 4},
     {0},
     {.month = 2026 * 12 + 10, .month_count = 4},
     {CLASS_NOTICE, 1, false, LIMA(30, 12, 0), 0},
     LIMA(30, 12, 0),
     LIMIT_NEVER,
     LIMIT_CAP},
    {"cap: one left",
     {.monthly_cap = 4},
     {0},
     {.month = 2026 * 12 + 10, .month_count = 3},
     {CLASS_NOTICE, 1, false, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"cap: of another month",
     {.monthly_cap = 4},
     {0},
     {.month = 2026 * 12 + 9, .month_count = 4},
     {CLASS_REMINDER, 1, false, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"cap: a reply does not count",
     {.monthly_cap = 4},
     {0},
     {.month = 2026 * 12 + 10, .month_count = 4},
     {CLASS_REPLY, 1, false, 0, 0},
     NOON,
     NOON,
     LIMIT_NONE},
    {"cap, then hours",
     {HOURS, .monthly_cap = 4},
     {0},
     {.month = 2026 * 12 + 10, .month_count = 4},
     {CLASS_NOTICE, 1, false, 0, 0},
     LIMA(30, 12, 0),
     LIMIT_NEVER,
     LIMIT_CAP},
    {"cap: the clock was set back over the month",
     {.monthly_cap = 4},
     {0},
     {.month = 2026 * 12 + 11, .month_count = 4},
     {CLASS_NOTICE, 1, false, 0, 0},
     NOON,
     LIMIT_NEVER,
     LIMIT_CAP},
    {"cap: the month ends after the deadline",
     {.monthly_cap = 4},
     {0},
     {.month = 2026 * 12 + 10, .month_count = 4},
     {CLASS_NOTICE, 1, false, NOON, 0},
     NOON,
     LIMIT_NEVER,
     LIMIT_CAP},
};

static void each_rule_holds_as_its_row_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct limit_message message = rows[i].message;
        struct limit_answer answer;
        message.due_ms = message.due_ms ? message.due_ms : rows[i].now_ms;
        limit_admit(&rows[i].rules, &rows[i].channel, &rows[i].person, &message, rows[i].now_ms, &answer);
        if (answer.at_ms != rows[i].at_ms || answer.reason != rows[i].reason)
            fail_msg("%s: %+lld ms for %+lld, %s", rows[i].name, (long long)(answer.at_ms - rows[i].now_ms),
                     (long long)(rows[i].at_ms - rows[i].now_ms), limit_reason_name(answer.reason));
        if (answer.at_ms > rows[i].now_ms) {
            assert_memory_equal(&answer.channel, &rows[i].channel, sizeof(answer.channel));
            assert_memory_equal(&answer.person, &rows[i].person, sizeof(answer.person));
        }
    }
}

/* ---- the counter of the other kind: a plain list of what was sent, and the sum over each window ---- */

struct sent {
    int64_t at_ms;
    int64_t cost;
};

static struct sent list[SENDS + 8];
static size_t list_count;

static const int64_t spans_ms[] = {0, 1, 40, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR};

struct counter {
    size_t from[COUNT(spans_ms)]; /* the oldest send that is in the window */
    int64_t sum[COUNT(spans_ms)];
    int64_t total;
    double behind; /* the least that any window's beginning was ahead of the rate */
    uint64_t violations;
};

/* A window from any send to this one, whatever its length: sum <= span / each_us + burst. What was sent before it
 * begins, less what the rate had given by then, tells windows apart; the least of them is the fullest window. */
static void look_at_all_windows(struct counter *c, int64_t at_ms, int64_t cost, double each_us, int64_t burst)
{
    const double given = (double)(at_ms - NOON) * 1000 / each_us;
    if (list_count == 1 || (double)c->total - given < c->behind)
        c->behind = (double)c->total - given;
    c->total += cost;
    c->violations += (double)c->total - given - c->behind > (double)burst + 1e-6;
}

/* Notes a send, and looks at every closed window that ends with it, and for some lengths by a plain sum too. */
static void count_send(struct counter *c, int64_t at_ms, int64_t cost, double each_us, int64_t burst)
{
    list[list_count++] = (struct sent){at_ms, cost};
    look_at_all_windows(c, at_ms, cost, each_us, burst);
    for (size_t w = 0; w < COUNT(spans_ms); w++) {
        c->sum[w] += cost;
        while (list[c->from[w]].at_ms < at_ms - spans_ms[w])
            c->sum[w] -= list[c->from[w]++].cost;
        c->violations += (double)c->sum[w] > (double)spans_ms[w] * 1000 / each_us + (double)burst + 1e-6;
    }
}

/* What all workers share, as a compare-and-set of a store keeps it: texts. */
struct shared {
    char channel[LIMIT_CHANNEL_TEXT];
    uint64_t version;
};

struct worker {
    char channel[LIMIT_CHANNEL_TEXT]; /* as it last read it */
    uint64_t version;
    int64_t cost; /* of the message it wants to send */
};

static void read_shared(struct worker *w, const struct shared *shared)
{
    memcpy(w->channel, shared->channel, sizeof(w->channel));
    w->version = shared->version;
}

/* One worker's try at `now`. Returns 0 when it went, else the instant to come back; a lost race asks again. */
static int64_t try_send(const struct limit_rules *rules, struct worker *w, struct shared *shared, int64_t now_ms,
                        uint64_t *races)
{
    static const struct limit_person nobody;
    for (;;) {
        struct limit_channel channel;
        struct limit_answer answer;
        const struct limit_message message = {CLASS_REPLY, w->cost, false, now_ms, 0};
        assert_int_equal(limit_channel_decode(slice_of(w->channel), &channel), OK);
        limit_admit(rules, &channel, &nobody, &message, now_ms, &answer);
        if (answer.at_ms > now_ms && w->version == shared->version)
            return answer.at_ms;
        if (w->version == shared->version) {
            limit_channel_encode(&answer.channel, shared->channel);
            w->version = ++shared->version;
            memcpy(w->channel, shared->channel, sizeof(w->channel));
            return 0;
        }
        *races += answer.at_ms <= now_ms;
        read_shared(w, shared);
    }
}

#define WORKERS 3
#define COST_MAX 5

/* Sends `sends` messages of random cost: full speed for the first half, then as they happen to arrive. */
static double run_rate(double rate, int64_t burst, size_t sends, uint64_t *violations, uint64_t *races)
{
    struct limit_rules rules = FREE;
    struct shared shared = {.version = 1};
    struct worker workers[WORKERS] = {{.version = 0}};
    struct counter counter = {.violations = 0};
    int64_t now_ms = NOON, bound = burst > COST_MAX ? burst : COST_MAX, segments = 0;
    double used = 0;
    rules.segment_us = (int64_t)(1e6 / rate) + ((double)(int64_t)(1e6 / rate) < 1e6 / rate);
    rules.burst = burst;
    list_count = 0;
    for (size_t i = 0; i < WORKERS; i++)
        workers[i].cost = 1 + (int64_t)chance(COST_MAX);
    while (list_count < sends) {
        int64_t next_ms = INT64_MAX;
        for (size_t i = 0; i < WORKERS && list_count < sends; i++) {
            struct worker *w = &workers[(i + list_count) % WORKERS];
            int64_t at_ms = try_send(&rules, w, &shared, now_ms, races);
            if (at_ms == 0) {
                count_send(&counter, now_ms, w->cost, 1e6 / rate, bound);
                segments += w->cost;
                w->cost = 1 + (int64_t)chance(COST_MAX);
                at_ms = now_ms;
            }
            next_ms = at_ms < next_ms ? at_ms : next_ms;
        }
        if (list_count <= sends / 2 && now_ms > NOON)
            used = (double)segments / (rate * (double)(now_ms - NOON) / 1000 + (double)bound);
        now_ms = next_ms > now_ms ? next_ms : now_ms;
        if (list_count > sends / 2 && chance(4) == 0)
            now_ms += (int64_t)chance((uint64_t)(20000 / rate) + 2);
    }
    *violations += counter.violations;
    return used;
}

static void a_rate_holds_in_every_window_across_workers(void **state)
{
    static const struct {
        double rate;
        int64_t burst;
        size_t sends;
    } channels[] = {{1, 1, 150000},    {80, 8, 200000},     {80, 1, 100000}, {300, 30, 150000},
                    {7.3, 20, 150000}, {1000, 100, 200000}, {0.1, 3, 50000}};
    size_t total = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(channels); i++) {
        uint64_t violations = 0, races = 0;
        double used = run_rate(channels[i].rate, channels[i].burst, channels[i].sends, &violations, &races);
        printf("rate %g/s burst %lld: %zu sends, every window, %llu lost races, %llu violations, %.2f %% used\n",
               channels[i].rate, (long long)channels[i].burst, channels[i].sends, (unsigned long long)races,
               (unsigned long long)violations, 100 * used);
        assert_int_equal(violations, 0);
        assert_true(races > channels[i].sends / 100);
        assert_true(used >= 0.98);
        total += channels[i].sends;
    }
    assert_true(total >= SENDS);
}

static void the_pair_rate_holds_in_every_window(void **state)
{
    struct limit_rules rules = FREE;
    struct counter counter = {.violations = 0};
    struct limit_channel channel = {.tat_us = 0};
    struct limit_person person = {.pair_tat_us = 0};
    struct limit_answer answer;
    int64_t now_ms = NOON;
    double used = 0;
    (void)state;
    rules.pair_ms = 6000;
    rules.pair_burst = 45;
    list_count = 0;
    while (list_count < 100000) {
        const struct limit_message message = {CLASS_REPLY, 3, false, now_ms, 0};
        limit_admit(&rules, &channel, &person, &message, now_ms, &answer);
        if (answer.at_ms <= now_ms) {
            count_send(&counter, now_ms, 1, 6e6, 45);
            person = answer.person;
        }
        if (list_count == 50000)
            used = (double)list_count / ((double)(now_ms - NOON) / 6000 + 45);
        now_ms = answer.at_ms > now_ms ? answer.at_ms : now_ms;
        now_ms += list_count > 50000 ? (int64_t)chance(12000) : 0;
    }
    printf("pair: %zu sends, %llu violations, %.2f %% used\n", list_count, (unsigned long long)counter.violations,
           100 * used);
    assert_int_equal(counter.violations, 0);
    assert_true(used >= 0.98);
}

/* ---- the tier: who got a template within the last day, by a list of all sends ---- */

#define PEOPLE 4096

static struct {
    int64_t at_ms;
    unsigned who;
} templates[SENDS];
static size_t template_count, template_from;
static unsigned in_window[PEOPLE]; /* templates that each got in the window */
static int64_t unique;

/* Notes a template. Returns how many persons got one in the closed day that ends with it. */
static int64_t count_template(int64_t at_ms, unsigned who)
{
    templates[template_count].at_ms = at_ms;
    templates[template_count++].who = who;
    unique += in_window[who]++ == 0;
    while (templates[template_from].at_ms < at_ms - DAY)
        unique -= --in_window[templates[template_from++].who] == 0;
    return unique;
}

/* Sends templates for so many days of the true clock. `repeats`: to random persons, else each to the person who waited
 * longest. Steps of the clock: none where step_ms is 0. Returns persons begun a day. */
static double run_tier(int64_t tier, int days, bool repeats, int64_t step_ms, uint64_t *violations)
{
    static struct limit_person people[PEOPLE];
    struct limit_rules rules = FREE;
    struct limit_channel channel = {.tat_us = 0};
    struct limit_answer answer;
    int64_t true_ms = NOON, off_ms = 0, held_until_ms = 0;
    size_t begun = 0;
    memset(people, 0, sizeof(people));
    memset(in_window, 0, sizeof(in_window));
    template_count = template_from = 0;
    unique = 0;
    rules.window_ms = DAY;
    rules.daily_tier = tier;
    for (unsigned turn = 0; true_ms < NOON + days * DAY && template_count < SENDS; turn++) {
        unsigned who = repeats ? (unsigned)chance(PEOPLE) : turn % PEOPLE;
        if (step_ms && chance(200) == 0) {
            int64_t step = (int64_t)chance((uint64_t)step_ms);
            bool forward = chance(2) == 0;
            true_ms += forward ? step : 0; /* a step forward is time that has passed */
            off_ms -= forward ? 0 : step;
            held_until_ms = 0;
        }
        if (!repeats)
            people[who] = (struct limit_person){0};
        int64_t now_ms = true_ms + off_ms;
        const struct limit_message message = {CLASS_CONFIRMATION, 1, true, now_ms, 0};
        if (repeats && now_ms < held_until_ms && !people[who].begun_ms) {
            true_ms += (int64_t)chance(MINUTE);
            continue;
        }
        if (limit_mend_channel(&rules, &channel, now_ms))
            held_until_ms = 0;
        limit_admit(&rules, &channel, &people[who], &message, now_ms, &answer);
        if (answer.at_ms <= now_ms) {
            bool was_in = in_window[who] > 0 && repeats;
            channel = answer.channel;
            people[who] = answer.person;
            begun += !was_in;
            *violations += count_template(true_ms, who) > tier;
            if (chance(10)) /* one in ten dies before it gives the older place back */
                limit_refund(&channel, answer.refund_ms);
            true_ms += repeats ? (int64_t)chance(MINUTE) : (int64_t)chance(50);
        } else {
            held_until_ms = answer.at_ms;
            turn -= !repeats;
            true_ms += repeats || step_ms ? (int64_t)chance(10 * MINUTE) : answer.at_ms - now_ms;
        }
    }
    return (double)begun / days;
}

static void the_tier_holds_in_every_day(void **state)
{
    static const struct {
        const char *name;
        int64_t tier;
        int days;
        bool repeats;
        int64_t step_ms;
        double least; /* of the bound */
    } runs[] = {
        {"new persons", 250, 100, false, 0, 0.98},
        {"new persons", 1000, 100, false, 0, 0.98},
        {"persons again and again", 1000, 60, true, 0, 0},
        {"persons again and again", 2, 60, true, 0, 0},
        {"the clock steps by up to an hour", 250, 100, false, HOUR, 0},
        {"the clock steps by up to three days", 250, 100, false, 3 * DAY, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(runs); i++) {
        uint64_t violations = 0;
        double a_day = run_tier(runs[i].tier, runs[i].days, runs[i].repeats, runs[i].step_ms, &violations);
        double used = a_day / (double)runs[i].tier;
        printf("tier %lld, %s: %zu templates in %d days, %llu violations, %.2f %% used\n", (long long)runs[i].tier,
               runs[i].name, template_count, runs[i].days, (unsigned long long)violations, 100 * used);
        assert_int_equal(violations, 0);
        assert_true(template_count > 100); /* it did run */
        assert_true(used >= runs[i].least);
    }
}

/* ---- hours and cap: by the C library's calendar and a list of dates ---- */

static bool may_bulk(int64_t at_ms)
{
    static const int holidays[] = {20260101, 20260402, 20260403, 20260501, 20260607, 20260629, 20260723, 20260728,
                                   20260729, 20260806, 20260830, 20261008, 20261101, 20261208, 20261209, 20261225,
                                   20270101, 20270325, 20270326, 20270501, 20270607, 20270629, 20270723, 20270728,
                                   20270729, 20270806, 20270830, 20271008, 20271101, 20271208, 20271209, 20271225};
    time_t lima = (time_t)(at_ms / 1000 - 5 * 3600);
    struct tm tm;
    gmtime_r(&lima, &tm);
    int date = (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
    for (size_t i = 0; i < COUNT(holidays); i++)
        if (holidays[i] == date)
            return false;
    return tm.tm_wday != 0 && tm.tm_hour >= 8 && tm.tm_hour < 20;
}

static int month_of(int64_t at_ms)
{
    time_t lima = (time_t)(at_ms / 1000 - 5 * 3600);
    struct tm tm;
    gmtime_r(&lima, &tm);
    return tm.tm_year * 12 + tm.tm_mon;
}

static const struct limit_rules BULK = {.burst = 1, .pair_burst = 1, HOURS, .monthly_cap = 4};

/* A person to whom more notices are due than may go, through two years; the clock steps where told. */
static void notices_to_one_person(int64_t step_ms, uint64_t *sent, uint64_t *violations)
{
    static unsigned in_month[4096];
    struct limit_channel channel = {.tat_us = 0};
    struct limit_person person = {.month = 0};
    struct limit_answer answer;
    int64_t now_ms = NOON - 300 * DAY;
    memset(in_month, 0, sizeof(in_month));
    while (now_ms < NOON + 390 * DAY) {
        const struct limit_message message = {chance(2) ? CLASS_NOTICE : CLASS_REMINDER, 1, false, now_ms, 0};
        limit_admit(&BULK, &channel, &person, &message, now_ms, &answer);
        if (answer.at_ms <= now_ms) {
            person = answer.person;
            *violations += !may_bulk(now_ms) || ++in_month[month_of(now_ms)] > 4;
            ++*sent;
        } else if (answer.at_ms != LIMIT_NEVER) {
            *violations += may_bulk(answer.at_ms - 1) && month_of(answer.at_ms - 1) == month_of(answer.at_ms);
        }
        now_ms += answer.at_ms == LIMIT_NEVER || chance(2) ? (int64_t)chance(6 * HOUR)
                  : answer.at_ms > now_ms                  ? answer.at_ms - now_ms
                                                           : 0;
        if (step_ms && chance(20) == 0)
            now_ms += (int64_t)chance((uint64_t)step_ms) - step_ms / 2;
    }
}

static void notices_keep_hours_and_cap(void **state)
{
    static const int64_t steps_ms[] = {0, HOUR, 40 * DAY};
    (void)state;
    for (size_t i = 0; i < COUNT(steps_ms); i++) {
        uint64_t sent = 0, violations = 0;
        for (int person = 0; person < 200; person++)
            notices_to_one_person(steps_ms[i], &sent, &violations);
        printf("hours and cap, steps of %lld h: %llu notices to 200 persons in 690 days, %llu violations\n",
               (long long)(steps_ms[i] / 2 / HOUR), (unsigned long long)sent, (unsigned long long)violations);
        assert_int_equal(violations, 0);
        if (steps_ms[i] == 0)
            assert_true(sent >= 200 * 23 * 4 * 98 / 100); /* 23 months have a part in the 690 days */
    }
}

/* ---- a clock that is set ---- */

/* Windows are of true time; a step forward is time that passed, a step back is none. */
static void a_clock_that_is_set_opens_no_window(void **state)
{
    static const int64_t steps_ms[] = {40, 5 * SECOND, HOUR, 40 * DAY};
    (void)state;
    for (size_t i = 0; i < COUNT(steps_ms); i++) {
        struct limit_rules rules = FREE;
        struct limit_channel channel = {.tat_us = 0};
        struct limit_person person = {.month = 0};
        struct counter counter = {.violations = 0};
        int64_t true_ms = NOON, off_ms = 1000 * DAY, waited_ms = 0, worst_ms = 0;
        rules.segment_us = 12500;
        rules.burst = 16;
        list_count = 0;
        while (list_count < 100000) {
            const struct limit_message message = {CLASS_REPLY, 1 + (int64_t)chance(20), false, true_ms + off_ms, 0};
            struct limit_answer answer;
            if (chance(50) == 0) {
                int64_t step = (int64_t)chance((uint64_t)steps_ms[i]);
                bool forward = chance(2);
                true_ms += forward ? step : 0;
                off_ms -= forward ? 0 : off_ms - step > 0 ? step : 0;
            }
            limit_mend_channel(&rules, &channel, true_ms + off_ms);
            limit_admit(&rules, &channel, &person, &message, true_ms + off_ms, &answer);
            if (answer.at_ms <= true_ms + off_ms) {
                count_send(&counter, true_ms, message.segments, 12500, 20);
                channel = answer.channel;
                waited_ms = true_ms;
            }
            int64_t ms = (int64_t)chance(300);
            true_ms += ms;
            worst_ms = waited_ms && true_ms - waited_ms > worst_ms ? true_ms - waited_ms : worst_ms;
        }
        printf("rate 80/s, the clock steps by up to %lld ms: %zu sends, %llu violations\n", (long long)steps_ms[i],
               list_count, (unsigned long long)counter.violations);
        assert_int_equal(counter.violations, 0);
    }
}

static void a_state_ahead_of_the_clock_waits_no_more_than_is_owed(void **state)
{
    struct limit_rules rules = FREE;
    struct limit_channel channel = {(NOON + 900 * DAY) * 1000, 2, {{1, 7}, {(NOON + 900 * DAY) / LIMIT_BUCKET_MS, 5}}};
    struct limit_person person = {.pair_tat_us = (NOON + 900 * DAY) * 1000, .begun_ms = NOON + 900 * DAY};
    (void)state;
    rules.segment_us = 1000000;
    rules.pair_ms = 6000;
    rules.pair_burst = 45;
    assert_true(limit_mend_channel(&rules, &channel, NOON));
    assert_true(limit_mend_person(&rules, &person, NOON));
    assert_int_equal(channel.tat_us, (NOON + LIMIT_SEGMENTS_MAX * SECOND) * 1000);
    assert_int_equal(channel.bucket_count, 2);
    assert_int_equal(channel.buckets[1].number, NOON / LIMIT_BUCKET_MS);
    assert_int_equal(channel.buckets[1].count, 5);
    assert_int_equal(person.pair_tat_us, (NOON + 270 * SECOND) * 1000);
    assert_int_equal(person.begun_ms, 0);
    assert_false(limit_mend_channel(&rules, &channel, NOON));
    assert_false(limit_mend_person(&rules, &person, NOON));
}

/* ---- the rest ---- */

static void a_place_in_the_tier_moves_and_is_given_back_once(void **state)
{
    struct limit_rules rules = FREE;
    struct limit_channel channel = {.tat_us = 0};
    struct limit_person person = {.month = 0};
    struct limit_answer answer;
    static const int64_t at_ms[] = {0, MINUTE, 2 * HOUR, 25 * HOUR};
    static const bool refunds[] = {false, false, true, true};
    (void)state;
    rules.window_ms = DAY;
    rules.daily_tier = 1;
    for (size_t i = 0; i < COUNT(at_ms); i++) {
        const struct limit_message message = {CLASS_NOTICE, 1, true, NOON + at_ms[i], 0};
        limit_admit(&rules, &channel, &person, &message, NOON + at_ms[i], &answer);
        assert_true(answer.at_ms <= NOON + at_ms[i]);
        assert_int_equal(answer.refund_ms != 0, refunds[i]);
        assert_int_equal(answer.channel.bucket_count, 1 + refunds[i]);
        channel = answer.channel;
        person = answer.person;
        assert_int_equal(limit_refund(&channel, answer.refund_ms), refunds[i]);
        assert_int_equal(channel.bucket_count, 1);
        assert_int_equal(channel.buckets[0].count, 1);
    }
    assert_false(limit_refund(&channel, NOON)); /* that bucket is gone */
}

static void the_window_counts_from_the_latest_that_was_not_ahead(void **state)
{
    static const struct {
        int64_t provider_ms, now_ms, expected_ms;
    } steps[] = {
        {NOON - HOUR, NOON, NOON - HOUR}, {NOON - 2 * HOUR, NOON, NOON - HOUR},
        {NOON + DAY, NOON, NOON},         {INT64_MAX, NOON + 5, NOON + 5},
        {INT64_MIN, NOON + 9, NOON + 5},  {INT64_MAX, INT64_MAX, LIMIT_TIME_MAX_MS},
    };
    struct limit_person person = {.month = 0};
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        limit_inbound(&person, steps[i].provider_ms, steps[i].now_ms);
        assert_int_equal(person.inbound_ms, steps[i].expected_ms);
    }
}

/* Every mixture of extreme values: nothing overflows (under UBSan), and what is given can be written and read. */
static void extreme_values_are_clamped(void **state)
{
    static const int64_t extremes[] = {INT64_MIN, -1, 0, 1, NOON, INT64_MAX};
    struct limit_answer answer;
    char text[LIMIT_CHANNEL_TEXT];
    (void)state;
    for (int i = 0; i < 200000; i++) {
        int64_t v[12];
        for (size_t k = 0; k < COUNT(v); k++)
            v[k] = extremes[chance(COUNT(extremes))];
        const struct limit_rules rules = {v[0],      v[1],      v[2],           v[3],      v[4], v[5],
                                          (int)v[6], (int)v[7], (unsigned)v[8], chance(2) ? &peru : NULL, v[9]};
        struct limit_channel channel = {.tat_us = chance(2) ? LIMIT_TIME_MAX_MS * 1000 : 0};
        struct limit_person person = {.month = chance(2) ? INT64_C(9999) * 12 + 11 : 0, .month_count = INT32_MAX};
        const struct limit_message message = {
            (enum message_class)chance(MESSAGE_CLASSES), v[10], chance(2), v[11], v[7]};
        int64_t now_ms = extremes[chance(COUNT(extremes))];
        limit_inbound(&person, v[10], v[11]);
        limit_admit(&rules, &channel, &person, &message, now_ms, &answer);
        assert_true((answer.at_ms == LIMIT_NEVER) <= (answer.reason != LIMIT_NONE));
        limit_mend_channel(&rules, &answer.channel, now_ms);
        limit_mend_person(&rules, &answer.person, now_ms);
        size_t len = limit_channel_encode(&answer.channel, text);
        assert_int_equal(limit_channel_decode((struct slice){text, len}, &channel), OK);
        len = limit_person_encode(&answer.person, text);
        assert_int_equal(limit_person_decode((struct slice){text, len}, &person), OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_holds_as_its_row_says),
        cmocka_unit_test(a_rate_holds_in_every_window_across_workers),
        cmocka_unit_test(the_pair_rate_holds_in_every_window),
        cmocka_unit_test(the_tier_holds_in_every_day),
        cmocka_unit_test(notices_keep_hours_and_cap),
        cmocka_unit_test(a_clock_that_is_set_opens_no_window),
        cmocka_unit_test(a_state_ahead_of_the_clock_waits_no_more_than_is_owed),
        cmocka_unit_test(a_place_in_the_tier_moves_and_is_given_back_once),
        cmocka_unit_test(the_window_counts_from_the_latest_that_was_not_ahead),
        cmocka_unit_test(extreme_values_are_clamped),
    };
    if (!peru_holidays_load())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
