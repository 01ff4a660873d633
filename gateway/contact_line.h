/* The line that a contact's hash holds of itself: everything that a commit must know and compare, in one text.
 *
 *     VERSION BORN TEND NUMBER TRAITS OPEN PLACE[ NAME CHANNEL DUE]...
 *
 * A commit is made from the line that it read, and is taken only while that line still stands there; so it needs no
 * other reading. The timers' due times are the truth; the contact's place among the shard's timers is only when to look
 * at them: never later than the first that is due, often earlier, because a turn that puts a timer off leaves the place
 * where it is. Instants are milliseconds since 1970, but TEND hours since BORN. NUMBER is the person's own within her
 * shard, by which columns know her; the store gives it with the first commit, in place of six zeros. OPEN is how many
 * of the last turns have their message's id nowhere but in the journal: the store's own affair. Must not know: Redis.
 * Failure policy: bytes that are no line are refused whole. Proved by tests/unit/test_contact_line.c and, with Redis,
 * tests/unit/test_store_twin.c.
 */
#ifndef GATEWAY_CONTACT_LINE_H
#define GATEWAY_CONTACT_LINE_H

#include "gateway/store.h"

#define CONTACT_LINE_MAX 2048 /* bytes of a line */
#define CONTACT_LINE_TIMERS_MAX 16
#define CONTACT_LINE_TEND_MS INT64_C(86400000)

struct contact_timer {
    struct slice name, channel;
    int64_t due_ms;
};

struct contact_line {
    uint64_t version;
    int64_t born_ms;
    int64_t tend_ms; /* from then on a commit looks through what is kept only for a time: whole hours after birth */
    uint32_t number;
    uint32_t traits;  /* profile.h: what turns tell of the person by themselves; 0 with version 0 */
    uint32_t open;    /* turns */
    int64_t place_ms; /* among the shard's timers; 0: none */
    struct contact_timer timers[CONTACT_LINE_TIMERS_MAX];
    size_t timer_count;
};

/* Reads a line; empty text is that of a contact never seen. Texts are borrowed from `text`. Returns OK or ERR_SYNTAX,
 * with *out undefined. */
MUST_USE enum error contact_line_read(struct slice text, struct contact_line *out);

/* Gives the traits (profile.h) after a commit. */
uint32_t contact_line_traits(uint32_t traits, const struct commit *commit);

/* Makes of the line what it is after a commit. Borrows the commit's texts. Returns OK, ERR_VALUE when a name holds a
 * blank, ERR_LIMIT when there are too many timers. */
MUST_USE enum error contact_line_commit(struct contact_line *line, const struct commit *commit);

/* Writes a line to `out` and gives it as a slice. Returns OK or ERR_LIMIT. */
MUST_USE enum error contact_line_write(const struct contact_line *line, char out[CONTACT_LINE_MAX],
                                       struct slice *written);

/* Puts the number that the store gave into a new contact's line, in place of its zeros. Returns false, with nothing
 * changed, where it needs more room than they have. */
MUST_USE bool contact_line_number(char *line, size_t len, uint32_t number);

#endif
