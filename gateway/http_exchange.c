#include "gateway/http_parts.h"

#include <event2/util.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/metrics.h"

#define ARENA_SPARE (64 * 1024) /* bytes an exchange's arena has beyond four times the body */

/* Source: RFC 9110 section 15, RFC 6585. */
static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

/* A phrase may be empty. */
static const char *phrase_of(int status)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "";
}

/* Gives the Date header's value, made once a second. Source: RFC 9110 section 6.6.1. */
static const char *date_text(void)
{
    static char text[32];
    static time_t made;
    time_t now = (time_t)(clock_ms() / 1000);
    struct tm tm;
    if (now != made && gmtime_r(&now, &tm) && evutil_date_rfc1123(text, sizeof(text), &tm) > 0)
        made = now;
    return text;
}

static void put_header(struct buf *out, const char *name, struct slice value)
{
    buf_adds(out, name);
    buf_addslice(out, value);
    buf_adds(out, "\r\n");
}

static void put_head(struct buf *out, const struct connection *connection, const struct response *response,
                     struct slice code, struct slice headers)
{
    char length[SLICE_DECIMAL_SIZE];
    buf_adds(out, connection->is_old ? "HTTP/1.0 " : "HTTP/1.1 ");
    buf_addslice(out, code);
    buf_addc(out, ' ');
    buf_adds(out, phrase_of(response->status));
    buf_adds(out, "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    if (response->status == 405 && connection->route && !headers.len) {
        buf_adds(out, "Allow: ");
        route_put_methods(connection->route, out);
        buf_adds(out, "\r\n");
    }
    buf_addslice(out, headers);
    if (response->status != 204 && response->status != 304) {
        put_header(out, "Content-Type: ",
                   slice_of(response->content_type ? response->content_type : "text/plain; charset=utf-8"));
        put_header(out, "Content-Length: ", slice_decimal((int64_t)response->body.len, length));
    }
    put_header(out, "Date: ", slice_of(date_text()));
    if (connection->closes)
        put_header(out, "Connection: ", SLICE("close"));
    else if (connection->is_old)
        put_header(out, "Connection: ", SLICE("keep-alive"));
    buf_adds(out, "\r\n");
}

static void respond(struct connection *connection, const struct response *response, struct slice headers)
{
    struct buf *head = &connection->server->head;
    char number[SLICE_DECIMAL_SIZE], code[8];
    bool has_body = response->status != 204 && response->status != 304 && !connection->is_head;
    slice_copy(slice_decimal(response->status, number), code, sizeof(code));
    connection->closes = connection->closes || !connection->server->accepting;
    metric_add(METRIC_HTTP_REQUESTS, code, NULL, 1);
    buf_clear(head);
    put_head(head, connection, response, slice_of(code), headers);
    if (head->error)
        connection_enter(connection, DOOMED);
    else
        connection_write(connection, buf_slice(head), has_body ? response->body : SLICE_NONE);
}

/* Answers without a handler: what the gate or the routes refuse. */
static void respond_status(struct connection *connection, int status)
{
    const struct gate_refusal *refusal = connection->gate.refusal;
    struct response response = {.status = status};
    response.body = refusal         ? slice_of(refusal->sentence)
                    : status == 404 ? SLICE("There is nothing at this path.")
                    : status == 405 ? SLICE("This path does not take this method.")
                                    : SLICE("There is no memory for the request now.");
    respond(connection, &response, SLICE_NONE);
}

static void exchange_free(struct exchange *exchange)
{
    buf_release(&exchange->head);
    buf_release(&exchange->body);
    arena_free(exchange->shown.arena); /* the exchange lies in it */
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
    request->method = route_method(gate_text(gate, gate->method));
    request->target = gate_text(gate, gate->target);
    request->path = connection_path(connection);
    request->query = slice_part(request->target, request->path.len + 1, request->target.len);
    request->body = buf_slice(&gate->body);
    request->headers = headers;
    request->header_count = gate->header_count;
    request->now_ms = clock_ms();
    request->form = &exchange->form;
    return true;
}

/* Makes an exchange of the request that the gate holds, and takes its bytes over. NULL without memory. */
static struct exchange *exchange_new(struct connection *connection)
{
    struct gate *gate = &connection->gate;
    struct arena *arena = arena_new(4 * gate->body.len + ARENA_SPARE);
    struct exchange *exchange = arena ? arena_alloc(arena, sizeof(*exchange)) : NULL;
    if (exchange)
        exchange->shown = (struct http_exchange){.arena = arena, .peer = arena_copy(arena, slice_of(connection->peer))};
    if (!exchange || !exchange->shown.peer.ptr || !fill_request(exchange, connection)) {
        arena_free(arena);
        return NULL;
    }
    exchange->shown.rest = connection_rest(connection);
    exchange->connection = connection;
    exchange->head = gate->head;
    exchange->body = gate->body;
    buf_init(&gate->head, HTTP_HEAD_MAX);
    buf_init(&gate->body, 0);
    connection->exchange = exchange;
    connection->server->in_flight++;
    return exchange;
}

void exchange_begin(struct connection *connection)
{
    if (connection->status) {
        respond_status(connection, connection->status);
        return;
    }
    struct exchange *exchange = exchange_new(connection);
    if (exchange)
        connection->route->handler(connection->route->ctx, &exchange->shown);
    else
        respond_status(connection, 503);
}

size_t http_unsent(const struct http_exchange *shown)
{
    const struct connection *connection = ((const struct exchange *)shown)->connection;
    size_t bytes = 0;
    for (size_t i = 0; connection && i < HTTP_CONNECTIONS_MAX; i++)
        if (connection->server->connections[i])
            bytes += connection->server->connections[i]->answer.len;
    return bytes;
}

void http_answer_with(struct http_exchange *shown, const struct response *response, struct slice headers)
{
    struct exchange *exchange = (struct exchange *)shown;
    struct connection *connection = exchange->connection;
    if (connection) {
        connection->exchange = NULL;
        connection->server->in_flight--;
        connection->gate.head = exchange->head; /* back, so that the next request finds its memory */
        connection->gate.body = exchange->body;
        buf_init(&exchange->head, 0);
        buf_init(&exchange->body, 0);
        respond(connection, response, headers);
    }
    exchange_free(exchange);
}

void http_answer(struct http_exchange *exchange, const struct response *response)
{
    http_answer_with(exchange, response, SLICE_NONE);
}

void http_answer_text(struct http_exchange *exchange, int status, const char *text)
{
    http_answer(exchange, &(struct response){.status = status, .body = slice_of(text)});
}
