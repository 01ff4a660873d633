/* Replays of spooled webhooks: one person's wait for each other, others' do not; what cannot be replayed says why. The
 * store is a stub that answers when it is told to; only whether Redis is there is asked of a real one. */
#include "tests/unit/redis_kit.h"

#include <string.h>

#include "gateway/spool_replay.h"

#define HELD_MAX 8

static struct held {
    store_loaded *done;
    void *ctx;
} held[HELD_MAX];
static size_t held_count;

static struct redis *redis;
static struct world world;
static struct spool_replays replays;
static struct turns turns;
static struct hooks hooks;

static enum error hold_load(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                            void *ctx)
{
    (void)store;
    (void)contact;
    (void)message_id;
    assert_true(held_count < HELD_MAX);
    held[held_count++] = (struct held){done, ctx};
    return OK;
}

static const struct store_methods methods = {.load = hold_load};
static struct store store = {&methods};

struct ending {
    bool ended;
    enum error error;
};

static void on_replayed(void *ctx, enum error error)
{
    *(struct ending *)ctx = (struct ending){true, error};
}

static int set_up(void **state)
{
    const struct redis_options options = {.unix_path = socket_path};
    (void)state;
    base = event_base_new();
    redis = redis_open(base, &options, NULL, NULL);
    world.channels[0] = (struct channel){.name = "sms", .adapter = adapter_named("twilio"), .sync = true};
    world.channel_count = 1;
    turns = (struct turns){.store = &store};
    hooks = (struct hooks){&world, &turns, &store, redis, NULL, NULL};
    replays = (struct spool_replays){.hooks = &hooks};
    held_count = 0;
    WAIT_FOR(redis_up(redis));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    redis_close(redis);
    event_base_free(base);
    return 0;
}

/* Starts a replay of a message that a person wrote; the arena lives until the test frees it. */
static enum error start(struct arena *arena, const char *channel, const char *from, const char *sid,
                        struct ending *ending)
{
    const struct spool_user user = spool_replay_user(&replays);
    const char *body = arena_printf(arena, "From=%%2B%s&Body=hola&MessageSid=%s", from, sid);
    const struct spool_message message = {
        slice_of(channel), 1, {.method = METHOD_POST, .path = SLICE("/hooks/sms"), .body = slice_of(body)}};
    *ending = (struct ending){0};
    return user.start(user.ctx, &message, arena, on_replayed, ending);
}

static void one_persons_wait_for_each_other(void **state)
{
    const struct stored seen = {.repeated = true};
    struct arena *arena = arena_new(1024 * 1024);
    struct ending first, second, other;
    (void)state;
    assert_int_equal(start(arena, "sms", "51987654321", "SM1", &first), OK);
    assert_int_equal(start(arena, "sms", "51987654321", "SM2", &second), ERR_CONFLICT);
    assert_int_equal(start(arena, "sms", "51987654322", "SM3", &other), OK);
    assert_int_equal(held_count, 2);
    held[0].done(held[0].ctx, ERR_UNAVAILABLE, NULL);
    assert_true(first.ended);
    assert_int_equal(first.error, ERR_UNAVAILABLE);
    assert_int_equal(start(arena, "sms", "51987654322", "SM4", &second), ERR_CONFLICT);
    assert_int_equal(start(arena, "sms", "51987654321", "SM1", &first), OK);
    held[2].done(held[2].ctx, OK, &seen);
    assert_true(first.ended);
    assert_int_equal(first.error, OK);
    held[1].done(held[1].ctx, OK, &seen);
    assert_true(other.ended);
    assert_null(replays.under_way);
    arena_free(arena);
}

static void what_cannot_be_replayed_says_why(void **state)
{
    static const struct {
        const char *channel, *from;
        enum error error;
    } rows[] = {
        {"gone", "51987654321", ERR_NOT_FOUND},
        {"sms", "", ERR_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(1024 * 1024);
        struct ending ending;
        enum error error = start(arena, rows[i].channel, rows[i].from, "", &ending);
        assert_int_equal(error, rows[i].error);
        assert_false(ending.ended);
        arena_free(arena);
    }
    assert_null(replays.under_way);
}

static void nothing_starts_while_redis_is_away(void **state)
{
    struct arena *arena = arena_new(1024 * 1024);
    const struct spool_user user = spool_replay_user(&replays);
    struct ending ending;
    (void)state;
    assert_true(user.ready(user.ctx));
    stop_server();
    WAIT_FOR(!redis_up(redis));
    assert_false(user.ready(user.ctx));
    assert_int_equal(start(arena, "sms", "51987654321", "SM1", &ending), ERR_UNAVAILABLE);
    assert_int_equal(held_count, 0);
    arena_free(arena);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_persons_wait_for_each_other), TEST(what_cannot_be_replayed_says_why),
        TEST(nothing_starts_while_redis_is_away), /* the last: it ends the server */
    };
    return cmocka_run_group_tests(tests, make_server, remove_server);
}
