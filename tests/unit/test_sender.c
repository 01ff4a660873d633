#include "tests/unit/unit.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/sender.h"

#define SILENCE ""   /* a reply: nothing, and the connection stays */
#define HANG_UP NULL /* a reply: the connection ends */
#define LARGE_BYTES (SENDER_ANSWER_MAX + 50000)
#define DEADLINE_S 20 /* a test that takes longer has failed */

/* A provider that answers each request, whatever it says, with the next reply of a list; the last one counts
 * for all that follow. */
struct provider {
    struct evconnlistener *listener;
    const char *const *replies;
    size_t requests, connections;
    struct buf heard;
    bool closes_after_reply;
    int port;
};

static struct event_base *base;
static struct sender *sender;
static struct provider provider;

/* What one call came to. */
static struct outcome {
    int calls;
    struct sender_answer answer;
    char body[64]; /* its beginning */
    char type[64], location[64];
} outcome;
static bool inside_call;

static void on_provider_read(struct bufferevent *bev, void *context)
{
    struct evbuffer *input = bufferevent_get_input(bev);
    size_t len = evbuffer_get_length(input);
    (void)context;
    buf_add(&provider.heard, evbuffer_pullup(input, -1), len);
    evbuffer_drain(input, len);
    const char *reply = provider.replies[0];
    provider.requests++;
    if (reply && provider.replies[1])
        provider.replies++;
    if (reply)
        bufferevent_write(bev, reply, strlen(reply));
    else
        bufferevent_free(bev);
}

static void on_provider_written(struct bufferevent *bev, void *context)
{
    (void)context;
    if (provider.closes_after_reply && evbuffer_get_length(bufferevent_get_output(bev)) == 0)
        bufferevent_free(bev);
}

static void on_provider_event(struct bufferevent *bev, short what, void *context)
{
    (void)what;
    (void)context;
    bufferevent_free(bev);
}

static void on_provider_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
                               void *context)
{
    struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    (void)listener;
    (void)address;
    (void)len;
    (void)context;
    provider.connections++;
    bufferevent_setcb(bev, on_provider_read, on_provider_written, on_provider_event, NULL);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static int port_of(evutil_socket_t fd)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

static int setup(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)state;
    base = event_base_new();
    memset(&outcome, 0, sizeof(outcome));
    memset(&provider, 0, sizeof(provider));
    buf_init(&provider.heard, 1 << 20);
    provider.listener =
        evconnlistener_new_bind(base, on_provider_accept, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16,
                                (struct sockaddr *)&address, sizeof(address));
    assert_non_null(provider.listener);
    provider.port = port_of(evconnlistener_get_fd(provider.listener));
    sender = sender_new(base);
    assert_non_null(sender);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sender_free(sender);
    if (provider.listener)
        evconnlistener_free(provider.listener);
    buf_release(&provider.heard);
    for (int i = 0; i < 3; i++) /* the provider sees its clients leave, and lets go of them */
        event_base_loop(base, EVLOOP_NONBLOCK);
    event_base_free(base);
    return 0;
}

static void on_done(void *ctx, const struct sender_answer *answer)
{
    struct outcome *out = ctx;
    assert_false(inside_call);
    out->calls++;
    out->answer = *answer;
    slice_copy(slice_part(answer->body, 0, sizeof(out->body) - 1), out->body, sizeof(out->body));
    slice_copy(answer->type, out->type, sizeof(out->type));
    slice_copy(answer->location, out->location, sizeof(out->location));
    event_base_loopbreak(base);
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
    fail_msg("nothing came of it in time");
}

/* Turns the loop until `count` calls have called back. */
static void wait_for(int count)
{
    struct timeval deadline = {.tv_sec = DEADLINE_S};
    struct event *timer = evtimer_new(base, on_deadline, NULL);
    event_add(timer, &deadline);
    while (outcome.calls < count)
        event_base_loop(base, EVLOOP_ONCE);
    event_free(timer);
}

