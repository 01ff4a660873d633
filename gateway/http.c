#include "gateway/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/http_parts.h"
#include "gateway/listen.h"

#define LAST_CHANCE_MS 500  /* for the first byte of a connection that came just before the end */
#define ACCEPT_PAUSE_MS 100 /* after the system had no file left for a connection */

struct timeval timeval_of_ms(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

void server_set_accepting(struct http_server *server)
{
    if (!server->listener)
        return;
    if (server->accepting && (server->connection_count < server->room || room_can_be_made(server)))
        evconnlistener_enable(server->listener);
    else
        evconnlistener_disable(server->listener);
}

/* Writes the other end's address; nothing on a unix socket. */
static struct slice peer_text(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
    const void *bytes = NULL;
    if (address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
    bool known = bytes && inet_ntop(address->sa_family, bytes, out, INET6_ADDRSTRLEN);
    return known ? slice_of(out) : SLICE_NONE;
}

/* Takes a new connection, and makes room for it. */
static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
                      void *context)
{
    struct http_server *server = context;
    char text[INET6_ADDRSTRLEN];
    (void)listener;
    (void)len;
    if (server->connection_count >= server->room)
        room_make(server);
    if (server->connection_count >= server->room || !connection_new(server, fd, peer_text(address, text)))
        close(fd);
}

/* The system had no file or memory left for a connection. Where only files lack, somebody makes room; else
 * trying again at once would spin. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    int error = errno;
    struct http_server *server = context;
    if (error == EMFILE && room_make(server))
        return;
    struct timeval pause = timeval_of_ms(ACCEPT_PAUSE_MS);
    evconnlistener_disable(listener);
    event_add(server->accept_again, &pause);
}

/* Closes the listener. Not in the round that disabled it: a socket that other processes have open too stays in
 * epoll's set when it is closed before the loop has taken it out. */
static void close_listener(struct http_server *server)
{
    evconnlistener_free(server->listener);
    server->listener = NULL;
}

static void on_accept_again(evutil_socket_t fd, short what, void *context)
{
    struct http_server *server = context;
    (void)fd;
    (void)what;
    if (server->accepting)
        server_set_accepting(server);
    else if (server->listener && server->shared)
        close_listener(server);
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

/* Takes over a listening socket, also when it fails. */
static bool listen_on(struct http_server *server, int fd)
{
    const unsigned flags = LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE;
    server->listener = evconnlistener_new(server->base, on_accept, server, flags, 0, fd);
    if (!server->listener) {
        close(fd);
        return false;
    }
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    return true;
}

/* Makes a server that does not listen yet; NULL without memory. */
static struct http_server *server_new(struct event_base *base, const struct http_route *routes, size_t route_count)
{
    struct http_server *server = mem_alloc(sizeof(*server));
    if (!server)
        return NULL;
    server->base = base;
    server->accepting = true;
    server->room = HTTP_CONNECTIONS_MAX;
    buf_init(&server->head, HTTP_HEAD_MAX);
    server->accept_again = evtimer_new(base, on_accept_again, server);
    for (int i = 0; i < PHASES; i++)
        server->phase_ms[i] = connection_phase_ms((enum phase)i);
    if (!server->accept_again || !copy_routes(server, routes, route_count)) {
        http_free(server);
        return NULL;
    }
    return server;
}

struct http_server *http_start(struct event_base *base, const char *listen, const struct http_route *routes,
                               size_t route_count, struct faults *faults)
{
    int fd = listen_open(listen, 0, faults);
    if (fd < 0)
        return NULL;
    struct http_server *server = http_start_shared(base, fd, routes, route_count);
    if (server)
        server->shared = false;
    else
        faults_add(faults, "", 0, 0, "cannot listen on \"%s\": %s", listen, error_text(ERR_NOMEM));
    return server;
}

struct http_server *http_start_shared(struct event_base *base, int fd, const struct http_route *routes,
                                      size_t route_count)
{
    struct http_server *server = server_new(base, routes, route_count);
    if (!server) {
        close(fd);
        return NULL;
    }
    server->shared = true;
    if (!listen_on(server, fd)) {
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

void http_set_room(struct http_server *server, size_t connections)
{
    server->room = connections < HTTP_CONNECTIONS_MAX ? connections : HTTP_CONNECTIONS_MAX;
}

int http_port(const struct http_server *server)
{
    return listen_port(evconnlistener_get_fd(server->listener));
}

void http_stop_accepting(struct http_server *server, int idle_ms)
{
    const struct timeval last_chance = timeval_of_ms(LAST_CHANCE_MS), idle = timeval_of_ms(idle_ms),
                         next_round = {0, 0};
    if (!server->accepting)
        return;
    server->accepting = false;
    server_set_accepting(server);
    event_add(server->accept_again, &next_round);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        struct connection *connection = server->connections[i];
        if (connection && connection->phase == FRESH)
            event_add(connection->timer, &last_chance); /* its request may be in the socket already */
        else if (connection && connection->phase == IDLE && idle_ms == 0)
            connection_free(connection);
        else if (connection && connection->phase == IDLE)
            event_add(connection->timer, &idle);
    }
}

size_t http_in_flight(const struct http_server *server)
{
    size_t on_the_wire = 0;
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        const struct connection *connection = server->connections[i];
        on_the_wire +=
            connection && (connection->phase == READY || connection->phase == READING || connection->phase == WRITING ||
                           ((connection->phase == FRESH || connection->phase == IDLE) && !server->accepting));
    }
    return server->in_flight + on_the_wire;
}

void http_free(struct http_server *server)
{
    if (!server)
        return;
    server->ending = true;
    if (server->listener && !server->shared)
        listen_forget(evconnlistener_get_fd(server->listener));
    if (server->listener)
        evconnlistener_free(server->listener);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        if (server->connections[i])
            connection_free(server->connections[i]);
    if (server->accept_again)
        event_free(server->accept_again);
    buf_release(&server->head);
    mem_free(server->routes);
    mem_free(server);
}
