/* The text layer: what a short message can carry, what it costs, and how a text is written to cost least.
 *
 * Segment counting in every encoding at once, the choice of a rendering by a channel's policy, and the cutting of texts
 * that are too long into pages and messages. What goes on the wire of one message is sms_split.h's. Knows nothing of
 * channels or conversations.
 * Source: 3GPP TS 23.038 (alphabets), TS 23.040 (concatenation); reference providers.md part 10.
 * Proved by tests/unit/test_sms.c (the strings of providers.md 10.5), tests/fuzz/fuzz_sms.c and
 * tests/blackbox/segments.test.mjs (a segmenter of its own, and the oracles themselves). */
#ifndef BASE_SMS_H
#define BASE_SMS_H

#include "base/buf.h"
#include "base/gsm7.h"
#include "base/slice.h"
#include "base/sms_policy.h"

#define SMS_GSM7_SINGLE 160 /* septets in one segment; 153 in each of several */
#define SMS_GSM7_PART 153
#define SMS_UCS2_SINGLE 70 /* UTF-16 units in one segment; 67 in each of several */
#define SMS_UCS2_PART 67
#define USSD_SEPTETS_MAX 182 /* 160 octets packed */

enum sms_encoding {
    SMS_GSM7,
    SMS_GSM7_ES, /* with the Spanish national language single shift, which each segment's header names */
    SMS_UCS2
};

struct sms_size {
    enum sms_encoding encoding;
    size_t units;    /* septets (an extension character is 2), or UTF-16 units; without headers */
    size_t segments; /* from 1; the empty text is 1 */
};

/* Gives the most units of a segment: of one that is alone, or of one among `several`. */
size_t sms_capacity(enum sms_encoding encoding, bool several, bool wide_reference);

/* Measures text as it stands, in the default alphabets with 8-bit references. Units fill segments greedily; an escape
 * pair or a surrogate pair is never split. */
struct sms_size sms_measure(struct slice text);

/* Measures text as it stands, as a channel of this policy encodes it; the manner does not count. */
struct sms_size sms_measure_as(struct slice text, const struct sms_policy *policy);

/* Measures text as sms_render() would write it. */
struct sms_size sms_measure_rendered(struct slice text, const struct sms_policy *policy);

/* Gives the name printed for an encoding: "GSM-7", "GSM-7-ES" or "UCS-2". */
const char *sms_encoding_name(enum sms_encoding encoding);

/* Appends text as the policy writes it. Never makes it longer in segments; what is written so already stays. Returns
 * the size of what was appended, as sms_measure_rendered() tells it. */
struct sms_size sms_render(struct slice text, const struct sms_policy *policy, struct buf *out);

/* Appends text as the default policy writes it: where replacing only characters whose loss changes no meaning makes
 * the whole text GSM-7, they are replaced (á í ó ú and capitals lose the accent, ç becomes Ç; typographic quotes,
 * dashes, dots and blanks become plain, invisible characters go); ñ, é, ü, ¿ and ¡ stay; text that would still be
 * UCS-2 is left as it is, accents and all. Returns the size of what was appended. */
struct sms_size sms_transliterate(struct slice text, struct buf *out);

/* Cuts the first page of at most `max_units` units off *rest, at the last line or word end that fits, or
 * where none does between two characters; the blanks and line ends at the cut are dropped. Returns false when
 * *rest is empty. Units: as sms_measure() tells them of the page. Limits: a page holds one character at
 * least, which may be 2 units. */
bool sms_page(struct slice *rest, size_t max_units, struct slice *page);

/* As sms_page(), but cuts off what fits into one message of the policy's most segments, once rendered. */
bool sms_message(struct slice *rest, const struct sms_policy *policy, struct slice *message);

#endif