static enum error start_call(const char *url, enum method method, const char *body)
{
    struct http_call call = {.method = method, .url = url, .body = slice_of(body)};
    call.headers[call.header_count++] = "Content-Type: text/x-test";
    call.headers[call.header_count++] = "Authorization: Bearer secret";
    inside_call = true;
    enum error error = sender_call(sender, &call, on_done, &outcome);
    inside_call = false;
    return error;
}

static const char *provider_url(const char *scheme)
{
    static char url[64];
    snprintf(url, sizeof(url), "%s://127.0.0.1:%d/send", scheme, provider.port);
    return url;
}

static void each_ending_has_its_fate(void **state)
{
    static char large[LARGE_BYTES + 100];
    const struct {
        const char *name, *scheme, *reply;
        enum sender_fate fate;
        int status;
        const char *body;
        int64_t retry_after_ms;
        bool closes;
    } rows[] = {
        {"answer", "http", "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhola!", SENDER_ANSWERED, 201, "hola!", 0,
         false},
        {"no body", "http", "HTTP/1.1 204 No Content\r\n\r\n", SENDER_ANSWERED, 204, "", 0, false},
        {"seconds", "http", "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", SENDER_ANSWERED, 429,
         "", 7000, false},
        {"a far date", "http",
         "HTTP/1.1 503 No\r\nRetry-After: Wed, 31 Dec 2036 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n", SENDER_ANSWERED,
         503, "", 7 * 24 * 3600 * 1000LL, false},
        {"no sense", "http", "HTTP/1.1 503 No\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", SENDER_ANSWERED, 503,
         "", 0, false},
        {"redirect", "http", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         SENDER_ANSWERED, 302, "", 0, false},
        {"until the end", "http", "HTTP/1.1 200 OK\r\n\r\ntext", SENDER_ANSWERED, 200, "text", 0, true},
        {"too large", "http", large, SENDER_ANSWERED, 200, NULL, 0, false},
        {"hang up", "http", HANG_UP, SENDER_IN_DOUBT, 0, "", 0, false},
        {"half an answer", "http", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", SENDER_IN_DOUBT, 0, "", 0,
         true},
        {"half a head", "http", "HTTP/1.1 200 OK\r\nContent-Le", SENDER_IN_DOUBT, 0, "", 0, true},
        {"not HTTP", "http", "+OK ready\r\n", SENDER_IN_DOUBT, 0, "", 0, true},
        {"silence", "http", SILENCE, SENDER_IN_DOUBT, 0, "", 0, false},
        {"no TLS there", "https", "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", SENDER_NOT_SENT, 0, "", 0, true},
        {"another protocol", "gopher", SILENCE, SENDER_NOT_SENT, 0, "", 0, false},
        {"a file", "file", SILENCE, SENDER_NOT_SENT, 0, "", 0, false},
    };
    (void)state;
    int head = snprintf(large, sizeof(large), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LARGE_BYTES);
    memset(large + head, 'x', LARGE_BYTES);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const replies[] = {rows[i].reply, NULL};
        print_message("%s\n", rows[i].name);
        int patience_ms = rows[i].reply && !rows[i].reply[0] ? 200 : SENDER_TOTAL_MS;
        sender_set_patience(sender, patience_ms, patience_ms);
        provider.replies = replies;
        provider.closes_after_reply = rows[i].closes;
        outcome.calls = 0;
        assert_int_equal(start_call(provider_url(rows[i].scheme), METHOD_POST, "a=1"), OK);
        assert_int_equal(sender_in_flight(sender), 1);
        wait_for(1);
        assert_int_equal(outcome.answer.fate, rows[i].fate);
        assert_int_equal(outcome.answer.status, rows[i].status);
        assert_true((rows[i].fate == SENDER_ANSWERED) == (outcome.answer.trouble[0] == '\0'));
        if (rows[i].body)
            assert_string_equal(outcome.body, rows[i].body);
        else
            assert_int_equal(outcome.answer.body.len, SENDER_ANSWER_MAX);
        assert_int_equal(outcome.answer.retry_after_ms, rows[i].retry_after_ms);
        assert_int_equal(sender_in_flight(sender), 0);
        assert_int_equal(outcome.calls, 1);
    }
}

#define FILE_BYTES 300000 /* more than a short answer may have */

