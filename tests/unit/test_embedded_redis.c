/* The embedded Redis: one daemon and one server a folder, whatever ends first. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/clock.h"
#include "gateway/embedded_redis.h"
#include "gateway/log.h"

#define PATIENCE_MS 15000

static char dir[64];

static void pause_ms(long ms)
{
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

static int set_up(void **state)
{
    (void)state;
    log_open(LOG_ERROR, SLICE("0123456789abcdef"));
    snprintf(dir, sizeof(dir), "/tmp/chaski-embedded-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static struct embedded_redis *start(void)
{
    struct faults faults;
    faults_init(&faults);
    struct embedded_redis *redis = embedded_redis_start(dir, &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return redis;
}

/* Gives the server's process, 0 when nobody answers on its socket. */
static pid_t server_process(void)
{
    char path[128];
    long found = 0;
    snprintf(path, sizeof(path), "%s/redis/redis.sock", dir);
    redisContext *redis = redisConnectUnix(path);
    redisReply *reply = redis && !redis->err ? redisCommand(redis, "INFO server") : NULL;
    const char *at = reply && reply->str ? strstr(reply->str, "process_id:") : NULL;
    if (at)
        found = strtol(at + strlen("process_id:"), NULL, 10);
    if (reply)
        freeReplyObject(reply);
    redisFree(redis);
    return (pid_t)found;
}

static void a_second_daemon_is_refused(void **state)
{
    struct faults faults;
    struct embedded_redis *redis = start();
    (void)state;
    assert_non_null(redis);
    faults_init(&faults);
    assert_null(embedded_redis_start(dir, &faults));
    assert_int_equal(faults.count, 1);
    assert_non_null(strstr(faults.items[0].text, "another chaski runs on state_dir"));
    faults_release(&faults);
    embedded_redis_stop(redis);
}

/* A daemon of before: starts the server, tells, and waits to be killed. */
static pid_t start_daemon(void)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t daemon = fork();
    if (daemon == 0) {
        close(ends[0]);
        if (!start() || write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return daemon;
}

static redisContext *connect_directly(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/redis/redis.sock", dir);
    redisContext *redis = redisConnectUnix(path);
    assert_true(redis && !redis->err);
    return redis;
}

/* The server of before still works, for a second or so, and writes at the end: two at once would write one file, and
 * the new one would not know what the old one wrote. */
static void the_server_of_a_killed_daemon_is_waited_for(void **state)
{
    pid_t daemon = start_daemon();
    redisContext *direct = connect_directly();
    int done = 0;
    (void)state;
    redisAppendCommand(direct, "EVAL %s 1 late",
                       "local n = 0 for i = 1, 2e8 do n = n + i end redis.call('SET', KEYS[1], n)");
    while (!done)
        assert_int_equal(redisBufferWrite(direct, &done), REDIS_OK);
    pause_ms(100); /* for it to begin; later only makes the test weaker */
    kill(daemon, SIGKILL);
    assert_int_equal(waitpid(daemon, NULL, 0), daemon);
    struct embedded_redis *redis = start();
    redisFree(direct);
    assert_non_null(redis);
    direct = connect_directly();
    redisReply *reply = redisCommand(direct, "EXISTS late");
    assert_int_equal(reply->integer, 1);
    freeReplyObject(reply);
    redisFree(direct);
    embedded_redis_stop(redis);
}

static void the_server_holds_no_file_of_ours(void **state)
{
    int ends[2];
    char byte;
    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct embedded_redis *redis = start();
    assert_non_null(redis);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    embedded_redis_stop(redis);
}

static void a_server_that_ended_is_started_again_when_due(void **state)
{
    struct embedded_redis *redis = start();
    int64_t deadline_ms = clock_steady_ms() + PATIENCE_MS;
    pid_t first = server_process();
    int status;
    (void)state;
    assert_non_null(redis);
    assert_int_equal(embedded_redis_due_ms(redis), 0);
    kill(first, SIGKILL);
    assert_int_equal(waitpid(first, &status, 0), first);
    assert_false(embedded_redis_ended(redis, getpid(), 0, 1000));
    assert_true(embedded_redis_ended(redis, first, status, 1000));
    assert_false(embedded_redis_ended(redis, first, status, 1000));
    int64_t due_ms = embedded_redis_due_ms(redis);
    assert_true(due_ms > 1000);
    embedded_redis_start_again(redis, due_ms - 1);
    assert_int_equal(embedded_redis_due_ms(redis), due_ms);
    embedded_redis_start_again(redis, due_ms);
    assert_int_equal(embedded_redis_due_ms(redis), 0);
    while (!server_process() && clock_steady_ms() < deadline_ms)
        pause_ms(10);
    assert_true(server_process() > 0 && server_process() != first);
    embedded_redis_stop(redis);
}

/* What was forked lets go of the locks, and cannot end the server; the daemon still holds both. */
static void a_forked_process_forgets_it(void **state)
{
    struct embedded_redis *redis = start();
    struct faults faults;
    int status;
    (void)state;
    assert_non_null(redis);
    pid_t child = fork();
    if (child == 0) {
        embedded_redis_forget(redis);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(server_process() > 0);
    faults_init(&faults);
    assert_null(embedded_redis_start(dir, &faults));
    faults_release(&faults);
    embedded_redis_stop(redis);
}

/* A power cut, or SIGKILL, in the middle of writing a transaction: nothing of it was acknowledged, nothing of it may
 * come back, and what was written behind it must stay whole. */
static void a_torn_transaction_is_cut_off_whole(void **state)
{
    static const char torn[] = "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1\r\n1\r\n*3\r\n$3\r\nSE";
    char path[160];
    (void)state;
    struct embedded_redis *redis = start();
    assert_non_null(redis);
    redisContext *direct = connect_directly();
    freeReplyObject(redisCommand(direct, "SET whole 1"));
    redisFree(direct);
    embedded_redis_stop(redis);
    snprintf(path, sizeof(path), "%s/redis/appendonlydir/appendonly.aof.1.incr.aof", dir);
    FILE *aof = fopen(path, "a");
    assert_non_null(aof);
    assert_int_equal(fwrite(torn, 1, sizeof(torn) - 1, aof), sizeof(torn) - 1);
    fclose(aof);
    redis = start();
    assert_non_null(redis);
    direct = connect_directly();
    redisReply *whole = redisCommand(direct, "GET whole"), *half = redisCommand(direct, "GET half");
    assert_string_equal(whole->str, "1");
    assert_int_equal(half->type, REDIS_REPLY_NIL);
    freeReplyObject(whole);
    freeReplyObject(half);
    freeReplyObject(redisCommand(direct, "SET behind 1"));
    redisFree(direct);
    embedded_redis_stop(redis);
    redis = start();
    direct = connect_directly();
    half = redisCommand(direct, "GET half");
    whole = redisCommand(direct, "GET behind");
    assert_int_equal(half->type, REDIS_REPLY_NIL);
    assert_string_equal(whole->str, "1");
    freeReplyObject(half);
    freeReplyObject(whole);
    redisFree(direct);
    embedded_redis_stop(redis);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_second_daemon_is_refused),       ROW(the_server_of_a_killed_daemon_is_waited_for),
        ROW(the_server_holds_no_file_of_ours), ROW(a_server_that_ended_is_started_again_when_due),
        ROW(a_forked_process_forgets_it),      ROW(a_torn_transaction_is_cut_off_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
