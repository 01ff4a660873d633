#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/peer.h"

static void the_caller_is_behind_trusted_proxies_only(void **state)
{
    static const char *const trusted[] = {"127.0.0.1", "10.0.0.0/8", NULL};
    static const struct {
        const char *peer, *forwarded, *expected; /* expected NULL: nobody knows */
    } rows[] = {
        {"192.0.2.7", "", "192.0.2.7"},
        {"192.0.2.7", "198.51.100.1", "192.0.2.7"}, /* not a proxy of ours: what it forwards is its own tale */
        {"127.0.0.1", "", "127.0.0.1"},
        {"127.0.0.1", "198.51.100.1", "198.51.100.1"},
        {"127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"}, /* the left one is what the caller wrote */
        {"127.0.0.1", "198.51.100.1, 10.1.2.3", "198.51.100.1"},
        {"127.0.0.1", "nonsense", NULL},
        {"127.0.0.1", "198.51.100.1, ", NULL},
        {"", "198.51.100.1", "198.51.100.1"},
        {"", "", NULL},
        {"garbage", "198.51.100.1", NULL},
        {"::1", "198.51.100.1", "::1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct address found, expected;
        bool known = peer_find(slice_of(rows[i].peer), slice_of(rows[i].forwarded), trusted, &found);
        if (known != (rows[i].expected != NULL))
            fail_msg("row %zu", i);
        if (!known)
            continue;
        assert_true(address_parse(slice_of(rows[i].expected), &expected));
        assert_memory_equal(&found, &expected, sizeof(found));
    }
}

static void a_list_of_networks_takes_its_own(void **state)
{
    static const struct {
        const char *caller, *networks;
        bool allowed;
    } rows[] = {
        {"192.0.2.7", "", true},
        {"192.0.2.7", "192.0.2.0/24", true},
        {"192.0.3.7", "192.0.2.0/24", false},
        {"192.0.3.7", "192.0.2.0/24, 192.0.3.7", true},
        {"2001:db8::5", "192.0.2.0/24,2001:db8::/32", true},
        {"192.0.2.7", "nonsense", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct address caller;
        assert_true(address_parse(slice_of(rows[i].caller), &caller));
        assert_int_equal(peer_allowed(&caller, slice_of(rows[i].networks)), rows[i].allowed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caller_is_behind_trusted_proxies_only),
        cmocka_unit_test(a_list_of_networks_takes_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
