/* A training's roster against a real redis-server: over random histories of signing up, leaving, coming, erasures, acts
 * of staff and wishes that are told again, everybody is in one state, no seat is given that there is not, who waits
 * moves up in order, the sums are what a recount finds, and each change is told once. */
#include "tests/unit/redis_ask.h"
#include "tests/unit/redis_kit.h"

#include <inttypes.h>

#include "base/slice.h"
#include "gateway/redis.h"

#define PEOPLE 12
#define SHARDS_USED 3
#define SEATS 4
#define NOW_MS INT64_C(1795402800000)
#define STARTS_MS (NOW_MS + 86400000)
#define STAFF "ck:{staff}:"
#define ROSTER STAFF "training:1:"

enum { NONE, SEAT, WAITING, LEFT, CAME, STATES };
static const char *const states[] = {"", "seat", "waiting", "left", "came"};

/* What is known of a roster: as it lies there, and of the test's own. */
struct roster {
    struct {
        int state;
        long seq;
        long told;    /* tellings of hers */
        bool trained; /* the last fact of hers that was set says so */
        bool erased;  /* ever: what was set before was another's */
    } people[PEOPLE];
    int before_came[PEOPLE]; /* what each was who came */
    long gone[STATES];       /* of who was erased, a sum keeps the state */
    long seats, wishes;      /* the latter: numbers of their ids */
    bool cancelled;
};

static struct redis *client;

static int set_up(void **state)
{
    make_server(state);
    base = event_base_new();
    const struct redis_options options = {.unix_path = socket_path};
    client = redis_open(base, &options, NULL, NULL);
    WAIT_FOR(redis_up(client));
    ask_open(socket_path);
    return 0;
}

static int tear_down(void **state)
{
    ask_close();
    redis_close(client);
    event_base_free(base);
    return remove_server(state);
}

/* ---- acts ---- */

/* Does a wish, under the id "1-NUMBER". Gives what she is told. */
static void wish(long number, const char *verb, const char *training, int who, int64_t now_ms, char told[32])
{
    redisReply *reply =
        ask("FCALL chaski_wish 2 " STAFF "trainings " STAFF "wished %d 1-%ld %s %s p%d sms %" PRId64 " _",
            who % SHARDS_USED, number, verb, training, who, now_ms);
    assert_true(slice_copy((struct slice){reply->str, reply->len}, told, 32));
    freeReplyObject(reply);
}

/* Makes or changes a record as staff do. Returns whether it was as `before` says. */
static bool act(const char *id, const char *before, const char *then)
{
    redisReply *reply = ask("FCALL chaski_training_act 2 " STAFF "trainings " STAFF "audit %s %s %s {} %" PRId64, id,
                            before, then, NOW_MS);
    const bool done = reply->type == REDIS_REPLY_NIL;
    freeReplyObject(reply);
    return done;
}

static void record(char out[256], long seats, int64_t starts_ms, bool cancelled, const char *place)
{
    snprintf(out, 256,
             "{\"seats\":%ld,\"starts\":%" PRId64 ",\"deadline\":%" PRId64
             ",\"place\":\"%s\",\"link\":\"\",\"cancelled\":%s}",
             seats, starts_ms, starts_ms, place, cancelled ? "true" : "false");
}

static void attend(int who, bool came)
{
    freeReplyObject(ask("FCALL chaski_training_attend 2 " STAFF "trainings " STAFF "audit 1 %s {} %" PRId64 " p%d",
                        came ? "1" : "0", NOW_MS, who));
}

/* ---- looking ---- */

static int state_named(const char *text, size_t len)
{
    int at = STATES;
    while (--at && !slice_is((struct slice){text, len}, states[at]))
        ;
    assert_true(at > NONE);
    return at;
}

/* Tells whether a telling sets a fact, and says nothing. */
static bool is_silent(const char *what)
{
    return strcmp(what, "trained") == 0 || strcmp(what, "untrained") == 0;
}

static void look(struct roster *r)
{
    for (int i = 0; i < PEOPLE; i++) {
        r->people[i].state = NONE;
        r->people[i].seq = r->people[i].told = 0;
        r->people[i].trained = false;
    }
    redisReply *rows = ask("HGETALL " ROSTER "people");
    for (size_t i = 0; i + 1 < rows->elements; i += 2) {
        const int who = atoi(rows->element[i]->str + 1);
        const char *row = rows->element[i + 1]->str;
        r->people[who].state = state_named(row, strcspn(row, " "));
        r->people[who].seq = atol(strchr(row, ' '));
    }
    freeReplyObject(rows);
    for (int shard = 0; shard < SHARDS_USED; shard++) {
        redisReply *tells = ask("XRANGE " STAFF "tells:%d - +", shard);
        for (size_t i = 0; i < tells->elements; i++) {
            redisReply *const *fields = tells->element[i]->element[1]->element;
            const int who = atoi(fields[5]->str + 1);
            if (is_silent(fields[3]->str))
                r->people[who].trained = fields[3]->str[0] == 't';
            else
                r->people[who].told++;
        }
        freeReplyObject(tells);
    }
}

