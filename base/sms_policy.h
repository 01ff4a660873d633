/* How a channel's texts are sent as short messages: what may be done to them, and what its operators can carry.
 *
 * A value that is read from settings, handed to sms.h, and recorded with a turn whose words it shaped. Proved by
 * tests/unit/test_sms_policy.c. */
#ifndef BASE_SMS_POLICY_H
#define BASE_SMS_POLICY_H

#include "base/buf.h"
#include "base/slice.h"

#define SMS_SEGMENTS_MAX 255
#define SMS_SEGMENTS_BUDGET 3 /* of one message: carriers dislike more. Source: providers.md part 10.4 */

/* What may be done to a text. Of the renderings that are allowed the one of fewest segments is taken; they differ in
 * which they allow, and which they like best of two that cost the same. */
enum sms_manner {
    SMS_PLAIN,    /* characters may take their plain form (sms_plain.h), and do where it costs no more: á goes as a */
    SMS_CHEAPEST, /* they do where that saves a segment; else the text stays as it was written */
    SMS_EXACT     /* the text stays as it was written */
};

/* How a channel's texts are sent. Zeroed it is the default: plain, no shift, 8-bit references, the usual budget. */
struct sms_policy {
    enum sms_manner manner;
    bool spanish_shift;    /* the channel's operators and phones know it; used only where that saves a segment over
                              UCS-2, which every phone knows */
    bool wide_reference;   /* concatenation by 16-bit references, which cost a segment one unit more */
    unsigned segments_max; /* of one message that we write, up to SMS_SEGMENTS_MAX; 0: SMS_SEGMENTS_BUDGET */
};

/* Tells whether two policies are one. */
bool sms_policy_same(const struct sms_policy *a, const struct sms_policy *b);

/* Gives the segments that one message may have at most, from 1. */
unsigned sms_policy_segments(const struct sms_policy *policy);

/* Finds the manner of a name: plain, cheapest, exact. Returns false, with *out unchanged, when there is none. */
bool sms_manner_named(struct slice name, enum sms_manner *out);

/* Appends a policy in words: "cheapest es wide 2", and nothing for the default. */
void sms_policy_put(const struct sms_policy *policy, struct buf *out);

/* Reads a policy in words. Returns false, with *out unchanged, for anything that sms_policy_put() would not write. */
bool sms_policy_parse(struct slice words, struct sms_policy *out);

#endif
