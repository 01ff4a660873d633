/* Which shards are read when: a clock and a store of the test's own. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "gateway/outbox_reader.h"

#define LONG_MS 1000000

/* The one alarm, and the readings. */
static struct world {
    struct loop loop;
    struct store store;
    struct alarm alarm;
    alarm_rings *rings;
    void *alarm_ctx;
    int64_t now_ms, at_ms;   /* at_ms: when it rings; LONG_MS never */
    char read[STORE_STREAMS][512]; /* the shards of the last reading: "3 17 " */
    store_read_done *done[STORE_STREAMS];
    void *done_ctx[STORE_STREAMS];
    unsigned received;
} world;

static int64_t steady_ms(struct loop *loop)
{
    (void)loop;
    return world.now_ms;
}

static struct alarm *make_alarm(struct loop *loop, alarm_rings *rings, void *ctx)
{
    world.alarm.loop = loop;
    world.rings = rings;
    world.alarm_ctx = ctx;
    return &world.alarm;
}

static void set_alarm(struct alarm *alarm, int64_t wait_ms)
{
    (void)alarm;
    world.at_ms = world.now_ms + (wait_ms > 0 ? wait_ms : 0);
}

static void stop_alarm(struct alarm *alarm)
{
    (void)alarm;
    world.at_ms = LONG_MS;
}

static enum error read_streams(struct store *store, enum store_stream stream, const struct store_cursor *cursors,
                               size_t count, size_t most, store_read_done *done, void *ctx)
{
    size_t len = 0;
    (void)store;
    (void)most;
    world.read[stream][0] = '\0';
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(world.read[stream] + len, sizeof(world.read[stream]) - len, "%u ", cursors[i].shard);
    world.done[stream] = done;
    world.done_ctx[stream] = ctx;
    return OK;
}

static bool receive(void *ctx, struct outbox_entry *entry)
{
    (void)ctx;
    world.received++;
    outbox_entry_free(entry);
    return true;
}

static size_t room(void *ctx, enum store_stream stream)
{
    (void)ctx;
    (void)stream;
    return 100;
}

/* Goes on to a time, ringing as often as it is due. */
static void go_to(int64_t now_ms)
{
    while (world.at_ms <= now_ms) {
        world.now_ms = world.at_ms > world.now_ms ? world.at_ms : world.now_ms;
        world.at_ms = LONG_MS;
        world.rings(world.alarm_ctx);
    }
    world.now_ms = now_ms;
}

/* Answers the reading under way with one entry of a shard, or of none. */
static void answer(enum store_stream stream, int shard)
{
    const struct store_entry entry = {.shard = shard < 0 ? 0 : (unsigned)shard,
                                      .id = SLICE("1795402800000-1"),
                                      .class = SLICE("reply"),
                                      .json = SLICE("{\"channel\":\"sms\",\"to\":\"+51987654321\",\"at\":1,"
                                                    "\"text\":\"x\"}")};
    store_read_done *done = world.done[stream];
    assert_non_null(done);
    world.done[stream] = NULL;
    done(world.done_ctx[stream], OK, &entry, shard >= 0);
}

static struct outbox_reader *make_reader(void)
{
    static const struct loop_methods loop_methods = {
        .steady_ms = steady_ms, .alarm_new = make_alarm, .alarm_set = set_alarm, .alarm_cancel = stop_alarm,
        .alarm_free = stop_alarm};
    static const struct store_methods store_methods = {.read = read_streams};
    world = (struct world){.loop = {&loop_methods}, .store = {&store_methods}, .at_ms = LONG_MS};
    struct outbox_reader *reader = outbox_reader_new(&world.loop, &world.store, receive, room, NULL);
    assert_non_null(reader);
    for (unsigned shard = 1; shard <= 3; shard++)
        outbox_reader_shard(reader, shard, 7);
    go_to(0);
    assert_string_equal(world.read[STREAM_REPLIES], "1 2 3 ");
    assert_string_equal(world.read[STREAM_BULK], "1 2 3 ");
    answer(STREAM_REPLIES, -1);
    answer(STREAM_BULK, -1);
    return reader;
}

static void a_nudge_reads_its_shard(void **state)
{
    struct outbox_reader *reader = make_reader();
    (void)state;
    outbox_reader_nudge(reader, 4); /* another's */
    go_to(1);
    assert_null(world.done[STREAM_REPLIES]);
    outbox_reader_nudge(reader, 2);
    go_to(1);
    assert_string_equal(world.read[STREAM_REPLIES], "2 ");
    assert_null(world.done[STREAM_BULK]);
    outbox_reader_nudge(reader, 3); /* behind the reading */
    outbox_reader_nudge(reader, 1);
    go_to(2);
    answer(STREAM_REPLIES, 2); /* there may be more */
    assert_int_equal(world.received, 1);
    go_to(2);
    assert_string_equal(world.read[STREAM_REPLIES], "1 2 3 ");
    answer(STREAM_REPLIES, -1);
    go_to(3);
    assert_null(world.done[STREAM_REPLIES]);
    outbox_reader_nudge_all(reader);
    go_to(3);
    assert_string_equal(world.read[STREAM_REPLIES], "1 2 3 ");
    outbox_reader_free(reader);
}

/* What nobody named is found in time, also behind a reading of a few. */
static void all_are_looked_at_in_time(void **state)
{
    struct outbox_reader *reader = make_reader();
    (void)state;
    go_to(OUTBOX_READ_MS);
    assert_string_equal(world.read[STREAM_BULK], "1 2 3 ");
    assert_string_equal(world.read[STREAM_REPLIES], "1 2 3 ");
    answer(STREAM_REPLIES, -1);
    outbox_reader_nudge(reader, 2);
    go_to(2 * OUTBOX_READ_MS); /* the one that was named is under way */
    assert_string_equal(world.read[STREAM_REPLIES], "2 ");
    answer(STREAM_REPLIES, -1);
    go_to(2 * OUTBOX_READ_MS);
    assert_string_equal(world.read[STREAM_REPLIES], "1 2 3 ");
    outbox_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nudge_reads_its_shard),
        cmocka_unit_test(all_are_looked_at_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
