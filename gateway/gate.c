#include "gateway/gate.h"

#include <string.h>

#define CHUNK_DIGITS_MAX 8     /* of a chunk's size: 4 GiB, far above any body */
#define KEPT_BYTES (16 * 1024) /* of memory for the next head, and as many for its body */
#define LENGTH_DIGITS_MAX 19   /* of a Content-Length: fits 64 bits */

static const struct gate_refusal refusals[GATE_REASONS] = {
    [GATE_LINE] = {400, "line", "The request line is malformed."},
    [GATE_TARGET] = {400, "target", "The target must be a path, of visible ASCII characters, without backslash."},
    [GATE_PATH] = {400, "path", "The path has a .. or an escaped NUL, slash or control character."},
    [GATE_VERSION] = {505, "version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
    [GATE_ENDING] = {400, "ending", "A header line does not end in CR LF."},
    [GATE_NAME] = {400, "name", "A header's name is malformed."},
    [GATE_FOLD] = {400, "fold", "Folded header lines are not taken."},
    [GATE_VALUE] = {400, "value", "A header's value has a control character."},
    [GATE_HOST] = {400, "host", "Exactly one valid Host header is needed."},
    [GATE_LENGTH] = {400, "length", "Content-Length must be given once, as a plain decimal number."},
    [GATE_CODING] = {501, "coding", "The only transfer coding taken is chunked."},
    [GATE_FRAMING] = {400, "framing", "The body's length is given in more than one way."},
    [GATE_EXPECT] = {417, "expect", "The only expectation met is 100-continue."},
    [GATE_HEAD_SIZE] = {431, "head_size", "The request line and headers are too large."},
    [GATE_HEADERS] = {431, "headers", "There are too many headers."},
    [GATE_CHUNK] = {400, "chunk", "A chunk is malformed; extensions are not taken."},
    [GATE_TRAILER] = {400, "trailer", "Trailers are not taken."},
    [GATE_BODY_SIZE] = {413, "body_size", "The body is too large."},
    [GATE_SLOW] = {408, "slow", "The request took too long to arrive."},
    [GATE_MEMORY] = {503, "memory", "There is no memory for the request now."},
};

/* Where the reader stands. Each state reads in its own step function, see `steps`. */
enum state {
    REQUEST_LINE,
    HEADER_LINE,
    DECISION, /* the head is whole, and the caller has not said whether the body may come */
    BODY,
    CHUNK_SIZE,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_CR,
    CHUNK_LF,
    LAST_CR, /* behind the chunk of size 0 */
    LAST_LF,
    WHOLE,
    REFUSED,
    STATES
};

/* What a byte may be part of. Source: RFC 9110 section 5.6.2 (token) and 5.5 (field values); RFC 3986
 * (targets; what it does not allow but does no harm, such as braces in a query, is taken, because gateways
 * send it). */
enum { TOKEN = 1, VALUE = 2, TARGET = 4, HOST = 8, ANY = TOKEN | VALUE | TARGET | HOST };

static const unsigned char kinds[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['!'] = TOKEN | VALUE | TARGET,
    ['"'] = VALUE | TARGET,
    ['#'] = TOKEN | VALUE,
    ['$' ... '\''] = TOKEN | VALUE | TARGET,
    ['(' ... ')'] = VALUE | TARGET,
    ['*' ... '+'] = TOKEN | VALUE | TARGET,
    [','] = VALUE | TARGET,
    ['-' ... '.'] = ANY,
    ['/'] = VALUE | TARGET,
    ['0' ... '9'] = ANY,
    [':'] = VALUE | TARGET | HOST,
    [';' ... '@'] = VALUE | TARGET,
    ['A' ... 'Z'] = ANY,
    ['['] = VALUE | TARGET | HOST,
    ['\\'] = VALUE,
    [']'] = VALUE | TARGET | HOST,
    ['^'] = TOKEN | VALUE | TARGET,
    ['_'] = ANY,
    ['`'] = TOKEN | VALUE | TARGET,
    ['a' ... 'z'] = ANY,
    ['{'] = VALUE | TARGET,
    ['|'] = TOKEN | VALUE | TARGET,
    ['}'] = VALUE | TARGET,
    ['~'] = TOKEN | VALUE | TARGET,
    [0x80 ... 0xff] = VALUE,
};

static bool all_of(struct slice s, int kind)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(kinds[(unsigned char)s.ptr[i]] & kind))
            return false;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void gate_init(struct gate *gate)
{
    memset(gate, 0, offsetof(struct gate, names)); /* behind these lies what the count does not name yet */
    buf_init(&gate->head, HTTP_HEAD_MAX);
}

void gate_release(struct gate *gate)
{
    buf_release(&gate->head);
    buf_release(&gate->body);
}

