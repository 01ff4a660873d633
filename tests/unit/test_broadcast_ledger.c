/* A shard's ledger against a real redis-server: over random histories of feeding, sending, receipts, pauses and a
 * cancellation, each person is in exactly one state, the sums are what a recount finds, and nobody is called twice. */
#include "tests/unit/redis_ask.h"
#include "tests/unit/redis_kit.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/keys.h"
#include "gateway/redis.h"
#include "gateway/store.h"

#define SHARD 7
#define PREFIX "ck:{s7}:"
#define PEOPLE 40
#define COST 3
#define NOW_MS INT64_C(1795402800000)

static const char *const sums[] = {"queued", "sent", "delivered", "read", "failed", "dropped", "doubt", "excluded"};

static struct redis *client;
static struct store *store;

static int set_up(void **state)
{
    make_server(state);
    base = event_base_new();
    const struct redis_options options = {.unix_path = socket_path};
    client = redis_open(base, &options, NULL, NULL);
    store = store_redis_new(client, SLICE("key"));
    WAIT_FOR(redis_up(client));
    ask_open(socket_path);
    return 0;
}

static int tear_down(void **state)
{
    ask_close();
    store_close(store);
    redis_close(client);
    event_base_free(base);
    return remove_server(state);
}

static void fill(unsigned cast)
{
    char names[PEOPLE * 8] = "";
    for (int i = 0; i < PEOPLE; i++) {
        sprintf(names + strlen(names), "p%d\n", i);
        freeReplyObject(ask("HSET " PREFIX "contact:p%d v 1~0~0~0", i));
    }
    freeReplyObject(ask("FCALL chaski_cast_fill 3 " PREFIX "cast:%u:people " PREFIX "cast:%u:sums " PREFIX
                        "casts %u %s",
                        cast, cast, cast, names));
    freeReplyObject(ask("SET " PREFIX "lease me~1"));
}

/* Feeds whoever is next, some of them excluded. Returns what chaski_cast_feed answered. */
static long long feed(unsigned cast, int most)
{
    char rows[8192] = "";
    redisReply *next =
        ask("FCALL_RO chaski_cast_next 3 " PREFIX "cast:%u:people " PREFIX "cast:%u:sums " PREFIX "cast:%u:out %d",
            cast, cast, cast, most);
    for (size_t i = 1; i < next->elements; i++) {
        redisReply *const *row = next->element[i]->element;
        const bool goes = rand() % 8;
        sprintf(rows + strlen(rows), " %lld %s %s %s notice", row[0]->integer, row[1]->str, goes ? row[1]->str : "_",
                goes ? "3" : "no~consent");
    }
    freeReplyObject(next);
    redisReply *fed = ask("FCALL chaski_cast_feed 6 " PREFIX "lease " PREFIX "bulk " PREFIX "cast:%u:people " PREFIX
                          "cast:%u:rows " PREFIX "cast:%u:sums " PREFIX "cast:%u:out me 1 %" PRId64 " %u _%s",
                          cast, cast, cast, cast, NOW_MS, cast, rows);
    long long answer = fed->integer;
    freeReplyObject(fed);
    return answer;
}

static void gate(unsigned cast, const char *word)
{
    freeReplyObject(ask("FCALL chaski_cast_gate 4 " PREFIX "bulk " PREFIX "cast:%u:rows " PREFIX "cast:%u:sums " PREFIX
                        "cast:%u:out %s %" PRId64,
                        cast, cast, cast, word, NOW_MS));
}

/* ---- sending ---- */

struct sending {
    bool told;
    enum error error;
    enum leave leave;
};

static void on_leave(void *ctx, enum error error, const struct leave_given *given)
{
    struct sending *sending = ctx;
    *sending = (struct sending){true, error, error ? LEAVES : given->leave};
}

static void on_ended(void *ctx, enum error error)
{
    struct sending *sending = ctx;
    sending->told = true;
    sending->error = error;
}

