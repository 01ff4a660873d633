#include "gateway/facts.h"

#include <string.h>

#include "dialog/state.h"
#include "gateway/packed_id.h"
#include "gateway/packing.h"

#define MAGIC 'F'
#define LAYOUT 1
#define FORMAT (LAYOUT + STATE_EDITION) /* the state's words are in it: each only ever rises, and so does their sum */

/* Of a text's first byte: its length; or that a length follows; or, with the high bit, a word's number. */
#define TEXT_LONG 0x7Fu
#define TEXT_WORD 0x80u

enum { RAW_IS_VALUE = 1, RAW_IS_SAME = 2, SOURCE_IS_SAME = 4, RULE_IS_SAME = 8, CERTAIN = 16, ID_IS_ALIKE = 32 };

#define FLAGS 63
#define CERTAINTY 10000
#define HUNDREDTHS 100

/* Words that facts have and states seldom; their numbers are behind those of the state's. */
static const struct slice words[] = {SLICE("stage rule"), SLICE("si"), SLICE("1"), SLICE("2"), SLICE("3")};

#define WORDS (sizeof(words) / sizeof(words[0]))
#define NO_WORD 0x80u

_Static_assert(STATE_CODED + WORDS <= NO_WORD, "a word's number fits its byte");

static struct slice word_of(size_t number)
{
    return number < STATE_CODED           ? state_coded(number)
           : number - STATE_CODED < WORDS ? words[number - STATE_CODED]
                                          : SLICE_NONE;
}

static size_t number_of(struct slice text)
{
    size_t number = state_coded_of(text);
    if (number < STATE_CODED)
        return number;
    for (size_t i = 0; i < WORDS; i++)
        if (slice_eq(words[i], text))
            return STATE_CODED + i;
    return NO_WORD;
}

/* ---- reading ---- */

static struct slice read_text(struct unpacking *u)
{
    unsigned head = unpack_byte(u);
    if (head < TEXT_LONG)
        return unpack_bytes(u, head);
    if (head == TEXT_LONG)
        return unpack_bytes(u, unpack_number(u));
    struct slice word = word_of(head - TEXT_WORD);
    u->bad = u->bad || !word.len;
    return word;
}

static enum error read_id(struct unpacking *u, bool alike, struct arena *arena, struct slice before, struct slice *out)
{
    struct id_cut cut = {0};
    if (alike) {
        cut = id_cut(before);
        u->bad = u->bad || !cut.run.len;
        cut.run = unpack_bytes(u, cut.run.len / 2);
        return u->bad ? ERR_SYNTAX : id_join(arena, SLICE_NONE, &cut, out);
    }
    uint64_t shared = unpack_number(u), number = unpack_number(u);
    cut.first = unpack_bytes(u, number >> 1);
    if (number & 1) {
        cut.run = unpack_bytes(u, unpack_number(u));
        cut.last = read_text(u);
    }
    if (u->bad || shared > before.len)
        return ERR_SYNTAX;
    *out = cut.first;
    return shared || cut.run.len ? id_join(arena, slice_part(before, 0, shared), &cut, out) : OK;
}

static enum error read_source(struct unpacking *u, unsigned flags, struct arena *arena, const struct origin *before,
                              struct origin *out)
{
    out->at_ms = before->at_ms;
    out->rule = before->rule;
    out->message_id = before->message_id;
    if (flags & SOURCE_IS_SAME)
        return OK;
    out->at_ms = (int64_t)((uint64_t)before->at_ms + (uint64_t)unpack_difference(u));
    if (!(flags & RULE_IS_SAME))
        out->rule = read_text(u);
    return read_id(u, flags & ID_IS_ALIKE, arena, before->message_id, &out->message_id);
}

/* Reads a confidence, in ten-thousandths. */
static uint64_t read_certainty(struct unpacking *u)
{
    unsigned hundredths = unpack_byte(u);
    uint64_t certainty = hundredths <= HUNDREDTHS ? hundredths * (CERTAINTY / HUNDREDTHS) : unpack_number(u);
    u->bad = u->bad || hundredths > HUNDREDTHS + 1 || certainty > CERTAINTY;
    return certainty;
}

static enum error read_fact(struct unpacking *u, struct arena *arena, const struct origin *before, struct origin *out)
{
    out->slot = read_text(u);
    unsigned flags = unpack_byte(u);
    out->value = read_text(u);
    out->raw = flags & RAW_IS_VALUE ? out->value : flags & RAW_IS_SAME ? before->raw : read_text(u);
    out->confidence = (double)(flags & CERTAIN ? CERTAINTY : read_certainty(u)) / CERTAINTY;
    if (u->bad || flags > FLAGS)
        return ERR_SYNTAX;
    enum error error = read_source(u, flags, arena, before, out);
    return error ? error : u->bad ? ERR_SYNTAX : OK;
}

