/* Listening sockets: an address as the configuration writes it, turned into a socket that listens.
 *
 * Only numeric addresses and unix paths: a name could stand for several addresses. A unix socket that nobody
 * answers on any more is taken away first; one in use is a fault. Must not know: HTTP, the loop. Failure policy: a
 * fault that names the address and the remedy. Proved by tests/unit/test_http.c. */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

#include "base/error.h"

/* Opens a socket, non-blocking and closed on exec, that listens on "127.0.0.1:8080", "[::1]:8080" or "unix:/path"; port
 * 0 lets the system choose. An address that is taken is tried again for `patience_ms`: the workers of a daemon that was
 * killed may hold it for an instant. A unix socket gets mode 0660. Returns -1 with a fault. Blocks. */
int listen_open(const char *address, int patience_ms, struct faults *faults);

/* Gives the port in use, 0 for a unix socket. */
int listen_port(int fd);

/* Takes a unix socket's file away, so that nobody finds it after the socket is gone. Does nothing for others. */
void listen_forget(int fd);

#endif
