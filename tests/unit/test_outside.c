/* Where webhooks may go: spellings of addresses, and the addresses that sockets connect to. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/outside.h"

static const char *const allowed[] = {"127.0.0.1", "crm.lan", "::1", "erp.example.pe:9000", NULL};

/* Each is refused while nothing is allowed by name. */
static const char *const refused[] = {
    "",
    "https://",
    "https:///path",
    "https://?x",
    "http://example.com/",
    "HTTPS://example.com/",
    "Https://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/_GET",
    "dict://127.0.0.1:6379/info",
    "javascript:alert(1)",
    "//example.com/",
    "https:/example.com/",
    "https:example.com",
    "example.com/path",
    /* who is who */
    "https://user@example.com/",
    "https://user:word@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com#@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://example.com:443@127.0.0.1/",
    "https://@example.com/",
    /* this machine */
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0x7f.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0177.0.0.01/",
    "https://127.0.0.01/",
    "https://00127.0.0.1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://localhost.localdomain.local/",
    "https://app.localhost/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[::1%25lo]/",
    "https://[::1%lo]/",
    "https://[::1",
    "https://::1/",
    "https://[127.0.0.1]/",
    "https://[]/",
    /* networks behind it */
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://012.0.0.1/",
    "https://167772161/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://192.168.1/",
    "https://0xc0a80001/",
    "https://3232235521/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://2852039166/",
    "https://169.254.43518/",
    "https://0251.0376.0251.0376/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[fd00:ec2::254]/",
    "https://[fc00::1]/",
    "https://[fdff:ffff::1]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::1]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[2001:0:53aa:64c::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://192.0.2.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://198.18.0.1/",
    "https://192.0.0.1/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://256.0.0.1/",
    "https://1.2.3/",
    "https://1.2.3.4.5/",
    "https://metadata/",
    "https://metadata.google.internal/",
    "https://crm.lan/",
    "https://printer.local/",
    "https://x.home.arpa/",
    /* names in other clothes */
    "https://EXAMPLE.com/",
    "https://example.com./",
    "https://example..com/",
    "https://.example.com/",
    "https://-example.com/",
    "https://example-.com/",
    "https://exa_mple.com/",
    "https://exam%70le.com/",
    "https://127%2e0.0.1/",
    "https://127.0.0.1%00.example.com/",
    "https://ex\xc3\xa1mple.com/",
    "https://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/",
    "https://127\xe3\x80\x82"
    "0.0.1/",
    "https://example.com /",
    " https://example.com/",
    "https://exa\tmple.com/",
    "https://example.com/\r\nHost: x",
    "https://example.com/#part",
    "https://example.com/{a}",
    /* ports */
    "https://example.com:80/",
    "https://example.com:22/",
    "https://example.com:6379/",
    "https://example.com:/",
    "https://example.com:0/",
    "https://example.com:0443/",
    "https://example.com:65536/",
    "https://example.com:443:443/",
    "https://example.com:+443/",
    "https://example.com:44e1/",
};

static void odd_and_inner_spellings_are_refused(void **state)
{
    bool by_name;
    (void)state;
    assert_true(COUNT(refused) >= 100);
    for (size_t i = 0; i < COUNT(refused); i++)
        if (!outside_url(slice_of(refused[i]), NULL, &by_name) || by_name)
            fail_msg("taken: %s", refused[i]);
    assert_non_null(outside_url((struct slice){"https://example.com/\0x", 22}, NULL, &by_name));
}

static void public_ones_are_taken(void **state)
{
    static const char *const good[] = {
        "https://example.com",
        "https://example.com/",
        "https://example.com/hooks/chaski?from=cusco&x=1",
        "https://example.com?x",
        "https://example.com:443/",
        "https://example.com:8443/a",
        "https://hooks.partner.example.pe/v1/%C3%B1",
        "https://xn--ao-zja.example/",
        "https://a1.b2.c3/",
        "https://8.8.8.8/",
        "https://1.1.1.1:8443/",
        "https://172.15.255.255/",
        "https://172.32.0.1/",
        "https://100.63.255.255/",
        "https://100.128.0.1/",
        "https://[2606:4700:4700::1111]/",
        "https://[2800:200::1]:443/x",
        "https://[::ffff:8.8.8.8]/",
    };
    bool by_name;
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        const char *why = outside_url(slice_of(good[i]), allowed, &by_name);
        if (why || by_name)
            fail_msg("%s: must %s", good[i], why ? why : "not be allowed by name");
    }
}

