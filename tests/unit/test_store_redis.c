/* The store against a real redis-server, the embedded one: commits, repeats, conflicts, a server that goes away. */
#include "tests/unit/redis_kit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/redis.h"
#include "gateway/store.h"

struct world {
    struct redis *redis;
    struct store *store;
};

struct told {
    enum error error;
    bool called, repeated;
    uint64_t version;
    int64_t born_ms;
    char state[64], reply[64], held[128], facts[64], who[64], ids[512];
    struct slice known; /* in `ids` */
};

static void on_told(void *ctx, enum error error, const struct stored *stored)
{
    struct told *told = ctx;
    told->error = error;
    told->called = true;
    if (!stored)
        return;
    told->repeated = stored->repeated;
    slice_copy(stored->held, told->held, sizeof(told->held));
    slice_copy(stored->who, told->who, sizeof(told->who));
    slice_copy(stored->facts, told->facts, sizeof(told->facts));
    told->known = stored->ids.ptr ? (struct slice){told->ids, stored->ids.len} : SLICE_NONE;
    if (stored->ids.len)
        memcpy(told->ids, stored->ids.ptr, stored->ids.len);
    told->version = stored->version;
    told->born_ms = stored->born_ms;
    slice_copy(stored->state, told->state, sizeof(told->state));
    slice_copy(stored->reply.len ? stored->reply : stored->turn, told->reply, sizeof(told->reply));
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    make_server(state);
    base = event_base_new();
    const struct redis_options options = {.unix_path = socket_path};
    w->redis = redis_open(base, &options, NULL, NULL);
    w->store = store_redis_new(w->redis, SLICE("key"));
    WAIT_FOR(redis_up(w->redis));
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    store_close(w->store);
    redis_close(w->redis);
    event_base_free(base);
    free(w);
    return remove_server(state);
}

static struct commit make_commit(uint64_t expected, const char *id, const char *text)
{
    struct commit c = {.contact = SLICE("+51987654321"),
                       .channel = SLICE("sms"),
                       .message_id = slice_of(id),
                       .expected = expected,
                       .born_ms = expected ? 1795402800000 : 0,
                       .state = slice_of(text),
                       .journal = slice_of(text),
                       .now_ms = 1795402800000,
                       .facts = SLICE("F1"),
                       .learned = true,
                       .outbox_count = 1,
                       .consent_count = 1};
    c.outbox[0] = (struct store_row){SLICE("reply"), SLICE("{\"to\":\"x\"}")};
    c.consents[0] =
        (struct store_consent){SLICE("respuestas"), SLICE("yes"), SLICE("A question of more than a few words?"),
                               SLICE("a"), SLICE("diagnostico/1/0123abcd")};
    return c;
}

/* What is held of the contact, hot or not. */
static struct told held(struct world *w)
{
    struct told told = {0};
    assert_int_equal(store_load(w->store, SLICE("+51987654321"), SLICE("?"), on_told, &told), OK);
    WAIT_FOR(told.called);
    return told;
}

/* Commits over what the commit was computed from: the contact as it is, or as it is not any more. */
static struct told commit(struct world *w, const struct commit *given)
{
    struct told told = {0}, now = held(w);
    struct commit c = *given;
    bool current = now.version == c.expected && now.born_ms == c.born_ms;
    c.held = slice_of(current ? now.held : c.expected ? "999 1 0 0 000000 0 0 - 0" : "");
    assert_int_equal(store_commit(w->store, &c, on_told, &told), OK);
    WAIT_FOR(told.called);
    return told;
}

/* As a process that has not met the contact yet. */
static struct told load(struct world *w, const char *id)
{
    struct told told = {0};
    store_close(w->store);
    w->store = store_redis_new(w->redis, SLICE("key"));
    assert_int_equal(store_load(w->store, SLICE("+51987654321"), slice_of(id), on_told, &told), OK);
    WAIT_FOR(told.called);
    return told;
}

