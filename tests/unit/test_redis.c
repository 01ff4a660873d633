/* The Redis client against a real redis-server, the embedded one: losing it, lacking memory, two clients of one
 * process. */
#include "tests/unit/redis_kit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/metrics.h"
#include "gateway/redis.h"

static int set_up(void **state)
{
    base = event_base_new();
    return make_server(state);
}

static int tear_down(void **state)
{
    event_base_free(base);
    return remove_server(state);
}

static struct redis *open_client(bool skip_checks)
{
    const struct redis_options options = {.unix_path = socket_path, .skip_checks = skip_checks};
    struct redis *redis = redis_open(base, &options, NULL, NULL);
    assert_non_null(redis);
    return redis;
}

/* What a command's callback was told; it asks again from inside. */
struct told {
    struct redis *redis;
    int calls;
    bool has_reply;
    enum error again;
};

static void on_nothing(void *ctx, const redisReply *reply)
{
    (void)ctx;
    (void)reply;
}

static void on_reply(void *ctx, const redisReply *reply)
{
    struct told *told = ctx;
    const struct slice ping = SLICE("PING");
    told->calls++;
    told->has_reply = reply != NULL;
    told->again = redis_command(told->redis, &ping, 1, on_nothing, NULL);
}

static void what_was_under_way_calls_back_once_when_the_server_is_lost(void **state)
{
    const struct slice block[] = {SLICE("BLPOP"), SLICE("nothing"), SLICE("0")};
    struct redis *redis = open_client(false);
    struct told told = {.redis = redis};
    (void)state;
    WAIT_FOR(redis_up(redis));
    assert_int_equal(redis_command(redis, block, 3, on_reply, &told), OK);
    stop_server();
    WAIT_FOR(!redis_up(redis));
    assert_int_equal(told.calls, 1);
    assert_false(told.has_reply);
    assert_int_equal(told.again, ERR_UNAVAILABLE);
    assert_string_not_equal(redis_trouble(redis), "");
    start_server();
    WAIT_FOR(redis_up(redis));
    assert_string_equal(redis_trouble(redis), "");
    redis_close(redis);
    assert_int_equal(told.calls, 1);
}

static void what_was_under_way_calls_back_once_when_the_client_is_closed(void **state)
{
    const struct slice block[] = {SLICE("BLPOP"), SLICE("nothing"), SLICE("0")};
    struct redis *redis = open_client(false);
    struct told told = {.redis = redis};
    (void)state;
    WAIT_FOR(redis_up(redis));
    assert_int_equal(redis_command(redis, block, 3, on_reply, &told), OK);
    redis_close(redis);
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.again, ERR_UNAVAILABLE);
}

static pid_t server_process(void)
{
    redisContext *direct = redisConnectUnix(socket_path);
    redisReply *reply = redisCommand(direct, "INFO server");
    const char *at = strstr(reply->str, "process_id:");
    assert_non_null(at);
    pid_t process = (pid_t)strtol(at + strlen("process_id:"), NULL, 10);
    freeReplyObject(reply);
    redisFree(direct);
    return process;
}

static void a_server_that_hangs_is_found_out_without_a_command(void **state)
{
    pid_t process = server_process();
    struct redis *redis = open_client(false);
    (void)state;
    WAIT_FOR(redis_up(redis));
    kill(process, SIGSTOP);
    WAIT_FOR(!redis_up(redis));
    kill(process, SIGCONT);
    WAIT_FOR(redis_up(redis));
    redis_close(redis);
}

/* Whichever allocation fails while it connects, it connects when there is memory again. */
static void a_lack_of_memory_costs_a_connection_only(void **state)
{
    (void)state;
    for (long successes = 0; successes < 14; successes++) {
        struct redis *redis = open_client(false);
        mem_fail_after(successes);
        for (int i = 0; i < 20 && !redis_up(redis); i++)
            turn();
        mem_fail_after(-1);
        WAIT_FOR(redis_up(redis));
        redis_close(redis);
    }
}

