#include "gateway/facts.h"

#include <string.h>

#define MAGIC 'F'
#define FORMAT 1
#define RUN_MIN 8 /* hexadecimal digits that are worth packing */

enum { RAW_IS_VALUE = 1, RAW_IS_SAME = 2, SOURCE_IS_SAME = 4, RULE_IS_SAME = 8, CERTAIN = 16, FLAGS = 31 };

#define CERTAINTY 10000

/* ---- reading ---- */

struct reader {
    struct slice rest;
    bool bad;
};

static uint64_t read_number(struct reader *r)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift <= 63 && r->rest.len; shift += 7) {
        unsigned char byte = (unsigned char)*r->rest.ptr;
        r->rest = slice_part(r->rest, 1, r->rest.len);
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return number;
    }
    r->bad = true;
    return 0;
}

static struct slice read_bytes(struct reader *r, uint64_t len)
{
    if (len > r->rest.len) {
        r->bad = true;
        return SLICE_NONE;
    }
    struct slice text = slice_part(r->rest, 0, len);
    r->rest = slice_part(r->rest, len, r->rest.len);
    return text;
}

static struct slice read_text(struct reader *r)
{
    return read_bytes(r, read_number(r));
}

static int64_t read_difference(struct reader *r)
{
    uint64_t number = read_number(r);
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

static enum error read_id(struct reader *r, struct arena *arena, struct slice *out)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t number = read_number(r);
    struct slice first = read_bytes(r, number >> 1);
    *out = first;
    if (!(number & 1))
        return OK;
    struct slice run = read_text(r), last = read_text(r);
    if (r->bad)
        return ERR_SYNTAX;
    char *text = arena_alloc(arena, first.len + 2 * run.len + last.len + 1), *to = text;
    if (!text)
        return ERR_NOMEM;
    slice_pack(&to, first);
    for (size_t i = 0; i < run.len; i++) {
        *to++ = digits[(unsigned char)run.ptr[i] >> 4];
        *to++ = digits[(unsigned char)run.ptr[i] & 15];
    }
    slice_pack(&to, last);
    *out = (struct slice){text, (size_t)(to - text)};
    return OK;
}

static enum error read_source(struct reader *r, unsigned flags, struct arena *arena, const struct origin *before,
                              struct origin *out)
{
    out->at_ms = before->at_ms;
    out->rule = before->rule;
    out->message_id = before->message_id;
    if (flags & SOURCE_IS_SAME)
        return OK;
    out->at_ms = (int64_t)((uint64_t)before->at_ms + (uint64_t)read_difference(r));
    if (!(flags & RULE_IS_SAME))
        out->rule = read_text(r);
    return read_id(r, arena, &out->message_id);
}

static enum error read_fact(struct reader *r, struct arena *arena, const struct origin *before, struct origin *out)
{
    out->slot = read_text(r);
    uint64_t flags = read_number(r);
    out->value = read_text(r);
    out->raw = flags & RAW_IS_VALUE ? out->value : flags & RAW_IS_SAME ? before->raw : read_text(r);
    uint64_t certainty = flags & CERTAIN ? CERTAINTY : read_number(r);
    out->confidence = (double)certainty / CERTAINTY;
    if (r->bad || flags > FLAGS || certainty > CERTAINTY)
        return ERR_SYNTAX;
    enum error error = read_source(r, (unsigned)flags, arena, before, out);
    return error ? error : r->bad ? ERR_SYNTAX : OK;
}

enum error facts_read(struct slice bytes, struct arena *arena, struct facts *out)
{
    static const struct origin none = {0};
    struct reader r = {slice_part(bytes, 2, bytes.len), false};
    out->count = 0;
    if (!bytes.len)
        return OK;
    if (bytes.len < 2 || bytes.ptr[0] != MAGIC || bytes.ptr[1] != FORMAT)
        return ERR_SYNTAX;
    while (r.rest.len) {
        if (out->count == FACTS_MAX)
            return ERR_SYNTAX;
        struct origin *fact = &out->list[out->count];
        enum error error = read_fact(&r, arena, out->count ? fact - 1 : &none, fact);
        if (error)
            return error;
        out->count++;
    }
    return OK;
}

