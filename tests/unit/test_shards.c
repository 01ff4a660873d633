/* Leases against a real redis-server, the embedded one: fair shares, tokens that rise, and who takes over. */
#include "tests/unit/redis_kit.h"

#include <string.h>

#include "gateway/redis.h"
#include "gateway/shards.h"

#define PROCESSES 3
#define SHARE_OF_3 ((SHARDS + 2) / 3)

struct process {
    struct shards *shards;
    uint64_t tokens[SHARDS];
    size_t owned;
    bool busy; /* nothing of it may be given back */
};

static struct redis *redis;
static struct store *store;
static struct loop *loop;
static struct process processes[PROCESSES];
static uint64_t highest[SHARDS]; /* token of each shard so far */

static void on_shard(void *ctx, unsigned shard, uint64_t token)
{
    struct process *process = ctx;
    process->owned += (token != 0) - (process->tokens[shard] != 0);
    process->tokens[shard] = token;
    if (!token)
        return;
    assert_true(token > highest[shard]); /* each holder's is above all before it */
    highest[shard] = token;
}

static bool is_idle(void *ctx, unsigned shard)
{
    const struct process *process = ctx;
    (void)shard;
    return !process->busy;
}

static void begin(size_t i, const char *owner)
{
    processes[i] = (struct process){0};
    processes[i].shards = shards_open(loop, store, slice_of(owner), on_shard, is_idle, &processes[i]);
    assert_non_null(processes[i].shards);
    shards_hurry(processes[i].shards);
}

static int set_up(void **state)
{
    make_server(state);
    base = event_base_new();
    const struct redis_options options = {.unix_path = socket_path};
    redis = redis_open(base, &options, NULL, NULL);
    store = store_redis_new(redis, SLICE("key"));
    loop = loop_event_new(base);
    memset(highest, 0, sizeof(highest));
    WAIT_FOR(redis_up(redis));
    return 0;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (processes[i].shards)
            shards_abandon(processes[i].shards);
    redis_close(redis);
    for (size_t i = 0; i < PROCESSES; i++)
        shards_close(processes[i].shards);
    memset(processes, 0, sizeof(processes));
    store_close(store);
    loop_event_free(loop);
    event_base_free(base);
    return remove_server(state);
}

static void processes_share_and_take_over(void **state)
{
    (void)state;
    begin(0, "first");
    WAIT_FOR(processes[0].owned == SHARDS);
    begin(1, "second");
    WAIT_FOR(processes[0].owned == SHARDS / 2 && processes[1].owned == SHARDS / 2);
    begin(2, "third");
    WAIT_FOR(processes[0].owned == SHARE_OF_3 && processes[1].owned == SHARE_OF_3 &&
             processes[2].owned == SHARDS - 2 * SHARE_OF_3);
    int64_t died_ms = clock_steady_ms();
    shards_abandon(processes[0].shards); /* as a crash: it gives nothing back */
    WAIT_FOR(processes[1].owned + processes[2].owned == SHARDS);
    assert_true(clock_steady_ms() - died_ms <= SHARDS_TAKEN_OVER_MS);
}

static void what_is_given_back_is_free_at_once(void **state)
{
    (void)state;
    begin(0, "first");
    WAIT_FOR(processes[0].owned == SHARDS);
    processes[0].busy = true;
    shards_leave(processes[0].shards);
    turn();
    turn();
    assert_int_equal(processes[0].owned, SHARDS); /* something is under way */
    processes[0].busy = false;
    WAIT_FOR(shards_left(processes[0].shards));
    assert_int_equal(processes[0].owned, 0);
    int64_t left_ms = clock_steady_ms();
    begin(1, "second");
    WAIT_FOR(processes[1].owned == SHARDS);
    assert_true(clock_steady_ms() - left_ms < SHARDS_LEASE_MS);
}

/* The master knows that a worker died: the one that replaces it need not wait. */
static void who_replaces_a_dead_process_need_not_wait(void **state)
{
    (void)state;
    begin(0, "first");
    WAIT_FOR(processes[0].owned == SHARDS);
    shards_abandon(processes[0].shards);
    int64_t died_ms = clock_steady_ms();
    begin(1, "second");
    shards_inherit(processes[1].shards, SLICE("first"));
    WAIT_FOR(processes[1].owned == SHARDS);
    assert_true(clock_steady_ms() - died_ms < SHARDS_LEASE_MS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(processes_share_and_take_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_replaces_a_dead_process_need_not_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_given_back_is_free_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
