/* Commits that go to Redis together, as the workers' do: few calls, and each its own fate. */
#include "tests/unit/redis_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/redis.h"
#include "gateway/redis_join.h"
#include "gateway/store.h"

#define PEOPLE 25
#define AT_MS 1795402800000
#define HELD "1 1795402800000 0 0 000000 0 1 - 0" /* one turn, whose message's id is in its journal entry only */

struct told {
    enum error error;
    unsigned calls;
    bool repeated;
    uint64_t version;
    char held[128];
};

static struct redis *redis;
static struct store *store;

static void on_told(void *ctx, enum error error, const struct stored *stored)
{
    struct told *told = ctx;
    told->error = error;
    told->calls++;
    if (!stored)
        return;
    told->repeated = stored->repeated;
    told->version = stored->version;
    slice_copy(stored->held, told->held, sizeof(told->held));
}

static void on_nothing(void *ctx, const redisReply *reply)
{
    (void)ctx;
    (void)reply;
}

static int set_up(void **state)
{
    make_server(state);
    base = event_base_new();
    const struct redis_options options = {.unix_path = socket_path, .lanes = 2};
    redis = redis_open(base, &options, NULL, NULL);
    store = store_redis_new(redis, SLICE("key"));
    WAIT_FOR(redis_lane(redis, 0) != redis);
    return 0;
}

/* As a worker ends: the client first. */
static int tear_down(void **state)
{
    redis_close(redis);
    store_close(store);
    event_base_free(base);
    return remove_server(state);
}

static struct slice name(unsigned i, char out[16])
{
    snprintf(out, 16, "+5198765%04u", i);
    return slice_of(out);
}

static enum error commit(unsigned i, const char *held, const char *id, struct told *told)
{
    char contact[16];
    const struct commit c = {.contact = name(i, contact),
                             .channel = SLICE("sms"),
                             .message_id = slice_of(id),
                             .held = slice_of(held),
                             .expected = held[0] ? 1 : 0,
                             .born_ms = held[0] ? AT_MS : 0,
                             .state = slice_of(id),
                             .journal = SLICE("{}"),
                             .now_ms = AT_MS};
    return store_commit(store, &c, on_told, told);
}

static bool all_told(const struct told *told, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!told[i].calls)
            return false;
    return true;
}

static void on_stats(void *ctx, const redisReply *reply)
{
    const char *found = strstr(reply->str, "cmdstat_fcall:calls=");
    *(long *)ctx = found ? atol(strchr(found, '=') + 1) : 0;
}

static long count_calls(void)
{
    const struct slice args[] = {SLICE("INFO"), SLICE("commandstats")};
    long calls = -1;
    assert_int_equal(redis_command(redis, args, 2, on_stats, &calls), OK);
    WAIT_FOR(calls >= 0);
    return calls;
}

/* Writes to a key of a person's, outside of any turn. */
static void write_key(const char *verb, unsigned i, const char *kind, const char *one, const char *two)
{
    char contact[16], key[KEY_MAX];
    const struct slice person = name(i, contact);
    const struct slice args[] = {slice_of(verb), key_write(key, shard_of(person), kind, person), slice_of(one),
                                 slice_of(two ? two : "")};
    assert_int_equal(redis_command(redis, args, two ? 4 : 3, on_nothing, NULL), OK);
}

static struct told load(unsigned i, const char *id)
{
    char contact[16];
    struct told told = {0};
    store_look_anew(store, name(i, contact));
    assert_int_equal(store_load(store, name(i, contact), slice_of(id), on_told, &told), OK);
    WAIT_FOR(told.calls);
    return told;
}

static void what_comes_together_goes_in_few_calls(void **state)
{
    struct told told[PEOPLE] = {{0}};
    const long before = count_calls();
    (void)state;
    for (unsigned i = 0; i < PEOPLE; i++)
        assert_int_equal(commit(i, "", "sms:a", &told[i]), OK);
    WAIT_FOR(all_told(told, PEOPLE));
    assert_int_equal(count_calls() - before, (PEOPLE + JOIN_PARTS_MAX - 1) / JOIN_PARTS_MAX);
    for (unsigned i = 0; i < PEOPLE; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].error, OK);
        assert_true(load(i, "sms:a").repeated);
        assert_int_equal(load(i, "sms:b").version, 1);
    }
}

/* One lost a conflict, one is a repeat, one's list is no list, one's journal our own Function cannot read. */
static void each_has_its_own_fate(void **state)
{
    enum { CONFLICT = 2, REPEAT = 3, BROKEN = 5, UNREADABLE = 7, ALL = 9 };
    static const char held[] = HELD;
    struct told told[ALL] = {{0}}, first = {0}, now;
    (void)state;
    assert_int_equal(commit(REPEAT, "", "sms:b", &first), OK);
    WAIT_FOR(first.calls);
    now = load(REPEAT, "sms:x");
    for (unsigned i = 0; i < ALL; i++)
        if (i != REPEAT)
            write_key("HSET", i, "contact", "v", held);
    write_key("SET", BROKEN, "turns", "x", NULL);
    write_key("RPUSH", UNREADABLE, "turns", "x", NULL);
    count_calls(); /* they are done */
    for (unsigned i = 0; i < ALL; i++)
        assert_int_equal(commit(i, i == CONFLICT ? "" : i == REPEAT ? now.held : held, "sms:b", &told[i]), OK);
    WAIT_FOR(all_told(told, ALL));
    for (unsigned i = 0; i < ALL; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].error, i == CONFLICT || i == REPEAT ? ERR_CONFLICT
                                        : i == BROKEN                ? ERR_UNAVAILABLE
                                        : i == UNREADABLE            ? ERR_SYNTAX
                                                                     : OK);
        if (!told[i].error)
            assert_int_equal(load(i, "sms:x").version, 2);
    }
    assert_false(told[CONFLICT].repeated);
    assert_int_equal(told[CONFLICT].version, 1);
    assert_true(told[REPEAT].repeated);
}

/* What waited for the next write goes with the connection, and is told. */
static void what_waits_when_the_client_ends_is_told(void **state)
{
    struct told told[3] = {{0}};
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(commit(i, "", "sms:a", &told[i]), OK);
    assert_int_equal(told[0].calls, 0); /* never from inside */
    redis_close(redis);
    store_close(store);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].error, ERR_UNAVAILABLE);
    }
    const struct redis_options options = {.unix_path = socket_path, .lanes = 2};
    redis = redis_open(base, &options, NULL, NULL);
    store = store_redis_new(redis, SLICE("key"));
}

/* Whichever allocation fails, a commit fails, or is told once that it did. */
static void a_lack_of_memory_fails_commits_only(void **state)
{
    (void)state;
    for (long successes = 0; successes < 16; successes++) {
        struct told told[3] = {{0}};
        enum error errors[3];
        mem_fail_after(successes);
        for (unsigned i = 0; i < 3; i++)
            errors[i] = commit((unsigned)successes * 3 + i, "", "sms:a", &told[i]);
        event_base_loop(base, EVLOOP_NONBLOCK);
        mem_fail_after(-1);
        for (unsigned i = 0; i < 3; i++) {
            if (!errors[i])
                WAIT_FOR(told[i].calls);
            assert_int_equal(told[i].calls, errors[i] ? 0 : 1);
        }
        WAIT_FOR(redis_lane(redis, 0) != redis);
    }
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_comes_together_goes_in_few_calls),
        ROW(each_has_its_own_fate),
        ROW(what_waits_when_the_client_ends_is_told),
        ROW(a_lack_of_memory_fails_commits_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
