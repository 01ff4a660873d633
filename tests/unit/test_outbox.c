/* The outbox against a real redis-server, the embedded one, and a provider on a local port that answers when it is
 * told to. */
#include "tests/unit/redis_kit.h"

#include <ctype.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/civil.h"
#include "base/mem.h"
#include "gateway/contact_line.h"
#include "gateway/keys.h"
#include "gateway/metrics.h"
#include "gateway/outbox.h"
#include "gateway/outbox_entry.h"
#include "gateway/receipt.h"
#include "gateway/redis.h"
#include "gateway/store.h"

#define REQUESTS_MAX (PACE_UNDER_WAY_MAX + 64)
#define ANA "+51987654321"
#define BEA "+51987654322"

/* What the provider was asked to send, and by which connection. */
struct heard {
    struct bufferevent *bev; /* NULL: answered */
    char text[64];
};

static redisContext *direct; /* the test's own eyes and hands in Redis */
static struct loop *loop;
static struct redis *redis;
static struct sender *sender;
static struct shards *shards;
static struct outbox *outbox;
static struct store *store;
static struct evconnlistener *listener;
static struct heard heard[REQUESTS_MAX];
static size_t heard_count;
static char url[64];
static int messages;
static bool rules_are; /* a process that begins has limits */

/* Lets things happen that should not. */
static void turn_for(int64_t ms)
{
    for (int64_t end_ms = clock_steady_ms() + ms; clock_steady_ms() < end_ms;)
        turn();
}

/* The provider: keeps each whole request until answer() or hang_up(). */
static void on_request(struct bufferevent *bev, void *context)
{
    struct evbuffer *input = bufferevent_get_input(bev);
    size_t len = evbuffer_get_length(input);
    const char *bytes = (const char *)evbuffer_pullup(input, -1);
    const char *body = memmem(bytes, len, "\r\n\r\n", 4);
    (void)context;
    if (!body || body + 4 == bytes + len)
        return;
    assert_true(heard_count < REQUESTS_MAX);
    struct heard *h = &heard[heard_count++];
    h->bev = bev;
    assert_true(slice_copy((struct slice){body + 4, (size_t)(bytes + len - body - 4)}, h->text, sizeof(h->text)));
    evbuffer_drain(input, len);
}

