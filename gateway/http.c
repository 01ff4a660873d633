#include "gateway/http.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"
#include "gateway/gate.h"
#include "gateway/listen.h"
#include "gateway/metrics.h"

#define ARENA_SPARE (64 * 1024)              /* bytes an exchange's arena has beyond four times the body */
#define LINGER_BYTES_MAX (16u * 1024 * 1024) /* thrown away before a refused client is cut off */
#define ACCEPT_PAUSE_MS 100                  /* after the system had no file left for a connection */
#define ANSWER_HEADERS_MAX 3

/* What a connection is doing. Each phase has a time, and what happens when it ends: see `phases`. */
enum phase {
    FRESH,     /* accepted, and nothing has come */
    IDLE,      /* waits for its next request */
    READY,     /* bytes of its next request came with the last one, and are read next */
    READING,   /* a request is arriving */
    HANDLING,  /* a whole request, or a refused one, is on its way through evhttp and the handler */
    WRITING,   /* the answer is being written */
    LEAVING,   /* evhttp is done with it, and the client may still be sending */
    LINGERING, /* what comes is thrown away */
    DOOMED,    /* no memory to go on */
    PHASES
};

/* A client's connection. Its reference to the bufferevent makes the socket outlive evhttp's part. */
struct connection {
    struct http_server *server;
    struct connection *newborn; /* next of those that evhttp has not set up yet */
    struct bufferevent *bufferevent;
    struct evhttp_connection *evhttp; /* NULL before adoption and after evhttp let go */
    struct evbuffer *early;           /* bytes that came behind a request; NULL until there are any */
    struct event *timer;
    struct gate gate;
    const struct http_route *route; /* of the request; NULL: none */
    struct exchange *exchange;      /* being answered; NULL: none */
    size_t slot;                    /* in server->connections */
    size_t lingered;                /* bytes thrown away */
    enum phase phase;
    int status;  /* the answer when no handler is asked: 404, 405, or the gate's; 0 otherwise */
    bool closes; /* after this answer */
    bool unread; /* the client may still be sending what nobody will read */
    bool giving; /* bytes of ours are being put before evhttp */
};

struct exchange {
    struct http_exchange shown;    /* first, so that a handler's pointer is ours */
    struct connection *connection; /* NULL when it is gone */
    struct evhttp_request *evhttp; /* good as long as the connection */
    struct buf head, body;         /* what shown.request points into */
};

struct http_server {
    struct event_base *base;
    struct evhttp *evhttp;
    struct evconnlistener *listener; /* evhttp's; NULL before it is open */
    struct http_route *routes;
    size_t route_count;
    struct connection *connections[HTTP_CONNECTIONS_MAX]; /* NULL: free slot */
    size_t connection_count;
    struct connection *newborns;
    struct event *adoption;
    struct event *accept_again;
    size_t in_flight;
    int phase_ms[PHASES];
    bool accepting;
    bool ending;
};

