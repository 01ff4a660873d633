/* The parts of the HTTP server, shared by http.c (the server), http_connection.c (a connection's life and reading),
 * http_exchange.c (answers), http_room.c (who makes room when all places are taken) and http_route.c, and by nobody
 * else.
 *
 * A connection goes through phases; its bytes go to the gate, and for each request that is whole or refused evhttp gets
 * a head of ours, whose answer http_exchange.c writes. Invariants: evhttp's input holds nothing but such a head; a
 * connection has at most one exchange; an exchange outlives its connection, never the other way round: it loses its
 * pointer when the connection goes. Failure policy: without memory a connection ends, or a request gets 503.
 * Proved by tests/unit/test_http.c. */
#ifndef GATEWAY_HTTP_PARTS_H
#define GATEWAY_HTTP_PARTS_H

#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "gateway/gate.h"
#include "gateway/http.h"

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

/* A client's connection. Its reference to the bufferevent makes the socket outlive evhttp's part. */
struct connection {
    struct http_server *server;
    struct connection *newborn; /* next of those that evhttp has not set up yet */
    struct bufferevent *bufferevent;
    struct evhttp_connection *evhttp; /* NULL before adoption and after evhttp let go */
    struct evbuffer *early;           /* bytes that came behind a request; NULL until there are any */
    struct event *timer;
    struct gate gate;
    const struct http_route *route;   /* of the request; NULL: none */
    struct exchange *exchange;        /* being answered; NULL: none */
    struct connection *older, *newer; /* of its rank */
    enum rank rank;
    size_t slot;     /* in server->connections */
    size_t lingered; /* bytes thrown away */
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
    struct http_server *next; /* of those that run */
    struct evhttp *evhttp;
    struct evconnlistener *listener;   /* evhttp's; NULL before it is open, and after it was closed */
    struct evhttp_bound_socket *bound; /* the same, as evhttp knows it */
    bool shared;                       /* other processes listen on the socket too */
    struct http_route *routes;
    size_t route_count;
    struct connection *connections[HTTP_CONNECTIONS_MAX]; /* NULL: free slot */
    size_t connection_count;
    size_t room; /* connections at a time; at most HTTP_CONNECTIONS_MAX */
    struct rank_queue {
        struct connection *oldest, *newest;
    } ranks[RANKS];
    struct connection *newborns, **newborns_end; /* in the order of their coming */
    struct event *adoption;
    struct event *accept_again;
    size_t in_flight;
    int phase_ms[PHASES];
    bool accepting;
    bool ending;
};

/* Finds the route of a path: an exact one, else the longest prefix. Returns NULL when there is none. */
const struct http_route *route_find(const struct http_route *routes, size_t count, struct slice path);

/* Tells whether a route takes a method, by its name. */
bool route_takes(const struct http_route *route, struct slice method);

/* Gives what an Allow header says of a route. */
const char *route_methods(const struct http_route *route);

/* Makes a connection of a bufferevent that evhttp is about to get, in a free slot of the server. Returns NULL without
 * room or memory. Owner: the server, until connection_free(). */
struct connection *connection_new(struct http_server *server, struct bufferevent *bufferevent);

/* Takes a new connection over from evhttp, which has set it up by now; frees it when that failed. */
void connection_adopt(struct connection *connection);

/* Tells how long a phase lasts at most. Units: milliseconds; -1 for ever. */
int connection_phase_ms(enum phase phase);

/* Goes to a phase and sets its clock. */
void connection_enter(struct connection *connection, enum phase phase);

/* Gets ready for what comes behind an answer that has been written. */
void connection_answered(struct connection *connection);

/* Closes a connection, whoever holds it. */
void connection_kill(struct connection *connection);

/* Frees a connection that evhttp does not hold, or is letting go of. */
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
void exchange_begin(struct connection *connection, struct evhttp_request *request);

/* Turns milliseconds into what libevent takes. */
struct timeval timeval_of_ms(int ms);

#endif