static void on_gone(struct bufferevent *bev, short what, void *context)
{
    (void)what;
    (void)context;
    for (size_t i = 0; i < heard_count; i++)
        if (heard[i].bev == bev)
            heard[i].bev = NULL;
    bufferevent_free(bev);
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *address, int len, void *context)
{
    struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    (void)l;
    (void)address;
    (void)len;
    (void)context;
    bufferevent_setcb(bev, on_request, NULL, on_gone, NULL);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* Answers the n-th request; the body is the provider's id. */
static void answer(size_t n, int status, const char *id)
{
    assert_non_null(heard[n].bev);
    evbuffer_add_printf(bufferevent_get_output(heard[n].bev), "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n\r\n%s", status,
                        strlen(id), id);
    heard[n].bev = NULL;
}

static void hang_up(size_t n)
{
    bufferevent_free(heard[n].bev);
    heard[n].bev = NULL;
}

static enum error call(const struct channel *channel, struct slice to, const struct message *message,
                       struct slice reference, struct arena *arena, struct http_call *out)
{
    (void)channel;
    (void)to;
    (void)reference;
    (void)arena;
    *out = (struct http_call){.method = METHOD_POST, .url = url, .body = message->text};
    return OK;
}

static void result(const struct channel *channel, int status, struct slice body, struct arena *arena,
                   struct send_result *out)
{
    (void)channel;
    *out = (struct send_result){.class = status == 200 ? SEND_OK : status == 500 ? SEND_TRANSIENT : SEND_MESSAGE};
    if (status == 200)
        out->provider_id = arena_copy(arena, body);
}

static const struct adapter adapter = {.provider = "test", .call = call, .result = result};
static const struct channel channel = {.name = "wa", .adapter = &adapter};

static const struct channel *find_channel(void *ctx, struct slice name)
{
    (void)ctx;
    return slice_is(name, "wa") ? &channel : NULL;
}

static const struct limit_rules *find_rules(void *ctx, const struct channel *of)
{
    static const struct limit_rules capped = {.burst = 1, .pair_burst = 1, .monthly_cap = 2};
    (void)ctx;
    (void)of;
    return &capped;
}

static void on_redis(void *ctx, bool up)
{
    (void)ctx;
    if (!up || !outbox)
        return;
    shards_hurry(shards);
    outbox_store_up(outbox);
}

static void on_shard(void *ctx, unsigned shard, uint64_t token)
{
    (void)ctx;
    outbox_shard(outbox, shard, token);
}

static bool is_idle(void *ctx, unsigned shard)
{
    (void)ctx;
    return outbox_idle(outbox, shard);
}

static enum error call_provider(void *caller, const struct http_call *http, sender_done *done, void *ctx)
{
    return sender_call(caller, http, done, ctx);
}

static bool has_all_shards(void)
{
    for (unsigned i = 0; i < SHARDS; i++)
        if (!shards_token(shards, i))
            return false;
    return true;
}

/* The process begins. */
static void open_all(void)
{
    static int processes;
    const struct redis_options options = {.unix_path = socket_path};
    char owner[STORE_OWNER_MAX];
    snprintf(owner, sizeof(owner), "process-%d", processes++);
    loop = loop_event_new(base);
    redis = redis_open(base, &options, on_redis, NULL);
    sender = sender_new(base);
    store = store_redis_new(redis, SLICE("key"));
    const struct outbox_parts parts = {.loop = loop,
                                       .store = store,
                                       .call = call_provider,
                                       .caller = sender,
                                       .channel = find_channel,
                                       .rules = rules_are ? find_rules : NULL};
    outbox = outbox_open(&parts, slice_of(owner));
    assert_true(loop && redis && sender && outbox && store);
    shards = shards_open(loop, store, slice_of(owner), on_shard, is_idle, NULL);
    assert_non_null(shards);
    outbox_set_patience(outbox, 20);
    WAIT_FOR(redis_up(redis) && has_all_shards());
}

/* The process ends as a crash does: nothing more is told. */
static void close_all(void)
{
    outbox_abandon(outbox);
    shards_abandon(shards);
    sender_free(sender);
    redis_close(redis);
    shards_close(shards);
    outbox_close(outbox);
    store_close(store);
    loop_event_free(loop);
    outbox = NULL;
}

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

static long long number(const char *kind, const char *who, const char *command)
{
    char key[KEY_MAX];
    key_write(key, shard_of(slice_of(who)), kind, SLICE_NONE);
    redisReply *reply = ask("%s %s", command, key);
    long long value = reply->integer;
    freeReplyObject(reply);
    return value;
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

/* Tells whether a field of a day's hash has a record: its name is an entry's id then. */
static bool is_record_of(const char *field)
{
    return isdigit((unsigned char)field[0]) && !strchr(field, ':');
}

/* Tells how many records have the value. */
static size_t records(const char *field, const char *value)
{
    redisReply *keys = ask("KEYS %s", "ck:*:sends:*");
    size_t found = 0;
    for (size_t i = 0; i < keys->elements; i++) {
        redisReply *reply = ask("HGETALL %s", keys->element[i]->str);
        for (size_t j = 0; j < reply->elements; j += 2)
            if (is_record_of(reply->element[j]->str))
                found += word_is(reply->element[j + 1]->str, field, value);
        freeReplyObject(reply);
    }
    freeReplyObject(keys);
    return found;
}

static void on_committed(void *ctx, enum error error, const struct stored *newer)
{
    (void)newer;
    assert_int_equal(error, OK);
    *(bool *)ctx = true;
}

struct heard_call {
    const char *text;
    const char *class; /* NULL: reply */
    enum opt opt;
    bool erase;
    int64_t age_ms;
};

/* Lets the leases of a process that crashed run out now. */
static void end_leases(void)
{
    redisReply *keys = ask("KEYS %s", "ck:*:lease");
    for (size_t i = 0; i < keys->elements; i++)
        freeReplyObject(ask("DEL %s", keys->element[i]->str));
    freeReplyObject(keys);
    freeReplyObject(ask("DEL ck:workers"));
}

static void crash(void)
{
    close_all();
    end_leases();
    open_all();
}

/* Commits a turn that says one thing, as the daemon does. */
static void say_so(const char *who, struct heard_call said)
{
    bool done = false;
    char id[32], json[256], key[KEY_MAX];
    key_write(key, shard_of(slice_of(who)), "contact", slice_of(who));
    redisReply *reply = ask("HMGET %s v s", key);
    const char *name = reply->element[0]->str, *kept = reply->element[1]->str; /* NULL: a contact never seen */
    struct contact_line line;
    char held[CONTACT_LINE_MAX];
    snprintf(held, sizeof(held), "%s%.*s", name ? name : "", kept ? (int)strcspn(kept, "\n") : 0, kept ? kept : "");
    assert_int_equal(contact_line_read(slice_of(held), &line), OK);
    snprintf(id, sizeof(id), "wa:%d", ++messages);
    snprintf(json, sizeof(json), "{\"channel\":\"wa\",\"to\":\"%s\",\"at\":%lld,\"text\":\"%s\"}", who,
             (long long)(clock_ms() - said.age_ms), said.text);
    struct commit c = {
        .contact = slice_of(who),
        .message_id = slice_of(id),
        .channel = SLICE("wa"),
        .held = slice_of(held),
        .expected = line.version,
        .born_ms = line.born_ms,
        .state = SLICE("s"),
        .journal = SLICE("{}"),
        .now_ms = clock_ms(),
        .opt = said.opt,
        .erase = said.erase,
        .outbox_count = 1,
    };
    c.outbox[0] = (struct store_row){slice_of(said.class ? said.class : "reply"), slice_of(json)};
    assert_int_equal(store_commit(store, &c, on_committed, &done), OK);
    freeReplyObject(reply);
    WAIT_FOR(done);
}

static void say(const char *who, const char *text)
{
    say_so(who, (struct heard_call){.text = text});
}

static int set_up(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    (void)state;
    base = event_base_new();
    listener = evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE, 16, (struct sockaddr *)&address,
                                       sizeof(address));
    assert_non_null(listener);
    assert_int_equal(getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &len), 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
    heard_count = 0;
    direct = redisConnectUnix(socket_path);
    freeReplyObject(ask("FLUSHALL"));
    open_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_all();
    turn_for(20); /* the provider's side of the connections */
    evconnlistener_free(listener);
    event_base_free(base);
    redisFree(direct);
    return 0;
}

static void a_persons_messages_go_one_by_one(void **state)
{
    (void)state;
    say(ANA, "uno");
    say(ANA, "dos");
    say(BEA, "otra");
    WAIT_FOR(heard_count == 2);
    turn_for(100);
    assert_int_equal(heard_count, 2);
    size_t anas = strcmp(heard[0].text, "uno") == 0 ? 0 : 1;
    assert_string_equal(heard[anas].text, "uno");
    assert_string_equal(heard[!anas].text, "otra");
    answer(anas, 200, "a1");
    WAIT_FOR(heard_count == 3);
    assert_string_equal(heard[2].text, "dos");
    answer(!anas, 200, "b1");
    answer(2, 200, "a2");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("state", "sent"), 3);
    assert_int_equal(number("outbox", ANA, "XLEN") + number("outbox", BEA, "XLEN"), 0);
}

