#include "gateway/audience.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/world.h"

#define WINDOW_DAYS 1 /* what was said the day before yesterday is more than 24 hours ago, whatever the hour */

/* One shard of a count or a selection. */
struct reading {
    struct counting *counting; /* NULL: of a selection */
    enum profile_column columns[PROFILE_COLUMNS];
    size_t column_count;
    const struct query *query;
    bool ruled;
    struct audience_rules rules;
    uint32_t today;
    audience_selected *selected;
    void *ctx;
};

/* A count over all shards: it ends when the last has answered. */
struct counting {
    struct reading reading; /* the same for each of them */
    audience_counted *done;
    void *ctx;
    struct audience_count count;
    size_t waiting;
    enum error error;
    struct query_group group;
};

/* What a group of people comes to. */
struct verdict {
    uint64_t there[QUERY_WORDS], matched[QUERY_WORDS], excluded[AUDIENCE_REASONS][QUERY_WORDS];
    uint64_t left[QUERY_WORDS];
};

#define EACH_WORD(i) for (unsigned i = 0; i < QUERY_WORDS; i++)

const char *audience_reason_name(enum audience_reason reason)
{
    static const char *const names[AUDIENCE_REASONS] = {
        [AUDIENCE_OPTED_OUT] = "opted_out",         [AUDIENCE_NEVER_WROTE] = "never_wrote",
        [AUDIENCE_NOT_CONFIRMED] = "not_confirmed", [AUDIENCE_NO_CONSENT] = "no_consent",
        [AUDIENCE_NO_CHANNEL] = "no_channel",       [AUDIENCE_NO_WINDOW] = "no_window"};
    return names[reason];
}

struct audience_rules audience_rules_of(const struct world *world, bool template, int64_t now_ms)
{
    struct audience_rules rules = {.purpose = SLICE(PURPOSE_NOTICES), .template = template, .now_ms = now_ms};
    for (size_t i = 0; i < world->channel_count; i++)
        if (world->channels[i].adapter->call && world->channels[i].kind != CHANNEL_USSD)
            rules.kinds |= 1u << world->channels[i].kind;
    return rules;
}

/* ---- judging ---- */

/* Takes from those who are left whom a reason excludes. */
static void exclude(struct verdict *v, enum audience_reason reason, const uint64_t who[QUERY_WORDS], bool but)
{
    EACH_WORD(i)
    {
        v->excluded[reason][i] = v->left[i] & (but ? ~who[i] : who[i]);
        v->left[i] &= ~v->excluded[reason][i];
    }
}

/* The bits of `channel` of which somebody wrote on one who can be written to by SMS, and by WhatsApp: as notice_way()
 * has it, an SMS reaches every number. */
static uint32_t ways(const struct audience_rules *rules, enum channel_kind kind)
{
    if (!(rules->kinds >> kind & 1))
        return 0;
    return kind == CHANNEL_SMS ? UINT32_MAX : UINT32_C(1) << kind;
}

static void judge_ways(const struct reading *reading, const struct query_group *group, struct verdict *v)
{
    const struct profile_field *channel = profile_field(SLICE("channel")), *seen = profile_field(SLICE("seen"));
    const struct audience_rules *rules = &reading->rules;
    const uint32_t sms = ways(rules, CHANNEL_SMS), whatsapp = ways(rules, CHANNEL_WHATSAPP);
    uint64_t any[QUERY_WORDS], by_sms[QUERY_WORDS], lately[QUERY_WORDS];
    query_any(group, channel, sms | whatsapp, any);
    exclude(v, AUDIENCE_NO_CHANNEL, any, true);
    query_any(group, channel, sms, by_sms);
    query_since(group, seen, reading->today > WINDOW_DAYS ? reading->today - WINDOW_DAYS : 1, lately);
    EACH_WORD(i)
    lately[i] |= rules->template ? UINT64_MAX : by_sms[i];
    exclude(v, AUDIENCE_NO_WINDOW, lately, true);
}

static void judge_consent(const struct reading *reading, const struct query_group *group, struct verdict *v)
{
    const struct profile_field *consent = profile_field(SLICE("consent")), *pending = profile_field(SLICE("pending"));
    const struct profile_field *channel = profile_field(SLICE("channel"));
    uint64_t who[QUERY_WORDS];
    query_any(group, channel, UINT32_MAX, who);
    exclude(v, AUDIENCE_NEVER_WROTE, who, true);
    query_any(group, pending, profile_word(pending, reading->rules.purpose), who);
    exclude(v, AUDIENCE_NOT_CONFIRMED, who, false);
    query_any(group, consent, profile_word(consent, reading->rules.purpose), who);
    exclude(v, AUDIENCE_NO_CONSENT, who, true);
}