static void a_turn_is_committed_once(void **state)
{
    struct world *w = *state;
    struct commit first = make_commit(0, "sms:a", "one"), again = make_commit(1, "sms:a", "two");
    first.outbox_count = 0; /* what was said was answered, and is again */
    assert_int_equal(load(w, "sms:a").version, 0);
    assert_int_equal(commit(w, &first).error, OK);
    struct told told = load(w, "sms:a");
    assert_true(told.repeated);
    assert_string_equal(told.reply, "one");
    told = commit(w, &again);
    assert_int_equal(told.error, ERR_CONFLICT);
    assert_true(told.repeated);
    told = load(w, "sms:b");
    assert_int_equal(told.version, 1);
    assert_string_equal(told.state, "one");
    assert_string_equal(told.facts, "F1");
    struct commit sent = make_commit(1, "sms:b", "two"); /* what was said goes out by the outbox, and once */
    assert_int_equal(commit(w, &sent).error, OK);
    told = load(w, "sms:b");
    assert_true(told.repeated);
    assert_string_equal(told.reply, "");
}

/* What this process wrote last is not read again; that it is stale, and that a message was seen, the commit finds. */
static void a_hot_contact_is_not_read(void **state)
{
    struct world *w = *state;
    struct commit first = make_commit(0, "sms:a", "one"), again = make_commit(1, "sms:a", "two");
    struct told hot = {0};
    commit(w, &first);
    assert_int_equal(store_load(w->store, SLICE("+51987654321"), SLICE("sms:a"), on_told, &hot), OK);
    assert_true(hot.called);
    assert_false(hot.repeated);
    assert_int_equal(hot.version, 1);
    assert_string_equal(hot.state, "one");
    struct told told = commit(w, &again);
    assert_int_equal(told.error, ERR_CONFLICT);
    assert_true(told.repeated);
    struct commit stale = make_commit(0, "sms:a", "two");
    told = commit(w, &stale); /* its id may have been made from what the contact was: version first */
    assert_int_equal(told.error, ERR_CONFLICT);
    assert_false(told.repeated);
}

/* The turn of the i-th message of one whom nobody else serves, named as a journal entry names it. */
static struct told one_turn(struct world *w, unsigned i, bool erase)
{
    char id[16], entry[64];
    struct told told = {0}, now = held(w);
    snprintf(id, sizeof(id), "sms:%u", i);
    snprintf(entry, sizeof(entry), "sms:%u\nturn", i);
    struct commit c = make_commit(now.version, id, entry);
    c.outbox_count = c.consent_count = 0;
    c.named = true;
    c.held = slice_of(now.held);
    c.ids = now.known.ptr ? (struct slice){now.ids, now.known.len} : SLICE_NONE;
    c.erase = erase;
    assert_int_equal(store_commit(w->store, &c, on_told, &told), OK);
    WAIT_FOR(told.called);
    return told;
}

/* While a worker knows all ids of a contact, they are written down many at once; no repeat is taken for it. */
static void an_id_is_known_before_it_is_written_down(void **state)
{
    enum { TURNS = 40 };
    struct world *w = *state;
    char id[16];
    for (unsigned i = 0; i < TURNS; i++)
        assert_int_equal(one_turn(w, i, false).error, OK);
    struct told now = held(w);
    assert_int_equal(now.version, TURNS);
    assert_non_null(strstr(now.held, " 7 -")); /* the first asked, and the one 32 later */
    for (unsigned i = 0; i < TURNS; i += 13) {
        assert_true(one_turn(w, i, false).repeated);
        held(w);
    }
    for (unsigned i = 0; i < TURNS; i++) {
        snprintf(id, sizeof(id), "sms:%u", i);
        struct told told = load(w, id);
        assert_true(told.repeated);
        assert_non_null(strstr(told.reply, id + 4));
    }
    assert_int_equal(one_turn(w, TURNS, false).error, OK); /* as a worker that read the contact */
    assert_int_equal(one_turn(w, TURNS + 1, false).error, OK);
    assert_int_equal(one_turn(w, TURNS + 2, true).error, OK);
    for (unsigned i = 0; i < TURNS + 3; i++) {
        snprintf(id, sizeof(id), "sms:%u", i);
        assert_true(load(w, id).repeated);
    }
}

