#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/redis_url.h"

static void takes_apart(void **state)
{
    static const struct {
        const char *url;
        struct redis_url expected;
    } rows[] = {
        {"embedded", {.place = REDIS_EMBEDDED}},
        {"unix:/run/redis.sock", {.place = REDIS_UNIX, .host = "/run/redis.sock"}},
        {"unix:var/redis.sock", {.place = REDIS_UNIX, .host = "var/redis.sock"}},
        {"redis://127.0.0.1:6380/3", {.place = REDIS_TCP, .host = "127.0.0.1", .port = 6380, .database = 3}},
        {"redis://cache", {.place = REDIS_TCP, .host = "cache", .port = 6379}},
        {"redis://cache/", {.place = REDIS_TCP, .host = "cache", .port = 6379}},
        {"redis://[::1]:7000/15", {.place = REDIS_TCP, .host = "::1", .port = 7000, .database = 15}},
        {"redis://[::1]", {.place = REDIS_TCP, .host = "::1", .port = 6379}},
        {"redis://:pw@h:1/0", {.place = REDIS_TCP, .host = "h", .port = 1, .password = "pw"}},
        {"redis://me:p%40%2Fw%25@h",
         {.place = REDIS_TCP, .host = "h", .port = 6379, .user = "me", .password = "p@/w%"}},
        {"redis://:a@b:c@h", {.place = REDIS_TCP, .host = "h", .port = 6379, .password = "a@b:c"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct redis_url url;
        const char *why = NULL;
        memset(&url, 0x55, sizeof(url));
        if (redis_url_parse(slice_of(rows[i].url), &url, &why) != OK)
            fail_msg("%s: %s", rows[i].url, why);
        assert_int_equal(url.place, rows[i].expected.place);
        assert_string_equal(url.host, rows[i].expected.host);
        assert_int_equal(url.port, rows[i].expected.port);
        assert_int_equal(url.database, rows[i].expected.database);
        assert_string_equal(url.user, rows[i].expected.user);
        assert_string_equal(url.password, rows[i].expected.password);
    }
}

static void refuses_with_a_sentence(void **state)
{
    static const struct {
        const char *url;
        enum error error;
        const char *words;
    } rows[] = {
        {"", ERR_VALUE, "write embedded"},
        {"localhost:6379", ERR_VALUE, "write embedded"},
        {"http://h", ERR_VALUE, "write embedded"},
        {"rediss://h", ERR_VALUE, "write embedded"},
        {"embedded2", ERR_VALUE, "write embedded"},
        {"cluster://a:1,b:2", ERR_UNSUPPORTED, "not in this version"},
        {"sentinel://a:1/main", ERR_UNSUPPORTED, "not in this version"},
        {"unix:", ERR_VALUE, "no path"},
        {"unix:/"
         "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
         "9"
         "0123456789",
         ERR_VALUE, "107 bytes"},
        {"redis://", ERR_VALUE, "no host"},
        {"redis://:6379", ERR_VALUE, "no host"},
        {"redis:///1", ERR_VALUE, "no host"},
        {"redis://h:0", ERR_VALUE, "port"},
        {"redis://h:", ERR_VALUE, "port"},
        {"redis://h:65536", ERR_VALUE, "port"},
        {"redis://h:12x", ERR_VALUE, "port"},
        {"redis://::1", ERR_VALUE, "brackets"},
        {"redis://[::1", ERR_VALUE, "without a ]"},
        {"redis://[::1]x", ERR_VALUE, "port"},
        {"redis://h/16", ERR_VALUE, "0 to 15"},
        {"redis://h/x", ERR_VALUE, "0 to 15"},
        {"redis://h/1/2", ERR_VALUE, "0 to 15"},
        {"redis://secret@h", ERR_VALUE, "no colon"},
        {"redis://:%zz@h", ERR_VALUE, "%25"},
        {"redis://:%00@h", ERR_VALUE, "%25"},
        {"redis://h :1", ERR_VALUE, "blank"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct redis_url url = {.port = 42};
        const char *why = "";
        assert_int_equal(redis_url_parse(slice_of(rows[i].url), &url, &why), rows[i].error);
        if (!strstr(why, rows[i].words) || strstr(why, "secret"))
            fail_msg("%s: %s", rows[i].url, why);
        assert_int_equal(url.port, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_apart),
        cmocka_unit_test(refuses_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
