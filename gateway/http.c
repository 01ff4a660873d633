#include "gateway/http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/http_parts.h"
#include "gateway/listen.h"

#define LAST_CHANCE_MS 500  /* for the first byte of a connection that came just before the end */
#define ACCEPT_PAUSE_MS 100 /* after the system had no file left for a connection */

/* All that run: evhttp takes the listener's callback argument for itself, so an error is only known by its listener. */
static struct http_server *servers;

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

/* Takes over the connections that evhttp has accepted in this round of the loop. */
static void on_adoption(evutil_socket_t fd, short what, void *context)
{
    struct http_server *server = context;
    (void)fd;
    (void)what;
    while (server->newborns) {
        struct connection *connection = server->newborns;
        server->newborns = connection->newborn;
        server->newborns_end = server->newborns ? server->newborns_end : &server->newborns;
        connection_adopt(connection);
    }
}

static void drop_bytes(struct evbuffer *input, const struct evbuffer_cb_info *info, void *context)
{
    (void)context;
    if (info->n_added > 0)
        evbuffer_drain(input, evbuffer_get_length(input));
}

/* Makes the bufferevent of a new connection, and room for it. One without room is deaf and soon closed: evhttp must
 * not get its bytes. */
static struct bufferevent *on_accept(struct event_base *base, void *context)
{
    struct http_server *server = context;
    struct timeval soon = {.tv_sec = 1};
    if (server->connection_count >= server->room)
        room_make(server);
    struct bufferevent *bufferevent = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (bufferevent && !connection_new(server, bufferevent)) {
        evbuffer_add_cb(bufferevent_get_input(bufferevent), drop_bytes, NULL);
        bufferevent_set_timeouts(bufferevent, &soon, &soon);
    }
    return bufferevent;
}

/* The system had no file or memory left for a connection. Where only files lack, somebody makes room; else
 * trying again at once would spin. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    int error = errno;
    struct http_server *server = servers;
    (void)context;
    while (server->listener != listener)
        server = server->next;
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
    evhttp_del_accept_socket(server->evhttp, server->bound);
    server->listener = NULL;
    server->bound = NULL;
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
    if (connection)
        exchange_begin(connection, request);
    else
        evhttp_connection_free(evhttp_request_get_connection(request));
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
    struct evconnlistener *listener = evconnlistener_new(server->base, NULL, NULL, flags, 0, fd);
    if (!listener) {
        close(fd);
        return false;
    }
    server->bound = evhttp_bind_listener(server->evhttp, listener);
    if (!server->bound) {
        evconnlistener_free(listener);
        return false;
    }
    evconnlistener_set_error_cb(listener, on_accept_error);
    server->listener = listener;
    server->next = servers;
    servers = server;
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
    server->newborns_end = &server->newborns;
    server->room = HTTP_CONNECTIONS_MAX;
    server->evhttp = evhttp_new(base);
    server->adoption = event_new(base, -1, 0, on_adoption, server);
    server->accept_again = evtimer_new(base, on_accept_again, server);
    for (int i = 0; i < PHASES; i++)
        server->phase_ms[i] = connection_phase_ms((enum phase)i);
    if (!server->evhttp || !server->adoption || !server->accept_again || !copy_routes(server, routes, route_count)) {
        http_free(server);
        return NULL;
    }
    evhttp_set_bevcb(server->evhttp, on_accept, server);
    evhttp_set_gencb(server->evhttp, on_request, server);
    evhttp_set_default_content_type(server->evhttp, NULL);
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
        else if (connection && connection->evhttp && connection->phase == IDLE && idle_ms == 0)
            connection_kill(connection);
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
            connection && (connection->phase == READING || connection->phase == WRITING ||
                           ((connection->phase == FRESH || connection->phase == IDLE) && !server->accepting));
    }
    return server->in_flight + on_the_wire;
}

void http_free(struct http_server *server)
{
    if (!server)
        return;
    server->ending = true;
    for (struct http_server **at = &servers; *at; at = &(*at)->next) {
        if (*at == server) {
            *at = server->next;
            break;
        }
    }
    if (server->listener && !server->shared)
        listen_forget(evconnlistener_get_fd(server->listener));
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