static struct timeval timeval_of_ms(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* Goes to a phase and sets its clock. A request's time begins with its first byte, or with the connection. A
 * phase without time ends after the events of this round, before any socket is looked at again. */
static void enter(struct connection *connection, enum phase phase)
{
    bool same_clock = connection->phase == FRESH && phase == READING;
    int ms = connection->server->phase_ms[phase];
    connection->phase = phase;
    if (same_clock)
        return;
    event_del(connection->timer);
    if (ms < 0)
        return;
    if (ms == 0) {
        event_active(connection->timer, EV_TIMEOUT, 1);
        return;
    }
    struct timeval time = timeval_of_ms(ms);
    event_add(connection->timer, &time);
}

static void set_accepting(struct http_server *server)
{
    if (server->accepting && server->connection_count < HTTP_CONNECTIONS_MAX)
        evconnlistener_enable(server->listener);
    else
        evconnlistener_disable(server->listener);
}

static void on_bytes(struct evbuffer *input, const struct evbuffer_cb_info *info, void *context);

static void connection_free(struct connection *connection)
{
    struct http_server *server = connection->server;
    server->connections[connection->slot] = NULL;
    server->connection_count--;
    event_free(connection->timer);
    evbuffer_remove_cb(bufferevent_get_input(connection->bufferevent), on_bytes, connection);
    bufferevent_setcb(connection->bufferevent, NULL, NULL, NULL, NULL);
    bufferevent_decref(connection->bufferevent);
    if (connection->early)
        evbuffer_free(connection->early);
    gate_release(&connection->gate);
    mem_free(connection);
    if (!server->ending)
        set_accepting(server);
}

/* Closes a connection that evhttp holds; on_evhttp_close() does the rest. */
static void connection_kill(struct connection *connection)
{
    if (connection->evhttp)
        evhttp_connection_free(connection->evhttp);
    else
        connection_free(connection);
}

/* Finds the route of a path: an exact one, else the longest prefix. */
static const struct http_route *find_route(const struct http_server *server, struct slice path)
{
    const struct http_route *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < server->route_count; i++) {
        const struct http_route *route = &server->routes[i];
        size_t len = strlen(route->path);
        if (slice_is(path, route->path))
            return route;
        if (len > best_len && route->path[len - 1] == '/' && slice_starts(path, route->path)) {
            best = route;
            best_len = len;
        }
    }
    return best;
}

static struct slice path_of(const struct gate *gate)
{
    struct slice target = gate_text(gate, gate->target);
    return slice_part(target, 0, slice_find(target, '?'));
}

static struct slice rest_of(const struct gate *gate, const struct http_route *route)
{
    struct slice path = path_of(gate);
    return slice_part(path, strlen(route->path), path.len);
}

static bool route_takes(const struct http_route *route, struct slice method)
{
    if (slice_is(method, "GET"))
        return route->methods & HTTP_GET;
    if (slice_is(method, "POST"))
        return route->methods & HTTP_POST;
    return slice_is(method, "HEAD") && route->methods == HTTP_GET;
}

/* Tells a client that waits for it to go on. It goes past evhttp, whose side of the socket is silent now; a
 * failure does no harm, for such clients go on by themselves. Source: RFC 9110 section 10.1.1. */
