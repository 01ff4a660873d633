#include "tests/unit/unit.h"

#include <string.h>

#include "base/address.h"

static void networks_hold_addresses(void **state)
{
    static const struct {
        const char *cidr, *address;
        bool expected;
    } rows[] = {
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"192.0.2.128/25", "192.0.2.200", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "203.0.113.9", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1", "::1", true},
        {"::1/128", "::2", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cidr cidr;
        struct address address;
        assert_true(cidr_parse(slice_of(rows[i].cidr), &cidr));
        assert_true(address_parse(slice_of(rows[i].address), &address));
        if (cidr_holds(&cidr, &address) != rows[i].expected)
            fail_msg("%s in %s", rows[i].address, rows[i].cidr);
    }
}

static void refuses_what_is_no_network(void **state)
{
    static const char *const rows[] = {
        "",           "10",          "10.0.0",         "10.0.0.0/",   "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8/8",
        "10.0.0.0/x", "010.0.0.0/8", "256.0.0.0/8",    "::/129",      "[::1]",       "localhost",  " 10.0.0.1",
        "::1%lo",     "10.0.0.0/-1", "2001:db8::1/32", "10.0.0.0 /8",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cidr cidr = {.bits = 7};
        if (cidr_parse(slice_of(rows[i]), &cidr) || cidr.bits != 7)
            fail_msg("%s was taken", rows[i]);
    }
}

static void knows_loopback(void **state)
{
    static const struct {
        const char *address;
        bool expected;
    } rows[] = {
        {"127.0.0.1", true}, {"127.9.9.9", true}, {"::1", true},       {"::ffff:127.0.0.1", true},
        {"0.0.0.0", false},  {"::", false},       {"10.0.0.1", false}, {"128.0.0.1", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct address address;
        assert_true(address_parse(slice_of(rows[i].address), &address));
        assert_int_equal(address_is_loopback(&address), rows[i].expected);
    }
}

static void reads_where_to_listen(void **state)
{
    static const struct {
        const char *text;
        bool taken;
        unsigned port;
        const char *unix_path;
    } rows[] = {
        {"127.0.0.1:8080", true, 8080, ""},
        {"0.0.0.0:0", true, 0, ""},
        {"[::1]:65535", true, 65535, ""},
        {"unix:/run/chaski/http.sock", true, 0, "/run/chaski/http.sock"},
        {"unix:", false, 0, ""},
        {"unix:/"
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
         "7890123456",
         false, 0, ""},
        {"", false, 0, ""},
        {"8080", false, 0, ""},
        {":8080", false, 0, ""},
        {"localhost:8080", false, 0, ""},
        {"127.0.0.1", false, 0, ""},
        {"127.0.0.1:", false, 0, ""},
        {"127.0.0.1:65536", false, 0, ""},
        {"127.0.0.1:80a", false, 0, ""},
        {"::1:8080", false, 0, ""},
        {"[::1]8080", false, 0, ""},
        {"[::1]", false, 0, ""},
        {"[::1", false, 0, ""},
        {"[127.0.0.1]:80", false, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct listen_address address = {.port = 42};
        if (listen_address_parse(slice_of(rows[i].text), &address) != rows[i].taken)
            fail_msg("%s", rows[i].text);
        assert_int_equal(address.port, rows[i].taken ? rows[i].port : 42);
        assert_string_equal(address.unix_path, rows[i].unix_path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_hold_addresses),
        cmocka_unit_test(refuses_what_is_no_network),
        cmocka_unit_test(knows_loopback),
        cmocka_unit_test(reads_where_to_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
