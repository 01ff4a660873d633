/* Covering: conversations that go along every edge of a flow that a conversation can go along.
 *
 * They are had, not computed: from where a conversation stands, the answers that its last message offers, values that
 * the flow tells apart, words that nobody understands, commands, alerts and time are tried, each through the player;
 * the nearest that goes along a new edge is taken, rather one that stays than one that leads on, rather that than one
 * that ends. Where nothing new is near, another conversation begins, by SMS, WhatsApp and USSD in turn. At the end
 * what turns out to add nothing is left out, whole conversations first, then steps: so the set is minimal in that no
 * step of it can be left out, but not the smallest that there is: `least` bounds that. Deterministic. The trade and
 * the profile are pinned (whatever is found, not sure, nothing, as the flow needs), resources are the engine's but
 * where none must be found. Limits: COVER_STEPS_USUAL steps of a conversation, more where the flow has more than half
 * as many questions, to COVER_STEPS_MAX; COVER_NEAR_MAX places looked at for the next edge, COVER_FAR_MAX once the
 * near ones are gone. Must not know: files. Failure policy: what is not found is said, not guessed. Proved by
 * tests/unit/test_script_cover.c. */
#ifndef GATEWAY_SCRIPT_COVER_H
#define GATEWAY_SCRIPT_COVER_H

#include "dialog/prove.h"
#include "gateway/script_play.h"

#define COVER_STEPS_USUAL 60
#define COVER_STEPS_MAX 600
#define COVER_NEAR_MAX 3000
#define COVER_FAR_MAX 12000
#define COVER_TALKS_MAX 200
#define COVER_ARENA_BYTES (512 * 1024 * 1024)

/* A flow to be covered: all borrowed. */
struct cover_wanted {
    const struct flows *flows;
    const struct engine *engine;
    const struct edges *edges;
    const struct proof *proof;
    const char *flow_path; /* written into the script as its `flow` */
};

struct cover_found {
    size_t edges, feasible, covered; /* covered: of the feasible */
    size_t talks, steps;
    size_t least; /* steps: no set of conversations that goes along what is covered has fewer */
    bool *gone;   /* of each edge, in the arena */
};

/* Tells whether a conversation can go along an edge, as far as the prover knows. */
bool cover_feasible(const struct cover_wanted *wanted, uint32_t edge);

/* Appends a script that says who says what, without what comes of it. Returns OK with *found, ERR_NOMEM or ERR_LIMIT.
 */
MUST_USE enum error script_cover(const struct cover_wanted *wanted, struct arena *arena, struct buf *out,
                                 struct cover_found *found);

#endif
