#include "tests/unit/unit.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/http.h"
#include "gateway/metrics.h"

#define DEADLINE_S 10 /* a test that takes longer has failed */
#define SMALL_BODY 100
#define HOST "Host: a\r\n"
#define CLOSE HOST "Connection: close\r\n\r\n"

/* A client on the same loop. */
struct client {
    struct bufferevent *bev;
    struct buf got;
    bool closed; /* by the server, in order */
    bool reset;
};

static struct event_base *base;
static struct http_server *server;
static struct http_exchange *waiting[4]; /* what /wait has got, not answered */
static size_t waiting_count;

static size_t small_body(void *ctx, struct slice rest)
{
    (void)ctx;
    return slice_is(rest, "none") ? 0 : slice_is(rest, "nowhere") ? HTTP_NO_PATH : SMALL_BODY;
}

/* Answers with the route's name, the rest and the body. */
static void echo(void *ctx, struct http_exchange *exchange)
{
    const struct request *request = &exchange->request;
    char *text = arena_printf(exchange->arena, "%s|%.*s|%.*s|%.*s from(%.*s)", (const char *)ctx,
                              (int)exchange->rest.len, exchange->rest.ptr, (int)request->query.len, request->query.ptr,
                              (int)request->body.len, request->body.ptr ? request->body.ptr : "",
                              (int)exchange->peer.len, exchange->peer.ptr ? exchange->peer.ptr : "");
    http_answer(exchange, &(struct response){text ? 200 : 500, "text/x-echo", slice_of(text)});
}

static void keep_waiting(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    assert_true(waiting_count < COUNT(waiting));
    waiting[waiting_count++] = exchange;
}

static void say_nothing(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    http_answer(exchange, &(struct response){.status = 204});
}

static char names[][8] = {"exact", "all", "longer", "both", "post", "put"};

static const struct http_route routes[] = {
    {"/a/", HTTP_GET, NULL, echo, names[1]},          {"/a/b", HTTP_GET, NULL, echo, names[0]},
    {"/a/b/", HTTP_GET, NULL, echo, names[2]},        {"/both/", HTTP_GET | HTTP_POST, small_body, echo, names[3]},
    {"/post", HTTP_POST, small_body, echo, names[4]}, {"/wait", HTTP_GET | HTTP_POST, small_body, keep_waiting, NULL},
    {"/nothing", HTTP_GET, NULL, say_nothing, NULL},  {"/put", HTTP_PUT, small_body, echo, names[5]},
};

static struct http_server *start(const char *listen)
{
    struct faults faults;
    faults_init(&faults);
    struct http_server *started = http_start(base, listen, routes, COUNT(routes), &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return started;
}

static int setup(void **state)
{
    (void)state;
    metrics_reset();
    waiting_count = 0;
    base = event_base_new();
    server = start("127.0.0.1:0");
    assert_non_null(server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_free(server);
    for (int i = 0; i < 3; i++) /* libevent frees bufferevents in the next round */
        event_base_loop(base, EVLOOP_NONBLOCK);
    event_base_free(base);
    return 0;
}

static void on_client_read(struct bufferevent *bev, void *context)
{
    struct client *client = context;
    struct evbuffer *input = bufferevent_get_input(bev);
    buf_add(&client->got, evbuffer_pullup(input, -1), evbuffer_get_length(input));
    evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_client_event(struct bufferevent *bev, short what, void *context)
{
    struct client *client = context;
    (void)bev;
    client->closed = client->closed || (what & BEV_EVENT_EOF);
    client->reset = client->reset || (what & BEV_EVENT_ERROR);
}

static void client_init(struct client *client, const char *unix_path)
{
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server))};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memset(client, 0, sizeof(*client));
    buf_init(&client->got, 1 << 22);
    client->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(client->bev, on_client_read, NULL, on_client_event, client);
    bufferevent_enable(client->bev, EV_READ | EV_WRITE);
    if (unix_path)
        assert_true(slice_copy(slice_of(unix_path), local.sun_path, sizeof(local.sun_path)));
    const struct sockaddr *address = unix_path ? (struct sockaddr *)&local : (struct sockaddr *)&inet;
    assert_int_equal(bufferevent_socket_connect(client->bev, address, unix_path ? sizeof(local) : sizeof(inet)), 0);
}

