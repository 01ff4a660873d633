/* Audiences over the store in memory: counts against one person after the other, exclusions that sum up, selections and
 * names, erasures, and a store that is away. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/contact_line.h"

#define NOW_MS INT64_C(1795402800000)
#define PEOPLE 3000
#define EVERY_KIND (1u << CHANNEL_SMS | 1u << CHANNEL_WHATSAPP)

static struct store *store;
static struct arena *arena;
static struct person {
    char number[16];
    uint32_t traits;
    struct profile profile;
    bool erased;
} people[PEOPLE];

static uint64_t chance = 7;

static unsigned pick(unsigned below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(chance >> 33) % below;
}

static void on_commit(void *ctx, enum error error, const struct stored *newer)
{
    (void)ctx;
    (void)newer;
    assert_int_equal(error, OK);
}

static struct slice word_of(const char *field, bool none)
{
    const struct profile_field *f = profile_field(slice_of(field));
    size_t count = 0;
    while (f->words[count])
        count++;
    return none ? SLICE_NONE : slice_of(f->words[pick((unsigned)count)]);
}

/* Somebody writes, and tells something. */
static void write_once(struct person *p, uint64_t version)
{
    static struct commit c;
    static unsigned serial;
    char id[24], sales[24];
    snprintf(id, sizeof(id), "sms:%u", serial++);
    snprintf(sales, sizeof(sales), "%u/month", pick(9000));
    c = (struct commit){.contact = slice_of(p->number),
                        .channel = SLICE("sms"),
                        .kind = (enum channel_kind)pick(3),
                        .message_id = slice_of(id),
                        .expected = version,
                        .born_ms = version ? NOW_MS : 0,
                        .state = SLICE("s"),
                        .journal = SLICE("{}"),
                        .now_ms = NOW_MS,
                        .inbound_ms = NOW_MS - pick(5) * PROFILE_DAY_MS,
                        .language = word_of("language", false),
                        .opt = pick(9) ? OPT_UNCHANGED : OPT_OUT,
                        .known_before = p->profile,
                        .known = p->profile};
    if (!pick(12))
        c.inbound_ms = 0; /* was only imported */
    for (unsigned i = 0; i < 2; i++)
        if (pick(3))
            c.consents[c.consent_count++] = (struct store_consent){.purpose = slice_of(profile_bulk_purposes[i]),
                                                                   .value = pick(9) ? SLICE("yes") : SLICE("no")};
    profile_learn(&c.known, SLICE("stage"), word_of("stage", !pick(3)));
    profile_learn(&c.known, SLICE("region"), word_of("region", !pick(3)));
    profile_learn(&c.known, SLICE("sales"), pick(3) ? slice_of(sales) : SLICE_NONE);
    assert_int_equal(store_commit(store, &c, on_commit, NULL), OK);
    p->profile = c.known;
    p->traits = contact_line_traits(p->traits, &c);
    profile_put_line(&p->profile, p->traits, NOW_MS);
}

static void erase(struct person *p, uint64_t version)
{
    static struct commit c;
    c = (struct commit){.contact = slice_of(p->number),
                        .channel = SLICE("sms"),
                        .message_id = slice_of(p->number),
                        .expected = version,
                        .born_ms = NOW_MS,
                        .now_ms = NOW_MS,
                        .erase = true};
    assert_int_equal(store_commit(store, &c, on_commit, NULL), OK);
    p->erased = true;
}

static int make_people(void **state)
{
    (void)state;
    store = store_memory_new();
    arena = arena_new(1 << 20);
    for (size_t i = 0; i < PEOPLE; i++) {
        snprintf(people[i].number, sizeof(people[i].number), "+51987%06zu", i);
        unsigned turns = 1 + pick(3);
        for (unsigned turn = 0; turn < turns; turn++)
            write_once(&people[i], turn);
        if (!pick(20))
            erase(&people[i], turns);
    }
    return store && arena ? 0 : -1;
}

static int free_people(void **state)
{
    (void)state;
    store_close(store);
    arena_free(arena);
    return 0;
}

static struct query *parsed(const char *text)
{
    struct query *query;
    struct query_fault fault;
    arena_reset(arena);
    if (query_parse(slice_of(text), arena, &query, &fault))
        fail_msg("%zu: %s", fault.column, fault.text);
    return query;
}

static uint32_t number_of(const struct person *p, const char *field)
{
    return profile_number(&p->profile, profile_field(slice_of(field)));
}

