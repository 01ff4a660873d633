/* Who is calling: the address behind a request, through proxies that are trusted, and whether a channel takes it.
 *
 * X-Forwarded-For is believed only from trusted_proxies, from the right, so that a caller cannot put an address of
 * its choice in front. What comes over a unix socket comes from a proxy on this machine. Pure. Proved by
 * tests/unit/test_peer.c. */
#ifndef GATEWAY_PEER_H
#define GATEWAY_PEER_H

#include "base/address.h"
#include "base/slice.h"

/* Finds the caller: `peer` is the socket's other end ("" for a unix socket), `forwarded` the header's value (empty if
 * none), `trusted` a list of networks that ends with NULL. Returns false, with *out unchanged, when nothing says who
 * it is. */
bool peer_find(struct slice peer, struct slice forwarded, const char *const *trusted, struct address *out);

/* Tells whether an address is in one of the networks, given as text joined by commas; an empty list takes everybody. */
bool peer_allowed(const struct address *caller, struct slice networks);

#endif
