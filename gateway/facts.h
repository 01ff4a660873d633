/* Facts: what is known of a contact, each with where it comes from, in few bytes.
 *
 * One record holds all facts of a contact, in the order learned; a turn that learns something writes it anew. What a
 * fact shares with the one before it (the message, the rule, the words) is not repeated, words that are the value are
 * not kept twice, and hexadecimal runs of a message's id take half. The conversation does not read it: it has its own
 * values in its state.
 *
 *     'F', format, then for each fact: slot, flags, value, [raw], [confidence], [time, [rule], message id]
 *
 * A text is its length in a byte and its bytes; 127, a longer length, and its bytes; or, with the high bit, the number
 * of a word that the state's encoding has (dialog/state.h) or, behind those, of one of facts.c. Numbers are in base
 * 128, low seven bits first; times are milliseconds since the fact before, zigzag. A confidence is a byte of
 * hundredths, or 101 and ten-thousandths. An id that differs from the one before only in its run is the run's bytes;
 * another is how much it has in common with the one before, the length of what comes then times two, plus one where a
 * run follows: the length in bytes, the bytes, then the rest as a text.
 * Must not know: Redis. Failure policy: bytes that are no record are refused whole. Proved by tests/unit/test_facts.c
 * and tests/fuzz/fuzz_facts.c. */
#ifndef GATEWAY_FACTS_H
#define GATEWAY_FACTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

#define FACTS_MAX 32                /* of one contact; beyond it the one learned first goes */
#define FACTS_RAW_MAX 300           /* bytes of a person's words that are kept, cut between characters */
#define FACTS_BYTES_MAX (64 * 1024) /* of a record */

struct origin {
    struct slice slot, value;
    struct slice raw;  /* the person's words */
    double confidence; /* 0 to 1, kept in ten-thousandths */
    int64_t at_ms;
    struct slice rule;       /* the version of the flow, or of the model, that decided */
    struct slice message_id; /* the provider's */
};

struct facts {
    struct origin list[FACTS_MAX];
    size_t count;
    struct slice written; /* the record that they were read from, while it still says the first of them, */
    size_t written_count; /* so many; 0: it does not */
};

/* Reads a record; empty bytes are no facts. Texts are borrowed from `bytes`, ids lie in the arena. Returns OK,
 * ERR_SYNTAX or ERR_NOMEM; *out is whole only with OK, and has no facts with ERR_SYNTAX. */
MUST_USE enum error facts_read(struct slice bytes, struct arena *arena, struct facts *out);

/* Gives the value of a slot's fact; empty where there is none. */
struct slice facts_value(const struct facts *facts, struct slice slot);

/* Adds a fact, or replaces the one of its slot; takes one away. Texts are borrowed. */
void facts_set(struct facts *facts, const struct origin *fact);
void facts_forget(struct facts *facts, struct slice slot);

/* Appends a record. Failure sticks in out->error. */
void facts_write(const struct facts *facts, struct buf *out);

#endif
