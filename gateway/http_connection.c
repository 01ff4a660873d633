#include "gateway/http_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/metrics.h"

#define READ_BYTES (64 * 1024)               /* taken from a socket at once */
#define LINGER_BYTES_MAX (16u * 1024 * 1024) /* thrown away before a refused client is cut off */
#define KEPT_BYTES (16 * 1024)               /* of memory that a connection keeps for its next request */

/* Asks the loop to tell of bytes, or not to. */
static void set_reading(struct connection *connection, bool on)
{
    if (connection->is_reading == on)
        return;
    int failed = on ? event_add(connection->readable, NULL) : event_del(connection->readable);
    connection->is_reading = failed ? !on : on;
}

static bool is_reading_phase(enum phase phase)
{
    return phase == FRESH || phase == IDLE || phase == READING || phase == LINGERING;
}

/* Goes to a phase and sets its clock. A request's time begins with its first byte, or with the connection. A
 * phase without time ends after the events of this round, before any socket is looked at again. */
void connection_enter(struct connection *connection, enum phase phase)
{
    bool same_clock = connection->phase == FRESH && phase == READING;
    int ms = connection->server->phase_ms[phase];
    connection->phase = phase;
    room_queue(connection);
    if (is_reading_phase(phase))
        set_reading(connection, true);
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

static void free_event(struct event *event)
{
    if (event)
        event_free(event);
}

void connection_free(struct connection *connection)
{
    struct http_server *server = connection->server;
    room_leave(connection);
    if (connection->exchange) {
        connection->exchange->connection = NULL;
        server->in_flight--;
    }
    server->connections[connection->slot] = NULL;
    server->connection_count--;
    free_event(connection->timer);
    free_event(connection->readable);
    free_event(connection->writable);
    close(connection->fd);
    buf_release(&connection->early);
    buf_release(&connection->answer);
    gate_release(&connection->gate);
    mem_free(connection);
    if (!server->ending)
        server_set_accepting(server);
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

/* Tells a client that waits for it to go on. A failure does no harm, for such clients go on by themselves. Source: RFC
 * 9110 section 10.1.1. */
static void send_continue(struct connection *connection)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (connection->gate.minor == 1)
        (void)!send(connection->fd, line, sizeof(line) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Decides on a good head whether its body may come. A body that nobody wants is not read. */
static enum gate_verdict admit(struct connection *connection)
{
    struct gate *gate = &connection->gate;
    const struct http_route *route =
        route_find(connection->server->routes, connection->server->route_count, connection_path(connection));
    connection->route = route;
    size_t max = route && route->body_max ? route->body_max(route->ctx, connection_rest(connection)) : 0;
    bool found = route && max != HTTP_NO_PATH;
    if (!found || !route_takes(route, gate_text(gate, gate->method))) {
        connection->status = found ? 405 : 404;
        connection->unread = gate_has_body(gate);
        return GATE_WHOLE;
    }
    if (!gate_take_body(gate, max))
        return GATE_REFUSED;
    if (gate_has_body(gate) && gate->expects_continue)
        send_continue(connection);
    struct slice nothing = SLICE_NONE;
    return gate_feed(gate, &nothing);
}

/* Keeps what came behind a request for when that is answered. What came early already stays where it is. */
static bool keep_early(struct connection *connection, struct slice rest)
{
    struct buf *early = &connection->early;
    if (early->len > 0) {
        connection->early_at = early->len - rest.len;
        return true;
    }
    buf_addslice(early, rest);
    connection->early_at = 0;
    return !early->error;
}

static void drop_early(struct connection *connection)
{
    connection->early_at = 0;
    if (connection->early.capacity > KEPT_BYTES)
        buf_release(&connection->early);
    else
        buf_clear(&connection->early);
}

/* A request is whole or refused: `rest` is what came behind it. */
static void end_reading(struct connection *connection, struct slice rest)
{
    const struct gate *gate = &connection->gate;
    if (gate->refusal) {
        connection->status = gate->refusal->status;
        connection->unread = true;
        metric_add(METRIC_HTTP_REFUSED, gate->refusal->reason, NULL, 1);
    }
    connection->is_head = slice_is(gate_text(gate, gate->method), "HEAD");
    connection->is_old = gate->minor == 0 && !gate->refusal;
    connection->closes = connection->unread || !gate_keeps_alive(gate) || !connection->server->accepting;
    if (connection->closes || rest.len == 0) {
        drop_early(connection);
    } else if (!keep_early(connection, rest)) {
        connection_enter(connection, DOOMED);
        return;
    }
    connection_enter(connection, HANDLING);
    exchange_begin(connection);
}

/* Lets the gate read until a request is whole or refused, or nothing is left. What follows may answer at once, but
 * frees nothing. */
static void read_request(struct connection *connection, struct slice bytes)
{
    enum gate_verdict verdict = GATE_MORE;
    while (verdict == GATE_MORE && bytes.len > 0) {
        verdict = gate_feed(&connection->gate, &bytes);
        if (verdict == GATE_HEAD)
            verdict = admit(connection);
    }
    if (verdict != GATE_MORE)
        end_reading(connection, bytes);
    else if (connection->phase != READING && gate_is_under_way(&connection->gate))
        connection_enter(connection, READING);
    room_queue(connection); /* the head may have become whole */
}

static void throw_away(struct connection *connection, size_t count)
{
    connection->lingered += count;
    if (connection->lingered > LINGER_BYTES_MAX)
        connection_enter(connection, DOOMED);
}

/* Between a whole request and the end of its answer nothing is read: a client that sends on fills its own memory, and
 * one that has closed its sending side gets its answer all the same. Few do either, so that only their sockets are
 * taken off the loop and put there again. */
static void on_readable(evutil_socket_t fd, short what, void *context)
{
    static char bytes[READ_BYTES];
    struct connection *connection = context;
    (void)what;
    if (!is_reading_phase(connection->phase)) {
        set_reading(connection, false);
        return;
    }
    ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        connection_free(connection);
    else if (connection->phase == LINGERING)
        throw_away(connection, (size_t)got);
    else
        read_request(connection, (struct slice){bytes, (size_t)got});
}

static void read_early(struct connection *connection)
{
    struct slice bytes = slice_part(buf_slice(&connection->early), connection->early_at, connection->early.len);
    connection->phase = IDLE;
    read_request(connection, bytes);
    if (connection->phase != IDLE && connection->phase != READING)
        return;
    drop_early(connection);
    connection_enter(connection, connection->phase);
}

static void refuse_slow(struct connection *connection)
{
    gate_refuse(&connection->gate, GATE_SLOW);
    end_reading(connection, SLICE_NONE);
}

/* Reads on after the answer and our end of the stream, so that the system does not reset the connection, and
 * the answer with it, for bytes that nobody read. */
static void linger(struct connection *connection)
{
    shutdown(connection->fd, SHUT_WR);
    connection_enter(connection, LINGERING);
}

/* How long a phase may last (milliseconds; -1 for ever), and what ends it. */
static const struct {
    int ms;
    void (*ends)(struct connection *connection);
} phases[PHASES] = {
    [FRESH] = {HTTP_SLOW_S * 1000, connection_free},
    [IDLE] = {HTTP_IDLE_S * 1000, connection_free},
    [READY] = {0, read_early},
    [READING] = {HTTP_SLOW_S * 1000, refuse_slow},
    [HANDLING] = {-1, NULL},
    [WRITING] = {HTTP_ANSWER_S * 1000, connection_free},
    [LEAVING] = {0, linger},
    [LINGERING] = {HTTP_LINGER_S * 1000, connection_free},
    [DOOMED] = {0, connection_free},
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

/* Gets ready for what comes behind an answer that has been written. */
static void end_answer(struct connection *connection)
{
    if (connection->closes) {
        connection_enter(connection, connection->unread ? LEAVING : DOOMED);
        return;
    }
    gate_next(&connection->gate);
    connection->route = NULL;
    connection->status = 0;
    connection_enter(connection, connection->early.len > 0 ? READY : IDLE);
}

/* Waits until the socket takes more of the answer; a client that takes none for too long is closed. */
static void wait_to_write(struct connection *connection)
{
    struct timeval patience = timeval_of_ms(connection->server->phase_ms[FRESH]);
    if (event_add(connection->writable, &patience) != 0)
        connection_enter(connection, DOOMED);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    struct connection *connection = context;
    struct buf *answer = &connection->answer;
    if (what & EV_TIMEOUT) {
        connection_free(connection);
        return;
    }
    ssize_t sent =
        send(fd, answer->ptr + connection->answer_at, answer->len - connection->answer_at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        connection_free(connection);
        return;
    }
    connection->answer_at += sent > 0 ? (size_t)sent : 0;
    if (connection->answer_at < answer->len) {
        wait_to_write(connection);
        return;
    }
    buf_release(answer);
    end_answer(connection);
}

void connection_write(struct connection *connection, struct slice head, struct slice body)
{
    struct iovec parts[] = {{(void *)head.ptr, head.len}, {(void *)body.ptr, body.len}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = body.len ? 2 : 1};
    ssize_t taken = sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    size_t sent = taken > 0 ? (size_t)taken : 0;
    if (sent == head.len + body.len) {
        end_answer(connection);
        return;
    }
    buf_init(&connection->answer, head.len + body.len - sent); /* so that it takes what it needs and no more */
    buf_addslice(&connection->answer, slice_part(head, sent, head.len));
    buf_addslice(&connection->answer, slice_part(body, sent > head.len ? sent - head.len : 0, body.len));
    connection->answer_at = 0;
    if ((taken < 0 && errno != EAGAIN && errno != EINTR) || connection->answer.error) {
        connection_enter(connection, DOOMED);
        return;
    }
    connection_enter(connection, WRITING);
    wait_to_write(connection);
}

/* Puts a new connection into a free slot of the server. */
static void settle_in(struct connection *connection, size_t slot)
{
    struct http_server *server = connection->server;
    connection->rank = RANK_NONE;
    connection->slot = slot;
    server->connections[slot] = connection;
    server->connection_count++;
    server_set_accepting(server);
    connection_enter(connection, FRESH);
}

bool connection_new(struct http_server *server, int fd, struct slice peer)
{
    size_t slot = 0;
    while (slot < HTTP_CONNECTIONS_MAX && server->connections[slot])
        slot++;
    struct connection *connection = slot < HTTP_CONNECTIONS_MAX ? mem_alloc(sizeof(*connection)) : NULL;
    if (!connection)
        return false;
    connection->server = server;
    connection->fd = fd;
    slice_copy(peer, connection->peer, sizeof(connection->peer));
    gate_init(&connection->gate);
    buf_init(&connection->early, READ_BYTES);
    buf_init(&connection->answer, SIZE_MAX);
    connection->timer = evtimer_new(server->base, on_timer, connection);
    connection->readable = event_new(server->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
    connection->writable = event_new(server->base, fd, EV_WRITE, on_writable, connection);
    if (!connection->timer || !connection->readable || !connection->writable) {
        free_event(connection->timer);
        free_event(connection->readable);
        free_event(connection->writable);
        mem_free(connection);
        return false;
    }
    settle_in(connection, slot);
    return true;
}
