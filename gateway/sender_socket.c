/* libcurl's sockets and its timer on the loop.
 *
 * A connection that no call uses stays watched: its next call is a moment away, and two system calls would be made
 * for each. That is safe where we hear of its closing, before another socket gets its number: so libcurl has its
 * connections opened and closed here. Sockets that it makes for itself (its resolver's) are let go of at once. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/failpoint.h"
#include "base/outside.h"
#include "gateway/sender_parts.h"

#define WATCHES_STEP 256

/* Gives a descriptor's watch; NULL without memory. */
static struct watch *watch_of(struct sender *sender, curl_socket_t fd)
{
    size_t at = (size_t)fd;
    if (at >= sender->watch_count) {
        size_t count = at + WATCHES_STEP;
        struct watch *more = mem_resize(sender->watches, count * sizeof(*more));
        if (!more)
            return NULL;
        memset(more + sender->watch_count, 0, (count - sender->watch_count) * sizeof(*more));
        sender->watches = more;
        sender->watch_count = count;
    }
    return &sender->watches[at];
}

static void forget(struct watch *watch)
{
    if (watch->event)
        event_free(watch->event);
    *watch = (struct watch){0};
}

/* No call uses this socket now. */
static void leave_alone(struct watch *watch)
{
    bool connection = watch->connection;
    watch->idle = true;
    if (connection && watch->events == EV_READ)
        return;
    forget(watch);
    watch->connection = connection;
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
    struct sender *sender = context;
    struct watch *watch = &sender->watches[fd];
    int running;
    int mask = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    if (watch->idle) { /* its end, most likely: libcurl looks before it uses it again */
        event_del(watch->event);
        watch->events = 0;
        return;
    }
    curl_multi_socket_action(sender->multi, fd, mask, &running);
    FAILPOINT("sender.moved");
    sender_collect(sender);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct sender *sender = context;
    int running;
    (void)fd;
    (void)what;
    curl_multi_socket_action(sender->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    sender_collect(sender);
}

/* Returns 0, or -1 without memory. */
static int wait_for(struct sender *sender, struct watch *watch, curl_socket_t fd, short events)
{
    watch->idle = false;
    if (watch->events == events)
        return 0;
    if (!watch->event)
        watch->event = event_new(sender->base, fd, (short)(events | EV_PERSIST), on_ready, sender);
    else if (event_del(watch->event) != 0 ||
             event_assign(watch->event, sender->base, fd, (short)(events | EV_PERSIST), on_ready, sender) != 0)
        return -1;
    if (!watch->event || event_add(watch->event, NULL) != 0)
        return -1;
    watch->events = events;
    return 0;
}

/* libcurl wants a socket watched, or no longer. Source: CURLMOPT_SOCKETFUNCTION(3). */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    struct sender *sender = context;
    struct watch *watch = watch_of(sender, fd);
    (void)easy;
    (void)unused;
    if (!watch)
        return what == CURL_POLL_REMOVE ? 0 : -1;
    if (what != CURL_POLL_REMOVE)
        return wait_for(sender, watch, fd,
                        (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0)));
    leave_alone(watch);
    return 0;
}

/* libcurl wants to be called after a time; -1 no longer. Source: CURLMOPT_TIMERFUNCTION(3), which forbids to
 * call back at once. */
static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct sender *sender = context;
    struct timeval wait = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    (void)multi;
    return timeout_ms < 0 ? event_del(sender->timer) : event_add(sender->timer, &wait);
}

/* Source: CURLOPT_OPENSOCKETFUNCTION(3). */
static curl_socket_t open_connection(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    struct watch *watch = fd >= 0 ? watch_of(context, fd) : NULL;
    (void)purpose;
    if (watch) {
        forget(watch); /* of whatever had this number before */
        watch->connection = true;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return CURL_SOCKET_BAD;
}

/* As above, for a call that goes where somebody said: what a name was resolved to counts, not what it was before. */
static curl_socket_t open_guarded(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call *call = context;
    call->refused = !outside_socket(&address->addr, address->addrlen);
    return call->refused ? CURL_SOCKET_BAD : open_connection(call->sender, purpose, address);
}

static int close_connection(void *context, curl_socket_t fd)
{
    struct watch *watch = watch_of(context, fd);
    if (watch)
        forget(watch);
    return close(fd);
}

unsigned sender_own_sockets(struct sender *sender, CURL *easy)
{
    unsigned bad = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_connection);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sender);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_connection);
    return bad | curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sender);
}

unsigned sender_guard_sockets(struct call *call)
{
    unsigned bad = curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETFUNCTION, open_guarded);
    bad |= curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETDATA, call);
    return bad | curl_easy_setopt(call->easy, CURLOPT_NOPROXY, "*");
}

bool sender_watch(struct sender *sender)
{
    sender->timer = evtimer_new(sender->base, on_timer, sender);
    if (!sender->timer)
        return false;
    curl_multi_setopt(sender->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(sender->multi, CURLMOPT_SOCKETDATA, sender);
    curl_multi_setopt(sender->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(sender->multi, CURLMOPT_TIMERDATA, sender);
    return true;
}

void sender_unwatch(struct sender *sender)
{
    for (size_t i = 0; i < sender->watch_count; i++)
        forget(&sender->watches[i]);
    mem_free(sender->watches);
    if (sender->timer)
        event_free(sender->timer);
}