/* The same judgement, said plainly of one person: AUDIENCE_REASONS is a recipient. */
static unsigned judged(const struct person *p, const struct audience_rules *rules)
{
    const uint32_t wrote = number_of(p, "channel"), today = profile_day(rules->now_ms);
    const bool sms = (rules->kinds >> CHANNEL_SMS & 1) && wrote;
    const bool whatsapp = (rules->kinds >> CHANNEL_WHATSAPP & 1) && (wrote & 4);
    if (number_of(p, "opted_out"))
        return AUDIENCE_OPTED_OUT;
    if (!wrote)
        return AUDIENCE_NEVER_WROTE;
    if (profile_standing(p->traits, rules->purpose) == STANDING_PENDING)
        return AUDIENCE_NOT_CONFIRMED;
    if (profile_standing(p->traits, rules->purpose) == STANDING_NONE)
        return AUDIENCE_NO_CONSENT;
    if (!sms && !whatsapp)
        return AUDIENCE_NO_CHANNEL;
    bool open = number_of(p, "seen") + 1 >= today;
    return sms || open || rules->template ? AUDIENCE_REASONS : AUDIENCE_NO_WINDOW;
}

#define NOTICES                                                                                                        \
    {                                                                                                                  \
        PURPOSE_NOTICES, sizeof(PURPOSE_NOTICES) - 1                                                                   \
    }
#define OFFERS                                                                                                         \
    {                                                                                                                  \
        PURPOSE_OFFERS, sizeof(PURPOSE_OFFERS) - 1                                                                     \
    }
static const struct audience_rules all_rules[] = {
    {.purpose = NOTICES, .kinds = EVERY_KIND, .now_ms = NOW_MS},
    {.purpose = NOTICES, .kinds = 1u << CHANNEL_WHATSAPP, .template = true, .now_ms = NOW_MS},
    {.purpose = NOTICES, .kinds = 1u << CHANNEL_WHATSAPP, .now_ms = NOW_MS + PROFILE_DAY_MS},
    {.purpose = OFFERS, .kinds = 1u << CHANNEL_SMS, .now_ms = NOW_MS},
    {.purpose = NOTICES, .kinds = 0, .now_ms = NOW_MS},
    {.kinds = EVERY_KIND, .now_ms = NOW_MS}, /* for no purpose, nobody */
};

static const char *const queries[] = {"all",
                                      "stage = growth and region in (08, 15)",
                                      "not (sales >= 3000 or sales unknown) and seen < 3d",
                                      "channel = whatsapp and channel != sms",
                                      "opted_out = yes",
                                      "first_seen > 3d"};

static void on_count(void *ctx, enum error error, const struct audience_count *count)
{
    struct audience_count *out = ctx;
    assert_int_equal(error, OK);
    *out = *count;
}

static void counts_are_those_of_one_by_one(void **state)
{
    (void)state;
    for (size_t q = 0; q < COUNT(queries); q++) {
        for (size_t r = 0; r < COUNT(all_rules); r++) {
            struct audience_count got = {0}, want = {0};
            const struct query *query = parsed(queries[q]);
            for (size_t i = 0; i < PEOPLE; i++) {
                if (people[i].erased)
                    continue;
                want.people++;
                if (!query_matches(query, &people[i].profile, profile_day(all_rules[r].now_ms)))
                    continue;
                want.matched++;
                unsigned reason = judged(&people[i], &all_rules[r]);
                (*(reason == AUDIENCE_REASONS ? &want.recipients : &want.excluded[reason]))++;
            }
            assert_int_equal(audience_count(store, query, &all_rules[r], on_count, &got), OK);
            if (memcmp(&got, &want, sizeof(got)) != 0)
                fail_msg("\"%s\", rules %zu: %llu matched for %llu, %llu recipients for %llu", queries[q], r,
                         (unsigned long long)got.matched, (unsigned long long)want.matched,
                         (unsigned long long)got.recipients, (unsigned long long)want.recipients);
        }
    }
}

/* What a selection gave. */
struct selection {
    char bits[4096];
    size_t len;
};

static void on_selected(void *ctx, enum error error, struct slice bits)
{
    struct selection *out = ctx;
    assert_int_equal(error, OK);
    assert_true(bits.len <= sizeof(out->bits));
    memcpy(out->bits, bits.ptr, bits.len);
    out->len = bits.len;
}

static size_t named;
static const struct audience_rules *rules_asked;
static const struct query *query_asked;

static struct person *person_of(struct slice number)
{
    for (size_t i = 0; i < PEOPLE; i++)
        if (slice_is(number, people[i].number))
            return &people[i];
    fail_msg("%.*s is nobody", (int)number.len, number.ptr);
    return NULL;
}

