/* Thinking: one turn's computation, between what was stored and what is to be committed.
 *
 * Lets the conversation step, asks the engine whatever it needs, and renders the words for the channel. No I/O, no
 * clock: the same stored state, event and time give the same result, which is what lets a conflicting turn be
 * computed again, and a recorded one be replayed. Must not know: Redis, HTTP. Proved by tests/unit/test_think.c. */
#ifndef GATEWAY_THINK_H
#define GATEWAY_THINK_H

#include "adapters/adapter.h"
#include "base/arena.h"
#include "dialog/dialog.h"
#include "engine/engine.h"
#include "gateway/watch.h"

#define THINK_STEPS_MAX 8 /* engine questions of one turn, beside that for texts */

/* What thinking needs of the world; borrowed. */
struct mind {
    const struct flows *flows;
    const struct engine *engine;
};

/* Who knows which trainings the person of a turn could sign up for, and writes them into an advice. */
struct offering {
    enum error (*offer)(const struct offering *self, int64_t now_ms, struct advice *out);
};

/* Who answers what the conversation needs to know: the engine, or what it said when the turn was recorded. */
struct adviser {
    enum error (*advise)(void *ctx, const struct outcome *asked, const struct state *state, const struct event *event,
                         int64_t now_ms, struct advice *out);
    void *ctx;
    struct trail *trail; /* notes the edges that are taken (dialog/edges.h); NULL: nobody asks */
};

struct flow;

struct thought {
    struct slice before;     /* the stored state that it began with, as given: the caller's */
    const struct flow *flow; /* that the contact is in after the turn; NULL only without any flow */
    size_t model_count;      /* that advised; none where nothing was asked */
    struct effect *effects;  /* of all steps, in order; NULL when none */
    size_t effect_count;
    struct message *messages; /* rendered */
    size_t message_count;
    struct message *following; /* for the channel's `follow`, rendered; NULL when none */
    size_t following_count;
    struct advice *advices; /* what the engine said, in order: for the journal; NULL when nothing. Last, where resources
                               of before were said again, a NEED_TEXTS of as much of them as was said */
    size_t advice_count;
    struct slice awaiting; /* the slot that is asked now; empty when none */
    bool ended;
    struct engine_model models[ENGINE_MODELS_MAX];
    struct sighting seen; /* of the models; nothing where somebody else advised */
    struct state state;   /* after the turn */
};

/* Computes a turn. `before` is the state that was stored (empty: a contact never seen; not of our format: the contact
 * starts anew, which is told in *reset). Everything lies in the arena. Returns OK, ERR_NOMEM or ERR_LIMIT. */
MUST_USE enum error think(const struct mind *mind, const struct channel *channel, struct slice before,
                          const struct event *event, int64_t now_ms, struct arena *arena, struct thought *out,
                          bool *reset);

/* As think(), where the person is offered trainings (NULL: none). */
MUST_USE enum error think_offering(const struct mind *mind, const struct offering *offering,
                                   const struct channel *channel, struct slice before, const struct event *event,
                                   int64_t now_ms, struct arena *arena, struct thought *out, bool *reset);

/* Gives of what is known what the engine can read; what it cannot it does without. */
struct business think_business(const struct state *state);

/* Gives the engine as adviser: it knows of no trainings. */
struct adviser think_adviser(const struct engine *engine);

/* As think(), with somebody else's advice: a replay. What `adviser` returns but OK ends the turn so. */
MUST_USE enum error think_advised(const struct flows *flows, const struct adviser *adviser,
                                  const struct channel *channel, struct slice before, const struct event *event,
                                  int64_t now_ms, struct arena *arena, struct thought *out, bool *reset);

/* As think_advised(), of the state that lies in out->state. */
MUST_USE enum error think_decoded(const struct flows *flows, const struct adviser *adviser,
                                  const struct channel *channel, const struct event *event, int64_t now_ms,
                                  struct arena *arena, struct thought *out);

#endif
