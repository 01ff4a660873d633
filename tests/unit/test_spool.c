/* The spool over a folder and a loop: order across processes, one that replays, failures of each kind, limits, what
 * crashes leave, lack of memory. The user is a script of outcomes; two spools in one process stand for two workers. */
#include "tests/unit/unit.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/spool.h"
#include "gateway/spool_folder.h"

#define PATIENCE_MS 15000
#define SEEN_MAX 256

/* A user that ends each replay at once, or keeps it until the test ends it. */
struct user {
    bool ready, keeps;
    char bodies[SEEN_MAX][16]; /* of the replays that were started */
    size_t count;
    struct {
        spool_replayed *done;
        void *ctx;
    } kept[SPOOL_WINDOW];
    size_t kept_count;
    enum error (*outcome)(struct user *user, const struct spool_message *message); /* NULL: OK */
    enum error refusal;                                                            /* of starting at all */
};

static char dir[64];
static struct event_base *base;
static struct user user;

static bool is_ready(void *ctx)
{
    return ((struct user *)ctx)->ready;
}

static enum error start(void *ctx, const struct spool_message *message, struct arena *arena, spool_replayed *done,
                        void *done_ctx)
{
    struct user *u = ctx;
    (void)arena;
    if (u->refusal)
        return u->refusal;
    assert_true(u->count < SEEN_MAX);
    assert_true(slice_copy(message->request.body, u->bodies[u->count++], sizeof(u->bodies[0])));
    if (u->keeps) {
        u->kept[u->kept_count].done = done;
        u->kept[u->kept_count++].ctx = done_ctx;
    } else {
        done(done_ctx, u->outcome ? u->outcome(u, message) : OK);
    }
    return OK;
}

