/* Network addresses as values: what to listen on, and which peers are meant.
 *
 * An IPv4 address is kept as the IPv4-mapped IPv6 address (::ffff:a.b.c.d), so that a rule written for 10.0.0.0/8
 * also meets a peer that arrives over an IPv6 socket. Only literals: nothing is looked up, nothing is opened.
 * Proved by tests/unit/test_address.c. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/slice.h"

#define ADDRESS_UNIX_MAX 108 /* bytes of a unix socket's path and its NUL */

struct address {
    unsigned char bytes[16]; /* network order */
};

/* A network: the addresses that share the first `bits` bits. */
struct cidr {
    struct address base; /* bits behind the prefix are 0 */
    unsigned bits;       /* 0 to 128; an IPv4 /8 is 104 */
};

/* Reads "192.0.2.1" or "2001:db8::1", without brackets. Returns false, with *out unchanged, for anything else. */
bool address_parse(struct slice text, struct address *out);

/* Tells whether an address reaches this machine only: 127.0.0.0/8 and ::1. */
bool address_is_loopback(const struct address *address);

/* Reads "192.0.2.0/24", "2001:db8::/32" or one address, which is a network of its own. Returns false, with *out
 * unchanged, for anything else, and where bits behind the prefix are set ("10.0.0.1/8"). */
bool cidr_parse(struct slice text, struct cidr *out);

/* Tells whether the network holds the address. */
bool cidr_holds(const struct cidr *cidr, const struct address *address);

/* Where a server listens. */
struct listen_address {
    char unix_path[ADDRESS_UNIX_MAX]; /* "" for TCP */
    struct address ip;                /* TCP */
    unsigned port;                    /* TCP: 0 lets the system choose */
};

/* Reads "127.0.0.1:8080", "[::1]:8080" or "unix:/path". Returns false, with *out unchanged, for anything else. */
bool listen_address_parse(struct slice text, struct listen_address *out);

#endif
