/* The Functions of gateway/lua/outbox.lua by themselves, called as gateway/store_redis_send.c calls them. */
#include "tests/unit/redis_kit.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "gateway/redis.h"

static redisContext *direct;
static struct redis *redis; /* has the library loaded */

static redisReply *ask(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = redisvCommand(direct, format, args);
    va_end(args);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s", reply->str);
    return reply;
}

/* Gives a word of a message's record: its head in gateway/lua/outbox.lua names them. */
static bool word_is(const char *record, const char *name, const char *value)
{
    static const char *const names[] = {"state",    "tries",         "by",    "at",   "due", "parts",
                                        "delivery", "delivery_code", "heard", "aside"};
    struct slice rest = slice_of(record), word;
    for (size_t i = 0; i < COUNT(names) && slice_cut(&rest, ' ', &word); i++)
        if (strcmp(names[i], name) == 0)
            return slice_is(word, value);
    fail_msg("no word %s in \"%s\"", name, record);
    return false;
}

static int set_up(void **state)
{
    make_server(state);
    base = event_base_new();
    const struct redis_options options = {.unix_path = socket_path};
    redis = redis_open(base, &options, NULL, NULL);
    WAIT_FOR(redis_up(redis));
    direct = redisConnectUnix(socket_path);
    assert_non_null(direct);
    return 0;
}

static int tear_down(void **state)
{
    redisFree(direct);
    redis_close(redis);
    event_base_free(base);
    return remove_server(state);
}

static int empty(void **state)
{
    (void)state;
    freeReplyObject(ask("FLUSHALL"));
    return 0;
}

/* Asks chaski_intent as a process that has the lease. */
static const char *leave(const char *process)
{
    static char word[16];
    freeReplyObject(ask("SET {t}:lease %b", process, strlen(process)));
    redisReply *reply = ask("FCALL chaski_intent 3 {t}:sends {t}:lease {t}contact %s 1000 1 %s 1-1",
                            strncmp(process, "me", 2) == 0 ? "me" : "another", "100 7");
    if (reply->element[0]->type == REDIS_REPLY_INTEGER) {
        freeReplyObject(reply);
        return "go";
    }
    struct slice rest = slice_of(reply->element[0]->str), head;
    assert_true(slice_cut(&rest, ' ', &head) && slice_copy(head, word, sizeof(word)));
    freeReplyObject(reply);
    return word;
}

static void set_record(const char *text)
{
    freeReplyObject(ask("HSET {t}:sends 1-1 %s", text));
}

/* The reader may list an entry in the instant in which its result is written. */
static void a_message_with_its_end_is_not_begun_again(void **state)
{
    (void)state;
    set_record("sent 1 me 1000 0 1 - - - - - ");
    assert_string_equal(leave("me 7"), "done");
    assert_string_equal(leave("another 7"), "done");
}

/* Whoever did not hear the answer may ask again; whoever finds another's intent must not. */
static void leave_is_given_to_one_process(void **state)
{
    (void)state;
    assert_string_equal(leave("me 7"), "go");
    assert_string_equal(leave("me 7"), "go");
    assert_string_equal(leave("another 7"), "doubt");
    set_record("wait 2 me 1000 1000 1 - - - - - ");
    assert_string_equal(leave("another 7"), "go");
    assert_string_equal(leave("me 7"), "doubt");
    set_record("wait 2 me 1000 1001 1 - - - - - ");
    assert_string_equal(leave("me 7"), "later");
    set_record("intent 2 another 1000 0 1 sent - - - - ");
    assert_string_equal(leave("me 7"), "sent");
}

/* A process whose lease ran out begins nothing, even if it has not heard of that yet. */
static void a_lost_lease_begins_nothing(void **state)
{
    (void)state;
    assert_string_equal(leave("me 8"), "lost");
}

