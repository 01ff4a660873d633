/* The gate: a strict reader of HTTP/1 requests, bytes in, verdict out.
 *
 * It exists because every lenient parser (libevent's evhttp, say) takes requests that another parser on the way reads
 * differently: two lengths, odd encodings, control bytes. The gate takes one reading only: whatever RFC 9112
 * leaves open, or allows and no provider sends (bare LF, folded lines, chunk extensions, trailers), it
 * refuses with a status and a reason word, and a refused connection is never used again. It must not know:
 * sockets, routes, handlers, time. Invariants: feeding bytes one by one or all at once gives the same
 * verdicts, the same slices and the same number of bytes used; nothing is allocated beyond HTTP_HEAD_MAX for
 * a head and `body_max` for a body. Failure policy: GATE_REFUSED, also without memory. Source: RFC 9110, RFC
 * 9112. Proved by tests/unit/test_gate.c and tests/fuzz/fuzz_gate.c. */
#ifndef GATEWAY_GATE_H
#define GATEWAY_GATE_H

#include "base/buf.h"
#include "base/slice.h"
#include "gateway/http.h"

enum gate_verdict {
    GATE_MORE,   /* all bytes are used, and the request is not whole */
    GATE_HEAD,   /* the head is good: call gate_take_body() or gate_refuse(), then feed on */
    GATE_WHOLE,  /* the request is whole; the bytes left over belong to the next one */
    GATE_REFUSED /* answer gate->refusal and close */
};

/* A row of the table of refusals. */
struct gate_refusal {
    int status;
    const char *reason;   /* one word, for the metric */
    const char *sentence; /* for the client: what is wrong; holds nothing of the request */
};

enum gate_reason {
    GATE_LINE,      /* the request line is not "METHOD target HTTP/d.d" and CR LF */
    GATE_TARGET,    /* not an origin-form path, or bytes that a target cannot have */
    GATE_PATH,      /* "..", or an escape that hides a NUL, a slash or a control byte */
    GATE_VERSION,   /* neither 1.0 nor 1.1 */
    GATE_ENDING,    /* a header line that does not end in CR LF */
    GATE_NAME,      /* a header's name is no token, or does not touch its colon */
    GATE_FOLD,      /* a header line that goes on with a blank */
    GATE_VALUE,     /* a control byte in a header's value */
    GATE_HOST,      /* no Host on 1.1, two, or one that names no host */
    GATE_LENGTH,    /* two lengths, or one that is not a plain decimal number */
    GATE_CODING,    /* a Transfer-Encoding other than exactly "chunked" */
    GATE_FRAMING,   /* a Transfer-Encoding together with a length, twice, or on 1.0 */
    GATE_EXPECT,    /* an Expect other than 100-continue */
    GATE_HEAD_SIZE, /* above HTTP_HEAD_MAX */
    GATE_HEADERS,   /* more lines than HTTP_HEADERS_MAX */
    GATE_CHUNK,     /* a chunk's size line or end is not strict */
    GATE_TRAILER,   /* something behind the last chunk */
    GATE_BODY_SIZE, /* above what the route takes */
    GATE_SLOW,      /* the caller's: not whole in time */
    GATE_MEMORY,    /* no memory */
    GATE_REASONS
};

/* A run of bytes in the head; a head is small enough for 16 bits. */
struct gate_span {
    uint16_t at, len;
};

struct gate {
    struct buf head; /* the raw head, from its first byte */
    struct buf body; /* de-chunked */
    struct gate_span method, target;
    size_t header_count;
    size_t line_at;   /* where in the head the unfinished line begins */
    uint64_t length;  /* of the body, or of what is left of the chunk; bytes */
    int minor;        /* of the version: 0 or 1 */
    int chunk_digits; /* read of the chunk's size */
    unsigned char hosts, lengths, codings;
    bool chunked, keep_alive, close, expects_continue;
    unsigned char state;                                                /* an enum of gate.c */
    const struct gate_refusal *refusal;                                 /* NULL unless refused */
    struct gate_span names[HTTP_HEADERS_MAX], values[HTTP_HEADERS_MAX]; /* header_count of each */
};

/* Prepares a gate for a connection's first request. Allocates nothing. */
void gate_init(struct gate *gate);

/* Frees what the gate holds. */
void gate_release(struct gate *gate);

/* Gets ready for the connection's next request, letting the last one's bytes go, but not the memory where it is
 * small. */
void gate_next(struct gate *gate);

/* Reads on. What is used is taken off the front of *bytes; after GATE_REFUSED all of it counts as used up. */
enum gate_verdict gate_feed(struct gate *gate, struct slice *bytes);

/* After GATE_HEAD: lets a body of up to `max` bytes come. Returns false when the head already announces more;
 * the gate has refused then. */
bool gate_take_body(struct gate *gate, size_t max);

/* Refuses from outside: the request came too slowly, say. A gate that has refused keeps its first reason. */
void gate_refuse(struct gate *gate, enum gate_reason reason);

/* Tells whether the head announces a body (even an empty chunked one). */
bool gate_has_body(const struct gate *gate);

/* Tells whether a byte of a request has been read and the request is not whole. */
bool gate_is_under_way(const struct gate *gate);

/* Tells whether the client wants to use the connection again. */
bool gate_keeps_alive(const struct gate *gate);

/* Gives the bytes of a span; good as long as gate->head. */
struct slice gate_text(const struct gate *gate, struct gate_span span);

#endif
