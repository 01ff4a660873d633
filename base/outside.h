/* Outside: which addresses may be called where the address is somebody's word, so that nobody has the daemon call this
 * machine, its network or the cloud's metadata (SSRF).
 *
 * Two looks. At an address's text when it is written down: outside_url() takes one spelling only (https, a name in
 * small letters or a plain literal, port 443 or 8443) and refuses what parsers read in two ways: user names, octal and
 * hexadecimal hosts, zones, escapes. At each connection: outside_socket() judges the address that is really connected
 * to, whatever a name was resolved to and however often it changed. `allowed` are the hosts ("crm.lan", "10.0.0.5",
 * either perhaps with :PORT) that the configuration allows by name: for those http, every port and every address do.
 * Must not know: HTTP, curl. Pure: nothing is looked up. Failure policy: what is not known to be public is refused.
 * Proved by tests/unit/test_outside.c and tests/fuzz/fuzz_outside.c. */
#ifndef BASE_OUTSIDE_H
#define BASE_OUTSIDE_H

#include <sys/socket.h>

#include "base/address.h"

#define OUTSIDE_URL_MAX 1024 /* bytes of an address's text */

/* Tells whether an address is public: one machine somewhere on the internet, by the registries of special-purpose
 * addresses (RFC 6890 and its successors). Translated addresses (NAT64, 6to4, Teredo) are none. */
bool outside_address(const struct address *address);

/* Tells whether a socket's address is IPv4 or IPv6 and public. */
bool outside_socket(const struct sockaddr *address, size_t len);

/* Reads an address's text. `allowed` is ended by NULL. Returns NULL, with *by_name whether it is allowed by name, or
 * the rule that it breaks, as the end of "must …"; static. */
const char *outside_url(struct slice url, const char *const *allowed, bool *by_name);

/* Gives the host of an address that outside_url() took, as it is written there. */
struct slice outside_host(struct slice url);

/* Tells whether a text may be in the list of what is allowed: a host, perhaps with :PORT. */
bool outside_is_host(struct slice text);

#endif