static int set_up(void **state)
{
    (void)state;
    log_open(LOG_ERROR + 1, SLICE("0123456789abcdef"));
    memset(&user, 0, sizeof(user));
    snprintf(dir, sizeof(dir), "/tmp/chaski-spool-XXXXXX");
    assert_non_null(mkdtemp(dir));
    base = event_base_new();
    return base == NULL;
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    event_base_free(base);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static void turn(void)
{
    struct timeval look = {0, 10000};
    event_base_loopexit(base, &look);
    event_base_dispatch(base);
}

#define WAIT_FOR(condition)                                                                                            \
    do {                                                                                                               \
        int64_t deadline_ms = clock_steady_ms() + PATIENCE_MS;                                                         \
        while (!(condition)) {                                                                                         \
            if (clock_steady_ms() > deadline_ms)                                                                       \
                fail_msg("not in time: %s", #condition);                                                               \
            turn();                                                                                                    \
        }                                                                                                              \
    } while (0)

static struct spool *open_spool(void)
{
    const struct spool_user face = {is_ready, start, &user};
    struct spool *spool = spool_open(base, dir, &face);
    assert_non_null(spool);
    return spool;
}

static enum error put_at(struct spool *spool, struct spool_place *place, const char *channel, const char *body)
{
    struct arena *arena = arena_new(1024 * 1024);
    const struct request request = {
        .target = SLICE("/hooks/x"), .path = SLICE("/hooks/x"), .body = slice_of(body), .method = METHOD_POST};
    enum error error = arena ? spool_put(spool, place, slice_of(channel), &request, arena) : ERR_NOMEM;
    spool_leave(spool, place); /* as hooks do: twice is once */
    arena_free(arena);
    return error;
}

static enum error put(struct spool *spool, const char *body)
{
    struct spool_place place = {0};
    spool_arrive(spool, &place);
    return put_at(spool, &place, "sms", body);
}

/* Proves which bodies were replayed, in order: "a b c". */
static void assert_replayed(const char *want)
{
    char got[SEEN_MAX * 16] = "";
    size_t at = 0;
    for (size_t i = 0; i < user.count; i++)
        at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%s", i ? " " : "", user.bodies[i]);
    assert_string_equal(got, want);
}

static void count_one(void *ctx, const struct spool_entry *entry)
{
    (void)entry;
    ++*(size_t *)ctx;
}

static size_t files_in(const char *folder)
{
    char path[128];
    size_t count = 0;
    snprintf(path, sizeof(path), "%s/spool/%s", dir, folder);
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(spool_folder_list(fd, count_one, &count), OK);
    close(fd);
    return count;
}

static void two_workers_spool_and_one_replays_in_order_of_arrival(void **state)
{
    struct spool *a = open_spool(), *b = open_spool();
    struct spool_place early = {0};
    (void)state;
    spool_arrive(b, &early); /* came first, and fails last */
    assert_int_equal(put(a, "2"), OK);
    assert_int_equal(put(b, "3"), OK);
    assert_int_equal(put(a, "4"), OK);
    assert_true(spool_holds(b, SLICE("sms")));
    assert_false(spool_holds(b, SLICE("smsa")));
    user.ready = true;
    for (int i = 0; i < 30; i++)
        turn();
    assert_int_equal(user.count, 0); /* what came before them is under way still */
    assert_int_equal(put_at(b, &early, "sms", "1"), OK);
    WAIT_FOR(!spool_messages(a));
    assert_replayed("1 2 3 4");
    assert_false(spool_holds(a, SLICE("sms")));
    assert_int_equal(files_in("."), 0);
    spool_close(a); /* it held the lock: the other one goes on */
    assert_int_equal(put(b, "5"), OK);
    WAIT_FOR(!spool_messages(b));
    assert_replayed("1 2 3 4 5");
    spool_close(b);
}

static enum error fail_thrice(struct user *u, const struct spool_message *message)
{
    (void)message;
    return u->count <= 3 ? ERR_UNAVAILABLE : OK;
}

static void what_redis_cannot_take_is_tried_again_first(void **state)
{
    struct spool *spool = open_spool();
    (void)state;
    assert_int_equal(put(spool, "1"), OK);
    assert_int_equal(put(spool, "2"), OK);
    user.outcome = fail_thrice;
    user.ready = true;
    WAIT_FOR(!spool_messages(spool));
    assert_replayed("1 1 1 1 2");
    spool_close(spool);
}

static enum error fail_on_two(struct user *u, const struct spool_message *message)
{
    (void)u;
    return slice_is(message->request.body, "2") ? ERR_SYNTAX : OK;
}

static void what_fails_by_itself_holds_nobody_up(void **state)
{
    struct spool *spool = open_spool();
    (void)state;
    for (const char *body = "1\0002\0003\0"; *body; body += 2)
        assert_int_equal(put(spool, body), OK);
    user.outcome = fail_on_two;
    user.ready = true;
    WAIT_FOR(!spool_messages(spool));
    assert_replayed("1 2 3");
    assert_int_equal(files_in("failed"), 1);
    spool_close(spool);
}

static enum error never(struct user *u, const struct spool_message *message)
{
    (void)u;
    return slice_is(message->request.body, "1") ? ERR_CONFLICT : OK;
}

static void what_fails_in_passing_for_ever_is_set_aside(void **state)
{
    struct spool *spool = open_spool();
    (void)state;
    assert_int_equal(put(spool, "1"), OK);
    user.outcome = never;
    user.ready = true;
    WAIT_FOR(!spool_messages(spool));
    assert_int_equal(files_in("failed"), 1);
    assert_true(user.count > 1);
    spool_close(spool);
}

static void a_window_is_under_way_and_a_failure_in_it_loses_nothing(void **state)
{
    struct spool *spool = open_spool();
    char body[16];
    (void)state;
    for (int i = 0; i < SPOOL_WINDOW + 3; i++) {
        snprintf(body, sizeof(body), "%d", i);
        assert_int_equal(put(spool, body), OK);
    }
    user.ready = user.keeps = true;
    WAIT_FOR(spool_in_flight(spool) == SPOOL_WINDOW);
    user.keeps = false;
    user.kept[1].done(user.kept[1].ctx, ERR_UNAVAILABLE);
    for (size_t i = 0; i < SPOOL_WINDOW; i++)
        if (i != 1)
            user.kept[i].done(user.kept[i].ctx, OK);
    size_t before = user.count;
    WAIT_FOR(!spool_messages(spool));
    assert_int_equal(before, SPOOL_WINDOW);
    assert_string_equal(user.bodies[SPOOL_WINDOW], "1");
    assert_int_equal(user.count, SPOOL_WINDOW + 4);
    spool_close(spool);
}

static void draining_ends_what_is_under_way_and_no_more(void **state)
{
    struct spool *a = open_spool(), *b = open_spool();
    (void)state;
    assert_int_equal(put(a, "1"), OK);
    user.ready = user.keeps = true;
    WAIT_FOR(spool_in_flight(a));
    assert_int_equal(put(a, "2"), OK);
    spool_drain(a);
    assert_int_equal(spool_in_flight(b), 0);
    user.keeps = false;
    user.kept[0].done(user.kept[0].ctx, OK);
    WAIT_FOR(!spool_messages(b));
    assert_replayed("1 2");
    spool_close(a);
    spool_close(b);
}

static void limits_are_kept(void **state)
{
    struct spool *spool = open_spool();
    (void)state;
    spool_set_limits(spool, 2, 1000000);
    assert_int_equal(put(spool, "1"), OK);
    assert_int_equal(put(spool, "2"), OK);
    assert_int_equal(put(spool, "3"), ERR_LIMIT);
    spool_set_limits(spool, 100, 10);
    assert_int_equal(put(spool, "3"), ERR_LIMIT);
    assert_int_equal(spool_messages(spool), 2);
    assert_int_equal(files_in("."), 2);
    spool_close(spool);
}

/* Files and a count as a machine that lost power leaves them. */
static void what_a_crash_left_is_counted_anew(void **state)
{
    struct spool *spool = open_spool();
    char path[128];
    (void)state;
    assert_int_equal(put(spool, "1"), OK);
    assert_int_equal(put(spool, "2"), OK);
    spool_close(spool);
    snprintf(path, sizeof(path), "%s/spool/new.77", dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    snprintf(path, sizeof(path), "%s/spool/count", dir);
    assert_int_equal(truncate(path, 0), 0);
    spool = open_spool();
    assert_int_equal(spool_messages(spool), 2);
    assert_true(spool_holds(spool, SLICE("sms")));
    snprintf(path, sizeof(path), "%s/spool/new.77", dir);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(put(spool, "3"), OK);
    user.ready = true;
    WAIT_FOR(!spool_messages(spool));
    assert_replayed("1 2 3");
    spool_close(spool);
}

static void a_count_without_files_heals(void **state)
{
    struct spool *spool = open_spool();
    char command[128];
    (void)state;
    assert_int_equal(put(spool, "1"), OK);
    snprintf(command, sizeof(command), "rm %s/spool/0*", dir);
    assert_int_equal(system(command), 0);
    user.ready = true;
    WAIT_FOR(!spool_messages(spool));
    assert_false(spool_holds(spool, SLICE("sms")));
    assert_int_equal(user.count, 0);
    spool_close(spool);
}

/* Puts a file there as spool_put() would, without its waits for the disk. */
static void place_file(uint64_t sequence)
{
    struct spool_entry entry = {.sequence = sequence, .channel = "sms"};
    const struct spool_message message = {
        SLICE("sms"), sequence, {.target = SLICE("/hooks/x"), .path = SLICE("/hooks/x"), .body = SLICE("x")}};
    struct arena *arena = arena_new(4096);
    char name[SPOOL_NAME], path[SPOOL_NAME + 96];
    struct buf bytes;
    buf_init(&bytes, 4096);
    assert_int_equal(spool_file_write(&message, arena, &bytes), OK);
    entry.bytes = bytes.len;
    spool_entry_name(&entry, name);
    snprintf(path, sizeof(path), "%s/spool/%s", dir, name);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    close(fd);
    buf_release(&bytes);
    arena_free(arena);
}

static uint64_t last_sequence;

static enum error note_order(struct user *u, const struct spool_message *message)
{
    assert_int_equal(message->sequence, last_sequence + 1);
    last_sequence = message->sequence;
    u->count = 0;
    return OK;
}

static void more_files_than_a_listing_keeps_go_in_order(void **state)
{
    const uint64_t files = 2500;
    (void)state;
    spool_close(open_spool());
    for (uint64_t i = 0; i < files; i++)
        place_file((i * 7) % files + 1); /* 7 and 2500 have no factor in common: each number comes once */
    struct spool *spool = open_spool();
    assert_int_equal(spool_messages(spool), files);
    last_sequence = 0;
    user.outcome = note_order;
    user.ready = true;
    WAIT_FOR(!spool_messages(spool));
    assert_int_equal(last_sequence, files);
    spool_close(spool);
}

static void a_folder_that_cannot_be_made_refuses(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof(path), "%s/spool", dir);
    close(open(path, O_CREAT | O_WRONLY, 0600)); /* a file where the folder should be */
    struct spool *spool = open_spool();
    assert_int_equal(put(spool, "1"), ERR_IO);
    assert_int_equal(spool_messages(spool), 0);
    assert_false(spool_holds(spool, SLICE("sms")));
    spool_close(spool);
}

static void lack_of_memory_loses_nothing(void **state)
{
    struct spool *spool = open_spool();
    int64_t kept = 0;
    (void)state;
    for (long successes = 0; successes < 20; successes++) {
        mem_fail_after(successes);
        enum error error = put(spool, "1");
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        kept += error == OK;
        assert_int_equal(spool_messages(spool), kept);
    }
    assert_true(kept > 0 && kept < 20);
    user.ready = true;
    for (long successes = 0; successes < 20; successes++) {
        mem_fail_after(successes);
        spool_redis_up(spool);
        mem_fail_after(-1);
    }
    WAIT_FOR(!spool_messages(spool));
    assert_int_equal(user.count, kept);
    spool_close(spool);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_workers_spool_and_one_replays_in_order_of_arrival),
        TEST(what_redis_cannot_take_is_tried_again_first),
        TEST(what_fails_by_itself_holds_nobody_up),
        TEST(what_fails_in_passing_for_ever_is_set_aside),
        TEST(a_window_is_under_way_and_a_failure_in_it_loses_nothing),
        TEST(draining_ends_what_is_under_way_and_no_more),
        TEST(limits_are_kept),
        TEST(what_a_crash_left_is_counted_anew),
        TEST(a_count_without_files_heals),
        TEST(more_files_than_a_listing_keeps_go_in_order),
        TEST(a_folder_that_cannot_be_made_refuses),
        TEST(lack_of_memory_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