/* Sends one of the stream's entries, with any end; counts the call for whom it went to. */
static void send_one(int calls[PEOPLE], int64_t *now_ms)
{
    static const enum send_state ends[] = {SEND_STATE_SENT,  SEND_STATE_SENT, SEND_STATE_SENT,   SEND_STATE_DEAD,
                                           SEND_STATE_DOUBT, SEND_STATE_WAIT, SEND_STATE_DROPPED};
    redisReply *all = ask("XRANGE " PREFIX "bulk - +");
    if (all->elements) {
        const redisReply *entry = all->element[(size_t)rand() % all->elements];
        const char *id = entry->element[0]->str, *who = entry->element[1]->element[3]->str;
        struct sending sending = {0};
        const struct intent intent = {.shard = SHARD,
                                      .stream = STREAM_BULK,
                                      .id = slice_of(id),
                                      .contact = slice_of(who),
                                      .channel = SLICE("sms"),
                                      .token = 1,
                                      .owner = SLICE("me"),
                                      .now_ms = *now_ms += 1000};
        assert_int_equal(store_intend(store, &intent, on_leave, &sending), OK);
        WAIT_FOR(sending.told);
        assert_int_equal(sending.error, OK);
        assert_true(sending.leave == LEAVE_GO || sending.leave == LEAVE_LATER);
        char provider[64];
        snprintf(provider, sizeof(provider), "sms:%s", id);
        struct send_end end = {.shard = SHARD,
                               .stream = STREAM_BULK,
                               .id = slice_of(id),
                               .class = SLICE("notice"),
                               .channel = SLICE("sms"),
                               .json = slice_of(who),
                               .token = 1,
                               .owner = SLICE("me"),
                               .now_ms = *now_ms,
                               .due_ms = *now_ms,
                               .state = ends[rand() % (int)COUNT(ends)],
                               .code = SLICE("0")};
        end.provider_id_count = end.state == SEND_STATE_SENT;
        end.provider_ids[0] = slice_of(id);
        calls[atoi(who + 1)] += end.state != SEND_STATE_WAIT;
        sending.told = sending.leave == LEAVE_LATER;
        if (!sending.told)
            assert_int_equal(store_end(store, &end, on_ended, &sending), OK);
        WAIT_FOR(sending.told);
    }
    freeReplyObject(all);
}

static void receive_one(const char *id)
{
    static const char *const statuses[] = {"delivered", "read", "failed", "sent"};
    struct sending sending = {0};
    const struct receipt_row receipt = {
        .shard = SHARD, .id = slice_of(id), .status = slice_of(statuses[rand() % 4]), .code = SLICE("x")};
    assert_int_equal(store_receive(store, &receipt, on_ended, &sending), OK);
    WAIT_FOR(sending.told);
}

/* ---- the invariants ---- */

static void check(unsigned cast)
{
    long long counts[COUNT(sums)] = {0}, total = 0;
    char command[128];
    redisReply *rows = ask("FCALL_RO chaski_cast_rows 3 " PREFIX "cast:%u:people " PREFIX "cast:%u:rows " PREFIX
                           "cast:%u:sums 0 1000 _",
                           cast, cast, cast);
    assert_int_equal(rows->elements, PEOPLE + 1);
    for (size_t i = 1; i < rows->elements; i++)
        for (size_t s = 0; s < COUNT(sums); s++)
            counts[s] += strcmp(rows->element[i]->element[2]->str, sums[s]) == 0;
    freeReplyObject(rows);
    for (size_t s = 0; s < COUNT(sums); s++) {
        snprintf(command, sizeof(command), "HGET " PREFIX "cast:%u:sums %s", cast, sums[s]);
        if (ask_number(command) != counts[s])
            fail_msg("%s: %lld, and a recount finds %lld", sums[s], ask_number(command), counts[s]);
        total += counts[s];
    }
    assert_int_equal(total, PEOPLE);
    snprintf(command, sizeof(command), "HVALS " PREFIX "cast:%u:out", cast);
    redisReply *out = ask("%s", command);
    long long on_way = 0;
    for (size_t i = 0; i < out->elements; i++)
        on_way += out->element[i]->len > 0;
    freeReplyObject(out);
    assert_int_equal(ask_number("XLEN " PREFIX "bulk"), on_way);
    snprintf(command, sizeof(command), "HGET " PREFIX "cast:%u:sums cost", cast);
    assert_int_equal(ask_number(command), COST * (on_way + counts[1] + counts[2] + counts[3] + counts[4] + counts[6]));
}