static void on_number(void *ctx, const redisReply *reply)
{
    assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
    *(long long *)ctx = reply->integer;
}

/* Takes the i-th turn of a person, so long after the first. */
static void turn_later(struct world *w, unsigned i, int64_t after_ms)
{
    char id[16];
    snprintf(id, sizeof(id), "sms:%u", i);
    struct commit c = make_commit(i, id, "x");
    c.outbox_count = c.consent_count = 0;
    c.now_ms += after_ms;
    assert_int_equal(commit(w, &c).error, OK);
}

/* However much a person writes, a message is known for the seven days in which a provider repeats it, and no longer
 * than it must be where that is much. */
static void an_id_is_remembered_for_a_week(void **state)
{
    enum { TURNS = 700 }; /* more than are kept without a look at their days */
    const int64_t day_ms = 86400000;
    struct world *w = *state;
    char id[16], key[KEY_MAX];
    for (unsigned i = 0; i < TURNS; i++)
        turn_later(w, i, i * 7 * day_ms / TURNS);
    for (unsigned i = 0; i < TURNS; i += 9) {
        snprintf(id, sizeof(id), "sms:%u", i);
        if (!load(w, id).repeated)
            fail_msg("the message of turn %u is forgotten within a week", i);
    }
    const struct slice who = slice_of(load(w, "?").who),
                       args[] = {SLICE("PTTL"), key_write(key, shard_of(SLICE("+51987654321")), "seen", who)};
    long long left_ms = 0;
    assert_int_equal(redis_command(w->redis, args, 2, on_number, &left_ms), OK);
    WAIT_FOR(left_ms);
    assert_true(left_ms > 8 * day_ms); /* and is set anew once a day */
    turn_later(w, TURNS, 16 * day_ms);
    assert_false(load(w, "sms:0").repeated);
    assert_true(load(w, "sms:700").repeated);
}

/* Without memory from the n-th allocation on, for every n, a commit is told of once or not at all, and is whole or not
 * there; its repeat makes it so. */
static void a_commit_survives_each_failed_allocation(void **state)
{
    struct world *w = *state;
    unsigned failed = 0;
    char id[16];
    bool enough = false;
    for (unsigned n = 0; !enough; n++) {
        struct told told = {0}, now = held(w);
        snprintf(id, sizeof(id), "sms:%u", n);
        struct commit c = make_commit(n, id, "x");
        c.held = slice_of(now.held);
        mem_fail_after(n);
        enum error error = store_commit(w->store, &c, on_told, &told);
        while (!error && !told.called)
            turn();
        void *left = mem_alloc(1);
        mem_fail_after(-1);
        enough = left;
        mem_free(left);
        failed += error || told.error;
        assert_true(!error || ((error == ERR_NOMEM || error == ERR_UNAVAILABLE) && !told.called));
        WAIT_FOR(redis_up(w->redis));
        const bool done = load(w, id).repeated;
        assert_int_equal(load(w, "?").version, n + done); /* whole, or not there */
        assert_true(done || error || told.error);
        if (!done)
            assert_int_equal(commit(w, &c).error, OK);
        assert_int_equal(load(w, "?").version, n + 1);
        assert_true(load(w, id).repeated);
    }
    assert_true(failed > 3);
    print_message("a commit of %u allocations, each failed\n", failed);
}

/* One who was erased and came again is another, even if the versions meet. */
static void an_erased_contact_is_not_taken_for_its_successor(void **state)
{
    struct world *w = *state;
    struct commit first = make_commit(0, "sms:a", "one"), erase = make_commit(1, "sms:b", "two"),
                  next = make_commit(0, "sms:c", "three"), stale = make_commit(1, "sms:d", "four");
    erase.erase = true;
    next.now_ms++;
    commit(w, &first);
    assert_int_equal(commit(w, &erase).error, OK);
    assert_int_equal(commit(w, &next).error, OK);
    struct told told = commit(w, &stale);
    assert_int_equal(told.error, ERR_CONFLICT);
    assert_string_equal(told.state, "three");
}

