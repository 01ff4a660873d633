/* Replaying: recorded turns computed again, and the first thing that came out otherwise.
 *
 * Goes from entry to entry, carrying the state along that it computed itself. It begins where the state before is
 * known: at a contact's first turn, or at an entry that holds it; also behind a gap. The engine is what was recorded,
 * so that a difference is the flow's or the code's, or today's models. Must not know: where entries come from.
 * Failure policy: an error means that nothing can be said of the turn. Proved by tests/unit/test_journal_replay.c and
 * tests/blackbox/replay.test.mjs. */
#ifndef GATEWAY_REPLAY_H
#define GATEWAY_REPLAY_H

#include "gateway/journal.h"
#include "gateway/think.h"

struct replay {
    const struct mind *mind;
    bool ask_engine; /* today's models, instead of what was recorded */
    bool known;      /* `state` is the contact's state before `version` + 1 */
    uint64_t version;
    struct buf state; /* encoded; empty before a contact's first turn */
};

enum replay_verdict {
    REPLAY_SAME,
    REPLAY_UNKNOWN, /* the state before is not known: the turn was not computed */
    REPLAY_NEEDS,   /* the engine is asked what it was not asked then */
    REPLAY_EFFECTS,
    REPLAY_WORDS,
    REPLAY_STATE /* nothing is said or done otherwise, but what is remembered differs */
};

/* What came of a turn. All lies in the arena of the turn. */
struct replayed {
    enum replay_verdict verdict;
    enum need need;               /* NEEDS: what was not recorded */
    size_t at;                    /* EFFECTS, WORDS: the first that differs, from 0; may be the end of one list */
    const struct effect *effects; /* without SAY */
    size_t effect_count;
    const struct message *messages;
    size_t message_count;
    const char *flow, *flow_version, *flow_digest; /* in which it was computed */
    char state[DIGEST_TEXT];                       /* digest after */
    const struct engine_model *models;             /* that advised; none with recorded advice */
    size_t model_count;
};

/* Prepares a replay; the mind outlives it. */
void replay_init(struct replay *replay, const struct mind *mind, bool ask_engine);

/* Frees what it holds. */
void replay_release(struct replay *replay);

/* Computes the entry's turn again and compares. Returns OK with *out, ERR_NOMEM or ERR_LIMIT. */
MUST_USE enum error replay_turn(struct replay *replay, const struct journal_entry *entry, struct arena *arena,
                                struct replayed *out);

/* Writes an effect as a line without its end: "fact sales 1500/month". */
void replay_effect(struct buf *out, const struct effect *effect);

/* Tells whether two messages read the same. */
bool replay_same_message(const struct message *a, const struct message *b);

#endif