static void any_history_keeps_the_ledger_exact(void **state)
{
    (void)state;
    for (unsigned cast = 1; cast <= 6; cast++) {
        int calls[PEOPLE] = {0};
        int64_t now_ms = NOW_MS;
        bool cancelled = false;
        srand(cast);
        fill(cast);
        for (int step = 0; step < 150; step++) {
            const int what = rand() % 20;
            if (what < 5) {
                feed(cast, 1 + rand() % 8);
            } else if (what < 12) {
                send_one(calls, &now_ms);
            } else if (what < 15) {
                gate(cast, what == 12 ? "paused" : "_");
            } else if (what < 18) {
                redisReply *keys = ask("HKEYS " PREFIX "sends:%" PRId64, NOW_MS / 86400000);
                const char *key = keys->elements ? keys->element[(size_t)rand() % keys->elements]->str : "kept";
                if (strchr(key, '-') && !strchr(key, ':'))
                    receive_one(key);
                freeReplyObject(keys);
            } else if (step > 120 && cast % 2 && !cancelled) {
                gate(cast, "cancelled");
                cancelled = true;
            }
            check(cast);
        }
        if (cancelled)
            assert_int_equal(feed(cast, 8), 0);
        for (int i = 0; i < PEOPLE; i++)
            assert_true(calls[i] <= 1);
        freeReplyObject(ask("FLUSHALL"));
    }
}