/* What fails by itself in a batch fails nobody else. */
static void a_batch_answers_each_for_itself(void **state)
{
    (void)state;
    freeReplyObject(ask("SET {t}:lease %s", "me 7"));
    freeReplyObject(ask("SET {t}contact.1 %s", "no hash"));
    freeReplyObject(ask("HSET {t}contact.2 v 1 out 1"));
    freeReplyObject(ask("HSET {t}contact.3 v %s lim:wa old", "1 1 0 1 000001 1 0 sms=5,wa=900 0"));
    freeReplyObject(ask("HSET {t}contact.4 v 1 out 0"));
    freeReplyObject(ask("SET {u}:sends %s", "no hash"));
    redisReply *reply = ask("FCALL chaski_intent 15 {t}:sends {t}:lease {t}contact {t}:sends {t}:lease {t}contact.1 "
                            "{t}contact.2 {t}contact.4 {u}:sends {t}:lease {t}contact {t}:sends {t}:lease {t}contact.3 "
                            "{t}contact.3 me 1000 %s %s 1-0 %s 1-1 1-2 1-5 %s 1-4 %s 1-3 1-6 wa other "
                            "new wa old new",
                            "1 3 1 2", "100 7", "000 7", "100 7", "001 7");
    const int types[] = {REDIS_REPLY_INTEGER, REDIS_REPLY_STRING, REDIS_REPLY_STRING, REDIS_REPLY_INTEGER,
                         REDIS_REPLY_STRING,  REDIS_REPLY_STRING, REDIS_REPLY_INTEGER};
    assert_int_equal(reply->elements, COUNT(types));
    for (size_t i = 0; i < COUNT(types); i++)
        assert_int_equal(reply->element[i]->type, types[i]);
    assert_int_equal(reply->element[0]->integer, 1);
    assert_true(slice_starts(slice_of(reply->element[1]->str), "error "));
    assert_string_equal(reply->element[2]->str, "drop");
    assert_true(slice_starts(slice_of(reply->element[4]->str), "error "));
    assert_string_equal(reply->element[5]->str, "limits 900 old");
    freeReplyObject(reply);
    reply = ask("HKEYS {t}:sends");
    assert_int_equal(reply->elements, 3);
    freeReplyObject(reply);
}

/* So does a run of ends: what is plain among them goes with one command, what is not on its own. */
static void ends_of_a_run_are_each_their_own(void **state)
{
    static const char *const ids[] = {"1-1", "1-2", "1-3", "1-4"};
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        freeReplyObject(ask("XADD {t}:outbox %s entry e", ids[i]));
        freeReplyObject(ask("HSET {t}:sends %s %s", ids[i],
                            i == 1 ? "intent 2 me 1 0 1 - - - - - " : "intent 1 me 1 0 1 - - - - - "));
    }
    freeReplyObject(ask("SET {u}:sends %s", "no hash"));
    redisReply *reply =
        ask("FCALL chaski_end 12 {t}:sends {t}:outbox {t}:early {u}:sends {u}:outbox {u}:early {t}:sends "
            "{t}:outbox {t}:early {t}:sends {t}:outbox {t}:early me 9 %s %s 201 1-1 1-2 sms:a sms:b %s 201 1-3 sms:u "
            "%s 400 1-3 reply e %s 201 1-4 x=d",
            "2 1 1 1", "sent 7 0 1 1 1 1", "sent 7 0 1 1 1 1", "dead 7 0 1 0 1 1", "sent 7 0 1 1 0 0");
    const long long answers[] = {1, 1, -1, 1, 1};
    assert_int_equal(reply->elements, COUNT(answers));
    for (size_t i = 0; i < COUNT(answers); i++)
        assert_int_equal(reply->element[i]->integer, answers[i]);
    freeReplyObject(reply);
    reply = ask("HMGET {t}:sends 1-1 1-2 1-3 sms:a sms:b 1-4 x=d");
    assert_string_equal(reply->element[0]->str, "sent 1 me 9 0 1 - - - - a 201");
    assert_string_equal(reply->element[1]->str, "sent 2 me 9 0 1 - - - - b 201");
    assert_true(word_is(reply->element[2]->str, "state", "dead"));
    assert_string_equal(reply->element[3]->str, "1-1 ");
    assert_string_equal(reply->element[4]->str, "1-2 ");
    assert_string_equal(reply->element[5]->str, "sent 1 me 9 0 1 - - - - x%3dd 201");
    assert_int_equal(reply->element[6]->type, REDIS_REPLY_NIL);
    freeReplyObject(reply);
    reply = ask("XLEN {t}:outbox");
    assert_int_equal(reply->integer, 0);
    freeReplyObject(reply);
    reply = ask("TTL {t}:sends");
    assert_in_range(reply->integer, 31 * 86400, 32 * 86400);
    freeReplyObject(reply);
}

/* A receipt that knows only the provider's id finds its message weeks later, in one call. */
static void a_receipt_finds_a_message_of_weeks_ago(void **state)
{
    static const struct {
        int days; /* ago */
        bool found;
    } rows[] = {{0, true}, {1, true}, {39, true}, {41, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        long long day = time(NULL) / 86400 - rows[i].days;
        freeReplyObject(ask("HSET {t}:sends:%lld wa:x%d %s", day, rows[i].days, "1-1 "));
        redisReply *reply =
            ask("FCALL chaski_receipt_early 3 {t}:sends {t}:early {t}:receipt:wa:x wa:x%d delivered 0", rows[i].days);
        assert_int_equal(reply->type, rows[i].found ? REDIS_REPLY_STRING : REDIS_REPLY_INTEGER);
        freeReplyObject(reply);
    }
}

/* A receipt for a message that nobody knows yet waits for it for ten minutes, the furthest of several. */
static void an_early_receipt_is_kept_for_minutes(void **state)
{
    static const char *const statuses[] = {"sent", "delivered", "sent"}, *const keys[] = {"receipt:wa:x", "early"};
    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++)
        freeReplyObject(
            ask("FCALL chaski_receipt_early 3 {t}:sends {t}:early {t}:receipt:wa:x wa:x %s 7", statuses[i]));
    redisReply *reply = ask("GET {t}:receipt:wa:x");
    assert_string_equal(reply->str, "delivered 7");
    freeReplyObject(reply);
    for (size_t i = 0; i < COUNT(keys); i++) {
        reply = ask("TTL {t}:%s", keys[i]);
        assert_in_range(reply->integer, 570, 600);
        freeReplyObject(reply);
    }
}

