/* Facts that were told before they were asked: "tengo una bodega en Cusco hace 3 años".
 *
 * A slot with `heard` (what its value is called) can be filled from the words of another question's answer, where that
 * question has `hears: true`. What was heard is asked back once, in one message, and kept in no place of its own: it is
 * read again from the words that wait with the doubt. A correction stands before them, with HEARD_JOIN between, and
 * goes before what it corrects.
 * Pure. Proved by tests/unit/test_hear.c and tests/replay/heard.yaml. */
#ifndef DIALOG_HEARD_H
#define DIALOG_HEARD_H

#include "dialog/flow.h"

#define HEARD_MAX 7        /* facts of one message: more are asked for */
#define HEARD_CHARS 26     /* of one as it is spoken: a longer one is asked for */
#define HEARD_ALL_CHARS 64 /* of all of them, so that one screen holds them: what is over is asked for */
#define HEARD_BETWEEN ", " /* facts */
#define HEARD_IS ": "
#define HEARD_JOIN " + "     /* a correction and what it corrects */
#define HEARD_CONFIDENCE 1.0 /* of a doubt that asks back what was heard; every other is below */

struct heard_fact {
    unsigned slot;
    struct recognised found;
};

struct heard {
    struct heard_fact items[HEARD_MAX]; /* in the order of the flow's slots */
    size_t count;
};

/* Tells whether the open doubt asks back what was heard. */
bool heard_waits(const struct state *state);

/* Finds what words tell of the slots that have `heard` and no fact yet, `own` apart: sure, within the slot's usual
 * bounds, and short enough to be asked back. */
void heard_read(const struct flow *flow, const struct state *state, int own, struct slice words, int64_t now_ms,
                struct heard *out);

/* As heard_read(), of words that are cut into tokens already. */
void heard_read_said(const struct flow *flow, const struct state *state, int own, const struct said *said,
                     int64_t now_ms, struct heard *out);

/* Finds what words tell of one slot, in the same way; false when they do not, or it has a fact. */
bool heard_of_slot(const struct flow *flow, const struct state *state, unsigned slot, struct slice words,
                   int64_t now_ms, struct recognised *out);

/* Appends words without those that tell of slots with `heard`, folded: what is left is of the trade, which a place or
 * a sum beside it would blur. Appends nothing where none tells, or too little would be left. */
void heard_leave(const struct flow *flow, const struct said *said, int64_t now_ms, struct buf *out);

/* Gives the most characters of what heard_speak() appends, where the longest name of a slot has so many. */
size_t heard_spoken_max(size_t name_chars);

/* Appends what waits to be confirmed, as "tiempo: 3 años, región: Cusco". */
void heard_speak(const struct flow *flow, const struct state *state, enum channel_kind channel, struct buf *out);

#endif