static void what_is_allowed_by_name_is_taken_as_named_only(void **state)
{
    static const struct {
        const char *url;
        bool good;
    } rows[] = {
        {"http://127.0.0.1:8080/x", true},
        {"http://127.0.0.1/", true},
        {"https://crm.lan:9/", true},
        {"http://[::1]:80/", true},
        {"http://erp.example.pe:9000/", true},
        {"http://erp.example.pe:9001/", false},
        {"http://erp.example.pe/", false},
        {"https://erp.example.pe/", true},
        {"http://127.0.0.2/", false},
        {"http://2130706433/", false},
        {"http://127.1/", false},
        {"http://x.crm.lan/", false},
        {"http://crm.lan.example.com/", false},
        {"http://crm.lan@10.0.0.1/", false},
        {"ftp://crm.lan/", false},
        {"http://CRM.lan/", false},
    };
    bool by_name;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!outside_url(slice_of(rows[i].url), allowed, &by_name) != rows[i].good)
            fail_msg("%s", rows[i].url);
    assert_true(slice_is(outside_host(SLICE("http://[::1]:80/")), "::1"));
    assert_true(slice_is(outside_host(SLICE("https://example.com:8443/x")), "example.com"));
}

static void hosts_may_be_allowed(void **state)
{
    static const char *const good[] = {"crm.lan", "localhost", "10.0.0.5", "10.0.0.5:8080", "::1", "[::1]:80", "a:1"};
    static const char *const bad[] = {"",           "http://crm.lan", "crm.lan/", "*.lan",
                                      "10.0.0.0/8", "crm.lan:",       "CRM",      "0x7f"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(outside_is_host(slice_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(outside_is_host(slice_of(bad[i])));
}

static void sockets_are_judged_by_where_they_go(void **state)
{
    static const struct {
        int family;
        const char *address;
        bool outside;
    } rows[] = {
        {AF_INET, "8.8.8.8", true},
        {AF_INET, "127.0.0.1", false},
        {AF_INET, "169.254.169.254", false},
        {AF_INET, "10.1.2.3", false},
        {AF_INET, "100.64.9.9", false},
        {AF_INET, "0.0.0.0", false},
        {AF_INET, "224.0.0.251", false},
        {AF_INET6, "::1", false},
        {AF_INET6, "::ffff:10.0.0.1", false},
        {AF_INET6, "::ffff:8.8.8.8", true},
        {AF_INET6, "fe80::1", false},
        {AF_INET6, "fd00::1", false},
        {AF_INET6, "64:ff9b::1.1.1.1", false},
        {AF_INET6, "2606:4700::1", true},
        {AF_INET6, "::7f00:1", false},
        {AF_INET6, "2002:a00:1::", false},
    };
    struct sockaddr_storage none = {.ss_family = AF_UNIX};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        const bool is_v4 = rows[i].family == AF_INET;
        const struct sockaddr *address = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
        assert_int_equal(inet_pton(rows[i].family, rows[i].address, is_v4 ? (void *)&v4.sin_addr : &v6.sin6_addr), 1);
        if (outside_socket(address, is_v4 ? sizeof(v4) : sizeof(v6)) != rows[i].outside)
            fail_msg("%s", rows[i].address);
        assert_false(outside_socket(address, 4));
    }
    assert_false(outside_socket((struct sockaddr *)&none, sizeof(none)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_and_inner_spellings_are_refused),
        cmocka_unit_test(public_ones_are_taken),
        cmocka_unit_test(what_is_allowed_by_name_is_taken_as_named_only),
        cmocka_unit_test(hosts_may_be_allowed),
        cmocka_unit_test(sockets_are_judged_by_where_they_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