static void send_continue(struct connection *connection)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (connection->gate.minor == 1)
        (void)!send(bufferevent_getfd(connection->bufferevent), line, sizeof(line) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Decides on a good head whether its body may come. A body that nobody wants is not read. */
static enum gate_verdict admit(struct connection *connection)
{
    struct gate *gate = &connection->gate;
    const struct http_route *route = find_route(connection->server, path_of(gate));
    connection->route = route;
    if (!route || !route_takes(route, gate_text(gate, gate->method))) {
        connection->status = route ? 405 : 404;
        connection->unread = gate_has_body(gate);
        return GATE_WHOLE;
    }
    size_t max = route->body_max ? route->body_max(route->ctx, rest_of(gate, route)) : 0;
    if (!gate_take_body(gate, max))
        return GATE_REFUSED;
    if (gate_has_body(gate) && gate->expects_continue)
        send_continue(connection);
    struct slice nothing = SLICE_NONE;
    return gate_feed(gate, &nothing);
}

/* Gives evhttp the head that stands for the request: the slot by which to find it again, and how the answer
 * is to be framed. evhttp reads it as soon as its read callback runs, which every caller sees to. */
static void give_to_evhttp(struct connection *connection)
{
    const struct gate *gate = &connection->gate;
    struct evbuffer *input = bufferevent_get_input(connection->bufferevent);
    bool is_head = slice_is(gate_text(gate, gate->method), "HEAD");
    bool is_old = gate->minor == 0 && !gate->refusal;
    enter(connection, HANDLING);
    connection->giving = true;
    evbuffer_unfreeze(input, 0);
    int failed = evbuffer_add_printf(input, "%s /%zu HTTP/1.%d\r\nConnection: %s\r\n\r\n", is_head ? "HEAD" : "GET",
                                     connection->slot, is_old ? 0 : 1, connection->closes ? "close" : "keep-alive");
    evbuffer_freeze(input, 0);
    connection->giving = false;
    if (failed < 0)
        enter(connection, DOOMED);
}

/* A request is whole or refused: `source` holds what came behind it. */
static void end_reading(struct connection *connection, struct evbuffer *source)
{
    const struct gate *gate = &connection->gate;
    if (gate->refusal) {
        connection->status = gate->refusal->status;
        connection->unread = true;
        metric_add(METRIC_HTTP_REFUSED, gate->refusal->reason, NULL, 1);
    }
    connection->closes = connection->unread || !gate_keeps_alive(gate) || !connection->server->accepting;
    if (connection->closes)
        evbuffer_drain(source, evbuffer_get_length(source));
    else if (source != connection->early && evbuffer_get_length(source) > 0) {
        if (!connection->early)
            connection->early = evbuffer_new();
        if (!connection->early || evbuffer_add_buffer(connection->early, source) != 0) {
            enter(connection, DOOMED);
            return;
        }
    }
    give_to_evhttp(connection);
}

/* Lets the gate read from `source` until a request is whole or refused, or nothing is left. */
static void read_request(struct connection *connection, struct evbuffer *source)
{
    enum gate_verdict verdict = GATE_MORE;
    while (verdict == GATE_MORE && evbuffer_get_length(source) > 0) {
        struct evbuffer_iovec piece = {NULL, 0};
        evbuffer_peek(source, -1, NULL, &piece, 1);
        struct slice bytes = {piece.iov_base, piece.iov_len};
        verdict = gate_feed(&connection->gate, &bytes);
        if (verdict == GATE_HEAD)
            verdict = admit(connection);
        evbuffer_drain(source, piece.iov_len - bytes.len);
    }
    if (verdict != GATE_MORE)
        end_reading(connection, source);
    else if (connection->phase != READING && gate_is_under_way(&connection->gate))
        enter(connection, READING);
}

static void throw_away(struct connection *connection, struct evbuffer *input)
{
    connection->lingered += evbuffer_get_length(input);
    evbuffer_drain(input, evbuffer_get_length(input));
    if (connection->lingered > LINGER_BYTES_MAX)
        enter(connection, DOOMED);
}

/* Sees each byte as soon as it is read from the socket, before evhttp does: libevent calls it from within the
 * read, and evhttp's callback after it, which finds what give_to_evhttp() put there, or nothing. Nothing may
 * be freed here. */
static void on_bytes(struct evbuffer *input, const struct evbuffer_cb_info *info, void *context)
{
    struct connection *connection = context;
    if (info->n_added == 0 || connection->giving)
        return;
    switch (connection->phase) {
    case FRESH:
    case IDLE:
    case READING:
        read_request(connection, input);
        break;
    case READY:
        if (evbuffer_add_buffer(connection->early, input) == 0)
            read_request(connection, connection->early);
        else
            enter(connection, DOOMED);
        break;
    case LINGERING:
        throw_away(connection, input);
        break;
    default: /* the others do not read: evhttp must not get what came all the same */
        evbuffer_drain(input, evbuffer_get_length(input));
        enter(connection, DOOMED);
        break;
    }
}

static void wake_evhttp(struct connection *connection)
{
    if (connection->phase == HANDLING)
        bufferevent_trigger(connection->bufferevent, EV_READ, BEV_TRIG_IGNORE_WATERMARKS);
}

static void read_early(struct connection *connection)
{
    connection->phase = IDLE;
    read_request(connection, connection->early);
    if (connection->phase == IDLE)
        enter(connection, IDLE);
    wake_evhttp(connection);
}

static void refuse_slow(struct connection *connection)
{
    gate_refuse(&connection->gate, GATE_SLOW);
    end_reading(connection, bufferevent_get_input(connection->bufferevent));
    wake_evhttp(connection);
}

/* The client of a refused request is done, or gone. */
static void on_linger_event(struct bufferevent *bufferevent, short what, void *context)
{
    (void)bufferevent;
    (void)what;
    connection_free(context);
}

/* Reads on after the answer and our end of the stream, so that the system does not reset the connection, and
 * the answer with it, for bytes that nobody read. */
static void linger(struct connection *connection)
{
    bufferevent_setcb(connection->bufferevent, NULL, NULL, on_linger_event, connection);
    enter(connection, LINGERING);
    if (bufferevent_enable(connection->bufferevent, EV_READ) != 0)
        connection_free(connection);
}

/* How long a phase may last (milliseconds; -1 for ever), and what ends it. */
static const struct {
    int ms;
    void (*ends)(struct connection *connection);
} phases[PHASES] = {
    [FRESH] = {HTTP_SLOW_S * 1000, connection_kill},
    [IDLE] = {HTTP_IDLE_S * 1000, connection_kill},
    [READY] = {0, read_early},
    [READING] = {HTTP_SLOW_S * 1000, refuse_slow},
    [HANDLING] = {-1, NULL},
    [WRITING] = {HTTP_ANSWER_S * 1000, connection_kill},
    [LEAVING] = {0, linger},
    [LINGERING] = {HTTP_LINGER_S * 1000, connection_free},
    [DOOMED] = {0, connection_kill},
};

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct connection *connection = context;
    (void)fd;
    (void)what;
    if (phases[connection->phase].ends)
        phases[connection->phase].ends(connection);
}