/* Judges a group: who matches, and of these each in one place. */
static void judge(const struct reading *reading, const struct query_group *group, struct verdict *v)
{
    const struct profile_field *out = profile_field(SLICE("opted_out"));
    uint64_t who[QUERY_WORDS];
    memcpy(v->there, group->there, sizeof(v->there));
    query_match(reading->query, group, reading->today, v->matched);
    memcpy(v->left, v->matched, sizeof(v->left));
    memset(v->excluded, 0, sizeof(v->excluded));
    if (!reading->ruled)
        return;
    query_any(group, out, 1, who);
    exclude(v, AUDIENCE_OPTED_OUT, who, false);
    judge_consent(reading, group, v);
    judge_ways(reading, group, v);
}

/* ---- reading ---- */

static uint64_t bits_of(const uint64_t words[QUERY_WORDS])
{
    uint64_t sum = 0;
    EACH_WORD(i)
    sum += (uint64_t)__builtin_popcountll(words[i]);
    return sum;
}

/* Gives the strings by column, and how many groups the longest of traits has: nobody is without. */
static size_t place_columns(const struct reading *reading, const struct slice *strings, size_t count,
                            struct slice out[PROFILE_COLUMNS], uint32_t *columns)
{
    const size_t bytes = profile_columns[COLUMN_TRAITS].bytes * (size_t)QUERY_GROUP;
    memset(out, 0, PROFILE_COLUMNS * sizeof(*out));
    *columns = 0;
    for (size_t i = 0; i < count && i < reading->column_count; i++) {
        out[reading->columns[i]] = strings[i];
        *columns |= UINT32_C(1) << reading->columns[i];
    }
    return (out[COLUMN_TRAITS].len + bytes - 1) / bytes;
}

static void begin(struct reading *reading, const struct query *query, const struct audience_rules *rules,
                  int64_t now_ms)
{
    const uint32_t wanted = query_columns(query) | (rules ? UINT32_C(1) << COLUMN_FIRST_SEEN : 0);
    reading->query = query;
    reading->today = profile_day(now_ms);
    if ((reading->ruled = rules != NULL))
        reading->rules = *rules;
    for (unsigned c = 0; c < PROFILE_COLUMNS; c++)
        if (wanted >> c & 1)
            reading->columns[reading->column_count++] = (enum profile_column)c;
}

/* ---- counting ---- */

static void end_shard(struct counting *counting, enum error error)
{
    if (error)
        counting->error = error;
    if (--counting->waiting)
        return;
    counting->done(counting->ctx, counting->error, counting->error ? NULL : &counting->count);
    mem_free(counting);
}

static void count_shard(struct counting *counting, const struct slice *strings, size_t count)
{
    struct slice placed[PROFILE_COLUMNS];
    struct audience_count *sum = &counting->count;
    struct verdict v;
    uint32_t columns;
    const size_t groups = place_columns(&counting->reading, strings, count, placed, &columns);
    for (size_t i = 0; i < groups; i++) {
        query_load(&counting->group, columns, placed, i);
        judge(&counting->reading, &counting->group, &v);
        sum->people += bits_of(v.there);
        sum->matched += bits_of(v.matched);
        sum->recipients += bits_of(v.left);
        for (unsigned reason = 0; reason < AUDIENCE_REASONS; reason++)
            sum->excluded[reason] += bits_of(v.excluded[reason]);
    }
}

static void on_counted(void *ctx, enum error error, const struct slice *strings, size_t count)
{
    struct counting *counting = ctx;
    if (!error)
        count_shard(counting, strings, count);
    end_shard(counting, error);
}

enum error audience_count(struct store *store, const struct query *query, const struct audience_rules *rules,
                          audience_counted *done, void *ctx)
{
    struct counting *counting = mem_alloc(sizeof(*counting));
    if (!counting)
        return ERR_NOMEM;
    begin(&counting->reading, query, rules, rules->now_ms);
    counting->done = done;
    counting->ctx = ctx;
    counting->waiting = SHARDS + 1; /* one for this loop, so that it ends behind it */
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        enum error error = store_columns(store, shard, counting->reading.columns, counting->reading.column_count,
                                         on_counted, counting);
        if (error)
            end_shard(counting, error);
    }
    end_shard(counting, OK);
    return OK;
}

