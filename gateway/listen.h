/* Listening sockets: an address as the configuration writes it, turned into a libevent listener.
 *
 * Only numeric addresses and unix paths: a name could stand for several addresses. A unix socket that nobody
 * answers on any more is taken away first; one in use is a fault. Must not know: HTTP. Failure policy: a
 * fault that names the address and the remedy. Proved by tests/unit/test_http.c. */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

#include <event2/listener.h>

#include "base/error.h"

/* Opens a listener, without a callback yet, on "127.0.0.1:8080", "[::1]:8080" or "unix:/path"; port 0 lets
 * the system choose. A unix socket gets mode 0660. Returns NULL with a fault. Free with
 * evconnlistener_free(). */
struct evconnlistener *listen_open(struct event_base *base, const char *address, struct faults *faults);

/* Gives the port in use, 0 for a unix socket. */
int listen_port(struct evconnlistener *listener);

/* Takes a unix socket's file away, so that nobody finds it after the listener is gone. Does nothing for others. */
void listen_forget(struct evconnlistener *listener);

#endif
