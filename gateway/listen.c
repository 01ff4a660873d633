#include "gateway/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/slice.h"

#define BACKLOG 512

/* An address as bind() wants it. */
struct address {
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in inet;
        struct sockaddr_in6 inet6;
    } as;
    int len; /* bytes */
};

const char *listen_unix_path(const char *address)
{
    return strncmp(address, "unix:", 5) == 0 ? address + 5 : NULL;
}

/* Reads "1.2.3.4:80" or "[::1]:80". */
static bool read_inet(const char *text, struct address *out)
{
    char host[INET6_ADDRSTRLEN];
    uint64_t port;
    const char *colon = strrchr(text, ':');
    bool is_inet6 = text[0] == '[';
    if (!colon || !slice_u64(slice_of(colon + 1), UINT16_MAX, &port))
        return false;
    struct slice name = {text, (size_t)(colon - text)};
    if (is_inet6) {
        if (name.len < 2 || name.ptr[name.len - 1] != ']')
            return false;
        name = slice_part(name, 1, name.len - 1);
    }
    out->as.any.sa_family = is_inet6 ? AF_INET6 : AF_INET;
    out->len = is_inet6 ? sizeof(out->as.inet6) : sizeof(out->as.inet);
    out->as.inet.sin_port = htons((uint16_t)port); /* sockaddr_in6 has its own in the same place */
    void *bytes = is_inet6 ? (void *)&out->as.inet6.sin6_addr : (void *)&out->as.inet.sin_addr;
    return slice_copy(name, host, sizeof(host)) && inet_pton(out->as.any.sa_family, host, bytes) == 1;
}

static bool read_address(const char *text, struct address *out, struct faults *faults)
{
    const char *path = listen_unix_path(text);
    memset(out, 0, sizeof(*out));
    if (!path) {
        if (read_inet(text, out))
            return true;
        faults_add(faults, "", 0, 0,
                   "cannot listen on \"%s\": write a numeric address and a port, such as 127.0.0.1:8080 or "
                   "[::1]:8080, or unix:/path",
                   text);
        return false;
    }
    out->as.local.sun_family = AF_UNIX;
    out->len = sizeof(out->as.local);
    if (path[0] && slice_copy(slice_of(path), out->as.local.sun_path, sizeof(out->as.local.sun_path)))
        return true;
    faults_add(faults, "", 0, 0, "cannot listen on \"%s\": a socket's path must have 1 to %zu bytes", text,
               sizeof(out->as.local.sun_path) - 1);
    return false;
}

/* Takes away the socket of a process that has gone. What is no socket, or is answered, stays. */
static void remove_dead_socket(const struct address *address)
{
    struct stat status;
    if (stat(address->as.local.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, &address->as.any, (socklen_t)address->len) != 0 && errno == ECONNREFUSED)
        unlink(address->as.local.sun_path);
    close(fd);
}

static const char *remedy(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another process listens there: end it, or choose another address";
    case EACCES:
        return "ports below 1024 and foreign folders need rights: choose another address";
    case EADDRNOTAVAIL:
        return "this machine has no such address: choose one that `ip address` lists";
    case ENOENT:
        return "make the folder first";
    default:
        return "choose another address";
    }
}

struct evconnlistener *listen_open(struct event_base *base, const char *text, struct faults *faults)
{
    struct address address;
    const unsigned flags = LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE;
    if (!read_address(text, &address, faults))
        return NULL;
    const char *path = listen_unix_path(text);
    if (path)
        remove_dead_socket(&address);
    errno = 0;
    struct evconnlistener *listener =
        evconnlistener_new_bind(base, NULL, NULL, flags, BACKLOG, &address.as.any, address.len);
    if (!listener) {
        int error = errno;
        faults_add(faults, "", 0, 0, "cannot listen on \"%s\" (%s): %s", text, strerror(error),
                   remedy(error));
        return NULL;
    }
    if (path)
        chmod(path, 0660);
    return listener;
}

int listen_port(struct evconnlistener *listener)
{
    struct address address = {.len = 0};
    socklen_t len = sizeof(address.as);
    if (getsockname(evconnlistener_get_fd(listener), &address.as.any, &len) != 0 ||
        address.as.any.sa_family == AF_UNIX)
        return 0;
    return ntohs(address.as.inet.sin_port); /* sockaddr_in6 has its own in the same place */
}
