/* Probes: what each provider is asked to see whether a channel's credentials are good, and that it changes nothing. */
#include "tests/unit/adapter_kit.h"

#include <string.h>

static const struct setting meta[] = {{"phone_number_id", "200300400500600"}, {"access_token", "token"},
                                      {"app_secret", "secret"},               {"verify_token", "verify"},
                                      {"api_base", "http://127.0.0.1:9/v25"}, {NULL, NULL}};
static const struct setting twilio[] = {{"account_sid", "AC00000000000000000000000000000001"},
                                        {"auth_token", "token"},
                                        {"from", "+5117654321"},
                                        {NULL, NULL}};

static const struct row {
    const char *provider;
    const struct setting *settings;
    const char *url, *header, *user, *password; /* NULL: none */
} rows[] = {
    {"whatsapp_cloud", meta, "http://127.0.0.1:9/v25/200300400500600?fields=id", "Authorization: Bearer token", NULL,
     NULL},
    {"twilio", twilio, "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001.json", NULL,
     "AC00000000000000000000000000000001", "token"},
};

static void assert_same(const char *found, const char *expected)
{
    assert_true(!found == !expected);
    if (expected)
        assert_string_equal(found, expected);
}

static void a_probe_reads_and_changes_nothing(void **state)
{
    (void)state;
    for (const struct row *row = rows; row < rows + COUNT(rows); row++) {
        struct channel channel = kit_channel(row->provider, row->settings);
        struct arena *arena = arena_new(KIT_ARENA);
        struct http_call call;
        assert_int_equal(channel.adapter->probe(&channel, arena, &call), OK);
        assert_int_equal(call.method, METHOD_GET);
        assert_int_equal(call.body.len, 0);
        assert_int_equal(call.header_count, row->header != NULL);
        assert_string_equal(call.url, row->url);
        assert_same(call.headers[0], row->header);
        assert_same(call.user, row->user);
        assert_same(call.password, row->password);
        arena_free(arena);
    }
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    for (const struct row *row = rows; row < rows + COUNT(rows); row++) {
        struct channel channel = kit_channel(row->provider, row->settings);
        bool done = false;
        for (long after = 0; !done && after < 100; after++) {
            struct http_call call;
            mem_fail_after(after);
            struct arena *arena = arena_new(KIT_ARENA);
            enum error error = arena ? channel.adapter->probe(&channel, arena, &call) : ERR_NOMEM;
            mem_fail_after(-1);
            assert_true(error == OK || error == ERR_NOMEM);
            done = error == OK;
            arena_free(arena);
        }
        assert_true(done);
    }
}

/* Whose provider is never called has nothing to be asked. */
static void who_calls_has_a_probe_and_nobody_else(void **state)
{
    (void)state;
    for (const char *const *name = adapter_names(); *name; name++) {
        const struct adapter *adapter = adapter_named(*name);
        if (strcmp(*name, "simulator") != 0)
            assert_true(!adapter->call == !adapter->probe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_reads_and_changes_nothing),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(who_calls_has_a_probe_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
