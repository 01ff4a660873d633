/* What the three parts of the sender share: sender.c (calls and their endings), sender_request.c (what a call says) and
 * sender_socket.c (libcurl's sockets and timer on the loop), and nobody else. Proved by tests/unit/test_sender.c. */
#ifndef GATEWAY_SENDER_PARTS_H
#define GATEWAY_SENDER_PARTS_H

#include <curl/curl.h>

#include "base/buf.h"
#include "gateway/sender.h"

#define HEAD_MAX (64 * 1024) /* bytes; a longer head is set anew each time */

/* A call, or what is left of one: the next call that says the same to the same address has only its body to set. */
struct call {
    struct sender *sender;
    struct call *before, *after; /* in sender->calls; `after` also in sender->idle */
    struct call *behind;         /* in sender->waiting */
    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    struct buf head; /* what `easy` is set to, but for the body: texts with their NUL */
    struct buf answer;
    sender_done *done;
    void *ctx;
    unsigned attempts; /* connections that a request was about to be written on */
    bool at_work;      /* libcurl has it */
    bool refused;      /* guarded, and where it was to go is not public */
    bool is_file;      /* its answer is one */
    int64_t since_ms;  /* steady clock: when it began to wait */
};

/* A socket that libcurl wants watched, or has wanted. */
struct watch {
    struct event *event; /* NULL: none */
    short events;        /* what the event waits for; 0: it is not added */
    bool connection;     /* opened by us, so that we hear when it is closed */
    bool idle;           /* no call uses it */
};

struct sender {
    struct event_base *base;
    CURLM *multi;
    struct event *timer, *turn, *crowded;
    struct watch *watches; /* by descriptor */
    size_t watch_count;
    struct call *calls, *idle;
    struct call *waiting, *last_waiting; /* for their turn; among `calls` too */
    size_t in_flight, idle_count;
    size_t at_work; /* of those in flight: libcurl has them */
    size_t crowd;   /* so many may be */
    size_t begun;   /* in this turn of the loop */
    int connect_ms, total_ms;
    bool ending;
};

/* Sets what a call says; `http` and what it points to are copied. Returns false without memory. */
bool call_set(struct call *call, const struct http_call *http);

/* Lets libcurl's sockets and timer be watched by the loop. Returns false without memory. */
bool sender_watch(struct sender *sender);

/* Has a call's connections opened and closed by us. Returns what curl_easy_setopt() does. */
unsigned sender_own_sockets(struct sender *sender, CURL *easy);

/* Has a call's connections opened only to public addresses, and to no proxy. Returns as above. */
unsigned sender_guard_sockets(struct call *call);

/* Hands over to their owners the calls that libcurl has done with, and begins others. */
void sender_collect(struct sender *sender);

/* Stops watching; libcurl's connections are closed by now. */
void sender_unwatch(struct sender *sender);

#endif
