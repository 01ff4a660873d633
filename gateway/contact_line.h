/* The line that a contact's hash holds of itself: everything that a commit must know and compare, in one text.
 *
 *     VERSION BORN EDITS TEND NUMBER TRAITS OPEN INBOUND PLACE[ NAME CHANNEL DUE]...
 *
 * A commit is made from the line that it read, and is taken only while that line still stands there; so it needs no
 * other reading. The first three words name a line: a commit raises VERSION and sets EDITS to 0, every other change
 * of the line raises EDITS. The name lies in the hash's field `v`, which is all that a commit compares; the rest begins
 * its field `s`, before a line end and the state, so that two fields say everything. (Where daemons of library versions
 * before 20 wrote last, all of it lies in `v`.) The timers' due times are the truth; the contact's place among the
 * shard's timers is only when to look at them: never later than the first that is due, often earlier, because a turn
 * that puts a timer off leaves the place where it is, and who is new is looked at within 16 hours: her next message
 * mostly sets a timer that is due before her first one's, and the place need not move for it. Instants are milliseconds
 * since 1970, but TEND hours since BORN. NUMBER is the person's own within her shard, by which columns know her; the
 * store gives it with the first commit, in place of six zeros. OPEN is how many of the last turns have their message's
 * id nowhere but in the journal: the store's own affair. INBOUND says when her last message came on each channel,
 * "CHANNEL=MS,..." with the latest at the end, or "-". Must not know: Redis. Failure policy: bytes that are no line are
 * refused whole. Proved by tests/unit/test_contact_line.c and, with Redis, tests/unit/test_store_twin.c.
 */
#ifndef GATEWAY_CONTACT_LINE_H
#define GATEWAY_CONTACT_LINE_H

#include "gateway/store.h"

#define CONTACT_LINE_MAX 2048 /* bytes of a line */
#define CONTACT_LINE_TIMERS_MAX 16
#define CONTACT_LINE_CHANNELS_MAX 8 /* beyond it the one where she has not written for longest goes */
#define CONTACT_LINE_TEND_MS INT64_C(86400000)

struct contact_timer {
    struct slice name, channel;
    int64_t due_ms;
};

struct contact_inbound {
    struct slice channel;
    int64_t ms; /* as struct commit's inbound_ms */
};

struct contact_line {
    uint64_t version;
    int64_t born_ms;
    uint32_t edits; /* of the line since that version's commit */
    int64_t tend_ms; /* from then on a commit looks through what is kept only for a time: whole hours after birth */
    uint32_t number;
    uint32_t traits;  /* profile.h: what turns tell of the person by themselves; 0 with version 0 */
    uint32_t open;    /* turns */
    struct contact_inbound inbound[CONTACT_LINE_CHANNELS_MAX];
    size_t inbound_count;
    int64_t place_ms; /* among the shard's timers; 0: none */
    struct contact_timer timers[CONTACT_LINE_TIMERS_MAX];
    size_t timer_count;
};

/* Reads a line; empty text is that of a contact never seen. Texts are borrowed from `text`. Returns OK or ERR_SYNTAX,
 * with *out undefined. */
MUST_USE enum error contact_line_read(struct slice text, struct contact_line *out);

/* Reads the line from the two fields of a contact's hash; of none it is that of a contact never seen. `state`, if not
 * NULL, gets the state that is beside it. Texts are borrowed. Returns as contact_line_read(). */
MUST_USE enum error contact_line_fields(struct slice name, struct slice kept, struct contact_line *out,
                                        struct slice *state);

/* Gives the words that name a line, with the blank behind them: the beginning of it and of no other line that the
 * contact ever has. Empty of what is no line. */
struct slice contact_line_name(struct slice text);

/* Gives when her last message came on a channel; 0 where none did. */
int64_t contact_line_inbound(const struct contact_line *line, struct slice channel);

/* Gives the traits (profile.h) after a commit. */
uint32_t contact_line_traits(uint32_t traits, const struct commit *commit);

/* Makes of the line what it is after a commit. Borrows the commit's texts. Returns OK, ERR_VALUE when a name holds a
 * blank, or a channel's ',' or '=', ERR_LIMIT when there are too many timers. */
MUST_USE enum error contact_line_commit(struct contact_line *line, const struct commit *commit);

/* Writes a line to `out` and gives it as a slice. Returns OK or ERR_LIMIT. */
MUST_USE enum error contact_line_write(const struct contact_line *line, char out[CONTACT_LINE_MAX],
                                       struct slice *written);

/* Puts the number that the store gave into a new contact's line, in place of its zeros. Returns false, with nothing
 * changed, where it needs more room than they have. */
MUST_USE bool contact_line_number(char *line, size_t len, uint32_t number);

#endif