static void client_release(struct client *client)
{
    bufferevent_free(client->bev);
    buf_release(&client->got);
}

static void client_send(struct client *client, const char *text)
{
    bufferevent_write(client->bev, text, strlen(text));
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    fail_msg("not in time: %s", (const char *)context);
}

/* Turns the loop until the condition holds. */
#define WAIT_FOR(condition)                                                                                            \
    do {                                                                                                               \
        struct timeval deadline = {.tv_sec = DEADLINE_S};                                                              \
        struct event *timer = evtimer_new(base, on_deadline, (char[]){#condition});                                    \
        event_add(timer, &deadline);                                                                                   \
        while (!(condition))                                                                                           \
            event_base_loop(base, EVLOOP_ONCE);                                                                        \
        event_free(timer);                                                                                             \
    } while (0)

static bool has(const struct client *client, const char *text)
{
    return strstr(buf_text(&client->got), text);
}

static size_t count_of(const struct client *client, const char *text)
{
    size_t count = 0;
    for (const char *at = buf_text(&client->got); (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* Sends one text and waits until the server closes. The answer is in client->got; release it. */
static void talk(struct client *client, const char *text)
{
    client_init(client, NULL);
    client_send(client, text);
    WAIT_FOR(client->closed || client->reset);
    assert_false(client->reset);
}

/* Lets what was sent arrive, and be acted upon. */
static void settle(void)
{
    struct timeval look = {.tv_usec = 20000};
    event_base_loopexit(base, &look);
    event_base_dispatch(base);
}

static void each_request_meets_its_route(void **state)
{
    static const struct {
        const char *name, *request, *line, *part;
    } rows[] = {
        {"exact", "GET /a/b HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK\r\n", "\r\n\r\nexact|||"},
        {"prefix", "GET /a/c?d=e HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK\r\n", "\r\n\r\nall|c|d=e|"},
        {"prefix alone", "GET /a/ HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK\r\n", "\r\n\r\nall||| from(127.0.0.1)"},
        {"longest prefix", "GET /a/b/c HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK\r\n", "\r\n\r\nlonger|c||"},
        {"post", "POST /post HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "ab", "HTTP/1.1 200 OK\r\n", "\r\n\r\npost|||ab"},
        {"no slash", "GET /a HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 Not Found\r\n", "X-Content-Type-Options: nosniff\r\n"},
        {"nothing there", "GET /a%62 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 Not Found\r\n", "Cache-Control: no-store\r\n"},
        {"get on post", "GET /post HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: POST\r\n"},
        {"post on get", "POST /a/b HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: GET, HEAD\r\n"},
        {"put", "PUT /put HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "ab", "HTTP/1.1 200 OK\r\n", "\r\n\r\nput|||ab"},
        {"get on put", "GET /put HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: PUT\r\n"},
        {"put where none is taken", "PUT /both/ HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed\r\n",
         "Allow: GET, POST\r\n"},
        {"delete", "DELETE /both/ HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: GET, POST\r\n"},
        {"head", "HEAD /a/c HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK\r\n", "Content-Length: 23\r\n"},
        {"head with effects", "HEAD /both/ HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed\r\n", NULL},
        {"no body", "GET /nothing HTTP/1.1\r\n" CLOSE, "HTTP/1.1 204 No Content\r\n", NULL},
        {"old", "GET /a/c HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n", "Content-Length: 23\r\n"},
        {"a body for a get", "GET /both/x HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "ab", "HTTP/1.1 200 OK\r\n",
         "both|x||ab"},
        {"a body nobody takes", "GET /a/b HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "ab", "HTTP/1.1 413 ", NULL},
        {"a body for nobody", "POST /zzz HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", "HTTP/1.1 404 ",
         "Connection: close\r\n"},
        {"a body by path", "POST /both/none HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "ab", "HTTP/1.1 413 ", NULL},
        {"no path", "GET /both/nowhere HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ", NULL},
        {"a body for no path", "POST /both/nowhere HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", "HTTP/1.1 404 ",
         "Connection: close\r\n"},
        {"a method for no path", "PUT /both/nowhere HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ", NULL},
        {"large, announced", "POST /post HTTP/1.1\r\n" HOST "Content-Length: 101\r\n\r\n", "HTTP/1.1 413 ",
         "Connection: close\r\n"},
        {"large, in chunks", "POST /post HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n65\r\n", "HTTP/1.1 413 ",
         "Connection: close\r\n"},
        {"refused", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "Connection: close\r\n"},
        {"refused version", "GET / HTTP/1.9\r\n\r\n", "HTTP/1.1 505 ", "Connection: close\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client client;
        const char *part = rows[i].part;
        print_message("%s\n", rows[i].name);
        talk(&client, rows[i].request);
        if (!slice_starts(buf_slice(&client.got), rows[i].line) || (part && !has(&client, part)))
            fail_msg("%s: %s", rows[i].name, buf_text(&client.got));
        assert_int_equal(count_of(&client, "Cache-Control:"), 1);
        assert_null(strstr(buf_text(&client.got), "Server:"));
        assert_int_equal(http_in_flight(server), 0);
        client_release(&client);
    }
}

static void a_head_has_no_body(void **state)
{
    struct client client;
    (void)state;
    talk(&client, "HEAD /a/c HTTP/1.1\r\n" CLOSE);
    assert_string_equal(buf_text(&client.got) + client.got.len - 4, "\r\n\r\n");
    client_release(&client);
}

static void a_connection_carries_request_after_request(void **state)
{
    struct client client;
    (void)state;
    client_init(&client, NULL);
    for (size_t i = 1; i <= 3; i++) {
        client_send(&client, "POST /post HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
        event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        client_send(&client, "2\r\nab\r\n0\r\n\r\n");
        WAIT_FOR(count_of(&client, "post|||ab") == i);
    }
    client_send(&client, "GET /a/c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    WAIT_FOR(has(&client, "all|c||"));
    assert_true(has(&client, "Connection: keep-alive\r\n"));
    assert_false(client.closed);
    client_release(&client);
}

/* Three requests in one write, and a half of a fourth; the second is answered late. The order stays, and the fourth is
 * finished by the next write. */
static void pipelined_requests_are_answered_in_order(void **state)
{
    struct client client;
    (void)state;
    client_init(&client, NULL);
    client_send(&client, "GET /a/1 HTTP/1.1\r\n" HOST "\r\nPOST /wait HTTP/1.1\r\n" HOST
                         "Content-Length: 3\r\n\r\nabcGET /a/3 HTTP/1.1\r\n" HOST "\r\nGET /a/4 HT");
    WAIT_FOR(waiting_count == 1);
    WAIT_FOR(has(&client, "all|1||"));
    assert_false(has(&client, "all|3||"));
    assert_true(slice_is(waiting[0]->request.body, "abc"));
    http_answer_text(waiting[0], 200, "late");
    WAIT_FOR(has(&client, "all|3||"));
    assert_true(strstr(buf_text(&client.got), "late") < strstr(buf_text(&client.got), "all|3||"));
    client_send(&client, "TP/1.1\r\n" CLOSE);
    WAIT_FOR(client.closed);
    assert_true(has(&client, "all|4||"));
    client_release(&client);
}

static void nothing_behind_a_refusal_is_read(void **state)
{
    struct client client;
    (void)state;
    talk(&client,
         "POST /post HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\nGET /a/c HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(count_of(&client, "Cache-Control:"), 1);
    assert_true(has(&client, "HTTP/1.1 501 "));
    client_release(&client);
    talk(&client,
         "GET /a/1 HTTP/1.1\r\n" HOST "\r\nGET /%00 HTTP/1.1\r\n" HOST "\r\nGET /a/3 HTTP/1.1\r\n" HOST "\r\n");
    assert_true(has(&client, "all|1||"));
    assert_int_equal(count_of(&client, "Cache-Control:"), 2);
    client_release(&client);
}

static void a_client_that_closed_its_side_is_answered(void **state)
{
    struct client client;
    (void)state;
    client_init(&client, NULL);
    client_send(&client,
                "GET /a/1 HTTP/1.1\r\n" HOST "\r\nGET /wait HTTP/1.1\r\n" HOST "\r\nGET /a/2 HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(waiting_count == 1);
    shutdown(bufferevent_getfd(client.bev), SHUT_WR);
    http_answer_text(waiting[0], 200, "late");
    assert_int_equal(http_in_flight(server), 1); /* until it is written */
    WAIT_FOR(client.closed);
    assert_true(has(&client, "late") && has(&client, "all|2||"));
    client_release(&client);
}

static void a_client_that_left_is_no_trouble(void **state)
{
    struct client client;
    (void)state;
    client_init(&client, NULL);
    client_send(&client, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(waiting_count == 1);
    assert_int_equal(http_in_flight(server), 1);
    client_release(&client);
    event_base_loop(base, EVLOOP_NONBLOCK);
    http_answer_text(waiting[0], 200, "to nobody");
    WAIT_FOR(http_in_flight(server) == 0);
    talk(&client, "GET /a/c HTTP/1.1\r\n" CLOSE);
    client_release(&client);
}

static void a_server_that_ended_is_no_trouble(void **state)
{
    struct client client;
    (void)state;
    client_init(&client, NULL);
    client_send(&client, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(waiting_count == 1);
    http_free(server);
    server = NULL;
    http_answer_text(waiting[0], 200, "from nobody");
    client_release(&client);
}

static void the_slow_are_told_and_closed(void **state)
{
    static const struct {
        const char *name, *first, *drip, *answer;
    } rows[] = {
        {"silent", "", NULL, ""},
        {"half a head", "GET /a/b HTTP/1.1\r\nHo", NULL, "HTTP/1.1 408 "},
        {"dripping head", "GET /a/b HTTP/1.1\r\nX: ", "x", "HTTP/1.1 408 "},
        {"half a body", "POST /post HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nab", NULL, "HTTP/1.1 408 "},
        {"dripping chunks", "POST /post HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n",
         "HTTP/1.1 408 "},
    };
    (void)state;
    http_set_patience(server, 150, 60000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client client;
        struct timeval begin, now, pause = {.tv_usec = 20000};
        print_message("%s\n", rows[i].name);
        evutil_gettimeofday(&begin, NULL);
        client_init(&client, NULL);
        client_send(&client, rows[i].first);
        while (!client.closed && !client.reset) {
            event_base_loopexit(base, &pause);
            event_base_loop(base, 0);
            if (rows[i].drip && !client.closed)
                client_send(&client, rows[i].drip);
            evutil_gettimeofday(&now, NULL);
            assert_true(now.tv_sec - begin.tv_sec < DEADLINE_S);
        }
        assert_true(slice_starts(buf_slice(&client.got), rows[i].answer));
        assert_int_equal(client.got.len == 0, rows[i].answer[0] == '\0');
        client_release(&client);
    }
}

static void the_idle_are_closed(void **state)
{
    struct client client;
    (void)state;
    http_set_patience(server, 60000, 50);
    client_init(&client, NULL);
    client_send(&client, "GET /a/c HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(client.closed);
    assert_int_equal(count_of(&client, "Cache-Control:"), 1);
    client_release(&client);
}

/* Bytes that nobody reads would make the system reset the connection, and the answer be lost. */
static void a_refused_client_sees_why(void **state)
{
    static char bytes[1 << 20];
    struct client client;
    (void)state;
    memset(bytes, 'x', sizeof(bytes) - 1);
    for (int i = 0; i < 3; i++) {
        client_init(&client, NULL);
        client_send(&client, "POST /post HTTP/1.1\r\n" HOST "Content-Length: 4194304\r\n\r\n");
        for (int j = 0; j < 4; j++)
            client_send(&client, bytes);
        WAIT_FOR(client.closed || client.reset);
        assert_true(has(&client, "HTTP/1.1 413 "));
        assert_false(client.reset);
        client_release(&client);
    }
}

static void who_asks_before_sending_is_told_to_go_on(void **state)
{
    struct client client;
    (void)state;
    client_init(&client, NULL);
    client_send(&client, "POST /post HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" CLOSE);
    WAIT_FOR(has(&client, "HTTP/1.1 100 Continue\r\n\r\n"));
    client_send(&client, "ab");
    WAIT_FOR(client.closed);
    assert_true(has(&client, "post|||ab"));
    client_release(&client);
    talk(&client, "POST /post HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 101\r\n" CLOSE);
    assert_true(slice_starts(buf_slice(&client.got), "HTTP/1.1 413 "));
    client_release(&client);
}

static void draining_answers_what_is_under_way(void **state)
{
    struct client idle, busy, arriving, fresh, late;
    (void)state;
    client_init(&idle, NULL);
    client_send(&idle, "GET /a/c HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(has(&idle, "all|c||"));
    client_init(&busy, NULL);
    client_send(&busy, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(waiting_count == 1);
    client_init(&arriving, NULL);
    client_send(&arriving, "POST /both/c HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nh");
    client_init(&fresh, NULL);
    WAIT_FOR(http_in_flight(server) == 2);
    for (int i = 0; i < 10; i++)
        event_base_loop(base, EVLOOP_NONBLOCK); /* lets it in */
    http_stop_accepting(server, 0);
    WAIT_FOR(idle.closed);
    assert_int_equal(http_in_flight(server), 3);
    client_send(&fresh, "GET /a/f HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(fresh.closed);
    assert_true(has(&fresh, "all|f||"));
    client_send(&arriving, "i");
    WAIT_FOR(arriving.closed);
    assert_true(has(&arriving, "both|c||hi"));
    client_init(&late, NULL);
    client_send(&late, "GET /a/c HTTP/1.1\r\n" HOST "\r\n");
    http_answer_text(waiting[0], 200, "done");
    WAIT_FOR(busy.closed);
    assert_true(has(&busy, "Connection: close\r\n") && has(&busy, "done"));
    assert_int_equal(late.got.len, 0);
    client_release(&idle);
    client_release(&arriving);
    client_release(&fresh);
    client_release(&busy);
    client_release(&late);
}

static void listens_on_a_unix_socket(void **state)
{
    char path[64], listen[80];
    struct client client;
    (void)state;
    snprintf(path, sizeof(path), "/tmp/chaski-test-http-%d.sock", (int)getpid());
    snprintf(listen, sizeof(listen), "unix:%s", path);
    for (int i = 0; i < 2; i++) { /* the second finds the file of one that died */
        http_free(server);
        server = start(listen);
        assert_non_null(server);
        assert_int_equal(http_port(server), 0);
        client_init(&client, path);
        client_send(&client, "GET /a/c HTTP/1.1\r\n" CLOSE);
        WAIT_FOR(client.closed);
        assert_true(has(&client, "all|c|| from()"));
        client_release(&client);
        if (i == 0) {
            http_free(server);
            server = NULL;
            assert_int_equal(access(path, F_OK), -1);
            struct sockaddr_un local = {.sun_family = AF_UNIX};
            assert_true(slice_copy(slice_of(path), local.sun_path, sizeof(local.sun_path)));
            int dead = socket(AF_UNIX, SOCK_STREAM, 0);
            assert_int_equal(bind(dead, (struct sockaddr *)&local, sizeof(local)), 0);
            close(dead);
        }
    }
}

static void a_bad_address_is_a_fault(void **state)
{
    static const char *const listens[] = {
        "",      "8080",        "localhost:8080",        "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "::1:80",
        "unix:", "192.0.2.1:0", "unix:/nowhere/at/all/x"};
    char taken[32];
    (void)state;
    snprintf(taken, sizeof(taken), "127.0.0.1:%d", http_port(server));
    for (size_t i = 0; i <= COUNT(listens); i++) {
        struct faults faults;
        const char *listen = i < COUNT(listens) ? listens[i] : taken;
        faults_init(&faults);
        assert_null(http_start(base, listen, routes, COUNT(routes), &faults));
        assert_int_equal(faults.total, 1);
        assert_non_null(strstr(faults.items[0].text, listen));
        faults_release(&faults);
    }
}

#define ROOM 4

/* In a full house a newcomer takes the place of whoever comes first in this order, however the others came. */
static void a_full_house_makes_room(void **state)
{
    static const struct {
        const char *name, *sent[ROOM];
        size_t goes; /* who makes room */
    } rows[] = {
        {"the eldest of the fresh", {"", "", "", ""}, 0},
        {"the idle like the fresh", {"GET /a/c HTTP/1.1\r\n" HOST "\r\n", "", "", ""}, 0},
        {"fresh before a head", {"GET /a/c", "GET", "", "POST /post"}, 2},
        {"the eldest head", {"GET /wait HTTP/1.1\r\n" HOST "\r\n", "G", "GET", "GET /a/c"}, 1},
        {"a head before a body",
         {"POST /post HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nab", "GET /wait HTTP/1.1\r\n" HOST "\r\n",
          "POST /post HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n", "GET /a"},
         3},
        {"a body before one that is handled",
         {"GET /wait HTTP/1.1\r\n" HOST "\r\n", "POST /post HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nab",
          "GET /wait HTTP/1.1\r\n" HOST "\r\n", "GET /wait HTTP/1.1\r\n" HOST "\r\n"},
         1},
    };
    (void)state;
    http_set_room(server, ROOM);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client clients[ROOM], newcomer;
        print_message("%s\n", rows[i].name);
        waiting_count = 0;
        for (size_t j = 0; j < ROOM; j++) {
            client_init(&clients[j], NULL);
            client_send(&clients[j], rows[i].sent[j]);
            settle();
        }
        client_init(&newcomer, NULL);
        client_send(&newcomer, "GET /a/c HTTP/1.1\r\n" CLOSE);
        WAIT_FOR(newcomer.closed || newcomer.reset);
        assert_true(has(&newcomer, "all|c||"));
        for (size_t j = 0; j < ROOM; j++)
            assert_int_equal(clients[j].closed || clients[j].reset, j == rows[i].goes);
        while (waiting_count > 0)
            http_answer_text(waiting[--waiting_count], 200, "late");
        client_release(&newcomer);
        for (size_t j = 0; j < ROOM; j++)
            client_release(&clients[j]);
        settle();
    }
}

static void nobody_goes_while_all_are_handled(void **state)
{
    struct client clients[ROOM], newcomer;
    (void)state;
    http_set_room(server, ROOM);
    for (size_t i = 0; i < ROOM; i++) {
        client_init(&clients[i], NULL);
        client_send(&clients[i], "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    }
    WAIT_FOR(waiting_count == ROOM);
    client_init(&newcomer, NULL);
    client_send(&newcomer, "GET /a/c HTTP/1.1\r\n" CLOSE);
    settle();
    assert_int_equal(newcomer.got.len, 0);
    http_answer_text(waiting[2], 200, "late");
    WAIT_FOR(newcomer.closed);
    assert_true(has(&newcomer, "all|c||") && has(&clients[2], "late"));
    for (size_t i = 0; i < ROOM; i++) {
        assert_int_equal(clients[i].closed, i == 2);
        if (i != 2)
            http_answer_text(waiting[i], 200, "late");
    }
    for (size_t i = 0; i < ROOM; i++)
        if (i != 2)
            WAIT_FOR(has(&clients[i], "late"));
    client_release(&newcomer);
    for (size_t i = 0; i < ROOM; i++)
        client_release(&clients[i]);
}

/* A process without a file to spare closes who waits, as in a full house. */
static void without_files_room_is_made_too(void **state)
{
    static struct client clients[ROOM], newcomer;
    struct rlimit files, few;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    for (size_t i = 0; i < ROOM; i++)
        client_init(&clients[i], NULL);
    settle();
    client_init(&newcomer, NULL);
    few = (struct rlimit){(rlim_t)bufferevent_getfd(newcomer.bev) + 1, files.rlim_max}; /* it has the last one */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    client_send(&newcomer, "GET /a/c HTTP/1.1\r\n" CLOSE);
    WAIT_FOR(newcomer.closed || newcomer.reset);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    assert_true(has(&newcomer, "all|c||"));
    assert_true(clients[0].closed && !clients[ROOM - 1].closed); /* libevent closes a file a round later: two may go */
    client_release(&newcomer);
    for (size_t i = 0; i < ROOM; i++)
        client_release(&clients[i]);
}

static void failing_memory_costs_a_connection(void **state)
{
    bool answered = false;
    (void)state;
    for (long successes = 0; successes < 30 && !answered; successes++) {
        struct client client;
        http_set_patience(server, 100, 100);
        client_init(&client, NULL);
        client_send(&client, "POST /post HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE);
        client.got.ptr = mem_alloc(1 << 12); /* so that only the server's memory fails */
        client.got.capacity = 1 << 12;
        mem_fail_after(successes);
        client_send(&client, "ab");
        WAIT_FOR(client.closed || client.reset);
        mem_fail_after(-1);
        answered = has(&client, "post|||ab");
        client_release(&client);
    }
    assert_true(answered);
}

static void counts_what_it_does(void **state)
{
    struct client client;
    struct buf out;
    (void)state;
    talk(&client, "GET /a/c HTTP/1.1\r\n" CLOSE);
    client_release(&client);
    talk(&client, "GET /a/c HTTP/1.1\r\n\r\n");
    client_release(&client);
    buf_init(&out, 1 << 20);
    metrics_write(&out);
    assert_non_null(strstr(buf_text(&out), "\nchaski_http_requests_total{code=\"200\"} 1\n"));
    assert_non_null(strstr(buf_text(&out), "\nchaski_http_requests_total{code=\"400\"} 1\n"));
    assert_non_null(strstr(buf_text(&out), "\nchaski_http_refused_total{reason=\"host\"} 1\n"));
    buf_release(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_request_meets_its_route),
        TEST(a_head_has_no_body),
        TEST(a_connection_carries_request_after_request),
        TEST(pipelined_requests_are_answered_in_order),
        TEST(nothing_behind_a_refusal_is_read),
        TEST(a_client_that_closed_its_side_is_answered),
        TEST(a_client_that_left_is_no_trouble),
        TEST(a_server_that_ended_is_no_trouble),
        TEST(the_slow_are_told_and_closed),
        TEST(the_idle_are_closed),
        TEST(a_refused_client_sees_why),
        TEST(who_asks_before_sending_is_told_to_go_on),
        TEST(draining_answers_what_is_under_way),
        TEST(listens_on_a_unix_socket),
        TEST(a_bad_address_is_a_fault),
        TEST(a_full_house_makes_room),
        TEST(nobody_goes_while_all_are_handled),
        TEST(without_files_room_is_made_too),
        TEST(failing_memory_costs_a_connection),
        TEST(counts_what_it_does),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