/* ---- selecting ---- */

static void select_shard(const struct reading *reading, struct query_group *group, const struct slice *strings,
                         size_t count)
{
    struct slice placed[PROFILE_COLUMNS];
    struct verdict v;
    uint32_t columns;
    const size_t groups = place_columns(reading, strings, count, placed, &columns);
    char *bits = mem_alloc(groups * sizeof(v.left) + 1);
    if (!bits) {
        reading->selected(reading->ctx, ERR_UNAVAILABLE, SLICE_NONE);
        return;
    }
    for (size_t i = 0; i < groups; i++) {
        query_load(group, columns, placed, i);
        judge(reading, group, &v);
        query_in_order(v.left);
        memcpy(bits + i * sizeof(v.left), v.left, sizeof(v.left));
    }
    reading->selected(reading->ctx, OK, (struct slice){bits, groups * sizeof(v.left)});
    mem_free(bits);
}

static void on_selected(void *ctx, enum error error, const struct slice *strings, size_t count)
{
    struct reading *reading = ctx;
    struct query_group *group = error ? NULL : mem_alloc(sizeof(*group));
    if (group)
        select_shard(reading, group, strings, count);
    else
        reading->selected(reading->ctx, ERR_UNAVAILABLE, SLICE_NONE);
    mem_free(group);
    mem_free(reading);
}

enum error audience_select(struct store *store, unsigned shard, const struct query *query,
                           const struct audience_rules *rules, int64_t now_ms, audience_selected *done, void *ctx)
{
    struct reading *reading = mem_alloc(sizeof(*reading));
    if (!reading)
        return ERR_NOMEM;
    begin(reading, query, rules, now_ms);
    reading->selected = done;
    reading->ctx = ctx;
    enum error error = store_columns(store, shard, reading->columns, reading->column_count, on_selected, reading);
    if (error)
        mem_free(reading);
    return error;
}

uint32_t audience_next(struct slice bits, uint32_t from)
{
    for (size_t at = from / 8; at < bits.len; at++) {
        unsigned byte = (unsigned char)bits.ptr[at];
        if (at == from / 8)
            byte &= 0xFFu >> from % 8;
        if (byte)
            return (uint32_t)(8 * at) + (uint32_t)__builtin_clz(byte << 24);
    }
    return AUDIENCE_NOBODY;
}

/* ---- naming ---- */

/* A stretch of numbers, and who of it is asked for. */
struct naming {
    audience_named *done;
    void *ctx;
    size_t count;
    uint32_t from, numbers[AUDIENCE_PEOPLE_MAX];
};

static void on_people(void *ctx, enum error error, const struct slice *contacts, size_t count)
{
    struct naming *naming = ctx;
    struct slice named[AUDIENCE_PEOPLE_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < naming->count && !error; i++) {
        const size_t at = naming->numbers[i] - naming->from;
        if (at >= count || !contacts[at].len)
            continue;
        named[kept] = contacts[at];
        naming->numbers[kept++] = naming->numbers[i];
    }
    naming->done(naming->ctx, error, named, naming->numbers, kept);
    mem_free(naming);
}

enum error audience_people(struct store *store, unsigned shard, uint32_t from, size_t most, struct slice bits,
                           uint32_t *next, audience_named *done, void *ctx)
{
    struct naming *naming = mem_alloc(sizeof(*naming));
    if (!naming)
        return ERR_NOMEM;
    naming->done = done;
    naming->ctx = ctx;
    uint32_t number = audience_next(bits, from);
    naming->from = number;
    while (number != AUDIENCE_NOBODY && number - naming->from < STORE_PEOPLE_MAX && naming->count < most) {
        naming->numbers[naming->count++] = number;
        number = audience_next(bits, number + 1);
    }
    *next = number;
    if (!naming->count) {
        on_people(naming, OK, NULL, 0);
        return OK;
    }
    const size_t stretch = naming->numbers[naming->count - 1] - naming->from + 1;
    enum error error = store_people(store, shard, naming->from, stretch, on_people, naming);
    if (error)
        mem_free(naming);
    return error;
}