static long count(const struct roster *r, int state)
{
    long found = 0;
    for (int i = 0; i < PEOPLE; i++)
        found += r->people[i].state == state;
    return found;
}

static long sum(const char *name)
{
    char command[96];
    snprintf(command, sizeof(command), "HGET " ROSTER "sums %s", name);
    return (long)ask_number(command);
}

/* What the last telling of somebody is. */
static bool was_told(int who, const char *what)
{
    bool found = false;
    redisReply *tells = ask("XREVRANGE " STAFF "tells:%d + -", who % SHARDS_USED);
    for (size_t i = 0; i < tells->elements && !found; i++) {
        redisReply *const *fields = tells->element[i]->element[1]->element;
        if (atoi(fields[5]->str + 1) == who && !is_silent(fields[3]->str)) {
            found = true;
            if (strcmp(fields[3]->str, what) != 0)
                fail_msg("p%d was told %s, not %s", who, fields[3]->str, what);
        }
    }
    freeReplyObject(tells);
    return found;
}

/* ---- the invariants ---- */

/* What must hold at any instant. */
static void check(const struct roster *r)
{
    for (int state = SEAT; state < STATES; state++)
        if (sum(states[state]) != count(r, state) + r->gone[state])
            fail_msg("%s: %ld, and a recount finds %ld", states[state], sum(states[state]),
                     count(r, state) + r->gone[state]);
    redisReply *waiting = ask("ZRANGE " ROSTER "waiting 0 -1");
    assert_int_equal(waiting->elements, count(r, WAITING));
    for (size_t i = 0, last = 0; i < waiting->elements; i++) {
        const int who = atoi(waiting->element[i]->str + 1);
        assert_int_equal(r->people[who].state, WAITING);
        assert_true((size_t)r->people[who].seq > last);
        last = (size_t)r->people[who].seq;
    }
    freeReplyObject(waiting);
    for (int i = 0; i < PEOPLE; i++)
        if (!r->people[i].erased && r->people[i].trained != (r->people[i].state == CAME))
            fail_msg("p%d is %s, and trained says %d", i, states[r->people[i].state], r->people[i].trained);
    for (int i = 0; i < PEOPLE; i++)
        for (int j = 0; j < i; j++)
            assert_true(!r->people[i].seq || r->people[i].seq != r->people[j].seq);
    assert_true(count(r, SEAT) <= r->seats);
    if (!r->cancelled && count(r, WAITING) && count(r, SEAT) + count(r, CAME) + r->gone[CAME] < r->seats)
        fail_msg("a seat is free, and %ld wait", count(r, WAITING));
    for (int shard = 0; shard < SHARDS_USED; shard++) {
        char command[96];
        snprintf(command, sizeof(command), "XLEN " STAFF "tells:%d", shard);
        const long long waits = ask_number(command);
        snprintf(command, sizeof(command), "HGET " STAFF "telling %d", shard);
        assert_int_equal(waits, ask_number(command));
    }
}

/* What one act changed: everybody but `who` stays as she is, unless she waited, was the first and has a seat now; and
 * nobody else was told anything. */
static void check_others(const struct roster *was, const struct roster *is, int who)
{
    for (int i = 0; i < PEOPLE; i++) {
        if (i == who)
            continue;
        const bool moved = was->people[i].state == WAITING && is->people[i].state == SEAT;
        if (!moved)
            assert_int_equal(was->people[i].state, is->people[i].state);
        assert_int_equal(is->people[i].told - was->people[i].told, moved);
        assert_int_equal(was->people[i].seq, is->people[i].seq);
        for (int j = 0; moved && j < PEOPLE; j++)
            if (is->people[j].state == WAITING && j != who && is->people[j].seq < is->people[i].seq)
                fail_msg("p%d moved up before p%d", i, j);
        assert_true(!moved || was_told(i, "moved"));
    }
}

static void expect(int state, const char *told, int who, const struct roster *is, const char *said)
{
    if (is->people[who].state != state || strcmp(said, told) != 0)
        fail_msg("p%d is %s and is told %s, not %s and %s", who, states[is->people[who].state], said, states[state],
                 told);
}