static void the_faster_of_two_wins(void **state)
{
    struct world *w = *state;
    struct commit first = make_commit(0, "sms:a", "one"), second = make_commit(0, "sms:b", "two");
    struct told told[2] = {{0}, {0}};
    assert_int_equal(store_commit(w->store, &first, on_told, &told[0]), OK);
    assert_int_equal(store_commit(w->store, &second, on_told, &told[1]), OK);
    WAIT_FOR(told[1].called);
    assert_int_equal(told[0].error, OK);
    assert_int_equal(told[1].error, ERR_CONFLICT);
    assert_int_equal(told[1].version, 1);
    assert_string_equal(told[1].state, "one");
}

static void an_empty_reply_is_a_reply(void **state)
{
    struct world *w = *state;
    struct commit c = make_commit(0, "wa:a", "one");
    c.reply = SLICE_NONE;
    commit(w, &c);
    assert_true(load(w, "wa:a").repeated);
}

static void on_nothing(void *ctx, const redisReply *reply)
{
    (void)ctx;
    (void)reply;
}

struct found {
    bool called;
    size_t count;
    int64_t due_ms;
    char contact[16];
};

static void on_due(void *ctx, enum error error, const struct due_timer *timers, size_t count)
{
    struct found *found = ctx;
    assert_int_equal(error, OK);
    found->called = true;
    found->count = count;
    if (count) {
        slice_copy(timers[0].contact, found->contact, sizeof(found->contact));
        found->due_ms = timers[0].due_ms;
    }
}

static void set_place(struct world *w, const char *contact, const char *line)
{
    char key[KEY_MAX], timers[KEY_MAX];
    const struct slice hash[] = {SLICE("HSET"), key_write(key, 0, "contact", slice_of(contact)), SLICE("v"),
                                 slice_of(line)},
                       place[] = {SLICE("ZADD"), key_write(timers, 0, "timers", SLICE_NONE), SLICE("5"),
                                  slice_of(contact)};
    if (line)
        assert_int_equal(redis_command(w->redis, hash, 4, on_nothing, NULL), OK);
    assert_int_equal(redis_command(w->redis, place, 4, on_nothing, NULL), OK);
}

/* More than one reading's contacts whose timers were put off, or that are gone, hide nobody whose timer is due. */
static void places_that_are_early_hide_nobody(void **state)
{
    struct world *w = *state;
    struct found found = {0};
    char contact[16];
    for (int i = 0; i < 2 * STORE_DUE_MAX; i++) {
        snprintf(contact, sizeof(contact), "a%03d", i);
        set_place(w, contact, i % 2 ? "1 1 0 9 000000 1 0 - 5 remind wa 1000" : NULL);
    }
    set_place(w, "b", "1 1 0 9 000000 1 0 - 5 expire wa 2000 remind wa 7");
    assert_int_equal(store_due(w->store, 0, 100, on_due, &found), OK);
    WAIT_FOR(found.called);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.contact, "b");
    assert_int_equal(found.due_ms, 7);
    found = (struct found){0};
    assert_int_equal(store_due(w->store, 0, 1000, on_due, &found), OK);
    WAIT_FOR(found.called);
    assert_int_equal(found.count, STORE_DUE_MAX);
}

static void on_put_off(void *ctx, enum error error)
{
    assert_int_equal(error, OK);
    *(bool *)ctx = true;
}

