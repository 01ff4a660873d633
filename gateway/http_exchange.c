#include "gateway/http_parts.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"
#include "gateway/metrics.h"

#define ARENA_SPARE (64 * 1024) /* bytes an exchange's arena has beyond four times the body */

/* The phrases that evhttp does not know; NULL for the others. */
static const char *phrase_of(int status)
{
    return status == 429 ? "Too Many Requests" : status == 431 ? "Request Header Fields Too Large" : NULL;
}

static void on_written(struct evhttp_request *request, void *context)
{
    (void)request;
    connection_answered(context);
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
        evhttp_add_header(headers, "Allow", route_methods(connection->route));
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
    connection_enter(connection, WRITING);
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
static bool fill_request(struct exchange *exchange, const struct connection *connection)
{
    const struct gate *gate = &connection->gate;
    struct request *request = &exchange->shown.request;
    struct header *headers = arena_array(exchange->shown.arena, gate->header_count + 1, sizeof(*headers));
    if (!headers)
        return false;
    for (size_t i = 0; i < gate->header_count; i++)
        headers[i] = (struct header){gate_text(gate, gate->names[i]), gate_text(gate, gate->values[i])};
    struct slice method = gate_text(gate, gate->method);
    request->method = slice_is(method, "POST") ? METHOD_POST : slice_is(method, "PUT") ? METHOD_PUT : METHOD_GET;
    request->target = gate_text(gate, gate->target);
    request->path = connection_path(connection);
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
    if (!exchange->shown.arena || !fill_request(exchange, connection)) {
        exchange_free(exchange);
        return NULL;
    }
    exchange->shown.rest = connection_rest(connection);
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

void exchange_begin(struct connection *connection, struct evhttp_request *request)
{
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