/* A file comes whole up to its own limit, with what its head says; the next call on the same handle is short again. */
static void a_file_has_its_own_limit(void **state)
{
    static char large[FILE_BYTES + 200];
    const char *const replies[] = {large, NULL};
    const struct {
        size_t file_max, len;
        enum error cut;
    } rows[] = {{FILE_BYTES, FILE_BYTES, OK},
                {FILE_BYTES - 1, FILE_BYTES - 1, ERR_LIMIT},
                {0, SENDER_ANSWER_MAX, ERR_LIMIT},
                {FILE_BYTES * 2, FILE_BYTES, OK}};
    (void)state;
    int head =
        snprintf(large, sizeof(large),
                 "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: audio/ogg\r\nLocation: x\r\n\r\n", FILE_BYTES);
    memset(large + head, 'x', FILE_BYTES);
    provider.replies = replies;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct http_call call = {.method = METHOD_GET, .url = provider_url("http"), .file_max = rows[i].file_max};
        outcome.calls = 0;
        assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
        wait_for(1);
        assert_int_equal(outcome.answer.fate, SENDER_ANSWERED);
        assert_int_equal(outcome.answer.body.len, rows[i].len);
        assert_int_equal(outcome.answer.cut, rows[i].cut);
        assert_string_equal(outcome.type, rows[i].file_max ? "audio/ogg" : "");
        assert_string_equal(outcome.location, rows[i].file_max ? "x" : "");
    }
}

static void a_file_may_take_longer_but_not_for_ever(void **state)
{
    static const char *const half[] = {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", NULL};
    const struct http_call call = {.method = METHOD_GET, .url = provider_url("http"), .file_max = 100};
    struct timespec began, ended;
    (void)state;
    provider.replies = half;
    sender_set_patience(sender, 100, 100);
    clock_gettime(CLOCK_MONOTONIC, &began);
    assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
    wait_for(1);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_int_equal(outcome.answer.fate, SENDER_IN_DOUBT);
    assert_true((ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000 >= 350);
}

/* However the host is spelt, also as a name that is looked up: what counts is where the socket would be opened to. Each
 * spelling reaches the provider of this test unguarded, where the system knows it, so that it is the guard that keeps
 * the guarded call from it. */
static void a_guarded_call_goes_to_no_private_address(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL};
    static const char *const hosts[] = {"127.0.0.1",  "localhost",  "127.1",   "2130706433",
                                        "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]"};
    (void)state;
    provider.replies = replies;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        char url[96];
        snprintf(url, sizeof(url), "http://%s:%d/hook", hosts[i], provider.port);
        struct http_call call = {.method = METHOD_POST, .url = url, .body = SLICE("{}"), .guarded = true};
        for (int guarded = 1; guarded >= 0; guarded--) {
            const size_t before = provider.connections;
            call.guarded = guarded;
            outcome.calls = 0;
            sender_free(sender); /* a connection that is there would be taken, by whom it was opened for */
            assert_non_null(sender = sender_new(base));
            assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
            wait_for(1);
            print_message("%s: %s\n", hosts[i], guarded ? outcome.answer.trouble : "reached");
            assert_int_equal(outcome.answer.fate, guarded ? SENDER_NOT_SENT : SENDER_ANSWERED);
            assert_string_equal(outcome.answer.trouble, guarded ? "the host's address is not public" : "");
            assert_int_equal(provider.connections - before, guarded ? 0 : 1);
        }
    }
}

static void nobody_there_is_not_sent(void **state)
{
    char url[64];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* bound and never listening: nobody else gets the port */
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port_of(fd));
    assert_int_equal(start_call(url, METHOD_GET, NULL), OK);
    wait_for(1);
    assert_int_equal(outcome.answer.fate, SENDER_NOT_SENT);
    close(fd);
}