/* ---- changing ---- */

void facts_forget(struct facts *facts, struct slice slot)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (!slice_eq(facts->list[i].slot, slot))
            continue;
        facts->count--;
        memmove(&facts->list[i], &facts->list[i + 1], (facts->count - i) * sizeof(facts->list[0]));
        return;
    }
}

static struct slice cut(struct slice text, size_t most)
{
    size_t len = text.len < most ? text.len : most;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    return slice_part(text, 0, len);
}

void facts_set(struct facts *facts, const struct origin *fact)
{
    facts_forget(facts, fact->slot);
    if (facts->count == FACTS_MAX)
        facts_forget(facts, facts->list[0].slot);
    facts->list[facts->count] = *fact;
    facts->list[facts->count++].raw = cut(fact->raw, FACTS_RAW_MAX);
}

/* ---- writing ---- */

static void write_number(struct buf *out, uint64_t number)
{
    for (; number > 0x7F; number >>= 7)
        buf_addc(out, (char)(number | 0x80));
    buf_addc(out, (char)number);
}

static void write_text(struct buf *out, struct slice text)
{
    write_number(out, text.len);
    buf_addslice(out, text);
}

static void write_difference(struct buf *out, int64_t difference)
{
    write_number(out, ((uint64_t)difference << 1) ^ (uint64_t)(difference >> 63));
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Finds the first run of enough hexadecimal digits; its length is even. */
static struct slice find_run(struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && digit_of(text.ptr[end]) >= 0)
            end++;
        if (end - at >= RUN_MIN)
            return slice_part(text, at, end - (end - at) % 2);
        at = end + 1;
    }
    return SLICE_NONE;
}

static void write_id(struct buf *out, struct slice id)
{
    struct slice run = find_run(id);
    size_t first = run.len ? (size_t)(run.ptr - id.ptr) : id.len;
    write_number(out, first << 1 | (run.len > 0));
    buf_addslice(out, slice_part(id, 0, first));
    if (!run.len)
        return;
    write_number(out, run.len / 2);
    for (size_t i = 0; i < run.len; i += 2)
        buf_addc(out, (char)(digit_of(run.ptr[i]) << 4 | digit_of(run.ptr[i + 1])));
    write_text(out, slice_part(id, first + run.len, id.len));
}

static void write_fact(struct buf *out, const struct origin *before, const struct origin *fact)
{
    uint64_t certainty = fact->confidence > 0 ? (uint64_t)(fact->confidence * CERTAINTY + 0.5) : 0;
    bool same_rule = slice_eq(fact->rule, before->rule);
    bool same_source = same_rule && fact->at_ms == before->at_ms && slice_eq(fact->message_id, before->message_id);
    bool is_value = slice_eq(fact->raw, fact->value), is_same = !is_value && slice_eq(fact->raw, before->raw);
    unsigned flags = (is_value ? RAW_IS_VALUE : 0) | (is_same ? RAW_IS_SAME : 0) |
                     (same_source ? SOURCE_IS_SAME
                      : same_rule ? RULE_IS_SAME
                                  : 0) |
                     (certainty >= CERTAINTY ? CERTAIN : 0);
    write_text(out, fact->slot);
    write_number(out, flags);
    write_text(out, fact->value);
    if (!is_value && !is_same)
        write_text(out, fact->raw);
    if (certainty < CERTAINTY)
        write_number(out, certainty);
    if (same_source)
        return;
    write_difference(out, (int64_t)((uint64_t)fact->at_ms - (uint64_t)before->at_ms));
    if (!same_rule)
        write_text(out, fact->rule);
    write_id(out, fact->message_id);
}

void facts_write(const struct facts *facts, struct buf *out)
{
    static const struct origin none = {0};
    buf_addc(out, MAGIC);
    buf_addc(out, FORMAT);
    for (size_t i = 0; i < facts->count; i++)
        write_fact(out, i ? &facts->list[i - 1] : &none, &facts->list[i]);
}