/* A message of several parts is as far as the slowest of them, whoever is told of first; one part's failure is its own.
 */
static void each_part_of_a_message_counts(void **state)
{
    static const struct {
        const char *part, *status, *delivery; /* of the whole, then */
    } rows[] = {
        {"b", "read", "queued"},      {"a", "delivered", "queued"}, {"a", "sent", "queued"},
        {"c", "sent", "sent"},        {"c", "sent", "sent"},        {"c", "read", "delivered"},
        {"b", "sent", "delivered"},   {"a", "read", "read"},        {NULL, NULL, NULL}, /* another message */
        {"c", "delivered", "queued"}, {"b", "failed", "failed"},    {"a", "delivered", "failed"},
    };
    static const char fresh[] = "sent 1 me 1 0 3 - - - - - ";
    (void)state;
    set_record(fresh);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!rows[i].part) {
            set_record(fresh);
            continue;
        }
        freeReplyObject(
            ask("FCALL chaski_receipt 2 {t}:sends {t}:doubt 1-1 %s %s 30005", rows[i].part, rows[i].status));
        redisReply *record = ask("HGET {t}:sends 1-1");
        if (!word_is(record->str, "delivery", rows[i].delivery))
            fail_msg("row %zu: %s of part %s made it \"%s\"", i, rows[i].status, rows[i].part, record->str);
        freeReplyObject(record);
    }
}

/* Tells an end of the message 1-1 in {t}:sends by chaski_end. */
static void tell_end(const char *process, const char *head)
{
    const char *entry = slice_starts(slice_of(head), "sent") ? "" : " reply entry";
    char format[128];
    snprintf(format, sizeof(format), "FCALL chaski_end 3 {t}:sends {t}:outbox {t}:early %%s 1 1 %%s code 1-1%s", entry);
    freeReplyObject(ask(format, process, head));
}

static void a_result_told_twice_counts_once(void **state)
{
    (void)state;
    freeReplyObject(ask("XADD {t}:outbox 1-1 entry e"));
    set_record("intent 1 me 1 0 1 - - - - - ");
    for (int i = 0; i < 2; i++)
        tell_end("me", "dead 7 0 1 0 1 1");
    redisReply *reply = ask("XLEN {t}:dead");
    assert_int_equal(reply->integer, 1);
    freeReplyObject(reply);
}

/* The process that was thought dead tells after all what the provider said. */
static void the_truth_that_comes_late_settles_a_doubt(void **state)
{
    (void)state;
    freeReplyObject(ask("SET {t}:lease %s", "another 7"));
    freeReplyObject(ask("XADD {t}:outbox 1-1 class reply entry e"));
    set_record("intent 1 me 1 0 1 - - - - - ");
    tell_end("another", "doubt 7 0 1 0 1 1");
    redisReply *doubt = ask("XLEN {t}:doubt");
    assert_int_equal(doubt->integer, 1);
    freeReplyObject(doubt);
    tell_end("me", "sent 7 0 1 0 1 1");
    doubt = ask("XLEN {t}:doubt");
    redisReply *record = ask("HGET {t}:sends 1-1");
    assert_int_equal(doubt->integer, 0);
    assert_true(word_is(record->str, "state", "sent"));
    freeReplyObject(doubt);
    freeReplyObject(record);
}

#define ROW(test) cmocka_unit_test_setup(test, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_message_with_its_end_is_not_begun_again),
        ROW(leave_is_given_to_one_process),
        ROW(a_lost_lease_begins_nothing),
        ROW(a_batch_answers_each_for_itself),
        ROW(ends_of_a_run_are_each_their_own),
        ROW(a_receipt_finds_a_message_of_weeks_ago),
        ROW(an_early_receipt_is_kept_for_minutes),
        ROW(each_part_of_a_message_counts),
        ROW(a_result_told_twice_counts_once),
        ROW(the_truth_that_comes_late_settles_a_doubt),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
