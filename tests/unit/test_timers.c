/* Timers against a real redis-server, the embedded one, and the shipped flow: fired once, by whoever has the shard. */
#include "tests/unit/redis_kit.h"
#include "tests/unit/shipped_world.h"

#include "gateway/redis.h"
#include "gateway/timers.h"

#define ANA "+51987654321"

static struct redis *redis;
static struct store *store;
static struct loop *loop;
static struct turns turns;
static struct timers *timers;
static struct channel wa;
static redisContext *direct;
static bool configured = true;

/* The wall clock steps when a test says so. */
static int64_t skew_ms;
static struct loop_methods skewed_methods;
static const struct loop_methods *true_methods;

static int64_t skewed_now_ms(struct loop *skewed)
{
    return true_methods->now_ms(skewed) + skew_ms;
}

static void skew(struct loop *one)
{
    true_methods = one->methods;
    skewed_methods = *one->methods;
    skewed_methods.now_ms = skewed_now_ms;
    one->methods = &skewed_methods;
    skew_ms = 0;
}

static const struct channel *find_channel(void *ctx, struct slice name)
{
    (void)ctx;
    return configured && slice_is(name, "wa") ? &wa : NULL;
}

static int64_t ask_number(const char *command)
{
    redisReply *reply = redisCommand(direct, command);
    assert_non_null(reply);
    int64_t number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
    freeReplyObject(reply);
    return number;
}

/* How many of a kind there are in Ana's shard. */
static int64_t count(const char *command, const char *kind)
{
    char key[KEY_MAX], text[KEY_MAX + 32];
    key_write(key, shard_of(SLICE(ANA)), kind, SLICE_NONE);
    snprintf(text, sizeof(text), "%s %s", command, key);
    return ask_number(text);
}

static void open_timers(void)
{
    timers = timers_open(loop, store, &turns, find_channel, NULL);
    assert_non_null(timers);
    for (unsigned i = 0; i < SHARDS; i++)
        timers_shard(timers, i, 1);
}

static int set_up(void **state)
{
    make_server(state);
    base = event_base_new();
    const struct redis_options options = {.unix_path = socket_path};
    redis = redis_open(base, &options, NULL, NULL);
    store = store_redis_new(redis, SLICE("key"));
    loop = loop_event_new(base);
    skew(loop);
    wa = (struct channel){.name = "wa", .adapter = adapter_named("whatsapp_cloud"), .kind = CHANNEL_WHATSAPP};
    turns = (struct turns){.mind = &world->mind, .store = store};
    direct = redisConnectUnix(socket_path);
    configured = true;
    WAIT_FOR(redis_up(redis));
    open_timers();
    return 0;
}

static int tear_down(void **state)
{
    timers_stop(timers);
    WAIT_FOR(timers_in_flight(timers) == 0);
    redis_close(redis);
    timers_close(timers);
    store_close(store);
    loop_event_free(loop);
    event_base_free(base);
    redisFree(direct);
    return remove_server(state);
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    assert_int_equal(result->error, OK);
    *(bool *)ctx = true;
}

/* The person writes at an instant; what the flow sets then is due in its time after it. */
static void say_at(const char *id, const char *text, int64_t now_ms)
{
    const struct event event = {
        .kind = EVENT_TEXT, .from = SLICE(ANA), .id = slice_of(id), .text = slice_of(text), .at_ms = now_ms};
    struct arena *arena = arena_new(TIMERS_ARENA_MAX);
    bool done = false;
    assert_int_equal(turn_start(&turns, &wa, &event, now_ms, arena, on_turn, &done), OK);
    WAIT_FOR(done);
    arena_free(arena);
}

#define HOURS(n) ((n)*INT64_C(3600000))

/* Turns the loop long enough for timers to be looked at. */
static void look_about(void)
{
    for (int i = 0; i < 150; i++)
        turn();
}

