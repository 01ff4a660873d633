/* The parts of the HTTP server, shared by http.c (the server), http_connection.c (a connection's life and reading),
 * http_exchange.c (answers), http_room.c (who makes room when all places are taken) and http_route.c, and by nobody
 * else.
 *
 * A connection goes through phases; its bytes go to the gate, and each request that is whole or refused is answered
 * before the next is read. Invariants: a connection has at most one exchange; an exchange outlives its connection,
 * never the other way round: it loses its pointer when the connection goes; nothing that a handler may call frees a
 * connection: it is doomed, and freed by its timer. Failure policy: without memory a connection ends, or a request gets
 * 503. Proved by tests/unit/test_http.c. */
#ifndef GATEWAY_HTTP_PARTS_H
#define GATEWAY_HTTP_PARTS_H

#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>

#include "base/form.h"
#include "gateway/gate.h"
#include "gateway/http.h"

/* What a connection is doing. Each phase has a time, and what happens when it ends: see `phases`. */
enum phase {
    FRESH,     /* accepted, and nothing has come */
    IDLE,      /* waits for its next request */
    READY,     /* bytes of its next request came with the last one, and are read next */
    READING,   /* a request is arriving */
    HANDLING,  /* a whole request, or a refused one, is with the handler */
    WRITING,   /* the answer is being written */
    LEAVING,   /* refused and told so, and the client may still be sending */
    LINGERING, /* what comes is thrown away */
    DOOMED,    /* closed as soon as nobody stands on it: answered, gone, or no memory to go on */
    PHASES
};

/* In which order connections make room when all places are taken: the first rank that has any loses the one that has
 * been in it longest. Nobody else is closed before its time. */
enum rank {
    RANK_IDLE, /* no byte of a request */
    RANK_TOLD, /* refused, and the answer is written: only lingers */
    RANK_HEAD, /* sends a head */
    RANK_BODY, /* sends a body */
    RANKS,
    RANK_NONE = RANKS /* is set up, handled or answered: stays */
};

struct connection {
    struct http_server *server;
    int fd;
    char peer[INET6_ADDRSTRLEN]; /* the other end's address; "" on a unix socket */
    struct buf early;            /* bytes that came behind a request, */
    size_t early_at;             /* of which so many are read */
    struct buf answer;           /* what the socket did not take at once, */
    size_t answer_at;            /* of which it has taken so many meanwhile */
    struct event *timer, *readable, *writable;
    struct gate gate;
    const struct http_route *route;   /* of the request; NULL: none */
    struct exchange *exchange;        /* being answered; NULL: none */
    struct connection *older, *newer; /* of its rank */
    enum rank rank;
    size_t slot;     /* in server->connections */
    size_t lingered; /* bytes thrown away */
    enum phase phase;
    int status;      /* the answer when no handler is asked: 404, 405, or the gate's; 0 otherwise */
    bool is_reading; /* the loop tells of bytes */
    bool is_head;    /* the answer has no body */
    bool is_old;     /* HTTP/1.0 */
    bool closes;     /* after this answer */
    bool unread;     /* the client may still be sending what nobody will read */
};

struct exchange {
    struct http_exchange shown;    /* first, so that a handler's pointer is ours */
    struct connection *connection; /* NULL when it is gone */
    struct buf head, body;         /* what shown.request points into */
    struct form form;              /* of shown.request */
};

struct http_server {
    struct event_base *base;
    struct evconnlistener *listener; /* NULL before it is open, and after it was closed */
    bool shared;                     /* other processes listen on the socket too */
    struct http_route *routes;
    size_t route_count;
    struct connection *connections[HTTP_CONNECTIONS_MAX]; /* NULL: free slot */
    size_t connection_count;
    size_t room; /* connections at a time; at most HTTP_CONNECTIONS_MAX */
    struct rank_queue {
        struct connection *oldest, *newest;
    } ranks[RANKS];
    struct event *accept_again;
    struct buf head; /* of the answer that is being written */
    size_t in_flight;
    int phase_ms[PHASES];
    bool accepting;
    bool ending;
};

/* Finds the route of a path: an exact one, else the longest prefix. Returns NULL when there is none. */
const struct http_route *route_find(const struct http_route *routes, size_t count, struct slice path);

/* Tells whether a route takes a method, by its name. */
bool route_takes(const struct http_route *route, struct slice method);

/* Gives the method of a name, METHOD_GET for HEAD too. Only for one that a route takes. */
enum method route_method(struct slice name);

/* Appends what an Allow header says of a route. */
void route_put_methods(const struct http_route *route, struct buf *out);

/* Makes a connection of a socket that was accepted, in a free slot of the server. Returns false without room or memory:
 * the socket is still the caller's then. Owner: the server, until connection_free(). */
bool connection_new(struct http_server *server, int fd, struct slice peer);

/* Tells how long a phase lasts at most. Units: milliseconds; -1 for ever. */
int connection_phase_ms(enum phase phase);

/* Goes to a phase and sets its clock. */
void connection_enter(struct connection *connection, enum phase phase);

/* Writes an answer and gets ready for what comes behind it. Frees nothing. */
void connection_write(struct connection *connection, struct slice head, struct slice body);

/* Closes and frees a connection. Not for who may be called by one: enter DOOMED there. */
void connection_free(struct connection *connection);

/* Gives the path of the request that a gate has read, and the part behind its route's. */
struct slice connection_path(const struct connection *connection);
struct slice connection_rest(const struct connection *connection);

/* Lets new connections in, or not: by the server's state, and whether there is room or somebody who can make it. */
void server_set_accepting(struct http_server *server);

/* Puts a connection into the queue of its rank, at the end, unless it is in there already. Call it when the phase, or
 * what is known of the request, has changed. */
void room_queue(struct connection *connection);

/* Takes a connection that is going out of its queue. */
void room_leave(struct connection *connection);

/* Tells whether a connection could be closed in favour of a new one. */
bool room_can_be_made(const struct http_server *server);

/* Closes the connection that is the first to go; false when there is none. Takes constant time. */
bool room_make(struct http_server *server);

/* Answers a request that a connection has read, or has it answered by its route's handler. */
void exchange_begin(struct connection *connection);

/* Turns milliseconds into what libevent takes. */
struct timeval timeval_of_ms(int ms);

#endif