/* A timer that was put off since a turn read the contact is not set back by that turn, though no other turn came. */
static void what_changed_between_turns_is_not_undone(void **state)
{
    struct world *w = *state;
    struct commit c = make_commit(0, "sms:put-off", "");
    const struct due_timer timer = {shard_of(c.contact), SLICE("remind"), c.channel, c.contact, 5000};
    struct told told = {0};
    bool done = false;
    c.timers[0] = (struct store_timer){timer.name, timer.due_ms};
    c.timer_count = 1;
    assert_int_equal(commit(w, &c).error, OK);
    const struct told before = held(w);
    assert_int_equal(store_postpone(w->store, &timer, 9000, on_put_off, &done), OK);
    WAIT_FOR(done);
    c = make_commit(1, "sms:after", "");
    c.born_ms = before.born_ms;
    c.held = slice_of(before.held);
    assert_int_equal(store_commit(w->store, &c, on_told, &told), OK);
    WAIT_FOR(told.called);
    assert_int_equal(told.error, ERR_CONFLICT);
    assert_int_equal(told.version, 1);
    assert_non_null(strstr(told.held, " remind sms 9000"));
    c.held = slice_of(told.held);
    struct told again = {0};
    assert_int_equal(store_commit(w->store, &c, on_told, &again), OK);
    WAIT_FOR(again.called);
    assert_int_equal(again.error, OK);
}

static long long count_places(struct world *w, const char *verb, int64_t span)
{
    char key[KEY_MAX], number[SLICE_DECIMAL_SIZE];
    struct slice name = span ? slice_decimal(span, number) : SLICE_NONE;
    const struct slice args[] = {slice_of(verb), key_write(key, shard_of(SLICE("+51987654321")), "timers", name)};
    long long found = -1;
    assert_int_equal(redis_command(w->redis, args, 2, on_number, &found), OK);
    WAIT_FOR(found >= 0);
    return found;
}

/* A contact whose time is far lies in a list, of which nothing is left when the contact is erased. */
static void a_far_place_is_found_and_forgotten(void **state)
{
    struct world *w = *state;
    struct commit c = make_commit(0, "sms:a", "one"), erased = make_commit(1, "sms:b", "two");
    int64_t due_ms = c.now_ms + INT64_C(15) * 3600000, span = due_ms / 4194304;
    struct found found = {0};
    unsigned shard = shard_of(c.contact);
    c.timers[c.timer_count++] = (struct store_timer){SLICE("checkin"), due_ms};
    commit(w, &c);
    assert_int_equal(count_places(w, "LLEN", span), 1);
    assert_int_equal(store_due(w->store, shard, span * 4194304 - 1, on_due, &found), OK);
    WAIT_FOR(found.called);
    assert_int_equal(found.count, 0);
    assert_int_equal(count_places(w, "LLEN", span), 1);
    found.called = false;
    assert_int_equal(store_due(w->store, shard, due_ms, on_due, &found), OK);
    WAIT_FOR(found.called);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.due_ms, due_ms);
    assert_int_equal(count_places(w, "LLEN", span), 0);
    assert_int_equal(count_places(w, "ZCARD", 0), 1); /* until it was fired */
    erased.erase = true;
    commit(w, &erased);
    assert_int_equal(count_places(w, "ZCARD", 0), 0);
    c.message_id = SLICE("sms:c");
    commit(w, &c);
    assert_int_equal(count_places(w, "LLEN", span), 1);
    erased.message_id = SLICE("sms:d");
    commit(w, &erased);
    assert_int_equal(count_places(w, "LLEN", span), 0);
    assert_int_equal(count_places(w, "ZCARD", 0), 0);
}

static void on_event(void *ctx, const redisReply *reply)
{
    char *out = ctx;
    assert_non_null(reply);
    for (size_t i = 0; reply->elements && i < reply->element[0]->element[1]->elements; i++)
        snprintf(out + strlen(out), 256 - strlen(out), "%s|", reply->element[0]->element[1]->element[i]->str);
    strcat(out, ".");
}

/* Gives the fields of the shard's first event, then a full stop. */
static const char *first_event(struct world *w)
{
    static char out[256];
    char key[KEY_MAX];
    const unsigned shard = shard_of(SLICE("+51987654321"));
    const struct slice args[] = {SLICE("XRANGE"), key_write(key, shard, "webhooks", SLICE_NONE), SLICE("-"),
                                 SLICE("+")};
    out[0] = '\0';
    assert_int_equal(redis_command(w->redis, args, 4, on_event, out), OK);
    WAIT_FOR(strchr(out, '.'));
    return out;
}