static void on_named(void *ctx, enum error error, const struct slice *contacts, const uint32_t *numbers, size_t count)
{
    const struct selection *selection = ctx;
    assert_int_equal(error, OK);
    for (size_t i = 0; i < count; i++) {
        const struct person *p = person_of(contacts[i]);
        assert_false(p->erased);
        assert_true(query_matches(query_asked, &p->profile, profile_day(rules_asked->now_ms)));
        assert_int_equal(judged(p, rules_asked), AUDIENCE_REASONS);
        assert_int_equal(audience_next((struct slice){selection->bits, selection->len}, numbers[i]), numbers[i]);
        assert_true(i == 0 || numbers[i] > numbers[i - 1]);
    }
    named += count;
}

static void those_selected_have_names(void **state)
{
    static struct selection selection;
    struct audience_count count;
    (void)state;
    rules_asked = &all_rules[1];
    query_asked = parsed("region != 08");
    assert_int_equal(audience_count(store, query_asked, rules_asked, on_count, &count), OK);
    named = 0;
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        assert_int_equal(audience_select(store, shard, query_asked, rules_asked, NOW_MS, on_selected, &selection), OK);
        for (uint32_t next = 0; next != AUDIENCE_NOBODY;)
            assert_int_equal(audience_people(store, shard, next, 1 + pick(7),
                                             (struct slice){selection.bits, selection.len}, &next, on_named,
                                             &selection),
                             OK);
    }
    assert_true(named > 100);
    assert_int_equal(named, count.recipients);
}

static void the_next_bit_is_found(void **state)
{
    const struct slice bits = {"\x00\x01\x80\x00\x05", 5};
    static const uint32_t rows[][2] = {{0, 15}, {15, 15}, {16, 16}, {17, 37}, {38, 39}, {40, AUDIENCE_NOBODY}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(audience_next(bits, rows[i][0]), rows[i][1]);
    assert_int_equal(audience_next(SLICE_NONE, 0), AUDIENCE_NOBODY);
    assert_int_equal(audience_next(bits, 39), 39);
}

/* ---- failures ---- */

static unsigned answers;
static store_columns_read *waiting_done[SHARDS];
static void *waiting_ctx[SHARDS];
static size_t waiting_count;

static enum error slow_columns(struct store *self, unsigned shard, const enum profile_column *columns, size_t count,
                               store_columns_read *done, void *ctx)
{
    (void)self;
    (void)columns;
    (void)count;
    if (shard == answers)
        return ERR_UNAVAILABLE;
    waiting_done[waiting_count] = done;
    waiting_ctx[waiting_count++] = ctx;
    return OK;
}

static void on_failed(void *ctx, enum error error, const struct audience_count *count)
{
    assert_int_equal(error, ERR_UNAVAILABLE);
    assert_null(count);
    (*(unsigned *)ctx)++;
}

static void a_store_that_is_away_is_told_once(void **state)
{
    static const struct store_methods methods = {.columns = slow_columns};
    struct store slow = {&methods};
    (void)state;
    for (answers = 0; answers <= SHARDS; answers++) {
        unsigned told = 0;
        waiting_count = 0;
        assert_int_equal(audience_count(&slow, parsed("all"), &all_rules[0], on_failed, &told), OK);
        for (size_t i = 0; i < waiting_count; i++) {
            assert_int_equal(told, 0);
            bool fails = answers == SHARDS && i == 3;
            waiting_done[i](waiting_ctx[i], fails ? ERR_UNAVAILABLE : OK, NULL, 0);
        }
        assert_int_equal(told, 1);
    }
}

static void on_any_count(void *ctx, enum error error, const struct audience_count *count)
{
    (void)count;
    *(enum error *)ctx = error;
}

static void on_any_selection(void *ctx, enum error error, struct slice bits)
{
    (void)bits;
    *(enum error *)ctx = error;
}

static void on_any_names(void *ctx, enum error error, const struct slice *contacts, const uint32_t *numbers,
                         size_t count)
{
    (void)contacts;
    (void)numbers;
    (void)count;
    *(enum error *)ctx = error;
}

static void a_lack_of_memory_is_told(void **state)
{
    const struct query *query = parsed("stage = growth");
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        for (long n = 0;; n++) {
            enum error told = OK, error;
            uint32_t next;
            mem_fail_after(n);
            error = kind == 0   ? audience_count(store, query, &all_rules[0], on_any_count, &told)
                    : kind == 1 ? audience_select(store, 3, query, &all_rules[0], NOW_MS, on_any_selection, &told)
                                : audience_people(store, 3, 0, 9, SLICE("\xFF"), &next, on_any_names, &told);
            mem_fail_after(-1);
            if (!error && !told)
                break;
            assert_true(n < 1000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_one_by_one), cmocka_unit_test(those_selected_have_names),
        cmocka_unit_test(the_next_bit_is_found),          cmocka_unit_test(a_store_that_is_away_is_told_once),
        cmocka_unit_test(a_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("audience", tests, make_people, free_people);
}