/* evhttp lets go of the connection: it has been closed by either side, or timed out. */
static void on_evhttp_close(struct evhttp_connection *evhttp, void *context)
{
    struct connection *connection = context;
    (void)evhttp;
    connection->evhttp = NULL;
    if (connection->exchange) {
        connection->exchange->connection = NULL;
        connection->server->in_flight--;
    }
    if (connection->phase != LEAVING || connection->server->ending)
        connection_free(connection);
}

/* Sets up the connections that evhttp has accepted in this round of the loop: only now is evhttp's object
 * known, as the argument of the callbacks that it has set. An accept that failed has left none. */
static void on_adoption(evutil_socket_t fd, short what, void *context)
{
    struct http_server *server = context;
    struct timeval patience = timeval_of_ms(server->phase_ms[FRESH]);
    (void)fd;
    (void)what;
    while (server->newborns) {
        struct connection *connection = server->newborns;
        void *evhttp = NULL;
        server->newborns = connection->newborn;
        bufferevent_getcb(connection->bufferevent, NULL, NULL, NULL, &evhttp);
        connection->evhttp = evhttp;
        if (!evhttp) {
            connection_free(connection);
            continue;
        }
        evhttp_connection_set_closecb(evhttp, on_evhttp_close, connection);
        bufferevent_set_timeouts(connection->bufferevent, NULL, &patience);
        enter(connection, FRESH);
    }
}

static bool connection_new(struct http_server *server, struct bufferevent *bufferevent)
{
    size_t slot = 0;
    while (slot < HTTP_CONNECTIONS_MAX && server->connections[slot])
        slot++;
    struct connection *connection = slot < HTTP_CONNECTIONS_MAX ? mem_alloc(sizeof(*connection)) : NULL;
    if (!connection)
        return false;
    connection->timer = evtimer_new(server->base, on_timer, connection);
    if (!connection->timer || !evbuffer_add_cb(bufferevent_get_input(bufferevent), on_bytes, connection)) {
        if (connection->timer)
            event_free(connection->timer);
        mem_free(connection);
        return false;
    }
    connection->server = server;
    connection->slot = slot;
    connection->bufferevent = bufferevent;
    bufferevent_incref(bufferevent);
    gate_init(&connection->gate);
    server->connections[slot] = connection;
    server->connection_count++;
    connection->newborn = server->newborns;
    server->newborns = connection;
    event_active(server->adoption, EV_TIMEOUT, 1);
    set_accepting(server);
    return true;
}