/* Events come with their turn, not with one that loses a conflict or is a repeat, and go with their person, beside who
 * else there is. */
static void partners_are_told_with_the_turn(void **state)
{
    struct world *w = *state;
    struct commit c = make_commit(0, "sms:a", "one"), erased = make_commit(1, "sms:b", "two"), late = c;
    char expected[256];
    c.event_count = late.event_count = erased.event_count = 1;
    c.events[0] = (struct store_event){SLICE("contact.updated"), SLICE("{1}"), 5};
    late.events[0] = (struct store_event){SLICE("contact.updated"), SLICE("{2}"), 5};
    erased.events[0] = (struct store_event){SLICE("contact.withdrawn"), SLICE("{3}"), 1};
    assert_int_equal(commit(w, &c).error, OK);
    const struct told told = held(w);
    snprintf(expected, sizeof(expected),
             "to|+51987654321|who|%s|at|1795402800000|type|contact.updated|may|5|data|{1}|.", told.who);
    assert_string_equal(first_event(w), expected);
    assert_int_equal(commit(w, &late).error, ERR_CONFLICT);
    erased.erase = true;
    assert_int_equal(commit(w, &erased).error, OK);
    snprintf(expected, sizeof(expected), "to||who|%s|at|1795402800000|type|contact.withdrawn|may|1|data|{3}|.",
             told.who);
    assert_string_equal(first_event(w), expected);
}

static void on_refused(void *ctx, const redisReply *reply)
{
    char *out = ctx;
    const redisReply *answer = reply && reply->elements ? reply->element[0] : reply;
    snprintf(out, 256, "%s", answer && answer->str ? answer->str : "no error");
}

/* A daemon of before, which did not end when the library was replaced, writes a line where a name is now. */
static void a_turn_of_an_older_daemon_is_refused(void **state)
{
    struct world *w = *state;
    char contact[KEY_MAX], turns[KEY_MAX], said[256] = "";
    const struct slice who = SLICE("+51987654321");
    const unsigned shard = shard_of(who);
    const struct slice sizes = {"\2\0\4\0\0", 5}; /* two keys, four arguments, no section */
    const struct slice keys[] = {key_write(contact, shard, "contact", who), key_write(turns, shard, "turns", who)};
    const struct slice args[] = {
        SLICE("FCALL"), SLICE("chaski_commit"), SLICE("2"),      keys[0], keys[1], sizes, SLICE(""),
        SLICE("1 t"),   SLICE("1 1 0 0 000000 0 0 - 0"), SLICE("state")};
    assert_int_equal(redis_command(w->redis, args, sizeof(args) / sizeof(args[0]), on_refused, said), OK);
    WAIT_FOR(said[0]);
    assert_non_null(strstr(said, "a daemon older than this library"));
    assert_int_equal(held(w).version, 0);
}

static void what_was_acknowledged_outlives_the_server(void **state)
{
    struct world *w = *state;
    struct commit c = make_commit(0, "sms:a", "one");
    struct told told = {0};
    commit(w, &c);
    const struct slice shut_down[] = {SLICE("SHUTDOWN"), SLICE("NOSAVE")};
    assert_int_equal(redis_command(w->redis, shut_down, 2, on_nothing, NULL), OK);
    WAIT_FOR(!redis_up(w->redis));
    assert_int_equal(store_load(w->store, SLICE("+51987654321"), SLICE("sms:a"), on_told, &told), ERR_UNAVAILABLE);
    assert_false(told.called);
    start_server_again();
    WAIT_FOR(redis_up(w->redis));
    assert_true(load(w, "sms:a").repeated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_turn_is_committed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hot_contact_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_id_is_known_before_it_is_written_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_id_is_remembered_for_a_week, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_commit_survives_each_failed_allocation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_erased_contact_is_not_taken_for_its_successor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_faster_of_two_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_reply_is_a_reply, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_that_are_early_hide_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changed_between_turns_is_not_undone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_far_place_is_found_and_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(partners_are_told_with_the_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_of_an_older_daemon_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_acknowledged_outlives_the_server, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