static void a_failure_that_passes_is_tried_again_in_order(void **state)
{
    (void)state;
    say(ANA, "uno");
    say(ANA, "dos");
    for (size_t i = 0; i < 3; i++) {
        WAIT_FOR(heard_count == i + 1);
        assert_string_equal(heard[i].text, "uno");
        answer(i, i < 2 ? 500 : 200, "x");
    }
    WAIT_FOR(heard_count == 4);
    assert_string_equal(heard[3].text, "dos");
    answer(3, 200, "y");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("tries", "3"), 1);
    assert_int_equal(records("state", "sent"), 2);
}

static void what_never_passes_is_dead_after_its_tries(void **state)
{
    (void)state;
    outbox_set_patience(outbox, 0);
    say(ANA, "uno");
    for (size_t i = 0; i < OUTBOX_TRIES_MAX; i++) {
        WAIT_FOR(heard_count == i + 1);
        answer(i, 500, "");
    }
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(number("dead", ANA, "XLEN"), 1);
    assert_int_equal(number("outbox", ANA, "XLEN"), 0);
}

static void a_failure_for_good_is_put_aside(void **state)
{
    (void)state;
    say(ANA, "uno");
    say(ANA, "dos");
    WAIT_FOR(heard_count == 1);
    answer(0, 400, "");
    WAIT_FOR(heard_count == 2);
    answer(1, 200, "y");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(number("dead", ANA, "XLEN"), 1);
    assert_int_equal(records("state", "dead"), 1);
}