enum error facts_read(struct slice bytes, struct arena *arena, struct facts *out)
{
    static const struct origin none = {0};
    struct unpacking u = {slice_part(bytes, 2, bytes.len), false};
    out->count = out->written_count = 0;
    if (!bytes.len)
        return OK;
    if (bytes.len < 2 || bytes.ptr[0] != MAGIC || bytes.ptr[1] != FORMAT)
        return ERR_SYNTAX;
    size_t count = 0;
    for (; u.rest.len; count++) {
        if (count == FACTS_MAX)
            return ERR_SYNTAX;
        struct origin *fact = &out->list[count];
        enum error error = read_fact(&u, arena, count ? fact - 1 : &none, fact);
        if (error)
            return error;
    }
    out->count = out->written_count = count;
    out->written = bytes;
    return OK;
}

/* ---- changing ---- */

struct slice facts_value(const struct facts *facts, struct slice slot)
{
    for (size_t i = 0; i < facts->count; i++)
        if (slice_eq(facts->list[i].slot, slot))
            return facts->list[i].value;
    return SLICE_NONE;
}

void facts_forget(struct facts *facts, struct slice slot)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (!slice_eq(facts->list[i].slot, slot))
            continue;
        facts->count--;
        if (i < facts->written_count)
            facts->written_count = 0;
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

static void write_text(struct buf *out, struct slice text)
{
    size_t word = number_of(text);
    if (word < NO_WORD) {
        buf_addc(out, (char)(TEXT_WORD | word));
        return;
    }
    if (text.len < TEXT_LONG) {
        buf_addc(out, (char)text.len);
    } else {
        buf_addc(out, TEXT_LONG);
        pack_number(out, text.len);
    }
    buf_addslice(out, text);
}

static void write_id(struct buf *out, struct slice before, struct slice id)
{
    size_t shared = 0;
    while (shared < before.len && shared < id.len && before.ptr[shared] == id.ptr[shared])
        shared++;
    struct id_cut cut = id_cut(slice_part(id, shared, id.len));
    pack_number(out, shared);
    pack_number(out, cut.first.len << 1 | (cut.run.len > 0));
    buf_addslice(out, cut.first);
    if (!cut.run.len)
        return;
    pack_number(out, cut.run.len / 2);
    id_pack_run(out, cut.run);
    write_text(out, cut.last);
}

/* Whether two ids differ only in their runs, which are in the same place. */
static bool is_alike(const struct id_cut *before, const struct id_cut *cut)
{
    return cut->run.len && cut->run.len == before->run.len && slice_eq(cut->first, before->first) &&
           slice_eq(cut->last, before->last);
}

static void write_certainty(struct buf *out, uint64_t certainty)
{
    bool whole = certainty % (CERTAINTY / HUNDREDTHS) == 0;
    buf_addc(out, (char)(whole ? certainty / (CERTAINTY / HUNDREDTHS) : HUNDREDTHS + 1));
    if (!whole)
        pack_number(out, certainty);
}

static void write_fact(struct buf *out, const struct origin *before, const struct origin *fact)
{
    uint64_t certainty = fact->confidence > 0 ? (uint64_t)(fact->confidence * CERTAINTY + 0.5) : 0;
    struct id_cut cut = id_cut(fact->message_id), cut_before = id_cut(before->message_id);
    bool same_rule = slice_eq(fact->rule, before->rule), alike = is_alike(&cut_before, &cut);
    bool same_source = same_rule && fact->at_ms == before->at_ms && slice_eq(fact->message_id, before->message_id);
    bool is_value = slice_eq(fact->raw, fact->value), is_same = !is_value && slice_eq(fact->raw, before->raw);
    unsigned flags = (is_value ? RAW_IS_VALUE : 0) | (is_same ? RAW_IS_SAME : 0) | (same_source ? SOURCE_IS_SAME : 0) |
                     (same_rule && !same_source ? RULE_IS_SAME : 0) | (alike && !same_source ? ID_IS_ALIKE : 0) |
                     (certainty >= CERTAINTY ? CERTAIN : 0);
    write_text(out, fact->slot);
    buf_addc(out, (char)flags);
    write_text(out, fact->value);
    if (!is_value && !is_same)
        write_text(out, fact->raw);
    if (certainty < CERTAINTY)
        write_certainty(out, certainty);
    if (same_source)
        return;
    pack_difference(out, (int64_t)((uint64_t)fact->at_ms - (uint64_t)before->at_ms));
    if (!same_rule)
        write_text(out, fact->rule);
    if (alike)
        id_pack_run(out, cut.run);
    else
        write_id(out, before->message_id, fact->message_id);
}

void facts_write(const struct facts *facts, struct buf *out)
{
    static const struct origin none = {0};
    if (facts->written_count) {
        buf_addslice(out, facts->written);
    } else {
        buf_addc(out, MAGIC);
        buf_addc(out, FORMAT);
    }
    for (size_t i = facts->written_count; i < facts->count; i++)
        write_fact(out, i ? &facts->list[i - 1] : &none, &facts->list[i]);
}
