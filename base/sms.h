/* The text layer: what a short message can carry, and what it costs.
 *
 * Alphabets (GSM 7-bit default and extension, UCS-2), segment counting, and the transliteration that saves a
 * segment without changing what is said. Knows nothing of channels or conversations.
 * Source: 3GPP TS 23.038 (alphabets), TS 23.040 (concatenation); reference providers.md part 10.
 * Proved by tests/unit/test_sms.c (the strings of providers.md 10.5), tests/fuzz/fuzz_sms.c and
 * tests/blackbox/segments.test.mjs (the oracles themselves). */
#ifndef BASE_SMS_H
#define BASE_SMS_H

#include "base/buf.h"
#include "base/slice.h"

#define SMS_GSM7_SINGLE 160 /* septets in one segment; 153 in each of several */
#define SMS_GSM7_PART 153
#define SMS_UCS2_SINGLE 70 /* UTF-16 units in one segment; 67 in each of several */
#define SMS_UCS2_PART 67
#define SMS_SEGMENTS_MAX 255
#define USSD_SEPTETS_MAX 182 /* 160 octets packed */

enum sms_encoding { SMS_GSM7, SMS_UCS2 };

struct sms_size {
    enum sms_encoding encoding;
    size_t units;    /* septets (an extension character is 2), or UTF-16 units */
    size_t segments; /* from 1; the empty text is 1 */
};

/* Gives a code point's septets in GSM 7-bit: 1, 2 for the extension table, 0 where it has none. */
unsigned gsm7_cost(uint32_t code_point);

/* Measures text as it stands. Units fill segments greedily; an escape pair or a surrogate pair is never
 * split. */
struct sms_size sms_measure(struct slice text);

/* Gives the name printed for an encoding: "GSM-7" or "UCS-2". */
const char *sms_encoding_name(enum sms_encoding encoding);

/* Appends text as a channel's default policy sends it: where replacing only characters whose loss changes no
 * meaning makes the whole text GSM-7, they are replaced (á í ó ú and capitals lose the accent, ç becomes Ç;
 * typographic quotes, dashes, dots and blanks become plain, invisible characters go); ñ, é, ü, ¿ and ¡ stay;
 * text that would still be UCS-2 is left as it is, accents and all. Never makes the message longer in
 * segments. Returns the size of what was appended. */
struct sms_size sms_transliterate(struct slice text, struct buf *out);

/* Cuts the first page of at most `max_units` units off *rest, at the last line or word end that fits, or
 * where none does between two characters; the blanks and line ends at the cut are dropped. Returns false when
 * *rest is empty. Units: as sms_measure() tells them of the page. Limits: a page holds one character at
 * least, which may be 2 units. */
bool sms_page(struct slice *rest, size_t max_units, struct slice *page);

#endif