static void who_lost_the_shard_or_came_second_feeds_nobody(void **state)
{
    (void)state;
    fill(1);
    redisReply *wrong = ask("FCALL chaski_cast_feed 6 " PREFIX "lease " PREFIX "bulk " PREFIX "cast:1:people " PREFIX
                            "cast:1:rows " PREFIX "cast:1:sums " PREFIX "cast:1:out me 2 1 1 _ 0 p0 p0 3 notice");
    assert_int_equal(wrong->integer, 0);
    freeReplyObject(wrong);
    static const struct {
        const char *row;
        long long answer;
    } rows[] = {{"0 p0 p0 3 notice", 1},
                {"0 p0 p0 3 notice", 0},
                {"2 p2 p2 3 notice", 0},
                {"1 p2 p1 3 notice", 0},
                {"1 p1 p1 3 notice", 1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        redisReply *fed = ask("FCALL chaski_cast_feed 6 " PREFIX "lease " PREFIX "bulk " PREFIX "cast:1:people " PREFIX
                              "cast:1:rows " PREFIX "cast:1:sums " PREFIX "cast:1:out me 1 1 1 7 %s",
                              rows[i].row);
        assert_int_equal(fed->integer, rows[i].answer);
        freeReplyObject(fed);
    }
    assert_int_equal(ask_number("XLEN " PREFIX "bulk"), 2);
    assert_int_equal(ask_number("HLEN " PREFIX "invited"), 2); /* to training 7 */
    assert_int_equal(ask_number("FCALL chaski_cast_fill 3 " PREFIX "cast:1:people " PREFIX "cast:1:sums " PREFIX
                                "casts 1 somebody~else"),
                     PEOPLE);
    freeReplyObject(ask("FLUSHALL"));
}

static void a_cap_is_met_to_the_message_whoever_dies(void **state)
{
    static const struct {
        const char *args;
        long long granted;
    } rows[] = {{"0 0 10 3 3 3 3", 3},                    /* shard 0 may 9 of 10, and dies before it feeds */
                {"1 0 10 1 1", 1},     {"0 0 10 3 3", 2}, /* its next feeder begins at what was fed */
                {"1 1 10 1 1 1 1", 3}, {"2 0 10 1", 0},   {"2 0 11 1", 1}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        redisReply *granted = ask("FCALL chaski_cast_reserve 1 ck:{staff}:cast:1 %s", rows[i].args);
        if (granted->integer != rows[i].granted)
            fail_msg("row %zu: %lld", i, granted->integer);
        freeReplyObject(granted);
    }
    freeReplyObject(ask("FLUSHALL"));
}

/* ---- gone, or taken back ---- */

static void on_committed(void *ctx, enum error error, const struct stored *newer)
{
    struct sending *sending = ctx;
    (void)newer;
    *sending = (struct sending){.told = true, .error = error};
}

/* What a commit is computed from. */
struct basis {
    bool told;
    uint64_t version;
    int64_t born_ms;
    char held[256];
};

static void on_loaded(void *ctx, enum error error, const struct stored *stored)
{
    struct basis *basis = ctx;
    assert_int_equal(error, OK);
    *basis = (struct basis){true, stored->version, stored->version ? stored->born_ms : NOW_MS, ""};
    assert_true(slice_copy(stored->held, basis->held, sizeof(basis->held)));
}

/* Has somebody say something, or be erased. */
static void commit(struct slice who, const char *message, bool erase)
{
    struct basis basis = {0};
    struct sending sending = {0};
    assert_int_equal(store_load(store, who, slice_of(message), on_loaded, &basis), OK);
    WAIT_FOR(basis.told);
    const struct commit c = {.contact = who,
                             .held = slice_of(basis.held),
                             .channel = SLICE("sms"),
                             .message_id = slice_of(message),
                             .expected = basis.version,
                             .born_ms = basis.born_ms,
                             .now_ms = NOW_MS,
                             .state = SLICE("state"),
                             .journal = SLICE("{\"e\":{\"i\":\"x\"}}"),
                             .erase = erase};
    assert_int_equal(store_commit(store, &c, on_committed, &sending), OK);
    WAIT_FOR(sending.told);
    assert_int_equal(sending.error, OK);
}

static void who_is_erased_is_in_no_ledger(void **state)
{
    char who[32], command[256];
    int n = 0;
    (void)state;
    do
        snprintf(who, sizeof(who), "p%d", ++n);
    while (shard_of(slice_of(who)) != SHARD);
    commit(slice_of(who), "sms:1", false);
    freeReplyObject(ask("HSET " PREFIX "invited %s 7~1", who));
    for (int cast = 1; cast <= 2; cast++) {
        snprintf(command, sizeof(command),
                 "FCALL chaski_cast_fill 3 " PREFIX "cast:%d:people " PREFIX "cast:%d:sums " PREFIX "casts %d a\n%s\nb",
                 cast, cast, cast, who);
        assert_int_equal(ask_number(command), 3);
    }
    commit(slice_of(who), "sms:2", true);
    for (int cast = 1; cast <= 2; cast++) {
        redisReply *people = ask("LRANGE " PREFIX "cast:%d:people 0 -1", cast);
        assert_int_equal(people->elements, 3);
        assert_string_equal(people->element[0]->str, "a");
        assert_string_equal(people->element[1]->str, "");
        freeReplyObject(people);
    }
    assert_int_equal(ask_number("HLEN " PREFIX "invited"), 0);
    freeReplyObject(ask("FLUSHALL"));
}

/* Asks leave for an entry of the stream. */
static enum leave ask_leave(const redisReply *entry)
{
    struct sending sending = {0};
    const struct intent intent = {.shard = SHARD,
                                  .stream = STREAM_BULK,
                                  .id = slice_of(entry->element[0]->str),
                                  .contact = slice_of(entry->element[1]->element[3]->str),
                                  .channel = SLICE("sms"),
                                  .token = 1,
                                  .owner = SLICE("me"),
                                  .now_ms = NOW_MS};
    assert_int_equal(store_intend(store, &intent, on_leave, &sending), OK);
    WAIT_FOR(sending.told);
    assert_int_equal(sending.error, OK);
    return sending.leave;
}

static void what_is_taken_back_is_not_called_and_a_call_is_not_taken_back(void **state)
{
    (void)state;
    fill(1);
    assert_int_equal(feed(1, 8), 1);
    redisReply *fed = ask("XRANGE " PREFIX "bulk - +");
    assert_true(fed->elements > 2);
    assert_int_equal(ask_leave(fed->element[0]), LEAVE_GO);
    gate(1, "paused");
    assert_int_equal(ask_number("XLEN " PREFIX "bulk"), 1);
    assert_int_equal(ask_leave(fed->element[1]), LEAVE_DONE);
    check(1);
    gate(1, "cancelled");
    assert_int_equal(ask_number("XLEN " PREFIX "bulk"), 1);
    assert_int_equal(ask_number("HGET " PREFIX "cast:1:sums queued"), 1);
    check(1);
    freeReplyObject(fed);
    freeReplyObject(ask("FLUSHALL"));
}

static void each_shard_is_through_once(void **state)
{
    static const char *const fields[] = {"done:1", "done:1", "done:2", "done:1", "done:63"};
    static const long long counts[] = {1, 1, 2, 2, 3};
    char command[96];
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        snprintf(command, sizeof(command), "FCALL chaski_cast_through 1 ck:{staff}:cast:1 %s done", fields[i]);
        assert_int_equal(ask_number(command), counts[i]);
    }
    freeReplyObject(ask("FLUSHALL"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_lost_the_shard_or_came_second_feeds_nobody),
        cmocka_unit_test(who_is_erased_is_in_no_ledger),
        cmocka_unit_test(what_is_taken_back_is_not_called_and_a_call_is_not_taken_back),
        cmocka_unit_test(each_shard_is_through_once),
        cmocka_unit_test(a_cap_is_met_to_the_message_whoever_dies),
        cmocka_unit_test(any_history_keeps_the_ledger_exact),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
