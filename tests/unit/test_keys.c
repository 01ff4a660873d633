#include "tests/unit/unit.h"

#include <stdio.h>

#include "gateway/keys.h"

static void keys_carry_their_shard(void **state)
{
    char out[KEY_MAX];
    (void)state;
    assert_true(slice_is(key_write(out, 17, "contact", SLICE("+51987654321")), "ck:{s17}:contact:+51987654321"));
    assert_true(slice_is(key_write(out, 0, "outbox", SLICE_NONE), "ck:{s0}:outbox"));
    assert_true(slice_is(key_sends(out, 63, SLICE("1700000000000-4294967296")), "ck:{s63}:sends:19675"));
    assert_true(slice_is(key_sends(out, 1, SLICE("86399999-0")), "ck:{s1}:sends:0"));
    assert_true(slice_is(key_sends(out, 1, SLICE("no id")), "ck:{s1}:sends:0"));
}

/* A deployment's data lie where these numbers say: a change of the hash would lose everybody. */
static void shards_never_change(void **state)
{
    static const struct {
        const char *contact;
        unsigned shard;
    } rows[] = {{"+51987654321", 11}, {"+51900000000", 35}, {"PE.1000000000000001", 44}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(shard_of(slice_of(rows[i].contact)), rows[i].shard);
}

static void shards_are_even(void **state)
{
    unsigned counts[SHARDS] = {0};
    char number[16];
    (void)state;
    for (int i = 0; i < 64000; i++) {
        snprintf(number, sizeof(number), "+519%08d", i * 37);
        counts[shard_of(slice_of(number))]++;
    }
    for (size_t i = 0; i < SHARDS; i++)
        assert_in_range(counts[i], 800, 1200); /* 1000 each, within a fifth */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_carry_their_shard),
        cmocka_unit_test(shards_never_change),
        cmocka_unit_test(shards_are_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