static void an_answer_that_never_comes_is_a_doubt(void **state)
{
    struct buf text;
    (void)state;
    say(ANA, "uno");
    say(ANA, "dos");
    WAIT_FOR(heard_count == 1);
    hang_up(0);
    WAIT_FOR(heard_count == 2);
    assert_string_equal(heard[1].text, "dos");
    answer(1, 200, "y");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(number("doubt", ANA, "XLEN"), 1);
    turn_for(50);
    buf_init(&text, 1 << 20);
    metrics_write(&text);
    assert_non_null(strstr(buf_text(&text), "\nchaski_outbox_in_doubt_messages 1\n"));
    buf_release(&text);
}

static void after_an_opt_out_only_its_confirmation_goes(void **state)
{
    (void)state;
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    say(ANA, "dos");
    say_so(ANA, (struct heard_call){.text = "baja", .class = "confirmation", .opt = OPT_OUT});
    answer(0, 500, ""); /* even the one that was to be tried again */
    WAIT_FOR(heard_count == 2);
    assert_string_equal(heard[1].text, "baja");
    answer(1, 200, "x");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(heard_count, 2);
    assert_int_equal(records("state", "dropped"), 2);
}

/* A leave that is on its way for as long as the test likes, and a clock that the test puts forward meanwhile. */
static struct {
    store_intended *done;
    void *ctx;
    struct leave_given given;
    bool asked, came;
} held_leave;
static int64_t stood_still_ms;
static struct store_methods slow_store;
static struct loop_methods skewed_loop;
static const struct store_methods *plain_store;

static int64_t skewed_steady_ms(struct loop *l)
{
    (void)l;
    return clock_steady_ms() + stood_still_ms;
}

static void on_held_leave(void *ctx, enum error error, const struct leave_given *given)
{
    (void)ctx;
    assert_int_equal(error, OK);
    held_leave.given = *given;
    held_leave.came = true;
}

static enum error intend_slowly(struct store *s, const struct intent *intent, store_intended *done, void *ctx)
{
    if (held_leave.asked)
        return plain_store->intend(s, intent, done, ctx);
    held_leave.asked = true;
    held_leave.done = done;
    held_leave.ctx = ctx;
    return plain_store->intend(s, intent, on_held_leave, NULL);
}

/* A process that stood still between the leave and the call: the person may be out, or another process may have taken
 * over, so that it asks again. */
static void a_leave_that_is_heard_late_is_asked_for_again(void **state)
{
    (void)state;
    plain_store = store->methods;
    slow_store = *plain_store;
    slow_store.intend = intend_slowly;
    store->methods = &slow_store;
    skewed_loop = *loop->methods;
    skewed_loop.steady_ms = skewed_steady_ms;
    loop->methods = &skewed_loop;
    say(ANA, "uno");
    WAIT_FOR(held_leave.came);
    assert_int_equal(held_leave.given.leave, LEAVE_GO);
    say_so(ANA, (struct heard_call){.text = "baja", .class = "confirmation", .opt = OPT_OUT});
    stood_still_ms = SHARDS_LEASE_MS - 1000;
    held_leave.done(held_leave.ctx, OK, &held_leave.given);
    WAIT_FOR(heard_count == 1);
    assert_string_equal(heard[0].text, "baja");
    answer(0, 200, "x");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(heard_count, 1);
    assert_int_equal(records("state", "dropped"), 1);
}

