/* The sender: HTTP calls to providers, by libcurl's multi interface on the event loop.
 *
 * Many calls in flight, none blocks; few begin in one turn of the loop, the others wait for the next. TLS is
 * verified, redirects are not followed, only http and https are spoken, an answer above SENDER_ANSWER_MAX, or what the
 * call says of a file (http_call.file_max), is cut off and counts as malformed. A request is written at most once:
 * libcurl would by itself repeat one whose reused connection ends without an answer, and is kept from it. A guarded
 * call (http_call.guarded) goes to public addresses only, judged when its socket is opened, and past every proxy; as
 * connections are shared, a sender guards all calls to one host and port or none. Must not know: what is sent. Failure
 * policy: each call calls back exactly once, from the loop, never from within sender_call(). Proved by
 * tests/unit/test_sender.c and tests/blackbox/outbox.test.mjs. */
#ifndef GATEWAY_SENDER_H
#define GATEWAY_SENDER_H

#include <event2/event.h>

#include "adapters/adapter.h"

#define SENDER_ANSWER_MAX (256 * 1024) /* bytes */
#define SENDER_CONNECT_MS 5000
#define SENDER_TOTAL_MS 15000
#define SENDER_FILE_TIMES 4   /* a file may take so many times as long, */
#define SENDER_FILE_SLOW_S 10 /* but not so many seconds with less than SENDER_FILE_SLOW bytes each */
#define SENDER_FILE_SLOW 512

struct sender;

enum sender_fate {
    SENDER_ANSWERED, /* status and body are the provider's */
    SENDER_NOT_SENT, /* no connection, or no byte of the request was written: safe to repeat */
    SENDER_IN_DOUBT  /* it was written, and no whole answer came */
};

struct sender_answer {
    enum sender_fate fate;
    int status;        /* 0 unless ANSWERED */
    struct slice body; /* good during the callback, */
    enum error cut;    /* and only its beginning with ERR_LIMIT, and with ERR_NOMEM */
    struct slice type; /* of a file: its Content-Type, and Location; empty if none; as long as body */
    struct slice location;
    int64_t retry_after_ms; /* from a Retry-After header, seconds or date; 0 none */
    const char *trouble;    /* a short phrase for the log; "" when ANSWERED */
};

/* Told once how a call ended. */
typedef void sender_done(void *ctx, const struct sender_answer *answer);

/* Starts a sender; NULL without memory. Free with sender_free(), which calls back every call under way as
 * IN_DOUBT or NOT_SENT. */
struct sender *sender_new(struct event_base *base);
void sender_free(struct sender *sender);

/* Starts a call; `call` and what it points to are copied. Returns ERR_NOMEM, or ERR_UNAVAILABLE while the
 * sender is being freed, and then never calls back. */
MUST_USE enum error sender_call(struct sender *sender, const struct http_call *call, sender_done *done, void *ctx);

/* For tests: makes later calls wait less. Units: milliseconds. */
void sender_set_patience(struct sender *sender, int connect_ms, int total_ms);

/* Tells how many calls are under way. */
size_t sender_in_flight(const struct sender *sender);

#endif
