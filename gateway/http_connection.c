#include "gateway/http_parts.h"

#include <event2/buffer.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "gateway/metrics.h"

#define LINGER_BYTES_MAX (16u * 1024 * 1024) /* thrown away before a refused client is cut off */

/* Goes to a phase and sets its clock. A request's time begins with its first byte, or with the connection. A
 * phase without time ends after the events of this round, before any socket is looked at again. */
void connection_enter(struct connection *connection, enum phase phase)
{
    bool same_clock = connection->phase == FRESH && phase == READING;
    int ms = connection->server->phase_ms[phase];
    connection->phase = phase;
    room_queue(connection);
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

static void on_bytes(struct evbuffer *input, const struct evbuffer_cb_info *info, void *context);

void connection_free(struct connection *connection)
{
    struct http_server *server = connection->server;
    room_leave(connection);
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
        server_set_accepting(server);
}

/* What evhttp holds, on_evhttp_close() frees. */
void connection_kill(struct connection *connection)
{
    if (connection->evhttp)
        evhttp_connection_free(connection->evhttp);
    else
        connection_free(connection);
}

struct slice connection_path(const struct connection *connection)
{
    struct slice target = gate_text(&connection->gate, connection->gate.target);
    return slice_part(target, 0, slice_find(target, '?'));
}

struct slice connection_rest(const struct connection *connection)
{
    struct slice path = connection_path(connection);
    return slice_part(path, strlen(connection->route->path), path.len);
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
    const struct http_route *route =
        route_find(connection->server->routes, connection->server->route_count, connection_path(connection));
    connection->route = route;
    if (!route || !route_takes(route, gate_text(gate, gate->method))) {
        connection->status = route ? 405 : 404;
        connection->unread = gate_has_body(gate);
        return GATE_WHOLE;
    }
    size_t max = route->body_max ? route->body_max(route->ctx, connection_rest(connection)) : 0;
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
    connection_enter(connection, HANDLING);
    connection->giving = true;
    evbuffer_unfreeze(input, 0);
    int failed = evbuffer_add_printf(input, "%s /%zu HTTP/1.%d\r\nConnection: %s\r\n\r\n", is_head ? "HEAD" : "GET",
                                     connection->slot, is_old ? 0 : 1, connection->closes ? "close" : "keep-alive");
    evbuffer_freeze(input, 0);
    connection->giving = false;
    if (failed < 0)
        connection_enter(connection, DOOMED);
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
            connection_enter(connection, DOOMED);
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
        connection_enter(connection, READING);
    room_queue(connection); /* the head may have become whole */
}

static void throw_away(struct connection *connection, struct evbuffer *input)
{
    connection->lingered += evbuffer_get_length(input);
    evbuffer_drain(input, evbuffer_get_length(input));
    if (connection->lingered > LINGER_BYTES_MAX)
        connection_enter(connection, DOOMED);
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
            connection_enter(connection, DOOMED);
        break;
    case LINGERING:
        throw_away(connection, input);
        break;
    default: /* the others do not read: evhttp must not get what came all the same */
        evbuffer_drain(input, evbuffer_get_length(input));
        connection_enter(connection, DOOMED);
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
        connection_enter(connection, IDLE);
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
    connection_enter(connection, LINGERING);
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

int connection_phase_ms(enum phase phase)
{
    return phases[phase].ms;
}

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

struct connection *connection_new(struct http_server *server, struct bufferevent *bufferevent)
{
    size_t slot = 0;
    while (slot < HTTP_CONNECTIONS_MAX && server->connections[slot])
        slot++;
    struct connection *connection = slot < HTTP_CONNECTIONS_MAX ? mem_alloc(sizeof(*connection)) : NULL;
    if (!connection)
        return NULL;
    connection->timer = evtimer_new(server->base, on_timer, connection);
    if (!connection->timer || !evbuffer_add_cb(bufferevent_get_input(bufferevent), on_bytes, connection)) {
        if (connection->timer)
            event_free(connection->timer);
        mem_free(connection);
        return NULL;
    }
    connection->server = server;
    connection->rank = RANK_NONE;
    connection->slot = slot;
    connection->bufferevent = bufferevent;
    bufferevent_incref(bufferevent);
    gate_init(&connection->gate);
    server->connections[slot] = connection;
    server->connection_count++;
    *server->newborns_end = connection;
    server->newborns_end = &connection->newborn;
    event_active(server->adoption, EV_TIMEOUT, 1);
    server_set_accepting(server);
    return connection;
}

/* Only now is evhttp's object known: it is the argument of the callbacks that evhttp has set. */
void connection_adopt(struct connection *connection)
{
    struct timeval patience = timeval_of_ms(connection->server->phase_ms[FRESH]);
    void *evhttp = NULL;
    bufferevent_getcb(connection->bufferevent, NULL, NULL, NULL, &evhttp);
    connection->evhttp = evhttp;
    if (!evhttp) {
        connection_free(connection);
        return;
    }
    evhttp_connection_set_closecb(evhttp, on_evhttp_close, connection);
    bufferevent_set_timeouts(connection->bufferevent, NULL, &patience);
    connection_enter(connection, FRESH);
}

void connection_answered(struct connection *connection)
{
    if (connection->closes) {
        if (connection->unread)
            connection_enter(connection, LEAVING);
        return;
    }
    gate_next(&connection->gate);
    connection->route = NULL;
    connection->status = 0;
    connection_enter(connection, connection->early && evbuffer_get_length(connection->early) > 0 ? READY : IDLE);
}