/* Signs somebody up, or lets her leave or come, and holds what comes of it against what must. */
static void try_wish(struct roster *r, int verb, int who)
{
    static const char *const verbs[] = {"join", "leave", "came"};
    const struct roster was = *r;
    const int before = was.people[who].state;
    char said[32];
    const bool full = count(r, SEAT) + count(r, CAME) + r->gone[CAME] >= r->seats;
    wish(++r->wishes, verbs[verb], "1", who, NOW_MS, said);
    look(r);
    check_others(&was, r, who);
    assert_int_equal(r->people[who].told, was.people[who].told + 1);
    assert_true(was_told(who, said));
    if (before != CAME && verb == 2)
        r->before_came[who] = before == NONE ? LEFT : before;
    if (verb == 2 || before == CAME)
        expect(CAME, "came", who, r, said);
    else if (verb == 1)
        expect(LEFT, "left", who, r, said);
    else if (before == SEAT || before == WAITING)
        expect(before, states[before], who, r, said);
    else if (r->cancelled)
        expect(before, "cancelled", who, r, said);
    else
        expect(full ? WAITING : SEAT, full ? "waiting" : "seat", who, r, said);
}

static void try_erase(struct roster *r, int who)
{
    const struct roster was = *r;
    const int before = was.people[who].state;
    char said[32];
    const bool hopes = before == SEAT || before == WAITING;
    wish(++r->wishes, "erase", "_", who, NOW_MS, said);
    assert_string_equal(said, "");
    look(r);
    check_others(&was, r, who);
    assert_int_equal(r->people[who].state, NONE);
    assert_int_equal(r->people[who].told, was.people[who].told);
    r->gone[hopes ? LEFT : before]++;
    r->people[who].erased = true;
    char command[96];
    snprintf(command, sizeof(command), "HEXISTS " STAFF "trainees p%d", who);
    assert_int_equal(ask_number(command), 0);
    snprintf(command, sizeof(command), "HEXISTS " ROSTER "before p%d", who);
    assert_int_equal(ask_number(command), 0);
}

/* A wish that was done comes again, with other words: nothing changes. */
static void try_again(struct roster *r, int who)
{
    const struct roster was = *r;
    char said[32], command[96];
    snprintf(command, sizeof(command), "HEXISTS " STAFF "wished %d", who % SHARDS_USED);
    if (!ask_number(command))
        return;
    redisReply *last = ask("HGET " STAFF "wished %d", who % SHARDS_USED);
    wish(1 + rand() % atol(last->str + 2), rand() % 2 ? "join" : "leave", "1", who, NOW_MS, said);
    freeReplyObject(last);
    assert_string_equal(said, "");
    look(r);
    check_others(&was, r, PEOPLE);
}

static void try_attend(struct roster *r, int who, bool came)
{
    const struct roster was = *r;
    const int before = was.people[who].state;
    attend(who, came);
    look(r);
    check_others(&was, r, who);
    if (came && before != NONE && before != CAME)
        r->before_came[who] = before;
    if (before == NONE)
        assert_int_equal(r->people[who].state, NONE);
    else if (came)
        assert_int_equal(r->people[who].state, CAME);
    else if (before != CAME)
        assert_int_equal(r->people[who].state, before);
    else if (r->before_came[who] != WAITING || r->people[who].state != SEAT || !was_told(who, "moved"))
        assert_int_equal(r->people[who].state, r->before_came[who]);
}

static void try_staff(struct roster *r, bool cancel)
{
    const struct roster was = *r;
    char before[256], then[256];
    record(before, r->seats, STARTS_MS, r->cancelled, "a");
    if (r->cancelled)
        return;
    r->cancelled = cancel;
    r->seats += !cancel;
    record(then, r->seats, STARTS_MS, r->cancelled, "a");
    assert_false(act("1", then, then));
    assert_true(act("1", before, then));
    look(r);
    if (!cancel)
        check_others(&was, r, PEOPLE);
    for (int i = 0; cancel && i < PEOPLE; i++) {
        const bool hopes = was.people[i].state == SEAT || was.people[i].state == WAITING;
        assert_int_equal(r->people[i].told - was.people[i].told, hopes);
        assert_true(!hopes || was_told(i, "cancelled"));
    }
}

static void any_history_keeps_the_roster_exact(void **state)
{
    (void)state;
    for (unsigned history = 1; history <= 8; history++) {
        struct roster r = {.seats = SEATS};
        char first[256];
        srand(history);
        record(first, SEATS, STARTS_MS, false, "a");
        assert_true(act("1", "_", first));
        look(&r);
        for (int step = 0; step < 120; step++) {
            const int what = rand() % 40, who = rand() % PEOPLE;
            if (what < 16)
                try_wish(&r, 0, who);
            else if (what < 25)
                try_wish(&r, 1, who);
            else if (what < 27)
                try_wish(&r, 2, who);
            else if (what < 32)
                try_attend(&r, who, what % 2);
            else if (what < 36)
                try_again(&r, who);
            else if (what < 38)
                try_erase(&r, who);
            else if (what < 39 || step > 100)
                try_staff(&r, step > 100);
            check(&r);
        }
        freeReplyObject(ask("FLUSHALL"));
    }
}