static void drop_bytes(struct evbuffer *input, const struct evbuffer_cb_info *info, void *context)
{
    (void)context;
    if (info->n_added > 0)
        evbuffer_drain(input, evbuffer_get_length(input));
}

/* Makes the bufferevent of a new connection. One without room is deaf and soon closed: evhttp must not get
 * its bytes. */
static struct bufferevent *on_accept(struct event_base *base, void *context)
{
    struct timeval soon = {.tv_sec = 1};
    struct bufferevent *bufferevent = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (bufferevent && !connection_new(context, bufferevent)) {
        evbuffer_add_cb(bufferevent_get_input(bufferevent), drop_bytes, NULL);
        bufferevent_set_timeouts(bufferevent, &soon, &soon);
    }
    return bufferevent;
}

/* The system had no file or memory left for a connection: trying again at once would spin. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    struct http_server *server = context;
    struct timeval pause = timeval_of_ms(ACCEPT_PAUSE_MS);
    evconnlistener_disable(listener);
    event_add(server->accept_again, &pause);
}

static void on_accept_again(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    set_accepting(context);
}

/* evhttp has written the answer. */
static void on_written(struct evhttp_request *request, void *context)
{
    struct connection *connection = context;
    (void)request;
    if (connection->closes) {
        if (connection->unread)
            enter(connection, LEAVING);
        return;
    }
    gate_next(&connection->gate);
    connection->route = NULL;
    connection->status = 0;
    enter(connection, connection->early && evbuffer_get_length(connection->early) > 0 ? READY : IDLE);
}

/* The phrases that evhttp does not know; NULL for the others. */
static const char *phrase_of(int status)
{
    return status == 429 ? "Too Many Requests" : status == 431 ? "Request Header Fields Too Large" : NULL;
}

static const char *allowed_methods(const struct http_route *route)
{
    static const char *const texts[] = {
        [0] = "", [HTTP_GET] = "GET, HEAD", [HTTP_POST] = "POST", [HTTP_GET | HTTP_POST] = "GET, POST"};
    return texts[route->methods & (HTTP_GET | HTTP_POST)];
}

/* Writes an answer through evhttp. */
static void respond(struct connection *connection, struct evhttp_request *request, const struct response *response)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    bool has_body = response->status != 204 && response->status != 304;
    char code[16], length[24];
    snprintf(code, sizeof(code), "%d", response->status);
    snprintf(length, sizeof(length), "%zu", response->body.len);
    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    if (response->status == 405 && connection->route)
        evhttp_add_header(headers, "Allow", allowed_methods(connection->route));
    if (has_body) {
        evhttp_add_header(headers, "Content-Type",
                          response->content_type ? response->content_type : "text/plain; charset=utf-8");
        evhttp_add_header(headers, "Content-Length", length);
    }
    if (has_body && evhttp_request_get_command(request) != EVHTTP_REQ_HEAD)
        evbuffer_add(evhttp_request_get_output_buffer(request), response->body.ptr, response->body.len);
    if (!connection->server->accepting && !connection->closes) {
        connection->closes = true;
        evhttp_add_header(headers, "Connection", "close");
    }
    metric_add(METRIC_HTTP_REQUESTS, code, NULL, 1);
    evhttp_request_set_on_complete_cb(request, on_written, connection);
    enter(connection, WRITING);
    evhttp_send_reply(request, response->status, phrase_of(response->status), NULL);
    /* evhttp reads while it writes, to see the client leave. That would let a client that has closed its
     * sending side miss the answer, and one that goes on sending fill our memory. */
    bufferevent_disable(connection->bufferevent, EV_READ);
}