/* By its address and by a name that is resolved to it; the next call that is not guarded goes there. */
static void a_guarded_call_connects_to_no_inner_address(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    static const char *const hosts[] = {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"};
    (void)state;
    provider.replies = replies;
    for (int i = 0; i < (int)COUNT(hosts); i++) {
        char url[64];
        snprintf(url, sizeof(url), "http://%s:%d/send", hosts[i], provider.port);
        const struct http_call call = {.method = METHOD_POST, .url = url, .body = SLICE("x"), .guarded = true};
        assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
        wait_for(i + 1);
        assert_int_equal(outcome.answer.fate, SENDER_NOT_SENT);
        assert_string_equal(outcome.answer.trouble, "the host's address is not public");
    }
    assert_int_equal(provider.requests, 0);
    assert_int_equal(start_call(provider_url("http"), METHOD_POST, "x"), OK);
    wait_for((int)COUNT(hosts) + 1);
    assert_int_equal(outcome.answer.fate, SENDER_ANSWERED);
}

/* libcurl lets go of no buffer of a call whose host was not found: nobody may get such a handle. */
static void a_host_that_is_not_found_spoils_no_other_call(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    (void)state;
    provider.replies = replies;
    for (int i = 0; i < 6; i += 2) {
        assert_int_equal(start_call("http://nobody.invalid/", METHOD_GET, NULL), OK);
        wait_for(i + 1);
        assert_int_equal(outcome.answer.fate, SENDER_NOT_SENT);
        assert_int_equal(start_call(provider_url("http"), METHOD_GET, NULL), OK);
        wait_for(i + 2);
        assert_int_equal(outcome.answer.fate, SENDER_ANSWERED);
    }
}

static void writes_what_it_was_given(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL};
    struct http_call call = {.method = METHOD_POST, .user = "AC1", .password = "word", .body = {"a\0b", 3}};
    (void)state;
    provider.replies = replies;
    call.url = provider_url("http");
    call.headers[call.header_count++] = "Content-Type: application/json";
    assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
    wait_for(1);
    const char *heard = buf_text(&provider.heard);
    assert_non_null(strstr(heard, "POST /send HTTP/1.1\r\n"));
    assert_non_null(strstr(heard, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(heard, "\r\nAuthorization: Basic QUMxOndvcmQ=\r\n"));
    assert_non_null(strstr(heard, "\r\nContent-Length: 3\r\n"));
    assert_non_null(strstr(heard, "\r\nUser-Agent: chaski/"));
    assert_null(strstr(heard, "Expect"));
    assert_memory_equal(heard + provider.heard.len - 3, "a\0b", 3);
}

/* As libcurl itself would write it: encoded where it must be, without dots and fragment. */
static void the_target_is_what_follows_the_host(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL};
    static const struct {
        const char *tail, *line;
    } rows[] = {
        {"", "GET / HTTP/1.1\r\n"},
        {"?a=1", "GET /?a=1 HTTP/1.1\r\n"},
        {"/a/b.json?x=%20y&z=1#part", "GET /a/b.json?x=%20y&z=1 HTTP/1.1\r\n"},
        {"/a/../b/./c", "GET /b/c HTTP/1.1\r\n"},
        {"/ni\xc3\xb1o%2f|x", "GET /ni%c3%b1o%2f|x HTTP/1.1\r\n"},
    };
    (void)state;
    provider.replies = replies;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char url[128];
        snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", provider.port, rows[i].tail);
        buf_clear(&provider.heard);
        assert_int_equal(start_call(url, METHOD_GET, NULL), OK);
        wait_for((int)i + 1);
        if (!strstr(buf_text(&provider.heard), rows[i].line))
            fail_msg("%s: %s", url, buf_text(&provider.heard));
        assert_null(strstr(buf_text(&provider.heard), "Accept"));
    }
}

static void a_connection_is_kept_and_used_again(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    (void)state;
    provider.replies = replies;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(start_call(provider_url("http"), METHOD_POST, "a=1"), OK);
        wait_for(i + 1);
        assert_int_equal(outcome.answer.fate, SENDER_ANSWERED);
        evconnlistener_disable(provider.listener); /* a second connection would hang */
    }
    assert_int_equal(provider.requests, 3);
}

