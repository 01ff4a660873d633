/* Recording: what came, written into the script's own bytes.
 *
 * Only what differs is changed: the `expect` and the `does` of a step, line by line, so that comments, order and the
 * rest of the file stay as a person wrote them. A step that asks for nothing gets both. Steps are given in the file's
 * order. Must not know: files, flows. Failure policy: what does not fit sticks in the buffer; a step whose keys share a
 * line cannot be written into. Proved by tests/unit/test_script.c. */
#ifndef GATEWAY_SCRIPT_RECORD_H
#define GATEWAY_SCRIPT_RECORD_H

#include "gateway/script_play.h"

struct script_record {
    struct slice bytes; /* the file's, borrowed */
    struct buf out;     /* the new file so far */
    size_t at;          /* byte of the file that is copied next */
    unsigned line;      /* which line that is, from 1 */
    size_t changed;     /* steps */
};

/* Prepares a record over a file's bytes, which outlive it. */
void script_record_init(struct script_record *record, struct slice bytes);

/* Frees it. */
void script_record_release(struct script_record *record);

/* Writes down what came of a step; `next_line` is where the next step or conversation begins, 0 at the file's end.
 * Returns OK, or ERR_UNSUPPORTED when the step's keys do not each have a line. */
MUST_USE enum error script_record_step(struct script_record *record, const struct script_step *step,
                                       const struct script_came *came, unsigned next_line);

/* Copies what is left of the file. */
void script_record_end(struct script_record *record);

/* Appends `expect:` with its messages, or `does:` with its deeds, for keys that stand at `indent`; the first line is
 * without its blanks, the last with its end. */
void script_put_expect(struct buf *out, const struct slice *messages, size_t count, unsigned indent);
void script_put_does(struct buf *out, const struct slice *deeds, size_t count);

#endif
