#include "base/sms_split.h"

#include <string.h>

#include <utf8proc.h>

#include "base/utf8.h"

/* Information elements of a header. Source: TS 23.040 9.2.3.24.1, .8 and .15. */
#define IE_CONCATENATED 0x00
#define IE_CONCATENATED_WIDE 0x08
#define IE_SINGLE_SHIFT 0x24
#define SHIFT_SPANISH 0x02

/* Gives a character's units in an encoding that has it. */
static size_t units_of(enum sms_encoding encoding, uint32_t code_point)
{
    if (encoding == SMS_UCS2)
        return code_point > 0xFFFF ? 2 : 1;
    return encoding == SMS_GSM7 ? gsm7_cost(code_point) : gsm7_cost_spanish(code_point);
}

static size_t capacity_of(const struct sms_split *split)
{
    return sms_capacity(split->encoding, split->total > 1, split->wide_reference);
}

/* Takes the last code point off *before, as utf8_next() would have come upon it from the front: a byte that is part of
 * none is one by itself. Returns false when *before is empty. */
static bool take_last(struct slice *before, uint32_t *code_point)
{
    if (before->len == 0)
        return false;
    size_t longest = (unsigned char)before->ptr[before->len - 1] < 0x80 ? 1 : before->len < 4 ? before->len : 4;
    for (size_t len = longest; len > 1; len--) {
        struct slice tail = slice_part(*before, before->len - len, before->len);
        if (utf8_next(&tail, code_point) && tail.len == 0) {
            before->len -= len;
            return true;
        }
    }
    struct slice last = slice_part(*before, before->len - 1, before->len);
    utf8_next(&last, code_point);
    before->len--;
    return true;
}

/* Fills segments from the last to the first, each as full as it can be: so each begins as early as it may. */
static void find_earliest(struct sms_split *split)
{
    struct slice before = split->text;
    size_t capacity = capacity_of(split), filled = 0;
    unsigned segment = split->total;
    uint32_t code_point;
    split->earliest[segment] = before.len;
    for (size_t end = before.len; take_last(&before, &code_point); end = before.len) {
        size_t units = units_of(split->encoding, code_point);
        if (filled + units > capacity) {
            split->earliest[--segment] = end;
            filled = 0;
        }
        filled += units;
    }
    while (segment > 0)
        split->earliest[--segment] = 0;
}

enum error sms_split_begin(struct sms_split *split, struct slice text, const struct sms_policy *policy,
                           unsigned reference)
{
    struct sms_size size = sms_measure_as(text, policy);
    if (size.segments > SMS_SEGMENTS_MAX)
        return ERR_LIMIT;
    *split = (struct sms_split){
        .encoding = size.encoding,
        .total = (unsigned)size.segments,
        .reference = policy->wide_reference ? reference & 0xFFFF : reference & 0xFF,
        .wide_reference = policy->wide_reference,
        .text = text,
    };
    find_earliest(split);
    return OK;
}

/* Writes the header of the segment whose number is set. */
static void put_header(const struct sms_split *split, struct sms_segment *segment)
{
    uint8_t *out = segment->octets;
    size_t len = 1; /* the first octet tells how many follow */
    if (split->total > 1) {
        out[len++] = split->wide_reference ? IE_CONCATENATED_WIDE : IE_CONCATENATED;
        out[len++] = split->wide_reference ? 4 : 3;
        if (split->wide_reference)
            out[len++] = (uint8_t)(split->reference >> 8);
        out[len++] = (uint8_t)split->reference;
        out[len++] = (uint8_t)split->total;
        out[len++] = (uint8_t)segment->number;
    }
    if (split->encoding == SMS_GSM7_ES) {
        out[len++] = IE_SINGLE_SHIFT;
        out[len++] = 1;
        out[len++] = SHIFT_SPANISH;
    }
    segment->header_len = len > 1 ? len : 0;
    segment->len = segment->header_len;
    out[0] = (uint8_t)(len - 1);
}

static void put_unit(struct sms_segment *segment, unsigned unit)
{
    segment->octets[segment->len++] = (uint8_t)(unit >> 8);
    segment->octets[segment->len++] = (uint8_t)unit;
}

static void put_character(enum sms_encoding encoding, uint32_t code_point, struct sms_segment *segment)
{
    if (encoding != SMS_UCS2) {
        segment->len += gsm7_encode(code_point, encoding == SMS_GSM7_ES, segment->octets + segment->len);
    } else if (code_point > 0xFFFF) {
        put_unit(segment, 0xD800 + ((code_point - 0x10000) >> 10));
        put_unit(segment, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
    } else {
        put_unit(segment, code_point);
    }
}

static bool is_blank(uint32_t code_point)
{
    return code_point == ' ' || code_point == '\n' || code_point == '\r' || code_point == '\t';
}

/* Gives the byte at which the next segment ends: the last between two words, else between two characters to a reader,
 * else at all, among those that leave no more than the other segments can hold. */
static size_t find_end(const struct sms_split *split)
{
    struct slice rest = slice_part(split->text, split->at, split->text.len);
    size_t floor = split->earliest[split->number + 1], capacity = capacity_of(split);
    size_t filled = 0, at = split->at, word = 0, cluster = 0;
    uint32_t code_point, last = 0;
    int32_t breaking = 0;
    while (utf8_next(&rest, &code_point)) {
        bool begins = utf8proc_grapheme_break_stateful((int32_t)last, (int32_t)code_point, &breaking);
        if (at > split->at && at >= floor) {
            word = is_blank(last) && !is_blank(code_point) ? at : word;
            word = !is_blank(last) && is_blank(code_point) ? at : word;
            cluster = begins ? at : cluster;
        }
        filled += units_of(split->encoding, code_point);
        if (filled > capacity)
            return word ? word : cluster ? cluster : at;
        at = split->text.len - rest.len;
        last = code_point;
    }
    return at;
}

bool sms_split_next(struct sms_split *split, struct sms_segment *segment)
{
    if (split->number == split->total)
        return false;
    size_t end = find_end(split);
    struct slice rest = slice_part(split->text, split->at, end);
    uint32_t code_point;
    segment->text = rest;
    segment->number = split->number + 1;
    put_header(split, segment);
    while (utf8_next(&rest, &code_point))
        put_character(split->encoding, code_point, segment);
    split->at = end;
    split->number++;
    return true;
}
