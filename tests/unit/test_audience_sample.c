/* Samples of an audience over the store in memory: everybody where they are few, else some of each shard, spread; never
 * who may not be written to. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/audience_sample.h"

#define NOW_MS INT64_C(1795402800000)
#define PEOPLE 2000
#define MOST 256

static struct store *store;

static void on_commit(void *ctx, enum error error, const struct stored *newer)
{
    (void)ctx;
    (void)newer;
    assert_int_equal(error, OK);
}

/* Every fifth agreed to nothing; the others may be written to. */
static int make_people(void **state)
{
    (void)state;
    store = store_memory_new();
    for (unsigned i = 0; i < PEOPLE; i++) {
        static struct commit c;
        char number[16], id[24];
        snprintf(number, sizeof(number), "+51987%06u", i);
        snprintf(id, sizeof(id), "sms:%u", i);
        c = (struct commit){.contact = slice_of(number),
                            .channel = SLICE("sms"),
                            .kind = CHANNEL_SMS,
                            .message_id = slice_of(id),
                            .state = SLICE("s"),
                            .journal = SLICE("{}"),
                            .now_ms = NOW_MS,
                            .inbound_ms = NOW_MS,
                            .language = SLICE("es")};
        if (i % 5)
            c.consents[c.consent_count++] =
                (struct store_consent){.purpose = SLICE("avisos_capacitacion"), .value = SLICE("yes")};
        profile_learn(&c.known, SLICE("region"), i < 20 ? SLICE("08") : SLICE("15"));
        assert_int_equal(store_commit(store, &c, on_commit, NULL), OK);
        c.expected = 1;
        c.born_ms = NOW_MS;
        c.message_id = slice_of(number); /* the second yes */
        assert_int_equal(store_commit(store, &c, on_commit, NULL), OK);
    }
    return store ? 0 : -1;
}

static int free_people(void **state)
{
    (void)state;
    store_close(store);
    return 0;
}

struct told {
    unsigned calls;
    enum error error;
    struct audience_sample sample;
};

static void on_sample(void *ctx, enum error error, const struct audience_sample *sample)
{
    struct told *told = ctx;
    told->calls++;
    told->error = error;
    if (sample)
        told->sample = *sample;
}

static enum error take(const char *text, size_t most, struct arena *arena, struct told *told)
{
    const struct audience_rules rules = {
        .purpose = SLICE(PURPOSE_NOTICES), .kinds = 1u << CHANNEL_SMS, .now_ms = NOW_MS};
    struct query *query;
    struct query_fault fault;
    *told = (struct told){0};
    enum error error = query_parse(slice_of(text), arena, &query, &fault);
    return error ? error : audience_sample(store, query, &rules, most, arena, on_sample, told);
}

static unsigned index_of(struct slice contact)
{
    uint64_t index = 0;
    assert_true(slice_u64(slice_part(contact, 6, contact.len), PEOPLE - 1, &index));
    return (unsigned)index;
}

static void few_come_all(void **state)
{
    struct arena *arena = arena_new(4 << 20);
    struct told told;
    (void)state;
    assert_int_equal(take("region = 08", MOST, arena, &told), OK);
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.error, OK);
    assert_int_equal(told.sample.count.matched, 20);
    assert_int_equal(told.sample.count.recipients, 16);
    assert_int_equal(told.sample.contact_count, 16);
    for (size_t i = 0; i < told.sample.contact_count; i++)
        assert_true(index_of(told.sample.contacts[i]) < 20 && index_of(told.sample.contacts[i]) % 5);
    arena_free(arena);
}

static void of_many_some_come_of_each_shard(void **state)
{
    struct arena *arena = arena_new(4 << 20);
    struct told told;
    unsigned of_shard[SHARDS] = {0}, late = 0;
    bool seen[PEOPLE] = {false};
    (void)state;
    assert_int_equal(take("all", MOST, arena, &told), OK);
    assert_int_equal(told.sample.count.recipients, PEOPLE * 4 / 5);
    assert_in_range(told.sample.contact_count, MOST / 2, MOST);
    for (size_t i = 0; i < told.sample.contact_count; i++) {
        const unsigned index = index_of(told.sample.contacts[i]);
        assert_false(seen[index]);
        assert_true(index % 5);
        seen[index] = true;
        of_shard[shard_of(told.sample.contacts[i])]++;
        late += index >= PEOPLE / 2;
    }
    for (unsigned i = 0; i < SHARDS; i++)
        assert_true(of_shard[i] <= MOST / SHARDS);
    assert_in_range(late, told.sample.contact_count / 4, told.sample.contact_count * 3 / 4);
    arena_free(arena);
}

static void nobody_is_a_sample_too(void **state)
{
    struct arena *arena = arena_new(4 << 20);
    struct told told;
    (void)state;
    assert_int_equal(take("region = 01", MOST, arena, &told), OK);
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.sample.contact_count, 0);
    assert_int_equal(take("all", 1, arena, &told), OK);
    assert_int_equal(told.sample.contact_count, 1);
    arena_free(arena);
}

static void without_memory_it_is_told_once(void **state)
{
    bool done = false;
    (void)state;
    for (long n = 0; !done && n < 2000; n++) {
        struct arena *arena = arena_new(4 << 20);
        struct told told;
        mem_fail_after(n);
        enum error error = take("region = 08", MOST, arena, &told);
        mem_fail_after(-1);
        assert_int_equal(told.calls, error ? 0 : 1);
        done = !error && !told.error;
        arena_free(arena);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_come_all),
        cmocka_unit_test(of_many_some_come_of_each_shard),
        cmocka_unit_test(nobody_is_a_sample_too),
        cmocka_unit_test(without_memory_it_is_told_once),
    };
    return cmocka_run_group_tests(tests, make_people, free_people);
}
