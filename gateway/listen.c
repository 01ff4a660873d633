#include "gateway/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "gateway/clock.h"

#define BACKLOG 512
#define RETRY_MS 20 /* while the address is taken */

/* An address as bind() wants it. */
struct bindable {
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in inet;
        struct sockaddr_in6 inet6;
    } as;
    int len; /* bytes */
};

/* Turns a listening address into the system's form; an IPv4-mapped one becomes IPv4 again. */
static struct bindable bindable_of(const struct listen_address *address)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct bindable out;
    memset(&out, 0, sizeof(out));
    if (address->unix_path[0]) {
        out.len = sizeof(out.as.local);
        out.as.local.sun_family = AF_UNIX;
        slice_copy(slice_of(address->unix_path), out.as.local.sun_path, sizeof(out.as.local.sun_path));
    } else if (memcmp(address->ip.bytes, mapped, sizeof(mapped)) == 0) {
        out.len = sizeof(out.as.inet);
        out.as.inet.sin_family = AF_INET;
        out.as.inet.sin_port = htons((uint16_t)address->port);
        memcpy(&out.as.inet.sin_addr, address->ip.bytes + sizeof(mapped), 4);
    } else {
        out.len = sizeof(out.as.inet6);
        out.as.inet6.sin6_family = AF_INET6;
        out.as.inet6.sin6_port = htons((uint16_t)address->port);
        memcpy(&out.as.inet6.sin6_addr, address->ip.bytes, 16);
    }
    return out;
}

/* Takes away the socket of a process that has gone. What is no socket, or is answered, stays. */
static void remove_dead_socket(const struct bindable *address)
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

/* Gives a socket that listens there, -1 with errno. */
static int bind_and_listen(const struct bindable *address)
{
    const int on = 1;
    int fd = socket(address->as.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &address->as.any, (socklen_t)address->len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int listen_open(const char *text, int patience_ms, struct faults *faults)
{
    const struct timespec pause = {0, RETRY_MS * 1000000};
    struct listen_address parsed;
    if (!listen_address_parse(slice_of(text), &parsed)) {
        faults_add(
            faults, "", 0, 0,
            "cannot listen on \"%s\": write a numeric address and a port, such as 127.0.0.1:8080 or [::1]:8080, or "
            "unix:/path of at most %d bytes",
            text, ADDRESS_UNIX_MAX - 1);
        return -1;
    }
    struct bindable address = bindable_of(&parsed);
    if (parsed.unix_path[0])
        remove_dead_socket(&address);
    int64_t deadline_ms = clock_steady_ms() + patience_ms;
    int fd = bind_and_listen(&address);
    while (fd < 0 && errno == EADDRINUSE && clock_steady_ms() < deadline_ms) {
        nanosleep(&pause, NULL);
        fd = bind_and_listen(&address);
    }
    if (fd < 0) {
        int error = errno;
        faults_add(faults, "", 0, 0, "cannot listen on \"%s\" (%s): %s", text, strerror(error), remedy(error));
        return -1;
    }
    if (parsed.unix_path[0])
        chmod(parsed.unix_path, 0660);
    return fd;
}

/* Asks the system where a socket listens. */
static struct bindable place_of(int fd)
{
    struct bindable place;
    socklen_t len = sizeof(place.as);
    memset(&place, 0, sizeof(place));
    if (getsockname(fd, &place.as.any, &len) == 0)
        place.len = (int)len;
    return place;
}

int listen_port(int fd)
{
    struct bindable place = place_of(fd);
    if (place.as.any.sa_family != AF_INET && place.as.any.sa_family != AF_INET6)
        return 0;
    return ntohs(place.as.inet.sin_port); /* sockaddr_in6 has its own in the same place */
}

void listen_forget(int fd)
{
    struct bindable place = place_of(fd);
    if (place.as.any.sa_family == AF_UNIX)
        unlink(place.as.local.sun_path);
}
