#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/gate.h"

#define BODY_MAX 1000

/* Feeds `bytes` in pieces of `step` bytes and takes any body up to BODY_MAX. *bytes keeps what is left over. */
static enum gate_verdict feed(struct gate *gate, struct slice *bytes, size_t step)
{
    enum gate_verdict verdict = GATE_MORE;
    while (verdict == GATE_MORE && bytes->len > 0) {
        struct slice piece = slice_part(*bytes, 0, step);
        size_t len = piece.len;
        verdict = gate_feed(gate, &piece);
        if (verdict == GATE_HEAD) {
            gate_take_body(gate, BODY_MAX);
            verdict = gate_feed(gate, &piece);
        }
        *bytes = slice_part(*bytes, len - piece.len, bytes->len);
    }
    return verdict;
}

#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /a HTTP/1.1\r\nHost: a\r\n"
#define HOST "Host: a\r\n"
#define END "\r\n"

/* Each request is fed whole and byte by byte; the reason is NULL where it must be taken. */
static const struct {
    const char *name;
    struct slice bytes;
    const char *reason;
    int status;
    const char *body;
} rows[] = {
    {"plain", SLICE(GET HOST END), NULL, 0, ""},
    {"1.0 without Host", SLICE("GET / HTTP/1.0\r\n\r\n"), NULL, 0, ""},
    {"a body", SLICE(POST "Content-Length: 4\r\n\r\nhola"), NULL, 0, "hola"},
    {"a body of none", SLICE(POST "Content-Length: 0\r\n\r\n"), NULL, 0, ""},
    {"chunked", SLICE(POST "Transfer-Encoding: chunked\r\n\r\n4\r\nhola\r\nA\r\n0123456789\r\n0\r\n\r\n"), NULL, 0,
     "hola0123456789"},
    {"chunked of none", SLICE(POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), NULL, 0, ""},
    {"chunk size with zeros", SLICE(POST "Transfer-Encoding: chunked\r\n\r\n0004\r\nhola\r\n00\r\n\r\n"), NULL, 0,
     "hola"},
    {"dots in the query", SLICE("GET /a?text=hola../.. HTTP/1.1\r\n" HOST END), NULL, 0, ""},
    {"percent signs in the query", SLICE("GET /a?b=100%&c=%N&d=%zz%4 HTTP/1.1\r\n" HOST END), NULL, 0, ""},
    {"escapes in the query", SLICE("GET /a?b=%2e%2e%2F%0a%5c HTTP/1.1\r\n" HOST END), NULL, 0, ""},
    {"braces in the query", SLICE("GET /a?b[]={c}|\"d\" HTTP/1.1\r\n" HOST END), NULL, 0, ""},
    {"three dots", SLICE("GET /... HTTP/1.1\r\n" HOST END), NULL, 0, ""},
    {"Latin-1 in a value", SLICE(GET HOST "X: ni\xc3\xb1o\r\n\r\n"), NULL, 0, ""},
    {"an empty value", SLICE(GET HOST "X:\r\n\r\n"), NULL, 0, ""},
    {"tabs around a value", SLICE(GET HOST "X:\t a\tb \t\r\n\r\n"), NULL, 0, ""},
    {"case of names", SLICE(GET "hOST: a\r\n\r\n"), NULL, 0, ""},
    {"a port in Host", SLICE(GET "Host: [::1]:8080\r\n\r\n"), NULL, 0, ""},
    {"100-continue", SLICE(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"), NULL, 0, "x"},
    {"another method", SLICE("DELETE / HTTP/1.1\r\n" HOST END), NULL, 0, ""},

    {"bare LF", SLICE("GET / HTTP/1.1\nHost: a\n\n"), "line", 400, NULL},
    {"bare LF in headers", SLICE(GET "Host: a\n\r\n"), "ending", 400, NULL},
    {"bare LF at the end", SLICE(GET HOST "\n"), "ending", 400, NULL},
    {"an empty line first", SLICE("\r\n" GET HOST END), "line", 400, NULL},
    {"no version", SLICE("GET /\r\n\r\n"), "line", 400, NULL},
    {"two blanks", SLICE("GET  / HTTP/1.1\r\n" HOST END), "line", 400, NULL},
    {"a blank at the end", SLICE("GET / HTTP/1.1 \r\n" HOST END), "line", 400, NULL},
    {"a blank in the target", SLICE("GET /a b HTTP/1.1\r\n" HOST END), "line", 400, NULL},
    {"a tab for a blank", SLICE("GET\t/ HTTP/1.1\r\n" HOST END), "line", 400, NULL},
    {"no method", SLICE(" / HTTP/1.1\r\n" HOST END), "line", 400, NULL},
    {"a method with a colon", SLICE("GE:T / HTTP/1.1\r\n" HOST END), "line", 400, NULL},
    {"a small http", SLICE("GET / http/1.1\r\n" HOST END), "line", 400, NULL},
    {"CR CR LF", SLICE("GET / HTTP/1.1\r\r\n" HOST END), "line", 400, NULL},
    {"another protocol", SLICE("GET / ICY/1.1\r\n" HOST END), "line", 400, NULL},
    {"TLS", SLICE("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"), "line", 400, NULL},
    {"1.99", SLICE("GET / HTTP/1.99\r\n" HOST END), "version", 505, NULL},
    {"1.2", SLICE("GET / HTTP/1.2\r\n" HOST END), "version", 505, NULL},
    {"01.1", SLICE("GET / HTTP/01.1\r\n" HOST END), "version", 505, NULL},
    {"0.9", SLICE("GET / HTTP/0.9\r\n" HOST END), "version", 505, NULL},
    {"2.0", SLICE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "version", 505, NULL},

    {"absolute form", SLICE("GET http://b/ HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"authority form", SLICE("CONNECT b:443 HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"asterisk form", SLICE("OPTIONS * HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"a backslash", SLICE("GET /a\\b HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"a fragment", SLICE("GET /a#b HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"raw UTF-8", SLICE("GET /ni\xc3\xb1o HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"a NUL", SLICE("GET /a\0b HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"half an escape", SLICE("GET /a%2 HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"no escape", SLICE("GET /a%zz?b HTTP/1.1\r\n" HOST END), "target", 400, NULL},
    {"an escaped NUL", SLICE("GET /admin%00/public HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"an escaped NUL in the query", SLICE("GET /a?b=%00 HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"climbing", SLICE("GET /console/../../etc/passwd HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"climbing at the end", SLICE("GET /console/.. HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"climbing before a query", SLICE("GET /console/..?a HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"climbing in escapes", SLICE("GET /a/%2e./b HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"an escaped slash", SLICE("GET /a%2fb HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"an escaped backslash", SLICE("GET /a%5Cb HTTP/1.1\r\n" HOST END), "path", 400, NULL},
    {"an escaped newline", SLICE("GET /a%0ab HTTP/1.1\r\n" HOST END), "path", 400, NULL},

    {"blank before the colon", SLICE(GET HOST "Content-Length : 0\r\n\r\n"), "name", 400, NULL},
    {"no colon", SLICE(GET HOST "Content-Length\r\n\r\n"), "name", 400, NULL},
    {"no name", SLICE(GET HOST ": a\r\n\r\n"), "name", 400, NULL},
    {"a NUL in a name", SLICE(GET HOST "X\0Y: a\r\n\r\n"), "name", 400, NULL},
    {"a folded line", SLICE(GET HOST "X: a\r\n b\r\n\r\n"), "fold", 400, NULL},
    {"a folded first header", SLICE(GET "\tHost: a\r\n\r\n"), "fold", 400, NULL},
    {"a NUL in a value", SLICE(GET HOST "X: a\0b\r\n\r\n"), "value", 400, NULL},
    {"a CR in a value", SLICE(GET HOST "X: a\rb\r\n\r\n"), "value", 400, NULL},
    {"a CR at a value's end", SLICE(GET HOST "X: a\r\r\n\r\n"), "value", 400, NULL},
    {"a DEL in a value", SLICE(GET HOST "X: a\x7f\r\n\r\n"), "value", 400, NULL},

    {"no Host", SLICE(GET END), "host", 400, NULL},
    {"two Hosts", SLICE(GET HOST HOST END), "host", 400, NULL},
    {"two Hosts on 1.0", SLICE("GET / HTTP/1.0\r\n" HOST HOST END), "host", 400, NULL},
    {"an empty Host", SLICE(GET "Host:\r\n\r\n"), "host", 400, NULL},
    {"a path in Host", SLICE(GET "Host: a/b\r\n\r\n"), "host", 400, NULL},
    {"a user in Host", SLICE(GET "Host: a@b\r\n\r\n"), "host", 400, NULL},

    {"two lengths", SLICE(POST "Content-Length: 4\r\nContent-Length: 5\r\n\r\nhola1"), "length", 400, NULL},
    {"two equal lengths", SLICE(POST "Content-Length: 4\r\nContent-Length: 4\r\n\r\nhola"), "length", 400, NULL},
    {"lengths in a list", SLICE(POST "Content-Length: 4, 4\r\n\r\nhola"), "length", 400, NULL},
    {"+4", SLICE(POST "Content-Length: +4\r\n\r\nhola"), "length", 400, NULL},
    {"-1", SLICE(POST "Content-Length: -1\r\n\r\nhola"), "length", 400, NULL},
    {"4abc", SLICE(POST "Content-Length: 4abc\r\n\r\nhola"), "length", 400, NULL},
    {"0x4", SLICE(POST "Content-Length: 0x4\r\n\r\nhola"), "length", 400, NULL},
    {"04", SLICE(POST "Content-Length: 04\r\n\r\nhola"), "length", 400, NULL},
    {"an empty length", SLICE(POST "Content-Length:\r\n\r\nhola"), "length", 400, NULL},
    {"too long", SLICE(POST "Content-Length: 1001\r\n\r\n"), "body_size", 413, NULL},
    {"far too long", SLICE(POST "Content-Length: 99999999999999999999999999\r\n\r\n"), "body_size", 413, NULL},
    {"just below 2^64", SLICE(POST "Content-Length: 18446744073709551615\r\n\r\n"), "body_size", 413, NULL},

    {"length and chunked", SLICE(POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "framing",
     400, NULL},
    {"chunked and length", SLICE(POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"), "framing",
     400, NULL},
    {"chunked twice", SLICE(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), "framing", 400,
     NULL},
    {"chunked on 1.0", SLICE("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "framing", 400, NULL},
    {"xchunked", SLICE(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), "coding", 501, NULL},
    {"gzip, chunked", SLICE(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "coding", 501, NULL},
    {"Chunked", SLICE(POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"), "coding", 501, NULL},
    {"identity", SLICE(POST "Transfer-Encoding: identity\r\n\r\n"), "coding", 501, NULL},
    {"another expectation", SLICE(POST "Expect: a-miracle\r\nContent-Length: 1\r\n\r\nx"), "expect", 417, NULL},

#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
    {"a chunk size of 0x4", SLICE(CHUNKED "0x4\r\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"a chunk extension", SLICE(CHUNKED "4;a=b\r\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"a blank behind the size", SLICE(CHUNKED "4 \r\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"a signed size", SLICE(CHUNKED "+4\r\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"no size", SLICE(CHUNKED "\r\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"a bare LF behind the size", SLICE(CHUNKED "4\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"a chunk longer than its size", SLICE(CHUNKED "3\r\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"too many digits", SLICE(CHUNKED "000000004\r\nhola\r\n0\r\n\r\n"), "chunk", 400, NULL},
    {"a chunk too large", SLICE(CHUNKED "3e9\r\n"), "body_size", 413, NULL},
    {"chunks too large together", SLICE(CHUNKED "1\r\nx\r\n3e8\r\n"), "body_size", 413, NULL},
    {"a trailer", SLICE(CHUNKED "4\r\nhola\r\n0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), "trailer", 400, NULL},
};

static void assert_row(size_t i, size_t step)
{
    struct gate gate;
    struct slice bytes = rows[i].bytes;
    gate_init(&gate);
    enum gate_verdict verdict = feed(&gate, &bytes, step);
    if (rows[i].reason) {
        if (verdict != GATE_REFUSED || strcmp(gate.refusal->reason, rows[i].reason) != 0)
            fail_msg("%s, by %zu: verdict %d, reason %s", rows[i].name, step, (int)verdict,
                     gate.refusal ? gate.refusal->reason : "none");
        assert_int_equal(gate.refusal->status, rows[i].status);
    } else {
        if (verdict != GATE_WHOLE)
            fail_msg("%s, by %zu: verdict %d, reason %s", rows[i].name, step, (int)verdict,
                     gate.refusal ? gate.refusal->reason : "none");
        assert_string_equal(buf_text(&gate.body), rows[i].body);
        assert_int_equal(bytes.len, 0);
    }
    gate_release(&gate);
}

static void each_request_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t step = 1; step <= 7; step += 3)
            assert_row(i, step);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(i, SIZE_MAX);
}

static void a_head_is_read_into_its_parts(void **state)
{
    struct gate gate;
    struct slice bytes =
        SLICE("POST /a/b?c=%20d HTTP/1.1\r\nHost: a\r\nX-One:  1 \r\nX-One:\t2\r\nContent-Length: 1\r\n\r\nzGET");
    (void)state;
    gate_init(&gate);
    assert_int_equal(feed(&gate, &bytes, SIZE_MAX), GATE_WHOLE);
    assert_true(slice_is(bytes, "GET"));
    assert_true(slice_is(gate_text(&gate, gate.method), "POST"));
    assert_true(slice_is(gate_text(&gate, gate.target), "/a/b?c=%20d"));
    assert_int_equal(gate.header_count, 4);
    assert_true(slice_is(gate_text(&gate, gate.names[1]), "X-One"));
    assert_true(slice_is(gate_text(&gate, gate.values[1]), "1"));
    assert_true(slice_is(gate_text(&gate, gate.values[2]), "2"));
    gate_release(&gate);
}

static void keeping_alive_follows_version_and_header(void **state)
{
    static const struct {
        struct slice bytes;
        bool keeps;
    } cases[] = {
        {SLICE(GET HOST END), true},
        {SLICE(GET HOST "Connection: close\r\n\r\n"), false},
        {SLICE(GET HOST "Connection: TE, Close\r\n\r\n"), false},
        {SLICE(GET HOST "Connection: keep-alive, close\r\n\r\n"), false},
        {SLICE("GET / HTTP/1.0\r\n\r\n"), false},
        {SLICE("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), true},
        {SLICE("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gate gate;
        struct slice bytes = cases[i].bytes;
        gate_init(&gate);
        assert_int_equal(feed(&gate, &bytes, SIZE_MAX), GATE_WHOLE);
        assert_int_equal(gate_keeps_alive(&gate), cases[i].keeps);
        gate_release(&gate);
    }
}

static void one_gate_reads_request_after_request(void **state)
{
    struct gate gate;
    struct slice bytes =
        SLICE(POST "Content-Length: 2\r\n\r\nab" GET HOST END POST "Transfer-Encoding: chunked\r\n\r\n1\r\nc\r\n"
                   "0\r\n\r\n" GET HOST "X : y\r\n\r\n");
    static const char *const bodies[] = {"ab", "", "c"};
    (void)state;
    gate_init(&gate);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        assert_int_equal(feed(&gate, &bytes, 5), GATE_WHOLE);
        assert_string_equal(buf_text(&gate.body), bodies[i]);
        assert_false(gate_is_under_way(&gate));
        gate_next(&gate);
    }
    assert_int_equal(feed(&gate, &bytes, 5), GATE_REFUSED);
    gate_refuse(&gate, GATE_SLOW);
    assert_string_equal(gate.refusal->reason, "name"); /* the first reason stays */
    gate_release(&gate);
}

/* A head of exactly `len` bytes, its last header line padded. */
static struct slice head_of(char *room, size_t len)
{
    int begin = snprintf(room, len + 1, "%s%sX: ", GET, HOST);
    memset(room + begin, 'x', len - (size_t)begin);
    memcpy(room + len - 4, "\r\n\r\n", 4);
    return (struct slice){room, len};
}

static void limits_hold_to_the_byte(void **state)
{
    static char room[HTTP_HEAD_MAX + 100];
    static const struct {
        size_t len;
        enum gate_verdict verdict;
    } cases[] = {{HTTP_HEAD_MAX, GATE_WHOLE}, {HTTP_HEAD_MAX + 1, GATE_REFUSED}};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct gate gate;
        struct slice bytes = head_of(room, cases[i / 2].len);
        gate_init(&gate);
        assert_int_equal(feed(&gate, &bytes, i % 2 ? SIZE_MAX : 1), cases[i / 2].verdict);
        assert_true(!gate.refusal || gate.refusal->status == 431);
        gate_release(&gate);
    }
    for (size_t count = HTTP_HEADERS_MAX; count <= HTTP_HEADERS_MAX + 1; count++) {
        struct gate gate;
        struct buf head;
        buf_init(&head, HTTP_HEAD_MAX);
        buf_adds(&head, GET HOST);
        for (size_t i = 1; i < count; i++)
            buf_adds(&head, "X: y\r\n");
        buf_adds(&head, END);
        struct slice bytes = buf_slice(&head);
        gate_init(&gate);
        assert_int_equal(feed(&gate, &bytes, SIZE_MAX), count > HTTP_HEADERS_MAX ? GATE_REFUSED : GATE_WHOLE);
        assert_true(!gate.refusal || strcmp(gate.refusal->reason, "headers") == 0);
        gate_release(&gate);
        buf_release(&head);
    }
}

static void a_length_allocates_nothing_before_its_bytes_come(void **state)
{
    struct gate gate;
    struct slice bytes = SLICE(POST "Content-Length: 3145728\r\n\r\n");
    (void)state;
    gate_init(&gate);
    assert_int_equal(gate_feed(&gate, &bytes), GATE_HEAD);
    assert_true(gate_has_body(&gate));
    assert_true(gate_take_body(&gate, HTTP_BODY_MAX));
    assert_int_equal(gate.body.capacity, 0);
    gate_release(&gate);
}

static void failing_memory_refuses(void **state)
{
    static const struct slice request = SLICE(POST "X-Long: 0123456789012345678901234567890123456789\r\n"
                                                   "Transfer-Encoding: chunked\r\n\r\n4\r\nhola\r\n0\r\n\r\n");
    (void)state;
    for (long successes = 0; successes < 20; successes++) {
        struct gate gate;
        struct slice bytes = request;
        gate_init(&gate);
        mem_fail_after(successes);
        enum gate_verdict verdict = feed(&gate, &bytes, SIZE_MAX);
        mem_fail_after(-1);
        assert_true(verdict == GATE_WHOLE || gate.refusal->status == 503);
        gate_release(&gate);
        if (verdict == GATE_WHOLE)
            return;
    }
    fail_msg("it never succeeded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_has_its_verdict),
        cmocka_unit_test(a_head_is_read_into_its_parts),
        cmocka_unit_test(keeping_alive_follows_version_and_header),
        cmocka_unit_test(one_gate_reads_request_after_request),
        cmocka_unit_test(limits_hold_to_the_byte),
        cmocka_unit_test(a_length_allocates_nothing_before_its_bytes_come),
        cmocka_unit_test(failing_memory_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