static void a_reminder_is_said_once(void **state)
{
    (void)state;
    int64_t began_ms = clock_ms() - HOURS(21);
    say_at("1", "hola", began_ms);
    say_at("2", "si", began_ms + 1);
    assert_true(count("ZCARD", "timers") >= 1);
    WAIT_FOR(count("XLEN", "bulk") == 1); /* a reminder, behind the replies */
    timers_stop(timers);
    WAIT_FOR(timers_in_flight(timers) == 0);
    timers_close(timers);
    open_timers(); /* another process */
    look_about();
    assert_int_equal(count("XLEN", "bulk"), 1);
}

static void a_clock_set_forward_fires_early_and_once(void **state)
{
    (void)state;
    say_at("1", "hola", clock_ms());
    say_at("2", "si", clock_ms());
    skew_ms = HOURS(21);
    WAIT_FOR(count("XLEN", "bulk") == 1);
    skew_ms = 0;
    look_about();
    skew_ms = HOURS(21);
    look_about();
    assert_int_equal(count("XLEN", "bulk"), 1);
}

static void a_clock_set_back_fires_late_and_once(void **state)
{
    (void)state;
    int64_t began_ms = clock_ms() - HOURS(21);
    skew_ms = HOURS(-2);
    say_at("1", "hola", began_ms);
    say_at("2", "si", began_ms + 1);
    look_about();
    assert_int_equal(count("XLEN", "bulk"), 0);
    skew_ms = 0;
    WAIT_FOR(count("XLEN", "bulk") == 1);
    skew_ms = HOURS(-2);
    look_about();
    skew_ms = 0;
    look_about();
    assert_int_equal(count("XLEN", "bulk"), 1);
}

/* A turn that puts a timer off leaves the place where it is; it is looked at in its old time, and moved. */
static void what_was_put_off_is_moved_and_not_fired(void **state)
{
    char key[KEY_MAX], early[KEY_MAX + 64];
    (void)state;
    timers_stop(timers);
    timers_close(timers);
    say_at("1", "hola", clock_ms() - HOURS(21));
    say_at("2", "si", clock_ms() - HOURS(21) + 1);
    say_at("3", "vendo pan", clock_ms());
    key_write(key, shard_of(SLICE(ANA)), "timers", SLICE_NONE);
    snprintf(early, sizeof(early), "ZCOUNT %s -inf %lld", key, (long long)clock_ms());
    assert_int_equal(ask_number(early), 1);
    open_timers();
    WAIT_FOR(ask_number(early) == 0);
    assert_int_equal(count("ZCARD", "timers"), 1);
    assert_int_equal(count("XLEN", "bulk"), 0);
    say_at("4", "si", clock_ms()); /* over the line as it is now */
}

static void what_is_not_due_is_not_read(void **state)
{
    (void)state;
    say_at("1", "hola", clock_ms());
    int64_t set = count("ZCARD", "timers");
    look_about();
    assert_int_equal(count("ZCARD", "timers"), set);
    assert_int_equal(count("XLEN", "bulk"), 0);
}

static void baja_takes_all_back(void **state)
{
    (void)state;
    int64_t began_ms = clock_ms() - HOURS(1);
    say_at("1", "hola", began_ms);
    say_at("2", "si", began_ms + 1);
    say_at("3", "BAJA", began_ms + 2);
    assert_int_equal(count("ZCARD", "timers"), 0);
}

static void a_channel_that_is_gone_holds_nothing_up(void **state)
{
    char key[KEY_MAX], command[KEY_MAX + 64];
    (void)state;
    configured = false;
    say_at("1", "hola", clock_ms() - HOURS(21));
    say_at("2", "si", clock_ms() - HOURS(21) + 1);
    key_write(key, shard_of(SLICE(ANA)), "timers", SLICE_NONE);
    snprintf(command, sizeof(command), "ZCOUNT %s -inf %lld", key, (long long)clock_ms() + 60000);
    assert_true(ask_number(command) > 0);
    WAIT_FOR(ask_number(command) == 0); /* put off */
    assert_true(count("ZCARD", "timers") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reminder_is_said_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_set_forward_fires_early_and_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_set_back_fires_late_and_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_put_off_is_moved_and_not_fired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_due_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(baja_takes_all_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_channel_that_is_gone_holds_nothing_up, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
