#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/mem.h"
#include "gateway/contact_cache.h"

static void put(struct contact_cache *cache, const char *contact, uint64_t version, const char *state)
{
    const struct stored stored = {.version = version,
                                  .born_ms = 7,
                                  .state = slice_of(state),
                                  .digest = SLICE("d"),
                                  .session = SLICE("s"),
                                  .held = SLICE("1 7 0 0"),
                                  .who = SLICE("w"),
                                  .facts = SLICE("F")};
    contact_cache_put(cache, slice_of(contact), &stored);
}

static uint64_t version_of(struct contact_cache *cache, const char *contact)
{
    const struct stored *stored = contact_cache_get(cache, slice_of(contact));
    return stored ? stored->version : 0;
}

static void what_was_put_is_got_as_a_copy(void **state)
{
    struct contact_cache *cache = contact_cache_new(4);
    char text[] = "one";
    (void)state;
    put(cache, "ana", 1, text);
    text[0] = 'X';
    const struct stored *stored = contact_cache_get(cache, SLICE("ana"));
    assert_non_null(stored);
    assert_true(slice_is(stored->state, "one") && slice_is(stored->digest, "d"));
    assert_true(slice_is(stored->session, "s") && stored->born_ms == 7);
    assert_true(slice_is(stored->held, "1 7 0 0") && slice_is(stored->who, "w") && slice_is(stored->facts, "F"));
    put(cache, "ana", 2, "two");
    assert_int_equal(version_of(cache, "ana"), 2);
    contact_cache_drop(cache, SLICE("ana"));
    contact_cache_drop(cache, SLICE("nobody"));
    assert_int_equal(version_of(cache, "ana"), 0);
    contact_cache_free(cache);
}

static void who_was_unused_longest_makes_room(void **state)
{
    struct contact_cache *cache = contact_cache_new(3);
    (void)state;
    put(cache, "a", 1, "");
    put(cache, "b", 2, "");
    put(cache, "c", 3, "");
    version_of(cache, "a");
    put(cache, "d", 4, "");
    assert_int_equal(version_of(cache, "a"), 1);
    assert_int_equal(version_of(cache, "b"), 0);
    assert_int_equal(version_of(cache, "c"), 3);
    assert_int_equal(version_of(cache, "d"), 4);
    contact_cache_free(cache);
}

/* Against a plain array: the last version put of each, or nothing. */
static void it_never_gives_what_was_not_put_last(void **state)
{
    struct contact_cache *cache = contact_cache_new(16);
    uint64_t last[64] = {0}, seed = 1;
    (void)state;
    for (uint64_t i = 1; i < 20000; i++) {
        char name[8];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        unsigned who = (unsigned)(seed >> 58);
        snprintf(name, sizeof(name), "n%u", who);
        uint64_t got = version_of(cache, name);
        assert_true(got == 0 || got == last[who]);
        if (seed >> 50 & 1)
            put(cache, name, last[who] = i, "state");
        else if (seed >> 51 & 1)
            contact_cache_drop(cache, slice_of(name));
    }
    contact_cache_free(cache);
}

static void without_memory_nothing_is_kept(void **state)
{
    struct contact_cache *cache = contact_cache_new(2);
    (void)state;
    put(cache, "a", 1, "");
    mem_fail_after(0);
    put(cache, "a", 2, "");
    assert_null(contact_cache_new(2));
    mem_fail_after(-1);
    assert_int_equal(version_of(cache, "a"), 0); /* never the one before */
    contact_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_got_as_a_copy),
        cmocka_unit_test(who_was_unused_longest_makes_room),
        cmocka_unit_test(it_never_gives_what_was_not_put_last),
        cmocka_unit_test(without_memory_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