/* Empties a buffer for another request. */
static void use_again(struct buf *b)
{
    if (b->capacity > KEPT_BYTES)
        buf_release(b);
    else
        buf_clear(b);
}

void gate_next(struct gate *gate)
{
    struct buf head = gate->head, body = gate->body;
    gate_init(gate);
    gate->head = head;
    gate->body = body;
    use_again(&gate->head);
    use_again(&gate->body);
}

struct slice gate_text(const struct gate *gate, struct gate_span span)
{
    return slice_part(buf_slice(&gate->head), span.at, (size_t)span.at + span.len);
}

bool gate_has_body(const struct gate *gate)
{
    return gate->chunked || gate->length > 0;
}

bool gate_is_under_way(const struct gate *gate)
{
    return gate->head.len > 0 && gate->state != WHOLE;
}

bool gate_keeps_alive(const struct gate *gate)
{
    return !gate->close && (gate->minor == 1 || gate->keep_alive);
}

void gate_refuse(struct gate *gate, enum gate_reason reason)
{
    if (gate->state == REFUSED)
        return;
    gate->state = REFUSED;
    gate->refusal = &refusals[reason];
}

static bool refuse(struct gate *gate, enum gate_reason reason)
{
    gate_refuse(gate, reason);
    return false;
}

/* Gives the span of a slice that lies in the head. */
static struct gate_span span_of(const struct gate *gate, struct slice s)
{
    return (struct gate_span){(uint16_t)(s.ptr - gate->head.ptr), (uint16_t)s.len};
}