static void after_an_erasure_only_its_confirmation_goes(void **state)
{
    (void)state;
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    say(ANA, "dos");
    say_so(ANA, (struct heard_call){.text = "borrado", .class = "confirmation", .erase = true});
    answer(0, 200, "x");
    WAIT_FOR(heard_count == 2);
    assert_string_equal(heard[1].text, "borrado");
    answer(1, 200, "y");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("state", "dropped"), 1);
}

static void a_reply_of_yesterday_is_not_sent(void **state)
{
    (void)state;
    say_so(ANA, (struct heard_call){.text = "uno", .age_ms = message_class(CLASS_REPLY)->deadline_ms + 1000});
    WAIT_FOR(number("dead", ANA, "XLEN") == 1);
    assert_int_equal(heard_count, 0);
}

/* Who had her share of the month is passed over at once where the month does not end in time: that is no failure. */
static void who_had_her_share_of_the_month_is_passed_over(void **state)
{
    const struct civil c = civil_from_ms(clock_ms(), LIMA_OFFSET_S);
    const int month = c.year * 12 + c.month - 1;
    char key[KEY_MAX], had[32];
    (void)state;
    rules_are = true;
    crash();
    rules_are = false;
    key_write(key, shard_of(SLICE(ANA)), "contact", SLICE(ANA));
    snprintf(had, sizeof(had), "%d 2", month);
    freeReplyObject(ask("HSET %s lim %s", key, had));
    say_so(ANA, (struct heard_call){
                    .text = "aviso", .class = "notice", .age_ms = message_class(CLASS_NOTICE)->deadline_ms - 60000});
    WAIT_FOR(records("state", "dropped") == 1);
    say(ANA, "uno"); /* a reply goes */
    WAIT_FOR(heard_count == 1);
    answer(0, 200, "x");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(number("dead", ANA, "XLEN"), 0);
    assert_string_equal(heard[0].text, "uno");
}

static void what_a_crash_left_open_is_a_doubt(void **state)
{
    (void)state;
    say(ANA, "uno");
    say(ANA, "dos");
    WAIT_FOR(heard_count == 1);
    int64_t crashed_ms = clock_steady_ms();
    close_all();
    open_all(); /* its leases run out by themselves */
    WAIT_FOR(heard_count == 2);
    assert_true(clock_steady_ms() - crashed_ms <= SHARDS_TAKEN_OVER_MS);
    assert_string_equal(heard[1].text, "dos");
    answer(1, 200, "x");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(number("doubt", ANA, "XLEN"), 1);
    assert_int_equal(heard_count, 2);
}

static void an_ordered_end_leaves_no_doubt(void **state)
{
    (void)state;
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    say(ANA, "dos");
    say(BEA, "otra");
    WAIT_FOR(heard_count == 2);
    outbox_drain(outbox);
    answer(0, 200, "x");
    answer(1, 200, "y");
    while (outbox_in_flight(outbox) > 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_int_equal(heard_count, 2);
    shards_leave(shards);
    WAIT_FOR(shards_left(shards));
    close_all();
    open_all(); /* what was given back is free at once */
    WAIT_FOR(heard_count == 3);
    assert_string_equal(heard[2].text, "dos");
    answer(2, 200, "z");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("state", "sent"), 3);
    assert_int_equal(number("doubt", ANA, "XLEN") + number("doubt", BEA, "XLEN"), 0);
}

static void redis_may_go_and_come_while_a_provider_is_called(void **state)
{
    (void)state;
    say(ANA, "uno");
    say(ANA, "dos");
    WAIT_FOR(heard_count == 1);
    redisFree(direct);
    stop_server();
    WAIT_FOR(!redis_up(redis));
    answer(0, 200, "x");
    turn_for(50);
    start_server();
    direct = redisConnectUnix(socket_path);
    WAIT_FOR(redis_up(redis));
    WAIT_FOR(heard_count == 2);
    assert_string_equal(heard[1].text, "dos");
    answer(1, 200, "y");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("state", "sent"), 2);
    assert_int_equal(number("doubt", ANA, "XLEN"), 0);
    assert_int_equal(heard_count, 2);
}