static void the_gauge_follows_the_client_that_checks(void **state)
{
    struct redis *redis = open_client(false), *reader = open_client(true);
    struct buf text;
    (void)state;
    buf_init(&text, 1 << 20);
    WAIT_FOR(redis_up(redis) && redis_up(reader));
    redis_close(reader);
    metrics_write(&text);
    assert_non_null(strstr(buf_text(&text), "\nchaski_redis_up 1\n"));
    redis_close(redis);
    buf_clear(&text);
    metrics_write(&text);
    assert_non_null(strstr(buf_text(&text), "\nchaski_redis_up 0\n"));
    buf_release(&text);
}

#define MANY 100

static void on_many(void *ctx, const redisReply *reply)
{
    (void)reply;
    ++*(unsigned *)ctx;
}

/* Lanes are connections of their own; one that is closed or away is stood in for by the first, which knows of what any
 * of them was refused. What is written on them by the protocol's bytes is gathered. */
static void lanes_stand_beside_the_first(void **state)
{
    const struct redis_options options = {.unix_path = socket_path, .lanes = 2};
    const struct slice block[] = {SLICE("BLPOP"), SLICE("nothing"), SLICE("0")};
    const struct slice full[] = {SLICE("CONFIG"), SLICE("SET"), SLICE("maxmemory"), SLICE("1")};
    const struct slice set[] = {SLICE("SET"), SLICE("a"), SLICE("b")};
    struct redis *redis = redis_open(base, &options, NULL, NULL);
    struct told told = {.redis = redis};
    unsigned answered = 0;
    (void)state;
    assert_non_null(redis);
    assert_ptr_equal(redis_lane(redis, 1), redis);
    WAIT_FOR(redis_lane(redis, 1) != redis && redis_lane(redis, 2) != redis);
    assert_ptr_equal(redis_lane(redis, 3), redis_lane(redis, 1));
    assert_ptr_not_equal(redis_lane(redis, 1), redis_lane(redis, 2));
    assert_int_equal(redis_command(redis_lane(redis, 1), set, 3, on_reply, &told), OK);
    WAIT_FOR(told.calls == 1 && told.has_reply);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(redis_written(redis_lane(redis, i), SLICE("*1\r\n$4\r\nPING\r\n"), on_many, &answered), OK);
    WAIT_FOR(answered == MANY);
    assert_int_equal(redis_command(redis, full, 4, on_nothing, NULL), OK);
    assert_int_equal(redis_command(redis_lane(redis, 2), set, 3, on_nothing, NULL), OK);
    WAIT_FOR(strstr(redis_trouble(redis), "memory is full"));
    assert_int_equal(redis_command(redis_lane(redis, 2), block, 3, on_reply, &told), OK);
    stop_server();
    WAIT_FOR(!redis_up(redis) && told.calls == 2);
    assert_false(told.has_reply);
    assert_ptr_equal(redis_lane(redis, 1), redis);
    start_server();
    WAIT_FOR(redis_lane(redis, 1) != redis && redis_lane(redis, 2) != redis);
    assert_int_equal(redis_command(redis_lane(redis, 2), block, 3, on_reply, &told), OK);
    assert_int_equal(redis_written(redis_lane(redis, 1), SLICE("*1\r\n$4\r\nPING\r\n"), on_many, &answered), OK);
    redis_close(redis); /* with one that is not written yet */
    assert_int_equal(told.calls, 3);
    assert_int_equal(answered, MANY + 1);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_was_under_way_calls_back_once_when_the_server_is_lost),
        ROW(what_was_under_way_calls_back_once_when_the_client_is_closed),
        ROW(a_lack_of_memory_costs_a_connection_only),
        ROW(a_server_that_hangs_is_found_out_without_a_command),
        ROW(lanes_stand_beside_the_first),
        ROW(the_gauge_follows_the_client_that_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