/* Handles are used again: nothing of an earlier call may show in a later one, nor count as written by it. */
static void each_call_says_its_own(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    struct http_call call = {.method = METHOD_POST, .user = "AC1", .password = "word", .body = SLICE("first body")};
    struct http_call other = {.method = METHOD_GET};
    (void)state;
    provider.replies = replies;
    call.url = other.url = provider_url("http");
    call.headers[call.header_count++] = "X-One: 1";
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
        wait_for(i + 1);
        call.body = SLICE("second");
    }
    assert_non_null(strstr(buf_text(&provider.heard), "\r\nContent-Length: 6\r\n"));
    assert_memory_equal(buf_text(&provider.heard) + provider.heard.len - 6, "second", 6);
    buf_clear(&provider.heard);
    assert_int_equal(sender_call(sender, &other, on_done, &outcome), OK);
    wait_for(3);
    const char *heard = buf_text(&provider.heard);
    assert_non_null(strstr(heard, "GET /send HTTP/1.1\r\n"));
    assert_true(!strstr(heard, "X-One") && !strstr(heard, "Authorization") && !strstr(heard, "body"));
    provider.closes_after_reply = true; /* the kept connection ends, and nobody takes another */
    assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
    wait_for(4);
    evconnlistener_free(provider.listener);
    provider.listener = NULL;
    assert_int_equal(sender_call(sender, &call, on_done, &outcome), OK);
    wait_for(5);
    assert_int_equal(outcome.answer.fate, SENDER_NOT_SENT);
}

/* libcurl, left alone, writes such a request again on a fresh connection. The provider may have acted on the
 * first. */
static void a_request_is_never_written_twice(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HANG_UP};
    static const enum method methods[] = {METHOD_POST, METHOD_GET};
    (void)state;
    for (size_t i = 0; i < COUNT(methods); i++) {
        provider.requests = 0;
        outcome.calls = 0;
        provider.replies = replies;
        assert_int_equal(start_call(provider_url("http"), methods[i], "a=1"), OK);
        wait_for(1);
        assert_int_equal(outcome.answer.fate, SENDER_ANSWERED);
        provider.replies = replies + 1;
        assert_int_equal(start_call(provider_url("http"), methods[i], "a=1"), OK);
        wait_for(2);
        assert_int_equal(outcome.answer.fate, SENDER_IN_DOUBT);
        assert_string_equal(outcome.answer.trouble, "the connection ended before an answer came");
        assert_int_equal(provider.requests, 2);
    }
}

#define MANY 80 /* more than begin in two turns of the loop */

static void many_calls_run_side_by_side(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    (void)state;
    provider.replies = replies;
    for (int i = 0; i < MANY; i++)
        assert_int_equal(start_call(provider_url("http"), METHOD_POST, "a=1"), OK);
    assert_int_equal(sender_in_flight(sender), MANY);
    wait_for(MANY);
    assert_int_equal(outcome.calls, MANY);
    assert_int_equal(sender_in_flight(sender), 0);
}

/* No more than a crowd is called at once, for as long as the provider is quick; all are, when it is not. */
static void a_crowd_goes_when_the_provider_is_slow(void **state)
{
    static const char *const silence[] = {SILENCE, NULL};
    (void)state;
    provider.replies = silence;
    sender_set_patience(sender, 1000 * DEADLINE_S, 1000 * DEADLINE_S);
    struct event *timer = evtimer_new(base, on_deadline, NULL);
    event_add(timer, &(struct timeval){.tv_sec = DEADLINE_S});
    for (int i = 0; i < 2 * MANY; i++)
        assert_int_equal(start_call(provider_url("http"), METHOD_POST, "a=1"), OK);
    while (provider.requests < 2 * MANY)
        event_base_loop(base, EVLOOP_ONCE);
    event_free(timer);
    assert_int_equal(sender_in_flight(sender), 2 * MANY);
    assert_int_equal(outcome.calls, 0);
}

/* The provider ends a connection that no call uses, and another gets its descriptor. */
static void an_idle_connection_may_end(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    (void)state;
    provider.replies = replies;
    for (int i = 0; i < 6; i++) {
        provider.closes_after_reply = i % 2;
        assert_int_equal(start_call(provider_url("http"), METHOD_POST, "a=1"), OK);
        wait_for(i + 1);
        assert_int_equal(outcome.answer.fate, SENDER_ANSWERED);
        for (int turns = 0; provider.closes_after_reply && turns < 3; turns++)
            event_base_loop(base, EVLOOP_NONBLOCK);
    }
    assert_int_equal(provider.requests, 6);
}

