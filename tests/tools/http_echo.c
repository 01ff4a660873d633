/* A small server for the gate's black-box tests: prints its port, answers on a few paths, ends when its
 * standard input does.
 *
 * http_echo [ADDRESS [SLOW_MS]]. /echo tells what a handler sees (method, target, path, query, rest, headers,
 * body) as lines of text; /big the same, with 3 MiB of body; /later answers in a later round of the loop;
 * /metrics writes the metrics; /large answers with 1 MiB. */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "gateway/http.h"
#include "gateway/metrics.h"

#define LARGE_BYTES (1024 * 1024)
#define LATER_MS 20

static struct event_base *base;

static size_t small_body(void *ctx, struct slice rest)
{
    (void)ctx;
    (void)rest;
    return 64 * 1024;
}

static size_t big_body(void *ctx, struct slice rest)
{
    (void)ctx;
    (void)rest;
    return HTTP_BODY_MAX;
}

static void add_line(struct buf *out, const char *name, struct slice value)
{
    buf_addf(out, "%s=", name);
    buf_addslice(out, value);
    buf_addc(out, '\n');
}

static void echo(void *ctx, struct http_exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct buf out;
    (void)ctx;
    buf_init(&out, HTTP_BODY_MAX + 2 * HTTP_HEAD_MAX + 1024);
    add_line(&out, "method", slice_of(request->method == METHOD_POST ? "POST" : "GET"));
    add_line(&out, "target", request->target);
    add_line(&out, "path", request->path);
    add_line(&out, "query", request->query);
    add_line(&out, "rest", exchange->rest);
    for (size_t i = 0; i < request->header_count; i++) {
        buf_adds(&out, "header ");
        buf_addslice(&out, request->headers[i].name);
        add_line(&out, "", request->headers[i].value);
    }
    add_line(&out, "body", request->body);
    http_answer(exchange, &(struct response){200, "text/plain", buf_slice(&out)});
    buf_release(&out);
}

static void on_later(evutil_socket_t fd, short what, void *exchange)
{
    (void)fd;
    (void)what;
    echo(NULL, exchange);
}

static void later(void *ctx, struct http_exchange *exchange)
{
    struct timeval wait = {.tv_usec = LATER_MS * 1000};
    (void)ctx;
    if (event_base_once(base, -1, EV_TIMEOUT, on_later, exchange, &wait) != 0)
        http_answer_text(exchange, 503, "no timer");
}

static void metrics(void *ctx, struct http_exchange *exchange)
{
    struct buf out;
    (void)ctx;
    buf_init(&out, LARGE_BYTES);
    metrics_write(&out);
    http_answer(exchange, &(struct response){200, "text/plain; version=0.0.4", buf_slice(&out)});
    buf_release(&out);
}

static void large(void *ctx, struct http_exchange *exchange)
{
    static char bytes[LARGE_BYTES];
    (void)ctx;
    memset(bytes, 'x', sizeof(bytes));
    http_answer(exchange, &(struct response){200, "text/plain", {bytes, sizeof(bytes)}});
}

static void on_stdin(evutil_socket_t fd, short what, void *ctx)
{
    char bytes[64];
    (void)what;
    (void)ctx;
    if (read((int)fd, bytes, sizeof(bytes)) <= 0)
        event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
    static const struct http_route routes[] = {
        {"/echo", HTTP_GET | HTTP_POST, small_body, echo, NULL},
        {"/echo/", HTTP_GET | HTTP_POST, small_body, echo, NULL},
        {"/big", HTTP_POST, big_body, echo, NULL},
        {"/later", HTTP_GET | HTTP_POST, small_body, later, NULL},
        {"/metrics", HTTP_GET, NULL, metrics, NULL},
        {"/large", HTTP_GET, NULL, large, NULL},
    };
    struct faults faults;
    signal(SIGPIPE, SIG_IGN);
    faults_init(&faults);
    struct event_config *config = event_config_new(); /* as the daemon's loop */
    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
    base = event_base_new_with_config(config);
    event_config_free(config);
    struct http_server *server =
        http_start(base, argc > 1 ? argv[1] : "127.0.0.1:0", routes, sizeof(routes) / sizeof(routes[0]), &faults);
    if (!server) {
        faults_print(&faults, stderr);
        faults_release(&faults);
        event_base_free(base);
        return 69;
    }
    uint64_t slow_ms = 0;
    if (slice_u64(slice_of(argc > 2 ? argv[2] : NULL), 100000, &slow_ms))
        http_set_patience(server, (int)slow_ms, (int)slow_ms);
    printf("%d\n", http_port(server));
    fflush(stdout);
    struct event *input = event_new(base, 0, EV_READ | EV_PERSIST, on_stdin, NULL);
    event_add(input, NULL);
    event_base_dispatch(base);
    event_free(input);
    http_free(server);
    event_base_free(base);
    faults_release(&faults);
    return 0;
}