static void an_error_of_redis_holds_nothing_up_for_ever(void **state)
{
    char key[KEY_MAX];
    (void)state;
    redisReply *dump = ask("FUNCTION DUMP");
    freeReplyObject(ask("FUNCTION FLUSH"));
    key_write(key, shard_of(SLICE(ANA)), "outbox", SLICE_NONE);
    freeReplyObject(ask("XADD %s * class confirmation entry %s", key,
                        "{\"channel\":\"wa\",\"to\":\"" ANA "\",\"at\":99999999999999,\"text\":\"uno\"}"));
    WAIT_FOR(outbox_held(outbox) == 1);
    turn_for(50);
    freeReplyObject(ask("FUNCTION RESTORE %b", dump->str, dump->len));
    WAIT_FOR(heard_count == 1);
    freeReplyObject(ask("FUNCTION FLUSH"));
    answer(0, 200, "x");
    turn_for(50);
    freeReplyObject(ask("FUNCTION RESTORE %b", dump->str, dump->len));
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("state", "sent"), 1);
    freeReplyObject(dump);
}

static void a_redis_that_was_emptied_is_worked_with_again(void **state)
{
    (void)state;
    freeReplyObject(ask("FLUSHALL"));
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    answer(0, 200, "x");
    WAIT_FOR(outbox_held(outbox) == 0);
}

/* Lets things happen for a while, and the provider answer. */
static void let_go(int64_t ms)
{
    for (int64_t end_ms = clock_steady_ms() + ms; clock_steady_ms() < end_ms;) {
        turn();
        for (size_t i = 0; i < heard_count; i++)
            if (heard[i].bev)
                answer(i, 200, "x");
    }
}

/* Without memory from the n-th allocation on, for every n, from the reading of an entry to its end: it goes once it
 * can, and is never called twice for. */
static void a_send_survives_each_failed_allocation(void **state)
{
    bool enough = false;
    size_t n = 0;
    (void)state;
    for (; !enough; n++) {
        say(ANA, "uno");
        mem_fail_after((long)n);
        let_go(40);
        void *left = mem_alloc(1);
        mem_fail_after(-1);
        enough = left && outbox_held(outbox) == 0 && heard_count == 1;
        mem_free(left);
        for (int i = 0; i < 1000 && records("state", "sent") == n; i++)
            let_go(5);
        assert_int_equal(records("state", "sent"), n + 1);
        assert_int_equal(heard_count, 1);
        heard_count = 0;
    }
    assert_true(n > 5);
    print_message("a send of %zu allocations, each failed\n", n - 1);
}

static void on_receipt(void *ctx, enum error error)
{
    assert_int_equal(error, OK);
    *(bool *)ctx = true;
}

static void take_receipt(const char *id, enum delivery delivery, const char *code)
{
    bool done = false;
    const struct event event = {
        .kind = EVENT_STATUS, .from = SLICE(ANA), .id = slice_of(id), .delivery = delivery, .error = slice_of(code)};
    assert_int_equal(receipt_take(store, &channel, &event, on_receipt, &done), OK);
    WAIT_FOR(done);
}

static void receipts_move_a_message_forward_only_early_ones_too(void **state)
{
    (void)state;
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    take_receipt("x1", DELIVERY_DELIVERED, "");
    take_receipt("x1", DELIVERY_SENT, "");
    answer(0, 200, "x1");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("delivery", "delivered"), 1);
    take_receipt("x1", DELIVERY_SENT, "");
    assert_int_equal(records("delivery", "delivered"), 1);
    take_receipt("x1", DELIVERY_READ, "");
    assert_int_equal(records("delivery", "read"), 1);
}

static void an_early_failure_keeps_its_code(void **state)
{
    (void)state;
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    take_receipt("x1", DELIVERY_FAILED, "131026");
    answer(0, 200, "x1");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("delivery", "failed"), 1);
    assert_int_equal(records("delivery_code", "131026"), 1);
}