/* Gives the byte that the escape at the front of `s` stands for, or -1 when it is none. */
static int escaped_byte(struct slice s)
{
    int high = s.len >= 3 ? hex_digit(s.ptr[1]) : -1, low = s.len >= 3 ? hex_digit(s.ptr[2]) : -1;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Looks at every escape: none may be of NUL, and in the path each must be one. In the query a percent sign may stand
 * for itself, as proxies take it and Kannel writes it. Source: providers.md part 4.2. */
static enum gate_reason check_escapes(struct slice target)
{
    size_t path = slice_find(target, '?');
    for (size_t i = 0; i < target.len; i++) {
        int c = target.ptr[i] == '%' ? escaped_byte(slice_part(target, i, target.len)) : 1;
        if (c == 0)
            return GATE_PATH;
        if (c < 0 && i < path)
            return GATE_TARGET;
    }
    return GATE_REASONS;
}

/* Tells whether a path's segment neither climbs nor hides, by an escape, what would change its meaning once
 * decoded. Its escapes are known to be good. */
static bool segment_is_plain(struct slice segment)
{
    size_t dots = 0, len = 0; /* decoded */
    for (; segment.len > 0; len++) {
        bool escaped = segment.ptr[0] == '%';
        int c = escaped ? escaped_byte(segment) : (unsigned char)segment.ptr[0];
        if (c < 0x20 || c == 0x7f || c == '/' || c == '\\')
            return false;
        dots += c == '.';
        segment = slice_part(segment, escaped ? 3 : 1, segment.len);
    }
    return len != 2 || dots != 2;
}

static bool path_is_plain(struct slice path)
{
    struct slice segment;
    while (slice_cut(&path, '/', &segment))
        if (!segment_is_plain(segment))
            return false;
    return true;
}

static bool check_target(struct gate *gate, struct slice target)
{
    if (!slice_starts(target, "/") || !all_of(target, TARGET))
        return refuse(gate, GATE_TARGET);
    enum gate_reason fault = check_escapes(target);
    if (fault != GATE_REASONS)
        return refuse(gate, fault);
    if (!path_is_plain(slice_part(target, 0, slice_find(target, '?'))))
        return refuse(gate, GATE_PATH);
    gate->target = span_of(gate, target);
    return true;
}

static bool check_version(struct gate *gate, struct slice version)
{
    if (slice_is(version, "HTTP/1.1") || slice_is(version, "HTTP/1.0")) {
        gate->minor = version.ptr[7] - '0';
        return true;
    }
    bool is_other = version.len >= 8 && slice_starts(version, "HTTP/");
    for (size_t i = 5; i < version.len; i++)
        is_other = is_other && (is_digit(version.ptr[i]) || version.ptr[i] == '.');
    return refuse(gate, is_other ? GATE_VERSION : GATE_LINE);
}

/* Reads "METHOD target HTTP/1.x": single blanks between, nothing around. Source: RFC 9112 section 3. */
static bool take_request_line(struct gate *gate, struct slice line)
{
    struct slice method, target;
    if (!slice_cut(&line, ' ', &method) || method.len == 0 || !all_of(method, TOKEN) ||
        !slice_cut(&line, ' ', &target) || !line.ptr)
        return refuse(gate, GATE_LINE);
    gate->method = span_of(gate, method);
    gate->state = HEADER_LINE;
    return check_version(gate, line) && check_target(gate, target);
}

static bool take_host(struct gate *gate, struct slice value)
{
    if (gate->hosts++ || value.len == 0 || !all_of(value, HOST))
        return refuse(gate, GATE_HOST);
    return true;
}

static bool take_length(struct gate *gate, struct slice value)
{
    bool canonical = value.len > 0 && (value.ptr[0] != '0' || value.len == 1);
    for (size_t i = 0; i < value.len; i++)
        canonical = canonical && is_digit(value.ptr[i]);
    if (gate->lengths++ || !canonical)
        return refuse(gate, GATE_LENGTH);
    if (value.len > LENGTH_DIGITS_MAX || !slice_u64(value, UINT64_MAX, &gate->length))
        gate->length = UINT64_MAX;
    return true;
}

static bool take_coding(struct gate *gate, struct slice value)
{
    if (gate->codings++)
        return refuse(gate, GATE_FRAMING);
    if (!slice_is(value, "chunked"))
        return refuse(gate, GATE_CODING);
    gate->chunked = true;
    return true;
}

static bool take_expect(struct gate *gate, struct slice value)
{
    if (!slice_is_nocase(value, "100-continue"))
        return refuse(gate, GATE_EXPECT);
    gate->expects_continue = true;
    return true;
}

static bool take_connection(struct gate *gate, struct slice value)
{
    struct slice option;
    while (slice_cut(&value, ',', &option)) {
        option = slice_trim(option);
        gate->close = gate->close || slice_is_nocase(option, "close");
        gate->keep_alive = gate->keep_alive || slice_is_nocase(option, "keep-alive");
    }
    return true;
}

/* The headers that the gate itself understands. */
static const struct {
    const char *name;
    bool (*take)(struct gate *gate, struct slice value);
} known_headers[] = {
    {"Host", take_host},     {"Content-Length", take_length}, {"Transfer-Encoding", take_coding},
    {"Expect", take_expect}, {"Connection", take_connection},
};

/* Reads "Name: value". Source: RFC 9112 section 5. */
static bool take_header(struct gate *gate, struct slice line)
{
    size_t colon = slice_find(line, ':');
    struct slice name = slice_part(line, 0, colon), value;
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
        return refuse(gate, GATE_FOLD);
    if (colon == line.len || name.len == 0 || !all_of(name, TOKEN))
        return refuse(gate, GATE_NAME);
    value = slice_trim(slice_part(line, colon + 1, line.len));
    if (!all_of(slice_part(line, colon + 1, line.len), VALUE))
        return refuse(gate, GATE_VALUE);
    if (gate->header_count == HTTP_HEADERS_MAX)
        return refuse(gate, GATE_HEADERS);
    gate->names[gate->header_count] = span_of(gate, name);
    gate->values[gate->header_count++] = span_of(gate, value);
    for (size_t i = 0; i < sizeof(known_headers) / sizeof(known_headers[0]); i++)
        if (slice_is_nocase(name, known_headers[i].name))
            return known_headers[i].take(gate, value);
    return true;
}

/* Looks at the headers together, once the empty line has come. */
static bool take_head_end(struct gate *gate)
{
    if (gate->minor == 1 && !gate->hosts)
        return refuse(gate, GATE_HOST);
    if (gate->codings && (gate->lengths || gate->minor == 0))
        return refuse(gate, GATE_FRAMING);
    gate->state = DECISION;
    return false;
}

static bool take_line(struct gate *gate, struct slice line)
{
    if (gate->state == REQUEST_LINE)
        return take_request_line(gate, line);
    return line.len > 0 ? take_header(gate, line) : take_head_end(gate);
}

/* Takes bytes into the head up to the next LF, and reads the line when it is there. */
static bool step_line(struct gate *gate, struct slice *bytes)
{
    struct slice part = slice_part(*bytes, 0, slice_find(*bytes, '\n') + 1);
    if (part.len > HTTP_HEAD_MAX - gate->head.len)
        return refuse(gate, GATE_HEAD_SIZE);
    buf_addslice(&gate->head, part);
    *bytes = slice_part(*bytes, part.len, bytes->len);
    if (gate->head.error)
        return refuse(gate, GATE_MEMORY);
    struct slice line = slice_part(buf_slice(&gate->head), gate->line_at, gate->head.len);
    if (line.ptr[line.len - 1] != '\n')
        return true;
    if (line.len < 2 || line.ptr[line.len - 2] != '\r')
        return refuse(gate, gate->state == REQUEST_LINE ? GATE_LINE : GATE_ENDING);
    gate->line_at = gate->head.len;
    return take_line(gate, slice_part(line, 0, line.len - 2));
}

/* Moves up to gate->length bytes into the body. */
static bool take_data(struct gate *gate, struct slice *bytes)
{
    size_t len = bytes->len < gate->length ? bytes->len : (size_t)gate->length;
    buf_add(&gate->body, bytes->ptr, len);
    *bytes = slice_part(*bytes, len, bytes->len);
    gate->length -= len;
    return gate->body.error ? refuse(gate, GATE_MEMORY) : true;
}

static bool step_body(struct gate *gate, struct slice *bytes)
{
    if (!take_data(gate, bytes))
        return false;
    if (gate->length == 0)
        gate->state = WHOLE;
    return gate->state == BODY;
}

static char next_byte(struct slice *bytes)
{
    char c = bytes->ptr[0];
    *bytes = slice_part(*bytes, 1, bytes->len);
    return c;
}

/* Reads the digits of a chunk's size; CR ends them. Source: RFC 9112 section 7.1, without its extensions. */
static bool step_chunk_size(struct gate *gate, struct slice *bytes)
{
    char c = next_byte(bytes);
    int digit = hex_digit(c);
    if (c == '\r' && gate->chunk_digits > 0) {
        gate->state = CHUNK_SIZE_LF;
        return true;
    }
    if (digit < 0 || gate->chunk_digits++ == CHUNK_DIGITS_MAX)
        return refuse(gate, GATE_CHUNK);
    gate->length = gate->length * 16 + (unsigned)digit;
    if (gate->length > gate->body.max - gate->body.len)
        return refuse(gate, GATE_BODY_SIZE);
    return true;
}

/* Reads the one byte that may stand here, and goes to the next state. */
static bool step_over(struct gate *gate, struct slice *bytes, char expected, enum state next, enum gate_reason reason)
{
    if (next_byte(bytes) != expected)
        return refuse(gate, reason);
    gate->state = next;
    return true;
}

static bool step_chunk_size_lf(struct gate *gate, struct slice *bytes)
{
    return step_over(gate, bytes, '\n', gate->length ? CHUNK_DATA : LAST_CR, GATE_CHUNK);
}

static bool step_chunk_data(struct gate *gate, struct slice *bytes)
{
    if (!take_data(gate, bytes))
        return false;
    if (gate->length == 0)
        gate->state = CHUNK_CR;
    return true;
}

static bool step_chunk_cr(struct gate *gate, struct slice *bytes)
{
    return step_over(gate, bytes, '\r', CHUNK_LF, GATE_CHUNK);
}

static bool step_chunk_lf(struct gate *gate, struct slice *bytes)
{
    gate->chunk_digits = 0;
    return step_over(gate, bytes, '\n', CHUNK_SIZE, GATE_CHUNK);
}

static bool step_last_cr(struct gate *gate, struct slice *bytes)
{
    return step_over(gate, bytes, '\r', LAST_LF, GATE_TRAILER);
}

static bool step_last_lf(struct gate *gate, struct slice *bytes)
{
    step_over(gate, bytes, '\n', WHOLE, GATE_TRAILER);
    return false;
}

/* Each reads at least one byte and returns whether to go on. The states without one stop the reader. */
static bool (*const steps[STATES])(struct gate *gate, struct slice *bytes) = {
    [REQUEST_LINE] = step_line,
    [HEADER_LINE] = step_line,
    [BODY] = step_body,
    [CHUNK_SIZE] = step_chunk_size,
    [CHUNK_SIZE_LF] = step_chunk_size_lf,
    [CHUNK_DATA] = step_chunk_data,
    [CHUNK_CR] = step_chunk_cr,
    [CHUNK_LF] = step_chunk_lf,
    [LAST_CR] = step_last_cr,
    [LAST_LF] = step_last_lf,
};

static enum gate_verdict verdict(const struct gate *gate)
{
    switch (gate->state) {
    case DECISION:
        return GATE_HEAD;
    case WHOLE:
        return GATE_WHOLE;
    case REFUSED:
        return GATE_REFUSED;
    default:
        return GATE_MORE;
    }
}

enum gate_verdict gate_feed(struct gate *gate, struct slice *bytes)
{
    while (bytes->len > 0 && steps[gate->state] && steps[gate->state](gate, bytes))
        ;
    if (gate->state == REFUSED)
        *bytes = slice_part(*bytes, bytes->len, bytes->len);
    return verdict(gate);
}

bool gate_take_body(struct gate *gate, size_t max)
{
    if (gate->body.capacity > max) /* a buffer keeps its limit by its capacity */
        buf_release(&gate->body);
    gate->body.max = max;
    if (gate->length > max)
        return refuse(gate, GATE_BODY_SIZE);
    gate->state = gate->chunked ? CHUNK_SIZE : gate->length > 0 ? BODY : WHOLE;
    return true;
}