/* Answers without a handler: what the gate or the routes refuse. */
static void respond_status(struct connection *connection, struct evhttp_request *request, int status)
{
    const struct gate_refusal *refusal = connection->gate.refusal;
    struct response response = {.status = status};
    response.body = refusal         ? slice_of(refusal->sentence)
                    : status == 404 ? SLICE("There is nothing at this path.")
                    : status == 405 ? SLICE("This path does not take this method.")
                                    : SLICE("There is no memory for the request now.");
    respond(connection, request, &response);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void exchange_free(struct exchange *exchange)
{
    arena_free(exchange->shown.arena);
    buf_release(&exchange->head);
    buf_release(&exchange->body);
    mem_free(exchange);
}

/* Fills the request that a handler sees, from the gate's findings and the bytes that are now the exchange's.
 */
static bool fill_request(struct exchange *exchange, const struct gate *gate)
{
    struct request *request = &exchange->shown.request;
    struct header *headers = arena_array(exchange->shown.arena, gate->header_count + 1, sizeof(*headers));
    if (!headers)
        return false;
    for (size_t i = 0; i < gate->header_count; i++)
        headers[i] = (struct header){gate_text(gate, gate->names[i]), gate_text(gate, gate->values[i])};
    request->method = slice_is(gate_text(gate, gate->method), "POST") ? METHOD_POST : METHOD_GET;
    request->target = gate_text(gate, gate->target);
    request->path = path_of(gate);
    request->query = slice_part(request->target, request->path.len + 1, request->target.len);
    request->body = buf_slice(&gate->body);
    request->headers = headers;
    request->header_count = gate->header_count;
    request->now_ms = now_ms();
    return true;
}

/* Gives the other end's address; on a unix socket, which evhttp calls "localhost", none. */
static struct slice peer_of(struct evhttp_request *request, struct arena *arena)
{
    struct evhttp_connection *evhttp = evhttp_request_get_connection(request);
    char *address = NULL;
    uint16_t port;
    evhttp_connection_get_peer(evhttp, &address, &port);
    if (!address || evhttp_connection_get_addr(evhttp)->sa_family == AF_UNIX)
        return SLICE_NONE;
    return arena_copy(arena, slice_of(address));
}

/* Makes an exchange of the request that the gate holds, and takes its bytes over. NULL without memory. */
static struct exchange *exchange_new(struct connection *connection, struct evhttp_request *request)
{
    struct gate *gate = &connection->gate;
    struct exchange *exchange = mem_alloc(sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->shown.arena = arena_new(4 * gate->body.len + ARENA_SPARE);
    if (!exchange->shown.arena || !fill_request(exchange, gate)) {
        exchange_free(exchange);
        return NULL;
    }
    exchange->shown.rest = rest_of(gate, connection->route);
    exchange->shown.peer = peer_of(request, exchange->shown.arena);
    exchange->connection = connection;
    exchange->evhttp = request;
    exchange->head = gate->head;
    exchange->body = gate->body;
    buf_init(&gate->head, HTTP_HEAD_MAX);
    buf_init(&gate->body, 0);
    connection->exchange = exchange;
    connection->server->in_flight++;
    return exchange;
}

/* Finds the connection whose request this is by the slot that give_to_evhttp() wrote. NULL for anything that
 * did not come that way. */
static struct connection *connection_of(struct http_server *server, struct evhttp_request *request)
{
    uint64_t slot = HTTP_CONNECTIONS_MAX;
    const char *target = evhttp_request_get_uri(request);
    if (!target || !slice_u64(slice_of(target + 1), HTTP_CONNECTIONS_MAX - 1, &slot))
        return NULL;
    struct connection *connection = server->connections[slot];
    bool is_its = connection && connection->phase == HANDLING && !connection->exchange &&
                  connection->evhttp == evhttp_request_get_connection(request);
    return is_its ? connection : NULL;
}

static void on_request(struct evhttp_request *request, void *context)
{
    struct connection *connection = connection_of(context, request);
    if (!connection) {
        evhttp_connection_free(evhttp_request_get_connection(request));
        return;
    }
    if (connection->status) {
        respond_status(connection, request, connection->status);
        return;
    }
    struct exchange *exchange = exchange_new(connection, request);
    if (exchange)
        connection->route->handler(connection->route->ctx, &exchange->shown);
    else
        respond_status(connection, request, 503);
}

void http_answer(struct http_exchange *shown, const struct response *response)
{
    struct exchange *exchange = (struct exchange *)shown;
    struct connection *connection = exchange->connection;
    if (connection) {
        connection->exchange = NULL;
        connection->server->in_flight--;
        respond(connection, exchange->evhttp, response);
    }
    exchange_free(exchange);
}

void http_answer_text(struct http_exchange *exchange, int status, const char *text)
{
    http_answer(exchange, &(struct response){.status = status, .body = slice_of(text)});
}

static bool copy_routes(struct http_server *server, const struct http_route *routes, size_t count)
{
    server->routes = mem_alloc((count + 1) * sizeof(*routes));
    if (!server->routes)
        return false;
    for (size_t i = 0; i < count; i++)
        server->routes[i] = routes[i];
    server->route_count = count;
    return true;
}

static bool open_listener(struct http_server *server, const char *listen, struct faults *faults)
{
    struct evconnlistener *listener = listen_open(server->base, listen, faults);
    if (!listener)
        return false;
    if (!evhttp_bind_listener(server->evhttp, listener)) {
        evconnlistener_free(listener);
        return false;
    }
    evconnlistener_set_error_cb(listener, on_accept_error);
    server->listener = listener;
    return true;
}

struct http_server *http_start(struct event_base *base, const char *listen, const struct http_route *routes,
                               size_t route_count, struct faults *faults)
{
    struct http_server *server = mem_alloc(sizeof(*server));
    if (!server) {
        faults_add(faults, "", 0, 0, "cannot listen on \"%s\": %s", listen, error_text(ERR_NOMEM));
        return NULL;
    }
    server->base = base;
    server->accepting = true;
    server->evhttp = evhttp_new(base);
    server->adoption = event_new(base, -1, 0, on_adoption, server);
    server->accept_again = evtimer_new(base, on_accept_again, server);
    for (size_t i = 0; i < PHASES; i++)
        server->phase_ms[i] = phases[i].ms;
    if (!server->evhttp || !server->adoption || !server->accept_again || !copy_routes(server, routes, route_count)) {
        faults_add(faults, "", 0, 0, "cannot listen on \"%s\": %s", listen, error_text(ERR_NOMEM));
        http_free(server);
        return NULL;
    }
    evhttp_set_bevcb(server->evhttp, on_accept, server);
    evhttp_set_gencb(server->evhttp, on_request, server);
    evhttp_set_default_content_type(server->evhttp, NULL);
    if (!open_listener(server, listen, faults)) {
        http_free(server);
        return NULL;
    }
    return server;
}

void http_set_patience(struct http_server *server, int slow_ms, int idle_ms)
{
    server->phase_ms[FRESH] = server->phase_ms[READING] = slow_ms;
    server->phase_ms[IDLE] = idle_ms;
}

int http_port(const struct http_server *server)
{
    return listen_port(server->listener);
}

void http_stop_accepting(struct http_server *server)
{
    server->accepting = false;
    set_accepting(server);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        struct connection *connection = server->connections[i];
        if (connection && connection->evhttp && (connection->phase == FRESH || connection->phase == IDLE))
            connection_kill(connection);
    }
}

size_t http_in_flight(const struct http_server *server)
{
    return server->in_flight;
}

void http_free(struct http_server *server)
{
    if (!server)
        return;
    server->ending = true;
    if (server->listener)
        listen_forget(server->listener);
    if (server->evhttp)
        evhttp_free(server->evhttp);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        if (server->connections[i])
            connection_free(server->connections[i]);
    if (server->adoption)
        event_free(server->adoption);
    if (server->accept_again)
        event_free(server->accept_again);
    mem_free(server->routes);
    mem_free(server);
}
