/* Facts of another number that staff merge into a person's, as the text of an event has them.
 *
 * A fact is SLOT US VALUE US CERTAINTY US TIME US RULE US MESSAGE US RAW, with RS between two: control characters that
 * no cleaned text has (utf8_clean). The conversation takes slot, value and words; where the fact is from is for who
 * records it. Must not know: which facts win. Failure policy: what is no fact is passed over. Pure. Proved by
 * tests/unit/test_merged.c. */
#ifndef DIALOG_MERGED_H
#define DIALOG_MERGED_H

#include "base/buf.h"
#include "base/slice.h"

struct merged_fact {
    struct slice slot, value;
    struct slice raw;  /* the person's words */
    double confidence; /* 0 to 1, kept in ten-thousandths */
    int64_t at_ms;
    struct slice rule, message_id;
};

/* Tells whether a fact can be written: it has a slot, and none of its texts has one of the two characters. */
bool merged_can_put(const struct merged_fact *fact);

/* Appends a fact, behind those that are there. */
void merged_put(struct buf *out, const struct merged_fact *fact);

/* Cuts the next fact off *rest, borrowing its texts. Returns false when there is none. */
bool merged_cut(struct slice *rest, struct merged_fact *out);

/* Finds the fact of a slot, the last where there are more. Returns false when there is none. */
bool merged_find(struct slice text, struct slice slot, struct merged_fact *out);

#endif
