/* The HTTP server: a strict gate, and behind it no more than webhooks, health and an API need.
 *
 * The gate (gate.h) reads every byte that a client sends, and refuses what a careful proxy would refuse, answers, and
 * closes the connection: nothing past it has two lengths, two hosts, odd encodings, control bytes or escapes that hide
 * a path. libevent tells when a socket has bytes or room; its own HTTP parser has no part in this, and an answer costs
 * one read and one write. A handler sees only whole, bounded requests, and answers each exactly
 * once, now or later in the same process. A HEAD is answered on routes that take GET alone, by their handler,
 * without the body. When all places are taken, whoever has kept one longest without a whole request makes room; a
 * request that is being handled or answered never does. Must not know: channels, turns, Redis. The process must
 * ignore SIGPIPE. Failure policy: a client that is slow, oversize or gone costs a connection, nothing else. Proved by
 * tests/unit/test_gate.c, tests/unit/test_http.c and tests/blackbox/gate.test.mjs (the odd requests of ecosystem.md
 * part 3.1). */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <event2/event.h>

#include "adapters/adapter.h"
#include "base/arena.h"
#include "base/error.h"

#define HTTP_HEAD_MAX 8192              /* bytes of request line and headers */
#define HTTP_BODY_MAX (3 * 1024 * 1024) /* bytes: the largest any route takes */
#define HTTP_HEADERS_MAX 64
#define HTTP_SLOW_S 10    /* seconds in which a whole request must arrive, and without a byte of an answer taken */
#define HTTP_IDLE_S 75    /* seconds that a kept connection may wait for its next request */
#define HTTP_ANSWER_S 120 /* seconds in which a client must take a whole answer */
#define HTTP_LINGER_S 2   /* seconds in which a refused client may go on sending, to see its answer */
#define HTTP_CONNECTIONS_MAX 1024 /* when as many are open, a new one takes the place of one that waits */

struct http_server;

/* One request being answered. It lives until http_answer(). */
struct http_exchange {
    struct request request; /* slices good until http_answer() */
    struct arena *arena;    /* for whatever is made for this request; freed after the answer */
    struct slice rest;      /* of the path, behind the route's prefix */
    struct slice peer;      /* the socket's other end: an address without port; empty on a unix socket */
};

/* Answers an exchange, now or later. */
typedef void http_handler(void *ctx, struct http_exchange *exchange);

#define HTTP_GET 1u
#define HTTP_POST 2u
#define HTTP_PUT 4u
#define HTTP_PATCH 8u
#define HTTP_DELETE 16u

#define HTTP_NO_PATH SIZE_MAX /* nothing is there: 404, whatever comes with the request */

struct http_route {
    const char *path;                                 /* "/livez"; one that ends in "/" takes all below it */
    unsigned methods;                                 /* HTTP_GET | HTTP_POST | …; others get 405 */
    size_t (*body_max)(void *ctx, struct slice rest); /* bytes for this path, or HTTP_NO_PATH; NULL: no body is taken */
    http_handler *handler;
    void *ctx;
};

/* Starts a server on `listen` ("127.0.0.1:8080", "[::1]:8080", "unix:/path"; port 0 lets the system choose).
 * The routes are copied, their paths are not; an exact path goes before one that ends in "/", and among those
 * the longest wins. Returns NULL with a fault that names the address and the remedy. */
struct http_server *http_start(struct event_base *base, const char *listen, const struct http_route *routes,
                               size_t route_count, struct faults *faults);

/* As http_start(), on a socket that listens and that other processes may listen on too (listen.h). Owner: the server
 * has the socket from now on, also when NULL is returned, without memory. */
struct http_server *http_start_shared(struct event_base *base, int fd, const struct http_route *routes,
                                      size_t route_count);

/* For tests: makes the two waits above shorter, for connections that come later. Units: milliseconds. */
void http_set_patience(struct http_server *server, int slow_ms, int idle_ms);

/* For tests: takes fewer connections at a time than HTTP_CONNECTIONS_MAX, which bounds it. */
void http_set_room(struct http_server *server, size_t connections);

/* Gives the port in use, 0 for a unix socket. */
int http_port(const struct http_server *server);

/* Stops accepting. Connections that wait for their next request are closed after `idle_ms`, at once where it is 0: a
 * client that sends just then loses its request, so where there is time, give some, and it is answered and told to
 * close. Requests under way are still answered, and a new connection has half a second for its first byte. */
void http_stop_accepting(struct http_server *server, int idle_ms);

/* Tells how many requests are arriving, wait for an answer, or have one that is still being written; once nobody is
 * accepted, new and idle connections too. */
size_t http_in_flight(const struct http_server *server);

/* Tells how many bytes the server of an exchange holds of answers that their clients have not taken whole; 0 where the
 * exchange's connection is gone. For who makes large answers: a client that reads nothing keeps its own for
 * HTTP_SLOW_S, one that reads slowly for HTTP_ANSWER_S. */
size_t http_unsent(const struct http_exchange *exchange);

/* Closes everything and frees the server. Exchanges not yet answered must still be given to http_answer(),
 * which then only frees them. */
void http_free(struct http_server *server);

/* Answers an exchange, which is gone after this. Safe when the client has left meanwhile. */
void http_answer(struct http_exchange *exchange, const struct response *response);

/* As above, with further header lines, each with its CR LF. With status 405 Allow must be one of them. */
void http_answer_with(struct http_exchange *exchange, const struct response *response, struct slice headers);

/* Answers with a status and a short text/plain body. */
void http_answer_text(struct http_exchange *exchange, int status, const char *text);

#endif
