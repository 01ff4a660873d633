/* The segments of one short message: which part of the text each carries, and its octets with their header.
 *
 * An iterator over a text as it is to be sent (sms_render() made it so). It takes no more segments than the text
 * needs, never splits an escape pair or a surrogate pair, and of the cuts that cost no segment more it takes one
 * between words, else one between characters as a reader sees them (a letter with its marks, a joined emoji). Every
 * character is in exactly one segment; bytes that are not UTF-8 are sent as U+FFFD. Linear in the text; allocates
 * nothing. Must not know: channels, SMPP.
 * Source: TS 23.040 9.2.3.24 (headers), TS 23.038; providers.md parts 5.6, 10.3 and 10.4.
 * Proved by tests/unit/test_sms_split.c, tests/fuzz/fuzz_sms.c and tests/blackbox/segments.test.mjs. */
#ifndef BASE_SMS_SPLIT_H
#define BASE_SMS_SPLIT_H

#include "base/error.h"
#include "base/sms.h"

#define SMS_HEADER_MAX 10  /* octets: its length, a 16-bit reference, the shift */
#define SMS_OCTETS_MAX 160 /* of a segment, its septets in an octet each; no header makes it longer */

struct sms_segment {
    struct slice text; /* part of the whole */
    unsigned number;   /* from 1 */
    /* User data as SMPP's short_message takes it: the header, if any (esm_class says so with 0x40), then a septet an
     * octet (data_coding 0) or UTF-16BE (data_coding 8). */
    uint8_t octets[SMS_OCTETS_MAX];
    size_t header_len; /* octets; 0: no header */
    size_t len;        /* octets, with the header */
};

/* Where a split stands. The fields are for reading. */
struct sms_split {
    enum sms_encoding encoding;
    unsigned total;     /* segments */
    unsigned number;    /* of segments given so far */
    unsigned reference; /* the same in all segments of a message, and another one in the next to the same person */
    bool wide_reference;
    struct slice text;
    size_t at;                             /* bytes given so far */
    size_t earliest[SMS_SEGMENTS_MAX + 1]; /* byte at which so many segments must have come at least, lest the rest
                                              need more than are left */
};

/* Begins to split a text as a channel of this policy encodes it; the manner does not count. `reference` is used
 * modulo 256, or 65536 where the policy has wide references. Owner: the text is borrowed until the last segment.
 * Returns OK, or ERR_LIMIT, with *split unusable, where it needs more than SMS_SEGMENTS_MAX segments. */
MUST_USE enum error sms_split_begin(struct sms_split *split, struct slice text, const struct sms_policy *policy,
                                    unsigned reference);

/* Gives the next segment. Returns false, with *segment unchanged, after the last. */
bool sms_split_next(struct sms_split *split, struct sms_segment *segment);

#endif
