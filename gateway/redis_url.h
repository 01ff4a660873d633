/* The setting redis.url, taken apart: where Redis is and how to greet it.
 *
 * `embedded`, `unix:/path`, `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`. Opens nothing. The forms cluster://
 * and sentinel:// are known and not in this version, and are refused so. Failure policy: an error says what is
 * wrong without showing the URL, which may hold a password. Proved by tests/unit/test_redis_url.c. */
#ifndef GATEWAY_REDIS_URL_H
#define GATEWAY_REDIS_URL_H

#include "base/error.h"
#include "base/slice.h"

#define REDIS_HOST 256     /* bytes of a host name or a socket's path, and its NUL */
#define REDIS_PASSWORD 129 /* bytes of a user or a password, and its NUL */
#define REDIS_PORT 6379

enum redis_place { REDIS_EMBEDDED, REDIS_UNIX, REDIS_TCP };

struct redis_url {
    enum redis_place place;
    char host[REDIS_HOST];         /* TCP: a name or an address, without brackets; UNIX: the path; "" embedded */
    int port;                      /* TCP: from 1 to 65535; 0 elsewhere */
    int database;                  /* 0 to 15 */
    char user[REDIS_PASSWORD];     /* "" none: the default user */
    char password[REDIS_PASSWORD]; /* "" none; never to be logged */
};

/* Takes a URL apart. User and password may be percent-encoded. Returns OK with *out; or ERR_VALUE, or
 * ERR_UNSUPPORTED for cluster:// and sentinel://, with *out unchanged and *why a static sentence that names the
 * rule and the remedy. */
MUST_USE enum error redis_url_parse(struct slice url, struct redis_url *out, const char **why);

#endif