static void a_receipt_settles_a_doubt(void **state)
{
    (void)state;
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    crash();
    WAIT_FOR(number("doubt", ANA, "XLEN") == 1 && outbox_held(outbox) == 0);
    redisReply *days = ask("KEYS %s", "ck:*:sends:*");
    redisReply *reply = ask("HKEYS %s", days->element[0]->str);
    size_t at = is_record_of(reply->element[0]->str) ? 0 : 1;
    char reference[48];
    snprintf(reference, sizeof(reference), "%u-%s", shard_of(SLICE(ANA)), reply->element[at]->str);
    freeReplyObject(days);
    freeReplyObject(reply);
    bool done = false;
    const struct event event = {.kind = EVENT_STATUS,
                                .from = SLICE(ANA),
                                .id = SLICE("x1"),
                                .delivery = DELIVERY_DELIVERED,
                                .reference = slice_of(reference)};
    assert_int_equal(receipt_take(store, &channel, &event, on_receipt, &done), OK);
    WAIT_FOR(done);
    assert_int_equal(number("doubt", ANA, "XLEN"), 0);
    assert_int_equal(records("state", "sent"), 1);
    assert_int_equal(records("delivery", "delivered"), 1);
}

static void bulk_goes_behind_the_replies(void **state)
{
    (void)state;
    say(ANA, "uno");
    WAIT_FOR(heard_count == 1);
    say_so(ANA, (struct heard_call){.text = "aviso", .class = "notice"});
    say(ANA, "dos");
    turn_for(100);
    answer(0, 200, "x");
    WAIT_FOR(heard_count == 2);
    assert_string_equal(heard[1].text, "dos");
    answer(1, 200, "y");
    WAIT_FOR(heard_count == 3);
    assert_string_equal(heard[2].text, "aviso");
    answer(2, 200, "z");
    WAIT_FOR(outbox_held(outbox) == 0);
    assert_int_equal(records("state", "sent"), 3);
}

/* So many of a channel are under way and no more; then a reply is the next, whatever bulk came before it. */
static void a_reply_waits_behind_what_is_under_way_only(void **state)
{
    char who[16];
    (void)state;
    for (int i = 0; i < PACE_UNDER_WAY_MAX + 20; i++) {
        snprintf(who, sizeof(who), "+519%08d", i);
        say_so(who, (struct heard_call){.text = "aviso", .class = "notice"});
    }
    WAIT_FOR(heard_count == PACE_UNDER_WAY_MAX);
    say(ANA, "uno");
    turn_for(100);
    assert_int_equal(heard_count, PACE_UNDER_WAY_MAX);
    answer(7, 200, "x");
    WAIT_FOR(heard_count == PACE_UNDER_WAY_MAX + 1);
    assert_string_equal(heard[PACE_UNDER_WAY_MAX].text, "uno");
    for (size_t i = 0; i < PACE_UNDER_WAY_MAX + 21; i++) {
        WAIT_FOR(heard_count > i);
        if (i != 7)
            answer(i, 200, "x");
    }
    WAIT_FOR(outbox_held(outbox) == 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_persons_messages_go_one_by_one),
        ROW(a_failure_that_passes_is_tried_again_in_order),
        ROW(what_never_passes_is_dead_after_its_tries),
        ROW(a_failure_for_good_is_put_aside),
        ROW(an_answer_that_never_comes_is_a_doubt),
        ROW(after_an_opt_out_only_its_confirmation_goes),
        ROW(a_leave_that_is_heard_late_is_asked_for_again),
        ROW(after_an_erasure_only_its_confirmation_goes),
        ROW(a_reply_of_yesterday_is_not_sent),
        ROW(who_had_her_share_of_the_month_is_passed_over),
        ROW(what_a_crash_left_open_is_a_doubt),
        ROW(an_ordered_end_leaves_no_doubt),
        ROW(an_error_of_redis_holds_nothing_up_for_ever),
        ROW(a_redis_that_was_emptied_is_worked_with_again),
        ROW(a_send_survives_each_failed_allocation),
        ROW(a_receipt_settles_a_doubt),
        ROW(bulk_goes_behind_the_replies),
        ROW(a_reply_waits_behind_what_is_under_way_only),
        ROW(receipts_move_a_message_forward_only_early_ones_too),
        ROW(an_early_failure_keeps_its_code),
        ROW(redis_may_go_and_come_while_a_provider_is_called),
    };
    return cmocka_run_group_tests(tests, make_server, remove_server);
}