static void freeing_ends_each_call_once(void **state)
{
    static const char *const replies[] = {SILENCE, NULL};
    (void)state;
    provider.replies = replies;
    assert_int_equal(start_call(provider_url("http"), METHOD_POST, "a=1"), OK);
    while (provider.requests == 0)
        event_base_loop(base, EVLOOP_ONCE);
    sender_free(sender);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.answer.fate, SENDER_IN_DOUBT);
    sender = sender_new(base);
    assert_int_equal(start_call(provider_url("http"), METHOD_POST, "a=1"), OK);
    sender_free(sender);
    assert_int_equal(outcome.calls, 2);
    assert_int_equal(outcome.answer.fate, SENDER_NOT_SENT);
    sender = sender_new(base);
    for (int i = 0; i < MANY; i++) /* some of which wait for their turn */
        assert_int_equal(start_call(provider_url("http"), METHOD_POST, "a=1"), OK);
    sender_free(sender);
    assert_int_equal(outcome.calls, 2 + MANY);
    assert_int_equal(outcome.answer.fate, SENDER_NOT_SENT);
    sender = NULL;
}

/* A file for which memory runs out in the middle says so, and the next one is whole. */
static void failing_memory_cuts_a_file(void **state)
{
    static char large[FILE_BYTES + 100];
    const char *const replies[] = {large, NULL};
    const struct http_call call = {.method = METHOD_GET, .url = provider_url("http"), .file_max = FILE_BYTES};
    enum error cut = ERR_NOMEM;
    int cuts = 0;
    (void)state;
    int head = snprintf(large, sizeof(large), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", FILE_BYTES);
    memset(large + head, 'x', FILE_BYTES);
    provider.replies = replies;
    for (long successes = 0; cut != OK; successes++) {
        assert_true(successes < 1000);
        outcome.calls = 0;
        mem_fail_after(successes);
        enum error error = sender_call(sender, &call, on_done, &outcome);
        if (error == OK)
            wait_for(1);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        cut = error == OK && outcome.answer.fate == SENDER_ANSWERED ? outcome.answer.cut : ERR_NOMEM;
        assert_true(cut == ERR_NOMEM || outcome.answer.body.len == FILE_BYTES);
        cuts += error == OK && outcome.answer.cut == ERR_NOMEM;
    }
    assert_true(cuts > 0);
}

static void failing_memory_fails_the_call_alone(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    (void)state;
    provider.replies = replies;
    for (long successes = 0; successes < 8; successes++) {
        outcome.calls = 0;
        outcome.answer.body = SLICE_NONE;
        mem_fail_after(successes);
        enum error error = start_call(provider_url("http"), METHOD_POST, "a=1");
        if (error == OK)
            wait_for(1);
        mem_fail_after(-1);
        assert_int_equal(outcome.calls, error == OK);
        if (error == OK && outcome.answer.body.len == 2)
            return;
    }
    fail_msg("it never succeeded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_ending_has_its_fate, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_has_its_own_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_may_take_longer_but_not_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(a_guarded_call_goes_to_no_private_address, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_there_is_not_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_guarded_call_connects_to_no_inner_address, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_that_is_not_found_spoils_no_other_call, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_what_it_was_given, setup, teardown),
        cmocka_unit_test_setup_teardown(the_target_is_what_follows_the_host, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_is_kept_and_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(each_call_says_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_is_never_written_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(many_calls_run_side_by_side, setup, teardown),
        cmocka_unit_test_setup_teardown(a_crowd_goes_when_the_provider_is_slow, setup, teardown),
        cmocka_unit_test_setup_teardown(an_idle_connection_may_end, setup, teardown),
        cmocka_unit_test_setup_teardown(freeing_ends_each_call_once, setup, teardown),
        cmocka_unit_test_setup_teardown(failing_memory_cuts_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(failing_memory_fails_the_call_alone, setup, teardown),
    };
    signal(SIGPIPE, SIG_IGN);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
