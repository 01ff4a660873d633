/* The gate, fed whole and in pieces: both must give the same requests, in the same places, and the same refusal. */
#include <assert.h>
#include <string.h>

#include "gateway/gate.h"

#define BODY_MAX 4096
#define REQUESTS_MAX 16

static enum gate_verdict feed(struct gate *gate, struct slice *bytes)
{
    enum gate_verdict verdict = gate_feed(gate, bytes);
    if (verdict != GATE_HEAD)
        return verdict;
    gate_take_body(gate, BODY_MAX);
    return gate_feed(gate, bytes);
}

/* Feeds a piece of `step` bytes after the other until the gate has more to say than GATE_MORE. */
static enum gate_verdict feed_in_steps(struct gate *gate, struct slice *bytes, size_t step)
{
    enum gate_verdict verdict = GATE_MORE;
    while (verdict == GATE_MORE && bytes->len > 0) {
        struct slice piece = slice_part(*bytes, 0, step);
        size_t len = piece.len;
        verdict = feed(gate, &piece);
        *bytes = slice_part(*bytes, len - piece.len, bytes->len);
    }
    return verdict;
}

static void assert_same_request(const struct gate *a, const struct gate *b)
{
    assert(slice_eq(buf_slice(&a->head), buf_slice(&b->head)));
    assert(slice_eq(buf_slice(&a->body), buf_slice(&b->body)));
    assert(slice_eq(gate_text(a, a->target), gate_text(b, b->target)));
    assert(a->header_count == b->header_count && gate_keeps_alive(a) == gate_keeps_alive(b));
    for (size_t i = 0; i < a->header_count; i++)
        assert(slice_eq(gate_text(a, a->values[i]), gate_text(b, b->values[i])));
    /* what the gate promises of everything that passes */
    assert(a->target.len > 0 && gate_text(a, a->target).ptr[0] == '/');
    assert(!memchr(buf_text(&a->head), '\0', a->head.len));
    assert(a->head.len <= HTTP_HEAD_MAX && a->body.len <= BODY_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gate whole, pieces;
    size_t step = size > 0 ? 1 + data[0] % 9 : 1;
    struct slice a = {(const char *)data + (size > 0), size - (size > 0)}, b = a;
    gate_init(&whole);
    gate_init(&pieces);
    for (int i = 0; i < REQUESTS_MAX; i++) {
        enum gate_verdict verdict = feed(&whole, &a), same = feed_in_steps(&pieces, &b, step);
        assert(same == verdict);
        if (verdict == GATE_REFUSED)
            assert(whole.refusal == pieces.refusal);
        if (verdict != GATE_WHOLE)
            break;
        assert(a.len == b.len);
        assert_same_request(&whole, &pieces);
        gate_next(&whole);
        gate_next(&pieces);
    }
    gate_release(&whole);
    gate_release(&pieces);
    return 0;
}