/* ---- what comes of one wish ---- */

static void wishes_that_change_nothing_are_told_why(void **state)
{
    static const struct {
        const char *verb, *training;
        int64_t now_ms;
        const char *told;
    } rows[] = {{"join", "7", NOW_MS, "none"},      {"join", "2", NOW_MS, "cancelled"},
                {"join", "1", STARTS_MS, "closed"}, {"leave", "_", NOW_MS, "none"},
                {"which", "_", NOW_MS, "which"},    {"wrong_code", "_", NOW_MS, "wrong_code"},
                {"nothing", "_", NOW_MS, "nothing"}};
    char open[256], off[256], said[32];
    (void)state;
    record(open, 1, STARTS_MS, false, "a");
    record(off, 1, STARTS_MS, true, "a");
    assert_true(act("1", "_", open) && act("2", "_", off));
    for (size_t i = 0; i < COUNT(rows); i++) {
        wish((long)i + 1, rows[i].verb, rows[i].training, 0, rows[i].now_ms, said);
        assert_string_equal(said, rows[i].told);
        assert_true(was_told(0, rows[i].told));
    }
    assert_int_equal(ask_number("HLEN " ROSTER "people"), 0);
    freeReplyObject(ask("FLUSHALL"));
}

static void who_leaves_and_names_none_leaves_the_first_to_begin(void **state)
{
    char late[256], early[256], said[32];
    (void)state;
    record(late, 1, STARTS_MS + 1, false, "a");
    record(early, 1, STARTS_MS, false, "a");
    assert_true(act("1", "_", late) && act("2", "_", early));
    wish(1, "join", "1", 0, NOW_MS, said);
    wish(2, "join", "2", 0, NOW_MS, said);
    wish(3, "leave", "_", 0, NOW_MS, said);
    assert_string_equal(said, "left");
    assert_int_equal(ask_number("HGET " STAFF "training:2:sums left"), 1);
    assert_int_equal(sum("seat"), 1);
    freeReplyObject(ask("FLUSHALL"));
}

static void a_telling_goes_away_once(void **state)
{
    char open[256], said[32];
    (void)state;
    record(open, 1, STARTS_MS, false, "a");
    assert_true(act("1", "_", open));
    wish(1, "join", "1", 0, NOW_MS, said);
    wish(2, "join", "1", 0, NOW_MS, said);
    redisReply *tells = ask("XRANGE " STAFF "tells:0 - +");
    assert_int_equal(tells->elements, 2);
    for (int i = 0; i < 4; i++) {
        redisReply *told =
            ask("FCALL chaski_told 2 " STAFF "tells:0 " STAFF "telling 0 %s", tells->element[i / 2]->element[0]->str);
        assert_int_equal(told->integer, i % 2 == 0);
        freeReplyObject(told);
        assert_int_equal(ask_number("HGET " STAFF "telling 0"), i < 2);
    }
    freeReplyObject(tells);
    assert_int_equal(ask_number("HLEN " STAFF "telling"), 0);
    freeReplyObject(ask("FLUSHALL"));
}

static void all_are_told_once_and_anew_of_another_day(void **state)
{
    static const char remind[] =
        "FCALL chaski_training_tell_all 1 " STAFF "trainings 1 reminded seat reminder 1795402800000";
    char open[256], other[256], said[32];
    (void)state;
    record(open, 1, STARTS_MS, false, "a");
    record(other, 1, STARTS_MS + 1, false, "a");
    assert_true(act("1", "_", open));
    wish(1, "join", "1", 0, NOW_MS, said);
    wish(2, "join", "1", 3, NOW_MS, said);
    assert_string_equal(said, "waiting");
    assert_int_equal(ask_number(remind), 1); /* who waits is not reminded */
    assert_true(was_told(0, "reminder") && was_told(3, "waiting"));
    assert_int_equal(ask_number(remind), -1);
    assert_true(act("1", open, other));
    assert_true(was_told(0, "changed") && was_told(3, "changed"));
    assert_int_equal(ask_number(remind), 1);
    freeReplyObject(ask("FLUSHALL"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wishes_that_change_nothing_are_told_why),
        cmocka_unit_test(who_leaves_and_names_none_leaves_the_first_to_begin),
        cmocka_unit_test(a_telling_goes_away_once),
        cmocka_unit_test(all_are_told_once_and_anew_of_another_day),
        cmocka_unit_test(any_history_keeps_the_roster_exact),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
